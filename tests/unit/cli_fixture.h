/* A program with every type of option, and the parsing of a command line for it. */
#ifndef CLI_FIXTURE_H
#define CLI_FIXTURE_H

#include <tap.h>

#include "cli/cli.h"
#include "log/secret.h"

static int64_t page_size;
static double ratio;
static bool fast, cache;
static struct swarm_value region, api_key;
static int64_t pause_option, limit;
static double arrivals;

static const char *const regions[] = {"eu", "us", NULL};
static const char *const sizes[] = {"20", "50", NULL};
static const struct swarm_option options[] = {
    {"page_size", SWARM_OPTION_INT, "products per page", "20", sizes, false, &page_size},
    {"region", SWARM_OPTION_STRING, "which shop", "eu", regions, false, &region},
    {"api_key", SWARM_OPTION_STRING, "the key", "", NULL, true, &api_key},
    {"ratio", SWARM_OPTION_FLOAT, "", "0.5", NULL, false, &ratio},
    {"fast", SWARM_OPTION_BOOL, "do not linger", "true", NULL, false, &fast},
    {"cache", SWARM_OPTION_BOOL, "", "false", NULL, false, &cache},
    {"pause", SWARM_OPTION_DURATION, "between pages", "1s", NULL, false, &pause_option},
    {"limit", SWARM_OPTION_SIZE, "largest page", "64KB", NULL, false, &limit},
    {"arrivals", SWARM_OPTION_RATE, "new users", "10/s", NULL, false, &arrivals},
};
static struct swarm_kind_of_user kinds[] = {{.name = "Shopper"}, {.name = "Visitor"}, {.name = "Admin"}};
static const struct swarm_program program = {
    .abi = SWARM_ABI,
    .source = "checkout.swarm",
    .kinds = kinds,
    .kind_count = 3,
    .options = options,
    .option_count = sizeof options / sizeof *options,
};

/* One parse with its result and what it printed. */
static struct {
    struct run_plan plan;
    int code;
    char *out, *err;
    char line[1024]; /* what is left of the line in argv */
} got;

static void reset_options(void)
{
    page_size = 20;
    ratio = 0.5;
    fast = true;
    cache = false;
    pause_option = SWARM_S;
    limit = 65536;
    arrivals = 10;
    region = (struct swarm_value)SWARM_TEXT_LITERAL("eu");
    api_key = (struct swarm_value)SWARM_TEXT_LITERAL("");
}

static void drop(void)
{
    run_plan_free(&got.plan);
    free(got.out);
    free(got.err);
    memset(&got, 0, sizeof got);
    secret_clear();
}

/* Parses a line of words separated by blanks ('_' inside a word stays) with the environment `env` (NULL:
 * none). */
static void parse_with(const struct swarm_program *of, char *const *env, const char *line)
{
    char copy[1024], *words[64] = {(char *)(uintptr_t) "./bin/checkout"}, *rest = copy, *word;
    int n = 1;
    size_t size;
    FILE *out, *err;

    drop();
    reset_options();
    out = open_memstream(&got.out, &size);
    err = open_memstream(&got.err, &size);
    snprintf(copy, sizeof copy, "%s", line);
    while ((word = strsep(&rest, " "))) {
        if (*word)
            words[n++] = word;
    }
    got.code = cli_parse(&got.plan, of, n, words, env, out, err);
    got.line[0] = '\0';
    for (int i = 1; i < n; i++)
        snprintf(got.line + strlen(got.line), sizeof got.line - strlen(got.line), "%s%s", i > 1 ? " " : "", words[i]);
    fclose(out);
    fclose(err);
}

static void parse(const char *line)
{
    parse_with(&program, NULL, line);
}

#endif
