#include "type.h"

enum c_kind type_c(struct type type)
{
    if (type.kind == TYPE_VOID)
        return C_VOID;
    if (type.optional)
        return C_VALUE;
    switch (type.kind) {
    case TYPE_BOOL:
        return C_BOOL;
    case TYPE_INT:
    case TYPE_DURATION:
        return C_INT;
    case TYPE_FLOAT:
    case TYPE_RATE:
        return C_FLOAT;
    default:
        return C_VALUE;
    }
}

const char *type_text(struct type type)
{
    static const char *const texts[] = {
        [TYPE_ERROR] = "unknown", [TYPE_VOID] = "nothing",      [TYPE_NULL] = "null",
        [TYPE_BOOL] = "bool",     [TYPE_INT] = "int",           [TYPE_FLOAT] = "float",
        [TYPE_STRING] = "text",   [TYPE_DURATION] = "duration", [TYPE_RATE] = "rate",
        [TYPE_LIST] = "list",     [TYPE_JSON] = "json",         [TYPE_RANGE] = "range",
        [TYPE_RECORD] = "record", [TYPE_OPAQUE] = "handle",     [TYPE_RESPONSE] = "part of the response",
    };
    return type.kind < sizeof texts / sizeof *texts ? texts[type.kind] : "unknown";
}
