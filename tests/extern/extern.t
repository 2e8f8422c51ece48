#!/usr/bin/env python3
"""C of one's own as a whole: what the compiler says of it, calls that are dropped and given up, std/redis against a real server, and
tour 07 without the modules that do not exist yet."""
import os
import re
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()


def write(name, text):
    path = os.path.join(st.folder(), name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def swarmc(*arguments):
    done = subprocess.run([st.SWARMC, *arguments], cwd=st.folder(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=120)
    return done.returncode, done.stdout


def execute(program, *arguments, limit=150):
    done = subprocess.run([os.path.join(st.folder(), program), *arguments], cwd=st.folder(), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=limit)
    return done.returncode, done.stdout


def row(text, name):
    """(requests, failures) of the first table."""
    found = re.search(r"^\S+ +%s +(\d+) +(\d+)\(" % re.escape(name), text, re.M)
    return (int(found[1]), int(found[2])) if found else None


# ---- what the C compiler says

write("bad.c", '#include "bad.swarm.h"\nint64_t bad_f(struct swarm_context *context, int64_t n)\n{\n    return nn;\n}\n')
write("bad.swarm", 'extern "C" from "bad.c" { fn f(n: int) -> int }\nuser U { task t { log f(1) } }\n')
code, said = swarmc("-o", "bad", "bad.swarm")
tap.equal(code, 1, "C that does not compile is a diagnostic")
tap.has(said, "bad.swarm:1:17: error[E0708]", "under the extern line")
tap.has(said, "bad.c:4:12: error:", "with what the C compiler says, as it is")

write("missing.swarm", 'extern "C" from "missing.c" link "nolibraryofthisname" { fn f(n: int) -> int }\nuser U { task t { log f(1) } }\n')
write("missing.c", '#include "missing.swarm.h"\nint64_t missing_f(struct swarm_context *c, int64_t n) { (void)c; return n; }\n')
code, said = swarmc("-o", "missing", "missing.swarm")
tap.equal(code, 1, "a library that is not there is a diagnostic")
tap.has(said, "nolibraryofthisname", "that names it")

# ---- dropped and given up

write("slow.c", """#include "slow.swarm.h"
#include <unistd.h>
void slow_wait(struct swarm_ticket *ticket, int64_t ns)
{
    usleep((useconds_t)(ns / 1000));
    swarm_finish(ticket);
}
""")
write("slow.swarm", """extern "C" from "slow.c" { action wait(time: duration) }
option pause: duration = 100ms
user U { task t { wait(pause) } }
""")
code, said = swarmc("-o", "slow", "slow.swarm")
tap.equal(code, 0, "actions compile")
code, said = execute("slow", "--users", "20", "--spawn-rate", "100", "--run-time", "1s", "--pool-threads", "2", "--pause", "300ms")
found = row(said, "wait")
tap.timing(code == 0, "queued calls are dropped at the stop and change no verdict", said[-800:])
tap.timing(found and 1 <= found[0] <= 12 and found[1] == 0, "two threads do no more than two at a time: %s calls" % (found,))
begun = time.monotonic()
code, said = execute("slow", "--users", "3", "--spawn-rate", "100", "--run-time", "1s", "--stop-timeout", "200ms", "--pause", "40s")
tap.ok(time.monotonic() - begun < 35, "a call that runs is given up at the stop timeout")
tap.timing(re.search(r"^CALL +wait +0 +3$", said, re.M), "and counted as cut off", said)

# ---- std/redis

server = shutil.which("redis-server")
if not server:
    tap.skip("std/redis against a real server", "redis-server is not installed")
else:
    redis, port = st.start_server(
        lambda port: [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--daemonize", "no", "--dir", st.folder(),
                      "--requirepass", "hush"], stdout=subprocess.DEVNULL)
    write("cache.swarm", """import "std/redis"
option server: string = "" "the server"
user U {
  var db = 0
  on start { db = redis.connect(server) }
  task t {
    redis.set(db, "k", "a\\"b\\u{e9}\\n")
    let v = redis.get(db, "k")
    let absent = redis.get(db, "absent")
    let n = redis.incr(db, "hits")
    let _pushed = redis.command(db, ["RPUSH", "l", "x", 5])
    let all = redis.command(db, ["LRANGE", "l", 0, -1])
    log "got ${v == "a\\"b\\u{e9}\\n"} ${absent == null} ${n} ${all}"
    redis.set(db, "l2", "text")
    let _wrong = redis.command(db, ["LRANGE", "l2", 0, -1])
    log "not here"
  }
  on stop { redis.close(db); stopped() }
  action stopped() { log "closed" }
  wait 2s
}
""")
    code, said = swarmc("-o", "cache", "cache.swarm")
    tap.equal(code, 0, "std/redis compiles")
    code, said = execute("cache", "--server", "redis://:hush@127.0.0.1:%d/1" % port, "--users", "1", "--once")
    tap.has(said, 'got true true 1 ["x","5"]', "set, get, incr, command and missing keys")
    tap.has(said, "CALL redis.command: WRONGTYPE", "an answer that is an error fails the call")
    tap.ok("not here" not in said, "and ends the task")
    tap.has(said, "closed", "close")
    tap.equal(row(said, "redis.set"), (2, 0), "each call is counted in its row")
    code, said = execute("cache", "--server", "127.0.0.1:%d" % port, "--users", "1", "--once")
    tap.has(said, "NOAUTH", "a connection without the password")
    redis.terminate()
    redis.wait()
    code, said = execute("cache", "--server", "127.0.0.1:%d" % port, "--users", "1", "--once")
    tap.has(said, "cannot connect to 127.0.0.1", "a server that is not there")

# ---- tour 07

tour = os.path.join(st.ROOT, "tests", "tour")
shutil.copytree(tour, os.path.join(st.folder(), "tour"))
code, said = swarmc("--check", "tour/07_extend.swarm")
tap.equal(code, 1, "tour 07 as it stands is refused")
tap.has(said, "no module std/mqtt; there are: redis, shapes", "for the module that does not exist yet")
text = open(os.path.join(tour, "07_extend.swarm"), encoding="utf-8").read()
text = re.sub(r'^import "std/.*\n', "", text, flags=re.M)
text = re.sub(r"^user (Sensor|Analyst) \{\n(?:.*\n)*?\}\n", "", text, flags=re.M)
write("tour/07.swarm", text)
code, said = swarmc("-o", "tour/07-as-it-is", "tour/07.swarm")
tap.equal(code, 0, "without Sensor and Analyst it compiles")
write("tour/signer.c", """#include "signer.swarm.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

struct swarm_text signer_hmac_sha256(struct swarm_context *context, struct swarm_text key, struct swarm_text payload)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    char text[2 * EVP_MAX_MD_SIZE + 1];

    HMAC(EVP_sha256(), key.p, (int)key.n, (const unsigned char *)payload.p, payload.n, digest, &size);
    for (unsigned i = 0; i < size; i++) {
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    }
    return swarm_text_new(context, text, 2 * size);
}

void signer_slow_rpc(struct swarm_ticket *ticket, struct swarm_text method, const struct swarm_json *arg)
{
    char text[128];
    int n = snprintf(text, sizeof text, "{\\"method\\": \\"%.*s\\", \\"limit\\": %d}", (int)method.n, method.p,
                     (int)swarm_json_integer(swarm_json_get(arg, "limit")));

    swarm_finish_json(ticket, text, (size_t)n);
}
""")
code, said = swarmc("-o", "tour/07", "tour/07.swarm")
tap.equal(code, 0, "and with the C it declares")
shop = st.Shop()
code, said = execute("tour/07", "--host", shop.url, "--users", "1", "--iterations", "1")
shop.end()
tap.has(said, "Signed -> ", "it runs")
tap.ok(row(said, "/login"), "sends", said)
tap.end()
