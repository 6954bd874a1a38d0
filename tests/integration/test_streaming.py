"""Bodies on their way through the gateway to a real receiver and back: never held whole, never ended falsely."""
import pathlib
import re
import socket
import ssl
import struct
import threading

import pytest

from bundle import bundle, iflw, settings
from furnish import furnished
from postern import wait_until
from receiver import Receiver, read_head

MIB = 1024 * 1024
BIG = 64 * MIB  # above what is ever held of an answer
LARGE = 40 * MIB  # what an endpoint takes


def length_of(head):
    found = re.search(r"(?im)^content-length: *(\d+)", head)
    return int(found[1]) if found else 0


class Pupil(Receiver):
    """A receiver that does exactly what the path of each request says, and keeps its connections."""

    def __init__(self):
        self.connections, self.closed, self.received, self.gone = 0, 0, 0, threading.Event()
        self.go_on = threading.Event()
        super().__init__()

    def one(self, connection):
        self.connections += 1
        super().one(connection)
        self.closed += 1

    def serve(self, connection):
        while True:
            head, rest = read_head(connection)
            if head is None:
                return
            self.heads.append(head)
            try:
                if not getattr(self, "do_" + head.split()[1].split("?")[0].strip("/").split("/")[-1])(connection, head, rest):
                    return
            except OSError:
                self.gone.set()
                return

    def take(self, connection, head, rest):
        """Read a body of known length or chunks to its end."""
        if "chunked" in head.lower():
            self.received += len(rest)
            while not rest.endswith(b"0\r\n\r\n"):
                part = connection.recv(1 << 20)
                if not part:
                    raise OSError("cut")
                rest = rest[-16:] + part
                self.received += len(part)
            return
        left = length_of(head) - len(rest)
        self.received += len(rest)
        while left > 0:
            part = connection.recv(min(left, 1 << 20))
            if not part:
                raise OSError("cut")
            left -= len(part)
            self.received += len(part)

    @staticmethod
    def say(connection, body, status="200 OK"):
        connection.sendall(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body))
        return True

    def do_take(self, connection, head, rest):
        self.take(connection, head, rest)
        return self.say(connection, b"%d" % self.received)

    def do_wait(self, connection, head, rest):
        assert self.go_on.wait(60)
        return self.do_take(connection, head, rest)

    def do_give(self, connection, head, rest):
        self.take(connection, head, rest)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % BIG)
        for _ in range(BIG // MIB):
            connection.sendall(bytes(MIB))
        return True

    def do_chunks(self, connection, head, rest):
        self.take(connection, head, rest)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(8):
            connection.sendall(b"%x\r\n%s\r\n" % (MIB, bytes(MIB)))
        connection.sendall(b"0\r\n\r\n")
        return True

    def do_reset(self, connection, head, rest):
        self.take(connection, head, rest)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + bytes(100000))
        assert self.go_on.wait(60)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def do_short(self, connection, head, rest):
        self.take(connection, head, rest)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n")
        assert self.go_on.wait(60)
        return False

    def do_silent(self, connection, head, rest):
        connection.recv(1)
        return False

    def do_vanish(self, connection, head, rest):
        self.take(connection, head, rest)
        return False

    def do_once(self, connection, head, rest):
        self.do_take(connection, head, rest)
        return False  # closes what it promised to keep

    def do_nonsense(self, connection, head, rest):
        self.take(connection, head, rest)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!")
        return False

    def do_early(self, connection, head, rest):
        self.say(connection, b"enough", "422 Unprocessable Content")
        return False

    def do_head(self, connection, head, rest):
        self.take(connection, head, rest)
        return self.say(connection, head.encode("latin-1"))


@pytest.fixture
def receiver():
    made = Pupil()
    yield made
    made.go_on.set()
    made.stop()


@pytest.fixture(scope="module")
def world(server, department, tmp_path_factory):
    leaf = furnished(server, department, "streaming")
    leaf.folder = tmp_path_factory.mktemp("bundles")
    return leaf


