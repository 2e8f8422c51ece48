#!/usr/bin/env python3
# runner: timeout=900
"""Servers that mean ill: each row says what happened, memory stays bounded, and users of the same program who talk to a good server are
not held up. One thread, so that all of them share a loop."""
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT_MB = 250      # of resident memory: 20 users, of whom six read bodies of up to 16 MB
# path, what the block does, what its failures begin with (None: it never fails)
DEEDS = [
    ("loris-status", "", ["timeout after 1.5s", "not HTTP"]),
    ("loris-head", "", ["timeout after 1.5s"]),
    ("loris-body", "", ["timeout after 1.5s"]),
    ("endless-head", "timeout 20s", ["headers larger than 256KB"]),
    ("endless-value", "timeout 20s", ["headers larger than 256KB"]),
    ("endless-interim", "timeout 20s", ["headers larger than 256KB", "not HTTP"]),
    ("endless-body", "", ["timeout after 1.5s"]),
    ("endless-body", "expect text == \"\"", ["body larger than 16MB", "timeout after 1.5s"]),
    ("endless-chunks", "", ["timeout after 1.5s"]),
    ("endless-chunks", "expect text == \"\"", ["body larger than 16MB", "timeout after 1.5s"]),
    ("endless-extension", "", ["timeout after 1.5s", "not HTTP"]),
    ("endless-trailer", "", ["timeout after 1.5s", "not HTTP", "headers larger"]),
    ("tiny", "timeout 20s; expect size == 100000", None),
    ("short", "timeout 20s", ["incomplete body: 5 of 100 bytes"]),
    ("huge", "timeout 20s", ["incomplete body: 5 of 9000000000000000000 bytes", "not HTTP"]),
    ("bomb", "timeout 20s; expect text == \"\"", ["body larger than 16MB"]),
    ("silent", "", ["timeout after 1.5s"]),
    ("reset", "timeout 20s", ["connection reset", "closed before an answer", "incomplete body", "not HTTP"]),
]

tap = st.Tap()


def scenario():
    parts = ['user Good {\n  weight 2\n  wait 5ms\n  target "http://good.invalid"\n  task good { get "/api/me" }\n}\n']
    for number, (path, block, _) in enumerate(DEEDS):
        limit = "" if block.startswith("timeout") else "timeout 1500ms; "
        wait = "1500ms" if path == "bomb" else "10ms"       # 16 MB of it are unpacked each time
        parts.append('user Bad%d {\n  wait %s\n  task t { get "/%s" as "%d %s" { %s%s } }\n}\n' %
                     (number, wait, path, number, path, limit, block))
    return "".join(parts)


def start_hostile():
    port_file = os.path.join(st.folder(), "hostile-port-%d" % len(st._children))
    child = st.spawn([sys.executable, os.path.join(HERE, "hostile.py"), port_file], stdout=subprocess.DEVNULL)
    for _ in range(3000):
        if os.path.exists(port_file):
            return child, "http://127.0.0.1:" + open(port_file).read()
        time.sleep(0.02)
    raise SystemExit("Bail out! hostile.py does not start")


def peak_mb(pid):
    with open("/proc/%d/status" % pid) as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:")) / 1024


def all_are_made(live):
    """Whether the report says that each row has a request."""
    rows = json.loads(st.read(live) or '{"rows": []}')["rows"]
    return sum(row["requests"] > 0 for row in rows) == 1 + len(DEEDS)


def check(engine, options):
    program = st.compile_scenario(scenario(), "hostile-" + engine, *options)
    shop = st.Shop()
    hostile, url = start_hostile()
    live = os.path.join(st.folder(), "live-%s.json" % engine)
    run = st.Run(program, "--host", url, "--host", "Good=" + shop.url, "--users", str(2 + len(DEEDS)), "--spawn-rate", "1000",
                 "--threads", "1", "--only-summary", "--stop-timeout", "1s", "--json", live)
    time.sleep(5)
    run.wait_until(lambda text: all_are_made(live))
    peak = peak_mb(run.child.pid)
    run.signal(signal.SIGTERM)
    run.wait()
    hostile.kill()
    hostile.wait()
    rows, failures = run.rows(), {}
    for failure in run.table("failures"):
        failures.setdefault(failure["Name"], {})[failure["Error"]] = int(failure["Occurrences"])
    good = rows[("GET", "/api/me")]
    count, slowest = int(good["Request Count"]), float(good["Max Response Time"])
    tap.ok(count > 50 and int(good["Failure Count"]) == 0, "%s: %d requests of good users, none failed" % (engine, count), run.text[-1500:])
    tap.equal(sum(n for key, n in shop.counts()["requests"].items()), count, "%s: as many as their server saw" % engine)
    tap.timing(slowest < 1400, "%s: the slowest of them, %.0f ms, waited for no limit of the others" % (engine, slowest), good)
    shop.end()
    for number, (path, block, wanted) in enumerate(DEEDS):
        name = "%d %s" % (number, path)
        row, found = rows.get(("GET", name)), failures.get(name, {})
        made, failed = (int(row["Request Count"]), int(row["Failure Count"])) if row else (0, 0)
        if wanted is None:
            tap.ok(made > 0 and failed == 0, "%s: %s: %d answers" % (engine, path, made), found)
        else:
            tap.ok(made > 0 and failed == made == sum(found.values()) and all(any(text.startswith(w) for w in wanted) for text in found),
                   "%s: %s%s: %s" % (engine, path, ", read" if "text" in block else "", ", ".join(found)), "%d of %d: %s" % (failed, made, found))
    if st.SANITIZED:
        tap.skip("%s: memory" % engine, "sanitizers need their own")
    else:
        tap.ok(peak < LIMIT_MB, "%s: %.0f MB of memory at most" % (engine, peak))


for name, options in st.engines():
    check(name, options)
tap.end()
