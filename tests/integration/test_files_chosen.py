"""Which of several entries is taken, and what is said of files without a private key."""
import pytest

import pkcs12
from furnish import make_instance
from postern import openssl, run

PASSWORD = b"Changeit-1"


@pytest.fixture(scope="module")
def leaves(department):
    """Two that are good, one that is over, one that is no client's."""
    return {"good": department.leaf("chosen-good"), "second": department.leaf("chosen-second"),
            "old": department.leaf("chosen-old", start="20200101000000Z", end="20210101000000Z"),
            "server": department.leaf("chosen-server", extensions="server")}


@pytest.fixture
def given(tmp_path):
    path = tmp_path / "password"
    path.write_bytes(PASSWORD)
    return path


def several(path, **pairs):
    """A .p12 with several key pairs, by alias, in the order given."""
    keys, certs = [], []
    for i, (alias, leaf) in enumerate(pairs.items()):
        named = {"alias": alias, "key_id": bytes([i + 1])}
        keys.append(pkcs12.key_bag(pkcs12.der_of(leaf.key), PASSWORD, **named))
        certs.append(pkcs12.cert_bag(pkcs12.der_of(leaf.certificate), **named))
    department = next(iter(pairs.values())).department
    certs += [pkcs12.cert_bag(pkcs12.der_of(department.ca)), pkcs12.cert_bag(pkcs12.der_of(department.root))]
    path.write_bytes(pkcs12.pfx([pkcs12.part(keys), pkcs12.part(certs, PASSWORD)], password=PASSWORD.decode()))
    return path


def subject(path):
    return openssl("x509", "-in", path, "-noout", "-subject", "-nameopt", "RFC2253")


@pytest.mark.parametrize("other", ["old", "server"])
@pytest.mark.parametrize("order", ["bad first", "good first"])
def test_the_usable_key_pair_is_exported_and_it_is_said_which(leaves, given, tmp_path, other, order):
    pairs = {other: leaves[other], "good": leaves["good"]}
    if order == "good first":
        pairs = dict(reversed(pairs.items()))
    p12, out = several(tmp_path / "multi.p12", **pairs), tmp_path / "leaf.cer"
    for command in (["export", p12, "--leaf", out], ["convert", p12, out]):
        answer = run("keypair", *command, "--password-file", given)
        assert answer.code == 0 and "CN=chosen-good" in subject(out), answer
        assert "good" in answer.err and other in answer.err, answer
    verified = run("keypair", "verify", p12, "--purpose", "client", "--password-file", given, "--json")
    assert verified.code == 0, verified


def test_two_that_could_be_meant_are_named_and_neither_is_taken(leaves, given, tmp_path):
    p12, out = several(tmp_path / "two.p12", first=leaves["good"], other=leaves["second"]), tmp_path / "leaf.cer"
    for command in (["export", p12, "--leaf", out], ["convert", p12, out], ["verify", p12],
                    ["request", "--from", p12, "--out", out]):
        answer = run("keypair", *command, "--password-file", given)
        assert answer.code == 1 and "P126" in answer.err and not out.exists(), answer
        assert "first" in answer.err and "other" in answer.err and "--alias" in answer.err, answer
    assert run("keypair", "export", p12, "--leaf", out, "--alias", "other", "--password-file", given).code == 0
    assert "CN=chosen-second" in subject(out)


def test_what_no_entry_is_needed_for_is_not_asked_for(leaves, given, tmp_path):
    p12 = several(tmp_path / "two.p12", first=leaves["good"], other=leaves["second"])
    assert run("keypair", "export", p12, "--root", tmp_path / "root.cer", "--password-file", given).code == 0
    assert run("keypair", "convert", p12, tmp_path / "two.jks", "--password-file", given).code == 0


