/* Filtering by tags, as Locust does it: a choice has the tags of itself and of everything around it; it stays when it has one of
 * --tags (if there are any) and none of --exclude-tags. A `tasks` group stays when something in it stays; journeys and chains are
 * one choice each: their steps and tasks are not looked at. */
#include "tags.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../log/log.h"

/* Tags of the groups around, innermost first. */
struct around {
    const char *const *tags;
    const struct around *outer;
};

static bool has_tag(const char *const *tags, const char *tag)
{
    for (; tags && *tags; tags++) {
        if (strcmp(*tags, tag) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_one_of(const struct around *at, const struct run_tags *wanted)
{
    for (; at; at = at->outer) {
        for (size_t i = 0; i < wanted->count; i++) {
            if (has_tag(at->tags, wanted->items[i])) {
                return true;
            }
        }
    }
    return false;
}

static bool stays(const struct run_plan *plan, const struct around *at)
{
    return (plan->tags.count == 0 || has_one_of(at, &plan->tags)) && !has_one_of(at, &plan->exclude_tags);
}

/* How many of the group's entries with a weight are left. */
static uint32_t filter_group(const struct run_plan *plan, const struct swarm_group *group, const struct around *outer)
{
    uint32_t left = 0;

    for (uint32_t i = 0; i < group->entry_count; i++) {
        struct swarm_entry *entry = &group->entries[i];
        struct around here = {entry->tags, outer};
        bool keep;

        if (entry->group && entry->group->kind == SWARM_GROUP_TASKS) {
            keep = filter_group(plan, entry->group, &here) > 0;
        } else {
            keep = stays(plan, &here);
        }
        if (!keep) {
            entry->weight = 0;
        }
        left += entry->weight > 0;
    }
    return left;
}

static bool group_knows(const struct swarm_group *group, const char *tag)
{
    for (uint32_t i = 0; i < group->entry_count; i++) {
        const struct swarm_entry *entry = &group->entries[i];

        if (has_tag(entry->tags, tag) || (entry->group && group_knows(entry->group, tag))) {
            return true;
        }
    }
    return false;
}

static void note_unknown(const struct swarm_program *program, const struct run_tags *tags)
{
    for (size_t i = 0; i < tags->count; i++) {
        bool known = false;

        for (uint32_t k = 0; k < program->kind_count; k++) {
            known |= group_knows(program->kinds[k].group, tags->items[i]);
        }
        if (!known) {
            log_warning("swarm.main", "No task or group of %s has the tag %s", program->source, tags->items[i]);
        }
    }
}

bool tags_filter(const struct swarm_program *program, struct run_plan *plan, const char *name)
{
    bool any = false, before = false;

    if (plan->tags.count == 0 && plan->exclude_tags.count == 0) {
        return true;
    }
    note_unknown(program, &plan->tags);
    note_unknown(program, &plan->exclude_tags);
    for (uint32_t i = 0; i < program->kind_count; i++) {
        const struct swarm_kind_of_user *kind = &program->kinds[i];

        if (!plan->only[i]) {
            continue;
        }
        before = true;
        if (kind->group->entry_count > 0 && filter_group(plan, kind->group, NULL) == 0) {
            plan->only[i] = false;
            log_info("swarm.main", "%s does not run: nothing in it is left by the tags; the others get its share",
                     kind->name);
        }
        any |= plan->only[i];
    }
    if (before && !any) {
        fprintf(stderr, "%s: error: the tags leave nothing to do: no task of any user is left\n", name);
        return false;
    }
    return true;
}
