#!/usr/bin/env python3
# runner: timeout=900
"""Programs that are one static file (swarmc --static): no library is asked for, they run in an empty root, and what cannot be static is
refused with the reason. Host names in them: tests/names."""
import http.server
import os
import shutil
import ssl
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()
if not os.path.exists(os.path.join(st.BUILD, "libswarm-static.a")) or st.SANITIZED:
    print("1..0 # SKIP this build makes no static programs")
    sys.exit(0)

WORDS = """user Visitor {
  task look {
    get "/" { let title = css("title")[0]; let n = regex("<(t.*?)>"); log "words ${upper(title)} ${n}" }
  }
}
"""
LOOK = 'user Visitor { task look { get "/" } }\n'


def swarmc(text, *options, name="s"):
    path = os.path.join(st.folder(), name + ".swarm")
    with open(path, "w") as file:
        file.write(text)
    env = {key: value for key, value in os.environ.items() if key != "SWARMC_HTTP_ENGINE"}
    return subprocess.run([st.SWARMC, "--static", path, "-o", os.path.join(st.folder(), name), *options], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, env=env, cwd=st.folder())


def script(name, text):
    path = os.path.join(st.folder(), name)
    with open(path, "w") as file:
        file.write("#!/bin/sh\n" + text)
    os.chmod(path, 0o755)
    return path


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    BODY = "<html><title>Títle</title></html>".encode("windows-1252")

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=windows-1252")
        self.send_header("Content-Length", str(len(self.BODY)))
        self.end_headers()
        self.wfile.write(self.BODY)

    def log_message(self, *_):
        pass


def serve(context=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return "http%s://127.0.0.1:%d" % ("s" if context else "", server.server_address[1])


# ---- the file
done = swarmc(LOOK, name="look")
tap.equal((done.returncode, done.stdout), (0, ""), "it compiles without a word")
program = os.path.join(st.folder(), "look")
if shutil.which("ldd"):
    said = subprocess.run(["ldd", program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
    tap.has(said, "not a dynamic executable", "ldd finds no library")
done = swarmc(WORDS, name="words")
has_words = not (done.returncode == 3 and "apt-get install" in done.stdout)
if has_words:
    tap.equal((done.returncode, done.stdout), (0, ""), "with css() and regex() too")
else:
    tap.skip("with css() and regex() too", done.stdout.replace("\n", " "))
done = swarmc('import "std/redis"\n' + LOOK + 'user Keeper { task t { let _db = redis.connect("127.0.0.1:1") } }\n', name="redis")
tap.equal((done.returncode, done.stdout), (0, ""), "with std/redis too")

# ---- in an empty root
root = os.path.join(st.folder(), "root")
os.mkdir(root)
for name in ["look"] + ["words"] * has_words:
    os.link(os.path.join(st.folder(), name), os.path.join(root, name))
into = (["chroot"] if os.geteuid() == 0 else ["unshare", "-r", "chroot"]) + [root]


def inside(name, *options, **env):
    return subprocess.run([*into, "/" + name, "--headless", "--iterations", "3", *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60, env=dict(os.environ, **env))


if subprocess.run([*into, "/look", "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
    tap.skip("an empty root", "this user may not change the root")
else:
    shop = st.Shop()
    done = inside("look", "--host", shop.url, "--csv", "/out", "--html", "/out.html", TZ="Europe/Berlin", LC_ALL="de_DE.UTF-8")
    tap.equal(done.returncode, 0, "an empty root: it runs")
    tap.equal(shop.counts()["requests"].get("GET /"), 3, "an empty root: the shop has seen it")
    tap.ok(os.path.getsize(os.path.join(root, "out_stats.csv")) and os.path.getsize(os.path.join(root, "out.html")), "an empty root: reports")
    tap.equal(inside("look", "--host", "http://127.0.0.1:1").returncode, 1, "an empty root: failures are failures")
    tap.equal(inside("look", "--no-such-option").returncode, 2, "an empty root: wrong usage")
    tap.equal(inside("look").returncode, 2, "an empty root: no target")
    if has_words:
        done = inside("words", "--host", serve())
        tap.has(done.stderr, "words TÍTLE title", "an empty root: characters of other encodings, upper case without a locale")
    shop.end()
    if not shutil.which("openssl"):
        tap.skip("an empty root: TLS", "missing tool openssl")
    else:
        cert, key = os.path.join(root, "cert.pem"), os.path.join(root, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout", key,
                        "-out", cert, "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, stderr=subprocess.DEVNULL)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        url = serve(context)
        tap.equal(inside("look", "--host", url, "--ca", "/cert.pem").returncode, 0, "an empty root: TLS with --ca")
        tap.equal(inside("look", "--host", url, SSL_CERT_FILE="/cert.pem").returncode, 0, "an empty root: TLS with SSL_CERT_FILE")
        env = {"SSL_CERT_FILE": "", "SSL_CERT_DIR": ""}
        done = inside("look", "--host", url, **env)
        tap.equal(done.returncode, 1, "an empty root: nobody is trusted without")
        tap.has(done.stderr, "no certificates to trust were found on this machine; --ca FILE or SSL_CERT_FILE names them",
                "an empty root: which is told")

# ---- what cannot be static
done = swarmc('user Behind { http { proxy "http://proxy:3128" }; task look { get "/" } }\n')
tap.equal(done.returncode, 1, "a user of libcurl is refused")
tap.has(done.stdout, "user Behind needs libcurl for `proxy`, which no static program has", "with the reason")
done = swarmc(LOOK, "--http-engine", "curl")
tap.ok(done.returncode == 2 and "a static program has no libcurl" in done.stdout, "--http-engine curl", done.stdout)

lacking = script("lacking", 'for word; do case $word in -lcares | -llzma) echo "ld: cannot find $word: No such file"; bad=1 ;; esac; done\n'
                            '[ -z "$bad" ] || exit 1\nexec cc "$@"\n')
done = swarmc(LOOK, "--cc", lacking)
tap.equal(done.returncode, 3, "a library without its archive")
tap.has(done.stdout, "the static library c-ares is not installed; on Debian and Ubuntu: apt-get install libc-ares-dev", "its package is named")
unneeded = script("unneeded", 'for word; do case $word in -luv) exit 1 ;; -lnothing) echo "ld: cannot find $word: No such file"; exit 1 ;; esac; done\n'
                              'case " $* " in *" -lbrotlicommon "*) echo "ld: cannot find -lbrotlicommon: No such file"; exit 1 ;; esac\nexec cc "$@"\n')
done = swarmc(LOOK, "--cc", unneeded)
tap.equal((done.returncode, done.stdout), (0, ""), "one that the scenario does not need may be missing")

with open(os.path.join(st.folder(), "own.c"), "w") as file:
    file.write('#include <netdb.h>\n#include "own.swarm.h"\n'
               'int64_t own_one(struct swarm_context *context) { (void)context; return gethostbyaddr("", 0, 2) ? 2 : 1; }\n')
OWN = 'extern "C" from "own.c"%s { fn one() -> int }\nuser Visitor { task look { if one() > 0 { get "/" } } }\n'
done = swarmc(OWN % "")
tap.ok(done.returncode == 0 and "the C of this scenario uses gethostbyaddr(), which loads shared libraries" in done.stdout,
       "C of one's own that loads libraries: a warning", done.stdout)
done = swarmc(OWN % ' link "nosuchlibrary"')
tap.ok(done.returncode == 1 and "needs its libraries as archives (libNAME.a)" in done.stdout, "a library of one's own that is no archive", done.stdout)

tap.end()
