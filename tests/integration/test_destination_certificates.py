"""Certificates of destinations: public keys, re-encryption on upload, Postern's own, trust key pairs."""
import base64
import xml.etree.ElementTree as xml

import pytest

from destination import Api
from everything import helpers_started
from postern import openssl

CERTIFICATES = "subaccountCertificates"


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


def encoded(path):
    return base64.b64encode(path.read_bytes()).decode()


def content(api, name, out):
    out.write_bytes(base64.b64decode(api.ask("GET", f"{CERTIFICATES}/{name}")[1]["Content"]))
    return out


def subject(path):
    return openssl("x509", "-in", path, "-noout", "-subject", "-nameopt", "RFC2253").strip()


def test_public_keys_of_a_pem_are_told_however_its_key_is_protected(api, department, tmp_path):
    leaf = department.leaf("public")
    openssl("pkcs8", "-topk8", "-in", leaf.key, "-out", tmp_path / "key", "-passout", "pass:x")
    both = tmp_path / "both.pem"
    both.write_text((tmp_path / "key").read_text() + leaf.chain.read_text())
    assert api.status("POST", CERTIFICATES, {"Name": "public.pem", "Content": encoded(both)}) == 201
    status, keys, headers = api.ask("GET", CERTIFICATES + "/public.pem/publicKeys")
    assert status == 200 and len(headers["etag"]) == 64
    assert "CN=public" in keys[0]["SubjectDN"] and "Alias" not in keys[0]
    assert keys[0]["Content"].startswith("-----BEGIN CERTIFICATE-----") and "PRIVATE" not in keys[0]["Content"]
    assert api.status("GET", CERTIFICATES + "/public.pem/publicKeys", None, "-H", "If-None-Match: " + headers["etag"]) == 304
    assert api.status("GET", CERTIFICATES + "/public.pem/publicKeys", None, "-H", "If-Match: x") == 412


def test_public_keys_of_a_protected_key_store_cannot_be_told(api, department):
    leaf = department.leaf("protected")
    api.status("POST", CERTIFICATES, {"Name": "protected.p12", "Content": encoded(leaf.pfx())})
    assert api.ask("GET", CERTIFICATES + "/protected.p12/publicKeys")[:2] == (
        400, {"ErrorMessage": "The keystore is password-protected and public keys cannot be retrieved"})
    assert api.status("GET", CERTIFICATES + "/absent.p12/publicKeys") == 404


def told_by_helpers(server, api, name):
    """The answer of publicKeys, and how many helpers were started for it."""
    before = helpers_started(server)
    status, answer, _ = api.ask("GET", f"{CERTIFICATES}/{name}/publicKeys")
    return status, answer, helpers_started(server) - before


@pytest.mark.parametrize("form", ["pem", "p12"])
def test_a_helper_reads_the_public_keys_of_a_file_once(server, api, department, form):
    name, leaf, other = "once." + form, department.leaf("once-" + form), department.leaf("twice-" + form)
    files = {"pem": lambda one: one.chain, "p12": lambda one: one.pfx()}[form]
    assert api.status("POST", CERTIFICATES, {"Name": name, "Content": encoded(files(leaf))}) == 201
    status, answer, started = told_by_helpers(server, api, name)
    assert started == 1
    assert told_by_helpers(server, api, name) == (status, answer, 0)
    assert api.status("PUT", CERTIFICATES, {"Name": name, "Content": encoded(files(other))}) == 200
    status, now, started = told_by_helpers(server, api, name)
    assert started == 1 and (form == "p12" or (answer != now and "CN=twice" in now[0]["SubjectDN"]))
    assert told_by_helpers(server, api, name) == (status, now, 0)


def test_what_was_read_of_a_file_is_not_told_once_it_is_deleted(api, department):
    leaf = department.leaf("gone")
    assert api.status("POST", CERTIFICATES, {"Name": "gone.pem", "Content": encoded(leaf.chain)}) == 201
    assert api.status("GET", CERTIFICATES + "/gone.pem/publicKeys") == 200
    assert api.status("DELETE", CERTIFICATES + "/gone.pem") == 200
    assert api.status("GET", CERTIFICATES + "/gone.pem/publicKeys") == 404


def test_a_legacy_pfx_is_taken_and_the_answer_says_what_will_happen_and_what_mends_it(api, department):
    leaf = department.leaf("legacy")
    upload = {"Name": "legacy.pfx", "Content": encoded(leaf.pfx(legacy=True))}
    status, _, headers = api.ask("POST", CERTIFICATES, upload)
    assert status == 201 and "P102" in headers["x-postern-warning"] and "normalize" in headers["x-postern-warning"]
    _, _, headers = api.ask("PUT", CERTIFICATES, {"Name": "legacy.pfx", "Content": encoded(leaf.pfx())})
    assert "D404" in headers["x-postern-warning"] and ".p12" in headers["x-postern-warning"]


