#!/usr/bin/env python3
""".ci/install-deps with an apt of our own: what it installs, and what it says and returns where it cannot."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from tap import ROOT, done, equal, like, ok, unlike

SCRIPT = os.path.join(ROOT, ".ci", "install-deps")
with open(SCRIPT, encoding="utf-8") as file:
    NEEDED = [word.split("|")[0] for word in re.search(r"compile_packages='(.*?)'", file.read(), re.S).group(1).split()]

# $FAKE_INSTALLED and $FAKE_SERVED are files with a name a line; an apt-get that installs adds to the first one.
FAKES = {
    "dpkg-query": "sed 's/^/installed /' \"$FAKE_INSTALLED\"\n",
    "apt-cache": "grep -qx \"$2\" \"$FAKE_SERVED\" && printf '%s:\\n  Candidate: 1.0\\n' \"$2\"\n",
    "apt-get": """echo "$*" >>"$FAKE_CALLS"
case " $* " in
*' update '*) [ -z "$FAKE_UNREACHABLE" ] ;;
*' --assume-no '*) echo 'Need to get 12 kB of archives.' ;;
*' install '*) for word; do grep -x -- "$word" "$FAKE_SERVED"; done >>"$FAKE_INSTALLED" ;;
esac
""",
    "id": "echo \"$FAKE_UID\"\n",
}
SUDO = {"sudo": "[ -z \"$FAKE_REFUSED\" ] && exec \"$@\"; echo 'sudo: a password is required' >&2; exit 1\n"}


class Machine:
    """One that has the packages `installed` and whose servers have `served`."""

    def __init__(self, installed, served, fakes, **variables):
        with tempfile.TemporaryDirectory() as folder:
            for name, script in fakes.items():
                path = os.path.join(folder, name)
                with open(path, "w") as file:
                    file.write("#!/bin/sh\n" + script)
                os.chmod(path, 0o755)
            for name in ("sh", "sed", "grep", "tr", "env", "true"):
                os.symlink(shutil.which(name), os.path.join(folder, name))
            files = {name: os.path.join(folder, name + ".list") for name in ("installed", "served", "calls")}
            for name, lines in (("installed", installed), ("served", served), ("calls", [])):
                with open(files[name], "w") as file:
                    file.write("".join(line + "\n" for line in lines))
            paths = {"FAKE_" + name.upper(): path for name, path in files.items()}
            told = subprocess.run([os.path.join(folder, "sh"), SCRIPT, "--compile"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, env={"PATH": folder, "FAKE_UID": "0", **paths, **variables})
            self.code, self.text = told.returncode, told.stdout
            with open(files["calls"]) as file:
                self.calls = [line.split() for line in file]
            self.installing = [call for call in self.calls if "install" in call and "-y" in call]


machine = Machine(NEEDED, [], FAKES)
equal((machine.code, machine.calls), (0, []), "where all is there apt-get is not asked")
like(machine.text, "everything is there", "and it says so")

machine = Machine(NEEDED[1:], NEEDED, FAKES)
equal(machine.code, 0, "what is missing is installed")
equal([call[-1] for call in machine.installing], NEEDED[:1], "and nothing else")
like(machine.text, "install-deps: Need to get 12 kB of archives.\n", "how much that is is told before")
like(machine.text, "everything is there now", "and that it went well")

machine = Machine(NEEDED[2:], NEEDED[1:], FAKES)
equal([call[-1] for call in machine.installing], NEEDED[1:2], "a package that the servers lack keeps no other away")
equal(machine.code, 4, "but it is missing")
like(machine.text, "do not have (on Ubuntu: is universe among the sources?): %s\n" % NEEDED[0], "it is named")

machine = Machine([], [], FAKES, FAKE_UNREACHABLE="yes")
equal((machine.code, machine.installing), (4, []), "without a network nothing is installed")
like(machine.text, "the package servers could not be reached, or do not have: ", "and it says why")
unlike(machine.text, "universe", "not guessing at something else")

machine = Machine(NEEDED[1:], NEEDED, FAKES, FAKE_UNREACHABLE="yes")
equal(machine.code, 0, "one server that does not answer matters only to its packages")

machine = Machine(NEEDED[2:], NEEDED, FAKES, FAKE_UID="1000")
equal((machine.code, machine.calls), (1, []), "somebody who is not root, without sudo, gets nothing installed")
like(machine.text, "have somebody run: apt-get update && apt-get install --no-install-recommends %s\n" % " ".join(NEEDED[:2]),
     "but a line to hand on")

machine = Machine(NEEDED[1:], NEEDED, {**FAKES, **SUDO}, FAKE_UID="1000")
equal((machine.code, [call[-1] for call in machine.installing]), (0, NEEDED[:1]), "with sudo it is installed")
machine = Machine(NEEDED[1:], NEEDED, {**FAKES, **SUDO}, FAKE_UID="1000", FAKE_REFUSED="yes")
equal((machine.code, machine.calls), (1, []), "where sudo refuses nothing is tried")
like(machine.text, "sudo does not let you", "and that is said")
ok("servers" not in machine.text, "and not that servers did not answer", machine.text)
done()
