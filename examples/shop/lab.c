/* lab.c - answers that a load tester needs: slow, flaky and closing ones, echo, uploads, redirects, sizes, gzip. */
#include "shop.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#define SLOW_MAX      60000 /* ms */
#define REDIRECTS_MAX 1000
#define BYTES_MAX     (1L << 30)
#define BYTES_BLOCK   65536
#define PAIRS_MAX     256 /* query values, headers or cookies that /echo tells */

static struct MHD_Response *gzip_packed, *gzip_plain;
static char block[BYTES_BLOCK];

enum MHD_Result lab_slow(struct request *r)
{
    struct text t = {0};
    long ms;

    if (!request_query_number(r, "ms", 0, SLOW_MAX, 200, &ms))
        return reply_error(r, MHD_HTTP_BAD_REQUEST, "ms must be a number from 0 to 60000");
    if (!r->delayed && ms > 0)
        return delay_answer(r, ms);
    text_addf(&t, "{\"slept\": %ld}\n", ms);
    return reply_json(r, MHD_HTTP_OK, &t);
}

/* Every third request fails. */
enum MHD_Result lab_flaky(struct request *r)
{
    static _Atomic unsigned long calls;

    if ((atomic_fetch_add(&calls, 1) + 1) % 3 == 0)
        return reply_plain(r, MHD_HTTP_SERVICE_UNAVAILABLE, "not now\n");
    return reply_plain(r, MHD_HTTP_OK, "well\n");
}

enum MHD_Result lab_maybe(struct request *r)
{
    struct text t = {0};
    struct MHD_Response *response;

    text_add(&t,
             "{\"message\": \"welcome back\", \"items\": [{\"id\": 1, \"price\": 12.5}, {\"id\": 2, \"price\": 8}]}\n");
    response = response_text(&t, "application/json");
    response_header(response, MHD_HTTP_HEADER_SET_COOKIE, "sid=maybe; Path=/maybe");
    return reply(r, MHD_HTTP_OK, response);
}

/* An upload: the bytes of the body, and of each part where it is multipart/form-data. */
struct upload {
    struct MHD_PostProcessor *parts; /* NULL for another body */
    struct text list;                /* JSON objects of the parts before this one */
    uint64_t part_bytes;
    unsigned part_count;
};

static enum MHD_Result take_part(void *cls, enum MHD_ValueKind kind, const char *name, const char *filename,
                                 const char *type, const char *encoding, const char *data, uint64_t offset, size_t len)
{
    struct upload *u = cls;

    (void)kind, (void)encoding, (void)data;
    if (offset == 0) {
        if (u->part_count++ > 0)
            text_addf(&u->list, "%llu}, ", (unsigned long long)u->part_bytes);
        u->part_bytes = 0;
        text_add(&u->list, "{\"name\": ");
        text_add_json(&u->list, name ? name : "", name ? strlen(name) : 0);
        if (filename) {
            text_add(&u->list, ", \"filename\": ");
            text_add_json(&u->list, filename, strlen(filename));
        }
        if (type) {
            text_add(&u->list, ", \"type\": ");
            text_add_json(&u->list, type, strlen(type));
        }
        text_add(&u->list, ", \"bytes\": ");
    }
    u->part_bytes += len;
    return u->list.len < (1u << 20) ? MHD_YES : MHD_NO;
}

static void upload_end(struct request *r)
{
    struct upload *u = r->state;

    if (u->parts)
        MHD_destroy_post_processor(u->parts);
    text_free(&u->list);
    free(u);
}

enum MHD_Result lab_upload_piece(struct request *r)
{
    const char *type = request_header(r, MHD_HTTP_HEADER_CONTENT_TYPE);
    struct upload *u = r->state;

    if (!u) {
        u = calloc(1, sizeof *u);
        if (!u)
            return MHD_NO;
        r->state = u;
        r->state_end = upload_end;
        if (type && strncmp(type, "multipart/form-data", 19) == 0)
            u->parts = MHD_create_post_processor(r->mhd, 4096, take_part, u);
    }
    if (u->parts)
        MHD_post_process(u->parts, r->piece, r->piece_len);
    return MHD_YES;
}

enum MHD_Result lab_upload(struct request *r)
{
    struct upload *u = r->state;
    struct text t = {0};

    if (u && u->parts) {
        MHD_destroy_post_processor(u->parts); /* gives the last part */
        u->parts = NULL;
    }
    text_addf(&t, "{\"bytes\": %llu, \"parts\": [", (unsigned long long)r->body_bytes);
    if (u && u->part_count > 0 && u->list.data) {
        text_add_bytes(&t, u->list.data, u->list.len);
        text_addf(&t, "%llu}", (unsigned long long)u->part_bytes);
    }
    text_add(&t, "]}\n");
    return reply_json(r, MHD_HTTP_OK, &t);
}

struct pairs {
    size_t count;
    const char *names[PAIRS_MAX];
    const char *values[PAIRS_MAX];
};

