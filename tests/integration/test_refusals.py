"""Each thing broken on purpose: status and code for the caller, the reason for the operator."""
import json
import signal
import socket
import ssl
import urllib.parse

import pytest

from furnish import ORDERS, furnished, make_endpoint
from postern import Server


@pytest.fixture(scope="module")
def world(server, department):
    """An endpoint, a good sender, and another endpoint that asks for a role the sender lacks."""
    good = furnished(server, department, "good", *ORDERS, key="good-key")
    make_endpoint(server, "secret", "--role", "Secret.send", "--reply", "ok")
    make_endpoint(server, "guarded", "--csrf", "--reply", "ok")
    assert server.curl("/http/orders", cert=good.chain, key=good.key).status == 200
    return good


def told(server, reply, status, code):
    """The caller sees status and code, the operator the same code with text and fix, doctor the same again."""
    assert reply.status == status, reply
    if reply.body:
        assert reply.code == code
    message = server.json("message", "get", reply.id)
    assert message["code"] == code and message["http_status"] == status
    assert message["status"] == "REFUSED" and message["text"] and message["fix"]
    doctor = server.run("doctor", "--request", reply.id, "--json")
    assert doctor.code in range(11, 16), doctor
    codes = [f["code"] for step in doctor.json["steps"] for f in step["findings"]]
    assert code in codes
    return message


def test_no_certificate_is_401_r504(server, world):
    told(server, server.curl("/http/orders"), 401, "R504")


def test_a_stranger_learns_no_addresses(server, world):
    told(server, server.curl("/http/nothing-here"), 401, "R504")


def test_another_ca_is_401_k201(server, world, stranger):
    leaf = stranger.leaf("foreign")
    message = told(server, server.curl("/http/orders", cert=leaf.chain, key=leaf.key), 401, "K201")
    assert "CN=foreign" in json.dumps(message["presented"])


def test_a_missing_intermediate_is_401_k202(server, world, stranger):
    leaf = stranger.leaf("lonely")
    told(server, server.curl("/http/orders", cert=leaf.certificate, key=leaf.key), 401, "K202")


def test_an_expired_certificate_is_401_p109(server, world, department):
    leaf = department.leaf("expired", start="20240101000000Z", end="20250101000000Z")
    message = told(server, server.curl("/http/orders", cert=leaf.chain, key=leaf.key), 401, "P109")
    assert "2025-01-01" in json.dumps(message["presented"])


def test_a_certificate_not_yet_valid_is_401_p109(server, world, department):
    leaf = department.leaf("early", start="20400101000000Z", end="20410101000000Z")
    told(server, server.curl("/http/orders", cert=leaf.chain, key=leaf.key), 401, "P109")


def test_server_auth_only_is_401_p108(server, world, department):
    leaf = department.leaf("serveronly", extensions="server")
    told(server, server.curl("/http/orders", cert=leaf.chain, key=leaf.key), 401, "P108")


def test_a_ca_as_client_is_401_p112(server, world, department):
    told(server, server.curl("/http/orders", cert=department.ca, key=department.ca_key), 401, "P112")


def test_a_revoked_certificate_is_401_k207(server, world, department):
    leaf = department.leaf("revoked")
    server.ok("service-key", "create", "runtime", "revoked-key", "--certificate", leaf.certificate)
    assert server.curl("/http/orders", cert=leaf.chain, key=leaf.key).status == 200
    server.ok("keystore", "import", department.revoke(leaf))
    told(server, server.curl("/http/orders", cert=leaf.chain, key=leaf.key), 401, "K207")
    assert server.curl("/http/orders", cert=world.chain, key=world.key).status == 200


def test_a_certificate_of_postern_s_own_ca_is_refused_once_revoked(server, world, tmp_path):
    p12, password = tmp_path / "own.p12", tmp_path / "own.password"
    password.write_text("Own-password-1")
    server.ok("ca", "issue", "own", "--out", p12, "--password-file", password)
    certificate = tmp_path / "own.cer"
    server_run = server.run("keypair", "export", p12, "--password-file", password, "--leaf", certificate)
    assert server_run.code == 0, server_run
    server.ok("service-key", "create", "runtime", "own-key", "--certificate", certificate)
    assert server.curl("/http/orders", p12=p12, password="Own-password-1").status == 200
    server.ok("ca", "revoke", certificate)
    told(server, server.curl("/http/orders", p12=p12, password="Own-password-1"), 401, "K207")


