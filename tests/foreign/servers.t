#!/usr/bin/env python3
# runner: timeout=900
"""Every engine against servers we did not write: Apache httpd, Node, HAProxy, Caddy, Python's asyncio (nginx and Python's http.server
stand in nginx.t). Each server keeps a log of its own; what it says is what the rows say. A server that is not there is skipped."""
import collections
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()
LARGE = 200000
SITE = """
user Reader {
  wait 5ms..20ms
  task read weight 3 { get "/index.html" { expect text contains "Hello" and headers["Content-Type"] contains "html" } }
  task missing { get "/nothing-here" { expect status == 404 } }
  task moved { get "/old" { expect status == 200 and url contains "/index.html" } }
  task large { get "/large.txt" { expect len(text) == 200000 } }
  task counted { get "/large.txt" as "large, unread" }
  task head { head "/index.html" { expect size == 0 } }
}
"""
PATHS = {"large, unread": "/large.txt"}


def tool(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


class Foreign:
    """A server: its program, its configuration, how it is started, and the (method, path) of each request in its log."""
    name = program = config = None
    pattern = re.compile(r'"([A-Z]+) (\S+) HTTP/1\.[01]"')

    def __init__(self, root):
        self.folder = os.path.join(st.folder(), "of-" + self.program)
        os.makedirs(self.folder, exist_ok=True)
        self.log = os.path.join(self.folder, "access.log")
        self.file = os.path.join(self.folder, "config")
        for _ in range(3):      # a port that was free may be taken a moment later
            if self.start(root):
                return
            self.end()
        raise OSError("%s does not start: %s" % (self.name, open(self.output.name).read()[-500:]))

    def start(self, root):
        """Whether it listens."""
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        with open(self.file, "w") as file:
            file.write(self.config % {"port": self.port, "folder": self.folder, "root": root, "log": self.log})
        self.output = open(os.path.join(self.folder, "output"), "a")
        self.child = st.spawn(self.command(), stdout=self.output, stderr=subprocess.STDOUT, cwd=self.folder)
        give_up = time.monotonic() + 60
        while self.child.poll() is None and time.monotonic() < give_up:
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return True
            time.sleep(0.02)
        return False

    def end(self):
        self.child.terminate()
        try:
            self.child.wait(60)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.output.close()

    def seen(self):
        with open(self.log, errors="replace") as file:
            return collections.Counter(self.pattern.findall(file.read()))


class Apache(Foreign):
    name = "Apache httpd"
    program = "apache2"
    config = """ServerRoot %(folder)s
PidFile %(folder)s/pid
ServerName 127.0.0.1
Listen 127.0.0.1:%(port)d
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so
LoadModule mime_module /usr/lib/apache2/modules/mod_mime.so
LoadModule deflate_module /usr/lib/apache2/modules/mod_deflate.so
LoadModule filter_module /usr/lib/apache2/modules/mod_filter.so
TypesConfig /dev/null
AddType text/html .html
AddType text/plain .txt
AddOutputFilterByType DEFLATE text/plain text/html
ErrorLog %(folder)s/error.log
CustomLog %(log)s "\\"%%r\\" %%>s"
KeepAlive On
MaxKeepAliveRequests 20
DocumentRoot %(root)s
<Directory %(root)s>
Require all granted
</Directory>
Redirect 302 /old /index.html
"""

    def command(self):
        return [tool("apache2"), "-f", self.file, "-DFOREGROUND"]


class Node(Foreign):
    name = program = "node"
    pattern = re.compile(r"^([A-Z]+) (\S+)$", re.M)
    config = """
const http = require('http'), fs = require('fs'), zlib = require('zlib');
const log = fs.openSync('%(log)s', 'w');
http.createServer((q, a) => {
  fs.writeSync(log, q.method + ' ' + q.url + '\\n');
  if (q.url === '/old') { a.writeHead(302, {Location: '/index.html'}); return a.end(); }
  fs.readFile('%(root)s' + q.url, (wrong, bytes) => {
    if (wrong) { a.writeHead(404); return a.end('none'); }
    a.setHeader('Content-Type', q.url.endsWith('html') ? 'text/html' : 'text/plain');
    if (!(q.headers['accept-encoding'] || '').includes('br') || bytes.length < 1000) return a.end(bytes);
    a.setHeader('Content-Encoding', 'br');
    const packed = zlib.brotliCompressSync(bytes);
    for (let i = 0; i < packed.length; i += 7) a.write(packed.subarray(i, i + 7));
    a.end();
  });
}).listen(%(port)d, '127.0.0.1');
"""

    def command(self):
        return [tool("node"), self.file]


class HAProxy(Foreign):
    name, program = "HAProxy", "haproxy"
    config = """global
    nbthread 1
    log stdout format raw local0
    tune.bufsize 300000
defaults
    mode http
    log global
    option httplog
    timeout client 30s
    timeout server 30s
    timeout connect 5s
    timeout http-keep-alive 30s
frontend site
    bind 127.0.0.1:%(port)d
    http-request redirect location /index.html code 302 if { path /old }
    http-request return status 200 content-type text/html file %(root)s/index.html if { path /index.html }
    http-request return status 200 content-type text/plain file %(root)s/large.txt if { path /large.txt }
    http-request return status 404 content-type text/plain string none
"""

    def command(self):
        return [tool("haproxy"), "-db", "-f", self.file]

    def seen(self):
        self.log = self.output.name
        return super().seen()


class Caddy(Foreign):
    name, program = "Caddy", "caddy"
    config = """{
    admin off
    auto_https off
    storage file_system %(folder)s
}
http://127.0.0.1:%(port)d {
    root * %(root)s
    encode gzip
    redir /old /index.html 302
    file_server
    log {
        output file %(log)s
    }
}
"""

    def command(self):
        return [tool("caddy"), "run", "--adapter", "caddyfile", "--config", self.file]

    def seen(self):
        with open(self.log) as file:
            asked = [json.loads(line).get("request") for line in file]
        return collections.Counter((request["method"], request["uri"]) for request in asked if request)


class Asyncio(Foreign):
    """Bytes of a small server in Python: chunks, HTTP/1.0 now and then, a connection that ends after some answers."""
    name, program = "Python's asyncio", "python3"
    pattern = re.compile(r"^([A-Z]+) (\S+)$", re.M)
    config = """
import asyncio
log = open(%(log)r, "w", buffering=1)
FILES = {"/index.html": b"<h1>Hello</h1>", "/large.txt": b"0123456789" * 20000}
async def serve(reader, writer):
    try:
        for number in range(1, 8):
            head = (await reader.readuntil(b"\\r\\n\\r\\n")).decode()
            method, path, _ = head.split("\\r\\n")[0].split(" ")
            log.write(method + " " + path + "\\n")
            if path == "/old":
                writer.write(b"HTTP/1.1 302 Found\\r\\nLocation: /index.html\\r\\nContent-Length: 0\\r\\n\\r\\n")
                continue
            body = FILES.get(path)
            kind = b"text/html" if path.endswith("html") else b"text/plain"
            status = b"200 OK" if body else b"404 Not Found"
            if number == 7:
                writer.write(b"HTTP/1.0 " + status + b"\\r\\nContent-Type: " + kind + b"\\r\\n\\r\\n" + (b"" if method == "HEAD" else body or b"none"))
                break
            writer.write(b"HTTP/1.1 " + status + b"\\r\\nContent-Type: " + kind + b"\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n")
            if method != "HEAD":
                body = body or b"none"
                for at in range(0, len(body), 9973):
                    piece = body[at:at + 9973]
                    writer.write(b"%%x;n=%%d\\r\\n" %% (len(piece), at) + piece + b"\\r\\n")
                    await writer.drain()
                writer.write(b"0\\r\\nX-Sum: 1\\r\\n\\r\\n")
            await writer.drain()
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()
async def main():
    async with await asyncio.start_server(serve, "127.0.0.1", %(port)d) as server:
        await server.serve_forever()
asyncio.run(main())
"""

    def command(self):
        return [sys.executable, self.file]


def compare(label, seen, run):
    """Every row is what the log says; a redirect's second hop stands in the log at its own path."""
    rows = {key: int(row["Request Count"]) for key, row in run.rows().items()}
    wanted = collections.Counter()
    for (method, name), count in rows.items():
        wanted[method, PATHS.get(name, name)] += count
    wanted["GET", "/index.html"] += rows.get(("GET", "/old"), 0)
    tap.ok(seen == wanted and sum(wanted.values()) > 50, "%s: %d requests, as its log says" % (label, sum(wanted.values())),
           "the log: %s\nthe rows: %s" % (sorted(seen.items()), sorted(wanted.items())))


root = os.path.join(st.folder(), "root")
os.makedirs(root)
os.chmod(st.folder(), 0o755)
with open(os.path.join(root, "index.html"), "w") as page:
    page.write("<h1>Hello</h1>\n" * 100)
with open(os.path.join(root, "large.txt"), "w") as page:
    page.write("0123456789" * (LARGE // 10))
programs = [(name, st.compile_scenario(SITE, "site-" + name, *options)) for name, options in st.engines()]
for kind in (Apache, Node, HAProxy, Caddy, Asyncio):
    if not tool(kind.program):
        tap.skip(kind.name, "missing tool %s" % kind.program if kind.program in ("apache2", "haproxy") else "there is no %s here" % kind.program)
        continue
    for engine, program in programs:
        try:
            server = kind(root)
        except OSError as why:
            tap.ok(False, "%s starts" % kind.name, why)
            break
        run = st.run(program, "--host", "http://127.0.0.1:%d" % server.port, "--users", "20", "--spawn-rate", "200", "--run-time", "2s")
        give_up = time.monotonic() + 10
        while sum(server.seen().values()) < int(run.total()["Request Count"]) and time.monotonic() < give_up:
            time.sleep(0.02)
        server.end()
        label = "%s, %s" % (kind.name, engine)
        tap.ok(run.code == 0, "%s: passed" % label, run.text[-1500:])
        compare(label, server.seen(), run)
        shutil.rmtree(server.folder)
tap.end()
