#!/usr/bin/env python3
"""What we report is what the server saw, row by row:

    seen by the shop = requests − those that failed before a byte was sent + extra tries + cut off

at 1, 100 and 2,000 users, at the end of the run time, at Ctrl-C, and with the shop killed in the middle (there the two may differ
by the requests that were under way, each of them a failure in our table)."""
import os
import re
import resource
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()
UNSENT = re.compile(r"connection refused|no address for|connect timeout|timeout .*connect|cannot connect", re.I)


def patterns(row):
    """The requests at the shop that a row stands for."""
    method, name = row
    if name == "login":
        return method, re.compile(r"/api/auth/login$")
    return method, re.compile("".join(".+" if part.startswith("[") else re.escape(part) for part in re.split(r"(\[[^]]*\])", name)) + "$")


def apart(text):
    """{row: (extra tries, cut off)} of the table `Not among the requests above`."""
    found, on = {}, False
    for line in text.splitlines():
        if line.startswith("Not among the requests above"):
            on = True
            continue
        match = re.match(r"(\S+)\s+(\S.*?)\s+(\d+)\s+(\d+)$", line) if on else None
        if match:
            found[match[1], match[2]] = int(match[3]), int(match[4])
        elif on and not line.strip():
            break
    return found


def compare(run, shop, name, slack=0):
    seen = {tuple(key.split(" ", 1)): n for key, n in shop.counts()["requests"].items()}
    unsent = {}
    for failure in run.table("failures"):
        if UNSENT.search(failure["Error"]):
            key = failure["Method"], failure["Name"]
            unsent[key] = unsent.get(key, 0) + int(failure["Occurrences"])
    extra = apart(run.text)
    rows = run.rows()
    wrong, total = [], 0
    for row in set(rows) | set(extra):
        method, pattern = patterns(row)
        matched = [key for key in seen if key[0] == method and pattern.match(key[1])]
        got = sum(seen.pop(key) for key in matched)
        tries, cut = extra.get(row, (0, 0))
        made = int(rows[row]["Request Count"]) if row in rows else 0
        total += made
        want = made - unsent.get(row, 0) + tries + cut
        if abs(got - want) > slack:
            wrong.append("%s %s: the shop saw %d, the table says %d requests - %d unsent + %d tries + %d cut off" %
                         (*row, got, made, unsent.get(row, 0), tries, cut))
    wrong += ["%s %s: the shop saw %d, no row" % (*key, n) for key, n in seen.items() if n > slack]
    tap.equal(int(run.total()["Request Count"]), total, "%s: Aggregated is the sum of its rows" % name)
    return tap.ok(not wrong, "%s: %d requests, every row as the shop saw it" % (name, total), "\n".join(wrong))


soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
scenarios = {name: st.compile_scenario(os.path.join(st.ROOT, path), name)
             for name, path in (("checkout", "examples/checkout.swarm"), ("waits", "tests/tour/02_waits_and_functions.swarm"))}
shop = st.Shop()
many = 300 if st.SANITIZED else 2000

for name, program in scenarios.items():
    for users in (1, 100, many):
        common = ["--host", shop.url, "--users", str(users), "--spawn-rate", str(max(1, users))]
        shop.reset()
        run = st.run(program, *common, "--run-time", "4s")
        tap.equal(run.code, 0, "%s, %d users, run time: passed" % (name, users))
        compare(run, shop, "%s, %d users, run time" % (name, users))

        shop.reset()
        run = st.Run(program, *common)
        run.wait_until(lambda text: "All users spawned" in text and shop.counts()["connections"]["total"] >= (users if name == "checkout" else 1))
        time.sleep(1)
        run.signal(signal.SIGINT)
        run.wait()
        tap.equal(run.code, 0, "%s, %d users, Ctrl-C: the verdict's code" % (name, users))
        compare(run, shop, "%s, %d users, Ctrl-C" % (name, users))
        connections = shop.counts()["connections"]["total"]
        tap.ok(connections >= users if name == "checkout" else connections <= users, "%s: %d users have %d connections of their own" % (name, users, connections))

# The shop is killed while requests are on their way.
BUSY = 'user Busy { task t { get "/api/me"; post "/echo" { json { a: 1 } } } }\n'
busy = st.compile_scenario(BUSY, "busy")
shop.reset()
every_request = os.path.join(st.folder(), "requests.csv")
run = st.Run(busy, "--host", shop.url, "--users", "50", "--spawn-rate", "1000", "--log-requests", every_request)
run.wait_until(lambda text: shop.counts()["total"] > 1000)
shop.kill()
run.wait_until(lambda text: "connection refused" in st.read(every_request))
run.signal(signal.SIGINT)
run.wait()
tap.equal(run.code, 1, "the shop killed: failed")
failures = sum(int(row["Occurrences"]) for row in run.table("failures"))
tap.equal(failures, int(run.total()["Failure Count"]), "the shop killed: every failure has its message")
# Under way is a user's request, and the one that is sent again on a new connection when a kept one is reset.
compare(run, shop, "the shop killed", slack=2 * 50)

# Cut off at the stop timeout, and retries.
shop.start()
SLOW = """
user U {
  task t {
    get "/status/503" { retry 2 backoff 10ms; expect status == 503 }
    get "/slow?ms=60000"
  }
}
"""
slow = st.compile_scenario(SLOW, "slow")
shop.reset()
run = st.Run(slow, "--host", shop.url, "--users", "20", "--spawn-rate", "1000", "--stop-timeout", "500ms")
run.wait_until(lambda text: shop.counts()["requests"].get("GET /slow") == 20)
run.signal(signal.SIGINT)
run.wait()
compare(run, shop, "cut off and tried again")
found = apart(run.text)
tap.equal(found.get(("GET", "/slow")), (0, 20), "20 requests cut off")
tap.equal(found.get(("GET", "/status/503")), (40, 0), "40 extra tries")
shop.end()
tap.end()
