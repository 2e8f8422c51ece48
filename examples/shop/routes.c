/* routes.c - which path is answered by whom. */
#include "counts.h"
#include "shop.h"

#include <string.h>

#define SMALL_BODY (64u << 10)
#define ECHO_BODY  (1u << 20)

static enum MHD_Result tell_counts(struct request *r)
{
    struct text t = {0};

    counts_json(r->counts, &t);
    return reply_json(r, MHD_HTTP_OK, &t);
}

static enum MHD_Result reset_counts(struct request *r)
{
    counts_reset(r->counts);
    return reply_plain(r, MHD_HTTP_OK, "the counts are zero\n");
}

/* The first line that fits is taken, so an exact path stands above a pattern that would take it. */
static const struct route routes[] = {
    {"GET", "/", pages_kept, PAGE_HOME, 0, NULL},
    {"GET", "/products", catalogue_list, 0, 0, NULL},
    {"GET", "/products/*", catalogue_item, 0, 0, NULL},
    {"GET", "/api/v1/products", catalogue_api, 0, 0, NULL},
    {"GET", "/api/v1/products/*", catalogue_api_item, 0, 0, NULL},

    {"POST", "/api/cart", orders_cart_new, 0, SMALL_BODY, NULL},
    {"GET", "/api/cart/*", orders_cart, 0, 0, NULL},
    {"POST", "/api/orders", orders_new, 0, SMALL_BODY, NULL},
    {"GET", "/api/orders/*", orders_get, 0, 0, NULL},
    {"PUT", "/api/orders/*", orders_change, 0, SMALL_BODY, NULL},
    {"POST", "/jobs", orders_job_new, 0, SMALL_BODY, NULL},
    {"GET", "/jobs/*", orders_job, 0, 0, NULL},

    {"POST", "/api/auth/login", accounts_login, 0, SMALL_BODY, NULL},
    {"POST", "/api/auth/logout", accounts_logout, 0, SMALL_BODY, NULL},
    {"GET", "/api/me", accounts_me, 0, 0, NULL},
    {"GET", "/login", pages_kept, PAGE_LOGIN, 0, NULL},
    {"POST", "/login", accounts_login_form, 0, SMALL_BODY, NULL},
    {"POST", "/admin/login", accounts_admin_login, 0, SMALL_BODY, NULL},
    {"POST", "/admin/logout", accounts_logout, 0, SMALL_BODY, NULL},
    {"GET", "/admin/dashboard", accounts_admin_dashboard, 0, 0, NULL},
    {"GET", "/admin/users", accounts_admin_users, 0, 0, NULL},
    {"GET", "/admin/reports/export", accounts_admin_export, 0, 0, NULL},

    {"GET", "/forum/thread/*", pages_thread, 0, 0, NULL},
    {"POST", "/forum/thread", pages_thread_new, 0, SMALL_BODY, NULL},
    {"GET", "/about/team", pages_kept, PAGE_TEAM, 0, NULL},
    {"GET", "/about/press", pages_kept, PAGE_PRESS, 0, NULL},
    {"GET", "/about/jobs", pages_kept, PAGE_JOBS, 0, NULL},
    {"GET", "/form", pages_form, 0, 0, NULL},
    {"POST", "/sign-in", pages_sign_in, 0, SMALL_BODY, NULL},
    {"GET", "/welcome", pages_kept, PAGE_WELCOME, 0, NULL},
    {"GET", "/post/*", pages_article, 0, 0, NULL},
    {"GET", "/cart", pages_kept, PAGE_CART, 0, NULL},
    {"GET", "/pay", pages_kept, PAGE_PAY, 0, NULL},
    {"GET", "/static/app.js", pages_kept, PAGE_SCRIPT, 0, NULL},
    {"GET", "/static/app.css", pages_kept, PAGE_STYLE, 0, NULL},

    {"*", "/slow", lab_slow, 0, ECHO_BODY, NULL},
    {"*", "/flaky", lab_flaky, 0, ECHO_BODY, NULL},
    {"GET", "/maybe", lab_maybe, 0, 0, NULL},
    {"*", "/upload", lab_upload, 0, 0, lab_upload_piece},
    {"*", "/echo", lab_echo, 0, ECHO_BODY, NULL},
    {"*", "/echo/**", lab_echo, 0, ECHO_BODY, NULL},
    {"PROPFIND", "/dav", lab_dav, 0, SMALL_BODY, NULL},
    {"PROPFIND", "/dav/**", lab_dav, 0, SMALL_BODY, NULL},
    {"*", "/redirect/*", lab_redirect, 0, ECHO_BODY, NULL},
    {"*", "/redirect-code/*", lab_redirect_code, 0, ECHO_BODY, NULL},
    {"*", "/landed", lab_landed, 0, ECHO_BODY, NULL},
    {"GET", "/gzip", lab_gzip, 0, 0, NULL},
    {"GET", "/response-headers", lab_headers, 0, 0, NULL},
    {"*", "/status/*", lab_status, 0, ECHO_BODY, NULL},
    {"GET", "/bytes/*", lab_bytes, 0, 0, NULL},
    {"*", "/close", lab_close, 0, ECHO_BODY, NULL},

    {"GET", "/_counts", tell_counts, 0, 0, NULL},
    {"POST", "/_counts/reset", reset_counts, 0, SMALL_BODY, NULL},
};

