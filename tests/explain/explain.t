#!/usr/bin/env python3
"""swarmc --explain CODE: every code has a wrong and a right example. Each pair is put into the places where it may stand (a
file, a user, a task, a response block …) and compiled: in one of them wrong gives that code, and right gives neither it nor
any error. What is told in words (files that import each other, thousands of terms) is in IN_WORDS; the goldens have those."""
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap

SWARMC = os.path.abspath(os.path.join(tap.BUILD, "swarmc"))
WORK = tempfile.mkdtemp()
os.chdir(WORK)    # what this makes lies in a folder of its own
HEAD = 'target "http://127.0.0.1:1"\noption secret api_key: string = ""\n'
SOME = ('data people = csv("people.csv") queue\ngate everyone\nfn f(x: int) -> int { return x }\n'
        'action login() -> string { get "/login"; return "t" }\naction ping() { get "/ping" }\n'
        'action api(const row: string, path: string) { get path as row }\n')
LETS = ('let n = random(1, 9)\nlet name = "ann"\nlet list = [1, 2]\nlet ok = n > 3\nlet a = n > 2\nlet b = n > 1\n'
        'let done = n > 5\nlet id = 7\nlet link = "/x"\nlet base = { k: 1 }\n')
PLACES = {
    "the file": HEAD + '%s\nuser Z { task z { get "/z" } }\n',
    "the file alone": "%s\n",
    "the file, with others": HEAD + SOME + '%s\nuser Z { task z { get "/z" } }\n',
    "a user": HEAD + 'tasks Forum { task r { get "/"; interrupt } }\nuser U {\n%s\ntask t9 { get "/" }\n}\n',
    "a task": HEAD + "user U {\n task t {\n get \"/first\"\n%s\n }\n}\n",
    "a task with variables": HEAD + SOME + "user U {\n task t {\n" + LETS + "%s\n get \"/\"\n }\n}\n",
    "a task with a user's variables": HEAD + SOME + "user U {\n var n = 0\n var x = 1\n var first = 0\n task t {\n%s\n }\n}\n",
    "a block": HEAD + 'user U {\n var x = "1"\n var n = 0\n var first = null\n task t {\n get "/" {\n%s\n }\n }\n}\n',
    "a condition of a block": HEAD + 'user U {\n task t {\n get "/" {\nexpect %s\n }\n }\n}\n',
    "a value of a block": HEAD + 'user U {\n task t {\n get "/" {\nsave x = %s\n}\nlog "${x}"\n }\n}\n',
    "a value": HEAD + SOME + "user U {\n task t {\n" + LETS + "let v = %s\nlog v\nget \"/\"\n }\n}\n",
    "a log of a block": HEAD + 'user U {\n task t {\n get "/" {\nlog %s\n }\n }\n}\n',
    "an attribute's place": HEAD + 'user U {\n task t {\n let x = 1\n get "/" {\n%s\n }\n }\n}\n',
    "a shape": HEAD + 'user Web { task t { get "/" } }\nshape {\n%s\n}\n',
    "thresholds": HEAD + 'user Web { task t { get "/"; post "/orders" } }\nthresholds {\n%s\n}\n',
    "http": HEAD + 'http {\n%s\n}\nuser U { task t { get "/" } }\n',
    "a group": HEAD + "user U { tasks G {\n%s\ntask b { interrupt } } }\n",
    "a chain": HEAD + "chain C {\n%s\ntask search { interrupt }\n}\nuser U { use C }\n",
    "a declaration's head": HEAD + "%s { return 1 }\nuser U { task t { log f(\"a\"); get \"/\" } }\n",
}
# Told in words or in more than one file: the goldens of tests/check and tests/syntax are their examples.
IN_WORDS = set("""E0191 E0107 E0131 E0144 E0162 E0171 E0201 E0202 E0205 E0212 E0214 E0215 E0216 E0217 E0222 E0224 E0230 E0231 E0232 E0302
E0315 E0409 E0411 E0412 E0517 E0600 E0601 E0604 E0701 E0702 E0703 E0705 E0706 E0708 W0904 W0910 W0914 W0920 W0921 E0207 E0505
E0227 E0228 E0229 E0142 E0146 E0155 E0172 E0178 E0151 E0114 E0124
E0106 E0160 E0179 E0180 E0181 E0501 E0700 E0704 W0900 W0911""".split())


def codes():
    for name in ("codes_syntax.def", "codes_check.def"):
        with open(os.path.join(tap.ROOT, "compiler", "diag", name), encoding="utf-8") as file:
            yield from re.findall(r"^CODE\((\w+),", file.read(), re.M)


def swarmc(*arguments):
    return subprocess.run([SWARMC, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


def found(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    said = swarmc("--check", "--error-format", "short", name).stderr
    os.remove(name)
    return set(re.findall(r"(?:error|warning)\[(\w+)\]", said))


def filled(text):
    """The example with something in the place of each `{ … }`."""
    if re.match(r"(fn|function) ", text):
        return text.replace("{ … }", "{ return 1 }")
    if re.match(r"(user|scenario) ", text):
        return text.replace("{ … }", '{ task q { get "/" } }')
    return text.replace("{ … }", "{ sleep 1s }")


def examine(code):
    """None: the pair holds; else what is wrong with it."""
    done = swarmc("--explain", code)
    pair = re.search(r"\n  wrong: (.*?)\n  right: (.*)", done.stdout.rstrip("\n"), re.S)
    if done.returncode != 0 or not pair:
        return "no wrong and right example"
    if code in IN_WORDS:
        return None
    wrong, right = (filled(text) for text in pair.groups())
    tried = []
    for place, body in PLACES.items():
        bad = found("%s-wrong.swarm" % code, body.replace("%s", wrong))
        if code not in bad:
            continue
        for other in [place, *PLACES]:  # what is right may stand elsewhere: a fn at the top of the file, say
            good = found("%s-right.swarm" % code, PLACES[other].replace("%s", right))
            if code not in good and not any(c.startswith("E") for c in good):
                return None
            tried.append("%s: %s; right gives %s" % (place, sorted(bad), sorted(good)))
    return "no place where wrong gives it and right gives no error\n" + "\n".join(tried[:3])


with open("people.csv", "w") as file:
    file.write("email,password\nann@example.com,secret1\n")
open("data.bin", "w").close()
every = list(codes())
tap.ok(len(every) >= 200, "there are 200 codes", len(every))
tap.ok(IN_WORDS <= set(every), "what is told in words exists", IN_WORDS - set(every))
with ThreadPoolExecutor(2) as pool:
    for code, problem in zip(every, pool.map(examine, every)):
        tap.ok(problem is None, "%s: wrong gives it, right does not" % code if code not in IN_WORDS else "%s: told in words" % code, problem)
tap.equal(swarmc("--explain", "e0101").returncode, 0, "a code in small letters is found too")
done = swarmc("--explain", "E9999")
tap.equal(done.returncode, 2, "a code that is not there: exit code 2")
tap.like(done.stderr, "there is no diagnostic", "and says so")
tap.done()
