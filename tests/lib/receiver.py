"""Servers of somebody else on loopback: what Postern calls, and what they were sent."""
import contextlib
import http.server
import socket
import ssl
import threading


def read_head(connection):
    """A head and the bytes behind it; what is no HTTP at its first byte (a TLS record, say) as it came; None where nothing did."""
    seen = b""
    while b"\r\n\r\n" not in seen:
        part = connection.recv(65536)
        if not part:
            return None, b""
        seen += part
        if not seen[:1].isalpha():
            return seen.decode("latin-1"), b""
    head, rest = seen.split(b"\r\n\r\n", 1)
    return head.decode("latin-1"), rest


class Receiver:
    """Answers each connection with the same bytes, or as `handle(connection, head)` does, and keeps the heads that it got;
    `tls` wraps the connections. Ends with stop()."""

    def __init__(self, answer=b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", tls=None, handle=None):
        self.answer, self.tls, self.handle, self.heads, self.open = answer, tls, handle, [], []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection):
        """A connection from its begin to its end; who leaves early is nobody's error."""
        self.open.append(connection)
        with contextlib.suppress(OSError), contextlib.closing(connection):
            connection.settimeout(60)
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
                self.open.append(connection)
            with contextlib.closing(connection):
                if self.shake_hands(connection):
                    self.serve(connection)

    def shake_hands(self, connection):
        """False: refused. What the caller has sent meanwhile is read: a close before that would take the alert back by a reset."""
        if not self.tls:
            return True
        try:
            connection.do_handshake()
        except ssl.SSLError:
            socket.socket.shutdown(connection, socket.SHUT_WR)
            while socket.socket.recv(connection, 65536):
                pass
            return False
        return True

    def serve(self, connection):
        head, _ = read_head(connection)
        if head is None:
            return
        self.heads.append(head)
        if self.handle:
            self.handle(connection, head)
            return
        connection.sendall(self.answer)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass

    def stop(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for one in self.open:
            one.close()


class Handler(http.server.BaseHTTPRequestHandler):
    """What a handler of Python's server says and reads, said once; it logs nothing."""

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def say(self, body=b"", status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if body:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def listening(handler, tls=None):
    """Python's server with that handler while the block runs; `tls` wraps it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
