/* Host names in the libcurl engine: one exchange looks a name up, the others wait for it. */
#include "curl_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

void list_add(struct curl_list *list, struct curl_easy *easy)
{
    easy->list = list;
    easy->next = NULL;
    easy->previous = list->last;
    if (list->last) {
        list->last->next = easy;
    } else {
        list->first = easy;
    }
    list->last = easy;
}

void list_remove(struct curl_easy *easy)
{
    struct curl_list *list = easy->list;

    if (!list) {
        return;
    }
    *(easy->previous ? &easy->previous->next : &list->first) = easy->next;
    *(easy->next ? &easy->next->previous : &list->last) = easy->previous;
    easy->list = NULL;
    easy->next = easy->previous = NULL;
}

/* Addresses, and "localhost", which libcurl knows, take no look-up. */
static bool needs_look_up(struct url_part host)
{
    bool numeric = true;

    if (host.p[0] == '[' || (host.n == 9 && strncasecmp(host.p, "localhost", 9) == 0)) {
        return false;
    }
    for (size_t i = 0; i < host.n; i++) {
        numeric &= isdigit((unsigned char)host.p[i]) || host.p[i] == '.';
    }
    return !numeric;
}

static struct curl_name *name_of(struct exchange_shard *shard, struct url_part host)
{
    struct curl_name *name;

    for (size_t i = 0; i < shard->name_count; i++) {
        name = shard->names[i];
        if (strlen(name->host) == host.n && strncasecmp(name->host, host.p, host.n) == 0) {
            return name;
        }
    }
    name = memory_new(1, sizeof *name);
    name->host = memory_text(host.p, host.n);
    shard->names = memory_grow(shard->names, shard->name_count, &shard->name_capacity, sizeof(struct curl_name *));
    shard->names[shard->name_count++] = name;
    return name;
}

bool name_enter(struct curl_easy *easy)
{
    struct url_part host = easy->ex->url.host;
    struct curl_name *name;

    if (easy->pool->profile->proxy || !needs_look_up(host)) {
        return true;
    }
    name = name_of(easy->shard, host);
    if (name->known) {
        return true;
    }
    if (name->asking) {
        list_add(&name->waiting, easy);
        return false;
    }
    name->asking = easy;
    easy->name = name;
    return true;
}

void name_opened(struct curl_easy *easy)
{
    if (easy->name) {
        easy->name->known = true;
        easy->name->asking = NULL;
        easy->name = NULL;
        easy->shard->names_changed = true;
    }
}

void name_leave(struct curl_easy *easy, bool failed, struct curl_list *list)
{
    struct curl_name *name = easy->name;

    if (!name) {
        return;
    }
    easy->name = NULL;
    name->asking = NULL;
    while (failed && name->waiting.first) {
        struct curl_easy *other = name->waiting.first;

        list_remove(other);
        list_add(list, other);
    }
    easy->shard->names_changed = true;
}

struct curl_easy *name_next(struct exchange_shard *shard)
{
    if (!shard->names_changed) {
        return NULL;
    }
    for (size_t i = 0; i < shard->name_count; i++) {
        struct curl_name *name = shard->names[i];
        struct curl_easy *easy = name->waiting.first;

        if (!easy || (!name->known && name->asking)) {
            continue;
        }
        list_remove(easy);
        if (!name->known) {
            name->asking = easy;
            easy->name = name;
        }
        return easy;
    }
    shard->names_changed = false;
    return NULL;
}

void name_free_all(struct exchange_shard *shard)
{
    for (size_t i = 0; i < shard->name_count; i++) {
        free(shard->names[i]->host);
        free(shard->names[i]);
    }
    free(shard->names);
}
