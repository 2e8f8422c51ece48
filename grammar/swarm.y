/* The grammar of Swarm, all of it. Actions only build nodes; what a construct may hold where is placed by place_decls and
 * the checker. LALR(1) without conflicts: the token filter has settled line ends and soft words before (filter.h).
 * Aliases of tokens are what a message may call them (slips.c), so they are words for people. */
%require "3.8"
%define api.pure full
%define api.prefix {swarm_}
%define api.token.prefix {TOK_}
%define api.location.type {struct span}
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%param {struct parser *p}

%code requires {
#include "tree/parse.h"
}

%code {
/* Deep enough for MAX_NESTING levels of everything that nests. */
#define YYMAXDEPTH 10000

#define YYLLOC_DEFAULT(Current, Rhs, N) \
    do { \
        if (N) { \
            (Current) = span_join(YYRHSLOC(Rhs, 1), YYRHSLOC(Rhs, N)); \
        } else { \
            (Current).from = (Current).to = YYRHSLOC(Rhs, 0).to; \
            (Current).file = YYRHSLOC(Rhs, 0).file; \
        } \
    } while (0)

static int swarm_lex(SWARM_STYPE *value, struct span *span, struct parser *p)
{
    return parse_next(value, span, p);
}

/* bison calls this for one thing only: its stack is full. */
static void swarm_error(struct span *span, struct parser *p, const char *message)
{
    (void)message;
    parse_too_deep(p, *span);
}

/* Skips to where reading can go on; what was at hand is given up unless it is that place. */
#define RECOVER \
    do { \
        parse_recover(p); \
        if (!p->keep_lookahead) \
            yyclearin; \
        yyerrok; \
        if (p->restart || p->give_up) \
            YYABORT; \
    } while (0)
}

%union {
    const struct token *token;
    struct name name;
    struct expr *expr;
    struct stmt *stmt;
    struct block *block;
    struct attr *attr;
    struct decl *decl;
    struct stage *stage;
    struct threshold *threshold;
    struct item *item;
    struct param *param;
    struct edge *edge;
    struct tag *tag;
    struct part *part;
    struct request *request;
    struct type_name type_name;
    struct text_part *text_part;
    struct decl_list decls;
    struct stmt_list stmts;
    struct attr_list attrs;
    struct stage_list stages;
    struct threshold_list thresholds;
    struct item_list items;
    struct param_list params;
    struct edge_list edges;
    struct tag_list tags;
    struct part_list parts;
    struct text_part_list text_parts;
    struct name_array names;
    struct head head;
    struct request_items request_items;
    struct formula_items formula;
    const char *text;
    enum op op;
    bool flag;
}

/* ------------------------------------------------------------------ tokens */

%token NEWLINE "the end of the line"
%token <token> INT "a number" FLOAT "a number with a fraction" DURATION "a duration" SIZE "a size" PERCENT "a percentage"
%token <token> RATE "a rate"
%token <token> TEXT "a text" TEXT_OPEN "the beginning of a text" TEXT_PIECE "the inside of a text" TEXT_CLOSE "the end of a text"
%token INTERPOLATION "${" INTERPOLATION_END "the end of ${ }"
%token <name> NAME "a name"

/* reserved */
%token IF "if" ELSE "else" FOR "for" WHILE "while" REPEAT "repeat" LOOP "loop" BREAK "break" CONTINUE "continue" RETURN "return"
%token LET "let" SAVE "save" EXPECT "expect" REQUIRE "require" FAIL "fail" SUCCEED "succeed" INTERRUPT "interrupt"
%token RESCHEDULE "reschedule" STOP "stop" AND "and" OR "or" NOT "not" IN "in" CONTAINS "contains" MATCHES "matches"
%token TRUE "true" FALSE "false" NULL_WORD "null" AS "as" POP "pop"

/* soft: keywords where something starts */
%token <name> IMPORT "import" TARGET "target" OPTION "option" CONST "const" DATA "data" VAR "var" GATE "gate" QUEUE "queue"
%token <name> METRIC "metric" FN "fn" ACTION "action" ABSTRACT "abstract" USER "user" TASKS "tasks" JOURNEY "journey"
%token <name> CHAIN "chain" USE "use" SHAPE "shape" THRESHOLDS "thresholds" ON "on" HTTP "http" EXTERN "extern" TASK "task"
%token <name> STEP "step" COUNT "count" VISITS "visits" WAIT "wait"
%token <name> SESSION "session" GET "get" POST "post" PUT "put" PATCH "patch" DELETE "delete" HEAD "head" OPTIONS "options"
%token <name> REQUEST "request" SLEEP "sleep" LOG "log" AWAIT "await" OPEN "open" PARALLEL "parallel" MEASURE "measure" PUSH "push"
%token <name> JSON "json" FORM "form" BODY "body" QUERY "query" MULTIPART "multipart" HEADER "header" COOKIE "cookie"
%token <name> TIMEOUT "timeout" CONNECT_TIMEOUT "connect_timeout" FOLLOW "follow" AUTH "auth" COMPRESSED "compressed" RETRY "retry"
%token <name> VERIFY "verify" KEEP_ALIVE "keep_alive" TLS_RESUME "tls_resume" CA "ca" CERT "cert" PROXY "proxy"
%token <name> CONNECTIONS "connections" MAX_BODY "max_body" VERSION "version"
%token <name> FIELD "field" FILE_PART "file" JUMP "jump" RAMP "ramp" HOLD "hold" ARRIVE "arrive"

/* soft: keywords inside something; WEIGHT AT USERS EVERY also start something */
%token <name> WEIGHT "weight" USERS "users" AT "at" EVERY "every" TAG "tag" EXTENDS "extends" WITHIN "within" MAX "max"
%token <name> BACKOFF "backoff" KEY "key" OVER "over" ONLY "only" UNTIL "until" REACHED "reached" MOST "most" TO "to"
%token <name> AFTER "after" ABORT "abort" LINK "link" TYPE "type" FROM "from"
/* settled by the word before */
%token <name> PACE "pace" WAIT_RATE "rate" LEVEL "a log level" SECRET "secret" ONE_OF "one of"

