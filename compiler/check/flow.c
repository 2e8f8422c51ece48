/* Definite assignment: sets of saves that have happened. A set is copied when it changes, so flows are copied
 * freely. */
#include "checker.h"

static bool has(struct bits bits, unsigned bit)
{
    return bit / 64 < bits.n && (bits.words[bit / 64] >> bit % 64 & 1);
}

static void add(struct checker *c, struct bits *bits, unsigned bit)
{
    unsigned n = bit / 64 + 1 > bits->n ? bit / 64 + 1 : bits->n;

    if (has(*bits, bit))
        return;
    uint64_t *words = ARENA_ARRAY(c->arena, uint64_t, n);
    if (bits->n)
        memcpy(words, bits->words, bits->n * sizeof *words);
    words[bit / 64] |= UINT64_C(1) << bit % 64;
    *bits = (struct bits){words, n};
}

static struct bits both(struct checker *c, struct bits a, struct bits b)
{
    unsigned n = a.n < b.n ? a.n : b.n;

    if (a.words == b.words && a.n == b.n)
        return a;
    uint64_t *words = ARENA_ARRAY(c->arena, uint64_t, n + 1);
    for (unsigned i = 0; i < n; i++)
        words[i] = a.words[i] & b.words[i];
    return (struct bits){words, n};
}

struct flow flow_start(void)
{
    return (struct flow){.reachable = true};
}

struct flow flow_dead(void)
{
    return (struct flow){.reachable = false};
}

struct flow flow_join(struct checker *c, struct flow a, struct flow b)
{
    if (!a.reachable)
        return b;
    if (!b.reachable)
        return a;
    return (struct flow){.reachable = true, .set = both(c, a.set, b.set), .sure = both(c, a.sure, b.sure)};
}

void flow_set(struct checker *c, struct flow *flow, const struct symbol *symbol, bool sure)
{
    if (!symbol->bit)
        return;
    add(c, &flow->set, symbol->bit);
    if (sure)
        add(c, &flow->sure, symbol->bit);
}

/* Where nothing gets to, everything has happened. */
bool flow_is_set(const struct flow *flow, const struct symbol *symbol)
{
    return !flow->reachable || !symbol->bit || has(flow->set, symbol->bit);
}

bool flow_is_sure(const struct flow *flow, const struct symbol *symbol)
{
    return !flow->reachable || !symbol->bit || has(flow->sure, symbol->bit);
}

struct flow flow_answered(struct checker *c, struct flow answered, struct flow not_answered)
{
    if (!answered.reachable)
        return not_answered;
    if (not_answered.reachable)
        answered.sure = both(c, answered.sure, not_answered.sure);
    return answered;
}

static struct bits either(struct checker *c, struct bits a, struct bits b)
{
    unsigned n = a.n > b.n ? a.n : b.n;
    uint64_t *words = ARENA_ARRAY(c->arena, uint64_t, n + 1);

    for (unsigned i = 0; i < n; i++)
        words[i] = (i < a.n ? a.words[i] : 0) | (i < b.n ? b.words[i] : 0);
    return (struct bits){words, n};
}

struct flow flow_union(struct checker *c, struct flow a, struct flow b)
{
    if (!a.reachable || !b.reachable)
        return flow_dead();
    return (struct flow){.reachable = true, .set = either(c, a.set, b.set), .sure = either(c, a.sure, b.sure)};
}
