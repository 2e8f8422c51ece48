"""Starts the demo shop for a test and asks it what it received. Standard library only.

    with Shop() as shop:
        shop.url                    "http://127.0.0.1:PORT"
        shop.counts()               what GET /_counts says, as a dict
        shop.reset()                all counts to zero
        shop.kill()                 kill -9; shop.counts_after() still tells, from the counts file
"""
import json
import os
import subprocess
import tempfile
import time
import urllib.request

from tap import BUILD


class Shop:
    program = os.environ.get("SWARM_SHOP") or os.path.join(BUILD, "shop")

    def __init__(self, *options, counts=None, port=0):
        self.folder = tempfile.TemporaryDirectory(prefix="shop-")
        self.counts_file = counts or os.path.join(self.folder.name, "counts")
        port_file = os.path.join(self.folder.name, "port")
        self.process = subprocess.Popen(
            [self.program, "--port", str(port), "--counts", self.counts_file, "--port-file", port_file, *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.first_line = self.process.stdout.readline()
        give_up = time.monotonic() + 60
        while not os.path.exists(port_file):
            if self.process.poll() is not None or time.monotonic() > give_up:
                self.stop()
                raise RuntimeError("the shop does not start")
            time.sleep(0.01)
        with open(port_file, encoding="ascii") as file:
            self.port = int(file.read())
        self.url = "http://127.0.0.1:%d" % self.port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def counts(self):
        with urllib.request.urlopen(self.url + "/_counts", timeout=60) as answer:
            return json.load(answer)

    def reset(self):
        urllib.request.urlopen(urllib.request.Request(self.url + "/_counts/reset", method="POST"), timeout=60).close()

    def counts_after(self):
        """What the counts file says, whether the shop lives or not."""
        return json.loads(subprocess.run([self.program, "--show-counts", self.counts_file], check=True, timeout=60,
                                         stdout=subprocess.PIPE, text=True).stdout)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Ends the shop in order and returns its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process.stdout.close()
        self.folder.cleanup()
        return self.process.returncode
