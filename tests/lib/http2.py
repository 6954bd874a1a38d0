"""A client of HTTP/2 for the tests: python3-h2 over TLS with a client certificate, and frames made by hand."""
import select
import socket
import ssl

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def connect(server, leaf=None, protocols=("h2",), timeout=20):
    """A TLS connection to the gateway that offers these protocols."""
    host, port = server.gateway.removeprefix("https://").split(":")
    context = ssl.create_default_context(cafile=server.ca)
    if leaf:
        context.load_cert_chain(leaf.chain, leaf.key)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context.wrap_socket(socket.create_connection((host, int(port)), timeout=timeout), server_hostname="localhost")


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


class Client:
    """One connection. What is received stands in answers, by stream: {"status", "fields", "body", "ended", "reset"}."""

    def __init__(self, server, leaf=None, consume=True, **kwargs):
        self.tls = connect(server, leaf, **kwargs)
        assert self.tls.selected_alpn_protocol() == "h2"
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=True, header_encoding="utf-8", validate_outbound_headers=False, normalize_outbound_headers=False))
        self.consume, self.answers, self.goaway, self.closed, self.received = consume, {}, [], False, b""
        self.h2.initiate_connection()
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.tls.close()

    def flush(self):
        self.raw(self.h2.data_to_send())

    def raw(self, data):
        try:
            self.tls.sendall(data)
        except OSError:
            self.closed = True

    def flood(self, data):
        """Send what can be sent now, and pass over what has come. False at the end of the connection."""
        self.tls.setblocking(False)
        try:
            sent = 0
            while sent < len(data):
                _, writable, _ = select.select([self.tls], [self.tls], [], 20)
                try:
                    while self.tls.recv(65536):
                        pass
                    self.closed = True
                    return False
                except ssl.SSLWantReadError:
                    pass
                if writable:
                    try:
                        sent += self.tls.send(data[sent:])
                    except ssl.SSLWantWriteError:
                        pass
        except OSError:
            self.closed = True
        return not self.closed

    def send(self, path="/http/echo", method="GET", body=None, fields=(), pseudo=None, end=True):
        """Begin a request; returns its stream. pseudo replaces the pseudo-header fields; end False leaves it open."""
        stream = self.h2.get_next_available_stream_id()
        head = [(":method", method), (":scheme", "https"), (":authority", "localhost"), (":path", path)]
        self.answers[stream] = {"status": None, "fields": {}, "body": b"", "ended": False, "reset": None}
        self.h2.send_headers(stream, [*(head if pseudo is None else pseudo), *fields], end_stream=end and body is None)
        self.flush()
        if body is not None:
            self.write(stream, body, end)
        return stream

    def write(self, stream, body, end=True):
        """Send a body as the windows open."""
        while body:
            n = min(len(body), self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)
            if n == 0:
                self.turn()
                continue
            self.h2.send_data(stream, body[:n])
            body = body[n:]
            self.flush()
        if end:
            self.h2.end_stream(stream)
            self.flush()

    def turn(self):
        """Read once. False at the end of the connection."""
        try:
            data = self.tls.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            self.closed = True
            return False
        # By frames: at a GOAWAY the library forgets what it had to send, and takes no frame after it.
        self.received += data
        while len(self.received) >= 9 and len(self.received) >= 9 + int.from_bytes(self.received[:3], "big"):
            size = 9 + int.from_bytes(self.received[:3], "big")
            for event in self.h2.receive_data(self.received[:size]):
                self.take(event)
            self.received = self.received[size:]
            self.flush()
        return True

    def take(self, event):
        mine = self.answers.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.ResponseReceived):
            mine["fields"] = dict(event.headers)
            mine["status"] = int(mine["fields"][":status"])
        elif isinstance(event, h2.events.DataReceived):
            mine["body"] += event.data
            if self.consume:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            mine["ended"] = True
        elif isinstance(event, h2.events.StreamReset):
            mine["reset"] = event.error_code
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.goaway.append(event)
            # The library takes it for the end, but requests that were taken are still answered. = RFC 9113 §6.8
            self.h2.state_machine.state = h2.connection.ConnectionState.CLIENT_OPEN

    def until(self, condition):
        while not condition():
            assert self.turn(), "the connection ended"

    def wait(self, stream):
        """The answer of a stream, whole or reset."""
        self.until(lambda: self.answers[stream]["ended"] or self.answers[stream]["reset"] is not None)
        return self.answers[stream]

    def call(self, *args, **kwargs):
        return self.wait(self.send(*args, **kwargs))

    def read_to_end(self):
        """Everything up to the end of the connection."""
        try:
            while self.turn():
                pass
        except h2.exceptions.ProtocolError:
            self.closed = True
