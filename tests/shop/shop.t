#!/usr/bin/env python3
"""The demo shop: what it answers, and that it counts exactly, also when it is killed."""
import concurrent.futures
import gzip
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
from urllib.parse import quote

from shop import Shop
from tap import done, equal, like, ok, unlike


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


def ask(shop, method, path, body=None, headers=None, connection=None):
    """One request; on a connection of its own when none is given."""
    own = connection or http.client.HTTPConnection("127.0.0.1", shop.port, timeout=60)
    if isinstance(body, (dict, list)):
        headers = dict({"Content-Type": "application/json"}, **(headers or {}))
        body = json.dumps(body)
    try:
        own.request(method, path, body, headers or {})
        return Answer(own.getresponse())
    finally:
        if own is not connection:
            own.close()


def raw(shop, data, wait_for_answer=True):
    """Sends bytes as they are and returns what comes back until the other side closes, or nothing."""
    with socket.create_connection(("127.0.0.1", shop.port), timeout=60) as sock:
        sock.sendall(data)
        if not wait_for_answer:
            return b""
        sock.shutdown(socket.SHUT_WR)
        got = b""
        while piece := sock.recv(65536):
            got += piece
        return got


def wait_until(condition):
    give_up = time.monotonic() + 30
    while not condition() and time.monotonic() < give_up:
        time.sleep(0.02)
    return condition()


def try_accounts(shop):
    good = {"email": "testuser@example.com", "password": "TestPass123"}
    got = ask(shop, "POST", "/api/auth/login", good)
    equal(got.status, 200, "login answers 200")
    token = got.json["token"]
    like(got.headers["Set-Cookie"], "sid=" + token, "login sets the cookie")
    equal(got.json["user"]["email"], good["email"], "login tells the user")
    equal(ask(shop, "POST", "/api/auth/login", dict(good, password="wrong")).status, 401, "a wrong password is refused")
    equal(ask(shop, "POST", "/api/auth/login", {"email": "a@b.c"}).status, 401, "no password is refused")
    equal(ask(shop, "POST", "/api/auth/login", "{oops", {"Content-Type": "application/json"}).status, 400,
          "broken JSON is refused")
    deep = ask(shop, "POST", "/api/auth/login", "[" * 50000, {"Content-Type": "application/json"})
    equal(deep.status, 400, "deep JSON is refused")
    bearer, cookie = {"Authorization": "Bearer " + token}, {"Cookie": "theme=dark; sid=" + token}
    equal(ask(shop, "GET", "/api/me", headers=bearer).json["user"], good["email"], "the token says who asks")
    equal(ask(shop, "GET", "/api/me", headers=cookie).json["user"], good["email"], "so does the cookie")
    equal(ask(shop, "GET", "/api/me").json["user"], None, "a stranger is nobody")
    equal(ask(shop, "POST", "/api/auth/logout", headers=bearer).status, 200, "logout answers 200")
    equal(ask(shop, "GET", "/api/me", headers=bearer).json["user"], None, "the token is worth nothing after it")
    odd = {"email": "a\u00e9\"\\\U0001f600", "password": "x"}
    equal(ask(shop, "POST", "/api/auth/login", odd).json["user"]["email"], odd["email"], "a name keeps its characters")

    got = ask(shop, "POST", "/login", "email=a%40b.c&password=x+y", {"Content-Type": "application/x-www-form-urlencoded"})
    equal((got.status, got.headers["Location"]), (303, "/welcome"), "the login form leads to /welcome")
    cookie = {"Cookie": got.headers["Set-Cookie"].split(";")[0]}
    equal(ask(shop, "GET", "/api/me", headers=cookie).json["user"], "a@b.c", "the form's fields are decoded")

    equal(ask(shop, "GET", "/admin/dashboard").status, 401, "the administration needs a login")
    equal(ask(shop, "GET", "/admin/dashboard", headers=cookie).status, 403, "and an administrator")
    got = ask(shop, "POST", "/admin/login", {"username": "admin", "password": "AdminPass123"})
    admin = {"Cookie": got.headers["Set-Cookie"].split(";")[0]}
    equal(ask(shop, "GET", "/admin/dashboard", headers=admin).status, 200, "the administrator sees the dashboard")
    equal(len(ask(shop, "GET", "/admin/users?page=2", headers=admin).json["users"]), 20, "and a page of users")
    got = ask(shop, "GET", "/admin/reports/export?format=csv", headers=admin)
    equal((got.headers["Content-Type"].split(";")[0], len(got.text.splitlines())), ("text/csv", 121), "and a report")
    equal(ask(shop, "POST", "/admin/logout", headers=admin).status, 200, "the administrator logs out")


