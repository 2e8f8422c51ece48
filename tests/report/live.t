#!/usr/bin/env python3
"""While a run goes on: --metrics-port, files that are whole whenever the program is killed, --log-requests, the schema."""
import csv
import json
import os
import re
import signal
import socket
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()
PROGRAM = '''
option secret token: string = ""
metric trend basket "EUR"
user U {
    wait 10ms
    task good { get "/api/me" as "a, \\"quoted\\" name" }
    task bad { get "/status/500?x=${token}" as "bad ${token == "" ? "" : "row"}" }
    task broken { let n = int("x"); get "/" as "${n}" }
    task mine { basket.add(2.5) }
}
'''


def wait_for(what, limit=90):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    return None


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def ask(port, request):
    """The status line of what comes back for these bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as s:
        s.settimeout(15)
        answer = b""
        try:
            s.sendall(request)
            while True:
                part = s.recv(65536)
                if not part:
                    break
                answer += part
        except OSError:
            pass
    return answer


shop = st.Shop()
program = st.compile_scenario(PROGRAM, "live")
path = lambda name: os.path.join(st.folder(), name)

# ---- live metrics
run = st.Run(program, "--host", shop.url, "--users", "3", "--spawn-rate", "10", "--metrics-port", "0", "--token", "hunter2",
             "--json", path("live.json"), "--log-requests", path("requests.jsonl"))
port = int(wait_for(lambda: re.search(r"Metrics at http://127\.0\.0\.1:(\d+)/metrics", read(run.error_file))).group(1))


def scrape():
    try:
        with urllib.request.urlopen("http://127.0.0.1:%d/metrics" % port, timeout=10) as answer:
            return answer.headers["Content-Type"], answer.read().decode()
    except OSError:     # an answer of another status, or one connection too many at this moment: asked again
        return None


first = wait_for(scrape)
tap.has(first[0], "version=0.0.4", "/metrics: its content type")
count = lambda text: sum(float(n) for n in re.findall(r'^swarm_requests_total\{.*\} (\S+)$', text, re.M))
later = wait_for(lambda: (lambda now: now if now and count(now[1]) > count(first[1]) else None)(scrape()))
tap.ok(later, "/metrics: counters grow")
tap.ok(re.search(r'^swarm_users\{kind="U"\} 3$', later[1], re.M), "/metrics: users", later[1][-600:])
for name, request, wanted in (
        ("another path", b"GET / HTTP/1.1\r\n\r\n", b"404"), ("another method", b"POST /metrics HTTP/1.1\r\n\r\n", b"405"),
        ("nonsense", b"hello\r\n\r\n", b"400"), ("a NUL", b"GET /metrics\0 HTTP/1.1\r\n\r\n", b"400"), ("no version", b"GET /metrics\r\n\r\n", b"400"),
        ("a head without end", b"GET /metrics HTTP/1.1\r\n" + b"x" * 9000, b"431"), ("HEAD", b"HEAD /metrics HTTP/1.0\r\n\r\n", b"200"),
        ("a query", b"GET /metrics?a=b HTTP/1.1\nHost: x\n\n", b"200")):
    answer = ask(port, request)
    tap.equal(answer[9:12], wanted, "/metrics: " + name)
    if name == "HEAD":
        tap.ok(answer.endswith(b"\r\n\r\n"), "/metrics: HEAD has no body")
open_ones = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(40)]
for one in open_ones:
    one.close()
tap.ok(wait_for(scrape), "/metrics: 40 connections that say nothing do it no harm")
busy = st.run(program, "--host", shop.url, "--metrics-port", str(port), "--run-time", "1s", csv_prefix=False)
tap.equal(busy.code, 3, "a busy port is found before the run")
tap.has(busy.text, "--metrics-port", "and the flag is named")

# ---- killed: what is on the disk is whole
wait_for(lambda: '"state": "running"' in read(path("live.json")))
time.sleep(0.3)
run.signal(signal.SIGKILL)
run.wait()
report = json.loads(read(path("live.json")))
tap.ok(report["total"]["requests"] > 0 and report["verdict"] is None, "killed: the JSON is whole and tells that the run had not ended")
tap.ok(int(run.total()["Request Count"]) > 0, "killed: the CSV is whole")
history = read(run.prefix + "_stats_history.csv")
tap.ok(history.endswith("\n") and len({line.count(",") for line in history.splitlines()}) == 1, "killed: so is every line of its history")

# ---- a line for each request
shop.reset()
for name in ("requests.csv", "requests.jsonl"):
    run = st.run(program, "--host", shop.url, "--users", "3", "--spawn-rate", "10", "--run-time", "1s", "--token", "hunter2",
                 "--log-requests", path(name), "--json", path("end.json"), "--html", path("end.html"), csv_prefix=False)
    total = json.loads(read(path("end.json")))["total"]
    text = read(path(name))
    lines = list(csv.DictReader(text.splitlines())) if name.endswith("csv") else [json.loads(line) for line in text.splitlines()]
    tap.equal([len(lines), sum(1 for line in lines if line["error"])], [total["requests"], total["failures"]], name + ": a line for each request")
    tap.equal(sorted({str(line["status"]) for line in lines}), ["200", "500"], name + ": statuses")
    tap.ok("a, \"quoted\" name" in {line["name"] for line in lines}, name + ": names are quoted rightly")
    tap.ok(abs(sum(float(line["duration_ms"]) for line in lines) / len(lines) - total["mean_us"] / 1000) < 0.01, name + ": the times are those of the report")
    tap.equal([line["start"] for line in lines if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["start"])], [], name + ": start times")
    tap.ok("hunter2" not in text, name + ": no secret")
for bad, code in (("/proc/none/x.csv", 3), (st.folder(), 3)):
    tap.equal(st.run(program, "--host", shop.url, "--log-requests", bad, csv_prefix=False).code, code, "--log-requests %s is refused" % bad)

# ---- the schema
try:
    import jsonschema
    with open(os.path.join(st.ROOT, "docs", "report.schema.json")) as file:
        validator = jsonschema.Draft202012Validator(json.load(file))
    for name in ("live.json", "end.json"):
        wrong = ["%s: %s" % ("/".join(map(str, e.path)), e.message[:200]) for e in validator.iter_errors(json.loads(read(path(name))))]
        tap.equal(wrong[:5], [], name + " is what docs/report.schema.json says")
except ImportError:
    tap.skip("docs/report.schema.json", "python3-jsonschema is not installed")
shop.end()
tap.end()
