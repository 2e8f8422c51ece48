/* Built-in functions of the language as C (see compiler/check/builtins.def, which names them). Included by swarm/program.h.
 * Each takes the strand (errors, arena, random numbers) and the place of the call. A result that may be missing and an
 * optional argument are struct swarm_value, null when missing. Texts and lists that are made live in the arena. */
#ifndef SWARM_FUNCTIONS_H
#define SWARM_FUNCTIONS_H

/* clang-format off */
int64_t swarm_fn_random_int(struct swarm_strand *s, const struct swarm_place *place, int64_t a, int64_t b); /* a whole number from a to b, both included */
double swarm_fn_random_float(struct swarm_strand *s, const struct swarm_place *place, double a, double b); /* a number from a up to, but not, b */
int64_t swarm_fn_random_duration(struct swarm_strand *s, const struct swarm_place *place, int64_t a, int64_t b); /* a duration from a up to, but not, b */
struct swarm_value swarm_fn_pick(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* one element by chance; missing when there is none */
int64_t swarm_fn_gauss_duration(struct swarm_strand *s, const struct swarm_place *place, int64_t a, int64_t b); /* normally distributed duration: mean, standard deviation */
double swarm_fn_gauss(struct swarm_strand *s, const struct swarm_place *place, double a, double b); /* normally distributed number: mean, standard deviation */
int64_t swarm_fn_exponential_duration(struct swarm_strand *s, const struct swarm_place *place, int64_t a); /* exponentially distributed duration with this mean */
double swarm_fn_exponential(struct swarm_strand *s, const struct swarm_place *place, double a); /* exponentially distributed number with this mean */
struct swarm_value swarm_fn_uuid(struct swarm_strand *s, const struct swarm_place *place); /* a random UUID (version 4) */
int64_t swarm_fn_timestamp(struct swarm_strand *s, const struct swarm_place *place); /* seconds since 1970 */
/* clang-format on */
int64_t swarm_fn_timestamp_ms(struct swarm_strand *s, const struct swarm_place *place); /* milliseconds since 1970 */
/* clang-format off */
struct swarm_value swarm_fn_format_time(struct swarm_strand *s, const struct swarm_place *place, int64_t a, struct swarm_value b); /* a time in seconds since 1970 as text (UTC), strftime's letters */
struct swarm_value swarm_fn_format_time_float(struct swarm_strand *s, const struct swarm_place *place, double a, struct swarm_value b); /* a time in seconds since 1970 as text (UTC), strftime's letters */
struct swarm_value swarm_fn_env(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a, struct swarm_value b); /* an environment variable, or the default */
int64_t swarm_fn_len(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* code points of a text, elements of a list, entries of an object */
int64_t swarm_fn_min_int(struct swarm_strand *s, const struct swarm_place *place, int64_t a, int64_t b); /* the smaller of two */
double swarm_fn_min_float(struct swarm_strand *s, const struct swarm_place *place, double a, double b); /* the smaller of two */
struct swarm_value swarm_fn_min_value(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a, struct swarm_value b); /* the smaller of two numbers */
struct swarm_value swarm_fn_min_list(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* the smallest number of a list */
int64_t swarm_fn_max_int(struct swarm_strand *s, const struct swarm_place *place, int64_t a, int64_t b); /* the larger of two */
double swarm_fn_max_float(struct swarm_strand *s, const struct swarm_place *place, double a, double b); /* the larger of two */
struct swarm_value swarm_fn_max_value(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a, struct swarm_value b); /* the larger of two numbers */
struct swarm_value swarm_fn_max_list(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* the largest number of a list */
struct swarm_value swarm_fn_sum(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* the sum of a list of numbers */
/* clang-format on */
int64_t swarm_fn_abs_int(struct swarm_strand *s, const struct swarm_place *place, int64_t a); /* without its sign */
double swarm_fn_abs_float(struct swarm_strand *s, const struct swarm_place *place, double a); /* without its sign */
struct swarm_value swarm_fn_abs_value(struct swarm_strand *s, const struct swarm_place *place,
                                      struct swarm_value a); /* a number without its sign */
int64_t swarm_fn_floor(struct swarm_strand *s, const struct swarm_place *place,
                       double a); /* the next whole number below */
int64_t swarm_fn_ceil(struct swarm_strand *s, const struct swarm_place *place,
                      double a); /* the next whole number above */
int64_t swarm_fn_round(struct swarm_strand *s, const struct swarm_place *place,
                       double a); /* the nearest whole number, halves away from zero */
double swarm_fn_pow(struct swarm_strand *s, const struct swarm_place *place, double a,
                    double b);                                                           /* a to the power of b */
double swarm_fn_exp(struct swarm_strand *s, const struct swarm_place *place, double a);  /* e to the power of x */
double swarm_fn_ln(struct swarm_strand *s, const struct swarm_place *place, double a);   /* natural logarithm */
double swarm_fn_sqrt(struct swarm_strand *s, const struct swarm_place *place, double a); /* square root */
/* clang-format off */
double swarm_fn_sin(struct swarm_strand *s, const struct swarm_place *place, double a); /* sine of radians */
double swarm_fn_cos(struct swarm_strand *s, const struct swarm_place *place, double a); /* cosine of radians */
struct swarm_value swarm_fn_lower(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* in lower case */
struct swarm_value swarm_fn_upper(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* in upper case */
struct swarm_value swarm_fn_trim(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* without white space at both ends */
struct swarm_value swarm_fn_split(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a, struct swarm_value b); /* the pieces between a separator */
struct swarm_value swarm_fn_join(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a, struct swarm_value b); /* the elements in one text with a separator between */
struct swarm_value swarm_fn_replace(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a, struct swarm_value b, struct swarm_value c); /* every occurrence replaced */
struct swarm_value swarm_fn_slice(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a, int64_t b, struct swarm_value c); /* from code point a up to, but not, b (to the end without b) */
struct swarm_value swarm_fn_slice_list(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a, int64_t b, struct swarm_value c); /* elements from a up to, but not, b */
struct swarm_value swarm_fn_slice_value(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a, int64_t b, struct swarm_value c); /* a part of a text or list */
bool swarm_fn_starts_with(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a, struct swarm_value b); /* whether a text begins with another */
bool swarm_fn_ends_with(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a, struct swarm_value b); /* whether a text ends with another */
struct swarm_value swarm_fn_append(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a, struct swarm_value b); /* a list with one element more */
struct swarm_value swarm_fn_sort(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* a list in rising order (numbers, or texts) */
struct swarm_value swarm_fn_keys(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* the keys of an object, in order */
struct swarm_value swarm_fn_index_of(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a, struct swarm_value b); /* the place of an element, from 0; missing when absent */
struct swarm_value swarm_fn_index_of_text(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a, struct swarm_value b); /* the place of a text in another, in code points; missing when absent */
struct swarm_value swarm_fn_index_of_value(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a, struct swarm_value b); /* the place in a list or text; missing when absent */
struct swarm_value swarm_fn_base64(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* base64 of the bytes */
struct swarm_value swarm_fn_unbase64(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* the bytes of a base64 text */
struct swarm_value swarm_fn_hex(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* the bytes as lower-case hexadecimal digits */
struct swarm_value swarm_fn_sha256(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* SHA-256, lower-case hexadecimal */
struct swarm_value swarm_fn_hmac_sha256(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a, struct swarm_value b); /* HMAC-SHA-256 of a key and a text, lower-case hexadecimal */
struct swarm_value swarm_fn_md5(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* MD5, lower-case hexadecimal */
struct swarm_value swarm_fn_urlencode(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* percent-encoded as a component of a URL */
struct swarm_value swarm_fn_raw(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* in a URL: taken as it is, not encoded */
struct swarm_value swarm_fn_to_json(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* the value as JSON text */
struct swarm_value swarm_fn_parse_json(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* the value of a JSON text */
int64_t swarm_fn_int(struct swarm_strand *s, const struct swarm_place *place, int64_t a); /* a whole number of a number or text */
int64_t swarm_fn_int_value(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* a whole number of a number or text */
double swarm_fn_float(struct swarm_strand *s, const struct swarm_place *place, double a); /* a number of a number or text */
double swarm_fn_float_value(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* a number of a number or text */
struct swarm_value swarm_fn_string(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a); /* the value as text, as ${} writes it */
/* clang-format on */

#endif
