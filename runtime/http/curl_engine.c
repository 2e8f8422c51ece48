/* Exchanges on libcurl. One multi handle a shard; only exchanges under way have an easy handle; the
 * connections of a user are in a CURLSH of its own, which a multi handle uses instead of its own cache
 * (curl 7.88 multi.c, curl_multi_add_handle). libcurl's redirects, cookies, authentication and decompression
 * are off. */
#include "curl_internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/clock.h"

enum { CONNECTIONS_KEPT = 64 }; /* a user, over all hosts */

/* ------------------------------------------------------------------ ends */

static enum exchange_error error_of_errno(int error, enum exchange_error otherwise)
{
    switch (error) {
    case ECONNREFUSED:
        return EXCHANGE_REFUSED;
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED:
        return EXCHANGE_RESET;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
        return EXCHANGE_UNREACHABLE;
    case ETIMEDOUT:
        return EXCHANGE_CONNECT_TIMEOUT;
    case EMFILE:
    case ENFILE:
        return EXCHANGE_NO_DESCRIPTOR;
    case EADDRNOTAVAIL:
        return EXCHANGE_NO_PORT;
    default:
        return otherwise;
    }
}

/* A wrong chunk has no code of its own; these are the words for it of libcurl 7 and of libcurl 8. */
static bool is_wrong_chunk(const char *text)
{
    return strstr(text, "chunked-encod") || strstr(text, "chunk hex-length") || strstr(text, "invalid chunk size");
}

/* TLS that ends without close_notify: libcurl 7 takes it for an end, libcurl 8 (OpenSSL's words) for an error. It is
 * what the end of plain TCP would be here. */
static enum exchange_error error_of_cut_tls(const struct exchange *ex, CURL *curl)
{
    curl_off_t length = -1; /* none, or none that libcurl understands */
    long version = 0;

    if (!ex->head.complete) {
        return EXCHANGE_CLOSED;
    }
    curl_easy_getinfo(curl, CURLINFO_HTTP_VERSION, &version);
    curl_easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (version > CURL_HTTP_VERSION_1_1 || length >= 0 || head_value(&ex->head, "transfer-encoding", 17, NULL)) {
        return EXCHANGE_INCOMPLETE;
    }
    return EXCHANGE_OK;
}

static enum exchange_error error_of(struct curl_easy *easy, CURLcode code)
{
    struct exchange *ex = easy->ex;
    long os_error = 0;

    if (easy->stopped) {
        return ex->error;
    }
    if (code != CURLE_OK && is_wrong_chunk(easy->text)) {
        return EXCHANGE_NOT_HTTP;
    }
    curl_easy_getinfo(easy->curl, CURLINFO_OS_ERRNO, &os_error);
    switch (code) {
    case CURLE_OK:
        return ex->head.complete ? EXCHANGE_OK : EXCHANGE_CLOSED;
    case CURLE_COULDNT_CONNECT:
        return error_of_errno(easy->open_errno ? easy->open_errno : (int)os_error, EXCHANGE_OTHER);
    case CURLE_COULDNT_RESOLVE_HOST:
        return EXCHANGE_NO_ADDRESS;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
        return EXCHANGE_PROXY;
    case CURLE_OPERATION_TIMEDOUT:
        return EXCHANGE_CONNECT_TIMEOUT; /* the only time limit that libcurl is given */
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return EXCHANGE_CERTIFICATE;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ENGINE_INITFAILED:
        return EXCHANGE_TLS;
    case CURLE_GOT_NOTHING:
        return EXCHANGE_CLOSED;
    case CURLE_PARTIAL_FILE: /* also when a head with a length was cut off */
        return ex->head.complete ? EXCHANGE_INCOMPLETE : EXCHANGE_CLOSED;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
        return EXCHANGE_NOT_HTTP;
    case CURLE_OUT_OF_MEMORY: /* libcurl 7's word for a line of a head that is longer than it takes (100 KB) */
        return ex->head.complete ? EXCHANGE_OTHER : EXCHANGE_HEAD_TOO_LARGE;
#if LIBCURL_VERSION_NUM >= 0x080600
    case CURLE_TOO_LARGE: /* libcurl 8's, for trailers too */
        return EXCHANGE_HEAD_TOO_LARGE;
#endif
    case CURLE_BAD_FUNCTION_ARGUMENT: /* and for a folded line before the first field, or a trailer that is none */
        return ex->head.status ? EXCHANGE_NOT_HTTP : EXCHANGE_OTHER;
    case CURLE_RECV_ERROR: /* the errno that libcurl tells may be that of an earlier exchange of the handle */
    case CURLE_SEND_ERROR:
        return strstr(easy->text, "unexpected eof while reading") ? error_of_cut_tls(ex, easy->curl) : EXCHANGE_RESET;
    default:
        return EXCHANGE_OTHER;
    }
}

