/* html.c - the report for people: one page that needs nothing else. See document.h and docs/reports.md.
 *
 * The page is html/report.html with its style, its script and the JSON report put in at three marks. The script makes the
 * tables and charts from that JSON, so the page cannot say anything that the JSON does not. */
#include <string.h>

#include "document.h"

/* The sources, put into the object file by the assembler; each ends with a NUL. */
#define PART(symbol, path)                                                                                             \
    __asm__(".section .rodata\n" #symbol ":\n.incbin \"" path "\"\n.byte 0\n.previous\n");                             \
    extern const char symbol[] __attribute__((visibility("hidden")))

PART(report_page, "runtime/report/html/report.html");
PART(report_style, "runtime/report/html/report.css");
PART(report_charts, "runtime/report/html/charts.js");
PART(report_script, "runtime/report/html/report.js");

static void put_style(FILE *out, const struct document *doc)
{
    (void)doc;
    fputs(report_style, out);
}

static void put_script(FILE *out, const struct document *doc)
{
    (void)doc;
    fputs(report_charts, out);
    fputs(report_script, out);
}

void document_html(FILE *out, const struct document *doc)
{
    static const struct {
        const char *mark;
        void (*put)(FILE *out, const struct document *doc);
    } parts[] = {{"/*STYLE*/", put_style}, {"{/*DATA*/}", document_json}, {"/*SCRIPT*/", put_script}};
    const char *rest = report_page;

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *mark = strstr(rest, parts[i].mark);

        if (!mark)
            continue;
        fwrite(rest, 1, (size_t)(mark - rest), out);
        parts[i].put(out, doc);
        rest = mark + strlen(parts[i].mark);
    }
    fputs(rest, out);
}
