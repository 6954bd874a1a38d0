"""The client table (src/container/forms.def): each form of file is built and given to each client; what is predicted is what happens."""
import base64
import os
import subprocess

import pytest

import pkcs12
from postern import openssl, run

TEXT = "Changeit-1"
PASSWORD = TEXT.encode()
LETTERS = "pässword-1"
SIGNER = """
const fs = require('fs'), tls = require('tls'), { X509Certificate } = require('crypto');
const [file, passphrase] = process.argv.slice(1), bytes = fs.readFileSync(file);
const text = file.endsWith('.pem') || file.endsWith('.cer') || file.endsWith('.der');
try {
  const made = tls.createSecureContext(text ? { cert: bytes, key: bytes, passphrase } : { pfx: bytes, passphrase });
  const der = made.context.getCertificate();
  console.log(der ? 'opens ' + new X509Certificate(der).subject.replaceAll('\\n', ',') : 'empty');
} catch (error) { console.log('refuses', error.message); }
"""


@pytest.fixture(scope="module")
def leaves(department):
    return department.leaf("table-mine"), department.leaf("table-other")


def bags(leaf, alias, number, password=PASSWORD):
    named = {"alias": alias, "key_id": number} if number else {"alias": alias}
    return pkcs12.key_bag(pkcs12.der_of(leaf.key), password, **named), pkcs12.cert_bag(pkcs12.der_of(leaf.certificate), **named)


def cas(department):
    return [pkcs12.cert_bag(pkcs12.der_of(department.ca)), pkcs12.cert_bag(pkcs12.der_of(department.root))]


def p12(keys, certs, password=PASSWORD, text=TEXT, mac="sha256"):
    return pkcs12.pfx([pkcs12.part(keys), pkcs12.part(certs, password)], mac, text)


