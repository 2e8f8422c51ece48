#!/usr/bin/env python3
# runner: timeout=600
"""The scenarios of examples/ beside those of Locust: each is clean, laid out as `swarmc fmt` has it, and makes the shop see what it says, once
through (`--once`) and under its shape. What the rows say is what the shop counted."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

EXAMPLES = os.path.join(st.ROOT, "examples")
# What one user of each kind asks for when every task and step is done once.
ONCE = {
    "checkout": {"POST /api/auth/login": 1, "GET /api/v1/products": 3, "POST /api/cart": 1, "POST /api/orders": 1, "POST /api/auth/logout": 1,
                 "POST /admin/login": 1, "GET /admin/dashboard": 1, "GET /admin/users": 1, "GET /admin/reports/export": 1, "POST /admin/logout": 1},
    "browse": {"POST /api/auth/login": 1, "GET /api/v1/products": 2, "GET /": 1, "GET /products": 1, "GET /static/app.css": 2,
               "GET /static/app.js": 2, "POST /upload": 1, "GET /api/me": 1, "POST /api/auth/logout": 1},
    "spike": {"GET /": 1, "GET /products": 1, "GET /api/v1/products": 1, "POST /api/auth/login": 1, "POST /api/cart": 1, "POST /api/orders": 1},
}

tap = st.Tap()
shop = st.Shop()


def swarmc(*arguments):
    return subprocess.run([st.SWARMC, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


for name, wanted in sorted(ONCE.items()):
    path = os.path.join(EXAMPLES, name + ".swarm")
    done = swarmc("fmt", "--check", path)
    tap.ok(done.returncode == 0, "%s: laid out as swarmc fmt has it" % name, done.stdout)
    program = os.path.join(st.folder(), name)
    done = swarmc("--deny-warnings", path, "-o", program)
    if not tap.ok(done.returncode == 0 and not done.stdout, "%s: compiles without a warning" % name, done.stdout):
        continue
    shop.reset()
    run = st.run(program, "--once", "--host", shop.url)
    tap.ok(run.code == 0 and "none failed" in run.text, "%s: once through, and nothing failed" % name, run.text)
    counts = shop.counts()
    seen = {key: n for key, n in counts["requests"].items() if key in wanted}
    tap.ok(seen == wanted, "%s: the shop saw each request" % name, seen)
    rows = [row for (kind, _), row in run.rows().items() if kind != "TRANSACTION"]
    tap.ok(sum(int(row["Request Count"]) for row in rows) == counts["total"], "%s: the rows have as many as the shop" % name, counts)

spike = os.path.join(st.folder(), "spike")
run = st.run(spike, "--host", shop.url, csv_prefix=False)
tap.ok(run.code == 2 and "--shape NAME" in run.text and "Spike Steady" in run.text, "spike: without --shape it says which there are", run.text)
done = subprocess.run([spike, "--shape", "Spike", "--show-shape", "--scale", "0.1"], stdin=subprocess.DEVNULL, capture_output=True, text=True)
tap.ok(done.returncode == 0 and "arrive normal -> peak" in done.stdout, "spike: the curve without a run", done.stdout + done.stderr)
shop.reset()
run = st.run(spike, "--shape", "Spike", "--scale", "0.02", "--host", shop.url)
total, counts = int(run.total()["Request Count"]), shop.counts()
tap.ok(re.search(r"^Arrivals: \d+, 0 of them dropped", run.text, re.M), "spike: the report tells the arrivals", run.text)
# on a machine that stands still for ten seconds a visit may be cut off: the shop has seen its request, no row has it
tap.ok(0 < total == counts["total"] or "cut off" in run.text, "spike: the rows have as many as the shop", "%d %r\n%s" % (total, counts, run.text))
shop.end()
tap.end()
