/* What is hidden in requests and answers that are shown. */
#include <stdlib.h>

#include <tap.h>

#include "log/mask.h"

static void text_is(const char *text, const char *wanted)
{
    size_t n = 0;
    char *masked = mask_text(text, strlen(text), &n);

    is_str(masked, wanted, "%s", text);
    is_uint(n, strlen(wanted), "its length");
    free(masked);
}

static void header_is(const char *name, const char *value, const char *wanted)
{
    char *masked = mask_header(name, value);

    is_str(masked, wanted, "%s: %s", name, value);
    free(masked);
}

/* Any bytes: no crash, and no more than a bit longer. */
static void test_noise(void)
{
    static const char letters[] = "\"'<>=&:{}[] \\npassvaluenametokenkey\n\0\xff";
    unsigned state = 7;

    for (int round = 0; round < 5000; round++) {
        char text[64];
        size_t n = 0;
        char *masked;

        for (size_t i = 0; i < sizeof text; i++) {
            state = state * 1103515245 + 12345;
            text[i] = letters[(state >> 16) % (sizeof letters - 1)];
        }
        masked = mask_text(text, sizeof text, &n);
        if (n > 4 * sizeof text)
            fail("%zu bytes of %zu", n, sizeof text);
        free(masked);
    }
    pass("noise");
}

int main(void)
{
    text_is("", "");
    text_is("plain words, 1 = 1", "plain words, 1 = 1");
    text_is("{\"user\": \"ann\", \"password\": \"s3\\\"x\", \"n\": 1}",
            "{\"user\": \"ann\", \"password\": \"***\", \"n\": 1}");
    text_is("{\"accessToken\":\"abc\",\"api_key\" : 12345, \"secret\":null}",
            "{\"accessToken\":\"***\",\"api_key\" : ***, \"secret\":***}");
    text_is("{\"tokens\": [\"a\", {\"token\": \"b\"}]}", "{\"tokens\": [\"a\", {\"token\": \"***\"}]}");
    text_is("[\"password\", \"x\"]", "[\"password\", \"x\"]");
    text_is("user=ann&password=hunter2&x=1", "user=ann&password=***&x=1");
    text_is("PassWord=hunter2", "PassWord=***");
    text_is("password=", "password=");
    text_is("http://a/b?q=1&api_key=zzz#top", "http://a/b?q=1&api_key=***#top");
    text_is("<input type=\"hidden\" name=\"csrf_token\" value=\"abc\"><input name=\"q\" value=\"x\">",
            "<input type=\"hidden\" name=\"csrf_token\" value=\"***\"><input name=\"q\" value=\"x\">");
    text_is("<input value='abc' name='csrf_token'>", "<input value='***' name='csrf_token'>");
    text_is("<meta name=\"csrf-token\" content=\"abc\" />", "<meta name=\"csrf-token\" content=\"***\" />");
    text_is("{\"password\": \"never ends", "{\"password\": \"***\"");
    header_is("Content-Type", "application/json", "application/json");
    header_is("Authorization", "Bearer abc.def", "Bearer ***");
    header_is("authorization", "abc", "***");
    header_is("Proxy-Authorization", "Basic dTpw", "Basic ***");
    header_is("Cookie", "sid=abc; theme=dark", "sid=***; theme=***");
    header_is("Set-Cookie", "sid=abc; Path=/; HttpOnly", "sid=***; Path=/; HttpOnly");
    header_is("X-Api-Key", "abc", "***");
    header_is("X-CSRF-Token", "abc", "***");
    header_is("Location", "/next?token=abc&page=2", "/next?token=***&page=2");
    ok(mask_is_secret_name("MyPASSphrase", 12) && !mask_is_secret_name("user", 4) && !mask_is_secret_name("tok", 3),
       "names");
    test_noise();
    return tap_done();
}
