/* catalogue.c - the products: a fixed catalogue, as HTML pages built once and as an API that searches and pages. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* strcasestr */
#endif
#include "shop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PAGE_SIZE 24
#define PAGES     (CATALOGUE_SIZE / PAGE_SIZE)
#define LIMIT_MAX 100

struct product {
    char name[48];
    const char *category;
    const char *region; /* "eu", "us" or "both" */
    long price;         /* cents */
};

static struct product products[CATALOGUE_SIZE];
static struct MHD_Response *lists[PAGES];
static struct MHD_Response *items[CATALOGUE_SIZE];

static void make_products(void)
{
    static const char *const adjectives[] = {"Light", "Classic", "Blue", "Large"};
    static const struct {
        const char *name;
        const char *things[5];
    } categories[] = {
        {"electronics", {"laptop", "phone", "camera", "headphones", "tablet"}},
        {"shoes", {"running shoes", "hiking shoes", "sandals", "boots", "tennis shoes"}},
        {"books", {"cookbook", "travel guide", "novel", "atlas", "dictionary"}},
        {"home", {"lamp", "chair", "kettle", "blanket", "clock"}},
        {"garden", {"rake", "watering can", "hammock", "grill", "bird house"}},
        {"toys", {"train", "kite", "puzzle", "teddy bear", "drum"}},
    };
    static const char *const regions[] = {"both", "eu", "us"};
    size_t i;

    for (i = 0; i < CATALOGUE_SIZE; i++) {
        snprintf(products[i].name, sizeof products[i].name, "%s %s", adjectives[i / 30],
                 categories[i % 6].things[i / 6 % 5]);
        products[i].category = categories[i % 6].name;
        products[i].region = regions[i % 7 % 3];
        products[i].price = 1000 + (long)(i * 7919 % 49000);
    }
}

static void make_list(int page)
{
    struct text t = {0};
    int i, first = page * PAGE_SIZE;

    page_begin(&t, "Products");
    text_add(&t, "<ul class=\"products\">\n");
    for (i = first; i < first + PAGE_SIZE; i++) {
        text_addf(&t, "<li><a class=\"product\" data-id=\"%d\" href=\"/products/%d\">", i + 1, i + 1);
        text_add_html(&t, products[i].name);
        text_addf(&t, "</a> <span class=\"price\">%ld.%02ld</span></li>\n", products[i].price / 100,
                  products[i].price % 100);
    }
    text_add(&t, "</ul>\n");
    if (page > 0)
        text_addf(&t, "<a rel=\"prev\" href=\"/products?page=%d\">previous</a>\n", page);
    if (page + 1 < PAGES)
        text_addf(&t, "<a rel=\"next\" href=\"/products?page=%d\">next</a>\n", page + 2);
    page_end(&t);
    lists[page] = response_kept(&t, "text/html; charset=utf-8");
}

static void make_item(int i)
{
    struct text t = {0};

    page_begin(&t, products[i].name);
    text_addf(&t,
              "<p>Category <a href=\"/api/v1/products?category=%s\">%s</a>, price "
              "<span class=\"price\">%ld.%02ld</span></p>\n",
              products[i].category, products[i].category, products[i].price / 100, products[i].price % 100);
    text_addf(&t,
              "<form method=\"post\" action=\"/api/cart\"><input type=\"hidden\" name=\"productId\" value=\"%d\">"
              "<button>Add to cart</button></form>\n",
              i + 1);
    page_end(&t);
    items[i] = response_kept(&t, "text/html; charset=utf-8");
}

void catalogue_start(void)
{
    int i;

    make_products();
    for (i = 0; i < PAGES; i++)
        make_list(i);
    for (i = 0; i < CATALOGUE_SIZE; i++)
        make_item(i);
}

long catalogue_price(long id)
{
    return id >= 1 && id <= CATALOGUE_SIZE ? products[id - 1].price : 0;
}

enum MHD_Result catalogue_list(struct request *r)
{
    long page;

    if (!request_query_number(r, "page", 1, PAGES, 1, &page))
        return reply_plain(r, MHD_HTTP_NOT_FOUND, "there is no such page of products\n");
    return reply_kept(r, MHD_HTTP_OK, lists[page - 1]);
}

enum MHD_Result catalogue_item(struct request *r)
{
    long id;

    if (!parse_number(r->tail, 1, CATALOGUE_SIZE, &id))
        return reply_plain(r, MHD_HTTP_NOT_FOUND, "there is no such product\n");
    return reply_kept(r, MHD_HTTP_OK, items[id - 1]);
}

static void product_json(struct text *t, long id)
{
    const struct product *p = &products[id - 1];

    text_addf(t, "{\"id\": %ld, \"name\": \"%s\", \"price\": %ld.%02ld, \"category\": \"%s\", \"region\": \"%s\"}", id,
              p->name, p->price / 100, p->price % 100, p->category, p->region);
}

enum MHD_Result catalogue_api_item(struct request *r)
{
    struct text t = {0};
    long id;

    if (!parse_number(r->tail, 1, CATALOGUE_SIZE, &id))
        return reply_error(r, MHD_HTTP_NOT_FOUND, "there is no such product");
    product_json(&t, id);
    text_add(&t, "\n");
    return reply_json(r, MHD_HTTP_OK, &t);
}

static bool product_fits(const struct product *p, const char *words, const char *category, const char *region)
{
    if (category && strcmp(category, p->category) != 0)
        return false;
    if (region && strcmp(p->region, "both") != 0 && strcmp(region, p->region) != 0)
        return false;
    return !words || strcasestr(p->name, words) || strcasestr(p->category, words);
}

enum MHD_Result catalogue_api(struct request *r)
{
    const char *words = request_query(r, "q"), *category = request_query(r, "category");
    const char *region = request_query(r, "region"), *comma = "";
    struct text t = {0};
    long page, limit, total = 0, id;

    if (!request_query_number(r, "page", 1, 1000000, 1, &page))
        return reply_error(r, MHD_HTTP_BAD_REQUEST, "page must be a number from 1");
    if (!request_query_number(r, "limit", 1, LIMIT_MAX, 20, &limit))
        return reply_error(r, MHD_HTTP_BAD_REQUEST, "limit must be a number from 1 to 100");
    text_add(&t, "{\"items\": [");
    for (id = 1; id <= CATALOGUE_SIZE; id++) {
        if (!product_fits(&products[id - 1], words, category, region))
            continue;
        if (total >= (page - 1) * limit && total < page * limit) {
            text_add(&t, comma);
            product_json(&t, id);
            comma = ", ";
        }
        total++;
    }
    text_addf(&t, "], \"total\": %ld, \"page\": %ld, \"limit\": %ld}\n", total, page, limit);
    return reply_json(r, MHD_HTTP_OK, &t);
}
