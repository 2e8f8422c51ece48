"""Builds tests/http/probe.c, which drives an engine through exchange.h, and runs it. Standard library only."""
import json
import os
import subprocess

from tap import BUILD, ROOT

OPTIONS = ["-std=gnu11", "-g", "-D_GNU_SOURCE", "-I" + os.path.join(ROOT, "runtime", "include"), "-I" + os.path.join(ROOT, "runtime")]
PACKAGES = ["libcurl", "libuv", "libpcre2-8", "libssl", "libcrypto", "zlib", "libbrotlidec", "libpsl"]


def build():
    """The probe, linked with the library under test and with the flags that it was made with."""
    target = os.path.join(os.environ.get("TMPDIR", "/tmp"), "probe")
    libs = subprocess.run(["pkg-config", "--cflags", "--libs", *PACKAGES], stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    sanitize = ["-fsanitize=" + os.environ["SAN"]] if os.environ.get("SAN") else []
    subprocess.run([os.environ.get("CC", "cc"), *OPTIONS, *sanitize, "-o", target, os.path.join(ROOT, "tests", "http", "probe.c"),
                    os.path.join(BUILD, "libswarm.a"), *libs, "-lpthread", "-lm"], check=True)
    return target


def engines(program):
    """The engines that the probe was built with."""
    return subprocess.run([program, "--engines"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()


def play(program, engine, steps, *options, limit=170):
    """(exit code, the answers to the steps, what it said on stderr)."""
    run = subprocess.run([program, engine, *options], input="".join(step + "\n" for step in steps), stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True, timeout=limit)
    return run.returncode, [json.loads(line) for line in run.stdout.splitlines()], run.stderr
