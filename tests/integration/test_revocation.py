"""Revocation lists: what replaces what, what is told of it, and that nobody who is revoked comes in by the order of imports."""
import base64
import http.client
import itertools
import json
import socket

import pytest

from furnish import make_instance
from postern import Department, Server, openssl
from revocation import Lists
from test_resumption import Client, request



class Admin:
    """The management API as the owner of the state folder has it, without a process for each call."""

    def __init__(self, server):
        self.path = str(server.state / "admin.sock")

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self.path)
        connection.request(method, "/admin/v1" + path, body=json.dumps(body) if body is not None else None,
                           headers={"Content-Type": "application/json"} if body is not None else {})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text else None

    def import_list(self, path):
        return self.call("POST", "/keystore/import", {"content": base64.b64encode(path.read_bytes()).decode()})

    def lists(self):
        return self.call("GET", "/keystore/crls")[1]

    def clear(self):
        for one in self.lists():
            status, answer = self.call("DELETE", f"/keystore/crls/{one['sha256']}?force=true")
            assert status == 200, answer
        assert self.lists() == []


class World:
    """A server that trusts a department, with callers of it in service keys, and the department's lists."""

    def __init__(self, server, folder, ca_known):
        self.server, self.admin = server, Admin(server)
        self.department = Department(folder / "it", "Known" if ca_known else "Handshake")
        self.bad, self.fine = self.department.leaf("bad"), self.department.leaf("fine")
        server.ok("keystore", "import", self.department.root)
        if ca_known:
            server.ok("keystore", "import", self.department.ca)
        self.instance = make_instance(server, "known" if ca_known else "handshake")
        for leaf in (self.bad, self.fine):
            server.ok("service-key", "create", self.instance, leaf.name, "--certificate", leaf.certificate)
        self.lists = Lists(folder / "lists", self.department.ca, self.department.ca_key)
        foreign = folder / "foreign"
        foreign.mkdir()
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", foreign / "key", "-out", foreign / "cer", "-days",
                "100", "-subj", f"/C=DE/O={self.department.name}/CN={self.department.name} Issuing CA")
        self.foreign = Lists(folder / "foreign-lists", foreign / "cer", foreign / "key")

    def code(self, leaf, path="/http/orders"):
        reply = self.server.curl(path, cert=leaf.chain, key=leaf.key)
        return "" if reply.status == 200 else reply.code


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("revocation") / "state")
    running.ok("artifact", "create", "orders", "--address", "/orders", "--reply", "ok")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def known(server, tmp_path_factory):
    return World(server, tmp_path_factory.mktemp("known"), True)


@pytest.fixture(scope="module")
def handshake(server, tmp_path_factory):
    return World(server, tmp_path_factory.mktemp("handshake"), False)


@pytest.fixture
def world(request, known, handshake):
    chosen = {"known": known, "handshake": handshake}[getattr(request, "param", "known")]
    chosen.admin.clear()
    yield chosen
    chosen.admin.clear()


@pytest.fixture(scope="module")
def made(known, handshake):
    """For each world a list of each kind; the complete one alone names whom all are about."""
    return {w.instance: {
        "complete": w.lists.make("complete", 4, [w.bad], days=-9),
        "older": w.lists.make("older", 3, days=-12),
        "delta": w.lists.make("delta", 5, [w.fine], "certificateHold", days=-2, base=4),
        "partial": w.lists.make("partial", 6, scope="onlyuser:TRUE"),
        "foreign": w.foreign.make("foreign", 9),
    } for w in (known, handshake)}


@pytest.mark.parametrize("world, names", [
    ("known", ["complete", "older", "delta", "partial", "foreign"]),
    # Of an issuer that no certificate is known of nothing is compared on import, so an older one is as the others.
    ("handshake", ["complete", "delta", "partial", "foreign"])], indirect=["world"])
def test_who_is_revoked_is_refused_after_every_import_in_every_order(world, names, made):
    """In every order of imports: K207 from the import of the complete list on, whatever comes behind it."""
    lists = made[world.instance]
    for count, order in enumerate(itertools.permutations(names)):
        for name in order:
            status, answer = world.admin.import_list(lists[name])
            assert status == 200 or (status == 409 and name == "older"), (order, name, answer)
            if name == order[-1] or count % 10 == 0:
                expected = "K207" if "complete" in order[:order.index(name) + 1] else ""
                assert world.code(world.bad) == expected, (order, name)
        assert world.code(world.fine) == "K207", order  # the delta holds it
        world.admin.clear()
    assert world.code(world.bad) == "" and world.code(world.fine) == ""


