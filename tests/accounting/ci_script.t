#!/usr/bin/env python3
"""The threshold script of a CI job that was written for Locust reads our CSV unchanged."""
import csv
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()
SCRIPT = '''
import csv, sys
with open(sys.argv[1] + "_stats.csv", newline="") as file:
    for row in csv.DictReader(file):
        if row["Name"] == "Aggregated":
            ratio = int(row["Failure Count"]) / max(1, int(row["Request Count"]))
            p95 = int(row["95%"])
            print("requests", row["Request Count"], "fail ratio", ratio, "p95", p95)
            sys.exit(1 if ratio > 0.01 or p95 > 5000 else 0)
sys.exit(2)
'''
LOCUST = {
    "stats": "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,"
             "Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%",
    "stats_history": "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%,"
                     "Total Request Count,Total Failure Count,Total Median Response Time,Total Average Response Time,"
                     "Total Min Response Time,Total Max Response Time,Total Average Content Size",
    "failures": "Method,Name,Error,Occurrences,First Seen,Last Seen",
    "exceptions": "Count,Message,Traceback,Nodes",
}
program = st.compile_scenario('user U { wait 20ms; task ok { get "/api/me" }; task bad { get "/status/500" } }\n', "half_bad")
good = st.compile_scenario('user U { wait 20ms; task ok { get "/api/me" } }\n', "good")
shop = st.Shop()
import subprocess
for name, scenario, wanted in (("good", good, 0), ("half of them failing", program, 1)):
    run = st.run(scenario, "--host", shop.url, "--users", "5", "--spawn-rate", "10", "--run-time", "3s", "--csv-full-history")
    tap.equal(run.code, wanted, "%s: the program's own verdict" % name)
    done = subprocess.run([sys.executable, "-c", SCRIPT, run.prefix], stdout=subprocess.PIPE, text=True)
    tap.equal(done.returncode, wanted, "%s: the script's verdict (%s)" % (name, done.stdout.strip()))
    for kind, header in LOCUST.items():
        with open("%s_%s.csv" % (run.prefix, kind), newline="") as file:
            tap.equal(next(csv.reader(file)), header.split(","), "%s: columns of _%s.csv" % (name, kind))
    history = [row for row in run.table("stats_history") if row["Name"] == "Aggregated"]
    tap.ok(3 <= len(history) <= 6, "%s: a line of history a second (%d)" % (name, len(history)))
    tap.equal(history[-1]["Total Request Count"], run.total()["Request Count"], "%s: the last line of the history is the end" % name)
shop.end()
tap.end()
