#include "digest.h"

#include <stdlib.h>
#include <strings.h>

#include <openssl/evp.h>

enum { HEX = 2 * EVP_MAX_MD_SIZE + 1, KEPT = 1 };

/* ------------------------------------------------------------------ credentials: a byte 1, user, a space, password, both in hexadecimal */

static void add_hex(struct bytes *out, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bytes_format(out, "%02x", (unsigned char)p[i]);
    }
}

void digest_keep(struct bytes *out, const char *user, size_t user_size, const char *password, size_t password_size)
{
    bytes_add_char(out, KEPT);
    add_hex(out, user, user_size);
    bytes_add_char(out, ' ');
    add_hex(out, password ? password : "", password ? password_size : 0);
}

bool digest_kept(const char *value)
{
    return value && value[0] == KEPT;
}

static const char *take_hex(struct bytes *out, const char *p)
{
    for (; p[0] && p[0] != ' '; p += 2) {
        char pair[3] = {p[0], p[1], '\0'};
        bytes_add_char(out, (char)strtoul(pair, NULL, 16));
    }
    return p[0] ? p + 1 : p;
}

/* ------------------------------------------------------------------ the challenge */

struct challenge {
    struct bytes realm, nonce, opaque, algorithm, qop;
    bool has_opaque, has_nonce, has_qop;
};

static void challenge_free(struct challenge *c)
{
    bytes_free(&c->realm);
    bytes_free(&c->nonce);
    bytes_free(&c->opaque);
    bytes_free(&c->algorithm);
    bytes_free(&c->qop);
}

static bool is_space(char ch)
{
    return ch == ' ' || ch == '\t';
}

static bool is_token(char ch)
{
    return ch > ' ' && ch < 0x7f && !strchr("\"(),/:;<=>?@[\\]{}", ch);
}

/* A token or a quoted text; returns what is behind it. */
static const char *take_value(struct bytes *out, const char *p)
{
    if (*p != '"') {
        for (; is_token(*p); p++) {
            bytes_add_char(out, *p);
        }
        return p;
    }
    for (p++; *p && *p != '"'; p++) {
        p += *p == '\\' && p[1] ? 1 : 0;
        bytes_add_char(out, *p);
    }
    return *p ? p + 1 : p;
}

static void take_parameter(struct challenge *c, const char *name, size_t n, const struct bytes *value)
{
    const struct {
        const char *name;
        struct bytes *to;
        bool *has;
    } known[] = {{"realm", &c->realm, NULL},
                 {"nonce", &c->nonce, &c->has_nonce},
                 {"opaque", &c->opaque, &c->has_opaque},
                 {"algorithm", &c->algorithm, NULL},
                 {"qop", &c->qop, &c->has_qop}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strlen(known[i].name) == n && strncasecmp(known[i].name, name, n) == 0) {
            bytes_clear(known[i].to, SIZE_MAX);
            bytes_add(known[i].to, bytes_text(value), value->n);
            if (known[i].has) {
                *known[i].has = true;
            }
        }
    }
}

/* Parameters up to the next scheme or the end. */
static void read_challenge(struct challenge *c, const char *p)
{
    for (;;) {
        struct bytes value = {0};
        const char *name, *end;

        while (is_space(*p) || *p == ',') {
            p++;
        }
        for (name = p; is_token(*p); p++) {
        }
        end = p;
        while (is_space(*p)) {
            p++;
        }
        if (end == name || *p != '=') {
            return;
        }
        for (p++; is_space(*p); p++) {
        }
        p = take_value(&value, p);
        take_parameter(c, name, (size_t)(end - name), &value);
        bytes_free(&value);
    }
}

/* The next "Digest" of a value that may list several challenges, outside of quotes; NULL: none. */
static const char *find_scheme(const char *p)
{
    bool quoted = false;

    for (const char *begin = p; *p; p++) {
        if (*p == '"') {
            quoted = !quoted;
        } else if (*p == '\\' && quoted && p[1]) {
            p++;
        } else if (!quoted && strncasecmp(p, "Digest ", 7) == 0 && (p == begin || is_space(p[-1]) || p[-1] == ',')) {
            return p + 7;
        }
    }
    return NULL;
}

static bool has_word(const struct bytes *list, const char *word)
{
    size_t n = strlen(word);

    for (const char *p = bytes_text(list); *p;) {
        while (is_space(*p) || *p == ',') {
            p++;
        }
        size_t length = strcspn(p, ", \t");
        if (length == n && strncasecmp(p, word, n) == 0) {
            return true;
        }
        p += length;
    }
    return false;
}