static enum MHD_Result collect_pair(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct pairs *p = cls;

    (void)kind;
    if (p->count == PAIRS_MAX)
        return MHD_NO;
    p->names[p->count] = name;
    p->values[p->count++] = value ? value : "";
    return MHD_YES;
}

static void lower_json(struct text *t, const char *name)
{
    char lower[256];
    size_t i;

    for (i = 0; name[i] && i < sizeof lower; i++)
        lower[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] | 32) : name[i];
    text_add_json(t, lower, i);
}

/* Was there the same name before? */
static bool is_repeated(const struct pairs *p, size_t n, bool any_case)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (any_case ? strcasecmp(p->names[i], p->names[n]) == 0 : strcmp(p->names[i], p->names[n]) == 0)
            return true;
    return false;
}

/* All the values of one name, from its first one on. */
static void values_json(struct text *t, const struct pairs *p, size_t first)
{
    const char *comma = "";
    size_t i;

    text_add(t, "[");
    for (i = first; i < p->count; i++) {
        if (strcmp(p->names[i], p->names[first]) != 0)
            continue;
        text_add(t, comma);
        text_add_json(t, p->values[i], strlen(p->values[i]));
        comma = ", ";
    }
    text_add(t, "]");
}

/* Adds "member": {"name": value, …}; a query has lists of values, headers have lower case names, and of a header or
 * cookie that was sent twice the first is told. */
static void pairs_json(struct text *t, const struct request *r, const char *member, enum MHD_ValueKind kind)
{
    struct pairs p = {.count = 0};
    const char *comma = "";
    size_t i;

    MHD_get_connection_values(r->mhd, kind, collect_pair, &p);
    text_addf(t, ", \"%s\": {", member);
    for (i = 0; i < p.count; i++) {
        if (is_repeated(&p, i, kind == MHD_HEADER_KIND))
            continue;
        text_add(t, comma);
        if (kind == MHD_HEADER_KIND)
            lower_json(t, p.names[i]);
        else
            text_add_json(t, p.names[i], strlen(p.names[i]));
        text_add(t, ": ");
        if (kind == MHD_GET_ARGUMENT_KIND)
            values_json(t, &p, i);
        else
            text_add_json(t, p.values[i], strlen(p.values[i]));
        comma = ", ";
    }
    text_add(t, "}");
}

void request_headers_json(struct text *t, const struct request *r)
{
    pairs_json(t, r, "headers", MHD_HEADER_KIND);
}

enum MHD_Result lab_echo(struct request *r)
{
    struct text t = {0};

    text_add(&t, "{\"method\": ");
    text_add_json(&t, r->method, strlen(r->method));
    text_add(&t, ", \"target\": ");
    text_add_json(&t, r->target, r->target_len);
    text_add(&t, ", \"path\": ");
    text_add_json(&t, r->path, strlen(r->path));
    pairs_json(&t, r, "query", MHD_GET_ARGUMENT_KIND);
    request_headers_json(&t, r);
    pairs_json(&t, r, "cookies", MHD_COOKIE_KIND);
    text_add(&t, ", \"body\": ");
    text_add_json(&t, r->body.data ? r->body.data : "", r->body.len);
    text_addf(&t, ", \"bytes\": %zu}\n", r->body.len);
    return reply_json(r, MHD_HTTP_OK, &t);
}

enum MHD_Result lab_dav(struct request *r)
{
    struct text t = {0};

    text_add(&t, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:multistatus xmlns:D=\"DAV:\"><D:response><D:href>");
    text_add_html(&t, r->path);
    text_add(&t,
             "</D:href><D:propstat><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>\n");
    return reply(r, MHD_HTTP_MULTI_STATUS, response_text(&t, "application/xml; charset=utf-8"));
}

/* /redirect/N: N redirects with 302, ending at /landed. */
enum MHD_Result lab_redirect(struct request *r)
{
    char place[32];
    long n;

    if (!parse_number(r->tail, 0, REDIRECTS_MAX, &n))
        return reply_plain(r, MHD_HTTP_NOT_FOUND, "the path is /redirect/ and a number up to 1000\n");
    if (n <= 1)
        return n == 0 ? lab_landed(r) : reply_redirect(r, MHD_HTTP_FOUND, "/landed");
    snprintf(place, sizeof place, "/redirect/%ld", n - 1);
    return reply_redirect(r, MHD_HTTP_FOUND, place);
}

/* /redirect-code/N: one redirect with status N, to /landed. */
enum MHD_Result lab_redirect_code(struct request *r)
{
    long code;

    if (!parse_number(r->tail, 300, 399, &code))
        return reply_plain(r, MHD_HTTP_NOT_FOUND, "the path is /redirect-code/ and a status from 300 to 399\n");
    return reply_redirect(r, (unsigned)code, "/landed");
}

enum MHD_Result lab_landed(struct request *r)
{
    struct text t = {0};

