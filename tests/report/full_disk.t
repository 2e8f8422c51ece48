#!/usr/bin/env python3
"""A disk that fills up in the middle of a run: said once a file, the run goes on, tables and counts are right, what is on the disk is whole,
and the run has failed. On a small tmpfs of its own; root only."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()
if os.geteuid() != 0:
    print("1..0 # SKIP only root can mount a small disk")
    sys.exit(0)

place = os.path.join(st.folder(), "disk")
os.mkdir(place)
if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], stderr=subprocess.DEVNULL).returncode != 0:
    print("1..0 # SKIP a small disk cannot be mounted here")
    sys.exit(0)
try:
    shop = st.Shop()
    program = st.compile_scenario('user U {\n    wait 1ms\n    task t { get "/api/v1/products?limit=5" as "products" }\n}\n', "fills")
    run = st.run(program, "--host", shop.url, "--users", "20", "--spawn-rate", "20", "--run-time", "4s", "--only-summary",
                 "--csv", os.path.join(place, "run"), "--json", os.path.join(place, "run.json"), "--html", os.path.join(place, "run.html"),
                 "--log-requests", os.path.join(place, "requests.csv"), csv_prefix=False)
    tap.equal(run.code, 1, "a run with reports that could not be completed has failed")
    tap.has(run.text, "reports are not complete", "the last line says so")
    tap.has(run.text, "No space left on device", "the cause is told")
    named = [name for name in ("requests.csv", "run.json", "run.html", "run_stats.csv", "run_stats_history.csv") if name in run.text]
    tap.ok(named, "with the file it happened to", run.text[-2000:])
    tap.ok(run.text.count("No space left on device") < 12, "and not every second", run.text.count("No space left on device"))
    line = next((line for line in run.text.splitlines() if line.split()[:1] == ["Aggregated"]), "")
    tap.equal(int((line.split() + ["0", "0"])[1]), shop.counts()["total"], "the table counts what the shop has seen")
    for name in os.listdir(place):
        if name.endswith(".json"):
            with open(os.path.join(place, name)) as file:
                tap.ok(json.load(file)["total"]["requests"] >= 0, "the JSON on the disk is whole: " + name)
    tap.equal([name for name in os.listdir(place) if name.startswith(".") or name.endswith((".new", ".tmp"))], [], "nothing half is left over")
    shop.end()
finally:
    subprocess.run(["umount", place], check=True)
tap.end()