def channel(url, **more):
    pairs = {"ComponentType": "HTTP", "direction": "Receiver", "httpAddressWithoutQuery": url, "httpMethod": "DYNAMIC",
             "methodSourceExpression": "${header.CamelHttpMethod}", "authenticationMethod": "None",
             "allowedRequestHeaders": "*", "allowedResponseHeaders": "*", "throwExceptionOnFailure": "false", **more}
    return ('<bpmn2:messageFlow id="MF2" name="HTTP" sourceRef="X1" targetRef="P3">' + settings(**pairs) +
            '</bpmn2:messageFlow>')


@pytest.fixture
def endpoint(server, world, receiver, request):
    """Deploys a flow that passes everything on, and gives its path."""
    def make(behaviour, **more):
        name = f"s{abs(hash((request.node.name, behaviour))) % 10**9}"
        url = more.pop("url", f"http://127.0.0.1:{receiver.port}/{behaviour}")
        text = iflw("/" + name, step='<bpmn2:serviceTask id="X1" name="Ask">' + settings(activityType="ExternalCall") +
                    '</bpmn2:serviceTask>', channel=channel(url, **more))
        text = text.replace("<key>allowedHeaderList</key><value>X-Order-Id<", "<key>allowedHeaderList</key><value>*<")
        text = text.replace("<key>maximumBodySize</key><value>1<", "<key>maximumBodySize</key><value>48<")
        file = world.folder / f"{name}.zip"
        file.write_bytes(bundle(name, text))
        server.ok("artifact", "deploy", file)
        return "/http/" + name
    return make


def connect(server, world):
    host, port = server.gateway.removeprefix("https://").split(":")
    context = ssl.create_default_context(cafile=server.ca)
    context.load_cert_chain(world.chain, world.key)
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)  # an end without close_notify is to be seen
    return context.wrap_socket(socket.create_connection((host, int(port)), timeout=60), server_hostname="localhost",
                               suppress_ragged_eofs=False)


def peak(server):
    """The most memory that any gateway process has had [bytes]."""
    most = 0
    for pid in server.children()["gateway"]:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        most = max(most, int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024)
    return most


def message(server, identifier, status):
    return wait_until(f"the message is {status}", lambda: next(
        (m for m in [server.json("message", "get", identifier)] if m["status"] == status), None))


def receive(tls, most=None):
    """Everything up to the end, or up to most bytes; with whether the end was a clean one."""
    seen = bytearray()
    try:
        while most is None or len(seen) < most:
            part = tls.recv(65536)
            if not part:
                return seen, True
            seen += part
    except (ssl.SSLError, ConnectionError):
        return seen, False
    return seen, True


def test_a_body_larger_than_is_held_goes_up_while_its_receiver_is_slow(server, world, receiver, endpoint, tmp_path):
    path, before = endpoint("wait"), peak(server)
    with connect(server, world) as tls:
        tls.sendall(b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % (path.encode(), LARGE))
        tls.settimeout(1)
        sent = 0
        with pytest.raises(TimeoutError):  # the receiver does not read, so the caller is held back
            while sent < LARGE:
                sent += tls.send(bytes(65536))
        assert sent < LARGE
        receiver.go_on.set()
    assert peak(server) - before < 16 * MIB
    body = tmp_path / "body"
    body.write_bytes(bytes(LARGE))
    for extra in ([], ["-H", "Transfer-Encoding: chunked"], ["-H", "Expect: 100-continue"]):
        receiver.received = 0
        reply = server.curl(path, *extra, "--data-binary", f"@{body}", "-H", "Expect:" if len(extra) == 0 else "X: y",
                            cert=world.chain, key=world.key)
        assert reply.status == 200 and int(reply.body) >= LARGE, reply
    assert peak(server) - before < 16 * MIB