def test_two_leaves_in_one_certificate_file_are_told_apart(leaves, department, tmp_path):
    both, out = tmp_path / "both.pem", tmp_path / "leaf.der"
    both.write_text(leaves["good"].certificate.read_text() + leaves["second"].certificate.read_text())
    answer = run("keypair", "export", both, "--leaf", out)
    assert answer.code == 1 and "P126" in answer.err and "chosen-second" in answer.err, answer
    assert run("keypair", "convert", both, out).code == 1
    both.write_text(leaves["old"].certificate.read_text() + leaves["good"].certificate.read_text())
    assert run("keypair", "export", both, "--leaf", out).code == 0
    assert "CN=chosen-good" in subject(out)


def test_the_certificate_of_a_service_key_is_that_of_the_usable_pair(server, leaves, given, tmp_path):
    make_instance(server, "chosen")
    p12 = several(tmp_path / "multi.p12", old=leaves["old"], good=leaves["good"])
    answer = server.ok("service-key", "create", "chosen", "one", "--certificate", p12, "--password-file", given)
    assert "good" in answer.err, answer
    two = several(tmp_path / "two.p12", first=leaves["good"], other=leaves["second"])
    answer = server.run("service-key", "create", "chosen", "two", "--certificate", two, "--password-file", given)
    assert answer.code != 0 and "P126" in answer.err, answer


def test_a_secret_key_beside_a_key_pair_is_passed_over(leaves, given, tmp_path):
    store = tmp_path / "mixed.jceks"
    for command in (["-genseckey", "-alias", "aes", "-keyalg", "AES", "-keysize", "256"],
                    ["-genkeypair", "-alias", "mine", "-keyalg", "RSA", "-dname", "CN=mixed"],
                    ["-genseckey", "-alias", "mac", "-keyalg", "HmacSHA256", "-keysize", "256"]):
        made = run(*command, "-keystore", store, "-storetype", "JCEKS", "-storepass", PASSWORD.decode(), "-keypass",
                   PASSWORD.decode(), program="keytool")
        assert made.code == 0, made
    answer = run("keypair", "examine", store, "--password-file", given, "--json")
    assert answer.code == 0 and [e["alias"] for e in answer.json["entries"]] == ["mine"], answer
    texts = [f["text"] for f in answer.json["findings"] if f["code"] == "P123"]
    assert len(texts) == 2 and any("aes" in t for t in texts) and any("mac" in t for t in texts), answer
    wrong = tmp_path / "wrong"
    wrong.write_text("Changeit-2")
    assert "P101" in run("keypair", "examine", store, "--password-file", wrong).err


def test_a_store_of_secret_keys_alone_is_called_so(given, tmp_path):
    store = tmp_path / "secrets.jceks"
    made = run("-genseckey", "-alias", "aes", "-keyalg", "AES", "-keysize", "256", "-keystore", store, "-storetype",
               "JCEKS", "-storepass", PASSWORD.decode(), program="keytool")
    assert made.code == 0, made
    answer = run("keypair", "examine", store, "--password-file", given)
    assert answer.code == 1 and "P103" in answer.err and "damaged" not in answer.err, answer


def test_other_bags_of_a_p12_are_passed_over(leaves, given, tmp_path):
    path = tmp_path / "bags.p12"
    path.write_bytes(pkcs12.pair(leaves["good"], PASSWORD, extra=[
        pkcs12.secret_bag(alias="hidden"), pkcs12.crl_bag(b"0\0", alias="list"),
        pkcs12.cert_bag(b"sdsi", kind=pkcs12.SDSI, alias="sdsi"), pkcs12.bag("1.2.3.4", pkcs12.octets(b"x"), alias="odd")]))
    answer = run("keypair", "examine", path, "--password-file", given, "--json")
    texts = " ".join(f["text"] for f in answer.json["findings"] if f["code"] == "P123")
    assert all(word in texts for word in ("hidden", "list", "sdsi", "odd", "1.2.3.4")), answer
    assert [e["alias"] for e in answer.json["entries"]] == ["mine"]


# ---- no private key where one is needed ----

