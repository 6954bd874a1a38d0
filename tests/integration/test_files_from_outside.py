"""What opens outside opens here too, or is called by its name: a file is only damaged when it is."""
import base64
import subprocess

import pytest

import pkcs12
from postern import openssl, run

LETTERS = "pässwörd"
ML_KEM_768 = "2.16.840.1.101.3.4.4.2"


@pytest.fixture(scope="module")
def leaf(department):
    return department.leaf("from-outside")


def examine(path, *options, password=None):
    """Examine with the password (bytes) in a file of its own."""
    if password is not None:
        given = path.with_suffix(".given")
        given.write_bytes(password)
        options = ["--password-file", given, *options]
    return run("keypair", "examine", path, *options)


def write(path, data):
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def codes(answer):
    return [finding["code"] for finding in answer.json["findings"]]


@pytest.mark.parametrize("made", ["utf-8", "latin-1", "cp1252"])
@pytest.mark.parametrize("given", ["utf-8", "latin-1", "cp1252"])
def test_the_same_letters_open_a_p12_in_whatever_encoding_they_were_typed(leaf, tmp_path, made, given):
    letters = LETTERS if "latin-1" in (made, given) else LETTERS + "€"
    path = write(tmp_path / "letters.p12", pkcs12.pair(leaf, letters.encode(made), text=letters))
    answer = examine(path, "--json", password=letters.encode(given))
    assert answer.code == 0, answer
    assert answer.json["entries"][0]["type"] == "key-pair"
    # Other programs read bytes that are no UTF-8 as Latin-1, which has no euro sign.
    is_as_given = letters.encode(made) == letters.encode(given) and not (made == "cp1252" and "€" in letters)
    assert ("P124" in codes(answer)) == (not is_as_given), answer


def test_a_p12_of_a_program_that_took_each_byte_for_a_letter_opens(leaf, tmp_path):
    """As OpenSSL 1.0 did: the MAC under UTF-8 bytes read as Latin-1."""
    path = write(tmp_path / "bytes.p12", pkcs12.pair(leaf, LETTERS.encode(), text=LETTERS.encode().decode("latin-1")))
    assert examine(path, "--json", password=LETTERS.encode()).code == 0


def test_an_encrypted_pem_key_opens_in_either_encoding(leaf, tmp_path):
    given = write(tmp_path / "latin", LETTERS.encode("latin-1"))
    done = subprocess.run(["openssl", "pkcs8", "-topk8", "-in", str(leaf.key), "-passout", f"file:{given}"],
                          capture_output=True, text=True, check=True)
    path = write(tmp_path / "latin.pem", done.stdout + leaf.chain.read_text())
    answer = examine(path, "--json", password=LETTERS.encode())
    assert answer.code == 0 and "P124" in codes(answer), answer


def test_a_wrong_password_with_umlauts_is_still_a_wrong_one(leaf, tmp_path):
    path = write(tmp_path / "wrong.p12", pkcs12.pair(leaf, LETTERS.encode()))
    answer = examine(path, password="pässwörß".encode())
    assert answer.code == 1 and "P101" in answer.err, answer


def other_key_password(leaf, kind, tmp_path):
    """A file whose key has another password ("Key-12345") than the file ("Changeit-1")."""
    path = tmp_path / f"two.{kind}"
    if kind == "p12":
        certs = [pkcs12.cert_bag(pkcs12.der_of(leaf.certificate), alias="mine", key_id=b"\1")]
        key = pkcs12.key_bag(pkcs12.der_of(leaf.key), b"Key-12345", alias="mine", key_id=b"\1")
        return write(path, pkcs12.pfx([pkcs12.part([key]), pkcs12.part(certs, b"Changeit-1")], password="Changeit-1"))
    if kind == "twopass":
        certs = [pkcs12.cert_bag(pkcs12.der_of(leaf.certificate), alias="mine", key_id=b"\1")]
        key = pkcs12.key_bag(pkcs12.der_of(leaf.key), b"Key-12345", alias="mine", key_id=b"\1")
        return write(path, pkcs12.pfx([pkcs12.part([key]), pkcs12.part(certs, b"Key-12345")], password="Changeit-1"))
    made = run("-genkeypair", "-keystore", path, "-storetype", kind, "-storepass", "Changeit-1", "-keypass", "Key-12345",
               "-alias", "mine", "-dname", "CN=two", "-keyalg", "RSA", "-validity", "365", program="keytool")
    assert made.code == 0, made
    return path


