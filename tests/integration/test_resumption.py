"""TLS sessions: resumed on whichever worker accepts, and judged anew like every other connection."""
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess

import pytest
from furnish import ORDERS, furnished
from postern import Server, wait_until

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("resumption") / "state", "--workers", "2")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def world(server, department):
    return furnished(server, department, "resumer", *ORDERS)


def sender(server, department, name, **kwargs):
    leaf = department.leaf(name, **kwargs)
    server.ok("service-key", "create", "runtime", name, "--certificate", leaf.certificate)
    return leaf


class Client:
    """One client that keeps its session."""

    def __init__(self, server, leaf=None, version=ssl.TLSVersion.TLSv1_3, name="localhost"):
        self.server, self.name = server, name
        self.context = ssl.create_default_context(cafile=server.ca)
        self.context.check_hostname = False
        self.context.minimum_version = self.context.maximum_version = version
        if leaf:
            self.context.load_cert_chain(leaf.chain, leaf.key)
        self.session = None

    def connect(self):
        host, port = self.server.gateway.removeprefix("https://").split(":")
        plain = socket.create_connection((host, int(port)), timeout=20)
        return self.context.wrap_socket(plain, server_hostname=self.name, session=self.session)

    def call(self):
        """A new connection and a request on it: (status, code, whether the session was resumed)."""
        with self.connect() as tls:
            status, code = request(tls, self.name)
            reused = tls.session_reused
            self.session = tls.session
        return status, code, reused


def request(tls, host="localhost"):
    tls.sendall(f"GET /http/orders HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    seen = b""
    while not re.search(rb"content-length: (\d+)", seen, re.I) or b"\r\n\r\n" not in seen:
        part = tls.recv(65536)
        assert part, seen
        seen += part
    head, body = seen.split(b"\r\n\r\n", 1)
    length = int(re.search(rb"content-length: (\d+)", head, re.I)[1])
    while len(body) < length:
        body += tls.recv(65536)
    code = re.search(rb'"code":"(\w+)"', body)
    return int(head.split()[1]), code[1].decode() if code else "", 


class Only:
    """While it lasts one worker alone accepts; the others are stopped."""

    def __init__(self, server, index):
        workers = sorted(server.children()["gateway"])
        self.others = [pid for i, pid in enumerate(workers) if i != index]

    def __enter__(self):
        for pid in self.others:
            os.kill(pid, signal.SIGSTOP)
            wait_until("the worker stands still", lambda pid=pid: " T " in stat(pid) or " t " in stat(pid))

    def __exit__(self, *_):
        for pid in self.others:
            os.kill(pid, signal.SIGCONT)


def stat(pid):
    return pathlib.Path(f"/proc/{pid}/stat").read_text()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_resumes_on_another_worker_than_it_was_made_on(server, world, version):
    client = Client(server, world, version)
    with Only(server, 0):
        assert client.call() == (200, "", False)
    with Only(server, 1):
        assert client.call() == (200, "", True)
        assert client.call() == (200, "", True)
    with Only(server, 0):
        assert client.call() == (200, "", True)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_connection_of_many_resumes(server, world, version):
    client = Client(server, world, version)
    client.call()
    assert [client.call() for _ in range(30)] == [(200, "", True)] * 30


def test_openssl_s_client_resumes_with_the_ticket_it_saved(server, world, tmp_path):
    host = server.gateway.removeprefix("https://")
    for version, word in (("-tls1_2", "Reused, TLSv1.2"), ("-tls1_3", "Reused, TLSv1.3")):
        saved = tmp_path / ("session" + version)
        for option, expected in (("-sess_out", "New, TLSv1"), ("-sess_in", word)):
            done = subprocess.run(
                ["openssl", "s_client", "-connect", host, "-servername", "localhost", "-cert", world.chain, "-cert_chain",
                 world.chain, "-key", world.key, "-CAfile", server.ca, version, option, saved, "-ign_eof"],
                input="GET /http/orders HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", capture_output=True,
                text=True, check=False, timeout=30)
            assert "200 OK" in done.stdout, done
            assert expected in done.stdout, done.stdout


def three_ways(server, leaf, version, change, expected):
    """What is refused on the open connection, on the resumed session and on a fresh connection after a change."""
    client = Client(server, leaf, version)
    assert client.call() == (200, "", False)
    assert client.call() == (200, "", True)
    with client.connect() as open_connection:
        assert request(open_connection) == (200, "")
        change()
        assert request(open_connection) == expected
        resumed = client.call()
        assert resumed[:2] == expected
        assert Client(server, leaf, version).call() == (*expected, False)
    return client, resumed[2]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_deleted_key_is_refused_on_the_resumed_session(server, world, department, version):
    leaf = sender(server, department, f"deleted-{version.name}")
    _, reused = three_ways(server, leaf, version,
                           lambda: server.ok("service-key", "delete", "runtime", leaf.name), (401, "S301"))
    assert reused


@pytest.mark.parametrize("version", VERSIONS)
def test_a_revoked_certificate_is_refused_on_the_resumed_session(server, world, department, version):
    leaf = sender(server, department, f"revoked-{version.name}")
    client, reused = three_ways(server, leaf, version,
                                lambda: server.ok("keystore", "import", department.revoke(leaf)), (401, "K207"))
    assert reused
    # The other worker, whose cache never saw the chain, says the same.
    for index in (0, 1):
        with Only(server, index):
            assert client.call()[:2] == (401, "K207")
    assert Client(server, world, version).call()[0] == 200


@pytest.mark.parametrize("version", VERSIONS)
def test_a_removed_anchor_is_refused_on_the_resumed_session_and_works_again(server, world, stranger, version):
    server.ok("keystore", "import", stranger.root, "--alias", f"stranger-{version.name}")
    leaf = sender(server, stranger, f"anchored-{version.name}")
    client, _ = three_ways(server, leaf, version,
                           lambda: server.ok("keystore", "delete", f"stranger-{version.name}"), (401, "K201"))
    server.ok("keystore", "import", stranger.root, "--alias", f"stranger-{version.name}")
    assert client.call()[0] == 200
    server.ok("keystore", "delete", f"stranger-{version.name}")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_key_or_anchor_added_keeps_the_sessions_of_others(server, world, department, version):
    client = Client(server, world, version)
    client.call()
    sender(server, department, f"other-{version.name}")
    assert client.call() == (200, "", True)
    server.ok("keystore", "import", department.leaf(f"anchor-{version.name}").certificate)
    for index in (0, 1):
        with Only(server, index):
            assert client.call() == (200, "", True)


@pytest.mark.parametrize("version", VERSIONS)
def test_no_session_is_kept_of_a_chain_that_is_not_good(server, world, stranger, version):
    client = Client(server, stranger.leaf(f"foreign-{version.name}"), version)
    assert [client.call() for _ in range(3)] == [(401, "K201", False)] * 3


@pytest.mark.parametrize("version", VERSIONS)
def test_no_session_is_kept_without_a_certificate(server, world, version):
    client = Client(server, None, version)
    assert [client.call() for _ in range(3)] == [(401, "R504", False)] * 3


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_does_not_resume_under_another_server_name(server, world, version):
    client = Client(server, world, version)
    assert client.call() == (200, "", False)
    client.name = "other.localhost"
    status, _, reused = client.call()
    assert not reused and status == 401
    client.name = "localhost"


def test_a_tls_1_3_client_gets_one_ticket_and_no_early_data(server, world):
    host = server.gateway.removeprefix("https://")
    command = ["openssl", "s_client", "-connect", host, "-servername", "localhost", "-CAfile", server.ca, "-tls1_3", "-msg",
               "-ign_eof"]
    ask = "GET /http/orders HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    known = subprocess.run([*command, "-cert", world.chain, "-cert_chain", world.chain, "-key", world.key], input=ask,
                           capture_output=True, text=True, check=False, timeout=30).stdout
    assert known.count("NewSessionTicket") == 1 and "Max Early Data: 0" in known
    nobody = subprocess.run(command, input=ask, capture_output=True, text=True, check=False, timeout=30).stdout
    assert "NewSessionTicket" not in nobody and "401" in nobody


