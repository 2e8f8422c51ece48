#include "ratio.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "../base/memory.h"
#include "../cli/cli.h"

enum { CHAIN_STEPS = 4000 }; /* of a walk through a chain: shares are then right to a tenth of a percent */

/* ---- equal weights ---- */

static void equal_group(const struct swarm_group *group)
{
    for (uint32_t i = 0; i < group->entry_count; i++) {
        struct swarm_entry *entry = &group->entries[i];

        if (group->kind != SWARM_GROUP_CHAIN && entry->weight > 0) {
            entry->weight = 1;
        }
        if (entry->group) {
            equal_group(entry->group);
        }
    }
}

void ratio_equal_weights(const struct swarm_program *program)
{
    for (uint32_t i = 0; i < program->kind_count; i++) {
        struct swarm_kind_of_user *kind = &program->kinds[i];

        if (kind->weight > 0) {
            kind->weight = 1;
        }
        equal_group(kind->group);
    }
}

/* ---- shares ---- */

static void chain_step(const struct swarm_group *group, const double *at, double *next)
{
    for (uint32_t i = 0; i < group->entry_count; i++) {
        next[i] = 0;
    }
    for (uint32_t i = 0; i < group->entry_count; i++) {
        const struct swarm_entry *entry = &group->entries[i];
        double total = 0;

        for (uint32_t k = 0; k < entry->edge_count; k++) {
            total += (double)entry->edges[k].weight;
        }
        for (uint32_t k = 0; k < entry->edge_count && total > 0; k++) {
            next[entry->edges[k].to] += at[i] * (double)entry->edges[k].weight / total;
        }
    }
}

/* Expected visits of a long walk from the first task, as shares. */
static void chain_shares(const struct swarm_group *group, double *shares)
{
    double *at = memory_new(group->entry_count, sizeof *at), *next = memory_new(group->entry_count, sizeof *next),
           sum = 0;

    at[0] = 1;
    for (int step = 0; step < CHAIN_STEPS; step++) {
        double *spare = at;

        for (uint32_t i = 0; i < group->entry_count; i++) {
            shares[i] += at[i];
            sum += at[i];
        }
        chain_step(group, at, next);
        at = next;
        next = spare;
    }
    for (uint32_t i = 0; i < group->entry_count; i++) {
        shares[i] /= sum;
    }
    free(at);
    free(next);
}

/* The share of each entry among its siblings; to be freed. */
static double *shares_of(const struct swarm_group *group)
{
    double *shares = memory_new(group->entry_count, sizeof *shares), total = 0;

    if (group->kind == SWARM_GROUP_CHAIN && group->entry_count > 0) {
        chain_shares(group, shares);
        return shares;
    }
    for (uint32_t i = 0; i < group->entry_count; i++) {
        shares[i] = group->kind == SWARM_GROUP_JOURNEY ? 1 : (double)group->entries[i].weight;
        total += shares[i];
    }
    for (uint32_t i = 0; i < group->entry_count; i++) {
        shares[i] = total > 0 ? shares[i] / total : 0;
    }
    return shares;
}

/* The share of each kind among all users, of whole users as Locust rounds them: --users, else as many as the weights. */
static double *kind_shares(const struct swarm_program *program, const struct run_plan *plan)
{
    double *shares = memory_new(program->kind_count, sizeof *shares), weights = 0, counts = 0, users, total = 0;

    for (uint32_t i = 0; i < program->kind_count; i++) {
        const struct swarm_kind_of_user *kind = &program->kinds[i];

        if (plan->only[i] && kind->count >= 0) {
            counts += (double)kind->count;
        } else if (plan->only[i]) {
            weights += (double)kind->weight;
        }
    }
    users = plan->users_given ? (double)plan->users : counts > 0 ? 1 : weights;
    for (uint32_t i = 0; i < program->kind_count; i++) {
        const struct swarm_kind_of_user *kind = &program->kinds[i];

        if (!plan->only[i]) {
            continue;
        }
        if (kind->count >= 0) {
            shares[i] = (double)kind->count;
        } else if (weights > 0 && users > counts) {
            shares[i] = nearbyint((double)kind->weight / weights * (users - counts)); /* halves to even */
        }
        total += shares[i];
    }
    for (uint32_t i = 0; i < program->kind_count; i++) {
        shares[i] = total > 0 ? shares[i] / total : 0;
    }
    return shares;
}

