"""The doctor and the check, where a step cannot be looked at, a fix is named, or the far server is somebody else's."""
import json
import shutil
import ssl

import pytest

from furnish import ORDERS, furnished, make_instance
from postern import openssl
from receiver import Handler, listening



@pytest.fixture(scope="module")
def world(server, department, tmp_path_factory):
    folder = tmp_path_factory.mktemp("doctor")
    leaf = furnished(server, department, "patient", *ORDERS, key="patient")
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


class Far(Handler):
    """Answers HEAD with 200 and anything else with what was sent."""

    def do_HEAD(self):
        self.say()

    def do_POST(self):
        self.say(self.body(), X_Path=self.path)


@pytest.fixture(scope="module")
def far(world):
    """A server of somebody else, whose certificate is self-signed and for another name; returns its URL."""
    folder, _ = world
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "far.key", "-out", folder / "far.pem",
            "-subj", "/CN=far.example", "-addext", "subjectAltName=DNS:far.example", "-days", "10")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "far.pem", folder / "far.key")
    with listening(Far, context) as running:
        yield f"https://localhost:{running.server_port}/"


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


# ---- what was not judged is not called good ----

def judged(server, request):
    """Of the doctor's five steps for a call: "ok", "broken" or "-" where nobody looked."""
    answer = server.run("doctor", "--request", request, "--json")
    told = answer.json["steps"]
    text = server.run("doctor", "--request", request).out.splitlines()
    marks = {"ok": "✔", "broken": "✘", "-": "– not judged"}
    found = ["-" if not s["judged"] else "ok" if s["ok"] else "broken" for s in told]
    for number, state in enumerate(found, 1):
        line = next(line for line in text if line.startswith(f"{number} "))
        assert line.endswith(marks[state]), line
    assert answer.json["ok"] == ("broken" not in found)
    return found


def test_a_call_without_credentials_leaves_the_steps_before_unjudged(server, world):
    for more in ([], ["-H", "Authorization: Bearer made.up.token"], ["-u", "nobody:nothing"], ["-H", "Authorization: Digest x"]):
        reply = server.curl("/http/orders", *more)
        assert judged(server, reply.id) == ["-", "-", "-", "-", "broken"]


def test_a_call_that_trust_refused_is_broken_in_trust_and_call_alone(server, world, stranger):
    leaf = stranger.leaf("doctor-foreign")
    reply = server.curl("/http/orders", cert=leaf.chain, key=leaf.key)
    assert judged(server, reply.id) == ["-", "broken", "-", "-", "broken"]


def test_a_call_that_the_key_pair_spoiled_says_nothing_of_trust(server, world, department):
    leaf = department.leaf("doctor-expired", start="20240101000000Z", end="20250101000000Z")
    reply = server.curl("/http/orders", cert=leaf.chain, key=leaf.key)
    assert judged(server, reply.id) == ["broken", "-", "-", "-", "broken"]


def test_a_call_in_no_key_had_a_good_key_pair_and_trust(server, world, department):
    leaf = department.leaf("doctor-unknown")
    reply = server.curl("/http/orders", cert=leaf.chain, key=leaf.key)
    assert judged(server, reply.id) == ["ok", "ok", "broken", "-", "broken"]


def test_a_call_to_no_endpoint_says_nothing_of_the_role(server, world):
    _, leaf = world
    reply = server.curl("/http/nowhere", cert=leaf.chain, key=leaf.key)
    assert judged(server, reply.id) == ["ok", "ok", "-", "-", "broken"]


def test_a_call_that_went_through_has_everything_the_gateway_judged(server, world):
    _, leaf = world
    reply = server.curl("/http/orders", "-d", "x", cert=leaf.chain, key=leaf.key)
    assert judged(server, reply.id) == ["ok", "ok", "ok", "-", "ok"]


def secret_key(server, name, instance="runtime"):
    server.ok("service-key", "create", instance, name)
    oauth = server.json("service-key", "get", instance, name)["credentials"]["oauth"]
    return oauth["clientid"], oauth["clientsecret"]


def test_a_call_with_a_secret_has_no_certificate_that_could_be_good(server, world):
    user, secret = secret_key(server, "by-secret")
    reply = server.curl("/http/orders", "-u", f"{user}:{secret}")
    assert reply.status == 200
    assert judged(server, reply.id) == ["-", "-", "ok", "-", "ok"]


def test_verified_is_said_of_a_chain_that_an_anchor_proves_and_of_no_other(server, world, tmp_path):
    folder, _ = world
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "self.key", "-out", tmp_path / "self.pem",
            "-subj", "/CN=self", "-addext", "basicConstraints=CA:FALSE", "-days", "10")
    openssl("pkcs12", "-export", "-out", folder / "self.p12", "-inkey", tmp_path / "self.key", "-in", tmp_path / "self.pem",
            "-passout", "pass:Secret-1")
    (folder / "self.pw").write_text("Secret-1")
    found = steps(server, "--p12", folder / "self.p12", "--password-file", folder / "self.pw")
    finding = next(f for f in found[3]["findings"] if f["code"] == "S301")
    assert finding["evidence"]["presented"]["verified"] is False
    # A key for it would be refused, so it is no repair.
    assert "service-key create" not in finding["fix"]


