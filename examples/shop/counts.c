/* counts.c - the counters, see counts.h. */
#include "counts.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct counts_file {
    struct counts_head head;
    struct counts_area areas[2];
};

struct counts {
    struct counts_file *file;
    int fd;
    pthread_mutex_t lock; /* adding a key, and reset */
};

_Static_assert(sizeof(struct counts_head) == 4096, "the head is one page");
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2, "atomics in shared memory need no lock");
_Static_assert(COUNTS_SLOTS >= 2 * COUNTS_KEYS && (COUNTS_SLOTS & (COUNTS_SLOTS - 1)) == 0, "probing ends early");

static struct counts_area *area_of(const struct counts *c, uint64_t generation)
{
    return &c->file->areas[generation & 1];
}

static struct counts_area *current(const struct counts *c)
{
    return area_of(c, atomic_load(&c->file->head.generation));
}

/* Opens or makes the file and locks it against a second writer. Returns the descriptor or -1 after a message. */
static int open_file(const char *path)
{
    struct stat st;
    int error, fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

    if (fd < 0) {
        fprintf(stderr, "shop: cannot open the counts file %s: %s\n", path, strerror(errno));
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        fprintf(stderr, "shop: another shop counts in %s; give each its own --counts FILE\n", path);
        goto failed;
    }
    if (fstat(fd, &st) != 0) {
        fprintf(stderr, "shop: cannot read %s: %s\n", path, strerror(errno));
        goto failed;
    }
    if (st.st_size == 0) {
        error = posix_fallocate(fd, 0, sizeof(struct counts_file));
        if (error) {
            fprintf(stderr, "shop: no room for %zu MB of counts in %s: %s\n", sizeof(struct counts_file) >> 20, path,
                    strerror(error));
            if (ftruncate(fd, 0) != 0)
                fprintf(stderr, "shop: remove %s by hand\n", path);
            goto failed;
        }
    } else if (st.st_size != (off_t)sizeof(struct counts_file)) {
        fprintf(stderr, "shop: %s is no counts file of this shop; remove it or name another\n", path);
        goto failed;
    }
    return fd;
failed:
    close(fd);
    return -1;
}

/* A file of zeroes is one whose maker died before it wrote the head. */
static bool head_is_blank(const struct counts_head *head)
{
    static const struct counts_head blank;

    return memcmp(head, &blank, sizeof blank) == 0;
}

static bool head_is_ours(const struct counts_head *head)
{
    return memcmp(head->magic, COUNTS_MAGIC, sizeof head->magic) == 0 && head->size == sizeof(struct counts_file);
}

struct counts *counts_open(const char *path)
{
    struct counts *c = calloc(1, sizeof *c);
    void *map;

    if (!c) {
        fprintf(stderr, "shop: out of memory\n");
        return NULL;
    }
    c->fd = path ? open_file(path) : -1;
    if (path && c->fd < 0)
        goto failed;
    map = mmap(NULL, sizeof *c->file, PROT_READ | PROT_WRITE, MAP_SHARED | (path ? 0 : MAP_ANONYMOUS), c->fd, 0);
    if (map == MAP_FAILED) {
        fprintf(stderr, "shop: cannot map the counts: %s\n", strerror(errno));
        goto failed;
    }
    c->file = map;
    if (!head_is_blank(&c->file->head) && !head_is_ours(&c->file->head)) {
        fprintf(stderr, "shop: %s is no counts file of this shop; remove it or name another\n", path);
        munmap(map, sizeof *c->file);
        goto failed;
    }
    memcpy(c->file->head.magic, COUNTS_MAGIC, sizeof c->file->head.magic);
    c->file->head.size = sizeof *c->file;
    c->file->head.writer = (uint64_t)getpid();
    atomic_store(&c->file->head.open, 0);
    pthread_mutex_init(&c->lock, NULL);
    return c;
failed:
    if (c->fd >= 0)
        close(c->fd);
    free(c);
    return NULL;
}

