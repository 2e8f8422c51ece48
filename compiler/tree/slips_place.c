/* Where a token stands, which words belong there, and how things are written: the knowledge behind messages. */
#include <string.h>

#include "slips.h"
#include "swarm.tab.h"

/* ------------------------------------------------------------------ places */

uint32_t slip_block(const struct tokens *tokens, size_t at)
{
    uint32_t around = tokens->at[at].inner;
    while (around != NO_TOKEN && tokens->at[around].kind != '{')
        around = tokens->at[around].inner;
    return around;
}

static bool before_object(int kind)
{
    switch (kind) {
    /* clang-format off */
    case '=': case '(': case ',': case '[': case ':': case '?': case TOK_ELLIPSIS: case TOK_COALESCE: case TOK_EQ: case TOK_NE: case TOK_IN:
    case TOK_JSON: case TOK_FORM: case TOK_QUERY: case TOK_RETURN: case TOK_LOG: case TOK_LEVEL: case TOK_INTERPOLATION: case TOK_IF:
    case TOK_WHILE: case TOK_REPEAT: case TOK_ADD_ASSIGN:
        /* clang-format on */
        return true;
    default:
        return false;
    }
}

static enum slip_place place_of_block(const struct parser *p, uint32_t open)
{
    const struct token *tokens = p->tokens.at;
    if (open == NO_TOKEN)
        return PLACE_TOP;
    int last = open ? tokens[open - 1].kind : 0, first = tokens[tokens[open].first].kind;
    if (before_object(last))
        return PLACE_OBJECT;
    enum slip_place outer = PLACE_TOP;
    bool statement = first == TOK_IF || first == TOK_WHILE || first == TOK_FOR || first == TOK_REPEAT ||
                     first == TOK_LOOP || first == TOK_EVERY || first == TOK_TEXT || last == TOK_ELSE || first == '}' ||
                     first == TOK_ELSE;
    if (statement)
        outer = place_of_block(p, slip_block(&p->tokens, open));
    if (last == TOK_ELSE)
        return outer == PLACE_REQUEST ? PLACE_RESPONSE : outer;
    switch (first) {
    case TOK_USER:
    case TOK_ABSTRACT:
        return PLACE_USER;
    case TOK_TASKS:
    case TOK_CHAIN:
        return PLACE_GROUP;
    case TOK_JOURNEY:
        return PLACE_JOURNEY;
    case TOK_EXTERN:
        return PLACE_EXTERN;
    case TOK_HTTP:
        return PLACE_HTTP;
    case TOK_SHAPE:
        return PLACE_SHAPE;
    case TOK_THRESHOLDS:
    case TOK_TEXT:
        return PLACE_THRESHOLDS;
    case TOK_MULTIPART:
        return PLACE_PARTS;
    case TOK_GET:
    case TOK_POST:
    case TOK_PUT:
    case TOK_PATCH:
    case TOK_DELETE:
    case TOK_HEAD:
    case TOK_OPTIONS:
    case TOK_REQUEST:
        return PLACE_REQUEST;
    case TOK_EVERY:
        return outer == PLACE_SHAPE ? PLACE_FORMULA : PLACE_BODY;
    case TOK_IF:
    case TOK_WHILE:
    case TOK_FOR:
    case TOK_REPEAT:
    case TOK_LOOP:
    case TOK_ELSE:
        return outer == PLACE_REQUEST ? PLACE_RESPONSE : outer;
    case TOK_TASK:
    case TOK_STEP:
    case TOK_ON:
    case TOK_FN:
    case TOK_ACTION:
    case TOK_MEASURE:
    case TOK_PARALLEL:
        return PLACE_BODY;
    default:
        return PLACE_OBJECT;
    }
}

enum slip_place slip_place(const struct parser *p, size_t at)
{
    return place_of_block(p, slip_block(&p->tokens, at));
}

