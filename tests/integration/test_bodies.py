"""Bodies that come slowly, and bodies that are too many: on both versions of HTTP, at gateway and management."""
import base64
import contextlib
import json
import resource
import socket
import ssl
import threading
import time

import pytest

import http2
import memory
from bundle import bundle, iflw
from flood import furnish
from furnish import make_instance, trust
from postern import Server, wait_until

MIB = 1024 * 1024
FAST = b"b" * (8 * MIB)  # what the least rate takes two hours for
LENGTH = f"Content-Length: {9 * MIB}"
LATEST = 15  # seconds after which a body below the least rate is refused


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("bodies") / "state", "--workers", "1")
    server.leaf = furnish(server, server.state.parent / "department")
    yield server
    server.stop()


def gateway_http1(server, leaf=None):
    host, port = server.gateway.removeprefix("https://").split(":")
    context = ssl.create_default_context(cafile=server.ca)
    leaf = leaf or server.leaf
    context.load_cert_chain(leaf.chain, leaf.key)
    return context.wrap_socket(socket.create_connection((host, int(port)), timeout=60), server_hostname="localhost")


def management_http1(server):
    host, port = server.management.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def status_after(connection, head, first, drip):
    """Send a head and the beginning of a body, then drip; the status that comes, and the seconds from then on."""
    connection.sendall(head + b"\r\n" + first)
    began = time.monotonic()
    connection.settimeout(0.5)
    while time.monotonic() - began < 2 * LATEST:
        try:
            answer = connection.recv(65536)
            return int(answer.split()[1]), time.monotonic() - began
        except TimeoutError:
            if drip:
                connection.sendall(drip)
    return None, time.monotonic() - began


def over_http1(make, path, framing, first, drip, authorization=""):
    def run(server):
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n".encode()
        if authorization:
            pair = base64.b64encode(f"admin:{server.admin_password}".encode()).decode()
            head += f"Authorization: Basic {pair}\r\nContent-Type: application/json\r\n".encode()
        with make(server) as connection:
            return status_after(connection, head, first, drip)
    return run


def over_http2(server):
    with http2.Client(server, server.leaf) as client:
        stream = client.send("/http/orders", "POST", FAST, end=False)
        began = time.monotonic()
        client.tls.settimeout(0.5)
        while not client.answers[stream]["status"] and time.monotonic() - began < 2 * LATEST:
            with contextlib.suppress(TimeoutError):
                client.turn()
        return client.answers[stream]["status"], time.monotonic() - began


SENDERS = {
    "fast, then silent": over_http1(gateway_http1, "/http/orders", LENGTH, FAST, b""),
    "fast, then a byte now and then": over_http1(gateway_http1, "/http/orders", LENGTH, FAST, b"b"),
    "chunked, fast, then silent": over_http1(gateway_http1, "/http/orders", "Transfer-Encoding: chunked",
                                             b"900000\r\n" + FAST, b""),
    "HTTP/2, fast, then silent": over_http2,
    "management, fast, then silent": over_http1(management_http1, "/admin/v1/keystore/import",
                                                LENGTH, FAST, b"", "admin"),
}


def test_a_body_that_begins_fast_and_then_stays_below_the_least_rate_is_408(server):
    """All at once, since each of them takes its ten seconds."""
    results = {}
    threads = [threading.Thread(target=lambda n=n, r=r: results.update({n: r(server)})) for n, r in SENDERS.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: status for name, (status, _) in results.items()} == dict.fromkeys(SENDERS, 408)
    assert all(seconds < LATEST for _, seconds in results.values()), results


def held_server(folder, department, *args):
    """One gateway, an endpoint that holds bodies and gives them back, and five callers."""
    server = Server(folder / "state", "--workers", "1", *args)
    trust(server, department)
    file = folder / "echo.zip"
    file.write_bytes(bundle("echo", iflw("/echo").replace("<value>1</value>", "<value>48</value>")))
    server.ok("artifact", "deploy", file)
    make_instance(server)
    server.leaves = []
    for i in range(5):
        leaf = department.leaf(f"{folder.name}-{i}")
        server.ok("service-key", "create", "runtime", f"caller-{i}", "--certificate", leaf.certificate)
        server.leaves.append(leaf)
    return server


