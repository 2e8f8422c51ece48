/*
 * journal.c - who asked for what: each request as one line of JSON, in the order of arrival.
 *
 *     {"ms": 12.345, "connection": 3, "method": "POST", "target": "/login", "headers": {…}, "body": "email=ann"}
 *
 * ms counts from the begin of the journal, by the monotonic clock; connections are numbered from 1; header names are in
 * lower case; a body is cut after BODY_SHOWN bytes, and empty where the shop keeps none of it. A line is there when its
 * request is answered. The journal shows what was sent, passwords too: it is a witness for tests and demonstrations.
 */
#include "shop.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define BODY_SHOWN 4096

static FILE *file;
static struct timespec begin;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int journal_start(const char *path)
{
    if (!path)
        return 0;
    file = fopen(path, "w");
    if (!file) {
        fprintf(stderr, "shop: cannot write the journal %s: %s\n", path, strerror(errno));
        return -1;
    }
    clock_gettime(CLOCK_MONOTONIC, &begin);
    return 0;
}

int journal_stop(void)
{
    bool failed;

    if (!file)
        return 0;
    failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed) {
        fprintf(stderr, "shop: the journal is not complete: %s\n", strerror(errno));
        return -1;
    }
    return 0;
}

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begin.tv_sec) * 1e3 + (double)(now.tv_nsec - begin.tv_nsec) / 1e6;
}

void journal_add(const struct request *r, uint64_t connection)
{
    struct text t = {0};

    if (!file || !r->counted)
        return;
    text_add(&t, "\"method\": ");
    text_add_json(&t, r->method, strlen(r->method));
    text_add(&t, ", \"target\": ");
    text_add_json(&t, r->target, r->target_len);
    request_headers_json(&t, r);
    text_add(&t, ", \"body\": ");
    text_add_json(&t, r->body.data ? r->body.data : "", r->body.len < BODY_SHOWN ? r->body.len : BODY_SHOWN);
    if (!t.failed) {
        pthread_mutex_lock(&lock);
        fprintf(file, "{\"ms\": %.3f, \"connection\": %llu, %s}\n", now_ms(), (unsigned long long)connection, t.data);
        fflush(file);
        pthread_mutex_unlock(&lock);
    }
    text_free(&t);
}
