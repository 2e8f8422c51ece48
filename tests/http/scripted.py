"""A server for programs/*.json: each case has its own paths below /KEY, and answers as the case says. Standard library only.

An answer is {"status", "headers", "body"} (its length is added), or one with more to it: "coded": codings put on the body one after
the other (gzip gzip2 zlib raw), "base64" instead of a body, "times" of the body, "cut" bytes off its end, "flip" a byte of it,
"append" to it, "chunks" of that size, "close" instead of a length; or {"raw": [bytes as texts, seconds, "close", "reset"]}.

In texts <A> <B> are the case's base at two addresses, <SHOP> <SUB> <OTHER> <UK> <UK2> at names, <HOST> <HOSTB> the two hosts with
their port, <K> the case's key."""
import base64
import gzip
import re
import socket
import struct
import threading
import time
import zlib

import listener

NAMES = {"SHOP": "shop.example.test", "SUB": "sub.shop.example.test", "OTHER": "other.test", "UK": "www.swarm-one.co.uk",
         "UK2": "www.swarm-two.co.uk"}


def places(text, key, port):
    """The text with what stands for addresses filled in."""
    known = {"A": "http://127.0.0.1:%d/%s" % (port, key), "B": "http://127.0.0.2:%d/%s" % (port, key), "K": key,
             "HOST": "127.0.0.1:%d" % port, "HOSTB": "127.0.0.2:%d" % port,
             **{word: "http://%s:%d/%s" % (name, port, key) for word, name in NAMES.items()}}
    return re.sub(r"<([A-Z0-9]+)>", lambda m: known[m[1]], text)


def code(body, coding):
    if coding == "gzip":
        return gzip.compress(body, mtime=0)
    if coding == "gzip2":
        return gzip.compress(body, mtime=0) * 2
    if coding == "zlib":
        return zlib.compress(body)
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


def render(answer, head_only):
    """The bytes of an answer that is not raw, and whether the connection is closed behind them."""
    body = base64.b64decode(answer["base64"]) if "base64" in answer else answer.get("body", "").encode("latin-1") * answer.get("times", 1)
    for coding in answer.get("coded", []):
        body = code(body, coding)
    if "flip" in answer:
        place = len(body) + answer["flip"]
        body = body[:place] + bytes([body[place] ^ 0xff]) + body[place + 1:]
    body = body[:len(body) - answer.get("cut", 0)] + answer.get("append", "").encode()
    lines = ["HTTP/1.1 " + answer["status"], *answer.get("headers", [])]
    if "chunks" in answer:
        lines.append("Transfer-Encoding: chunked")
        size = answer["chunks"]
        body = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + size]), body[i:i + size]) for i in range(0, len(body), size)) + b"0\r\n\r\n"
    elif not answer.get("close"):
        lines.append("Content-Length: %d" % len(body))
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head + (b"" if head_only else body), answer.get("close", False)


class Seen:
    """A request as it came."""

    def __init__(self, key, method, target, headers, body):
        self.key, self.method, self.target, self.headers, self.body = key, method, target, headers, body

    def header(self, name):
        return ", ".join(value for other, value in self.headers if other.lower() == name.lower()) or None \
            if name.lower() in [other.lower() for other, _ in self.headers] else None

    def __str__(self):
        return "%s %s" % (self.method, self.target)


class Scripted:
    def __init__(self, cases):
        self.cases, self.log, self.lock = cases, [], threading.Lock()
        first = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = first.getsockname()[1]
        self.sockets = [first, socket.create_server(("127.0.0.2", self.port), backlog=256)]
        self.threads = [threading.Thread(target=self.accept, args=(listening,), daemon=True) for listening in self.sockets]
        for thread in self.threads:
            thread.start()

    def accept(self, listening):
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            connection.settimeout(30)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            data = b""
            while data is not None:
                data = self.exchange(connection, data)
        except (OSError, ValueError, KeyError):
            pass
        finally:
            connection.close()

    def exchange(self, connection, data):
        def more():
            got = connection.recv(65536)
            if not got:
                raise OSError("closed")
            return got

        while b"\r\n\r\n" not in data:
            data += more()
        head, data = data.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ")
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        while len(data) < length:
            data += more()
        body, data = data[:length], data[length:]
        key, _, path = target[1:].partition("/")
        with self.lock:
            self.log.append(Seen(key, method, "/" + path, headers, body.decode("latin-1")))
        serve = self.cases[key]["serve"]
        answer = serve.get("/" + path, serve.get("*", {"status": "404 Not Found", "body": "no such path"}))
        return self.answer(connection, key, answer, method == "HEAD", data)

    def answer(self, connection, key, answer, head_only, data):
        def fill(text):
            return places(text, key, self.port)

        if "raw" not in answer:
            out, close = render(dict(answer, headers=[fill(line) for line in answer.get("headers", [])]), head_only)
            connection.sendall(out)
            return None if close else data
        for step in answer["raw"]:
            if step == "close":
                return None
            if step == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return None
            if isinstance(step, float):
                time.sleep(step)
            else:
                connection.sendall((step["repeat"] * step["times"] if isinstance(step, dict) else fill(step)).encode("latin-1"))
        return data

    def close(self):
        for listening, thread in zip(self.sockets, self.threads):
            listener.stop(listening, thread)
