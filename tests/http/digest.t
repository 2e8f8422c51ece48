#!/usr/bin/env python3
"""auth digest (RFC 7616): a challenge is answered with the request sent once more; what is answered is worked out here anew."""
import hashlib
import http.server
import os
import re
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()
USER, PASSWORD, REALM = 'An"n', "s:ecret", 'the "shop"'
# path: what the server challenges with
CHALLENGES = {
    "/md5": ['Digest realm="the \\"shop\\"", nonce="n1", qop="auth", opaque="o=,1"'],
    "/sess": ['Digest realm="the \\"shop\\"", nonce="n2", qop="auth-int, auth", algorithm=MD5-sess'],
    "/sha": ['Digest realm="the \\"shop\\"", nonce="n3", qop="auth", algorithm=SHA-256'],
    "/old": ['Digest realm="the \\"shop\\"", nonce="n4"'],
    "/several": ['Basic realm="x", Digest realm="the \\"shop\\"", nonce="n5", algorithm=SHA-512-256, qop="auth"',
                 'Digest realm="the \\"shop\\"", nonce="n6", qop=auth, algorithm=MD5'],
    "/int": ['Digest realm="r", nonce="n7", qop="auth-int"'],
    "/basic": ['Basic realm="r"'],
    "/wrong": ['Digest realm="the \\"shop\\"", nonce="n8", qop="auth"'],
    "/user": ['Digest realm="the \\"shop\\"", nonce="n9", qop="auth"'],
    "/post": ['Digest realm="the \\"shop\\"", nonce="n10", qop="auth"'],
    "/moved-here": ['Digest realm="the \\"shop\\"", nonce="n11", qop="auth"'],
}
seen, right = {}, {}


def parse(header):
    return {name: re.sub(r"\\(.)", r"\1", quoted or token)
            for name, quoted, token in re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))', header)}


def response_of(p, method):
    algorithm = p.get("algorithm", "MD5")
    kind = hashlib.sha256 if algorithm.startswith("SHA-256") else hashlib.md5

    def h(*parts):
        return kind(":".join(parts).encode()).hexdigest()
    first = h(USER, REALM, PASSWORD)
    if algorithm.endswith("-sess"):
        first = h(first, p["nonce"], p["cnonce"])
    second = h(method, p["uri"])
    if "qop" in p:
        return h(first, p["nonce"], p["nc"], p["cnonce"], p["qop"], second)
    return h(first, p["nonce"], second)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, *headers):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.split("?")[0]
        seen.setdefault(path, []).append((self.headers.get("Authorization"), body))
        given = self.headers.get("Authorization") or ""
        p = parse(given) if given.startswith("Digest ") else {}
        if path == "/moved":
            return self.answer(307, ("Location", "/moved-here"))
        if path == "/end":
            return self.answer(200)
        if p and path != "/wrong":
            right[path] = p.get("response") == response_of(p, self.command) and p.get("uri") == self.path and p.get("username") == USER
            return self.answer(200 if right[path] else 403)
        return self.answer(401, *[("WWW-Authenticate", one) for one in CHALLENGES[path]])

    do_POST = do_GET

    def log_message(self, *ignored):
        pass


SCENARIO = r'''
const USER = "An\"n"
user Asked {
  http { auth digest "An\"n", "s:ecret" }
  task t {
    get "/md5?q=1"
    get "/sess"
    get "/sha"
    get "/old"
    get "/several"
    get "/int" { expect status == 401 }
    get "/basic" { expect status == 401 }
    get "/wrong" { expect status == 401 }
    post "/moved" { body "again" }
    session auth digest USER, "s:ecret"
    get "/user"
    post "/post" { auth digest "${USER}", "s:ecret"; json { n: user.id } }
    get "/end" { auth basic "u", "p" }
    stop test
  }
}
'''


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    run = st.run(st.compile_scenario(SCENARIO), "--host", "http://127.0.0.1:%d" % server.server_address[1], "--users", "1", "--run-time", "20s")
    tap.equal(run.code, 0, "all of it passes")
    for path in ("/md5", "/sess", "/sha", "/old", "/several", "/user", "/post", "/moved-here"):
        tap.ok(right.get(path), "%s is answered rightly" % path, (seen.get(path), run.text[-1500:]))
        tap.ok([bool(a) for a, _ in seen.get(path, [])] == [False, True], "%s is sent without, then with" % path, seen.get(path))
    for path in ("/int", "/basic"):
        tap.equal(len(seen.get(path, [])), 1, "%s: a challenge of another kind is the answer" % path)
    tap.equal(len(seen.get("/wrong", [])), 2, "a second 401 is the answer")
    tap.equal([body for _, body in seen.get("/post", [])], [b'{"n":1}', b'{"n":1}'], "the body is sent again")
    tap.equal([body for _, body in seen.get("/moved-here", [])], [b"again", b"again"], "so it is behind a redirect")
    tap.ok(all(part in seen["/md5"][1][0] for part in ('opaque="o=,1"', "qop=auth", "nc=00000001", 'uri="/md5?q=1"')), "the parts of an answer",
           seen["/md5"])
    tap.ok("algorithm" not in seen["/md5"][1][0] and "algorithm=SHA-256" in seen["/sha"][1][0], "the algorithm is said where it was asked for")
    tap.ok(seen["/end"][0][0].startswith("Basic "), "the request's own scheme beats the user's")
    rows = run.rows()
    tap.equal({int(row["Request Count"]) for row in rows.values()}, {1}, "each is one request")
    tap.ok(re.search(r"GET\s+/md5\s+1\s+0", run.text), "the one before is an extra try", run.text[-2500:])
    tap.ok("s:ecret" not in run.text and "\x01" not in run.text, "nothing of it is printed")
    server.shutdown()
    tap.end()


main()
