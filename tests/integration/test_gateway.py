"""The gateway at the level of HTTP: bodies at their limit, and an id on every answer."""
import json
import socket
import ssl

import pytest

from furnish import furnished

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def world(server, department):
    return furnished(server, department, "gateway", "echo")


def connect(server, leaf, version=None):
    host, port = server.gateway.removeprefix("https://").split(":")
    context = ssl.create_default_context(cafile=server.ca)
    context.load_cert_chain(leaf.chain, leaf.key)
    if version:
        context.minimum_version = context.maximum_version = version
    return context.wrap_socket(socket.create_connection((host, int(port)), timeout=20), server_hostname="localhost")


def answer(tls):
    """Status, fields and body of one answer."""
    seen = b""
    while b"\r\n\r\n" not in seen:
        part = tls.recv(65536)
        assert part, seen
        seen += part
    head, body = seen.split(b"\r\n\r\n", 1)
    fields = {}
    for line in head.split(b"\r\n")[1:]:
        name, value = line.decode().split(":", 1)
        fields[name.lower()] = value.strip()
    while len(body) < int(fields["content-length"]):
        body += tls.recv(65536)
    return int(head.split()[1]), fields, body


@pytest.mark.parametrize("chunk", [1000, 16384, 65536, 2 * MIB])
@pytest.mark.parametrize("size", [MIB // 2, MIB - 1, MIB])
def test_a_chunked_body_is_answered_wherever_its_end_falls(server, world, size, chunk):
    with connect(server, world) as tls:
        tls.sendall(b"POST /http/echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        for at in range(0, size, chunk):
            part = b"x" * min(chunk, size - at)
            tls.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        tls.sendall(b"0\r\n\r\n")
        status, _, body = answer(tls)
    assert (status, len(body)) == (200, size)


def test_a_body_is_taken_whole_after_100_continue_and_with_a_length(server, world, tmp_path):
    body = tmp_path / "body"
    body.write_bytes(b"y" * (3 * MIB))
    for extra in ([], ["-H", "Expect: 100-continue"], ["-H", "Expect: 100-continue", "-H", "Transfer-Encoding: chunked"]):
        reply = server.curl("/http/echo", *extra, "--data-binary", f"@{body}", cert=world.chain, key=world.key)
        assert (reply.status, len(reply.body)) == (200, 3 * MIB)


@pytest.mark.parametrize("request_bytes, status, code", [
    (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400, "R508"),
    (b"GET /http/echo HTTP/1.1\r\n\r\n", 400, "R508"),
    (b"GET /http/echo HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 70000 + b"\r\n\r\n", 431, "R510"),
    (b"POST /http/echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "R508"),
    (b"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n", 405, "R502"),
    (b"TRACE /http/echo HTTP/1.1\r\nHost: localhost\r\n\r\n", 405, "R502"),
], ids=["a blank before the colon", "no host", "a long field", "no chunk size", "CONNECT", "TRACE"])
def test_every_refusal_bears_the_id_under_which_the_monitor_has_it(server, world, request_bytes, status, code):
    with connect(server, world) as tls:
        tls.sendall(request_bytes)
        got, fields, _ = answer(tls)
    assert got == status
    message = server.json("message", "get", fields["x-request-id"])
    assert (message["code"], message["http_status"], message["status"]) == (code, status, "REFUSED")
    mine = [m for m in server.json("message", "list") if m["id"] == fields["x-request-id"]]
    assert len(mine) == 1


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_connection_goes_on_after_a_refusal(server, world, version):
    with connect(server, world, version) as tls:
        for path, status in ((b"/http/nothing", 404), (b"/http/echo", 200), (b"/http/echo", 200)):
            tls.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path)
            assert answer(tls)[0] == status


def test_a_token_is_given_as_the_clients_of_cloud_integration_ask_for_it(server, world):
    server.ok("service-key", "create", "runtime", "token")
    oauth = server.json("service-key", "get", "runtime", "token")["credentials"]["oauth"]
    pair = f"{oauth['clientid']}:{oauth['clientsecret']}"
    asked = server.curl("/oauth/token?grant_type=client_credentials", "-X", "POST", "-u", pair)
    assert asked.status == 200, asked
    token = json.loads(asked.body)["access_token"]
    assert server.curl("/http/echo", "-H", f"Authorization: Bearer {token}").status == 200
    in_query = server.curl("/oauth/token?grant_type=client_credentials&client_id=x&client_secret=y", "-X", "POST")
    assert in_query.status == 401
    server.ok("service-key", "delete", "runtime", "token")
    assert server.curl("/http/echo", "-H", f"Authorization: Bearer {token}").code == "R507"
