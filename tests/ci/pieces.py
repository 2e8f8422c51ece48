"""The shell lines in examples/ci/, as (name, script) each, the way the service that runs the file would run them."""
import os
import re

import yaml

from tap import ROOT

FOLDER = os.path.join(ROOT, "examples", "ci")


def text(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


def github():
    """Steps with `run`; each is a script of its own for bash -e, with the job's environment."""
    job = yaml.safe_load(text("github-actions.yml"))["jobs"]["checkout"]
    return dict(job["env"]), [(step.get("name", "step"), "set -eo pipefail\n" + step["run"]) for step in job["steps"] if "run" in step]


def gitlab():
    """before_script and script, line by line in one shell; here each line is a step, so that one can be left out."""
    job = yaml.safe_load(text("gitlab-ci.yml"))["load-test"]
    lines = [("before_script", line) for line in job["before_script"]] + [("script", line) for line in job["script"]]
    return dict(job["variables"]), [(name, "set -e\n" + line) for name, line in lines]


def jenkins():
    """The words of every sh step; a parameter is in its environment."""
    source = text("Jenkinsfile")
    parameters = dict(re.findall(r"string\(name: '(\w+)', defaultValue: '([^']*)'", source))
    scripts = re.findall(r"\bsh '''(.*?)'''|\bsh '((?:[^'\\]|\\.)*)'", source, re.S)
    return parameters, [("sh", "set -e\n" + (long.replace("\\\\", "\\") if long else short)) for long, short in scripts]


def makefile():
    return {}, [("make load-test", "make -f load-test.mk load-test")]


PIECES = {"github-actions.yml": github, "gitlab-ci.yml": gitlab, "Jenkinsfile": jenkins, "load-test.mk": makefile}


def installs(script):
    """Whether it brings swarmc onto the machine; tests/tree.sh runs those, in a Debian of their own."""
    return re.search(r"(?<!\w)\.swarm\b|apt-get", script) is not None