%token ARROW "->" ELLIPSIS "..." ADD_ASSIGN "+=" SUB_ASSIGN "-=" RANGE ".." COALESCE "??" EQ "==" NE "!=" LE "<=" GE ">="
%token NOT_IN "not in" NOT_CONTAINS "not contains" NOT_MATCHES "not matches"
/* never fit; here so that messages can name them */
%token FAT_ARROW "=>" DECORATOR "@" STRAY "a stray character"

%right '?' ':'
%left OR
%left AND
%precedence NOT
%left EQ NE '<' LE '>' GE IN NOT_IN CONTAINS NOT_CONTAINS MATCHES NOT_MATCHES
%right COALESCE
%left RANGE
%left '+' '-'
%left '*' '/' '%'
%precedence NEGATE

%type <name> name plain_head attr_head users_head key http_word version_word
%type <expr> expr primary postfix text list object rhs otherwise_message opt_max opt_within opt_every opt_text opt_default
%type <expr> opt_expr opt_at opt_for opt_until opt_as opt_backoff opt_key opt_abort opt_after edge_weight edge_term edge_value metric target_plain
%type <expr> target_attr target_users
%type <item> element entry
%type <items> args arg_list elements entries opt_choices
%type <text_part> text_part
%type <text_parts> text_parts
%type <stmt> stmt request_stmt formula_stmt common simple simple_word plain_stmt attr_head_stmt users_head_stmt if_stmt
%type <stmts> stmts stmt_list
%type <block> block otherwise opt_otherwise else_block
%type <request> request
%type <request_items> request_block request_list
%type <text> method
%type <attr> attr http_attr http_item
%type <attrs> http_list http_attrs
%type <part> part
%type <parts> parts
%type <decl> decl
%type <decls> decls decl_list opt_as_name
%type <type_name> type_name opt_type opt_result
%type <param> param
%type <params> params param_list
%type <head> head
%type <edge> edge
%type <edges> edges
%type <tag> tag
%type <tags> tags
%type <names> names opt_only
%type <stage> stage users_at
%type <stages> stages stage_list
%type <formula> formula formula_list
%type <threshold> threshold
%type <thresholds> thresholds threshold_list
%type <op> compare
%type <decl> qualified
%type <flag> opt_abstract
%type <expr> opt_from opt_link opt_type_text opt_users_rate

%start file

%%

file: decls { p->decls = $1.first; (void)yynerrs; /* bison counts what nobody reads: clang 19 would complain */ }

end: NEWLINE | ';'

/* ------------------------------------------------------------------ names */

name: NAME | WEIGHT | USERS | AT | EVERY | TAG | EXTENDS | WITHIN | MAX | BACKOFF | KEY | OVER | ONLY | UNTIL | REACHED | MOST
    | TO | AFTER | ABORT | LINK | TYPE | FROM

/* A statement may begin with these as ordinary names: they start nothing where a statement stands. */
plain_head: NAME
    | IMPORT | TARGET | OPTION | CONST | DATA | VAR | GATE | QUEUE | METRIC | FN | ACTION | ABSTRACT | USER | TASKS | JOURNEY | CHAIN
    | USE | SHAPE | THRESHOLDS | ON | HTTP | EXTERN | TASK | STEP | COUNT | VISITS | WAIT | VERIFY | KEEP_ALIVE | TLS_RESUME | CA | CERT
    | PROXY | CONNECTIONS | MAX_BODY | VERSION | FIELD | FILE_PART | JUMP | RAMP | HOLD | ARRIVE
    | WEIGHT | AT | EVERY | TAG | EXTENDS | WITHIN | MAX | BACKOFF | KEY | OVER | ONLY | UNTIL | REACHED | MOST | TO | AFTER | ABORT
    | LINK | TYPE | FROM

attr_head: JSON | FORM | BODY | QUERY | MULTIPART | HEADER | COOKIE | TIMEOUT | CONNECT_TIMEOUT | FOLLOW | AUTH | COMPRESSED | RETRY

users_head: USERS

/* base and qualifier of a declaration that only carries them: NAME or module.NAME */
qualified: name { $$ = node_decl(p, DECL_ERROR, @1, @$); $$->base = $1; }
    | name '.' NAME { $$ = node_decl(p, DECL_ERROR, @1, @$); $$->qualifier = $1; $$->base = $3; }

names: name { $$ = (struct name_array){0}; names_add(p, &$$, $1); }
    | names ',' name { $$ = $1; names_add(p, &$$, $3); }

/* ------------------------------------------------------------------ declarations */

decls: %empty { $$ = (struct decl_list){0}; }
    | decl_list

decl_list: decl { $$ = (struct decl_list){0}; LIST_ADD($$, $1); }
    | decl_list end decl { $$ = $1; LIST_ADD($$, $3); }
    | decl_list error { $$ = $1; RECOVER; }

