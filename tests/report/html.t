#!/usr/bin/env python3
# runner: timeout=900
"""The HTML report: one file that needs nothing else, small, and in Chromium without an error or an obstacle (page/page.js)."""
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()
PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "page")
SCENARIO = '''
option secret token: string = ""
metric trend basket "EUR"
thresholds { p95 < 10s; fail_ratio < 1% }
user Shopper {
    wait 10ms
    task browse weight 5 { get "/api/me" as "</script><b>&amp; 'odd' \\"name\\"" }
    task bad { get "/status/500" }
    task broken { let n = int("x"); get "/" as "${n}" }
    task long { get "/" as "LONG" }
    task buy { basket.add(12.5); measure "both" { get "/" } }
}
'''
MANY = 'user Many {\n    wait 1ms\n    task many { for i in 1..60 { get "/" as "item ${i}" } }\n}\n'


SCENARIO = SCENARIO.replace("LONG", "/long/" + "abcdefghij" * 50)


def html_of(name, source, *options):
    program = st.compile_scenario(source, name)
    run = st.run(program, "--host", shop.url, *options, "--only-summary", "--token=hunter2" if "secret" in source else "--only-summary",
                 "--html", os.path.join(st.folder(), name + ".html"), "--json", os.path.join(st.folder(), name + ".json"), csv_prefix=False)
    path = os.path.join(st.folder(), name + ".html")
    tap.ok(os.path.exists(path), name + ": the page is there", run.text[-800:])
    with open(path, encoding="utf-8") as file:
        return file.read()


shop = st.Shop()
page = html_of("full", SCENARIO, "--users", "6", "--spawn-rate", "6", "--run-time", "4s")
tap.ok(len(page) < 300_000, "a small run's page is below 300 KB", len(page))
tap.equal(re.findall(r'(?:src|href)="(?!#)[^"]*"', page), [], "it refers to nothing outside of itself")
tap.ok("hunter2" not in page, "no secret in it")
data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S).group(1)
with open(os.path.join(st.folder(), "full.json")) as file:
    written = json.load(file)
tap.equal(json.loads(data)["total"], written["total"], "its figures are those of the JSON report")
busiest = sorted((row for row in written["rows"] if row["requests"]), key=lambda row: -row["requests"])
tap.equal([row["requests"] for row in busiest], [sum(row["requests"]) for row in written["row_history"]["rows"]],
          "over time, every row has all of its requests, the busiest first")
html_of("many", MANY, "--users", "2", "--spawn-rate", "2", "--run-time", "2s")
html_of("empty", 'user Nobody { wait 10s; task t { sleep 1s; get "/" } }\n', "--run-time", "1s", "--stop-timeout", "0")
html_of("one", 'user One { task t { get "/api/me" } }\n', "--users", "3", "--spawn-rate", "3", "--iterations", "1")
shop.end()

chromium = shutil.which("chromium") or shutil.which("chromium-browser")
modules = os.path.join(st.BUILD, "page", "node_modules")
if chromium and shutil.which("npm") and not os.path.isdir(os.path.join(modules, "axe-core")):
    os.makedirs(os.path.dirname(modules), exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(PAGE, name), os.path.dirname(modules))
    try:
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=os.path.dirname(modules), timeout=120,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        pass
if not shutil.which("node") or not shutil.which("npm"):
    tap.skip("the page in Chromium", "nodejs and npm are not installed")
elif not chromium:
    tap.skip("the page in Chromium", "missing tool chromium")
elif not os.path.isdir(os.path.join(modules, "axe-core")):
    tap.skip("the page in Chromium", "npm could not install playwright-core and axe-core")
else:
    try:
        done = subprocess.run(["node", os.path.join(PAGE, "page.js"), modules, chromium, st.folder()], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=400)
        for line in done.stdout.splitlines():
            result = re.match(r"(ok|not ok) \d+ - (.*)", line)
            if result:
                tap.ok(result.group(1) == "ok", "in Chromium: " + result.group(2))
            elif line.startswith("#") or line.startswith("Bail"):
                print("# " + line)
        tap.ok(re.search(r"^1\.\.\d+$", done.stdout, re.M), "the page's test came to its end", done.stdout[-1500:])
    except subprocess.TimeoutExpired:
        tap.ok(False, "the page's test came to its end in time")
tap.end()
