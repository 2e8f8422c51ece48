/* What is made of the table of flags: it holds together. Prints docs/options.md when it is called with --write. */
#include <stdlib.h>
#include <unistd.h>

#include "cli/table.h"
#include "cli_fixture.h"

enum { SCREEN_ROWS = 24, SCREEN_COLUMNS = 80 };

static const struct flag_group_text *group_of(int i)
{
    return &flag_groups[flag_table[i].group];
}

/* Lines, and the columns of the longest. */
static void measure(const char *text, size_t *lines, size_t *columns)
{
    size_t column = 0;

    *lines = *columns = 0;
    for (; *text; text++) {
        if (*text == '\n') {
            ++*lines;
            column = 0;
        } else if (((unsigned char)*text & 0xc0) != 0x80 && ++column > *columns) {
            *columns = column;
        }
    }
}

static char *made(void (*make)(FILE *, const void *), const void *with)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    make(out, with);
    fclose(out);
    return text;
}

static void make_group(FILE *out, const void *word)
{
    cli_help(out, "checkout", &program, word, SCREEN_COLUMNS);
}

static void make_man(FILE *out, const void *unused)
{
    (void)unused;
    cli_man(out, "checkout", &program);
}

static void make_completion(FILE *out, const void *shell)
{
    cli_completion(out, "checkout", &program, shell);
}

static void make_reference(FILE *out, const void *unused)
{
    (void)unused;
    cli_reference(out);
}

static void test_groups(void)
{
    size_t lines, columns;
    char *text;

    for (int i = 0; i < GROUP_COUNT; i++) {
        text = made(make_group, flag_groups[i].word);
        measure(text, &lines, &columns);
        ok(lines <= SCREEN_ROWS && columns <= SCREEN_COLUMNS, "--help %s fits a screen (%zu lines, %zu columns)",
           flag_groups[i].word, lines, columns);
        free(text);
    }
    text = made(make_group, "all");
    measure(text, &lines, &columns);
    ok(columns <= SCREEN_COLUMNS, "no line of --help all is longer than %d (%zu)", SCREEN_COLUMNS, columns);
    free(text);
}

/* Every flag stands in its group's help, in the manual, in each completion and in the reference. */
static void test_everywhere(void)
{
    static const char *const shells[] = {"bash", "zsh", "fish"};
    char *man = made(make_man, NULL), *reference = made(make_reference, NULL), *completion[3], name[160];

    for (int i = 0; i < 3; i++)
        completion[i] = made(make_completion, shells[i]);
    for (int i = 0; i < FLAG_COUNT; i++) {
        char *help = made(make_group, group_of(i)->word), *all = made(make_group, "all");
        char escaped[160] = "";

        snprintf(name, sizeof name, "--%s", flag_table[i].name);
        ok(strstr(help, name) && strstr(all, name), "%s stands in --help %s and all", name, group_of(i)->word);
        ok(strstr(completion[0], name) && strstr(completion[1], name), "%s stands in the completion of bash and zsh",
           name);
        ok(strstr(completion[2], flag_table[i].name), "%s stands in that of fish", name);
        ok(strstr(reference, name), "%s stands in docs/options.md", name);
        for (const char *c = name; *c; c++)
            snprintf(escaped + strlen(escaped), sizeof escaped - strlen(escaped), *c == '-' ? "\\-%.0s" : "%.1s", c);
        ok(strstr(man, escaped), "%s stands in the manual", name);
        free(help);
        free(all);
    }
    for (int i = 0; i < 3; i++) {
        ok(strstr(completion[i], "page-size") && strstr(completion[i], "no-fast") && strstr(completion[i], "Visitor"),
           "%s completes options of the scenario and kinds", shells[i]);
        free(completion[i]);
    }
    free(man);
    free(reference);
}