decl: IMPORT text opt_as_name {
          $$ = node_decl(p, DECL_IMPORT, @1, @$); $$->path = $2;
          if ($3.first) $$->name = $3.first->name;
      }
    | TARGET expr { $$ = node_decl(p, DECL_TARGET, @1, @$); $$->value = $2; }
    | OPTION name ':' type_name opt_default opt_text opt_choices {
          $$ = node_decl(p, DECL_OPTION, @1, @$); $$->name = $2; $$->type_name = $4; $$->value = $5; $$->help = $6; $$->choices = $7.first;
      }
    | OPTION SECRET name ':' type_name opt_default opt_text opt_choices {
          $$ = node_decl(p, DECL_OPTION, @1, @$); $$->secret = true;
          $$->name = $3; $$->type_name = $5; $$->value = $6; $$->help = $7; $$->choices = $8.first;
      }
    | CONST name '=' expr { $$ = node_decl(p, DECL_CONST, @1, @$); $$->name = $2; $$->value = $4; }
    | DATA name '=' name '(' text ')' name { $$ = node_data(p, @1, $2, $4, $6, $8, @$); }
    | VAR name opt_type opt_default { $$ = node_decl(p, DECL_VAR, @1, @$); $$->name = $2; $$->type_name = $3; $$->value = $4; }
    | GATE name { $$ = node_decl(p, DECL_GATE, @1, @$); $$->name = $2; }
    | QUEUE name opt_max { $$ = node_decl(p, DECL_QUEUE, @1, @$); $$->name = $2; $$->value = $3; }
    | METRIC name name opt_text { $$ = node_metric(p, @1, $2, $3, $4, @$); }
    | FN name '(' params ')' opt_result else_block {
          $$ = node_decl(p, DECL_FN, @1, @$); $$->name = $2; $$->params = $4.first; $$->type_name = $6; $$->body = $7;
      }
    | ACTION name '(' params ')' opt_result else_block {
          $$ = node_decl(p, DECL_ACTION, @1, @$); $$->name = $2; $$->params = $4.first; $$->type_name = $6; $$->body = $7;
      }
    | opt_abstract USER name '{' decls '}' {
          $$ = node_decl(p, DECL_USER, @2, @$); $$->abstract = $1; $$->name = $3; $$->members = $5.first;
      }
    | opt_abstract USER name EXTENDS qualified '{' decls '}' {
          $$ = node_decl(p, DECL_USER, @2, @$); $$->abstract = $1; $$->name = $3; $$->base = $5->base; $$->qualifier = $5->qualifier;
          $$->members = $7.first;
      }
    | TASKS name head '{' decls '}' { $$ = node_decl(p, DECL_GROUP, @1, @$); $$->group_kind = GROUP_TASKS; $$->name = $2; node_head(p, $$, &$3); $$->members = $5.first; }
    | JOURNEY name head '{' decls '}' { $$ = node_decl(p, DECL_GROUP, @1, @$); $$->group_kind = GROUP_JOURNEY; $$->name = $2; node_head(p, $$, &$3); $$->members = $5.first; }
    | CHAIN name head '{' decls '}' { $$ = node_decl(p, DECL_GROUP, @1, @$); $$->group_kind = GROUP_CHAIN; $$->name = $2; node_head(p, $$, &$3); $$->members = $5.first; }
    | TASK name head block { $$ = node_decl(p, DECL_TASK, @1, @$); $$->name = $2; node_head(p, $$, &$3); $$->body = $4; }
    | STEP name head block { $$ = node_decl(p, DECL_TASK, @1, @$); $$->is_step = true; $$->name = $2; node_head(p, $$, &$3); $$->body = $4; }
    | USE qualified head { $$ = node_decl(p, DECL_USE, @1, @$); $$->base = $2->base; $$->qualifier = $2->qualifier; node_head(p, $$, &$3); }
    | WEIGHT expr { $$ = node_decl(p, DECL_WEIGHT, @1, @$); $$->value = $2; }
    | COUNT expr { $$ = node_decl(p, DECL_COUNT, @1, @$); $$->value = $2; }
    | VISITS expr { $$ = node_decl(p, DECL_VISITS, @1, @$); $$->value = $2; }
    | WAIT expr { $$ = node_decl(p, DECL_WAIT, @1, @$); $$->value = $2; }
    | WAIT PACE expr { $$ = node_decl(p, DECL_WAIT, @1, @$); $$->wait_kind = WAIT_PACE; $$->value = $3; }
    | WAIT WAIT_RATE expr { $$ = node_decl(p, DECL_WAIT, @1, @$); $$->wait_kind = WAIT_RATE; $$->value = $3; }
    | ON NAME block { $$ = node_decl(p, DECL_HOOK, @1, @$); $$->name = $2; $$->body = $3; }
    | ON EVERY expr block { $$ = node_decl(p, DECL_HOOK, @1, @$); $$->name = $2; $$->value = $3; $$->body = $4; }
    | HTTP '{' http_attrs '}' { $$ = node_decl(p, DECL_HTTP, @1, @$); $$->attrs = $3.first; }
    | SHAPE '{' stages '}' { $$ = node_decl(p, DECL_SHAPE, @1, @$); $$->stages = $3.first; }
    | SHAPE name '{' stages '}' { $$ = node_decl(p, DECL_SHAPE, @1, @$); $$->name = $2; $$->stages = $4.first; }
    | THRESHOLDS opt_after '{' thresholds '}' { $$ = node_decl(p, DECL_THRESHOLDS, @1, @$); $$->value = $2; $$->thresholds = $4.first; }
    | EXTERN text opt_from opt_link '{' decls '}' {
          $$ = node_decl(p, DECL_EXTERN, @1, @$); $$->help = $2; $$->path = $3; $$->link = $4; $$->members = $6.first;
      }
    | error { $$ = NULL; RECOVER; }

opt_as_name: %empty { $$ = (struct decl_list){0}; }
    | AS name { $$ = (struct decl_list){0}; struct decl *d = node_decl(p, DECL_ERROR, @1, @$); d->name = $2; LIST_ADD($$, d); }

opt_abstract: %empty { $$ = false; }
    | ABSTRACT { $$ = true; }

opt_default: %empty { $$ = NULL; }
    | '=' expr { $$ = $2; }

opt_text: %empty { $$ = NULL; }
    | text

opt_choices: %empty { $$ = (struct item_list){0}; }
    | ONE_OF list { $$ = (struct item_list){ .first = $2->items }; node_choices(p, $2); }

opt_max: %empty { $$ = NULL; }
    | MAX expr { $$ = $2; }

opt_after: %empty { $$ = NULL; }
    | AFTER expr { $$ = $2; }

opt_from: %empty { $$ = NULL; }
    | FROM text { $$ = $2; }

opt_link: %empty { $$ = NULL; }
    | LINK text { $$ = $2; }

