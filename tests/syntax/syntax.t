#!/usr/bin/env python3
"""Goldens of the grammar: NAME.swarm is parsed, what is said is compared with NAME.expect byte for byte.

NAME begins with the code it is about (E0106-single-equals); every code of compiler/diag/codes_syntax.def has at least one, and a
case has that code and no other, for one mistake is one message. Cases named otherwise may hold several. The tour parses clean.

    syntax.t [--update] [WORD...]    --update writes the .expect files of the cases whose names hold one of the words"""
import glob
import os
import re
import subprocess
import sys

import driver

ROOT, HERE = driver.ROOT, driver.HERE
# What must never reach a person: names of tokens and of the parser's own things.
LEAKS = re.compile(r"syntax error|\$end|\$undefined|\bYY[A-Z]|\bTOK_|\bunexpected [A-Z]")


def main():
    arguments = sys.argv[1:]
    update = "--update" in arguments
    words = [a for a in arguments if not a.startswith("-")]
    program = driver.parse_program()
    number = failed = 0

    def report(good, what, detail=""):
        nonlocal number, failed
        number += 1
        failed += not good
        print("%sok %d - %s" % ("" if good else "not ", number, what))
        if not good:
            for line in detail.splitlines():
                print("# " + line)

    def parse(path, cwd):
        done = subprocess.run([program, path], cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        return done.returncode, done.stdout.decode("utf-8", "replace")

    names = sorted(os.path.basename(f)[:-6] for f in glob.glob(os.path.join(HERE, "*.swarm")))
    about = set()
    for name in names:
        if words and not any(word in name for word in words):
            continue
        code, said = parse(name + ".swarm", HERE)
        said = "exit %d\n%s" % (code, said)
        path = os.path.join(HERE, name + ".expect")
        if update:
            with open(path, "w", encoding="utf-8") as file:
                file.write(said)
        try:
            with open(path, encoding="utf-8") as file:
                wanted = file.read()
        except OSError:
            wanted = ""
        report(said == wanted, name, "wanted:\n%sfound:\n%s" % (wanted, said))
        codes = re.findall(r"^[^\s:]+:\d+:\d+: (?:error|warning)\[(\w+)\]", said, re.M)
        own = name.split("-")[0]
        about.add(own)
        if re.match(r"[EW]\d{4}$", own):
            report(codes == [own], name + " is one message of its code", "found %s" % codes)
        report(not LEAKS.search(said), name + " names no token")
    if not words:
        table = open(os.path.join(ROOT, "compiler", "diag", "codes_syntax.def"), encoding="utf-8").read()
        missing = [code for code in re.findall(r"^CODE\((\w+)", table, re.M) if code not in about]
        report(not missing, "every code has a case", "missing: " + " ".join(missing))
        for path in sorted(glob.glob(os.path.join(ROOT, "tests", "tour", "**", "*.swarm"), recursive=True)):
            code, said = parse(path, ROOT)
            report(code == 0 and not said, "parses: " + os.path.relpath(path, ROOT), said)
    print("1..%d" % number)
    return 1 if failed or not number else 0


if __name__ == "__main__":
    sys.exit(main())
