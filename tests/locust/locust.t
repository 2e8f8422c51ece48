#!/usr/bin/env python3
"""The examples of Locust, written in Swarm (examples/locust): each compiles without a warning and, run for a moment, makes the
shop see what the example is about. The witness is the shop: its counts and its journal, a line for each request."""
# runner: timeout=900
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

EXAMPLES = os.path.join(st.ROOT, "examples", "locust")
WAIT = re.compile(r"\bwait \d+m?s(?:\.\.\d+m?s)?")
TOKEN = "8f14e45fceea167a5a36dedd4bea2543"     # of the shop's form

tap = st.Tap()
journal_file = os.path.join(st.folder(), "journal")
shop = st.Shop("--journal", journal_file)


# ------------------------------------------------------------------ compiling and running

def compile_example(name):
    """(name, program or None, what swarmc said). Fixed waits are shortened in a copy; the file itself must be clean."""
    path = os.path.join(EXAMPLES, name + ".swarm")
    done = subprocess.run([st.SWARMC, "--check", "--deny-warnings", path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0 or done.stdout:
        return name, None, done.stdout
    with open(path, encoding="utf-8") as file:
        text = WAIT.sub("wait 3ms", file.read())
    copy = os.path.join(st.folder(), name + ".swarm")
    with open(copy, "w", encoding="utf-8") as file:
        file.write(text)
    program = os.path.join(st.folder(), name)
    done = subprocess.run([st.SWARMC, "-O0", "--deny-warnings", copy, "-o", program], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return name, program if done.returncode == 0 else None, done.stdout


class Seen:
    """A run of an example and what the shop saw of it. `until`: it is ended as soon as that says so of what the run has written."""

    def __init__(self, name, *options, limit=120, until=None, **how):
        shop.reset()
        begin = os.path.getsize(journal_file)
        host = [] if "--host" in options else ["--host", shop.url]
        self.run = st.Run(programs[name], "--only-summary", *host, *options, **how)
        if until:
            self.run.wait_until(until)
            self.run.signal(signal.SIGTERM)
        self.run.wait(limit)
        self.text = self.run.text
        self.counts = shop.counts()["requests"]
        with open(journal_file, encoding="utf-8") as file:
            file.seek(begin)
            self.requests = [json.loads(line) for line in file]
        for request in self.requests:
            request["path"] = request["target"].split("?")[0]
        self.rows = self.run.rows()

    def __getitem__(self, key):
        return self.counts.get(key, 0)

    def users(self):
        """The requests of each connection, which is one user, in order."""
        found = defaultdict(list)
        for request in self.requests:
            found[request["connection"]].append(request)
        return list(found.values())

    def made(self, method, name, column="Request Count"):
        row = self.rows.get((method, name))
        return int(row[column]) if row else 0

    def paths(self):
        return [r["path"] for r in self.requests]


def chi_square(found, weights):
    """Pearson's statistic of counts against weights, and its bound: about one right run in a million lies above."""
    n, all_weights = sum(found.values()), sum(weights.values())
    value = sum((found.get(key, 0) - n * w / all_weights) ** 2 / (n * w / all_weights) for key, w in weights.items())
    k = len(weights) - 1
    return value, k * (1 - 2 / (9 * k) + 4.75 * math.sqrt(2 / (9 * k))) ** 3    # Wilson and Hilferty's approximation


def fits(found, weights, name, least=50):
    value, bound = chi_square(found, weights)
    tap.ok(sum(found.values()) >= least and value <= bound and set(found) <= set(weights), name,
           "%r against %r: %.1f, at most %.1f, of at least %d" % (dict(found), weights, value, bound, least))


def same(seen, name, **pairs):
    """The rows of the CSV say what the shop counted; pairs are given as (method, row, key of the count)."""
    for method, row, key in pairs["rows"]:
        tap.ok(seen.made(method, row) == seen[key] > 0, "%s: the row %s %s is what the shop saw" % (name, method, row),
               "row %d, shop %d\n%s" % (seen.made(method, row), seen[key], seen.text[-600:]))


# ------------------------------------------------------------------ tasks and groups

def basic():
    seen = Seen("basic", "--users", "5", "--spawn-rate", "50", "--iterations", "200")
    same(seen, "basic", rows=[("GET", "/", "GET /"), ("GET", "/api/v1/products", "GET /api/v1/products"),
                              ("GET", "/does_not_exist", "GET /does_not_exist")])
    fits(Counter(seen.paths()), {"/": 1, "/api/v1/products": 1, "/does_not_exist": 1}, "basic: three tasks of equal weight")
    tap.equal(seen.made("GET", "/does_not_exist", "Failure Count"), seen["GET /does_not_exist"], "basic: the missing page fails")
    tap.equal((seen.made("GET", "/", "Failure Count"), seen.run.code), (0, 1), "basic: the others do not; exit code 1")


def quickstart():
    seen = Seen("quickstart", "--users", "4", "--spawn-rate", "50", "--iterations", "120", "--think", "2ms")
    tap.ok(all(user[0]["path"] == "/api/auth/login" for user in seen.users()), "quickstart: everybody logs in first")
    tap.equal(seen["POST /api/auth/login"], 4, "quickstart: once")
    same(seen, "quickstart", rows=[("GET", "/products", "GET /products"), ("GET", "/about/team", "GET /about/team")])
    pages = [r["target"] for r in seen.users()[0] if r["path"] == "/products"]
    tap.equal([p for p in pages[:5]], ["/products?page=%d" % n for n in range(1, 6)], "quickstart: five pages in a row, in one row of the report")
    tasks = Counter({"two": seen["GET /about/team"], "items": sum(r["target"].endswith("page=1") for r in seen.requests)})
    fits(tasks, {"two": 1, "items": 3}, "quickstart: looking at items has weight 3", least=30)


def nested_inline_tasksets():
    seen = Seen("nested_inline_tasksets", "--users", "10", "--spawn-rate", "100", "--iterations", "1500")
    same(seen, "nested", rows=[("GET", "/", "GET /"), ("GET", "/api/v1/products", "GET /api/v1/products")])
    # Half of the picks of the outer group enter the inner one, which shows its page 10 times on average.
    ratio = seen["GET /"] / max(1, seen["GET /api/v1/products"])
    tap.ok(4 < ratio < 25, "nested: who is in the inner group stays there for a while", ratio)


def browse_docs_sequence():
    seen = Seen("browse_docs_sequence", "--users", "3", "--spawn-rate", "50", "--iterations", "30")
    order = [r"/products$", r"/static/app\.css$", r"/products/\d+$", r"/(products|cart|login)?$"]
    wrong = [(i, r["path"]) for user in seen.users() for i, r in enumerate(user) if not re.match(order[i % 4], r["path"])]
    tap.ok(not wrong and len(seen.requests) > 30, "sequence: front page, chapter, page, and again", wrong[:5])
    tap.equal(seen.made("GET", "/products/[id]"), sum(re.match(r"/products/\d", p) is not None for p in seen.paths()),
              "sequence: all chapters are one row")
    tap.ok(len({p for p in seen.paths() if p.startswith("/products/")}) > 3, "sequence: chapters are picked from what was found")
    tap.equal(seen.run.code, 0, "sequence: nothing failed")


def browse_docs():
    seen = Seen("browse_docs", "--users", "5", "--spawn-rate", "50", "--iterations", "500")
    users = seen.users()
    tap.ok(all(u[0]["path"] == "/products" for u in users), "browse: everybody comes to the front page")
    fits(Counter({"front": seen.made("GET", "/products") - len(users), "chapter": seen.made("GET", "/products/[id]"),
                  "page": seen.made("GET", "a page of the chapter")}), {"front": 10, "chapter": 50, "page": 30},
         "browse: then by weights 10, 50, 30")
    tap.equal((seen.run.code, seen.run.total()["Request Count"]), (0, str(len(seen.requests))), "browse: every link led somewhere")


def markov_taskset():
    edges = {"/": {"/products": 1}, "/products": {"/products/1": 2, "/": 1}, "/products/1": {"/cart": 3, "/products": 1, "/": 1},
             "/cart": {"/pay": 1, "/products/1": 1}, "/pay": {"/welcome": 4, "/cart": 1}, "/welcome": {"/": 2, "/pay": 1}}
    seen = Seen("markov_taskset", "--users", "10", "--spawn-rate", "100", "--iterations", "1500")
    steps = defaultdict(Counter)
    for user in seen.users():
        for a, b in zip(user, user[1:]):
            steps[a["path"]][b["path"]] += 1
    tap.ok(all(user[0]["path"] == "/" for user in seen.users()), "markov: it starts at the first task")
    for page, to in edges.items():
        if len(to) > 1:
            fits(steps[page], to, "markov: what follows %s" % page, least=20)
    tap.ok(set(steps["/"]) == {"/products"}, "markov: after the front page always the products", steps["/"])


def custom_wait_function():
    seen = Seen("custom_wait_function", "Impatient", "--users", "4", "--spawn-rate", "100", "--iterations", "400", "--mean", "20ms")
    gaps = [b["ms"] - a["ms"] for user in seen.users() for a, b in zip(user, user[1:])]
    tap.ok(len(gaps) > 40 and min(gaps) < 10 and max(gaps) > 40, "waits: exponential ones are short and long",
           "%d gaps, %r" % (len(gaps), sorted(gaps)[:3] + sorted(gaps)[-3:]))
    seen = Seen("custom_wait_function", "Strict", "--users", "4", "--spawn-rate", "100", "--iterations", "100", "--low", "60ms", "--high", "90ms")
    users = [u for u in seen.users() if len(u) > 2]
    # Between the first and the last request of a user lie n waits of at least 60 ms.
    short = [u for u in users if u[-1]["ms"] - u[0]["ms"] < 0.8 * 60 * (len(u) - 1)]
    tap.ok(len(users) == 4 and not short, "waits: bounded ones are never shorter than the bound", short[:1])


# ------------------------------------------------------------------ requests and answers

def csrf_form_authentication():
    seen = Seen("csrf_form_authentication", "--users", "2", "--spawn-rate", "50", "--iterations", "30")
    wrong = [r["path"] for user in seen.users() for i, r in enumerate(user) if r["path"] != ["/form", "/sign-in", "/welcome"][i % 3]]
    tap.ok(not wrong and len(seen.requests) > 10, "csrf: form, sign-in, and the page it leads to", wrong[:5])
    bodies = {r["body"] for r in seen.requests if r["path"] == "/sign-in"}
    tap.equal(bodies, {"user%5Bemail%5D=username&user%5Bpassword%5D=password&authenticity_token=" + TOKEN},
              "csrf: the token of the form was sent back")
    tap.equal((seen.run.code, seen.made("POST", "/sign-in")), (0, seen["POST /sign-in"]), "csrf: a redirect is one request of the report")


def response_validations():
    seen = Seen("response_validations", "--users", "2", "--spawn-rate", "50", "--iterations", "100")
    tap.ok(seen.run.code == 0 and seen["POST /api/orders"] > 1, "validations: right answers pass", seen.text[-800:])
    seen = Seen("response_validations", "--users", "2", "--spawn-rate", "50", "--iterations", "100", "--password", "wrong")
    tap.ok(seen.made("POST", "careful order") == 0 < seen.made("POST", "careful login"), "validations: require ends the task before the order")
    tap.equal(seen["POST /api/orders"], seen.made("POST", "/api/orders"), "validations: the careless order without being logged in")
    tap.ok(seen.made("POST", "/api/orders") > 0, "validations: and do not notice")
    messages = {f["Name"]: f["Error"] for f in seen.run.table("failures")}
    tap.equal(messages, {"/api/auth/login": "status 401 Unauthorized", "careful login": "the shop says: wrong name or password"},
              "validations: what each of them tells")


def rest():
    seen = Seen("rest", "Rest", "--users", "1", "--iterations", "10")
    messages = {f["Name"]: f["Error"] for f in seen.run.table("failures")}
    tap.equal(messages, {"wrong value": "expect json.items == 2: found 1", "own message": "my own message",
                         "message with the answer": "found 1 items", "not JSON": 'not JSON: starts with "<!DOCTYPE html>"',
                         "not found": "status 404 Not Found", "no answer": "closed before an answer"}, "rest: each failure says what it was")
    same(seen, "rest", rows=[("GET", "echo", "GET /echo"), ("GET", "not JSON", "GET /"), ("GET", "not found", "GET /nothing-here")])
    tap.equal(sum(seen.made("POST", row) for row in ("cart", "wrong value", "own message", "message with the answer", "save and use")),
              seen["POST /api/cart"], "rest: five rows of one path")
    tap.has(seen.text, "the connection was closed", "rest: the else block ran without an answer")
    tap.ok(re.search(r"cart \d+ is there", seen.text), "rest: the saved value was used after the block")
    seen = Seen("rest", "Careful", "--users", "1", "--iterations", "10")
    tap.equal({r["headers"].get("x-my-header") for r in seen.requests}, {"my value"}, "rest: the base sends its header in each request")
    tap.equal({f["Error"] for f in seen.run.table("failures")}, {"the API says: there is no such cart"}, "rest: and looks at the error of each answer")


def multiple_hosts():
    other = st.Shop()
    try:
        seen = Seen("multiple_hosts", "--host", "Visitor=" + shop.url, "--users", "4", "--spawn-rate", "50", "--iterations", "120",
                    env={"API_HOST": other.url})
        there = other.counts()["requests"]
        tap.equal(set(seen.counts), {"GET /"}, "hosts: the first server gets the pages")
        tap.equal(set(there), {"GET /api/v1/products", "GET /about/team"}, "hosts: the other one the API and the staff")
        tap.equal((seen.made("GET", "/"), seen.made("GET", "/api/v1/products"), seen.made("GET", "/about/team")),
                  (seen["GET /"], there["GET /api/v1/products"], there["GET /about/team"]), "hosts: rows without host, exact counts")
    finally:
        other.end()


def x_forwarded_for():
    seen = Seen("x_forwarded_for", "--users", "6", "--spawn-rate", "50", "--iterations", "120")
    users = [{r["headers"].get("x-forwarded-for", "") for r in user} for user in seen.users()]
    tap.ok(len(users) == 6 and all(len(u) == 1 for u in users), "forwarded: each user keeps one address", users)
    addresses = set.union(*users)
    tap.ok(all(re.match(r"10\.10\.\d{1,3}\.\d{1,3}$", a) for a in addresses) and len(addresses) > 1, "forwarded: of its own", addresses)


def fast_http():
    seen = Seen("fast_http", "--users", "1", "--iterations", "120")
    made = seen.made("GET", "/flaky")
    tap.ok(made > 3 and seen["GET /flaky"] > made, "fast: the shop saw the retries", "%d of %d" % (made, seen["GET /flaky"]))
    extra = re.search(r"GET\s+/flaky\s+(\d+)\s+0\s*$", seen.text, re.M)
    tap.ok(extra and int(extra[1]) == seen["GET /flaky"] - made, "fast: the report tells them apart", seen.text[-900:])
    tap.equal(seen.run.code, 0, "fast: only the last try is judged")


def bottlenecked_server():
    seen = Seen("bottlenecked_server", "--ms", "100", "--iterations", "120")
    users = seen.users()
    tap.equal(len(users), 10, "bottleneck: ten users")
    crowded = [u for u in users if u[-1]["ms"] - u[0]["ms"] < 0.8 * 100 * (len(u) - 1)]
    tap.ok(not crowded and len(seen.requests) > 10, "bottleneck: none asks again before its answer", crowded[:1])


# ------------------------------------------------------------------ data and state

def dynamic_user_credentials():
    seen = Seen("dynamic_user_credentials", "--users", "5", "--spawn-rate", "50", "--iterations", "150")
    logins = [json.loads(r["body"]) for r in seen.requests if r["path"] == "/api/auth/login"]
    tap.equal(sorted((b["email"], b["password"]) for b in logins), [("user%d@example.com" % n, "password%d" % n) for n in (1, 2, 3)],
              "credentials: three rows, each of them once, for five users")
    tap.ok(all(r["headers"].get("authorization", "").startswith("Bearer ") for r in seen.requests if r["path"] == "/api/me"),
           "credentials: what follows carries the token")
    tap.ok(seen.run.code == 0 and len(seen.users()) == 3, "credentials: the two without a row made no request and no failure", seen.text[-900:])
    tap.equal(seen.made("GET", "/api/me"), seen["GET /api/me"], "credentials: the row /api/me is what the shop saw")


def testdata_from_csv():
    seen = Seen("testdata_from_csv", "--users", "1", "--iterations", "20")
    names = [json.loads(r["body"])["email"] for r in seen.requests]
    wanted = ["myuser%d@example.com" % (1 + i % 2) for i in range(len(names))]
    tap.ok(names == wanted and len(names) > 4, "csv: the rows in turn, again and again", names[:6])
    other = os.path.join(st.folder(), "other.csv")
    with open(other, "w") as file:
        file.write("password,username\nsecret,zoe@example.com\n")
    seen = Seen("testdata_from_csv", "--users", "1", "--iterations", "5", "--data", "people=" + other)
    tap.equal({r["body"] for r in seen.requests}, {'{"email":"zoe@example.com","password":"secret"}'}, "csv: --data takes another file, by the names of its columns")


def testdata_management():
    seen = Seen("testdata_management", "--users", "2", "--spawn-rate", "50",
                until=lambda text: "5 spawning_complete" in text and text.count("4 on start") == 2 and shop.counts()["total"] > 10)
    numbers = [int(n) for n in re.findall(r": (\d+) (?:init|setup|test_start|on start|spawning_complete|test_stopping|on stop|test_stop|teardown|quitting)\b", seen.text)]
    tap.equal(Counter(numbers), Counter({1: 1, 2: 1, 3: 1, 4: 2, 5: 1, 6: 1, 7: 2, 8: 1, 9: 1, 10: 1}), "life: each hook as often as it says")
    calm = [n for n in numbers if n not in (4, 5)]
    tap.equal(calm, sorted(calm), "life: in their order")
    tap.equal(numbers.index(3) < min(numbers.index(4), numbers.index(5)) and max(numbers.index(4), numbers.index(5)) < numbers.index(6), True,
              "life: users start between test_start and test_stopping")
    tap.equal((seen.made("SETUP", "GET test data"), seen.made("SETUP", "POST a first cart"), seen["POST /api/cart"]), (1, 1, 1),
              "life: hooks made their requests once")
    looked = {int(p.rsplit("/", 1)[1]) for p in seen.paths() if p.startswith("/products/")}
    tap.ok(looked and looked <= {1, 2, 3, 4, 5}, "life: tasks use what setup fetched", looked)
    tap.equal(int(seen.run.total()["Request Count"]), seen.made("GET", "/products/[id]"), "life: the requests of hooks are in no total")


def semaphore_wait():
    seen = Seen("semaphore_wait", "--users", "6", "--spawn-rate", "2", "--iterations", "40")
    paths = seen.paths()
    first = paths.index("/") if "/" in paths else 0
    # Two come each second. The gate opens when the last two have been created, which may be before their first request.
    tap.timing(set(paths[:first]) == {"/login"} and first >= 4, "gate: nobody begins before all six are created", paths[:12])
    tap.ok(paths.count("/login") == 6 and paths.count("/") > 6, "gate: then all of them go on", Counter(paths))


def worker_index():
    seen = Seen("worker_index", "--users", "3", "--spawn-rate", "50")
    targets = sorted(r["target"] for r in seen.requests)
    tap.equal(targets, sorted("/api/v1/products?q=%s&worker=0" % t for t in ("lamp", "chair", "kettle", "blanket", "clock")),
              "worker: each row once, from worker 0; the run ends when no user is left")
    tap.equal(seen.run.code, 0, "worker: that is no failure")


def custom_messages():
    seen = Seen("custom_messages", "--users", "2", "--spawn-rate", "50", "--iterations", "300", "--renew", "200ms")
    paths = seen.paths()
    tap.equal(paths[:2], ["/admin/login", "/admin/users"], "messages: the list is fetched before the first user starts")
    tap.ok(seen["GET /admin/users"] > 1, "messages: and again while the run goes on", seen.counts)
    emails = {json.loads(r["body"])["email"] for r in seen.requests if r["path"] == "/api/auth/login"}
    tap.ok(len(emails) > 1 and emails <= {"user%d@example.com" % n for n in range(1, 21)}, "messages: users take names of it", emails)
    tap.equal((seen.made("SETUP", "GET names"), seen.made("POST", "login")), (seen["GET /admin/users"], seen["POST /api/auth/login"]),
              "messages: rows are what the shop saw")


def add_command_line_argument():
    seen = Seen("add_command_line_argument", "--users", "1", "--iterations", "30", "--my-argument", "laptop", "--stage", "prod",
                env={"SWARM_PAGE_SIZE": "7", "SWARM_API_KEY": "s3cr3t-key"})
    tap.equal({r["target"] for r in seen.requests}, {"/api/v1/products?limit=7&q=laptop&stage=prod", "/products/1"},
              "options: from the command line and the environment")
    tap.equal({r["headers"].get("x-api-key") for r in seen.requests}, {"s3cr3t-key"}, "options: the secret is sent")
    tap.ok("s3cr3t-key" not in seen.text + seen.run.out, "options: and never shown")
    tap.has(seen.text, "custom argument supplied: laptop", "options: hooks see them too")
    seen = Seen("add_command_line_argument", "--users", "1", "--iterations", "30", "--no-details")
    tap.ok(seen["GET /products/1"] == 0 < seen["GET /api/v1/products"], "options: --no-details", seen.counts)
    wrong = st.run(programs["add_command_line_argument"], "--stage", "production", csv_prefix=False)
    tap.ok(wrong.code == 2 and "staging" in wrong.text, "options: a value that is no choice is a usage error", wrong.text)
    shown = subprocess.run([programs["add_command_line_argument"], "--help"], stdout=subprocess.PIPE, text=True, check=True).stdout
    tap.ok(all(word in shown for word in ("--my-argument", "it works", "SWARM_STAGE", "--api-key")), "options: --help lists them")


# ------------------------------------------------------------------ statistics

def metric(seen, name):
    return next(float(row["Value"]) for row in seen.run.table("metrics") if row["Name"] == name)


def events():
    seen = Seen("events", "--users", "3", "--spawn-rate", "50", "--iterations", "120")
    sizes = {}
    for path in ("/", "/api/v1/products"):
        with urllib.request.urlopen(shop.url + path, timeout=10) as answer:
            sizes["GET " + path] = len(answer.read())
    wanted = sum(seen[key] * size for key, size in sizes.items())
    tap.ok(metric(seen, "content_length") == wanted > 0, "events: the bytes of all answers", "%r, wanted %d" % (metric(seen, "content_length"), wanted))
    tap.has(seen.text, "received %d bytes" % wanted, "events: teardown reads the sum")
    tap.equal(metric(seen, "failed"), 0.0, "events: no failures were counted")
    fits(Counter(seen.paths()), {"/": 2, "/api/v1/products": 1}, "events: weights 2 and 1")


def web_ui_cache_stats():
    seen = Seen("web_ui_cache_stats", "--users", "3", "--spawn-rate", "50", "--iterations", "150")
    targets = Counter(r["target"] for r in seen.requests)
    hit, miss = targets["/response-headers?X-Cache=HIT"], targets["/response-headers?X-Cache=MISS"]
    tap.equal((metric(seen, "hits"), metric(seen, "misses"), metric(seen, "without")), (float(hit), float(miss), float(targets["/"])),
              "cache: hits, misses and answers without the header")
    tap.ok(hit and miss and abs(metric(seen, "hit_rate") - hit / (hit + miss)) < 1e-6, "cache: the rate of hits", metric(seen, "hit_rate"))
    tap.equal((seen.made("GET", "hit"), seen.made("GET", "miss")), (hit, miss), "cache: one row for each use of the action")


def manual_stats_reporting():
    seen = Seen("manual_stats_reporting", "--users", "4", "--spawn-rate", "50", "--iterations", "150", "--longest", "20ms")
    rows = {name: (seen.made("TRANSACTION", name), seen.made("TRANSACTION", name, "Failure Count"))
            for name in ("successful task", "task that fails sometimes", "failing task")}
    good, some, bad = rows["successful task"], rows["task that fails sometimes"], rows["failing task"]
    tap.ok(good[0] > 5 and good[1] == 0, "manual: a block that ends well", rows)
    tap.ok(bad[0] > 5 and bad[0] == bad[1], "manual: a block left by an error has failed", rows)
    tap.ok(0 < some[1] < some[0], "manual: and one that sometimes does", rows)
    tap.equal(bad[0], seen["GET /pay"], "manual: once for each time the shop saw")
    tap.equal(int(seen.run.total()["Request Count"]), seen["GET /cart"] + seen["GET /pay"], "manual: blocks are in no total")


def stop_on_threshold():
    seen = Seen("stop_on_threshold", "--users", "3", "--spawn-rate", "50", "--pause", "5ms", limit=150)
    tap.equal(seen.run.code, 1, "threshold: the run ended by itself, with exit code 1")
    failed, made = seen.made("GET", "/error", "Failure Count"), int(seen.run.total()["Request Count"])
    tap.ok(failed == seen["GET /error"] > 0.2 * made, "threshold: when more than 20 % failed", "%d of %d" % (failed, made))
    tap.ok(re.search(r"BROKEN\s+fail_ratio <= 20%", seen.text), "threshold: the verdict table says which", seen.text[-700:])


# ------------------------------------------------------------------ shapes

def seconds(text):
    found = re.match(r"(?:(\d+)h)?(?:(\d+)m)?(?:([\d.]+)s)?$", text)
    return int(found[1] or 0) * 3600 + int(found[2] or 0) * 60 + float(found[3] or 0)


def curve(name, *options, column=2):
    """[(time, number)] of the table of --show-shape, the number from that time on; column 2 is the target, 3 the users."""
    shown = subprocess.run([programs[name], "--show-shape", *options], stdout=subprocess.PIPE, text=True, check=True).stdout
    found = [(seconds(m[1]), int(m[column])) for m in re.finditer(r"^\s*((?:\d+h)?(?:\d+m)?[\d.]+s)\s+(\d+)\s+(\d+)", shown, re.M)]
    return found, shown


def target_at(table, t):
    return [users for at, users in table if at <= t][-1]


def compare(name, formula, until, *options):
    table, shown = curve(name, *options)
    wrong = [(t, target_at(table, t), formula(t)) for t in range(until) if target_at(table, t) != formula(t)] if table else ["no table"]
    tap.ok(not wrong, "%s: the users of each of %d seconds are those of the formula" % (name, until), "%r\n%s" % (wrong[:5], shown[:800]))


def wave(t, low=20, one=60, two=40, limit=600):
    x = t / (limit / 10 * 2 / 3)
    return round((one - low) * math.exp(-(x - 5) ** 2) + (two - low) * math.exp(-(x - 10) ** 2) + low)


def most_at_once(seen):
    """Users alive together, from the first and the last request of each."""
    ends = sorted([(u[0]["ms"], 1) for u in seen.users()] + [(u[-1]["ms"], -1) for u in seen.users()])
    alive = most = 0
    for _, change in ends:
        alive += change
        most = max(most, alive)
    return most


def double_wave():
    compare("double_wave", wave, 600)
    seen = Seen("double_wave", "--time-limit", "6s", "--low", "2", "--peak-one", "9", "--peak-two", "5")
    tap.equal((seen.run.code, set(seen.counts)), (0, {"GET /"}), "double_wave: a short one runs to its end")
    first = [u for u in seen.users() if u[0]["ms"] < seen.requests[0]["ms"] + 500]
    tap.timing(len(first) >= 2 and 5 <= len(seen.users()), "double_wave: users come", "%d first, %d in all" % (len(first), len(seen.users())))
    tap.ok(most_at_once(seen) <= 9, "double_wave: never more than the peak", "%d at once" % most_at_once(seen))


def stages():
    ends = [(60, 10), (100, 50), (180, 100), (220, 30), (230, 10), (240, 1)]
    compare("stages", lambda t: next(n for end, n in ends if t < end), 240)
    seen = Seen("stages", "--pace", "0.02")
    tap.ok(seen.run.code == 0 and seen.made("GET", "/") == seen["GET /"], "stages: in a fiftieth of the time", seen.text[-500:])
    tap.timing(len(seen.users()) >= 10, "stages: which brings users", len(seen.users()))


def staging_user_classes():
    ends = [(60, 10), (100, 50), (180, 100), (220, 30), (230, 10), (240, 1)]
    table, shown = curve("staging_user_classes", column=3)
    tap.equal([target_at(table, end - 1) for end, _ in ends], [n for _, n in ends], "classes: the users at the end of each stage are Locust's")
    seen = Seen("staging_user_classes", "--pace", "0.03")
    a, b = ([r["ms"] for r in seen.requests if r["path"] == "/about/" + page] for page in ("team", "press"))
    if tap.timing(a and b, "classes: both kinds had their stages"):
        alone = [t for t in a if t < b[0]]
        tap.timing(len(alone) > 10 and b[0] - a[0] > 1000, "classes: at first A alone", "%d" % len(alone))
        begun = [first["path"] for first in sorted((u[0] for u in seen.users()), key=lambda first: first["ms"])]
        of_b = [i for i, path in enumerate(begun) if path == "/about/press"]
        tap.timing(len(of_b) == of_b[-1] - of_b[0] + 1 and of_b[0] >= 5, "classes: then only B start", begun)
        tap.timing([t for t in a if b[0] < t < b[0] + 800], "classes: and the others keep what they have")
    tap.equal((seen.made("GET", "/about/team"), seen.made("GET", "/about/press")), (len(a), len(b)), "classes: rows are what the shop saw")


def step_load():
    compare("step_load", lambda t: (t // 30 + 1) * 10, 600)
    seen = Seen("step_load", "--step-time", "1s", "--step-users", "3", "--time-limit", "3s")
    begin = seen.requests[0]["ms"]
    starts = sorted(u[0]["ms"] - begin for u in seen.users())
    if tap.timing(len(starts) == 9, "step_load: three steps of three users", starts):
        tap.timing(starts[3] > 700 and starts[6] > 1400, "step_load: one after the other", starts)


def wait_user_count():
    seen = Seen("wait_user_count", "--dwell", "1s")
    begin = seen.requests[0]["ms"]
    starts = sorted(u[0]["ms"] - begin for u in seen.users())
    tap.equal(len(starts), 20, "reached: twenty users in all")
    starts += [math.inf] * (20 - len(starts))
    # Ten at five a second take 1.8 s, then they stay for 1 s: the eleventh comes no earlier than that.
    tap.timing(starts[10] - starts[9] > 700, "reached: the next step waits until the users are there and have stayed", starts)
    last = seen.requests[-1]["ms"] - begin
    tap.timing(last - starts[19] > 2000, "reached: and so do the others", "%.0f after %.0f" % (last, starts[19]))


def open_closed_workload():
    seen = Seen("open_closed_workload", "--shape", "Closed", "--length", "3s", "--cycle", "200ms")
    rows = {n: seen.made("GET", n) for n in ("closed", "paced", "open")}
    tap.ok(rows["closed"] > 0 and rows["paced"] > 0 and rows["open"] == 0, "closed: the two kinds of the shape, no other", rows)
    # From start to start: 100 ms of answer and a wait of 200 ms, or a pace of 200 ms. The shop tells one kind's users from the
    # other's by nothing but that.
    gaps = sorted(sorted(b["ms"] - a["ms"] for a, b in zip(user, user[1:]))[(len(user) - 1) // 2] for user in seen.users() if len(user) > 2)
    tap.timing(gaps and 150 < gaps[0] < 290 < gaps[-1], "closed: a pace of 200 ms is shorter than 100 ms of answer and a wait of 200 ms", gaps)
    tap.ok(2 <= len(seen.users()) <= 20, "closed: never more than 20 users", len(seen.users()))
    seen = Seen("open_closed_workload", "--shape", "Open", "--length", "2s", "--cycle", "200ms")
    visits = seen.made("GET", "closed") + seen.made("GET", "paced") + seen.made("GET", "open")
    tap.ok(38 <= visits <= 42 and visits == seen["GET /slow"], "open: 20 visits a second, whatever the answers take", visits)


EXAMPLE_TESTS = [add_command_line_argument, basic, bottlenecked_server, browse_docs, browse_docs_sequence, csrf_form_authentication,
                 custom_messages, custom_wait_function, double_wave, dynamic_user_credentials, events, fast_http, manual_stats_reporting,
                 markov_taskset, multiple_hosts, nested_inline_tasksets, open_closed_workload, quickstart, response_validations, rest,
                 semaphore_wait, stages, staging_user_classes, step_load, stop_on_threshold, testdata_from_csv, testdata_management,
                 wait_user_count, web_ui_cache_stats, worker_index, x_forwarded_for]

wanted = [t for t in EXAMPLE_TESTS if len(sys.argv) < 2 or t.__name__ in sys.argv[1:]]
names = sorted(f[:-6] for f in os.listdir(EXAMPLES) if f.endswith(".swarm"))
tap.equal(names, sorted(t.__name__ for t in EXAMPLE_TESTS), "every example has a test")
for file in os.listdir(EXAMPLES):
    if file.endswith(".csv"):
        shutil.copy(os.path.join(EXAMPLES, file), st.folder())
with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
    compiled = list(pool.map(compile_example, [t.__name__ for t in wanted]))
programs = {name: program for name, program, _ in compiled}
for test, (name, program, said) in zip(wanted, compiled):
    if tap.ok(program, "%s.swarm compiles without a warning" % name, said):
        test()
shop.end()
tap.end()
