/* The hash by which reports name the scenario that ran. */
#include "emit.h"

#include <openssl/evp.h>
#include <stdio.h>

/* "sha256:…" of the sources one after another, the scenario first; of a scenario without imports it is what sha256sum
 * says of its file. */
const char *emit_hash(struct emit *em)
{
    const struct sources *sources = &em->unit->sources;
    unsigned char digest[EVP_MAX_MD_SIZE];
    char text[2 * EVP_MAX_MD_SIZE + 1] = "";
    unsigned n = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

    for (uint16_t i = 0; good && i < sources->count; i++) {
        good = EVP_DigestUpdate(context, sources->file[i].text, sources->file[i].n) == 1;
    }
    good = good && EVP_DigestFinal_ex(context, digest, &n) == 1;
    EVP_MD_CTX_free(context);
    for (unsigned i = 0; good && i < n; i++) {
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    }
    return arena_format(em->arena, "sha256:%s", text);
}
