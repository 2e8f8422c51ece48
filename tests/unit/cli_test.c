/* The command line: every flag, the scenario's options, the environment, and what is said when something
 * is wrong. */
#include "cli_fixture.h"

static void refused(const char *line, const char *message)
{
    char wanted[600];

    parse(line);
    is_int(got.code, EXIT_USAGE, "%s: exit 2", line);
    is_str(got.out, "", "%s: nothing on stdout", line);
    snprintf(wanted, sizeof wanted, "checkout: error: %s\n", message);
    if (strncmp(got.err, wanted, strlen(wanted)) == 0)
        pass("%s: %s", line, message);
    else
        is_str(got.err, wanted, "%s", line);
}

static void test_defaults(void)
{
    parse("");
    is_int(got.code, CLI_GO_ON, "nothing given");
    is_uint(got.plan.users, 1, "one user");
    is_dbl(got.plan.spawn_rate, 1, 0, "one a second");
    ok(!got.plan.users_given && !got.plan.spawn_rate_given, "neither was given");
    is_int(got.plan.run_time_ns, 0, "no limit of time");
    is_int(got.plan.stop_timeout_ns, 10 * SWARM_S, "ten seconds to stop");
    is_ptr(got.plan.host, NULL, "no host");
    is_ptr(got.plan.csv_prefix, NULL, "no CSV");
    is_int(got.plan.exit_code_on_error, 1, "a failed run ends with 1");
    is_int(got.plan.log_level, LOG_LEVEL_INFO, "level INFO");
    is_uint(got.plan.threads, 0, "threads by cores");
    ok(got.plan.only[0] && got.plan.only[1] && got.plan.only[2], "all kinds run");
    ok(!got.plan.only_given && !got.plan.seed_given && !got.plan.insecure && !got.plan.headless, "no switch is on");
    is_int(page_size, 20, "an option keeps its default");
}

static void test_flags(void)
{
    parse("-u 100 -r 2.5 -t 1h30m -H http://127.0.0.1:8080 --headless --csv out/run --csv-full-history --only-summary "
          "--print-stats -s 250ms --exit-code-on-error 7 --threads 4 --seed 18446744073709551615 -L debug --logfile "
          "x.log "
          "--insecure --ca /dev/null");
    is_int(got.code, CLI_GO_ON, "all of them (%s)", got.err);
    is_uint(got.plan.users, 100, "-u");
    is_dbl(got.plan.spawn_rate, 2.5, 0, "-r");
    is_int(got.plan.run_time_ns, 5400 * SWARM_S, "-t");
    is_str(got.plan.host, "http://127.0.0.1:8080", "-H");
    ok(got.plan.headless && got.plan.csv_full_history && got.plan.only_summary && got.plan.print_stats &&
           got.plan.insecure,
       "switches");
    is_str(got.plan.csv_prefix, "out/run", "--csv");
    is_int(got.plan.stop_timeout_ns, 250 * SWARM_MS, "-s");
    is_int(got.plan.exit_code_on_error, 7, "--exit-code-on-error");
    is_uint(got.plan.threads, 4, "--threads");
    is_uint(got.plan.seed, UINT64_MAX, "--seed");
    is_int(got.plan.log_level, LOG_LEVEL_DEBUG, "-L");
    is_str(got.plan.log_file, "x.log", "--logfile");
    is_str(got.plan.ca_file, "/dev/null", "--ca");
    parse("--users=0 -u5 --users=7 -r=3 --spawn-r 4 --user 9");
    is_uint(got.plan.users, 9, "= and a short form, the last one wins");
    is_dbl(got.plan.spawn_rate, 4, 0, "an abbreviation");
    parse("--users 0");
    is_uint(got.plan.users, 0, "no users is a number too");
    parse("--headless=false --insecure=yes");
    ok(!got.plan.headless && got.plan.insecure, "a switch with a value");
    parse("--swarm-users 3 --swarm-seed=4");
    is_uint(got.plan.users, 3, "--swarm-users");
    is_uint(got.plan.seed, 4, "--swarm-seed");
}

