#!/usr/bin/env python3
"""Every HTTP engine against answers byte by byte: what comes in, what is reported; one exchange interface, one suite."""
import os
import shutil
import ssl
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import probe as probe_program
from tap import done, equal, like, ok, skip
from wire import CLOSE, RESET, Wire, plain

PROGRAM = probe_program.build()
ENGINES = probe_program.engines(PROGRAM)


def probe(engine, steps, *options):
    """The answers to the steps; they must all come, and the probe must end well (nothing left in its loop)."""
    code, answers, said = probe_program.play(PROGRAM, engine, steps, *options, limit=120)
    if code != 0 or len(answers) != len(steps):
        ok(False, "the probe answers every step", "exit %d, %d of %d answers" % (code, len(answers), len(steps)), said[-2000:])
    return answers


# name, method, what the server sends, what is reported
ANSWERS = [
    ("a body with its length", "GET", [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello"],
     dict(error="ok", status=200, body="hello", received=5, headers=[["Content-Length", "5"], ["X-A", "b"]])),
    ("no body", "GET", [b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"], dict(error="ok", status=200, body="", received=0)),
    ("204", "GET", [b"HTTP/1.1 204 No Content\r\n\r\n"], dict(error="ok", status=204, body="")),
    ("304 with a length", "GET", [b"HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n"], dict(error="ok", status=304, body="")),
    ("HEAD with a length", "HEAD", [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"], dict(error="ok", status=200, body="")),
    ("chunks", "GET", [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n"],
     dict(error="ok", status=200, body="one two", received=7)),
    ("chunks with extensions and a trailer", "GET",
     [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA;x=y\r\n0123456789\r\n0\r\nX-Trailer: t\r\n\r\n"],
     dict(error="ok", body="0123456789", headers=[["Transfer-Encoding", "chunked"]])),
    ("a body up to the end of the connection", "GET", [b"HTTP/1.1 200 OK\r\n\r\nto the end", CLOSE], dict(error="ok", body="to the end")),
    ("HTTP/1.0", "GET", [b"HTTP/1.0 200 OK\r\n\r\nold", CLOSE], dict(error="ok", body="old")),
    ("100 Continue before", "GET", [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"],
     dict(error="ok", status=200, body="hi", headers=[["Content-Length", "2"]])),
    ("103 Early Hints before", "GET",
     [b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"],
     dict(error="ok", status=404, body="no", headers=[["Content-Length", "2"]])),
    ("repeated, empty and odd headers", "GET",
     [b"HTTP/1.1 200 OK\r\nX: 1\r\nx:2\r\nEmpty:\r\nSpaced:   a b  \r\nContent-Length: 0\r\n\r\n"],
     dict(error="ok", headers=[["X", "1"], ["x", "2"], ["Empty", ""], ["Spaced", "a b"], ["Content-Length", "0"]])),
    ("a folded header", "GET", [b"HTTP/1.1 200 OK\r\nX-Long: one\r\n  two\r\nContent-Length: 0\r\n\r\n"],
     dict(error="ok", headers=[["X-Long", "one two"], ["Content-Length", "0"]])),
    ("no reason phrase", "GET", [b"HTTP/1.1 299\r\nContent-Length: 0\r\n\r\n"], dict(error="ok", status=299)),
    ("a status over 599", "GET", [b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n"], dict(error="ok", status=999)),
    ("bytes that are no text", "GET", [b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\x00\xff\r\n"], dict(error="ok", body="\x00\xff\r\n")),
    ("closed without a byte", "GET", [CLOSE], dict(error="closed", status=0, sends=1, sent=True)),
    ("closed in the status line", "GET", [b"HTTP/1.", CLOSE], dict(sends=1, sent=True)),
    ("closed within the head", "GET", [b"HTTP/1.1 200 OK\r\nContent-Le", CLOSE], dict(error="closed")),
    ("closed behind 100 Continue", "GET", [b"HTTP/1.1 100 Continue\r\n\r\n", CLOSE], dict(error="closed")),
    ("closed within the body", "GET", [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", CLOSE],
     dict(error="incomplete", status=200, received=5)),
    ("closed within a chunk", "GET", [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n01234", CLOSE],
     dict(error="incomplete", received=5)),
    ("closed before the last chunk", "GET", [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n0\r\n", CLOSE],
     dict(error="incomplete", received=1)),
    ("reset without a byte", "GET", [RESET], dict(error="reset", sends=1, sent=True)),
    ("not HTTP", "GET", [b"SSH-2.0-OpenSSH_9.2\r\n\r\n", CLOSE], dict(error="not http")),
]
SPLIT_LIMIT = 130  # longer answers are split at this many places


def matches(got, want):
    """The error of an answer that should not have come is free where the case does not say it, but it is not "ok"."""
    if "error" not in want and got["error"] == "ok":
        return False
    return got["done"] == 1 and got["stamps"] and all(got[key] == value for key, value in want.items())


def pieces(steps, split):
    """The steps with their first bytes cut in two at `split`."""
    if split and isinstance(steps[0], bytes):
        return [steps[0][:split], 0.001, steps[0][split:], *steps[1:]]
    return steps


def check_answers(engine):
    def answer(request):
        _, case, split = request.target.split("/")
        return pieces(ANSWERS[int(case)][2], int(split))

    server = Wire(answer)
    for index, (name, method, steps, want) in enumerate(ANSWERS):
        length = min(len(steps[0]), SPLIT_LIMIT) if isinstance(steps[0], bytes) else 1
        got = probe(engine, ["%s %s/%d/%d %d" % (method, server.url, index, split, split % 2) for split in range(length)])
        wrong = [(split, answer) for split, answer in enumerate(got) if not matches(answer, want)]
        ok(not wrong, "%s: %s, split at every byte" % (engine, name), "want %r" % want, *["split at %d: %r" % pair for pair in wrong[:3]])
    server.close()


def check_requests(engine):
    """The bytes that go out."""
    server = Wire(lambda request: [plain(b"" if request.method == "HEAD" else b"ok")])
    host = "127.0.0.1:%d" % server.port
    got = probe(engine, ["GET %s/a?b=c 0" % server.url,
                         "POST %s/p 0 60000 hello X-One:1 Content-Type:text/plain x-two:2" % server.url,
                         "POST %s/empty 0 60000 %%00" % server.url,
                         "PUT %s/put 0 60000 a=b" % server.url,
                         "DELETE %s/d 0" % server.url,
                         "OPTIONS %s/o 0" % server.url,
                         "PROPFIND %s/f 0 60000 x" % server.url,
                         "GET %s/host 0 60000 - Host:other.example Accept:text/html User-Agent:mine" % server.url,
                         "HEAD %s/h 0" % server.url,
                         "POST %s/large 0 60000 %s" % (server.url, "x" * 2000000)])
    ok(all(answer["error"] == "ok" for answer in got), "%s: all are answered" % engine, *[answer["error"] for answer in got])
    log = server.log
    equal([(r.method, r.target, r.version) for r in log][:4],
          [("GET", "/a?b=c", "HTTP/1.1"), ("POST", "/p", "HTTP/1.1"), ("POST", "/empty", "HTTP/1.1"), ("PUT", "/put", "HTTP/1.1")],
          "%s: request lines" % engine)
    equal([r.method for r in log][4:7], ["DELETE", "OPTIONS", "PROPFIND"], "%s: other methods" % engine)
    equal(log[0].names(), ["Host"], "%s: nothing is sent that was not asked for" % engine)
    equal(log[0].header("Host"), [host], "%s: Host with its port" % engine)
    equal([n for n in log[1].names() if n not in ("Host", "Content-Length")], ["X-One", "Content-Type", "x-two"], "%s: headers in order" % engine)
    equal((log[1].body, log[1].header("Content-Length")), (b"hello", ["5"]), "%s: body and length" % engine)
    equal((log[2].body, log[2].header("Content-Type")), (b"\0", []), "%s: a NUL in a body, no type of its own" % engine)
    equal(log[4].header("Content-Length"), [], "%s: no length without a body" % engine)
    equal(log[6].body, b"x", "%s: a method of one's own with a body" % engine)
    equal((log[7].header("Host"), log[7].header("User-Agent")), (["other.example"], ["mine"]), "%s: Host can be replaced" % engine)
    equal((len(log[9].body), log[9].header("Expect")), (2000000, []), "%s: a large body without Expect" % engine)
    equal(server.connections, 1, "%s: all on one connection" % engine)
    equal([answer["connected"] for answer in got], [True] + [False] * 9, "%s: connecting is measured once" % engine)
    server.close()


def check_connections(engine):
    """Each session has its own, and nobody uses another's."""
    server = Wire(lambda request: [plain(b"x")])
    got = probe(engine, ["many 3000 1000 GET %s/" % server.url])[0]
    equal((got["ok"], got["failed"], got["sends"]), (3000, 0, 3000), "%s: 3,000 requests of 1,000 sessions" % engine)
    equal(server.connections, 1000, "%s: 1,000 sessions have 1,000 connections" % engine)
    pairs = {(request.connection, request.target) for request in server.log}
    equal((len(server.log), len(pairs)), (3000, 1000), "%s: no request on another session's" % engine)
    server.close()

    server = Wire(lambda request: [plain(b"x")])
    probe(engine, ["GET %s/1 0" % server.url, "GET %s/2 0" % server.url, "close 0", "GET %s/3 0" % server.url, "GET %s/4 1" % server.url])
    equal([r.connection for r in server.log], [1, 1, 2, 3], "%s: closing a session closes its connection" % engine)
    server.close()

    server = Wire(lambda request: [plain(b"x")])
    probe(engine, ["GET %s/1 0" % server.url, "GET %s/2 0" % server.url], "--no-keep-alive")
    equal([r.connection for r in server.log], [1, 2], "%s: without keep-alive a connection each" % engine)
    equal(server.log[0].header("Connection"), ["close"], "%s: and the server is told" % engine)
    server.close()

    server = Wire(lambda request: [plain(b"x", b"200 OK", b"Connection: close"), CLOSE])
    probe(engine, ["GET %s/1 0" % server.url, "GET %s/2 0" % server.url])
    equal([r.connection for r in server.log], [1, 2], "%s: Connection: close is followed" % engine)
    server.close()


def check_dead(engine):
    """A server that closes kept connections: the request goes out again on a new one, and both sendings are counted when both
    reached the wire. Closed just as the next request goes out, it may have reached the wire and nobody read it: counted, not
    in the log."""
    server = Wire(lambda request: [plain(b"x"), CLOSE])
    steps = []
    for n in range(20):
        steps += ["%s %s/%d 0%s" % (method, server.url, n, body) for method, body in (("GET", ""), ("POST", " 60000 data"))]
    got = probe(engine, steps)
    if engine == "native":  # a POST that has gone out is never sent again
        lost = [answer for answer in got[1::2] if answer["error"] != "ok"]
        ok(all(a["error"] in ("closed", "reset") and a["sends"] == 1 and a["sent"] for a in lost), "%s: a POST may be lost, never doubled" % engine,
           *[str(a) for a in lost])
        got = [answer for answer in got if answer not in lost]
    else:
        lost = []
    ok(all(answer["error"] == "ok" for answer in got), "%s: idle connections closed by the server do no harm" % engine,
       *[answer["error"] for answer in got])
    equal(len(server.log), 40 - len(lost), "%s: each request arrives once" % engine)
    ok(all(answer["sends"] in (1, 2) for answer in got), "%s: at most one of two sendings was for nothing" % engine)
    server.close()

    def second_breaks(request):
        return [plain(b"x")] if request.number == 1 else [RESET if request.target == "/reset" else CLOSE]

    for target in ("/close", "/reset"):
        for method, body in (("GET", ""), ("POST", " 60000 data")):
            server = Wire(second_breaks)
            got = probe(engine, ["GET %s/first 0" % server.url, "%s %s%s 0%s" % (method, server.url, target, body)])
            seen = len(server.log)
            equal(got[0]["sends"] + got[1]["sends"], seen, "%s: %s on a kept connection that breaks (%s): what is seen is what is counted"
                  % (engine, method, target))
            if engine == "native" and method == "POST":
                equal((got[1]["error"], got[1]["sends"], got[1]["sent"]), ("closed" if target == "/close" else "reset", 1, True),
                      "%s: a POST does not go out twice (%s)" % (engine, target))
            else:
                equal((got[1]["error"], got[1]["sends"], got[1]["sent"]), ("ok", 2, True), "%s: it goes out twice" % engine)
            server.close()


def check_failures(engine):
    import socket
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        got = probe(engine, ["GET http://127.0.0.1:%d/ 0" % port, "POST http://127.0.0.1:%d/ 0 60000 x" % port])
    equal([(a["error"], a["sends"], a["sent"]) for a in got], [("refused", 0, False)] * 2, "%s: refused, nothing was sent" % engine)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        held = []
        for _ in range(4):  # fills the queue of connections that nobody accepts
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", port))
            held.append(s)
        got = probe(engine, ["GET http://127.0.0.1:%d/ 0 100" % port])[0]
        equal((got["error"], got["sends"]), ("connect timeout", 0), "%s: a connection that does not come" % engine)
        for s in held:
            s.close()
    got = probe(engine, ["GET http://nobody.invalid/%d %d" % (n, n) for n in range(3)] + ["many 20 20 GET http://nobody.invalid/"])
    equal([a["error"] for a in got[:3]], ["no address"] * 3, "%s: no address" % engine)
    equal((got[3]["failed"], got[3]["sends"]), (20, 0), "%s: many that ask for one name" % engine)
    server = Wire(lambda request: [b"HTTP/1.1 200 OK\r\n" + b"X-Long: %s\r\n" % (b"y" * 1000) * 300 + b"\r\n"])
    equal(probe(engine, ["GET %s/ 0" % server.url])[0]["error"], "head too large", "%s: a head of 300 KB" % engine)
    server.close()


def check_cancel(engine):
    arrived = threading.Event()

    def answer(request):
        if request.target == "/slow":
            arrived.wait(20)
        return [plain(b"x")]

    server = Wire(answer)
    got = probe(engine, ["GET %s/1 0" % server.url, "cancel GET %s/slow 0 500" % server.url, "cancel GET %s/slow 1 0" % server.url,
                         "GET %s/2 0" % server.url, "stop GET %s/3 0" % server.url, "GET %s/4 0" % server.url])
    arrived.set()
    equal((got[1].get("cancelled"), got[1]["sends"], got[1]["sent"]), (True, 1, True), "%s: cancelled while the server works" % engine)
    equal((got[2].get("cancelled"), got[2]["sent"]), (True, False), "%s: cancelled before a byte went out" % engine)
    equal([got[n]["error"] for n in (3, 5)], ["ok", "ok"], "%s: the session goes on" % engine)
    equal(got[4]["error"], "stopped", "%s: the sink says stop" % engine)
    server.close()


def certificate(name, *subject):
    """Paths of a self-signed certificate and its key."""
    base = os.path.join(os.environ.get("TMPDIR", "/tmp"), name)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", base + ".key", "-out",
                    base + ".pem", "-subj", "/CN=" + name, *subject], check=True, stderr=subprocess.DEVNULL)
    return base + ".pem", base + ".key"


def check_tls(engine):
    """Certificates are verified unless told otherwise, each session has its own connection, and the handshake is measured."""
    if not shutil.which("openssl"):
        skip("%s: TLS" % engine, "missing tool openssl")
        return
    own, key = certificate("good", "-addext", "subjectAltName=IP:127.0.0.1")
    other, other_key = certificate("other", "-addext", "subjectAltName=DNS:elsewhere.example")
    servers = []
    for pair in ((own, key), (other, other_key)):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pair)
        servers.append(Wire(lambda request: [plain(b"safe")], context))
    steps = ["GET %s/1 0" % servers[0].url, "GET %s/2 0" % servers[0].url, "GET %s/3 1" % servers[0].url]
    got = probe(engine, steps, "--ca", own)
    equal([a["error"] for a in got], ["ok"] * 3, "%s: TLS with a certificate that is trusted" % engine)
    equal([a["tls"] for a in got], [True, False, True], "%s: the handshake is measured once a connection" % engine)
    equal([r.connection for r in servers[0].log], [1, 1, 2], "%s: TLS connections are the session's own" % engine)
    got = probe(engine, steps[:1])[0]
    equal((got["error"], got["sends"]), ("certificate", 0), "%s: a certificate that nobody vouches for" % engine)
    like(got["text"], "self-signed certificate", "%s: says so" % engine)
    got = probe(engine, ["GET %s/ 0" % servers[1].url], "--ca", other)[0]
    equal((got["error"], got["sends"]), ("certificate", 0), "%s: a certificate of another name" % engine)
    got = probe(engine, ["GET %s/ 0" % servers[1].url], "--insecure")[0]
    equal(got["error"], "ok", "%s: --insecure" % engine)
    plain_server = Wire(lambda request: [plain(b"x")])
    got = probe(engine, ["GET https://127.0.0.1:%d/ 0 2000" % plain_server.port])[0]
    ok(got["error"] in ("tls", "connect timeout", "reset", "closed"), "%s: no TLS on the other side" % engine, got)
    for server in (*servers, plain_server):
        server.close()


for one in ENGINES:
    check_tls(one)
    check_answers(one)
    check_requests(one)
    check_connections(one)
    check_dead(one)
    check_failures(one)
    check_cancel(one)
done()
