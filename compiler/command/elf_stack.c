#include "elf_stack.h"

#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_ENTRIES = 32 };

struct table {
    ElfW(Ehdr) head;
    ElfW(Phdr) entries[MOST_ENTRIES + 1];
};

static bool put(FILE *file, long at, const void *bytes, size_t size)
{
    return fseek(file, at, SEEK_SET) == 0 && fwrite(bytes, size, 1, file) == 1;
}

static bool read_table(FILE *file, struct table *t)
{
    return fread(&t->head, sizeof t->head, 1, file) == 1 && memcmp(t->head.e_ident, ELFMAG, SELFMAG) == 0 &&
           t->head.e_ident[EI_CLASS] == (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) &&
           t->head.e_phentsize == sizeof t->entries[0] && t->head.e_phnum > 0 && t->head.e_phnum <= MOST_ENTRIES &&
           fseek(file, (long)t->head.e_phoff, SEEK_SET) == 0 &&
           fread(t->entries, sizeof t->entries[0], t->head.e_phnum, file) == t->head.e_phnum;
}

/* The table has no room to grow where it is: it moves to a page of its own behind everything, which no segment maps, so that
 * the loader takes a copy of it (glibc, elf/dl-load.c). */
static bool add_entry(FILE *file, struct table *t)
{
    long page = sysconf(_SC_PAGESIZE), end;

    if (fseek(file, 0, SEEK_END) != 0 || (end = ftell(file)) < 0) {
        return false;
    }
    end = (end + page - 1) / page * page;
    t->entries[t->head.e_phnum++] = (ElfW(Phdr)){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W, .p_align = 16};
    t->head.e_phoff = (ElfW(Off))end;
    return put(file, end, t->entries, t->head.e_phnum * sizeof t->entries[0]) && put(file, 0, &t->head, sizeof t->head);
}

static bool forbid(FILE *file)
{
    struct table t;

    if (!read_table(file, &t)) {
        return false;
    }
    for (size_t i = 0; i < t.head.e_phnum; i++) {
        ElfW(Phdr) *entry = &t.entries[i];

        if (entry->p_type == PT_GNU_STACK) {
            entry->p_flags &= ~(unsigned)PF_X;
            return put(file, (long)(t.head.e_phoff + i * sizeof *entry), entry, sizeof *entry);
        }
    }
    return add_entry(file, &t);
}

bool elf_forbid_executable_stack(const char *path)
{
    FILE *file = fopen(path, "r+b");

    if (!file) {
        return false;
    }
    bool done = forbid(file);
    return fclose(file) == 0 && done;
}
