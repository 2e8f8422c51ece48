#!/usr/bin/env python3
"""swarmc new, test and run as a person uses them: a new scenario is clean and runs against the shop, everything once, the
cache, several runs at once, gdb at a line of the scenario."""
import http.server
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap
from shop import Shop
from tap import equal, like, ok, unlike

SWARMC = os.path.abspath(os.path.join(tap.BUILD, "swarmc"))
WORK = tempfile.mkdtemp()
os.chdir(WORK)    # what this makes lies in a folder of its own
ENV = dict(os.environ, XDG_CACHE_HOME=os.path.abspath("cache"), NO_COLOR="1", SWARM_SEED="1")
os.mkdir("cache")


def swarmc(*arguments, env=ENV):
    done = subprocess.run([SWARMC, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=env, timeout=120)
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def cached():
    return sorted(os.listdir("cache/swarm")) if os.path.isdir("cache/swarm") else []


def stack_flags(name):
    """Those of PT_GNU_STACK of a 64-bit ELF file (1 is execution), None without it."""
    with open(os.path.join("cache/swarm", name), "rb") as file:
        data = file.read()
    at, size, count = (int.from_bytes(data[a:b], sys.byteorder) for a, b in ((32, 40), (54, 56), (56, 58)))
    entries = [data[i:i + 8] for i in range(at, at + count * size, size)]
    return next((int.from_bytes(e[4:], sys.byteorder) for e in entries if int.from_bytes(e[:4], sys.byteorder) == 0x6474e551), None)


code, out, err = swarmc("tset", "x.swarm")
equal(code, 2, "a misspelt command: exit code 2")
like(err, "did you mean swarmc test?", "and which was meant")
like(swarmc("--help")[1], "Commands:", "--help lists the commands")
USES = {"fmt": ["fmt"], "test": ["test"], "run": ["run"], "new": ["new"], "report": ["report"], "report compare": ["report", "compare"],
        "report compare A B": ["report", "compare", "a.json", "b.json"], "run FILE": ["run", "x.swarm"], "fmt --check": ["fmt", "--check"]}
for name, words in USES.items():
    for flag in ("--help", "-h"):
        code, out, err = swarmc(*words, flag)
        ok(code == 0 and out.startswith("usage: swarmc %s " % words[0]) and not err, "%s %s tells its use" % (name, flag), code, out, err)
equal(swarmc("help"), swarmc("--help"), "help is --help")
equal(swarmc("help", "run"), swarmc("run", "--help"), "help run is run --help")
equal(swarmc("help", "rnu")[0], 2, "help on a command that does not exist: exit code 2")
for words, said in ((["fmt", "--chek", "x.swarm"], "did you mean --check?"), (["new", "-x"], "there is no option -x"), (["new", "a", "b"], "one name at a time"),
                    (["run", "--http-engin", "curl", "x.swarm"], "did you mean --http-engine?"), (["run", "--http-engine=x", "x.swarm"], "is native or curl, not x"),
                    (["run", "x.swarm", "--http-engine", "curl"], "belongs before the scenario"), (["run", "x.swarm", "--users", "5"], "stand behind `--`"),
                    (["test"], "which scenario?"), (["run", "nowhere.swarm"], "nowhere.swarm: no such file"), (["fmt", "nowhere.swarm"], "nowhere.swarm: no such file"),
                    (["report"], "`compare`"), (["report", "comp", "a", "b"], "comp is not known"), (["report", "compare"], "which reports?"),
                    (["report", "compare", "nowhere.json"], "compared with which report?"), (["report", "compare", "a", "b", "c"], "c is a third one"),
                    (["report", "compare", "nowhere.json", "b"], "cannot read nowhere.json"), (["report", "compare", "--tolerence", "5%", "a", "b"], "did you mean --tolerance?"),
                    (["report", "compare", "--tolerance", "x", "a", "b"], "10% or 0.1, not x")):
    code, out, err = swarmc(*words)
    ok(code == 2 and not out and said in err, "%s: refused with the reason" % " ".join(words), code, out, err)

code, out, err = swarmc("new", "visit")
equal(code, 0, "new: exit code")
equal(swarmc("--check", "--deny-warnings", "visit.swarm"), (0, "", ""), "what new writes compiles without a word")
equal(swarmc("fmt", "--check", "visit.swarm")[0], 0, "and is in the style")
before = open("visit.swarm").read()
code, out, err = swarmc("new", "visit.swarm")
ok(code == 2 and open("visit.swarm").read() == before, "new overwrites nothing", code, err)
like(err, "is there already", "and says so")
equal(swarmc("new")[0], 2, "new without a name: exit code 2")
equal(swarmc("new", "no/such/folder/x")[0], 2, "new where nothing can be written: exit code 2")

ONCE = """
option secret key: string = "" "shown nowhere"
user A {
  wait 1h
  on start { post "/api/auth/login" { json { email: "testuser@example.com", password: "TestPass123" }
    require status == 200
    session header "Authorization" "Bearer ${json.token}" } }
  task one weight 5 { get "/api/v1/products?key=${key}" { expect status == 200; expect size < 1 else "large" } }
  task never weight 0 { get "/never" }
  tasks G {
    wait 1h
    task leave { get "/g1"; interrupt }
    task after { get "/g2" }
  }
  journey J repeat {
    step s1 { get "/j1" { expect status == 404 } }
    step s2 { get "/j2" { require status == 200 } }
    step s3 { get "/j3" }
  }
  on stop { get "/bye" }
}
chain C { task c1 -> c2, c3 { get "/c1" }; task c2 -> c1 { get "/c2" }; task c3 { interrupt } }
user B { use C; task b { get "/b" } }
user Lost { on start { fail "not today" }; task l { get "/lost" } }
shape { jump to 100 users at 100/s for 1h }
thresholds { rps > 1000000 }
"""
with open("once.swarm", "w") as file:
    file.write(ONCE)
with Shop() as shop:
    code, out, err = swarmc("test", "visit.swarm", "--", "--host", shop.url)
    ok(code == 0, "test of the new scenario against the shop passes", code, out, err)
    for row in ["POST login", "GET /api/v1/products", "GET /products/[id]", "POST /api/cart", "POST /api/orders"]:
        like(out, ": " + row + "\n", "test sends " + row)
    equal(out.count("\n--- "), 5, "everything once, and nothing else")
    like(out, "> Authorization: Bearer ***", "credentials are not shown")
    like(out, "< 201 Created", "the answer is shown")
    like(out, "ok expect status == 201: found 201", "what was expected and found")

    code, out, err = swarmc("test", "once.swarm", "--", "--host", shop.url, "--key", "swordfish")
    equal(code, 1, "test with failures: exit code 1, thresholds are not asked")
    a = re.findall(r"^--- A, (.*?): GET (\S+)", out, re.M)
    equal([name for name, _ in a], ["one", "leave", "after", "s1", "s2", "on stop"],
          "tasks and steps in file order, interrupt leaves none out, a step that is required ends its journey")
    equal(re.findall(r"^--- B, .*?: GET (\S+)", out, re.M), ["/c1", "/c2", "/b"], "a chain's tasks in order")
    unlike(out, "/never", "weight 0 is not picked")
    unlike(out, "GET /lost", "a user whose on start fails does nothing")
    like(out, "NOT expect size < 1: found ", "what is not met has its source and value")
    like(out, "= failed: large", "and its message is the verdict")
    unlike(out + err, "swordfish", "secrets are not shown")
    like(out, "***", "but masked")

    code, out, err = swarmc("run", "visit.swarm", "--", "--host", shop.url, "--users", "2", "--iterations", "4", "--spawn-rate", "50")
    ok(code == 0 and "Aggregated" in err + out, "run runs", code, err)
    count = len(cached())
    ok(count >= 2, "the cache holds a program for each scenario", cached())
    equal([stack_flags(name) for name in cached()], [6] * count, "none of them wants an executable stack")
    swarmc("run", "visit.swarm", "--", "--version")
    equal(len(cached()), count, "an unchanged scenario is not compiled again")
    with open("visit.swarm", "a") as file:
        file.write("\nuser Another { task look { get \"/\" } }\n")
    several = [subprocess.Popen([SWARMC, "run", "visit.swarm", "--", "--list"], env=ENV, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for _ in range(6)]
    answers = [(process.communicate(timeout=120)[0], process.returncode) for process in several]
    ok(all(b"Another" in text and code == 0 for text, code in answers), "a changed one is, by six runs at once", answers)
    equal([name for name in cached() if name.startswith(".")], [], "and nothing half is left")
    with open("rows.csv", "w") as file:
        file.write("name\none\n")
    with open("data.swarm", "w") as file:
        file.write('data rows = csv("rows.csv") circular\nuser U { task t { log next(rows).name; get "/"; stop test } }\n')
    like(swarmc("run", "data.swarm", "--", "--host", shop.url)[2], "one", "data is read")
    with open("rows.csv", "w") as file:
        file.write("name\nother\n")
    like(swarmc("run", "data.swarm", "--", "--host", shop.url)[2], "other", "and read again when its file has changed")

# Data, bodies and parts are no reason for a slower compiler: CC cannot make anything here.
CONTENT = bytes(range(256)) * 3 + b"??=\\\"'"
with open("picture.bin", "wb") as file:
    file.write(CONTENT)
with open("files.swarm", "w") as file:
    file.write('data rows = csv("rows.csv") circular\nuser U { task t {\n  let row = next(rows)\n'
               '  post "/body" { header "X-Row" row.name; body file("picture.bin") }\n'
               '  post "/parts" { multipart { field "a" "b"; file "f" "picture.bin" } }\n'
               '  post "/named" { multipart { field "a" row.name; file "f" "picture.bin" } }\n  stop test\n} }\n')
bodies = {}


class Keeping(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        bodies[self.path] = (self.headers.get("X-Row"), self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keeping)
threading.Thread(target=server.serve_forever, daemon=True).start()
host = "http://127.0.0.1:%d" % server.server_port
if not shutil.which("tcc"):
    tap.skip("run of files with tcc", "missing tool tcc")
elif "fsanitize" in open(os.path.join(os.path.dirname(SWARMC), "gen", "link_flags.h"), encoding="utf-8").read():
    tap.skip("run of files with tcc", "tcc knows no sanitizer: the C compiler does it")
else:
    code, out, err = swarmc("run", "files.swarm", "--", "--host", host, "--users", "1", env=dict(ENV, CC="false"))
    ok(code == 0, "a scenario with files runs with tcc", code, err)
    equal(bodies.get("/body"), ("other", CONTENT), "its row and body are as the files are")
    ok(CONTENT in bodies.get("/parts", ("", b""))[1] and CONTENT in bodies.get("/named", ("", b""))[1], "so are its parts", bodies)
server.shutdown()
server.server_close()

code, out, err = swarmc("run", "visit.swarm", "--users", "1")
ok(code == 2 and "behind `--`" in err, "options of the program stand behind --", code, err)
equal(swarmc("run")[0], 2, "run without a scenario: exit code 2")
equal(swarmc("run", "missing.swarm")[0], 2, "run of what is not there: exit code 2")
with open("wrong.swarm", "w") as file:
    file.write("user U { task t { get nothing } }\n")
equal(swarmc("run", "wrong.swarm")[0], 1, "run of a scenario with mistakes: exit code 1")
code, out, err = swarmc("run", "visit.swarm", env={k: v for k, v in ENV.items() if k not in ("HOME", "XDG_CACHE_HOME")})
equal(code, 2, "without a place for the cache: exit code 2")

if not shutil.which("gdb"):
    tap.skip("gdb stops at a line of the scenario", "gdb is not installed")
else:
    with open("lines.swarm", "w") as file:
        file.write('target "http://127.0.0.1:1"\nuser U {\n  task t {\n    let x = random(1, 5)\n    log "x is ${x}"\n'
                   '    stop test\n  }\n}\n')
    equal(swarmc("-g", "-O0", "lines.swarm", "-o", "lines")[0], 0, "a program for a debugger")
    done = subprocess.run(["gdb", "-q", "-batch", "-ex", "set breakpoint pending on", "-ex", "set debuginfod enabled off",
                           "-ex", "break lines.swarm:5", "-ex", "run", "-ex", "frame", "./lines"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, env=ENV)
    if "ptrace" in done.stdout and "not permitted" in done.stdout:
        tap.skip("gdb stops at a line of the scenario", "this machine does not let gdb trace")
    else:
        ok(re.search(r"Breakpoint 1, .*lines\.swarm:5", done.stdout), "gdb stops at a line of the scenario", done.stdout)
        like(done.stdout, 'log "x is ${x}"', "and shows it")
tap.done()