@pytest.fixture(scope="module")
def budget(tmp_path_factory, department):
    """16 MiB for all bodies, so 4 for one caller."""
    server = held_server(tmp_path_factory.mktemp("budget"), department, "--body-memory", "16M")
    yield server
    server.stop()


class Sender:
    """A request under way: its head, and so much of its body."""

    def __init__(self, server, leaf, framing, path="/http/echo", connection=None, more=""):
        self.connection = connection or gateway_http1(server, leaf)
        self.connection.sendall(f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{more}{framing}\r\n\r\n".encode())

    def send(self, data):
        """As much as is taken; the rest of an answered request meets a closed connection."""
        with contextlib.suppress(OSError):
            self.connection.sendall(data)
        return self

    def answer(self):
        """Status, fields and body."""
        seen = b""
        while b"\r\n\r\n" not in seen:
            part = self.connection.recv(65536)
            assert part, "the connection ended without an answer"
            seen += part
        head, body = seen.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        fields = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
        while len(body) < int(fields.get("content-length", 0)):
            body += self.connection.recv(1 << 20)
        return int(lines[0].split()[1]), fields, body

    def close(self):
        self.connection.close()


def length(n):
    return f"Content-Length: {n}"


def is_free(server, leaf):
    """Whether a body as large as a caller's share is taken."""
    status, _, _ = Sender(server, leaf, length(4 * MIB)).send(b"b" * (4 * MIB)).answer()
    return status == 200


def refused(server, answer, status, code):
    got, fields, body = answer
    assert (got, json.loads(body)["code"]) == (status, code)
    assert int(fields["retry-after"]) > 0
    row = server.json("message", "get", fields["x-request-id"])
    assert (row["http_status"], row["code"]) == (status, code)
    assert "--body-memory" in row["fix"]


def over_http2_chunks(server, leaf):
    """A body without a length over HTTP/2; as Sender.answer()."""
    with http2.Client(server, leaf) as client:
        stream = client.send("/http/echo", "POST", end=False)
        answer = client.answers[stream]
        while not answer["status"]:
            n = min(client.h2.local_flow_control_window(stream), client.h2.max_outbound_frame_size)
            if n:
                client.h2.send_data(stream, b"b" * n)
                client.flush()
            client.tls.settimeout(0.001 if n else 20)
            with contextlib.suppress(TimeoutError):
                client.turn()
        client.tls.settimeout(20)
        while not answer["ended"]:
            client.turn()
        return answer["status"], answer["fields"], answer["body"]


def test_a_caller_holds_a_quarter_and_is_429_above_it_before_its_body_is_read(budget):
    leaf, other = budget.leaves[:2]
    gateway, = budget.children()["gateway"]
    under_way = [Sender(budget, leaf, length(2 * MIB)).send(b"b" * MIB), Sender(budget, leaf, length(2 * MIB))]
    # Counted when the head has come: the second sent nothing yet.
    refused(budget, Sender(budget, leaf, length(MIB)).answer(), 429, "R517")
    refused(budget, Sender(budget, leaf, "Transfer-Encoding: chunked").send(b"100000\r\n" + b"b" * MIB).answer(), 429, "R517")
    refused(budget, over_http2_chunks(budget, leaf), 429, "R517")
    # It is nobody else's fault.
    status, _, body = Sender(budget, other, length(MIB)).send(b"b" * MIB).answer()
    assert status == 200 and body == b"b" * MIB
    status, _, body = under_way[1].send(b"c" * (2 * MIB)).answer()
    assert status == 200 and body == b"c" * (2 * MIB)
    under_way[0].close()
    wait_until("what the caller held is free", lambda: is_free(budget, leaf))
    assert budget.children()["gateway"] == [gateway]


def test_all_callers_together_are_503_above_the_whole(budget):
    under_way = [Sender(budget, leaf, length(4 * MIB)) for leaf in budget.leaves[:4]]
    refused(budget, Sender(budget, budget.leaves[4], length(MIB)).answer(), 503, "R518")
    for sender in under_way:
        sender.close()
    for leaf in budget.leaves:
        wait_until("all is free", lambda leaf=leaf: is_free(budget, leaf))


def test_a_body_is_given_back_however_its_request_ends(budget):
    leaf = budget.leaves[0]

    def whole():
        return Sender(budget, leaf, length(2 * MIB)).send(b"b" * (2 * MIB))

    def gone():
        return Sender(budget, leaf, length(2 * MIB)).send(b"b" * MIB)

    def malformed():
        return Sender(budget, leaf, "Transfer-Encoding: chunked").send(b"100000\r\n" + b"b" * MIB + b"no chunk\r\n")

    def too_large():
        return Sender(budget, leaf, "Transfer-Encoding: chunked").send(b"100000\r\n" + b"b" * MIB + b"\r\nfffffff\r\nb")

    def reset():
        client = http2.Client(budget, leaf)
        stream = client.send("/http/echo", "POST", b"b" * MIB, end=False)
        client.h2.reset_stream(stream)
        client.flush()
        return client.tls

    for way, status in ((whole, 200), (gone, None), (malformed, 400), (too_large, 413), (reset, None)):
        sender = way()
        if status:
            assert sender.answer()[0] == status, way
        sender.close()
        wait_until(f"what a request that was {way.__name__} held is free", lambda: is_free(budget, leaf))


def test_the_management_has_the_same_budget(budget):
    pair = base64.b64encode(f"admin:{budget.admin_password}".encode()).decode()
    more = f"Authorization: Basic {pair}\r\nContent-Type: application/json\r\n"

    def post(n):
        return Sender(budget, None, length(n), "/admin/v1/keystore/import", management_http1(budget), more)

    under_way = post(3 * MIB).send(b" " * MIB)
    status, fields, body = post(3 * MIB).answer()
    assert (status, json.loads(body)["error"]["code"]) == (429, "R517")
    assert int(fields["retry-after"]) > 0
    under_way.close()
    wait_until("what it held is free", lambda: post(3 * MIB).send(b" " * (3 * MIB)).answer()[0] == 400)


def test_bodies_that_pass_through_count_what_is_held_of_them(budget):
    """Twice of what one caller may hold, of which the endpoint keeps nothing."""
    budget.ok("artifact", "create", "sink", "--address", "/sink", "--reply", "ok")
    leaf = budget.leaves[0]
    wait_until("it is served", lambda: Sender(budget, leaf, length(1), "/http/sink").send(b"b").answer()[0] == 200)
    under_way = [Sender(budget, leaf, length(2 * MIB), "/http/sink").send(b"b" * MIB) for _ in range(5)]
    assert [sender.send(b"b" * MIB).answer()[0] for sender in under_way] == [200] * 5


@pytest.mark.parametrize("framing", ["chunked", "length"])
def test_a_body_for_which_there_is_no_memory_is_refused_and_the_gateway_lives(tmp_path, department, framing):
    server = held_server(tmp_path, department, "--body-memory", "4G")
    try:
        leaf = server.leaves[0]
        gateway, = server.children()["gateway"]
        assert Sender(server, leaf, length(5)).send(b"small").answer()[0] == 200
        resource.prlimit(gateway, resource.RLIMIT_AS, (200 * MIB, 200 * MIB))
        senders, statuses = [], []
        for _ in range(4):  # as many at once as can never fit
            if framing == "length":
                senders.append(Sender(server, leaf, length(45 * MIB)).send(b"b" * (44 * MIB)))
            else:
                senders.append(Sender(server, leaf, "Transfer-Encoding: chunked").send(b"2d00000\r\n" + b"b" * (44 * MIB)))
        for sender in senders:
            sender.connection.settimeout(1)
            with contextlib.suppress(TimeoutError):
                statuses.append(sender.answer())
        assert 503 in [status for status, _, _ in statuses]
        for answer in statuses:
            refused(server, answer, 503, "R518")
        for sender in senders:
            sender.close()
        wait_until("it serves on", lambda: Sender(server, leaf, length(5)).send(b"small").answer()[0] == 200)
        assert server.children()["gateway"] == [gateway]
    finally:
        server.stop()


def test_many_large_bodies_at_once_stay_within_the_budget_and_nobody_else_notices(tmp_path):
    """The short form of `make memory`."""
    for row in memory.run(tmp_path, connections=10, mib=6, body_memory=32):
        assert row["failed"] == 0 and row["same"], row
        # The budget, a second copy of what one flow works on, and what the process itself needs.
        assert row["peak"] < row["before"] + 32 + 3 * 6 + 32 or "address space" in row["name"], row
        assert set(row["answers"]) <= {200, 413, 429, 503}, row
