"""A server of a test: a free port of the loopback, each connection served by a thread of its own. Standard library only.

    class Greeter(Listener):
        def serve(self, connection, number):     # number: of the connection, from 1
            connection.sendall(b"hello")

    greeter = Greeter()      # listens and serves from here on; greeter.port, greeter.url, greeter.connections
    greeter.close()          # accepts no more

With `tls`, an ssl.SSLContext, a connection is one after its handshake. What serve() raises because the other side went away or sent nonsense
ends the connection and nothing else; it is closed in any case."""
import socket
import threading


def stop(listening, thread):
    """Closes a listening socket that a thread waits in accept() of. Without a shutdown the thread would go on waiting, and when a signal or
    a stopped machine interrupts it, wait again on whatever got the number of its descriptor: the next server's first connection was its."""
    listening.shutdown(socket.SHUT_RDWR)
    thread.join()
    listening.close()


class Listener:
    patience = 20       # seconds that a read or a write may take; None: as long as it likes

    def __init__(self, tls=None, backlog=1024):
        self.tls, self.lock, self.connections = tls, threading.Lock(), 0
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=backlog)
        self.port = self.socket.getsockname()[1]
        self.url = "%s://127.0.0.1:%d" % ("https" if tls else "http", self.port)
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def close(self):
        stop(self.socket, self.thread)

    def serve(self, connection, number):
        raise NotImplementedError

    def _accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                number = self.connections
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection, number):
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(self.patience)
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            self.serve(connection, number)
        except (OSError, ValueError):   # ssl.SSLError is an OSError
            pass
        finally:
            connection.close()