def test_a_good_chain_in_no_key_is_401_s301_and_the_fix_names_the_command(server, world, department):
    leaf = department.leaf("unknown")
    message = told(server, server.curl("/http/orders", cert=leaf.chain, key=leaf.key), 401, "S301")
    assert "service-key create" in message["fix"]


def test_a_renewed_certificate_on_a_pinned_key_is_401_s304(server, world, department):
    renewed = department.leaf("good-renewed", subject="/C=DE/O=Example/CN=good")
    message = told(server, server.curl("/http/orders", cert=renewed.chain, key=renewed.key), 401, "S304")
    assert message["presented"] != message["expected"] and message["expected"]
    server.ok("service-key", "update", "runtime", "good-key", "--add-certificate", renewed.certificate)
    assert server.curl("/http/orders", cert=renewed.chain, key=renewed.key).status == 200
    assert server.curl("/http/orders", cert=world.chain, key=world.key).status == 200


def test_a_missing_role_is_403_s307_and_its_fix_typed_as_printed_mends_it(server, world):
    message = told(server, server.curl("/http/secret", cert=world.chain, key=world.key), 403, "S307")
    assert "Secret.send" in json.dumps(message["expected"]) + message["fix"]


def test_a_refusal_after_good_calls_still_tells_who_called(server, world):
    for _ in range(2):
        assert server.curl("/http/orders", cert=world.chain, key=world.key).status == 200
        message = told(server, server.curl("/http/secret", cert=world.chain, key=world.key), 403, "S307")
        assert message["presented"]["verified"] is True and "CN=good" in message["presented"]["subject"]
        assert message["expected"]["key"] == "good-key" and message["expected"]["instance"] == "runtime"


def test_an_unknown_address_is_404_r501(server, world):
    told(server, server.curl("/http/nothing", cert=world.chain, key=world.key), 404, "R501")


def test_a_method_that_is_not_served_is_405_r502(server, world):
    told(server, server.curl("/http/orders", "-X", "TRACE", cert=world.chain, key=world.key), 405, "R502")
    told(server, server.curl("/http/orders", "-X", "BREW", cert=world.chain, key=world.key), 405, "R502")


def test_a_body_over_the_endpoint_s_limit_is_413_r506(server, world, tmp_path):
    big = tmp_path / "big"
    with open(big, "wb") as out:
        out.truncate(41 * 1024 * 1024)
    told(server, server.curl("/http/orders", "-X", "POST", "-H", "Expect:", "--data-binary", f"@{big}", cert=world.chain,
                             key=world.key), 413, "R506")


def test_a_missing_csrf_token_is_403_r503_and_a_fetched_one_opens(server, world, tmp_path):
    reply = server.curl("/http/guarded", "-X", "POST", "-d", "x", cert=world.chain, key=world.key)
    told(server, reply, 403, "R503")
    assert reply.headers["x-csrf-token"].lower() == "required"
    jar = str(tmp_path / "jar")
    fetched = server.curl("/http/guarded", "-H", "X-CSRF-Token: Fetch", "-c", jar, cert=world.chain, key=world.key)
    token = fetched.headers["x-csrf-token"]
    assert fetched.status == 200 and token.lower() not in ("fetch", "required")
    done = server.curl("/http/guarded", "-X", "POST", "-d", "x", "-b", jar, "-H", f"X-CSRF-Token: {token}",
                       cert=world.chain, key=world.key)
    assert (done.status, done.body.strip()) == (200, "ok")
    wrong = server.curl("/http/guarded", "-X", "POST", "-d", "x", "-b", jar, "-H", "X-CSRF-Token: made-up",
                        cert=world.chain, key=world.key)
    told(server, wrong, 403, "R503")


def test_a_bad_bearer_token_is_401_r507(server, world):
    told(server, server.curl("/http/orders", "-H", "Authorization: Bearer made.up.token"), 401, "R507")


def test_client_id_and_secret_open_the_endpoint_and_a_bad_secret_is_401_r507(server, world):
    server.ok("service-key", "create", "runtime", "secret-key")
    oauth = server.json("service-key", "get", "runtime", "secret-key")["credentials"]["oauth"]
    pair = f"{oauth['clientid']}:{oauth['clientsecret']}"
    assert server.curl("/http/orders", "-u", pair).status == 200
    told(server, server.curl("/http/orders", "-u", oauth["clientid"] + ":wrong"), 401, "R507")
    token = server.curl("/oauth/token", "-u", pair, "-d", "grant_type=client_credentials",
                        address=server.management)
    access = json.loads(token.body)["access_token"]
    assert server.curl("/http/orders", "-H", f"Authorization: Bearer {access}").status == 200
    told(server, server.curl("/http/orders", "-H", f"Authorization: Bearer {access[:-4]}AAAA"), 401, "R507")


