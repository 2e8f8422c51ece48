#!/usr/bin/env python3
# runner: alone
"""The shop counts exactly at full speed, and keeps at least a third of nginx's rate beside it."""
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request

from shop import Shop
from tap import diag, done, equal, need_tool, ok, skip, timing

CONNECTIONS = 50
ROUNDS = 3
CONFIG = """
%(user)s daemon off; worker_processes auto; pid %(folder)s/pid; error_log %(folder)s/error.log;
events { worker_connections 4096; }
http {
    access_log off; keepalive_requests 1000000000;
    client_body_temp_path %(folder)s/t1; proxy_temp_path %(folder)s/t2; fastcgi_temp_path %(folder)s/t3;
    uwsgi_temp_path %(folder)s/t4; scgi_temp_path %(folder)s/t5;
    server { listen 127.0.0.1:%(port)d; root %(folder)s/www; }
}
"""


def wrk(url):
    """One second of load: the number of answers, and of answers a second."""
    out = subprocess.run(["wrk", "-t1", "-c%d" % CONNECTIONS, "-d1s", url], stdout=subprocess.PIPE, text=True, check=True,
                         timeout=60).stdout
    if "Socket errors" in out or "Non-2xx" in out:
        diag(out)
    return int(re.search(r"(\d+) requests in", out).group(1)), float(re.search(r"Requests/sec:\s*([\d.]+)", out).group(1))


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Nginx:
    def __init__(self, page):
        self.folder = tempfile.mkdtemp(prefix="nginx-")
        os.chmod(self.folder, 0o755)
        os.mkdir(os.path.join(self.folder, "www"))
        with open(os.path.join(self.folder, "www", "index.html"), "wb") as file:
            file.write(page)
        self.url = "http://127.0.0.1:%d/index.html" % self.start()

    def start(self):
        """A port that was free may be taken a moment later, so that it tries a few."""
        config = os.path.join(self.folder, "nginx.conf")
        for _ in range(5):
            port = free_port()
            with open(config, "w", encoding="ascii") as file:
                file.write(CONFIG % {"folder": self.folder, "port": port, "user": "user root;" if os.getuid() == 0 else ""})
            self.process = subprocess.Popen([shutil.which("nginx") or "/usr/sbin/nginx", "-c", config, "-p", self.folder],
                                            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            give_up = time.monotonic() + 30
            while self.process.poll() is None and time.monotonic() < give_up:
                try:
                    urllib.request.urlopen("http://127.0.0.1:%d/index.html" % port, timeout=5).close()
                    return port
                except OSError:
                    time.sleep(0.05)
            self.process.terminate()
            self.process.wait(60)
        raise RuntimeError("nginx does not start")

    def stop(self):
        self.process.terminate()
        self.process.wait(60)
        shutil.rmtree(self.folder, ignore_errors=True)


need_tool("wrk")
with Shop() as shop:
    with urllib.request.urlopen(shop.url + "/", timeout=60) as answer:
        page = answer.read()
    shop.reset()
    answers, rates = zip(*[wrk(shop.url + "/") for _ in range(ROUNDS)])
    counts = shop.counts()
    ok(sum(answers) <= counts["total"] <= sum(answers) + ROUNDS * CONNECTIONS, "every request is counted at full speed",
       "answers %d" % sum(answers), "counted %d" % counts["total"])
    equal(counts["requests"], {"GET /": counts["total"]}, "under its path")
    equal(counts["connections"]["total"], ROUNDS * CONNECTIONS, "and every connection")
    if os.environ.get("SAN"):
        skip("a third of nginx's rate", "not with sanitizers")
    elif not shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin"):
        skip("a third of nginx's rate", "missing tool nginx")
    else:
        nginx = Nginx(page)
        try:
            beside = [wrk(nginx.url)[1] for _ in range(ROUNDS)]
        finally:
            nginx.stop()
        timing(max(rates) >= max(beside) / 3, "a third of nginx's rate", "shop %.0f/s, nginx %.0f/s" % (max(rates), max(beside)))
done()
