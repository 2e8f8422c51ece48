"""The server of the benchmark: nginx, one worker on a core of its own, answers from memory, its own count of requests.

    with Server(folder, core=0) as server:
        server.base(tls)       "http://127.0.0.1:PORT" or "https://…"
        server.requests()      how many it has answered, but for those that ask this
        server.connections()   how many are open
        server.answered()      how many connections have had an answer since the tool before was gone
"""
import http.client
import os
import re
import shutil
import socket
import subprocess
import time

SIZES = {"13B": 13, "1KB": 1024, "32KB": 32768}

CONFIG = """daemon off; pid %(folder)s/nginx.pid; error_log %(folder)s/error.log crit;
%(user)sworker_processes 1; worker_cpu_affinity %(affinity)s; worker_rlimit_nofile %(files)d;
events { worker_connections %(connections)d; multi_accept on; }
http {
    map $connection_requests $first { 1 1; default 0; }
    log_format first "."; access_log %(folder)s/answered first if=$first;
    keepalive_requests 1000000000; keepalive_timeout 1h; types { } default_type text/plain;
    client_body_temp_path %(folder)s/a; proxy_temp_path %(folder)s/b; fastcgi_temp_path %(folder)s/c;
    uwsgi_temp_path %(folder)s/d; scgi_temp_path %(folder)s/e;
    open_file_cache max=100 inactive=1h; sendfile off; tcp_nodelay on; client_body_buffer_size 64k;
    ssl_certificate %(folder)s/cert.pem; ssl_certificate_key %(folder)s/key.pem; ssl_protocols TLSv1.3; ssl_session_cache off;
    server {
        listen 127.0.0.1:%(plain)d backlog=16384; listen 127.0.0.1:%(tls)d ssl backlog=16384; root %(folder)s/root;
        location / { }
        location = /journey/products { default_type application/json; add_header Set-Cookie "session=s3cr3t; Path=/; HttpOnly";
            return 200 '{"items":[{"id":"p17","name":"Lamp","price":1999},{"id":"p18","name":"Chair","price":4900}],"total":2}'; }
        location /journey/product/ { default_type application/json;
            return 200 '{"id":"p17","name":"Lamp","price":1999,"stock":12,"tags":["light","desk"]}'; }
        location = /journey/cart { default_type application/json; add_header Set-Cookie "cart=c42; Path=/" always;
            return 201 '{"cartId":"c42","lines":1}'; }
        location /journey/cart/ { default_type application/json; return 200 '{"cartId":"c42","lines":[{"id":"p17","quantity":1}],"sum":1999}'; }
        location = /journey/orders { default_type application/json; return 201 '{"orderId":"o4711","state":"paid"}'; }
    }
    server { listen 127.0.0.1:%(status)d; access_log off; location / { stub_status; } }
}
"""


def nginx():
    return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def free_ports(count):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


class Server:
    def __init__(self, folder, core=0, connections=18000):
        self.folder, self.asked, self.before = folder, 0, 0
        os.makedirs(os.path.join(folder, "root"), exist_ok=True)
        open(os.path.join(folder, "answered"), "w").close()     # two bytes for each connection, at the end of its first answer
        for name, size in SIZES.items():
            with open(os.path.join(folder, "root", name), "w") as file:
                file.write(("Hello, World!" * (size // 13 + 1))[:size])
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                        "-keyout", folder + "/key.pem", "-out", folder + "/cert.pem", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, stderr=subprocess.DEVNULL)
        self.plain, self.tls, self.status = free_ports(3)
        with open(os.path.join(folder, "nginx.conf"), "w") as file:
            file.write(CONFIG % {"folder": folder, "plain": self.plain, "tls": self.tls, "status": self.status, "connections": connections,
                                 "files": connections + 1000, "affinity": format(1 << core, "b"),
                                 "user": "user root; " if os.geteuid() == 0 else ""})
        self.child = subprocess.Popen([nginx(), "-p", folder, "-c", os.path.join(folder, "nginx.conf")], stdin=subprocess.DEVNULL)
        self.link = None
        for _ in range(500):
            try:
                self.ask()
                return
            except OSError:
                time.sleep(0.02)
        raise SystemExit("bench: nginx does not start, see %s/error.log" % folder)

    def base(self, tls):
        return "https://127.0.0.1:%d" % self.tls if tls else "http://127.0.0.1:%d" % self.plain

    def ask(self):
        if self.link is None:
            self.link = http.client.HTTPConnection("127.0.0.1", self.status, timeout=20)
        try:
            self.link.request("GET", "/")
            text = self.link.getresponse().read().decode()
        except (OSError, http.client.HTTPException):
            self.link = None
            raise OSError("no status") from None
        self.asked += 1
        return text

    def requests(self):
        return int(re.search(r"\n\s*\d+ \d+ (\d+)", self.ask()).group(1)) - self.asked

    def connections(self):
        return int(re.search(r"Active connections: (\d+)", self.ask()).group(1)) - 1

    def all_answered(self):
        return os.path.getsize(os.path.join(self.folder, "answered")) // 2

    def answered(self):
        return self.all_answered() - self.before

    def rest(self):
        """Waits until the connections of the tool before are gone."""
        for _ in range(100):
            if self.connections() <= 0:
                break
            time.sleep(0.1)
        self.before = self.all_answered()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait()
