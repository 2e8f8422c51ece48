/* --log-requests on a disk that takes nothing for a while: shards go on, and every line is either in the file or counted as dropped,
 * which all reports tell. The disk is a named pipe that nobody reads at first. */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <tap.h>
#include <unistd.h>

#include "report/document.h"
#include "report/report.h"
#include "report/request_log.h"
#include "snapshot_fixture.h"

static char path[256];

static void add_one(uint64_t user)
{
    request_log_add(&(struct request_log_entry){.start_ms = FIXTURE_UNIX_MS,
                                                .type = "GET",
                                                .name = "/a/rather/long/name/of/a/row",
                                                .kind = "Shopper",
                                                .user = user,
                                                .status = 200,
                                                .duration_ns = 1000,
                                                .bytes = 10});
}

/* Reads the pipe until there is no writer; how many lines came. */
static void *count_lines(void *data)
{
    static char bytes[65536];
    uint64_t *lines = data;
    int fd = open(path, O_RDONLY);
    ssize_t n;

    while ((n = read(fd, bytes, sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < n; i++)
            *lines += bytes[i] == '\n';
    }
    close(fd);
    return NULL;
}

static char *written(void (*put)(FILE *out, const struct document *doc), const struct document *doc)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    put(out, doc);
    fclose(out);
    return text;
}

static void put_notes(FILE *out, const struct document *doc)
{
    console_notes(out, doc->snap, 20);
}

static void test_reports(uint64_t dropped)
{
    static const struct report_run run = {.program = "p", .scenario = "p.swarm", .scenario_hash = "0", .version = "0"};
    static struct history history;
    struct fixture f = fixture_new();
    struct stats_snapshot *snap;
    struct document doc = {.run = &run, .history = &history};
    char wanted[64], *text;

    fixture_fill(&f);
    doc.snap = snap = fixture_snapshot(&f, 5);
    snprintf(wanted, sizeof wanted, "\"request_log_dropped\": %llu,", (unsigned long long)dropped);
    text = written(document_json, &doc);
    like(text, wanted, "the JSON report has their number");
    free(text);
    snprintf(wanted, sizeof wanted, "because the disk was too slow: %llu (", (unsigned long long)dropped);
    text = written(put_notes, &doc);
    like(text, dropped ? wanted : "", "the terminal too");
    ok(dropped || !strstr(text, "--log-requests"), "none: nothing is said");
    free(text);
    stats_snapshot_unref(snap);
    fixture_free(&f);
}

int main(void)
{
    const char *folder = getenv("TMPDIR");
    uint64_t added = 0, lines = 0, dropped;
    pthread_t reader;
    char why[200];
    int hold;

    test_reports(0);
    snprintf(path, sizeof path, "%s/requests.jsonl", folder ? folder : "/tmp");
    unlink(path);
    if (mkfifo(path, 0600) != 0)
        return tap_done();
    hold = open(path, O_RDWR); /* so that opening does not wait for a reader */
    ok(request_log_open(path, why, sizeof why), "the log is opened");
    while (request_log_dropped() < 1000 && added < 10000000)
        add_one(++added);
    is_uint(request_log_dropped(), 1000, "what does not fit is dropped at once, and counted");
    pthread_create(&reader, NULL, count_lines, &lines);
    ok(request_log_close(), "closing writes what waited, dropped lines are no error");
    close(hold);
    pthread_join(reader, NULL);
    dropped = request_log_dropped();
    is_uint(dropped, 1000, "the number stays after closing");
    is_uint(lines + dropped, added, "every request is in the file or counted as dropped");
    test_reports(dropped);
    unlink(path);
    return tap_done();
}