@pytest.mark.parametrize("kind", ["p12", "twopass", "jks", "jceks"])
def test_a_key_with_another_password_is_told_and_opens_with_it(leaf, kind, tmp_path):
    path = other_key_password(leaf, kind, tmp_path)
    key = write(tmp_path / "key", "Key-12345")
    told = examine(path, password=b"Changeit-1")
    assert told.code == 1 and "P127" in told.err and "--key-password-file" in told.err, told
    answer = examine(path, "--json", "--key-password-file", key, password=b"Changeit-1")
    assert answer.code == 0 and answer.json["entries"][0]["type"] == "key-pair", answer
    out = tmp_path / "out.p12"
    given = path.with_suffix(".given")
    done = run("keypair", "convert", path, out, "--password-file", given, "--key-password-file", key)
    assert done.code == 0, done
    assert "BEGIN PRIVATE KEY" in openssl("pkcs12", "-in", out, "-passin", "pass:Changeit-1", "-nodes")
    assert run("keypair", "export", path, "--password-file", given, "--key-password-file", key, "--leaf", tmp_path / "l.cer",
               "--key", tmp_path / "k.pem").code == 0


def test_a_key_of_an_unknown_algorithm_is_named(leaf, tmp_path):
    pkcs8 = pkcs12.seq(pkcs12.integer(0), pkcs12.seq(pkcs12.oid(ML_KEM_768)), pkcs12.octets(b"\4\x40" + bytes(64)))
    files = {
        "kem.p12": pkcs12.pfx([pkcs12.part([pkcs12.key_bag(pkcs8, b"Changeit-1", alias="kem")]),
                               pkcs12.part([pkcs12.cert_bag(pkcs12.der_of(leaf.certificate))], b"Changeit-1")],
                              password="Changeit-1"),
        "kem.pem": "-----BEGIN PRIVATE KEY-----\n" + base64.b64encode(pkcs8).decode() + "\n-----END PRIVATE KEY-----\n",
        "kem.der": pkcs8,
    }
    for name, data in files.items():
        answer = examine(write(tmp_path / name, data), password=b"Changeit-1")
        assert answer.code == 1 and "P119" in answer.err and "ML-KEM-768" in answer.err and ML_KEM_768 in answer.err, answer
        assert "damaged" not in answer.err, answer


def test_a_key_of_an_unknown_algorithm_does_not_hide_the_one_beside_it(leaf, tmp_path):
    pkcs8 = pkcs12.seq(pkcs12.integer(0), pkcs12.seq(pkcs12.oid("1.2.3.4.5")), pkcs12.octets(b"\4\0"))
    extra = pkcs12.pair(leaf, b"Changeit-1", extra=[pkcs12.key_bag(pkcs8, b"Changeit-1", alias="odd")])
    answer = examine(write(tmp_path / "odd.p12", extra), "--json", password=b"Changeit-1")
    assert answer.code == 0 and "P119" in codes(answer), answer
    assert [entry["alias"] for entry in answer.json["entries"]] == ["mine"]


def test_a_container_as_base64_text_opens_and_it_is_said(leaf, tmp_path):
    jks = tmp_path / "store.jks"
    assert run("keypair", "convert", leaf.pfx(), jks, "--password-file", leaf.password_file()).code == 0
    for name, data, kind in (("p12", leaf.pfx().read_bytes(), "pkcs12"), ("jks", jks.read_bytes(), "jks")):
        for text in (base64.encodebytes(data), base64.b64encode(data)):
            answer = examine(write(tmp_path / name, text), "--json", password=leaf.password.encode())
            assert answer.code == 0 and answer.json["container"] == kind, answer
            assert "P124" in codes(answer), answer



