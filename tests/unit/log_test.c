/* The log: its format, the limit of a place, secrets, control characters, whole lines from many threads. */
#include <ctype.h>
#include <fcntl.h>
#include <pthread.h>
#include <tap.h>
#include <unistd.h>

#include "log/log.h"
#include "log/secret.h"

#define S INT64_C(1000000000)

static char path[64];

static char *contents(void)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 1 << 21);
    size_t n = file ? fread(text, 1, (1 << 21) - 1, file) : 0;

    text[n] = '\0';
    if (file)
        fclose(file);
    return text;
}

static void start(enum log_level least)
{
    unlink(path);
    if (log_open(least, path, LOG_FORMAT_TEXT) != 0)
        bail_out("cannot write %s", path);
}

/* What was logged since start(); to be freed. */
static char *logged(void)
{
    log_close();
    return contents();
}

static size_t times(const char *text, const char *part)
{
    size_t n = 0;

    for (; (text = strstr(text, part)); text++)
        n++;
    return n;
}

/* [2021-07-24 10:41:10,947] HOST/INFO/swarm.main: */
static int has_form(const char *line, const char *rest)
{
    static const char form[] = "[0000-00-00 00:00:00,000] ";
    size_t i;

    for (i = 0; form[i]; i++) {
        if (form[i] == '0' ? !isdigit((unsigned char)line[i]) : line[i] != form[i])
            return 0;
    }
    line += i;
    i = strcspn(line, "/");
    return i > 0 && !memchr(line, '.', i) && strcmp(line + i, rest) == 0;
}

static void test_form(void)
{
    char *text;

    start(LOG_LEVEL_INFO);
    log_info("swarm.main", "Ramping to %d users at a rate of %.2f per second", 10, 1.0);
    text = logged();
    ok(has_form(text, "/INFO/swarm.main: Ramping to 10 users at a rate of 1.00 per second\n"), "Locust's format: %s",
       text);
    free(text);
    start(LOG_LEVEL_WARNING);
    log_info("swarm.main", "no");
    log_warning("swarm.main", "careful");
    log_error("swarm.main", "bad");
    text = logged();
    unlike(text, "no", "below the level: not written");
    like(text, "/WARNING/swarm.main: careful\n", "at the level");
    like(text, "/ERROR/swarm.main: bad\n", "above it");
    free(text);
    is_int(log_level_from_name("warning"), LOG_LEVEL_WARNING, "level by name");
    is_int(log_level_from_name("Critical"), LOG_LEVEL_CRITICAL, "in any case");
    is_int(log_level_from_name("LOUD"), -1, "no such level");
    is_str(log_level_name(LOG_LEVEL_DEBUG), "DEBUG", "name of a level");
    ok(log_open(LOG_LEVEL_INFO, "/nowhere/at/all.log", LOG_FORMAT_TEXT) != 0, "a file that cannot be opened");
}

static void test_control_characters(void)
{
    char *text, longer[20000];

    start(LOG_LEVEL_INFO);
    log_info("swarm.user", "%s",
             "caf\xe9 \xc2\x9b"
             "2J \xe2\x80\xae"
             "abc \xe2\x81\xa6 \xed\xa0\x80 \xd8\xb3");
    log_info("swarm.user", "one\ntwo\t\x1b[31mred\x7f \xc3\xa9");
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    log_info("swarm.user", "%s", longer);
    text = logged();
    like(text, "one\\ntwo\\t\\x1b[31mred\\x7f \xc3\xa9\n", "a message is one line");
    like(text, "caf\\xe9 \\x9b2J \\u{202e}abc \\u{2066} \\xed\\xa0\\x80 \xd8\xb3\n",
         "nothing in it steers a terminal, it is UTF-8");
    is_uint(times(text, "\n"), 3, "a line for each message");
    ok(strlen(text) < 9000, "a long one is cut");
    free(text);
}

