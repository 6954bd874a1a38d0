"""Bodies that come slowly, and bodies that are too many: on both versions of HTTP, at gateway and management."""
import base64
import contextlib
import socket
import ssl
import threading
import time

import pytest

import http2
from flood import furnish
from postern import Server

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


def gateway_http1(server):
    host, port = server.gateway.removeprefix("https://").split(":")
    context = ssl.create_default_context(cafile=server.ca)
    context.load_cert_chain(server.leaf.chain, server.leaf.key)
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
