#!/usr/bin/env python3
"""Many users that sleep: they take what --explain-memory says, and come at the rate that was asked for."""
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

FEW, MANY = 20000, 120000
# The state of the first scenario of the tour: a shopper whose largest part is a journey with saves, and an admin.
SCENARIO = """
target "http://127.0.0.1:9"
user Shopper {
  weight 3
  wait 1s..3s
  on start { sleep 1h; post "/login" as "login" { json { email: "a@b.c", password: "p" } } }
  task browse weight 3 { get "/products?page=1" }
  journey checkout {
    step view { get "/products" { save product = pick(css("a", "data-id")) } }
    step add {
      post "/cart" {
        json { productId: product, quantity: 1 }
        save cart = json.cartId
      }
    }
    step review { get "/cart/${cart}" }
  }
  on stop { post "/logout" }
}
user Admin {
  weight 1
  wait 3s..8s
  on start { sleep 1h; post "/admin" { json { username: "admin" } } }
  task dashboard { get "/admin/dashboard" }
}
"""
tap = st.Tap()
program = st.compile_scenario(SCENARIO, "sleepers")


def explained():
    """Bytes of a user of each kind."""
    out = subprocess.run([st.SWARMC, "--explain-memory", program + ".swarm"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return dict(re.findall(r"^user (\w+)$.*?^  in all +(\d+)$", out, re.M | re.S)), out


def resident(pid):
    with open("/proc/%d/status" % pid) as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def sleep_with(users, rate):
    """Resident KB when all of them sleep, and the run, ended by a signal."""
    run = st.Run(program, "--users", str(users), "--spawn-rate", str(rate), "--run-time", "60s", "--threads", "2", "--only-summary")
    until = time.monotonic() + 50
    while time.monotonic() < until and "All users spawned" not in open(run.error_file).read():
        time.sleep(0.1)
    time.sleep(1.2)
    size = resident(run.child.pid)
    run.child.terminate()
    run.wait()
    return size, run


sizes, text = explained()
tap.equal(sorted(sizes), ["Admin", "Shopper"], "--explain-memory tells of both kinds")
tap.has(text, "journey checkout", "along the largest path")
tap.ok(re.search(r"journey checkout .*product[_0-9]* 16", text), "with what is saved", text)
tap.ok(int(sizes["Shopper"]) <= 400, "a sleeping shopper takes %s bytes, at most 400" % sizes["Shopper"])
if st.SANITIZED:
    tap.skip("resident memory", "a sanitizer's own memory grows")
else:
    few, _ = sleep_with(FEW, 1000000)
    many, run = sleep_with(MANY, 60000)
    each = (many - few) * 1024 / (MANY - FEW)
    wanted = (3 * int(sizes["Shopper"]) + int(sizes["Admin"])) / 4
    tap.ok(abs(each - wanted) <= 0.1 * wanted,
           "%d more sleeping users take %.0f bytes each, --explain-memory says %.0f" % (MANY - FEW, each, wanted))
    spawned = re.findall(r'All users spawned: \{"Admin": (\d+), "Shopper": (\d+)\} \((\d+) total users\)', run.text)
    tap.equal(spawned, [(str(MANY // 4), str(MANY * 3 // 4), str(MANY))], "all of them came, by their weights")
    levels = [int(line["User Count"]) for line in run.table("stats_history")]
    tap.ok(levels == sorted(levels) or levels[:-1] == sorted(levels[:-1]), "their number only grew: %s" % levels)
    tap.ok(any(0 < level < MANY for level in levels), "over the time that the rate says, not at once")

tap.end()
