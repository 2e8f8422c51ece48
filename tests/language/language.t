#!/usr/bin/env python3
# runner: timeout=900
"""Every case of accept/, refuse/ and run/ as a test of its own: run.py does the work, this prints TAP."""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("BUILD", os.path.join(HERE, "..", "..", "build"))


def main():
    swarmc = os.path.join(BUILD, "swarmc")
    child = subprocess.run([sys.executable, os.path.join(HERE, "run.py"), "--swarmc", swarmc, "--verbose", "--build", "--jobs", "3"],
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    count = 0
    for line in child.stdout.splitlines():
        match = re.match(r"(ok  |FAIL) ((?:accept|refuse|run)/[^:]+)(?:: (.*))?$", line)
        if not match:
            if line.startswith("once more "):
                print("# " + line)
            continue
        count += 1
        print("%s %d - %s" % ("ok" if match[1] == "ok  " else "not ok", count, match[2]))
        if match[3]:
            print("# " + match[3])
    print("1..%d" % count)
    return 0 if child.returncode == 0 and count > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