def build(form, department, leaves, folder):
    """(bytes, extension, the password as people type it) of a form."""
    mine, other = leaves
    key, cert = bags(mine, "mine", b"\1")
    key_2, cert_2 = bags(other, "other", b"\2")
    ca = cas(department)
    pem = {"key": mine.key.read_text(), "leaf": mine.certificate.read_text(),
           "cas": department.ca.read_text() + department.root.read_text()}

    def keytool(kind):
        out = folder / ("made." + kind)
        done = run("-importkeystore", "-srckeystore", mine.pfx(), "-srcstorepass", mine.password, "-destkeystore", out,
                   "-deststoretype", kind.upper(), "-deststorepass", TEXT, "-destkeypass", TEXT, "-destalias", "mine",
                   "-srcalias", mine.name, "-noprompt", program="keytool")
        assert done.code == 0, done
        return out.read_bytes()

    def by_openssl(*options):
        out = folder / "made.p12"
        openssl("pkcs12", "-export", "-inkey", mine.key, "-in", mine.chain, "-name", "mine", "-passout", "pass:" + TEXT,
                "-out", out, *options)
        return out.read_bytes()

    bare_key, bare_cert = bags(mine, "mine", None)
    bare_2, bare_cert_2 = bags(other, "other", None)
    forms = {
        "plain": lambda: (p12([key], [cert, *ca]), "p12", TEXT),
        "sha1 mac": lambda: (p12([key], [cert, *ca], mac="sha1"), "p12", TEXT),
        "sha512 mac": lambda: (p12([key], [cert, *ca], mac="sha512"), "p12", TEXT),
        "no mac": lambda: (p12([key], [cert, *ca], mac=None), "p12", TEXT),
        "pbmac1": lambda: (p12([key], [cert, *ca], mac="pbmac1"), "p12", TEXT),
        "clear key": lambda: (p12([bags(mine, "mine", b"\1", None)[0]], [cert, *ca]), "p12", TEXT),
        "clear key, no mac": lambda: (p12([bags(mine, "mine", b"\1", None)[0]], [cert, *ca], mac=None), "p12", TEXT),
        "clear certificates": lambda: (p12([key], [cert, *ca], password=None), "p12", TEXT),
        "no key id": lambda: (p12([bare_key], [bare_cert, *ca]), "p12", TEXT),
        "no key id, ca first": lambda: (p12([bare_key], [*ca, bare_cert]), "p12", TEXT),
        "no key id, two keys": lambda: (p12([bare_2, bare_key], [bare_cert_2, bare_cert, *ca]), "p12", TEXT),
        "ca first": lambda: (p12([key], [*reversed(ca), cert]), "p12", TEXT),
        "two keys": lambda: (p12([key_2, key], [cert_2, cert, *ca]), "p12", TEXT),
        "secret beside": lambda: (p12([key, pkcs12.secret_bag(alias="s")], [cert, *ca]), "p12", TEXT),
        "list beside": lambda: (p12([key], [cert, pkcs12.crl_bag(b"0\0"), *ca]), "p12", TEXT),
        "empty password": lambda: (p12([bags(mine, "mine", b"\1", b"")[0]], [cert, *ca], password=b"", text=""), "p12", ""),
        "utf-8 password": lambda: (p12([bags(mine, "mine", b"\1", LETTERS.encode())[0]], [cert, *ca],
                                       password=LETTERS.encode(), text=LETTERS), "p12", LETTERS),
        "latin-1 password": lambda: (p12([bags(mine, "mine", b"\1", LETTERS.encode("latin-1"))[0]], [cert, *ca],
                                         password=LETTERS.encode("latin-1"), text=LETTERS), "p12", LETTERS),
        "key password": lambda: (p12([bags(mine, "mine", b"\1", b"Key-12345")[0]], [cert, *ca]), "p12", TEXT),
        "base64": lambda: (base64.encodebytes(p12([key], [cert, *ca])), "p12", TEXT),
        "rc2": lambda: (by_openssl("-legacy"), "p12", TEXT),
        "3des": lambda: (by_openssl("-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1"), "p12", TEXT),
        "no key": lambda: (p12([], [cert, *ca]), "p12", TEXT),
        "jks": lambda: (keytool("jks"), "jks", TEXT),
        "jceks": lambda: (keytool("jceks"), "jceks", TEXT),
        "pem": lambda: ((pem["key"] + pem["leaf"] + pem["cas"]).encode(), "pem", TEXT),
        "pem, key last": lambda: ((pem["leaf"] + pem["cas"] + pem["key"]).encode(), "pem", TEXT),
        "pem, crlf": lambda: ((pem["key"] + pem["leaf"] + pem["cas"]).replace("\n", "\r\n").encode(), "pem", TEXT),
        "pem, ca first": lambda: ((pem["key"] + pem["cas"] + pem["leaf"]).encode(), "pem", TEXT),
        "pem on one line": lambda: (pem["leaf"].replace("\n", "").encode(), "pem", TEXT),
        "certificate": lambda: (pem["leaf"].encode(), "cer", TEXT),
        "certificate as der": lambda: (pkcs12.der_of(mine.certificate), "der", TEXT),
    }
    return forms[form]()


def by_node(path, password):
    done = subprocess.run(["node", "-e", SIGNER, str(path), password], capture_output=True, text=True, check=True)
    said = done.stdout.strip()
    return "wrong" if said.startswith("opens") and "CN=table-mine" not in said else said.split()[0]


def by_java(path, password):
    """Signing a request needs the key, and the chain beside it shows which certificate Java thinks is its."""
    environment = dict(os.environ, LC_ALL="C.UTF-8")
    common = ["-J-Duser.language=en", "-keystore", str(path), "-storepass", password]
    listed = subprocess.run(["keytool", "-list", "-v", *common], capture_output=True, text=True, env=environment, input="",
                            check=False)
    if listed.returncode:
        return "refuses"
    entries = listed.stdout.split("Alias name: ")[1:]
    keys = {e.split("\n")[0]: e for e in entries if "PrivateKeyEntry" in e}
    if not keys:
        return "empty"
    for alias, entry in keys.items():
        signed = subprocess.run(["keytool", "-certreq", "-alias", alias, *common], capture_output=True, text=True,
                                env=environment, input="", check=False)
        if signed.returncode:
            return "refuses"
        if "CN=table-" not in entry.split("Owner: ")[1].split("\n")[0]:
            return "wrong"
    return "opens", len(keys)