@pytest.mark.parametrize("version", VERSIONS)
def test_sessions_survive_a_worker_that_is_killed(server, world, version):
    client = Client(server, world, version)
    assert client.call() == (200, "", False)
    before = set(server.children()["gateway"])
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    wait_until("a new worker is there", lambda: len(set(server.children().get("gateway", [])) - {victim}) == 2)
    new = sorted(server.children()["gateway"]).index(max(server.children()["gateway"]))
    with Only(server, new):
        assert client.call() == (200, "", True)


def s_client(server, *args, leaf=None):
    """openssl s_client that makes one request and ends: its output."""
    identity = ["-cert", leaf.chain, "-cert_chain", leaf.chain, "-key", leaf.key] if leaf else []
    return subprocess.run(
        ["openssl", "s_client", "-connect", server.gateway.removeprefix("https://"), "-servername", "localhost", "-CAfile",
         server.ca, "-ign_eof", *identity, *args],
        input="GET /http/orders HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", capture_output=True, text=True,
        check=False, timeout=30).stdout


def der(path):
    return ssl.PEM_cert_to_DER_cert(path.read_text().replace("SSL SESSION PARAMETERS", "CERTIFICATE"))


def pem(path, session):
    path.write_text(ssl.DER_cert_to_PEM_cert(session).replace("CERTIFICATE", "SSL SESSION PARAMETERS"))


def test_a_session_that_is_looked_up_and_not_taken_lends_its_peer_to_nobody(server, world, tmp_path):
    """A stranger who saw a ticket on the wire offers it as a TLS 1.2 session id: found, of the wrong version, not resumed."""
    known, nobody, forged = tmp_path / "known.pem", tmp_path / "nobody.pem", tmp_path / "forged.pem"
    assert "200 OK" in s_client(server, "-tls1_3", "-sess_out", known, leaf=world)
    assert "R504" in s_client(server, "-tls1_2", "-sess_out", nobody)
    # [10] EXPLICIT OCTET STRING in the one, the first OCTET STRING of 32 bytes in the other.
    ticket = re.search(rb"\xaa\x22\x04\x20(.{32})", der(known), re.S)[1]
    own = re.search(rb"\x04\x20(.{32})", der(nobody), re.S)[1]
    pem(forged, der(nobody).replace(own, ticket))
    seen = s_client(server, "-tls1_2", "-sess_in", forged)
    assert "New, TLSv1.2" in seen and "R504" in seen and "200 OK" not in seen


def test_an_id_without_its_secret_resumes_nothing(server, world, tmp_path):
    """The id of another's TLS 1.2 session, which is sent in clear, with a secret of one's own."""
    known, nobody, forged = tmp_path / "known.pem", tmp_path / "nobody.pem", tmp_path / "forged.pem"
    assert "200 OK" in s_client(server, "-tls1_2", "-sess_out", known, leaf=world)
    assert "R504" in s_client(server, "-tls1_2", "-sess_out", nobody)
    theirs, own = (re.search(rb"\x04\x20(.{32})", der(path), re.S)[1] for path in (known, nobody))
    pem(forged, der(nobody).replace(own, theirs))
    assert "200 OK" not in s_client(server, "-tls1_2", "-sess_in", forged)
    assert "200 OK" in s_client(server, "-tls1_2", "-sess_in", known)