static void test_hosts(void)
{
    parse("--host http://a -H Visitor=https://b:8443/base --host Admin=http://c -H Visitor=http://d --host http://e");
    is_int(got.code, CLI_GO_ON, "several hosts (%s)", got.err);
    is_str(got.plan.host, "http://e", "the last one for all");
    is_uint(got.plan.kind_host_count, 2, "two kinds have their own");
    is_uint(got.plan.kind_hosts[0].kind, 1, "Visitor");
    is_str(got.plan.kind_hosts[0].url, "http://d", "its last");
    is_str(got.plan.kind_hosts[1].url, "http://c", "Admin");
    parse("--host http://a/?x=1");
    is_str(got.plan.host, "http://a/?x=1", "a '=' in a URL is part of it");
    parse("--host http://u:sesame@a/");
    is_int(got.code, CLI_GO_ON, "a URL with a password");
    {
        char *text = secret_mask("sesame", 6, NULL);

        is_str(text, "***", "the password is a secret");
        free(text);
    }
    refused("--host 127.0.0.1:80", "argument -H/--host: invalid URL: '127.0.0.1:80'");
    like(got.err, "--host http://127.0.0.1:8080\n", "and shows one that is right");
    refused("--host http://", "argument -H/--host: invalid URL: 'http://'");
    refused("--host http://:80/", "argument -H/--host: invalid URL: 'http://:80/'");
    refused("--host Visitor=ftp://x", "argument -H/--host: invalid URL: 'ftp://x'");
    refused("--host Visiter=http://x", "unknown user kind: 'Visiter'");
    like(got.err, "Did you mean 'Visitor'?\n", "did you mean");
}

static void test_options(void)
{
    parse("--page-size 50 --region us --api-key s3cr3tvalue --ratio 12.5% --no-fast --cache --pause 1m30s --limit 2MB "
          "--arrivals 300/m");
    is_int(got.code, CLI_GO_ON, "all options of the scenario (%s)", got.err);
    is_int(page_size, 50, "int");
    ok(region.n == 2 && memcmp(region.text, "us", 2) == 0 && region.kind == SWARM_TEXT, "string");
    ok(api_key.n == 11 && memcmp(api_key.text, "s3cr3tvalue", 11) == 0, "secret");
    ok(secret_any(), "which is registered as one");
    is_dbl(ratio, 0.125, 1e-12, "float, as a percentage");
    ok(!fast && cache, "bool");
    is_int(pause_option, 90 * SWARM_S, "duration");
    is_int(limit, 2 << 20, "size");
    is_dbl(arrivals, 5, 1e-12, "rate");
    parse("--page_size 50");
    is_int(got.code, EXIT_USAGE, "'_' is written as '-'");
    like(got.err, "Did you mean '--page-size'?", "which it says");
    parse("--fast=false --cache=on --page 50 --region=us");
    ok(!fast && cache, "bool with a value");
    is_int(page_size, 50, "an abbreviation");
    parse("--limit 0x10");
    is_int(got.code, EXIT_USAGE, "no hexadecimal numbers");
    parse("--ratio -1.5e1");
    is_dbl(ratio, -15, 1e-12, "a negative value");
    parse("--page-size +5_0");
    is_int(page_size, 50, "choices of numbers are compared as numbers");
    refused("--page-size 1.5", "argument --page-size: invalid int value: '1.5'");
    like(got.err, "Write it like 20\n", "with an example");
    refused("--page-size 30", "argument --page-size: invalid choice: '30' (choose from '20', '50')");
    refused("--region asia", "argument --region: invalid choice: 'asia' (choose from 'eu', 'us')");
    refused("--ratio inf", "argument --ratio: invalid float value: 'inf'");
    refused("--fast=maybe", "argument --fast: invalid bool value: 'maybe'");
    refused("--no-fast=true", "argument --no-fast: takes no value");
    refused("--pause 1.5s", "argument --pause: invalid time span value: '1.5s'");
    refused("--limit 1TB", "argument --limit: invalid size value: '1TB'");
    refused("--arrivals 5/d", "argument --arrivals: invalid rate value: '5/d'");
    refused("--arrivals 10/", "argument --arrivals: invalid rate value: '10/'");
    refused("--page-size", "argument --page-size: expected one argument");
    refused("--region --cache", "argument --region: expected one argument");
}

static void test_secret_is_not_shown(void)
{
    static int64_t pin;
    static const char *const pins[] = {"1111", NULL};
    static const struct swarm_option secrets[] = {{"pin", SWARM_OPTION_INT, "", "", pins, true, &pin}};
    struct swarm_program other = program;

    other.options = secrets;
    other.option_count = 1;
    parse_with(&other, NULL, "--pin 12x4");
    unlike(got.err, "12x4", "a wrong secret is not shown");
    parse_with(&other, NULL, "--pin 9999");
    unlike(got.err, "9999", "nor one that is no choice");
    parse_with(&other, NULL, "--pim=4242");
    unlike(got.err, "4242", "nor one of a misspelt option");
    like(got.err, "Did you mean '--pin'?", "which is told");
}