void counts_close(struct counts *c)
{
    if (!c)
        return;
    munmap(c->file, sizeof *c->file);
    if (c->fd >= 0)
        close(c->fd);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static void add_one(_Atomic uint64_t *n)
{
    atomic_fetch_add_explicit(n, 1, memory_order_relaxed);
}

static void take_one(_Atomic uint64_t *n)
{
    atomic_fetch_sub_explicit(n, 1, memory_order_relaxed);
}

void counts_accept(struct counts *c)
{
    add_one(&current(c)->accepted);
    add_one(&c->file->head.open);
}

void counts_disconnect(struct counts *c)
{
    take_one(&c->file->head.open);
}

/* The bucket of a connection with n requests: n itself, or beyond COUNTS_EXACT one for each power of two. */
static unsigned counts_bucket(uint64_t n)
{
    return n < COUNTS_EXACT ? (unsigned)n : COUNTS_EXACT + 53 - (unsigned)__builtin_clzll(n);
}

/* The smallest number of requests in a bucket. */
static uint64_t bucket_low(unsigned bucket)
{
    return bucket < COUNTS_EXACT ? bucket : (uint64_t)COUNTS_EXACT << (bucket - COUNTS_EXACT);
}

_Static_assert(COUNTS_EXACT == 1 << 10, "counts_bucket() and bucket_low() know the power");

static void count_on_connection(struct counts_area *area, uint64_t generation, struct connection_counts *connection)
{
    unsigned before, after;

    if (connection->generation != generation || connection->requests == 0) {
        connection->generation = generation;
        connection->requests = 0;
        add_one(&area->connections);
    }
    before = counts_bucket(connection->requests);
    after = counts_bucket(++connection->requests);
    if (before == after)
        return;
    add_one(&area->buckets[after]);
    if (before > 0)
        take_one(&area->buckets[before]);
}

/* Writes "METHOD path" into key, which has room for COUNTS_KEY_MAX bytes; 0 when it is longer. */
static uint32_t make_key(char *key, const char *method, const char *target, size_t target_len)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t method_len = strlen(method), len = 0, i;
    unsigned char ch;

    for (i = 0; i < method_len + 1 + target_len; i++) {
        if (len + 3 > COUNTS_KEY_MAX)
            return 0;
        if (i == method_len) {
            key[len++] = ' ';
            continue;
        }
        ch = (unsigned char)(i < method_len ? method[i] : target[i - method_len - 1]);
        if (i > method_len && ch == '?')
            break;
        if (ch > 0x20 && ch < 0x7f && ch != '"' && ch != '\\') {
            key[len++] = (char)ch;
            continue;
        }
        key[len++] = '%';
        key[len++] = hex[ch >> 4];
        key[len++] = hex[ch & 15];
    }
    return (uint32_t)len;
}

static uint32_t hash_of(const char *key, uint32_t len)
{
    uint32_t hash = 2166136261u, i;

    for (i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)key[i]) * 16777619u;
    return hash;
}

/* The entry of a key; NULL and *free_slot when it has none. */
static struct counts_entry *find(struct counts_area *area, const char *key, uint32_t len, uint32_t hash,
                                 struct counts_entry **free_slot)
{
    uint32_t i, offset;
    struct counts_entry *e;

    for (i = hash & (COUNTS_SLOTS - 1);; i = (i + 1) & (COUNTS_SLOTS - 1)) {
        e = &area->slots[i];
        offset = atomic_load_explicit(&e->key, memory_order_acquire);
        if (offset == 0) {
            *free_slot = e;
            return NULL;
        }
        if (e->hash == hash && e->len == len && memcmp(area->keys + offset - 1, key, len) == 0)
            return e;
    }
}

/* The entry of a key, added when it is new; NULL when there is no room. */
static struct counts_entry *find_or_add(struct counts *c, struct counts_area *area, const char *key, uint32_t len)
{
    uint32_t hash = hash_of(key, len), used, bytes;
    struct counts_entry *slot, *e = find(area, key, len, hash, &slot);

    if (e)
        return e;
    pthread_mutex_lock(&c->lock);
    e = find(area, key, len, hash, &slot);
    used = atomic_load(&area->keys_used);
    bytes = atomic_load(&area->bytes_used);
    if (!e && used < COUNTS_KEYS && bytes + len <= COUNTS_KEY_BYTES) {
        e = slot;
        atomic_store(&area->keys_used, used + 1);
        atomic_store(&area->bytes_used, bytes + len);
        memcpy(area->keys + bytes, key, len);
        e->hash = hash;
        e->len = len;
        atomic_store_explicit(&e->key, bytes + 1, memory_order_release);
    }
    pthread_mutex_unlock(&c->lock);
    return e;
}

uint64_t counts_request(struct counts *c, struct connection_counts *connection, const char *method, const char *target,
                        size_t target_len)
{
    uint64_t generation = atomic_load(&c->file->head.generation);
    struct counts_area *area = area_of(c, generation);
    char key[COUNTS_KEY_MAX];
    uint32_t len = make_key(key, method, target, target_len);
    struct counts_entry *e = len ? find_or_add(c, area, key, len) : NULL;

    add_one(e ? &e->count : &area->other);
    count_on_connection(area, generation, connection);
    return generation;
}

void counts_incomplete(struct counts *c, uint64_t generation)
{
    if (generation == atomic_load(&c->file->head.generation))
        add_one(&area_of(c, generation)->incomplete);
}

void counts_reset(struct counts *c)
{
    uint64_t generation;
    struct counts_area *next;

    pthread_mutex_lock(&c->lock);
    generation = atomic_load(&c->file->head.generation);
    next = area_of(c, generation + 1);
    memset(next, 0, offsetof(struct counts_area, keys));
    atomic_store(&c->file->head.generation, generation + 1);
    pthread_mutex_unlock(&c->lock);
}

