/* What is wrong with a selector (selector.h). */
#include <stdio.h>

#include "selector.h"

bool selector_vfail(struct selector_mistake *mistake, size_t at, const char *format, va_list args)
{
    if (!selector_failed(mistake)) {
        mistake->at = at;
        mistake->help[0] = '\0';
        vsnprintf(mistake->what, sizeof mistake->what, format, args);
    }
    return false;
}

bool selector_help(struct selector_mistake *mistake, const char *what)
{
    snprintf(mistake->help, sizeof mistake->help, "%s", what);
    return false;
}

bool selector_failed(const struct selector_mistake *mistake)
{
    return mistake->what[0] != '\0';
}
