/* Requests: attributes, the response block and its verdict, the session, http { }. */
#include <ctype.h>
#include <strings.h>

#include "checker.h"

/* ------------------------------------------------------------------ attributes */

static const struct attr_rule {
    const char *name;
    bool request, http, single;
} rules[] = {
    [ATTR_JSON] = {"json", true, false, true},
    [ATTR_FORM] = {"form", true, false, true},
    [ATTR_BODY] = {"body", true, false, true},
    [ATTR_QUERY] = {"query", true, false, true},
    [ATTR_MULTIPART] = {"multipart", true, false, true},
    [ATTR_COOKIE] = {"cookie", true, false, false},
    [ATTR_HEADER] = {"header", true, true, false},
    [ATTR_TIMEOUT] = {"timeout", true, true, true},
    [ATTR_CONNECT_TIMEOUT] = {"connect_timeout", true, true, true},
    [ATTR_FOLLOW] = {"follow", true, true, true},
    [ATTR_AUTH] = {"auth", true, true, true},
    [ATTR_COMPRESSED] = {"compressed", true, true, true},
    [ATTR_RETRY] = {"retry", true, true, true},
    [ATTR_VERIFY] = {"verify", false, true, true},
    [ATTR_KEEP_ALIVE] = {"keep_alive", false, true, true},
    [ATTR_TLS_RESUME] = {"tls_resume", false, true, true},
    [ATTR_CA] = {"ca", false, true, true},
    [ATTR_PROXY] = {"proxy", false, true, true},
    [ATTR_CERT] = {"cert", false, true, true},
    [ATTR_CONNECTIONS] = {"connections", false, true, true},
    [ATTR_MAX_BODY] = {"max_body", false, true, true},
    [ATTR_VERSION] = {"version", false, true, true},
};

static const char *attr_name(const struct attr *attr)
{
    return attr->kind < sizeof rules / sizeof *rules && rules[attr->kind].name ? rules[attr->kind].name : "attribute";
}

static bool is_token(struct slice text)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char ch = (unsigned char)text.p[i];
        if (!isalnum(ch) && !strchr("!#$%&'*+-.^_`|~", ch))
            return false;
        if (ch == 0)
            return false;
    }
    return text.n > 0;
}

static void check_name(struct checker *c, struct expr *name, const char *what)
{
    struct diag *diag;

    if (!name)
        return;
    check_expr(c, name);
    if (name->type.kind == TYPE_ERROR)
        return;
    if (!type_fits(type_of(TYPE_STRING), name->type)) {
        diag_add(c->diags, DIAG_E0302, name->span, "the name of a %s is a text, found %s", what,
                 type_article(name->type));
        return;
    }
    refuse_secret(c, name, arena_format(c->arena, "the name of a %s", what));
    if (name->constness != CONST_KNOWN || is_token(name->known.text))
        return;
    diag = diag_add(c->diags, DIAG_E0405, name->span, "`%.*s` cannot be the name of a %s", (int)name->known.text.n,
                    name->known.text.p, what);
    if (name->known.text.n && memchr(name->known.text.p, ':', name->known.text.n))
        diag_help(c->diags, diag, "name and value are two texts: `%s \"Accept\" \"text/html\"`", what);
    else
        diag_help(c->diags, diag, "letters, digits and `-` are allowed, no spaces");
}

/* A text that is sent; null: it is left out. */
static void check_sent(struct checker *c, struct expr *value, const char *what)
{
    struct diag *diag;

    if (!value)
        return;
    check_expr(c, value);
    if (!require_value(c, value) || value->type.kind == TYPE_NULL || value_fits(type_of(TYPE_STRING), value)) {
        if (value->constness == CONST_KNOWN && value->type.kind == TYPE_STRING &&
            (memchr(value->known.text.p, '\n', value->known.text.n) ||
             memchr(value->known.text.p, '\r', value->known.text.n) ||
             memchr(value->known.text.p, '\0', value->known.text.n)))
            diag_add(c->diags, DIAG_E0417, value->span, "%s cannot hold a line end or a NUL", what);
        return;
    }
    diag = diag_add(c->diags, DIAG_E0302, value->span, "%s is a text, found %s", what, value_article(value));
    diag_help(c->diags, diag, "write it into a text: `\"${…}\"`");
}

