#include <unicase.h>

#include "value/case.h"

uint32_t static_case(uint32_t c, bool upper)
{
    return upper ? uc_toupper(c) : uc_tolower(c);
}
