"""What reaches a receiver, and what is made of an answer that is none."""
import pytest

from furnish import furnished
from receiver import Receiver


def fields(head):
    """The names in the head of a request."""
    return [line.split(":", 1)[0].lower() for line in head.split("\r\n")[1:]]


@pytest.fixture(scope="module")
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture(scope="module")
def caller(server, department, receiver):
    leaf = furnished(server, department, "receivers", "pass", "--to", f"http://127.0.0.1:{receiver.port}/")

    def call(*args):
        return server.curl("/http/pass", *args, cert=leaf.chain, key=leaf.key)
    return call


GOOD = b"\r\nContent-Length: 2\r\n\r\nok"
BROKEN = {
    "000": b"HTTP/1.1 000 None" + GOOD, "099": b"HTTP/1.1 099 Early" + GOOD, "20": b"HTTP/1.1 20 Short" + GOOD,
    "2000": b"HTTP/1.1 2000 Long" + GOOD, "600": b"HTTP/1.1 600 Late" + GOOD, "999": b"HTTP/1.1 999 Denied" + GOOD,
    "-20": b"HTTP/1.1 -20 Less" + GOOD, "2 0": b"HTTP/1.1 2 0 Split" + GOOD, "words": b"HTTP/1.1 OK 200" + GOOD,
    "no status": b"HTTP/1.1" + GOOD, "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "switching": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "interim without end": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 5000, "interim alone": b"HTTP/1.1 100 Continue\r\n\r\n",
}


@pytest.mark.parametrize("status", BROKEN)
def test_a_status_that_is_none_is_a_broken_answer(server, caller, receiver, status):
    receiver.answer = BROKEN[status]
    reply = caller("-d", "order")
    message = server.json("message", "get", reply.id)
    assert (reply.status, message["status"], message["code"]) == (502, "FAILED", "R514"), (reply, message)


@pytest.mark.parametrize("status", [200, 299, 404, 503, 599])
def test_a_status_at_the_edges_is_an_answer(caller, receiver, status):
    receiver.answer = f"HTTP/1.1 {status} So".encode() + GOOD
    assert caller("-d", "order").status in (status, 500)


CLAIMS = ["X-Forwarded-User: a", "X-Forwarded-User: again", "X_Forwarded_User: b", "x-forwarded-for: 1.2.3.4", "X-Remote-User: c",
          "X_REMOTE_USER: d", "Remote-User: e", "REMOTE_USER: f", "X-SSL-Client-Cert: g", "SSL_CLIENT_S_DN: h", "X.Remote.User: i",
          "X-Auth-Request-Email: j", "X-WEBAUTH-USER: k", "X-Authenticated-User: l", "Forwarded: for=1.2.3.4", "Cookie: m=n",
          "X-Forwarded-Client-Cert: o", "X-MS-CLIENT-PRINCIPAL-NAME: p", "Client-Cert: :q:", "From: r@example.com"]


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_what_claims_an_identity_does_not_reach_a_receiver_by_a_pattern(caller, receiver, version):
    receiver.answer = b"HTTP/1.1 200 OK" + GOOD
    sent = [arg for claim in [*CLAIMS, "X-Order-Id: 7", "User-Agent: me"] for arg in ("-H", claim)]
    assert caller(version, "-d", "order", *sent).status == 200
    came = fields(receiver.heads[-1])
    assert "x-order-id" in came and "user-agent" in came
    claimed = {claim.split(":")[0].lower() for claim in CLAIMS}
    assert not claimed & set(came), receiver.heads[-1]


def test_what_connection_names_and_what_is_folded_does_not_reach_a_receiver(caller, receiver):
    receiver.answer = b"HTTP/1.1 200 OK" + GOOD
    assert caller("--http1.1", "-d", "order", "-H", "Connection: X-Order-Id, close", "-H", "X-Order-Id: 7").status == 200
    assert "x-order-id" not in fields(receiver.heads[-1])
    before = len(receiver.heads)
    folded = caller("--http1.1", "-d", "order", "-H", "X-Order-Id: 7\r\n X-Remote-User: a")
    assert folded.status == 400 and len(receiver.heads) == before
