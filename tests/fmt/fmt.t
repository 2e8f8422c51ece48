#!/usr/bin/env python3
"""swarmc fmt: over every scenario of the repository that parses the result has the same tree and comments and is stable; the
style by cases; --check, `-`, mistakes, links, permissions."""
import glob
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap
from tap import equal, like, ok

SWARMC = os.path.abspath(os.path.join(tap.BUILD, "swarmc"))
WORK = tempfile.mkdtemp()
os.chdir(WORK)    # what this makes lies in a folder of its own


def swarmc(*arguments, text=None, cwd=None):
    done = subprocess.run([SWARMC, *arguments], input=text, stdin=None if text is not None else subprocess.DEVNULL, cwd=cwd,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")


def formatted(text):
    code, out, err = swarmc("fmt", "-", text=text.encode())
    return out.decode() if code == 0 else "exit %d\n%s" % (code, err)


def tree(path):
    code, out, _ = swarmc("--dump-ast", path)
    return re.sub(rb" @\d+:\d+\n", b"\n", out) if code == 0 else None


def comments(text):
    outside = re.sub(rb'"(?:\\.|[^"\\\n])*"', b'""', text)    # a # within a text is no comment
    return [line.strip() for line in re.findall(rb"#[^\n]*", outside)]


bad, stable, same, seen = [], [], [], 0
for path in sorted(glob.glob(os.path.join(os.path.abspath(tap.ROOT), "**", "*.swarm"), recursive=True))[::5 if tap.SANITIZED else 1]:
    before = tree(path)
    if before is None or os.sep + "build" in path:
        continue
    seen += 1
    with open(path, "rb") as file:
        text = file.read()
    code, once, err = swarmc("fmt", "-", text=text)
    if code != 0:
        bad.append("%s: exit %d %s" % (path, code, err))
        continue
    with open("once.swarm", "wb") as file:
        file.write(once)
    if tree("once.swarm") != before or sorted(comments(text)) != sorted(comments(once)):
        same.append(path)
    if swarmc("fmt", "-", text=once)[1] != once:
        stable.append(path)
ok(seen > (100 if tap.SANITIZED else 300), "there are scenarios to try", seen)
ok(not bad, "every scenario that parses can be formatted", *bad)
ok(not same, "the tree and the comments stay", *same)
ok(not stable, "formatting twice is formatting once", *stable)
tour = sorted(glob.glob(os.path.join(os.path.abspath(tap.ROOT), "tests", "tour", "*.swarm")))
code, out, err = swarmc("fmt", "--check", *tour)
ok(code == 0 and len(tour) >= 7, "the tour is in the style", out.decode(), err)

for name, before, after in [
    ("blocks open at the end of the line", "user U\n{\n task t\n {\n get \"/\"\n }\n}\n",
     "user U {\n  task t {\n    get \"/\"\n  }\n}\n"),
    ("else goes on behind the brace", "user U { task t { if 1 < 2 {\n sleep 1s\n }\n else\n {\n sleep 2s\n } } }\n",
     "user U {\n  task t {\n    if 1 < 2 {\n      sleep 1s\n    } else {\n      sleep 2s\n    }\n  }\n}\n"),
    ("a block on one line stays on it", "user U { task t { get   \"/\" } }\n", "user U { task t { get \"/\" } }\n"),
    ("a block with a line end begins and ends with one", "user U { task t { get \"/\"\n get \"/b\" } }\n",
     "user U {\n  task t {\n    get \"/\"\n    get \"/b\"\n  }\n}\n"),
    ("one empty line at most, none inside of braces", "\n\nconst A=1\n\n\n\nconst B = 2\nuser U {\n\n  task t { get \"/\" }\n\n}\n\n",
     "const A = 1\n\nconst B = 2\nuser U {\n  task t { get \"/\" }\n}\n"),
    ("spaces around operators", "const A=1+2*-3\nconst B=A>1?-A:A%2\n", "const A = 1 + 2 * -3\nconst B = A > 1 ? -A : A % 2\n"),
    ("none inside of brackets", "const A = [ 1,2 ,3 ]\nconst B = max( 1,2 )\n", "const A = [1, 2, 3]\nconst B = max(1, 2)\n"),
    ("a range is one word", "user U { wait 1s .. 3s; task t { get \"/\" } }\n", "user U { wait 1s..3s; task t { get \"/\" } }\n"),
    ("a semicolon at the end of a line goes", "const A = 1;\nconst B = 2 ;\n", "const A = 1\nconst B = 2\n"),
    ("a comment on its own line is indented as what follows", "user U {\n# one\ntask t { get \"/\" }\n   # two\n}\n",
     "user U {\n  # one\n  task t { get \"/\" }\n  # two\n}\n"),
    ("a comment before a brace that goes up stands behind it", "user U # who\n{\n task t { get \"/\" }\n}\n",
     "user U {  # who\n  task t { get \"/\" }\n}\n"),
    ("columns that were lined up stay", "const A  = 1  # a\nconst BB = 22 # b\n", "const A  = 1   # a\nconst BB = 22  # b\n"),
    ("columns that were not go", "const A   = 1\nconst B = 2\n", "const A = 1\nconst B = 2\n"),
    ("a line that goes on is indented once more", "const A = 1 +\n2\nuser U { task t { let x = pick([1])\n?? 2\nlog x } }\n",
     "const A = 1 +\n  2\nuser U {\n  task t {\n    let x = pick([1])\n      ?? 2\n    log x\n  }\n}\n"),
    ("a block text goes with its line", "user U {\n      task t {\n            log \"\"\"\n              a\n                b\n              \"\"\"\n}\n}\n",
     "user U {\n  task t {\n    log \"\"\"\n      a\n        b\n      \"\"\"\n  }\n}\n"),
    ("what stands in texts stays", "const A = \"a  #  b ${ 1+1 }\"\n", "const A = \"a  #  b ${ 1+1 }\"\n"),
    ("line ends of Windows go", "const A = 1\r\nconst B = 2\r\n", "const A = 1\nconst B = 2\n"),
    ("tabs go", "user U {\n\ttask\tt {\n\t\tget\t\"/\"\n\t}\n}\n", "user U {\n  task t {\n    get \"/\"\n  }\n}\n"),
    ("the last line ends", "const A = 1", "const A = 1\n"),
    ("an empty file stays empty", "", ""),
    ("a file of comments keeps them", "# a\n\n\n# b", "# a\n\n# b\n"),
]:
    equal(formatted(before), after, name)

untidy, tidy = "const  A=1\n", "const A = 1\n"
with open("a.swarm", "w") as file:
    file.write(untidy)
with open("b.swarm", "w") as file:
    file.write(tidy)
os.chmod("a.swarm", 0o640)
code, out, err = swarmc("fmt", "--check", "a.swarm", "b.swarm")
equal((code, out), (1, b"a.swarm\n"), "--check names the files that are not in the style, exit code 1")
equal(open("a.swarm").read(), untidy, "--check writes nothing")
os.symlink("a.swarm", "link.swarm")
code, out, err = swarmc("fmt", "link.swarm", "b.swarm")
equal((code, out, open("a.swarm").read()), (0, b"", tidy), "files are written, links followed")
ok(os.path.islink("link.swarm") and os.stat("a.swarm").st_mode & 0o777 == 0o640, "the link and the permissions stay")
equal(swarmc("fmt", "--check", "a.swarm", "b.swarm")[0], 0, "then --check is content")
with open("wrong.swarm", "w") as file:
    file.write("user {\n")
code, out, err = swarmc("fmt", "wrong.swarm")
ok(code == 1 and open("wrong.swarm").read() == "user {\n", "a file with mistakes is left alone, exit code 1", code)
like(err, "wrong.swarm:1:", "the mistake is shown")
code, _, err = swarmc("fmt", "missing.swarm")
equal(code, 2, "a file that is not there: exit code 2")
equal(swarmc("fmt")[0], 2, "no file: exit code 2")
equal(swarmc("fmt", "--chekc", "a.swarm")[0], 2, "an unknown option: exit code 2")
tap.equal(formatted('user U {\n  task t {\n    log "a"\n    # why\n    ; stop test\n  }\n}\n'),
          'user U {\n  task t {\n    log "a"\n    # why\n    stop test\n  }\n}\n', "a `;` behind a comment is not put into it")
tap.equal(formatted('user U {\n  task t {\n    log "a" # one\n    # two\n    ;\n    stop test\n  }\n}\n'),
          'user U {\n  task t {\n    log "a"  # one\n    # two\n\n    stop test\n  }\n}\n', "comments before a `;` that goes stay")
code, out, err = swarmc("fmt", "-", text=b"const A = 1\0\n")
tap.equal((code, out), (1, b""), "a NUL in the standard input is refused")
tap.like(err, "<input>:1:12: error[E0191]: a NUL byte", "with its place")
code, out, err = swarmc("fmt", "-", text="const A = \"é\"\n".encode("latin-1"))
tap.equal((code, out), (1, b""), "so is what is not UTF-8, instead of being written with another letter")
tap.done()