def test_a_legacy_pfx_is_re_encrypted_on_its_way_in(api, department, tmp_path):
    leaf = department.leaf("normal")
    upload = {"Name": "normal.pfx", "Content": encoded(leaf.pfx(legacy=True)), "Password": leaf.password}
    status, answer, headers = api.ask("POST", CERTIFICATES + "?normalize=true", upload)
    assert (status, answer) == (201, "") and "normal.p12" in headers["x-postern-warning"]
    stored = content(api, "normal.p12", tmp_path / "normal.p12")
    shown = openssl("pkcs12", "-in", stored, "-passin", f"pass:{leaf.password}", "-nodes")
    assert "BEGIN PRIVATE KEY" in shown and shown.count("BEGIN CERTIFICATE") == 3
    assert api.status("GET", CERTIFICATES + "/normal.pfx") == 404
    assert api.status("POST", CERTIFICATES + "?normalize=true", upload) == 409
    assert api.ask("PUT", CERTIFICATES + "?normalize=true", upload)[:2] == (200, {"Count": 1})
    status, answer, _ = api.ask("POST", CERTIFICATES + "?normalize=true", dict(upload, Name="n2.pfx", Password="wrong"))
    assert status == 400 and answer["ErrorMessage"]
    for missing in ("Password", "Name", "Content"):
        assert api.status("POST", CERTIFICATES + "?normalize=true", dict(upload, **{missing: ""})) == 400
    assert api.status("POST", CERTIFICATES + "?normalize=true", [upload]) == 400


@pytest.mark.parametrize("ending", ["pem", "p12", "jks"])
def test_a_certificate_is_made_from_attributes_in_the_form_its_name_says(api, tmp_path, ending):
    name = "made." + ending
    order = {"Name": name, "Attributes": {"CN": "a, b", "Validity": {"TimeUnit": "MONTHS", "Value": 2}, "Password": "changeit"}}
    assert api.ask("POST", CERTIFICATES, order)[:2] == (201, "")
    stored = content(api, name, tmp_path / name)
    if ending == "p12":
        openssl("pkcs12", "-in", stored, "-passin", "pass:changeit", "-nokeys", "-clcerts", "-out", tmp_path / "leaf")
        assert subject(tmp_path / "leaf") == "subject=CN=a\\, b"
    if ending == "pem":
        assert "ENCRYPTED PRIVATE KEY" in stored.read_text() and subject(stored) == "subject=CN=a\\, b"
        dates = openssl("x509", "-in", stored, "-noout", "-enddate")
        assert openssl("x509", "-in", stored, "-noout", "-checkend", str(58 * 86400)), dates
    keys = api.ask("GET", f"{CERTIFICATES}/{name}/publicKeys")[1]
    assert keys[0]["SubjectDN"] == "CN=a\\, b" and keys[0]["Content"].count("BEGIN") == 3
    assert api.status("POST", CERTIFICATES, order) == 409
    assert api.ask("PUT", CERTIFICATES, order)[:2] == (200, {"Count": 1})


def test_a_certificate_is_made_from_a_csr_whose_subject_does_not_count(api, tmp_path):
    openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "key", "-out", tmp_path / "csr",
            "-subj", "/CN=ignored")
    order = {"Name": "csr.pem", "Attributes": {"CN": "wanted", "CSR": encoded(tmp_path / "csr"), "AutomaticRenew": True}}
    assert api.status("POST", CERTIFICATES, order) == 201
    stored = content(api, "csr.pem", tmp_path / "csr.pem")
    assert subject(stored) == "subject=CN=wanted" and "PRIVATE" not in stored.read_text()
    assert openssl("x509", "-in", stored, "-noout", "-pubkey") == openssl("pkey", "-in", tmp_path / "key", "-pubout")
    assert api.status("POST", CERTIFICATES, dict(order, Name="csr.p12")) == 400


@pytest.mark.parametrize("name,attributes", [
    ("x.cer", {}), ("x.p12", {}), ("x.pem", []), ("x.txt", {}), ("x.pem", {"CN": "c" * 65}), ("x.pem", {"CSR": "AAAA"}),
    ("x.pem", {"Validity": {"TimeUnit": "WEEKS", "Value": 1}}), ("x.pem", {"Validity": {"TimeUnit": "DAYS", "Value": 0}}),
    ("x.pem", {"Validity": {"TimeUnit": "YEARS", "Value": 11}}), ("x.pem", {"Password": "p" * 129})])
