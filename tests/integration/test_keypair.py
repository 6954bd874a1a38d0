"""`postern keypair` on files made by openssl and keytool, and what becomes of its own in other programs."""
import json
import os
import shlex
import stat

import pytest

from postern import openssl, run

PASSWORD = "Changeit-1"


@pytest.fixture(scope="module")
def handed_out(department, tmp_path_factory):
    """One key pair in every kind of file that openssl and keytool write."""
    folder = tmp_path_factory.mktemp("kinds")
    leaf = department.leaf("kinds")
    password = folder / "password"
    password.write_text(PASSWORD + "\n")
    certs = folder / "cas.pem"
    certs.write_text(department.ca.read_text() + department.root.read_text())
    whole = folder / "whole.pem"
    whole.write_text(leaf.certificate.read_text() + certs.read_text())

    def p12(name, *options):
        out = folder / name
        openssl("pkcs12", "-export", "-inkey", leaf.key, "-in", leaf.certificate, "-certfile", certs, "-name", "Mine",
                "-passout", "pass:" + PASSWORD, "-out", out, *options)
        return out

    files = {
        "pbes2": (p12("pbes2.p12"), "pkcs12", "AES-256-CBC", False),
        "rc2-40": (p12("rc2-40.pfx", "-legacy"), "pkcs12", "pbeWithSHA1And40BitRC2-CBC", True),
        "rc2-128": (p12("rc2-128.p12", "-legacy", "-certpbe", "PBE-SHA1-RC2-128"), "pkcs12", "128BitRC2-CBC", True),
        "rc4-128": (p12("rc4.p12", "-legacy", "-certpbe", "PBE-SHA1-RC4-128", "-keypbe", "PBE-SHA1-RC4-128"), "pkcs12",
                    "pbeWithSHA1And128BitRC4", True),
        "3des": (p12("3des.p12", "-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"), "pkcs12",
                 "pbeWithSHA1And3-KeyTripleDES-CBC", True),
        "no-mac": (p12("no-mac.p12", "-nomac"), "pkcs12", "AES-256-CBC", False),
        "scrypt": (folder / "scrypt.pem", "pem", "scrypt", False),
        "traditional": (folder / "traditional.pem", "pem", "AES-128-CBC", True),
        "jks": (folder / "store.jks", "jks", "SHA-1", True),
        "jceks": (folder / "store.jceks", "jceks", "PBEWithMD5AndTripleDES", True),
    }
    key = openssl("pkcs8", "-topk8", "-scrypt", "-in", leaf.key, "-passout", "pass:" + PASSWORD)
    files["scrypt"][0].write_text(certs.read_text() + key + leaf.certificate.read_text())
    key = openssl("rsa", "-in", leaf.key, "-aes128", "-traditional", "-passout", "pass:" + PASSWORD)
    files["traditional"][0].write_text(key + leaf.certificate.read_text() + certs.read_text())
    for kind in ("jks", "jceks"):
        done = run("-importkeystore", "-srckeystore", files["pbes2"][0], "-srcstorepass", PASSWORD, "-destkeystore",
                   files[kind][0], "-deststoretype", kind.upper(), "-deststorepass", PASSWORD, "-noprompt",
                   program="keytool")
        assert done.code == 0, done
    return folder, leaf, password, files, whole


