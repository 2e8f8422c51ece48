#!/usr/bin/env python3
"""Tour 03, unchanged, against the shop: every row of it is reached, nothing fails, the shop saw what the table says; and what --tags
leaves of it."""
import os
import re
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()
shop = st.Shop()
HERE = os.path.dirname(os.path.abspath(__file__))
program = st.compile_scenario(os.path.join(HERE, "..", "tour", "03_task_groups.swarm"), "tour03")

ROWS = {
    ("GET", "/forum/thread/[id]"), ("POST", "/forum/thread"), ("GET", "/"), ("GET", "/api/v1/products?q=shoes"),
    ("GET", "/products/1"), ("GET", "/about/team"), ("GET", "/about/press"), ("GET", "/about/jobs"),
}


def names(rows):
    return {(kind, name.split("?")[0]) for kind, name in rows}


def all_are_seen(_):
    """Whether the shop has seen each row."""
    seen = {re.sub(r"(/thread/).*", r"\1[id]", key.replace("/api/v1/products", "/api/v1/products?q=shoes")) for key in shop.counts()["requests"]}
    return {"%s %s" % row for row in ROWS} <= seen


run = st.Run(program, "--host", shop.url, "--users", "60", "--spawn-rate", "100", "--seed", "3")
run.wait_until(all_are_seen)
run.signal(signal.SIGTERM)
run.wait()
tap.equal(run.code, 0, "nothing fails")
tap.equal(names(run.rows()), names(ROWS), "every row of the scenario is reached")
seen = shop.counts()["requests"]
tap.equal(sum(seen.values()), int(run.total()["Request Count"]), "the shop saw as many requests as the table says")

run = st.run(program, "--host", shop.url, "--users", "3", "--spawn-rate", "100", "--run-time", "3s", "--seed", "4")
entered, left = run.text.count("entering the forum"), run.text.count("leaving the forum")
tap.timing(entered > 0, "the forum is entered", entered)
tap.equal(left, entered, "whoever entered it left it")

run = st.run(program, "--host", shop.url, "--users", "5", "--spawn-rate", "100", "--run-time", "2s", "--tags", "smoke")
tap.equal(run.code, 0, "--tags smoke: nothing fails")
tap.ok({("GET", "/forum/thread/[id]")} <= names(run.rows()) <= {("GET", "/"), ("GET", "/forum/thread/[id]")},
       "--tags smoke leaves two tasks, of which that of the group never leaves it", repr(run.rows().keys()))
run = st.run(program, "--host", shop.url, "--users", "5", "--spawn-rate", "100", "--run-time", "2s", "-E", "smoke", "write")
tap.equal(run.code, 0, "-E smoke write: nothing fails")
tap.ok(not names(run.rows()) & {("GET", "/forum/thread/[id]"), ("POST", "/forum/thread")}, "-E smoke write takes those tasks away",
       repr(run.rows().keys()))

shop.end()
tap.end()
