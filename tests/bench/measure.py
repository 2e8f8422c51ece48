"""Processor time and memory of a process and its children, between two moments of a run.

CPU is user and system time of the whole process tree in a window that begins when all users are connected and have had an answer,
so that no tool pays for its start, its ramp (handshakes of TLS) or its end; requests are those that the server answered in the same
window."""
import os
import signal
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")


def stat(pid):
    """The fields of /proc/PID/stat behind the name, or None when it is gone."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as file:
            return file.read().rpartition(b")")[2].split()
    except OSError:
        return None


def session_of(leader):
    """All processes of the session that `leader` leads."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            fields = stat(int(entry))
            if fields and int(fields[3]) == leader:
                found.append(int(entry))
    return found


def cpu_seconds(pids):
    total = 0
    for pid in pids:
        fields = stat(pid)
        if fields:
            total += int(fields[11]) + int(fields[12])
    return total / TICK


def memory_kb(pids):
    """Resident memory that is their own: anonymous pages."""
    total = 0
    for pid in pids:
        try:
            with open("/proc/%d/status" % pid) as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("RssAnon:"))
        except OSError:
            pass
    return total


class Tool:
    """A generator under way, pinned to a core, in a session of its own; ended by its own number."""

    def __init__(self, command, core, log, cwd=None, env=None):
        self.log = open(log, "wb")
        pinned = ["taskset", "-c", str(core), *command] if core is not None else command
        self.child = subprocess.Popen(pinned, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT, cwd=cwd,
                                      env=dict(os.environ, **(env or {})), start_new_session=True)

    def pids(self):
        return session_of(self.child.pid)

    def ended(self):
        return self.child.poll() is not None

    def wait(self, limit):
        """Until it ends by itself, `limit` seconds at most; its exit code, None when it is still there."""
        try:
            return self.child.wait(limit)
        except subprocess.TimeoutExpired:
            return None

    def end(self):
        """Ends it with all it started, the hard way where it takes longer than three seconds."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in self.pids():
                try:
                    os.kill(pid, number)
                except OSError:
                    pass
            give_up = time.monotonic() + 3
            while self.pids() and time.monotonic() < give_up:
                self.child.poll()
                time.sleep(0.02)
        self.wait(10)
        self.log.close()


def ready(tool, server, users, limit):
    """Waits until `users` connections are open and each has had an answer, `limit` seconds at most; why it is of no use, or None.
    Fewer connections than users are none: the window tells how many there were."""
    give_up = time.monotonic() + limit
    first = server.requests()
    while server.connections() < users or server.answered() < users or server.requests() <= first + users:
        if tool.ended():
            return "it ended before its users were there"
        if time.monotonic() > give_up:
            break
        time.sleep(0.05)
    return "no requests within %d s" % limit if server.requests() - first < 10 else None


def window(tool, server, seconds):
    """One measured window of a tool that is under way: a dict of figures, or a text that says why there are none."""
    pids = tool.pids()
    begin, cpu, count = time.monotonic(), cpu_seconds(pids), server.requests()
    time.sleep(seconds)
    pids = tool.pids()
    cpu, count, span = cpu_seconds(pids) - cpu, server.requests() - count, time.monotonic() - begin
    if tool.ended() or count <= 0 or cpu <= 0:
        return "it ended within the window" if tool.ended() else "no requests in the window"
    return {"us": cpu / count * 1e6, "rps": count / span, "busy": cpu / span, "memory_kb": memory_kb(pids),
            "connections": server.connections(), "requests": count}


def windows(tool, server, users, seconds, rounds=1, limit=60.0, settle=0.5):
    """`rounds` windows one after the other, the first `settle` seconds after its users were there; a list, or why there are none."""
    why = ready(tool, server, users, limit)
    if why:
        return why
    time.sleep(settle)
    found = []
    for _ in range(rounds):
        one = window(tool, server, seconds)
        if isinstance(one, str):
            return found or one
        found.append(one)
    return found
