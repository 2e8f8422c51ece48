"""A server that means ill, in a process of its own: hostile.py PORT_FILE. What it does to a request is the first part of its path."""
import gzip
import os
import socket
import struct
import sys
import threading
import time

BOMB = gzip.compress(bytes(50000000))
ANSWER = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"


def drip(send, front, piece, seconds):
    send(front)
    while True:
        send(piece)
        time.sleep(seconds)


def tiny(send):
    send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(100000):
        send(b"x")


HEAD = b"HTTP/1.1 200 OK\r\n"
DEEDS = {
    "loris-status": lambda send: drip(send, b"", b"H", 0.05),
    "loris-head": lambda send: drip(send, HEAD + b"X-Long: ", b"x", 0.05),
    "loris-body": lambda send: drip(send, HEAD + b"Content-Length: 1000\r\n\r\n", b"x", 0.05),
    "endless-head": lambda send: drip(send, HEAD, b"X-Field: 0123456789012345678901234567890123456789\r\n" * 100, 0.01),
    "endless-value": lambda send: drip(send, HEAD + b"X-Long: ", b"x" * 5000, 0.01),
    "endless-interim": lambda send: drip(send, b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 400, 0.01),
    "endless-body": lambda send: drip(send, HEAD + b"\r\n", b"x" * 60000, 0.005),
    "endless-chunks": lambda send: drip(send, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 1000, 0.01),
    "endless-extension": lambda send: drip(send, HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;", b"x" * 60000, 0.005),
    "endless-trailer": lambda send: drip(send, HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-T: x\r\n" * 1000, 0.01),
    "tiny": tiny,
    "short": lambda send: send(HEAD + b"Content-Length: 100\r\n\r\nhello"),
    "huge": lambda send: send(HEAD + b"Content-Length: 9000000000000000000\r\n\r\nhello"),
    "bomb": lambda send: send(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB),
    "silent": lambda send: time.sleep(5),
}
STAYS = ("tiny", "bomb")    # the connection is kept behind these
resets = 0
lock = threading.Lock()


def exchange(connection, data):
    """One request; what is left over, or None when the connection is to be closed."""
    global resets
    while b"\r\n\r\n" not in data:
        more = connection.recv(4096)
        if not more:
            return None
        data += more
    head, data = data.split(b"\r\n\r\n", 1)
    deed = head.split(b" ")[1].decode().split("/")[1]
    if deed == "reset":
        with lock:
            place, resets = resets % len(ANSWER), resets + 1
        connection.sendall(ANSWER[:place])
        time.sleep(0.003)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return None
    DEEDS[deed](connection.sendall)
    return data if deed in STAYS else None


def serve(connection):
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(10)
        data = b""
        while data is not None:
            data = exchange(connection, data)
    except (OSError, KeyError):
        pass
    finally:
        connection.close()


def main():
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        with open(sys.argv[1] + ".half", "w") as file:
            file.write(str(listening.getsockname()[1]))
        os.rename(sys.argv[1] + ".half", sys.argv[1])
        while True:
            threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()


if __name__ == "__main__":
    main()
