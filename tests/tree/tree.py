"""A minimal Debian in a folder, to do there what a person or a CI job does on a fresh machine. Root only; debootstrap makes it once,
as a tar archive in BUILD/tree, and every Tree is a copy of that.

    with Tree() as tree:
        tree.copy_in(source, "/src")
        code, text = tree.run("sh examples/demo.sh", cwd="/src")
"""
import glob
import os
import shutil
import subprocess
import tempfile

SUITE = "bookworm"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def _apt_settings(root):
    """The machine's own way to the package servers: its proxy and sources may be the only one."""
    for path in glob.glob("/etc/apt/apt.conf.d/*proxy*"):
        shutil.copy(path, os.path.join(root, "etc/apt/apt.conf.d"))
    if os.path.exists("/etc/resolv.conf"):
        shutil.copy("/etc/resolv.conf", os.path.join(root, "etc/resolv.conf"))


def _mirror():
    """The server that the machine itself installs from."""
    for path in glob.glob("/etc/apt/sources.list") + sorted(glob.glob("/etc/apt/sources.list.d/*")):
        with open(path, encoding="utf-8") as file:
            for line in file:
                words = line.split()
                if words and words[0] in ("deb", "URIs:"):
                    for word in words[1:]:
                        if word.startswith("http") and "security" not in word:
                            return word
    return "http://deb.debian.org/debian"


def base(build):
    """Path of the archive, made when it is missing."""
    archive = os.path.join(build, "tree", SUITE + ".tar")
    if os.path.exists(archive):
        return archive
    os.makedirs(os.path.dirname(archive), exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["debootstrap", "--variant=minbase", SUITE, folder, _mirror()], check=True, stdout=subprocess.DEVNULL)
        _apt_settings(folder)
        subprocess.run(["tar", "-C", folder, "-cf", archive + ".new", "."], check=True)
    os.rename(archive + ".new", archive)
    return archive


class Tree:
    def __init__(self, build, empty=False):
        self.root = tempfile.mkdtemp(prefix="tree-")
        self.mounted = []
        if not empty:
            subprocess.run(["tar", "-C", self.root, "-xf", base(build)], check=True)
        os.chmod(self.root, 0o755)  # the archive has that of a temporary folder

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.unmount()
        shutil.rmtree(self.root)

    def unmount(self):
        while self.mounted:
            subprocess.run(["umount", self.mounted.pop()], check=True)

    def path(self, inside):
        return os.path.join(self.root, inside.lstrip("/"))

    def mount(self):
        """/proc and a few devices, without which compilers and apt complain."""
        if self.mounted:
            return
        for kind, place in (("proc", "proc"), ("tmpfs", "dev/shm")):
            os.makedirs(self.path(place), exist_ok=True)
            subprocess.run(["mount", "-t", kind, kind, self.path(place)], check=True)
            self.mounted.append(self.path(place))

    def home(self, uid):
        """The home of a user, as the tree's own /etc/passwd has it."""
        try:
            with open(self.path("/etc/passwd"), encoding="utf-8") as file:
                homes = {fields[2]: fields[5] for fields in (line.split(":") for line in file)}
        except FileNotFoundError:
            homes = {}
        return homes.get(str(uid), "/")

    def copy_in(self, source, inside):
        target = self.path(inside)
        os.makedirs(os.path.dirname(target) or self.root, exist_ok=True)
        if os.path.isdir(source):
            shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copy2(source, os.path.join(target, os.path.basename(source)) if os.path.isdir(target) else target)

    def run(self, command, cwd="/", user=None, environment=None, shell=("/bin/sh", "-c"), mount=True):
        """(exit code, what it printed); `command` is a script for the shell, or a list without one."""
        if mount:
            self.mount()
        words = list(command) if isinstance(command, (list, tuple)) else [*shell, command]
        variables = {"PATH": PATH, "HOME": self.home(user[0] if user else 0), "LC_ALL": "C.UTF-8", **(environment or {})}
        ids = {"user": user[0], "group": user[1], "extra_groups": []} if user else {}

        def enter():
            os.chroot(self.root)
            os.chdir(cwd)
            if ids:
                os.setgroups([])
                os.setgid(ids["group"])
                os.setuid(ids["user"])

        done = subprocess.run(words, preexec_fn=enter, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", timeout=1200)
        return done.returncode, done.stdout
