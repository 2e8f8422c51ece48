#include "random.h"

uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Rejects what would make the first numbers likelier: at most every second draw. */
uint64_t random_below(uint64_t *state, uint64_t bound)
{
    if (bound == 0) {
        return random_next(state);
    }
    uint64_t least = (0 - bound) % bound, draw;
    do {
        draw = random_next(state);
    } while (draw < least);
    return draw % bound;
}

double random_unit(uint64_t *state)
{
    return (double)(random_next(state) >> 11) * 0x1p-53;
}
