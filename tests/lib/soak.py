"""tests/soak.sh: the run, the server, and what must be true at the end."""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import swarmtest as st

MINUTES = int(sys.argv[1])
RATE = int(os.environ.get("SOAK_RATE", "20000"))
USERS = int(os.environ.get("SOAK_USERS", "2000"))
LOG = os.environ.get("SOAK_LOG")
# The charts of the report keep up to 720 points of the run, one a second at first: until they are all used, after twelve minutes, memory
# grows by their size. A run of more than half an hour is measured from then on; a shorter one must not grow by more than they take.
SETTLED, LONG = 15, 30
GROWTH, SLACK_KB, HISTORY_KB = 1.02, 1024, 6 * 1024
# The server may be slower for a moment, but a rate that is missed by more was not a soak at that rate.
SHORT_OF = 0.95
SCENARIO = """
user Steady {
  wait rate %(each)g/s
  task get_it weight 4 { get "/index.html" { expect status == 200 } }
  task read_it { get "/data.json" { expect json.items.length == 3; save first = json.items[0].name; expect first == "one" } }
}
"""
problems = []


def say(line):
    print(line, flush=True)
    if LOG:
        with open(LOG, "a") as file:
            file.write(line + "\n")


def wrong(what):
    problems.append(what)
    say("WRONG: " + what)


class Nginx:
    """Counts by stub_status: every request, those for the status too."""

    def __init__(self):
        folder = st.folder()
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        with open(os.path.join(folder, "index.html"), "w") as file:
            file.write("hello\n")
        with open(os.path.join(folder, "data.json"), "w") as file:
            file.write('{"items": [{"name": "one"}, {"name": "two"}, {"name": "three"}]}\n')
        with open(os.path.join(folder, "nginx.conf"), "w") as file:
            file.write(("user root;" if os.geteuid() == 0 else "") + """
daemon off; worker_processes 1; worker_rlimit_nofile 20000; pid %(f)s/pid; error_log %(f)s/error.log;
events { worker_connections 10000; }
http {
  types { text/html html; application/json json; } access_log off; keepalive_requests 1000000000; keepalive_timeout 1h;
  client_body_temp_path %(f)s; proxy_temp_path %(f)s; fastcgi_temp_path %(f)s; uwsgi_temp_path %(f)s; scgi_temp_path %(f)s;
  server { listen 127.0.0.1:%(p)d backlog=8192; root %(f)s; location = /status { stub_status; } }
}
""" % {"f": folder, "p": port})
        self.child = st.spawn([shutil.which("nginx") or "/usr/sbin/nginx", "-p", folder, "-c", os.path.join(folder, "nginx.conf")],
                              stderr=subprocess.DEVNULL)
        self.url = "http://127.0.0.1:%d" % port
        self.asked = 0
        for _ in range(500):
            try:
                self.status()
                return
            except OSError:
                time.sleep(0.02)
        raise SystemExit("soak: nginx did not start")

    def status(self):
        """Requests seen beside our own, connections open beside our own."""
        with urllib.request.urlopen(self.url + "/status", timeout=30) as answer:
            text = answer.read().decode()
        self.asked += 1
        return int(text.splitlines()[2].split()[2]) - self.asked, int(re.search(r"Active connections: (\d+)", text).group(1)) - 1

    def end(self):
        self.child.send_signal(signal.SIGTERM)
        self.child.wait()


class Shop(st.Shop):
    def status(self):
        return self.counts()["total"], None


def process(pid):
    """Resident KB and open descriptors."""
    with open("/proc/%d/status" % pid) as file:
        size = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
    return size, len(os.listdir("/proc/%d/fd" % pid))


def start(server):
    text = SCENARIO % {"each": RATE / USERS}
    if isinstance(server, Shop):
        text = text.replace("/index.html", "/api/v1/products?limit=1")
        text = re.sub(r"  task read_it .*\n", "", text)
    program = st.compile_scenario(text, "steady")
    return st.Run(program, "--host", server.url, "--users", str(USERS), "--spawn-rate", str(USERS),
                  "--run-time", "%dm" % MINUTES, "--only-summary")


def watch(run, server):
    """A line a minute; the sizes of the minute from which on memory is to stand still, and of the last one."""
    first = last = None
    begin = time.monotonic()
    before = 0
    for minute in range(1, MINUTES + 1):
        # The last line is written some seconds before the end, while everything still runs.
        time.sleep(max(0, begin + 60 * minute - (5 if minute == MINUTES else 0) - time.monotonic()))
        if run.child.poll() is not None:
            wrong("the run ended by itself after %d minutes" % (minute - 1))
            return first, last
        size, descriptors = process(run.child.pid)
        seen, connections = server.status()
        say("minute %3d  RSS %7d KB  descriptors %5d  server: %10d requests (%6.0f/s)  connections %s"
            % (minute, size, descriptors, seen, (seen - before) / (55 if minute == MINUTES else 60), "-" if connections is None else connections))
        before = seen
        last = (size, descriptors)
        first = first if first and not (minute == SETTLED and MINUTES > LONG) else last
    return first, last


def apart(text):
    """Extra tries and cut off requests of the summary."""
    section = text.split("Not among the requests above", 1)[1].split("\n\n", 1)[0] if "Not among the requests above" in text else ""
    rows = [line.split() for line in section.splitlines() if line.startswith(("GET", "POST"))]
    return sum(int(row[-2]) for row in rows), sum(int(row[-1]) for row in rows)


def judge(run, server, first, last):
    seen, connections = server.status()
    total = run.total()
    requests, failures = int(total["Request Count"]), int(total["Failure Count"])
    tries, cut = apart(run.text)
    say("at the end: %d requests, %d failures, %d extra tries, %d cut off; the server saw %d" % (requests, failures, tries, cut, seen))
    if run.code != 0:
        wrong("exit code %s: %s" % (run.code, (run.text.rstrip().splitlines() or [""])[-1]))
    if failures:
        wrong("%d requests failed:\n%s" % (failures, run.text.split("Error report", 1)[-1][:2000]))
    if requests + tries + cut != seen:
        wrong("the counts differ by %d" % (requests + tries + cut - seen))
    if requests < SHORT_OF * RATE * (MINUTES * 60 - 1):
        wrong("%.0f requests a second, not %d: the machine, or the server, is too slow for it" % (requests / (MINUTES * 60), RATE))
    if not first:
        return
    if last[0] > first[0] * GROWTH + (SLACK_KB if MINUTES > LONG else HISTORY_KB):
        wrong("resident memory grew from %d KB to %d KB" % (first[0], last[0]))
    if last[1] > first[1]:
        wrong("descriptors grew from %d to %d" % (first[1], last[1]))
    if connections:
        wrong("%d connections are still open at the server" % connections)


def main():
    nginx = shutil.which("nginx") or os.path.exists("/usr/sbin/nginx")
    server = Nginx() if nginx else Shop()
    say("soak: %d minutes, %d requests/s by %d users, against %s" % (MINUTES, RATE, USERS, "nginx" if nginx else "the shop"))
    run = start(server)
    first, last = watch(run, server)
    run.wait(120)
    time.sleep(1)
    judge(run, server, first, last)
    for line in run.text.splitlines():
        if "BOTTLENECK" in line or "Late starts" in line:
            say(line)
    server.end()
    say("soak: %s" % ("; ".join(problems) if problems else "passed"))
    sys.exit(1 if problems else 0)


main()
