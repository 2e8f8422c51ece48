#!/usr/bin/env python3
"""Which HTTP engine each kind of user gets, why, what forces it, and which libraries come with that."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import tap
from tap import equal, like, ok, skip, unlike

SWARMC = os.path.abspath(os.path.join(tap.BUILD, "swarmc"))
os.chdir(tempfile.mkdtemp())

PLAIN = 'target "http://127.0.0.1:1"\nuser V { task look { get "/" } }\n'
MIXED = """target "http://127.0.0.1:1"
option through: string = "http://127.0.0.1:2"
user Plain {
  http { verify off; auth digest "a", "b"; version 1.1; cert "c.pem" }
  task look { get "/" { save x = json.x; log x } }
}
user Newer {
  http { version any }
  task look { get "/" }
}
user Behind {
  http { proxy through }
  task look { get "/" }
}
"""


def write(name, text):
    with open(name, "w") as file:
        file.write(text)
    return name


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    return done.returncode, done.stdout


def without(text, words, name):
    ok(not any(word in text for word in words.split()), name, "got: " + text)


def engine_line(text, kind):
    return next((line for line in text.splitlines() if line.startswith("  %s: HTTP by " % kind)), "")


write("plain.swarm", PLAIN)
write("mixed.swarm", MIXED)
write("none.swarm", "user V { task look { sleep 1s } }\n")

code, said = run(SWARMC, "--explain", "mixed.swarm")
equal(code, 0, "--explain: exit code")
unlike(engine_line(said, "Plain"), "libcurl (for", "keys that both engines do need no libcurl")
like(engine_line(said, "Newer"), "libcurl (for `version` at mixed.swarm:8)", "version any: libcurl, with the place")
like(engine_line(said, "Behind"), "libcurl (for `proxy` at mixed.swarm:12)", "a proxy: libcurl, whatever its value will be")
like(said, "gzip and deflate (zlib), br (Brotli)", "bodies are read: their codings")
like(run(SWARMC, "--explain", "plain.swarm")[1], "codings in the program: none", "none are read: no codings")
write("gzip.swarm", PLAIN.replace("user V {", "user V {\n http { compressed gzip }\n").replace('"/"', '"/" { save x = text; log x }'))
said = run(SWARMC, "--explain", "gzip.swarm")[1]
like(said, "gzip and deflate", "compressed gzip: zlib")
unlike(said, "Brotli", "and no Brotli")
write("asked.swarm", PLAIN.replace("user V {", "user V {\n http { compressed off }\n").replace(
    '"/"', '"/" { header "accept-encoding" "br"; save x = text; log x }'))
like(run(SWARMC, "--explain", "asked.swarm")[1], "Brotli", "a header of one's own asks for it")

code, said = run(SWARMC, "--http-engine", "native", "mixed.swarm")
equal(code, 1, "--http-engine native where a key needs libcurl: exit code")
like(said, "mixed.swarm:8:10: error[E0709]: user Newer needs libcurl for `version`", "says who, what and where")
like(said, "mixed.swarm:12:10: error[E0709]: user Behind needs libcurl for `proxy`", "for each of them")
ok(not os.path.exists("mixed"), "and makes nothing")
code, said = run(SWARMC, "--http-engine", "mine", "plain.swarm")
equal(code, 2, "an engine that is none: exit code")
like(said, "native or curl, not mine", "says which there are")
for command in ("run", "test"):
    code, said = run(SWARMC, command, "--http-engine", "native", "mixed.swarm")
    equal(code, 1, "swarmc %s --http-engine native: the same" % command)
    like(said, "E0709", "swarmc %s: says so" % command)
    equal(run(SWARMC, command, "--http-engine=mine", "plain.swarm")[0], 2, "swarmc %s: an engine that is none" % command)
like(engine_line(run(SWARMC, "--explain", "plain.swarm", "--http-engine", "curl")[1], "V"), "libcurl (--http-engine)", "curl can be forced")

# ---- what is linked


def libraries(scenario, *options):
    program = os.path.abspath("program")
    code, said = run(SWARMC, *options, scenario, "-o", program)
    if code != 0:
        ok(False, "%s compiles" % scenario, said)
        return ""
    said = run("readelf", "-d", program)[1] if shutil.which("readelf") else ""
    return " ".join(line.split("[")[1].split("]")[0] for line in said.splitlines() if "(NEEDED)" in line)


# ---- the program's own option refuses what it was not compiled for
run(SWARMC, "plain.swarm", "-o", "plain")
code, said = run(os.path.abspath("plain"), "--headless", "--http-engine", "curl", "--run-time", "1s")
equal(code, 2, "a program made for one engine refuses the other")
like(said, "V was made for native; compile with swarmc --http-engine curl", "and says what to do")
equal(run(os.path.abspath("plain"), "--headless", "--http-engine", "mine")[0], 2, "an engine that is none")
code, said = run(os.path.abspath("plain"), "--headless", "--http-engine", "native", "--run-time", "100ms", "--host", "http://127.0.0.1:9")
equal(code, 1, "its own is taken: the run begins")

if not shutil.which("readelf"):
    skip("libraries of a program", "missing tool readelf")
else:
    used = libraries("plain.swarm", "--http-engine", "curl")
    like(used, "libcurl", "the engine that is used is linked")
    without(used, "libz. brotli pcre xml2", "and nothing that reads bodies")
    used = libraries("none.swarm")
    without(used, "libcurl libssl libz. brotli pcre xml2", "a scenario without requests links no engine")
    used = libraries("gzip.swarm")
    ok("libz." in used and "brotli" not in used, "compressed gzip links zlib alone", used)

tap.done()
