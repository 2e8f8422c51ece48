#!/usr/bin/env python3
"""Goldens of the checker: NAME.swarm is checked, what swarmc says is compared with NAME.expect byte for byte.

NAME begins with the code it is about (E0200-misspelt-variable); every code of compiler/diag/codes_check.def has at least one.
    check.t [--update] [WORD...]    --update writes the .expect files of the cases whose names hold one of the words"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SWARMC = os.path.abspath(os.environ.get("SWARMC") or os.path.join(ROOT, os.environ.get("BUILD", "build"), "swarmc"))


def said(name):
    env = {k: v for k, v in os.environ.items() if k not in ("CLICOLOR_FORCE", "FORCE_COLOR")}
    env["NO_COLOR"] = "1"
    done = subprocess.run([SWARMC, "--check", name + ".swarm"], cwd=HERE, env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    return "exit %d\n" % done.returncode + done.stdout.decode("utf-8", "replace")


def first_code(text):
    found = re.search(r"(?:error|warning)\[(\w+)\]", text)
    return found.group(1) if found else "clean"


def main():
    arguments = sys.argv[1:]
    update = "--update" in arguments
    words = [a for a in arguments if not a.startswith("-")]
    names = sorted(f[:-6] for f in os.listdir(HERE) if f.endswith(".swarm"))
    if words:
        names = [n for n in names if any(w in n for w in words)]
    codes = set(re.findall(r"^CODE\((\w+),", open(os.path.join(ROOT, "compiler", "diag", "codes_check.def"), encoding="utf-8").read(), re.M))
    codes -= {"E0708", "E0709"}  # of options and the C compiler, found when a program is made: tests/extern, tests/cli
    failed = number = 0
    seen = {}

    def report(good, what, detail=""):
        nonlocal failed, number
        number += 1
        failed += not good
        print("%s %d - %s" % ("ok" if good else "not ok", number, what))
        for line in detail.splitlines():
            print("# " + line)

    for name in names:
        text = said(name)
        path = os.path.join(HERE, name + ".expect")
        if update:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        try:
            wanted = open(path, encoding="utf-8").read()
        except OSError:
            wanted = ""
        report(text == wanted, name, "" if text == wanted else "wanted:\n%sfound:\n%s" % (wanted, text))
        about = name.split("-")[0]
        report(about == "clean" and first_code(text) == "clean" or ("[%s]" % about) in text, name + " is about its code")
        seen.setdefault(about, []).append(text)
    if not words:
        missing = sorted(codes - set(seen))
        report(not missing, "every code has a golden", "without: " + " ".join(missing) if missing else "")
        texts = [t for group in seen.values() for t in group]
        report(len(set(texts)) == len(texts), "no two goldens say the same")
    print("1..%d" % number)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
