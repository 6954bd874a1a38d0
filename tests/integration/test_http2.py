"""HTTP/2 at the gateway, with the clients that people have and with those that mean harm."""
import json
import shutil
import subprocess
import threading

import h2.errors
import pytest
from furnish import furnished
from http2 import PREFACE, Client, connect, frame
from postern import Server, wait_until
from receiver import Handler, listening

MIB = 1024 * 1024


class Gate(Handler):
    """A receiver that answers when it is let."""

    def do_POST(self):
        body = self.body()
        self.server.came.release()
        assert self.server.opened.wait(20)
        self.say(body)

    do_GET = do_POST


@pytest.fixture
def gate():
    with listening(Gate) as server:
        server.came, server.opened = threading.Semaphore(0), threading.Event()
        yield server
        server.opened.set()


def prepare(server, department, name="http2"):
    return furnished(server, department, name, "echo")


@pytest.fixture(scope="module")
def world(server, department):
    return prepare(server, department)


def with_receiver(server, gate, name):
    server.ok("artifact", "create", name, "--address", f"/{name}", "--to", f"http://127.0.0.1:{gate.server_port}/")


@pytest.mark.parametrize("args", [
    ["/http/echo"], ["/http/echo", "-d", "hello"], ["/http/echo?a=b", "-I"], ["/http/nothing"], ["/http/echo", "-X", "TRACE"],
    ["/http/echo", "-H", "Expect: 100-continue", "-d", "hello"], ["/http/echo", "-T", "/etc/hostname"],
])
def test_an_answer_is_the_same_in_both_versions(server, world, args):
    said = {}
    for version in ("1.1", "2"):
        reply = server.curl(args[0], f"--http{version}", *args[1:], cert=world.chain, key=world.key)
        fields = {name for name in reply.headers if name not in ("connection", "transfer-encoding")}
        message = server.json("message", "get", reply.id)
        told = {key: message[key] for key in ("artifact", "address", "status", "probe", "http_status", "code", "client", "sha256")}
        body = reply.body.replace(reply.id, "ID")
        said[version] = (reply.status, body, fields, told)
    assert said["1.1"] == said["2"]


def test_who_does_not_ask_for_http2_gets_http1(server, world):
    for protocols, agreed in ((None, None), (("http/1.1",), "http/1.1"), (("http/1.1", "h2"), "h2")):
        with connect(server, world, protocols) as tls:
            assert tls.selected_alpn_protocol() == agreed
            if agreed != "h2":
                tls.sendall(b"GET /http/echo HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert tls.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")


def test_the_listeners_of_the_management_stay_with_http1(server):
    done = subprocess.run(["curl", "-sS", "--http2-prior-knowledge", "--max-time", "20", server.management + "/livez"],
                          capture_output=True, text=True, check=False)
    assert done.returncode != 0
    done = subprocess.run(["curl", "-sS", "-o", "/dev/null", "-w", "%{http_version}", "--http2", server.management + "/livez"],
                          capture_output=True, text=True, check=False)
    assert done.stdout == "1.1"


def test_a_hundred_requests_at_once_are_answered_over_one_connection(server, world):
    with Client(server, world) as client:
        streams = [client.send(method="POST", body=b"%d" % i, fields=[("content-length", str(len("%d" % i)))])
                   for i in range(100)]
        for i, stream in enumerate(streams):
            answer = client.wait(stream)
            assert (answer["status"], answer["body"]) == (200, b"%d" % i)


def test_requests_that_wait_do_not_hold_the_others(server, world, gate):
    with_receiver(server, gate, "gate-1")
    with Client(server, world) as client:
        held = [client.send("/http/gate-1", method="POST", body=b"x", fields=[("content-length", "1")]) for _ in range(5)]
        for _ in held:
            assert gate.came.acquire(timeout=20)
        assert client.call()["status"] == 200
        assert not any(client.answers[stream]["status"] for stream in held)
        gate.opened.set()
        assert [client.wait(stream)["status"] for stream in held] == [200] * 5


