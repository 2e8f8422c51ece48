"""Starts the demo shop for a test and asks it what it received. Standard library only.

    with Shop() as shop:            or shop = Shop() … shop.end(); it never outlives the test
        shop.url                    "http://127.0.0.1:PORT"
        shop.counts()               what GET /_counts says, as a dict; of a dead shop what its counts file says
        shop.reset()                all counts to zero
        shop.kill()                 kill -9
        shop.start()                again, on the same port with the same counts
"""
import atexit
import json
import os
import subprocess
import tempfile
import time
import urllib.request

from tap import BUILD


def counts_of(file):
    """What a counts file says, whether its shop lives or not."""
    return json.loads(subprocess.run([Shop.program, "--show-counts", file], check=True, timeout=60, stdout=subprocess.PIPE,
                                     text=True).stdout)


class Shop:
    program = os.environ.get("SWARM_SHOP") or os.path.join(BUILD, "shop")

    def __init__(self, *options, counts=None):
        self.folder = tempfile.TemporaryDirectory(prefix="shop-")
        self.counts_file = counts or os.path.join(self.folder.name, "counts")
        self.options = options
        self.port = 0
        self.process = None
        atexit.register(self.end)
        self.start()

    def start(self):
        port_file = os.path.join(self.folder.name, "port")
        if os.path.exists(port_file):
            os.unlink(port_file)
        if self.process:
            self.process.stdout.close()
        self.process = subprocess.Popen(
            [self.program, "--port", str(self.port), "--counts", self.counts_file, "--port-file", port_file, *self.options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.first_line = self.process.stdout.readline()
        give_up = time.monotonic() + 60
        while not os.path.exists(port_file):
            if self.process.poll() is not None or time.monotonic() > give_up:
                self.end()
                raise RuntimeError("the shop does not start")
            time.sleep(0.01)
        with open(port_file, encoding="ascii") as file:
            self.port = int(file.read())
        self.url = "http://127.0.0.1:%d" % self.port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def counts(self):
        if self.process.poll() is not None:
            return counts_of(self.counts_file)
        with urllib.request.urlopen(self.url + "/_counts", timeout=60) as answer:
            return json.load(answer)

    def reset(self):
        urllib.request.urlopen(urllib.request.Request(self.url + "/_counts/reset", method="POST"), timeout=60).close()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
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
