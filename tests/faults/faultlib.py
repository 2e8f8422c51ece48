"""What the tests under faults share: the sum of a run's requests against what a server saw, a relay that does harm, network
namespaces. Standard library only.

The sum, for each row and for the whole run:

    seen by the server = requests - those that failed before a byte was sent + extra tries + cut off

It holds exactly as long as what we send is read. Where a connection breaks, or is given up, with a request on its way, only the
server could tell whether it read it. So a request may be missing at the server, and only one that we report as unanswered (reset,
closed, incomplete, timed out), an extra try or as cut off; none may be there that we do not report."""
import os
import random
import re
import select
import socket
import struct
import subprocess
import threading
import time

import listener

UNSENT = re.compile(r"connection refused|no address for|connect timeout|no route to|too many open files|no free local port|no free connection")
UNANSWERED = re.compile(r"connection reset|closed before an answer|incomplete body|timeout after")


def apart(text):
    """{row: (extra tries, cut off)} of the table `Not among the requests above`."""
    part = text.partition("Not among the requests above")[2]
    return {(match[1], match[2]): (int(match[3]), int(match[4]))
            for match in re.finditer(r"^(\S+)\s+(\S.*?)\s+(\d+)\s+(\d+)\s*$", part, re.M)}


class Sum:
    """The numbers of a run: at most and at least so many were seen by the server."""

    def __init__(self, run, rows=None):
        """rows: those that count, as (method, name); None: all."""
        self.requests = self.unsent = self.unanswered = self.tries = self.cut = 0
        self.messages = {}
        wanted = lambda key: rows is None or key in rows
        for key, row in run.rows().items():
            if wanted(key):
                self.requests += int(row["Request Count"])
        for failure in run.table("failures"):
            if not wanted((failure["Method"], failure["Name"])):
                continue
            count, text = int(failure["Occurrences"]), failure["Error"]
            self.messages[text] = self.messages.get(text, 0) + count
            if UNSENT.search(text):
                self.unsent += count
            elif UNANSWERED.search(text):
                self.unanswered += count
        for key, (tries, cut) in apart(run.text).items():
            if wanted(key):
                self.tries += tries
                self.cut += cut
        self.most = self.requests - self.unsent + self.tries + self.cut
        self.least = self.most - self.unanswered - self.tries - self.cut

    def __str__(self):
        return "%d requests - %d unsent + %d tries + %d cut off = %d, of them %d unanswered; %s" % (
            self.requests, self.unsent, self.tries, self.cut, self.most, self.unanswered, self.messages)


class Relay:
    """Forwards connections to a port and does harm to what comes back. harm(number) says what to do to a connection, a dict:

        delay     seconds that every piece is held up, both ways
        piece     bytes at a time
        stall     (after so many bytes of answers, seconds)
        reset     after so many bytes of answers: both sides are broken off
    """

    def __init__(self, port, harm):
        self.target, self.harm, self.count, self.resets = port, harm, 0, 0
        self.lock = threading.Lock()
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.url = "http://127.0.0.1:%d" % self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while True:
            try:
                near, _ = self.socket.accept()
            except OSError:
                return
            self.count += 1
            harm = self.harm(self.count)
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                near.close()
                continue
            for side in (near, far):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.talk, args=(near, far, harm), daemon=True).start()

    def talk(self, near, far, harm):
        """Passes on what comes from either side, until one ends. One thread: a socket that another one waits for is not reset."""
        passed = 0
        try:
            while True:
                for source in select.select([near, far], [], [])[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    time.sleep(harm.get("delay", 0))
                    if source is near:
                        self.send(far, data, harm)
                        continue
                    end = passed + len(data)
                    if "reset" in harm and end >= harm["reset"]:
                        self.break_off(near, far, data[:harm["reset"] - passed])
                        return
                    if "stall" in harm and passed < harm["stall"][0] <= end:
                        time.sleep(harm["stall"][1])
                    self.send(near, data, harm)
                    passed = end
        except OSError:
            pass
        finally:
            near.close()
            far.close()

    @staticmethod
    def send(sink, data, harm):
        size = harm.get("piece", len(data))
        for at in range(0, len(data), size):
            sink.sendall(data[at:at + size])

    def break_off(self, near, far, last):
        near.sendall(last)
        time.sleep(0.002)       # what was passed on is to arrive before the reset
        with self.lock:
            self.resets += 1
        for side in (near, far):
            side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close(self):
        listener.stop(self.socket, self.thread)


def command(*words):
    return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


class Namespaces:
    """Two network namespaces with a link between them: 10.99.0.1 (ours) and 10.99.0.2 (the server's)."""

    def __init__(self):
        mark = "swarm%d%d" % (os.getpid(), random.randrange(1000))
        self.ours, self.theirs = mark + "a", mark + "b"
        self.near, self.far = "swa%d" % os.getpid(), "swb%d" % os.getpid()
        self.address = "10.99.0.2"

    def open(self):
        """None, or why it cannot be."""
        if os.geteuid() != 0:
            return "only root can make network namespaces"
        for words in (("ip", "netns", "add", self.ours), ("ip", "netns", "add", self.theirs),
                      ("ip", "link", "add", self.near, "netns", self.ours, "type", "veth", "peer", "name", self.far, "netns", self.theirs),
                      ("ip", "-n", self.ours, "addr", "add", "10.99.0.1/24", "dev", self.near),
                      ("ip", "-n", self.theirs, "addr", "add", self.address + "/24", "dev", self.far),
                      ("ip", "-n", self.ours, "link", "set", self.near, "up"), ("ip", "-n", self.theirs, "link", "set", self.far, "up"),
                      ("ip", "-n", self.ours, "link", "set", "lo", "up"), ("ip", "-n", self.theirs, "link", "set", "lo", "up")):
            try:
                done = command(*words)
            except OSError as why:
                return str(why)
            if done.returncode != 0:
                self.close()
                return "%s: %s" % (" ".join(words), done.stdout.strip())
        return None

    def inside(self, name):
        """What to put before a command that is to run there."""
        return ["ip", "netns", "exec", name]

    def link(self, up):
        command("ip", "-n", self.theirs, "link", "set", self.far, "up" if up else "down")

    def throttle(self, rate):
        """The server's answers come at that rate; None: as fast as they can."""
        command("tc", "-n", self.theirs, "qdisc", "del", "dev", self.far, "root")
        if rate:
            return command("tc", "-n", self.theirs, "qdisc", "add", "dev", self.far, "root", "tbf", "rate", rate, "burst", "32kb", "latency", "500ms")
        return None

    def ports(self, first, last):
        command(*self.inside(self.ours), "sysctl", "-q", "-w", "net.ipv4.ip_local_port_range=%d %d" % (first, last))

    def close(self):
        for name in (self.ours, self.theirs):
            command("ip", "netns", "del", name)