const char *slip_place_text(enum slip_place place)
{
    static const char *const texts[PLACE_COUNT] = {
        /* clang-format off */
        [PLACE_TOP] = "at the top of a file", [PLACE_USER] = "in a user", [PLACE_GROUP] = "in a group", [PLACE_JOURNEY] = "in a journey",
        [PLACE_EXTERN] = "in `extern`", [PLACE_BODY] = "in a task", [PLACE_REQUEST] = "in the block of a request",
        [PLACE_RESPONSE] = "in a block inside a request", [PLACE_HTTP] = "in `http`", [PLACE_SHAPE] = "in a shape",
        [PLACE_FORMULA] = "in a formula", [PLACE_THRESHOLDS] = "in `thresholds`", [PLACE_PARTS] = "in `multipart`",
        /* clang-format on */
        [PLACE_OBJECT] = "in an object",
    };
    return texts[place];
}

bool slip_is_declarations(enum slip_place place)
{
    return place == PLACE_TOP || place == PLACE_USER || place == PLACE_GROUP || place == PLACE_JOURNEY ||
           place == PLACE_EXTERN;
}

/* ------------------------------------------------------------------ words */

/* clang-format off */
enum { TOP = 1 << PLACE_TOP, USER = 1 << PLACE_USER, GROUP = 1 << PLACE_GROUP, JOURNEY = 1 << PLACE_JOURNEY, EXT = 1 << PLACE_EXTERN,
       BODY = 1 << PLACE_BODY, REQUEST = 1 << PLACE_REQUEST, RESPONSE = 1 << PLACE_RESPONSE, HTTP = 1 << PLACE_HTTP,
       SHAPE = 1 << PLACE_SHAPE, FORMULA = 1 << PLACE_FORMULA, LIMITS = 1 << PLACE_THRESHOLDS, PARTS = 1 << PLACE_PARTS,
       BLOCKS = BODY | REQUEST | RESPONSE, GROUPS = GROUP | JOURNEY, ATTR = REQUEST | HTTP };
/* clang-format on */

