#include "cookie.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <libpsl.h>
#include <stdlib.h>
#include <strings.h>

#include "log/memory.h"

enum { MAX_AGE = 400 * 86400 }; /* seconds a cookie may live (RFC 6265bis 5.6.1, 5.6.2) */

struct cookie {
    char *name, *value, *domain, *path; /* all in the one block behind the struct; domain in lower case */
    int64_t expires;                    /* INT64_MAX: with the user */
    uint64_t created, used;
    bool host_only, secure;
    char text[];
};

/* What a Set-Cookie says. */
struct said {
    struct url_part name, value, domain, path;
    bool has_expires, has_max_age, secure, http_only;
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

static bool has_control(const char *p, size_t n)
{
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
    if (time[2] < 0 || day < 1 || !month || year < 1601 || day > days_in(year, month) || time[0] > 23 ||
        time[1] > 59 || time[2] > 59) {
        return false;
    }
    *seconds = days_of(year, month, day) * 86400 + time[0] * 3600 + time[1] * 60 + time[2];
    return true;
}

/* ------------------------------------------------------------------ matching */

static bool is_address(const char *host)
{
    struct in_addr address;

    return host[0] == '[' || inet_pton(AF_INET, host, &address) == 1;
}

/* RFC 6265bis 5.1.3; both in lower case. */
static bool domain_matches(const char *host, const char *domain)
{
    size_t host_n = strlen(host), domain_n = strlen(domain);

    if (strcmp(host, domain) == 0) {
        return true;
    }
    return host_n > domain_n && host[host_n - domain_n - 1] == '.' &&
           strcmp(host + host_n - domain_n, domain) == 0 && !is_address(host);
}

/* RFC 6265bis 5.1.4 */
static bool path_matches(struct url_part request, const char *path)
{
    size_t n = strlen(path);

    if (!request.n) {
        request = (struct url_part){"/", 1};
    }
    return request.n >= n && memcmp(request.p, path, n) == 0 &&
           (request.n == n || path[n - 1] == '/' || request.p[n] == '/');
}

static void lower_host(const struct url *url, struct bytes *host)
{
    for (size_t i = 0; i < url->host.n; i++) {
        bytes_add_char(host, (char)tolower((unsigned char)url->host.p[i]));
    }
}

static bool goes_to(const struct cookie *cookie, const struct url *url, const char *host, int64_t now)
{
    bool domain =
        cookie->host_only ? strcmp(host, cookie->domain) == 0 : domain_matches(host, cookie->domain);

    return domain && cookie->expires > now && path_matches(url->path, cookie->path) &&
           (!cookie->secure || url->https);
}

/* ------------------------------------------------------------------ storing */

static void drop(struct cookie_jar *jar, size_t index)
{
    free(jar->items[index]);
    memmove(&jar->items[index], &jar->items[index + 1], (--jar->count - index) * sizeof(struct cookie *));
}

/* Makes room for one more of a domain: what has expired goes first, then the one used longest ago. */
static void make_room(struct cookie_jar *jar, const char *domain, int64_t now)
{
    size_t oldest = 0, oldest_there = SIZE_MAX, there = 0;

    for (size_t i = jar->count; i-- > 0;) {
        if (jar->items[i]->expires <= now) {
            drop(jar, i);
        }
    }
    for (size_t i = 0; i < jar->count; i++) {
        if (jar->items[i]->used < jar->items[oldest]->used) {
            oldest = i;
        }
        if (strcmp(jar->items[i]->domain, domain) == 0) {
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

static char *put(char **to, const char *p, size_t n)
{
    char *text = *to;

    if (n) {
        memcpy(text, p, n);
    }
    text[n] = '\0';
    *to += n + 1;
    return text;
}

static struct cookie *make(const struct said *said, const char *domain, struct url_part path)
{
    size_t domain_n = strlen(domain);
    struct cookie *cookie =
        memory_new(1, sizeof *cookie + said->name.n + said->value.n + domain_n + path.n + 4);
    char *to = cookie->text;

    cookie->name = put(&to, said->name.p, said->name.n);
    cookie->value = put(&to, said->value.p, said->value.n);
    cookie->domain = put(&to, domain, domain_n);
    cookie->path = put(&to, path.p, path.n);
    cookie->secure = said->secure;
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

/* The domain that a cookie is for, in lower case, in `domain`; false: the host may not set it. */
static bool settle_domain(const struct said *said, const char *host, struct bytes *domain, bool *host_only)
{
    const psl_ctx_t *psl = psl_builtin();

    *host_only = true;
    for (size_t i = 0; i < said->domain.n; i++) {
        bytes_add_char(domain, (char)tolower((unsigned char)said->domain.p[i]));
    }
    if (!domain->n) {
        bytes_add_text(domain, host);
        return true;
    }
    if (!domain_matches(host, domain->p)) {
        return false;
    }
    if (is_address(host)) {
        return true;
    }
    if (psl && strchr(domain->p, '.') && psl_is_public_suffix(psl, domain->p)) {
        return strcmp(domain->p, host) == 0; /* then for that host alone */
    }
    if (!strchr(domain->p, '.')) {
        return strcmp(domain->p, host) == 0; /* "localhost", "com" */
    }
    *host_only = false;
    return true;
}

static bool prefix_allows(const struct said *said, const struct url *url, bool host_only,
                          struct url_part path)
{
    if (!said->name.n && ((said->value.n >= 9 && strncasecmp(said->value.p, "__Secure-", 9) == 0) ||
                          (said->value.n >= 7 && strncasecmp(said->value.p, "__Host-", 7) == 0))) {
        return false; /* it would be sent as if it had the name */
    }
    if (said->name.n >= 9 && strncasecmp(said->name.p, "__Secure-", 9) == 0) {
        return said->secure && url->https;
    }
    if (said->name.n >= 7 && strncasecmp(said->name.p, "__Host-", 7) == 0) {
        return said->secure && url->https && host_only && !said->domain.n && said->path.n && path.n == 1;
    }
    return true;
}

static size_t find(const struct cookie_jar *jar, const struct cookie *like)
{
    for (size_t i = 0; i < jar->count; i++) {
        const struct cookie *cookie = jar->items[i];

        if (strcmp(cookie->name, like->name) == 0 && strcmp(cookie->domain, like->domain) == 0 &&
            cookie->host_only == like->host_only && strcmp(cookie->path, like->path) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* A cookie without Secure must not cover one with it (RFC 6265bis 5.7, step 9). */
static bool covers_secure(const struct cookie_jar *jar, const struct cookie *cookie)
{
    for (size_t i = 0; i < jar->count; i++) {
        const struct cookie *other = jar->items[i];

        if (other->secure && strcmp(other->name, cookie->name) == 0 &&
            (domain_matches(other->domain, cookie->domain) ||
             domain_matches(cookie->domain, other->domain)) &&
            path_matches((struct url_part){cookie->path, strlen(cookie->path)}, other->path)) {
            return true;
        }
    }
    return false;
}

static void insert(struct cookie_jar *jar, struct cookie *cookie, int64_t now)
{
    size_t index = find(jar, cookie);

    cookie->created = cookie->used = ++jar->clock;
    if (index != SIZE_MAX) {
        cookie->created = jar->items[index]->created;
        drop(jar, index);
    }
    if (cookie->expires <= now) {
        free(cookie);
        return;
    }
    make_room(jar, cookie->domain, now);
    jar->items = memory_grow(jar->items, jar->count, &jar->capacity, sizeof(struct cookie *));
    jar->items[jar->count++] = cookie;
}

bool cookie_store(struct cookie_jar *jar, const struct url *url, const char *text, size_t n, int64_t now)
{
    struct bytes host = {0}, domain = {0};
    struct cookie *cookie = NULL;
    struct url_part path;
    struct said said;
    bool host_only, stored = false;

    if (!read_said(text, n, &said)) {
        return false;
    }
    lower_host(url, &host);
    path = said.path.n && said.path.p[0] == '/' ? said.path : default_path(url);
    if (!settle_domain(&said, host.p, &domain, &host_only) || (said.secure && !url->https) ||
        !prefix_allows(&said, url, host_only, path)) {
        goto cleanup;
    }
    cookie = make(&said, domain.p, path);
    cookie->host_only = host_only;
    cookie->expires = INT64_MAX;
    if (said.has_max_age) {
        cookie->expires = said.max_age <= 0 ? INT64_MIN : now + said.max_age;
    } else if (said.has_expires) {
        cookie->expires = said.expires > now + MAX_AGE ? now + MAX_AGE : said.expires;
    }
    if (!said.secure && !url->https && covers_secure(jar, cookie)) {
        free(cookie);
        goto cleanup;
    }
    insert(jar, cookie, now);
    stored = true;

cleanup:
    bytes_free(&domain);
    bytes_free(&host);
    return stored;
}

/* ------------------------------------------------------------------ sending */

static int order(const void *a, const void *b)
{
    const struct cookie *one = *(struct cookie *const *)a, *two = *(struct cookie *const *)b;
    size_t one_n = strlen(one->path), two_n = strlen(two->path);

    if (one_n != two_n) {
        return one_n > two_n ? -1 : 1;
    }
    return one->created < two->created ? -1 : 1;
}

/* The cookies that go to url, in order; `found` has room for all. */
static size_t select_for(struct cookie_jar *jar, const struct url *url, int64_t now, struct cookie **found)
{
    struct bytes host = {0};
    size_t count = 0;

    lower_host(url, &host);
    for (size_t i = 0; i < jar->count; i++) {
        if (goes_to(jar->items[i], url, bytes_text(&host), now)) {
            found[count++] = jar->items[i];
        }
    }
    bytes_free(&host);
    if (count > 1) {
        qsort(found, count, sizeof *found, order);
    }
    return count;
}

void cookie_write(struct cookie_jar *jar, const struct url *url, int64_t now, const struct fields *without,
                  const struct fields *without_too, struct bytes *out)
{
    struct cookie *found[COOKIES_A_JAR];
    size_t count;

    if (!jar->count) {
        return;
    }
    count = select_for(jar, url, now, found);
    for (size_t i = 0; i < count; i++) {
        if ((without && fields_find(without, found[i]->name)) ||
            (without_too && fields_find(without_too, found[i]->name))) {
            continue;
        }
        found[i]->used = ++jar->clock;
        if (out->n) {
            bytes_add_text(out, "; ");
        }
        if (found[i]->name[0]) {
            bytes_add_text(out, found[i]->name);
            bytes_add_char(out, '=');
        }
        bytes_add_text(out, found[i]->value);
    }
}

const char *cookie_value(struct cookie_jar *jar, const struct url *url, int64_t now, const char *name,
                         size_t n)
{
    struct cookie *found[COOKIES_A_JAR];
    size_t count = jar->count ? select_for(jar, url, now, found) : 0;

    for (size_t i = 0; i < count; i++) {
        if (strlen(found[i]->name) == n && memcmp(found[i]->name, name, n) == 0) {
            return found[i]->value;
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