def test_an_answer_larger_than_is_held_comes_down_while_its_caller_is_slow(server, world, receiver, endpoint):
    path, before = endpoint("give"), peak(server)
    with connect(server, world) as tls:
        tls.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % path.encode())
        head, rest = read_head(tls)
        assert head.startswith("HTTP/1.1 200 ") and length_of(head) == BIG
        held, _ = receive(tls, MIB)
        assert peak(server) - before < 16 * MIB
        seen, clean = receive(tls)
        assert clean and len(rest) + len(held) + len(seen) == BIG
    assert peak(server) - before < 16 * MIB


def test_an_answer_of_unknown_length_stays_so_and_ends_so(server, world, endpoint):
    with connect(server, world) as tls:
        for _ in range(2):
            tls.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % endpoint("chunks").encode())
            head, body = read_head(tls)
            assert "transfer-encoding: chunked" in head.lower() and "content-length" not in head.lower()
            while not body.endswith(b"0\r\n\r\n"):
                body += tls.recv(65536)
            assert body.count(b"\0") == 8 * MIB


@pytest.mark.parametrize("behaviour", ["reset", "short"])
def test_a_receiver_that_breaks_off_breaks_the_transfer_and_amends_the_record(server, world, receiver, endpoint, behaviour):
    with connect(server, world) as tls:
        tls.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % endpoint(behaviour).encode())
        head, body = read_head(tls)
        assert head.startswith("HTTP/1.1 200 ")
        identifier = re.search(r"(?i)x-request-id: (\S+)", head)[1]
        assert server.json("message", "get", identifier)["status"] == "COMPLETED"
        receiver.go_on.set()
        rest, clean = receive(tls)
        assert not (body + rest).endswith(b"0\r\n\r\n") and len(body + rest) < 1000000
        assert not clean, "no close_notify after a broken transfer"
    told = message(server, identifier, "FAILED")
    assert (told["code"], told["http_status"]) == ("R514", 200)
    assert "middle of its answer" in told["text"] or "reset" in told["text"], told["text"]


@pytest.mark.parametrize("behaviour, more, status, code, words", [
    ("vanish", {}, 502, "R514", "without an answer"),
    ("nonsense", {}, 502, "R514", "Content-Length"),
    ("take", {"url": "http://127.0.0.1:1/x"}, 502, "R514", "refused"),
    ("take", {"url": "http://no-such-host.invalid/x"}, 502, "R514", "no-such-host.invalid"),
    ("silent", {"httpRequestTimeout": "300"}, 504, "R515", "within 300 ms"),
])
def test_a_receiver_that_fails_is_502_or_504_with_the_reason_in_the_monitor(server, world, receiver, endpoint, behaviour,
                                                                            more, status, code, words):
    reply = server.curl(endpoint(behaviour, **more), "-d", "x", cert=world.chain, key=world.key)
    assert reply.status == status
    assert reply.body.startswith(f"An internal server error occured: The MPL ID for the failed message is : {reply.id}")
    told = server.json("message", "get", reply.id)
    assert (told["status"], told["code"], told["http_status"]) == ("FAILED", code, status)
    assert words in told["text"] and "Ask" in told["text"], told["text"]
    assert len(receiver.heads) <= 1, "what was sent is never sent again"


