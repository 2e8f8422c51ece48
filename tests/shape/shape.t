#!/usr/bin/env python3
"""Shapes as --show-shape draws them: Locust's five examples against its own formulas, second by second; and how it is asked."""
import math
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest  # noqa: E402

USERS = """
target "http://127.0.0.1:9"
user A { wait 1s; task t { get "/a" } }
user B { wait 1s; task t { get "/b" } }
"""

LOCUST = USERS + """
shape DoubleWave {
  every 1s until 10m {
    let x = elapsed / 40s
    let n = round(40 * exp(-pow(x - 5, 2)) + 20 * exp(-pow(x - 10, 2)) + 20)
    users n at n * 1/s
  }
}
shape Stages {
  jump to 10 users at 10/s for 60s
  jump to 50 users at 10/s for 40s
  jump to 100 users at 10/s for 80s
  jump to 30 users at 10/s for 40s
  jump to 10 users at 10/s for 10s
  jump to 1 users at 1/s for 10s
}
shape Steps {
  every 1s until 10m {
    users (floor(elapsed / 30s) + 1) * 10 at 10/s
  }
}
shape Staged {
  jump to 10 users at 10/s for 60s only A
  jump to 40 users at 10/s for 40s only B
  jump to 60 users at 10/s for 80s only A
  jump to 30 users at 10/s for 40s
  jump to 10 users at 10/s for 10s
  jump to 1 users at 1/s for 10s
}
shape WaitUserCount {
  jump to 10 users at 100/s until reached
  hold for 10s
  jump to 20 users at 100/s until reached
  hold for 15s
  jump to 10 users at 100/s until reached
  hold for 10s
}
"""

STAGES = [(60, 10), (100, 50), (180, 100), (220, 30), (230, 10), (240, 1)]


def double_wave(t):
    return round(40 * math.e ** -((t / 40 - 5) ** 2) + 20 * math.e ** -((t / 40 - 10) ** 2) + 20)


def stages(t):
    return next(users for until, users in STAGES if t < until)


def started(length):
    """users that Locust's dispatcher has at each second of the stages: they follow at the rate, the first step at once"""
    level, found = 0, []
    for t in range(length):
        rate = 1 if t >= 230 else 10
        level += max(-rate, min(rate, stages(t) - level))
        found.append(level)
    return found


def steps(t):
    return (math.floor(t / 30) + 1) * 10


def wait_user_count(t):
    return 10 if t < 10 else 20 if t < 25 else 10