/* query and form: names and plain values; a list repeats the name */
static void check_fields(struct checker *c, struct attr *attr)
{
    const char *what = attr_name(attr);
    struct diag *diag;

    if (!attr->a)
        return;
    check_expr(c, attr->a);
    if (attr->a->kind != EXPR_OBJECT) {
        if (!type_is_loose(attr->a->type) && attr->a->type.kind != TYPE_RECORD)
            diag_add(c->diags, DIAG_E0406, attr->a->span, "`%s` takes names and values: `%s { q: \"x\" }`", what, what);
        return;
    }
    for (struct item *item = attr->a->items; item; item = item->next) {
        const struct expr *inner = item->value;
        if (!item->spread && inner->kind == EXPR_LIST)
            for (const struct item *element = inner->items; element; element = element->next)
                if (element->value->kind == EXPR_OBJECT || element->value->kind == EXPR_LIST)
                    inner = element->value;
        if (item->spread || (inner->kind != EXPR_OBJECT && inner == item->value))
            continue;
        diag = diag_add(c->diags, DIAG_E0406, inner->span, "%s cannot stand in a %s",
                        inner->kind == EXPR_OBJECT ? "an object" : "a list of lists", what);
        diag_help(c->diags, diag,
                  "write one entry for each of its values, or send `json { … }`, or `to_json(…)` as a text");
    }
}

static void check_body(struct checker *c, struct attr *attr)
{
    struct expr *value = attr->a;
    struct diag *diag;

    if (!value)
        return;
    check_expr(c, value);
    if (!require_value(c, value))
        return;
    if (!value_fits(type_of(TYPE_STRING), value)) {
        diag = diag_add(c->diags, DIAG_E0302, value->span, "a body is a text, found %s", value_article(value));
        diag_help(c->diags, diag, "`json` sends any value as JSON");
        return;
    }
    if (value->kind != EXPR_TEXT || !value->parts || value->parts->expr || !value->parts->next)
        return;
    struct slice begin = value->parts->literal;
    size_t i = 0;
    while (i < begin.n && isspace((unsigned char)begin.p[i]))
        i++;
    if (i == begin.n || (begin.p[i] != '{' && begin.p[i] != '['))
        return;
    diag = diag_add(c->diags, DIAG_W0905, attr->span,
                    "values are put into this JSON as they are: a quote in one breaks it");
    diag_help(c->diags, diag, "`json { name: value }` writes them rightly");
}

/* A file of a part is taken into the program, so its name is known now. */
static void check_part_file(struct checker *c, const struct expr *value)
{
    struct diag *diag;

    if (!require_fits(c, type_of(TYPE_STRING), value, "the path of a part's file"))
        return;
    if (value->constness != CONST_KNOWN) {
        diag = diag_add(c->diags, DIAG_E0212, value->span, "the name of a file must be known before the run");
        diag_help(c->diags, diag, "files are taken into the program; a text of the run is sent by `field`");
        return;
    }
    if (!file_exists(c, value->span, value->known.text.p)) {
        diag = diag_add(c->diags, DIAG_E0703, value->span, "cannot read the file `%s`", value->known.text.p);
        diag_help(c->diags, diag, "its path is relative to this file: %s",
                  path_beside(c, value->span.file, value->known.text.p));
    }
}

static void check_multipart(struct checker *c, struct attr *attr)
{
    struct diag *diag;

    for (struct part *part = attr->parts; part; part = part->next) {
        check_expr(c, part->name);
        if (part->name)
            require_fits(c, type_of(TYPE_STRING), part->name, "the name of a part");
        if (part->content_type)
            check_sent(c, part->content_type, "the type of a part");
        if (!part->value)
            continue;
        check_expr(c, part->value);
        if (part->file) {
            check_part_file(c, part->value);
        } else if (part->value->kind == EXPR_OBJECT) {
            diag = diag_add(c->diags, DIAG_E0406, part->value->span, "an object cannot stand in a multipart");
            diag_help(c->diags, diag, "write one field for each of its values, or send `to_json(…)` as a text");
        } else {
            require_value(c, part->value);
        }
    }
}

