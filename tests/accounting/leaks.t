#!/usr/bin/env python3
"""Nothing leaks: valgrind on a short run, and resident memory that stands still under a task that never ends."""
import os
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()
shop = st.Shop()
ENDLESS = """
user U {
  var last = ""
  task never_ends {
    loop {
      post "/echo" {
        json { text: "a value of some length that is saved in each round", n: random(1, 1000000) }
        save id = json.method
        save last = json.path
      }
      get "/api/v1/products?limit=5&x=${id}" { save first = json.items[0].name }
      last = "${first} ${last} ${id}"
      sleep 5ms
    }
  }
}
"""
program = st.compile_scenario(ENDLESS, "endless")


def resident(pid):
    with open("/proc/%d/status" % pid) as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


if st.SANITIZED:
    tap.skip("resident memory", "a sanitizer's own memory grows")
else:
    # The window of the last ten seconds has to fill first. After that only histograms still grow a little, as times come that were not
    # there before: on a busy machine some hundred kilobytes. The smallest leak, a few bytes a request, is more.
    first, last = (int(word) for word in os.environ.get("SWARM_RSS_SECONDS", "16 28").split())
    run = st.Run(program, "--host", shop.url, "--users", "20", "--spawn-rate", "100", "--run-time", "%ds" % (last + 2))
    time.sleep(first)
    early = resident(run.child.pid)
    time.sleep(last - first)
    late = resident(run.child.pid)
    run.wait()
    tap.equal(run.code, 0, "the run passes")
    tap.ok(late <= early * 1.05 + 64, "resident memory after %d s (%d KB) is that after %d s (%d KB)" % (last, late, first, early))
    total = int(run.total()["Request Count"])
    tap.equal(shop.counts()["total"], total, "%d requests, each seen by the shop" % total)

if st.SANITIZED or not shutil.which("valgrind"):
    tap.skip("valgrind", "a sanitizer is at work" if st.SANITIZED else "missing tool: valgrind")
else:
    log = os.path.join(st.folder(), "valgrind")
    done = subprocess.run(["valgrind", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect,possible", "--error-exitcode=99", "--log-file=" + log,
                           program, "--headless", "--host", shop.url, "--users", "4", "--spawn-rate", "100", "--run-time", "3s", "--threads", "2"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        print("\n".join("# " + line for line in done.stderr.splitlines()[-40:]))
    tap.equal(done.returncode, 0, "valgrind finds nothing in a short run")
    if done.returncode:
        print("\n".join("# " + line for line in open(log).read().splitlines()[-60:]))
shop.end()
tap.end()
