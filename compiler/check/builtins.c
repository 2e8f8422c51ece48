/* The table of built-in functions. */
#include "checker.h"

static const struct builtin builtins[] = {
#define BUILTIN(name, signature, symbol, pure, doc) {name, signature, symbol, pure, doc},
#include "builtins.def"
#undef BUILTIN
};
enum { BUILTIN_COUNT = sizeof builtins / sizeof *builtins };

const struct builtin *builtin_first(const char *name)
{
    for (int i = 0; i < BUILTIN_COUNT; i++)
        if (strcmp(builtins[i].name, name) == 0)
            return &builtins[i];
    return NULL;
}

const struct builtin *builtin_next(const struct builtin *builtin)
{
    const struct builtin *next = builtin + 1;

    if (next == builtins + BUILTIN_COUNT || strcmp(next->name, builtin->name) != 0)
        return NULL;
    return next;
}

bool builtin_exists(const char *name)
{
    return builtin_first(name) != NULL;
}

void builtin_offer(struct near *near)
{
    for (int i = 0; i < BUILTIN_COUNT; i++)
        near_offer(near, builtins[i].name);
}
