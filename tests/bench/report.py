"""The results of the benchmark as a Markdown page and an SVG plot, from what results.json holds.

    python3 tests/bench/report.py --docs build/bench/results.json docs/performance.md

puts the figures into a page, between its two comments `figures` and `end of figures`, and a plot of the 1 KB works and the journey
beside it (performance.svg)."""
import json
import os
import statistics
import sys
from xml.sax.saxutils import escape

from tools import Work

GROUPS = [("plain, 100 users", False, 100), ("TLS 1.3, 100 users", True, 100), ("plain, 5,000 users", False, 5000), ("TLS 1.3, 5,000 users", True, 5000)]
COLUMNS = ["13B", "1KB", "32KB", "journey"]
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def cells(found):
    """{(tool, Work): windows, or why there are none}"""
    return {(cell["tool"], Work(*cell["work"])): cell["result"] for cell in found["cells"]}


def work_of(column, tls, users):
    return Work("journey", tls, "", users) if column == "journey" else Work("get", tls, column, users)


def median(rounds, key):
    return statistics.median(r[key] for r in rounds)


def few_connections(work, result):
    return median(result, "connections") < 0.98 * work.users


def cell(work, result):
    if isinstance(result, str) or not result:
        return "–"
    return "%.1f (%.1f)%s" % (median(result, "us"), min(r["us"] for r in result), "\\*" if few_connections(work, result) else "")


def memory_per_user(results, tool):
    """KB a user: the difference between the plain 1 KB works of few and of many users that were all there."""
    sizes = sorted((work.users, median(rounds, "memory_kb")) for (name, work), rounds in results.items()
                   if name == tool and not isinstance(rounds, str) and work.kind == "get" and not work.tls and work.size == "1KB"
                   and not few_connections(work, rounds))
    if len(sizes) < 2:
        return None
    return (sizes[-1][1] - sizes[0][1]) / (sizes[-1][0] - sizes[0][0])


def tables(found, level="##"):
    """Markdown: for each number of users, plain and TLS, a table with a row a tool."""
    results, lines = cells(found), []
    for title, tls, users in GROUPS:
        works = [work_of(column, tls, users) for column in COLUMNS]
        shown = [work for work in works if any(key[1] == work for key in results)]
        if not shown:
            continue
        memory = users == 5000 and not tls
        heads = [work.size or work.kind for work in shown] + (["KB per user"] if memory else [])
        lines += ["%s %s" % (level, title[0].upper() + title[1:]), "", "| tool | %s |" % " | ".join(heads), "|---|" + "---:|" * len(heads)]
        for tool in found["tools"]:
            row = [cell(work, results.get((tool, work))) for work in shown]
            if memory:
                each = memory_per_user(results, tool)
                row.append("%.1f" % each if each is not None else "–")
            lines.append("| %s | %s |" % (tool, " | ".join(row)))
        lines.append("")
    return "\n".join(lines + notes(results))


def notes(results):
    """Why there is no figure, or one of fewer users: a line for each tool and reason."""
    found = {}
    for (tool, work), result in results.items():
        if isinstance(result, str):
            found.setdefault((tool, result), []).append(str(work))
        elif result and few_connections(work, result):
            found.setdefault((tool, "\\* fewer connections than users"), []).append("%s: %d" % (work, median(result, "connections")))
    every = len({work for _, work in results})
    lines = ["- %s: %s (%s)" % (tool, why.replace("|", "\\|"), ", ".join(where) if len(where) < every else "all") for (tool, why), where in found.items()]
    return lines + [""] if lines else []


def targets(found):
    words = {True: "yes", False: "no", None: "not measured"}
    lines = ["Measured with %s.\n" % found["tool"], "| work | at most | measured | holds |", "|---|---|---|---|"]
    return "\n".join(lines + ["| %s | %s | %s | %s |" % (row["name"], row["limit"], row["measured"].replace("|", "\\|"), words[row["holds"]])
                              for row in found["rows"]]) + "\n"


def summary(found):
    lines = [found["machine"] + ". The run took %s minutes.\n" % found["minutes"]]
    if found["cells"]:
        lines.append("Processor time of the generator in µs per request: median (least) of %d windows of %g s.\n" % (found["rounds"], found["seconds"]))
    return "\n".join(lines)


def page(found):
    parts = ["# Benchmark\n", summary(found)]
    if found["cells"]:
        parts.append(tables(found))
    if found["targets"]:
        parts += ["## Targets\n", targets(found["targets"])]
    return "\n".join(parts)


# ---- plot ------------------------------------------------------------------------------------------------------------------------

COLOURS = {"swarm": "#1b7f4d", "swarm-curl": "#7fb89a"}
WIDTH, LEFT, BAR, GAP = 900, 130, 14, 26


def plot(found, wanted=None):
    """SVG: for each work (or those `wanted`) a bar a tool, CPU time per request, from the left; the scale is the work's own."""
    results = cells(found)
    parts, y = [], 40
    for work in dict.fromkeys(work for _, work in results):
        bars = [(tool, median(results[tool, work], "us")) for tool in found["tools"]
                if results.get((tool, work)) and not isinstance(results[tool, work], str)]
        if not bars or wanted and str(work) not in wanted:
            continue
        parts.append('<text x="10" y="%d" font-weight="bold">%s</text>' % (y + 2, escape(str(work))))
        y += 10
        most = max(us for _, us in bars)
        for name, us in bars:
            width = max(1.0, (WIDTH - LEFT - 90) * us / most)
            parts.append('<text x="%d" y="%d" text-anchor="end">%s</text>' % (LEFT - 6, y + BAR - 3, escape(name)))
            parts.append('<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>' % (LEFT, y, width, BAR - 3, COLOURS.get(name, "#8a94a6")))
            parts.append('<text x="%.1f" y="%d">%.1f</text>' % (LEFT + width + 5, y + BAR - 3, us))
            y += BAR
        y += GAP
    head = ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">\n'
            '<rect width="100%%" height="100%%" fill="white"/>\n'
            '<text x="10" y="20" font-size="14">Processor time of the generator per request (µs, less is better)</text>\n') % (WIDTH, y)
    return head + "\n".join(parts) + "\n</svg>\n"


# ---- into the documentation ------------------------------------------------------------------------------------------------------

def into_docs(json_path, page_path):
    with open(json_path) as file:
        found = json.load(file)
    with open(page_path) as file:
        text = file.read()
    before, begin, rest = text.partition(BEGIN)
    old, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit("report: %s has no %s … %s" % (page_path, BEGIN, END))
    picture = os.path.splitext(page_path)[0] + ".svg"
    parts = [summary(found)]
    if found["cells"]:
        parts += ["![Processor time per request](%s)\n" % os.path.basename(picture), tables(found, "###")]
        with open(picture, "w") as file:
            file.write(plot(found, ("1KB-100", "tls-1KB-100", "1KB-5000", "journey-100")))
    if found["targets"]:
        parts += ["### Targets\n", targets(found["targets"])]
    with open(page_path, "w") as file:
        file.write("%s%s\n%s%s%s" % (before, begin, "\n".join(parts), end, after))


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] != "--docs":
        raise SystemExit("usage: report.py --docs RESULTS.json PAGE.md")
    into_docs(sys.argv[2], sys.argv[3])
