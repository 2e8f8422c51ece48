#!/usr/bin/env python3
# runner: timeout=900
"""Random mutations of the tour files through the front end: no crash, no hang, no leak (with a SAN build).

    mutate.t [COUNT [SEED]]     300 mutations by default, the seed is printed; a file that fails is kept as FAILED.swarm in TMPDIR

Bytes, words, lines and brackets are deleted, inserted, swapped, doubled; pieces of other files are put in. One process
parses many files (tests/syntax/parse_main.c), so that thousands take seconds; an answer that takes 20 s is a hang."""
import glob
import os
import random
import re
import select
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "syntax"))
import driver

SPICE = ["{", "}", "(", ")", "[", "]", "${", '"', '"""', "r\"", "'", "`", ";", "\n", ",", ":", "..", "...", "->", "??", "?", "=", "==", "+=", "-", "not ",
         "else ", "in ", "if ", "for ", "get ", "let ", "save ", "task ", "user ", "shape ", "every ", "repeat ", "stop ", "pop ", "log ", "elif ", "is ",
         "1%", "10/s", "10 /s", "99999999999999999999", "1h30m", "5min", "64Kb", "1e999", "\\", "\\u{110000}", "\\d", "//", "/*", "&&", "!", "@", "é",
         "\u201c", "\t", "#", "$", "\r", "0x1F", "p99.9", "null", "True", "${${", "\"${\"${"]
LIMIT = 20


def mutate(pick, text, others):
    for _ in range(pick.choice([1, 1, 1, 2, 3, 8])):
        kind = pick.randrange(10)
        at = pick.randrange(len(text) + 1)
        if kind == 0:
            text = text[:at] + text[at + pick.randrange(1, 6):]
        elif kind == 1:
            text = text[:at] + pick.choice(SPICE) + text[at:]
        elif kind == 2:
            words = list(re.finditer(r"\w+|[^\w\s]", text))
            if words:
                word = pick.choice(words)
                text = text[:word.start()] + pick.choice(["", pick.choice(SPICE), word[0] * 2]) + text[word.end():]
        elif kind == 3:
            lines = text.split("\n")
            a, b = pick.randrange(len(lines)), pick.randrange(len(lines))
            lines[a], lines[b] = lines[b], lines[a]
            text = "\n".join(lines)
        elif kind == 4:
            lines = text.split("\n")
            del lines[pick.randrange(len(lines))]
            text = "\n".join(lines)
        elif kind == 5:
            other = pick.choice(others)
            begin = pick.randrange(len(other))
            text = text[:at] + other[begin:begin + pick.randrange(1, 200)] + text[at:]
        elif kind == 6:
            text = text[:at]
        elif kind == 7:
            piece = pick.choice(SPICE) * pick.choice([2, 20, 300, 3000])
            text = text[:at] + piece + text[at:]
        elif kind == 8:
            end = at + pick.randrange(1, 80)
            text = text[:at] + text[at:end] * 2 + text[end:]
        else:
            brackets = [m.start() for m in re.finditer(r"[(){}\[\]\"]", text)]
            if brackets:
                at = pick.choice(brackets)
                text = text[:at] + text[at + 1:]
    return text


class Program:
    """The parser, fed with names of files; started again after it died."""

    def __init__(self, path):
        self.path = path
        self.start()

    def start(self):
        self.errors = tempfile.TemporaryFile()
        self.child = subprocess.Popen([self.path, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors)

    def parse(self, name):
        """None, or what went wrong"""
        try:
            self.child.stdin.write((name + "\n").encode())
            self.child.stdin.flush()
        except BrokenPipeError:
            return self.died()
        if not select.select([self.child.stdout], [], [], LIMIT)[0]:
            self.child.kill()
            self.child.wait()
            self.start()
            return "took longer than %d s" % LIMIT
        return None if self.child.stdout.readline() else self.died()

    def died(self):
        code = self.child.wait()
        said = self.said()
        self.start()
        return "died with %d: %s" % (code, said)

    def said(self):
        self.errors.seek(0)
        return self.errors.read().decode("utf-8", "replace")[-1500:]

    def end(self):
        self.child.stdin.close()
        self.child.stdout.read()
        return self.child.wait(), self.said()


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 30)
    files = sorted(glob.glob(os.path.join(HERE, "..", "tour", "**", "*.swarm"), recursive=True))
    texts = [open(name, encoding="utf-8").read() for name in files]
    pick = random.Random(seed)
    program = Program(driver.parse_program())
    folder = tempfile.mkdtemp()
    failures = []
    for number in range(count):
        text = mutate(pick, pick.choice(texts), texts)
        name = os.path.join(folder, "%d.swarm" % number)
        with open(name, "w", encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)
        problem = program.parse(name)
        if problem:
            kept = os.path.join(folder, "FAILED-%d.swarm" % number)
            os.rename(name, kept)
            failures.append("%s: %s" % (kept, problem))
        else:
            os.unlink(name)
    code, said = program.end()
    print("# seed %d, %d tour files" % (seed, len(files)))
    for failure in failures[:10]:
        print("# " + failure.replace("\n", "\n# "))
    good = len(files) >= 8 and not failures
    print("%sok 1 - %d mutations crash and hang nothing" % ("" if good else "not ", count))
    clean = code == 0 and not said
    print("%sok 2 - the program ends in order and leaks nothing" % ("" if clean else "not "))
    if not clean:
        print("# exit %s\n# %s" % (code, said.replace("\n", "\n# ")))
    print("1..2")
    return 0 if good and clean else 1


if __name__ == "__main__":
    sys.exit(main())
