"""Files that are not what they seem: refused in one line, with what they are and what helps."""
import subprocess

import pytest

from postern import openssl, run

PASSWORD = "Pässwörd €1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("files")
    (made / "password").write_text(PASSWORD + "\n")
    return made


def test_a_request_and_a_revocation_list_are_told_for_what_they_are(department, folder):
    request, crl = folder / "new.csr", department.revoke(department.leaf("told"))
    openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "new.key", "-subj", "/CN=new", "-out",
            request)
    for path, tool, word, fix in ((request, "req", "signing request", "postern ca sign"),
                                  (crl, "crl", "revocation list", "postern keystore import")):
        der = folder / (path.name + ".der")
        openssl(tool, "-in", path, "-outform", "DER", "-out", der)
        for form in (path, der):
            answer = run("keypair", "examine", form)
            assert answer.code == 1 and "P103" in answer.err and word in answer.err and fix in answer.err, answer


def test_every_refusal_of_bytes_is_one_line(department, folder):
    leaf = department.leaf("one-line")
    whole = leaf.pfx().read_bytes()
    for content in (b"", b"hello", whole[:1], whole[:700], bytes(5000), whole[:40] + whole[44:]):
        path = folder / "bytes.p12"
        path.write_bytes(content)
        answer = run("keypair", "examine", path, "--password-file", leaf.password_file())
        assert answer.code == 1 and answer.out == "" and len(answer.err.splitlines()) == 1, answer


def test_a_password_and_an_alias_beyond_ascii_live_through_conversion(department, folder):
    leaf = department.leaf("beyond")
    start = folder / "start.p12"
    openssl("pkcs12", "-export", "-inkey", leaf.key, "-in", leaf.certificate, "-name", "Schlüssel €", "-passout",
            "pass:" + PASSWORD, "-out", start)
    at = start
    for name in ("u.pem", "u.p12", "u.jks"):
        to = folder / name
        assert run("keypair", "convert", at, to, "--password-file", folder / "password").code == 0
        shown = run("keypair", "examine", to, "--password-file", folder / "password")
        assert "schlüssel €" in shown.out.lower(), shown
        at = to
    opened = folder / "opened.pem"
    openssl("pkcs12", "-in", folder / "u.p12", "-passin", "pass:" + PASSWORD, "-nokeys", "-out", opened)
    assert b"BEGIN CERTIFICATE" in opened.read_bytes()


def test_a_chain_is_exported_as_der_too(department, folder):
    leaf = department.leaf("chain-der")
    out, root, key = (folder / n for n in ("chain.p7b", "root.der", "key.der"))
    done = run("keypair", "export", leaf.pfx(), "--password-file", leaf.password_file(), "--chain", out, "--root", root,
               "--key", key, "--der")
    assert done.code == 0, done
    shown = openssl("pkcs7", "-inform", "DER", "-in", out, "-print_certs", "-noout")
    assert shown.count("subject=") == 3
    assert "Example Root" in openssl("x509", "-inform", "DER", "-in", root, "-noout", "-subject")
    assert subprocess.run(["keytool", "-printcert", "-file", out], capture_output=True, text=True,
                          check=False).stdout.count("Owner:") == 3
    entry = run("keypair", "examine", out, "--json").json["entries"][0]
    assert [c["role"] for c in entry["chain"]] == ["leaf", "ca", "root"]


def test_stores_of_secret_keys_say_so(folder):
    for kind in ("JCEKS", "PKCS12"):
        path = folder / ("secret." + kind)
        made = run("-genseckey", "-alias", "aes", "-keyalg", "AES", "-keysize", "128", "-storetype", kind, "-keystore",
                   path, "-storepass", "Changeit-1", "-keypass", "Changeit-1", program="keytool")
        assert made.code == 0, made
        answer = run("keypair", "examine", path, env={"POSTERN_PASSWORD": "Changeit-1"})
        assert answer.code == 1 and "damaged" not in answer.err and "key" in answer.err, answer
        assert "openssl" not in answer.err


def test_a_key_of_another_certificate_is_not_written_as_a_pair(department, folder):
    one, other = department.leaf("one"), department.leaf("other")
    mixed, out = folder / "mixed.pem", folder / "mixed.p12"
    mixed.write_text(one.key.read_text() + other.certificate.read_text())
    assert "P107" in [f["code"] for f in run("keypair", "examine", mixed, "--json").json["findings"]]
    answer = run("keypair", "convert", mixed, out, "--password-file", folder / "password")
    assert answer.code == 1 and "P107" in answer.err and not out.exists(), answer


@pytest.mark.parametrize("root", [True, False])
def test_the_next_step_of_a_conversion_works_as_printed(department, folder, root):
    leaf = department.leaf(f"next-{root}")
    pem, out = folder / "next.pem", folder / f"next-{root}.p12"
    pem.write_text(leaf.key.read_text() + leaf.chain.read_text() + (department.root.read_text() if root else ""))
    done = run("keypair", "convert", pem, out, cwd=folder)
    assert done.code == 0, done
    words = done.err.split("Next: postern ")[1].split()
    assert ("--root" in words) is root and "--password-file" in words
    again = run(*words, cwd=folder)
    assert again.code == 0 and (folder / "leaf.cer").exists(), again


def test_the_next_step_after_a_new_key_pair_works_as_printed(folder):
    done = run("keypair", "create", "fresh", cwd=folder)
    again = run(*done.err.split("Next: postern ")[1].split(), cwd=folder)
    assert again.code == 0 and "CERTIFICATE REQUEST" in again.out, again
