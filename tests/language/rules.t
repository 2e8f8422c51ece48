#!/usr/bin/env python3
"""rules.tsv: every rule names the cases that prove it or the reason why there is none, every case proves some rule."""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.dirname(HERE)
sys.path.insert(0, os.path.join(TESTS, "lib"))
from tap import done, ok                                                   # noqa: E402

KINDS = ("accept", "refuse", "run")
SECTIONS = range(1, 11)


def read_table(path):
    """the reasons of the head, and the rows as (line, section, rule, {kind: words})"""
    reasons, rows = {}, []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            reason = re.match(r"# (-[a-z]+): (.+)$", line)
            if reason:
                reasons[reason[1]] = reason[2]
            elif not line.startswith("#"):
                cells = line.rstrip("\n").split("\t")
                rows.append((number, cells))
    return reasons, rows


def cases_of(kind):
    """number -> file"""
    found = {}
    for name in sorted(os.listdir(os.path.join(HERE, kind))):
        match = re.match(r"(\d{3,4})-.*\.swarm$", name)
        if match:
            found.setdefault(match[1], []).append(name)
    return found


def problems_of(cells, cases, reasons, used):
    """what is wrong with a row; marks in `used` what it names"""
    if len(cells) != 2 + len(KINDS):
        return ["%d columns instead of %d" % (len(cells), 2 + len(KINDS))]
    wrong = [] if cells[0].isdigit() and int(cells[0]) in SECTIONS else ["no section %r" % cells[0]]
    proofs = 0
    for kind, cell in zip(KINDS, cells[2:]):
        words = cell.split()
        if not words:
            wrong.append("neither a case nor a reason for %s" % kind)
        if len(words) > 1 and any(word.startswith("-") for word in words):
            wrong.append("%s has cases and a reason for having none" % kind)
        for word in words:
            if word.startswith("-"):
                if word not in reasons:
                    wrong.append("unknown reason %s" % word)
                used.add(word)
            elif "/" in word:
                proofs += 1
                if not os.path.exists(os.path.join(TESTS, word)):
                    wrong.append("no test %s" % word)
            else:
                proofs += 1
                used.add((kind, word))
                if word not in cases[kind]:
                    wrong.append("no case %s/%s" % (kind, word))
    if not proofs and "-nolater" not in cells:
        wrong.append("nothing proves it")
    return wrong


def main():
    reasons, rows = read_table(os.path.join(HERE, "rules.tsv"))
    cases = {kind: cases_of(kind) for kind in KINDS}
    used, seen = set(), set()
    for number, cells in rows:
        name = "%s: %s" % (cells[0], cells[1][:100] if len(cells) > 1 else "?")
        wrong = problems_of(cells, cases, reasons, used)
        if tuple(cells[:2]) in seen:
            wrong.append("stands twice")
        seen.add(tuple(cells[:2]))
        ok(not wrong, name, "line %d: %s" % (number, "; ".join(wrong)))
    for kind in KINDS:
        twice = [names for names in cases[kind].values() if len(names) > 1]
        unnamed = [names[0] for number, names in sorted(cases[kind].items()) if (kind, number) not in used]
        ok(not twice, "every number of %s/ is given once" % kind, str(twice))
        ok(not unnamed, "every case of %s/ belongs to a rule" % kind, ", ".join(unnamed))
    ok({int(cells[0]) for _, cells in rows if cells[0].isdigit()} == set(SECTIONS), "every section has rules")
    unused = sorted(set(reasons) - used)
    ok(not unused, "every reason of the head is given somewhere", ", ".join(unused))
    done()


if __name__ == "__main__":
    main()