def try_products(shop):
    page = ask(shop, "GET", "/api/v1/products?page=2&limit=7").json
    equal(([i["id"] for i in page["items"]], page["total"], page["page"]), (list(range(8, 15)), 120, 2), "products come in pages")
    found = ask(shop, "GET", "/api/v1/products?q=laptop&category=electronics").json
    ok(found["items"] and all("laptop" in i["name"] for i in found["items"]), "a search finds laptops", found)
    equal(ask(shop, "GET", "/api/v1/products?q=LAPTOP").json["total"], found["total"], "in any case of letters")
    equal(ask(shop, "GET", "/api/v1/products?q=nosuchthing").json["items"], [], "or nothing")
    regions = {i["region"] for i in ask(shop, "GET", "/api/v1/products?region=eu&limit=100").json["items"]}
    equal(regions, {"eu", "both"}, "a region leaves out the other one")
    for query in ("page=0", "page=x", "limit=101", "limit=-1", "limit=", "limit=1x", "page=99999999999999999999"):
        equal(ask(shop, "GET", "/api/v1/products?" + query).status, 400, "refused: " + query)
    links = re.findall(r'<a class="product" data-id="(\d+)" href="(/products/\d+)">', ask(shop, "GET", "/products").text)
    equal(len(links), 24, "the product page has links")
    equal({ask(shop, "GET", link).status for _, link in links}, {200}, "they lead somewhere")
    equal(ask(shop, "GET", "/products/121").status, 404, "beyond the last product is nothing")


def try_orders(shop):
    cart = ask(shop, "POST", "/api/cart", {"productId": "3", "quantity": 2})
    equal(cart.status, 201, "a cart is made")
    shown = ask(shop, "GET", "/api/cart/" + cart.json["cartId"]).json
    equal(shown["items"], [{"productId": 3, "quantity": 2}], "the cart holds the product")
    order = ask(shop, "POST", "/api/orders", {"cartId": cart.json["cartId"], "paymentMethod": "card"})
    equal((order.status, order.json["total"]), (201, shown["total"]), "the cart is ordered")
    coupons = [ask(shop, "POST", "/api/orders", {"sku": i}).json["coupon"] for i in range(8)]
    equal(sum(c is not None for c in coupons), 2, "every fourth order has a coupon")
    place = "/api/orders/" + order.json["orderId"]
    equal(ask(shop, "PUT", place, {"state": "packed"}).json["state"], "packed", "an order is packed")
    equal(ask(shop, "GET", place).json["state"], "packed", "and stays so")
    for body, status in (({"productId": 0}, 404), ({"productId": "x"}, 404), ({}, 400), ({"productId": 1, "quantity": 0}, 400),
                         ({"productId": None}, 400), ({"productId": [1]}, 400), ([], 400)):
        equal(ask(shop, "POST", "/api/cart", body).status, status, "refused cart: %s" % body)
    equal(ask(shop, "POST", "/api/orders", {"cartId": "9999"}).status, 404, "an unknown cart is not ordered")
    equal(ask(shop, "PUT", "/api/orders/9999", {"state": "packed"}).status, 404, "an unknown order is not packed")
    job = ask(shop, "POST", "/jobs", {"kind": "report"}).json["id"]
    states = [ask(shop, "GET", "/jobs/" + job).json["state"] for _ in range(5)]
    equal(states, ["running"] * 3 + ["done"] * 2, "a job is done after a while")
    equal(ask(shop, "GET", "/jobs/77").status, 404, "an unknown job is not found")


