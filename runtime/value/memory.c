#include "memory.h"

#include <stdio.h>
#include <stdlib.h>

void *value_again(void *old, size_t n)
{
    void *memory = realloc(old, n ? n : 1);
    if (!memory) {
        fprintf(stderr, "out of memory\n");
        abort();
    }
    return memory;
}

void *value_get(size_t n)
{
    return value_again(NULL, n);
}