static void test_limit(void)
{
    char *text;

    start(LOG_LEVEL_INFO);
    for (int i = 0; i < 300; i++)
        log_scenario(LOG_LEVEL_INFO, &(struct log_speaker){"U", 7, "a.swarm", 9}, "spam line", 9, S + i);
    log_scenario(LOG_LEVEL_INFO, &(struct log_speaker){"U", 7, "a.swarm", 10}, "one more line", 13, S);
    text = contents();
    is_uint(times(text, "spam line"), LOG_PLACE_LIMIT, "ten a second of one place");
    is_uint(times(text, "one more line"), 1, "another place is not held back");
    unlike(text, "suppressed", "the second is not over");
    free(text);
    log_tick(S + S / 2);
    log_tick(2 * S + 1);
    log_tick(3 * S + 1);
    text = contents();
    is_uint(times(text, "/INFO/swarm.user: a.swarm:9: 290 suppressed\n"), 1, "then it is told, once");
    free(text);
    for (int i = 0; i < 12; i++)
        log_scenario(LOG_LEVEL_WARNING, &(struct log_speaker){"U", 7, "a.swarm", 9}, "spam line", 9, 4 * S);
    text = logged();
    is_uint(times(text, "spam line"), 2 * LOG_PLACE_LIMIT, "the next second has its own ten");
    like(text, "/WARNING/swarm.user: a.swarm:9: 2 suppressed\n", "what is left is told at the end");
    free(text);

    start(LOG_LEVEL_INFO);
    for (int second = 0; second < 5; second++) {
        for (int i = 0; i < 15; i++)
            log_scenario(LOG_LEVEL_INFO, &(struct log_speaker){"U", 7, "a.swarm", 1}, "line", 4, second * S + i);
    }
    log_tick(INT64_MAX);
    text = contents();
    is_uint(times(text, " 5 suppressed"), 5, "all of it can be told at once");
    free(text);
    text = logged();
    is_uint(times(text, "swarm.user: U 7 (a.swarm:1): line\n"), 50, "ten in each of five seconds");
    is_uint(times(text, " 5 suppressed"), 5, "and each tells its five");
    free(text);
}

static void hides(const char *text, const char *wanted)
{
    char *masked = secret_mask(text, strlen(text), NULL);

    is_str(masked ? masked : text, wanted, "%s", text);
    free(masked);
}

/* A value as servers and libraries write it, each of which escapes other characters. */
static void test_secret_forms(void)
{
    static const char *const cut[] = {"x=p%2Fa b@c&", "x=p/a%20b%40c&amp;&qu", "x=p/a+b@c&\\", "x=p", "x=p\\u002"};

    secret_clear();
    secret_add("p/a b@c&\"<\xc3\xa9+x", 14);
    hides("x=p/a%20b@c&%22%3C%c3%A9+x;", "x=***;");
    hides("x=p%252Fa%2520b@c&\"<\xc3\xa9+x;", "x=***;");
    hides("{\"a\":\"p\\/a b@c\\u0026\\\"\\u003c\\u00e9+x\"}", "{\"a\":\"***\"}");
    hides("{\"a\":\"{\\\"b\\\":\\\"p/a b@c&\\\\\\\"<\\u00c3\\u00a9+x\\\"}\"}", "{\"a\":\"{\\\"b\\\":\\\"***\\\"}\"}");
    hides("<p>p/a b@c&amp;&quot;&lt;&#233;+x</p>", "<p>***</p>");
    hides("<p>p&#x2F;a b@c&amp;\\&quot;&lt;\xc3\xa9&#43;x</p>", "<p>***</p>");
    hides("p/a b@c&\"<\xc3\xa9+y p/a b@c", "p/a b@c&\"<\xc3\xa9+y p/a b@c");
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++)
        is_uint(secret_cut(cut[i], strlen(cut[i])), 2, "the beginning of it at the end: %s", cut[i]);
    is_uint(secret_cut("a=b", 3), 3, "none");
    secret_clear();
    secret_add("\xf0\x9f\x94\x91?>", 6);
    hides("\"\\ud83d\\udd11?>\"", "\"***\"");
    hides("8J-UkT8-", "***");
    hides("8J+UkT8+", "***");
    is_uint(secret_cut("x=8J-Uk", 7), 2, "the beginning of base64url");
    secret_clear();
    secret_add("a\\b%c", 5);
    hides("a\\b%c, a\\\\b%c, a%5Cb%25c", "***, ***, ***");
    secret_clear();
}