static void test_mistakes(void)
{
    refused("--regoin us", "unrecognized arguments: --regoin");
    like(got.err, "Did you mean '--region'?\n", "did you mean an option of the scenario");
    refused("--printstats", "unrecognized arguments: --printstats");
    like(got.err, "Did you mean '--print-stats'?\n", "did you mean a flag");
    refused("--json a.json --html b.html --junit a.json",
            "--json and --junit would both write a.json: give each a path of its own");
    refused("--json - --html -",
            "--json and --html would both write to the standard output: give each a path of its own");
    refused("--vus 5", "unrecognized arguments: --vus");
    like(got.err, "Did you mean '--users'?\n", "what k6 calls it");
    refused("-d 5s", "unrecognized arguments: -d");
    like(got.err, "Did you mean '--run-time'?\n", "what wrk calls it");
    refused("--xyzzy=1", "unrecognized arguments: --xyzzy");
    like(got.err, "--help", "or where to look");
    refused("-x", "unrecognized arguments: -x");
    refused("--thr 1", "ambiguous option: --thr could match --threads, --threshold");
    refused("-u 1.5", "argument -u/--users: invalid int value: '1.5'");
    refused("-u -5", "argument -u/--users: must be >= 0");
    refused("-u", "argument -u/--users: expected one argument");
    refused("-u 99999999999999999999", "argument -u/--users: invalid int value: '99999999999999999999'");
    refused("-r 0", "argument -r/--spawn-rate: must be > 0");
    refused("-r -1", "argument -r/--spawn-rate: must be > 0");
    refused("-r x", "argument -r/--spawn-rate: invalid float value: 'x'");
    refused("-r nan", "argument -r/--spawn-rate: invalid float value: 'nan'");
    refused("-t 1.5m",
            "argument -t/--run-time: Invalid time span format: '1.5m'. Valid formats: 20, 20s, 250ms, 3m, 2h, 1h20m, "
            "3h30m10s, etc.");
    refused("--loglevel FOO",
            "argument -L/--loglevel: invalid choice: 'FOO' (choose from 'DEBUG', 'INFO', 'WARNING', 'ERROR', "
            "'CRITICAL')");
    refused("--threads 0", "argument --threads: must be between 1 and 1024");
    refused("--exit-code-on-error 256", "argument --exit-code-on-error: must be between 0 and 255");
    refused("--seed -1", "argument --seed: must be >= 0");
    refused("--csv-full-history", "'--csv-full-history' requires '--csv'.");
    refused("--csv=", "argument --csv: must not be empty");
    refused("--headless=maybe",
            "Unexpected value for --headless: 'maybe'. Expecting 'true', 'false', 'yes', 'no', 'on', 'off', "
            "'1' or '0'");
    refused("--ca /no/such/file", "argument --ca: cannot read '/no/such/file': No such file or directory");
    refused("--web-port 8089", "--web-port is not available in this version (swarm 0.1.0)");
    refused("-w", "unrecognized arguments: -w");
    refused("--processes 4", "--processes is not available in this version (swarm 0.1.0)");
    like(got.err, "Instead: one process uses all cores; --threads says how many\n", "what to do instead");
    refused("Shoper", "unknown user kind: 'Shoper'");
    like(got.err, "Did you mean 'Shopper'?\n", "did you mean a kind");
    refused("Zzz", "unknown user kind: 'Zzz'");
    like(got.err, "The user kinds of this program are: Shopper Visitor Admin\n", "or which there are");
}

static void test_kinds(void)
{
    parse("Admin --users 5 Shopper");
    is_int(got.code, CLI_GO_ON, "kinds by name");
    ok(got.plan.only_given && got.plan.only[0] && !got.plan.only[1] && got.plan.only[2], "only those run");
    parse("-- Visitor");
    ok(!got.plan.only[0] && got.plan.only[1] && !got.plan.only[2], "after --");
}

