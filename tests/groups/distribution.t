#!/usr/bin/env python3
"""What is picked how often: tasks by weight, groups in groups, `use`, and the edges of a chain, by a chi-square test over the rows.
The seeds are fixed, so a run is the same each time; a wrong distribution is refused with certainty, which is tested too."""
import math
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()
shop = st.Shop()
PICKS = 4000
DOUBT = 1e-4  # a right distribution is below it once in 10,000 seeds
SEEDS = ("1", "2", "12345")


def upper_gamma(a, x):
    """The regularised upper incomplete gamma function: series below a + 1, continued fraction (Lentz) above."""
    if x <= 0:
        return 1.0
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        term = total = 1 / a
        n = a
        while abs(term) > total * 1e-15:
            n += 1
            term *= x / n
            total += term
        return 1 - total * front
    tiny = 1e-300
    b = x + 1 - a
    c, d = 1 / tiny, 1 / b
    fraction = d
    for i in range(1, 1000):
        an = -i * (i - a)
        b += 2
        d = 1 / (an * d + b or tiny)
        c = b + an / c or tiny
        fraction *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return front * fraction


def chance(found, shares):
    """Probability of counts at least as far from the shares, by the chi-square test."""
    total = sum(found.values())
    whole = sum(shares.values())
    if set(found) - set(name for name, share in shares.items() if share):
        return 0.0
    terms = [(found.get(name, 0) - total * share / whole) ** 2 / (total * share / whole) for name, share in shares.items() if share]
    return upper_gamma((len(terms) - 1) / 2, sum(terms) / 2)


def counts(run):
    return {name: int(row["Request Count"]) for (_, name), row in run.rows().items()}


def play(name, source, *options):
    program = st.compile_scenario(source, name)
    for seed in SEEDS:
        run = st.run(program, "--host", shop.url, "--users", "1", "--seed", seed, *options)
        tap.equal(run.code, 0, "%s, seed %s: the run passes" % (name, seed))
        yield seed, counts(run)


def compare(name, source, choices, *options):
    """choices: [(shares, wrong shares)]; a name of several words is the sum of those rows."""
    for seed, found in play(name, source, *options):
        rows = {word for shares, _ in choices for key in shares for word in key.split()}
        tap.ok(set(found) <= rows, "%s, seed %s: nothing else was picked" % (name, seed), repr(found))
        for shares, wrong in choices:
            sums = {key: sum(found.get(word, 0) for word in key.split()) for key in shares}
            sums = {key: n for key, n in sums.items() if n}
            tap.ok(chance(sums, shares) > DOUBT, "%s, seed %s: %s as the weights say" % (name, seed, ", ".join(shares)),
                   "%r against %r" % (sums, shares))
            tap.ok(chance(sums, wrong) < 1e-9, "%s, seed %s: %s, another distribution would be seen" % (name, seed, ", ".join(wrong)),
                   repr(sums))


COUNT = "n += 1; if n == %d { stop test }" % PICKS

compare("tasks", """
user U {
  var n = 0
  task a weight 1 { get "/" as "a"; %s }
  task b weight 3 { get "/" as "b"; %s }
  task c weight 6 { get "/" as "c"; %s }
  task d { get "/" as "d"; %s }
  task never weight 0 { get "/" as "never" }
}
""" % (COUNT, COUNT, COUNT, COUNT), [({"a": 1, "b": 3, "c": 6, "d": 1, "never": 0}, {"a": 1, "b": 3, "c": 5, "d": 2})])

compare("groups", """
user U {
  var n = 0
  task top weight 2 { get "/" as "top"; %s }
  tasks Outer weight 6 {
    task a weight 1 { get "/" as "a"; %s; interrupt }
    tasks Inner weight 2 {
      task b weight 3 { get "/" as "b"; %s; interrupt }
      task c { get "/" as "c"; %s; interrupt }
    }
    journey J weight 3 {
      step one { get "/" as "one"; %s; interrupt }
    }
  }
}
""" % (COUNT, COUNT, COUNT, COUNT, COUNT),
        # Each visit of Outer ends with a, so a counts them; each level is a choice of its own.
        [({"top": 2, "a": 6}, {"top": 3, "a": 5}),
         ({"a": 1, "b c": 2, "one": 3}, {"a": 1, "b c": 3, "one": 2}),
         ({"b": 3, "c": 1}, {"b": 2, "c": 2})])

compare("use", """
tasks One { task t { get "/" as "one"; interrupt } }
tasks Two weight 2 { task t { get "/" as "two"; interrupt } }
user U {
  var n = 0
  use One weight 5
  use Two
  task t weight 3 { get "/" as "t"; %s }
}
""" % COUNT.replace(str(PICKS), str(PICKS * 3 // 10)), [({"one": 5, "two": 2, "t": 3}, {"one": 5, "two": 1, "t": 3})])

compare("tags", """
user U {
  var n = 0
  task a weight 3 tag keep { get "/" as "a"; %s }
  task b weight 2 { get "/" as "b"; %s }
  tasks G weight 2 tag keep {
    task c weight 2 { get "/" as "c"; %s; interrupt }
    task d weight 7 tag out { get "/" as "d"; %s; interrupt }
    task e { get "/" as "e"; %s; interrupt }
  }
}
""" % (COUNT, COUNT, COUNT, COUNT, COUNT), [({"a": 3, "b": 0, "c": 4 / 3, "d": 0, "e": 2 / 3}, {"a": 3, "c": 1, "e": 1})],
        "--tags", "keep", "--exclude-tags", "out")

CHAIN = """
user U {
  var n = 0
  chain Walk {
    var from = "start"
    task a -> a 1, b 3, c { get "/" as "${from} a"; from = "a"; %s }
    task b -> c 2, a 5 { get "/" as "${from} b"; from = "b"; %s }
    task c -> a 1, b 0, d { get "/" as "${from} c"; from = "c"; %s }
    task d -> b { get "/" as "${from} d"; from = "d"; %s }
  }
}
""" % (COUNT, COUNT, COUNT, COUNT)
EDGES = {"a": {"a": 1, "b": 3, "c": 1}, "b": {"c": 2, "a": 5}, "c": {"a": 1, "b": 0, "d": 1}, "d": {"b": 1}}
for seed, found in play("chain", CHAIN):
    steps = {tuple(name.split()): n for name, n in found.items()}
    tap.equal(steps.pop(("start", "a"), 0), 1, "chain, seed %s: it starts at its first task" % seed)
    for source, edges in EDGES.items():
        taken = {to: n for (at, to), n in steps.items() if at == source}
        good = chance(taken, edges) > DOUBT if len(edges) > 1 else set(taken) == set(edges)
        tap.ok(good, "chain, seed %s: from %s as its edges say" % (seed, source), "%r against %r" % (taken, edges))
    tap.ok(chance({to: n for (at, to), n in steps.items() if at == "b"}, {"c": 3, "a": 4}) < 1e-9,
           "chain, seed %s: the test would see other edges" % seed)

shop.end()
tap.end()
