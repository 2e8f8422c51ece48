/* config.c - configuration files. Locust's form, one option a line:
 *
 *     users 100            run-time = 5m         host: http://127.0.0.1:8080         headless
 *     --spawn-rate 10      tags = [a, "b c"]     # comment, also ; and [section] and ---
 *
 * or, in a file whose name ends in .toml, the table [tool.swarm]. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/memory.h"
#include "assign.h"
#include "toml.h"

enum { LARGEST = 1 << 20 };

struct config {
    struct parse *parse;
    const char *path;
    char place[600];
};

static void set_place(struct config *config, unsigned line)
{
    snprintf(config->place, sizeof config->place, "%s:%u", config->path, line);
    config->parse->place = config->parse->from = config->place;
}

/* ---- a key and its values --------------------------------------------------------------------------- */

static bool unknown_key(struct parse *p, const char *key)
{
    struct suggestion suggestion;
    struct found found = {0};
    char also[ALSO_LENGTH] = "";
    const char *instead = NULL, *elsewhere;

    if (table_look_up(p->program, key, strlen(key), &found, also) == FOUND_EXACTLY) {
        cli_complain(p, "'%s' can only stand on the command line", key);
        return false;
    }
    if (table_is_reserved(key, strlen(key), &instead)) {
        cli_complain(p, "'%s' is not available in this version", key);
        if (instead)
            fprintf(p->err, "Instead: %s\n", instead);
        return false;
    }
    cli_complain(p, "unknown option '%s'", key);
    suggest_start(&suggestion, key);
    elsewhere = suggest_elsewhere(key);
    if (elsewhere)
        snprintf(suggestion.best, sizeof suggestion.best, "%s", elsewhere);
    else
        table_offer(p->program, &suggestion, "");
    if (suggestion.best[0])
        cli_suggest(p, &suggestion);
    else
        fprintf(p->err, "%s --help all shows what there is\n", p->name);
    return false;
}

/* count 0 and no array: the key alone. */
static bool set_key(struct parse *p, const char *key, const char *const *values, size_t count, bool array)
{
    struct found found;

    if (!table_find_key(p->program, key, strlen(key), &found))
        return unknown_key(p, key);
    if (found.flag == &flag_table[FLAG_CONFIG]) {
        cli_complain(p, "a configuration file cannot name another one");
        return false;
    }
    if (array && !(found.flag && flag_repeats(found.flag))) {
        cli_complain(p, "'%s' takes one value, not a list", key);
        return false;
    }
    if (count == 0 && !array && found_takes_value(&found)) {
        cli_complain(p, "'%s' needs a value", key);
        return false;
    }
    if (count == 0 && !array)
        return cli_apply(p, &found, NULL);
    for (size_t i = 0; i < count; i++) {
        if (!cli_apply(p, &found, values[i]))
            return false;
    }
    return true;
}

/* ---- Locust's form ---------------------------------------------------------------------------------- */

/* A value at *at, which it moves on: to the end of the line, or to a ',' or ']' of a list. NULL: a quote is missing. */
static const char *take_word(struct parse *p, char **at, bool list)
{
    char *text = *at, *end;

    if (*text == '"' || *text == '\'') {
        end = strchr(text + 1, *text);
        *at = end ? end + 1 : text;
        return end ? cli_keep(p, text + 1, (size_t)(end - text - 1)) : NULL;
    }
    for (end = text; *end && !(list && (*end == ',' || *end == ']')); end++) {
        if ((*end == '#' || *end == ';') && end > text && isspace((unsigned char)end[-1]))
            break;
    }
    *at = end;
    while (end > text && isspace((unsigned char)end[-1]))
        end--;
    return cli_keep(p, text, (size_t)(end - text));
}

static char *skip_blanks(char *at)
{
    while (isspace((unsigned char)*at))
        at++;
    return at;
}

/* Behind a value only a comment may stand. */
static bool is_over(char *at)
{
    at = skip_blanks(at);
    return *at == '\0' || *at == '#' || *at == ';';
}

static bool read_list(struct parse *p, const char *key, char *at)
{
    const char *values[64];
    size_t count = 0;

    for (at = skip_blanks(at + 1); *at != ']'; at = skip_blanks(at)) {
        const char *word = count < sizeof values / sizeof *values ? take_word(p, &at, true) : NULL;

        if (!word) {
            cli_complain(p, "'%s': %s", key,
                         count < sizeof values / sizeof *values ? "a quote is missing" : "the list is too long");
            return false;
        }
        values[count++] = word;
        at = skip_blanks(at);
        if (*at == ',') {
            at++;
        } else if (*at != ']') {
            cli_complain(p, "'%s': a ',' or ']' is missing in the list", key);
            return false;
        }
    }
    if (!is_over(at + 1)) {
        cli_complain(p, "'%s': something stands behind the list", key);
        return false;
    }
    return set_key(p, key, values, count, true);
}

