#include "resolve.h"

#include <stdio.h>
#include <string.h>

#include "../cli/cli.h"
#include "../http/plan.h"
#include "../log/log.h"
#include "shapes.h"

struct resolving {
    const struct swarm_program *program;
    const struct run_plan *plan;
    struct http_plan *http;
    const struct shapes *shapes;
};

static bool looks_up_names(const struct resolving *r, uint32_t i)
{
    const struct swarm_kind_of_user *kind = &r->program->kinds[i];
    bool runs = i == r->program->kind_count || (r->plan->only[i] && shapes_may_run(r->shapes, r->plan, i));

    return runs && kind->http.engine && !kind->http.proxy;
}

/* The index of the hooks' user is that behind the kinds. */
static uint32_t count_of(const struct swarm_program *program)
{
    return program->kind_count + (program->hook_user ? 1 : 0);
}

static bool sends_to_target(const struct resolving *r, uint32_t i)
{
    return r->program->kinds[i].needs_host && r->http->kinds[i].target.text.n && looks_up_names(r, i);
}

static void add_targets(const struct resolving *r)
{
    for (uint32_t i = 0; i < count_of(r->program); i++) {
        if (sends_to_target(r, i)) {
            name_book_add(&r->http->names, r->http->kinds[i].target.url.host);
        }
    }
}

/* True: one of the kinds that may run looks up names of its URLs. */
static bool add_origins(const struct resolving *r)
{
    bool any = false;

    for (uint32_t i = 0; i < count_of(r->program); i++) {
        any |= looks_up_names(r, i);
    }
    for (const char *const *origin = r->program->origins; any && origin && *origin; origin++) {
        const char *why;
        struct url url;

        if (url_parse(&url, *origin, strlen(*origin), &why)) {
            name_book_add(&r->http->names, url.host);
        }
    }
    return any;
}

/* NULL: it has addresses. */
static const struct name_entry *without_address(const struct resolving *r, struct url_part host)
{
    char name[NAME_LENGTH + 1];
    const struct name_entry *entry = name_of_host(host, name) ? name_book_find(&r->http->names, name) : NULL;

    return entry && entry->answer.count == 0 ? entry : NULL;
}

static bool targets_have_addresses(const struct resolving *r, const char *name)
{
    for (uint32_t i = 0; i < count_of(r->program); i++) {
        const struct name_entry *missing =
            sends_to_target(r, i) ? without_address(r, r->http->kinds[i].target.url.host) : NULL;

        if (missing) {
            fprintf(stderr, "%s: error: the target of %s has no address: %s: %s\n%s: help: %s\n", name,
                    i == r->program->kind_count ? "the hooks" : r->program->kinds[i].name, missing->host,
                    missing->answer.why, name,
                    missing->answer.unreachable ? "no name server answered; /etc/resolv.conf says which are asked"
                                                : r->http->names.resolver->advice);
            return false;
        }
    }
    return true;
}

static void warn_of_origins(const struct resolving *r)
{
    for (size_t i = 0; i < r->http->names.count; i++) {
        const struct name_entry *entry = &r->http->names.entries[i];

        if (entry->answer.count == 0) {
            log_warning("swarm.main",
                        "%s, which stands in a URL of the scenario, has no address: %s. Requests to it will fail",
                        entry->host, entry->answer.why);
        }
    }
}

bool resolve_names(const struct swarm_program *program, const struct run_plan *plan, struct http_plan *http,
                   const struct shapes *shapes, const char *name)
{
    struct resolving r = {program, plan, http, shapes};

    add_targets(&r);
    if (!add_origins(&r)) {
        return true;
    }
    name_book_fill(&http->names);
    if (!targets_have_addresses(&r, name)) {
        return false;
    }
    warn_of_origins(&r);
    return true;
}