opt_type: %empty { $$ = (struct type_name){0}; }
    | ':' type_name { $$ = $2; }

opt_result: %empty { $$ = (struct type_name){0}; }
    | ARROW type_name { $$ = $2; }

type_name: name { $$ = (struct type_name){ .name = $1 }; }
    | name '.' NAME { $$ = (struct type_name){ .qualifier = $1, .name = $3 }; }

params: %empty { $$ = (struct param_list){0}; }
    | param_list
    | param_list ','

param_list: param { $$ = (struct param_list){0}; LIST_ADD($$, $1); }
    | param_list ',' param { $$ = $1; LIST_ADD($$, $3); }

param: name ':' type_name { $$ = ARENA_NEW(p->arena, struct param); $$->name = $1; $$->type_name = $3; }
    | NAME name ':' type_name { $$ = node_const_param(p, $1, $2, $4); }

head: %empty { $$ = (struct head){0}; }
    | head WEIGHT expr { $$ = $1; node_once(p, $1.weight, @2, "weight"); $$.weight = $3; }
    | head TAG tags { $$ = $1; node_once(p, $1.tags.first, @2, "tag"); $$.tags = $3; }
    | head REPEAT { $$ = $1; $$.repeat = true; }
    | head ARROW edges { $$ = $1; node_once(p, $1.edges.first, @2, "->"); $$.edges = $3; }

tags: tag { $$ = (struct tag_list){0}; LIST_ADD($$, $1); }
    | tags ',' tag { $$ = $1; LIST_ADD($$, $3); }

tag: name { $$ = ARENA_NEW(p->arena, struct tag); $$->name = $1; }
    | text { $$ = ARENA_NEW(p->arena, struct tag); $$->name = node_key(p, $1); }

edges: edge { $$ = (struct edge_list){0}; LIST_ADD($$, $1); }
    | edges ',' edge { $$ = $1; LIST_ADD($$, $3); }

edge: name { $$ = ARENA_NEW(p->arena, struct edge); $$->name = $1; }
    | name edge_weight { $$ = ARENA_NEW(p->arena, struct edge); $$->name = $1; $$->weight = $2; }

edge_weight: edge_term
    | edge_weight '+' edge_term { $$ = node_binary(p, OP_ADD, $1, $3, @$); }
    | edge_weight '-' edge_term { $$ = node_binary(p, OP_SUB, $1, $3, @$); }

edge_term: edge_value
    | edge_term '*' edge_value { $$ = node_binary(p, OP_MUL, $1, $3, @$); }
    | edge_term '/' edge_value { $$ = node_binary(p, OP_DIV, $1, $3, @$); }
    | edge_term '%' edge_value { $$ = node_binary(p, OP_MOD, $1, $3, @$); }

edge_value: INT { $$ = node_number(p, $1); }
    | FLOAT { $$ = node_number(p, $1); }
    | NAME { $$ = node_name(p, $1); }
    | edge_value '.' NAME { $$ = node_field(p, $1, $3, @$); }
    | '(' expr ')' { $$ = $2; $$->parenthesised = true; $$->whole = @$; }

/* ------------------------------------------------------------------ statements */

block: '{' stmts '}' { $$ = node_block(p, $2.first, @$, true); }

/* The block of a fn or action, which extern ones do not have. */
else_block: %empty { $$ = NULL; }
    | block

stmts: %empty { $$ = (struct stmt_list){0}; }
    | stmt_list

stmt_list: stmt { $$ = (struct stmt_list){0}; LIST_ADD($$, $1); }
    | stmt_list end stmt { $$ = $1; LIST_ADD($$, $3); }
    | stmt_list error { $$ = $1; RECOVER; }

stmt: common | plain_stmt | attr_head_stmt | users_head_stmt
    | error { $$ = NULL; RECOVER; }

simple: simple_word | plain_stmt | attr_head_stmt | users_head_stmt

simple_word: BREAK { $$ = node_stmt(p, STMT_BREAK, @1, @$); }
    | CONTINUE { $$ = node_stmt(p, STMT_CONTINUE, @1, @$); }
    | RETURN { $$ = node_stmt(p, STMT_RETURN, @1, @$); }
    | RETURN rhs { $$ = node_stmt(p, STMT_RETURN, @1, @$); $$->value = $2; }
    | SLEEP expr { $$ = node_stmt(p, STMT_SLEEP, @1, @$); $$->value = $2; }
    | LOG expr { $$ = node_log(p, @1, (struct name){0}, $2, @$); }
    | LOG LEVEL expr { $$ = node_log(p, @1, $2, $3, @$); }
    | FAIL expr { $$ = node_stmt(p, STMT_FAIL, @1, @$); $$->message = $2; }
    | SUCCEED { $$ = node_stmt(p, STMT_SUCCEED, @1, @$); }
    | INTERRUPT { $$ = node_stmt(p, STMT_INTERRUPT, @1, @$); }
    | INTERRUPT AFTER NAME { $$ = node_interrupt_after(p, @1, $3, @$); }
    | RESCHEDULE { $$ = node_stmt(p, STMT_RESCHEDULE, @1, @$); }
    | STOP { $$ = node_stop(p, @1, (struct name){0}, NULL, @$); }
    | STOP name opt_expr { $$ = node_stop(p, @1, $2, $3, @$); }
    | OPEN qualified { $$ = node_stmt(p, STMT_OPEN, @1, @$); $$->name = $2->base; $$->qualifier = $2->qualifier; }
    | PUSH qualified expr { $$ = node_stmt(p, STMT_PUSH, @1, @$); $$->name = $2->base; $$->qualifier = $2->qualifier; $$->value = $3; }

