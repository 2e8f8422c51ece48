/* Configuration files, the order of what wins over what, and secrets in the list of processes. */
#include <stdlib.h>
#include <unistd.h>

#include "cli_fixture.h"

static void write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");

    if (!out || fputs(text, out) < 0 || fclose(out) != 0)
        bail_out("cannot write %s", path);
}

static char *const no_env[] = {NULL};

/* ./swarm.conf with this text is refused with this message. */
static void wrong(const char *text, const char *message)
{
    char wanted[600];

    write_file("swarm.conf", text);
    parse_with(&program, no_env, "");
    is_int(got.code, EXIT_USAGE, "%s: exit 2", message);
    snprintf(wanted, sizeof wanted, "checkout: error: %s\n", message);
    if (strncmp(got.err, wanted, strlen(wanted)) == 0)
        pass("%s", message);
    else
        is_str(got.err, wanted, "the message");
    unlink("swarm.conf");
}

static void wrong_toml(const char *text, const char *message)
{
    char wanted[600];

    write_file("x.toml", text);
    parse("--config x.toml");
    is_int(got.code, EXIT_USAGE, "%s: exit 2", message);
    snprintf(wanted, sizeof wanted, "checkout: error: %s\n", message);
    if (strncmp(got.err, wanted, strlen(wanted)) == 0)
        pass("%s", message);
    else
        is_str(got.err, wanted, "the message");
    unlink("x.toml");
}

static void test_plain(void)
{
    write_file("swarm.conf",
               "# a comment\n; another\n[section]\n---\n\nusers 100\n  spawn-rate = 2.5   # inline\nrun-time: "
               "1h30m\r\n--stop-timeout 3s\n"
               "headless\ncsv = \"out/a b\"\ntags = [a, \"b\", c]\nexclude_tags x y\nhost: http://127.0.0.1:8080\n"
               "page-size = 50\nno-fast\ncache yes\nthreshold = p95 < 500ms ; inline\nthreshold = rps > 5\ndata "
               "users=u.csv\nregion='us'\n");
    parse("");
    is_int(got.code, CLI_GO_ON, "every form (%s)", got.err);
    is_uint(got.plan.users, 100, "key value");
    is_dbl(got.plan.spawn_rate, 2.5, 0, "key = value, with a comment");
    is_int(got.plan.run_time_ns, 5400 * SWARM_S, "key: value, with CR");
    is_int(got.plan.stop_timeout_ns, 3 * SWARM_S, "--key value");
    ok(got.plan.headless && got.plan.users_given, "a switch by its name alone");
    is_str(got.plan.csv_prefix, "out/a b", "a quoted value");
    is_uint(got.plan.tags.count, 3, "a list");
    is_str(got.plan.tags.items[1], "b", "with quotes");
    is_uint(got.plan.exclude_tags.count, 2, "'_' may stand for '-', and blanks separate");
    is_str(got.plan.host, "http://127.0.0.1:8080", "a URL");
    ok(page_size == 50 && !fast && cache, "options of the scenario");
    ok(region.n == 2 && memcmp(region.text, "us", 2) == 0, "in single quotes");
    is_uint(got.plan.thresholds.count, 2, "what may repeat is added up in a file");
    is_str(got.plan.thresholds.items[0], "p95 < 500ms", "a value may have blanks");
    is_uint(got.plan.data_count, 1, "data");
    parse("--users 7 --threshold x -T z");
    is_uint(got.plan.users, 7, "the command line wins");
    is_uint(got.plan.thresholds.count, 1, "over lists as a whole");
    is_uint(got.plan.tags.count, 1, "also over tags");
    unlink("swarm.conf");
}

/* Who comes from Locust would wonder about one user without end. */
static void test_locust_conf(void)
{
    static const char warning[] =
        "checkout: warning: locust.conf is not read: call it swarm.conf, or give --config locust.conf\n";

    write_file("locust.conf", "users 7\n");
    parse_with(&program, no_env, "");
    is_int(got.code, CLI_GO_ON, "a locust.conf hinders nothing");
    is_str(got.err, warning, "but is told of");
    parse_with(&program, no_env, "--config locust.conf");
    is_uint(got.plan.users, 7, "named it is read");
    is_str(got.err, "", "and not told of");
    write_file("swarm.conf", "users 8\n");
    parse_with(&program, no_env, "");
    is_str(got.err, "", "nor beside a swarm.conf");
    unlink("swarm.conf");
    unlink("locust.conf");
}