def test_an_import_says_what_it_replaces_and_what_it_does_not(world):
    """The sentences of the command line, one import after the other."""
    make, server = world.lists.make, world.server
    steps = [
        (make("s4", 4, [world.bad], days=-9), 0, "list number 4 of ", ""),
        (make("s5", 5, [world.bad], days=-8), 0, "It replaces number 4 of ", ""),
        (make("s3", 3, days=-12), 5, "", "Not taken: number 5 of "),
        (make("back", 2, [world.fine], days=-3), 0, "It replaces none", "K220"),
        (make("sdelta", 6, base=5, days=-3), 0, "a delta on number 5", ""),
        (make("sscope", 7, scope="onlyCA:TRUE"), 0, "", "for CA certificates alone"),
        (make("attributes", 7, scope="onlyAA:TRUE"), 0, "", "for attribute certificates alone"),
        (make("indirect", 7, scope="indirectCRL:TRUE"), 0, "", "certificates of other issuers"),
        (make("point", 7, scope="fullname:URI:http://lists.example/1.crl"), 0, "", "http://lists.example/1.crl"),
        (make("unknown", 8, unknown=True), 0, "", "1.2.3.4.5"),
        (make("future", 9, days=2), 0, "", "It counts from "),
        (make("baseless", 20, base=19), 0, "", "number 19"),
        (make("sv1", None), 0, "It replaces none", "number 5 of "),
        (world.foreign.make("s9", 9), 0, "says nothing yet", "Another key signed it"),
    ]
    for path, code, out, err in steps:
        answer = server.run("keystore", "import", path)
        assert (answer.code, out in answer.out, err in answer.err) == (code, True, True), (path, answer)
    again = server.run("keystore", "import", steps[1][0])
    assert again.code == 0 and "there already" in again.out, again
    assert world.code(world.bad) == "K207" and world.code(world.fine) == "K207"


def test_a_list_waits_for_its_issuer_and_then_counts(server, tmp_path):
    department = Department(tmp_path / "it", "Waiting")
    leaf = department.leaf("waits")
    lists = Lists(tmp_path / "lists", department.ca, department.ca_key)
    early, later = lists.make("one", 1, [leaf], days=-5), lists.make("two", 2, [], days=-4, scope="onlyuser:TRUE")
    for path in (early, later):
        answer = server.run("keystore", "import", path)
        assert answer.code == 0 and "says nothing yet" in answer.out and "K220" in answer.err, answer
    server.ok("keystore", "import", department.root)
    assert server.curl("/http/orders", cert=leaf.chain, key=leaf.key).code == "K207"
    server.ok("keystore", "import", department.ca)
    assert server.curl("/http/orders", cert=leaf.chain, key=leaf.key).code == "K207"
    states = {one["number"]: one["state"] for one in server.json("keystore", "crls") if "Waiting" in one["issuer"]}
    assert states == {"1": "in force", "2": "limited"}


def test_the_lists_are_shown_with_what_they_can_say(world):
    make = world.lists.make
    for path in (make("c4", 4, [world.bad], days=-9), make("c6", 6, days=3), make("cd", 5, base=4, days=-2),
                 make("cu", 9, unknown=True), world.foreign.make("cf", 3)):
        world.admin.import_list(path)
    shown = {(one["number"], one["base"]): one for one in world.server.json("keystore", "crls")}
    assert {k: v["state"] for k, v in shown.items()} == {
        ("4", None): "in force", ("6", None): "future", ("5", "4"): "in force", ("9", None): "limited",
        ("3", None): "waiting"}
    assert "1.2.3.4.5" in shown["9", None]["says"] and shown["4", None]["says"] is None
    table = world.server.ok("keystore", "crls").out
    assert "STATE" in table and "waiting" in table and "Another key signed it" in table