/* What a flag wants, for a value that is right and one that is wrong. NULL: nothing is wrong. */
static void values_of(const struct flag *flag, const char **right, const char **wrong)
{
    static const char *const table[][2] = {
        /* clang-format off */
        [VALUE_SWITCH] = { "yes", "maybe" },       [VALUE_USERS] = { "5", "-5" },
        [VALUE_AMOUNT] = { "5", "0" },             [VALUE_SEED] = { "5", "x" },
        [VALUE_THREADS] = { "5", "0" },            [VALUE_PORT] = { "0", "65536" },
        [VALUE_EXIT_CODE] = { "3", "256" },        [VALUE_RATE] = { "2.5", "0" },
        [VALUE_SPAN] = { "1m", "1.5m" },           [VALUE_INTERVAL] = { "1s", "999ms" },
        [VALUE_TEXT] = { "x", "" },                [VALUE_FILE] = { "x", "" },
        [VALUE_READABLE] = { "/dev/null", "/no/such" }, [VALUE_TEXTS] = { "x=y", "" },
        [VALUE_LEVEL] = { "debug", "loud" },       [VALUE_LOG_FORMAT] = { "json", "xml" },
        [VALUE_SHELL] = { "bash", "csh" },         [VALUE_HELP] = { "run", "nothing" },
        [VALUE_CONFIG] = { "/dev/null", "/no/such" }, [VALUE_HOST] = { "http://a", "a" },
        [VALUE_TAGS] = { "a,b", "," },             [VALUE_DATA] = { "a=b", "a" },
        /* clang-format on */
    };

    *right = flag == &flag_table[FLAG_LOG_REQUESTS] ? "x.csv" : table[flag->value][0];
    *wrong = table[flag->value][1];
}

/* Every flag takes what is right, and refuses what is wrong, on the command line, in the environment and in a file. */
static void test_values(void)
{
    for (int i = 0; i < FLAG_COUNT; i++) {
        const struct flag *flag = &flag_table[i];
        const char *right, *wrong;
        char line[256], name[128];

        values_of(flag, &right, &wrong);
        snprintf(line, sizeof line, "--%s=%s%s", flag->name, right,
                 flag->value == VALUE_SWITCH && i == FLAG_CSV_FULL_HISTORY ? " --csv x" : "");
        parse(line);
        ok(got.code == CLI_GO_ON || got.code == EXIT_PASSED, "%s (%s)", line, got.err);
        if (i == FLAG_VERSION)
            continue; /* answered whatever else is there */
        snprintf(line, sizeof line, "--%s=%s", flag->name, wrong);
        parse(line);
        ok(got.code == EXIT_USAGE && strncmp(got.err, "checkout: error: ", 17) == 0, "%s is refused: %s", line,
           got.err);
        if (flag->where == WHERE_LINE || !wrong[0])
            continue;
        flag_env(name, sizeof name, "SWARM", flag);
        snprintf(line, sizeof line, "%s=%s", name, wrong);
        parse_with(&program, (char *const[]){line, NULL}, "");
        ok(got.code == EXIT_USAGE && (strstr(got.err, name) || i == FLAG_CONFIG), "%s is refused: %s", line, got.err);
        if (flag->where == WHERE_LOCUST) {
            flag_env(name, sizeof name, "LOCUST", flag);
            snprintf(line, sizeof line, "%s=%s", name, wrong);
            parse_with(&program, (char *const[]){line, NULL}, "");
            ok(got.code == EXIT_USAGE && strstr(got.err, name), "%s is refused: %s", line, got.err);
        }
    }
}

static void test_names(void)
{
    for (int i = 0; i < FLAG_COUNT; i++) {
        const char *instead;

        ok(!table_is_reserved(flag_table[i].name, strlen(flag_table[i].name), &instead), "%s is not reserved as well",
           flag_table[i].name);
        for (int k = 0; k < i; k++) {
            if (strcmp(flag_table[i].name, flag_table[k].name) == 0 ||
                (flag_table[i].letter && flag_table[i].letter == flag_table[k].letter))
                fail("%s and %s have a name or a letter in common", flag_table[i].name, flag_table[k].name);
        }
        ok(flag_takes_value(&flag_table[i]) == (flag_table[i].placeholder && flag_table[i].value != VALUE_HELP),
           "%s has a word for its value when it takes one", flag_table[i].name);
    }
}

static void test_reference(void)
{
    char *text = made(make_reference, NULL), *page = calloc(1, 1 << 18);
    const char *root = getenv("SWARM_ROOT");
    char path[1024];
    FILE *in;

    snprintf(path, sizeof path, "%s/docs/options.md", root ? root : ".");
    in = fopen(path, "r");
    if (!in || fread(page, 1, (1 << 18) - 1, in) == 0)
        fail("%s cannot be read", path);
    else
        ok(strcmp(text, page) == 0, "docs/options.md is what the table says (`make options` writes it)");
    if (in)
        fclose(in);
    free(text);
    free(page);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--write") == 0) {
        cli_reference(stdout);
        return 0;
    }
    test_groups();
    test_everywhere();
    test_values();
    test_names();
    test_reference();
    drop();
    return tap_done();
}
