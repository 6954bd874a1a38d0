"""The doctor and the check, where a step cannot be looked at, a fix is named, or the far server is somebody else's."""
import http.server
import json
import shutil
import ssl
import threading

import pytest

from postern import openssl

PLAN = '{"grant-types":["client_credentials"],"roles":["ESBMessaging.send"]}'


@pytest.fixture(scope="module")
def world(server, department, tmp_path_factory):
    folder = tmp_path_factory.mktemp("doctor")
    leaf = department.leaf("patient")
    server.ok("keystore", "import", department.root, "--alias", "root")
    server.ok("keystore", "import", department.ca, "--alias", "ca")
    server.ok("artifact", "create", "orders", "--address", "/orders", "--reply", "ok")
    server.ok("service-instance", "create", "runtime", "--service", "it-rt", "--plan", "integration-flow", "-c", PLAN)
    server.ok("service-key", "create", "runtime", "patient", "--certificate", leaf.certificate)
    shutil.copy(leaf.pfx(), folder / "patient.p12")
    (folder / "pw").write_text(leaf.password)
    server.ok("destination-certificate", "upload", folder / "patient.p12")
    return folder, leaf


def destination(server, leaf, name, **changes):
    body = {"Name": name, "Type": "HTTP", "URL": server.gateway + "/http/orders", "ProxyType": "Internet",
            "Authentication": "ClientCertificateAuthentication", "KeyStoreLocation": "patient.p12",
            "KeyStorePassword": leaf.password}
    body.update(changes)
    server.ok("destination", "create", "-c", json.dumps({k: v for k, v in body.items() if v is not None}))


class Far(http.server.BaseHTTPRequestHandler):
    """Answers HEAD with 200 and anything else with what was sent."""

    def do_HEAD(self):
        self.send_response(200)
        self.end_headers()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Path", self.path)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def far(world):
    """A server of somebody else, whose certificate is self-signed and for another name; returns its URL."""
    folder, _ = world
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "far.key", "-out", folder / "far.pem",
            "-subj", "/CN=far.example", "-addext", "subjectAltName=DNS:far.example", "-days", "10")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "far.pem", folder / "far.key")
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Far)
    running.socket = context.wrap_socket(running.socket, server_side=True)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"https://localhost:{running.server_address[1]}/"
    running.shutdown()


def steps(server, *args):
    return {step["step"]: step for step in server.run("doctor", *args, "--json").json["steps"]}


def test_a_whole_destination_has_five_judged_steps(server, world):
    destination(server, world[1], "WHOLE")
    found = steps(server, "WHOLE")
    assert [s["ok"] and s["judged"] for s in found.values()] == [True] * 5
    assert server.ok("doctor", "WHOLE").out.count("✔") == 5


def test_steps_that_a_locked_key_store_hides_are_not_called_good(server, world):
    destination(server, world[1], "LOCKED", KeyStorePassword="wrong")
    found = steps(server, "LOCKED")
    assert [found[i]["judged"] for i in range(1, 6)] == [False, False, False, True, True]
    answer = server.run("doctor", "LOCKED")
    assert answer.code == 14 and "✔" not in answer.out and answer.out.count("not judged") == 3


def test_the_repair_of_a_missing_service_key_names_the_instance_that_there_is(server, world, department):
    folder, _ = world
    stray = department.leaf("stray-patient")
    shutil.copy(stray.pfx(), folder / "stray.p12")
    server.ok("destination-certificate", "upload", folder / "stray.p12")
    destination(server, stray, "STRAY", KeyStoreLocation="stray.p12")
    answer = server.run("doctor", "STRAY", "--json")
    assert answer.code == 13
    fix = answer.json["steps"][2]["findings"][0]["fix"].strip("`").split()
    assert fix == "postern service-key create runtime stray --destination STRAY".split()
    # As typed, anywhere: the file and its password lie with the destination.
    server.ok(*fix[1:], cwd="/")
    assert server.run("doctor", "STRAY").code == 0


def test_a_file_alone_says_nothing_of_destination_and_call(server, world):
    folder, _ = world
    found = steps(server, "--p12", folder / "patient.p12", "--password-file", folder / "pw")
    assert [found[i]["judged"] for i in range(1, 6)] == [True, True, True, False, False]