NODE = r"""
const http2 = require('http2'), fs = require('fs');
const [url, ca, cert, key, size, count] = process.argv.slice(2);
const session = http2.connect(url, { ca: fs.readFileSync(ca), cert: fs.readFileSync(cert), key: fs.readFileSync(key) });
const part = Buffer.alloc(65536, 'n');
let left = Number(count);
function one() {
  const stream = session.request({ ':method': 'POST', ':path': '/http/echo', 'content-type': 'text/plain' });
  let received = 0, status = 0, sent = 0;
  stream.on('response', h => { status = h[':status']; });
  stream.on('data', d => { received += d.length; });
  stream.on('end', () => {
    if (status !== 200 || received !== Number(size)) { console.log('bad', status, received); process.exitCode = 1; }
    if (--left === 0) { console.log('done'); session.close(); }
  });
  const write = () => {
    while (sent < size) {
      const n = Math.min(part.length, size - sent);
      sent += n;
      if (!stream.write(part.subarray(0, n))) { stream.once('drain', write); return; }
    }
    stream.end();
  };
  write();
}
for (let i = 0; i < count; i++) one();
"""


@pytest.mark.skipif(not shutil.which("node"), reason="no Node")
@pytest.mark.parametrize("size, count", [(20 * MIB, 1), (MIB, 20), (0, 50)])
def test_nodes_client_moves_large_bodies_both_ways(server, world, tmp_path, size, count):
    script = tmp_path / "client.js"
    script.write_text(NODE)
    done = subprocess.run(["node", script, server.gateway, server.ca, world.chain, world.key, str(size), str(count)],
                          capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "done\n"), done


