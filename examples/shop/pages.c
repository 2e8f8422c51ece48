/* pages.c - the HTML around the shop: pages that never change, a form with its token, articles and the forum. */
#include "shop.h"

#include <stdio.h>
#include <string.h>

#define ARTICLES 5
#define THREADS  500
#define TOKEN    "8f14e45fceea167a5a36dedd4bea2543"

static struct MHD_Response *kept[PAGE_COUNT];
static struct MHD_Response *form;

void page_begin(struct text *t, const char *title)
{
    text_add(t, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name='kind' content='shop'>\n<link rel=\"stylesheet\" href=\"/static/app.css\">\n"
                "<script src=\"/static/app.js\" defer></script>\n<title>");
    text_add_html(t, title);
    text_add(t, " - Demo shop</title>\n</head>\n<body>\n<nav><a href=\"/\">Home</a> <a href=\"/products\">Products</a> "
                "<a href=\"/cart\">Cart</a> <a href=\"/login\">Log in</a></nav>\n<h1>");
    text_add_html(t, title);
    text_add(t, "</h1>\n");
}

void page_end(struct text *t)
{
    text_add(t, "</body>\n</html>\n");
}

static const struct {
    enum page page;
    const char *title; /* NULL: the text is the whole answer */
    const char *type;
    const char *text;
} contents[] = {
    {PAGE_HOME, "Welcome to the demo shop", "text/html; charset=utf-8",
     "<p>Everything here is made up.</p>\n"
     "<p>Today: <a class=\"product\" data-id=\"1\" href=\"/products/1\">Light laptop</a>, "
     "<a class=\"product\" data-id=\"2\" href=\"/products/2\">Light running shoes</a>.</p>\n"
     "<p><a href=\"/about/team\">Team</a> <a href=\"/about/press\">Press</a> <a href=\"/about/jobs\">Jobs</a></p>\n"},
    {PAGE_TEAM, "Team", "text/html; charset=utf-8", "<p>Ann, Ben and a cat.</p>\n"},
    {PAGE_PRESS, "Press", "text/html; charset=utf-8", "<p>Nothing to report.</p>\n"},
    {PAGE_JOBS, "Jobs", "text/html; charset=utf-8", "<p>We look for someone who feeds the cat.</p>\n"},
    {PAGE_LOGIN, "Log in", "text/html; charset=utf-8",
     "<form method=\"post\" action=\"/login\"><input name=\"email\"><input name=\"password\" type=\"password\">"
     "<button>Log in</button></form>\n"},
    {PAGE_WELCOME, "Welcome", "text/html; charset=utf-8", "<p>You are in, welcome back.</p>\n"},
    {PAGE_CART, "Cart", "text/html; charset=utf-8", "<p>One thing, 49.90.</p>\n<a href=\"/pay\">Pay</a>\n"},
    {PAGE_PAY, "Pay", "text/html; charset=utf-8", "<p>By card or in coins.</p>\n"},
    {PAGE_SCRIPT, NULL, "text/javascript; charset=utf-8",
     "document.addEventListener('DOMContentLoaded', () => {\n  document.body.dataset.ready = 'yes';\n});\n"},
    {PAGE_STYLE, NULL, "text/css; charset=utf-8",
     "body { font-family: sans-serif; max-width: 50em; margin: 2em auto; }\n.price { color: #060; }\n"},
};

_Static_assert(sizeof contents / sizeof *contents == PAGE_COUNT, "every page has a text");

static void make_form(void)
{
    struct text t = {0};
    int i;

    page_begin(&t, "Sign in");
    text_add(&t, "<form method=\"post\" action=\"/sign-in\">\n"
                 "<input type=\"hidden\" name=\"authenticity_token\" value=\"" TOKEN "\">\n"
                 "<input name=\"email\">\n<button>Sign in</button>\n</form>\n<h2>Read on</h2>\n<ul>\n");
    for (i = 1; i <= ARTICLES; i++)
        text_addf(&t, "<li><a class=\"article-title\" href=\"/post/%d\">Article %d</a></li>\n", i, i);
    text_add(&t, "</ul>\n");
    page_end(&t);
    form = response_kept(&t, "text/html; charset=utf-8");
}

void pages_start(void)
{
    struct text t = {0};
    size_t i;

    for (i = 0; i < PAGE_COUNT; i++) {
        if (contents[i].title)
            page_begin(&t, contents[i].title);
        text_add(&t, contents[i].text);
        if (contents[i].title)
            page_end(&t);
        kept[contents[i].page] = response_kept(&t, contents[i].type);
    }
    make_form();
}

enum MHD_Result pages_kept(struct request *r)
{
    return reply_kept(r, MHD_HTTP_OK, kept[r->route->arg]);
}

enum MHD_Result pages_form(struct request *r)
{
    return reply_kept(r, MHD_HTTP_OK, form);
}

enum MHD_Result pages_sign_in(struct request *r)
{
    char token[64];

    if (!fields_get(r, "authenticity_token", token, sizeof token) || strcmp(token, TOKEN) != 0)
        return reply_plain(r, MHD_HTTP_FORBIDDEN, "the token of the form is missing or wrong\n");
    return reply_redirect(r, MHD_HTTP_SEE_OTHER, "/welcome");
}

/* A page whose title is the name of a thing and its number, 1 to last. */
static enum MHD_Result numbered_page(struct request *r, const char *name, long last, const char *text)
{
    struct text t = {0};
    char title[64];
    long id;

    if (!parse_number(r->tail, 1, last, &id))
        return reply_plain(r, MHD_HTTP_NOT_FOUND, "there is nothing here\n");
    snprintf(title, sizeof title, "%s %ld", name, id);
    page_begin(&t, title);
    text_add(&t, text);
    page_end(&t);
    return reply_html(r, MHD_HTTP_OK, &t);
}

enum MHD_Result pages_article(struct request *r)
{
    return numbered_page(r, "Article", ARTICLES, "<p>All about the cat.</p>\n");
}

enum MHD_Result pages_thread(struct request *r)
{
    return numbered_page(r, "Thread", THREADS, "<p class=\"post\">First!</p>\n<p class=\"post\">Hello.</p>\n");
}

enum MHD_Result pages_thread_new(struct request *r)
{
    char title[256];
    struct text t = {0};

    if (!fields_valid(r) || !fields_get(r, "title", title, sizeof title) || !*title)
        return reply_error(r, MHD_HTTP_BAD_REQUEST, "the thread needs a title of up to 255 bytes");
    text_add(&t, "{\"thread\": 1, \"title\": ");
    text_add_json(&t, title, strlen(title));
    text_add(&t, "}\n");
    return reply_json(r, MHD_HTTP_CREATED, &t);
}