static int64_t info_ns(struct curl_easy *easy, CURLINFO info)
{
    curl_off_t us = 0;

    curl_easy_getinfo(easy->curl, info, &us);
    return us * 1000;
}

static void take_stamps(struct curl_easy *easy)
{
    struct exchange *ex = easy->ex;
    long connects = 0;

    ex->stamps.last_byte = clock_now() - ex->began;
    curl_easy_getinfo(easy->curl, CURLINFO_NUM_CONNECTS, &connects);
    if (connects) {
        int64_t tls = info_ns(easy, CURLINFO_APPCONNECT_TIME_T);

        ex->stamps.connect = info_ns(easy, CURLINFO_CONNECT_TIME_T);
        ex->stamps.tls = tls > ex->stamps.connect ? tls - ex->stamps.connect : 0;
    }
}

/* Counts the sendings that put a byte on the wire; on_request() has counted all but the last one so. */
static void count_sends(struct curl_easy *easy)
{
    struct exchange *ex = easy->ex;

    ex->sent = easy->asked && easy_has_sent(easy);
    if (easy->asked && !ex->sent) {
        ex->sends--;
    }
}

static void add(struct curl_easy *easy)
{
    easy->added = true;
    curl_multi_add_handle(easy->shard->loop.multi, easy->curl);
}

/* A kept connection that the server closes just as a request goes out answers with a reset, or over TLS with an end.
 * Like browsers, and like libcurl where the connection ends in order, we send once more, on a new one. */
static bool send_again(struct curl_easy *easy)
{
    struct exchange *ex = easy->ex;
    long connects = 0;
    enum exchange_error error;

    curl_easy_getinfo(easy->curl, CURLINFO_NUM_CONNECTS, &connects);
    if (easy->again || !easy->added || connects || ex->stamps.first_byte) {
        return false;
    }
    error = error_of(easy, easy->code);
    if (error != EXCHANGE_RESET && error != EXCHANGE_CLOSED) {
        return false;
    }
    count_sends(easy);
    curl_multi_remove_handle(easy->shard->loop.multi, easy->curl);
    easy->again = true;
    easy->asked = false;
    easy->text[0] = '\0';
    curl_easy_setopt(easy->curl, CURLOPT_FRESH_CONNECT, 1L);
    add(easy);
    return true;
}

/* What libcurl says of an error, without the words in front that say nothing more than the error itself. */
static const char *text_of(const struct curl_easy *easy)
{
    static const char *const fronts[] = {"SSL certificate problem: ", "SSL: "};

    if (!easy->text[0]) {
        return easy->code == CURLE_OK ? "" : curl_easy_strerror(easy->code);
    }
    for (size_t i = 0; i < sizeof fronts / sizeof fronts[0]; i++) {
        if (strncmp(easy->text, fronts[i], strlen(fronts[i])) == 0) {
            return easy->text + strlen(fronts[i]);
        }
    }
    return easy->text;
}

/* The words for a name that is not in the certificate are the same as those of the native engine. */
static void set_text(struct curl_easy *easy)
{
    struct exchange *ex = easy->ex;
    const char *text = ex->error == EXCHANGE_OK ? "" : text_of(easy), *reason;

    if (ex->error == EXCHANGE_CERTIFICATE && strstr(text, "subject name") && strstr(text, "match")) {
        snprintf(ex->text, sizeof ex->text, "no name in the certificate matches '%.*s'", (int)ex->url.host.n,
                 ex->url.host.p);
        return;
    }
    if (ex->error == EXCHANGE_TLS && strstr(text, "error:") && (reason = strstr(text, "::"))) {
        text = reason + 2; /* OpenSSL's reason, behind its number and library */
    }
    snprintf(ex->text, sizeof ex->text, "%s", text);
}

static void finish(struct curl_easy *easy)
{
    struct exchange_shard *shard = easy->shard;
    struct exchange *ex = easy->ex;

    take_stamps(easy);
    count_sends(easy);
    ex->error = error_of(easy, easy->code);
    set_text(easy);
    if (easy->added) {
        curl_multi_remove_handle(shard->loop.multi, easy->curl);
    }
    easy_give_back(easy);
    ex->sink->done(ex);
}

/* Moves what libcurl is done with to shard->over, and with an exchange that found no address those that
 * waited for it. */
