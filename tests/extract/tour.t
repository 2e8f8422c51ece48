#!/usr/bin/env python3
"""The tour's page of responses, unchanged, against the shop: everything it reads out of answers is there."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()
ROWS = [("GET", "/form"), ("POST", "/sign-in"), ("GET", "/post/[id]"), ("POST", "/upload"), ("PROPFIND", "/dav"), ("GET", "/maybe"),
        ("GET", "/flaky"), ("POST", "/jobs"), ("GET", "/jobs/[job]"), ("GET", "/slow"), ("GET", "/static/app.js"), ("GET", "/api/me"),
        ("TRANSACTION", "checkout transaction")]


def linked(program):
    """The libraries that the program asks for by itself."""
    shown = subprocess.run(["readelf", "-d", program], stdout=subprocess.PIPE, text=True, check=True).stdout
    return [line.split("[")[1].rstrip("]") for line in shown.splitlines() if "NEEDED" in line]


def main():
    shop = st.Shop()
    program = st.compile_scenario(os.path.join(st.ROOT, "tests", "tour", "04_responses.swarm"), "tour4")
    run = st.run(program, "--host", shop.url, "--users", "20", "--spawn-rate", "100", "--run-time", "8s", "--seed", "1")
    rows = run.rows()
    for row in ROWS:
        found = rows.get(row)
        tap.timing(found and int(found["Request Count"]) > 0, "%s %s: reached" % row, run.text[-2000:])
        tap.ok(not found or found["Failure Count"] == "0", "%s %s: no failure" % row, found)
    tap.ok(all(row == ("GET", "another host") for row, found in rows.items() if found["Failure Count"] != "0"),
           "only the other server, which is not there, fails", run.text[-2500:])
    counts = shop.counts()["requests"]
    tap.ok(counts.get("POST /sign-in") and counts["GET /welcome"] == counts["POST /sign-in"], "the token of the form is what the shop gave", counts)
    shop.end()

    page = 'target "http://127.0.0.1:1"\nuser U { task t { get "/" { expect %s } } }\n'
    if not st.SANITIZED:
        for name, condition, wanted in [("json", "json.a == 1", []), ("jsonpath", 'jsonpath("$.a") == []', []), ("regex", 'regex("a") == "b"', ["pcre2"]),
                                        ("search", 'jsonpath("$[?search(@, \'a\')]") == []', ["pcre2"]), ("css", 'css("a") == []', ["xml2"]),
                                        ("xpath", 'xpath("//a") == []', ["xml2"])]:
            libraries = " ".join(linked(st.compile_scenario(page % condition, name)))
            tap.equal([part for part in ("pcre2", "xml2") if part in libraries], wanted, "what a program with %s links" % name)
    tap.end()


main()