def test_a_list_that_revokes_goes_by_force_alone_and_names_whom_it_lets_in(world):
    server = world.server
    complete = world.lists.make("d4", 4, [world.bad, "77"], days=-9)
    server.ok("keystore", "import", complete)
    sha256 = server.json("keystore", "crls")[0]["sha256"]
    refused = server.run("keystore", "delete-crl", sha256)
    serial = Lists.serial(world.bad.certificate)
    assert refused.code == 5 and "--force" in refused.err, refused
    for word in (serial, "77", "known/bad", "CN=bad"):
        assert word in refused.err, refused
    assert world.code(world.bad) == "K207"
    # A list that says the same beside it: nobody is let in, so nothing is asked.
    server.ok("keystore", "import", world.lists.make("dp", 5, [world.bad, "77"], days=-2, scope="onlyuser:TRUE"))
    server.ok("keystore", "delete-crl", sha256[:12].lower())
    assert world.code(world.bad) == "K207"
    other = server.json("keystore", "crls")[0]["sha256"]
    done = server.ok("keystore", "delete-crl", other, "--force")
    assert "known/bad" in done.out + done.err, done
    assert world.code(world.bad) == ""
    assert server.run("keystore", "delete-crl", other).code == 3
    assert server.run("keystore", "delete-crl", "none").code == 1


def test_a_list_of_an_issuer_known_from_handshakes_is_not_deleted_lightly(handshake):
    handshake.admin.clear()
    handshake.server.ok("keystore", "import", handshake.lists.make("w4", 4, [handshake.bad]))
    sha256 = handshake.server.json("keystore", "crls")[0]["sha256"]
    refused = handshake.server.run("keystore", "delete-crl", sha256)
    assert refused.code == 5 and "handshake/bad" in refused.err, refused
    handshake.admin.clear()


def test_a_stale_list_that_its_ca_makes_no_more_is_deleted_by_what_the_finding_says(world):
    """A CA that gave up lists for leaves alone: its complete list takes no place of those, so the stale one is deleted."""
    server = world.server
    server.ok("keystore", "import", world.lists.make("stale-leaves", 4, scope="onlyuser:TRUE", days=-40, until=-9))
    server.ok("keystore", "import", world.lists.make("stale-whole", 5))
    assert world.code(world.fine) == "K208"
    told = server.run("doctor", "--p12", world.fine.pfx(), "--password-file", world.fine.password_file()).out
    assert "K208" in told and "postern keystore delete-crl" in told, told
    old = [one["sha256"] for one in server.json("keystore", "crls") if one["state"] == "stale"]
    server.ok("keystore", "delete-crl", *old)
    assert world.code(world.fine) == ""


def test_the_list_of_the_own_ca_is_kept_by_the_server(server, tmp_path):
    server.ok("ca", "issue", "mine", "--out", tmp_path / "mine.pem")
    server.ok("ca", "crl", "--out", tmp_path / "own.crl")
    answer = server.run("keystore", "import", tmp_path / "own.crl")
    assert answer.code == 5 and "postern ca revoke" in answer.err, answer


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_open_and_resumed_connections_are_judged_by_each_import(world, version):
    import ssl
    tls = ssl.TLSVersion.TLSv1_2 if version == "1.2" else ssl.TLSVersion.TLSv1_3
    make = world.lists.make
    steps = [(make(f"r{version}-4", 4, days=-9), 200), (make(f"r{version}-5", 5, [world.bad], "certificateHold", days=-8), 401),
             (make(f"r{version}-6", 6, [world.bad], "removeFromCRL", days=-7, base=5), 200),
             (world.foreign.make(f"r{version}-f", 9, [world.bad]), 200),
             (make(f"r{version}-7", 7, [world.bad], "certificateHold", days=-6, base=5), 401),
             (make(f"r{version}-8", 8, days=-5, scope="onlyuser:TRUE"), 401), (make(f"r{version}-9", 9, days=-4), 200)]
    client = Client(world.server, world.bad, tls)
    assert client.call()[0] == 200
    with client.connect() as connection:
        for path, status in steps:
            assert world.admin.import_list(path)[0] == 200
            seen = [request(connection)[0], client.call()[0], Client(world.server, world.bad, tls).call()[0]]
            assert seen == [status] * 3, (path, seen)


def test_the_doctor_names_lists_that_say_nothing(world):
    server, bad = world.server, world.fine
    server.ok("keystore", "import", world.lists.make("doc", 4, unknown=True))
    server.ok("keystore", "import", world.foreign.make("docf", 9))
    answer = server.run("doctor", "--p12", bad.pfx(), "-v", "--password-file", bad.password_file())
    assert answer.out.count("K220") + answer.err.count("K220") == 2, answer
    assert "1.2.3.4.5" in answer.out and "Another key signed it" in answer.out, answer