static void collect(struct exchange_shard *shard)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(shard->loop.multi, &left))) {
        CURLcode code = message->data.result;
        struct curl_list failed = {0};
        struct curl_easy *easy;
        char *private;

        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        easy = (struct curl_easy *)(void *)private;
        easy->code = code;
        list_add(&shard->over, easy);
        name_leave(easy, code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_OPERATION_TIMEDOUT, &failed);
        while (failed.first) {
            struct curl_easy *other = failed.first;

            list_remove(other);
            other->code = code;
            memcpy(other->text, easy->text, sizeof other->text);
            list_add(&shard->over, other);
        }
    }
}

static void reap(struct curl_loop *loop)
{
    struct exchange_shard *shard = (struct exchange_shard *)loop;
    struct curl_easy *easy;

    collect(shard);
    while ((easy = name_next(shard))) {
        add(easy);
    }
    while (shard->over.first) {
        easy = shard->over.first;
        list_remove(easy);
        if (!send_again(easy)) {
            finish(easy);
        }
    }
}

static bool pending(struct curl_loop *loop)
{
    struct exchange_shard *shard = (struct exchange_shard *)loop;

    collect(shard);
    return shard->over.first || shard->names_changed;
}

/* A connection that is closed belongs to a handle of libcurl itself (8.11 on), which has no data of ours. */
static bool has_begun(CURL *curl)
{
    char *private = NULL;
    struct curl_easy *easy;

    curl_easy_getinfo(curl, CURLINFO_PRIVATE, &private);
    easy = (struct curl_easy *)(void *)private;
    return easy && easy->ex->sends > 0;
}

/* ------------------------------------------------------------------ the engine's functions */

static void start(struct exchange *ex)
{
    struct exchange_session *session = ex->session;
    struct exchange_shard *shard = session->shard;
    struct curl_easy *easy;

    if (!session->share) {
        session->share = curl_share_init();
        if (!session->share) {
            memory_exhausted();
        }
        curl_share_setopt(session->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
        if (session->profile->tls_resume) {
            curl_share_setopt(session->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
        }
    }
    ex->stamps = (struct exchange_stamps){0};
    ex->received = 0;
    ex->sends = 0;
    ex->sent = false;
    ex->error = EXCHANGE_OK;
    ex->text[0] = '\0';
    head_clear(&ex->head);
    easy = easy_take(shard, session->profile);
    easy_prepare(easy, ex);
    if (name_enter(easy)) {
        add(easy);
    }
}

static void cancel(struct exchange *ex)
{
    struct curl_easy *easy = ex->own;
    struct exchange_shard *shard = easy->shard;

    count_sends(easy);
    if (easy->added) {
        curl_multi_remove_handle(shard->loop.multi, easy->curl);
    }
    name_leave(easy, false, NULL);
    list_remove(easy);
    easy_give_back(easy);
    if (shard->names_changed) {
        curl_loop_kick(&shard->loop); /* the next one may ask */
    }
}

static struct exchange_session *session_open(struct exchange_shard *shard, const struct exchange_profile *profile)
{
    struct exchange_session *session = memory_new(1, sizeof *session);

    session->shard = shard;
    session->profile = profile;
    return session;
}

static void close_session(struct exchange_session *session)
{
    if (session->share) {
        curl_share_cleanup(session->share);
    }
    free(session);
}

static void turn(struct exchange_shard *shard)
{
    if (shard->loop.kicked) {
        curl_loop_start(&shard->loop);
    }
}

static struct exchange_shard *open_shard(uv_loop_t *loop, const struct name_book *book, uint32_t number, char *why,
                                         size_t why_size)
{
    struct exchange_shard *shard = memory_new(1, sizeof *shard);

    (void)book; /* libcurl looks names up by itself */
    (void)number;
    shard->loop.reap = reap;
    shard->loop.pending = pending;
    shard->loop.has_begun = has_begun;
    if (!curl_loop_open(&shard->loop, loop)) {
        snprintf(why, why_size, "libcurl gives no multi handle");
        free(shard);
        return NULL;
    }
    curl_multi_setopt(shard->loop.multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
    return shard;
}

static void close_shard(struct exchange_shard *shard)
{
    easy_free_pools(shard);
    name_free_all(shard);
    curl_loop_close(&shard->loop);
    free(shard);
}

/* ------------------------------------------------------------------ the process */

static CURLcode global_code;

static void global_init(void)
{
    global_code = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static bool global_start(char *why, size_t why_size)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, global_init);
    if (global_code != CURLE_OK) {
        snprintf(why, why_size, "libcurl: %s", curl_easy_strerror(global_code));
        return false;
    }
    return true;
}

const struct exchange_engine swarm_curl_engine = {
    .name = "libcurl",
    .option = "curl",
    .global_start = global_start,
    .open = open_shard,
    .close = close_shard,
    .turn = turn,
    .session_open = session_open,
    .session_close = close_session,
    .start = start,
    .cancel = cancel,
};
