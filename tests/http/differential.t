#!/usr/bin/env python3
# runner: timeout=900
"""The tour (but for its last part, which needs modules) and examples of Locust under every engine: the shop must have seen the same requests, and the rows must be the same.

Each program runs once through all its tasks with the same seed against a shop of its own, whose journal holds every request. What may
differ is taken out: the port, connection numbers, the moment, and what the shop or the user drew at random (long hexadecimal numbers,
UUIDs, Unix times). Users run side by side, so the requests of all of them are compared without their order, those of programs with
one kind of user in order. With one engine alone its two runs are compared."""
import difflib
import json
import os
import re
import sys
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

TOUR = ["01_checkout", "02_waits_and_functions", "03_task_groups", "04_responses", "05_data_and_state"]
EXAMPLES = ["basic", "browse_docs", "csrf_form_authentication", "dynamic_user_credentials", "events", "fast_http", "multiple_hosts",
            "nested_inline_tasksets", "response_validations", "rest", "testdata_from_csv", "x_forwarded_for"]
FREE = [(re.compile(r"127\.0\.0\.1:\d+"), "HOST"), (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}"), "UUID"),
        (re.compile(r"\b[0-9a-f]{16,}\b"), "HEX"), (re.compile(r"\b1[789]\d{8}(\d{3})?\b"), "TIME"),
        (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*Z?"), "TIME")]

tap = st.Tap()


def without_chance(text):
    for pattern, word in FREE:
        text = pattern.sub(word, text)
    return text


def requests_of(journal):
    """{connection: [request as text]}; headers sorted, names in small letters."""
    found = {}
    with open(journal, encoding="utf-8", errors="replace") as file:
        for line in file:
            request = json.loads(line)
            headers = sorted((name.lower(), value) for name, value in request["headers"].items() if name.lower() != "connection")
            body = request.get("body", "")
            found.setdefault(request["connection"], []).append(without_chance(
                "%s %s %s %s" % (request["method"], request["target"], headers, body)))
    return found


def compared(seen, seen_too):
    """The requests of two runs as two lists: in their order where both came on one connection, else (users or branches side by side,
    and it is chance how many connections they need) sorted."""
    texts = [[text for texts in run.values() for text in texts] for run in (seen, seen_too)]
    return texts if len(seen) == len(seen_too) == 1 else [sorted(run) for run in texts]


def play(program, name, number):
    """The run, what the shop saw (requests_of), and the rows {(type, name): (requests, failures)}."""
    journal = os.path.join(st.folder(), "journal-%s-%d" % (name, number))
    shop = st.Shop("--journal", journal)
    run = st.run(program, "--once", "--seed", "11", "--host", shop.url, "--only-summary", limit=150)
    shop.end()
    seen = requests_of(journal)
    rows = {key: (row["Request Count"], row["Failure Count"]) for key, row in run.rows().items()}
    failures = sorted((row["Method"], row["Name"], without_chance(row["Error"]), row["Occurrences"]) for row in run.table("failures"))
    errors = sorted((without_chance(row["Message"]), row["Count"]) for row in run.table("exceptions"))
    return run, seen, {"rows": rows, "failures": failures, "errors": errors}


def compile_all(paths, engines):
    """{(name, engine): program}"""
    def one(job):
        (name, path), (engine, options) = job
        return (name, engine), st.compile_scenario(path, "%s-%s" % (name, engine), "-O0", *options)

    with ThreadPoolExecutor(2) as pool:
        return dict(pool.map(one, [(item, engine) for item in paths.items() for engine in engines]))


paths = {name: os.path.join(st.ROOT, "tests", "tour", name + ".swarm") for name in TOUR}
paths.update({name: os.path.join(st.ROOT, "examples", "locust", name + ".swarm") for name in EXAMPLES})
if len(sys.argv) > 1:
    paths = {name: path for name, path in paths.items() if any(word in name for word in sys.argv[1:])}
engines = st.engines()
programs = compile_all(paths, engines)
turns = [engine for engine, _ in engines] if len(engines) > 1 else [engines[0][0]] * 2
for name in paths:
    runs = [play(programs[name, engine], name, number) for number, engine in enumerate(turns)]
    label = "%s, %s" % (name, " and ".join(turns))
    (first, seen, rows), (second, seen_too, rows_too) = runs
    seen, seen_too = compared(seen, seen_too)
    tap.ok(first.code is not None and first.code == second.code, "%s: both come to the same end" % label, "%s and %s\n%s" %
           (first.code, second.code, second.text[-1000:]))
    tap.ok(bool(seen) and seen == seen_too, "%s: the shop saw the same %d requests" % (label, len(seen)),
           "\n".join(list(difflib.unified_diff(seen, seen_too, *turns, lineterm="", n=0))[:20]))
    for part in rows:
        tap.ok(rows[part] == rows_too[part], "%s: the same %s" % (label, part), "%s\n%s" % (rows[part], rows_too[part]))
tap.end()
