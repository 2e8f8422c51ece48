#include "check/engine.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name, *title;
    enum engine_wanted wanted;
} engines[] = {
    [ENGINE_NATIVE] = {"native", "the native engine", WANTED_NATIVE},
    [ENGINE_CURL] = {"curl", "libcurl", WANTED_CURL},
};
enum { ENGINES = sizeof engines / sizeof *engines };

/* Of a kind whose keys both can do. SWARMC_HTTP_ENGINE lets whole test suites run with the other one. */
static enum http_engine usual(void)
{
    const char *said = getenv("SWARMC_HTTP_ENGINE");
    enum engine_wanted wanted;

    if (said && engine_wanted_read(said, &wanted)) {
        return wanted == WANTED_NATIVE ? ENGINE_NATIVE : ENGINE_CURL;
    }
    return ENGINE_NATIVE;
}

const char *engine_title(enum http_engine engine)
{
    return engines[engine].title;
}

bool engine_wanted_read(const char *text, enum engine_wanted *wanted)
{
    for (int i = 0; i < ENGINES; i++) {
        if (strcmp(engines[i].name, text) == 0) {
            *wanted = engines[i].wanted;
            return true;
        }
    }
    return false;
}

/* Keys beyond HTTP/1.1 straight to the server. Their values do not count, but for `version 1.1`, which is a word. */
static bool only_curl(const struct attr *attr)
{
    return attr->kind == ATTR_PROXY || (attr->kind == ATTR_VERSION && strcmp(attr->word.text, "1.1") != 0);
}

struct engine_choice engine_of(const struct unit *unit, const struct attr *http)
{
    struct engine_choice choice = {.engine = usual()};

    for (const struct attr *attr = http; attr; attr = attr->next) {
        if (only_curl(attr)) {
            choice.key = attr;
            choice.engine = ENGINE_CURL;
        }
    }
    if (unit->engine != WANTED_ANY) {
        choice.wanted = true;
        choice.engine = unit->engine == WANTED_CURL ? ENGINE_CURL : ENGINE_NATIVE;
    }
    return choice;
}

/* ------------------------------------------------------------------ what cannot be */

static void refuse(struct unit *unit, const struct attr *key, const char *user)
{
    const char *word = key->kind == ATTR_PROXY ? "proxy" : "version";
    struct diag *diag;

    diag = diag_add(unit->diags, DIAG_E0709, key->span, "%s%s%s needs libcurl for `%s`, %s", user ? "user " : "",
                    user ? user : "the file", user ? "" : "'s http { }", word,
                    unit->whole ? "which no static program has" : "and --http-engine says native");
    diag_help(unit->diags, diag, "leave out %s, or `%s`", unit->whole ? "--static" : "--http-engine", word);
}

static bool check_http(struct unit *unit, const struct attr *http, const char *user)
{
    struct engine_choice choice = engine_of(unit, http);

    if (!choice.key || choice.engine == ENGINE_CURL) {
        return true;
    }
    refuse(unit, choice.key, user);
    return false;
}

bool engine_check(struct unit *unit)
{
    bool good = true;

    for (const struct kind *kind = unit->info->kinds; kind; kind = kind->next) {
        good &= check_http(unit, kind->http, kind->name);
    }
    if (unit->info->hook_count) {
        good &= check_http(unit, unit->info->http, NULL);
    }
    return good;
}

/* ------------------------------------------------------------------ content codings */

static void add_word(struct engine_codings *codings, const char *word)
{
    codings->zlib |= strcmp(word, "gzip") == 0 || strcmp(word, "any") == 0;
    codings->brotli |= strcmp(word, "br") == 0 || strcmp(word, "any") == 0;
}

/* What attributes ask for; *said: they say something of `compressed`. */
static void add_attrs(struct engine_codings *codings, const struct attr *attrs, bool *said)
{
    for (const struct attr *attr = attrs; attr; attr = attr->next) {
        if (attr->kind == ATTR_COMPRESSED) {
            *said = true;
            add_word(codings, attr->word.text);
        }
        /* A header of one's own may ask for anything. */
        if (attr->kind == ATTR_HEADER && !(attr->a->constness == CONST_KNOWN && attr->a->type.kind == TYPE_STRING &&
                                           strcasecmp(attr->a->known.text.p, "Accept-Encoding") != 0)) {
            add_word(codings, "any");
        }
    }
}

static void add_kind(struct engine_codings *codings, const struct attr *http)
{
    bool said = false;

    add_attrs(codings, http, &said);
    if (!said) {
        add_word(codings, "any");
    }
}

struct engine_codings engine_codings(const struct unit *unit)
{
    const struct program_info *info = unit->info;
    struct engine_codings codings = {false, false};
    bool read = false, said;

    for (unsigned i = 0; i < info->request_count; i++) {
        read |= info->requests[i]->reads_body;
        add_attrs(&codings, info->requests[i]->attrs, &said);
    }
    for (const struct kind *kind = info->kinds; kind; kind = kind->next) {
        add_kind(&codings, kind->http);
    }
    if (info->hook_count) {
        add_kind(&codings, info->http);
    }
    return read ? codings : (struct engine_codings){false, false};
}
