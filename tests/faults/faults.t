#!/usr/bin/env python3
# runner: timeout=900
"""Nothing is counted twice or lost under faults, with each engine: the server is killed and comes back, a relay delays, splits, stalls
and resets, descriptors run out, a server answers before the request is complete. faultlib.py says what may differ, and why."""
import os
import signal
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import faultlib
import swarmtest as st
from listener import Listener

BUSY = """
user Busy {
  wait 1ms..5ms
  task get weight 3 { get "/api/me" { expect status in [200, 401] } }
  task post { post "/echo" { json { a: 1 } } }
}
"""
LARGE = 'user U { wait 5ms; task t { get "/bytes/20000" { expect status == 200 } } }\n'
UPLOAD = 'user U { task t { post "/upload" { body file("upload.bin"); expect status == 413 } } }\n'
USERS = 30

tap = st.Tap()
shop = st.Shop()


def seen():
    return sum(shop.counts()["requests"].values())


def go(program, url, *options, users=USERS):
    return st.Run(program, "--host", url, "--users", str(users), "--spawn-rate", "1000", "--only-summary", *options)


def exact(label, total, count):
    tap.ok(total.most == count and count > 0, "%s: the server saw all %d, and no more" % (label, count), "seen %d; %s" % (count, total))


def within(label, total, count):
    tap.ok(total.least <= count <= total.most and count > 0, "%s: the server saw %d of %d, what is missing is unanswered (%d)" %
           (label, count, total.most, total.most - total.least), "seen %d; %s" % (count, total))


def check_restart(engine, program):
    """Killed with requests under way, back at the same port a moment later, twice."""
    shop.reset()
    made = os.path.join(st.folder(), "requests-%s.csv" % engine)
    run = go(program, shop.url, "--log-requests", made)
    for round in (1, 2):
        enough = seen() + 500
        run.wait_until(lambda text: seen() >= enough)
        shop.kill()
        run.wait_until(lambda text: st.read(made).count("connection refused") >= 100 * round)
        shop.start()
    enough = seen() + 500
    run.wait_until(lambda text: seen() >= enough)
    run.signal(signal.SIGINT)
    run.wait()
    total = faultlib.Sum(run)
    within("%s, killed and started again" % engine, total, seen())
    tap.ok(total.unsent > 0 and total.unanswered + total.tries <= 2 * 2 * USERS,
           "%s, killed: at most what each user had under way is unanswered or went out again (%d), the rest was refused (%d)" %
           (engine, total.unanswered + total.tries, total.unsent), total)
    tap.ok(set(total.messages) <= {"connection refused", "connection reset", "closed before an answer"},
           "%s, killed: the rows say so" % engine, total)


def through(program, harm, *options, users=USERS):
    shop.reset()
    relay = faultlib.Relay(shop.port, harm)
    run = go(program, relay.url, *options, users=users).wait()
    relay.close()
    return run, faultlib.Sum(run), seen(), relay


def check_relay(engine, program, large):
    run, total, count, _ = through(program, lambda n: {"delay": 0.02}, "--iterations", "1000")
    exact("%s, a relay that delays" % engine, total, count)
    tap.ok(float(run.total()["Min Response Time"]) >= 40, "%s: the times contain both delays" % engine, run.total())
    tap.equal(total.messages, {}, "%s: no failure" % engine)

    _, total, count, _ = through(large, lambda n: {"piece": 97}, "--iterations", "150", users=5)
    exact("%s, a relay that splits" % engine, total, count)
    tap.equal(total.messages, {}, "%s: no failure" % engine)

    run, total, count, _ = through(program, lambda n: {"stall": (2000, 0.7)}, "--iterations", "2000")
    exact("%s, a relay that stalls" % engine, total, count)
    tap.equal(total.messages, {}, "%s: a stall is no failure" % engine)
    tap.ok(float(run.total()["Max Response Time"]) >= 650, "%s: and stands in the times" % engine, run.total())

    # The answer has begun when the connection is reset, so the server has seen the request: the sum is exact.
    _, total, count, relay = through(large, lambda n: {"reset": 1000 + 997 * n % 20000}, "--iterations", "300")
    exact("%s, a relay that resets" % engine, total, count)
    # libcurl tells nothing of a status line that is not complete: such a request may go out again, and is counted so.
    tap.ok(total.unanswered + total.tries == relay.resets > 10 and (engine == "curl" or total.tries == 0),
           "%s: each of %d resets is a failure of one request" % (engine, relay.resets), total)


def check_descriptors(engine, program):
    """Less descriptors than users."""
    shop.reset()
    wrapper = os.path.join(st.folder(), "few-" + engine)
    with open(wrapper, "w") as file:
        file.write('#!/bin/sh\nulimit -n 60\nexec %s "$@"\n' % program)
    os.chmod(wrapper, 0o755)
    run = go(wrapper, shop.url, "--iterations", "4000", users=100).wait()
    total = faultlib.Sum(run)
    exact("%s, no descriptors" % engine, total, seen())
    text = "too many open files here (raise ulimit -n)"
    tap.ok(set(total.messages) == {text}, "%s: the rows say what to raise" % engine, "%s\n%s" % (total, run.text[-1500:]))


class Early(Listener):
    """Answers 413 as soon as it has seen a head, reads the rest and closes."""
    patience = 10

    def __init__(self):
        self.count = 0
        super().__init__(backlog=256)

    def serve(self, connection, _):
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(1000)
            if not more:
                return
            data += more
        with self.lock:
            self.count += 1
        connection.sendall(b"HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nno\n")
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(1 << 20):
            pass


def check_early(engine, program):
    server = Early()
    run = go(program, server.url, "--iterations", "60", users=10).wait()
    total = faultlib.Sum(run)
    exact("%s, answered before the request is complete" % engine, total, server.count)
    tap.equal(total.messages, {}, "%s: each answer is judged" % engine)
    server.close()


with open(os.path.join(st.folder(), "upload.bin"), "wb") as file:
    file.write(bytes(2000000))
for name, options in st.engines():
    busy, large, upload = [st.compile_scenario(text, "%s-%s" % (part, name), *options)
                           for part, text in (("busy", BUSY), ("large", LARGE), ("upload", UPLOAD))]
    check_restart(name, busy)
    check_relay(name, busy, large)
    check_descriptors(name, busy)
    check_early(name, upload)
shop.end()
tap.end()
