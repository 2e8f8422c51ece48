#include "cookie.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <libpsl.h>
#include <stdlib.h>
#include <strings.h>

#include "base/memory.h"

enum { MAX_AGE = 400 * 86400 }; /* seconds a cookie may live (RFC 6265bis 5.6.1, 5.6.2) */

/* Those of a jar stand in the order in which they are sent: longer paths first, then older ones. */
struct cookie {
    int64_t expires; /* INT64_MAX: with the user */
    uint64_t used;
    uint32_t name_n, value_n, domain_n, path_n;
    bool host_only, secure;
    char text[]; /* name, value, domain in lower case, path, a NUL behind each */
};

static struct url_part name_of(const struct cookie *cookie)
{
    return (struct url_part){cookie->text, cookie->name_n};
}

static struct url_part value_of(const struct cookie *cookie)
{
    return (struct url_part){cookie->text + cookie->name_n + 1, cookie->value_n};
}

static struct url_part domain_of(const struct cookie *cookie)
{
    return (struct url_part){value_of(cookie).p + cookie->value_n + 1, cookie->domain_n};
}

static struct url_part path_of(const struct cookie *cookie)
{
    return (struct url_part){domain_of(cookie).p + cookie->domain_n + 1, cookie->path_n};
}

/* What a Set-Cookie says. */
struct said {
    struct url_part name, value, domain, path;
    bool has_expires, has_max_age, secure, host_only;
    int64_t expires, max_age;
};

/* ------------------------------------------------------------------ reading */

static struct url_part trimmed(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t')) {
        p++;
    }
    while (end > p && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }
    return (struct url_part){p, (size_t)(end - p)};
}

/* Whether a word may hold a byte below 0x20 or 0x7f ("Determine if a word has a byte less than n", Bit Twiddling Hacks). */
static bool word_may_have_control(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t del = word ^ 0x7f * ones;

    return (((word - 0x20 * ones) & ~word) | ((del - ones) & ~del)) & 0x80 * ones;
}

static bool has_control(const char *p, size_t n)
{
    uint64_t word;

    for (; n >= sizeof word; p += sizeof word, n -= sizeof word) {
        memcpy(&word, p, sizeof word);
        if (word_may_have_control(word)) {
            break;
        }
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return true;
        }
    }
    return false;
}

static const char *find_or_end(const char *p, const char *end, char c)
{
    const char *found = memchr(p, c, (size_t)(end - p));

    return found ? found : end;
}

bool cookie_name_value(const char *text, size_t n, struct url_part *name, struct url_part *value)
{
    const char *end, *equals;

    if (has_control(text, n)) {
        return false;
    }
    end = find_or_end(text, text + n, ';');
    equals = find_or_end(text, end, '=');
    if (equals == end) {
        *name = (struct url_part){text, 0}; /* "value" alone: a cookie without a name */
        *value = trimmed(text, end);
    } else {
        *name = trimmed(text, equals);
        *value = trimmed(equals + 1, end);
    }
    return (name->n || value->n) && name->n + value->n <= COOKIE_BYTES;
}

static bool is(struct url_part part, const char *word)
{
    return part.n == strlen(word) && strncasecmp(part.p, word, part.n) == 0;
}

static bool read_max_age(struct url_part part, int64_t *seconds)
{
    size_t i = part.n && part.p[0] == '-' ? 1 : 0;
    int64_t total = 0;

    if (i == part.n) {
        return false;
    }
    for (; i < part.n; i++) {
        if (!isdigit((unsigned char)part.p[i])) {
            return false;
        }
        if (total < MAX_AGE) {
            total = total * 10 + (part.p[i] - '0');
        }
    }
    *seconds = part.p[0] == '-' ? -1 : total < MAX_AGE ? total : MAX_AGE;
    return true;
}

static void read_attribute(struct said *said, struct url_part name, struct url_part value)
{
    if (value.n > COOKIE_ATTRIBUTE) {
        return;
    }
    if (is(name, "Expires")) {
        said->has_expires |= cookie_date(value.p, value.n, &said->expires);
    } else if (is(name, "Max-Age")) {
        said->has_max_age |= read_max_age(value, &said->max_age);
    } else if (is(name, "Domain")) {
        if (value.n && value.p[0] == '.') {
            value.p++;
            value.n--;
        }
        said->domain = value;
    } else if (is(name, "Path")) {
        said->path = value;
    } else if (is(name, "Secure")) {
        said->secure = true;
    }
}

static bool read_said(const char *text, size_t n, struct said *said)
{
    const char *end = text + n, *p = find_or_end(text, end, ';');

    *said = (struct said){0};
    if (!cookie_name_value(text, n, &said->name, &said->value)) {
        return false;
    }
    while (p < end) {
        const char *stop = find_or_end(++p, end, ';'), *equals = find_or_end(p, stop, '=');
        struct url_part name = trimmed(p, equals), value = {stop, 0};

        if (equals < stop) {
            value = trimmed(equals + 1, stop);
        }
        read_attribute(said, name, value);
        p = stop;
    }
    return true;
}

