"""Processor time and memory of a process and its children, between two moments of a run.

CPU is user and system time of the whole process tree in a window that begins when all users are connected, so that no tool pays
for its start, its ramp or its end; requests are those that the server answered in the same window."""
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

    def end(self):
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
        self.child.wait()
        self.log.close()


def window(tool, server, users, seconds, warm_limit=60.0, settle=0.5):
    """One measured window: a dict of figures, or a text that says why there are none. It begins when `users` connections are
    open and requests are answered, and `settle` seconds later."""
    give_up = time.monotonic() + warm_limit
    first = server.requests()
    reached = 0
    while True:
        reached = server.connections()
        if reached >= users and server.requests() > first + users:
            break
        if tool.ended():
            return "it ended before its users were there"
        if time.monotonic() > give_up:
            break
        time.sleep(0.05)
    if server.requests() - first < 10:
        return "no requests within %d s" % warm_limit
    time.sleep(settle)
    pids = tool.pids()
    begin, cpu, count = time.monotonic(), cpu_seconds(pids), server.requests()
    time.sleep(seconds)
    pids = tool.pids()
    cpu, count, span = cpu_seconds(pids) - cpu, server.requests() - count, time.monotonic() - begin
    if tool.ended() or count <= 0 or cpu <= 0:
        return "it ended within the window" if tool.ended() else "no requests in the window"
    return {"us": cpu / count * 1e6, "rps": count / span, "busy": cpu / span, "memory_kb": memory_kb(pids),
            "connections": server.connections(), "requests": count}
