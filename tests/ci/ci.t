#!/usr/bin/env python3
"""examples/ci/: the files are what their services read, and every line that compiles, runs and judges does so against the shop.
The lines that install swarmc run in a Debian tree: tests/tree.sh."""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap
from shop import Shop

import pypi

pypi.need(os.path.join(os.path.dirname(os.path.abspath(__file__)), "requirements.txt"))
import pieces

REPORTS = ("checkout.json", "checkout.html", "checkout.xml", "checkout_stats.csv")


def repository(folder):
    """A repository of a user: its scenario in load/, and the rules file for make."""
    os.makedirs(os.path.join(folder, "load"))
    shutil.copy(os.path.join(tap.ROOT, "examples", "checkout.swarm"), os.path.join(folder, "load"))
    shutil.copy(os.path.join(pieces.FOLDER, "load-test.mk"), folder)


def run_steps(folder, steps, environment):
    """Runs them until one fails; gives the codes."""
    codes = []
    for name, script in steps:
        done = subprocess.run(["bash", "-c", script], cwd=folder, env=environment, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
        codes.append(done.returncode)
        if done.returncode != 0:
            tap.diag("%s: %s" % (name, script), done.stdout[-1500:])
            break
    return codes


def environment_of(variables, url, users, seconds):
    found = {**os.environ, **variables, "TARGET": url, "USERS": str(users), "SPAWN_RATE": str(users), "RUN_TIME": seconds,
             "PATH": tap.BUILD + ":" + os.environ["PATH"]}
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        found.pop(name, None)
    return found


def try_piece(name, url):
    variables, steps = pieces.PIECES[name]()
    steps = [step for step in steps if not pieces.installs(step[1])]
    environment = environment_of(variables, url, 10, "2s")
    with tempfile.TemporaryDirectory() as folder:
        repository(folder)
        tap.equal(run_steps(folder, steps, environment), [0] * len(steps), "%s: every line succeeds" % name)
        made = {os.path.basename(path) for path in glob.glob(os.path.join(folder, "results", "*"))}
        tap.ok(made.issuperset(REPORTS), "%s: the reports are where the artifacts are taken from" % name, sorted(made))
        judge(name, folder)


def judge(name, folder):
    results = os.path.join(folder, "results")
    try:
        with open(os.path.join(results, "checkout.json"), encoding="utf-8") as file:
            tap.ok(json.load(file), "%s: the JSON report is JSON" % name)
        tap.ok(xml.etree.ElementTree.parse(os.path.join(results, "checkout.xml")).getroot().tag == "testsuites",
               "%s: the JUnit file is JUnit" % name)
    except (OSError, ValueError, xml.etree.ElementTree.ParseError) as error:
        tap.ok(False, "%s: the reports can be read" % name, error)


def fails_when_the_service_is_gone(name):
    variables, steps = pieces.PIECES[name]()
    steps = [step for step in steps if not pieces.installs(step[1])]
    environment = environment_of(variables, "http://127.0.0.1:9", 2, "1s")
    with tempfile.TemporaryDirectory() as folder:
        repository(folder)
        codes = run_steps(folder, steps, environment)
        tap.ok(codes[-1] in (1, 2), "%s: the job fails when requests fail" % name, codes)
        made = {os.path.basename(path) for path in glob.glob(os.path.join(folder, "results", "*"))}
        tap.ok(made.issuperset(REPORTS), "%s: and has its reports all the same" % name, sorted(made))


def check_schemas():
    """Against the schemas of GitHub and GitLab that check-jsonschema (PyPI, pinned) carries."""
    for schema, file in (("vendor.github-workflows", "github-actions.yml"), ("vendor.gitlab-ci", "gitlab-ci.yml")):
        done = subprocess.run([sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, os.path.join(pieces.FOLDER, file)],
                              env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        tap.equal((done.returncode, done.stdout if done.returncode else ""), (0, ""), "%s is what its schema asks for" % file)


def main():
    check_schemas()
    with Shop() as shop:
        for name in pieces.PIECES:
            try_piece(name, shop.url)
    for name in ("github-actions.yml", "load-test.mk"):
        fails_when_the_service_is_gone(name)
    listed = {os.path.basename(path) for path in glob.glob(os.path.join(pieces.FOLDER, "*"))}
    tap.equal(listed - set(pieces.PIECES), {"Dockerfile", "Dockerfile.scenario", "Dockerfile.static", "README.md"}, "every other file is known to a test")
    tap.done()


main()
