#!/usr/bin/env python3
"""TLS of every HTTP engine: certificates, names, the client's own, ends of connections, sessions that are resumed."""
import os
import shutil
import ssl
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import probe as probe_program
from tap import done, equal, like, ok, skip, skip_all
from wire import BYE, CLOSE, RESET, Wire, plain

if not shutil.which("openssl"):
    skip_all("missing tool openssl")
    sys.exit(0)
PROGRAM = probe_program.build()
WORK = os.environ.get("TMPDIR", "/tmp")


def probe(engine, steps, *options):
    code, answers, said = probe_program.play(PROGRAM, engine, steps, *options, limit=150)
    if code != 0 or len(answers) != len(steps):
        ok(False, "the probe answers every step", "exit %d, %d of %d answers" % (code, len(answers), len(steps)), said[-2000:])
    return answers


def certificate(name, *more):
    base = os.path.join(WORK, name)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout",
                    base + ".key", "-out", base + ".pem", "-subj", "/CN=" + name, *more], check=True, stderr=subprocess.DEVNULL)
    return base + ".pem", base + ".key"


OWN, KEY = certificate("good", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost")
NAMED, NAMED_KEY = certificate("named", "-addext", "subjectAltName=DNS:localhost")
CLIENT, CLIENT_KEY = certificate("client")


def context(pair=(OWN, KEY), **settings):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*pair)
    for name, value in settings.items():
        setattr(made, name, value)
    return made