    text_addf(&t, "landed by ");
    text_add(&t, r->method);
    text_addf(&t, " with %llu bytes\n", (unsigned long long)r->body_bytes);
    return reply(r, MHD_HTTP_OK, response_text(&t, "text/plain; charset=utf-8"));
}

/* Does the sender take gzip? A quality of 0 says no (RFC 9110, 12.5.3). */
static bool takes_gzip(const struct request *r)
{
    const char *accepted = request_header(r, MHD_HTTP_HEADER_ACCEPT_ENCODING), *p = accepted;
    size_t len;

    while (p && *p) {
        p += strspn(p, ", \t");
        len = strcspn(p, ",; \t");
        if ((len == 4 && strncasecmp(p, "gzip", 4) == 0) || (len == 1 && *p == '*')) {
            p += len;
            p += strspn(p, " \t");
            if (*p != ';')
                return true;
            p += strspn(p, "; \tqQ=");
            return strtod(p, NULL) > 0;
        }
        p += strcspn(p, ",");
    }
    return false;
}

enum MHD_Result lab_gzip(struct request *r)
{
    return reply_kept(r, MHD_HTTP_OK, takes_gzip(r) ? gzip_packed : gzip_plain);
}

/* Sends each query value as a header of the answer; what cannot be a header is left out. */
enum MHD_Result lab_headers(struct request *r)
{
    struct text t = {0};
    struct MHD_Response *response;
    struct pairs p = {.count = 0};
    size_t i;

    text_add(&t, "see the headers\n");
    response = response_text(&t, "text/plain; charset=utf-8");
    MHD_get_connection_values(r->mhd, MHD_GET_ARGUMENT_KIND, collect_pair, &p);
    for (i = 0; i < p.count; i++) {
        if (strncasecmp(p.names[i], "X-", 2) == 0)
            response_header(response, p.names[i], p.values[i]);
    }
    return reply(r, MHD_HTTP_OK, response);
}

enum MHD_Result lab_status(struct request *r)
{
    struct text t = {0};
    long status;

    if (!parse_number(r->tail, 200, 599, &status))
        return reply_plain(r, MHD_HTTP_NOT_FOUND, "the path is /status/ and a status from 200 to 599\n");
    if (status == MHD_HTTP_NO_CONTENT || status == MHD_HTTP_NOT_MODIFIED)
        return reply(r, (unsigned)status, response_text(&t, NULL));
    text_addf(&t, "status %ld\n", status);
    return reply(r, (unsigned)status, response_text(&t, "text/plain; charset=utf-8"));
}

static ssize_t give_bytes(void *cls, uint64_t offset, char *buffer, size_t cap)
{
    (void)cls, (void)offset;
    memset(buffer, 'x', cap);
    return (ssize_t)cap;
}

enum MHD_Result lab_bytes(struct request *r)
{
    struct MHD_Response *response;
    long n;

    if (!parse_number(r->tail, 0, BYTES_MAX, &n))
        return reply_plain(r, MHD_HTTP_NOT_FOUND, "the path is /bytes/ and a number up to 1073741824\n");
    if (n <= BYTES_BLOCK)
        response = MHD_create_response_from_buffer((size_t)n, block, MHD_RESPMEM_PERSISTENT);
    else
        response = MHD_create_response_from_callback((uint64_t)n, BYTES_BLOCK, give_bytes, NULL, NULL);
    response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; charset=utf-8");
    return reply(r, MHD_HTTP_OK, response);
}

enum MHD_Result lab_close(struct request *r)
{
    (void)r;
    return MHD_NO;
}

/* The text in the gzip format (RFC 1952). */
static bool pack(const struct text *plain, struct text *packed)
{
    static char out[BYTES_BLOCK];
    z_stream z = {0};
    int result;

    if (plain->failed || deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    z.next_in = (unsigned char *)plain->data;
    z.avail_in = (unsigned)plain->len;
    z.next_out = (unsigned char *)out;
    z.avail_out = sizeof out;
    result = deflate(&z, Z_FINISH);
    text_add_bytes(packed, out, sizeof out - z.avail_out);
    deflateEnd(&z);
    return result == Z_STREAM_END;
}

void lab_start(void)
{
    struct text plain = {0}, packed = {0};
    int i;

    memset(block, 'x', sizeof block);
    for (i = 1; i <= 200; i++)
        text_addf(&plain, "line %d of a text that is worth packing\n", i);
    if (!pack(&plain, &packed)) {
        fprintf(stderr, "shop: cannot pack a text\n");
        exit(1);
    }
    gzip_packed = response_kept(&packed, "text/plain; charset=utf-8");
    response_header(gzip_packed, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
    response_header(gzip_packed, MHD_HTTP_HEADER_VARY, "Accept-Encoding");
    gzip_plain = response_kept(&plain, "text/plain; charset=utf-8");
    response_header(gzip_plain, MHD_HTTP_HEADER_VARY, "Accept-Encoding");
}
