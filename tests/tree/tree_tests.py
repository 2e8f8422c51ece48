"""What can only be shown on a machine that has nothing: run by tests/tree.sh. Each part gets a minimal Debian of its own."""
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[1:1] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "ci"), HERE]
import tap
import pypi

pypi.need(os.path.join(HERE, "..", "ci", "requirements.txt"))
import dockerfile
import pieces
from shop import Shop
from tree import PATH, Tree

LOAD = {"USERS": "5", "SPAWN_RATE": "5", "RUN_TIME": "2s"}


def clone(folder):
    """What is committed, as a stranger would get it."""
    target = os.path.join(folder, "swarm")
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", tap.ROOT, target], check=True)
    return target


def progress(text):
    print("# " + text, flush=True)


def readme(source):
    """The README's first command, with nothing there but git's files."""
    with Tree(tap.BUILD) as tree:
        tree.copy_in(source, "/src")
        progress("sh examples/demo.sh")
        code, text = tree.run("sh examples/demo.sh", cwd="/src")
        tap.equal(code, 0, "the README's first command ends with 0") or tap.diag(text[-3000:])
        tap.like(text, "Aggregated", "and in the statistics tables")
        install_elsewhere(tree)


def install_elsewhere(tree):
    """An installed swarmc works from any folder, for a user without rights, after the sources are gone."""
    code, text = tree.run("make -s install PREFIX=/usr/local && rm -rf /src && useradd -m eve", cwd="/src")
    tap.equal(code, 0, "make install") or tap.diag(text[-2000:])
    script = "swarmc new visit && swarmc visit.swarm -o visit && ./visit --version && swarmc run visit.swarm -- --list"
    code, text = tree.run(script, cwd="/home/eve", user=(1000, 1000), environment={"HOME": "/home/eve"})
    tap.equal(code, 0, "somebody else compiles and runs with it") or tap.diag(text[-2000:])


def user_repository(tree, source):
    """A repository with a scenario in load/, and Swarm's where the files of examples/ci take it from."""
    tree.copy_in(os.path.join(source, "examples", "checkout.swarm"), "/repo/load/checkout.swarm")
    subprocess.run(["git", "clone", "-q", "--bare", source, tree.path("/swarm.git")], check=True)


def gitlab_job(source, url):
    variables, steps = pieces.gitlab()
    script = "set -e\n" + "\n".join(step.split("\n", 1)[1] for _, step in steps)
    with Tree(tap.BUILD) as tree:
        user_repository(tree, source)
        progress("the GitLab job")
        code, text = tree.run(script, cwd="/repo", environment={**variables, **LOAD, "TARGET": url, "SWARM_REPOSITORY": "file:///swarm.git"})
        tap.equal(code, 0, "the GitLab job, from its first line") or tap.diag(text[-3000:])
        tap.ok(os.path.exists(tree.path("/repo/results/checkout.xml")), "its JUnit file is there")


def runner_user(tree):
    """GitHub's runner: an ordinary user who may become root without a password, and owns the repository."""
    script = "apt-get update -qq && apt-get install -qq -y sudo bash && useradd --create-home --uid 1000 ci"
    code, text = tree.run(script + " && echo 'ci ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/ci && chown -R ci:ci /repo && install -d -o ci /run/github")
    tap.equal(code, 0, "a user as GitHub's runner has") or tap.diag(text[-2000:])


def added_path(tree):
    """What the steps so far wrote to GITHUB_PATH, the newest first: the runner puts it before PATH of the next step."""
    try:
        with open(tree.path("/run/github/path"), encoding="utf-8") as file:
            return [line.strip() for line in file][::-1]
    except FileNotFoundError:
        return []


def github_job(source, url):
    variables, steps = pieces.github()
    with Tree(tap.BUILD) as tree:
        user_repository(tree, source)
        tree.copy_in(source, "/repo/.swarm")
        progress("the GitHub job")
        runner_user(tree)
        environment = {**variables, **LOAD, "TARGET": url, "GITHUB_PATH": "/run/github/path", "GITHUB_ACTIONS": "true",
                       "GITHUB_STEP_SUMMARY": "/run/github/summary.md"}
        for name, step in steps:
            environment["PATH"] = ":".join(added_path(tree) + [PATH])
            code, text = tree.run(step, cwd="/repo", user=(1000, 1000), environment=environment, shell=("/bin/bash", "-ec"))
            tap.equal(code, 0, "the GitHub job: %s" % name) or tap.diag(text[-3000:])
        tap.ok(os.path.exists(tree.path("/run/github/summary.md")), "it has a summary")