/* ---- text ---- */

static void put_line(FILE *out, int level, double share, const char *name)
{
    char left[64], right[256];

    snprintf(left, sizeof left, "%*s%-6.1f", 2 * level, "", share * 100);
    snprintf(right, sizeof right, "%*s%s", 2 * level, "", name);
    fprintf(out, " %-10s %-50s\n", left, right);
}

/* whole: of everything, not of its parent. */
static void put_group(FILE *out, int level, const struct swarm_group *group, double whole, bool total)
{
    double *shares = shares_of(group);

    for (uint32_t i = 0; i < group->entry_count; i++) {
        const struct swarm_entry *entry = &group->entries[i];
        double share = total ? whole * shares[i] : shares[i];

        if (shares[i] <= 0) {
            continue;
        }
        put_line(out, level, share, entry->name);
        if (entry->group) {
            put_group(out, level + 1, entry->group, share, total);
        }
    }
    free(shares);
}

static void put_table(FILE *out, const struct swarm_program *program, const struct run_plan *plan, bool total)
{
    static const char dashes[] = "--------------------------------------------------------------------------------";
    double *shares = kind_shares(program, plan);

    fprintf(out, "\n %s\n%s\n", total ? "Total task ratio" : "Task ratio per User class", dashes);
    for (uint32_t i = 0; i < program->kind_count; i++) {
        if (plan->only[i]) {
            put_line(out, 0, shares[i], program->kinds[i].name);
            put_group(out, 1, program->kinds[i].group, shares[i], total);
        }
    }
    free(shares);
}

/* ---- JSON ---- */

static void put_json_group(FILE *out, int depth, const struct swarm_group *group, double whole, bool total)
{
    double *shares = shares_of(group);
    const char *comma = "";

    fprintf(out, ",\n%*s\"tasks\": {", 4 * depth, "");
    for (uint32_t i = 0; i < group->entry_count; i++) {
        const struct swarm_entry *entry = &group->entries[i];
        double share = total ? whole * shares[i] : shares[i];

        if (shares[i] <= 0) {
            continue;
        }
        fprintf(out, "%s\n%*s\"%s\": {\n%*s\"ratio\": %.17g", comma, 4 * (depth + 1), "", entry->name, 4 * (depth + 2),
                "", share);
        if (entry->group) {
            put_json_group(out, depth + 2, entry->group, share, total);
        }
        fprintf(out, "\n%*s}", 4 * (depth + 1), "");
        comma = ",";
    }
    fprintf(out, "\n%*s}", 4 * depth, "");
    free(shares);
}

static void put_json(FILE *out, const struct swarm_program *program, const struct run_plan *plan, bool total)
{
    double *shares = kind_shares(program, plan);
    const char *comma = "";

    fprintf(out, "    \"%s\": {", total ? "total" : "per_class");
    for (uint32_t i = 0; i < program->kind_count; i++) {
        if (!plan->only[i]) {
            continue;
        }
        fprintf(out, "%s\n        \"%s\": {\n            \"ratio\": %.17g", comma, program->kinds[i].name, shares[i]);
        put_json_group(out, 3, program->kinds[i].group, shares[i], total);
        fputs("\n        }", out);
        comma = ",";
    }
    fputs("\n    }", out);
    free(shares);
}

void ratio_show(FILE *out, const struct swarm_program *program, const struct run_plan *plan, bool json)
{
    if (!json) {
        put_table(out, program, plan, false);
        put_table(out, program, plan, true);
        fputc('\n', out);
        return;
    }
    fputs("{\n", out);
    put_json(out, program, plan, false);
    fputs(",\n", out);
    put_json(out, program, plan, true);
    fputs("\n}\n", out);
}
