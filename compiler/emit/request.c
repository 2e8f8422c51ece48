/* A request statement: its table (struct swarm_call), the function that builds what is computed, the function
 * that judges the answer, and the wait in the machine. */
#include "emit.h"

#include <inttypes.h>
#include <string.h>

/* ------------------------------------------------------------------ judge */

static bool block_settles(const struct block *block)
{
    for (const struct stmt *stmt = block ? block->first : NULL; stmt; stmt = stmt->next) {
        if ((stmt->kind == STMT_EXPECT || stmt->kind == STMT_REQUIRE) && settles_status(stmt->value)) {
            return true;
        }
        if (block_settles(stmt->body) || block_settles(stmt->otherwise)) {
            return true;
        }
    }
    return false;
}

static unsigned path_length(const struct expr *e)
{
    unsigned n = 0;

    for (; e->word != WORD_JSON; e = e->left) {
        n++;
    }
    return n;
}

static void write_steps(struct emit *em, const struct expr *e, const char *stem, unsigned index)
{
    unsigned n = path_length(e), i = n;
    const struct expr **steps = ARENA_ARRAY(em->arena, const struct expr *, n + 1);

    for (; e->word != WORD_JSON; e = e->left) {
        steps[--i] = e;
    }
    if (n == 0) {
        return;
    }
    struct text line = {0};
    for (i = 0; i < n; i++) {
        text_puts(&line, i ? ", " : "");
        if (steps[i]->kind == EXPR_FIELD) {
            text_printf(&line, "{%s, %zu}", c_string(em->arena, steps[i]->name.text), strlen(steps[i]->name.text));
        } else if (steps[i]->right->type.kind == TYPE_STRING) {
            const struct slice *key = &steps[i]->right->known.text;
            text_printf(&line, "{%s, %zu}", c_text(em->arena, key->p, key->n), key->n);
        } else {
            text_printf(&line, "{NULL, %" PRId64 "}", steps[i]->right->known.i);
        }
    }
    write_line(&em->code, "static const struct swarm_path_step %s_path_%u_steps[] = {%s};", stem, index, line.p);
    text_free(&line);
}

static void write_paths(struct emit *em, const struct function *fn, const char *stem)
{
    for (unsigned i = 0; i < fn->path_count; i++) {
        write_steps(em, fn->paths[i], stem, i);
    }
    if (fn->path_count == 0) {
        return;
    }
    write_open(&em->code, "static const struct swarm_path %s_paths[] = {", stem);
    for (unsigned i = 0; i < fn->path_count; i++) {
        unsigned n = path_length(fn->paths[i]);
        const char *steps = n ? arena_format(em->arena, "%s_path_%u_steps", stem, i) : "NULL";
        write_line(&em->code, "{%s, %u, %s},", steps, n, c_string(em->arena, emit_source(em, fn->paths[i]->span)));
    }
    write_close(&em->code, "};");
}

/* Writes the judge of a block; false: there is nothing to judge by itself. */
static bool emit_judge(struct emit *em, struct request *request, const char *stem, struct function *fn)
{
    if (!request->body || !request->body->first) {
        return false;
    }
    *fn = (struct function){
        .machine = em->fn->machine,
        .branch = em->fn->branch,
        .kind = em->fn->kind,
        .leave = "return SWARM_CODE_NEXT;",
        .result = em->fn->result,
        .request = request,
        .settles = request->implied_last && block_settles(request->body),
    };
    function_begin(em, fn, IN_JUDGE);
    if (request->implied_first) {
        write_line(&fn->body, "swarm_expect_status(s, r);");
    }
    emit_block(em, request->body);
    emit_after_block(em);
    write_line(&fn->body, "return SWARM_CODE_NEXT;");
    function_end(em, "int", arena_format(em->arena, "%s_judge", stem),
                 "struct swarm_strand *s, struct swarm_frame *base, const struct swarm_response *r");
    return true;
}

/* ------------------------------------------------------------------ table */

static void field(struct emit *em, const char *name, const char *value)
{
    if (value) {
        write_line(&em->code, ".%s = %s,", name, value);
    }
}