void check_positive(struct checker *c, const struct expr *value, const char *what, bool zero)
{
    double number;

    if (!value || value->constness != CONST_KNOWN || !type_is_plain(value->type) || value->type.kind == TYPE_STRING)
        return;
    number = value->type.kind == TYPE_FLOAT || value->type.kind == TYPE_RATE ? value->known.f : (double)value->known.i;
    if (number < 0 || (number == 0 && !zero))
        diag_add(c->diags, DIAG_E0321, value->span, "`%s` must be %s", what, zero ? "0 or more" : "more than 0");
}

static void check_duration_attr(struct checker *c, struct attr *attr)
{
    if (!attr->a)
        return;
    check_expr(c, attr->a);
    if (require_duration(c, attr->a, arena_format(c->arena, "`%s`", attr_name(attr))))
        check_positive(c, attr->a, attr_name(attr), false);
}

static void check_number_attr(struct checker *c, struct attr *attr, bool zero)
{
    if (!attr->a)
        return;
    check_expr(c, attr->a);
    if (require_fits(c, type_of(TYPE_INT), attr->a, arena_format(c->arena, "`%s`", attr_name(attr))))
        check_positive(c, attr->a, attr_name(attr), zero);
}

static void check_auth(struct checker *c, struct attr *attr)
{
    check_sent(c, attr->a, name_is(attr->word.text, "bearer") ? "a token" : "a user's name");
    check_sent(c, attr->b, "a password");
}

static void check_file_attr(struct checker *c, struct attr *attr, struct expr *value)
{
    if (!value)
        return;
    check_expr(c, value);
    if (!require_fits(c, type_of(TYPE_STRING), value, arena_format(c->arena, "`%s`", attr_name(attr))))
        return;
}

static void check_attr(struct checker *c, struct attr *attr)
{
    switch (attr->kind) {
    case ATTR_ERROR:
        break;
    case ATTR_JSON:
        check_expr(c, attr->a);
        require_value(c, attr->a);
        break;
    case ATTR_FORM:
    case ATTR_QUERY:
        check_fields(c, attr);
        break;
    case ATTR_BODY:
        check_body(c, attr);
        break;
    case ATTR_MULTIPART:
        check_multipart(c, attr);
        break;
    case ATTR_COOKIE:
        check_name(c, attr->a, "cookie");
        check_sent(c, attr->b, "the value of a cookie");
        break;
    case ATTR_HEADER:
        check_name(c, attr->a, "header");
        check_sent(c, attr->b, "the value of a header");
        break;
    case ATTR_TIMEOUT:
    case ATTR_CONNECT_TIMEOUT:
        check_duration_attr(c, attr);
        break;
    case ATTR_FOLLOW:
    case ATTR_VERIFY:
    case ATTR_KEEP_ALIVE:
    case ATTR_TLS_RESUME:
    case ATTR_COMPRESSED:
    case ATTR_VERSION:
        break; /* the words are settled by the syntax */
    case ATTR_AUTH:
        check_auth(c, attr);
        break;
    case ATTR_RETRY:
        check_number_attr(c, attr, true);
        if (attr->b) {
            check_expr(c, attr->b);
            if (require_duration(c, attr->b, "`backoff`"))
                check_positive(c, attr->b, "backoff", true);
        }
        break;
    case ATTR_CONNECTIONS:
    case ATTR_MAX_BODY:
        check_number_attr(c, attr, false);
        break;
    case ATTR_CA:
    case ATTR_PROXY:
    case ATTR_CERT:
        check_file_attr(c, attr, attr->a);
        check_file_attr(c, attr, attr->b);
        break;
    }
}

