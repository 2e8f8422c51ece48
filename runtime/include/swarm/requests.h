/* Requests of generated code: how one is built and sent, the words of its response, looking into its body, and verdicts
 * (outside of response blocks too). Included by swarm/program.h, behind values, strands and machines. */
#ifndef SWARM_REQUESTS_H
#define SWARM_REQUESTS_H

/* ------------------------------------------------------------------ requests */

struct swarm_request;  /* being built */
struct swarm_response; /* of the block that runs */

/* What a judge returns; read from s->code behind the wait. */
enum swarm_code { SWARM_CODE_NEXT, SWARM_CODE_BREAK, SWARM_CODE_CONTINUE, SWARM_CODE_RETURN };

struct swarm_header {
    const char *name, *value; /* NUL-terminated; constant ones hold no CR, LF or NUL */
};

enum swarm_switch { SWARM_UNSAID = -1, SWARM_OFF = 0, SWARM_ON = 1 };
enum swarm_compressed {
    SWARM_ENCODING_UNSAID = -1,
    SWARM_ENCODING_OFF,
    SWARM_ENCODING_ANY,
    SWARM_ENCODING_GZIP,
    SWARM_ENCODING_BR
};
enum swarm_auth { SWARM_AUTH_UNSAID, SWARM_AUTH_BASIC, SWARM_AUTH_BEARER, SWARM_AUTH_DIGEST };

/* A path into a response's JSON, known at compile time. */
struct swarm_path_step {
    const char *key; /* NULL: an index */
    uint32_t n;      /* length of the key, or the index */
};
struct swarm_path {
    const struct swarm_path_step *steps;
    uint32_t count;     /* 0: the whole document */
    const char *source; /* "json.items[0].price" */
};

/* A constant body with files too large to be part of the program: put together when the program starts. */
struct swarm_piece {
    const char *text; /* its bytes; NULL: those of a file */
    uint64_t size;
    const char *file; /* beside the program unless it begins with / */
};
struct swarm_large {
    const struct swarm_piece *pieces;
    uint32_t count;
    const char *boundary; /* of a multipart body: stands in no file; NULL: none */
    char *bytes;          /* of the runtime */
    uint64_t size;
};

/* One request statement. Constant parts stand here; build() adds what is computed. */
struct swarm_call {
    const char *method;
    int32_t row;     /* index of swarm_program.rows; -1: build() names it (swarm_row_name) */
    const char *url; /* constant URL, already encoded: absolute or /path?query; NULL: build() makes it */
    const struct swarm_header *headers; /* constant ones, in file order; NULL when build() sets all of them */
    uint32_t header_count;
    const char *body; /* constant body; NULL: none, or build() */
    uint64_t body_size;
    const struct swarm_large *large;  /* the constant body, where it has a large file; else NULL */
    const char *content_type;         /* of the constant body unless a header says so; NULL: none */
    int64_t timeout, connect_timeout; /* ns; -1: unsaid */
    int8_t follow;                    /* enum swarm_switch */
    int8_t compressed;                /* enum swarm_compressed */
    int32_t retries;                  /* -1: unsaid */
    int64_t backoff;                  /* ns */
    bool keep_body;                   /* the block looks into the body */
    const struct swarm_path *paths;   /* found in one scan of the body: swarm_found() */
    uint32_t path_count;
    void (*build)(struct swarm_strand *s, struct swarm_frame *base, struct swarm_request *q);
    int (*judge)(struct swarm_strand *s, struct swarm_frame *base,
                 const struct swarm_response *r); /* NULL: fails when status >= 400 */
    struct swarm_place place;
};

/* Sends it. Behind the wait: s->answered (a complete response came and the block ran), s->code. A hard failure, an
 * error in building or judging, or an exit of the block makes the runtime leave the frame by itself, so the code behind
 * the wait need not test s->exit. */
enum swarm_step swarm_fetch(struct swarm_strand *s, uint32_t at, const struct swarm_call *call);

/* Building. Values are written as interpolation does unless said otherwise; place is for errors. */
void swarm_url_text(struct swarm_request *q, const char *text, uint32_t n); /* constant, already encoded */
void swarm_url_origin(struct swarm_strand *s, struct swarm_request *q, struct swarm_value v,
                      const struct swarm_place *place);
void swarm_url_segment(struct swarm_strand *s, struct swarm_request *q, struct swarm_value v,
                       const struct swarm_place *place);
void swarm_url_component(struct swarm_strand *s, struct swarm_request *q, struct swarm_value v,
                         const struct swarm_place *place);
void swarm_url_value(struct swarm_strand *s, struct swarm_request *q, struct swarm_value v,
                     const struct swarm_place *place); /* a whole URL */
void swarm_row_name(struct swarm_strand *s, struct swarm_request *q, struct swarm_value name,
                    const struct swarm_place *place);
void swarm_header(struct swarm_strand *s, struct swarm_request *q, const char *name, struct swarm_value v,
                  const struct swarm_place *place);
void swarm_cookie(struct swarm_strand *s, struct swarm_request *q, const char *name, struct swarm_value v,
                  const struct swarm_place *place);
