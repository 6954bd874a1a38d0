"""Callers with a client certificate that notice every answer that is not 200 and every connection that is cut."""
import select
import socket
import ssl
import threading
import time
import urllib.parse


class Caller(threading.Thread):
    """One caller: the same GET again and again, on one connection as long as the server keeps it, or on fresh ones.

    `failures` holds a sentence for each request that was not answered 200; `closed_idle` counts connections that ended
    between two requests although no answer had announced it.
    """

    def __init__(self, url, leaf, ca, keep=True, pause=0.0, answered=None):
        super().__init__(daemon=True)
        parts = urllib.parse.urlsplit(url)
        self.host, self.port = parts.hostname, parts.port
        self.request = (f"GET {parts.path} HTTP/1.1\r\nHost: {parts.hostname}:{parts.port}\r\n"
                        + ("" if keep else "Connection: close\r\n") + "\r\n").encode()
        self.context = ssl.create_default_context(cafile=str(ca))
        self.context.load_cert_chain(str(leaf.chain), str(leaf.key))
        self.keep, self.pause = keep, pause
        self.ended = threading.Event()
        self.ok = self.connections = self.closed_idle = 0
        self.failures, self.slowest, self.ids = [], 0.0, answered
        self.socket = None

    def connect(self):
        plain = socket.create_connection((self.host, self.port), timeout=20)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections += 1
        return self.context.wrap_socket(plain, server_hostname=self.host)

    def answer(self, connection):
        """Read one answer; (status, whether the server closes, id)."""
        data = b""
        while b"\r\n\r\n" not in data:
            part = connection.recv(65536)
            if not part:
                raise ConnectionError(f"the connection ended after {len(data)} bytes of the answer")
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        length = int(fields.get("content-length", "0"))
        while len(body) < length:
            part = connection.recv(65536)
            if not part:
                raise ConnectionError("the connection ended in mid-body")
            body += part
        return int(lines[0].split()[1]), fields.get("connection", "").lower() == "close", fields.get("x-request-id")

    def drop(self):
        if self.socket:
            self.socket.close()
        self.socket = None

    def usable(self):
        """Whether the connection may be used: as a pool does, look first whether the server has let it go."""
        if not self.socket:
            return False
        if not self.socket.pending() and not select.select([self.socket], [], [], 0)[0]:
            return True
        try:
            self.socket.settimeout(0.0)
            if self.socket.recv(1):
                self.failures.append("bytes came that no request asked for")
        except (ssl.SSLWantReadError, BlockingIOError):
            self.socket.settimeout(20)
            return True  # a session ticket
        except OSError as error:
            self.failures.append(f"an idle connection was cut: {error!r}")
        self.closed_idle += 1
        self.drop()
        return False

    def call(self):
        began = time.monotonic()
        reused = self.usable()
        try:
            if not reused:
                self.socket = self.connect()
            self.socket.sendall(self.request)
            status, closes, request_id = self.answer(self.socket)
        except OSError as error:
            self.failures.append(f"{'kept' if reused else 'fresh'} connection: {error!r}")
            self.drop()
            return
        self.slowest = max(self.slowest, time.monotonic() - began)
        if status == 200:
            self.ok += 1
            if self.ids is not None:
                self.ids.append(request_id)
        else:
            self.failures.append(f"status {status}")
        if closes or not self.keep:
            self.drop()

    def run(self):
        due = time.monotonic()
        while not self.ended.is_set():
            self.call()
            due += self.pause
            self.ended.wait(max(0.0, due - time.monotonic()))
        self.drop()


class Load:
    """Several callers at once; `with Load(...) as load:`, then load.failures, load.ok."""

    def __init__(self, url, leaf, ca, kept=4, fresh=2, pause=0.01, answered=None):
        self.callers = [Caller(url, leaf, ca, keep=i < kept, pause=pause, answered=answered)
                        for i in range(kept + fresh)]

    def __enter__(self):
        for caller in self.callers:
            caller.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        for caller in self.callers:
            caller.ended.set()
        for caller in self.callers:
            if caller.is_alive():
                caller.join(30)

    @property
    def ok(self):
        return sum(caller.ok for caller in self.callers)

    @property
    def failures(self):
        return [failure for caller in self.callers for failure in caller.failures]

    @property
    def closed_idle(self):
        return sum(caller.closed_idle for caller in self.callers)

    @property
    def connections(self):
        return sum(caller.connections for caller in self.callers)

    @property
    def slowest(self):
        return max(caller.slowest for caller in self.callers)
