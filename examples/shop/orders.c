/*
 * orders.c - carts, orders and jobs.
 *
 * Each is a ring of RING records with the identifiers 1 to RING; the oldest record gives way to a new one. So the shop
 * runs for ever in the same memory, and the number of different paths that it counts stays bounded.
 */
#include "shop.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define RING      10000
#define STATE_LEN 32
#define JOB_POLLS 3 /* a job is done when it has been asked after that often */

struct cart {
    bool used;
    long product;
    long quantity;
};

struct order {
    bool used;
    long total; /* cents */
    char coupon[STATE_LEN];
    char state[STATE_LEN];
};

struct job {
    bool used;
    int polls;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct cart carts[RING];
static struct order orders[RING];
static struct job jobs[RING];
static unsigned long cart_count, order_count, job_count; /* made so far */

static long next_id(unsigned long *count)
{
    return (long)((*count)++ % RING) + 1;
}

enum MHD_Result orders_cart_new(struct request *r)
{
    struct cart cart = {.used = true, .quantity = 1};
    struct text t = {0};
    char value[32];
    long id;

    if (!fields_valid(r))
        return reply_error(r, MHD_HTTP_BAD_REQUEST, "the body is neither a JSON object nor a form");
    if (!fields_get(r, "productId", value, sizeof value))
        return reply_error(r, MHD_HTTP_BAD_REQUEST, "productId is missing");
    if (!parse_number(value, 1, CATALOGUE_SIZE, &cart.product))
        return reply_error(r, MHD_HTTP_NOT_FOUND, "there is no such product");
    if (fields_get(r, "quantity", value, sizeof value) && !parse_number(value, 1, 99, &cart.quantity))
        return reply_error(r, MHD_HTTP_BAD_REQUEST, "quantity must be a number from 1 to 99");
    pthread_mutex_lock(&lock);
    id = next_id(&cart_count);
    carts[id - 1] = cart;
    pthread_mutex_unlock(&lock);
    text_addf(&t, "{\"cartId\": \"%ld\", \"items\": 1}\n", id);
    return reply_json(r, MHD_HTTP_CREATED, &t);
}

static bool cart_find(const char *name, struct cart *cart)
{
    long id;

    if (!parse_number(name, 1, RING, &id))
        return false;
    pthread_mutex_lock(&lock);
    *cart = carts[id - 1];
    pthread_mutex_unlock(&lock);
    return cart->used;
}

static void money(struct text *t, long cents)
{
    text_addf(t, "%ld.%02ld", cents / 100, cents % 100);
}

enum MHD_Result orders_cart(struct request *r)
{
    struct cart cart;
    struct text t = {0};

    if (!cart_find(r->tail, &cart))
        return reply_error(r, MHD_HTTP_NOT_FOUND, "there is no such cart");
    text_addf(&t, "{\"cartId\": \"%s\", \"items\": [{\"productId\": %ld, \"quantity\": %ld}], \"total\": ", r->tail,
              cart.product, cart.quantity);
    money(&t, cart.quantity * catalogue_price(cart.product));
    text_add(&t, "}\n");
    return reply_json(r, MHD_HTTP_OK, &t);
}

static void order_json(struct text *t, long id, const struct order *o)
{
    text_addf(t, "{\"orderId\": \"%ld\", \"total\": ", id);
    money(t, o->total);
    text_add(t, ", \"coupon\": ");
    if (*o->coupon)
        text_add_json(t, o->coupon, strlen(o->coupon));
    else
        text_add(t, "null");
    text_add(t, ", \"state\": ");
    text_add_json(t, o->state, strlen(o->state));
    text_add(t, "}\n");
}

/* A body with a cartId orders that cart, any other one a thing of 49.90; every fourth order gets a coupon. */
enum MHD_Result orders_new(struct request *r)
{
    struct order order = {.used = true, .total = 4990, .state = "new"};
    struct cart cart;
    struct text t = {0};
    char cart_id[32];
    long id;

    if (!fields_valid(r))
        return reply_error(r, MHD_HTTP_BAD_REQUEST, "the body is neither a JSON object nor a form");
    if (fields_get(r, "cartId", cart_id, sizeof cart_id)) {
        if (!cart_find(cart_id, &cart))
            return reply_error(r, MHD_HTTP_NOT_FOUND, "there is no such cart");
        order.total = cart.quantity * catalogue_price(cart.product);
    }
    if (!fields_get(r, "coupon", order.coupon, sizeof order.coupon))
        order.coupon[0] = 0;
    pthread_mutex_lock(&lock);
    id = next_id(&order_count);
    if (!*order.coupon && order_count % 4 == 0)
        snprintf(order.coupon, sizeof order.coupon, "SPRING");
    orders[id - 1] = order;
    pthread_mutex_unlock(&lock);
    order_json(&t, id, &order);
    return reply_json(r, MHD_HTTP_CREATED, &t);
}

/* Shows the order that the path names, after giving it a new state where there is one. */
static enum MHD_Result show_order(struct request *r, const char *new_state)
{
    struct order order;
    struct text t = {0};
    long id;

    if (!parse_number(r->tail, 1, RING, &id))
        return reply_error(r, MHD_HTTP_NOT_FOUND, "there is no such order");
    pthread_mutex_lock(&lock);
    if (orders[id - 1].used && new_state)
        snprintf(orders[id - 1].state, sizeof orders[id - 1].state, "%s", new_state);
    order = orders[id - 1];
    pthread_mutex_unlock(&lock);
    if (!order.used)
        return reply_error(r, MHD_HTTP_NOT_FOUND, "there is no such order");
    order_json(&t, id, &order);
    return reply_json(r, MHD_HTTP_OK, &t);
}

enum MHD_Result orders_get(struct request *r)
{
    return show_order(r, NULL);
}

enum MHD_Result orders_change(struct request *r)
{
    char state[STATE_LEN];

    if (!fields_valid(r) || !fields_get(r, "state", state, sizeof state))
        return reply_error(r, MHD_HTTP_BAD_REQUEST, "the body must say the new state");
    return show_order(r, state);
}

enum MHD_Result orders_job_new(struct request *r)
{
    struct text t = {0};
    struct MHD_Response *response;
    char place[32];
    long id;

    if (!fields_valid(r))
        return reply_error(r, MHD_HTTP_BAD_REQUEST, "the body is neither a JSON object nor a form");
    pthread_mutex_lock(&lock);
    id = next_id(&job_count);
    jobs[id - 1] = (struct job){.used = true};
    pthread_mutex_unlock(&lock);
    text_addf(&t, "{\"id\": \"%ld\", \"state\": \"running\"}\n", id);
    snprintf(place, sizeof place, "/jobs/%ld", id);
    response = response_text(&t, "application/json");
    response_header(response, MHD_HTTP_HEADER_LOCATION, place);
    return reply(r, MHD_HTTP_ACCEPTED, response);
}

enum MHD_Result orders_job(struct request *r)
{
    struct job job = {0};
    struct text t = {0};
    long id;

    if (parse_number(r->tail, 1, RING, &id)) {
        pthread_mutex_lock(&lock);
        if (jobs[id - 1].used && jobs[id - 1].polls <= JOB_POLLS)
            jobs[id - 1].polls++;
        job = jobs[id - 1];
        pthread_mutex_unlock(&lock);
    }
    if (!job.used)
        return reply_error(r, MHD_HTTP_NOT_FOUND, "there is no such job");
    text_addf(&t, "{\"id\": \"%ld\", \"state\": \"%s\"}\n", id, job.polls > JOB_POLLS ? "done" : "running");
    return reply_json(r, MHD_HTTP_OK, &t);
}
