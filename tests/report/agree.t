#!/usr/bin/env python3
"""Every report of one run says the same, and what the shop counted: CSV, JSON, JUnit, Prometheus and the tables."""
import csv
import json
import os
import re
import signal
import sys
import xml.etree.ElementTree as xml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()
SCENARIO = '''
option page: int = 20 "products"
option secret token: string = ""
metric trend basket "EUR"
metric counter orders
thresholds {
    fail_ratio < 90%
    "GET /api/me" { p99 < 0.001ms }
}
user Shopper {
    weight 3
    wait 10ms
    task browse weight 3 { get "/api/me" }
    task bad { get "/status/500" }
    task buy { basket.add(12.5); orders += 1; measure "both" { get "/" } }
}
user Admin {
    wait 50ms
    task look { get "/api/me" as "admin, \\"me\\" <b>" }
    journey tour {
        step first { get "/api/me" }
        step second { get "/" }
    }
}
user Poller {
    wait rate 20/s
    task poll { get "/api/me" }
}
'''
PERCENTILES = ["50", "66", "75", "80", "90", "95", "98", "99", "99.9", "99.99", "100"]


def histogram_percentile(row, p):
    """From the JSON alone, as docs/reports.md says: the middle of the bucket at rank ceil(p * n); first and last are exact."""
    buckets, count = row["histogram"], row["requests"]
    rank, seen = max(1, -(-int(round(p * 10000)) * count // 1000000)), 0
    if rank in (1, count):
        return row["max_us"] if rank == count else row["min_us"]
    for low, n in buckets:
        seen += n
        if seen >= rank:
            width = 1 if low < 256 else 1 << (low.bit_length() - 8)
            return min(max(low + (width - 1) / 2, row["min_us"]), row["max_us"])
    return 0


def prometheus(path):
    samples = {}
    with open(path) as file:
        for line in file:
            if line.startswith("#"):
                continue
            found = re.fullmatch(r'([a-z_]+)(?:\{(.*)\})? (\S+)\n', line)
            labels = tuple(sorted((k, v.replace('\\"', '"').replace("\\\\", "\\")) for k, v in
                                  re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', found.group(2) or "")))
            samples[found.group(1), labels] = float(found.group(3))
    return samples


def check_rows(name, report, run, samples):
    table = run.rows()
    rows = {(row["type"], row["name"]): row for row in report["rows"]}
    tap.equal(sorted(rows), sorted(table), name + ": JSON and CSV have the same rows")
    wrong = []
    for key, row in list(rows.items()) + [(None, report["total"])]:
        line = table[key] if key else run.total()
        compared = [("requests", line["Request Count"], row["requests"]), ("failures", line["Failure Count"], row["failures"]),
                    ("rate", float(line["Requests/s"]), row["requests_per_s"]),
                    # JSON rounds to a nanosecond: what ends in half a one may go either way
                    ("mean within 1 ns", abs(float(line["Average Response Time"]) * 1000 - row["mean_us"]) < 0.001, True),
                    ("min", round(float(line["Min Response Time"]) * 1000, 3), row["min_us"]),
                    ("max", round(float(line["Max Response Time"]) * 1000, 3), row["max_us"])]
        for p in PERCENTILES:
            compared.append((p, int(line[p + "%"]), round(row["percentiles_us"][p] / 1000)))
            if p != "100":
                compared.append(("histogram " + p, histogram_percentile(row, float(p)), row["percentiles_us"][p]))
        compared.append(("buckets", sum(n for _, n in row["histogram"]), row["requests"]))
        if key:
            labels = (("name", key[1]), ("type", key[0]))
            compared.append(("prometheus", samples["swarm_requests_total", labels], row["requests"]))
            compared.append(("prometheus failures", samples["swarm_request_failures_total", labels], row["failures"]))
            mean = samples["swarm_request_duration_seconds_sum", labels] * 1e6 / row["requests"]
            compared.append(("prometheus mean within 1 ns", abs(mean - row["mean_us"]) < 0.001, True))
        wrong += ["%s %s: %r, JSON %r" % (key, what, a, b) for what, a, b in compared if float(a) != float(b)]
    tap.ok(not wrong, name + ": every figure of a row is the same in CSV, JSON, its histogram and Prometheus", "\n".join(wrong))
    totals = [row for row in report["rows"] if row["in_totals"]]
    tap.equal(sum(row["requests"] for row in totals), report["total"]["requests"], name + ": the rows add up to the total")
    tap.equal(sum(report["history"]["requests"]), report["total"]["requests"], name + ": so does the history")
    tap.equal(sum(report["history"]["failures"]), report["total"]["failures"], name + ": and its failures")


def check_parts(name, report):
    parts, total = report["parts"], report["total"]
    for what, chosen in (("kinds", [p for p in parts if p["journey"] is None]), ("tasks", [p for p in parts if p["task"] is not None])):
        tap.equal([sum(p["requests"] for p in chosen), sum(p["failures"] for p in chosen)], [total["requests"], total["failures"]],
                  "%s: %s add up to the total" % (name, what))
    tour = {p["task"]: p["requests"] for p in parts if p["kind"] == "Admin" and p["journey"] == "tour"}
    tap.equal([sorted(k or "" for k in tour), tour.get(None)], [["", "first", "second"], tour.get("first", 0) + tour.get("second", 0)],
              name + ": the journey is the sum of its steps")


def check_seen(name, report, counts):
    def sent(path):
        return sum(row["requests"] + row["extra_tries"] + row["cut_off"] for row in report["rows"] if row["in_totals"] and
                   (row["name"] == path or (path == "/api/me" and row["name"].startswith("admin"))))
    for path in ("/api/me", "/status/500", "/"):
        tap.equal(sent(path), counts.get("GET " + path, 0), "%s: what the shop saw of %s" % (name, path))


def check_junit(name, path, report):
    root = xml.parse(path).getroot()
    suites = {suite.get("name"): suite for suite in root}
    tap.equal([s for s in ("run", "thresholds", "requests", "Shopper", "Admin") if s not in suites], [], name + ": suites")
    tap.equal([int(root.get("tests")), int(root.get("failures"))],
              [len(root.findall(".//testcase")), len(root.findall(".//failure"))], name + ": JUnit counts its cases")
    broken = sum(1 for t in report["thresholds"] if t["state"] in ("broken", "no data"))
    tap.equal(int(suites["thresholds"].get("failures")), broken, name + ": JUnit and JSON agree on the thresholds")


def check_console(name, text, report):
    final = text[text.rindex("# reqs      # fails"):]
    found = re.search(r"Aggregated +(\d+) +(\d+)\(", final)
    tap.equal([int(found.group(1)), int(found.group(2))], [report["total"]["requests"], report["total"]["failures"]],
              name + ": the last table and JSON agree")


def check_lags(name, text, report, samples, table):
    """The one kind that has a schedule has a row of lags, which is no request."""
    kinds = {kind["name"]: kind["late_starts"] for kind in report["users"]["kinds"]}
    count, lags = kinds["Poller"]["count"], kinds["Poller"]["percentiles_us"]
    found = re.findall(r"^LAG +(\S+) .* (\d+)$", text, re.M)
    tap.equal(found, [("Poller", str(count))] if count else [], name + ": a row LAG with as many starts as JSON says")
    tap.equal([kinds[kind]["count"] for kind in ("Shopper", "Admin")], [0, 0], name + ": who has no schedule has none")
    tap.equal([samples["swarm_planned_starts_total", (("kind", "Poller"),)]] +
              [samples.get(("swarm_start_lag_seconds", (("kind", "Poller"), ("quantile", q)))) for q in ("0.5", "0.99", "1")],
              [count] + [lags[p] / 1e6 if count else None for p in ("50", "99", "100")], name + ": Prometheus says the same")
    tap.equal([key for key in table if key[0] == "LAG"], [], name + ": CSV has no row of it")


def has_requests(path):
    """Whether the JSON report of a run that goes on tells of some requests."""
    text = st.read(path)
    return bool(text) and json.loads(text)["total"]["requests"] > 50


shop = st.Shop()
program = st.compile_scenario(SCENARIO, "agree")
for name, how, stop in (("run time", ["--run-time", "3s"], None), ("SIGTERM", [], signal.SIGTERM)):
    shop.reset()
    base = os.path.join(st.folder(), "new", "folder", name.replace(" ", "-"))
    files = {kind: "%s.%s" % (base, kind) for kind in ("json", "xml", "prom")}
    run = st.Run(program, "--host", shop.url, "--users", "8", "--spawn-rate", "20", *how, "--token", "hunter2", "--label", "branch=main",
                 "--json", files["json"], "--junit", files["xml"], "--prometheus-file", files["prom"])
    if stop:
        run.wait_until(lambda text: has_requests(files["json"]))
        live = json.load(open(files["json"]))
        tap.equal([live["run"]["state"], live["verdict"]], ["running", None], name + ": JSON while it runs says so")
        run.signal(stop)
    run.wait()
    tap.equal(run.code, 1, name + ": a threshold is broken")
    report = json.load(open(files["json"]))
    samples = prometheus(files["prom"])
    check_rows(name, report, run, samples)
    check_seen(name, report, shop.counts()["requests"])
    check_parts(name, report)
    check_junit(name, files["xml"], report)
    check_console(name, run.text, report)
    check_lags(name, run.text, report, samples, run.rows())
    tap.equal(report["verdict"]["exit_code"], run.code, name + ": JSON tells the exit code")
    tap.equal(samples["swarm_passed", ()], 0, name + ": Prometheus tells the verdict")
    tap.equal(report["run"]["options"], {"page": "20", "token": "***"}, name + ": options, the secret masked")
    tap.equal(report["run"]["labels"], {"branch": "main"}, name + ": labels")
    tap.equal([f["count"] for f in report["failures"]], [int(row["Occurrences"]) for row in run.table("failures")], name + ": failures as in the CSV")
    kept = [f.get("exchange") for f in report["failures"]]
    tap.ok(kept and kept[0] and kept[0]["request"].startswith("GET ") and "500" in kept[0]["response"], name + ": the first failing exchange", kept)
    both = "".join(open(path).read() for path in files.values())
    tap.ok("hunter2" not in both, name + ": no secret in any report")
    tap.equal([report["users"]["most"], report["users"]["alive"]], [8, 0], name + ": users at most and at the end")
    tap.equal([f for f in os.listdir(os.path.dirname(base)) if f.endswith(".tmp")], [], name + ": no temporary file is left")

ends = {
    "stop test": 'user U { var n = 0; wait 20ms; task t { get "/api/me"; n += 1 }; task end { if n > 20 { stop test } } }\n',
    "abort after": 'thresholds { p50 < 0.001ms abort after 1s }\nuser U { wait 20ms; task t { get "/api/me" } }\n',
    "SIGINT": 'user U { wait 20ms; task t { get "/api/me" as "odd \\u{fffe}\\u{1}\\u{202e}" } }\n',
}
for name, source in ends.items():
    base = os.path.join(st.folder(), "end-" + name.replace(" ", "-"))
    run = st.Run(st.compile_scenario(source, "end"), "--host", shop.url, "--users", "2", "--spawn-rate", "5", "--json", base + ".json", "--html", base + ".html",
                 "--junit", base + ".xml", "--prometheus-file", base + ".prom")
    if name == "SIGINT":
        run.wait_until(lambda text: has_requests(base + ".json"))
        run.signal(signal.SIGINT)
    run.wait()
    report = json.load(open(base + ".json"))
    page = open(base + ".html").read()
    inside = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S).group(1))
    requests = int(run.total()["Request Count"])
    tap.ok(requests > 0, name + ": something was sent", run.text[-500:])
    tap.equal([report["run"]["state"], report["verdict"]["exit_code"], report["total"]["requests"], inside["total"]["requests"], sum(report["history"]["requests"])],
              ["finished", run.code, requests, requests, requests], name + ": JSON, page and CSV are complete")
    tap.equal(sum(n for (metric, _), n in prometheus(base + ".prom").items() if metric == "swarm_requests_total"), requests, name + ": so is Prometheus' text")
    tap.ok(xml.parse(base + ".xml").getroot().findall("testsuite"), name + ": and JUnit's XML")

summary = os.path.join(st.folder(), "summary.md")
run = st.run(program, "--host", shop.url, "--users", "4", "--spawn-rate", "10", "--iterations", "150", csv_prefix=False,
             env={"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary, "GITHUB_SHA": "0123456789" * 4})
tap.has(run.out, "::error title=Threshold broken,file=", "GitHub Actions: a broken threshold is an annotation at its line")
tap.has(run.out, "::warning title=Requests failed::", "GitHub Actions: so are failures, which decide nothing here")
text = open(summary).read()
tap.has(text, "agree.swarm: failed", "GitHub Actions: the step's summary tells the verdict")
tap.ok("<b>" not in text and "&#60;b&#62;" in text, "GitHub Actions: names are no markup")
run = st.run(program, "--host", shop.url, "--users", "4", "--spawn-rate", "10", "--iterations", "20", csv_prefix=False, env={"GITHUB_ACTIONS": ""})
tap.equal(run.out, "", "elsewhere nothing of that is said")

run = st.run(program, "--host", shop.url, "--run-time", "1s", "--json", "-", "--only-summary", csv_prefix=False)
tap.equal(json.loads(run.out)["run"]["state"], "finished", "--json - writes to the standard output, nothing else stands there")
run = st.run(program, "--host", shop.url, "--users", "2", "--spawn-rate", "4", "--run-time", "1s", "--html", os.path.join(st.folder(), "p-{u}-{r}-{t}.html"),
             csv_prefix=False)
tap.ok(os.path.exists(os.path.join(st.folder(), "p-2-4-1.html")), "--html takes {u}, {r} and {t}, as Locust does")
for flag in ("--json", "--html", "--junit", "--prometheus-file"):
    run = st.run(program, "--host", shop.url, "--run-time", "1s", flag, "/proc/none/file", csv_prefix=False)
    tap.equal(run.code, 3, flag + ": a path that cannot be written is found before the run")
    tap.has(run.text, flag, flag + ": and the flag is named")
    run = st.run(program, "--host", shop.url, "--run-time", "1s", flag, st.folder(), csv_prefix=False)
    tap.equal(run.code, 3, flag + ": so is a folder")
run = st.run(program, "--host", shop.url, "--users", "4", "--spawn-rate", "10", "--run-time", "1s", "--json", "/dev/full", csv_prefix=False)
tap.equal(run.code, 1, "a full disk fails the run")
tap.has(run.text, "reports are not complete", "and the verdict says so")
run = st.run(program, "--label", "nothing", "--host", shop.url, csv_prefix=False)
tap.equal(run.code, 2, "--label without = is a usage error")
run = st.run(program, "--stats-history", "10ms", "--host", shop.url, csv_prefix=False)
tap.equal(run.code, 2, "--stats-history below a second is a usage error")
shop.end()
tap.end()