static void test_order(void)
{
    char *env[] = {(char *)(uintptr_t) "HOME=.", (char *)(uintptr_t) "LOCUST_SPAWN_RATE=6",
                   (char *)(uintptr_t) "SWARM_SEED=6", NULL};
    char *both[] = {(char *)(uintptr_t) "LOCUST_USERS=8", (char *)(uintptr_t) "SWARM_USERS=9",
                    (char *)(uintptr_t) "LOCUST_SEED=3", (char *)(uintptr_t) "LOCUST_USER_CLASSES=Visitor Admin", NULL};
    char *empty[] = {(char *)(uintptr_t) "LOCUST_USERS=8", (char *)(uintptr_t) "SWARM_USERS=", NULL};
    char *wrong_kind[] = {(char *)(uintptr_t) "SWARM_KINDS=Visiter", NULL};
    char *config[] = {(char *)(uintptr_t) "SWARM_CONFIG=more.conf", NULL};

    write_file(".swarm.conf", "users 1\nspawn-rate 1\nrun-time 1\nseed 1\nthreads 1\nstop-timeout 1\npool-threads 1\n");
    write_file("swarm.conf", "users 2\nspawn-rate 2\nrun-time 2\nseed 2\nthreads 2\nstop-timeout 2\n");
    write_file(
        "pyproject.toml",
        "[tool.locust]\nusers = 99\n[tool.swarm]\nusers = 3\nspawn-rate = 3\nrun-time = 3\nseed = 3\nthreads = 3\n");
    write_file("more.conf", "users 4\nspawn-rate 4\nrun-time 4\nseed 4\n");
    parse_with(&program, env, "--config more.conf --users 5");
    is_int(got.code, CLI_GO_ON, "all at once (%s)", got.err);
    is_uint(got.plan.pool_threads, 1, "~/.swarm.conf");
    is_int(got.plan.stop_timeout_ns, 2 * SWARM_S, "./swarm.conf wins over it");
    is_uint(got.plan.threads, 3, "./pyproject.toml over that");
    is_int(got.plan.run_time_ns, 4 * SWARM_S, "--config over that");
    is_dbl(got.plan.spawn_rate, 6, 0, "LOCUST_NAME over that");
    is_uint(got.plan.seed, 6, "SWARM_NAME too");
    is_uint(got.plan.users, 5, "the command line over all");
    parse_with(&program, config, "");
    is_uint(got.plan.users, 4, "SWARM_CONFIG names a file");
    unlink(".swarm.conf");
    unlink("swarm.conf");
    unlink("pyproject.toml");
    unlink("more.conf");
    parse_with(&program, both, "");
    is_uint(got.plan.users, 9, "SWARM_NAME wins over LOCUST_NAME");
    ok(!got.plan.seed_given, "no LOCUST_NAME for what Locust does not have");
    ok(!got.plan.only[0] && got.plan.only[1] && got.plan.only[2], "LOCUST_USER_CLASSES names kinds");
    parse_with(&program, both, "Shopper");
    ok(got.plan.only[0] && !got.plan.only[1], "which the command line replaces");
    parse_with(&program, empty, "");
    is_uint(got.plan.users, 8, "an empty SWARM_NAME is none");
    parse_with(&program, wrong_kind, "");
    like(got.err, "SWARM_KINDS: unknown user kind: 'Visiter'\nDid you mean 'Visitor'?", "a wrong kind");
}

