/* Mutations that know a little of the language: they move, double, take away and exchange words, lines and whole blocks, so that most of
 * what comes out is still read by the parser and reaches the checker and the emitter. Bytes are left to libFuzzer. */
#ifndef SWARM_FUZZ_MUTATOR_H
#define SWARM_FUZZ_MUTATOR_H

#include <stddef.h>
#include <stdint.h>

/* Changes `size` bytes at `text`, which has room for `room`, and returns how many there are then; the same seed does the same. */
size_t mutate_text(uint8_t *text, size_t size, size_t room, uint32_t seed);
/* Puts a run of lines of `b` behind a line of `a`, into `out`; returns its size, at most `room`. */
size_t mutate_cross(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out, size_t room,
                    uint32_t seed);

#endif
