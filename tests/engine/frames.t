#!/usr/bin/env python3
"""Statements of a task that never run at the same time share their place in the user's memory, and keep their values all the same."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()
LOOP = """
    for a%(n)d in ["x", "y"] {
      let b%(n)d = "${a%(n)d}%(n)d"
      sleep 1ms
      for c%(n)d in 1..2 {
        let d%(n)d = c%(n)d * 10
        sleep 1ms
        log "said ${b%(n)d} ${d%(n)d}"
      }
      if b%(n)d == "y%(n)d" { let e%(n)d = 1.5; sleep 1ms; log "said ${e%(n)d} ${a%(n)d}" } else { let f%(n)d = [true]; sleep 1ms; log "said ${f%(n)d[0]}" }
    }"""
OTHERS = """
    let kept = ""
    repeat 2 { let r = 3s; sleep 1ms; kept = "${kept}${r}"; log "said ${kept}" }
    let after = "end"
    measure "m" { let q = 7; sleep 1ms; log "said ${q} ${after}" }
    loop every 1ms within 10s { let i = len(kept); sleep 1ms; log "said ${i} ${after}"; break }
    let g = 0
    while g < 1500 { let h = g; sleep 0s; g = h + 1 }
    parallel for n in [1, 2] { answer(n) }
    log "said ${g} ${after}"
"""
ACTION = "  action answer(n: int) { for o in [n, n] { let p = o; sleep 1ms; log \"said parallel ${p}\" } }\n"


def scenario(loops, others=False):
    return "user U {\n%s  var rounds = 0\n  task t {%s%s\n    rounds += 1\n    if rounds == 2 { stop test }\n  }\n}\n" % (
        ACTION if others else "", "".join(LOOP % {"n": n} for n in range(loops)), OTHERS if others else "")


def size_of(name, text):
    path = os.path.join(st.folder(), name + ".swarm")
    with open(path, "w") as file:
        file.write(text)
    out = subprocess.run([st.SWARMC, "--explain-memory", path], stdout=subprocess.PIPE, text=True, check=True).stdout
    return int(re.search(r"in all +(\d+)", out)[1]), out


one, many = size_of("one", scenario(1)), size_of("many", scenario(4))
tap.equal(many[0], one[0], "four loops one after the other take what one takes")
listed = re.search(r"task t +(\d+) +(.*)", many[1])
tap.ok(16 <= int(listed[1]) - sum(int(n) for n in re.findall(r" (\d+)(?:,|$)", listed[2])) <= 40,
       "what is listed of a task adds up to it, but for its head and alignment", many[1])

said = []
for n in range(2):
    for a in "xy":
        said += ["%s%d %d" % (a, n, d) for d in (10, 20)] + (["1.5 y"] if a == "y" else ["true"])
said += ["3s", "3s3s", "7 end", "4 end", "parallel 1", "parallel 1", "parallel 2", "parallel 2", "1500 end"]
program = st.compile_scenario(scenario(2, True), "shared")
done = st.run(program, "--users", "1", "--only-summary", csv_prefix=False)
found = re.findall(r": said (.*)", done.out + done.text)
for name, part in (("first", found[:len(said)]), ("second", found[len(said):])):
    if len(part) == len(said):
        part[-5:-1] = sorted(part[-5:-1])
    tap.equal(part, said, "each block has its own values: %s round" % name)
tap.end()
