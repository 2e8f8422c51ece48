"""A server that answers with bytes as they are told, for the tests of the HTTP engines. Standard library only.

    server = Wire(answer)        answer(request) -> a list of steps; request has method, target, head (bytes), body, connection
                                 (numbered from 1) and number (of the request on its connection, from 1)
                                 (over TLS: reused, the session was resumed; peer, the client's certificate or None)
    steps: bytes to send; a float: seconds to wait; CLOSE; RESET (the connection is broken off with RST);
    BYE (over TLS: close_notify, then close); READ (waits for the
    next request without answering)

server.log holds all requests in the order of their arrival, server.connections how many were accepted."""
import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from listener import Listener

CLOSE, RESET, BYE = object(), object(), object()


class Request:
    def __init__(self, connection, number, head, body):
        self.connection, self.number, self.head, self.body = connection, number, head, body
        self.method, self.target, self.version = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")

    def header(self, name):
        """All values of a header."""
        found = []
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.decode("latin-1").partition(":")
            if key.lower() == name.lower():
                found.append(value.strip())
        return found

    def names(self):
        return [line.split(b":")[0].decode("latin-1") for line in self.head.split(b"\r\n")[1:]]


class Wire(Listener):
    patience = None

    def __init__(self, answer, tls=None):
        self.answer, self.log = answer, []
        super().__init__(tls, backlog=4096)

    def serve(self, connection, number):
        data, count = b"", 0
        while True:
            while b"\r\n\r\n" not in data:
                more = connection.recv(65536)
                if not more:
                    return
                data += more
            head, data = data.split(b"\r\n\r\n", 1)
            count += 1
            request = Request(number, count, head, b"")
            length = int((request.header("Content-Length") or ["0"])[0])
            while len(data) < length:
                more = connection.recv(65536)
                if not more:
                    return
                data += more
            request.reused = getattr(connection, "session_reused", None)
            request.peer = connection.getpeercert() if self.tls else None
            request.body, data = data[:length], data[length:]
            with self.lock:
                self.log.append(request)
            for step in self.answer(request):
                if step is CLOSE:
                    return
                if step is BYE:
                    connection.settimeout(5)
                    connection.unwrap()
                    return
                if step is RESET:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                if isinstance(step, float):
                    time.sleep(step)
                else:
                    connection.sendall(step)


def plain(body=b"", status=b"200 OK", *headers):
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