def test_a_certificate_without_its_key_is_no_key_pair(server, world):
    _, leaf = world
    found = steps(server, "--p12", leaf.certificate)
    assert not found[1]["ok"] and "P104" in [f["code"] for f in found[1]["findings"]]
    assert [found[i]["judged"] for i in (1, 2, 3)] == [True, True, True]


# ---- addresses ----

@pytest.mark.parametrize("path", ["/orders", "/http/oders", "/http/http/orders", "/HTTP/orders", "/http/order", "/http/orders//",
                                  "//http/orders", "/https/orders", "/oders"])
def test_a_url_that_nearly_leads_to_an_endpoint_is_told_with_a_repair_that_works(server, world, path):
    name = "NEAR" + "".join(c if c.isalnum() else "_" for c in path)
    destination(server, world[1], name, URL=server.gateway + path)
    answer = server.run("doctor", name, "--json")
    assert answer.code == 14
    finding = answer.json["steps"][3]["findings"][0]
    assert finding["code"] == "D413" and f"{server.gateway}/http/orders" in finding["text"] + finding["fix"]
    late = answer.json["steps"][4]["findings"][0]
    assert late["fix"] == finding["fix"]
    assert server.run("destination", "check", name, "--json").json["fix"] == finding["fix"]
    fix = finding["fix"].strip("`").split()
    assert fix[:3] == ["postern", "destination", "update"]
    server.ok(*fix[1:])
    assert server.run("doctor", name).code == 0
    assert server.ok("destination", "check", name)


def test_a_url_that_is_near_to_nothing_is_not_guessed(server, world):
    destination(server, world[1], "FARAWAY", URL=server.gateway + "/http/invoices")
    answer = server.run("doctor", "FARAWAY", "--json")
    codes = [f["code"] for s in answer.json["steps"] for f in s["findings"]]
    assert answer.code == 13 and "S308" in codes and "D413" not in codes


def test_a_call_to_a_near_address_is_told_the_one_that_exists(server, world):
    _, leaf = world
    reply = server.curl("/orders", cert=leaf.chain, key=leaf.key)
    message = server.json("message", "get", reply.id)
    assert message["code"] == "R501" and "/http/orders" in message["text"]


# ---- other methods ----

def test_a_working_basic_destination_is_whole(server, world):
    user, secret = secret_key(server, "basic")
    destination(server, world[1], "BASIC", Authentication="BasicAuthentication", User=user, Password=secret,
                KeyStoreLocation=None, KeyStorePassword=None)
    found = steps(server, "BASIC")
    assert [found[i]["ok"] for i in range(1, 6)] == [True] * 5, found
    assert [found[i]["judged"] for i in range(1, 6)] == [False, False, True, True, True]
    assert server.run("doctor", "BASIC").code == 0


def test_a_basic_destination_with_a_wrong_secret_or_no_role_is_told_as_such(server, world):
    user, secret = secret_key(server, "basic-wrong")
    common = {"Authentication": "BasicAuthentication", "User": user, "KeyStoreLocation": None, "KeyStorePassword": None}
    destination(server, world[1], "BASIC_WRONG", Password="wrong", **common)
    answer = server.run("doctor", "BASIC_WRONG", "--json")
    codes = [f["code"] for s in answer.json["steps"] for f in s["findings"]]
    assert set(codes) == {"R507"} and answer.code == 15
    server.ok("artifact", "create", "vault", "--address", "/vault", "--role", "Vault.send", "--reply", "ok")
    destination(server, world[1], "BASIC_ROLE", Password=secret, URL=server.gateway + "/http/vault", **common)
    answer = server.run("doctor", "BASIC_ROLE", "--json")
    assert answer.code == 13 and answer.json["steps"][2]["findings"][0]["code"] == "S307"
    destination(server, world[1], "BASIC_NOBODY", **common)
    answer = server.run("doctor", "BASIC_NOBODY", "--json")
    assert answer.code == 14 and answer.json["steps"][3]["findings"][0]["code"] == "D414"


def test_a_destination_without_credentials_is_told_so_where_the_own_gateway_asks_for_them(server, world, far):
    destination(server, world[1], "NONE", Authentication="NoAuthentication", KeyStoreLocation=None, KeyStorePassword=None)
    answer = server.run("doctor", "NONE", "--json")
    assert answer.code == 14 and answer.json["steps"][3]["findings"][0]["code"] == "D405"
    destination(server, world[1], "NONE_FAR", Authentication="NoAuthentication", KeyStoreLocation=None,
                KeyStorePassword=None, URL=far, TrustAll="TRUE")
    assert server.run("doctor", "NONE_FAR").code == 0