static void test_secrets(void)
{
    char *text;
    size_t len;

    secret_clear();
    is_ptr(secret_mask("anything", 8, NULL), NULL, "nothing to hide: nothing to do");
    secret_add("", 0);
    ok(!secret_any(), "an empty value is no secret");
    secret_add("p\"w\n/x y", 8);
    secret_add("hunter2", 7);
    secret_add("hunter2000", 10);
    text = secret_mask("a hunter2, a hunter2000 and hunter", 34, &len);
    is_str(text, "a ***, a *** and hunter", "values are masked, the longest first");
    is_uint(len, strlen(text), "length");
    free(text);
    text = secret_mask("{\"k\":\"p\\\"w\\n/x y\"}", 18, NULL);
    is_str(text, "{\"k\":\"***\"}", "inside JSON");
    free(text);
    text = secret_mask("/a?k=p%22w%0A%2Fx%20y&l=p%22w%0a%2fx+y", 38, NULL);
    is_str(text, "/a?k=***&l=***", "percent-encoded, both cases, blanks both ways");
    free(text);
    is_ptr(secret_mask("hunte", 5, NULL), NULL, "a part of it is not it");
    text = secret_mask("hunter2hunter2", 14, NULL);
    is_str(text, "******", "side by side");
    free(text);
    /* base64 of "user:hunter2", "u:hunter2" and "us:hunter2" */
    text = secret_mask("Basic dXNlcjpodW50ZXIy", 22, NULL);
    ok(text && !strstr(text, "odW50ZXIy"), "inside basic authentication");
    free(text);
    text = secret_mask("Basic dTpodW50ZXIy", 18, NULL);
    ok(text && !strstr(text, "odW50ZXIy"), "at another offset");
    free(text);
    text = secret_mask("Basic dXM6aHVudGVyMg==", 22, NULL);
    ok(text && !strstr(text, "aHVudGVyM"), "and the third");
    free(text);
    start(LOG_LEVEL_INFO);
    log_info("swarm.main", "key %s", "hunter2");
    log_scenario(LOG_LEVEL_INFO, &(struct log_speaker){"U", 7, "a.swarm", 1}, "hunter2 again", 13, 0);
    text = logged();
    unlike(text, "hunter2", "no line has it");
    is_uint(times(text, "***"), 2, "both are masked");
    free(text);
    secret_clear();
}

enum { THREADS = 4, LINES = 500 };

static void *write_lines(void *arg)
{
    for (int i = 0; i < LINES; i++)
        log_info("swarm.run", "thread %d line %d end", *(int *)arg, i);
    return NULL;
}

static void test_threads(void)
{
    pthread_t threads[THREADS];
    int numbers[THREADS], whole = 0, lines = 0;
    char *text, *rest, *line;

    start(LOG_LEVEL_INFO);
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        if (pthread_create(&threads[i], NULL, write_lines, &numbers[i]) != 0)
            bail_out("no thread");
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    rest = text = logged();
    while ((line = strsep(&rest, "\n"))) {
        size_t len = strlen(line);

        if (len == 0)
            continue;
        lines++;
        whole += line[0] == '[' && len > 4 && strcmp(line + len - 4, " end") == 0 && times(line, "swarm.run") == 1;
    }
    is_int(lines, THREADS * LINES, "every line is there");
    is_int(whole, lines, "and whole");
    free(text);
}

