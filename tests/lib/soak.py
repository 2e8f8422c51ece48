"""tests/soak.sh: the run, the server, and what must be true at the end."""
import collections
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request

import swarmtest as st

MINUTES = int(sys.argv[1])
RATE = int(os.environ.get("SOAK_RATE", "20000"))
USERS = int(os.environ.get("SOAK_USERS", "2000"))
LOG = os.environ.get("SOAK_LOG")
EVERY = 5       # seconds from one look at the process to the next

# What flat memory is. Histograms grow by a bucket when a response time is met that was not met before, which happens ever more rarely:
# a run of half an hour and more is judged from its tenth minute on, a shorter one from a quarter of its time on. From there
#   - the trend (Theil and Sen: the median of the slopes between all pairs of looks, so that single steps do not decide) may not come
#     to more than TREND_KB by the end: in an hour at 20,000/s that is less than a byte in a hundred requests;
#   - the last quarter may not need more than the first one by STEP_KB, which a single step would take.
LONG, SETTLED = 30, 10
TREND_KB, STEP_KB = 512, 1024
# A rate that is missed by more was not a soak at that rate.
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


Look = collections.namedtuple("Look", "second rss descriptors cpu")


def look(pid, begin):
    """Resident KB, open descriptors and processor seconds of the process, `second` seconds after the begin; None when it has ended."""
    try:
        with open("/proc/%d/status" % pid) as file:
            rss = next((int(line.split()[1]) for line in file if line.startswith("VmRSS")), None)
        with open("/proc/%d/stat" % pid) as file:
            times = file.read().rpartition(")")[2].split()[11:13]
        if rss is None:
            return None
        return Look(time.monotonic() - begin, rss, len(os.listdir("/proc/%d/fd" % pid)), sum(map(int, times)) / os.sysconf("SC_CLK_TCK"))
    except OSError:
        return None


def start(server):
    text = SCENARIO % {"each": RATE / USERS}
    if isinstance(server, Shop):
        text = text.replace("/index.html", "/api/v1/products?limit=1")
        text = re.sub(r"  task read_it .*\n", "", text)
    program = st.compile_scenario(text, "steady")
    return st.Run(program, "--host", server.url, "--users", str(USERS), "--spawn-rate", str(USERS),
                  "--run-time", "%dm" % MINUTES, "--only-summary")


def tell(minute, since, last, seen, before, connections, rss):
    """The line of a minute; what was asked of the server and what it cost are those between its first and last moment."""
    requests, span = seen - before, last.second - since.second
    say("minute %3d  RSS %7d KB  descriptors %5d  server: %10d requests (%6.0f/s)  CPU %5.2f us/request  connections %s"
        % (minute, rss, last.descriptors, seen, requests / span, (last.cpu - since.cpu) / max(requests, 1) * 1e6,
           "-" if connections is None else connections))


def watch(run, server):
    """A line a minute until shortly before the end; all looks at the process."""
    begin = time.monotonic()
    looks, before, minute = [look(run.child.pid, begin)], 0, 1
    since = looks[0]
    end = 60 * MINUTES - EVERY
    while run.child.poll() is None and looks[-1] and looks[-1].second < end - 0.01:
        time.sleep(max(0, begin + min(EVERY * len(looks), end) - time.monotonic()))
        looks.append(look(run.child.pid, begin))
        if looks[-1] and looks[-1].second >= min(60 * minute, end) - 0.01:
            seen, connections = server.status()
            rss = statistics.median(each.rss for each in looks if each.second > 60 * (minute - 1))
            tell(minute, since, looks[-1], seen, before, connections, rss)
            since, before, minute = looks[-1], seen, minute + 1
    if looks[-1] is None or run.child.poll() is not None:
        wrong("the run ended by itself in minute %d" % minute)
    return [each for each in looks if each]


def trend(points):
    """KB a second: the median of the slopes between all pairs of (second, KB)."""
    return statistics.median((b[1] - a[1]) / (b[0] - a[0]) for i, a in enumerate(points) for b in points[i + 1:])


def judge_looks(looks):
    """Memory and descriptors, from when the run has settled."""
    settled = 60 * SETTLED if MINUTES >= LONG else 15 * MINUTES
    looks = [each for each in looks if each.second >= settled]
    if len(looks) < 4:
        return
    span, quarter = looks[-1].second - looks[0].second, max(1, len(looks) // 4)
    rise = trend([(each.second, each.rss) for each in looks]) * span
    first, last = (statistics.median(each.rss for each in part) for part in (looks[:quarter], looks[-quarter:]))
    say("memory from second %d on: %d KB in the first quarter, %d KB in the last, by the trend %+d KB in %d s; descriptors %d to %d"
        % (looks[0].second, first, last, rise, span, min(each.descriptors for each in looks), max(each.descriptors for each in looks)))
    if rise > TREND_KB:
        wrong("resident memory grows: by %d KB in %d s, %d KB are let pass" % (rise, span, TREND_KB))
    if last - first > STEP_KB:
        wrong("resident memory grew from %d KB to %d KB, %d KB are let pass" % (first, last, STEP_KB))
    if looks[-1].descriptors > looks[0].descriptors:
        wrong("descriptors grew from %d to %d" % (looks[0].descriptors, looks[-1].descriptors))


def apart(text):
    """Extra tries and cut off requests of the summary."""
    section = text.split("Not among the requests above", 1)[1].split("\n\n", 1)[0] if "Not among the requests above" in text else ""
    rows = [line.split() for line in section.splitlines() if line.startswith(("GET", "POST"))]
    return sum(int(row[-2]) for row in rows), sum(int(row[-1]) for row in rows)


def judge(run, server):
    """What the run says of itself against what the server saw."""
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
    if connections:
        wrong("%d connections are still open at the server" % connections)


def main():
    # An end from outside goes through the same door as any other: the server and the run are ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    nginx = shutil.which("nginx") or os.path.exists("/usr/sbin/nginx")
    server = Nginx() if nginx else Shop()
    say("soak: %d minutes, %d requests/s by %d users, against %s" % (MINUTES, RATE, USERS, "nginx" if nginx else "the shop"))
    run = start(server)
    looks = watch(run, server)
    run.wait(120)
    time.sleep(1)
    judge(run, server)
    judge_looks(looks)
    for line in run.text.splitlines():
        if "BOTTLENECK" in line or line.startswith("LAG "):
            say(line)
    server.end()
    say("soak: %s" % ("; ".join(problems) if problems else "passed"))
    sys.exit(1 if problems else 0)


main()