def test_connections_are_kept_and_one_that_was_closed_meanwhile_is_replaced(server, world, receiver, endpoint):
    path, once = endpoint("take"), endpoint("once")
    with connect(server, world) as tls:
        for _ in range(20):
            tls.sendall(b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx" % path.encode())
            head, _ = read_head(tls)
            assert head.startswith("HTTP/1.1 200 ")
        assert receiver.connections == 1
        for i in range(20):
            tls.sendall(b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx" % once.encode())
            head, _ = read_head(tls)
            assert head.startswith("HTTP/1.1 200 ")
            wait_until("the receiver has closed", lambda n=i: receiver.closed > n)
    assert len(receiver.heads) == 40


def test_a_receiver_may_answer_before_it_has_the_body(server, world, endpoint):
    with connect(server, world) as tls:
        tls.sendall(b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx" % endpoint("early").encode())
        head, body = read_head(tls)
        assert head.startswith("HTTP/1.1 422 ") and "connection: close" not in head.lower().split("\r\n\r\n")[0]
        assert body == b"enough" or receive(tls)[0] == b"enough"


def test_a_caller_that_goes_away_takes_its_receiver_along(server, world, receiver, endpoint):
    with connect(server, world) as tls:
        tls.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % endpoint("give").encode())
        head, _ = read_head(tls)
        identifier = re.search(r"(?i)x-request-id: (\S+)", head)[1]
    assert receiver.gone.wait(20), "the receiver was left to send"
    assert "broke off" in message(server, identifier, "FAILED")["text"]


def test_requests_in_a_row_and_old_clients_are_answered_in_order(server, world, endpoint):
    path = endpoint("head").encode()
    with connect(server, world) as tls:
        tls.sendall(b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\na" % path +
                    b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path +
                    b"GET %s HTTP/1.0\r\n\r\n" % path)
        seen, clean = receive(tls)
    assert clean and seen.count(b"HTTP/1.1 200 OK\r\n") == 3
    assert [line.split()[0] for line in re.findall(rb"(?:POST|GET) /head HTTP/1.1", seen)] == [b"POST", b"GET", b"GET"]


CLAIMS = ["X-SSL-Client-Cert", "X-SSL-Client-Verify", "x-ssl-client-subject-dn", "X_SSL_Client_Cert", "X-SSL_CLIENT-Cert",
          "SSL-Client-Cert", "SSL_CLIENT_S_DN", "X-Forwarded-Client-Cert", "x_forwarded_client_cert",
          "SapAuthenticatedUserName", "sap_authenticated_user_name", "SAP-Authenticated-User-Name", "Sap_AuthenticatedUserName",
          "X-Client-Cert", "X_Client_Cert_Chain", "Client-Cert", "client_cert", "Client_Cert_Chain", "X-ARR-ClientCert",
          "X_ARR_CLIENTCERT", "X-ARR-ClientCertificate", "X-Postern-Subaccount", "X_Postern_Client_Credential",
          "SAP_MessageProcessingLogID", "SAP-MessageProcessingLogID", "CamelHttpUri", "camel_http_uri", "Authorization",
          "Cookie", "X-CSRF-Token", "Proxy-Authorization", "Proxy_Authorization", "X-Amzn-Mtls-Clientcert",
          "X-Client-Verify", "X-Client-DN", "X_Client_Subject_DN", "Cf-Client-Cert-Der-Base64", "REMOTE_USER",
          "X-Forwarded-Tls-Client-Cert-Info", "Transfer_Encoding", "Content_Length"]


def test_no_claim_of_identity_reaches_a_receiver_however_it_is_spelled(server, world, endpoint):
    fields = [part for name in CLAIMS for part in ("-H", f"{name}: forged")]
    query = "&".join(f"{name}=forged" for name in CLAIMS)
    reply = server.curl(endpoint("head") + "?" + query, "-H", "X-Order-Id: 42", *fields, cert=world.chain, key=world.key)
    assert reply.status == 200 and "42" in reply.body, reply
    assert "forged" not in reply.body, [line for line in reply.body.splitlines() if "forged" in line]


def test_fields_that_belong_to_one_connection_go_no_further(server, world, endpoint):
    reply = server.curl(endpoint("head"), "-H", "Connection: keep-alive, X-Hop", "-H", "X-Hop: here", "-H", "X-Stay: there",
                        "-H", "TE: trailers", "-H", "Keep-Alive: timeout=5", "-H", "Upgrade: h2c", "--http1.1",
                        cert=world.chain, key=world.key)
    assert "X-Stay: there" in reply.body
    assert not re.search(r"(?im)^(x-hop|te|keep-alive|upgrade|connection):", reply.body), reply.body
