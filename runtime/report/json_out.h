/*
 * json_out.h - writes JSON piece by piece into a FILE, so that a document needs no memory of its size. Internal to
 * report/.
 *
 * Calls nest as the document does: json_out_object(j, key) … json_out_end(j). `key` is the member's name inside an object
 * and NULL inside an array. '<', '>' and '&' are written as escapes, so that a document can stand inside a <script>
 * element. Texts are masked (secrets) unless said otherwise, and bytes that are no UTF-8 become U+FFFD.
 */
#ifndef SWARM_JSON_OUT_H
#define SWARM_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { JSON_DEPTH = 16, JSON_LINES = 2 }; /* nesting; levels whose members stand on lines of their own */

struct json {
    FILE *out;
    int depth;
    char close[JSON_DEPTH]; /* '}' or ']' */
    bool any[JSON_DEPTH];   /* something stands in it already */
};

void json_out_start(struct json *j, FILE *out); /* the outermost object begins */
void json_out_finish(struct json *j);           /* it ends, with a line end */

void json_out_object(struct json *j, const char *key);
void json_out_array(struct json *j, const char *key);
void json_out_end(struct json *j);

void json_out_text(struct json *j, const char *key, const char *text); /* NULL: null */
void json_out_count(struct json *j, const char *key, uint64_t value);
void json_out_whole(struct json *j, const char *key, int64_t value);
void json_out_truth(struct json *j, const char *key, bool value);
void json_out_null(struct json *j, const char *key);

/* The shortest decimal that reads back as the same number; null when it is not finite. */
void json_out_real(struct json *j, const char *key, double value);
/* With at most `decimals` digits behind the point, without zeros at its end. */
void json_out_rounded(struct json *j, const char *key, double value, int decimals);

#endif
