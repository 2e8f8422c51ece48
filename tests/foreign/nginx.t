#!/usr/bin/env python3
"""Scenarios against servers we did not write: nginx (static files, gzip, redirects, its own count of requests) and Python's http.server."""
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()


CONFIG = """daemon off; worker_processes 1; pid %(f)s/pid; error_log %(f)s/error.log;
events { worker_connections 1024; }
http { types { text/html html; text/plain txt; } access_log %(f)s/access.log; gzip on; gzip_types text/plain; gzip_min_length 100;
  client_body_temp_path %(f)s/a; proxy_temp_path %(f)s/b; fastcgi_temp_path %(f)s/c; uwsgi_temp_path %(f)s/d; scgi_temp_path %(f)s/e;
  server { listen 127.0.0.1:%(p)d; root %(r)s; location = /old { return 302 /index.html; } } }
"""
SITE = """
option page: string = "index" "which page" one of ["index", "about"]

user Reader {
  wait 10ms..50ms
  task read weight 3 { get "/${page}.html" { expect text contains "Hello" and headers["Content-Type"] contains "html" } }
  task missing { get "/nothing-here" { expect status == 404 } }
  task moved { get "/old" { expect status == 200 and url contains "/index.html" } }
  task large { get "/large.txt" { expect size < 100KB and len(text) == 200000 } }
  task head { head "/index.html" { expect size == 0 } }
}
"""
program = st.compile_scenario(SITE, "site")
root = os.path.join(st.folder(), "root")
os.makedirs(root)
for name in ("index", "about"):
    with open(os.path.join(root, name + ".html"), "w") as file:
        file.write("<h1>Hello from %s</h1>\n" % name)
with open(os.path.join(root, "large.txt"), "w") as file:
    file.write("0123456789" * 20000)

if shutil.which("nginx") or os.path.exists("/usr/sbin/nginx"):
    def nginx(port):
        config = os.path.join(st.folder(), "nginx.conf")
        with open(config, "w") as file:
            file.write(("user root; " if os.geteuid() == 0 else "") + CONFIG % {"f": st.folder(), "p": port, "r": root})
        return [shutil.which("nginx") or "/usr/sbin/nginx", "-c", config, "-p", st.folder()]

    server, port = st.start_server(nginx, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.chmod(st.folder(), 0o755)
    os.chmod(root, 0o755)
    run = st.run(program, "--host", "http://127.0.0.1:%d" % port, "--users", "30", "--spawn-rate", "100", "--run-time", "3s", "--page", "about")
    tap.equal(run.code, 0, "nginx: passed")
    if run.code:
        print("\n".join("# " + line for line in run.text.splitlines()[-25:]))
    server.send_signal(signal.SIGQUIT)      # it ends what it is at
    server.wait()
    with open(os.path.join(st.folder(), "access.log")) as file:
        seen = re.findall(r'"([A-Z]+) (\S+) HTTP/1.1" (\d+)', file.read())
    rows = {key: int(row["Request Count"]) for key, row in run.rows().items()}
    for row, count in sorted(rows.items()):
        got = sum((method, path) == (row[0], row[1].replace("[page]", "about")) for method, path, status in seen)
        tap.equal(got, count, "nginx: %s %s, %d requests, as its log says" % (*row, count)) if row[1] != "/index.html" else None
    hops = sum(path == "/index.html" and method == "GET" for method, path, status in seen)
    tap.equal(hops, rows[("GET", "/old")], "nginx: the hop behind each redirect stands at its own path")
else:
    tap.skip("nginx", "missing tool: nginx")

os.makedirs(os.path.join(root, "files"))
open(os.path.join(root, "files", "one.txt"), "w").close()
server, port = st.start_server(lambda port: [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", root, str(port)],
                               stdout=subprocess.DEVNULL, stderr=open(os.path.join(st.folder(), "python.log"), "w"))
FOLDER = 'user U { wait 20ms; task list { get "/files/" { expect text contains "one.txt" } }; task page { get "/about.html" }; ' \
         'task none { get "/none" { expect status == 404 } } }\n'
run = st.run(st.compile_scenario(FOLDER, "listing"), "--host", "http://127.0.0.1:%d" % port, "--users", "5", "--spawn-rate", "50", "--run-time", "2s")
server.terminate()
server.wait()
tap.equal(run.code, 0, "Python's http.server (it closes after each answer): passed")
with open(os.path.join(st.folder(), "python.log")) as file:
    seen = len(re.findall(r'"GET ', file.read()))
tap.equal(int(run.total()["Request Count"]), seen, "Python's http.server: %d requests, as its log says" % seen)
tap.end()