/* key, value of query { } and form { }: null is not sent, a list repeats the key, an object is an error. A key that is
 * null is a spread: the value's entries. */
void swarm_query(struct swarm_strand *s, struct swarm_request *q, struct swarm_value key, struct swarm_value v,
                 const struct swarm_place *place);
void swarm_form(struct swarm_strand *s, struct swarm_request *q, struct swarm_value key, struct swarm_value v,
                const struct swarm_place *place);
void swarm_body(struct swarm_strand *s, struct swarm_request *q, struct swarm_value v, const struct swarm_place *place);
/* multipart { }: all parts at once. A field's null is not sent, a list repeats the field, an object is an error. */
struct swarm_part {
    struct swarm_value name, value; /* value: of a field */
    struct swarm_value type;        /* of a file; null: application/octet-stream */
    const char *file;               /* the file's name as it is sent; NULL: a field */
    const char *data;               /* its content */
    uint64_t size;
    const struct swarm_place *place;
};
void swarm_multipart(struct swarm_strand *s, struct swarm_request *q, const struct swarm_part *parts, uint32_t count);
/* json { }: pieces of constant JSON text and values between them, in order; null is written as null. */
void swarm_json_text(struct swarm_request *q, const char *text, uint32_t n);
void swarm_json_value(struct swarm_strand *s, struct swarm_request *q, struct swarm_value v,
                      const struct swarm_place *place);
void swarm_timeout(struct swarm_request *q, int64_t ns);
void swarm_connect_timeout(struct swarm_request *q, int64_t ns);
void swarm_retry(struct swarm_request *q, int64_t tries, int64_t backoff);
void swarm_auth(struct swarm_strand *s, struct swarm_request *q, enum swarm_auth scheme, struct swarm_value a,
                struct swarm_value b, const struct swarm_place *place);

/* For the user's life. */
void swarm_session_header(struct swarm_strand *s, const char *name, struct swarm_value v,
                          const struct swarm_place *place); /* null removes */
void swarm_session_cookie(struct swarm_strand *s, const char *name, struct swarm_value v,
                          const struct swarm_place *place);
void swarm_session_auth(struct swarm_strand *s, enum swarm_auth scheme, struct swarm_value a, struct swarm_value b,
                        const struct swarm_place *place);
void swarm_session_target(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place);
void swarm_session_reset(struct swarm_strand *s);

/* Response words. Texts are views: they live until the block is over. */
int64_t swarm_status(const struct swarm_response *r);
int64_t swarm_size(const struct swarm_response *r);
int64_t swarm_time(const struct swarm_response *r);
int64_t swarm_time_first_byte(const struct swarm_response *r);
int64_t swarm_time_connect(const struct swarm_response *r);
int64_t swarm_time_tls(const struct swarm_response *r);
struct swarm_value swarm_body_text(struct swarm_strand *s, const struct swarm_response *r);
struct swarm_value swarm_url(struct swarm_strand *s, const struct swarm_response *r);
struct swarm_value swarm_history(struct swarm_strand *s, const struct swarm_response *r);
struct swarm_value swarm_response_header(struct swarm_strand *s, const struct swarm_response *r,
                                         struct swarm_value name);
struct swarm_value swarm_response_headers(struct swarm_strand *s, const struct swarm_response *r,
                                          struct swarm_value name); /* a list */
struct swarm_value swarm_response_cookie(struct swarm_strand *s, const struct swarm_response *r,
                                         struct swarm_value name);
/* Path `index` of call->paths: the value there or null; a body that is not JSON is an error: `not JSON: starts with "<html>"`. */
struct swarm_value swarm_found(struct swarm_strand *s, const struct swarm_response *r, uint32_t index,
                               const struct swarm_place *place);

/* ------------------------------------------------------------------ looking into a body (runtime/extract)
 * The list or value of a response word; what is put together while running is compiled then, and kept by the shard.
 * Texts of documents are copied into the arena, what comes out of JSON is a view. */

/* css(selector[, attribute]) (attribute null: the texts of the elements). swarm_select() takes the XPath that swarmc
 * made of a literal selector. */
struct swarm_value swarm_select(struct swarm_strand *s, const struct swarm_response *r, struct swarm_value xpath,
                                struct swarm_value attribute, const struct swarm_place *place);
struct swarm_value swarm_css(struct swarm_strand *s, const struct swarm_response *r, struct swarm_value selector,
                             struct swarm_value attribute, const struct swarm_place *place);
/* A text, number, true or false; a node-set is the list of its texts. Not a number: null. */
struct swarm_value swarm_xpath(struct swarm_strand *s, const struct swarm_response *r, struct swarm_value expression,
                               const struct swarm_place *place);
/* Group 1 of the first match, the whole match where the pattern has no groups, or null; of all matches. */
struct swarm_value swarm_regex(struct swarm_strand *s, const struct swarm_response *r, struct swarm_value pattern,
                               const struct swarm_place *place);
struct swarm_value swarm_regex_all(struct swarm_strand *s, const struct swarm_response *r, struct swarm_value pattern,
                                   const struct swarm_place *place);