common: simple_word | if_stmt
    | LET name '=' rhs opt_otherwise { $$ = node_stmt(p, STMT_LET, @1, @$); $$->name = $2; $$->value = $4; $$->otherwise = $5; }
    | SAVE name '=' rhs opt_otherwise { $$ = node_stmt(p, STMT_SAVE, @1, @$); $$->name = $2; $$->value = $4; $$->otherwise = $5; }
    | POP qualified opt_within opt_otherwise {
          $$ = node_stmt(p, STMT_CALL, @1, @$);
          $$->value = node_pop(p, $2->qualifier, $2->base, $3, span_join(@1, @3)); $$->otherwise = $4;
      }
    | FOR name IN expr block { $$ = node_stmt(p, STMT_FOR, @1, @$); $$->name = $2; $$->value = $4; $$->body = $5; }
    | WHILE expr block { $$ = node_stmt(p, STMT_WHILE, @1, @$); $$->value = $2; $$->body = $3; }
    | REPEAT expr block { $$ = node_stmt(p, STMT_REPEAT, @1, @$); $$->value = $2; $$->body = $3; }
    | LOOP opt_every opt_within block opt_otherwise {
          $$ = node_stmt(p, STMT_LOOP, @1, @$); $$->every = $2; $$->within = $3; $$->body = $4; $$->otherwise = $5;
      }
    | AWAIT qualified opt_within opt_otherwise {
          $$ = node_stmt(p, STMT_AWAIT, @1, @$); $$->name = $2->base; $$->qualifier = $2->qualifier; $$->within = $3; $$->otherwise = $4;
      }
    | EXPECT expr otherwise_message { $$ = node_stmt(p, STMT_EXPECT, @1, @$); $$->value = $2; $$->message = $3; }
    | REQUIRE expr otherwise_message { $$ = node_stmt(p, STMT_REQUIRE, @1, @$); $$->value = $2; $$->message = $3; }
    | request { $$ = node_stmt(p, STMT_REQUEST, $1->method_span, @$); $$->request = $1; }
    | SESSION attr { $$ = node_session(p, @1, $2, @$); }
    | SESSION TARGET expr { $$ = node_stmt(p, STMT_SESSION, @1, @$); $$->session_kind = SESSION_TARGET; $$->value = $3; }
    | SESSION NAME { $$ = node_session_word(p, @1, $2, @$); }
    | PARALLEL block { $$ = node_stmt(p, STMT_PARALLEL, @1, @$); $$->body = $2; }
    | PARALLEL opt_max FOR name IN expr block {
          $$ = node_stmt(p, STMT_PARALLEL, @1, @$); $$->max = $2; $$->name = $4; $$->value = $6; $$->body = $7;
      }
    | MEASURE text block { $$ = node_stmt(p, STMT_MEASURE, @1, @$); $$->message = $2; $$->body = $3; }

if_stmt: IF expr block { $$ = node_stmt(p, STMT_IF, @1, @$); $$->value = $2; $$->body = $3; }
    | IF expr block ELSE block { $$ = node_stmt(p, STMT_IF, @1, @$); $$->value = $2; $$->body = $3; $$->otherwise = $5; }
    | IF expr block ELSE if_stmt {
          $$ = node_stmt(p, STMT_IF, @1, @$); $$->value = $2; $$->body = $3; $$->otherwise = node_block(p, $5, @5, false);
      }
    | IF expr block ELSE simple {
          $$ = node_stmt(p, STMT_IF, @1, @$); $$->value = $2; $$->body = $3; $$->otherwise = node_bare_else(p, $5, @4, @5);
      }

plain_stmt: target_plain { $$ = node_call_stmt(p, $1, @$); }
    | target_plain '=' rhs opt_otherwise { $$ = node_assign(p, $1, OP_NONE, $3, $4, @$); }
    | target_plain ADD_ASSIGN expr { $$ = node_assign(p, $1, OP_ADD, $3, NULL, @$); }
    | target_plain SUB_ASSIGN expr { $$ = node_assign(p, $1, OP_SUB, $3, NULL, @$); }

attr_head_stmt: target_attr { $$ = node_call_stmt(p, $1, @$); }
    | target_attr '=' rhs opt_otherwise { $$ = node_assign(p, $1, OP_NONE, $3, $4, @$); }
    | target_attr ADD_ASSIGN expr { $$ = node_assign(p, $1, OP_ADD, $3, NULL, @$); }
    | target_attr SUB_ASSIGN expr { $$ = node_assign(p, $1, OP_SUB, $3, NULL, @$); }

users_head_stmt: target_users { $$ = node_call_stmt(p, $1, @$); }
    | target_users '=' rhs opt_otherwise { $$ = node_assign(p, $1, OP_NONE, $3, $4, @$); }
    | target_users ADD_ASSIGN expr { $$ = node_assign(p, $1, OP_ADD, $3, NULL, @$); }
    | target_users SUB_ASSIGN expr { $$ = node_assign(p, $1, OP_SUB, $3, NULL, @$); }

target_plain: plain_head { $$ = node_name(p, $1); }
    | target_plain '.' NAME { $$ = node_field(p, $1, $3, @$); }
    | target_plain '[' expr ']' { $$ = node_index(p, $1, $3, @$); }
    | target_plain '(' args ')' { $$ = node_call(p, $1, $3.first, @$); }

target_attr: attr_head { $$ = node_name(p, $1); }
    | target_attr '.' NAME { $$ = node_field(p, $1, $3, @$); }
    | target_attr '[' expr ']' { $$ = node_index(p, $1, $3, @$); }
    | target_attr '(' args ')' { $$ = node_call(p, $1, $3.first, @$); }

target_users: users_head { $$ = node_name(p, $1); }
    | target_users '.' NAME { $$ = node_field(p, $1, $3, @$); }
    | target_users '[' expr ']' { $$ = node_index(p, $1, $3, @$); }
    | target_users '(' args ')' { $$ = node_call(p, $1, $3.first, @$); }

rhs: expr
    | POP qualified opt_within { $$ = node_pop(p, $2->qualifier, $2->base, $3, @$); }

opt_expr: %empty { $$ = NULL; }
    | expr

opt_within: %empty { $$ = NULL; }
    | WITHIN expr { $$ = $2; }

opt_every: %empty { $$ = NULL; }
    | EVERY expr { $$ = $2; }