static bool is_content(const struct attr *attr)
{
    return attr->kind == ATTR_JSON || attr->kind == ATTR_FORM || attr->kind == ATTR_BODY ||
           attr->kind == ATTR_MULTIPART;
}

static void check_twice(struct checker *c, struct attr *attrs, const struct attr *attr)
{
    struct diag *diag;

    for (struct attr *other = attrs; other != attr; other = other->next) {
        if (other->kind == attr->kind && rules[attr->kind].single) {
            diag = diag_add(c->diags, DIAG_E0401, attr->key, "`%s` is given twice", attr_name(attr));
            diag_label(c->diags, diag, other->key, "first here");
            return;
        }
        if (is_content(attr) && is_content(other)) {
            diag = diag_add(c->diags, DIAG_E0402, attr->key, "a request has one body: `%s` and `%s` do not go together",
                            attr_name(other), attr_name(attr));
            diag_label(c->diags, diag, other->key, "the other one");
            return;
        }
    }
}

static void check_attrs(struct checker *c, struct attr *attrs, bool http)
{
    struct diag *diag;

    for (struct attr *attr = attrs; attr; attr = attr->next) {
        if (attr->kind == ATTR_ERROR)
            continue;
        if (!(http ? rules[attr->kind].http : rules[attr->kind].request))
            continue; /* reported with the syntax */
        if (attr->after_statement) {
            diag = diag_add(c->diags, DIAG_E0400, attr->key, "`%s` comes after a response statement", attr_name(attr));
            diag_help(c->diags, diag,
                      "what is sent stands before the first response statement: move it to the front of the block");
        }
        check_twice(c, attrs, attr);
        struct env *file = http ? enter_file(c, c->body->env, attr->span.file) : NULL;
        check_attr(c, attr);
        leave_file(c->body->env, file);
    }
}

void check_http(struct checker *c, struct env *env, struct attr *attrs)
{
    struct body body = {.kind = BODY_NONE,
                        .what = "`http { }`",
                        .env = env,
                        .flow = {.reachable = true},
                        .constant = true,
                        .constant_what = "what stands in `http { }`",
                        .constant_help =
                            "what changes while it runs goes into the request, or, for the rest of a user's "
                            "life, into `session header`, `session auth`, `session cookie`: on start "
                            "{ session header \"Authorization\" \"Bearer ${token}\" }"};
    struct body *outer = c->body;

    c->body = &body;
    check_attrs(c, attrs, true);
    c->body = outer;
}

/* ------------------------------------------------------------------ verdict */

static bool is_status(const struct expr *e)
{
    return e && e->word == WORD_STATUS;
}

/* `status ==`, `in`, `<`, `<=`, alone or joined by `and`. */
bool settles_status(const struct expr *e)
{
    if (!e || e->kind != EXPR_BINARY)
        return false;
    switch (e->op) {
    case OP_AND:
        return settles_status(e->left) || settles_status(e->right);
    case OP_EQ:
        return is_status(e->left) || is_status(e->right);
    case OP_IN:
    case OP_LT:
    case OP_LE:
        return is_status(e->left);
    case OP_GT:
    case OP_GE:
        return is_status(e->right);
    default:
        return false;
    }
}

static bool is_redirect(const struct expr *e)
{
    return e->constness == CONST_KNOWN && e->type.kind == TYPE_INT &&
           (e->known.i == 301 || e->known.i == 302 || e->known.i == 303 || e->known.i == 307 || e->known.i == 308);
}

static const struct attr *find_attr(const struct attr *attr, enum attr_kind kind)
{
    for (; attr; attr = attr->next)
        if (attr->kind == kind)
            return attr;
    return NULL;
}

static bool follows(const struct body *body)
{
    const struct attr *follow = find_attr(body->request->attrs, ATTR_FOLLOW);

    if (!follow)
        follow = find_attr(body->http, ATTR_FOLLOW);
    return !follow || !name_is(follow->word.text, "off");
}

