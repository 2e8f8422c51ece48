"""The results of the benchmark as a Markdown table and an SVG plot."""
import statistics
from xml.sax.saxutils import escape


def median(rounds, key):
    return statistics.median(r[key] for r in rounds)


def cell(result):
    if isinstance(result, str) or not result:
        return "–"
    return "%.1f (%.1f)" % (median(result, "us"), min(r["us"] for r in result))


def memory_per_user(results, tool):
    """KB a user: the difference between the plain 1 KB works of few and of many users."""
    sizes = sorted((work.users, median(rounds, "memory_kb")) for (name, work), rounds in results.items()
                   if name == tool and not isinstance(rounds, str) and work.kind == "get" and not work.tls and work.size == "1KB")
    if len(sizes) < 2:
        return None
    return (sizes[-1][1] - sizes[0][1]) / (sizes[-1][0] - sizes[0][0])


def table(works, tools, results):
    """Markdown: a row a tool, a column a work; below, why there is none."""
    lines = ["| tool | " + " | ".join(map(str, works)) + " | KB/user |", "|---|" + "---:|" * (len(works) + 1)]
    for tool in tools:
        cells = [cell(results.get((tool.name, work))) for work in works]
        memory = memory_per_user(results, tool.name)
        lines.append("| %s | %s | %s |" % (tool.name, " | ".join(cells), "%.1f" % memory if memory is not None else "–"))
    notes = {}
    for (name, work), result in results.items():
        if isinstance(result, str):
            notes.setdefault((name, result), []).append(str(work))
        elif result and median(result, "connections") < 0.98 * work.users:
            notes.setdefault((name, "fewer connections than users"), []).append("%s: %d" % (work, median(result, "connections")))
    if notes:
        lines.append("")
    for (name, why), where in notes.items():
        lines.append("- %s: %s (%s)" % (name, why, ", ".join(where) if len(where) < len(works) else "all"))
    return "\n".join(lines) + "\n"


COLOURS = {"swarm": "#1b7f4d", "swarm-curl": "#7fb89a"}
WIDTH, LEFT, BAR, GAP = 900, 130, 14, 26


def plot(works, tools, results):
    """SVG: for each work a bar a tool, CPU time per request, from the left; the scale is the work's own."""
    parts, y = [], 40
    for work in works:
        bars = [(tool.name, median(results[tool.name, work], "us")) for tool in tools
                if results.get((tool.name, work)) and not isinstance(results[tool.name, work], str)]
        if not bars:
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
