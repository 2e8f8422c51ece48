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

/* Lists and objects of a secret name: their structure is shown, no value. */
static void test_containers(void)
{
    text_is("{\"tokens\": [\"a\", {\"n\": \"b\"}], \"x\": \"y\"}",
            "{\"tokens\": [\"***\", {\"n\": \"***\"}], \"x\": \"y\"}");
    text_is("{\"secret\":{\"value\":\"a\",\"n\":[1,-2.5,true],\"<b\":\"c]\"},\"x\":[1]}",
            "{\"secret\":{\"value\":\"***\",\"n\":[***,***,***],\"<b\":\"***\"},\"x\":[1]}");
    text_is("{'tokens': ['a', 'b'], 'x': 'y'}", "{'tokens': ['***', '***'], 'x': 'y'}");
    text_is("{\"passengers\": [{\"name\": \"a\"}]", "{\"passengers\": [{\"name\": \"***\"}]");
}

/* JSON in JSON, in HTML and in a form. */
static void test_json_in_texts(void)
{
    text_is("{\"payload\":\"{\\\"password\\\": \\\"a\\\", \\\"n\\\": 1}\"}",
            "{\"payload\":\"{\\\"password\\\": \\\"***\\\", \\\"n\\\": 1}\"}");
    text_is("{\"a\":\"{\\\"b\\\":\\\"{\\\\\\\"token\\\\\\\":\\\\\\\"x\\\\\\\"}\\\"}\"}",
            "{\"a\":\"{\\\"b\\\":\\\"{\\\\\\\"token\\\\\\\":\\\\\\\"***\\\\\\\"}\\\"}\"}");
    text_is("{\"password\": \"ends in a backslash\\\\\", \"x\": \"y\"}", "{\"password\": \"***\", \"x\": \"y\"}");
    text_is("{\"a\":\"\\u007b\\u0022token\\u0022:\\u0022x\\u0022}\"}",
            "{\"a\":\"\\u007b\\u0022token\\u0022:\\u0022***\\u0022}\"}");
    text_is("<pre>{&quot;token&quot;: &quot;a\\&quot;b&quot;, &quot;x&quot;: 1}</pre>",
            "<pre>{&quot;token&quot;: &quot;***&quot;, &quot;x&quot;: 1}</pre>");
    text_is("data=%7B%22password%22%3A%22x%22%2C%22n%22%3A1%7D&y=1",
            "data=%7B%22password%22%3A%22***%22%2C%22n%22%3A1%7D&y=1");
    text_is("{\"query\":\"mutation { login(user: \\\"a\\\", password: \\\"x\\\") { id } }\"}",
            "{\"query\":\"mutation { login(user: \\\"a\\\", password: \\\"***\\\") { id } }\"}");
}

static void test_other_forms(void)
{
    text_is("/login?next=https%3A%2F%2Fx%2F%3Ftoken%3Dabc%26a%3D1&b=2",
            "/login?next=https%3A%2F%2Fx%2F%3Ftoken%3D***%26a%3D1&b=2");
    text_is("password=a%26b%3Dc&x=1", "password=***&x=1");
    text_is("user[password]=abc&user%5Bapi_key%5D=def&x=1", "user[password]=***&user%5Bapi_key%5D=***&x=1");
    text_is("http://ann:abc@host/p?q=1", "http://ann:***@host/p?q=1");
    text_is("https://abc@host/", "https://***@host/");
    text_is("https://host/@ann see ann@host", "https://host/@ann see ann@host");
    text_is("<env><Password a='1'>abc</Password><n>1</n></env>", "<env><Password a='1'>***</Password><n>1</n></env>");
    text_is("<w:Token><![CDATA[a<b]]></w:Token>", "<w:Token><![CDATA[***]]></w:Token>");
    text_is("<password/><n>1</n><password></password>", "<password/><n>1</n><password></password>");
    text_is("&lt;password&gt;abc&lt;/password&gt;", "&lt;password&gt;***&lt;/password&gt;");
    text_is("--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nabc\r\n--b\r\n"
            "Content-Disposition: form-data; name=\"n\"\r\n\r\n1\r\n--b--\r\n",
            "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n***\r\n--b\r\n"
            "Content-Disposition: form-data; name=\"n\"\r\n\r\n1\r\n--b--\r\n");
    text_is("Host: a\nAuthorization: Bearer a b\r\ncookie: a=b; c=d\nX: y",
            "Host: a\nAuthorization: ***\r\ncookie: ***\nX: y");
    text_is("[\"Authorization: Bearer abc\", \"X: y\"]", "[\"Authorization: ***\", \"X: y\"]");
    text_is("db:\n  password: abc def\n  port: 5", "db:\n  password: ***\n  port: 5");
    text_is("{user: \"ann\", token: 12, n: 1}", "{user: \"ann\", token: ***, n: 1}");
    text_is("invalid token: unexpected end", "invalid token: unexpected end");
    text_is("{\"jwt\":\"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln\"}", "{\"jwt\":\"***\"}");
    text_is("don't: the key of 'it' is lost", "don't: the key of 'it' is lost");
}

int main(void)
{
    text_is("", "");
    text_is("plain words, 1 = 1", "plain words, 1 = 1");
    text_is("{\"user\": \"ann\", \"password\": \"s3\\\"x\", \"n\": 1}",
            "{\"user\": \"ann\", \"password\": \"***\", \"n\": 1}");
    text_is("{\"accessToken\":\"abc\",\"api_key\" : 12345, \"secret\":null}",
            "{\"accessToken\":\"***\",\"api_key\" : ***, \"secret\":***}");
    test_containers();
    test_json_in_texts();
    test_other_forms();
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
    header_is("set-cookie", "abc", "***");
    header_is("X-Forwarded-Authorization", "Bearer abc", "***");
    header_is("Link", "<https://ann:abc@x/?api_key=def>; rel=next", "<https://ann:***@x/?api_key=***>; rel=next");
    header_is("Refresh", "0; url=/x?token=abc", "0; url=/x?token=***");
    header_is("X-Api-Key", "abc", "***");
    header_is("X-CSRF-Token", "abc", "***");
    header_is("Location", "/next?token=abc&page=2", "/next?token=***&page=2");
    ok(mask_is_secret_name("MyPASSphrase", 12) && !mask_is_secret_name("user", 4) && !mask_is_secret_name("tok", 3),
       "names");
    test_noise();
    return tap_done();
}