static enum MHD_Result say_not_found(struct request *r)
{
    return reply_plain(r, MHD_HTTP_NOT_FOUND, "there is nothing here\n");
}

/* The methods a path takes, as the value of Allow; empty for an unknown path. */
static void allowed_methods(const char *path, struct text *allow);

static enum MHD_Result say_options(struct request *r)
{
    struct text t = {0}, allow = {0};
    struct MHD_Response *response;

    if (strcmp(r->path, "*") == 0)
        text_add(&allow, "GET, HEAD, POST, PUT, OPTIONS");
    else
        allowed_methods(r->path, &allow);
    response = response_text(&t, NULL);
    if (allow.data)
        response_header(response, MHD_HTTP_HEADER_ALLOW, allow.data);
    text_free(&allow);
    return reply(r, MHD_HTTP_NO_CONTENT, response);
}

static enum MHD_Result say_not_allowed(struct request *r)
{
    struct text t = {0}, allow = {0};
    struct MHD_Response *response;

    allowed_methods(r->path, &allow);
    text_addf(&t, "this path takes %s\n", allow.data ? allow.data : "nothing");
    response = response_text(&t, "text/plain; charset=utf-8");
    if (allow.data)
        response_header(response, MHD_HTTP_HEADER_ALLOW, allow.data);
    text_free(&allow);
    return reply(r, MHD_HTTP_METHOD_NOT_ALLOWED, response);
}

static const struct route not_found = {"*", "**", say_not_found, 0, ECHO_BODY, NULL};
static const struct route not_allowed = {"*", "**", say_not_allowed, 0, ECHO_BODY, NULL};
static const struct route options = {"*", "**", say_options, 0, SMALL_BODY, NULL};

/* Does the path fit the pattern? Sets *tail to what the star took. */
static bool path_fits(const char *pattern, const char *path, const char **tail)
{
    size_t i = 0;

    while (pattern[i] && pattern[i] != '*' && pattern[i] == path[i])
        i++;
    *tail = path + i;
    if (pattern[i] != '*')
        return pattern[i] == path[i];
    return path[i] && (pattern[i + 1] == '*' || !strchr(path + i, '/'));
}

static bool method_fits(const char *wanted, const char *method)
{
    return strcmp(wanted, method) == 0 || strcmp(wanted, "*") == 0 ||
           (strcmp(wanted, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

static void allowed_methods(const char *path, struct text *allow)
{
    const char *tail;
    size_t i;

    for (i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (!path_fits(routes[i].pattern, path, &tail))
            continue;
        text_add(allow, strcmp(routes[i].method, "GET") == 0 ? "GET, HEAD" : routes[i].method);
        text_add(allow, ", ");
    }
    if (allow->len > 0)
        text_add(allow, "OPTIONS");
}

const struct route *route_find(const char *method, const char *path, const char **tail)
{
    bool path_known = false;
    size_t i;

    for (i = 0; i < sizeof routes / sizeof *routes; i++) {
        if (!path_fits(routes[i].pattern, path, tail))
            continue;
        path_known = true;
        if (method_fits(routes[i].method, method))
            return &routes[i];
    }
    *tail = "";
    if (strcmp(method, "OPTIONS") == 0 && (path_known || strcmp(path, "*") == 0))
        return &options;
    return path_known ? &not_allowed : &not_found;
}