def by_openssl(path, password):
    if path.suffix in (".pem", ".cer", ".der"):
        form = ["-inform", "DER"] if path.suffix == ".der" else []
        done = subprocess.run(["openssl", "x509", "-in", str(path), "-noout", "-subject", *form], capture_output=True,
                              text=True, check=False)
        if done.returncode:
            return "refuses"
        key = subprocess.run(["openssl", "pkey", "-in", str(path), "-noout", *form], capture_output=True, check=False)
        return "empty" if key.returncode else "opens" if "table-mine" in done.stdout else "wrong"
    done = subprocess.run(["openssl", "pkcs12", "-in", str(path), "-nodes", "-passin", "pass:" + password],
                          capture_output=True, text=True, check=False)
    return "refuses" if done.returncode else "opens" if "PRIVATE KEY" in done.stdout else "empty"


@pytest.mark.parametrize("form", [
    "plain", "sha1 mac", "sha512 mac", "no mac", "pbmac1", "clear key", "clear key, no mac", "clear certificates", "no key id",
    "no key id, ca first", "no key id, two keys", "ca first", "two keys", "secret beside", "list beside", "empty password",
    "utf-8 password", "latin-1 password", "key password", "base64", "rc2", "3des", "no key", "jks", "jceks", "pem",
    "pem, key last", "pem, crlf", "pem, ca first", "pem on one line", "certificate", "certificate as der"])
def test_what_is_predicted_of_a_client_is_what_happens(department, leaves, tmp_path, form):
    data, extension, typed = build(form, department, leaves, tmp_path)
    path, given, key = tmp_path / ("store." + extension), tmp_path / "given", tmp_path / "key"
    path.write_bytes(data)
    given.write_text(typed)
    key.write_text("Key-12345")
    answer = run("keypair", "examine", path, "--password-file", given, "--json",
                 *(["--key-password-file", key] if form == "key password" else []))
    assert answer.code == 0, answer
    predicted = {c["client"]: c["outcome"] for c in answer.json["clients"]}
    java = by_java(path, typed)
    if java == ("opens", 1) and "two keys" in form:
        java = "wrong"
    happened = {"node": by_node(path, typed), "java": java[0] if isinstance(java, tuple) else java,
                "openssl": by_openssl(path, typed)}
    assert predicted == happened, answer
    # Whatever a client refuses is told to people, too, with what mends it.
    codes = {f["code"] for f in answer.json["findings"]}
    modern = set(predicted.values()) - {"opens"} and extension == "p12"
    assert not modern or codes & {"P102", "P104", "P105", "P120", "P121", "P122", "P124"}, answer


def test_a_pem_on_one_line_is_an_empty_trust_store_to_node(department, server, tmp_path):
    """Nothing is said by Node: the call fails as if the server were a stranger."""
    call = ("require('https').get(process.argv[1], { ca: require('fs').readFileSync(process.argv[2]) }, "
            "a => console.log(a.statusCode)).on('error', e => console.log(e.code))")
    one_line = tmp_path / "ca.pem"
    with open(server.ca) as f:
        text = f.read()
    one_line.write_text(text.replace("\n", ""))
    good = subprocess.run(["node", "-e", call, server.gateway + "/http/x", server.ca], capture_output=True, text=True, check=True)
    bad = subprocess.run(["node", "-e", call, server.gateway + "/http/x", one_line], capture_output=True, text=True, check=True)
    assert good.stdout.strip().isdigit() and not bad.stdout.strip().isdigit(), (good, bad)
    answer = run("keypair", "examine", one_line, "--json")
    assert "P122" in [f["code"] for f in answer.json["findings"]], answer