otherwise_message: %empty { $$ = NULL; }
    | ELSE expr { $$ = $2; }

opt_otherwise: %empty { $$ = NULL; }
    | otherwise

otherwise: ELSE block { $$ = $2; }
    | ELSE simple { $$ = node_block(p, $2, @2, false); }

/* ------------------------------------------------------------------ requests */

request: method expr opt_as request_block { $$ = node_request(p, $1, @1, $2, $3, &$4, NULL, @$); }
    | method expr opt_as request_block ELSE block { $$ = node_request(p, $1, @1, $2, $3, &$4, $6, @$); }
    | REQUEST text expr opt_as request_block { $$ = node_request(p, node_method(p, $2), span_join(@1, @2), $3, $4, &$5, NULL, @$); }
    | REQUEST text expr opt_as request_block ELSE block {
          $$ = node_request(p, node_method(p, $2), span_join(@1, @2), $3, $4, &$5, $7, @$);
      }

method: GET { $$ = "GET"; } | POST { $$ = "POST"; } | PUT { $$ = "PUT"; } | PATCH { $$ = "PATCH"; } | DELETE { $$ = "DELETE"; }
    | HEAD { $$ = "HEAD"; } | OPTIONS { $$ = "OPTIONS"; }

opt_as: %empty { $$ = NULL; }
    | AS expr { $$ = $2; }

request_block: %empty { $$ = (struct request_items){0}; }
    | '{' '}' { $$ = (struct request_items){0}; }
    | '{' request_list '}' { $$ = $2; }

request_list: attr { $$ = (struct request_items){0}; request_add_attr(&$$, $1); }
    | request_stmt { $$ = (struct request_items){0}; request_add_stmt(&$$, $1); }
    | request_list end attr { $$ = $1; request_add_attr(&$$, $3); }
    | request_list end request_stmt { $$ = $1; request_add_stmt(&$$, $3); }
    | request_list error { $$ = $1; RECOVER; }

request_stmt: common | plain_stmt | users_head_stmt
    | error { $$ = NULL; RECOVER; }

attr: JSON expr { $$ = node_attr_values(p, ATTR_JSON, @1, $2, NULL, @$); }
    | FORM expr { $$ = node_attr_values(p, ATTR_FORM, @1, $2, NULL, @$); }
    | BODY expr { $$ = node_attr_values(p, ATTR_BODY, @1, $2, NULL, @$); }
    | QUERY expr { $$ = node_attr_values(p, ATTR_QUERY, @1, $2, NULL, @$); }
    | MULTIPART '{' parts '}' { $$ = node_attr(p, ATTR_MULTIPART, @1, @$); $$->parts = $3.first; }
    | MULTIPART '{' '}' { $$ = node_attr(p, ATTR_MULTIPART, @1, @$); }
    | HEADER text expr { $$ = node_attr_values(p, ATTR_HEADER, @1, $2, $3, @$); }
    | COOKIE text expr { $$ = node_attr_values(p, ATTR_COOKIE, @1, $2, $3, @$); }
    | TIMEOUT expr { $$ = node_attr_values(p, ATTR_TIMEOUT, @1, $2, NULL, @$); }
    | CONNECT_TIMEOUT expr { $$ = node_attr_values(p, ATTR_CONNECT_TIMEOUT, @1, $2, NULL, @$); }
    | FOLLOW name { $$ = node_attr_word(p, ATTR_FOLLOW, @1, $2, @$); }
    | AUTH name expr { $$ = node_attr_auth(p, @1, $2, $3, NULL, @$); }
    | AUTH name expr ',' expr { $$ = node_attr_auth(p, @1, $2, $3, $5, @$); }
    | COMPRESSED name { $$ = node_attr_word(p, ATTR_COMPRESSED, @1, $2, @$); }
    | RETRY expr opt_backoff { $$ = node_attr_values(p, ATTR_RETRY, @1, $2, $3, @$); }

opt_backoff: %empty { $$ = NULL; }
    | BACKOFF expr { $$ = $2; }

parts: part { $$ = (struct part_list){0}; LIST_ADD($$, $1); }
    | parts end part { $$ = $1; LIST_ADD($$, $3); }
    | parts error { $$ = $1; RECOVER; }

part: FIELD text expr { $$ = ARENA_NEW(p->arena, struct part); $$->name = $2; $$->value = $3; $$->span = @$; }
    | FILE_PART text expr opt_type_text {
          $$ = ARENA_NEW(p->arena, struct part); $$->file = true; $$->name = $2; $$->value = $3; $$->content_type = $4; $$->span = @$;
      }
    | error { $$ = NULL; RECOVER; }

opt_type_text: %empty { $$ = NULL; }
    | TYPE expr { $$ = $2; }

http_attrs: %empty { $$ = (struct attr_list){0}; }
    | http_list

http_list: http_item { $$ = (struct attr_list){0}; LIST_ADD($$, $1); }
    | http_list end http_item { $$ = $1; LIST_ADD($$, $3); }
    | http_list error { $$ = $1; RECOVER; }

http_item: attr | http_attr
    | error { $$ = NULL; RECOVER; }

http_attr: http_word name { $$ = node_attr_switch(p, $1, $2, @$); }
    | CA expr { $$ = node_attr_values(p, ATTR_CA, @1, $2, NULL, @$); }
    | CERT expr opt_key { $$ = node_attr_values(p, ATTR_CERT, @1, $2, $3, @$); }
    | PROXY expr { $$ = node_attr_values(p, ATTR_PROXY, @1, $2, NULL, @$); }
    | CONNECTIONS expr { $$ = node_attr_values(p, ATTR_CONNECTIONS, @1, $2, NULL, @$); }
    | MAX_BODY expr { $$ = node_attr_values(p, ATTR_MAX_BODY, @1, $2, NULL, @$); }
    | VERSION version_word { $$ = node_attr_word(p, ATTR_VERSION, @1, $2, @$); }

