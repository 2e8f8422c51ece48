#include "ast.h"

const char *op_text(enum op op)
{
    static const char *const texts[] = {
        /* clang-format off */
        [OP_NONE] = "=", [OP_NEGATE] = "-", [OP_NOT] = "not", [OP_MUL] = "*", [OP_DIV] = "/", [OP_MOD] = "%", [OP_ADD] = "+",
        [OP_SUB] = "-", [OP_RANGE] = "..", [OP_COALESCE] = "??", [OP_EQ] = "==", [OP_NE] = "!=", [OP_LT] = "<", [OP_LE] = "<=",
        [OP_GT] = ">", [OP_GE] = ">=", [OP_IN] = "in", [OP_NOT_IN] = "not in", [OP_CONTAINS] = "contains",
        [OP_NOT_CONTAINS] = "not contains", [OP_MATCHES] = "matches", [OP_NOT_MATCHES] = "not matches", [OP_AND] = "and", [OP_OR] = "or",
        /* clang-format on */
    };
    return texts[op];
}