struct line {
    const char *key;
    uint32_t len;
    uint64_t count;
};

static int by_key(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int order = memcmp(x->key, y->key, x->len < y->len ? x->len : y->len);

    return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* Collects the entries with a count, sorted; what a damaged file says is checked. Returns their number. */
static uint32_t collect(const struct counts_area *area, struct line *lines, uint64_t *total)
{
    uint32_t i, key, n = 0;
    const struct counts_entry *e;

    for (i = 0; i < COUNTS_SLOTS && n < COUNTS_KEYS; i++) {
        e = &area->slots[i];
        key = atomic_load_explicit(&e->key, memory_order_acquire);
        if (key == 0 || e->len > COUNTS_KEY_MAX || key - 1 > COUNTS_KEY_BYTES - e->len)
            continue;
        lines[n] = (struct line){area->keys + key - 1, e->len, atomic_load(&e->count)};
        *total += lines[n].count;
        n += lines[n].count > 0;
    }
    qsort(lines, n, sizeof *lines, by_key);
    return n;
}

static void buckets_json(const struct counts_area *area, struct text *t)
{
    const char *comma = "";
    uint64_t n;
    unsigned i;

    text_add(t, "[");
    for (i = 1; i < COUNTS_BUCKETS; i++) {
        n = atomic_load(&area->buckets[i]);
        if (n == 0)
            continue;
        text_addf(t, "%s{\"requests\": %llu, ", comma, (unsigned long long)bucket_low(i));
        if (i >= COUNTS_EXACT)
            text_addf(t, "\"up_to\": %llu, ", (unsigned long long)(2 * bucket_low(i) - 1));
        text_addf(t, "\"connections\": %llu}", (unsigned long long)n);
        comma = ", ";
    }
    text_add(t, "]");
}

void counts_json(const struct counts *c, struct text *t)
{
    const struct counts_area *area = current(c);
    struct line *lines = malloc(COUNTS_KEYS * sizeof *lines);
    uint64_t total = atomic_load(&area->other);
    uint32_t i, n;

    if (!lines) {
        t->failed = true;
        return;
    }
    n = collect(area, lines, &total);
    text_addf(t, "{\n  \"total\": %llu,\n", (unsigned long long)total);
    text_addf(t, "  \"other\": %llu,\n", (unsigned long long)atomic_load(&area->other));
    text_addf(t, "  \"incomplete\": %llu,\n", (unsigned long long)atomic_load(&area->incomplete));
    text_addf(t, "  \"connections\": {\"total\": %llu, \"accepted\": %llu, \"open\": %llu, \"by_requests\": ",
              (unsigned long long)atomic_load(&area->connections), (unsigned long long)atomic_load(&area->accepted),
              (unsigned long long)atomic_load(&c->file->head.open));
    buckets_json(area, t);
    text_add(t, "},\n  \"requests\": {");
    for (i = 0; i < n; i++) {
        text_add(t, i ? ",\n    " : "\n    ");
        text_add_json(t, lines[i].key, lines[i].len);
        text_addf(t, ": %llu", (unsigned long long)lines[i].count);
    }
    text_add(t, n ? "\n  }\n}\n" : "}\n}\n");
    free(lines);
}

int counts_show(const char *path)
{
    struct counts c = {.fd = open(path, O_RDONLY | O_CLOEXEC)};
    struct text t = {0};
    struct stat st;
    void *map;
    int result = 1;

    if (c.fd < 0 || fstat(c.fd, &st) != 0) {
        fprintf(stderr, "shop: cannot open the counts file %s: %s\n", path, strerror(errno));
        goto cleanup;
    }
    if (st.st_size != (off_t)sizeof *c.file) {
        fprintf(stderr, "shop: %s is no counts file of this shop\n", path);
        goto cleanup;
    }
    map = mmap(NULL, sizeof *c.file, PROT_READ, MAP_SHARED, c.fd, 0);
    if (map == MAP_FAILED) {
        fprintf(stderr, "shop: cannot map %s: %s\n", path, strerror(errno));
        goto cleanup;
    }
    c.file = map;
    if (!head_is_ours(&c.file->head)) {
        fprintf(stderr, "shop: %s is no counts file of this shop\n", path);
        goto unmap;
    }
    counts_json(&c, &t);
    if (t.failed || fwrite(t.data, 1, t.len, stdout) != t.len || fflush(stdout) != 0)
        fprintf(stderr, "shop: cannot print the counts\n");
    else
        result = 0;
unmap:
    munmap(map, sizeof *c.file);
cleanup:
    text_free(&t);
    if (c.fd >= 0)
        close(c.fd);
    return result;
}
