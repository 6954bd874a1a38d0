"""The tenant keystore: what goes in, what is listed, what is refused, and that private keys never leave it."""
import time
from datetime import datetime

import pytest

from admin import ask
from postern import Department, Server, openssl, run


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    """30 CAs, as a company of some age has them."""
    folder = tmp_path_factory.mktemp("crowd")
    store = folder / "crowd.pem"
    for i in range(30):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                folder / "key", "-out", folder / "cer", "-days", "100", "-subj", f"/CN=Crowd {i}")
        with open(store, "a", encoding="ascii") as out:
            out.write((folder / "cer").read_text())
    return store


def test_a_keystore_of_many_entries_still_takes_revocations(crowd, tmp_path):
    department = Department(tmp_path / "department")
    leaf = department.leaf("many")
    server = Server(tmp_path / "state")
    try:
        server.ok("keystore", "import", crowd)
        server.ok("keystore", "import", department.root, "--alias", "root")
        server.ok("keystore", "import", department.ca, "--alias", "ca")
        assert "BEGIN CERTIFICATE" in server.ok("keystore", "export", "ca", "--what", "root").out
        server.ok("keystore", "import", department.revoke(leaf))
        assert [c["verified"] for c in server.json("keystore", "crls")] == [True]
        server.ok("ca", "issue", "own", "--out", tmp_path / "own.pem")
        server.ok("ca", "revoke", tmp_path / "own.pem")
        assert server.curl("/http/x", cert=leaf.chain, key=leaf.key).code == "K207"
        server.stop()
        server.start()
        assert server.curl("/http/x", cert=leaf.chain, key=leaf.key).code == "K207"
    finally:
        server.stop()


def test_reserved_and_taken_aliases_are_refused(server, department):
    server.ok("keystore", "import", department.root, "--alias", "taken")
    again = server.run("keystore", "import", department.root, "--alias", "taken")
    assert again.code == 5 and "--overwrite" in again.err
    for alias in ("sap_mine", "SAP_Mine", "hcicertificate", "hcicertificate1", "hcimsgcertificate"):
        for command in (["import", department.root, "--alias", alias], ["create", "--alias", alias],
                        ["rename", "taken", alias]):
            answer = server.run("keystore", *command)
            assert answer.code == 1 and "K205" in answer.err, answer
    for alias in ("x" * 251, "two\nlines", ".", ".."):
        assert server.run("keystore", "import", department.root, "--alias", alias).code == 1
    server.ok("keystore", "import", department.root, "--alias", "x" * 250)


def test_a_key_pair_made_in_it_is_signed_and_never_comes_out(server, department, tmp_path):
    server.ok("keystore", "create", "--alias", "receiver", "--key-type", "p-256", "--subject", "CN=receiver,O=Example")
    csr, signed = tmp_path / "receiver.csr", tmp_path / "receiver.cer"
    server.ok("keystore", "request", "receiver", "--out", csr)
    assert "CN = receiver" in openssl("req", "-in", csr, "-noout", "-subject")
    openssl("x509", "-req", "-in", csr, "-CA", department.ca, "-CAkey", department.ca_key, "-days", "90", "-out", signed,
            "-set_serial", "4711")
    other = server.run("keystore", "signing-response", "receiver", department.ca)
    assert other.code == 1 and "P107" in other.err, other
    server.ok("keystore", "signing-response", "receiver", signed)
    entry = server.json("keystore", "get", "receiver")
    assert entry["type"] == "Key Pair" and "Issuing CA" in entry["issuer"]
    everything = str(entry) + server.ok("keystore", "list", "--json").out
    for what in ("certificate", "chain"):
        everything += server.ok("keystore", "export", "receiver", "--what", what).out
    assert "PRIVATE" not in everything
    assert server.run("keystore", "export", "receiver", "--what", "key").code != 0


def test_a_backup_brings_back_what_was_deleted(server, department, tmp_path):
    leaf = department.leaf("backed")
    server.ok("keystore", "import", leaf.pfx(), "--alias", "backed", "--password-file", leaf.password_file())
    before = server.json("keystore", "list")
    server.ok("keystore", "backup")
    server.ok("keystore", "rename", "backed", "moved")
    server.ok("keystore", "delete", "moved")
    assert server.run("keystore", "get", "moved").code == 3
    server.ok("keystore", "restore")
    after = server.json("keystore", "list")
    assert [(e["alias"], e["type"], e["sha256"]) for e in after] == [(e["alias"], e["type"], e["sha256"]) for e in before]
    assert "CERTIFICATE REQUEST" in server.ok("keystore", "request", "backed").out


def test_the_size_of_a_certificate_is_limited_as_in_the_original(server, tmp_path):
    def certificate(names):
        config = tmp_path / "config"
        config.write_text("[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=large\n[x]\nsubjectAltName=" +
                          ",".join(f"DNS:{i:04}.{'n' * 50}.example.com" for i in range(names)) + "\n")
        out = tmp_path / f"{names}.cer"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "key", "-config", config,
                "-extensions", "x", "-days", "9", "-out", out)
        return out

    server.ok("keystore", "import", certificate(130), "--alias", "large")
    refused = server.run("keystore", "import", certificate(150), "--alias", "larger")
    assert refused.code == 1 and "K206" in refused.err and "10240" in refused.err, refused


def test_many_entries_are_imported_without_keeping_others_waiting(server, crowd, tmp_path):
    store = tmp_path / "crowd.p12"
    assert run("keypair", "convert", crowd, store, env={"POSTERN_PASSWORD": "Changeit-1"}).code == 0
    began = time.monotonic()
    server.ok("keystore", "import", store, "--overwrite", env={"POSTERN_PASSWORD": "Changeit-1"})
    assert time.monotonic() - began < 5


def test_a_key_pair_is_made_for_as_long_as_the_server_s_default_says(server):
    made = server.json("keystore", "create", "--alias", "three-years")
    validity = datetime.fromisoformat(made["valid_until"]) - datetime.fromisoformat(made["valid_from"])
    assert validity.days == 1095 and made["subject"] == "CN=three-years"
    help_text = run("keystore", "create", "--help").out
    assert "1 to 7300 (default 1095)" in help_text and "rsa-2048, rsa-3072, rsa-4096, p-256 or p-384" in help_text
    for days in ("0", "7301", "36500", "x"):
        answer = server.run("keystore", "create", "--alias", "other", "--days", days)
        assert answer.code == 2 and "--days takes a number from 1 to 7300" in answer.err, answer


def test_a_wrong_kind_of_key_is_told_by_its_member(server):
    for path, body in (("/keystore/create", {"alias": "a", "key_type": "dsa"}), ("/ca/issue", {"name": "a", "key_type": "dsa"})):
        reply = ask(server, "POST", path, body)
        assert reply.status == 400 and reply.json["error"]["field"] == "key_type", reply
    answer = server.run("keystore", "create", "--alias", "a", "--key-type", "dsa")
    assert answer.code == 2 and "--key-type is rsa-2048, rsa-3072, rsa-4096, p-256 or p-384" in answer.err, answer
