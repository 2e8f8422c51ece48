/* swarm/extension.h — C of one's own in a scenario: all that such a file sees of Swarm.
 *
 *   extern "C" from "signer.c" link "crypto" {
 *     fn sign(key: string, payload: string) -> string        struct swarm_text signer_sign(struct swarm_context *context,
 *                                                                struct swarm_text key, struct swarm_text payload);
 *     action rpc(method: string, arg: json) -> json           void signer_rpc(struct swarm_ticket *ticket,
 *   }                                                             struct swarm_text method, const struct swarm_json *arg);
 *
 * A function is called as the file and its name in the scenario: swarmc writes these prototypes into signer.swarm.h, which
 * signer.c includes (it includes this header). int is int64_t, float and rate double, bool bool, duration int64_t nanoseconds, string
 * struct swarm_text, json and list const struct swarm_json *.
 *
 * A `fn` is called by the loop that runs the users: it must not wait. Its arguments are good during the call; a text that it
 * returns comes from swarm_text_new().
 *
 * An `action` runs on a thread of the pool (--pool-threads) and may take its time. Its arguments are copies that live until the ticket
 * is ended, which happens exactly once, by any thread: by the swarm_finish function of the declared result, or by
 * swarm_finish_failed(). Its time is a row, `CALL name`. One that has not begun when the user is stopped is dropped, one that runs
 * is given up at the stop timeout; it ends its ticket all the same. */
#ifndef SWARM_EXTENSION_H
#define SWARM_EXTENSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Not NUL-terminated. p is never NULL. */
struct swarm_text {
    const char *p;
    size_t n;
};

/* ---- JSON that was given: as long as the arguments ---- */

struct swarm_json;

enum swarm_json_kind {
    SWARM_JSON_NULL,
    SWARM_JSON_BOOL,
    SWARM_JSON_NUMBER,
    SWARM_JSON_STRING,
    SWARM_JSON_LIST,
    SWARM_JSON_OBJECT,
};

/* Every function takes NULL for a value that is missing, so that look-ups can be chained. */
enum swarm_json_kind swarm_json_kind(const struct swarm_json *json);
bool swarm_json_is_true(const struct swarm_json *json);
/* 0 for what is no number; a fraction is cut off, what does not fit is the nearest that does. */
int64_t swarm_json_integer(const struct swarm_json *json);
double swarm_json_number(const struct swarm_json *json);
/* Of a string its characters, of a number its digits; "" of anything else. */
struct swarm_text swarm_json_characters(const struct swarm_json *json);
/* Elements of a list, entries of an object; 0 of anything else. */
size_t swarm_json_count(const struct swarm_json *json);
/* Element or entry `index`, from 0; NULL when there is none. */
const struct swarm_json *swarm_json_at(const struct swarm_json *json, size_t index);
/* The key of an entry that came from swarm_json_at(). */
struct swarm_text swarm_json_key(const struct swarm_json *entry);
/* The entry of an object by its key (NUL-terminated), the last one of that name; NULL when there is none. */
const struct swarm_json *swarm_json_get(const struct swarm_json *json, const char *key);
/* The whole value as JSON text. */
struct swarm_text swarm_json_source(const struct swarm_json *json);

/* ---- fn ---- */

struct swarm_context;

/* A copy of n bytes that lives as long as the result of the fn. */
struct swarm_text swarm_text_new(struct swarm_context *context, const char *p, size_t n);
/* n bytes to be written by the caller. */
char *swarm_room(struct swarm_context *context, size_t n);
/* What a fn that returns json returns: of JSON text; NULL when it is none, which is an error of the task. */
const struct swarm_json *swarm_json_new(struct swarm_context *context, const char *text, size_t n);
/* An error of the task: the fn returns then, whatever it returns is not used. message is NUL-terminated. */
void swarm_context_error(struct swarm_context *context, const char *message);

/* ---- action ---- */

struct swarm_ticket;

void swarm_finish(struct swarm_ticket *ticket);                     /* of an action without a result */
void swarm_finish_int(struct swarm_ticket *ticket, int64_t value);  /* int, duration */
void swarm_finish_float(struct swarm_ticket *ticket, double value); /* float, rate */
void swarm_finish_bool(struct swarm_ticket *ticket, bool value);
void swarm_finish_text(struct swarm_ticket *ticket, const char *p, size_t n);
void swarm_finish_json(struct swarm_ticket *ticket, const char *text, size_t n); /* JSON text */
void swarm_finish_null(struct swarm_ticket *ticket);                             /* json: nothing */
/* The call has failed: counted in its row with this message, and the task ends as it does by `require`. */
void swarm_finish_failed(struct swarm_ticket *ticket, const char *message);
/* Memory that lives as long as the ticket; n bytes, zeroed. */
void *swarm_ticket_room(struct swarm_ticket *ticket, size_t n);
/* Whether the user that asked has been cut off: the answer will not be used. */
bool swarm_ticket_given_up(struct swarm_ticket *ticket);

#ifdef __cplusplus
}
#endif

#endif