static void test_mistakes(void)
{
    wrong("users 5\nduration 2m\n", "swarm.conf:2: unknown option 'duration'\nDid you mean 'run-time'?");
    wrong("users 5\nspawn-rat 2\n", "swarm.conf:2: unknown option 'spawn-rat'\nDid you mean 'spawn-rate'?");
    wrong("\xef\xbb\xbfusers x\n", "swarm.conf:1: argument users: invalid int value: 'x'"); /* a byte order mark */
    wrong("\xff\xfeu s e r s", "swarm.conf: this is no text in UTF-8");
    wrong("xyzzy-plugh 2\n", "swarm.conf:1: unknown option 'xyzzy-plugh'\ncheckout --help all shows what there is");
    wrong("\n\nusers x\n", "swarm.conf:3: argument users: invalid int value: 'x'");
    wrong("users\n", "swarm.conf:1: 'users' needs a value");
    wrong("headless maybe\n",
          "swarm.conf:1: Unexpected value for headless: 'maybe'. Expecting 'true', 'false', 'yes', 'no', "
          "'on', 'off', '1' or '0'");
    wrong("list\n", "swarm.conf:1: 'list' can only stand on the command line");
    wrong("config other.conf\n", "swarm.conf:1: a configuration file cannot name another one");
    wrong("locustfile x.py\n", "swarm.conf:1: 'locustfile' is not available in this version\nInstead: the scenario is "
                               "compiled into this program");
    wrong("users [1, 2]\n", "swarm.conf:1: 'users' takes one value, not a list");
    wrong("tags [a, b\n", "swarm.conf:1: 'tags': a ',' or ']' is missing in the list");
    wrong("tags [\"a, b]\n", "swarm.conf:1: 'tags': a quote is missing");
    wrong("tags [a] b\n", "swarm.conf:1: 'tags': something stands behind the list");
    wrong("csv \"a\n", "swarm.conf:1: 'csv': a quote is missing");
    wrong("csv \"a\" b\n", "swarm.conf:1: 'csv': something stands behind the quoted value");
    wrong("= 5\n", "swarm.conf:1: an option is wanted");
    wrong("region asia\n", "swarm.conf:1: argument region: invalid choice: 'asia' (choose from 'eu', 'us')");
    parse("--config nothing.conf");
    is_int(got.code, EXIT_USAGE, "a file that is not there");
    like(got.err, "cannot read the configuration file nothing.conf: No such file or directory", "is told");
    parse("--config .");
    like(got.err, "cannot read the configuration file .: Is a directory", "a folder");
    {
        FILE *out = fopen("swarm.conf", "w");

        if (!out || fwrite("users 5\0", 1, 8, out) != 8 || fclose(out) != 0)
            bail_out("cannot write");
        parse("");
        like(got.err, "swarm.conf: this is no text", "a NUL");
        unlink("swarm.conf");
    }
}

static void test_toml(void)
{
    write_file("x.toml", "\xef\xbb\xbf# other tools' tables do not disturb\n[a]\nx = { y = [1, 2, {z = 'q'}], t = "
                         "\"\"\"\n[tool.swarm]\nusers = 77\n\"\"\" }\n"
                         "[[b]]\nwhen = 1979-05-27T07:32:00Z\nl = '''[tool.swarm]'''\n"
                         "[tool.swarm]\nusers = 1_000 # many\n\"spawn-rate\" = 2.5\nrun-time = \"5m\"\nheadless = "
                         "true\ninsecure = false\n"
                         "csv = 'a\\b'\nregion = \"\\u0065u\"\ntags = [\n  \"a b\", # one\n  \"c\",\n]\npage_size = "
                         "50\nhost = [\"http://a\", 'Admin=http://b']\n"
                         "[tool.other]\nusers = 5\n");
    parse("--conf=x.toml");
    is_int(got.code, CLI_GO_ON, "a TOML file (%s)", got.err);
    is_uint(got.plan.users, 1000, "a number");
    is_dbl(got.plan.spawn_rate, 2.5, 0, "a quoted key");
    is_int(got.plan.run_time_ns, 300 * SWARM_S, "a text");
    ok(got.plan.headless && !got.plan.insecure, "bools");
    is_str(got.plan.csv_prefix, "a\\b", "a literal text");
    is_uint(got.plan.tags.count, 3, "a list over lines");
    is_int(page_size, 50, "an option");
    is_str(got.plan.host, "http://a", "hosts");
    is_uint(got.plan.kind_host_count, 1, "of kinds too");
    write_file("x.toml", "tool.swarm.users = 3\n[tool]\nswarm.spawn-rate = 4\n");
    parse("--config x.toml");
    is_uint(got.plan.users, 3, "a dotted key");
    is_dbl(got.plan.spawn_rate, 4, 0, "also in a table");
    unlink("x.toml");
    wrong_toml("[tool.swarm]\nuser = 3\n", "x.toml:2: unknown option 'user'\nDid you mean 'users'?");
    wrong_toml("[tool.other]\nusers = 3\n", "x.toml: there is no table [tool.swarm]");
    wrong_toml("[tool.swarm]\nregion = eu\n", "x.toml:2: a text stands in quotes: \"eu\"");
    wrong_toml("[tool.swarm]\nregion = \"eu\n", "x.toml:2: the text that begins here has no end");
    wrong_toml("[tool.swarm]\n\ntags = [\"a\"\n\n", "x.toml:3: the list that begins here has no end");
    wrong_toml("[tool.swarm]\ntags = [[\"a\"]]\n",
               "x.toml:2: tags: neither a table nor a list of lists is wanted here");
    wrong_toml("[tool.swarm]\ntags = {a = 1}\n", "x.toml:2: tags: neither a table nor a list of lists is wanted here");
    wrong_toml("[tool.swarm\nusers = 1\n", "x.toml:1: a ']' is wanted behind the name of the table");
    wrong_toml("[tool.swarm]\nusers 1\n", "x.toml:2: a '=' is wanted behind the key");
    wrong_toml("[tool.swarm]\nusers = 1 2\n", "x.toml:2: the end of the line is wanted, found '2'");
    wrong_toml("[tool.swarm]\nregion = \"\\q\"\n", "x.toml:2: there is no escape \\q");
    wrong_toml("[tool.swarm]\nregion = \"\\ud800\"\n", "x.toml:2: U+D800 cannot stand in a text");
    wrong_toml("[tool.swarm]\nusers = \n", "x.toml:2: a value is wanted, found ' '");
    wrong_toml("[tool.swarm]\nusers = [1]\n", "x.toml:2: 'users' takes one value, not a list");
    write_file("pyproject.toml", "[project]\nname = 'x'\n");
    parse("");
    is_int(got.code, CLI_GO_ON, "a pyproject.toml that does not speak of us");
    unlink("pyproject.toml");
}