def test_attributes_that_make_no_certificate_are_refused(api, name, attributes):
    status, answer, _ = api.ask("POST", CERTIFICATES, {"Name": name, "Attributes": attributes})
    assert status == 400 and answer["ErrorMessage"]
    assert api.status("PUT", CERTIFICATES, {"Name": "absent.pem", "Attributes": {}}) == 404


def test_a_generated_certificate_stands_alone_in_its_call(api):
    status, answer, _ = api.ask("POST", CERTIFICATES, [{"Name": "many.pem", "Attributes": {}}])
    assert status == 207 and answer[0]["status"] == 400


def test_trust_key_pairs_are_made_rotated_and_told_as_metadata(api):
    trust = "saml2Metadata/certificate"
    assert api.status("GET", "saml2Metadata") == 404
    status, answer, _ = api.ask("GET", trust)
    assert status == 404 and answer["ErrorMessage"].startswith("Keypair for subaccount - ")
    status, answer, _ = api.ask("POST", "saml2Metadata/rotateCertificate")
    assert status == 404 and answer["ErrorMessage"].endswith("does not exist")
    active = api.ask("POST", trust)[1]["certificate"]
    passive = api.ask("POST", trust + "/passive")[1]["certificate"]
    assert active != passive and api.ask("GET", trust)[1] == {"certificate": active}
    assert api.ask("POST", trust, {})[:2] == (400, {"ErrorMessage": "Request body should be empty!"})
    rotated = api.ask("POST", "saml2Metadata/rotateCertificate")[1]
    assert rotated == {"activeCertificate": passive, "passiveCertificate": active}
    document = xml.fromstring(base64.b64decode(api.ask("GET", "saml2Metadata")[1]["idpMetadata"]))
    told = [one.text for one in document.iter("{http://www.w3.org/2000/09/xmldsig#}X509Certificate")]
    assert told == ["".join(pem.split("\n")[1:-2]) for pem in (passive, active)]
    assert api.ask("POST", trust)[1]["certificate"] != passive
    assert api.ask("DELETE", trust + "/passive")[:2] == (200, {"Count": 1})
    assert api.status("DELETE", trust + "/passive") == 404


def test_a_cache_that_there_is_not_is_cleared_all_the_same(api):
    assert api.status("DELETE", "/destination-configuration/maintenance/v1/caches/ias") == 200


def test_the_command_line_uploads_generates_and_labels(server, department, tmp_path):
    leaf = department.leaf("typed")
    legacy = leaf.pfx(legacy=True)
    told = server.ok("destination-certificate", "upload", legacy, "--normalize", "--password-file", leaf.password_file())
    assert "typed-legacy.p12" in told.err
    server.ok("destination-certificate", "get", "typed-legacy.p12", "--out", tmp_path / "stored.p12")
    openssl("pkcs12", "-in", tmp_path / "stored.p12", "-passin", f"pass:{leaf.password}", "-nokeys", "-out", tmp_path / "c")
    server.ok("destination-certificate", "generate", "--name", "typed.pem", "--cn", "typed", "--days", "30", "--renew")
    assert server.json("destination-certificate", "public-keys", "typed.pem")[0]["SubjectDN"] == "CN=typed"
    openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "k", "-out", tmp_path / "csr", "-subj", "/CN=x")
    server.ok("destination-certificate", "generate", "--name", "csr2.pem", "--csr", tmp_path / "csr")
    assert server.run("destination-certificate", "generate", "--name", "typed.p12").code == 1
    labels = server.json("destination-certificate", "label", "typed.pem", "--add", "stage=dev,test", "--add", "team=a")
    assert labels == [{"key": "stage", "values": ["dev", "test"]}, {"key": "team", "values": ["a"]}]
    assert server.json("destination-certificate", "label", "typed.pem", "--remove", "stage=dev", "--remove", "team") == [
        {"key": "stage", "values": ["test"]}]


def test_the_command_line_keeps_fragments(server):
    server.ok("destination-fragment", "create", "typed", "--set", "URL=https://a.invalid", "--set", "clientSecret=hush")
    assert server.run("destination-fragment", "create", "typed").code == 5
    server.ok("destination-fragment", "update", "typed", "--set", "Description=new")
    shown = server.ok("destination-fragment", "get", "typed").out
    assert "https://a.invalid" in shown and "new" in shown and "hush" not in shown
    assert [one["FragmentName"] for one in server.json("destination-fragment", "list")] == ["typed"]
    server.ok("destination-fragment", "label", "typed", "--add", "k=v")
    server.ok("destination-fragment", "delete", "typed")
    assert server.run("destination-fragment", "get", "typed").code == 3
