/* The CSV files: Locust's columns and forms, whole at every moment, honest when the disk is not. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <tap.h>
#include <unistd.h>

#include "log/log.h"
#include "log/secret.h"
#include "report/report.h"
#include "snapshot_fixture.h"

static char folder[64];

static const char *in_folder(const char *name)
{
    static char paths[8][256];
    static int next;
    char *path = paths[next++ % 8];

    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static char *contents(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text;
    size_t n;

    if (!file)
        return NULL;
    text = calloc(1, 1 << 20);
    n = fread(text, 1, (1 << 20) - 1, file);
    text[n] = '\0';
    fclose(file);
    return text;
}

static void is_file(const char *name, const char *wanted, const char *what)
{
    char *got = contents(in_folder(name));

    is_str(got, wanted, "%s", what);
    free(got);
}

static void remove_all(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    char below[512];

    while (dir && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        if (unlink(below) != 0)
            remove_all(below);
    }
    if (dir)
        closedir(dir);
    rmdir(path);
}

#define STATS_HEADER                                                                                                   \
    "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response " \
    "Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%\r\n"
#define HISTORY_HEADER                                                                                                 \
    "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%,Total "    \
    "Request Count,Total Failure Count,Total Median Response Time,Total Average Response Time,Total Min Response "     \
    "Time,Total Max Response Time,Total Average Content Size\r\n"

static void test_files(void)
{
    struct fixture f = fixture_new();
    struct stats_snapshot *snap;
    char why[256] = "";
    struct csv *csv = csv_open(in_folder("a/b/run"), false, why, sizeof why);

    if (!ok(csv, "missing folders are made (%s)", why))
        return;
    is_file("a/b/run_stats.csv", STATS_HEADER, "stats: header before the run");
    is_file("a/b/run_stats_history.csv", HISTORY_HEADER, "history: header before the run");
    is_file("a/b/run_failures.csv", "Method,Name,Error,Occurrences,First Seen,Last Seen\r\n", "failures: header");
    is_file("a/b/run_exceptions.csv", "Count,Message,Traceback,Nodes\r\n", "exceptions: header");
    snap = fixture_snapshot(&f, 0);
    ok(csv_write(csv, snap), "written");
    is_file("a/b/run_stats.csv",
            STATS_HEADER ",Aggregated,0,0,0,0.0,0,0,0,0.0,0.0,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A\r\n",
            "stats without requests");
    stats_snapshot_unref(snap);
    fixture_fill(&f);
    recorder_error(f.rec, "checkout.swarm", 12, "Shopper", "buy", "a \"b\", c\nd", 10, 1);
    recorder_error(f.rec, "checkout.swarm", 12, "Shopper", "buy", "a \"b\", c\nd", 10, 1);
    snap = fixture_snapshot(&f, 4);
    ok(csv_write(csv, snap), "written again");
    is_file("a/b/run_stats.csv",
            STATS_HEADER "GET,/"
                         "hello,7,3,130,8953.214285714286,12.4,58760.1,1003.0,1.75,0.75,130,150,3400,3400,58760,58760,"
                         "58760,58760,58760,58760,58760\r\n"
                         "POST,/login,1,0,1,1.24,1.24,1.24,40.0,0.25,0.0,1,1,1,1,1,1,1,1,1,1,1\r\n"
                         "SETUP,GET /token,1,0,20,20.0,20.0,20.0,5.0,0.25,0.0,20,20,20,20,20,20,20,20,20,20,20\r\n"
                         "TRANSACTION,visit,1,0,9000,9000.0,9000.0,9000.0,0.0,0.25,0.0,9000,9000,9000,9000,9000,9000,"
                         "9000,9000,9000,9000,9000\r\n"
                         ",Aggregated,8,3,120,7834.2175,1.24,58760.1,882.625,2.0,0.75,120,150,150,3400,58760,58760,"
                         "58760,58760,58760,58760,58760\r\n",
            "stats");
    is_file("a/b/run_failures.csv",
            "Method,Name,Error,Occurrences,First Seen,Last Seen\r\n"
            "GET,/hello,Got wrong response,2,2023-11-14T22:13:23Z,2023-11-14T22:13:23Z\r\n"
            "GET,/hello,\"status 503 \"\"Service\"\", sorry\",1,2023-11-14T22:13:23Z,2023-11-14T22:13:23Z\r\n",
            "failures, quoted where they must be");
    is_file("a/b/run_exceptions.csv",
            "Count,Message,Traceback,Nodes\r\n"
            "2,\"a \"\"b\"\", c\nd\",checkout.swarm:12 in Shopper.buy,local\r\n",
            "exceptions with their place");
    is_file("a/b/run_stats_history.csv",
            HISTORY_HEADER
            "1700000000,0,,Aggregated,0.000000,0.000000,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,0,0,0,0.0,0,0,0\r\n"
            "1700000004,7,,Aggregated,2.000000,0.750000,120,150,150,3400,58760,58760,58760,58760,58760,58760,58760,8,3,"
            "120,7834.2175,1.24,58760.1,882.625\r\n",
            "history");
    stats_snapshot_unref(snap);
    {
        struct recorder_sample sample = {.duration_ns = 186117};

        recorder_request(f.rec, 1, &sample);
    }
    snap = fixture_snapshot(&f, 20);
    ok(csv_close(csv, snap), "closed");
    stats_snapshot_unref(snap);
    {
        char *text = contents(in_folder("a/b/run_stats.csv"));

        like(text, ",Aggregated,9,3,", "the last request is in the file");
        like(text, ",0.186117,", "with its nanoseconds, and no more digits than they have");
        free(text);
        text = contents(in_folder("a/b/run_stats_history.csv"));
        like(text, "\r\n1700000020,7,,Aggregated,0.", "the history has the end too");
        free(text);
    }
    ok(access(in_folder("a/b/run_stats.csv.tmp"), F_OK) != 0, "no file is left beside");
    fixture_free(&f);
}

static void test_full_history(void)
{
    struct fixture f = fixture_new();
    struct stats_snapshot *snap;
    char why[256], *text;
    struct csv *csv = csv_open(in_folder("full"), true, why, sizeof why);

    fixture_fill(&f);
    snap = fixture_snapshot(&f, 1);
    csv_write(csv, snap);
    stats_snapshot_unref(snap);
    snap = fixture_snapshot(&f, 30);
    csv_close(csv, snap);
    stats_snapshot_unref(snap);
    text = contents(in_folder("full_stats_history.csv"));
    like(text, "1700000001,7,GET,/hello,7.000000,3.000000,130,", "a line for each row");
    like(text, "1700000001,7,TRANSACTION,visit,", "of every type");
    like(text, "\r\n1700000001,7,,Aggregated,8.000000,3.000000,", "then the total");
    like(text, "1700000030,7,GET,/hello,0.000000,0.000000,0,0,0,0,0,0,0,0,0,0,0,7,3,130,",
         "after a pause the current values are 0, the totals stay");
    free(text);
    fixture_free(&f);
}

static void test_masking(void)
{
    struct fixture f = fixture_new();
    struct stats_snapshot *snap;
    char why[256], *text;
    struct csv *csv = csv_open(in_folder("secret"), false, why, sizeof why);

    fixture_request(&f, recorder_row(f.rec, "GET", "/u/hunter2", 10), 1000, 0, "no caf\xe9 \xc3\xa9 \xff");
    snap = fixture_snapshot(&f, 1);
    secret_add("hunter2", 7);
    secret_add("1", 1);
    csv_close(csv, snap);
    text = contents(in_folder("secret_stats.csv"));
    like(text, "GET,/u/***,1,1,1,1.0,", "a secret is masked in a name, numbers stay what they are");
    free(text);
    text = contents(in_folder("secret_failures.csv"));
    like(text, "no caf\xef\xbf\xbd \xc3\xa9 \xef\xbf\xbd,", "the file is UTF-8, whatever a server sent");
    free(text);
    secret_clear();
    stats_snapshot_unref(snap);
    fixture_free(&f);
}

/* A reader sees the old file or the new one, at every moment, and never less than the header. */
static void test_whole(void)
{
    struct fixture f = fixture_new();
    struct stats_snapshot *snap;
    char why[256];
    struct csv *csv = csv_open(in_folder("whole"), false, why, sizeof why);
    struct stat before, after;
    int fd;

    fixture_fill(&f);
    snap = fixture_snapshot(&f, 1);
    csv_write(csv, snap);
    fd = open(in_folder("whole_stats.csv"), O_RDONLY);
    fstat(fd, &before);
    fixture_request(&f, 0, 1000, 0, NULL);
    stats_snapshot_unref(snap);
    snap = fixture_snapshot(&f, 2);
    csv_write(csv, snap);
    fstat(fd, &after);
    is_int(after.st_size, before.st_size, "a reader that has it open keeps the old file");
    stat(in_folder("whole_stats.csv"), &after);
    ok(after.st_ino != before.st_ino, "the path has a new one");
    close(fd);
    csv_close(csv, snap);
    stats_snapshot_unref(snap);
    fixture_free(&f);
}

