#!/usr/bin/env python3
"""Options of a whole program: task ratios, equal weights, --reset-stats, configuration files, the list of processes, completion,
the manual, and what ends before the run."""
import fcntl
import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()
shop = st.Shop()
program = st.compile_scenario('''
target "%s"
option page_size: int = 20 "products a page" one of [20, 50]
option secret api_key: string = ""
user Web {
    weight 3
    wait 5ms
    task idx { get "/api/me" as "idx" { expect status in [200, 401] } }
    tasks sub weight 2 {
        task a { get "/api/me" as "a" { expect status in [200, 401] } }
        task b weight 3 { get "/api/me" as "b" { expect status in [200, 401] }; interrupt }
    }
}
user Mobile {
    wait 5ms
    task m1 weight 2 { get "/api/me" as "m1" { expect status in [200, 401] } }
    task m2 { get "/api/me" as "m2" { expect status in [200, 401] } }
}
user Chained {
    weight 0
    chain walk {
        task first -> second 3, first 1 { get "/api/me" }
        task second -> first { get "/api/me" }
    }
}
''' % shop.url, "options")


def say(*options, **how):
    return subprocess.run([program, *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how)


# ---- the verdict in words, wherever the log goes
for how in (["--logfile", os.path.join(st.folder(), "verdict.log")], ["--loglevel", "ERROR"]):
    done = say("--headless", "--only-summary", "--iterations", "1", "--threshold", "requests > 1000", *how)
    tap.equal([done.returncode, done.stderr.splitlines()[-1]], [1, "options: failed (exit code 1): 1 of 1 threshold broken"],
              how[0] + ": the last line on the terminal says why")

# ---- ratios: the figures and the form of Locust's
done = say("--show-task-ratio", "Web", "Mobile")
tap.equal(done.returncode, 0, "--show-task-ratio leaves with 0")
tap.equal(done.stdout, "\n".join([
    "", " Task ratio per User class", "-" * 80,
    " %-10s %-50s" % ("75.0  ", "Web"),
    " %-10s %-50s" % ("  33.3  ", "  idx"),
    " %-10s %-50s" % ("  66.7  ", "  sub"),
    " %-10s %-50s" % ("    25.0  ", "    a"),
    " %-10s %-50s" % ("    75.0  ", "    b"),
    " %-10s %-50s" % ("25.0  ", "Mobile"),
    " %-10s %-50s" % ("  66.7  ", "  m1"),
    " %-10s %-50s" % ("  33.3  ", "  m2"),
    "", " Total task ratio", "-" * 80,
    " %-10s %-50s" % ("75.0  ", "Web"),
    " %-10s %-50s" % ("  25.0  ", "  idx"),
    " %-10s %-50s" % ("  50.0  ", "  sub"),
    " %-10s %-50s" % ("    12.5  ", "    a"),
    " %-10s %-50s" % ("    37.5  ", "    b"),
    " %-10s %-50s" % ("25.0  ", "Mobile"),
    " %-10s %-50s" % ("  16.7  ", "  m1"),
    " %-10s %-50s" % ("  8.3   ", "  m2"), "", ""]), "the two tables of Locust")
ratio = json.loads(say("--show-task-ratio-json", "--users", "10", "Web", "Mobile").stdout)
tap.equal((ratio["per_class"]["Web"]["ratio"], ratio["per_class"]["Mobile"]["ratio"]), (0.8, 0.2), "of --users 10: 8 and 2, as Locust rounds")
tap.ok(abs(ratio["total"]["Web"]["tasks"]["sub"]["tasks"]["b"]["ratio"] - 0.8 * 2 / 3 * 0.75) < 1e-9, "multiplied down")
ratio = json.loads(say("--show-task-ratio-json", "Chained").stdout)
walk = ratio["per_class"]["Chained"]["tasks"]["walk"]["tasks"]
tap.ok(abs(walk["first"]["ratio"] - 4 / 7) < 0.002 and abs(walk["second"]["ratio"] - 3 / 7) < 0.002, "of a chain how often each task is reached", walk)
ratio = json.loads(say("--show-task-ratio-json", "--equal-weights", "Web", "Mobile").stdout)
tap.equal([ratio["per_class"][name]["ratio"] for name in ("Web", "Mobile")], [0.5, 0.5], "--equal-weights: of kinds")
tap.equal([ratio["per_class"]["Mobile"]["tasks"][name]["ratio"] for name in ("m1", "m2")], [0.5, 0.5], "of tasks")
tap.equal([ratio["per_class"]["Web"]["tasks"]["sub"]["tasks"][name]["ratio"] for name in "ab"], [0.5, 0.5], "and of those in groups")

# ---- --reset-stats
shop.reset()
run = st.Run(program, "--users", "6", "--spawn-rate", "3", "--reset-stats")
if run.wait_until("Resetting stats"):
    enough = shop.counts()["total"] + 20
    run.wait_until(lambda text: shop.counts()["total"] >= enough)
run.signal(signal.SIGTERM)
run.wait()
counted, seen = int(run.total()["Request Count"]), shop.counts()["total"]
tap.ok(run.code == 0 and "Resetting stats" in run.text, "--reset-stats says so", run.text[-1500:])
tap.ok(0 < counted < seen, "what was counted before all users were there is left out (%d of %d)" % (counted, seen))
tap.equal(sum(int(row["Request Count"]) for row in run.rows().values()), counted, "from every row")

# ---- configuration, in a folder of its own
here = os.path.join(st.folder(), "config")
os.mkdir(here)
with open(os.path.join(here, "swarm.conf"), "w") as file:
    file.write("users = 2\nspawn-rate = 100\nrun-time = 1s\npage-size = 50\nonly-summary\n")
run = st.run(program, cwd=here)
tap.ok(run.code == 0 and "Run time limit set to 1 seconds" in run.text and "(2 total users)" in run.text, "./swarm.conf", run.text[-1500:])
with open(os.path.join(here, "typo.conf"), "w") as file:
    file.write("users 1\nspawn-rat 3\n")
done = say("--config", "typo.conf", cwd=here)
tap.equal(done.returncode, 2, "a typo in a file: exit 2")
tap.equal(done.stderr, "options: error: typo.conf:2: unknown option 'spawn-rat'\nDid you mean 'spawn-rate'?\n", "file, line and the nearest name")

# ---- the list of processes
secret = "very-secret-value"
run = st.Run(program, "--api-key", secret, "--users", "1")
run.wait_until("All users spawned")
title = open("/proc/%d/cmdline" % run.child.pid, "rb").read().decode()
tap.ok(secret not in title and "--api-key\0*" in title, "a secret is not in the list of processes", title)
time.sleep(0.3)
run.signal(signal.SIGTERM)
run.wait()
tap.ok(secret not in run.text + run.out, "nor in the log")

# ---- what cannot run
done = say("--host", "http://no-such-host.invalid")
tap.equal(done.returncode, 3, "a target without an address: exit 3, before the run")
tap.has(done.stderr, "the target of Web has no address: no-such-host.invalid", "which is said")
done = say("--show-task-ratio", "-T", "nothing")
tap.equal(done.returncode, 2, "tags that leave nothing")

# ---- completion
script = say("--completion", "bash").stdout
if shutil.which("bash"):
    path = os.path.join(st.folder(), "completion.bash")
    with open(path, "w") as file:
        file.write(script)

    def complete(*words):
        code = 'source "$1"; shift; COMP_WORDS=(options "$@"); COMP_CWORD=$#; _swarm_options; printf "%s\\n" "${COMPREPLY[@]}"'
        done = subprocess.run(["bash", "-c", code, "bash", path, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.stdout.split()

    tap.equal(complete("--spaw"), ["--spawn-rate"], "bash completes an option")
    tap.equal(complete("--loglevel", "D"), ["DEBUG"], "a value that is one of some")
    tap.equal(complete("--page-size", "5"), ["50"], "that of an option of the scenario")
    tap.equal(complete("Mob"), ["Mobile"], "a kind of user")
    tap.equal(complete("--users", ""), [], "nothing where a number stands")
else:
    tap.skip("completion in bash", "no bash")
for shell, check in (("zsh", ["zsh", "-n"]), ("fish", ["fish", "--no-execute"])):
    if shutil.which(shell):
        path = os.path.join(st.folder(), "completion." + shell)
        with open(path, "w") as file:
            file.write(say("--completion", shell).stdout)
        done = subprocess.run([*check, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        tap.ok(done.returncode == 0, "%s reads its completion" % shell, done.stdout)
    else:
        tap.skip("%s reads its completion" % shell, "no " + shell)



def on_terminal(words, environment, typed, wanted, limit=90):
    """What a shell shows on a terminal once it was told `typed`, up to the text that is wanted."""
    master, slave = pty.openpty()
    child = subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env={**os.environ, "TERM": "dumb", **environment},
                             preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
    st._children.append(child)
    os.close(slave)
    shown, end, rest = "", time.monotonic() + limit, list(typed)
    while wanted not in shown and time.monotonic() < end:
        if not select.select([master], [], [], 0.1)[0]:
            continue
        try:
            shown += os.read(master, 65536).decode("utf-8", "replace")
        except OSError:
            break
        if rest and shown.count("ready>") > len(typed) - len(rest):
            os.write(master, rest.pop(0).encode())
    child.kill()
    child.wait()
    os.close(master)
    return shown


swarmc_path = os.path.dirname(st.SWARMC)
for which, file, typed, wanted in (("a program's", "completion", "options --spawn-r\t", "--spawn-rate"), ("a program's value", "completion", "options --loglevel D\t", "DEBUG"),
                                   ("swarmc's", "swarmc", "swarmc --deny\t", "--deny-warnings"), ("swarmc's value", "swarmc", "swarmc --http-engine n\t", "native")):
    for shell in ("zsh", "fish"):
        if not shutil.which(shell):
            tap.skip("%s completes %s" % (shell, which), "no " + shell)
            continue
        path = os.path.join(st.folder(), "%s.%s" % (file, shell))
        with open(path, "w") as script:
            script.write(say("--completion", shell).stdout if file == "completion" else
                         subprocess.run([st.SWARMC, "--completion", shell], stdout=subprocess.PIPE, text=True).stdout)
        environment = {"PATH": "%s:%s:%s" % (os.path.dirname(program), swarmc_path, os.environ["PATH"]), "HOME": st.folder(), "ZDOTDIR": st.folder()}
        if shell == "fish":
            done = subprocess.run(["fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", path, typed.rstrip("\t")], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **environment})
            shown = done.stdout
        else:
            begin = "PS1='ready''> '; autoload -Uz compinit; compinit -u -D; source %s; echo\n" % path
            shown = on_terminal(["zsh", "-f", "-i"], {**environment, "PS1": "ready> "}, [begin, typed], wanted)
        tap.has(shown, wanted, "%s completes %s" % (shell, which))

# ---- the manual
page = say("--man").stdout
if shutil.which("man"):
    done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-"], input=page, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=dict(os.environ, MANWIDTH="80"))
    tap.ok(done.returncode == 0 and not done.stderr, "man shows --man without a warning", done.stderr)
    tap.ok("--spawn-rate" in done.stdout and "SWARM_PAGE_SIZE" in done.stdout and "EXIT STATUS" in done.stdout, "with everything", done.stdout[:600])
else:
    tap.skip("man shows --man", "no man")
done = say("--help")
tap.ok(done.returncode == 0 and "--page-size INT" in done.stdout and "--help GROUP" in done.stdout, "--help")
tap.end()
