"""The whole job with keys made by openssl: from the IT department's legacy .pfx to an authorised call."""
import json
import shutil

import pytest

from furnish import make_instance
from postern import run


@pytest.fixture(scope="module")
def files(department, tmp_path_factory):
    """Step 1: the legacy .pfx examined, converted and taken apart."""
    folder = tmp_path_factory.mktemp("files")
    leaf = department.leaf("erp")
    pfx = folder / "company.pfx"
    shutil.copy(leaf.pfx(legacy=True), pfx)
    password = leaf.password_file()
    return folder, leaf, pfx, password


def test_the_legacy_file_is_named_for_what_it_is(files):
    _, leaf, pfx, password = files
    answer = run("keypair", "examine", pfx, "--password-file", password, "--json")
    assert answer.code == 0, answer
    seen = answer.json
    assert seen["container"] == "pkcs12" and seen["legacy"] is True
    assert "RC2" in seen["encryption"]
    assert [c["role"] for c in seen["entries"][0]["chain"]] == ["leaf", "ca", "root"]
    assert seen["entries"][0]["chain"][0]["eku"] == ["clientAuth"]
    finding = [f for f in seen["findings"] if f["code"] == "P102"][0]
    assert "keypair convert" in finding["fix"]


def test_a_wrong_password_is_called_a_wrong_password(files):
    folder, _, pfx, _ = files
    wrong = folder / "wrong"
    wrong.write_text("not it")
    answer = run("keypair", "examine", pfx, "--password-file", wrong, "--json")
    assert answer.code == 1
    assert "password" in (answer.out + answer.err).lower() and "P101" in answer.out + answer.err


def test_the_five_steps_end_in_an_authorised_call(server, files):
    folder, leaf, pfx, password = files
    p12 = folder / "company.p12"
    root, ca, certificate = folder / "root.cer", folder / "ca.cer", folder / "leaf.cer"
    assert run("keypair", "convert", pfx, p12, "--password-file", password).code == 0
    assert run("keypair", "export", p12, "--password-file", password, "--root", root, "--ca", ca, "--leaf",
               certificate).code == 0
    assert run("keypair", "examine", p12, "--password-file", password, "--json").json["legacy"] is False

    server.ok("keystore", "import", root, "--alias", "example-root")
    server.ok("keystore", "import", ca, "--alias", "example-ca")
    aliases = [entry["alias"] for entry in server.json("keystore", "list")]
    assert {"example-root", "example-ca"} <= set(aliases)

    made = server.ok("artifact", "create", "orders", "--address", "/orders", "--reply", "order taken")
    url = server.gateway + "/http/orders"
    assert url in made.out + made.err

    instance = {"grant-types": ["client_x509"], "roles": ["ESBMessaging.send"]}
    made = server.ok("service-instance", "create", "runtime", "--service", "it-rt", "--plan", "integration-flow",
                     "-c", json.dumps(instance))
    assert "client_x509" in made.out + made.err
    key = {"key-type": "certificate_external", "X.509": leaf.one_line.rstrip("-") + "-----"}
    server.ok("service-key", "create", "runtime", "erp-key", "-c", json.dumps(key))
    shown = server.json("service-key", "get", "runtime", "erp-key")
    text = json.dumps(shown)
    assert "ESBMessaging.send" in text and "CN=erp" in text

    server.ok("destination-certificate", "upload", p12)
    destination = {"Name": "ORDERS", "Type": "HTTP", "URL": url, "ProxyType": "Internet",
                   "Authentication": "ClientCertificateAuthentication", "KeyStoreLocation": "company.p12",
                   "KeyStorePassword": leaf.password}
    server.ok("destination", "create", "-c", json.dumps(destination))
    check = server.json("destination", "check", "ORDERS")
    assert check["success"] and check["reachable"] and check["authenticated"] and check["authorised"]
    assert check["status"] == 200

    called = server.ok("call", "ORDERS")
    assert called.out.strip() == "order taken"
    called = server.ok("call", "ORDERS", "-X", "POST", "-d", '{"n":1}')
    assert called.out.strip() == "order taken"

    direct = server.curl("/http/orders", cert=leaf.chain, key=leaf.key)
    assert (direct.status, direct.body.strip()) == (200, "order taken")

    messages = server.json("message", "list")
    assert messages[0]["status"] == "COMPLETED" and messages[0]["address"] == "/orders"
    assert messages[0]["id"] == direct.id and messages[0]["subject"].startswith("CN=erp")
    assert any(m["probe"] for m in messages), "the check's HEAD stands in the monitor as a probe"

    doctor = server.run("doctor", "ORDERS", "--json")
    assert doctor.code == 0, doctor
    assert doctor.json["ok"] is True and len(doctor.json["steps"]) == 5


def test_a_key_store_made_by_keytool_goes_the_same_way(server, tmp_path):
    store, password = tmp_path / "partner.jks", tmp_path / "password"
    password.write_text("changeit")
    keytool = ["-storetype", "JKS", "-storepass", "changeit", "-keypass", "changeit", "-keystore", str(store)]
    answer = run("-genkeypair", "-alias", "partner", "-keyalg", "RSA", "-keysize", "2048", "-dname",
                 "CN=partner, O=Partner, C=DE", "-ext", "eku=clientAuth", *keytool, program="keytool")
    assert answer.code == 0, answer
    request = run("-certreq", "-alias", "partner", *keytool, program="keytool")
    csr = tmp_path / "partner.csr"
    csr.write_text(request.out)
    signed = tmp_path / "partner.cer"
    server.ok("ca", "sign", csr, "--out", signed)
    chain = tmp_path / "chain.pem"
    shown = server.json("ca", "show")
    chain.write_text(signed.read_text() if "BEGIN" in signed.read_text() else "")
    assert "BEGIN CERTIFICATE" in chain.read_text()
    chain.write_text(chain.read_text() + shown["issuing_pem"] + shown["root_pem"])
    answer = run("-importcert", "-noprompt", "-trustcacerts", "-alias", "partner", "-file", str(chain), *keytool,
                 program="keytool")
    assert answer.code == 0, answer
    seen = run("keypair", "examine", store, "--password-file", password, "--json").json
    assert seen["container"] == "jks" and seen["entries"][0]["alias"] == "partner"
    p12 = tmp_path / "partner.p12"
    assert run("keypair", "convert", store, p12, "--password-file", password).code == 0
    server.ok("artifact", "create", "partner-flow", "--address", "/partner", "--reply", "hello partner")
    make_instance(server, "partner-instance")
    server.ok("service-key", "create", "partner-instance", "partner-key", "--certificate", signed)
    reply = server.curl("/http/partner", p12=p12, password="changeit")
    assert (reply.status, reply.body.strip()) == (200, "hello partner")


def test_quickstart_does_the_five_steps_in_one_go(server):
    done = server.ok("quickstart", "hello")
    assert "1/5" in done.out + done.err and "5/5" in done.out + done.err
    names = [d["Name"] for d in server.json("destination", "list")]
    name = [n for n in names if "hello" in n.lower()][0]
    assert server.run("destination", "check", name).code == 0
    assert server.ok("call", name, "-d", '{"hello":1}').out
    server.ok("quickstart", "hello", "--remove")
    assert name not in [d["Name"] for d in server.json("destination", "list")]