def test_an_oauth_destination_is_judged_by_its_client_and_not_by_a_certificate(server, world):
    user, secret = secret_key(server, "oauth")
    common = {"Authentication": "OAuth2ClientCredentials", "clientId": user, "clientSecret": secret,
              "tokenServiceURL": server.management + "/oauth/token", "KeyStoreLocation": None, "KeyStorePassword": None}
    destination(server, world[1], "OAUTH", **common)
    found = steps(server, "OAUTH")
    assert [found[i]["ok"] for i in (1, 2, 3, 4)] == [True] * 4, found
    assert [found[i]["judged"] for i in (1, 2, 3, 4)] == [False, False, True, True]
    assert server.run("doctor", "OAUTH").code == 0
    destination(server, world[1], "OAUTH_ROLE", URL=server.gateway + "/http/oauth-vault", **common)
    server.ok("artifact", "create", "oauth-vault", "--address", "/oauth-vault", "--role", "Oauth.send", "--reply", "ok")
    assert steps(server, "OAUTH_ROLE")[3]["findings"][0]["code"] == "S307"
    destination(server, world[1], "OAUTH_NOWHERE", **{**common, "tokenServiceURL": None})
    finding = steps(server, "OAUTH_NOWHERE")[4]["findings"][0]
    assert finding["code"] == "D414" and "tokenServiceURL=" in finding["fix"]


def test_a_call_that_needs_a_user_s_token_is_not_judged_without_one(server, world):
    user, secret = secret_key(server, "of-user")
    destination(server, world[1], "OF_USER", Authentication="OAuth2UserTokenExchange", clientId=user, clientSecret=secret,
                tokenServiceURL=server.management + "/oauth/token", KeyStoreLocation=None, KeyStorePassword=None)
    found = steps(server, "OF_USER")
    assert [found[i]["judged"] for i in range(1, 6)] == [False, False, False, True, False]
    assert server.run("doctor", "OF_USER").code == 0


def test_a_way_to_authenticate_that_postern_cannot_go_is_named(server, world):
    for name in ("SAMLAssertion", "ClientCertAuthentication"):
        destination(server, world[1], "WAY_" + name, Authentication=name)
        answer = server.run("doctor", "WAY_" + name, "--json")
        finding = answer.json["steps"][3]["findings"][0]
        assert (answer.code, finding["code"]) == (14, "D405") and name in finding["text"]


# ---- repairs ----

def test_the_repair_names_the_instances_that_have_the_role_not_the_first_by_name(server, world, department):
    folder, _ = world
    server.ok("role", "create", "Other.send")
    make_instance(server, "aaa-other", '{"grant-types":["client_credentials"],"roles":["Other.send"]}')
    make_instance(server, "bbb-also")
    try:
        leaf = department.leaf("choosing")
        shutil.copy(leaf.pfx(), folder / "choosing.p12")
        server.ok("destination-certificate", "upload", folder / "choosing.p12")
        destination(server, leaf, "CHOOSING", KeyStoreLocation="choosing.p12", KeyStorePassword=leaf.password)
        finding = steps(server, "CHOOSING")[3]["findings"][0]
        assert "aaa-other" not in finding["fix"]
        for instance in ("bbb-also", "runtime"):
            assert f"postern service-key create {instance} choosing --destination CHOOSING" in finding["fix"]
    finally:
        server.ok("service-instance", "delete", "aaa-other")
        server.ok("service-instance", "delete", "bbb-also")


def test_a_key_is_named_after_the_file_and_not_after_its_folder(server, world, department, tmp_path):
    leaf = department.leaf("foldered")
    (tmp_path / "it").mkdir()
    (tmp_path / "here").mkdir()
    shutil.copy(leaf.pfx(), tmp_path / "it" / "foldered.p12")
    answer = server.run("doctor", "--p12", "../it/foldered.p12", "--password-file", leaf.password_file(), "--json",
                        cwd=tmp_path / "here")
    fix = answer.json["steps"][2]["findings"][0]["fix"]
    assert "runtime foldered " in fix


def test_the_repair_of_a_company_s_certificate_is_the_company_s_and_that_of_an_own_one_can_be_typed(server, world, department,
                                                                                                  tmp_path):
    expired = department.leaf("overdue", start="20240101000000Z", end="20250101000000Z")
    fix = server.json("message", "get", server.curl("/http/orders", cert=expired.chain, key=expired.key).id)["fix"]
    assert "ca issue" not in fix and "Issuing CA" in fix
    revoked = department.leaf("doctor-revoked")
    server.ok("keystore", "import", department.revoke(revoked))
    fix = server.json("message", "get", server.curl("/http/orders", cert=revoked.chain, key=revoked.key).id)["fix"]
    assert "ca issue" not in fix and "Issuing CA" in fix
    p12, password = tmp_path / "own.p12", tmp_path / "pw"
    password.write_text("Own-password-1")
    server.ok("ca", "issue", "doctor-own", "--out", p12, "--password-file", password)
    certificate = tmp_path / "own.cer"
    server.ok("keypair", "export", p12, "--password-file", password, "--leaf", certificate)
    server.ok("ca", "revoke", certificate)
    message = server.json("message", "get", server.curl("/http/orders", p12=p12, password="Own-password-1").id)
    fix = message["fix"].strip("`").split()
    assert message["code"] == "K207" and fix[:4] == ["postern", "ca", "issue", "doctor-own"]
    server.ok(*fix[1:], "--password-file", password, cwd=tmp_path)
