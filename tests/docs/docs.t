#!/usr/bin/env python3
"""Every ```swarm block of README.md and docs/ compiles: swarmc makes C of it without an error or a warning, and the C
compiler takes that C. A block is a whole scenario, or its first line says where it belongs:

    # in a task          statements of a task                  # in a user       what stands in a user
    # in an answer       response statements of a request      # in a shape      stages
    # in thresholds      thresholds of the run                 # beside users    declarations; a user is added
    # wrong: E0304       a whole scenario that must be refused with this code
    # wrong in a task: E0304                                   … and so on for the other places
    # file lib.swarm     a whole scenario that later blocks of the page import
    # grammar            a form with gaps, which is not compiled

In fragments a value may be saved or set and not used (W0900), and a group not used (W0914). A block ```csv NAME, ```json NAME, ```text NAME or
```c NAME is a file of that name for the blocks of its page; a scenario with C of its own is compiled whole."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

HOST = 'target "http://127.0.0.1:8080"\n'
PLACES = {
    "in a task": (HOST + "user Example { task example {\n", "\n} }\n"),
    "in a user": (HOST + "user Example {\n", '\ntask _added { get "/" } }\n'),
    "in an answer": (HOST + 'user Example { task example { get "/" {\n', "\n} } }\n"),
    "in a shape": (HOST + 'user Example { task example { get "/" } }\nshape Curve {\n', "\n}\n"),
    "in thresholds": (HOST + 'user Example { task example { get "/" } }\nthresholds {\n', "\n}\n"),
    "beside users": (HOST, '\nuser _Added { task example { get "/" } }\n'),
}
USUAL = {"W0900", "W0914"}
FENCE = re.compile(r"^([ ]{0,3})```([^\n]*)\n(.*?)^[ ]{0,3}```[ ]*$", re.M | re.S)

tap = st.Tap()


def pages():
    found = [os.path.join(st.ROOT, "README.md")]
    for folder, _, files in os.walk(os.path.join(st.ROOT, "docs")):
        found += [os.path.join(folder, f) for f in files if f.endswith(".md")]
    return sorted(p for p in found if os.path.exists(p))


def blocks(path):
    """(line, first word and the rest of the info string, text)"""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for match in FENCE.finditer(text):
        info = match[2].split()
        yield text.count("\n", 0, match.start()) + 2, info[0] if info else "", info[1:], match[3]


def save(name, text):
    path = os.path.normpath(os.path.join(st.folder(), name))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def scenario(text):
    """(text of a whole scenario, wanted code or "", is a fragment, name of the file or "")"""
    first = re.match(r"# *(.*)", text)
    first = first[1].strip() if first else ""
    wrong = re.match(r"wrong(?: (.*?))?: ([EW]\d{4})$", first)
    place = (wrong[1] or "") if wrong else first
    kept = re.match(r"file (\S+\.swarm)$", first)
    before, after = PLACES.get(place, ("", ""))
    return before + text + after, wrong[2] if wrong else "", bool(before), kept[1] if kept else ""


def try_block(name, text, number):
    """Compiles to C; the path of the C, or None when it is refused (wanted or not)."""
    whole, wanted, fragment, kept = scenario(text)
    path = save(kept or "block%d.swarm" % number, whole)
    c_file = os.path.join(st.folder(), "block%d.c" % number)
    done = subprocess.run([st.SWARMC, "--emit-c", "-o", c_file, os.path.basename(path)], cwd=os.path.dirname(path), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    codes = set(re.findall(r"(?:error|warning)\[(\w+)\]", done.stdout))
    if wanted:
        tap.ok(codes - (USUAL if fragment else set()) == {wanted}, "%s is refused: %s" % (name, wanted), done.stdout or "not refused")
        return None
    good = done.returncode == 0 and not codes - (USUAL if fragment else set())
    tap.ok(good, "%s compiles" % name, done.stdout)
    if good and 'extern "C"' in text:
        done = subprocess.run([st.SWARMC, os.path.basename(path), "-o", path + ".program"], cwd=os.path.dirname(path), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        tap.ok(done.returncode == 0 and not done.stdout, "%s links with its C" % name, done.stdout)
    return c_file if done.returncode == 0 else None


number, made = 0, []
for page in pages():
    short = os.path.relpath(page, st.ROOT)
    for line, language, more, text in blocks(page):
        if language in ("csv", "json", "text", "c") and more:
            save(more[0], text)
        if language == "swarm" and not text.startswith("# grammar"):
            number += 1
            made.append(try_block("%s:%d" % (short, line), text, number))
tap.ok(number > 0, "there are blocks")
made = [c for c in made if c]
done = subprocess.run([os.environ.get("CC", "cc"), "-std=gnu11", "-Wall", "-Werror", "-fsyntax-only", "-I", os.path.join(st.ROOT, "runtime", "include"), *made],
                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) if made else None
tap.ok(done and done.returncode == 0, "the C of all %d is without a warning" % len(made), done.stdout if done else "nothing")
tap.end()
