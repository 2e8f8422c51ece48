#!/usr/bin/env python3
# runner: timeout=900
"""Counting over a link of a network namespace of our own: cut and restored, throttled (tbf), and with few local ports. Needs root."""
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import faultlib
import swarmtest as st

BUSY = 'user Busy { wait 1ms..5ms; task t { get "/api/me" { timeout 500ms; connect_timeout 500ms; expect status == 200 } } }\n'
PATIENT = 'user Patient { wait 1ms..5ms; task t { get "/api/me" { expect status == 200 } } }\n'
LARGE = 'user U { task t { get "/bytes/32768" { expect size == 32768 } } }\n'
USERS = 20

tap = st.Tap()
net = faultlib.Namespaces()
why = net.open()
if why:
    print("1..0 # SKIP %s" % why)
    sys.exit(0)


class FarShop:
    """The shop in the other namespace; its counts are read from its file when it has ended."""

    def __init__(self):
        self.counts_file = os.path.join(st.folder(), "far-counts-%d" % len(st._children))
        port_file = self.counts_file + ".port"
        self.child = st.spawn([*net.inside(net.theirs), st.SHOP, "--bind", net.address, "--port", "0", "--port-file", port_file,
                               "--counts", self.counts_file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(3000):
            if os.path.exists(port_file) and open(port_file).read().strip():
                break
            time.sleep(0.02)
        self.url = "http://%s:%s" % (net.address, open(port_file).read().strip())

    def end(self):
        """How many requests it saw."""
        self.child.terminate()
        self.child.wait()
        return self.seen()

    def seen(self):
        return sum(st.counts_of(self.counts_file)["requests"].values())


def go(program, url, *options, users=USERS):
    wrapper = os.path.join(st.folder(), "inside-%d" % len(st._children))
    with open(wrapper, "w") as file:
        file.write('#!/bin/sh\nexec %s "$0.program" "$@"\n' % " ".join(net.inside(net.ours)))
    os.chmod(wrapper, 0o755)
    os.link(program, wrapper + ".program")
    return st.Run(wrapper, "--host", url, "--users", str(users), "--spawn-rate", "1000", "--only-summary", "--threads", "1", *options)


def check_cut(engine, program):
    shop = FarShop()
    made = os.path.join(st.folder(), "requests-%s.csv" % engine)
    run = go(program, shop.url, "--log-requests", made)
    run.wait_until(lambda text: shop.seen() > 100)
    net.link(False)
    run.wait_until(lambda text: st.read(made).count("timeout after") >= 2 * USERS)
    net.link(True)
    before = shop.seen()
    goes_on = run.wait_until(lambda text: shop.seen() > before + 100)
    run.signal(signal.SIGTERM)
    run.wait()
    time.sleep(1)       # what still lay in the sockets of requests that were given up arrives now, or never
    total, count = faultlib.Sum(run), shop.end()
    tap.ok(total.least <= count <= total.most and count > 0, "%s, the link cut and restored: the server saw %d of %d, what is missing "
           "timed out (%d)" % (engine, count, total.most, total.most - total.least), total)
    tap.ok(total.messages and all(text.endswith("timeout after 500ms") or "no route" in text for text in total.messages),
           "%s: the rows say so" % engine, total)
    tap.ok(goes_on, "%s: it goes on when the link is back" % engine, run.text[-1500:])


def check_throttle(engine, program):
    """4 MBit/s: half a megabyte a second."""
    shop = FarShop()
    net.throttle("4mbit")
    run = go(program, shop.url, "--iterations", "40", users=4).wait()
    net.throttle(None)
    total, count = faultlib.Sum(run), shop.end()
    tap.ok(total.most == count > 10, "%s, throttled: the server saw all %d" % (engine, count), total)
    tap.equal(total.messages, {}, "%s, throttled: no failure" % engine)
    rate = count * 32768 / run.seconds
    tap.ok(rate < 1.3 * 500000, "%s, throttled: %d KB/s came through 4 MBit/s" % (engine, rate / 1000), run.text[-1500:])


def check_ports(engine, program):
    shop = FarShop()
    net.ports(40000, 40015)
    run = go(program, shop.url, "--iterations", "2000", users=40).wait()
    net.ports(32768, 60999)
    total, count = faultlib.Sum(run), shop.end()
    tap.ok(total.most == count > 0, "%s, 16 local ports for 40 users: the server saw all %d" % (engine, count), total)
    text = "no free local port here (widen net.ipv4.ip_local_port_range)"
    tap.ok(set(total.messages) == {text}, "%s: the rows say what to raise" % engine, "%s\n%s" % (total, run.text[-1500:]))


try:
    for name, options in st.engines():
        busy, large = st.compile_scenario(BUSY, "busy-" + name, *options), st.compile_scenario(LARGE, "large-" + name, *options)
        check_cut(name, busy)
        check_throttle(name, large)
        check_ports(name, st.compile_scenario(PATIENT, "patient-" + name, *options))
finally:
    net.close()
tap.end()
