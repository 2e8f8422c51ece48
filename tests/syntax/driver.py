"""Builds the program `parse` (parse_main.c beside this file) against the compiler's objects of the build under test."""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get("SWARM_BUILD") or os.path.join(ROOT, os.environ.get("BUILD", "build")))


def parse_program():
    """Path of the program; SWARM_PARSE names one that is there already. Ends the test when it cannot be built."""
    ready = os.environ.get("SWARM_PARSE")
    if ready:
        return ready
    archive = os.path.join(BUILD, "libswarmc.a")
    program = os.path.join(BUILD, "tests", "parse")
    source = os.path.join(HERE, "parse_main.c")
    if os.path.exists(program) and os.path.getmtime(program) > max(os.path.getmtime(archive), os.path.getmtime(source)):
        return program
    os.makedirs(os.path.dirname(program), exist_ok=True)
    temporary = "%s.%d" % (program, os.getpid())
    command = [os.environ.get("CC", "cc"), "-std=gnu11", "-g", "-D_GNU_SOURCE", "-I" + os.path.join(ROOT, "compiler"), "-o", temporary, source, archive]
    if os.environ.get("SAN"):
        command.append("-fsanitize=" + os.environ["SAN"])
    done = subprocess.run(command + ["-lpcre2-8", "-lm"], stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        print("Bail out! the parse program cannot be built: " + " ".join(done.stderr.split("\n")[:3]))
        sys.exit(1)
    os.rename(temporary, program)
    return program