static bool read_line(struct parse *p, char *line)
{
    char *key = skip_blanks(line), *at;
    const char *word;

    if (*key == '\0' || strchr("#;[", *key) || strncmp(key, "---", 3) == 0)
        return true;
    key += strncmp(key, "--", 2) == 0 ? 2 : 0;
    at = key + strcspn(key, " \t\r=:");
    if (at == key) {
        cli_complain(p, "an option is wanted");
        return false;
    }
    if (*at) {
        char separator = *at;

        *at = '\0';
        at = skip_blanks(at + 1);
        if (isspace((unsigned char)separator) && (*at == '=' || *at == ':'))
            at = skip_blanks(at + 1);
    }
    if (is_over(at))
        return set_key(p, key, NULL, 0, false);
    if (*at == '[')
        return read_list(p, key, at);
    word = take_word(p, &at, false);
    if (!word || !is_over(at)) {
        cli_complain(p, "'%s': %s", key, word ? "something stands behind the quoted value" : "a quote is missing");
        return false;
    }
    return set_key(p, key, &word, 1, false);
}

static bool read_plain(struct config *config, char *text)
{
    char *rest = text, *line;

    for (unsigned number = 1; (line = strsep(&rest, "\n")); number++) {
        set_place(config, number);
        if (!read_line(config->parse, line))
            return false;
    }
    return true;
}

/* ---- TOML ------------------------------------------------------------------------------------------- */

static bool take_value(void *data, const struct toml_value *value)
{
    struct config *config = data;

    set_place(config, value->line);
    return set_key(config->parse, value->key, value->texts, value->count, value->array);
}

static bool read_toml(struct config *config, const char *text, size_t len, bool must)
{
    struct toml_problem problem;
    bool found;

    if (!toml_read(text, len, "tool.swarm", take_value, config, &found, &problem)) {
        if (problem.text[0]) {
            set_place(config, problem.line);
            cli_complain(config->parse, "%s", problem.text);
        }
        return false;
    }
    if (!found && must) {
        config->parse->place = config->path;
        cli_complain(config->parse, "there is no table [tool.swarm]");
        return false;
    }
    return true;
}

/* ---- files ------------------------------------------------------------------------------------------ */

static bool is_toml(const char *path)
{
    size_t len = strlen(path);

    return len > 5 && strcmp(path + len - 5, ".toml") == 0;
}

/* The whole file, NUL-terminated; NULL with errno, EFBIG for one that is no configuration. */
static char *read_file(const char *path, size_t *len)
{
    FILE *in = fopen(path, "re");
    char *text = NULL;
    int error;

    if (!in)
        return NULL;
    text = memory_new(LARGEST + 1, 1);
    errno = 0;
    *len = fread(text, 1, LARGEST + 1, in);
    error = ferror(in) ? errno : *len > LARGEST ? EFBIG : 0;
    fclose(in);
    if (error) {
        free(text);
        errno = error;
        return NULL;
    }
    text[*len] = '\0';
    return text;
}

/* must: it was asked for. A file that is not there is none of those that are looked for. */
static bool read_config(struct parse *p, const char *path, bool must)
{
    struct config config = {.parse = p, .path = path};
    size_t len = 0;
    char *text = read_file(path, &len);
    bool good;

    p->rank++;
    p->splits = true;
    if (!text) {
        if (!must && (errno == ENOENT || errno == ENOTDIR))
            return true;
        cli_complain(p, "cannot read the configuration file %s: %s", path, strerror(errno));
        return false;
    }
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark, as editors on Windows write it */
        len -= 3;
        memmove(text, text + 3, len + 1);
    }
    if (memchr(text, '\0', len) ||
        (len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))) {
        p->place = path;
        cli_complain(p, "this is no text in UTF-8");
        good = false;
    } else if (is_toml(path)) {
        good = read_toml(&config, text, len, must);
    } else {
        good = read_plain(&config, text);
    }
    free(text);
    p->place = NULL;
    return good;
}

bool cli_read_configs(struct parse *p, const char *extra)
{
    const char *home = cli_variable(p, "HOME");
    char path[600];

    p->locust_conf_alone = !extra && access("swarm.conf", F_OK) != 0 && access("locust.conf", R_OK) == 0;
    if (home && *home && strlen(home) < sizeof path - 20) {
        snprintf(path, sizeof path, "%s/.swarm.conf", home);
        if (!read_config(p, path, false))
            return false;
    }
    return read_config(p, "swarm.conf", false) && read_config(p, "pyproject.toml", false) &&
           (!extra || read_config(p, extra, true));
}
