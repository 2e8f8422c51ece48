#!/usr/bin/env python3
"""--phases with each engine: what the server holds back is the server's, and only what was done is counted."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import swarmtest as st
from wire import Wire, plain

tap = st.Tap()
SOURCE = """user Guest {
  on start {
    get "/slow-head"
    get "/slow-body"
    stop user
  }
}
"""
SLOW = {"/slow-head": [0.1, plain(b"x")],
        "/slow-body": [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na", 0.1, b"b"]}


def phases(output):
    """{"server": (count, minimum, maximum)} of the table of metrics; None instead of "-"."""
    found = {}
    for line in output.splitlines():
        if line.startswith("trend") and "phase: " in line:
            name, rest = line.split("phase: ", 1)[1].split(None, 1)
            words = rest.split()
            found[name] = tuple(None if word == "-" else float(word) for word in (words[2], words[3], words[6]))
    return found


for name, options in st.engines():
    server = Wire(lambda request: SLOW[request.target])
    program = st.compile_scenario(SOURCE, "guest-" + name, *options)
    done = st.run(program, "--host", server.url, "--users", "1", "--phases", "--only-summary")
    found = phases((done.out + done.text))
    tap.equal(sorted(found), ["TLS", "connecting", "receiving", "server", "waiting"], "%s: all phases are shown" % name)
    tap.equal([found.get(phase, (None,))[0] for phase in ("waiting", "connecting", "TLS", "server", "receiving")], [2, 1, 0, 2, 2],
              "%s: one connection for two requests" % name)
    tap.ok(found.get("server", (0, 0, 0))[2] >= 100, "%s: a late head is the server's" % name, found)
    tap.ok(found.get("receiving", (0, 0, 0))[2] >= 95, "%s: a slow body is received" % name, found)
    done = st.run(program, "--host", server.url, "--users", "1", "--only-summary")
    tap.ok("phase: " not in (done.out + done.text), "%s: only where it is asked for" % name)
    server.close()
tap.end()
