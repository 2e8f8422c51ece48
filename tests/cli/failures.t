#!/usr/bin/env python3
"""--show-failures: the first failing exchange of each failure, with what must not be shown masked."""
import gzip
import http.server
import json
import os
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.environ["SWARM_ROOT"], "tests", "lib"))
import swarmtest

tap = swarmtest.Tap()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body, *headers):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/fine":
            self.answer(200, b"fine")
        elif self.path == "/zipped":
            self.answer(503, gzip.compress(b"the zipped reason " * 2000), ("Content-Encoding", "gzip"))
        elif self.path == "/cut":
            self.answer(500, b"x" * 4090 + b"optionsecret" + b"y" * 100)
        elif self.path == "/lists":
            self.answer(500, json.dumps({"tokens": ["listsecret"], "said": json.dumps({"token": {"value": "nestsecret"}}),
                                         "url": "https://ann:urlsecret@x/?next=%2Fa%3Ftoken%3Dinnersecret%26page%3D2",
                                         "headers": {"Authorization": "Bearer echosecret"}}).encode(), ("set-cookie", "namelesssecret"))
        elif self.path == "/binary":
            self.answer(500, b"\x00\x01\x02")
        else:
            self.answer(404, b"x" * 5000 + b"the end")

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(500, b'{"reason": "no such user", "session_token": "abc123"}', ("Set-Cookie", "sid=cookie-value; Path=/"),
                    ("X-Reason", "because"))


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
url = "http://127.0.0.1:%d" % server.server_port

program = swarmtest.compile_scenario('''
option secret api_key: string = ""
user Shopper {
    task buy {
        get "/fine"
        post "/login?token=querysecret" as "login" {
            header "Authorization" "Bearer bearersecret"
            header "X-Trace" api_key
            json { "user": "ann", "password": "bodysecret" }
        }
        get "/missing"
        get "/zipped"
        get "/binary"
        get "/cut"
        get "/lists"
        post "/login" as "soap" { body "<env><Password>soapsecret</Password></env>" }
        post "/login" as "parts" { multipart { field "password" "partsecret"; field "colour" "green" } }
        get "/fine" as "unread" { expect status == 201 }
        get "/fine" as "read" { expect text contains "other" }
    }
}
user Lonely {
    target "http://127.0.0.1:1"
    task call { get "/" }
}
''', "failures")


def run(*options):
    return subprocess.run([program, "--host", url, "--host", "Lonely=http://127.0.0.1:1", "--headless", "--once", *options], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ, SWARM_API_KEY="optionsecret"))


done = run("--show-failures")
text = done.stderr
tap.equal(done.returncode, 1, "the run has failed")
tap.has(text, "The first failing request of each failure\n", "they are shown")
tap.has(text, "POST login: status 500", "the row and the message")
tap.has(text, "first met by Shopper, user ", "who met it")
tap.has(text, ", in buy, at ", "in which task")
tap.has(text, "   > POST %s/login?token=***\n" % url, "the request, its URL masked")
tap.has(text, "   > Authorization: Bearer ***\n", "Authorization with its scheme alone")
tap.has(text, '"password": "***"', "a password of the body") if '"password": "***"' in text else tap.has(text, '"password":"***"', "a password of the body")
tap.has(text, "   < 500 Internal Server Error\n", "the answer")
tap.has(text, "   < X-Reason: because\n", "its headers")
tap.has(text, "   < Set-Cookie: sid=***; Path=/\n", "Set-Cookie masked")
tap.has(text, '   < {"reason": "no such user", "session_token": "***"}\n', "its body, though the block does not read it")
tap.has(text, "… (5007 bytes in all)", "of a long one the beginning")
tap.ok("the end" not in text, "and no more")
tap.has(text, "the zipped reason the zipped", "a compressed one as text")
tap.has(text, "(3 bytes that are no text)", "one that is no text")
tap.has(text, "(4 bytes that the scenario does not read)", "one of a good status that nobody reads")
tap.has(text, "   < fine\n", "one of a good status that the block reads")
tap.has(text, "   < (no answer)\n", "no answer at all")
tap.has(text, "%26page%3D2", "what is no secret stays, in a URL of a URL")
tap.has(text, "green", "and in a multipart body")
for secret in ("listsecret", "nestsecret", "urlsecret", "innersecret", "echosecret", "namelesssecret", "soapsecret", "partsecret", "xoption", "querysecret", "bearersecret", "bodysecret", "optionsecret", "abc123", "cookie-value"):
    tap.ok(secret not in text + done.stdout, "%s is not shown" % secret)
tap.ok("The first failing" not in run().stderr, "nothing of it without --show-failures")
tap.end()