/* ------------------------------------------------------------------ dates */

static bool delimiter(unsigned char c)
{
    return c == 0x09 || (c >= 0x20 && c <= 0x2f) || (c >= 0x3b && c <= 0x40) || (c >= 0x5b && c <= 0x60) ||
           (c >= 0x7b && c <= 0x7e);
}

/* Digits at p, at least `least` and at most `most`; a further digit is an error. *after: behind them. -1:
 * none. */
static int digits(const char *p, const char *end, int least, int most, const char **after)
{
    int value = 0, count = 0;

    for (; p < end && isdigit((unsigned char)*p); p++) {
        if (++count > most) {
            return -1;
        }
        value = value * 10 + (*p - '0');
    }
    *after = p;
    return count >= least ? value : -1;
}

static bool read_time(const char *p, const char *end, int time[3])
{
    int read[3];

    for (int i = 0; i < 3; i++) {
        read[i] = digits(p, end, 1, 2, &p);
        if (read[i] < 0 || (i < 2 && (p == end || *p++ != ':'))) {
            return false;
        }
    }
    memcpy(time, read, sizeof read);
    return true;
}

static int read_month(const char *p, const char *end)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

    for (int i = 0; end - p >= 3 && i < 12; i++) {
        if (strncasecmp(p, names + 3 * i, 3) == 0) {
            return i + 1;
        }
    }
    return 0;
}