def images(source, url):
    """The Dockerfiles: swarmc in one, a scenario alone in the others, each as an ordinary user."""
    progress("examples/ci/Dockerfile")
    with dockerfile.Build(tap.BUILD, source, log=progress) as build:
        swarm = build.carry_out(os.path.join(source, "examples/ci/Dockerfile"))
        tap.ok(swarm.user[0] != 0, "the image of swarmc works as an ordinary user")
        code, text = swarm.start("--version")
        tap.equal(code, 0, "swarmc runs in its image") or tap.diag(text)
        jenkins_stages(source, swarm, url)
        with tempfile.TemporaryDirectory() as context:
            os.makedirs(os.path.join(context, "load"))
            shutil.copy(os.path.join(source, "examples/checkout.swarm"), os.path.join(context, "load"))
            scenario_image(context, swarm, url)
            static_image(context, swarm, url)


def jenkins_stages(source, swarm, url):
    """The Jenkinsfile's agent is the image of swarmc, with the repository mounted."""
    variables, steps = pieces.jenkins()
    swarm.tree.copy_in(os.path.join(source, "examples", "checkout.swarm"), "/jenkins/load/checkout.swarm")
    for top, folders, _ in os.walk(swarm.tree.path("/jenkins")):
        for folder in [top] + [os.path.join(top, name) for name in folders]:
            os.chown(folder, *swarm.user)
    for name, step in steps:
        code, text = swarm.tree.run(step, cwd="/jenkins", user=swarm.user, environment={**variables, **LOAD, "TARGET": url})
        tap.equal(code, 0, "the Jenkins pipeline: %s" % step.splitlines()[1].strip()[:60]) or tap.diag(text[-2000:])
    tap.ok(os.path.exists(swarm.tree.path("/jenkins/results/checkout.xml")), "its JUnit file is there")
    shutil.rmtree(swarm.tree.path("/jenkins"))


def scenario_image(context, swarm, url):
    with dockerfile.Build(tap.BUILD, context, images={"swarm": swarm}, log=progress) as build:
        alone = build.carry_out(os.path.join(tap.ROOT, "examples/ci/Dockerfile.scenario"))
        tap.ok(alone.user[0] != 0, "the image of a scenario works as an ordinary user")
        added = [alone.tree.path("/usr/local/bin"), alone.tree.path("/usr/local/lib")]
        size = sum(os.path.getsize(os.path.join(folder, name)) for top in added for folder, _, names in os.walk(top) for name in names)
        tap.ok(size < 40 * 1024 * 1024, "and adds little to Debian's", "%d bytes" % size)
        progress("%d bytes beside Debian" % size)
        tap.ok(not os.path.exists(alone.tree.path("/usr/bin/gcc")), "no compiler is in it")
        code, text = alone.start("--headless", "--users", "5", "--spawn-rate", "5", "--run-time", "2s", "--host", url, mount=False)
        tap.equal(code, 0, "the scenario runs with nothing beside it") or tap.diag(text[-2000:])


def static_image(context, swarm, url):
    with dockerfile.Build(tap.BUILD, context, images={"swarm": swarm}, log=progress) as build:
        alone = build.carry_out(os.path.join(tap.ROOT, "examples/ci/Dockerfile.static"))
        tap.ok(alone.user[0] != 0, "the image of a static scenario works as an ordinary user")
        names = [name for _, _, names in os.walk(alone.tree.root) for name in names]
        tap.equal(sorted(names), ["ca-certificates.crt", "scenario"], "and has two files")
        code, text = alone.start("--headless", "--users", "5", "--spawn-rate", "5", "--run-time", "2s", "--host", url, mount=False)
        tap.equal(code, 0, "the static scenario runs") or tap.diag(text[-2000:])


PARTS = {"readme": lambda source, url: readme(source), "gitlab": gitlab_job, "github": github_job, "images": images}


def main():
    if os.geteuid() != 0:
        tap.skip_all("only root can change into a tree")
    tap.need_tool("debootstrap", "git")
    wanted = sys.argv[1:] or list(PARTS)
    with tempfile.TemporaryDirectory() as folder, Shop() as shop:
        source = clone(folder)
        for name in wanted:
            PARTS[name](source, shop.url)
    tap.done()


main()
