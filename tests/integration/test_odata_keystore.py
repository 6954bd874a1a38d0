"""The OData API: the service itself, logins and roles, and what the keystore tells."""
import base64
import re
import subprocess
import xml.etree.ElementTree

import pytest
from odata import Odata, hexalias, request


@pytest.fixture(scope="module")
def api(server):
    return Odata(server, "tools")


@pytest.fixture(scope="module")
def reader(server):
    return Odata(server, "reader", ["MonitoringDataRead"])


@pytest.fixture(scope="module")
def filled(server, department):
    server.ok("keystore", "import", department.root, "--alias", "example-root")
    server.ok("keystore", "create", "--alias", "own 'key'")
    return server


def test_a_service_document_lists_the_sets_in_json_and_xml(api):
    assert "KeystoreEntries" in api.get("/").d["EntitySets"]
    assert api.get("").status == 200
    answer = api.get("/", {"Accept": "application/atomsvc+xml"})
    assert answer.headers["Content-Type"].startswith("application/atomsvc+xml")
    assert b"MessageProcessingLogs" in answer.bytes
    xml.etree.ElementTree.fromstring(answer.text)


def test_the_metadata_names_entities_with_keys(api):
    answer = api.get("/$metadata")
    assert answer.headers["Content-Type"].startswith("application/xml")
    tree = xml.etree.ElementTree.fromstring(answer.text)
    types = {t.get("Name") for t in tree.iter("{http://schemas.microsoft.com/ado/2008/09/edm}EntityType")}
    assert {"KeystoreEntry", "IntegrationPackage", "MessageProcessingLog"} <= types


def test_without_a_login_nothing_is_told_and_a_wrong_role_is_403(server, api, reader):
    for path in ("/", "/KeystoreEntries", "/Nothing", "/KeystoreEntries('zz')"):
        answer = request(api.root + path)
        assert answer.status == 401 and answer.error
    other = Odata(server, "other", ["SomethingElse"])
    answer = other.get("/KeystoreEntries")
    assert answer.status == 403 and "MonitoringDataRead" in answer.error
    assert reader.get("/KeystoreEntries").status == 200


def test_a_key_of_another_plan_may_not_ask(server, api):
    server.ok("service-instance", "create", "sender", "--service", "it-rt", "--plan", "integration-flow")
    server.ok("service-key", "create", "sender", "k")
    key = server.json("service-key", "get", "sender", "k")
    oauth = key.get("credentials", key)["oauth"]
    basic = "Basic " + base64.b64encode(f"{oauth['clientid']}:{oauth['clientsecret']}".encode()).decode()
    assert request(api.root + "/KeystoreEntries", headers={"Authorization": basic}).status in (401, 403)


def test_a_path_that_is_not_served_is_404_and_a_malformed_one_400(api):
    answer = api.get("/Nothing")
    assert answer.status == 404 and "Nothing" in answer.error
    for path in ("/KeystoreEntries('41", "/KeystoreEntries?$top=x", "/KeystoreEntries?$filter=Nope+eq+1",
                 "/KeystoreEntries('xyz')", "/KeystoreEntries?$unknown=1", "/KeystoreEntries?keystoreName=other"):
        answer = api.get(path)
        assert answer.status == 400 and answer.error, path
    assert api.call("DELETE", "/KeystoreEntries", None).status == 405


def test_entries_have_the_shape_that_tenants_give(filled, department, api):
    entry = api.get(f"/KeystoreEntries('{hexalias('example-root')}')", keystoreName="system").d
    assert entry["Alias"] == "example-root" and entry["Hexalias"] == hexalias("example-root")
    assert (entry["KeyType"], entry["KeySize"], entry["Version"]) == ("RSA", 2048, 3)
    assert entry["SignatureAlgorithm"] == "SHA256withRSA" and entry["EllipticCurve"] is None
    assert entry["SubjectDN"] == "CN=Example Root, O=Example, C=DE"
    assert re.fullmatch(r"/Date\(\d+\+0000\)/", entry["ValidNotAfter"])
    assert re.fullmatch(r"0x[0-9A-F]+", entry["SerialNumber"])
    assert re.fullmatch(r"([0-9A-F]{2}:){31}[0-9A-F]{2}", entry["FingerprintSha256"])
    assert entry["Type"] == "Certificate" and entry["Owner"] == "Tenant Administrator"
    assert entry["Validity"] is None
    uri = entry["Certificate"]["__deferred"]["uri"]
    assert uri == f"{api.root}/KeystoreEntries('{hexalias('example-root')}')/Certificate"