def test_a_certificate_made_into_a_key_store_is_said_to_be_none(leaves, given, tmp_path):
    for name in ("leaf.p12", "leaf.jks"):
        answer = run("keypair", "convert", leaves["good"].certificate, tmp_path / name, "--password-file", given)
        assert answer.code == 0 and "P125" in answer.err and "no private key" in answer.err, answer
    quiet = run("keypair", "convert", leaves["good"].certificate, tmp_path / "leaf.der")
    assert quiet.code == 0 and "P125" not in quiet.err, quiet


def test_a_trust_store_is_made_without_a_warning(department, given, tmp_path):
    answer = run("keypair", "convert", department.root, tmp_path / "root.p12", "--password-file", given)
    assert answer.code == 0 and "P125" not in answer.err, answer


def test_an_upload_that_no_server_can_take_is_said_where_it_happens(server, department, tmp_path):
    """A kind of key that TLS has no client certificates of; with the file's password, or where none is needed."""
    key, certificate, store, both = (tmp_path / name for name in ("dsa.key", "dsa.cer", "dsa.p12", "dsa.pem"))
    openssl("dsaparam", "-genkey", "-out", key, "2048")
    openssl("req", "-x509", "-new", "-key", key, "-out", certificate, "-subj", "/CN=dsa", "-days", "90")
    openssl("pkcs12", "-export", "-inkey", key, "-in", certificate, "-out", store, "-passout", "pass:x")
    both.write_text(key.read_text() + certificate.read_text())
    (tmp_path / "pw").write_text("x")
    for path, password in ((store, ["--password-file", tmp_path / "pw"]), (both, [])):
        answer = server.ok("destination-certificate", "upload", path, *password)
        assert "P128" in answer.err and "DSA" in answer.err, answer
    assert "P1" not in server.ok("destination-certificate", "upload", department.root, "--name", "root-as-trust.pem").err.replace("P125", "")


def test_an_upload_without_a_private_key_is_said_where_it_happens(server, leaves, department, tmp_path):
    for path in (leaves["good"].certificate, leaves["good"].chain):
        answer = server.ok("destination-certificate", "upload", path, "--name", path.name.replace(".chain", "-chain"))
        assert "P125" in answer.err and "trust store" in answer.err, answer
        assert "--trust-store" in answer.err and "--key-store" not in answer.err, answer
    whole = tmp_path / "whole.pem"
    whole.write_text(leaves["good"].key.read_text() + leaves["good"].chain.read_text())
    assert "P125" not in server.ok("destination-certificate", "upload", whole).err


def test_a_destination_whose_key_store_has_no_key_is_told_when_it_is_made(server, leaves):
    server.ok("destination-certificate", "upload", leaves["good"].certificate, "--name", "nokey.cer")
    answer = server.ok("destination", "create", "--name", "NOKEY", "--url", "https://localhost:1/http/x", "--key-store",
                       "nokey.cer")
    assert "P104" in answer.err, answer


def test_a_file_that_only_has_certificates_is_an_error_to_the_doctor(server, leaves):
    for path in (leaves["good"].certificate, leaves["good"].chain):
        answer = server.run("doctor", "--p12", path, "--json")
        assert "P104" in [f["code"] for f in answer.json["steps"][0]["findings"]], answer
        assert answer.code == 11, answer


def test_a_private_key_given_as_certificate_is_called_so(server, leaves):
    make_instance(server, "keys")
    answer = server.run("service-key", "create", "keys", "k", "--certificate", leaves["good"].key)
    assert answer.code != 0 and "S303" in answer.err and "is a private key" in answer.err, answer
    # It never left this machine.
    assert "PRIVATE KEY" not in answer.err


def test_a_pem_pasted_into_key_json_keeps_its_line_breaks(server, leaves, tmp_path):
    make_instance(server, "pasted")
    path = tmp_path / "key.json"
    path.write_text('{\n  "key-type": "certificate_external",\n  "X.509": "' + leaves["second"].certificate.read_text() + '"\n}\n')
    server.ok("service-key", "create", "pasted", "k", "-c", f"@{path}")
    broken = server.run("service-key", "create", "pasted", "l", "-c", '{"X.509": "x')
    assert broken.code == 2, broken