def try_pages(shop):
    for path in ("/", "/about/team", "/about/press", "/about/jobs", "/login", "/welcome", "/cart", "/pay",
                 "/forum/thread/1", "/forum/thread/500", "/post/1", "/static/app.js", "/static/app.css"):
        equal(ask(shop, "GET", path).status, 200, "GET " + path)
    for path in ("/nothing", "/products/", "/products/1/2", "/forum/thread/501", "/products/%00", "/" + "a" * 5000):
        equal(ask(shop, "GET", path).status, 404, "nothing at " + path[:30])
    page = ask(shop, "GET", "/form").text
    token = re.search('name="authenticity_token" value="([^"]*)"', page).group(1)
    like(page, "<h1>", "the form has a heading")
    like(page, "<meta name='kind' content='shop'>", "and its kind")
    link = re.search('<a class="article-title" href="([^"]*)"', page).group(1)
    equal(ask(shop, "GET", link).status, 200, "the article is there")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    got = ask(shop, "POST", "/sign-in", "authenticity_token=%s&email=a%%40b.c" % quote(token), form)
    equal((got.status, got.headers["Location"]), (303, "/welcome"), "signing in leads to /welcome")
    equal(ask(shop, "POST", "/sign-in", "email=a", form).status, 403, "not without the token")
    equal(ask(shop, "POST", "/forum/thread", "title=hello&text=x", form).status, 201, "a thread is begun")
    got = ask(shop, "HEAD", "/")
    equal((got.status, got.body), (200, b""), "HEAD has no body")
    like(ask(shop, "OPTIONS", "/products").headers["Allow"], "GET", "OPTIONS tells the methods")
    got = ask(shop, "DELETE", "/products")
    equal((got.status, got.headers["Allow"]), (405, "GET, HEAD, OPTIONS"), "another method is not allowed")


def try_lab(shop):
    got = ask(shop, "PATCH", "/echo/x?a=1&a=2&b=%C3%A9&c", b'h\xc3\xa4 \xff"', {"X-Try": "1", "Cookie": "k=v; l=w"}).json
    equal((got["method"], got["path"], got["target"]), ("PATCH", "/echo/x", "/echo/x?a=1&a=2&b=%C3%A9&c"), "echo: the request line")
    equal(got["query"], {"a": ["1", "2"], "b": ["\u00e9"], "c": [""]}, "echo: the query")
    equal((got["headers"]["x-try"], got["cookies"]), ("1", {"k": "v", "l": "w"}), "echo: headers and cookies")
    equal((got["body"], got["bytes"]), ("h\u00e4 \ufffd\"", 6), "echo: the body")
    equal(ask(shop, "POST", "/echo", b"x" * (1 << 20)).json["bytes"], 1 << 20, "echo: a megabyte")
    equal(ask(shop, "POST", "/echo", b"x" * ((1 << 20) + 1)).status, 413, "echo: no more than that")
    equal(ask(shop, "POST", "/upload", b"x" * 3000001).json["bytes"], 3000001, "upload: the bytes of a body")
    parts = (b'--Border\r\nContent-Disposition: form-data; name="title"\r\n\r\navatar\r\n--Border\r\nContent-Disposition: form-data; '
             b'name="picture"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n' + b"\x89PNG" * 5000 + b"\r\n--Border--\r\n")
    got = ask(shop, "POST", "/upload", parts, {"Content-Type": "multipart/form-data; boundary=Border"}).json
    equal(got, {"bytes": len(parts), "parts": [{"name": "title", "bytes": 6},
                {"name": "picture", "filename": "a.png", "type": "image/png", "bytes": 20000}]}, "upload: the parts")
    equal([ask(shop, "GET", "/flaky").status for _ in range(6)], [200, 200, 503] * 2, "flaky fails every third time")
    got = ask(shop, "GET", "/maybe")
    ok("welcome back" in got.text and got.json["items"][0]["price"] >= 10 and got.headers["Set-Cookie"], "maybe is there", got.text)
    equal(ask(shop, "PROPFIND", "/dav").status, 207, "PROPFIND is answered")
    equal(ask(shop, "GET", "/redirect/3").headers["Location"], "/redirect/2", "a chain of redirects goes on")
    equal(ask(shop, "GET", "/redirect/1").headers["Location"], "/landed", "and lands")
    equal(ask(shop, "POST", "/redirect-code/307").status, 307, "a redirect has the status asked for")
    like(ask(shop, "POST", "/landed", b"abc").text, "landed by POST with 3 bytes", "the landing place says how one came")
    plain, packed = ask(shop, "GET", "/gzip"), ask(shop, "GET", "/gzip", headers={"Accept-Encoding": "br, gzip;q=0.5"})
    equal(packed.headers["Content-Encoding"], "gzip", "packed when accepted")
    equal(gzip.decompress(packed.body), plain.body, "the same text")
    refused = ask(shop, "GET", "/gzip", headers={"Accept-Encoding": "gzip;q=0, br"})
    equal(refused.headers["Content-Encoding"], None, "not packed when refused")
    got = ask(shop, "GET", "/response-headers?X-Cache=HIT&Content-Length=1&X-Bad=a%0d%0aX-Split:1")
    equal((got.status, got.headers["X-Cache"], got.headers["X-Split"]), (200, "HIT", None), "headers that were asked for")
    equal([ask(shop, "GET", "/status/%d" % n).status for n in (200, 204, 304, 418, 503)], [200, 204, 304, 418, 503], "any status")
    equal([len(ask(shop, "GET", "/bytes/%d" % n).body) for n in (0, 1, 65536, 65537, 5000000)], [0, 1, 65536, 65537, 5000000],
          "any number of bytes")
    equal(raw(shop, b"GET /close HTTP/1.1\r\nHost: x\r\n\r\n"), b"", "closed without an answer")
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        slow = list(pool.map(lambda _: ask(shop, "GET", "/slow?ms=300").status, range(20)))
    ok(slow == [200] * 20 and time.monotonic() - began >= 0.3, "slow answers late", slow)


