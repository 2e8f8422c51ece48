/*
 * accounts.c - login, sessions and the administration.
 *
 * Everybody may log in with any name; the password "wrong", and none, is refused. A session is a slot in a table and a
 * random key, together its token; the oldest of SESSIONS is forgotten when a new one needs its slot. The token comes
 * back as "Authorization: Bearer TOKEN" or as the cookie sid.
 */
#include "shop.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#define SESSIONS     (1u << 18)
#define NAME_MAX_LEN 64

struct session {
    _Atomic uint64_t key; /* 0: nobody; stored last */
    bool admin;
    char name[NAME_MAX_LEN];
};

static struct session sessions[SESSIONS];
static _Atomic uint32_t session_next;
static _Atomic uint64_t key_next;
static struct MHD_Response *dashboard, *export_csv;

/* The next key: SplitMix64 (Steele, Lea, Flood 2014) from a random start; never 0. */
static uint64_t new_key(void)
{
    uint64_t z = atomic_fetch_add(&key_next, 0x9e3779b97f4a7c15u);

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return z ? z : 1;
}

/* Begins a session and writes its token. */
static void session_begin(const char *name, bool admin, char *token, size_t cap)
{
    uint32_t slot = atomic_fetch_add(&session_next, 1) % SESSIONS;
    struct session *s = &sessions[slot];
    uint64_t key = new_key();

    atomic_store(&s->key, 0);
    snprintf(s->name, sizeof s->name, "%s", name);
    s->admin = admin;
    atomic_store(&s->key, key);
    snprintf(token, cap, "%05x%016llx", slot, (unsigned long long)key);
}

/* The session of a token, or NULL. */
static struct session *session_of_token(const char *token)
{
    char digits[6] = "";
    unsigned long slot;
    uint64_t key;

    if (strlen(token) != 21 || strspn(token, "0123456789abcdef") != 21)
        return NULL;
    memcpy(digits, token, 5);
    slot = strtoul(digits, NULL, 16);
    key = strtoull(token + 5, NULL, 16);
    if (slot >= SESSIONS || key == 0 || atomic_load(&sessions[slot].key) != key)
        return NULL;
    return &sessions[slot];
}

static struct session *session_of(const struct request *r)
{
    const char *token = request_header(r, MHD_HTTP_HEADER_AUTHORIZATION);

    if (token && strncasecmp(token, "Bearer ", 7) == 0)
        return session_of_token(token + 7);
    token = request_cookie(r, "sid");
    return token ? session_of_token(token) : NULL;
}

static void set_cookie(struct MHD_Response *response, const char *token)
{
    char cookie[96];

    if (*token)
        snprintf(cookie, sizeof cookie, "sid=%s; Path=/; HttpOnly", token);
    else
        snprintf(cookie, sizeof cookie, "sid=; Path=/; Max-Age=0");
    response_header(response, MHD_HTTP_HEADER_SET_COOKIE, cookie);
}

/* Reads name and password; gives NULL, or what is wrong with them and its status. */
static const char *check_login(const struct request *r, const char *name_field, char *name, size_t cap,
                               unsigned *status)
{
    char password[256];

    *status = MHD_HTTP_BAD_REQUEST;
    if (!fields_valid(r))
        return "the body is neither a JSON object nor a form";
    if (!fields_get(r, name_field, name, cap) || !*name)
        return "the name is missing or too long";
    *status = MHD_HTTP_UNAUTHORIZED;
    if (!fields_get(r, "password", password, sizeof password) || !*password || strcmp(password, "wrong") == 0)
        return "wrong name or password";
    return NULL;
}

static enum MHD_Result log_in(struct request *r, const char *name_field, bool admin)
{
    char name[NAME_MAX_LEN], token[32];
    struct text t = {0};
    struct MHD_Response *response;
    unsigned status;
    const char *wrong = check_login(r, name_field, name, sizeof name, &status);

    if (wrong)
        return reply_error(r, status, wrong);
    session_begin(name, admin, token, sizeof token);
    text_addf(&t, "{\"token\": \"%s\", \"user\": {\"%s\": ", token, name_field);
    text_add_json(&t, name, strlen(name));
    text_addf(&t, ", \"admin\": %s}}\n", admin ? "true" : "false");
    response = response_text(&t, "application/json");
    set_cookie(response, token);
    return reply(r, MHD_HTTP_OK, response);
}

enum MHD_Result accounts_login(struct request *r)
{
    return log_in(r, "email", false);
}

enum MHD_Result accounts_admin_login(struct request *r)
{
    return log_in(r, "username", true);
}