static void test_refused(void)
{
    char why[512] = "";
    FILE *file = fopen(in_folder("plain"), "w");

    fclose(file);
    is_ptr(csv_open(in_folder("plain/run"), false, why, sizeof why), NULL, "a file is not a folder");
    like(why, "plain", "the message names it");
    like(why, "Not a directory", "and the cause");
    like(why, "; give --csv", "and a way out");

    mkdir(in_folder("taken_stats.csv"), 0777);
    is_ptr(csv_open(in_folder("taken"), false, why, sizeof why), NULL, "a folder in the place of a file");
    like(why, "taken_stats.csv", "is named");
    ok(access(in_folder("taken_stats.csv.tmp"), F_OK) != 0, "nothing is left beside");

    mkdir(in_folder("closed"), 0555);
    if (geteuid() == 0)
        skip("root may write everywhere", "a folder without permission");
    else if (ok(!csv_open(in_folder("closed/run"), false, why, sizeof why), "a folder without permission"))
        like(why, "Permission denied; change the permissions", "says so");
}

/* The history grows to a size limit: nothing of a line by half, the tables are still rewritten, and it is
 * told. */
static void test_size_limit(void)
{
    struct fixture f = fixture_new();
    struct stats_snapshot *snap = NULL;
    struct rlimit limit, old;
    char why[256], *text;
    struct csv *csv = csv_open(in_folder("limit"), false, why, sizeof why);
    int failed = 0;
    bool complete;
    size_t len;

    log_open(LOG_LEVEL_INFO, in_folder("limit.log"), LOG_FORMAT_TEXT);
    getrlimit(RLIMIT_FSIZE, &old);
    limit = old;
    limit.rlim_cur = 2000;
    setrlimit(RLIMIT_FSIZE, &limit);
    for (int s = 1; s <= 30; s++) {
        fixture_request(&f, 0, 10000, 0, NULL);
        stats_snapshot_unref(snap);
        snap = fixture_snapshot(&f, s);
        failed += !csv_write(csv, snap);
    }
    text = contents(in_folder("limit_stats_history.csv"));
    len = strlen(text);
    ok(failed > 0 && len <= 2000, "the limit is felt (%d times)", failed);
    ok(len > 1500 && strcmp(text + len - 2, "\r\n") == 0, "and only whole lines are there");
    free(text);
    text = contents(in_folder("limit_stats.csv"));
    like(text, "GET,/hello,30,0,", "the tables are still up to date");
    free(text);
    complete = csv_close(csv, snap);
    setrlimit(RLIMIT_FSIZE, &old);
    log_close();
    ok(!complete, "it is not complete, and says so");
    text = contents(in_folder("limit.log"));
    like(text, "ERROR/swarm.report: cannot write ", "the first failure is told at once");
    like(
        text,
        "limit_stats_history.csv lacks lines: File too large; the tables on the terminal are complete; raise the limit",
        "and the end tells what is missing, why, and the way out");
    ok(strstr(strstr(text, "cannot write") + 1, "cannot write") == NULL, "not again and again");
    free(text);
    stats_snapshot_unref(snap);
    fixture_free(&f);
}