void warn_redirect_status(struct checker *c, const struct expr *e)
{
    bool redirect = false;
    struct diag *diag;

    if (e->kind != EXPR_BINARY)
        return;
    if (e->op == OP_AND) {
        warn_redirect_status(c, e->left);
        warn_redirect_status(c, e->right);
        return;
    }
    if (e->op == OP_EQ && is_status(e->left)) {
        redirect = is_redirect(e->right);
    } else if (e->op == OP_IN && is_status(e->left) && e->right->kind == EXPR_LIST && e->right->items) {
        redirect = true;
        for (struct item *item = e->right->items; item; item = item->next)
            redirect = redirect && is_redirect(item->value);
    }
    if (!redirect || !follows(c->body))
        return;
    diag = diag_add(c->diags, DIAG_W0907, e->span, "redirects are followed, so this status is never seen");
    diag_help(c->diags, diag, "`follow off` among the attributes of the request shows the redirect itself");
}

/* ------------------------------------------------------------------ the request */

static void mark_conditional(struct walk *walk, struct stmt *s)
{
    const struct flow *after = walk->data;

    if (s->kind == STMT_SAVE && s->symbol && s->symbol->kind == SYMBOL_SAVE)
        s->conditional = !flow_is_set(after, s->symbol);
}

/* Returns what is known when the block is over (or was left by succeed or fail). */
static struct flow check_response(struct checker *c, struct request *request)
{
    struct body *body = c->body;
    struct flow leaves = body->leaves, after;
    bool condition = body->condition, reads_status = body->reads_status;
    struct request *outer = body->request;

    body->request = request;
    body->leaves = flow_dead();
    body->condition = body->reads_status = false;
    check_block(c, request->body);
    after = flow_join(c, body->flow, body->leaves);
    request->implied_first = !body->reads_status;
    request->implied_last = body->reads_status;
    body->request = outer;
    body->leaves = leaves;
    body->condition = condition;
    body->reads_status = reads_status;
    struct walk walk = {.stmt = mark_conditional, .data = &after};
    walk_block(&walk, request->body);
    return after;
}

void check_request(struct checker *c, struct stmt *s)
{
    struct request *request = s->request;
    struct body *body = c->body;
    struct request *outer = body->request;
    struct flow before, answered;

    check_waits(c, s->word, "a request");
    if (!request)
        return;
    body->request = NULL;
    body->in_attributes = true;
    check_url(c, request);
    check_attrs(c, request->attrs, false);
    body->in_attributes = false;
    request->reads_body = false;
    request->implied_first = true;
    request->implied_last = false;
    before = answered = body->flow;
    if (request->body)
        answered = check_response(c, request);
    body->flow = before;
    check_block(c, request->otherwise);
    body->flow = flow_answered(c, answered, body->flow);
    body->request = outer;
}

/* ------------------------------------------------------------------ session */

void check_session(struct checker *c, struct stmt *s)
{
    struct body *body = c->body;

    if (body->kind == BODY_FN || body->kind == BODY_FORMULA || body->kind == BODY_QUIET_HOOK ||
        body->kind == BODY_REQUEST_HOOK || body->kind == BODY_ERROR_HOOK)
        diag_add(c->diags, body->kind == BODY_FN ? DIAG_E0506 : DIAG_E0509, s->word,
                 body->kind == BODY_FN
                     ? "`session` cannot stand in a `fn`: a fn computes, it does not wait or change anything"
                     : "there is no user here whose session it could be");
    if (s->attr)
        check_attr(c, s->attr);
    if (!s->value)
        return;
    check_expr(c, s->value);
    if (require_value(c, s->value) && require_fits(c, type_of(TYPE_STRING), s->value, "`session target`") &&
        s->value->kind == EXPR_TEXT && s->value->constness == CONST_KNOWN && s->value->known.text.n &&
        strncasecmp(s->value->known.text.p, "http://", 7) != 0 &&
        strncasecmp(s->value->known.text.p, "https://", 8) != 0) {
        struct diag *diag = diag_add(c->diags, DIAG_E0403, s->value->span, "a target is an absolute URL");
        diag_help(c->diags, diag, "`\"http://…\"` or `\"https://…\"`");
    }
}