/* Tables go to stderr, as they are, whatever file the log has. */
static void test_table(void)
{
    int old = dup(STDERR_FILENO), fd;
    char *text;

    start(LOG_LEVEL_CRITICAL);
    text = logged();
    free(text);
    log_open(LOG_LEVEL_CRITICAL, NULL, LOG_FORMAT_TEXT);
    fd = open(path, O_WRONLY | O_TRUNC);
    dup2(fd, STDERR_FILENO);
    log_table("a\n\tb\n", 5);
    dup2(old, STDERR_FILENO);
    close(fd);
    close(old);
    text = contents();
    is_str(text, "a\n\tb\n", "a table on stderr");
    free(text);
}

/* One JSON object a line, whatever is in the texts. */
static void test_json(void)
{
    static const char nasty[] = "a \"b\" \\ \n\t\x01 \xc3\xa9 \xff end";
    char *text;

    unlink(path);
    if (log_open(LOG_LEVEL_DEBUG, path, LOG_FORMAT_JSON) != 0)
        bail_out("cannot write %s", path);
    log_info("swarm.main", "plain");
    log_scenario(LOG_LEVEL_WARNING, &(struct log_speaker){"Shopper", 17, "x/a.swarm", 12}, nasty, sizeof nasty - 1, 0);
    text = logged();
    is_uint(times(text, "\n"), 2, "two lines");
    like(text, "\"level\":\"INFO\",\"logger\":\"swarm.main\",\"message\":\"plain\"}\n", "a message");
    like(text, "\"logger\":\"swarm.user\",\"kind\":\"Shopper\",\"user\":17,\"file\":\"x/a.swarm\",\"line\":12,",
         "who and where");
    like(text, "\"message\":\"a \\\"b\\\" \\\\ \\u000a\\u0009\\u0001 \xc3\xa9 \\ufffd end\"}\n", "escaped");
    free(text);
}

/* What a full disk does not take goes to stderr. */
static void test_full(void)
{
    char told[80], *text;
    int saved = dup(STDERR_FILENO), fd;

    if (access("/dev/full", W_OK) != 0)
        return;
    snprintf(told, sizeof told, "%s.2", path);
    fd = open(told, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(fd, STDERR_FILENO);
    log_open(LOG_LEVEL_INFO, "/dev/full", LOG_FORMAT_TEXT);
    log_info("swarm.main", "not lost");
    log_close();
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(fd);
    snprintf(path + strlen(path), 3, ".2");
    text = contents();
    path[strlen(path) - 2] = '\0';
    like(text, "swarm.main: not lost\n", "a line that the file does not take");
    free(text);
    unlink(told);
}

/* The file is moved away and opened anew. */
static void test_reopen(void)
{
    char moved[80], *text;

    snprintf(moved, sizeof moved, "%s.1", path);
    start(LOG_LEVEL_INFO);
    log_info("swarm.main", "before");
    rename(path, moved);
    is_int(log_reopen(), 0, "opened anew");
    log_info("swarm.main", "after");
    text = logged();
    like(text, "after\n", "the new file has what came then");
    unlike(text, "before", "and nothing else");
    free(text);
    unlink(moved);
    is_int(log_reopen(), 0, "without a file there is nothing to do");
}

int main(void)
{
    const char *tmp = getenv("TMPDIR");
    int fd;

    snprintf(path, sizeof path, "%.40s/swarm-log-XXXXXX", tmp ? tmp : "/tmp");
    fd = mkstemp(path);
    if (fd < 0)
        bail_out("no temporary file");
    close(fd);
    test_json();
    test_reopen();
    test_full();
    test_form();
    test_control_characters();
    test_limit();
    test_secrets();
    test_secret_forms();
    test_threads();
    test_table();
    unlink(path);
    return tap_done();
}