static const struct {
    const char *word;
    unsigned places;
    const char *form;
} forms[] = {
    {"import", TOP, "import \"lib/auth.swarm\" as auth"},
    {"target", TOP | USER, "target \"http://shop.test\""},
    {"option", TOP, "option pages: int = 20 \"how many\""},
    {"const", TOP, "const LIMIT = 100"},
    {"data", TOP, "data people = csv(\"people.csv\") circular"},
    {"var", TOP | USER | GROUPS, "var token = \"\""},
    {"gate", TOP, "gate everyone"},
    {"queue", TOP, "queue orders max 1000"},
    {"metric", TOP, "metric trend basket \"euro\""},
    {"fn", TOP | USER | GROUPS | EXT, "fn half(n: int) -> float { return n / 2 }"},
    {"action", TOP | USER | GROUPS | EXT, "action login(name: string) -> string { … }"},
    {"abstract", TOP, "abstract user Base { … }"},
    {"user", TOP, "user Shopper extends Base { … }"},
    {"tasks", TOP | USER | GROUP, "tasks Forum weight 2 { … }"},
    {"journey", TOP | USER | GROUP, "journey Checkout repeat { step one { … } }"},
    {"chain", TOP | USER | GROUP, "chain Visit { task home -> product 3, exit { … } }"},
    {"use", USER | GROUP, "use Forum weight 2"},
    {"shape", TOP | USER, "shape Day { ramp to 100 users over 1m }"},
    {"thresholds", TOP, "thresholds { p95 < 500ms }"},
    {"on", TOP | USER | GROUPS, "on start { … }"},
    {"http", TOP | USER, "http { timeout 10s }"},
    {"extern", TOP, "extern \"C\" from \"signer.c\" link \"crypto\" { fn … }"},
    {"task", USER | GROUP, "task browse weight 3 tag smoke { … }"},
    {"step", JOURNEY, "step pay { … }"},
    {"weight", USER, "weight 3"},
    {"count", USER, "count 2"},
    {"visits", USER, "visits 3"},
    {"wait", USER | GROUPS, "wait 1s..3s, wait pace 4s or wait rate 0.2/s"},

    {"let", BLOCKS | FORMULA, "let name = value"},
    {"save", BLOCKS, "save id = json.id"},
    {"if", BLOCKS | FORMULA, "if status == 200 { … } else { … }"},
    {"for", BLOCKS | FORMULA | SHAPE, "for item in list { … }"},
    {"while", BLOCKS | FORMULA, "while n < 3 { … }"},
    {"repeat", BLOCKS | FORMULA | SHAPE, "repeat 3 { … }"},
    {"loop", BLOCKS | FORMULA, "loop every 500ms within 30s { … } else { … }"},
    {"break", BLOCKS | FORMULA, "break"},
    {"continue", BLOCKS | FORMULA, "continue"},
    {"return", BLOCKS, "return value"},
    {"expect", BLOCKS, "expect status == 200 else \"message\""},
    {"require", BLOCKS, "require status == 200 else \"message\""},
    {"fail", BLOCKS, "fail \"message\""},
    {"succeed", BLOCKS, "succeed"},
    {"interrupt", BLOCKS, "interrupt, or interrupt after wait"},
    {"reschedule", BLOCKS, "reschedule"},
    {"stop", BLOCKS | FORMULA, "stop user, or stop test \"why\""},
    {"sleep", BODY, "sleep 500ms or sleep 1s..3s"},
    {"log", BLOCKS | FORMULA, "log \"text ${value}\" or log warn \"text\""},
    {"await", BODY, "await everyone within 1m else fail \"not all came\""},
    {"open", BLOCKS, "open everyone"},
    {"push", BLOCKS, "push orders id"},
    {"pop", BODY, "let id = pop orders within 5s else return"},
    {"get", BODY, "get \"/path\" as \"row\" { expect status == 200 }"},
    {"post", BODY, "post \"/path\" { json { key: value } }"},
    {"put", BODY, "put \"/path\" { json { key: value } }"},
    {"patch", BODY, "patch \"/path\" { json { key: value } }"},
    {"delete", BODY, "delete \"/path\""},
    {"head", BODY, "head \"/path\""},
    {"options", BODY, "options \"/path\""},
    {"request", BODY, "request \"PROPFIND\" \"/path\""},
    {"session", BODY | REQUEST | RESPONSE, "session header \"Authorization\" \"Bearer ${token}\""},
    {"parallel", BODY, "parallel { … } or parallel max 4 for x in list { … }"},
    {"measure", BODY, "measure \"name\" { … }"},

    {"json", REQUEST, "json { key: value }"},
    {"form", REQUEST, "form { key: value }"},
    {"body", REQUEST, "body \"text\" or body file(\"order.bin\")"},
    {"query", REQUEST, "query { key: value }"},
    {"multipart", REQUEST, "multipart { field \"name\" \"value\" }"},
    {"header", ATTR, "header \"Accept\" \"text/html\""},
    {"cookie", REQUEST, "cookie \"theme\" \"dark\""},
    {"timeout", ATTR, "timeout 10s"},
    {"connect_timeout", ATTR, "connect_timeout 5s"},
    {"follow", ATTR, "follow off"},
    {"auth", ATTR, "auth basic \"user\", \"password\" or auth bearer token"},
    {"compressed", ATTR, "compressed gzip"},
    {"retry", ATTR, "retry 2 backoff 200ms"},
    {"verify", HTTP, "verify off"},
    {"keep_alive", HTTP, "keep_alive off"},
    {"tls_resume", HTTP, "tls_resume off"},
    {"ca", HTTP, "ca \"ca.pem\""},
    {"cert", HTTP, "cert \"client.pem\" key \"client.key\""},
    {"proxy", HTTP, "proxy \"http://proxy:3128\""},
    {"connections", HTTP, "connections 6"},
    {"max_body", HTTP, "max_body 16MB"},
    {"version", HTTP, "version 1.1"},

    {"field", PARTS, "field \"title\" \"avatar\""},
    {"file", PARTS, "file \"picture\" \"avatar.png\" type \"image/png\""},
    {"jump", SHAPE, "jump to 20 users at 10/s for 30s"},
    {"ramp", SHAPE, "ramp to 100 users over 1m"},
    {"hold", SHAPE, "hold for 2m"},
    {"arrive", SHAPE, "arrive 10/s for 1m, or arrive 10/s -> 50/s over 1m"},
    {"at", SHAPE, "at most 5000 users"},
    {"every", SHAPE, "every 1s until 10m { users n at n * 1/s }"},
    {"users", FORMULA, "users n at n * 1/s"},
};