@pytest.mark.parametrize("name,changes,code", [
    ("F_PASSWORD", {"KeyStorePassword": "wrong"}, "D403"),
    ("F_STORE", {"KeyStoreLocation": "absent.p12"}, "D402"),
    ("F_NO_STORE", {"KeyStoreLocation": None}, "D411"),
    ("F_PROXY", {"ProxyType": "OnPremise"}, "D407"),
])
def test_the_fix_that_check_prints_can_be_typed(server, world, name, changes, code):
    destination(server, world[1], name, **changes)
    answer = server.run("destination", "check", name, "--json")
    assert answer.code == 1 and answer.json["code"] == code
    assert "{" not in answer.json["fix"] and "''" not in answer.json["fix"]
    assert name in answer.json["fix"] or "absent.p12" in answer.json["fix"]


def test_a_server_that_is_not_trusted_or_has_another_name_is_d406(server, world, far):
    folder, leaf = world
    server.ok("destination-certificate", "upload", folder / "far.pem")
    destination(server, leaf, "STRANGER", URL=far)
    destination(server, leaf, "OTHER_NAME", URL=far, TrustStoreLocation="far.pem")
    for name in ("STRANGER", "OTHER_NAME"):
        verdict = server.run("destination", "check", name, "--json")
        assert verdict.code == 1 and verdict.json["code"] == "D406"
        assert not verdict.json["reachable"] and name in verdict.json["fix"]
        assert server.run("doctor", name).code == 14
    destination(server, leaf, "TRUST_ALL", URL=far, TrustAll="TRUE")
    assert server.ok("destination", "check", "TRUST_ALL")


def test_a_trust_store_that_is_not_uploaded_is_named_for_the_apps_sake(server, world):
    destination(server, world[1], "NO_TRUST", TrustStoreLocation="absent.pem")
    answer = server.run("doctor", "NO_TRUST", "--json")
    finding = answer.json["steps"][3]["findings"][0]
    assert (answer.code, finding["code"]) == (14, "D412")
    assert "upload absent.pem" in finding["fix"]


def test_call_sends_and_receives_any_bytes_and_keeps_the_query(server, world, far, tmp_path):
    destination(server, world[1], "BYTES", URL=far, TrustAll="TRUE")
    every = bytes(range(256)) * 5
    (tmp_path / "body").write_bytes(every)
    answer = server.ok("call", "BYTES", "/a?x=1&y=%20", "-d", f"@{tmp_path / 'body'}", "-v", binary=True)
    assert answer.out == every
    assert b"x-path: /a?x=1&y=%20" in answer.err.lower()


@pytest.mark.parametrize("args,code", [
    (("WHOLE", "-X", "G E T"), 2), (("WHOLE", "-H", "no colon"), 2), (("ABSENT",), 3), (("WHOLE", "/absent"), 1)])
def test_call_says_by_its_exit_what_became_of_it(server, world, args, code):
    assert server.run("call", *args).code == code


def test_upload_tells_what_clients_will_stumble_over(server, world, tmp_path):
    (tmp_path / "garbage.p12").write_text("no key store")
    assert "P103" in server.ok("destination-certificate", "upload", tmp_path / "garbage.p12").err
    shutil.copy(world[1].pfx(legacy=True), tmp_path / "old.p12")
    assert "P102" in server.ok("destination-certificate", "upload", tmp_path / "old.p12").err
    shutil.copy(world[0] / "patient.p12", tmp_path / "fine.p12")
    assert "Warning" not in server.ok("destination-certificate", "upload", tmp_path / "fine.p12").err


def test_quickstart_twice_leaves_the_first_alone(server):
    server.ok("quickstart", "twice")
    files = sorted((f.name, f.read_bytes()) for f in (server.state / "quickstart").glob("twice*"))
    answer = server.run("quickstart", "twice")
    assert answer.code == 5 and "postern quickstart twice --remove" in answer.err
    assert sorted((f.name, f.read_bytes()) for f in (server.state / "quickstart").glob("twice*")) == files
    assert server.ok("call", "twice", "-d", "hi").out == "hi"
    assert "Removed" in server.ok("quickstart", "twice", "--remove").err
    assert "nothing left" in server.ok("quickstart", "twice", "--remove").err
