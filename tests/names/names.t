#!/usr/bin/env python3
# runner: timeout=900
"""Host names against a name server of our own, in a namespace of our own: what is looked up before the run and how often, names that
do not exist, name servers that are silent, search domains, /etc/hosts, both families, all addresses in turn."""
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import swarmtest as st
import world

why = world.enter({
    "/etc/resolv.conf": "nameserver %s\nsearch load.test\noptions timeout:1 attempts:1\n" % world.SERVER,
    "/etc/hosts": "127.0.0.1 localhost\n127.0.0.2 by-file.example\n",
    "/etc/nsswitch.conf": "hosts: files dns\n",
})
if why:
    print("1..0 # SKIP %s" % why)
    sys.exit(0)

LOOK = 'user Visitor { wait 1h; task look { get "/" } }\n'
ABSOLUTE = 'user Visitor { wait 1h; task look { get "/"; if random(1, 2) > 2 { get "http://typo.load.test/x" } } }\n'
AGAIN = 'http { keep_alive off }\nuser Visitor { wait 20ms; task look { get "/" } }\n'

tap = st.Tap()
dns = world.NameServer({
    "two.load.test": (300, ["127.0.0.2", "127.0.0.3"]),
    "four.load.test": (300, ["127.0.0.2"]),
    "both.load.test": (300, ["127.0.0.2", "::1"]),
    "six.load.test": (300, ["::1"]),
    "quiet.load.test": None,
    "quiet.load.test.load.test": None,
})
web = world.WebServer("127.0.0.2", "127.0.0.3")
six = world.WebServer("::1") if world.has_ipv6() else None


def visit(program, host, *options, port=web.port):
    return st.run(program, "--host", "http://%s:%d" % (host, port), "--users", "4", "--spawn-rate", "100", "--iterations", "4",
                  "--only-summary", *options)


def check(build, look, absolute):
    run = visit(look, "nobody.load.test")
    tap.equal(run.code, 3, "%s: a name that does not exist ends the run with exit code 3" % build)
    tap.has(run.text, "error: the target of Visitor has no address: nobody.load.test: ", "%s: the message names it" % build)
    tap.has(run.text, "help: is the name right?", "%s: and what to check" % build)
    tap.ok("Starting" not in run.text and not any(web.taken().values()), "%s: before anything was sent" % build, run.text)

    run = visit(look, "quiet.load.test")
    tap.equal(run.code, 3, "%s: a silent name server: exit code 3" % build)
    tap.has(run.text, "no name server answered; /etc/resolv.conf says which are asked", "%s: which is told" % build)

    for host, what in (("four.load.test", "a name"), ("four", "a name of a search domain"), ("by-file.example", "a name of /etc/hosts"),
                       ("FOUR.load.Test", "a name in capitals")):
        run = visit(look, host)
        tap.ok(run.code == 0 and run.total()["Request Count"] == "4" and web.taken()["127.0.0.2"] == 4, "%s: %s" % (build, what), run.text)

    dns.count("two.load.test")
    run = visit(look, "two.load.test", "--threads", "2")
    tap.equal((run.code, web.taken()), (0, {"127.0.0.2": 2, "127.0.0.3": 2}), "%s: both addresses in turn, over two threads" % build)
    tap.equal(dns.count("two.load.test"), 1, "%s: looked up once for both" % build)

    run = visit(absolute, "four.load.test")
    tap.ok(run.code == 0 and web.taken()["127.0.0.2"] == 4, "%s: a name of a URL that is never sent does not stop the run" % build, run.text)
    tap.has(run.text, "typo.load.test, which stands in a URL of the scenario, has no address", "%s: it is a warning" % build)
    tap.ok(dns.count("typo.load.test") == 1, "%s: made before the run" % build)

    if not six:
        tap.skip("%s: IPv6" % build, "there is no IPv6 here")
        return
    run = visit(look, "six.load.test", port=six.port)
    tap.ok(run.code == 0 and six.taken()["::1"] == 4, "%s: IPv6 alone" % build, run.text)
    run = visit(look, "both.load.test")
    tap.ok(run.code == 0 and web.taken()["127.0.0.2"] == 4, "%s: of two families that which answers" % build, run.text)


def check_chroot(program):
    """An empty root but for the program and what is said."""
    root = os.path.join(st.folder(), "root")
    os.makedirs(os.path.join(root, "etc"))
    os.link(program, os.path.join(root, "program"))

    def go(host):
        return subprocess.run(["chroot", root, "/program", "--headless", "--host", "http://%s:%d" % (host, web.port), "--iterations", "1"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, timeout=150)

    done = go("four.load.test")
    tap.equal(done.returncode, 3, "an empty root: no name is known")
    tap.has(done.stderr, "there is no /etc/resolv.conf here, and no name server on this machine", "an empty root: which is told")
    for path, text in (("etc/hosts", "127.0.0.2 by-file.example\n"), ("etc/resolv.conf", "nameserver %s\n" % world.SERVER)):
        with open(os.path.join(root, path), "w") as file:
            file.write(text)
    web.taken()
    for host in "by-file.example", "four.load.test":
        done = go(host)
        tap.ok(done.returncode == 0 and web.taken()["127.0.0.2"] == 1, "a root with hosts and resolv.conf: %s" % host, done.stderr)


def check_time_to_live(program):
    """Connections after it follow the name."""
    dns.set("moving.load.test", 1, "127.0.0.2")
    web.taken()
    run = st.Run(program, "--host", "http://moving.load.test:%d" % web.port, "--users", "1", "--only-summary")
    moved = False
    for _ in range(1200):
        time.sleep(0.05)
        if not moved and web.connections["127.0.0.2"]:
            dns.set("moving.load.test", 1, "127.0.0.3")
            moved = True
        if web.connections["127.0.0.3"]:
            break
    run.signal(signal.SIGTERM)
    run.wait()
    tap.ok(run.code == 0 and web.taken()["127.0.0.3"], "static: a name is looked up again when its time to live is over", run.text)


check("ordinary", st.compile_scenario(LOOK, "look"), st.compile_scenario(ABSOLUTE, "absolute"))
if os.path.exists(os.path.join(st.BUILD, "libswarm-static.a")) and not st.SANITIZED:
    static = st.compile_scenario(LOOK, "look-static", "--static")
    check("static", static, st.compile_scenario(ABSOLUTE, "absolute-static", "--static"))
    check_chroot(static)
    check_time_to_live(st.compile_scenario(AGAIN, "again", "--static"))
else:
    tap.skip("static programs", "this build makes none")
tap.end()