enum MHD_Result accounts_login_form(struct request *r)
{
    char name[NAME_MAX_LEN], token[32];
    struct text t = {0};
    struct MHD_Response *response;
    unsigned status;
    const char *wrong = check_login(r, "email", name, sizeof name, &status);

    if (wrong) {
        page_begin(&t, "Log in");
        text_add(&t, "<p class=\"error\">");
        text_add_html(&t, wrong);
        text_add(&t, "</p>\n");
        page_end(&t);
        return reply_html(r, status, &t);
    }
    session_begin(name, false, token, sizeof token);
    text_add(&t, "see /welcome\n");
    response = response_text(&t, "text/plain; charset=utf-8");
    set_cookie(response, token);
    response_header(response, MHD_HTTP_HEADER_LOCATION, "/welcome");
    return reply(r, MHD_HTTP_SEE_OTHER, response);
}

enum MHD_Result accounts_logout(struct request *r)
{
    struct session *s = session_of(r);
    struct text t = {0};
    struct MHD_Response *response;

    if (s)
        atomic_store(&s->key, 0);
    text_add(&t, "{\"loggedOut\": true}\n");
    response = response_text(&t, "application/json");
    set_cookie(response, "");
    return reply(r, MHD_HTTP_OK, response);
}

enum MHD_Result accounts_me(struct request *r)
{
    const struct session *s = session_of(r);
    struct text t = {0};

    text_add(&t, "{\"user\": ");
    if (s)
        text_add_json(&t, s->name, strnlen(s->name, sizeof s->name));
    else
        text_add(&t, "null");
    text_addf(&t, ", \"admin\": %s}\n", s && s->admin ? "true" : "false");
    return reply_json(r, MHD_HTTP_OK, &t);
}

/* Is the sender logged in as an administrator? Otherwise *result is the answer that says so. */
static bool is_admin(struct request *r, enum MHD_Result *result)
{
    const struct session *s = session_of(r);

    if (s && s->admin)
        return true;
    *result = s ? reply_error(r, MHD_HTTP_FORBIDDEN, "this is for administrators")
                : reply_error(r, MHD_HTTP_UNAUTHORIZED, "log in at /admin/login first");
    return false;
}

enum MHD_Result accounts_admin_dashboard(struct request *r)
{
    enum MHD_Result result;

    return is_admin(r, &result) ? reply_kept(r, MHD_HTTP_OK, dashboard) : result;
}

enum MHD_Result accounts_admin_users(struct request *r)
{
    enum MHD_Result result;
    struct text t = {0};
    long page, i;

    if (!is_admin(r, &result))
        return result;
    if (!request_query_number(r, "page", 1, 50, 1, &page))
        return reply_error(r, MHD_HTTP_BAD_REQUEST, "page must be a number from 1 to 50");
    text_add(&t, "{\"users\": [");
    for (i = (page - 1) * 20 + 1; i <= page * 20; i++)
        text_addf(&t, "%s{\"id\": %ld, \"email\": \"user%ld@example.com\"}", i % 20 == 1 ? "" : ", ", i, i);
    text_addf(&t, "], \"total\": 1000, \"page\": %ld}\n", page);
    return reply_json(r, MHD_HTTP_OK, &t);
}

enum MHD_Result accounts_admin_export(struct request *r)
{
    const char *format = request_query(r, "format");
    enum MHD_Result result;

    if (!is_admin(r, &result))
        return result;
    if (format && strcmp(format, "csv") != 0)
        return reply_error(r, MHD_HTTP_BAD_REQUEST, "the format must be csv");
    return reply_kept(r, MHD_HTTP_OK, export_csv);
}

void accounts_start(void)
{
    struct text t = {0};
    uint64_t start;
    long id;

    if (getrandom(&start, sizeof start, 0) != (ssize_t)sizeof start) {
        fprintf(stderr, "shop: the system gives no random numbers\n");
        exit(1);
    }
    atomic_store(&key_next, start);
    page_begin(&t, "Dashboard");
    text_add(&t, "<p>1000 users, 120 products</p>\n<a href=\"/admin/users?page=1\">Users</a>\n"
                 "<a href=\"/admin/reports/export?format=csv\">Report</a>\n");
    page_end(&t);
    dashboard = response_kept(&t, "text/html; charset=utf-8");
    text_add(&t, "product,price\r\n");
    for (id = 1; id <= CATALOGUE_SIZE; id++)
        text_addf(&t, "%ld,%ld.%02ld\r\n", id, catalogue_price(id) / 100, catalogue_price(id) % 100);
    export_csv = response_kept(&t, "text/csv; charset=utf-8");
    response_header(export_csv, MHD_HTTP_HEADER_CONTENT_DISPOSITION, "attachment; filename=\"report.csv\"");
}
