#!/usr/bin/env python3
# runner: timeout=900
"""Every command of the README works as it is written, and its scenario compiles and runs against the shop."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()
with open(os.path.join(st.ROOT, "README.md"), encoding="utf-8") as file:
    readme = file.read()
blocks = re.findall(r"^```(\w*)\n(.*?)^```", readme, re.S | re.M)
scenario = next(text for kind, text in blocks if kind == "swarm")
commands = [line for kind, text in blocks if kind == "" for line in text.splitlines()
            if re.match(r"(sh|make|swarmc|\./checkout) ?", line) and "error[" not in line]
home = os.path.join(st.folder(), "home")
work = os.path.join(st.folder(), "work")
os.makedirs(work)
os.symlink(os.path.join(st.ROOT, "examples"), os.path.join(work, "examples"))
with open(os.path.join(work, "checkout.swarm"), "w") as file:
    file.write(scenario)
path = os.path.join(home, ".local", "bin") + ":" + os.environ["PATH"]
env = dict(os.environ, HOME=home, PATH=path, BUILD=st.BUILD, SWARM_RUN_TIME="2s", SWARM_STOP_TIMEOUT="1s")
shop = st.Shop()
tap.ok(len(commands) >= 9, "the README has commands (%d)" % len(commands))

# make and make install first: what follows uses the installed compiler.
for line in sorted(commands, key=lambda line: not line.startswith("make")):
    if line == "sh tests/run.sh":
        continue                                    # that is what runs this
    inside = line.startswith(("sh ", "make"))
    if line.startswith("make"):
        line += " BUILD=" + os.path.relpath(st.BUILD, st.ROOT)     # make knows no spaces, which the path of ROOT may have
        line += " SAN=" + os.environ["SAN"] if os.environ.get("SAN") else ""
        line += " DEV=1" if os.environ.get("DEV") else ""
    here = dict(env, SWARM_HOST=shop.url) if not inside else {k: v for k, v in env.items() if k != "SWARM_RUN_TIME"}
    done = subprocess.run(["sh", "-c", line], cwd=st.ROOT if inside else work, env=here, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    tap.ok(done.returncode == 0, line, done.stdout[-3000:])
    if line.endswith("demo.sh"):
        tap.has(done.stdout, "Aggregated", "the first command ends in the statistics tables")

wrong = subprocess.run([st.SWARMC, "--check", os.path.join(work, "wrong.swarm")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) \
    if open(os.path.join(work, "wrong.swarm"), "w").write(scenario.replace("cartId: cart }", "cartId: carts }")) else None
shown = next(text for kind, text in blocks if "error[" in text)
tap.equal([line.rstrip() for line in wrong.stdout.replace(os.path.join(work, "wrong"), "checkout").strip().splitlines()],
          [line.rstrip() for line in shown.strip().splitlines()], "the README's mistake is shown as it says")
for link in re.findall(r"\]\(([^)#]+)\)", readme):
    tap.ok(link.startswith("http") or os.path.exists(os.path.join(st.ROOT, link)), "the link %s leads somewhere" % link)
shop.end()
tap.end()
