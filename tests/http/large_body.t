#!/usr/bin/env python3
# runner: timeout=900
"""Bodies and parts above 64 MB are no part of the program: it reads them when it starts, from beside itself, and sends them as they are."""
import hashlib
import http.server
import os
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import swarmtest as st

tap = st.Tap()
HERE = st.folder()
SIZE = (64 << 20) + 4096
LIMIT = 64 << 20
SOURCE = """
option who: string = "ann"
user Uploader {
  on start {
    post "/file" { body file("large.bin") }
    post "/known" { multipart { field "name" "ann"; file "upload" "large.bin"; file "note" "note.txt" } }
    post "/computed" { multipart { field "name" who; file "upload" "large.bin" } }
    post "/small" { multipart { file "note" "note.txt"; file "empty" "empty.txt"; field "name" "ann" } }
    stop user
  }
}
"""
seen = {}


class Server(http.server.BaseHTTPRequestHandler):
    """Takes bodies in, and keeps their size, hash and both ends."""
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        left, ends, digest = int(self.headers["Content-Length"]), b"", hashlib.sha256()
        size = left
        while left:
            piece = self.rfile.read(min(left, 1 << 20))
            if not piece:
                return
            digest.update(piece)
            ends = (ends + piece)[:600] + (ends + piece)[600:][-600:]
            left -= len(piece)
        seen[self.path] = (size, digest.hexdigest(), ends, self.headers["Content-Type"])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def multipart(kind, *parts):
    """The hash of the body that these parts are, each its head and content."""
    boundary = kind.split("boundary=")[1].encode()
    digest, size = hashlib.sha256(), 0
    for part in [piece for head, content in parts for piece in (b"--" + boundary + b"\r\n" + head + b"\r\n\r\n", content, b"\r\n")]:
        digest.update(part)
        size += len(part)
    digest.update(b"--" + boundary + b"--\r\n")
    return size + len(boundary) + 6, digest.hexdigest()


def write(name, content=b"", size=0):
    with open(os.path.join(HERE, name), "wb") as file:
        file.truncate(size)
        file.write(content)
        if size:
            file.seek(size - 1)
            file.write(b"z")
    return os.path.join(HERE, name)


def field(name):
    return b'Content-Disposition: form-data; name="%s"' % name


def part(name, file, kind):
    return field(name) + b'; filename="%s"\r\nContent-Type: %s' % (file, kind)


def check(options, said):
    whole = b"a" + bytes(SIZE - 2) + b"z"
    tap.ok("none failed" in said, options + "all requests are answered", said)
    tap.equal(seen["/file"][:2], (SIZE, hashlib.sha256(whole).hexdigest()), options + "a file is sent as it is")
    upload = (part(b"upload", b"large.bin", b"application/octet-stream"), whole)
    note = (part(b"note", b"note.txt", b"text/plain"), b"a note\n")
    for path, parts in (("/known", ((field(b"name"), b"ann"), upload, note)), ("/computed", ((field(b"name"), b"ann"), upload)),
                        ("/small", (note, (part(b"empty", b"empty.txt", b"text/plain"), b""), (field(b"name"), b"ann")))):
        size, digest, ends, kind = seen.get(path, (0, "", b"", "boundary="))
        tap.ok((size, digest) == multipart(kind, *parts), options + "so is a part of a multipart body: " + path,
               "%d bytes, %s … %s" % (size, ends[:300], ends[-300:]))
    seen.clear()


def run(program, *options):
    done = subprocess.run([*program, "--host", "http://127.0.0.1:%d" % server.server_port, "--users", "1", "--headless", "--only-summary",
                           *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd="/", timeout=120)
    return done.returncode, done.stdout.decode("utf-8", "replace")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
write("large.bin", b"a", SIZE)
write("note.txt", b"a note\n")
write("empty.txt")
source = write("upload.swarm", SOURCE.encode())
for name, options in st.engines():
    program = st.compile_scenario(source, "upload", *options)
    tap.ok(os.path.getsize(program) < LIMIT, name + ": the file is no part of the program", os.path.getsize(program))
    check(name + ": ", run([program])[1])
os.environ["XDG_CACHE_HOME"] = os.path.join(HERE, "cache")
check("swarmc run: ", run([st.SWARMC, "run", source, "--"])[1])

with open(os.path.join(HERE, "large.bin"), "r+b") as file:
    file.seek(100)
    file.write(b"swarm-boundary-1")
code, said = run([program])
tap.ok(code == 3 and "large.bin has changed: it holds the boundary" in said, "a changed file that would cut its body in two is told", said)
os.remove(os.path.join(HERE, "large.bin"))
code, said = run([program])
tap.ok(code == 3 and "cannot read %s/large.bin" % HERE in said and "read from beside the program" in said,
       "without the file the program says where it looks for it", said)
server.shutdown()
tap.end()
