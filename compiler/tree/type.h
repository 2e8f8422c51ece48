/* Types of values (language.md section 3). A type is a small value, copied freely. */
#ifndef SWARMC_TYPE_H
#define SWARMC_TYPE_H

#include <stdbool.h>
#include <stdint.h>

struct decl;

enum type_kind {
    TYPE_ERROR, /* something wrong was reported; fits everywhere, reports nothing more */
    TYPE_VOID,  /* an action without a result */
    TYPE_NULL,  /* the literal null alone */
    TYPE_BOOL,
    TYPE_INT,   /* int64_t; sizes too */
    TYPE_FLOAT, /* double; percentages too */
    TYPE_STRING,
    TYPE_DURATION, /* int64_t nanoseconds */
    TYPE_RATE,     /* double, a second */
    TYPE_LIST,     /* elements are json */
    TYPE_JSON,     /* any JSON value, or null; checked when used */
    TYPE_RANGE,    /* a..b: of `range`, INT or DURATION; only in for, sleep, wait */
    TYPE_RECORD,   /* a row of `record` (a DECL_DATA) */
    TYPE_OPAQUE,   /* of a module */
    TYPE_RESPONSE, /* the words headers, cookies, time, response, … that need a field or index */
};

struct type {
    uint8_t kind;
    uint8_t range; /* TYPE_RANGE: TYPE_INT, TYPE_FLOAT or TYPE_DURATION */
    bool optional; /* may be missing (null): headers["x"], index_of(), var c: T */
    bool secret;
    const struct decl *record;
};

/* How the generated C holds it: plain (int64_t double bool) or struct swarm_value. Optional ones are values. */
enum c_kind { C_VOID, C_BOOL, C_INT /* int64_t: int, duration */, C_FLOAT /* double: float, rate */, C_VALUE };
enum c_kind type_c(struct type type);

const char *type_text(struct type type); /* for people: "int", "text", "duration", "list", "json" … */

#endif