def try_counts(shop):
    shop.reset()
    equal(shop.counts()["requests"], {}, "a reset leaves nothing")
    equal(shop.counts()["connections"]["total"], 0, "asking for the counts is not counted")
    lock = threading.Lock()
    sent, used = {}, []

    def user(number):
        connection = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=60)
        mine = 5 + number
        for i in range(mine):
            method, path = (("GET", "/products/%d" % (i % 7 + 1)), ("POST", "/echo"), ("GET", "/nothing"))[i % 3]
            ask(shop, method, path + "?x=%d" % i, b"x" if method == "POST" else None, connection=connection)
            with lock:
                sent[method + " " + path] = sent.get(method + " " + path, 0) + 1
        connection.close()
        with lock:
            used.append(mine)

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(user, range(24)))
    counts = shop.counts()
    equal(counts["requests"], sent, "every request is counted under its method and path")
    equal(counts["total"], sum(sent.values()), "and in the total")
    equal([(c["requests"], c["connections"]) for c in counts["connections"]["by_requests"]],
          sorted((n, used.count(n)) for n in set(used)), "and on its connection")
    equal(counts["connections"]["total"], 24, "every user had one connection")
    ok(wait_until(lambda: shop.counts()["connections"]["open"] == 1), "only the one that asks is open now")

    shop.reset()
    raw(shop, b"POST /api/cart HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{", wait_for_answer=False)
    ok(wait_until(lambda: shop.counts()["incomplete"] == 1), "a body that never completes is seen")
    equal(shop.counts()["requests"], {"POST /api/cart": 1}, "and its request counted")
    raw(shop, b"GET /half HTTP/1.1\r\nHost: x\r\n", wait_for_answer=False)
    raw(shop, b"GET /a%20b%22\xe9?q HTTP/1.1\r\nHost: x\r\n\r\nGET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    equal(shop.counts()["requests"], {"POST /api/cart": 1, "GET /a%20b%22%E9": 1, "GET /c": 1},
          "paths are counted as sent; headers that never end are not; pipelined requests are")

    shop.reset()
    keep = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=60)
    for _ in range(1500):
        ask(shop, "GET", "/", connection=keep)
    equal(shop.counts()["connections"]["by_requests"], [{"requests": 1024, "up_to": 2047, "connections": 1}],
          "many requests of one connection are in a range")
    shop.reset()
    ask(shop, "GET", "/", connection=keep)
    equal(shop.counts()["connections"]["by_requests"], [{"requests": 1, "connections": 1}],
          "an open connection begins anew after a reset")
    keep.close()


