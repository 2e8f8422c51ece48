/* What libxml2's XPath errors mean to a person (selector.h); only its numbers are used, so it need not be linked. */
#include <stddef.h>

#include <libxml/xmlerror.h>
#include <libxml/xpath.h>

#include "selector.h"

/* The later ones have no number of the first enumeration. */
#define NUMBER_OF(error) ((int)(error) - (int)XPATH_EXPRESSION_OK + (int)XML_XPATH_EXPRESSION_OK)

static const struct {
    int code;
    const char *what;
} mistakes[] = {
    {XML_XPATH_NUMBER_ERROR, "a number is wrong"},
    {XML_XPATH_UNFINISHED_LITERAL_ERROR, "a quote is not closed"},
    {XML_XPATH_START_LITERAL_ERROR, "a text in quotes is missing"},
    {XML_XPATH_VARIABLE_REF_ERROR, "the name of a variable is missing"},
    {XML_XPATH_UNDEF_VARIABLE_ERROR, "there are no variables"},
    {XML_XPATH_INVALID_PREDICATE_ERROR, "`[` is not closed by `]`"},
    {XML_XPATH_EXPR_ERROR, "a step or value is wanted here"},
    {XML_XPATH_UNCLOSED_ERROR, "`(` is not closed by `)`"},
    {XML_XPATH_UNKNOWN_FUNC_ERROR, "there is no such function in XPath 1.0"},
    {XML_XPATH_INVALID_OPERAND, "an operand is wrong"},
    {XML_XPATH_INVALID_TYPE, "a value of another type is wanted"},
    {XML_XPATH_INVALID_ARITY, "a function has the wrong number of arguments"},
    {XML_XPATH_UNDEF_PREFIX_ERROR, "a prefix is not known: there are no namespaces"},
    {XML_XPATH_ENCODING_ERROR, "it is not UTF-8"},
    {XML_XPATH_INVALID_CHAR_ERROR, "a character that cannot stand in XML"},
    {NUMBER_OF(XPATH_STACK_ERROR), "it nests too deep"},
    {NUMBER_OF(XPATH_OP_LIMIT_EXCEEDED), "it takes too long on this document"},
    {NUMBER_OF(XPATH_RECURSION_LIMIT_EXCEEDED), "it nests too deep"},
};

const char *xpath_error(int code)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        if (mistakes[i].code == code) {
            return mistakes[i].what;
        }
    }
    return "it cannot be read";
}