def test_nghttp_is_served(server, world):
    done = subprocess.run(["nghttp", "-nv", "--no-verify-peer", f"--cert={world.chain}", f"--key={world.key}", "-m", "20",
                           server.gateway + "/http/echo"], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done
    assert done.stdout.count(":status: 200") == 20, done.stdout


def test_a_slow_reader_holds_nobody_else_and_gets_all(server, world):
    body = b"z" * (4 * MIB)
    with Client(server, world, consume=False) as slow, Client(server, world) as other:
        stream = slow.send(method="POST", body=body)
        slow.until(lambda: len(slow.answers[stream]["body"]) == 65535)  # its window, and not a byte more
        assert other.call(method="POST", body=body)["body"] == body
        slow.h2.increment_flow_control_window(8 * MIB)
        slow.h2.increment_flow_control_window(8 * MIB, stream)
        slow.flush()
        assert slow.wait(stream)["body"] == body


def test_a_large_body_goes_through_a_receiver_and_back(server, world, gate, tmp_path):
    with_receiver(server, gate, "through")
    gate.opened.set()
    body = tmp_path / "body"
    body.write_bytes(b"0123456789abcdef" * (20 * MIB // 16))
    reply = server.curl("/http/through", "--http2", "--data-binary", f"@{body}", cert=world.chain, key=world.key)
    assert reply.status == 200
    assert reply.body == body.read_text()


HEAD = [(":method", "GET"), (":scheme", "https"), (":authority", "localhost"), (":path", "/http/echo")]


@pytest.mark.parametrize("pseudo, fields, status, code", [
    (HEAD, [("connection", "close")], 400, "R508"),
    (HEAD, [("transfer-encoding", "chunked")], 400, "R508"),
    (HEAD, [("X-Upper", "1")], 400, "R508"),
    (HEAD, [("te", "gzip")], 400, "R508"),
    (HEAD, [("host", "elsewhere")], 400, "R508"),
    (HEAD, [("content-length", "5")], 400, "R508"),
    (HEAD, [("x", "a\r\nb: c")], 400, "R508"),
    (HEAD[1:], [], 400, "R508"),
    (HEAD[:2] + HEAD[3:], [], 400, "R508"),
    (HEAD[:3] + [(":path", "/http/../echo")], [], 400, "R508"),
    (HEAD + [(":protocol", "websocket")], [], 400, "R508"),
    ([(":method", "CONNECT"), (":authority", "localhost:443")], [], 501, "R508"),
    (HEAD, [("x", "y" * 70000)], 431, "R510"),
    (HEAD, [("x", "y")] * 101, 431, "R510"),
])
def test_a_malformed_request_is_refused_with_an_id_and_the_connection_goes_on(server, world, pseudo, fields, status, code):
    with Client(server, world) as client:
        answer = client.call(pseudo=pseudo, fields=fields)
        assert answer["status"] == status
        assert json.loads(answer["body"])
        message = server.json("message", "get", answer["fields"]["x-request-id"])
        assert (message["code"], message["http_status"], message["status"]) == (code, status, "REFUSED")
        assert message["sha256"], "the certificate of the caller is told"
        assert client.call()["status"] == 200
        assert not client.goaway


@pytest.mark.parametrize("declared, sent", [("6", b"hello"), ("4", b"hello"), ("0", b"x")])
def test_a_body_other_than_its_content_length_is_refused(server, world, declared, sent):
    with Client(server, world) as client:
        answer = client.call(method="POST", body=sent, fields=[("content-length", declared)])
        assert answer["status"] == 400
        assert server.json("message", "get", answer["fields"]["x-request-id"])["code"] == "R508"
        assert client.call()["status"] == 200


def test_a_body_over_the_limit_is_refused_while_it_comes(server, world):
    with Client(server, world) as client:
        stream = client.send(method="POST", end=False)
        for _ in range(41):
            client.write(stream, b"x" * MIB, end=False)
        answer = client.wait(stream)
        assert answer["status"] == 413
        assert server.json("message", "get", answer["fields"]["x-request-id"])["code"] == "R506"


def test_a_key_that_was_deleted_is_refused_on_the_open_connection(server, world, department):
    leaf = department.leaf("gone")
    server.ok("service-key", "create", "runtime", "gone", "--certificate", leaf.certificate)
    with Client(server, leaf) as client:
        assert client.call()["status"] == 200
        server.ok("service-key", "delete", "runtime", "gone")
        answer = client.call()
        assert answer["status"] == 401
        assert server.json("message", "get", answer["fields"]["x-request-id"])["code"] == "S301"


def test_crumbs_of_a_cookie_are_one_cookie(server, world):
    server.ok("artifact", "create", "guarded", "--address", "/guarded", "--csrf")
    with Client(server, world) as client:
        fetched = client.call("/http/guarded", fields=[("x-csrf-token", "Fetch")])
        token, cookie = fetched["fields"]["x-csrf-token"], fetched["fields"]["set-cookie"].split(";")[0]
        with_crumbs = [("x-csrf-token", token), ("cookie", "a=b"), ("cookie", cookie), ("cookie", "c=d")]
        assert client.call("/http/guarded", method="POST", body=b"", fields=with_crumbs)["status"] == 200
        assert client.call("/http/guarded", method="POST", body=b"", fields=with_crumbs[:2])["status"] == 403


def test_a_request_that_is_reset_is_recorded_and_its_connection_goes_on(server, world, gate):
    with_receiver(server, gate, "gate-2")
    with Client(server, world) as client:
        stream = client.send("/http/gate-2", method="POST", body=b"x", fields=[("content-length", "1")])
        assert gate.came.acquire(timeout=20)
        client.h2.reset_stream(stream, h2.errors.ErrorCodes.CANCEL)
        client.flush()
        assert client.call()["status"] == 200
    wait_until("the monitor has the broken one", lambda: [
        m for m in server.json("message", "list") if m["artifact"] == "gate-2" and m["status"] == "FAILED" and not m["http_status"]])


POST = bytes([0x83, 0x87, 0x84, 0x41, 9]) + b"localhost"


def rapid_reset(turn):
    stream = 2 * turn + 1
    return frame(1, 5, stream, POST) + frame(3, 0, stream, b"\0\0\0\x08")


def continuations(turn):
    return (frame(1, 0, 1) if turn == 0 else b"") + frame(9, 0, 1, b"\x00\x01x\x01y" * 1000)


def small_continuations(turn):
    return (frame(1, 0, 1) if turn == 0 else b"") + frame(9, 0, 1) * 100


def settings(turn):
    return frame(4, 0, 0, b"\0\x04\0\0\xff\xff") * 100


def pings(turn):
    return frame(6, 0, 0, b"flooding") * 100


def empty_data(turn):
    return (frame(1, 4, 1, POST) if turn == 0 else b"") + frame(0, 0, 1) * 100


def streams(turn):
    return frame(4, 1, 0) + frame(1, 4, 2 * turn + 1, POST)


def no_frames(turn):
    return b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize("flood", [rapid_reset, continuations, small_continuations, settings, pings, empty_data, streams,
                                   no_frames], ids=lambda f: f.__name__)
def test_a_flood_ends_its_connection_and_nobody_elses(server, world, flood):
    before = {m["id"] for m in server.json("message", "list")}
    with Client(server, world) as bystander, Client(server, world) as client:
        assert bystander.call()["status"] == 200
        turn = 0
        while client.flood(flood(turn)):
            turn += 1
            assert turn < 100000, "nobody minded"
        assert bystander.call()["status"] == 200
        assert not bystander.goaway
    told = wait_until("the monitor tells of it", lambda: [
        m for m in server.json("message", "list") if m["id"] not in before and m["code"] == "R508"])
    assert server.json("message", "get", told[0]["id"])["text"]


TO_ECHO = bytes([0x83, 0x87, 0x04, 10]) + b"/http/echo" + bytes([0x41, 9]) + b"localhost"
ITSELF, NOTHING_BELOW = b"\0\0\0\x01\x10", b"\0\0\0\0\x10"


@pytest.mark.parametrize("frames, code", [
    (frame(1, 5, 1, POST), h2.errors.ErrorCodes.STREAM_CLOSED),
    (frame(1, 5, 1), h2.errors.ErrorCodes.STREAM_CLOSED),
    (frame(0, 1, 1, b"x"), h2.errors.ErrorCodes.STREAM_CLOSED),
    (frame(1, 4, 5, POST) + frame(3, 0, 5, b"\0\0\0\x08") + frame(0, 1, 5, b"x"), h2.errors.ErrorCodes.STREAM_CLOSED),
    (frame(1, 4, 5, POST) + frame(1, 5, 3, POST), h2.errors.ErrorCodes.PROTOCOL_ERROR),
    (frame(2, 0, 1, ITSELF), h2.errors.ErrorCodes.PROTOCOL_ERROR),
    (frame(2, 0, 0, NOTHING_BELOW), h2.errors.ErrorCodes.PROTOCOL_ERROR),
], ids=["head-closed", "trailers-closed", "data-closed", "data-reset", "smaller", "priority-itself", "priority-0"])
def test_a_frame_where_none_may_come_ends_the_connection_with_its_code(server, world, frames, code):
    before = {m["id"] for m in server.json("message", "list")}
    with Client(server, world) as bystander, Client(server, world) as client:
        assert bystander.call()["status"] == client.call()["status"] == 200
        client.raw(frames)
        client.read_to_end()
        assert [event.error_code for event in client.goaway] == [code]
        assert bystander.call()["status"] == 200
    wait_until("the monitor tells of it", lambda: [
        m for m in server.json("message", "list") if m["id"] not in before and m["code"] == "R508"])


def test_a_priority_that_may_come_is_passed_over(server, world):
    with Client(server, world) as client:
        client.raw(frame(2, 0, 1, NOTHING_BELOW))
        assert client.call()["status"] == 200
        client.raw(frame(2, 0, 1, NOTHING_BELOW))
        assert client.call()["status"] == 200


@pytest.mark.parametrize("head, data", [
    (TO_ECHO + b"\0\x05X-Big\x011", b""), (TO_ECHO + b"\x0f\x0d\x012", b"x"), (TO_ECHO + b"\x0f\x0d\x010", b"x"), (POST + b"\x0f\x0d\x012", b"x"),
], ids=["upper-case", "shorter", "longer", "refused-before"])
def test_a_malformed_request_is_answered_and_its_stream_reset(server, world, head, data):
    with connect(server, world) as tls:
        frames = frame(1, 4, 1, head) + frame(0, 1, 1, data) if data else frame(1, 5, 1, head)
        tls.sendall(PREFACE + frame(4, 0, 0) + frames)
        seen = b""
        while frame(3, 0, 1, b"\0\0\0\x01") not in seen:
            part = tls.recv(65536)
            assert part, "the connection ended"
            seen += part
        assert b'"code"' in seen, "the answer is whole"
        tls.sendall(frame(6, 0, 0, b"go on ok"))
        while b"go on ok" not in seen:
            part = tls.recv(65536)
            assert part, "the connection ended"
            seen += part


def test_http2_can_be_turned_off(tmp_path):
    server = Server(tmp_path / "state", "--http2", "off")
    try:
        with connect(server, protocols=("h2", "http/1.1")) as tls:
            assert tls.selected_alpn_protocol() is None
    finally:
        server.stop()


def test_who_never_says_the_preface_is_let_go(server, world):
    with connect(server, world) as tls:
        tls.sendall(PREFACE[:10])
        tls.settimeout(30)
        seen = b""
        while part := tls.recv(65536):
            seen += part
    assert frame(7, 0, 0, b"\0\0\0\0\0\0\0\0") in seen  # GOAWAY, NO_ERROR


def test_a_server_that_stops_answers_what_it_has_and_says_so(department, gate, tmp_path):
    server = Server(tmp_path / "state")
    try:
        leaf = prepare(server, department, "http2-drain")
        with_receiver(server, gate, "gate-3")
        with Client(server, leaf) as client, Client(server, leaf) as idle:
            assert idle.call()["status"] == 200
            streams = [client.send("/http/gate-3", method="POST", body=b"%d" % i, fields=[("content-length", "1")])
                       for i in range(10)]
            for _ in streams:
                assert gate.came.acquire(timeout=20)
            server.process.terminate()
            client.until(lambda: client.goaway)
            idle.until(lambda: len(idle.goaway) == 2)
            idle.read_to_end()
            gate.opened.set()
            for i, stream in enumerate(streams):
                assert client.wait(stream)["body"] == b"%d" % i
            client.read_to_end()
            assert all(event.error_code == h2.errors.ErrorCodes.NO_ERROR for event in client.goaway + idle.goaway)
            assert client.goaway[-1].last_stream_id == streams[-1]
    finally:
        server.stop()


def test_http1_goes_on_beside_a_thousand_streams(server, world):
    with Client(server, world) as client:
        for _ in range(10):
            streams = [client.send() for _ in range(100)]
            reply = server.curl("/http/echo", "--http1.1", cert=world.chain, key=world.key)
            assert reply.status == 200
            assert all(client.wait(stream)["status"] == 200 for stream in streams)


def test_a_stranger_is_refused_with_the_same_reasons(server, stranger):
    foreign = stranger.leaf("foreign")
    for who in ({}, {"cert": foreign.chain, "key": foreign.key}):
        replies = [server.curl("/http/echo", f"--http{version}", **who) for version in ("1.1", "2")]
        codes = [server.json("message", "get", reply.id)["code"] for reply in replies]
        assert replies[0].status == replies[1].status == 401
        assert codes[0] == codes[1]


def test_h2load_gets_an_answer_to_each_request(server, world):
    """h2load has no client certificate: what it gets are refusals, and none may be missing."""
    if not shutil.which("h2load"):
        pytest.skip("no h2load")
    done = subprocess.run(["h2load", "-n", "2000", "-c", "4", "-m", "50", server.gateway + "/http/echo"], capture_output=True,
                          text=True, timeout=60, check=False)
    assert "2000 total, 2000 started, 2000 done" in done.stdout, done
    assert ", 0 errored, 0 timeout" in done.stdout, done


def test_half_of_a_frame_is_waited_for(server, world):
    with Client(server, world) as client:
        whole = frame(6, 0, 0, b"12345678")
        client.raw(whole[:5])
        client.raw(whole[5:])
        assert client.call()["status"] == 200