/* What was held back while the disk was full is written when there is room again. */
static void test_recovers(void)
{
    struct fixture f = fixture_new();
    struct stats_snapshot *snap = NULL;
    struct rlimit limit, old;
    char why[256], *text;
    struct csv *csv = csv_open(in_folder("again"), false, why, sizeof why);
    int lines = 0;

    log_open(LOG_LEVEL_CRITICAL, NULL, LOG_FORMAT_TEXT);
    getrlimit(RLIMIT_FSIZE, &old);
    for (int s = 1; s <= 30; s++) {
        limit = old;
        limit.rlim_cur = s > 5 && s < 25 ? 300 : old.rlim_cur;
        setrlimit(RLIMIT_FSIZE, &limit);
        fixture_request(&f, 0, 10000, 0, NULL);
        stats_snapshot_unref(snap);
        snap = fixture_snapshot(&f, s);
        csv_write(csv, snap);
    }
    setrlimit(RLIMIT_FSIZE, &old);
    ok(csv_close(csv, snap), "complete in the end");
    log_open(LOG_LEVEL_INFO, NULL, LOG_FORMAT_TEXT);
    text = contents(in_folder("again_stats_history.csv"));
    for (const char *p = text; (p = strstr(p, "\r\n")); p++)
        lines++;
    is_int(lines, 32, "header, thirty seconds and the end");
    for (int s = 1; s <= 30; s++) {
        char stamp[32];
        const char *at;

        snprintf(stamp, sizeof stamp, "\r\n17000000%02d,", s);
        at = strstr(text, stamp);
        if (!at)
            fail("second %d is missing", s);
    }
    free(text);
    stats_snapshot_unref(snap);
    fixture_free(&f);
}