def run(program, *arguments):
    done = subprocess.run([program, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def seconds(text):
    found = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", text)
    h, m, s = (int(x or 0) for x in found.groups())
    return h * 3600 + m * 60 + s


def curve(out):
    """[(target, users)] a second, from the lines of the table: one for each second in which something changes"""
    lines = []
    for line in out.splitlines():
        words = line.split()
        if len(words) >= 4 and re.fullmatch(r"(\d+h)?(\d+m)?\d+s", words[0]) and words[1].isdigit():
            lines.append((seconds(words[0]), int(words[1]), int(words[2])))
    values, last = [], None
    for at, target, users in lines:
        while last is not None and len(values) < at:
            values.append(last)
        last = (target, users)
        values.append(last)
    return values


def compare(tap, program, name, reference, length):
    code, out, err = run(program, "--shape", name, "--show-shape")
    found = [target for target, _ in curve(out)][:length]
    wanted = [reference(t) for t in range(length)]
    wrong = [(t, f, w) for t, (f, w) in enumerate(zip(found, wanted)) if f != w]
    tap.ok(code == 0 and len(found) == length and not wrong, "%s gives the reference's users each second (%d s)" % (name, length),
           "exit %d, %d seconds, differs (second, found, wanted): %r\n%s" % (code, len(found), wrong[:5], err))
    return out


def main():
    tap = swarmtest.Tap()
    program = swarmtest.compile_scenario(LOCUST, "locust")
    compare(tap, program, "DoubleWave", double_wave, 600)
    out = compare(tap, program, "Stages", stages, 240)
    compare(tap, program, "Steps", steps, 600)
    staged = run(program, "--shape", "Staged", "--show-shape")[1]
    tap.equal([u for _, u in curve(staged)][:240], started(240),
              "Staged: `only` counts its kinds, so 10 of A, 40 of B beside them, 60 of A are the reference's 10, 50, 100")
    compare(tap, program, "WaitUserCount", wait_user_count, 35)

    tap.equal([u for _, u in curve(out)][:240], started(240), "users follow the target at the rate of the stage, up and down")
    tap.has(out, "jump to 100 users at 10/s for 80s", "the table tells which stage it is")
    tap.ok(out.count("#") > 100 and "+--" in out, "a plot stands under the table")

    code, out, err = run(program, "--show-shape")
    tap.ok(code == 0 and all("Shape " + name in out for name in ("DoubleWave", "Stages", "Steps", "Staged", "WaitUserCount")),
           "without --shape all shapes are shown", err)
    code, out, err = run(program, "--shape", "Step", "--show-shape")
    tap.ok(code == 2 and "did you mean --shape Steps" in err, "an unknown name is a usage error with the nearest one", err)
    code, out, err = run(program)
    tap.ok(code == 2 and "DoubleWave Stages Steps" in err, "several shapes without --shape are a usage error that lists them", err)
    code, out, err = run(program, "--shape", "Steps", "--spawn-rate", "3")
    tap.ok(code == 2 and "--spawn-rate" in err and "--shape" in err, "--spawn-rate beside --shape is one too", err)
    code, out, err = run(program, "--shape", "DoubleWave", "--show-shape", "--run-time", "50s")
    tap.ok(code == 0 and "--run-time" in out and len(curve(out)) == 51, "--run-time caps what is shown", out[-300:])

    plain = swarmtest.compile_scenario(USERS, "plain")
    code, out, err = run(plain, "--show-shape")
    tap.ok(code == 2 and "no shape" in err, "a program without a shape has none to show", err)

    program = swarmtest.compile_scenario(USERS + """
user N { task r { get "/r" }; shape { jump to 2 users at 1/s for 1h } }
shape {
  ramp to 10 users over 10s
  hold for 5s
  ramp to 4 users over 3s only A
  hold for 2s
  jump to 200 users at 1/s for 5s
}
""", "mixed")
    code, out, err = run(program, "--show-shape")
    parts = out.split("The shape of N")
    found = curve(parts[0])
    tap.equal([u for _, u in found[:11]], list(range(11)), "a ramp is a straight line")
    tap.equal([u for _, u in found[10:16]], [10] * 6, "hold keeps the users")
    tap.equal(found[19][1], 9, "only counts its kinds: 5 of A became 4, B stayed")
    tap.has(out, "warning: the stage `jump to 200 users at 1/s for 5s` ends with", "a stage that ends short of its target is told")
    tap.equal(curve(parts[1])[:3], [(2, 1), (2, 2), (2, 2)], "a kind's own shape is shown beside it")

    program = swarmtest.compile_scenario(USERS + """
option top: int = 20 "the most"
shape { arrive 2/s for 5s; arrive 2/s -> 10/s over 4s; hold for 2s; at most top users }
""", "arrivals")
    code, out, err = run(program, "--show-shape")
    lines = [line.split() for line in out.splitlines() if re.match(r"\s*\d+s +\d+ +\d+", line)]
    tap.ok(code == 0 and lines and lines[-1][2] == "54", "arrivals: 10, then 24 while the rate grows, then 20", out)

    program = swarmtest.compile_scenario(USERS + """
option part: int = 0 "divides"
shape { every 1s until 10s { users floor(10 / part) at 1/s } }
""", "fails")
    code, out, err = run(program, "--show-shape")
    tap.ok(code == 1 and "fails.swarm:7" in err, "an error in a formula is told with its line", err)
    code, out, err = run(program, "--show-shape", "--part", "2")
    tap.ok(code == 0 and curve(out)[0][0] == 5, "formulas see options", out[:300] + err)

    program = swarmtest.compile_scenario(USERS + """
option n: int = -1 "users"
shape { jump to n users for 1s }
""", "negative")
    code, out, err = run(program)
    tap.ok(code == 2 and "negative.swarm:7" in err and "found -1" in err, "a computed number that cannot be is a usage error with its line", err)
    tap.end()


if __name__ == "__main__":
    main()