def try_overflow(shop):
    """More different paths than the table holds: nothing is lost, the rest is counted together."""
    shop.reset()
    keys, extra = 65536, 1000
    with socket.create_connection(("127.0.0.1", shop.port), timeout=60) as sock:
        answers = 0
        for start in range(0, keys + extra, 128):
            last = min(start + 128, keys + extra)
            sock.sendall(b"".join(b"HEAD /n/%d HTTP/1.1\r\nHost: x\r\n\r\n" % i for i in range(start, last)))
            answers += last - start
            got = b""
            while got.count(b"HTTP/1.1 404") < last - start:
                piece = sock.recv(1 << 20)
                if not piece:
                    raise RuntimeError("the shop closed the connection")
                got += piece
    counts = shop.counts()
    equal((counts["total"], counts["other"], len(counts["requests"])), (answers, extra, keys), "no request is lost beyond the table")
    equal(set(counts["requests"].values()), {1}, "and the table is right")
    long_path = "/" + "a" * 2000
    shop.reset()
    ask(shop, "GET", long_path)
    equal((shop.counts()["total"], shop.counts()["other"]), (1, 1), "a very long path is counted as other")


def try_kill():
    """kill -9 under load: the file holds every answered request, and no more than those that were under way."""
    with tempfile.TemporaryDirectory() as folder:
        counts_file = os.path.join(folder, "counts")
        with Shop(counts=counts_file) as shop:
            users, answered, sent = 8, [0] * 8, [0] * 8
            enough = threading.Event()

            def user(number):
                connection = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=60)
                try:
                    while True:
                        sent[number] += 1
                        ask(shop, "GET", "/products/%d" % (number + 1), connection=connection)
                        answered[number] += 1
                        if answered[number] == 300:
                            enough.set()
                except (OSError, http.client.HTTPException):
                    connection.close()

            threads = [threading.Thread(target=user, args=(n,)) for n in range(users)]
            for thread in threads:
                thread.start()
            ok(enough.wait(60), "the load runs")
            second = subprocess.run([Shop.program, "--port", "0", "--counts", counts_file], stderr=subprocess.PIPE, text=True,
                                    timeout=60, check=False)
            equal(second.returncode, 1, "a second shop does not count in the same file")
            like(second.stderr, "another shop counts in", "and says why")
            shop.kill()
            for thread in threads:
                thread.join()
            counts = shop.counts()
        seen = [counts["requests"].get("GET /products/%d" % (n + 1), 0) for n in range(users)]
        ok(all(answered[n] <= seen[n] <= sent[n] for n in range(users)), "the counts survive kill -9 exactly",
           "answered %s" % answered, "seen     %s" % seen, "sent     %s" % sent)
        equal(counts["total"], sum(seen), "so does the total")
        before = counts["total"]
        with Shop(counts=counts_file) as shop:
            ask(shop, "GET", "/")
            equal(shop.counts()["total"], before + 1, "a new shop goes on with the file")
            ok(wait_until(lambda: shop.counts()["connections"]["open"] == 1), "but not with the old connections")


def try_many_connections(shop):
    shop.reset()
    count = 2000
    socks = [socket.create_connection(("127.0.0.1", shop.port), timeout=60) for _ in range(count)]
    for _ in range(2):
        for sock in socks:
            sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        for sock in socks:
            got = b""
            while not got.endswith(b"</html>\n"):
                piece = sock.recv(65536)
                if not piece:
                    raise RuntimeError("the shop closed a connection")
                got += piece
    counts = shop.counts()
    equal((counts["total"], counts["connections"]["by_requests"]), (2 * count, [{"requests": 2, "connections": count}]),
          "2,000 connections stay open and are counted")
    for sock in socks:
        sock.close()


