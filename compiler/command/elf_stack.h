/*
 * elf_stack.h - what a shared object asks for its stack.
 */
#ifndef SWARM_COMMAND_ELF_STACK_H
#define SWARM_COMMAND_ELF_STACK_H

#include <stdbool.h>

/* Has the ELF file, of this machine's kind, say that it needs no executable stack (program header PT_GNU_STACK, as linkers of
 * GNU write it). A file without that header counts as one that needs it, and glibc 2.41 and later refuses to open it. False:
 * it is no such file, or cannot be written. */
bool elf_forbid_executable_stack(const char *path);

#endif
