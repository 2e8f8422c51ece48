/* swarmc --explain */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "check/engine.h"
#include "driver.h"

struct code {
    const char *id;
    enum severity severity;
    const char *title, *text;
};

#define ERROR   SEVERITY_ERROR
#define WARNING SEVERITY_WARNING
static const struct code codes[] = {
#define CODE(id, severity, title, text) {#id, severity, title, text},
#include "diag/codes.def"
#undef CODE
};
#undef ERROR
#undef WARNING

bool explain_code(const char *code)
{
    struct near near;

    near_begin(&near, code);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (strcasecmp(codes[i].id, code) == 0) {
            printf("%s[%s]: %s\n\n%s\n", codes[i].severity == SEVERITY_ERROR ? "error" : "warning", codes[i].id,
                   codes[i].title, codes[i].text);
            return true;
        }
        near_offer(&near, codes[i].id);
    }
    fprintf(stderr, "swarmc: there is no diagnostic with the code %s%s%s%s, and no such file\n", code,
            near.best ? "; did you mean " : "", near.best ? near.best : "", near.best ? "?" : "");
    return false;
}

static uint32_t line_of(const struct unit *unit, struct span span)
{
    return source_line(&unit->sources.file[span.file], span.from);
}

static const char *verdict_text(const struct request *request)
{
    if (!request->body || !request->body->first) {
        return "fails when status >= 400";
    }
    if (request->implied_first) {
        return "its block begins with `expect status < 400`";
    }
    return request->implied_last ? "its block ends with `expect status < 400`, unless a condition settled the status"
                                 : "its block settles the status itself";
}

/* The engine of a kind and what decided it. */
static const char *engine_text(const struct unit *unit, const struct attr *http)
{
    struct engine_choice choice = engine_of(unit, http);
    const char *title = engine_title(choice.engine);

    if (choice.wanted) {
        return arena_format(unit->arena, "%s (--http-engine)", title);
    }
    if (!choice.key) {
        return title;
    }
    return arena_format(unit->arena, "%s (for `%s` at %s:%" PRIu32 ")", title,
                        choice.key->kind == ATTR_PROXY ? "proxy" : "version",
                        unit->sources.file[choice.key->span.file].path, line_of(unit, choice.key->span));
}

void explain_decisions(const struct unit *unit)
{
    const struct program_info *info = unit->info;
    struct engine_codings codings;

    printf("Rows of %s\n", unit->sources.file[0].path);
    for (const struct row *row = info->rows; row; row = row->next) {
        printf("  %s:%" PRIu32 ": %s %s\n", unit->sources.file[row->span.file].path, line_of(unit, row->span),
               row->type, row->name);
    }
    printf("\nRequests\n");
    for (unsigned i = 0; i < info->request_count; i++) {
        const struct request *request = info->requests[i];
        printf("  %s:%" PRIu32 ": %s%s%s: %s; %s\n", unit->sources.file[request->span.file].path,
               line_of(unit, request->span), request->row ? request->row->type : request->method,
               request->row ? " " : "", request->row ? request->row->name : " (a row for each name)",
               verdict_text(request), request->reads_body ? "keeps the body for its block" : "drops the body");
    }
    printf("\nUsers\n");
    for (const struct kind *kind = info->kinds; kind; kind = kind->next) {
        printf("  %s: HTTP by %s, %zu entr%s to pick from%s\n", kind->name, engine_text(unit, kind->http),
               kind->entry_count, kind->entry_count == 1 ? "y" : "ies", kind->wait ? "" : ", no wait between them");
    }
    if (info->hook_count) {
        printf("  hooks of the file: HTTP by %s\n", engine_text(unit, info->http));
    }
    codings = engine_codings(unit);
    printf("\nContent codings in the program: %s%s%s\n", codings.zlib ? "gzip and deflate (zlib)" : "",
           codings.zlib && codings.brotli ? ", " : "",
           codings.brotli ? "br (Brotli)"
           : codings.zlib ? ""
                          : "none, no body is read");
}
