#include "redirect.h"

#include <string.h>
#include <strings.h>

bool redirect_status(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

const char *redirect_method(int status, const char *method)
{
    if ((status == 301 || status == 302) && strcmp(method, "POST") == 0) {
        return "GET";
    }
    return status == 303 && strcmp(method, "HEAD") != 0 ? "GET" : method;
}

bool redirect_drops_header(const char *name)
{
    return strncasecmp(name, "Content-", 8) == 0;
}

bool redirect_keeps_home(const char *name)
{
    return strcasecmp(name, "Authorization") == 0 || strcasecmp(name, "Proxy-Authorization") == 0 ||
           strcasecmp(name, "Cookie") == 0 || strcasecmp(name, "Host") == 0;
}
