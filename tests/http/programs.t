#!/usr/bin/env python3
"""What stands above the engines, in whole programs and with each engine: redirects, cookies, content codings, errors as the rows tell
them. The cases are programs/*.json; all of a file make one program, a step each, run once.

    tests/http/programs.t [WORD…]      only the cases whose group and name hold one of the words

A case has statements ("do"; <row> is `as` its own row), what is served (scripted.py), what the server must have seen, in that order,
and the messages of the row's failures with their numbers, none unless said. "error": a part of the error that ends its task."""
import glob
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import scripted
import swarmtest as st

HERE = os.path.dirname(os.path.abspath(__file__))
tap = st.Tap()


def load(words):
    cases = {}
    for path in sorted(glob.glob(os.path.join(HERE, "programs", "*.json"))):
        group = os.path.basename(path)[:-5]
        with open(path, encoding="utf-8") as file:
            for index, case in enumerate(json.load(file)):
                if not words or any(word in "%s: %s" % (group, case["name"]) for word in words):
                    cases["%s%d" % (group, index)] = dict(case, group=group)
    return cases


def own_names():
    """How a program is run in a mount namespace with the names of scripted.NAMES in its /etc/hosts; None where that cannot be."""
    hosts = os.path.join(st.folder(), "hosts")
    with open(hosts, "w") as file:
        file.write("127.0.0.1 localhost %s\n" % " ".join(scripted.NAMES.values()))
    command = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', hosts]
    try:
        done = subprocess.run([*command, "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return command if done.returncode == 0 else None
    except OSError:
        return None


def scenario(cases, port):
    """One user with a step for each case, and one for each case that ends with an error of the task."""
    steps, others = [], []
    for key, case in cases.items():
        lines = "\n".join("      " + scripted.places(line.replace("<row>", 'as "%s"' % key), key, port) for line in case["do"])
        if case.get("error"):
            others.append("user U%s {\n  task t {\n%s\n  }\n}\n" % (key, lines))
        else:
            steps.append("    step %s {\n      session reset\n%s\n    }\n" % (key, lines))
    return "user U {\n  journey j {\n%s  }\n}\n%s" % ("".join(steps), "".join(others))


def differs(seen, want, port, key):
    """Why a request is not the one that is wanted, or None."""
    want = {"request": want} if isinstance(want, str) else want
    if str(seen) != want["request"]:
        return "%s, wanted %s" % (seen, want["request"])
    for name, value in want.get("headers", {}).items():
        value = scripted.places(value, key, port)
        if seen.header(name) != value:
            return "%s: header %s is %r, wanted %r" % (seen, name, seen.header(name), value)
    for name in want.get("without", []):
        if seen.header(name) is not None:
            return "%s: header %s is there: %r" % (seen, name, seen.header(name))
    if "cookies" in want and sorted((seen.header("Cookie") or "").split("; ")) != sorted(want["cookies"]):
        return "%s: cookies %r" % (seen, seen.header("Cookie"))
    if "body" in want and seen.body != want["body"]:
        return "%s: body %r, wanted %r" % (seen, seen.body, want["body"])
    return None


def judge(key, case, server, rows, failures, tries):
    wrong, seen = [], [request for request in server.log if request.key == key]
    if len(seen) != len(case["seen"]):
        wrong.append("seen: %s" % ", ".join(map(str, seen)))
    wrong += filter(None, (differs(a, b, server.port, key) for a, b in zip(seen, case["seen"])))
    count = int(rows.get(key, {"Request Count": 0})["Request Count"])
    if count != case.get("requests", 1):
        wrong.append("%d requests in its row" % count)
    found, want = failures.get(key, {}), case.get("failures", {})
    for message, number in want.items():
        if sum(n for text, n in found.items() if text.startswith(message)) != number:
            wrong.append("failure %r is missing" % message)
    wrong += ["failure %r (%d)" % (text, n) for text, n in found.items() if not any(text.startswith(message) for message in want)]
    if tries.get(key, 0) != case.get("tries", 0):
        wrong.append("%d extra tries" % tries.get(key, 0))
    return wrong


def tries_of(text):
    """{row: extra tries} of the table `Not among the requests above`."""
    part = text.partition("Not among the requests above")[2]
    return {match[1]: int(match[2]) for match in re.finditer(r"^\S+\s+(\S+)\s+(\d+)\s+\d+\s*$", part, re.M)}


def check(engine, options, cases, command):
    server = scripted.Scripted(cases)
    program = st.compile_scenario(scenario(cases, server.port), "programs-" + engine, *options)
    prefix = os.path.join(st.folder(), "csv-" + engine)
    done = subprocess.run([*command, program, "--headless", "--once", "--csv", prefix, "--only-summary"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, errors="replace", timeout=120)
    run = st.Run.__new__(st.Run)
    run.prefix = prefix
    rows, failures = {name: row for (_, name), row in run.rows().items()}, {}
    for failure in run.table("failures"):
        failures.setdefault(failure["Name"], {})[failure["Error"]] = int(failure["Occurrences"])
    tries = tries_of(done.stderr)
    errors = [row["Message"] for row in run.table("exceptions")]
    wanted = [case["error"] for case in cases.values() if case.get("error")]
    tap.ok(done.returncode in (0, 1) and len(errors) == len(wanted) and all(any(w in e for e in errors) for w in wanted),
           "%s: the program runs to its end, with the errors that are wanted" % engine, "\n".join(errors) + done.stderr[-2000:])
    for key, case in cases.items():
        wrong = judge(key, case, server, rows, failures, tries)
        tap.ok(not wrong, "%s: %s: %s" % (engine, case["group"], case["name"]), "\n".join(wrong))
    server.close()


everything = load(sys.argv[1:])
named = own_names()
if not named:
    tap.skip("cookies of names", "no mount namespace of one's own here")
cases = {key: case for key, case in everything.items() if named or not case.get("names")}
for name, options in st.engines():
    check(name, options, cases, named or [])
tap.end()