static void test_environment(void)
{
    char *env[] = {(char *)(uintptr_t) "SWARM_USERS=40",
                   (char *)(uintptr_t) "SWARM_PAGE_SIZE=50",
                   (char *)(uintptr_t) "SWARM_HEADLESS=yes",
                   (char *)(uintptr_t) "SWARM_HOST=http://a Visitor=http://b",
                   (char *)(uintptr_t) "SWARM_RUN_TIME=2m",
                   (char *)(uintptr_t) "SWARM_FAST=0",
                   (char *)(uintptr_t) "SWARM_SEED=",
                   (char *)(uintptr_t) "PATH=/bin",
                   NULL};
    char *wrong[] = {(char *)(uintptr_t) "SWARM_SPAWN_RATE=fast", NULL};
    char *wrong_switch[] = {(char *)(uintptr_t) "SWARM_HEADLESS=maybe", NULL};
    char *wrong_option[] = {(char *)(uintptr_t) "SWARM_REGION=asia", NULL};

    parse_with(&program, env, "");
    is_int(got.code, CLI_GO_ON, "from the environment (%s)", got.err);
    is_uint(got.plan.users, 40, "users");
    ok(got.plan.users_given, "count as given");
    is_int(page_size, 50, "an option");
    ok(got.plan.headless && !fast, "switches");
    is_str(got.plan.host, "http://a", "host");
    is_uint(got.plan.kind_host_count, 1, "and that of a kind");
    is_int(got.plan.run_time_ns, 120 * SWARM_S, "a time span");
    ok(!got.plan.seed_given, "an empty one is none");
    parse_with(&program, env, "--users 3 --page-size 20 --fast");
    is_uint(got.plan.users, 3, "the command line wins");
    is_int(page_size, 20, "over options too");
    ok(fast, "and switches");
    parse_with(&program, env, "--host Admin=http://c");
    is_ptr(got.plan.host, NULL, "a host on the command line replaces all of the environment's");
    is_uint(got.plan.kind_host_count, 1, "so that nothing is sent to a forgotten one");
    is_uint(got.plan.kind_hosts[0].kind, 2, "and Admin's is the only one");
    parse_with(&program, wrong, "");
    is_int(got.code, EXIT_USAGE, "a wrong value in the environment");
    is_str(got.err, "checkout: error: argument SWARM_SPAWN_RATE: invalid float value: 'fast'\n",
           "is told by its variable");
    parse_with(&program, wrong_switch, "");
    like(got.err, "Unexpected value for SWARM_HEADLESS: 'maybe'", "also for switches");
    parse_with(&program, wrong_option, "");
    like(got.err, "argument SWARM_REGION: invalid choice: 'asia'", "and options");
}

/* An older scenario's option hides a newer flag. */
static void test_hidden_flag(void)
{
    static int64_t seed_option;
    static const struct swarm_option hides[] = {{"seed", SWARM_OPTION_INT, "grains", "1", NULL, false, &seed_option}};
    struct swarm_program other = program;
    char *env[] = {(char *)(uintptr_t) "SWARM_SEED=12", NULL};

    other.options = hides;
    other.option_count = 1;
    parse_with(&other, NULL, "--seed 5 --swarm-seed 6");
    is_int(seed_option, 5, "--seed is the option");
    is_uint(got.plan.seed, 6, "--swarm-seed the flag");
    parse_with(&other, env, "");
    is_int(seed_option, 12, "SWARM_SEED is the option");
    ok(!got.plan.seed_given, "not the flag");
}

static void test_answers(void)
{
    parse("--version");
    is_int(got.code, EXIT_PASSED, "--version");
    is_str(got.out, "checkout (swarm 0.1.0)\n", "program and version");
    parse("-l");
    is_int(got.code, EXIT_PASSED, "--list");
    is_str(got.out, "Available Users:\n    Shopper\n    Visitor\n    Admin\n", "the kinds");
    parse("--users nonsense -h");
    is_int(got.code, EXIT_PASSED, "--help, whatever else is there");
    is_str(got.err, "", "nothing on stderr");
    like(got.out, "Usage: checkout [options] [KIND ...]\n", "usage");
    like(got.out, "\nOptions of this scenario:\n", "the scenario's options are a group");
    like(got.out,
         "  --page-size INT         products per page, one of 20, 50 (default: 20)\n                          "
         "[SWARM_PAGE_SIZE]\n",
         "with all it has");
    like(got.out, "  --fast, --no-fast       do not linger (default: true) [SWARM_FAST]\n", "a bool has two names");
    like(got.out, "  --api-key TEXT          the key (secret) [SWARM_API_KEY]\n", "a secret says so");
    like(got.out, "\n  report   --csv ", "the groups, and what is in them");
    parse("--users nonsense --help run");
    is_int(got.code, EXIT_PASSED, "one group");
    like(got.out, "  -u, --users N           number of users at the peak (default: 1)\n", "a flag");
    unlike(got.out, "--csv", "and nothing of another");
    parse("-h all");
    like(got.out, "\nTables and statistics options:\n", "all of them");
    like(got.out, "\nLog options:\n", "one for the log");
    like(got.out, " Shopper Visitor Admin\n", "the kinds");
    parse("--help=nothing");
    is_int(got.code, EXIT_USAGE, "a group that is not there");
    like(got.err, "there is no group of options 'nothing'\n", "is told");
}

