/* The commit that is checked out where a run starts. */
#ifndef SWARM_GIT_H
#define SWARM_GIT_H

#include <stddef.h>

/* Into `out`, 40 or 64 hex digits; "" when it cannot be told. What a CI server says (GITHUB_SHA, CI_COMMIT_SHA, GIT_COMMIT)
 * wins; else the repository around the working directory is read, without a git program. */
void git_commit(char *out, size_t size);

#endif