/* ------------------------------------------------------------------ the answer */

/* Hash of the parts with colons between, in small hexadecimal digits. */
static bool hash(const EVP_MD *kind, char to[HEX], const char *const *parts, size_t count)
{
    struct bytes text = {0};
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    for (size_t i = 0; i < count; i++) {
        if (i) {
            bytes_add_char(&text, ':');
        }
        bytes_add_text(&text, parts[i]);
    }
    bool made = EVP_Digest(bytes_text(&text), text.n, raw, &n, kind, NULL) == 1;
    bytes_free(&text);
    for (unsigned i = 0; made && i < n; i++) {
        snprintf(to + 2 * i, 3, "%02x", raw[i]);
    }
    return made;
}

static void add_quoted(struct bytes *out, const char *name, const char *value)
{
    bytes_format(out, "%s=\"", name);
    for (; *value; value++) {
        if (*value == '"' || *value == '\\') {
            bytes_add_char(out, '\\');
        }
        bytes_add_char(out, *value);
    }
    bytes_add_char(out, '"');
}

struct answer {
    const char *user, *password, *method, *uri;
    uint64_t seed;
};

/* False: an algorithm or qop that is not ours. */
static bool write_answer(struct bytes *out, const struct challenge *c, const struct answer *a)
{
    const char *algorithm = c->algorithm.n ? c->algorithm.p : "MD5", *nonce = bytes_text(&c->nonce),
               *realm = bytes_text(&c->realm);
    bool session = strcasecmp(algorithm, "MD5-sess") == 0 || strcasecmp(algorithm, "SHA-256-sess") == 0;
    bool md5 = strncasecmp(algorithm, "MD5", 3) == 0 && (session || !algorithm[3]);
    bool sha = strncasecmp(algorithm, "SHA-256", 7) == 0 && (session || !algorithm[7]);
    const EVP_MD *kind = md5 ? EVP_md5() : EVP_sha256();
    bool qop = has_word(&c->qop, "auth");
    char first[HEX], second[HEX], response[HEX], cnonce[HEX], seed[24];

    if (!c->has_nonce || (!md5 && !sha) || (c->has_qop && !qop)) {
        return false;
    }
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)a->seed);
    if (!hash(kind, cnonce, (const char *[]){nonce, seed, a->uri}, 3) ||
        !hash(kind, first, (const char *[]){a->user, realm, a->password}, 3) ||
        !hash(kind, second, (const char *[]){a->method, a->uri}, 2)) {
        return false;
    }
    cnonce[16] = '\0';
    if (session && !hash(kind, first, (const char *[]){first, nonce, cnonce}, 3)) {
        return false;
    }
    if (!(qop ? hash(kind, response, (const char *[]){first, nonce, "00000001", cnonce, "auth", second}, 6)
              : hash(kind, response, (const char *[]){first, nonce, second}, 3))) {
        return false;
    }
    bytes_add_text(out, "Digest ");
    add_quoted(out, "username", a->user);
    add_quoted(out, ", realm", realm);
    add_quoted(out, ", nonce", nonce);
    add_quoted(out, ", uri", a->uri);
    if (c->algorithm.n) {
        bytes_format(out, ", algorithm=%s", algorithm);
    }
    bytes_format(out, ", response=\"%s\"", response);
    if (c->has_opaque) {
        add_quoted(out, ", opaque", bytes_text(&c->opaque));
    }
    if (qop || session) {
        bytes_format(out, "%s, nc=00000001, cnonce=\"%s\"", qop ? ", qop=auth" : "", cnonce);
    }
    return true;
}

bool digest_answer(struct bytes *out, const char *credentials, const struct head *head, const char *method,
                   const struct url *url, uint64_t seed)
{
    struct bytes user = {0}, password = {0}, uri = {0};
    const struct head_field *field;
    bool made = false;
    size_t from = 0;

    take_hex(&password, take_hex(&user, credentials + 1));
    url_write_target(&uri, url);
    struct answer answer = {bytes_text(&user), bytes_text(&password), method, bytes_text(&uri), seed};
    while (!made && (field = head_next(head, "WWW-Authenticate", 16, &from))) {
        const char *p = head->text.p + field->value;

        while (!made && (p = find_scheme(p))) {
            struct challenge challenge = {.has_nonce = false};

            read_challenge(&challenge, p);
            made = write_answer(out, &challenge, &answer);
            challenge_free(&challenge);
        }
    }
    bytes_free(&user);
    bytes_free(&password);
    bytes_free(&uri);
    return made;
}