http_word: VERIFY | KEEP_ALIVE | TLS_RESUME

version_word: name
    | INT { $$ = node_source_word(p, @1); }
    | FLOAT { $$ = node_source_word(p, @1); }

opt_key: %empty { $$ = NULL; }
    | KEY expr { $$ = $2; }

/* ------------------------------------------------------------------ shapes */

stages: %empty { $$ = (struct stage_list){0}; }
    | stage_list

stage_list: stage { $$ = (struct stage_list){0}; LIST_ADD($$, $1); }
    | stage_list end stage { $$ = $1; LIST_ADD($$, $3); }
    | stage_list error { $$ = $1; RECOVER; }

stage: JUMP TO expr USERS opt_at opt_for opt_only {
          $$ = node_stage(p, STAGE_JUMP, @$); $$->users = $3; $$->rate = $5; $$->duration = $6; $$->only = $7.p; $$->only_count = $7.n;
      }
    | JUMP TO expr USERS opt_at UNTIL REACHED opt_only {
          $$ = node_stage(p, STAGE_JUMP, @$); $$->users = $3; $$->rate = $5; $$->until_reached = true; $$->only = $8.p; $$->only_count = $8.n;
      }
    | RAMP TO expr USERS OVER expr opt_only {
          $$ = node_stage(p, STAGE_RAMP, @$); $$->users = $3; $$->over = true; $$->duration = $6; $$->only = $7.p; $$->only_count = $7.n;
      }
    | HOLD FOR expr { $$ = node_stage(p, STAGE_HOLD, @$); $$->duration = $3; }
    | ARRIVE expr FOR expr { $$ = node_stage(p, STAGE_ARRIVE, @$); $$->rate = $2; $$->duration = $4; }
    | ARRIVE expr ARROW expr OVER expr {
          $$ = node_stage(p, STAGE_ARRIVE, @$); $$->rate = $2; $$->rate_to = $4; $$->over = true; $$->duration = $6;
      }
    | AT MOST expr USERS { $$ = node_stage(p, STAGE_AT_MOST, @$); $$->users = $3; }
    | REPEAT expr '{' stages '}' { $$ = node_stage(p, STAGE_REPEAT, @$); $$->users = $2; $$->body = $4.first; }
    | FOR name IN expr '{' stages '}' { $$ = node_stage(p, STAGE_FOR, @$); $$->name = $2; $$->users = $4; $$->body = $6.first; }
    | EVERY expr opt_until '{' formula_in formula formula_out '}' {
          $$ = node_stage(p, STAGE_EVERY, @$); $$->duration = $2; $$->until = $3; $$->result = $6.result;
          $$->formula = node_block(p, $6.stmts.first, span_join(@4, @8), true);
      }
    | error { $$ = NULL; RECOVER; }

opt_at: %empty { $$ = NULL; }
    | AT expr { $$ = $2; }

opt_for: %empty { $$ = NULL; }
    | FOR expr { $$ = $2; }

opt_until: %empty { $$ = NULL; }
    | UNTIL expr { $$ = $2; }

opt_only: %empty { $$ = (struct name_array){0}; }
    | ONLY names { $$ = $2; }

formula_in: %empty { p->formula++; }
formula_out: %empty { p->formula--; }

formula: %empty { $$ = (struct formula_items){0}; }
    | formula_list

formula_list: formula_stmt { $$ = (struct formula_items){0}; LIST_ADD($$.stmts, $1); }
    | users_at { $$ = (struct formula_items){ .result = $1 }; }
    | formula_list end formula_stmt { $$ = $1; LIST_ADD($$.stmts, $3); }
    | formula_list end users_at { $$ = $1; node_formula_result(p, &$$, $3); }
    | formula_list error { $$ = $1; RECOVER; }

formula_stmt: common | plain_stmt | attr_head_stmt
    | error { $$ = NULL; RECOVER; }

users_at: USERS expr opt_users_rate opt_only {
          $$ = node_stage(p, STAGE_JUMP, @$); $$->users = $2; $$->rate = $3; $$->only = $4.p; $$->only_count = $4.n;
      }

opt_users_rate: AT expr { $$ = $2; }

/* ------------------------------------------------------------------ thresholds */

thresholds: %empty { $$ = (struct threshold_list){0}; }
    | threshold_list

threshold_list: threshold { $$ = (struct threshold_list){0}; node_thresholds_add(&$$, $1); }
    | threshold_list end threshold { $$ = $1; node_thresholds_add(&$$, $3); }
    | threshold_list error { $$ = $1; RECOVER; }

threshold: metric compare expr opt_abort {
          $$ = ARENA_NEW(p->arena, struct threshold);
          $$->span = @$; $$->metric = $1; $$->op = $2; $$->value = $3; $$->abort_after = $4;
      }
    | text '{' thresholds '}' { $$ = node_row_thresholds(p, $1, $3.first); }
    | error { $$ = NULL; RECOVER; }

metric: name { $$ = node_name(p, $1); }
    | metric '.' NAME { $$ = node_field(p, $1, $3, @$); }

compare: '<' { $$ = OP_LT; } | LE { $$ = OP_LE; } | '>' { $$ = OP_GT; } | GE { $$ = OP_GE; } | EQ { $$ = OP_EQ; }

opt_abort: %empty { $$ = NULL; }
    | ABORT AFTER expr { $$ = $3; }

/* ------------------------------------------------------------------ expressions */

