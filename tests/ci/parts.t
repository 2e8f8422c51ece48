#!/usr/bin/env python3
"""No part includes one that stands above it: the order of docs/internals/architecture.md, held against every #include."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from tap import ROOT, done, ok

PAGE = "docs/internals/architecture.md"
# Where #include "…" is looked for behind the folder of the file: the -I of the Makefile.
FOLDERS = {"runtime": ["runtime"], "compiler": ["compiler", "", "grammar"], "grammar": ["compiler", "", "grammar"]}
MADE = {"swarm.tab.h", "swarm.lex.h", "link_flags.h"}  # under build/gen
# What compiler and runtime have of each other; a line of it may end with / for a folder.
SHARED = {"compiler": ["runtime/cli/flags.def", "runtime/state/scan.h", "runtime/include/swarm/"], "runtime": ["compiler/select/selector.h"]}


def read_order(page):
    """The words of the block under "## The order of parts": {"runtime": ["base", "log", …], "compiler": […]}"""
    block = re.search(r"## The order of parts\n.*?```\n(.*?)```", page, re.S)
    lines = [line.split(":") for line in block[1].splitlines()] if block else []
    return {name.strip(): re.findall(r"[\w/]+", parts) for name, parts in lines}


def part_of(path):
    """Of a file: ("runtime", "http"). grammar/ is one with the tree that it builds."""
    top, *folders = path.split("/")
    if top == "grammar":
        return "compiler", "tree"
    return top, folders[0] if len(folders) > 1 else ""


def find(path, name, files):
    """The file that an include means, or None."""
    top = path.split("/")[0]
    for folder in [os.path.dirname(path), *FOLDERS[top]]:
        full = os.path.normpath(os.path.join(folder, name))
        if full in files:
            return full
    return None


def wrong_include(path, target, order):
    """Why the file may not include the other one, or None. What stands in no part (a main file) may include all."""
    (top, part), (other_top, other) = part_of(path), part_of(target)
    if top != other_top:
        return None if any(target.startswith(s) if s.endswith("/") else target == s for s in SHARED[top]) else "is no part of " + top
    if part in ("", other) or other == "include":
        return None
    parts = order[top]
    return None if parts.index(other) < parts.index(part) else "stands above %s/%s" % (top, part)


def includes(files):
    for path in sorted(files):
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', file.read(), re.M):
                yield path, name


with open(os.path.join(ROOT, PAGE), encoding="utf-8") as file:
    order = read_order(file.read())
files = set()
for top in FOLDERS:
    for folder, _, names in os.walk(os.path.join(ROOT, top)):
        files |= {os.path.relpath(os.path.join(folder, name), ROOT) for name in names if name.endswith((".c", ".h", ".l", ".y", ".def"))}
there = {top: {part_of(path)[1] for path in files if part_of(path)[0] == top} - {"", "include"} for top in ("runtime", "compiler")}
for top, parts in there.items():
    told = order.get(top, [])
    ok(parts == set(told) and len(told) == len(parts), "%s tells the order of the parts of %s/" % (PAGE, top),
       "parts: " + " ".join(sorted(parts)), "told:  " + " ".join(sorted(told)))
lost, wrong, count = [], [], 0
for path, name in includes(files):
    target = find(path, name, files)
    count += 1
    if not target and name not in MADE:
        lost.append("%s: %s" % (path, name))
    if target and set(order) == set(there) and wrong_include(path, target, order):
        wrong.append("%s: %s %s" % (path, target, wrong_include(path, target, order)))
ok(count > 500, "the includes are found", count)
ok(not lost, "each is a file of the tree or a made one", *lost)
ok(not wrong, "none goes up", *wrong)

small = {"runtime": ["base", "log"], "compiler": ["tree", "check"]}
ok(wrong_include("runtime/base/a.c", "runtime/log/log.h", small) and wrong_include("grammar/a.c", "compiler/check/check.h", small)
   and wrong_include("compiler/check/a.c", "runtime/log/log.h", small), "one that went up would be found")
ok(not wrong_include("runtime/log/a.c", "runtime/base/b.h", small) and not wrong_include("compiler/check/a.c", "runtime/cli/flags.def", small)
   and not wrong_include("runtime/host.c", "runtime/log/log.h", small), "one that goes down is none")
done()
