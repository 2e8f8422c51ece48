#include "git.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LEVELS = 64, PATH_SIZE = 4096 };

/* A commit's name: 40 hex digits, or 64 in a repository with SHA-256. */
static bool is_commit(const char *text)
{
    size_t n = strspn(text, "0123456789abcdefABCDEF");

    return text[n] == '\0' && (n == 40 || n == 64);
}

static void copy(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%.*s", (int)size - 1, text);
}

/* The first line of a file without its end. False: it cannot be read or is empty. */
static bool first_line(const char *path, char *line, size_t size)
{
    FILE *file = fopen(path, "re");
    bool good = file && fgets(line, (int)size, file);

    if (file) {
        fclose(file);
    }
    if (good) {
        line[strcspn(line, "\r\n")] = '\0';
    }
    return good && line[0];
}

static bool packed_ref(const char *folder, const char *ref, char *out, size_t size)
{
    char path[PATH_SIZE], line[PATH_SIZE];
    bool found = false;
    FILE *file;

    snprintf(path, sizeof path, "%.3000s/packed-refs", folder);
    file = fopen(path, "re");
    while (file && !found && fgets(line, sizeof line, file)) {
        char *blank = strchr(line, ' ');

        line[strcspn(line, "\r\n")] = '\0';
        if (!blank || strcmp(blank + 1, ref) != 0) {
            continue;
        }
        *blank = '\0';
        found = is_commit(line);
        if (found) {
            copy(out, size, line);
        }
    }
    if (file) {
        fclose(file);
    }
    return found;
}

/* The commit of a ref ("refs/heads/main") in the folder that holds it. */
static bool read_ref(const char *folder, const char *ref, char *out, size_t size)
{
    char path[PATH_SIZE], line[PATH_SIZE];

    snprintf(path, sizeof path, "%.3000s/%.1000s", folder, ref);
    if (first_line(path, line, sizeof line) && is_commit(line)) {
        copy(out, size, line);
        return true;
    }
    return packed_ref(folder, ref, out, size);
}

/* From the .git of a working copy: a folder, or a file that names one (worktrees, submodules). */
static bool read_head(const char *git, char *out, size_t size)
{
    char path[PATH_SIZE], line[PATH_SIZE], folder[PATH_SIZE], common[PATH_SIZE];

    copy(folder, sizeof folder, git);
    if (first_line(git, line, sizeof line) && strncmp(line, "gitdir: ", 8) == 0) {
        if (line[8] == '/') {
            copy(folder, sizeof folder, line + 8);
        } else {
            snprintf(folder, sizeof folder, "%.*s/%.2000s", (int)(strlen(git) - strlen("/.git")), git, line + 8);
        }
    }
    snprintf(path, sizeof path, "%.4000s/HEAD", folder);
    if (!first_line(path, line, sizeof line)) {
        return false;
    }
    if (strncmp(line, "ref: ", 5) != 0) {
        copy(out, size, is_commit(line) ? line : "");
        return out[0] != '\0';
    }
    if (strstr(line, "..")) {
        return false;
    }
    if (read_ref(folder, line + 5, out, size)) {
        return true;
    }
    snprintf(path, sizeof path, "%.4000s/commondir", folder); /* of a worktree */
    if (!first_line(path, common, sizeof common)) {
        return false;
    }
    snprintf(path, sizeof path, "%.2000s%s%.2000s", common[0] == '/' ? "" : folder, common[0] == '/' ? "" : "/",
             common);
    return read_ref(path, line + 5, out, size);
}

void git_commit(char *out, size_t size)
{
    static const char *const variables[] = {"GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT"};
    char folder[PATH_SIZE], git[PATH_SIZE + 8];

    out[0] = '\0';
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *value = getenv(variables[i]);

        if (value && is_commit(value)) {
            copy(out, size, value);
            return;
        }
    }
    if (!getcwd(folder, sizeof folder)) {
        return;
    }
    for (int i = 0; i < LEVELS; i++) {
        char *slash;

        snprintf(git, sizeof git, "%s/.git", strcmp(folder, "/") == 0 ? "" : folder);
        if (access(git, F_OK) == 0) {
            if (!read_head(git, out, size)) {
                out[0] = '\0';
            }
            return;
        }
        slash = strrchr(folder, '/');
        if (!slash || !folder[1]) {
            return;
        }
        slash[slash == folder] = '\0';
    }
}