FOREIGN = {
    "OpenSSH": ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ==\n"
                "-----END OPENSSH PRIVATE KEY-----\n", "ssh-keygen"),
    "PuTTY": ("PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: x\nPublic-Lines: 1\nAAAA\n", "puttygen"),
    "OpenPGP": ("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOYBF\n=abcd\n-----END PGP PRIVATE KEY BLOCK-----\n", ""),
    "SSH public key": ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me@host\n", ""),
    "JWK": ('{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"}\n', ""),
    "public key": ("-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n", ""),
    "BCFKS": (pkcs12.seq(pkcs12.seq(pkcs12.seq(pkcs12.oid(pkcs12.PBES2), pkcs12.seq()), pkcs12.octets(b"x" * 40)),
                         pkcs12.seq(pkcs12.octets(b"y" * 40))), "keytool"),
    "BKS": (bytes.fromhex("0000000200000014") + bytes(60), "keytool"),
    "ZIP": (b"PK\3\4" + bytes(60), ""),
    "web page": ("<!DOCTYPE html>\n<html><body>Log in</body></html>\n", ""),
    "UTF-16": ("-----BEGIN CERTIFICATE-----\n".encode("utf-16"), ""),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_something_else_is_called_by_its_name(name, tmp_path):
    data, command = FOREIGN[name]
    answer = examine(write(tmp_path / "file", data))
    assert answer.code == 1 and "P103" in answer.err and name in answer.err and command in answer.err, answer
    assert "damaged" not in answer.err, answer


def test_the_command_for_an_openssh_key_makes_one_that_opens(tmp_path):
    key = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", key], check=True)
    told = examine(key)
    command = told.err.split("`")[1]
    assert command.startswith("ssh-keygen "), told
    subprocess.run(command, shell=True, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    assert examine(key).code == 0


def test_a_dsa_key_opens_in_every_container(tmp_path):
    params, key, cert = tmp_path / "dsa.params", tmp_path / "dsa.key", tmp_path / "dsa.cer"
    openssl("dsaparam", "-out", params, "1024")
    openssl("gendsa", "-out", key, params)
    openssl("req", "-x509", "-key", key, "-subj", "/CN=dsa", "-days", "30", "-out", cert)
    traditional = write(tmp_path / "dsa.pem", openssl("pkey", "-in", key, "-traditional") + cert.read_text())
    p12, jks = tmp_path / "dsa.p12", tmp_path / "dsa.jks"
    openssl("pkcs12", "-export", "-inkey", key, "-in", cert, "-name", "dsa", "-passout", "pass:Changeit-1", "-out", p12)
    made = run("-importkeystore", "-srckeystore", p12, "-srcstorepass", "Changeit-1", "-destkeystore", jks, "-deststoretype",
               "JKS", "-deststorepass", "Changeit-1", "-noprompt", program="keytool")
    assert made.code == 0, made
    for path in (traditional, p12, jks):
        answer = examine(path, "--json", password=b"Changeit-1")
        assert answer.code == 0 and answer.json["entries"][0]["type"] == "key-pair", answer


def test_a_p12_with_pbmac1_opens_and_a_wrong_password_is_told(leaf, tmp_path):
    path = write(tmp_path / "pbmac1.p12", pkcs12.pair(leaf, b"Changeit-1", mac="pbmac1"))
    assert examine(path, "--json", password=b"Changeit-1").code == 0
    wrong = examine(path, password=b"Changeit-2")
    assert wrong.code == 1 and "P101" in wrong.err, wrong


@pytest.mark.parametrize("count, is_taken", [(5_000_000, True), (5_000_001, False)])
def test_the_iteration_limit_is_the_jdks(leaf, tmp_path, count, is_taken):
    """One PBKDF2 of five million, and the MAC of a few: what Java takes is taken, one more is not."""
    path = write(tmp_path / "count.p12", pkcs12.pair(leaf, b"Changeit-1", mac="pbmac1", iterations=count))
    answer = examine(path, password=b"Changeit-1")
    assert (answer.code == 0) == is_taken, answer
    assert is_taken or ("P117" in answer.err and "5000000" in answer.err), answer


@pytest.mark.parametrize("form", ["bom", "utf-16", "utf-16-be", "crlf"])
def test_a_password_file_of_an_editor_is_taken(leaf, tmp_path, form):
    text = leaf.password + "\r\n"
    data = {"bom": b"\xef\xbb\xbf" + text.encode(), "utf-16": text.encode("utf-16"),
            "utf-16-be": b"\xfe\xff" + text.encode("utf-16-be"), "crlf": text.encode()}[form]
    answer = examine(leaf.pfx(), password=data)
    assert answer.code == 0, answer


def test_a_blank_at_the_end_of_a_password_file_is_told(leaf, tmp_path):
    answer = examine(leaf.pfx(), password=leaf.password.encode() + b" \n")
    assert answer.code == 1 and "P101" in answer.err and "ends in a blank" in answer.err, answer