LARGE = bytes(range(256)) * 12000
ANSWERS = {
    "length": ([plain(b"hello")], dict(error="ok", body="hello")),
    "length-cut": ([plain(b"hello"), CLOSE], dict(error="ok", body="hello")),
    "end": ([b"HTTP/1.1 200 OK\r\n\r\nto the end", BYE], dict(error="ok", body="to the end")),
    "end-cut": ([b"HTTP/1.1 200 OK\r\n\r\nto the end", CLOSE], dict(error="incomplete")),
    "short": ([b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", BYE], dict(error="incomplete")),
    "short-cut": ([b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", CLOSE], dict(status=200)),
    "nothing": ([BYE], dict(error="closed")),
    "nothing-cut": ([CLOSE], dict(status=0)),
    "reset": ([b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", RESET], dict()),
    "bytes": ([plain(b"hello")[i:i + 1] for i in range(len(plain(b"hello")))], dict(error="ok", body="hello")),
    "close": ([plain(b"last", b"200 OK", b"Connection: close"), BYE], dict(error="ok", body="last")),
    "large": ([plain(LARGE)], dict(error="ok", received=len(LARGE))),
}


def check_answers(engine):
    server = Wire(lambda request: ANSWERS[request.target[1:]][0], context())
    got = probe(engine, ["GET %s/%s 0" % (server.url, name) for name in ANSWERS], "--ca", OWN)
    for (name, (_, want)), answer in zip(ANSWERS.items(), got):
        if name == "end-cut" and engine == "libcurl":
            continue  # it takes that for the end
        good = answer["done"] == 1 and answer["stamps"] and all(answer[key] == value for key, value in want.items())
        ok(good and ("error" in want or answer["error"] != "ok"), "%s: over TLS: %s" % (engine, name), "want %r" % want, answer)
    server.close()
    server = Wire(lambda request: [plain(b"%d" % len(request.body))], context())
    got = probe(engine, ["POST %s/ 0 60000 %s" % (server.url, "x" * 2000000), "POST %s/ 0 60000 y" % server.url], "--ca", OWN)
    equal([a["body"] for a in got], ["2000000", "1"], "%s: a large request over TLS" % engine)
    server.close()
    server = Wire(lambda request: [plain(LARGE[:300000])], context())
    got = probe(engine, ["many 60 20 GET %s/" % server.url], "--ca", OWN)[0]
    equal((got["ok"], got["failed"]), (60, 0), "%s: many connections at the same time do not mix what they read" % engine)
    equal(server.connections, 20, "%s: and keep their connections" % engine)
    server.close()


def check_names(engine):
    asked = []
    by_name = context((NAMED, NAMED_KEY))
    by_name.sni_callback = lambda connection, name, _: asked.append(name)
    server = Wire(lambda request: [plain(b"ok")], by_name)
    got = probe(engine, ["GET https://localhost:%d/ 0" % server.port, "GET https://LOCALHOST:%d/ 1" % server.port,
                         "GET https://127.0.0.1:%d/ 2" % server.port], "--ca", NAMED)
    equal([a["error"] for a in got], ["ok", "ok", "certificate"], "%s: the name must stand in the certificate, an address too" % engine)
    like(got[2]["text"], "no name in the certificate matches '127.0.0.1'", "%s: says which" % engine)
    equal([name and name.lower() for name in asked], ["localhost", "localhost", None], "%s: names are told (SNI), addresses are not" % engine)
    server.close()
    old = Wire(lambda request: [plain(b"ok")], context(maximum_version=ssl.TLSVersion.TLSv1_2))
    got = probe(engine, ["GET %s/ 0" % old.url, "GET %s/ 0" % old.url], "--ca", OWN)
    equal([a["error"] for a in got], ["ok", "ok"], "%s: TLS 1.2" % engine)
    old.close()
    picked = context()
    picked.set_alpn_protocols(["h2", "http/1.1"])
    server = Wire(lambda request: [plain(b"ok")], picked)
    equal(probe(engine, ["GET %s/ 0" % server.url], "--ca", OWN)[0]["error"], "ok", "%s: a server that would rather speak HTTP/2" % engine)
    server.close()


def check_client(engine):
    strict = context(verify_mode=ssl.CERT_REQUIRED)
    strict.load_verify_locations(CLIENT)
    server = Wire(lambda request: [plain(b"ok")], strict)
    got = probe(engine, ["GET %s/ 0" % server.url], "--ca", OWN, "--cert", CLIENT, "--key", CLIENT_KEY)[0]
    equal(got["error"], "ok", "%s: a client certificate" % engine)
    ok(server.log and server.log[0].peer, "%s: which the server has seen" % engine)
    got = probe(engine, ["GET %s/ 0" % server.url], "--ca", OWN)[0]
    ok(got["error"] in ("tls", "reset"), "%s: without one the server breaks off" % engine, got)
    strict.maximum_version = ssl.TLSVersion.TLSv1_2
    got = probe(engine, ["GET %s/ 0" % server.url], "--ca", OWN)[0]
    equal((got["error"], got["sends"]), ("tls", 0), "%s: in TLS 1.2 that is a failed handshake" % engine)
    like(got["text"], "alert handshake failure", "%s: says what the server said" % engine)
    got = probe(engine, ["GET %s/ 0" % server.url], "--ca", OWN, "--cert", CLIENT, "--key", KEY)[0]
    equal((got["error"], got["sends"]), ("tls", 0), "%s: a key of another certificate" % engine)
    locked = os.path.join(WORK, "locked.key")
    subprocess.run(["openssl", "ec", "-in", CLIENT_KEY, "-aes128", "-passout", "pass:secret", "-out", locked], check=True, stderr=subprocess.DEVNULL)
    got = probe(engine, ["GET %s/ 0" % server.url], "--ca", OWN, "--cert", CLIENT, "--key", locked)[0]
    equal((got["error"], got["sends"]), ("tls", 0), "%s: a key with a password is not asked for" % engine)
    got = probe(engine, ["GET %s/ 0" % server.url], "--ca", os.path.join(WORK, "good.key"))[0]
    equal((got["error"], got["sends"]), ("tls", 0), "%s: a CA file that is none" % engine)
    like(got["text"], "good.key", "%s: names it" % engine)
    server.close()


def check_resume(engine):
    for version, name in ((ssl.TLSVersion.TLSv1_3, "TLS 1.3"), (ssl.TLSVersion.TLSv1_2, "TLS 1.2")):
        server = Wire(lambda request: [plain(b"ok", b"200 OK", b"Connection: close"), BYE], context(maximum_version=version))
        steps = ["GET %s/ 0" % server.url, "GET %s/ 0" % server.url, "GET %s/ 0" % server.url, "GET %s/ 1" % server.url]
        probe(engine, steps, "--ca", OWN)
        equal([r.reused for r in server.log], [False] * 4, "%s: %s: each connection is a new visitor" % (engine, name))
        server.log.clear()
        probe(engine, steps, "--ca", OWN, "--resume")
        equal([r.reused for r in server.log], [False, True, True, False], "%s: %s: sessions are resumed, each user its own" % (engine, name))
        server.close()
    server = Wire(lambda request: [plain(b"ok"), CLOSE], context())
    got = probe(engine, ["GET %s/ 0" % server.url] + ["wait 20", "GET %s/ 0" % server.url] * 2, "--ca", OWN, "--resume")
    equal([a["error"] for a in got[::2]], ["ok"] * 3, "%s: a server that cuts connections off" % engine)
    server.close()


def check_memory(engine):
    """What an idle connection holds must not depend on whether tickets came on it, but for these. OpenSSL gets itself a buffer of 16 KB
    to read them and another one to write."""
    held = []
    for tickets in (0, 2):
        settings = context()
        settings.num_tickets = tickets
        server = Wire(lambda request: [plain(b"ok")], settings)
        got = probe(engine, ["many 8 8 GET %s/" % server.url, "memory", "many 72 72 GET %s/" % server.url, "memory"], "--ca", OWN)
        equal((got[0]["failed"], got[2]["failed"], server.connections), (0, 0, 72), "%s: idle connections, %d tickets" % (engine, tickets))
        held.append((got[3]["memory"] - got[1]["memory"]) // 64)
        server.close()
    ok(abs(held[1] - held[0]) < 10000, "%s: tickets leave no buffers with idle connections" % engine,
       "%d bytes a connection without tickets, %d with two" % tuple(held))


for one in [name for name in probe_program.engines(PROGRAM) if not sys.argv[1:] or name in sys.argv[1:]]:
    check_answers(one)
    check_names(one)
    check_client(one)
    check_resume(one)
    if one == "native":
        check_memory(one)
done()
