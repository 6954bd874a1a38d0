"""Files: what is refused, how fast, and that what Postern writes opens elsewhere."""
import shutil
import subprocess
import time

import pytest

from postern import openssl, run


def test_an_absurd_iteration_count_is_refused_in_under_half_a_second(department, tmp_path):
    leaf = department.leaf("iterations")
    original = leaf.pfx().read_bytes()
    password = leaf.password_file()
    # The MAC's iteration count 2048 is the last integer of the file: 02 02 08 00.
    at = original.rindex(bytes.fromhex("02020800"))
    for count in ("02047fffffff", "020480000000"):
        changed = original[:at] + bytes.fromhex(count) + original[at + 4:]
        # Two bytes more in the MacData and in the outer sequence.
        outer = int.from_bytes(changed[2:4], "big") + 2
        changed = changed[:2] + outer.to_bytes(2, "big") + changed[4:]
        mac = changed.rindex(b"\x30", 0, at - 40)
        for start in range(at - 120, at):
            if changed[start] == 0x30 and changed[start + 1] + start + 2 == len(original):
                mac = start
                break
        changed = changed[:mac + 1] + bytes([changed[mac + 1] + 2]) + changed[mac + 2:]
        path = tmp_path / "absurd.p12"
        path.write_bytes(changed)
        began = time.monotonic()
        answer = run("keypair", "examine", path, "--password-file", password)
        assert time.monotonic() - began < 0.5
        assert answer.code == 1 and "P117" in answer.out + answer.err, answer


def test_a_truncated_file_gives_one_clear_line_and_exit_1(department, tmp_path):
    leaf = department.leaf("truncated")
    whole = leaf.pfx().read_bytes()
    password = leaf.password_file()
    for cut in (1, 10, 100, len(whole) // 2, len(whole) - 1):
        path = tmp_path / "cut.p12"
        path.write_bytes(whole[:cut])
        answer = run("keypair", "examine", path, "--password-file", password)
        assert answer.code == 1, answer
        assert len(answer.err.strip().splitlines()) <= 2 and answer.err.strip(), answer


def test_the_container_is_recognised_by_content_not_by_name(department, tmp_path):
    leaf = department.leaf("misnamed")
    path = tmp_path / "really-a-p12.jks"
    shutil.copy(leaf.pfx(), path)
    assert run("keypair", "examine", path, "--password-file", leaf.password_file(), "--json").json["container"] == "pkcs12"
    der = tmp_path / "leaf.pem"
    openssl("x509", "-in", leaf.certificate, "-outform", "DER", "-out", der)
    assert run("keypair", "examine", der, "--json").json["container"] == "der"
    p7b = tmp_path / "chain.cer"
    openssl("crl2pkcs7", "-nocrl", "-certfile", leaf.chain, "-out", p7b)
    assert run("keypair", "examine", p7b, "--json").json["container"] == "pkcs7"
    assert run("keypair", "examine", leaf.chain, "--json").json["container"] == "pem"


@pytest.mark.parametrize("kind", ["rsa-2048", "p-256"])
@pytest.mark.parametrize("legacy", [False, True])
def test_what_is_written_opens_in_openssl_keytool_and_node(department, tmp_path, kind, legacy):
    password = tmp_path / "password"
    password.write_text("Changeit-1")
    p12, jks, again = tmp_path / "new.p12", tmp_path / "new.jks", tmp_path / "again.p12"
    made = run("keypair", "create", "--subject", "CN=new,O=Example,C=DE", "--key-type", kind, "--alias", "mine", "--out",
               p12, "--password-file", password)
    assert made.code == 0, made
    assert run("keypair", "convert", p12, jks, "--password-file", password).code == 0
    options = ["--legacy"] if legacy else []
    assert run("keypair", "convert", jks, again, "--password-file", password, *options).code == 0
    shown = openssl("pkcs12", "-in", again, "-passin", "pass:Changeit-1", "-nodes", *(["-legacy"] if legacy else []))
    assert "BEGIN PRIVATE KEY" in shown and "friendlyName: mine" in shown
    for store in (jks, again):
        listed = run("-list", "-keystore", str(store), "-storepass", "Changeit-1", program="keytool")
        assert listed.code == 0 and "mine" in listed.out and "PrivateKeyEntry" in listed.out, listed
    if not legacy:
        node = subprocess.run(["node", "-e", "require('tls').createSecureContext({pfx:require('fs').readFileSync("
                               f"'{again}'),passphrase:'Changeit-1'}});console.log('opened')"], capture_output=True,
                              text=True, check=False)
        assert node.stdout.strip() == "opened", node.stderr


def test_verify_says_what_a_chain_is_good_for(department):
    leaf = department.leaf("verified")
    assert run("keypair", "verify", leaf.chain, "--trust", department.root, "--purpose", "client").code == 0
    bad = run("keypair", "verify", leaf.chain, "--trust", department.root, "--purpose", "server")
    assert bad.code == 1