/* Days from 1970-01-01 of a date of the Gregorian calendar (H. Hinnant, days_from_civil). */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
    int64_t in_era = y - era * 400, in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static int days_in(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

bool cookie_date(const char *text, size_t n, int64_t *seconds)
{
    const char *p = text, *end = text + n, *after;
    int time[3] = {-1, -1, -1}, day = -1, month = 0, year = -1, number;

    while (p < end) {
        const char *token = p, *stop;

        if (delimiter((unsigned char)*p)) {
            p++;
            continue;
        }
        while (p < end && !delimiter((unsigned char)*p)) {
            p++;
        }
        stop = p;
        if (time[0] < 0 && read_time(token, stop, time)) {
            continue;
        }
        number = digits(token, stop, 1, 2, &after);
        if (day < 0 && number >= 0) {
            day = number;
            continue;
        }
        if (!month && (month = read_month(token, stop))) {
            continue;
        }
        number = digits(token, stop, 2, 4, &after);
        if (year < 0 && number >= 0) {
            year = number;
        }
    }
    if (year >= 70 && year <= 99) {
        year += 1900;
    } else if (year >= 0 && year <= 69) {
        year += 2000;
    }
    if (time[2] < 0 || day < 1 || !month || year < 1601 || day > days_in(year, month) || time[0] > 23 || time[1] > 59 ||
        time[2] > 59) {
        return false;
    }
    *seconds = days_of(year, month, day) * 86400 + time[0] * 3600 + time[1] * 60 + time[2];
    return true;
}

/* ------------------------------------------------------------------ matching */

/* An IP address, whose parts are no domains. */
static bool is_address(struct url_part host)
{
    struct in_addr address;
    char text[INET_ADDRSTRLEN];

    if (host.n && host.p[0] == '[') {
        return true;
    }
    if (host.n >= sizeof text) {
        return false;
    }
    memcpy(text, host.p, host.n);
    text[host.n] = '\0';
    return inet_pton(AF_INET, text, &address) == 1;
}

static bool same(struct url_part a, struct url_part b)
{
    return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

static bool same_host(struct url_part a, struct url_part b)
{
    return a.n == b.n && (memcmp(a.p, b.p, a.n) == 0 || strncasecmp(a.p, b.p, a.n) == 0);
}

/* RFC 6265bis 5.1.3 */
static bool domain_matches(struct url_part host, struct url_part domain)
{
    if (same_host(host, domain)) {
        return true;
    }
    return host.n > domain.n && host.p[host.n - domain.n - 1] == '.' &&
           strncasecmp(host.p + host.n - domain.n, domain.p, domain.n) == 0 && !is_address(host);
}

/* RFC 6265bis 5.1.4 */
static bool path_matches(struct url_part request, struct url_part path)
{
    if (!request.n) {
        request = (struct url_part){"/", 1};
    }
    return request.n >= path.n && memcmp(request.p, path.p, path.n) == 0 &&
           (request.n == path.n || path.p[path.n - 1] == '/' || request.p[path.n] == '/');
}

static bool goes_to(const struct cookie *cookie, const struct url *url, int64_t now)
{
    if (cookie->expires <= now || (cookie->secure && !url->https) || !path_matches(url->path, path_of(cookie))) {
        return false;
    }
    return cookie->host_only ? same_host(url->host, domain_of(cookie)) : domain_matches(url->host, domain_of(cookie));
}

/* ------------------------------------------------------------------ storing */

static void drop(struct cookie_jar *jar, size_t index)
{
    free(jar->items[index]);
    memmove(&jar->items[index], &jar->items[index + 1], (--jar->count - index) * sizeof(struct cookie *));
}

static void drop_expired(struct cookie_jar *jar, int64_t now)
{
    for (size_t i = jar->count; i-- > 0;) {
        if (jar->items[i]->expires <= now) {
            drop(jar, i);
        }
    }
}

/* Makes room for one more of a domain: the one used longest ago goes. */
static void make_room(struct cookie_jar *jar, struct url_part domain)
{
    size_t oldest = 0, oldest_there = SIZE_MAX, there = 0;

    for (size_t i = 0; i < jar->count; i++) {
        if (jar->items[i]->used < jar->items[oldest]->used) {
            oldest = i;
        }
        if (same_host(domain_of(jar->items[i]), domain)) {
            there++;
            if (oldest_there == SIZE_MAX || jar->items[i]->used < jar->items[oldest_there]->used) {
                oldest_there = i;
            }
        }
    }
    if (there >= COOKIES_A_DOMAIN) {
        drop(jar, oldest_there);
    } else if (jar->count >= COOKIES_A_JAR) {
        drop(jar, oldest);
    }
}

static uint32_t put(char **to, struct url_part part)
{
    memcpy(*to, part.p, part.n);
    (*to)[part.n] = '\0';
    *to += part.n + 1;
    return (uint32_t)part.n;
}

static struct cookie *make(const struct said *said)
{
    struct cookie *cookie =
        memory_new(1, sizeof *cookie + said->name.n + said->value.n + said->domain.n + said->path.n + 4);
    char *to = cookie->text, *domain;

    cookie->name_n = put(&to, said->name);
    cookie->value_n = put(&to, said->value);
    domain = to;
    cookie->domain_n = put(&to, said->domain);
    cookie->path_n = put(&to, said->path);
    for (uint32_t i = 0; i < cookie->domain_n; i++) {
        domain[i] = (char)tolower((unsigned char)domain[i]);
    }
    return cookie;
}

static struct url_part default_path(const struct url *url)
{
    size_t n = url->path.n;

    while (n > 1 && url->path.p[n - 1] != '/') {
        n--;
    }
    if (n < 2) {
        return (struct url_part){"/", 1};
    }
    return (struct url_part){url->path.p, n - 1};
}

static bool is_public_suffix(struct url_part domain)
{
    const psl_ctx_t *psl = psl_builtin();
    char lower[COOKIE_ATTRIBUTE + 1];

    for (size_t i = 0; i < domain.n; i++) {
        lower[i] = (char)tolower((unsigned char)domain.p[i]);
    }
    lower[domain.n] = '\0';
    return psl && psl_is_public_suffix(psl, lower);
}

/* The domain that a cookie is for; false: the host may not set it. */
static bool settle_domain(struct said *said, struct url_part host)
{
    said->host_only = true;
    if (!said->domain.n) {
        said->domain = host;
        return true;
    }
    if (!domain_matches(host, said->domain)) {
        return false;
    }
    if (is_address(host)) {
        return true;
    }
    if (!memchr(said->domain.p, '.', said->domain.n) ||
        is_public_suffix(said->domain)) {     /* "localhost", "com", "co.uk" */
        return same_host(said->domain, host); /* then for that host alone */
    }
    said->host_only = false;
    return true;
}

/* `domain_said`: Domain was said; `path_said`: Path. */
static bool prefix_allows(const struct said *said, const struct url *url, bool domain_said, bool path_said)
{
    if (!said->name.n && ((said->value.n >= 9 && strncasecmp(said->value.p, "__Secure-", 9) == 0) ||
                          (said->value.n >= 7 && strncasecmp(said->value.p, "__Host-", 7) == 0))) {
        return false; /* it would be sent as if it had the name */
    }
    if (said->name.n >= 9 && strncasecmp(said->name.p, "__Secure-", 9) == 0) {
        return said->secure && url->https;
    }
    if (said->name.n >= 7 && strncasecmp(said->name.p, "__Host-", 7) == 0) {
        return said->secure && url->https && said->host_only && !domain_said && path_said && said->path.n == 1;
    }
    return true;
}

static size_t find(const struct cookie_jar *jar, const struct said *said)
{
    for (size_t i = 0; i < jar->count; i++) {
        const struct cookie *cookie = jar->items[i];

        if (cookie->host_only == said->host_only && same(name_of(cookie), said->name) &&
            same(path_of(cookie), said->path) && same_host(domain_of(cookie), said->domain)) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* A cookie without Secure must not cover one with it (RFC 6265bis 5.7, step 9). */
static bool covers_secure(const struct cookie_jar *jar, const struct said *said)
{
    for (size_t i = 0; i < jar->count; i++) {
        const struct cookie *other = jar->items[i];

        if (other->secure && same(name_of(other), said->name) &&
            (domain_matches(domain_of(other), said->domain) || domain_matches(said->domain, domain_of(other))) &&
            path_matches(said->path, path_of(other))) {
            return true;
        }
    }
    return false;
}

/* Of the same name, domain and path as one of the jar, whose place it takes. */
static void replace(struct cookie **place, const struct said *said)
{
    if ((*place)->value_n != said->value.n) {
        free(*place);
        *place = make(said);
        return;
    }
    memcpy((*place)->text + (*place)->name_n + 1, said->value.p, said->value.n);
}

/* Behind those of paths as long. */
static struct cookie **insert(struct cookie_jar *jar, const struct said *said)
{
    size_t at = jar->count;

    jar->items = memory_grow(jar->items, jar->count, &jar->capacity, sizeof(struct cookie *));
    while (at > 0 && jar->items[at - 1]->path_n < said->path.n) {
        at--;
    }
    memmove(&jar->items[at + 1], &jar->items[at], (jar->count++ - at) * sizeof(struct cookie *));
    jar->items[at] = make(said);
    return &jar->items[at];
}

static int64_t expiry(const struct said *said, int64_t now)
{
    if (said->has_max_age) {
        return said->max_age <= 0 ? INT64_MIN : now + said->max_age;
    }
    if (said->has_expires) {
        return said->expires > now + MAX_AGE ? now + MAX_AGE : said->expires;
    }
    return INT64_MAX;
}

static void put_in(struct cookie_jar *jar, const struct said *said, int64_t now)
{
    size_t index = find(jar, said);
    int64_t expires = expiry(said, now);
    struct cookie **place;

    if (expires <= now) {
        if (index != SIZE_MAX) {
            drop(jar, index);
        }
        return;
    }
    if (index != SIZE_MAX) {
        place = &jar->items[index];
        replace(place, said);
    } else {
        make_room(jar, said->domain);
        place = insert(jar, said);
    }
    (*place)->expires = expires;
    (*place)->secure = said->secure;
    (*place)->host_only = said->host_only;
    (*place)->used = ++jar->clock;
}

bool cookie_store(struct cookie_jar *jar, const struct url *url, const char *text, size_t n, int64_t now)
{
    struct said said;
    bool domain_said, path_said;

    if (!read_said(text, n, &said)) {
        return false;
    }
    domain_said = said.domain.n > 0;
    path_said = said.path.n > 0;
    if (!path_said || said.path.p[0] != '/') {
        said.path = default_path(url);
    }
    if (!settle_domain(&said, url->host) || (said.secure && !url->https) ||
        !prefix_allows(&said, url, domain_said, path_said)) {
        return false;
    }
    drop_expired(jar, now);
    if (!said.secure && !url->https && covers_secure(jar, &said)) {
        return false;
    }
    put_in(jar, &said, now);
    return true;
}

/* ------------------------------------------------------------------ sending */

static bool is_among(const struct fields *fields, const struct cookie *cookie)
{
    return fields && fields->count && fields_find(fields, cookie->text);
}

void cookie_write(struct cookie_jar *jar, const struct url *url, int64_t now, const struct fields *without,
                  const struct fields *without_too, struct bytes *out)
{
    for (size_t i = 0; i < jar->count; i++) {
        struct cookie *cookie = jar->items[i];
        struct url_part value = value_of(cookie);

        if (!goes_to(cookie, url, now) || is_among(without, cookie) || is_among(without_too, cookie)) {
            continue;
        }
        cookie->used = ++jar->clock;
        if (out->n) {
            bytes_add(out, "; ", 2);
        }
        if (cookie->name_n) {
            bytes_add(out, cookie->text, cookie->name_n);
            bytes_add_char(out, '=');
        }
        bytes_add(out, value.p, value.n);
    }
}

const char *cookie_value(struct cookie_jar *jar, const struct url *url, int64_t now, const char *name, size_t n)
{
    for (size_t i = 0; i < jar->count; i++) {
        const struct cookie *cookie = jar->items[i];

        if (same(name_of(cookie), (struct url_part){name, n}) && goes_to(cookie, url, now)) {
            return value_of(cookie).p;
        }
    }
    return NULL;
}

void cookie_jar_free(struct cookie_jar *jar)
{
    for (size_t i = 0; i < jar->count; i++) {
        free(jar->items[i]);
    }
    free(jar->items);
    *jar = (struct cookie_jar){0};
}