/* A JSONPath query (RFC 9535) as a tree in an array: `first` and `next` are indexes of nodes, 0: none. Node 0 is the
 * query itself. */
enum swarm_jsonpath_kind {
    SWARM_PATH_ROOT,    /* a query from $: first is its first segment */
    SWARM_PATH_CURRENT, /* a query from @ */
    SWARM_PATH_CHILD,   /* a segment: first is its first selector, next the next segment */
    SWARM_PATH_DESCENDANT,
    SWARM_PATH_NAME, /* selectors; text */
    SWARM_PATH_WILDCARD,
    SWARM_PATH_INDEX,  /* a */
    SWARM_PATH_SLICE,  /* a, b: start and end where `has` says so (1, 2); c: the step */
    SWARM_PATH_FILTER, /* first: an expression */
    SWARM_PATH_OR,     /* expressions; first and what follows it */
    SWARM_PATH_AND,
    SWARM_PATH_NOT,
    SWARM_PATH_EQ, /* comparisons: first and its next */
    SWARM_PATH_NE,
    SWARM_PATH_LT,
    SWARM_PATH_LE,
    SWARM_PATH_GT,
    SWARM_PATH_GE,
    SWARM_PATH_TEXT,   /* literals; text */
    SWARM_PATH_NUMBER, /* text: its digits */
    SWARM_PATH_TRUE,
    SWARM_PATH_FALSE,
    SWARM_PATH_NULL,
    SWARM_PATH_LENGTH, /* functions; first: the arguments */
    SWARM_PATH_COUNT,
    SWARM_PATH_VALUE,
    SWARM_PATH_MATCH,
    SWARM_PATH_SEARCH,
};
struct swarm_jsonpath_node {
    uint8_t kind, has;
    uint32_t first, next;
    uint32_t n;
    const char *text;
    int64_t a, b, c;
};
/* match() and search() are reached over here, so that only a program that has them links PCRE2. */
typedef bool swarm_jsonpath_search(struct swarm_strand *s, struct swarm_value text, struct swarm_value pattern,
                                   bool whole, const struct swarm_place *place);
bool swarm_jsonpath_regex(struct swarm_strand *s, struct swarm_value text, struct swarm_value pattern, bool whole,
                          const struct swarm_place *place);
struct swarm_jsonpath {
    const struct swarm_jsonpath_node *nodes;
    uint32_t count;
    swarm_jsonpath_search *search; /* NULL: the query has neither */
};
/* or_null: a body that is not JSON gives null (the left side of `??`), else it is an error. */
struct swarm_value swarm_jsonpath(struct swarm_strand *s, const struct swarm_response *r,
                                  const struct swarm_jsonpath *query, bool or_null, const struct swarm_place *place);
struct swarm_value swarm_jsonpath_text(struct swarm_strand *s, const struct swarm_response *r, struct swarm_value query,
                                       bool or_null, const struct swarm_place *place);

/* ------------------------------------------------------------------ verdicts */

/* True when the condition holds and its evaluation raised no error; an error becomes the message of what is not met. */
bool swarm_holds(struct swarm_strand *s, bool condition);
/* expect or require that does not hold: `source: found FOUND` (found null and kinds unknown: swarm_unmet_plain). In a
 * block it is the request's failure (the first verdict wins), in a task an error of the task that is counted at once
 * (the task goes on; require then leaves with SWARM_REQUIRED, counted already). wanted: the right side of ==, to say
 * `found 5 (number), wanted "5" (text)` when kinds differ; null: nothing to say. */
void swarm_unmet(struct swarm_strand *s, const struct swarm_place *place, const char *source, struct swarm_value found,
                 struct swarm_value wanted);
void swarm_unmet_plain(struct swarm_strand *s, const struct swarm_place *place, const char *source);
void swarm_unmet_message(struct swarm_strand *s, const struct swarm_place *place,
                         struct swarm_value message); /* else "…" */
/* --trace: what an expect or require found (null: nothing to show), and whether it was met. Called when swarm_tracing. */
extern bool swarm_tracing;
void swarm_judged(struct swarm_strand *s, const struct swarm_place *place, const char *source, struct swarm_value found,
                  bool good);
void swarm_expect_status(struct swarm_strand *s, const struct swarm_response *r); /* the implied expect status < 400 */
void swarm_fail(struct swarm_strand *s, const struct swarm_place *place,
                struct swarm_value message); /* in a block: sets the verdict; in a task: an error, sets SWARM_ERROR */
void swarm_succeed(struct swarm_strand *s);
/* require: ends the task behind the verdict. In a block: `return swarm_require_left(s);` (SWARM_CODE_NEXT); in a machine:
 * `swarm_exit_with(s, SWARM_REQUIRED); return swarm_leave(s, PAD);`. */
static inline int swarm_require_left(struct swarm_strand *s)
{
    swarm_exit_with(s, SWARM_REQUIRED);
    return SWARM_CODE_NEXT;
}
/* save whose value is missing in a block: fails the request with "NAME: … is missing" and sets SWARM_REQUIRED. */
void swarm_save_missing(struct swarm_strand *s, const struct swarm_place *place, const char *name);

#endif
