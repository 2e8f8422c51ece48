"""A world of its own for names: a network namespace in which resolv.conf, hosts and nsswitch.conf are ours and a name
server of the test answers on 127.0.0.53. The test itself moves into it (enter)."""
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading

INSIDE = "SWARM_TEST_IN_NAMESPACE"
SERVER = "127.0.0.53"
A, AAAA = 1, 28


def enter(files):
    """Starts the test anew in the namespace, with `files` (path: text) in place of the system's; None: it is there already,
    else why that cannot be."""
    if os.environ.get(INSIDE):
        return None
    if not shutil.which("unshare") or not shutil.which("ip"):
        return "missing tool: unshare and ip"
    into = ["unshare", "-n", "-m"] if os.geteuid() == 0 else ["unshare", "-r", "-n", "-m"]
    if subprocess.run([*into, "ip", "link", "set", "lo", "up"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
        return "this user may make no namespaces"
    folder = os.environ.get("TMPDIR", "/tmp")
    steps = ["ip link set lo up"]
    for number, (path, text) in enumerate(files.items()):
        mine = os.path.join(folder, "world-%d-%d" % (os.getpid(), number))
        with open(mine, "w") as file:
            file.write(text)
        if not os.path.exists(path):
            return "%s is not there to be replaced" % path
        steps.append("mount --bind %s %s" % (mine, path))
    steps.append('exec "$@"')
    os.environ[INSIDE] = "1"
    os.execvp(into[0], [*into, "sh", "-e", "-c", "\n".join(steps), "sh", sys.executable, *sys.argv])
    return None


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
        return True
    except OSError:
        return False


class NameServer:
    """Answers from `names`: {name: (ttl, [addresses])}. A name with None is left without an answer, others do not exist."""

    def __init__(self, names):
        self.names, self.asked = names, []
        self.lock = threading.Lock()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((SERVER, 53))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            query, sender = self.socket.recvfrom(4096)
            answer = self.answer(query)
            if answer:
                self.socket.sendto(answer, sender)

    def answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
            at += 1 + query[at]
        kind = struct.unpack("!H", query[at + 1:at + 3])[0]
        name, question = ".".join(labels), query[12:at + 5]
        with self.lock:
            self.asked.append((name, kind))
            known = name in self.names
            entry = self.names.get(name)
        if known and entry is None:
            return None
        ttl, addresses = entry if entry else (0, [])
        family = {A: socket.AF_INET, AAAA: socket.AF_INET6}.get(kind)
        wanted = [address for address in addresses if family and (":" in address) == (kind == AAAA)]
        records = [struct.pack("!HHHIH", 0xc00c, kind, 1, ttl, len(data)) + data
                   for data in (socket.inet_pton(family, address) for address in wanted)]
        flags = 0x8180 | (0 if known else 3)
        return query[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0) + question + b"".join(records)

    def set(self, name, ttl, *addresses):
        with self.lock:
            self.names[name] = (ttl, list(addresses))

    def count(self, name, kind=A):
        """How often it was asked for since the last time."""
        with self.lock:
            found = self.asked.count((name, kind))
            self.asked = [one for one in self.asked if one != (name, kind)]
        return found


class WebServer:
    """Answers 200 on one port of several addresses; `seen` has the connections and requests of each."""

    ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    def __init__(self, *addresses):
        self.connections = {address: 0 for address in addresses}
        self.lock = threading.Lock()
        self.port = 0
        for address in addresses:
            listener = socket.create_server((address, self.port), family=socket.AF_INET6 if ":" in address else socket.AF_INET)
            self.port = listener.getsockname()[1]
            threading.Thread(target=self.listen, args=(listener, address), daemon=True).start()

    def listen(self, listener, address):
        while True:
            connection, _ = listener.accept()
            with self.lock:
                self.connections[address] += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        buffer = b""
        with connection:
            while True:
                try:
                    got = connection.recv(65536)
                except OSError:
                    return
                if not got:
                    return
                buffer += got
                while b"\r\n\r\n" in buffer:
                    buffer = buffer.split(b"\r\n\r\n", 1)[1]
                    connection.sendall(self.ANSWER)

    def taken(self):
        """The connections of each address since the last time."""
        with self.lock:
            found = dict(self.connections)
            for address in found:
                self.connections[address] = 0
        return found