KINDS = ["pbes2", "rc2-40", "rc2-128", "rc4-128", "3des", "no-mac", "scrypt", "traditional", "jks", "jceks"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_examined_and_converted_to_one_that_all_programs_open(handed_out, kind, tmp_path):
    _, leaf, password, files, _ = handed_out
    path, container, encryption, legacy = files[kind]
    seen = run("keypair", "examine", path, "--password-file", password, "--json").json
    assert seen["container"] == container and encryption in seen["encryption"] and seen["legacy"] is legacy
    entry = seen["entries"][0]
    assert entry["type"] == "key-pair" and entry["key"] == "RSA 2048"
    assert [c["role"] for c in entry["chain"]] == ["leaf", "ca", "root"]
    assert ("P102" in [f["code"] for f in seen["findings"]]) is legacy
    out = tmp_path / "out.p12"
    assert run("keypair", "convert", path, out, "--password-file", password, "--alias", "chosen").code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    shown = openssl("pkcs12", "-in", out, "-passin", "pass:" + PASSWORD, "-nodes", "-info")
    assert shown.count("BEGIN CERTIFICATE") == 3 and "friendlyName: chosen" in shown
    assert "BEGIN PRIVATE KEY" in shown
    listed = run("-list", "-keystore", out, "-storepass", PASSWORD, program="keytool")
    assert "chosen" in listed.out and "PrivateKeyEntry" in listed.out
    key = tmp_path / "leaf.key"
    assert run("keypair", "export", out, "--password-file", password, "--key", key).code == 0
    assert openssl("pkey", "-in", key, "-pubout") == openssl("pkey", "-in", leaf.key, "-pubout")


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_password_and_none_are_told_and_never_asked_for(handed_out, kind, tmp_path):
    _, _, _, files, _ = handed_out
    wrong = tmp_path / "wrong"
    wrong.write_text("not it")
    for options in (["--password-file", wrong], []):
        answer = run("keypair", "examine", files[kind][0], *options, input="")
        assert answer.code == 1 and "P101" in answer.err and "--password-file" in answer.err, answer
        assert "not it" not in answer.err


def test_aliases_live_through_every_conversion(handed_out, tmp_path):
    _, _, password, files, _ = handed_out
    at = files["rc2-40"][0]
    for name in ("a.jks", "b.pem", "c.p12", "d.jks", "e.p12"):
        to = tmp_path / name
        assert run("keypair", "convert", at, to, "--password-file", password).code == 0
        seen = run("keypair", "examine", to, "--password-file", password, "--json").json
        assert seen["entries"][0]["alias"].lower() == "mine"
        at = to


def test_certificates_are_exported_as_pem_and_der(handed_out, department, tmp_path):
    _, leaf, password, files, _ = handed_out
    root, ca, mine, chain = (tmp_path / n for n in ("root.cer", "ca.cer", "leaf.cer", "chain.pem"))
    assert run("keypair", "export", files["pbes2"][0], "--password-file", password, "--root", root, "--ca", ca, "--leaf",
               mine, "--chain", chain).code == 0
    for path, original in ((root, department.root), (ca, department.ca), (mine, leaf.certificate)):
        assert path.read_text().split() == original.read_text().split()
    assert chain.read_text().count("BEGIN CERTIFICATE") == 3
    der = tmp_path / "leaf.der"
    assert run("keypair", "export", files["jks"][0], "--password-file", password, "--leaf", der, "--der").code == 0
    assert der.read_bytes() == run("x509", "-in", leaf.certificate, "-outform", "DER", program="openssl", binary=True).out


def test_certificate_files_are_written_without_the_key(handed_out, tmp_path):
    _, _, password, files, _ = handed_out
    for name, kind in (("a.cer", "pem"), ("a.crt", "pem"), ("a.der", "der"), ("a.p7b", "pkcs7")):
        out = tmp_path / name
        assert run("keypair", "convert", files["pbes2"][0], out, "--password-file", password).code == 0
        assert b"PRIVATE" not in out.read_bytes()
        seen = run("keypair", "examine", out, "--json").json
        assert seen["container"] == kind and seen["entries"][0]["type"] == "certificate"


def test_a_trust_store_shows_its_entries_in_keytool(handed_out, department, tmp_path):
    _, _, password, _, _ = handed_out
    both = tmp_path / "both.pem"
    both.write_text(department.root.read_text() + department.ca.read_text())
    for name in ("trust.p12", "trust.jks"):
        out = tmp_path / name
        assert run("keypair", "convert", both, out, "--password-file", password).code == 0
        listed = run("-list", "-keystore", out, "-storepass", PASSWORD, program="keytool")
        assert listed.out.count("trustedCertEntry") == 2, listed


def test_a_file_that_may_hold_a_key_is_not_overwritten(handed_out, tmp_path):
    _, _, password, files, _ = handed_out
    out = tmp_path / "out.p12"
    out.write_text("precious")
    answer = run("keypair", "convert", files["pbes2"][0], out, "--password-file", password)
    assert answer.code == 5 and "--force" in answer.err and out.read_text() == "precious"
    assert run("keypair", "convert", files["pbes2"][0], out, "--password-file", password, "--force").code == 0
    assert out.read_bytes()[0] == 0x30 and os.listdir(tmp_path) == ["out.p12"]


def test_an_own_password_for_the_file_that_is_written(handed_out, tmp_path):
    _, _, password, files, _ = handed_out
    other = tmp_path / "other"
    other.write_text("Another-1")
    out = tmp_path / "out.jks"
    assert run("keypair", "convert", files["pbes2"][0], out, "--password-file", password, "--out-password-file",
               other).code == 0
    assert run("keypair", "examine", out, "--password-file", password).code == 1
    assert run("keypair", "examine", out, env={"POSTERN_PASSWORD": "Another-1"}).code == 0
    assert run("keypair", "examine", out, "--password-stdin", input="Another-1\n").code == 0


def test_a_key_pair_is_made_without_a_question(tmp_path):
    answer = run("keypair", "create", "erp", "--key-type", "p-256", "--san", "DNS:erp.example.com", input="",
                 cwd=tmp_path)
    assert answer.code == 0 and "erp.p12.password" in answer.err, answer
    secret = tmp_path / "erp.p12.password"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    seen = run("keypair", "examine", tmp_path / "erp.p12", "--password-file", secret, "--json").json
    entry = seen["entries"][0]
    assert entry["alias"] == "erp" and entry["key"] == "EC P-256" and entry["chain"][0]["eku"] == ["clientAuth"]
    assert [f["code"] for f in seen["findings"]] == ["P113"]
    verified = run("keypair", "verify", tmp_path / "erp.p12", "--password-file", secret)
    assert verified.code in (0, 1) and "client" in verified.out


def test_a_request_is_signed_by_somebody_else_and_comes_home(department, handed_out, tmp_path):
    _, _, password, _, _ = handed_out
    csr = tmp_path / "new.csr"
    assert run("keypair", "request", "new", "--subject", "CN=new,O=Example", "--out", csr, cwd=tmp_path).code == 0
    assert "verify OK" in run("req", "-in", csr, "-noout", "-verify", program="openssl").err
    signed = tmp_path / "signed.cer"
    extensions = tmp_path / "extensions"
    extensions.write_text("basicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth\n")
    openssl("x509", "-req", "-in", csr, "-CA", department.ca, "-CAkey", department.ca_key, "-days", "90", "-extfile",
            extensions, "-out", signed, "-set_serial", "77")
    out = tmp_path / "new.p12"
    done = run("keypair", "convert", tmp_path / "new.key", out, "--add-chain", signed, "--add-chain", department.ca,
               "--add-chain", department.root, "--alias", "new", "--password-file", password)
    assert done.code == 0, done
    seen = run("keypair", "examine", out, "--password-file", password, "--json").json
    assert [c["role"] for c in seen["entries"][0]["chain"]] == ["leaf", "ca", "root"] and not seen["findings"]
    # The same key, the same subject: the request of a renewal.
    again = run("keypair", "request", "--from", out, "--password-file", password)
    assert "BEGIN CERTIFICATE REQUEST" in again.out and "CN = new" in openssl("req", "-noout", "-subject", input=again.out)


def test_verify_judges_against_what_is_trusted(department, stranger, handed_out):
    _, leaf, _, _, whole = handed_out
    good = run("keypair", "verify", whole, "--trust", department.root, "--purpose", "client", "--json")
    assert good.code == 0 and good.json["client"]["good"] is True and good.json["server"]["good"] is False
    foreign = run("keypair", "verify", whole, "--trust", stranger.root, "--json")
    assert foreign.code == 1 and foreign.json["client"]["code"] == "K201"
    missing = run("keypair", "verify", leaf.certificate, "--trust", department.root, "--json")
    assert missing.code == 1 and missing.json["client"]["code"] == "K202"


def test_the_fix_of_a_finding_mends_it(handed_out, tmp_path):
    _, _, password, files, _ = handed_out
    path = tmp_path / "company.pfx"
    path.write_bytes(files["rc2-40"][0].read_bytes())
    seen = run("keypair", "examine", path, "--password-file", password, "--json").json
    fix = [f["fix"] for f in seen["findings"] if f["code"] == "P102"][0].strip("`").split()
    assert run(*fix[1:]).code == 0
    mended = json.loads(run("keypair", "examine", fix[-1], "--password-file", password, "--json").out)
    assert mended["legacy"] is False and not mended["findings"]


def test_a_repair_quotes_names_that_a_shell_would_take_apart(handed_out, tmp_path):
    _, _, password, files, _ = handed_out
    folder = tmp_path / "it's here"
    folder.mkdir()
    (folder / "company.pfx").write_bytes(files["rc2-40"][0].read_bytes())
    (folder / "pw").write_text(password.read_text())
    seen = run("keypair", "examine", folder / "company.pfx", "--password-file", folder / "pw", "--json").json
    fix = shlex.split([f["fix"] for f in seen["findings"] if f["code"] == "P102"][0].strip("`"))
    assert run(*fix[1:]).code == 0 and (folder / "company.p12").exists()
