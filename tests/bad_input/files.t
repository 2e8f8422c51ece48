#!/usr/bin/env python3
"""What a scenario file, a folder or a disk can be like: each gets a clear message, the right exit code, and no count is lost."""
import csv
import os
import resource
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()
SMALL = 'user U { wait 10ms; task t { get "/api/me" } }\n'


def swarmc(*arguments, **how):
    return subprocess.run([st.SWARMC, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, **how)


def scenario(name, data):
    path = os.path.join(st.folder(), name)
    with open(path, "wb") as file:
        file.write(data)
    return path


def refused(name, path, word, code):
    done = swarmc(path, "-o", os.path.join(st.folder(), "never"))
    tap.equal(done.returncode, code, "%s: exit code" % name)
    tap.has(done.stderr.lower(), word, "%s: the message" % name)
    tap.ok(not os.path.exists(os.path.join(st.folder(), "never")), "%s: no program" % name)
    if os.path.exists(os.path.join(st.folder(), "never")):
        os.unlink(os.path.join(st.folder(), "never"))


refused("a file that is not there", os.path.join(st.folder(), "none.swarm"), "no such file", 2)
refused("a folder", st.folder(), "directory", 2)
refused("an empty file", scenario("empty.swarm", b""), "user", 1)
refused("not UTF-8", scenario("latin.swarm", b'user U { task t { get "/\xe9" } }\n'), "utf-8", 1)
os.mkfifo(os.path.join(st.folder(), "pipe"))
for what in ('post "/" { body file("pipe") }', 'post "/" { multipart { file "a" "pipe" } }', "log next(rows)"):
    refused("a pipe that nobody writes: " + what, scenario("pipe.swarm", (
        '%suser U { task t { %s } }\n' % ('data rows = lines("pipe") circular\n' if "rows" in what else "", what)).encode()),
        "cannot read the file `pipe`", 1)
refused("a NUL byte", scenario("nul.swarm", b'user U { task t { get "/\0" } }\n'), "nul", 1)

done = swarmc()
tap.equal(done.returncode, 2, "no argument: exit code")
tap.has(done.stderr, "--help", "no argument: the way out")
done = swarmc(scenario("ok.swarm", SMALL.encode()), "-o", os.path.join(st.folder(), "no", "such", "folder", "x"))
tap.ok(done.returncode in (2, 3), "an output folder that is not there: exit code %d" % done.returncode)
tap.has(done.stderr, "folder", "an output folder that is not there: named")

program = st.compile_scenario(SMALL, "small")
shop = st.Shop()

for words, part in ((["--users", "many"], "--users"), (["--users", "-3"], "--users"), (["--spawn-rate", "0"], "--spawn-rate"),
                    (["--run-time", "1d"], "--run-time"), (["--stop-timeout", "x"], "--stop-timeout"), (["--threads", "0"], "--threads"),
                    (["--host", "shop"], "shop"), (["--loglevel", "LOUD"], "LOUD"), (["--csv-full-history"], "--csv"),
                    (["--nonsense"], "--nonsense"), (["--user-count", "3"], "--user-count")):
    result = st.run(program, *words, csv_prefix=False)
    tap.equal(result.code, 2, "%s: exit code" % " ".join(words))
    tap.has(result.text, part, "%s: named" % " ".join(words))

result = st.run(program, "--host", shop.url, "--users", "1", "--run-time", "1s", "--ca", "/no/such/ca.pem", csv_prefix=False)
tap.ok(result.code in (2, 3), "a CA file that is not there: exit code %s" % result.code)
tap.has(result.text, "/no/such/ca.pem", "a CA file that is not there: named")
nothing = os.path.join(st.folder(), "nothing.pem")
with open(nothing, "w") as file:
    file.write("no certificate\n")
before = shop.counts()["requests"]
result = st.run(program, "--host", shop.url, "--users", "1", "--run-time", "1s", "--ca", nothing, csv_prefix=False)
tap.equal((result.code, shop.counts()["requests"]), (2, before), "a CA file that is none: nothing is sent")
tap.has(result.text, "error: cannot read certificates to trust from " + nothing, "a CA file that is none: named")

result = st.run(program, "--host", "http://no-such-host.invalid", "--users", "1", "--run-time", "2s")
tap.ok(result.code in (1, 3), "a host without an address: exit code %s" % result.code)
tap.has(result.text, "no-such-host.invalid", "a host without an address: named")

result = st.run(program, "--host", shop.url, "--csv", "/proc/no/such", csv_prefix=False)
tap.ok(result.code in (2, 3), "a CSV path that cannot be written: exit code %s" % result.code)
tap.has(result.text, "/proc/no", "a CSV path that cannot be written: named before the run")


def limited():
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))


shop.reset()
prefix = os.path.join(st.folder(), "full")
child = st.spawn([program, "--headless", "--host", shop.url, "--users", "2", "--run-time", "3s", "--csv", prefix], preexec_fn=limited,
                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
text = child.communicate(timeout=60)[1].decode()
seen = shop.counts()["total"]
tap.ok(child.returncode not in (0, None) and child.returncode > 0, "a file size limit: exit code %s, no signal" % child.returncode)
tap.has(text, prefix, "a file size limit: the file is named")
tap.has(text, "Aggregated", "a file size limit: the tables are complete")
tap.ok(" %d " % seen in text, "a file size limit: what was counted is told (%d)" % seen, text[-1200:])

disk = os.path.join(st.folder(), "disk")
os.mkdir(disk)
if os.geteuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", disk], stderr=subprocess.DEVNULL).returncode == 0:
    try:
        result = st.run(program, "--host", shop.url, "--users", "2", "--run-time", "4s", "--csv-full-history", "--csv",
                        os.path.join(disk, "full"), csv_prefix=False)
        tap.has(result.text, "No space left", "a full disk: the cause")
        with open(os.path.join(disk, "full_stats.csv"), newline="") as file:
            written = [row for row in csv.DictReader(file) if row["Name"] == "Aggregated"]
        whole = bool(written) and (" %s " % written[0]["Request Count"]) in result.text
        tap.ok(result.code == 1 or whole, "a full disk: exit code %s, the totals %s in the file" % (result.code, "are" if whole else "are not"))
    finally:
        subprocess.run(["umount", disk])
else:
    tap.skip("a full disk", "no right to mount a tmpfs here")
shop.end()
tap.end()