enum { FORM_COUNT = sizeof forms / sizeof *forms };

static int find_form(const char *word)
{
    for (int i = 0; word && i < FORM_COUNT; i++)
        if (strcmp(forms[i].word, word) == 0)
            return i;
    return -1;
}

bool slip_fits_place(const char *word, enum slip_place place)
{
    int index = find_form(word);
    return index >= 0 && (forms[index].places >> place & 1);
}

bool slip_is_statement(const char *word)
{
    int index = find_form(word);
    return index >= 0 && (forms[index].places & BLOCKS) && !(forms[index].places & HTTP) && !slip_is_attribute(word);
}

bool slip_is_declaration(const char *word)
{
    int index = find_form(word);
    return index >= 0 && (forms[index].places & (TOP | USER | GROUPS));
}

bool slip_is_attribute(const char *word)
{
    static const char *const own[] = {"json",   "form",       "body",    "query",           "multipart",
                                      "header", "cookie",     "timeout", "connect_timeout", "follow",
                                      "auth",   "compressed", "retry"};
    for (size_t i = 0; word && i < sizeof own / sizeof *own; i++)
        if (strcmp(own[i], word) == 0)
            return true;
    return false;
}

bool slip_is_http_only(const char *word)
{
    int index = find_form(word);
    return index >= 0 && forms[index].places == HTTP;
}

bool slip_is_method(const char *word)
{
    static const char *const methods[] = {"get", "post", "put", "patch", "delete", "head", "options", "request"};
    for (size_t i = 0; word && i < sizeof methods / sizeof *methods; i++)
        if (strcmp(word, methods[i]) == 0)
            return true;
    return false;
}

const char *slip_nearest(const char *word, enum slip_place place)
{
    static const char *const metrics[] = {"fail_ratio", "fails",  "requests", "rps", "avg", "min",
                                          "max",        "median", "p50",      "p90", "p95", "p99"};
    struct near near;
    near_begin(&near, word);
    for (int i = 0; i < FORM_COUNT; i++)
        if (forms[i].places >> place & 1)
            near_offer(&near, forms[i].word);
    if (place == PLACE_THRESHOLDS)
        for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++)
            near_offer(&near, metrics[i]);
    return near.best;
}

const char *slip_form(const char *word, enum slip_place place)
{
    int index = find_form(word);
    if (index < 0)
        return NULL;
    if (place == PLACE_SHAPE && strcmp(word, "for") == 0)
        return "for level in [10, 20] { … }";
    return forms[index].form;
}