static void write_call(struct emit *em, const struct stmt *stmt, const char *stem, const struct built *built,
                       bool judged, const struct function *judge)
{
    const struct request *request = stmt->request;

    write_open(&em->code, "static const struct swarm_call %s_call = {", stem);
    field(em, "method", c_string(em->arena, request->method));
    field(em, "row", request->row ? arena_format(em->arena, "%u", request->row->index) : "-1");
    field(em, "url", built->url);
    if (built->header_count) {
        field(em, "headers", built->headers);
        field(em, "header_count", arena_format(em->arena, "%u", built->header_count));
    }
    if (built->body) {
        field(em, "body", built->body);
        field(em, "body_size", built->body_size);
    }
    field(em, "large", built->large ? arena_format(em->arena, "&%s", built->large) : NULL);
    field(em, "content_type", built->content_type);
    field(em, "timeout", built->timeout ? built->timeout : "-1");
    field(em, "connect_timeout", built->connect_timeout ? built->connect_timeout : "-1");
    field(em, "follow", built->follow ? built->follow : "SWARM_UNSAID");
    field(em, "compressed", built->compressed ? built->compressed : "SWARM_ENCODING_UNSAID");
    field(em, "retries", built->retries ? built->retries : "-1");
    field(em, "backoff", built->backoff ? built->backoff : "-1");
    field(em, "keep_body", request->reads_body ? "true" : NULL);
    if (judged && judge->path_count) {
        field(em, "paths", arena_format(em->arena, "%s_paths", stem));
        field(em, "path_count", arena_format(em->arena, "%u", judge->path_count));
    }
    field(em, "build", built->build);
    field(em, "judge", judged ? arena_format(em->arena, "%s_judge", stem) : NULL);
    field(em, "place", emit_place_fields(em, stmt->span, ""));
    write_close(&em->code, "};");
    write_blank(&em->code);
}

/* ------------------------------------------------------------------ the wait */

static unsigned saver_number(struct emit *em, const struct symbol *symbol, const struct request *request)
{
    for (const struct saver *saver = lower_variable(&em->lower, symbol)->savers; saver; saver = saver->next) {
        if (saver->request == request || !saver->next) {
            return saver->number;
        }
    }
    return 1;
}

/* Saves of the block that are looked at later: until the answer is judged they are not set. */
static void clear_saves(struct emit *em, const struct request *request, const struct block *block)
{
    for (const struct stmt *stmt = block ? block->first : NULL; stmt; stmt = stmt->next) {
        if (stmt->kind == STMT_SAVE && stmt->symbol && stmt->symbol->kind == SYMBOL_SAVE && stmt->symbol->needs_check) {
            write_line(&em->fn->body, "%s = %u;", emit_unset_flag(em, stmt->symbol),
                       saver_number(em, stmt->symbol, request));
        }
        clear_saves(em, request, stmt->body);
        clear_saves(em, request, stmt->otherwise);
    }
}

/* loops: the statement leaves the measures in so many loops and more. */
static void write_code(struct emit *em, const char *code, const char *statement, unsigned loops)
{
    write_open(&em->fn->body, "if (s->answered && s->code == %s) {", code);
    emit_measured(em, loops);
    write_line(&em->fn->body, "%s", statement);
    write_close(&em->fn->body, "}");
}

void emit_request(struct emit *em, const struct stmt *stmt)
{
    struct request *request = stmt->request;
    struct built built = {0};
    struct function judge;
    const char *base = arena_format(em->arena, "%s_%" PRIu32, em->fn->machine->name, emit_line_of(em, stmt->span));
    unsigned number = count_up(em, &em->names, base);
    const char *stem = number == 0   ? base
                       : number < 26 ? arena_format(em->arena, "%s%c", base, (char)('a' + number))
                                     : arena_format(em->arena, "%s_%u", base, number);

    if (em->fn->where != IN_MACHINE) {
        emit_broken(em, stmt->span, "a request where nothing can wait");
    }
    emit_build(em, request, stem, &built);
    bool judged = emit_judge(em, request, stem, &judge);
    if (judged) {
        write_paths(em, &judge, stem);
    }
    write_call(em, stmt, stem, &built, judged, &judge);

    clear_saves(em, request, request->body);
    unsigned point = emit_point(em, stmt->span);
    write_at(&em->fn->body, &em->unit->sources, stmt->span);
    write_line(&em->fn->body, "return swarm_fetch(s, %u, &%s_call); case %u:;", point, stem, point);
    if (judged && judge.breaks) {
        write_code(em, "SWARM_CODE_BREAK", "break;", em->fn->loops);
    }
    if (judged && judge.continues) {
        write_code(em, "SWARM_CODE_CONTINUE", "continue;", em->fn->loops);
    }
    if (judged && judge.returns) {
        write_code(em, "SWARM_CODE_RETURN", "return SWARM_DONE;", 0);
    }
    if (request->otherwise) {
        write_open(&em->fn->body, "if (!s->answered) {");
        emit_block(em, request->otherwise);
        write_close(&em->fn->body, "}");
    }
}