def try_journal():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "journal")
        with Shop("--journal", path) as shop:
            connection = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=60)
            for method, target, body in (("POST", "/echo?a=1", b"caf\xc3\xa9 \"\xff"), ("GET", "/slow?ms=10", None), ("POST", "/echo", b"x" * 5000)):
                ask(shop, method, target, body, {"X-Who": "ann"}, connection)
            ask(shop, "GET", "/")
            shop.counts()
            connection.close()
            with open(path, encoding="utf-8") as file:
                lines = [json.loads(line) for line in file]
        equal([(n["method"], n["target"]) for n in lines], [("POST", "/echo?a=1"), ("GET", "/slow?ms=10"), ("POST", "/echo"), ("GET", "/")],
              "the journal has each request once, asking for the counts not")
        equal((lines[0]["body"], lines[0]["headers"]["x-who"], len(lines[2]["body"])), ('caf\u00e9 "\ufffd', "ann", 4096), "with headers and the begin of the body")
        equal([n["connection"] == lines[0]["connection"] for n in lines], [True, True, True, False], "and its connection")
        ok(all(a["ms"] <= b["ms"] for a, b in zip(lines, lines[1:])), "in order", [n["ms"] for n in lines])


def try_command_line():
    def run(*args):
        return subprocess.run([Shop.program, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60,
                              check=False)

    help_text = run("--help")
    equal(help_text.returncode, 0, "--help ends with 0")
    for option in ("--port", "--bind", "--threads", "--counts", "--port-file", "--show-counts", "--journal"):
        like(help_text.stdout, option, "--help knows " + option)
    for args in (["--port", "x"], ["--port", "65536"], ["--threads", "0"], ["--oops"], ["stray"], ["--port"]):
        got = run(*args)
        equal((got.returncode, got.stdout), (2, ""), "refused: " + " ".join(args))
        like(got.stderr, "shop --help", "and says where help is")
    for args, part in ((["--bind", "nowhere"], "--bind nowhere is no address"), (["--counts", "/no/such/file"], "cannot open"),
                       (["--show-counts", "/no/such/file"], "cannot open"), (["--show-counts", __file__], "no counts file"),
                       (["--counts", __file__], "no counts file"), (["--journal", "/no/such/file"], "cannot write"), (["--port", "0", "--port-file", "/no/such/file"], "cannot write")):
        got = run(*args)
        equal(got.returncode, 1, "cannot run: " + " ".join(args[:2]))
        like(got.stderr, part, "and says why")
    with Shop("--threads", "1") as shop:
        equal(shop.first_line, "shop: listening on %s\n" % shop.url, "one line says where it listens")
        taken = run("--port", str(shop.port))
        equal(taken.returncode, 1, "a port is not taken twice")
        like(taken.stderr, "cannot listen", "and says so")
        equal([ask(shop, "GET", "/").status for _ in range(3)], [200] * 3, "one thread is enough")
    with Shop() as shop, socket.create_connection(("127.0.0.1", shop.port), timeout=60) as waiting:
        waiting.sendall(b"GET /slow?ms=60000 HTTP/1.1\r\nHost: x\r\n\r\n")
        ok(wait_until(lambda: shop.counts()["requests"].get("GET /slow")), "a slow request is under way")
        shop.process.send_signal(signal.SIGTERM)
        equal(shop.process.wait(60), 0, "SIGTERM ends the shop with 0 and does not wait for it")
    signal.signal(signal.SIGINT, signal.default_int_handler)    # a background shell leaves it ignored
    with Shop() as shop:
        shop.process.send_signal(signal.SIGINT)
        equal(shop.process.wait(60), 0, "so does Ctrl-C")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Shop() as shop:
        shop.process.send_signal(signal.SIGINT)
        equal(ask(shop, "GET", "/").status, 200, "where Ctrl-C is ignored it goes on")
    if socket.has_ipv6:
        try:
            with Shop("--bind", "::1") as shop:
                like(shop.first_line, "http://[::1]:", "it listens at an IPv6 address")
        except RuntimeError:
            ok(not os.path.exists("/proc/net/if_inet6"), "it listens at an IPv6 address where there is IPv6")


with Shop() as the_shop:
    try_accounts(the_shop)
    try_products(the_shop)
    try_orders(the_shop)
    try_pages(the_shop)
    try_lab(the_shop)
    try_counts(the_shop)
    try_overflow(the_shop)
    try_many_connections(the_shop)
    equal(the_shop.end(), 0, "the shop ends with 0")
try_kill()
try_journal()
try_command_line()
done()
