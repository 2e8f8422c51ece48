#!/usr/bin/env python3
"""A run that is steered: keys on a terminal (a pty), signals, --iterations; and the terminal afterwards."""
import csv
import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
import xml.etree.ElementTree as xml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()
shop = st.Shop()
program = st.compile_scenario('''
target "%s"
user Shopper { wait 20ms; task look { get "/api/me" { expect status in [200, 401] } } }
''' % shop.url, "steered")
shaped = st.compile_scenario('''
target "%s"
user Shopper { wait 20ms; task look { get "/api/me" { expect status in [200, 401] } } }
shape { jump to 3 users for 1m }
''' % shop.url, "shaped")


class Terminal:
    """A program on a terminal of its own. wait_for() reads what it prints until a text comes."""

    def __init__(self, *command, columns=120):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.text = ""
        self.child = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                      preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        st._children.append(self.child)

    def read(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not select.select([self.master], [], [], 0.05)[0]:
                if self.child.poll() is not None:
                    return
                continue
            self.text += os.read(self.master, 65536).decode("utf-8", "replace")

    def wait_for(self, text, since=0, limit=90):
        end = time.monotonic() + limit
        while text not in self.text[since:] and time.monotonic() < end and (self.child.poll() is None or select.select([self.master], [], [], 0)[0]):
            if select.select([self.master], [], [], 0.05)[0]:
                self.text += os.read(self.master, 65536).decode("utf-8", "replace")
        return text in self.text[since:]

    def press(self, keys):
        mark = len(self.text)
        os.write(self.master, keys.encode())
        return mark

    def wait(self, limit=90):
        end = time.monotonic() + limit
        while self.child.poll() is None and time.monotonic() < end:
            self.read(0.1)
        self.read(0.1)
        return self.child.poll()

    def is_restored(self):
        return termios.tcgetattr(self.slave) == self.before


def made():
    return shop.counts()["total"]


def when_still():
    """How many the shop has counted once requests that were under way have ended."""
    count = -1
    while made() != count:
        count = made()
        time.sleep(0.1)
    return count


def until_more(than, limit=90):
    end = time.monotonic() + limit
    while made() <= than and time.monotonic() < end:
        time.sleep(0.05)
    return made() > than


# ---- keys
term = Terminal(program, "--users", "2", "--spawn-rate", "50", "--stop-timeout", "5s")
tap.ok(term.wait_for("All users spawned"), "a run on a terminal", term.text)
tap.ok(not term.is_restored(), "reads key by key")
mark = term.press("W")
tap.ok(term.wait_for("Ramping to 12 users at a rate of 100.00 per second", mark), "W: ten users more", term.text[mark:])
mark = term.press("ws")
tap.ok(term.wait_for("Ramping to 13 users", mark) and term.wait_for("Ramping to 12 users", mark), "w: one more, s: one less", term.text[mark:])
mark = term.press("S")
tap.ok(term.wait_for("Ramping to 2 users", mark), "S: ten less", term.text[mark:])
mark = term.press("?")
tap.ok(term.wait_for("W  start 10 more", mark), "?: the keys")
mark = term.press("p")
tap.ok(term.wait_for("Paused", mark), "p: pauses", term.text[mark:])
tap.ok(term.wait_for("] paused, 2 users", mark), "the progress line says so", term.text[mark:])
paused_at = when_still()
term.read(0.7)
tap.equal(made(), paused_at, "no task starts during a pause")
mark = term.press("w")
tap.ok(term.wait_for("Ramping to 3 users", mark), "a user more during the pause")
mark = term.press("p")
tap.ok(term.wait_for("Going on after a pause of", mark), "p again: goes on", term.text[mark:])
tap.ok(until_more(paused_at), "tasks start again")
tap.ok(term.wait_for("3 users,", mark), "with the new user", term.text[mark:])
tap.ok("\r\x1b[K[" in term.text and "requests/s" in term.text, "the progress line is redrawn")
mark = term.press("S")
tap.ok(term.wait_for("Ramping to 0 users", mark), "no fewer than none", term.text[mark:])
mark = term.press("w")
tap.ok(term.wait_for("Ramping to 1 users", mark), "a run without users goes on while keys can bring some", term.text[mark:])
mark = term.press("q")
tap.equal(term.wait(), 0, "q: ends with the verdict's code")
tap.ok("q was pressed" in term.text[mark:] and "passed" in term.text[mark:], "and says why")
tap.ok(term.is_restored(), "the terminal is as before")

# ---- a narrow terminal: what matters the most is there, and figures stand below their headings
term = Terminal(program, "--users", "2", "--spawn-rate", "50", columns=40)
tap.ok(term.wait_for("s] 2 users, 0 failed, "), "a narrow terminal has a shorter progress line", term.text)
tap.ok(not re.search(r"\x1b\[K\[[^\r]{40}", term.text), "which fits", term.text)
term.press("q")
tap.equal(term.wait(), 0, "and ends as on any other")
lines = term.text[term.text.rindex("Rates over the run"):].replace("\r", "").splitlines()[1:4]
tap.ok(lines[2].index(" |") == lines[0].index(" |") and lines[0].startswith("Type     Name    "), "names have their column", "\n".join(lines))

# ---- a pause stops the run time
before = made()
term = Terminal(program, "--users", "1", "--run-time", "5s", "--only-summary")
term.wait_for("All users spawned")
until_more(before)
mark = term.press("p")
term.wait_for("Paused", mark)
term.read(5.5)
tap.ok(term.child.poll() is None and "limit reached" not in term.text, "the run time stands still during a pause")
term.press("p")
tap.equal(term.wait(), 0, "and goes on after it")
tap.ok("--run-time limit reached" in term.text, "to its end")

# ---- under a shape
before = made()
term = Terminal(shaped)
term.wait_for("All users spawned")
until_more(before)
mark = term.press("w")
tap.ok(term.wait_for("A shape says how many users there are", mark), "w under a shape: one line", term.text[mark:])
mark = term.press("p")
tap.ok(term.wait_for("Paused", mark), "a shape can be paused")
term.press("q")
tap.equal(term.wait(), 0, "and ended during the pause")

# ---- the terminal whatever happens
for number, code in ((signal.SIGSEGV, -signal.SIGSEGV), (signal.SIGQUIT, -signal.SIGQUIT)):
    term = Terminal(program)
    term.wait_for("All users spawned")
    term.child.send_signal(number)
    if number == signal.SIGSEGV and st.SANITIZED:
        term.wait()
        tap.skip("SIGSEGV ends the program", "a sanitizer takes it")
        continue
    tap.equal(term.wait(), code, "%s ends the program" % number.name)
    tap.ok(term.is_restored(), "and leaves the terminal as before")
term = Terminal("sh", "-c", 'set -m; "$@"; echo "stopped $?"; read line; fg >/dev/null; echo "over $?"', "sh", program)
tap.ok(term.wait_for("All users spawned"), "a job of a shell")
mark = term.press("\x1a")
tap.ok(term.wait_for("stopped ", mark), "Ctrl-Z stops it", term.text[mark:])
tap.ok(term.is_restored(), "and gives the terminal back")
mark = term.press("\n")
for _ in range(1000):
    if not term.is_restored():
        break
    time.sleep(0.05)
mark = term.press("?")
tap.ok(term.wait_for("these keys", mark), "after it keys are read again", term.text[mark:])
mark = term.press("\x03")
tap.ok(term.wait_for("over 0", mark), "Ctrl-C ends in order", term.text[mark:])
term.wait()
tap.ok("Got SIGINT" in term.text and term.is_restored(), "and leaves the terminal as before")

# ---- the second signal leaves at once, and what was counted is in whole reports
silent = socket.socket()
silent.bind(("127.0.0.1", 0))
silent.listen(16)
stuck = st.compile_scenario('''
target "%s"
user Quick { wait 20ms; task look { get "/api/me" { expect status in [200, 401] } } }
user Stuck { task hang { get "http://127.0.0.1:%d/hang" as "hang" } }
''' % (shop.url, silent.getsockname()[1]), "stuck")
for name, send, code in (("Ctrl-C", lambda term: term.press("\x03"), 130), ("SIGTERM", lambda term: term.child.send_signal(signal.SIGTERM), 143)):
    base = os.path.join(st.folder(), "second-" + name)
    before = made()
    term = Terminal(stuck, "--users", "4", "--spawn-rate", "50", "--stop-timeout", "10m", "--csv", base, "--json", base + ".json",
                    "--html", base + ".html", "--junit", base + ".xml", "--prometheus-file", base + ".prom")
    tap.ok(term.wait_for("All users spawned") and until_more(before + 5), name + ": a run with requests that hang", term.text)
    send(term)
    tap.ok(term.wait_for("again: leave at once"), name + " stops the users, who wait for their answers", term.text)
    tap.ok(term.child.poll() is None, name + ": the run goes on meanwhile")
    send(term)
    tap.equal(term.wait(), code, name + " again leaves at once, with a code of its own")
    tap.ok(term.is_restored(), name + ": the terminal is as before")
    with open(base + ".json") as file:
        report = json.load(file)
    with open(base + ".html") as file:
        page = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', file.read(), re.S).group(1))
    with open(base + "_stats.csv", newline="") as file:
        requests = [int(row["Request Count"]) for row in csv.DictReader(file) if row["Name"] == "Aggregated"]
    with open(base + ".prom") as file:
        scraped = sum(float(line.split()[-1]) for line in file if line.startswith("swarm_requests_total{"))
    tap.ok(requests and requests[0] > 5 and [report["total"]["requests"], page["total"]["requests"], sum(report["history"]["requests"]), scraped] == requests * 4,
           name + " twice: CSV, JSON, page and Prometheus are whole and agree", (requests, report["total"]["requests"], page["total"]["requests"], scraped))
    tap.equal([report["run"]["state"], report["verdict"]["exit_code"]], ["left", code], name + " twice: the report tells how it ended")
    tap.equal([report["verdict"]["passed"], report["verdict"]["why"]], [False, "left at a second %s, before the users had ended" % name],
              name + " twice: it does not count as passed")
    tap.equal([case.get("message") for case in xml.parse(base + ".xml").getroot().iter("failure")], [report["verdict"]["why"]],
              name + " twice: neither in JUnit's XML")
silent.close()

# ---- a run that ends by itself does so on a terminal too
leaver = st.compile_scenario('''
target "%s"
user Leaver { wait 20ms; task look { get "/api/me" { expect status in [200, 401] }; stop user } }
''' % shop.url, "leaver")
term = Terminal(leaver)
tap.equal(term.wait(), 0, "users that stop themselves end the run")
term = Terminal(program, "--once")
tap.equal(term.wait(), 0, "--once ends")

# ---- signals
log = os.path.join(st.folder(), "run.log")
run = st.Run(program, "--logfile", log, "--only-summary")
run.wait_until(lambda _: "All users spawned" in st.read(log))
os.rename(log, log + ".1")
run.signal(signal.SIGHUP)
tap.ok(run.wait_until(lambda _: "Log file opened anew" in st.read(log)), "SIGHUP opens the log file anew")
until_more(0)
run.signal(signal.SIGUSR1)
tap.ok(run.wait_until("Response time percentiles"), "SIGUSR1 prints the tables")
tap.ok(run.child.poll() is None, "and the run goes on")
run.signal(signal.SIGTERM)
tap.equal(run.wait().code, 0, "SIGTERM ends in order, with the verdict's code")
tap.has(open(log).read(), "Got SIGTERM", "which the log tells")
run = st.Run(program)
run.wait_until(" requests/s")
run.signal(signal.SIGHUP)
tap.equal(run.wait().code, 0, "SIGHUP without a log file ends in order")
tap.has(run.text, "Got SIGHUP", "and says so")
tap.has(run.text, " requests/s", "without a terminal the progress line stands above the table")
tap.ok("\x1b" not in run.text, "and nothing moves a cursor")

# ---- --iterations
shop.reset()
run = st.run(program, "--users", "5", "--spawn-rate", "100", "--threads", "2", "--iterations", "137")
tap.equal(run.code, 0, "--iterations ends the run")
tap.equal(made(), 137, "after exactly so many")
tap.equal(int(run.total()["Request Count"]), 137, "which is what is reported")
tap.has(run.text, "The last of 137 iterations has begun", "and said")
slow = st.compile_scenario('''
target "%s"
user Slow { wait 1h; task look { get "/api/me" { expect status in [200, 401] } } }
user Walker { journey walk { step a { get "/api/me" as "a" { expect status in [200, 401] } }; step b { get "/api/me" as "b" { expect status in [200, 401] } } } }
''' % shop.url, "slow")
shop.reset()
run = st.run(slow, "Slow", "--users", "3", "--spawn-rate", "100", "--iterations", "2", limit=90)
tap.equal((run.code, made()), (0, 2), "who waits does not hold up the end")
shop.reset()
run = st.run(slow, "Walker", "--users", "2", "--spawn-rate", "100", "--iterations", "10", limit=90)
tap.equal((run.code, made()), (0, 20), "a journey with all its steps is one iteration")

# ---- the log as JSON
talker = st.compile_scenario('''
target "%s"
user Talker { wait 1h; task talk { log "a \\"quoted\\" line"; get "/api/me" { expect status in [200, 401] } } }
''' % shop.url, "talker")
run = st.run(talker, "--once", "--log-format", "json", "--only-summary")
lines = [json.loads(line) for line in run.text.splitlines() if line.startswith("{")]
tap.ok(len(lines) >= 4 and all({"time", "host", "level", "logger", "message"} <= set(line) for line in lines), "--log-format json", run.text[:800])
said = [line for line in lines if line["logger"] == "swarm.user"]
tap.ok(said and said[0]["message"] == 'a "quoted" line' and said[0]["kind"] == "Talker" and said[0]["user"] == 1 and said[0]["line"] == 3
       and said[0]["file"].endswith("talker.swarm"), "a line of the scenario tells who and where", said)
run = st.run(talker, "--once")
tap.has(run.text, 'talker.swarm:3): a "quoted" line', "also as text")
tap.ok("Talker 1 (" in run.text, "with kind and user", run.text[:800])
tap.end()