const char *slip_choices(enum slip_place place)
{
    static const char *const texts[PLACE_COUNT] = {
        [PLACE_TOP] = "a file holds declarations: target option const data var fn action user tasks journey chain "
                      "shape thresholds on http …",
        [PLACE_USER] = "a user holds wait, weight or count, var, http, on start, task, journey, tasks, use …",
        [PLACE_GROUP] = "a group holds task, tasks, journey, chain, use, wait, var, on start, on stop",
        [PLACE_JOURNEY] = "a journey holds step, wait, var, on start, on stop",
        [PLACE_EXTERN] = "`extern` holds fn and action without bodies",
        [PLACE_BODY] =
            "a task holds statements: get post … let save if for while repeat loop sleep log expect require return …",
        [PLACE_REQUEST] = "the block of a request holds attributes (json form body query header cookie timeout …), "
                          "then statements (expect require save if log …)",
        [PLACE_RESPONSE] = "here stand statements: expect require save let if for log fail succeed return …",
        [PLACE_HTTP] = "`http` holds header timeout connect_timeout follow auth compressed retry verify ca cert proxy "
                       "connections keep_alive tls_resume version max_body",
        [PLACE_SHAPE] = "a shape holds jump, ramp, hold, arrive, at most, repeat, for, every",
        [PLACE_FORMULA] = "a formula holds let, if … and `users n at rate`",
        [PLACE_THRESHOLDS] = "a threshold is a metric, a comparison and a value: p95 < 500ms",
        [PLACE_PARTS] = "`multipart` holds field \"name\" \"value\" and file \"name\" \"path\"",
        [PLACE_OBJECT] = "an object holds `key: value`, a name alone, or `...object`",
    };
    return texts[place];
}

/* ------------------------------------------------------------------ words of others */

/* clang-format off */
#define IN_FUNCTIONS DIAG_E0141, "there is no", "`fn NAME(a: type) -> type { … }` computes, `action` may send requests, `task NAME { … }` is what a user does", NULL
/* clang-format on */
#define IN_CLASSES DIAG_E0142, "there is no", "a kind of virtual user is declared with `user NAME { … }`", NULL
/* clang-format off */
#define IN_SCENARIOS DIAG_E0148, "there is no", "a kind of virtual user is `user NAME { … }`, steps in order are a `journey`, things to pick from are `tasks`", NULL
#define IN_CHECKS DIAG_E0147, "there is no", "write `expect CONDITION` (goes on when it fails) or `require CONDITION` (ends the task)", NULL
#define IN_TRIES DIAG_E0154, "there is no", "an error ends the task and is counted, `fail \"why\"` makes one; no answer is met by `get \"/a\" { … } else { … }`, a missing value by `??` or `else`", NULL
/* clang-format on */
#define IN_CHOICES DIAG_E0172, "there is no", "write `if … { … } else if … { … } else { … }`", NULL
#define IN_PRINTS  DIAG_E0145, "there is no", "messages are written with `log \"…\"`", NULL
#define IN_HOSTS   DIAG_E0149, "there is no", "the system under test is named by `target \"http://…\"`", NULL
#define IN_BLOCKS  DIAG_E0171, "there is no", "blocks stand between `{` and `}`; without end is `loop { … }`", NULL
#define IN_LETS                                                                                                        \
    DIAG_E0135, "nothing is declared with", "write `let name = value`",                                                \
        "write `var name = value`, or `const NAME = value` at the top of the file"
#define IN_WAITS DIAG_E0135, "there is no", "inside a task it is `sleep 1s`", "write `wait 1s..3s`"
/* clang-format off */
#define IN_IMPORTS DIAG_E0151, "files are not imported with", "write `import \"path.swarm\"`, then use its declarations as file.NAME", NULL
#define IN_ASYNC DIAG_E0143, "there is no", "every request waits for its answer by itself; several at once stand in `parallel { … }`", NULL
#define IN_HOOKS DIAG_E0135, "there is no", "of each user it is `on start { … }` and `on stop { … }` in the user, of the whole run `on setup { … }` and `on teardown { … }` at the top of the file", NULL
#define IN_EXITS DIAG_E0135, "there is no", "a task is left with `return`, a user ended with `stop user`, the run with `stop test`", NULL
/* clang-format on */