/* Whatever bytes a file has: an answer, no crash. */
static void test_noise(void)
{
    static const char parts[][12] = {"[tool.swarm]", "\n",   "=", "\"",  "'''", "[", "]", "{", "}", ",",
                                     "users",        "tags", " ", "\\u", "1",   "#"};
    unsigned state = 12345;

    for (int round = 0; round < 400; round++) {
        char text[512] = "";

        for (int i = 0; i < 24; i++) {
            state = state * 1103515245 + 12345;
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s",
                     parts[(state >> 16) % (sizeof parts / sizeof *parts)]);
        }
        write_file(round % 2 ? "noise.toml" : "noise.conf", text);
        parse(round % 2 ? "--config noise.toml" : "--config noise.conf");
        if (got.code != CLI_GO_ON && got.code != EXIT_USAGE)
            is_int(got.code, EXIT_USAGE, "%s", text);
    }
    pass("400 files of noise");
    unlink("noise.toml");
    unlink("noise.conf");
}

static const struct run_setting *setting(const char *name)
{
    for (size_t i = 0; i < got.plan.setting_count; i++) {
        if (strcmp(got.plan.settings[i].name, name) == 0)
            return &got.plan.settings[i];
    }
    return NULL;
}

static void test_settings(void)
{
    char *env[] = {(char *)(uintptr_t) "SWARM_RUN_TIME=5m", (char *)(uintptr_t) "SWARM_API_KEY=opensesame", NULL};

    write_file("swarm.conf", "users 5\nregion us\n");
    parse_with(&program, env, "--users 7 -T a,b -T c --host http://u:pass99@x/ --ratio 0.25");
    is_str(setting("users")->value, "7", "the value that counts");
    is_str(setting("users")->from, "command line", "and where it was said");
    is_str(setting("run-time")->from, "SWARM_RUN_TIME", "in a variable");
    is_str(setting("region")->from, "swarm.conf:2", "in a file");
    is_str(setting("tags")->value, "a,b c", "of a list all values");
    is_str(setting("host")->value, "http://u:***@x/", "no password");
    is_str(setting("api_key")->value, "***", "no secret");
    is_str(setting("limit")->value, "64KB", "an option's default");
    is_str(setting("limit")->from, "default", "is told as such");
    ok(!setting("csv"), "of flags only those that were given");
    unlink("swarm.conf");
}

static void test_process_title(void)
{
    parse("--api-key opensesame --region us");
    is_str(got.line, "--api-key ********** --region us", "a secret is overwritten in argv");
    ok(api_key.n == 10 && memcmp(api_key.text, "opensesame", 10) == 0, "after it was read");
    parse("--api-key=opensesame");
    is_str(got.line, "--api-key=**********", "behind '='");
    parse("--host http://user:pass@a:80/b?c=d:e@f -H Admin=https://x:y@z");
    is_str(got.line, "--host http://user:****@a:80/b?c=d:e@f -H Admin=https://x:*@z", "the password of a URL too");
    is_str(got.plan.host, "http://user:pass@a:80/b?c=d:e@f", "which is kept");
}

int main(void)
{
    const char *parent = getenv("TMPDIR");
    char folder[512];

    snprintf(folder, sizeof folder, "%s/swarm-config-XXXXXX", parent ? parent : "/tmp");
    if (!mkdtemp(folder) || chdir(folder) != 0)
        bail_out("no folder for the test");
    test_plain();
    test_locust_conf();
    test_order();
    test_mistakes();
    test_toml();
    test_noise();
    test_settings();
    test_process_title();
    drop();
    rmdir(folder);
    return tap_done();
}
