#!/usr/bin/env python3
"""swarmc report compare: a run that got slower or fails more is told from one that did not."""
import copy
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()


def bucket(us):
    step = 1 if us < 256 else 1 << (us.bit_length() - 8)
    return us // step * step


def row(kind, name, times, failures=0):
    counts = {}
    for us in times:
        counts[bucket(int(us))] = counts.get(bucket(int(us)), 0) + 1
    return {"type": kind, "name": name, "requests": len(times), "failures": failures, "requests_per_s": 1, "histogram": sorted(counts.items())}


def spread(n, factor=1.0):
    """n times from 10 to 100 ms, most of them short: the same each time."""
    return [factor * (10000 + 90000 * (i / n) ** 3) for i in range(n)]


def report(name, *rows):
    path = os.path.join(st.folder(), name)
    total = row("", "Aggregated", [])
    for one in rows:
        total["requests"] += one["requests"]
        total["failures"] += one["failures"]
    counts = {}
    for one in rows:
        for low, n in one["histogram"]:
            counts[low] = counts.get(low, 0) + n
    total["histogram"] = sorted(counts.items())
    with open(path, "w") as file:
        json.dump({"format": "swarm-report", "version": 1, "total": total, "rows": list(rows)}, file)
    return path


def compare(*arguments):
    return subprocess.run([st.SWARMC, "report", "compare", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)


def check(name, a, b, code, *options, finding=None):
    done = compare(a, b, *options, "--json")
    tap.equal(done.returncode, code, name + (": exit code (%s)" % " ".join(options) if options else ": exit code"))
    found = json.loads(done.stdout)
    tap.equal(found["worse"], code == 1, name + ": and the JSON says so")
    if finding:
        one = next(r for r in found["rows"] if r["name"] == "/a")
        tap.equal({m: one[m]["finding"] for m in finding}, finding, name + ": findings")
    return found


base = report("base.json", row("GET", "/a", spread(2000), 10), row("GET", "/b", spread(500)))
check("the same run", base, base, 0, finding={"p50": "same", "p95": "same", "failures": "same"})
slower = report("slower.json", row("GET", "/a", spread(2000, 1.3), 10), row("GET", "/b", spread(500)))
check("30 % slower", base, slower, 1, finding={"p50": "WORSE".lower(), "p95": "worse"})
check("30 % slower, 50 % tolerated", base, slower, 0, "--tolerance", "50%")
check("30 % slower, the other way round", slower, base, 0, finding={"p50": "better", "p95": "better"})
slightly = report("slightly.json", row("GET", "/a", spread(2000, 1.05), 10), row("GET", "/b", spread(500)))
check("5 % slower is tolerated", base, slightly, 0)
check("5 % slower, 1 % tolerated", base, slightly, 1, "--tolerance=1%")
failing = report("failing.json", row("GET", "/a", spread(2000), 100), row("GET", "/b", spread(500)))
check("5 % failing instead of 0.5 %", base, failing, 1, finding={"failures": "worse", "p95": "same"})
check("5 % failing, 10 points tolerated", base, failing, 0, "--failure-tolerance", "0.1")
few = report("few.json", row("GET", "/a", spread(8, 3), 1), row("GET", "/b", spread(500)))
found = check("eight requests tell nothing", few, few, 0, finding={"p50": "too few", "failures": "too few"})
alone = report("alone.json", row("GET", "/a", spread(8, 3), 1))
found = check("eight requests in all", alone, alone, 2, finding={"p50": "too few", "failures": "too few"})
tap.equal(found["figures_told"], 0, "nothing was told")
tap.has(compare(base, report("nothing.json")).stdout, "Nothing can be told: no row has enough requests in both", "a run without requests does not pass")
tap.equal([compare(base, base, "--tolerance", share).returncode for share in ("5", "1", "200%", "0.99")], [2, 2, 0, 0], "5 is no share: 5% or 0.05")
other = report("other.json", row("GET", "/a", spread(2000), 10), row("POST", "/new\x1b[31m", spread(50)))
found = check("rows of one run only", base, other, 0)
tap.equal(sorted((r["name"], r["in"]) for r in found["rows"] if r["in"] != "both"), [("/b", "a"), ("/new\x1b[31m", "b")], "are told")
done = compare(base, other)
tap.ok("\x1b" not in done.stdout and "only in B" in done.stdout, "the table is for people, and nothing in it steers a terminal", done.stdout)
done = compare(base, slower)
tap.has(done.stdout, "WORSE", "a regression stands out")
tap.has(done.stdout, "B is worse", "and the last line says so")

# as it is meant to be right: of runs that differ by chance alone few are called worse
import random
random.seed(7)
wrong = 0
for i in range(20):
    a, b = (report("r%d.json" % k, row("GET", "/a", [random.lognormvariate(10, 0.5) for _ in range(400)])) for k in (1, 2))
    wrong += compare(a, b, "--tolerance", "0").returncode
tap.ok(wrong <= 8, "chance alone is seldom called a regression, even if nothing is tolerated (%d of 20)" % wrong)

many = report("many.json", *[row("GET", "/item/%d" % i, spread(200)) for i in range(2000)])
tap.equal(compare(many, many).returncode, 0, "2,000 rows")

good = json.load(open(base))
for name, change in (("not JSON", None), ("another file", {"format": "x"}), ("a later version", {"version": 2})):
    path = os.path.join(st.folder(), "bad.json")
    with open(path, "w") as file:
        file.write("{" if change is None else json.dumps({**good, **change}))
    done = compare(path, base)
    tap.equal([done.returncode, done.stdout], [2, ""], name + ": refused")
    tap.has(done.stderr, "bad.json", name + ": named")
damaged = copy.deepcopy(good)
damaged["rows"][0]["histogram"][0][1] += 1
json.dump(damaged, open(os.path.join(st.folder(), "bad.json"), "w"))
tap.equal(compare(os.path.join(st.folder(), "bad.json"), base).returncode, 2, "a histogram that does not add up is refused")
for arguments in ([], [base], [base, base, base], [base, "/nowhere.json"], [base, base, "--tolerance"], [base, base, "--tolerance", "x"], [base, base, "--nonsense"]):
    tap.equal(compare(*arguments).returncode, 2, "wrong usage: %s" % " ".join(os.path.basename(a) for a in arguments))

shop = st.Shop()
program = st.compile_scenario('user U { wait 2ms; task t { get "/api/me" } }\n', "real")
for name in ("one", "two"):
    st.run(program, "--host", shop.url, "--users", "3", "--spawn-rate", "3", "--iterations", "60", "--json", os.path.join(st.folder(), name + ".json"), csv_prefix=False)
done = compare(os.path.join(st.folder(), "one.json"), os.path.join(st.folder(), "two.json"), "--tolerance", "1000000%")
tap.equal(done.returncode, 0, "reports of real runs can be compared")
shop.end()
tap.end()