/* clang-format off */
#define IN_GROUPS DIAG_E0148, "there is no", "one row for several requests is `measure \"name\" { … }`", "a kind of virtual user is `user NAME { … }`, steps in order are a `journey`, things to pick from are `tasks`"
#define IN_STAGES DIAG_E0148, "there is no", "stages stand in `shape { … }`: jump to 20 users for 1m, ramp to 100 users over 1m, hold for 30s", NULL
/* clang-format on */
#define IN_SAVES DIAG_E0135, "there is no", "what is needed later is kept with `save name = json.id`", NULL
#define IN_METRICS                                                                                                     \
    DIAG_E0135, "there is no",                                                                                         \
        "a metric of one's own is declared with its kind: metric counter name, or trend, rate, gauge", NULL
#define IN_METHODS DIAG_E0135, "there is no", "any other method of HTTP is written request \"PROPFIND\" \"/path\"", NULL

static const struct foreign_word foreign_words[] = {
    /* clang-format off */
    {"propfind", IN_METHODS}, {"proppatch", IN_METHODS}, {"mkcol", IN_METHODS}, {"copy", IN_METHODS}, {"move", IN_METHODS},
    {"lock", IN_METHODS}, {"unlock", IN_METHODS}, {"report", IN_METHODS}, {"search", IN_METHODS}, {"trace", IN_METHODS},
    {"purge", IN_METHODS}, {"connect", IN_METHODS}, {"PROPFIND", IN_METHODS}, {"PROPPATCH", IN_METHODS}, {"MKCOL", IN_METHODS},
    {"COPY", IN_METHODS}, {"MOVE", IN_METHODS}, {"LOCK", IN_METHODS}, {"UNLOCK", IN_METHODS}, {"REPORT", IN_METHODS},
    {"SEARCH", IN_METHODS}, {"TRACE", IN_METHODS}, {"PURGE", IN_METHODS}, {"CONNECT", IN_METHODS},
    {"function", IN_FUNCTIONS}, {"def", IN_FUNCTIONS}, {"func", IN_FUNCTIONS}, {"fun", IN_FUNCTIONS},
    {"export", DIAG_E0141, "there is no", "`task NAME { … }` is what a user does; how many users there are stands in `shape { … }`, or is said by --users", NULL},
    {"sub", IN_FUNCTIONS}, {"lambda", IN_FUNCTIONS}, {"void", IN_FUNCTIONS},
    {"class", IN_CLASSES}, {"struct", IN_CLASSES}, {"interface", IN_CLASSES},
    {"scenario", IN_SCENARIOS}, {"Scenario", IN_SCENARIOS}, {"simulation", IN_SCENARIOS}, {"Simulation", IN_SCENARIOS},
    {"group", IN_GROUPS}, {"transaction", IN_GROUPS}, {"transactions", IN_GROUPS}, {"scenarios", IN_SCENARIOS}, {"sequence", IN_SCENARIOS}, {"flow", IN_SCENARIOS}, {"taskset", IN_SCENARIOS},
    {"TaskSet", IN_SCENARIOS}, {"exec", IN_SCENARIOS},
    {"check", IN_CHECKS}, {"assert", IN_CHECKS}, {"should", IN_CHECKS}, {"ensure", IN_CHECKS}, {"validate", IN_CHECKS},
    {"try", IN_TRIES}, {"catch", IN_TRIES}, {"finally", IN_TRIES}, {"throw", IN_TRIES}, {"raise", IN_TRIES}, {"except", IN_TRIES},
    /* clang-format on */
    {"rescue", IN_TRIES},
    /* clang-format off */
    {"switch", IN_CHOICES}, {"case", IN_CHOICES}, {"match", IN_CHOICES}, {"when", IN_CHOICES}, {"default", IN_CHOICES}, {"unless", IN_CHOICES},
    {"print", IN_PRINTS}, {"println", IN_PRINTS}, {"printf", IN_PRINTS}, {"puts", IN_PRINTS}, {"echo", IN_PRINTS}, {"console", IN_PRINTS},
    {"logger", IN_PRINTS}, {"logging", IN_PRINTS},
    {"host", IN_HOSTS}, {"base_url", IN_HOSTS}, {"baseUrl", IN_HOSTS}, {"baseURL", IN_HOSTS}, {"server", IN_HOSTS},
    {"do", IN_BLOCKS}, {"begin", IN_BLOCKS}, {"end", IN_BLOCKS}, {"then", IN_BLOCKS}, {"done", IN_BLOCKS}, {"endif", IN_BLOCKS},
    /* clang-format on */
    {"forever", IN_BLOCKS},
    /* clang-format off */
    {"val", IN_LETS}, {"auto", IN_LETS}, {"local", IN_LETS}, {"my", IN_LETS}, {"int", IN_LETS}, {"string", IN_LETS}, {"float", IN_LETS},
    {"bool", IN_LETS}, {"double", IN_LETS}, {"String", IN_LETS}, {"set", IN_LETS}, {"final", IN_LETS},
    {"pause", IN_WAITS}, {"delay", IN_WAITS}, {"wait_time", IN_WAITS}, {"think_time", IN_WAITS}, {"thinktime", IN_WAITS}, {"think", IN_WAITS},
    {"include", IN_IMPORTS}, {"from", IN_IMPORTS}, {"using", IN_IMPORTS},
    {"async", IN_ASYNC}, {"fetch", IN_ASYNC},
    {"with", DIAG_E0164, "there is no", "write get \"/path\" { … }: what is done with the response stands in its block", NULL},
    /* clang-format on */
    {"times", DIAG_E0171, "there is no", "a number of rounds is written repeat 3 { … }", NULL},
    {"params", DIAG_E0135, "there is no", "what stands behind `?` in a URL is written query { name: value }", NULL},
    /* clang-format off */
    {"payload", DIAG_E0135, "there is no", "what is sent is written json { name: value }, form { name: value } or body \"text\"", NULL},
    {"extract", IN_SAVES}, {"capture", IN_SAVES}, {"store", IN_SAVES},
    {"stage", IN_STAGES}, {"stages", IN_STAGES},
    {"on_start", DIAG_E0135, "there is no", "write on start { … } in the user", NULL}, {"on_stop", DIAG_E0135, "there is no", "write on stop { … } in the user", NULL},
    {"counter", IN_METRICS}, {"trend", IN_METRICS}, {"gauge", IN_METRICS}, {"Counter", IN_METRICS}, {"Trend", IN_METRICS}, {"Gauge", IN_METRICS}, {"Rate", IN_METRICS},
    {"pass", DIAG_E0135, "there is no", "a block in which nothing is done is empty: { }", NULL}, {"noop", DIAG_E0135, "there is no", "a block in which nothing is done is empty: { }", NULL},
    {"setup", IN_HOOKS}, {"teardown", IN_HOOKS}, {"onstart", IN_HOOKS}, {"onStart", IN_HOOKS}, {"onstop", IN_HOOKS}, {"onStop", IN_HOOKS}, {"before", IN_HOOKS}, {"beforeAll", IN_HOOKS}, {"after_all", IN_HOOKS}, {"afterAll", IN_HOOKS},
    {"tag", DIAG_E0135, "nothing begins with", "a tag stands behind the name of a task or group: task browse tag smoke { … }", NULL}, {"tags", DIAG_E0135, "nothing begins with", "a tag stands behind the name of a task or group: task browse tag smoke { … }", NULL},
    {"extends", DIAG_E0156, "nothing begins with", "what a user is based on stands behind its name: user Buyer extends Shopper { … }", NULL},
    {"exit", IN_EXITS}, {"quit", IN_EXITS}, {"abort", IN_EXITS},
    /* clang-format on */
};

const struct foreign_word *slip_foreign_word(const char *word)
{
    for (size_t i = 0; word && i < sizeof foreign_words / sizeof *foreign_words; i++)
        if (strcmp(foreign_words[i].word, word) == 0)
            return &foreign_words[i];
    return NULL;
}
