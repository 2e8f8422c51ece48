#!/usr/bin/env python3
"""swarmc --explain CODE: every code has a wrong and a right example. Each pair is put into the places where it may stand (a
file, a user, a task, a response block …) and compiled: in one of them wrong gives that code, and right gives neither it nor
any error. Lines behind the first stand under it; `-- file NAME` begins a file that stands beside the scenario."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap

SWARMC = os.path.abspath(os.path.join(tap.BUILD, "swarmc"))
WORK = tempfile.mkdtemp()
os.chdir(WORK)    # what this makes lies in a folder of its own
KEY = 'option secret api_key: string = ""\n'    # taken out again where nothing reads it
HEAD = 'target "http://127.0.0.1:1"\n' + KEY
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
COMPILED = {"E0708"}    # found when a program is made
NATIVE = {"E0709"}      # found with --http-engine native


def codes():
    for name in ("codes_syntax.def", "codes_check.def"):
        with open(os.path.join(tap.ROOT, "compiler", "diag", name), encoding="utf-8") as file:
            yield from re.findall(r"^CODE\((\w+),", file.read(), re.M)


def swarmc(*arguments, cwd=None):
    return subprocess.run([SWARMC, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=60, cwd=cwd)


def parts_of(example):
    """The scenario, the files beside it, and in which encoding it is written: `-- file NAME` begins a file, `-- saved as NAME` is said
    of the scenario."""
    scenario, *others = re.split(r"^-- file (\S+)\n", example, flags=re.M)
    lines = scenario.split("\n")
    encodings = [line[len("-- saved as "):] for line in lines if line.startswith("-- saved as ")]
    scenario = "\n".join(line for line in lines if not line.startswith("-- saved as "))
    return scenario, dict(zip(others[::2], others[1::2])), (encodings or ["UTF-8"])[0]


def found(code, example, place):
    """The codes of an example that stands at a place, in a folder of its own."""
    scenario, files, encoding = parts_of(example)
    folder = tempfile.mkdtemp(dir=WORK)
    whole = PLACES[place].replace("%s", scenario)
    if "api_key" not in scenario:
        whole = whole.replace(KEY, "")
    for name, text in dict(files, **{"x.swarm": whole}).items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding=encoding) as file:
            file.write(text)
    for name in ("people.csv", "data.bin"):
        if not os.path.exists(os.path.join(folder, name)):
            os.symlink(os.path.join(WORK, name), os.path.join(folder, name))
    make = ["-o", "x"] if code in COMPILED else ["--check"] + (["--http-engine", "native"] if code in NATIVE else [])
    said = swarmc(*make, "--error-format", "short", "x.swarm", cwd=folder).stderr
    shutil.rmtree(folder)
    return set(re.findall(r"(?:error|warning)\[(\w+)\]", said))


BLOCKS = {"fn": "return 1", "function": "return 1", "user": 'task q { get "/" }', "scenario": 'task q { get "/" }', "if": 'log "x"', "else": 'log "x"',
          "tasks": 'task r { get "/r"; interrupt }', "shape": "jump to 1 users for 1s"}


def filled(text):
    """The example as a file has it: lines behind the first are not indented by `wrong: `, and something stands in the place of each
    `{ … }` (what, the word in front tells) and of `((…`, which is a thousand of them."""
    text = text.replace("\n" + " " * 9, "\n")
    text = text.replace("((…", "(" * 1001).replace("…))", ")" * 1001)
    return re.sub(r"(\b\w+\b)([^\w{}]*(?:\w+[^\w{}]+)*?)\{ … \}", lambda m: "%s%s{ %s }" % (m[1], m[2], BLOCKS.get(m[1], "sleep 1s")), text)


def examine(code):
    """None: the pair holds; else what is wrong with it."""
    done = swarmc("--explain", code)
    pair = re.search(r"\n  wrong: (.*?)\n  right: (.*)", done.stdout.rstrip("\n"), re.S)
    if done.returncode != 0 or not pair:
        return "no wrong and right example"
    wrong, right = (filled(text) for text in pair.groups())
    tried = []
    for place in PLACES:
        bad = found(code, wrong, place)
        if code not in bad:
            continue
        for other in [place, *PLACES]:  # what is right may stand elsewhere: a fn at the top of the file, say
            good = found(code, right, other)
            if code not in good and not any(c.startswith("E") for c in good):
                return None
            tried.append("%s: %s; right gives %s" % (place, sorted(bad), sorted(good)))
    return "no place where wrong gives it and right gives no error\n" + "\n".join(tried[:3])


with open("people.csv", "w") as file:
    file.write("email,password\nann@example.com,secret1\n")
open("data.bin", "w").close()
every = list(codes())
tap.ok(len(every) >= 200, "there are 200 codes", len(every))
with ThreadPoolExecutor(2) as pool:
    for code, problem in zip(every, pool.map(examine, every)):
        tap.ok(problem is None, "%s: wrong gives it, right does not" % code, problem)
tap.equal(swarmc("--explain", "e0101").returncode, 0, "a code in small letters is found too")
done = swarmc("--explain", "E9999")
tap.equal(done.returncode, 2, "a code that is not there: exit code 2")
tap.like(done.stderr, "there is no diagnostic", "and says so")
tap.done()