enum { NO_DISK = 77 };

static bool tell(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    return file && fputs(text, file) >= 0 && fclose(file) == 0;
}

/* From here on mounts are this process's own. An ordinary user becomes root of a namespace, where only who is mapped can own
 * a file, and so make one. */
static bool own_mounts(void)
{
    char user[32], group[32];

    snprintf(user, sizeof user, "0 %u 1\n", geteuid());
    snprintf(group, sizeof group, "0 %u 1\n", getegid());
    if (unshare(CLONE_NEWNS) == 0)
        return true;
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && tell("/proc/self/setgroups", "deny") &&
           tell("/proc/self/uid_map", user) && tell("/proc/self/gid_map", group);
}

/* In a child with a file system of its own, 24 KiB large: the history fills it. 0, a number of what went
 * wrong, or NO_DISK. */
static int fill_disk(const char *path)
{
    struct fixture f = fixture_new();
    struct stats_snapshot *snap = NULL;
    char why[256], *text;
    struct csv *csv;

    if (!own_mounts() || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", path, "tmpfs", 0, "size=24k") != 0)
        return NO_DISK;
    log_open(LOG_LEVEL_CRITICAL, NULL, LOG_FORMAT_TEXT);
    csv = csv_open(in_folder("disk/run"), true, why, sizeof why);
    if (!csv)
        return 1;
    for (int s = 1; s <= 60; s++) {
        fixture_fill(&f);
        stats_snapshot_unref(snap);
        snap = fixture_snapshot(&f, s);
        if (csv_write(csv, snap) && s == 60)
            return 2;
    }
    if (csv_close(csv, snap))
        return 3;
    text = contents(in_folder("disk/run_stats.csv"));
    if (!strstr(text, ",Aggregated,480,180,"))
        return 4;
    free(text);
    text = contents(in_folder("disk/run_stats_history.csv"));
    if (strcmp(text + strlen(text) - 2, "\r\n") != 0)
        return 5;
    free(text);
    if (csv_open(in_folder("disk/other"), false, why, sizeof why))
        return 6;
    if (!strstr(why, "No space left on device; free some space"))
        return 7;
    stats_snapshot_unref(snap);
    fixture_free(&f);
    return 0;
}

static void test_full_disk(void)
{
    const char *path = in_folder("disk");
    int status = 0;
    pid_t child;

    mkdir(path, 0777);
    fflush(stdout);
    child = fork();
    if (child == 0)
        _exit(fill_disk(path));
    if (child < 0 || waitpid(child, &status, 0) != child)
        bail_out("no child");
    if (WIFEXITED(status) && WEXITSTATUS(status) == NO_DISK)
        skip("no file system of its own may be mounted here", "a full disk");
    else
        is_int(status, 0, "a full disk: whole lines, the totals of the end, and a new run is refused (%d)",
               WEXITSTATUS(status));
}

static void test_abandoned(void)
{
    char why[256];

    csv_abandon(csv_open(in_folder("left"), false, why, sizeof why));
    csv_abandon(NULL);
    ok(csv_close(NULL, NULL), "no CSV is complete");
}

/* A long run with every row: the history thins and stays a history. */
static void test_long_history(void)
{
    enum { LIMIT = 60000 };
    char prefix[] = "/tmp/swarm-csv-XXXXXX", path[80], why[256], line[1024];
    struct fixture f = fixture_new();
    struct csv *csv;
    struct stats_snapshot *snap = NULL;
    long last = 0, step = 0, lines = 0;
    bool even = true;
    FILE *file;

    ok(mkdtemp(prefix) != NULL, "a folder");
    snprintf(path, sizeof path, "%s/x", prefix);
    csv = csv_open(path, true, why, sizeof why);
    csv_limit_history(csv, LIMIT);
    for (int s = 1; s <= 2500; s++) {
        fixture_request(&f, (uint32_t)(s % 2), 1000, 10, NULL);
        stats_snapshot_unref(snap);
        snap = fixture_snapshot(&f, s);
        csv_write(csv, snap);
    }
    ok(csv_close(csv, snap), "a long run: closed");
    stats_snapshot_unref(snap);
    snprintf(path, sizeof path, "%s/x_stats_history.csv", prefix);
    file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        long at = strtol(line, NULL, 10);

        lines++;
        even &= strchr(line, '\n') != NULL;
        if (at == last || lines == 1)
            continue;
        step = at - last > step && last ? at - last : step;
        even &= at > last;
        last = at;
    }
    ok(file && ftell(file) <= LIMIT + 1000, "a long run: the history is bounded");
    ok(lines > 100, "a long run: and not empty (%ld lines)", lines);
    ok(even, "a long run: whole lines in order");
    ok(step < 2500 / 10, "a long run: its moments cover the whole run (%ld s from one to the next at most)", step);
    ok(last == FIXTURE_UNIX_MS / 1000 + 2500, "a long run: up to its end");
    if (file)
        fclose(file);
    for (const char *const *end = (const char *const[]){"stats", "stats_history", "failures", "exceptions", NULL}; *end;
         end++) {
        snprintf(path, sizeof path, "%s/x_%s.csv", prefix, *end);
        unlink(path);
    }
    rmdir(prefix);
    fixture_free(&f);
}

int main(void)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(folder, sizeof folder, "%.40s/swarm-csv-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(folder))
        bail_out("no temporary folder");
    test_files();
    test_full_history();
    test_masking();
    test_whole();
    test_refused();
    test_size_limit();
    test_recovers();
    test_full_disk();
    test_abandoned();
    remove_all(folder);
    test_long_history();
    return tap_done();
}