def test_the_certificate_decides_when_a_token_comes_along(server, world, department):
    leaf = department.leaf("unknown-with-token")
    told(server, server.curl("/http/orders", "-H", "Authorization: Bearer made.up.token", cert=leaf.chain,
                             key=leaf.key), 401, "S301")


def test_head_is_answered_after_authorisation_without_running_the_flow(server, world):
    reply = server.curl("/http/orders", "-I", cert=world.chain, key=world.key)
    assert reply.status == 200 and "ok" not in reply.body.splitlines()
    message = server.json("message", "get", reply.id)
    assert message["probe"] is True
    told(server, server.curl("/http/orders", "-I"), 401, "R504")


def test_deleting_the_key_refuses_the_next_request_on_the_same_connection(server, world, department):
    leaf = department.leaf("short-lived")
    server.ok("service-key", "create", "runtime", "short-key", "--certificate", leaf.certificate)
    host, port = server.gateway.removeprefix("https://").split(":")
    context = ssl.create_default_context(cafile=server.ca)
    context.load_cert_chain(leaf.chain, leaf.key)
    with context.wrap_socket(socket.create_connection((host, int(port))), server_hostname="localhost") as tls:
        def ask():
            tls.sendall(b"GET /http/orders HTTP/1.1\r\nHost: localhost\r\n\r\n")
            seen = b""
            while b"\r\n\r\n" not in seen:
                part = tls.recv(65536)
                assert part, seen
                seen += part
            head, body = seen.split(b"\r\n\r\n", 1)
            length = int([line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")][0][15:])
            while len(body) < length:
                body += tls.recv(65536)
            return int(head.split()[1]), body
        assert ask()[0] == 200
        server.ok("service-key", "delete", "runtime", "short-key")
        status, body = ask()
        assert status == 401 and json.loads(body)["code"] == "S301"


def test_ambiguous_requests_are_refused_and_stand_in_the_monitor(server, world):
    host, port = server.gateway.removeprefix("https://").split(":")
    context = ssl.create_default_context(cafile=server.ca)
    context.load_cert_chain(world.chain, world.key)
    bad = [b"POST /http/orders HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
           b"POST /http/orders HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
           b"POST /http/orders HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na",
           b"GET /http/orders HTTP/1.1\r\nHost : a\r\n\r\n",
           b"GET /http/orders HTTP/1.1\r\nHost: a\r\nX: 1\r\n  folded\r\n\r\n",
           b"GET /http/orders HTTP/1.1\nHost: a\n\n"]
    for request in bad:
        with context.wrap_socket(socket.create_connection((host, int(port))), server_hostname="localhost") as tls:
            tls.sendall(request)
            seen = tls.recv(65536)
            assert seen.startswith(b"HTTP/1.1 400"), (request, seen)
    listed = server.json("message", "list")
    assert [m["http_status"] for m in listed[:len(bad)]] == [400] * len(bad)


def test_refusals_that_were_only_counted_are_told_when_a_worker_ends(tmp_path):
    server = Server(tmp_path / "state")
    sent = 700  # more than a worker records one by one within a second
    try:
        parts = urllib.parse.urlsplit(server.gateway)
        context = ssl.create_default_context(cafile=str(server.ca))
        with socket.create_connection((parts.hostname, parts.port), timeout=20) as plain, \
                context.wrap_socket(plain, server_hostname=parts.hostname) as connection:
            request = f"GET /http/nobody HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
            seen = b""
            for batch in range(1, 15):
                connection.sendall(request * (sent // 14))
                while seen.count(b"HTTP/1.1 401") < batch * (sent // 14):
                    part = connection.recv(65536)
                    assert part, seen[-300:]
                    seen += part
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(20)
        server.start()
        told = server.json("message", "list", "--code", "R504", "--limit", "5000")
        lines = [server.json("message", "get", m["id"])["text"] for m in told if not m["address"]]
        counted = [int(line.split()[0]) for line in lines]
        assert len(told) - len(counted) + sum(counted) == sent
    finally:
        server.stop()
