#!/usr/bin/env python3
"""SIGTERM at any moment - before the run begins, while users come, in its middle, while they go, while the last reports are written:
every report is complete, they agree, and tell what the shop counted."""
import json
import os
import re
import signal
import sys
import time
import xml.etree.ElementTree as xml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()
shop = st.Shop()
program = st.compile_scenario('''
target "%s"
user Shopper {
    wait 10ms
    on start { get "/api/me" as "start" { expect status in [200, 401] } }
    task look { get "/api/me" as "look" { expect status in [200, 401] } }
    on stop { get "/api/me" as "stop" { expect status in [200, 401] } }
}
''' % shop.url, "moments")
KINDS = {"json": "--json", "html": "--html", "xml": "--junit", "prom": "--prometheus-file"}


def figures(base, run):
    """The number of requests as each report has it."""
    with open(base + ".json") as file:
        report = json.load(file)
    with open(base + ".html") as file:
        page = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', file.read(), re.S).group(1))
    with open(base + ".prom") as file:
        scraped = sum(int(line.split()[-1]) for line in file if line.startswith("swarm_requests_total{"))
    suites = len(xml.parse(base + ".xml").getroot().findall("testsuite"))
    return report, {"JSON": report["total"]["requests"], "page": page["total"]["requests"], "Prometheus": scraped,
                    "CSV": int(run.total()["Request Count"]), "history": sum(report["history"]["requests"])}, suites


def judge(name, base, run):
    made = [kind for kind in KINDS if os.path.exists(base + "." + kind)]
    if run.code == -signal.SIGTERM:
        tap.equal([made, os.path.exists(run.prefix + "_stats.csv")], [[], False], name + ": it came before there was any report")
        return
    tap.ok(run.code in (0, 1), name + ": the verdict's code", (run.code, run.text[-800:]))
    tap.equal(made, list(KINDS), name + ": every report is there")
    report, found, suites = figures(base, run)
    tap.equal(set(found.values()), {report["total"]["requests"]}, name + ": they agree")
    tap.equal([report["run"]["state"], report["verdict"]["exit_code"], suites > 0], ["finished", run.code, True], name + ": and tell the end")
    seen = sum(row["requests"] + row["extra_tries"] + row["cut_off"] for row in report["rows"])
    tap.equal(seen, shop.counts()["total"], name + ": what the shop saw is what is told")
    tap.equal([f for f in os.listdir(st.folder()) if f.endswith(".tmp")], [], name + ": no temporary file is left")


for i, moment in enumerate((0, 0.01, 0.03, 0.06, 0.15, 0.4, 0.9, 1.5, "stopping", "last")):
    shop.reset()
    base = os.path.join(st.folder(), "moment-%d" % i)
    options = [word for kind, flag in KINDS.items() for word in (flag, "%s.%s" % (base, kind))]
    run = st.Run(program, "--users", "20", "--spawn-rate", "40", "--only-summary", *(["--run-time", "1s"] if isinstance(moment, str) else []), *options)
    if isinstance(moment, str):
        text = {"stopping": "--run-time limit reached", "last": "Aggregated"}[moment]
        for _ in range(6000):
            if text in open(run.error_file).read() or run.child.poll() is not None:
                break
            time.sleep(0.01)
    else:
        time.sleep(moment)
    run.signal(signal.SIGTERM)
    run.wait()
    judge("SIGTERM %s" % ("while %s" % moment if isinstance(moment, str) else "after %g s" % moment), base, run)
shop.end()
tap.end()
