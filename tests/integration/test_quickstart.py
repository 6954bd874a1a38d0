"""`postern quickstart` beside what people made by hand: it takes nothing away that is not its own."""
import http.client
import json
import re
import resource
import shutil
import signal
import socket
import socketserver
import subprocess
import threading

import pytest

from furnish import make_instance
from postern import PROGRAM, run

NAME = "orders"


class Relay:
    """Stands before the server's socket and fails the n-th change, in a way of the test's choice."""

    def __init__(self, server, folder):
        self.upstream = str(server.state / "admin.sock")
        self.folder = folder
        self.fail_at, self.how, self.seen = 0, None, 0
        self.reached, self.go_on = threading.Event(), threading.Event()
        relay = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                while relay.one(self.rfile, self.wfile):
                    pass

        folder.mkdir()
        self.listener = socketserver.ThreadingUnixStreamServer(str(folder / "admin.sock"), Handler)
        self.listener.daemon_threads = True
        threading.Thread(target=self.listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def expect(self, at, how):
        self.fail_at, self.how, self.seen = at, how, 0
        self.reached.clear()
        self.go_on.clear()

    def one(self, reader, writer):
        first = reader.readline()
        if not first:
            return False
        method, path = first.split()[0].decode(), first.split()[1].decode()
        headers = http.client.parse_headers(reader)
        body = reader.read(int(headers.get("content-length", 0)))
        self.seen += method != "GET"
        hit = method != "GET" and self.seen == self.fail_at
        if hit and self.how == "refused":
            self.answer(writer, 500, b'{"text":"The disk is full."}')
            return True
        status, answer = self.forward(method, path, headers, body)
        if hit and self.how == "lost":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n")  # without a head curl asks once more
            return False
        if hit and self.how == "dropped":
            return False
        if hit and self.how == "killed":
            self.reached.set()
            self.go_on.wait(20)
            return False
        self.answer(writer, status, answer)
        return True

    def forward(self, method, path, headers, body):
        upstream = http.client.HTTPConnection("localhost")
        upstream.sock = socket.socket(socket.AF_UNIX)
        upstream.sock.connect(self.upstream)
        upstream.request(method, path, body, dict(headers.items()))
        answer = upstream.getresponse()
        text = answer.read()
        upstream.close()
        return answer.status, text

    @staticmethod
    def answer(writer, status, body):
        writer.write(b"HTTP/1.1 %d x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % (status, len(body)))
        writer.write(body)

    def close(self):
        self.listener.shutdown()
        self.listener.server_close()


@pytest.fixture
def relay(server, tmp_path):
    stands = Relay(server, tmp_path / "s")
    yield stands
    stands.close()


def world(server, folder=None):
    """Everything that a quickstart could make or take away, as comparable text."""
    folder = (folder or server.state) / "quickstart"
    instances = [i["name"] for i in server.json("service-instance", "list")]
    seen = {
        "artifacts": server.json("artifact", "list"),
        "instances": instances,
        "keys": [[(k["name"], k["id"]) for k in server.json("service-key", "list", i)] for i in instances],
        "keystore": [(e["alias"], e["sha256"]) for e in server.json("keystore", "list")],
        "stores": server.json("destination-certificate", "list"),
        "destinations": server.json("destination", "list"),
        "issued": [c["sha256"] for c in server.json("ca", "list") if not c["revoked"]],
        "files": sorted((f.name, f.read_bytes()) for f in folder.glob("*")) if folder.exists() else [],
    }
    return json.dumps(seen, sort_keys=True, default=repr)


def make_file(server, name):
    folder = server.state / "quickstart"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("mine")


def import_own(server, alias):
    (server.state / "mine.cer").write_text(server.json("ca", "show")["root_pem"])
    server.ok("keystore", "import", server.state / "mine.cer", "--alias", alias)


def upload(server, name):
    (server.state / "mine.p12").write_text("mine")
    server.ok("destination-certificate", "upload", server.state / "mine.p12", "--name", name)



# What the user has made already, and how it is taken away after the test.
BESIDE = {
    "the artifact": (lambda s: s.ok("artifact", "create", NAME, "--address", "/elsewhere", "--reply", "mine"),
                     lambda s: s.ok("artifact", "undeploy", NAME)),
    "the address": (lambda s: s.ok("artifact", "create", "other", "--address", "/Orders", "--reply", "mine"),
                    lambda s: s.ok("artifact", "undeploy", "other")),
    "the address by a wildcard": (lambda s: s.ok("artifact", "create", "other", "--address", "/orders/*", "--reply", "mine"),
                                  lambda s: s.ok("artifact", "undeploy", "other")),
    "the instance": (lambda s: make_instance(s, NAME + "-runtime"),
                     lambda s: s.ok("service-instance", "delete", NAME + "-runtime")),
    "the destination": (lambda s: s.ok("destination", "create", "--name", NAME, "--url", "https://mine.example.com"),
                        lambda s: s.ok("destination", "delete", NAME)),
    "the key store": (lambda s: upload(s, NAME + ".p12"),
                      lambda s: s.ok("destination-certificate", "delete", NAME + ".p12")),
    "the root's alias": (lambda s: import_own(s, "ORDERS-root"), lambda s: s.ok("keystore", "delete", "orders-root")),
    "the CA's alias": (lambda s: import_own(s, NAME + "-ca"), lambda s: s.ok("keystore", "delete", NAME + "-ca")),
    "a certificate issued": (lambda s: s.ok("ca", "issue", NAME, "--out", s.state / "mine.pem"),
                             lambda s: s.ok("ca", "revoke", s.state / "mine.pem")),
    **{"the file " + end: (lambda s, end=end: make_file(s, NAME + end),
                           lambda s, end=end: (s.state / "quickstart" / (NAME + end)).unlink())
       for end in (".p12", ".p12.password", ".cer", "-root.cer", "-ca.cer")},
}


@pytest.mark.parametrize("what", BESIDE)
def test_what_stands_in_the_way_is_found_before_the_first_step_and_left_alone(server, what):
    make, clear = BESIDE[what]
    make(server)
    before = world(server)
    try:
        answer = server.run("quickstart", NAME)
        assert answer.code == 5, answer
        assert "--remove" not in answer.err, answer
        assert "1/5" not in answer.out, answer
        assert world(server) == before
        other = re.search(r"postern quickstart (\S+)", answer.err)[1].strip("`'.")
        assert other != NAME
        assert server.run("quickstart", NAME, "--remove").code == 0
        assert world(server) == before
        server.ok("quickstart", other)
        server.ok("quickstart", other, "--remove")
        assert world(server) == before
    finally:
        (server.state / "mine.pem.password").unlink(missing_ok=True)
        clear(server)
        (server.state / "mine.pem").unlink(missing_ok=True)


def test_everything_in_the_way_is_named_at_once(server):
    for what in ("the artifact", "the key store", "the file .cer"):
        BESIDE[what][0](server)
    answer = server.run("quickstart", NAME)
    for what in ("the artifact", "the key store", "the file .cer"):
        BESIDE[what][1](server)
    assert "artifact orders" in answer.err and "orders.p12" in answer.err and "orders.cer" in answer.err, answer


def test_a_name_that_a_later_step_cannot_take_is_refused_before_the_first(server):
    before = world(server)
    answer = server.run("quickstart", "a" * 40)
    assert answer.code == 2 and world(server) == before, answer
    server.ok("quickstart", "b" * 24)
    server.ok("quickstart", "b" * 24, "--remove")
    assert world(server) == before


def changes_of_a_run(relay):
    relay.expect(0, None)
    assert run("quickstart", NAME, "--state-dir", relay.folder).code == 0
    changes = relay.seen
    assert run("quickstart", NAME, "--remove", "--state-dir", relay.folder).code == 0
    assert changes >= 8
    return changes


@pytest.mark.parametrize("how", ["refused", "lost"])
def test_a_run_that_fails_at_any_step_leaves_nothing_behind(server, relay, how):
    before = world(server, relay.folder)
    for at in range(1, changes_of_a_run(relay) + 1):
        relay.expect(at, how)
        answer = run("quickstart", NAME, "--state-dir", relay.folder)
        assert answer.code != 0, (at, answer)
        assert world(server, relay.folder) == before, (at, answer)
        assert "--remove" not in answer.err, (at, answer)


def test_a_run_whose_connection_is_dropped_leaves_nothing_that_is_not_on_record(server, relay):
    """curl asks once more on a new connection: the change may be made twice, or be refused as there already."""
    before = world(server, relay.folder)
    for at in range(1, changes_of_a_run(relay) + 1):
        relay.expect(at, "dropped")
        answer = run("quickstart", NAME, "--state-dir", relay.folder)
        if answer.code == 0:
            assert run("quickstart", NAME, "--remove", "--state-dir", relay.folder).code == 0
        assert world(server, relay.folder) == before, (at, answer)


def listen_to_control_c():
    """A shell has what it runs in the background ignore it, and that is inherited."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_run_that_was_cut_short_at_any_step_is_removed_later(server, relay):
    before = world(server, relay.folder)
    for at in range(1, changes_of_a_run(relay) + 1):
        relay.expect(at, "killed")
        with subprocess.Popen([PROGRAM, "quickstart", NAME, "--state-dir", relay.folder], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, preexec_fn=listen_to_control_c) as process:
            assert relay.reached.wait(30)
            process.send_signal(signal.SIGINT if at % 2 else signal.SIGKILL)
            process.wait(30)
        relay.go_on.set()
        again = run("quickstart", NAME, "--state-dir", relay.folder)
        assert again.code == 5 and "quickstart orders --remove" in again.err, (at, again)
        assert run("quickstart", NAME, "--remove", "--state-dir", relay.folder).code == 0
        assert world(server, relay.folder) == before, at


def test_what_cannot_be_undone_at_once_is_removed_later(server, relay):
    before = world(server, relay.folder)
    relay.expect(0, None)
    real = relay.forward

    def away_from_the_fifth_change(method, path, headers, body):
        return (500, b'{"text":"Away."}') if relay.seen >= 5 else real(method, path, headers, body)

    relay.forward = away_from_the_fifth_change
    answer = run("quickstart", NAME, "--state-dir", relay.folder)
    assert answer.code != 0 and "postern quickstart orders --remove" in answer.err, answer
    relay.forward = real
    assert run("quickstart", NAME, "--remove", "--state-dir", relay.folder).code == 0
    assert world(server, relay.folder) == before


def test_a_disk_that_takes_no_more_leaves_nothing_behind(server, tmp_path):
    before = world(server)

    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2500, 2500))

    done = subprocess.run([PROGRAM, "quickstart", NAME, "--state-dir", server.state], capture_output=True, text=True,
                          preexec_fn=small_files, check=False)
    assert done.returncode != 0 and "--remove" not in done.stderr, done
    assert world(server) == before, done


def replace_file(server, end):
    path = server.state / "quickstart" / (NAME + end)
    path.write_text("mine")
    return path.unlink


def replace_artifact(server):
    server.ok("artifact", "undeploy", NAME)
    server.ok("artifact", "create", NAME, "--address", "/" + NAME, "--reply", "mine")
    return lambda: server.ok("artifact", "undeploy", NAME)


def replace_instance(server):
    server.ok("service-key", "delete", NAME + "-runtime", NAME)
    server.ok("service-instance", "delete", NAME + "-runtime")
    make_instance(server, NAME + "-runtime")
    return lambda: server.ok("service-instance", "delete", NAME + "-runtime")


def replace_key(server):
    server.ok("service-key", "delete", NAME + "-runtime", NAME)
    server.ok("service-key", "create", NAME + "-runtime", NAME, "--certificate",
              server.state / "quickstart" / (NAME + ".cer"))

    def clear():
        server.ok("service-key", "delete", NAME + "-runtime", NAME)
        server.ok("service-instance", "delete", NAME + "-runtime")
    return clear


def replace_destination(server):
    server.ok("destination", "delete", NAME)
    server.ok("destination", "create", "--name", NAME, "--url", "https://mine.example.com")
    return lambda: server.ok("destination", "delete", NAME)


def replace_store(server):
    server.ok("destination-certificate", "delete", NAME + ".p12")
    upload(server, NAME + ".p12")
    return lambda: server.ok("destination-certificate", "delete", NAME + ".p12")


def replace_alias(server):
    server.ok("keystore", "delete", NAME + "-ca")
    server.ok("keystore", "create", "--alias", NAME + "-ca")
    return lambda: server.ok("keystore", "delete", NAME + "-ca")


def issue_another(server):
    server.ok("ca", "issue", NAME, "--out", server.state / "mine.pem")

    def clear():
        server.ok("ca", "revoke", server.state / "mine.pem")
        (server.state / "mine.pem").unlink()
    return clear


REPLACE = {
    "artifact": (replace_artifact, lambda s: s.json("artifact", "get", NAME)),
    "instance": (replace_instance, lambda s: s.json("service-instance", "get", NAME + "-runtime")),
    "key": (replace_key, lambda s: s.json("service-key", "get", NAME + "-runtime", NAME)["id"]),
    "destination": (replace_destination, lambda s: s.json("destination", "get", NAME)),
    "store": (replace_store, lambda s: s.json("destination-certificate", "get", NAME + ".p12")),
    "alias": (replace_alias, lambda s: [e for e in s.json("keystore", "list") if e["alias"] == NAME + "-ca"]),
    "issued": (issue_another, lambda s: [c for c in s.json("ca", "list") if c["subject"] == "CN=" + NAME and not c["revoked"]][0]),
    **{end: (lambda s, end=end: replace_file(s, end), lambda s, end=end: (s.state / "quickstart" / (NAME + end)).read_text())
       for end in (".p12", ".p12.password", ".cer", "-root.cer", "-ca.cer")},
}


@pytest.mark.parametrize("what", REPLACE)
def test_remove_leaves_what_the_user_put_in_the_place_of_its_own(server, what):
    before = world(server)
    replace, look = REPLACE[what]
    server.ok("quickstart", NAME)
    clear = replace(server)
    mine = look(server)
    answer = server.run("quickstart", NAME, "--remove")
    now = look(server)
    clear()
    server.run("quickstart", NAME, "--remove")
    assert now == mine, answer
    assert world(server) == before, answer


def test_remove_revokes_the_certificate_that_was_issued(server):
    server.ok("quickstart", "gone")
    mine = [c for c in server.json("ca", "list") if c["subject"] == "CN=gone"]
    assert [bool(c["revoked"]) for c in mine] == [False]
    server.ok("quickstart", "gone", "--remove")
    assert all(c["revoked"] for c in server.json("ca", "list") if c["subject"] == "CN=gone")
    server.ok("quickstart", "gone")
    assert server.ok("call", "gone", "-d", "again").out == "again"
    server.ok("quickstart", "gone", "--remove")


def test_remove_in_another_subaccount_touches_nothing(server):
    server.ok("subaccount", "create", "acme")
    server.ok("quickstart", "two", "--subaccount", "acme")
    before = world(server)
    answer = server.run("quickstart", "two", "--remove")
    assert answer.code == 5 and "--subaccount acme" in answer.err, answer
    assert world(server) == before
    server.ok("quickstart", "two", "--remove", "--subaccount", "acme")
    assert server.json("artifact", "list", "--subaccount", "acme") == []


def test_a_removed_quickstart_leaves_no_record_and_a_missing_one_is_no_failure(server):
    server.ok("quickstart", "three")
    server.ok("quickstart", "three", "--remove")
    assert list((server.state / "quickstart").glob("three*")) == []
    assert "nothing left" in server.ok("quickstart", "three", "--remove").err
    shutil.rmtree(server.state / "quickstart")
    assert "nothing left" in server.ok("quickstart", "three", "--remove").err