static void test_spans(void)
{
    static const struct {
        const char *text;
        int64_t ns;
        /* clang-format off */
    } good[] = { { "90", 90 * SWARM_S },     { "90s", 90 * SWARM_S },        { "20m", 1200 * SWARM_S }, { "3h", 10800 * SWARM_S },
                 { "1h30m", 5400 * SWARM_S }, { "1h3m7s", 3787 * SWARM_S },  { "0", 0 },                { "250ms", 250 * SWARM_MS },
                 { "1s500ms", 1500 * SWARM_MS }, { "1m250ms", 60250 * SWARM_MS }, { "0s", 0 } };
    static const char *const bad[] = { "1h30", "1h2m3", "1d", "1.5m", "m", "", "30m1h", "1 m", " 1", "1s1s", "-1s",
                                       "99999999999h", "1ms1s", "1hm", "90x", "18446744073709551616" };
    /* clang-format on */
    int64_t ns;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        ns = -1;
        ok(cli_parse_span(good[i].text, &ns), "'%s' is a time span", good[i].text);
        is_int(ns, good[i].ns, "'%s' is so long", good[i].text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok(!cli_parse_span(bad[i], &ns), "'%s' is none", bad[i]);
}

/* What a command line of Locust begins with. */
static void test_locustfile(void)
{
    static const char *const lines[] = {"-f locustfile.py", "--locustfile=locustfile.py"};

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        parse_with(&program, NULL, lines[i]);
        is_int(got.code, EXIT_USAGE, "%s is refused", lines[i]);
        like(got.err, "is not needed: this program is the scenario checkout.swarm\n", "... with the reason");
    }
}

/* SWARM_NAME that nothing reads is told when it is like a name of ours; others' variables are nobody's business. */
static void test_misspelt_variables(void)
{
    static const struct {
        const char *entry, *said; /* NULL: nothing */
    } cases[] = {
        /* clang-format off */
        { "SWARM_USRES=5", "checkout: warning: nothing reads SWARM_USRES; did you mean SWARM_USERS?\n" },
        { "SWARM_RUNTIME=5m", "checkout: warning: nothing reads SWARM_RUNTIME; did you mean SWARM_RUN_TIME?\n" },
        { "SWARM_users=5", "checkout: warning: nothing reads SWARM_users; did you mean SWARM_USERS?\n" },
        { "SWARM_PAGESIZE=50", "checkout: warning: nothing reads SWARM_PAGESIZE; did you mean SWARM_PAGE_SIZE?\n" },
        { "SWARM_API_KYE=hidden", "checkout: warning: nothing reads SWARM_API_KYE; did you mean SWARM_API_KEY?\n" },
        { "SWARM_USER_CLASSES=Shopper", "checkout: warning: nothing reads SWARM_USER_CLASSES; did you mean SWARM_KINDS?\n" },
        { "SWARM_ONCE=1", "checkout: warning: SWARM_ONCE is not read: --once counts on the command line alone\n" },
        { "SWARM_USERS=5", NULL }, { "SWARM_PAGE_SIZE=50", NULL }, { "SWARM_KINDS=Shopper", NULL },
        { "SWARM_CONFIG=", NULL }, { "SWARM_HOME=/opt", NULL }, { "SWARM_VERSION=1.2", NULL },
        { "SWARM_REPOSITORY=a/b", NULL }, { "SWARM_CLUSTER_STORE=consul", NULL }, { "SWARM_=1", NULL }, { "SWARM_USRES", "checkout: warning: nothing reads SWARM_USRES; did you mean SWARM_USERS?\n" },
        { "SWARMS_USRES=5", NULL }, { "LOCUST_USRES=5", NULL },
        /* clang-format on */
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *env[] = {(char *)(uintptr_t)cases[i].entry, NULL};

        parse_with(&program, env, "");
        is_int(got.code, CLI_GO_ON, "%s does not hinder a run", cases[i].entry);
        is_str(got.err, cases[i].said ? cases[i].said : "", "... and what is told of it");
        parse_with(&program, env, "--help");
        is_str(got.err, "", "... nothing beside help");
    }
}

int main(void)
{
    test_defaults();
    test_flags();
    test_hosts();
    test_options();
    test_secret_is_not_shown();
    test_mistakes();
    test_kinds();
    test_environment();
    test_misspelt_variables();
    test_locustfile();
    test_hidden_flag();
    test_answers();
    test_spans();
    drop();
    return tap_done();
}
