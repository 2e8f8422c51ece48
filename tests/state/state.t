#!/usr/bin/env python3
"""Data, metrics and their files as a person uses them: --data, files too large to be embedded, a million rows, the CSV file
of metrics. Nothing is sent over a network but to a closed port, where a case needs requests at all."""
import csv
import os
import subprocess

import swarmtest

tap = swarmtest.Tap()
HERE = swarmtest.folder()


def write(name, text):
    path = os.path.join(HERE, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def compiled(name, text):
    source = write(name + ".swarm", text)
    path = os.path.join(HERE, name)
    done = subprocess.run([swarmtest.SWARMC, source, "-o", path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=300)
    return path if done.returncode == 0 else None, done.stdout


def run(*command, cwd=HERE):
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=300)
    return done.returncode, done.stdout


def said(text):
    """What the scenario has logged."""
    return [line.split("said ", 1)[1] for line in text.splitlines() if "said " in line]


# ---- --data
write("people.csv", "name,city\nann,Ulm\nbob,Rom\n")
write("words.txt", "alpha\nbeta\n")
write("skus.json", '[{"id": 1, "size": "S"}, {"id": 2}]')
program, text = compiled("reader", """
data people = csv("people.csv") queue
data words = lines("words.txt") circular
data skus = json("skus.json") circular
user U {
  task t {
    let me = next(people) else { stop test }
    log "said ${me.name} ${me.city} ${next(words)} ${next(skus).id}"
  }
}
""")
tap.ok(program, "a scenario with three files compiles", text)
os.remove(os.path.join(HERE, "people.csv"))
os.remove(os.path.join(HERE, "words.txt"))
os.remove(os.path.join(HERE, "skus.json"))
code, text = run(program)
tap.equal(said(text), ["ann Ulm alpha 1", "bob Rom beta 2"], "the rows are part of the program: the files are not needed any more")

write("other.csv", "\ufeffcity,extra,name\r\nOslo,1,cid\r\n")
write("other.json", '[\n {"id": 7}, {"size": 3}\n]\n')
code, text = run(program, "--data", "people=other.csv", "--data=skus=" + os.path.join(HERE, "other.json"))
tap.equal(said(text), ["cid Oslo alpha 7"], "--data puts another file in its place, columns in any order")

for name, option, content, wanted in [
    ("lacks a column", "people=bad.csv", "name,town\na,b\n", "bad.csv has no column `city`, which people (people.csv) has"),
    ("has a row that is too short", "people=bad.csv", "name,city\na,b\nc\n", "bad.csv:3:1: this row has 1 field"),
    ("is not UTF-8", "words=bad.csv", None, "bad.csv:1:3: this is not UTF-8"),
    ("lacks a key", "skus=bad.csv", '[{"id": 1}]', "bad.csv has no column `size`"),
    ("is no JSON", "skus=bad.csv", '[{"id": 1}\n {"id": 2}]', "bad.csv:2:2: a comma or ] belongs here"),
    ("has no rows", "words=bad.csv", "\n\n", "bad.csv has no rows"),
    ("is not there", "words=nowhere.txt", "", "cannot read nowhere.txt: No such file"),
    ("is a folder", "words=.", "", "cannot read .: Is a directory"),
    ("has an unknown name", "wrods=bad.csv", "", "the scenario has no data `wrods`; there are: people, words, skus"),
    ("says no file", "words", "", "NAME=FILE is wanted"),
]:
    if content is None:
        with open(os.path.join(HERE, "bad.csv"), "wb") as file:
            file.write(b"ok\xff\n")
    else:
        write("bad.csv", content)
    code, text = run(program, "--data", option)
    usage = name in ("has an unknown name", "says no file")
    tap.ok(code == (2 if usage else 3) and wanted in text, "--data: a file that " + name, "exit %d\n%s" % (code, text))

# ---- a million rows
ROWS = 100000 if swarmtest.SANITIZED else 1000000
with open(os.path.join(HERE, "million.csv"), "w") as file:
    file.write("id,email,token\n")
    for i in range(ROWS):
        file.write("%d,user%d@example.test,%032x\n" % (i, i, i))
size = os.path.getsize(os.path.join(HERE, "million.csv"))
program, text = compiled("million", """
data rows = csv("million.csv") queue
metric counter taken
user U {
  var sum = 0
  task t {
    repeat 1000 {
      let row = next(rows) else { log "said ${sum}"; stop user }
      sum += int(row.id)
      taken += 1
    }
  }
}
""")
tap.ok(program, "a million rows compile", text)
code, text = run(program, "--users", "4", "--spawn-rate", "100", "--threads", "2", "--csv", "out")
tap.equal(sum(int(n) for n in said(text)), ROWS * (ROWS - 1) // 2, "each row is given to one user, over all threads")
with open(os.path.join(HERE, "out_metrics.csv")) as file:
    metrics = {row["Name"]: row for row in csv.DictReader(file)}
tap.equal(float(metrics["taken"]["Value"]), float(ROWS), "and each is counted once")

program, text = compiled("opens", """
data rows = csv("million.csv") circular
user U { task t { log "said ${next(rows).id}"; stop test } }
""")
with open("/dev/null") as nothing:
    child = subprocess.Popen([program], cwd=HERE, stdin=nothing, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    text = child.stdout.read()
    _, _, usage = os.wait4(child.pid, 0)
    child.returncode = 0
    child.stdout.close()
tap.equal(said(text), ["0"], "a million rows open")
if swarmtest.SANITIZED:
    tap.skip("they cost about the size of the file", "the sanitizer's memory comes on top")
else:
    tap.ok(usage.ru_maxrss * 1024 < 2 * size + (48 << 20), "they cost about the size of the file",
           "%d kB for a file of %d kB" % (usage.ru_maxrss, size >> 10))

# ---- a file above 64 MB is read from beside the program
line = "x" * 1023 + "\n"
with open(os.path.join(HERE, "large.txt"), "w") as file:
    file.write("first\n")
    for _ in range(65 * 1024):
        file.write(line)
program, text = compiled("large", """
data rows = lines("large.txt") circular
user U { task t { log "said ${next(rows)} ${len(next(rows))}"; stop test } }
""")
tap.ok(program, "a file of 65 MB compiles", text)
if program:
    tap.ok(os.path.getsize(program) < 64 << 20, "it is not part of the program")
    code, text = run(program, cwd="/")
    tap.equal(said(text), ["first 1023"], "the program finds it beside itself, from any folder")
    with open(os.path.join(HERE, "large.txt"), "r+b") as file:
        file.seek(6 + 1024)
        file.write(b"\xff")
    code, text = run(program)
    tap.ok(code == 3 and "large.txt:3:1: this is not UTF-8" in text, "what changed since is checked when it is read", text)
    os.remove(os.path.join(HERE, "large.txt"))
    code, text = run(program)
    tap.ok(code == 3 and "cannot read" in text and "--data rows=FILE" in text, "without it the program says what to do", text)

# ---- metrics over several threads
program, text = compiled("metrics", """
metric counter seen "rows"
metric trend value "euro"
metric trend temperature
metric trend nothing
metric rate even
metric gauge level
metric gauge still
user U {
  var n = 0
  task t {
    n += 1
    seen += 2
    value.add(n)
    temperature.add(n - 60)
    even.add(n % 2 == 0)
    level += 1
    if n == 100 { level -= 100; stop user }
  }
}
""")
tap.ok(program, "a scenario with metrics compiles", text)
code, text = run(program, "--users", "8", "--spawn-rate", "1000", "--threads", "4", "--csv", "m")
with open(os.path.join(HERE, "m_metrics.csv")) as file:
    lines = list(csv.reader(file))
tap.equal(lines[0], "Type,Name,Unit,Count,Value,Rate,Average,Min,Max,50%,90%,95%,99%".split(","), "the columns of the CSV file")
rows = {line[1]: dict(zip(lines[0], line)) for line in lines[1:]}
tap.equal(list(rows), ["seen", "value", "temperature", "nothing", "even", "level", "still"], "its lines are in the scenario's order")
tap.equal((rows["seen"]["Type"], rows["seen"]["Unit"], float(rows["seen"]["Value"]), rows["seen"]["Count"]),
          ("counter", "rows", 1600.0, "800"), "a counter is the sum of all threads")
value = rows["value"]
tap.equal((value["Count"], float(value["Average"]), float(value["Min"]), float(value["Max"])), ("800", 50.5, 1.0, 100.0),
          "a trend has all values")
tap.ok(abs(float(value["50%"]) - 50) <= 0.5 and abs(float(value["95%"]) - 95) <= 0.95, "its percentiles are within one percent", value)
tap.ok(abs(float(rows["temperature"]["50%"]) + 10) <= 0.1 and float(rows["temperature"]["Min"]) == -59.0, "values below zero too",
       rows["temperature"])
tap.equal((rows["nothing"]["Count"], rows["nothing"]["Average"], rows["nothing"]["50%"]), ("0", "", ""), "nothing added is nothing shown")
tap.equal((float(rows["even"]["Value"]), rows["even"]["Count"]), (0.5, "800"), "a rate is the share of conditions that held")
tap.equal(float(rows["level"]["Value"]), 0.0, "a gauge is what all threads made of it")
tap.ok(1 <= float(rows["level"]["Max"]) <= 800, "and has its highest value", rows["level"])
tap.equal((rows["still"]["Value"], rows["still"]["Max"]), ("", ""), "a gauge that nobody set has no value")
tap.has(text, "Metrics\n", "the table at the end")

# ---- without metrics no file
program, text = compiled("plain", 'user U { task t { log "said x"; stop test } }')
run(program, "--csv", "p")
tap.ok(not os.path.exists(os.path.join(HERE, "p_metrics.csv")) and os.path.exists(os.path.join(HERE, "p_stats.csv")),
       "a scenario without metrics has no such file")
tap.end()
