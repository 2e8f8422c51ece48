/* The first failing exchange of each failure: kept once, bounded, whichever thread meets it. */
#include <pthread.h>
#include <stdlib.h>

#include <tap.h>

#include "log/secret.h"
#include "report/failure_keep.h"
#include "stats/stats.h"

static void keep(const char *name, const char *message, const char *request)
{
    if (!failure_keep_wants("GET", name, message, strlen(message)))
        return;
    failure_keep_add(&(struct kept_failure){.type = "GET",
                                            .name = name,
                                            .message = message,
                                            .kind = "Shopper",
                                            .task = "buy",
                                            .user = 3,
                                            .unix_ms = 1000,
                                            .duration_ns = 1500000,
                                            .request = request,
                                            .response = "500 Internal Server Error\n\nopensesame\033[2J"});
}

static void *keep_many(void *unused)
{
    char message[32];

    (void)unused;
    for (int i = 0; i < 1000; i++) {
        snprintf(message, sizeof message, "failure %d", i % 300);
        keep("/many", message, "GET /many\n");
    }
    return NULL;
}

static void test_threads(void)
{
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, keep_many, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    is_uint(failure_keep_count(), FAILURE_KEEP_MOST, "no more than the bound");
    for (size_t i = 0; i < failure_keep_count(); i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(failure_keep_at(i)->message, failure_keep_at(k)->message) == 0)
                fail("%s is there twice", failure_keep_at(i)->message);
        }
    }
    ok(!failure_keep_wants("GET", "/other", "x", 1), "and then nothing is wanted");
    failure_keep_clear();
    is_uint(failure_keep_count(), 0, "cleared");
}

static void test_print(void)
{
    struct stats_snapshot snap = {0};
    char *text = NULL;
    size_t size;
    FILE *out;

    secret_add("opensesame", 10);
    keep("/a", "status 500, wanted 2xx", "GET http://h/a\nX: 1\n\nopensesame");
    keep("/a", "status 500, wanted 2xx", "GET http://h/second\n");
    keep("/b", "other", "GET http://h/b\n");
    is_uint(failure_keep_count(), 2, "one of each");
    ok(failure_keep_find("GET", "/a", "status 500, wanted 2xx") == failure_keep_at(0), "found by row and message");
    ok(!failure_keep_find("POST", "/a", "status 500, wanted 2xx"), "of this row alone");
    is_str(failure_keep_at(0)->request, "GET http://h/a\nX: 1\n\n***", "the first one, with secrets masked");
    out = open_memstream(&text, &size);
    failure_keep_print(out, &snap);
    fclose(out);
    like(text, "1. GET /a: status 500, wanted 2xx\n   first met by Shopper, user 3, in buy, at ", "head");
    like(text,
         "   > GET http://h/a\n   > X: 1\n   >\n   > ***\n   < 500 Internal Server Error\n   <\n   < ***\\x1b[2J\n",
         "lines, escaped");
    free(text);
    failure_keep_clear();
    secret_clear();
}

int main(void)
{
    test_print();
    test_threads();
    return tap_done();
}