expr: postfix
    | '-' expr %prec NEGATE { $$ = node_unary(p, OP_NEGATE, $2, @$); }
    | NOT expr { $$ = node_unary(p, OP_NOT, $2, @$); }
    | expr '*' expr { $$ = node_binary(p, OP_MUL, $1, $3, @$); }
    | expr '/' expr { $$ = node_binary(p, OP_DIV, $1, $3, @$); }
    | expr '%' expr { $$ = node_binary(p, OP_MOD, $1, $3, @$); }
    | expr '+' expr { $$ = node_binary(p, OP_ADD, $1, $3, @$); }
    | expr '-' expr { $$ = node_binary(p, OP_SUB, $1, $3, @$); }
    | expr RANGE expr { $$ = node_binary(p, OP_RANGE, $1, $3, @$); }
    | expr COALESCE expr { $$ = node_binary(p, OP_COALESCE, $1, $3, @$); }
    | expr EQ expr { $$ = node_binary(p, OP_EQ, $1, $3, @$); }
    | expr NE expr { $$ = node_binary(p, OP_NE, $1, $3, @$); }
    | expr '<' expr { $$ = node_binary(p, OP_LT, $1, $3, @$); }
    | expr LE expr { $$ = node_binary(p, OP_LE, $1, $3, @$); }
    | expr '>' expr { $$ = node_binary(p, OP_GT, $1, $3, @$); }
    | expr GE expr { $$ = node_binary(p, OP_GE, $1, $3, @$); }
    | expr IN expr { $$ = node_binary(p, OP_IN, $1, $3, @$); }
    | expr NOT_IN expr { $$ = node_binary(p, OP_NOT_IN, $1, $3, @$); }
    | expr CONTAINS expr { $$ = node_binary(p, OP_CONTAINS, $1, $3, @$); }
    | expr NOT_CONTAINS expr { $$ = node_binary(p, OP_NOT_CONTAINS, $1, $3, @$); }
    | expr MATCHES expr { $$ = node_binary(p, OP_MATCHES, $1, $3, @$); }
    | expr NOT_MATCHES expr { $$ = node_binary(p, OP_NOT_MATCHES, $1, $3, @$); }
    | expr AND expr { $$ = node_binary(p, OP_AND, $1, $3, @$); }
    | expr OR expr { $$ = node_binary(p, OP_OR, $1, $3, @$); }
    | expr '?' expr ':' expr { $$ = node_ternary(p, $1, $3, $5, @$); }

postfix: primary
    | postfix '.' NAME { $$ = node_field(p, $1, $3, @$); }
    | postfix '[' expr ']' { $$ = node_index(p, $1, $3, @$); }
    | postfix '(' args ')' { $$ = node_call(p, $1, $3.first, @$); }

primary: INT { $$ = node_number(p, $1); }
    | FLOAT { $$ = node_number(p, $1); }
    | DURATION { $$ = node_number(p, $1); }
    | SIZE { $$ = node_number(p, $1); }
    | PERCENT { $$ = node_number(p, $1); }
    | RATE { $$ = node_number(p, $1); }
    | TRUE { $$ = node_expr(p, EXPR_BOOL, @1); $$->integer = 1; }
    | FALSE { $$ = node_expr(p, EXPR_BOOL, @1); }
    | NULL_WORD { $$ = node_expr(p, EXPR_NULL, @1); }
    | text
    | list
    | object
    | name { $$ = node_name(p, $1); }
    | '(' expr ')' { $$ = $2; $$->parenthesised = true; $$->whole = @$; }

text: TEXT { $$ = node_literal(p, $1); }
    | TEXT_OPEN text_parts TEXT_CLOSE { $$ = node_text(p, @$, $1, $2.first); }

text_parts: text_part { $$ = (struct text_part_list){0}; LIST_ADD($$, $1); }
    | text_parts text_part { $$ = $1; LIST_ADD($$, $2); }

text_part: TEXT_PIECE { $$ = node_piece(p, $1); }
    | INTERPOLATION expr INTERPOLATION_END { $$ = node_interpolation(p, @$, $2); }

args: %empty { $$ = (struct item_list){0}; }
    | arg_list
    | arg_list ','

arg_list: element { $$ = (struct item_list){0}; LIST_ADD($$, $1); }
    | arg_list ',' element { $$ = $1; LIST_ADD($$, $3); }

list: '[' ']' { $$ = node_expr(p, EXPR_LIST, @$); }
    | '[' elements ']' { $$ = node_expr(p, EXPR_LIST, @$); $$->items = $2.first; node_depth_items(p, $$); }
    | '[' elements ',' ']' { $$ = node_expr(p, EXPR_LIST, @$); $$->items = $2.first; node_depth_items(p, $$); }

elements: element { $$ = (struct item_list){0}; LIST_ADD($$, $1); }
    | elements separator element { $$ = $1; LIST_ADD($$, $3); }

element: expr { $$ = node_item(p, $1); }

separator: ',' | NEWLINE

object: '{' '}' { $$ = node_expr(p, EXPR_OBJECT, @$); }
    | '{' entries '}' { $$ = node_expr(p, EXPR_OBJECT, @$); $$->items = $2.first; node_depth_items(p, $$); }
    | '{' entries ',' '}' { $$ = node_expr(p, EXPR_OBJECT, @$); $$->items = $2.first; node_depth_items(p, $$); }

entries: entry { $$ = (struct item_list){0}; LIST_ADD($$, $1); }
    | entries separator entry { $$ = $1; LIST_ADD($$, $3); }
    | entries error { $$ = $1; RECOVER; }

entry: key ':' expr { $$ = node_entry(p, $1, $3); }
    | name { $$ = node_entry(p, $1, node_name(p, $1)); $$->shorthand = true; }
    | ELLIPSIS expr { $$ = node_item(p, $2); $$->spread = true; }
    | error { $$ = NULL; RECOVER; }

key: name
    | text { $$ = node_key(p, $1); }

%%

/* Hands the mistake over to slips.c, which knows what people mean; the grammar knows only what would fit. */
static int yyreport_syntax_error(const yypcontext_t *context, struct parser *p)
{
    yysymbol_kind_t fits[YYNTOKENS];
    const char *names[YYNTOKENS];
    int count = yypcontext_expected_tokens(context, fits, YYNTOKENS);
    if (count < 0)
        count = 0;
    for (int i = 0; i < count; i++)
        names[i] = yysymbol_name(fits[i]);
    slips_report(p, p->at ? p->at - 1 : 0, names, (size_t)count);
    return 0;
}
