"""A server that plays the cases of cases/*.json byte by byte. Standard library only.

A request for /CASE/DELIVERY/NUMBER is answered with that case's bytes, delivered in pieces: DELIVERY is "whole", "bytes" (one at a
time) or the place where the first bytes are cut in two. Anything else is answered with 200 "next", so that a test sees on
which connection the following request comes, and that nothing left over is taken for its answer.

What a case's "answer" holds: texts (each character a byte), {"repeat": text, "times": n}, numbers (seconds to wait), and
    "close"    the connection is closed, in peace as far as the server knows
    "reset"    it is broken off with RST
    "drain"    the body of the request is read now ("early": it was not read before the answer)
    "finish"   no more is sent (FIN), and all is read until the other side closes
    "hold"     nothing is read or sent until the other side closes, at most three seconds
"""
import json
import os
import select
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from listener import Listener

PLACES = 48       # an answer is cut at every byte, a longer one at this many places
PLACES_PAUSED = 16  # where the case waits before the next request
BYTEWISE = 400    # and sent byte by byte when it is not longer than this
WORDS = ("close", "reset", "drain", "finish", "hold")


def text_of(part):
    return (part["repeat"] * part["times"] if isinstance(part, dict) else part).encode("latin-1")


class Case:
    def __init__(self, group, index, data):
        self.key = "%s%d" % (group, index)
        self.group, self.name, self.want = group, data["name"], data["want"]
        self.method, self.early, self.once = data.get("request", "GET"), data.get("early", False), data.get("once", False)
        self.body = text_of(data["body"]) if "body" in data else None
        self.pause, self.repeat = data.get("pause", 0), data.get("repeat", 1)
        self.steps = []     # bytes next to each other joined
        for part in data["answer"]:
            step = part if isinstance(part, float) or part in WORDS else text_of(part)
            if isinstance(step, bytes) and self.steps and isinstance(self.steps[-1], bytes):
                self.steps[-1] += step
            else:
                self.steps.append(step)

    def deliveries(self):
        first = self.steps[0]
        if self.once or not isinstance(first, bytes):
            return ["whole"] * (self.repeat if self.once else 2)
        count, most = len(first) - 1, PLACES_PAUSED if self.pause else PLACES
        places = range(1, count + 1) if count <= most else sorted({1 + i * (count - 1) // (most - 1) for i in range(most)})
        return ["whole", *(["bytes"] if len(first) <= BYTEWISE else []), *map(str, places)]

    def pieces(self, delivery):
        if delivery == "whole":
            return self.steps
        if delivery == "bytes":
            found = []
            for step in self.steps:
                if isinstance(step, bytes):
                    for i in range(len(step)):
                        found += [step[i:i + 1], 0.0]
                else:
                    found.append(step)
            return found
        cut = int(delivery)
        return [self.steps[0][:cut], 0.0005, self.steps[0][cut:], *self.steps[1:]]


def load(folder, words=()):
    """All cases, or those whose group and name hold one of the words."""
    cases = {}
    for file in sorted(os.listdir(folder)):
        if not file.endswith(".json"):
            continue
        group = file[:-5]
        with open(os.path.join(folder, file), encoding="utf-8") as source:
            for index, data in enumerate(json.load(source)):
                case = Case(group, index, data)
                if not words or any(word in "%s: %s" % (group, case.name) for word in words):
                    cases[case.key] = case
    return cases


class Player(Listener):
    def __init__(self, cases, tls=None):
        self.cases = cases
        self.log = []               # (connection, method, target) in the order of arrival
        super().__init__(tls)

    def serve(self, connection, number):
        data = b""
        while data is not None:
            data = self.exchange(connection, number, data)

    @staticmethod
    def more(connection):
        got = connection.recv(262144)
        if not got:
            raise OSError("closed")
        return got

    def exchange(self, connection, number, data):
        """One request and its answer; what was read beyond it, or None when the connection is to be closed."""
        while b"\r\n\r\n" not in data:
            data += self.more(connection)
        head, data = data.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ")
        length = next((int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:")), 0)
        with self.lock:
            self.log.append((number, method, target))
        key, delivery = target[1:].split("/")[:2]
        case = self.cases.get(key)
        left = length
        if not (case and case.early):
            data, left = self.read(connection, data, left)
        if not case:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext")
            return data
        for step in case.pieces(delivery):
            if isinstance(step, bytes):
                connection.sendall(step)
            elif isinstance(step, float):
                time.sleep(step)
            elif step == "drain":
                data, left = self.read(connection, data, left)
            else:
                self.leave(connection, step)
                return None
        return data

    def read(self, connection, data, left):
        """Reads what is left of a body, keeping nothing of it."""
        while left > len(data):
            left -= len(data)
            data = self.more(connection)
        return data[left:], 0

    @staticmethod
    def leave(connection, how):
        if how == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif how == "finish":
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(262144):
                pass
        elif how == "hold":
            poll = select.poll()
            poll.register(connection, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
            poll.poll(3000)
