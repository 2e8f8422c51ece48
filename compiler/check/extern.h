/* What the C file of an extern block is told: a header with prototypes. */
#ifndef SWARMC_EXTERN_H
#define SWARMC_EXTERN_H

#include "tree/ast.h"

struct arena;

/* "signer.swarm.h" for `extern "C" from "lib/signer.c"`, and what stands in it. */
const char *extern_header_name(struct arena *arena, const struct decl *foreign);
const char *extern_header(struct arena *arena, const struct decl *foreign);
/* The C function of a fn or action in an extern block: "signer_hmac_sha256". */
const char *extern_c_name(struct arena *arena, const struct decl *member);

#endif
