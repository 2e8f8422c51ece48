"""Whether every tool does what the benchmark takes it to do, before its figures are believed; a few minutes, no figures.

Each tool does each kind of work for some seconds with few users: a GET of each size against nginx, the journey against a server of our
own that looks at every request. Then what the tool says it did must be what the server saw. Swarm's own count must be exactly that; of
the others' the requests under way at the end, one a user, are mostly missing."""
import http.server
import json
import os
import re
import socketserver
import ssl
import threading

import measure
from tools import Swarm, Work

USERS, SECONDS, SLOW_SECONDS = 5, 2, 5
PATIENCE = 60       # seconds that a tool may take longer than it was told to run
WORKS = [Work("get", tls, size, USERS) for tls in (False, True) for size in ("13B", "1KB", "32KB")]
WORKS += [Work("journey", tls, "", USERS) for tls in (False, True)]

# method, path, what is answered, the cookie that is set, and what a request must bring: the body, the cookies
STEPS = [
    ("GET", "/journey/products", 200, {"items": [{"id": "p17", "name": "Lamp", "price": 1999}], "total": 1}, "session=s3cr3t; Path=/; HttpOnly", None, ()),
    ("GET", "/journey/product/p17", 200, {"id": "p17", "price": 1999}, None, None, ("session=s3cr3t",)),
    ("POST", "/journey/cart", 201, {"cartId": "c42", "lines": 1}, "cart=c42; Path=/", {"productId": "p17", "quantity": 1}, ("session=s3cr3t",)),
    ("GET", "/journey/cart/c42", 200, {"cartId": "c42", "sum": 1999}, None, None, ("session=s3cr3t", "cart=c42")),
    ("POST", "/journey/orders", 201, {"orderId": "o4711"}, None, {"cartId": "c42", "paymentMethod": "card"}, ("session=s3cr3t", "cart=c42")),
]


class Answerer(http.server.BaseHTTPRequestHandler):
    """Answers the journey's steps and writes down what came, and what of it was not as it should be."""
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 30

    def log_message(self, *_):
        pass

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        step = next((step for step in STEPS if step[:2] == (self.command, self.path.split("?")[0])), None)
        self.server.note(self, step, body)
        _, _, status, value, cookie, _, _ = step or (None, None, 404, {}, None, None, ())
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = answer


class Journal(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """The journey's server: counts by step, and the first things that were wrong."""
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, tls, folder):
        super().__init__(("127.0.0.1", 0), Answerer)
        self.lock, self.counts, self.wrong = threading.Lock(), [0] * len(STEPS), []
        self.tls = tls
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """A tool that goes away in the middle of an answer is none of our business."""

    def base(self, _):
        return "%s://127.0.0.1:%d" % ("https" if self.tls else "http", self.server_port)

    def note(self, request, step, body):
        what = "%s %s" % (request.command, request.path)
        with self.lock:
            if step is None:
                self.wrong.append(what + " is no step")
                return
            self.counts[STEPS.index(step)] += 1
            sent = [cookie.strip() for cookie in (request.headers.get("Cookie") or "").split(";")]
            for cookie in step[6]:
                if cookie not in sent:
                    self.wrong.append("%s without the cookie %s" % (what, cookie))
            try:
                value = json.loads(body) if body else None
            except ValueError:
                value = body
            if value != step[5]:
                self.wrong.append("%s with the body %r" % (what, body[:80]))

    def requests(self):
        with self.lock:
            return sum(self.counts)

    def rest(self):
        pass


def judge_journey(journal):
    """Each step as often as the one before, but for the users that were under way at the end."""
    if journal.wrong:
        return "%d requests are not as they should be, the first: %s" % (len(journal.wrong), journal.wrong[0])
    if journal.counts[-1] < 1:
        return "no journey was finished: %s" % journal.counts
    if any(not 0 <= a - b <= USERS for a, b in zip(journal.counts, journal.counts[1:])) or journal.counts[0] - journal.counts[-1] > USERS:
        return "the steps were not made equally often: %s" % journal.counts
    return None


def judge_count(tool, said, seen, text):
    if said is None:
        return "it tells no number of requests, the server saw %d; its last line: %s" % (seen, (text.strip().splitlines() or ["none"])[-1][:200])
    off = 0 if isinstance(tool, Swarm) else USERS
    if seen < USERS or abs(said - seen) > off:
        return "it says %d requests, the server saw %d" % (said, seen)
    return None


def run_one(bench, tool, work, server):
    """What is wrong, or None; and the server's count."""
    name = os.path.join(bench.folder, "check-%s-%s" % (tool.name, work))
    seconds = SLOW_SECONDS if tool.slow else SECONDS
    command = tool.command(work, server, seconds)
    if isinstance(tool, Swarm):
        command = tool.exact(command, name + ".json")
    before = server.requests()
    run = measure.Tool(command, bench.core, name + ".log", cwd=bench.folder, env=tool.environment(work, server))
    try:
        code = run.wait(seconds + PATIENCE)
    finally:
        run.end()
        server.rest()
    with open(name + ".log", errors="replace") as file:
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", file.read().replace("\r", "\n"))
    seen = server.requests() - before
    if code is None:
        return "it did not end by itself within %d s" % (seconds + PATIENCE), seen
    said = tool.counted_exactly(name + ".json") if isinstance(tool, Swarm) else tool.counted(text)
    return judge_count(tool, said, seen, text), seen


def one(bench, tool, work):
    if work.kind != "journey":
        return run_one(bench, tool, work, bench.server)
    journal = Journal(work.tls, bench.server.folder)
    try:
        why, seen = run_one(bench, tool, work, journal)
        return judge_journey(journal) or why, seen
    finally:
        journal.shutdown()
        journal.server_close()


def all_tools(bench):
    """Prints a line for each tool and work; 0 when none that is there did something wrong."""
    bad = 0
    for tool in bench.tools:
        for work in WORKS:
            why = tool.why_not(work)
            if why:
                print("%s  %-12s %-12s not checked: %s" % (bench.clock(), tool.name, work, why), flush=True)
                if tool.missing:
                    break
                continue
            try:
                why, seen = one(bench, tool, work)
            except Exception as error:      # the next tool is still worth a look
                why, seen = "failed: %s: %s" % (type(error).__name__, error), 0
            bad += bool(why)
            print("%s  %-12s %-12s %s" % (bench.clock(), tool.name, work, "WRONG: " + why if why else "right, %d requests" % seen), flush=True)
    print("check: %s" % ("%d are wrong" % bad if bad else "everything that is there does what it should"))
    return 1 if bad else 0
