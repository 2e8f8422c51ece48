#!/usr/bin/env python3
"""Each step of docs/tutorial.md runs against the shop, and nobody fails: --once first, as step 1 does it, then three users for a moment."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()
with open(os.path.join(st.ROOT, "docs", "tutorial.md"), encoding="utf-8") as page:
    text = page.read()
for name, rows in re.findall(r"^```csv (\S+)\n(.*?)^```", text, re.M | re.S):
    with open(os.path.join(st.folder(), name), "w", encoding="utf-8") as file:
        file.write(rows)
steps = re.split(r"^## ", text, flags=re.M)[1:]
shop = st.Shop()
ran = 0
for step in steps:
    title = step.split("\n")[0]
    for number, source in enumerate(re.findall(r"^```swarm\n(.*?)^```", step, re.M | re.S)):
        if source.startswith("# wrong"):
            continue
        ran += 1
        # The thresholds of a service are not those of a loaded test machine, and there is no time to warm up.
        fast = re.sub(r"< \d+ms|< 1s", "< 60s", source).replace("wait 1s..3s", "wait 5ms").replace("after 2s", "")
        program = st.compile_scenario(fast, "step%d" % ran, "-O0")
        shop.reset()
        done = st.run(program, "--host", shop.url, "--once", csv_prefix=False)
        tap.ok(done.code == 0 and shop.counts()["total"] > 0, "%s: once" % title, done.text[-1500:])
        shop.reset()
        options = ["--pace", "0.01", "--peak", "5"] if "option pace" in source else ["--users", "3", "--spawn-rate", "100", "--iterations", "30"]
        done = st.run(program, "--host", shop.url, "--only-summary", *options)
        seen = shop.counts()["total"]
        tap.ok(done.code == 0 and seen >= int(done.total()["Request Count"]) > 0, "%s: three users, %d requests, none failed" % (title, seen), done.text[-1500:])
tap.equal(ran, 8, "all eight steps ran")
shop.end()
tap.end()
