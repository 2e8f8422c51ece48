/* case.h - Unicode's simple case mappings in a program that is one static file, which finds no locale where it runs. */
#ifndef SWARM_VALUE_CASE_H
#define SWARM_VALUE_CASE_H

#include <stdbool.h>
#include <stdint.h>

/* runtime/static/case.c: of one code point. Only static programs have it; in others its address is NULL. */
uint32_t static_case(uint32_t c, bool upper) __attribute__((weak));

#endif
