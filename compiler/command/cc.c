/* One call of the C compiler: its words, running it without a shell, and what is missing on the machine when it fails. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "driver.h"
#include "toolchain.h"

extern char **environ;

void cc_add(struct cc_command *command, const char *argument)
{
    if (command->n + 1 < CC_WORDS) {
        command->argv[command->n++] = argument;
        command->argv[command->n] = NULL;
    }
}

void cc_add_words(struct cc_command *command, const char *words)
{
    for (const char *p = words + strspn(words, " \t"); *p; p += strspn(p, " \t")) {
        size_t n = strcspn(p, " \t");
        cc_add(command, arena_copy(command->arena, p, n));
        p += n;
    }
}

void cc_add_lines(struct cc_command *command, const char *lines)
{
    for (const char *p = lines; *p;) {
        size_t n = strcspn(p, "\n");
        cc_add(command, arena_copy(command->arena, p, n));
        p += n + (p[n] == '\n');
    }
}

void cc_add_compiler(struct cc_command *command, const struct opts *opts)
{
    const char *cc = opts->cc ? opts->cc : getenv("CC");

    cc_add_words(command, cc ? cc : "");
    if (command->n == 0) {
        cc_add(command, "cc");
    }
}

int cc_run(const struct cc_command *command, const char *log)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status;

    if (posix_spawn_file_actions_init(&actions) != 0) {
        errno = ENOMEM;
        return -1;
    }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_TRUNC | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    int error = posix_spawnp(&pid, command->argv[0], &actions, NULL, (char *const *)command->argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        errno = error;
        return -1;
    }
    temporary_child(pid);
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            temporary_child(0);
            return -1;
        }
    }
    temporary_child(0);
    return status;
}

char *cc_log(struct arena *arena, const char *path)
{
    enum { MAX = 64 * 1024 };
    char *text = arena_alloc(arena, MAX + 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t n = 0;
    ssize_t got;

    while (fd >= 0 && n < MAX && (got = read(fd, text + n, MAX - n)) > 0) {
        n += (size_t)got;
    }
    if (fd >= 0) {
        close(fd);
    }
    text[n] = '\0';
    return text;
}

/* ------------------------------------------------------------------ what is missing */

static const struct {
    const char *said;           /* by the C compiler or linker */
    const char *what, *package; /* of Debian and Ubuntu */
} missing[] = {
    {"cannot find -lcurl", "the library libcurl", "libcurl4-openssl-dev"},
    {"cannot find -luv", "the library libuv", "libuv1-dev"},
    {"cannot find -luv_a", "the static library libuv", "libuv1-dev"},
    {"cannot find -lcares", "the static library c-ares", "libc-ares-dev"},
    {"cannot find -lidn2", "the static library libidn2", "libidn2-dev"},
    {"cannot find -lunistring", "the static library libunistring", "libunistring-dev"},
    {"cannot find -licuuc", "the static library ICU", "libicu-dev"},
    {"cannot find -licui18n", "the static library ICU", "libicu-dev"},
    {"cannot find -licudata", "the static library ICU", "libicu-dev"},
    {"cannot find -llzma", "the static library liblzma", "liblzma-dev"},
    {"cannot find -lstdc++", "the static library of C++, which ICU needs,", "g++"},
    {"cannot find -lxml2", "the library libxml2", "libxml2-dev"},
    {"cannot find -lbrotlicommon", "the library Brotli", "libbrotli-dev"},
    {"cannot find -lcjson", "the library cJSON", "libcjson-dev"},
    {"cannot find -lpcre2-8", "the library PCRE2", "libpcre2-dev"},
    {"cannot find -lssl", "the library OpenSSL", "libssl-dev"},
    {"cannot find -lcrypto", "the library OpenSSL", "libssl-dev"},
    {"cannot find -lz", "the library zlib", "zlib1g-dev"},
    {"cannot find -lbrotlidec", "the library Brotli", "libbrotli-dev"},
    {"cannot find -lpsl", "the library libpsl", "libpsl-dev"},
    {"cannot find -lasan", "the library of the address sanitizer", "gcc"},
    {"cannot find -lm", "the C library's development files", "libc6-dev"},
    {"cannot find -lpthread", "the C library's development files", "libc6-dev"},
    {"cannot find -lc", "the C library's development files", "libc6-dev"},
    {"cannot find crt1.o", "the C library's development files", "libc6-dev"},
    {"cannot find Scrt1.o", "the C library's development files", "libc6-dev"},
    {"stdint.h: No such file", "the C library's development files", "libc6-dev"},
    {"stdint.h' file not found", "the C library's development files", "libc6-dev"},
    {"stddef.h: No such file", "the C compiler's own headers", "gcc"},
    {"cannot execute 'as'", "the assembler", "binutils"},
    {"cannot execute ‘as’", "the assembler", "binutils"},
    {"cannot execute 'cc1'", "the C compiler itself", "gcc"},
    {"cannot execute ‘cc1’", "the C compiler itself", "gcc"},
    {"cannot find 'ld'", "the linker", "binutils"},
    {"cannot find ‘ld’", "the linker", "binutils"},
    {"unable to execute command: Executable \"ld\"", "the linker", "binutils"},
};

bool cc_tell_missing(const char *log)
{
    const char *told = NULL; /* those of one package stand together */

    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        const char *found = strstr(log, missing[i].said);
        char behind = found ? found[strlen(missing[i].said)] : 'x';
        if (!found ||
            (strncmp(missing[i].said, "cannot find -l", 14) == 0 && behind != ':' && behind != '\n' &&
             behind != '\0') ||
            (told && strcmp(told, missing[i].package) == 0)) {
            continue;
        }
        fprintf(stderr, "swarmc: %s is not installed; on Debian and Ubuntu: apt-get install %s\n", missing[i].what,
                missing[i].package);
        told = missing[i].package;
    }
    return told;
}

int cc_not_there(const struct cc_command *command, int error)
{
    if (error == ENOENT) {
        fprintf(stderr,
                "swarmc: there is no C compiler called %s; on Debian and Ubuntu: apt-get install gcc libc6-dev\n"
                "        (another one can be named with --cc or in the environment variable CC)\n",
                command->argv[0]);
    } else {
        fprintf(stderr, "swarmc: cannot run the C compiler %s: %s\n", command->argv[0], strerror(error));
    }
    return EXIT_TOOLS;
}
