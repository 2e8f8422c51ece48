"""Carries out a Dockerfile in Debian trees: FROM, ARG, COPY, RUN, USER, WORKDIR, ENTRYPOINT and CMD, as far as ours use them. There is
no Docker engine on a test machine; what counts is that every line works on the image it names."""
import glob
import json
import os
import shlex
import subprocess

from tree import Tree


class Image:
    def __init__(self, tree):
        self.tree, self.user, self.folder = tree, (0, 0), "/"
        self.entrypoint, self.command, self.arguments = [], [], {}

    def start(self, *arguments, environment=None, mount=True):
        """What `docker run IMAGE arguments…` does: (exit code, text)."""
        return self.tree.run(self.entrypoint + (list(arguments) or self.command), cwd=self.folder, user=self.user,
                             environment=environment, mount=mount)


def instructions(path):
    """(WORD, rest) of each, comments away and continued lines joined."""
    with open(path, encoding="utf-8") as file:
        text = "".join(line for line in file if not line.startswith("#"))
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word.upper(), rest.strip()


def _user(tree, name):
    if name.replace(":", "").isdigit():
        uid, _, gid = name.partition(":")
        return int(uid), int(gid or 0)
    with open(tree.path("/etc/passwd"), encoding="utf-8") as file:
        for line in file:
            fields = line.split(":")
            if fields[0] == name:
                return int(fields[2]), int(fields[3])
    raise KeyError("no user " + name)


class Build:
    """One build. `images` are those that FROM may name; `log` is called with every instruction."""

    def __init__(self, build, context, images=None, arguments=None, log=print):
        self.build, self.context, self.images = build, context, images or {}
        self.given, self.log, self.stages, self.trees = arguments or {}, log, {}, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for tree in self.trees:
            tree.__exit__()

    def carry_out(self, path):
        image = None
        for word, rest in instructions(path):
            self.log("%s %s" % (word, rest))
            image = getattr(self, "_" + word.lower())(image, rest)
        return image

    def _from(self, _, rest):
        name, _, stage = rest.partition(" AS ")
        tree = Tree(self.build, empty=name == "scratch" or name in self.images)
        self.trees.append(tree)
        image = Image(tree)
        if name in self.images:
            origin = self.images[name]
            origin.tree.unmount()
            subprocess.run(["cp", "-a", origin.tree.root + "/.", tree.root], check=True)    # with devices as devices
            image.user, image.folder = origin.user, origin.folder
        elif name != "scratch" and not name.startswith("debian:12"):
            raise ValueError("the tests have no image " + name)
        self.stages[stage or name] = image
        return image

    def _arg(self, image, rest):
        name, _, default = rest.partition("=")
        image.arguments[name] = self.given.get(name, default)
        return image

    def _workdir(self, image, rest):
        image.folder = rest
        os.makedirs(image.tree.path(rest), exist_ok=True)
        return image

    def _user(self, image, rest):
        image.user = _user(image.tree, rest)
        return image

    def _copy(self, image, rest):
        words = shlex.split(rest)
        root = self.context
        if words[0].startswith("--from="):
            root = self.stages[words.pop(0)[len("--from="):]].tree.root
        *sources, target = words
        target = os.path.join(image.folder, target)
        for source in sources:
            found = glob.glob(os.path.join(root, source.lstrip("/")))
            if not found:
                raise FileNotFoundError("COPY %s: no %s" % (rest, source))
            for path in found:
                image.tree.copy_in(os.path.realpath(path) if os.path.islink(path) else path, target)
        return image

    def _run(self, image, rest):
        code, text = image.tree.run(rest, cwd=image.folder, user=image.user, environment=image.arguments)
        if code != 0:
            raise RuntimeError("RUN %s\nexit code %d\n%s" % (rest, code, text[-3000:]))
        return image

    def _entrypoint(self, image, rest):
        image.entrypoint = json.loads(rest)
        return image

    def _cmd(self, image, rest):
        image.command = json.loads(rest)
        return image