def test_lists_are_selected_filtered_and_counted(filled, api):
    results = api.get("/KeystoreEntries", S_select="Owner,Hexalias,Alias,Type").results
    by_alias = {r["Alias"]: r for r in results}
    assert by_alias["own 'key'"]["Type"] == "Key Pair" and "KeySize" not in by_alias["own 'key'"]
    assert by_alias["sap_postern_root"]["Owner"] == "SAP"
    only = api.get("/KeystoreEntries", S_filter="Type eq 'Key Pair' and Alias eq 'own ''key'''", S_inlinecount="allpages")
    assert only.d["__count"] == "1" and only.results[0]["Alias"] == "own 'key'"
    assert api.get("/KeystoreEntries/$count").text == str(len(results))
    first = api.get("/KeystoreEntries", S_orderby="Alias desc", S_top=1).results
    assert [r["Alias"] for r in first] == [max(by_alias)]
    assert api.get("/KeystoreEntries", S_format="json").status == 200
    assert api.get("/KeystoreEntries", keystoreName="KeyRenewal").results == []
    assert api.get("/HistoryKeystoreEntries").results == []


def test_xml_is_given_to_those_that_ask_for_it_only(filled, api):
    answer = api.get("/KeystoreEntries", {"Accept": "application/atom+xml"})
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    xml.etree.ElementTree.fromstring(answer.text)
    assert b"<d:Alias>example-root</d:Alias>" in answer.bytes
    assert api.get("/KeystoreEntries", {"Accept": "*/*"}).results


def openssl(data, *args):
    done = subprocess.run(["openssl", *args], input=data, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def test_downloads_open_in_openssl(filled, department, api, tmp_path):
    pair, root = f"/KeystoreEntries('{hexalias(chr(39).join(['own ', 'key', '']))}')", \
        f"/KeystoreEntries('{hexalias('example-root')}')"
    answer = api.get(root + "/Certificate/$value", keystoreName="system", rootCA="false")
    assert answer.headers["Content-Type"] == "application/pkix-cert"
    assert 'filename="example-root.cer"' in answer.headers["Content-Disposition"]
    assert openssl(answer.bytes, "x509", "-noout", "-subject") == openssl(department.root.read_bytes(), "x509",
                                                                          "-noout", "-subject")
    assert api.get(pair + "/Certificate/$value", rootCA="true").status == 200
    chain = api.get(pair + "/ChainResource/$value").bytes
    assert "own" in openssl(chain, "pkcs7", "-print_certs", "-noout")
    request_text = api.get(pair + "/SigningRequest/$value").bytes
    assert "own" in openssl(request_text, "req", "-noout", "-subject", "-verify")
    ssh = api.get(pair + "/Sshkey/$value").text
    assert ssh.startswith("ssh-rsa ") and ssh.endswith(" public key for alias own 'key'\n")
    public = tmp_path / "k.pub"
    public.write_text(ssh)
    done = subprocess.run(["ssh-keygen", "-l", "-f", public], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stdout.startswith("2048 "), done.stderr
    assert api.get(pair + "/ChainCertificates").results[0]["Index"] == 0
    assert api.get(root + "/SigningRequest/$value").status == 400


def test_the_whole_keystore_is_told_and_exported(filled, api, tmp_path):
    whole = api.get("/Keystores('system')", S_expand="Entries").d
    assert whole["Size"] == len(whole["Entries"]["results"]) == int(api.get("/Keystores('system')/Size/$value").text)
    assert api.get("/Keystores('nothing')").status == 404
    resource = api.get("/KeystoreResources('system')").d
    jks = tmp_path / "public.jks"
    jks.write_bytes(base64.b64decode(resource["Resource"]))
    done = subprocess.run(["keytool", "-list", "-keystore", jks], input="\n", capture_output=True, text=True,
                          check=False)
    assert "example-root" in done.stdout, done.stdout + done.stderr


def test_an_entry_that_is_not_there_is_404(api):
    answer = api.get(f"/KeystoreEntries('{hexalias('nobody')}')")
    assert answer.status == 404 and "nobody" in answer.error
    assert api.get(f"/KeystoreEntries('{hexalias('nobody')}')/Certificate/$value").status == 404
    assert api.get("/HistoryKeystoreEntries('41')").status == 404
