/*
 * shop.h - what the parts of the demo shop share.
 *
 * The shop is a web shop that remembers everything in memory: the server the examples run against and the witness of
 * the tests. It is built on libmicrohttpd; each part owns one kind of page:
 *
 *     main.c       options, start, signals, end               counts.c     what was received (counts.h)
 *     serve.c      a request from its first byte to its last  delay.c      answers that are sent later
 *     routes.c     which path is answered by whom             text.c       growing texts, HTML and JSON (text.h)
 *     catalogue.c  products                                   fields.c     values of a JSON or form body
 *     accounts.c   login, sessions, administration            pages.c      HTML, the forum, static files
 *     orders.c     carts, orders and jobs                     lab.c        pages a load tester needs: slow, echo, redirects
 *     journal.c    who asked for what, a line each
 *
 * Handlers run on the threads of the server, several at once. What a handler gets in struct request is valid until it
 * returns; a handler calls exactly one reply_* or delay_* function and returns its result.
 */
#ifndef SHOP_H
#define SHOP_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

struct counts;
struct request;

typedef enum MHD_Result shop_handler(struct request *r);

struct route {
    const char *method;  /* "GET" answers HEAD too, "*" any method */
    const char *pattern; /* a path; a '*' at its end takes one segment, "**" the rest, neither of them nothing */
    shop_handler *handler;
    int arg;             /* for the handler */
    size_t body_limit;   /* bytes of a body that are kept in struct request; a longer one is answered with 413 */
    shop_handler *chunk; /* instead: called for each piece of the body (see struct request), nothing is kept */
};

struct request {
    struct MHD_Connection *mhd;
    struct counts *counts;
    const struct route *route;
    const char *method;
    const char *path; /* decoded */
    const char *tail; /* what the '*' of the route took, or "" */
    struct text body;
    const char *piece; /* while a chunk handler runs: the piece of the body */
    size_t piece_len;
    uint64_t body_bytes; /* received so far */
    void *state;         /* of a chunk handler; ended by state_end when the request ends */
    void (*state_end)(struct request *r);
    bool begun;
    bool counted;
    uint64_t generation; /* of the counts, when it was counted */
    bool delayed;        /* the handler is called for the second time: delay_answer() is over */
    size_t target_len;
    char target[]; /* path and query as they were sent */
};

/* routes.c */
/* The route of a method and a path, or of a handler that says 404, 405 or answers OPTIONS. Sets *tail. */
const struct route *route_find(const char *method, const char *path, const char **tail);

/* serve.c: the callbacks main.c gives to libmicrohttpd; cls is the struct counts. */
void *serve_target(void *cls, const char *target, struct MHD_Connection *mhd);
enum MHD_Result serve_request(void *cls, struct MHD_Connection *mhd, const char *path, const char *method,
                              const char *version, const char *data, size_t *data_len, void **request);
void serve_completed(void *cls, struct MHD_Connection *mhd, void **request, enum MHD_RequestTerminationCode code);
void serve_connection(void *cls, struct MHD_Connection *mhd, void **socket_context,
                      enum MHD_ConnectionNotificationCode code);

/* serve.c: answers. A NULL response (out of memory) closes the connection. */
/* A response that is sent once: the text is handed over (freed by libmicrohttpd) and reset. */
struct MHD_Response *response_text(struct text *t, const char *type);
/* A response that is built once and sent often; t is handed over. Ends the program when memory is short. */
struct MHD_Response *response_kept(struct text *t, const char *type);
void response_header(struct MHD_Response *response, const char *name, const char *value);
/* Sends a response of response_text() and lets go of it. */
enum MHD_Result reply(struct request *r, unsigned status, struct MHD_Response *response);
/* Sends a response of response_kept(). */
enum MHD_Result reply_kept(struct request *r, unsigned status, struct MHD_Response *response);
enum MHD_Result reply_html(struct request *r, unsigned status, struct text *t);
enum MHD_Result reply_json(struct request *r, unsigned status, struct text *t);
/* A fixed short text. reply_error: {"error": message}. */
enum MHD_Result reply_plain(struct request *r, unsigned status, const char *message);
enum MHD_Result reply_error(struct request *r, unsigned status, const char *message);
/* A redirect; status 301, 302, 303, 307 or 308. */
enum MHD_Result reply_redirect(struct request *r, unsigned status, const char *location);

/* serve.c: what was sent. The values are valid until the handler returns; NULL when absent. */
const char *request_query(const struct request *r, const char *name);
const char *request_header(const struct request *r, const char *name);
const char *request_cookie(const struct request *r, const char *name);
/* The query value as a whole number from low to high; otherwise when it is absent, false when it is something else. */
bool request_query_number(const struct request *r, const char *name, long low, long high, long otherwise, long *out);
/* All of text as a whole number from low to high. */
bool parse_number(const char *text, long low, long high, long *out);

/* journal.c: writes each counted request into a file; a NULL path keeps none. 0, or -1 after a message on stderr. */
int journal_start(const char *path);
int journal_stop(void);
/* Called once for each request, when its body is here and before it is answered; connection is its number. */
void journal_add(const struct request *r, uint64_t connection);

/* fields.c: the values of a body, {"name": value, …} or name=value&…. */
/* Is the body something fields_get can read: a JSON object, a form, or nothing? */
bool fields_valid(const struct request *r);
/* Copies a text, number, true or false of that name, decoded; false when it is absent, null, nested or longer than
 * cap - 1 bytes. */
bool fields_get(const struct request *r, const char *name, char *out, size_t cap);

/* delay.c: answers the request later, by calling its handler again with r->delayed set. */
int delay_start(void);
/* Everything that waits is answered now, and nothing waits any more. */
void delay_stop(void);
enum MHD_Result delay_answer(struct request *r, long milliseconds);

/* Each part's start: builds what it sends often. */
void catalogue_start(void);
void pages_start(void);
void accounts_start(void);
void lab_start(void);

/* lab.c: adds , "headers": {"name": value, …}; names in lower case, of one sent twice the first value. */
void request_headers_json(struct text *t, const struct request *r);

/* catalogue.c */
#define CATALOGUE_SIZE 120
/* The price in cents of product 1..CATALOGUE_SIZE, 0 when there is no such product. */
long catalogue_price(long id);

/* Handlers, for the table in routes.c. */
shop_handler catalogue_list, catalogue_item, catalogue_api, catalogue_api_item;
shop_handler accounts_login, accounts_logout, accounts_me, accounts_login_form, accounts_admin_login,
    accounts_admin_dashboard, accounts_admin_users, accounts_admin_export;
shop_handler orders_cart_new, orders_cart, orders_new, orders_get, orders_change, orders_job_new, orders_job;
shop_handler pages_kept, pages_form, pages_sign_in, pages_article, pages_thread, pages_thread_new;
shop_handler lab_slow, lab_flaky, lab_maybe, lab_upload, lab_upload_piece, lab_echo, lab_dav, lab_redirect,
    lab_redirect_code, lab_landed, lab_gzip, lab_headers, lab_status, lab_bytes, lab_close;

/* pages.c: the pages of the table in routes.c that never change. */
enum page {
    /* clang-format off */
    PAGE_HOME, PAGE_TEAM, PAGE_PRESS, PAGE_JOBS, PAGE_LOGIN, PAGE_WELCOME, PAGE_CART, PAGE_PAY, PAGE_SCRIPT, PAGE_STYLE,
    /* clang-format on */
    PAGE_COUNT
};
/* Begins and ends an HTML page. */
void page_begin(struct text *t, const char *title);
void page_end(struct text *t);

#endif
