"""Security content by the OData API: certificates, key pairs and key stores put in, signed, backed up; credentials."""
import base64
import subprocess

import pytest
from odata import Odata, hexalias
from postern import openssl


@pytest.fixture(scope="module")
def api(server):
    return Odata(server, "security")


@pytest.fixture(scope="module")
def reader(server):
    return Odata(server, "watcher", ["MonitoringDataRead"])


def b64(path_or_bytes):
    data = path_or_bytes if isinstance(path_or_bytes, bytes) else path_or_bytes.read_bytes()
    return base64.b64encode(data).decode()


def entry(api, alias):
    return api.get(f"/KeystoreEntries('{hexalias(alias)}')")


def put_certificate(api, alias, body, **query):
    query = {"fingerprintVerified": "true", "returnKeystoreEntries": "false", "update": "false", **query}
    return api.call("PUT", f"/CertificateResources('{hexalias(alias)}')/$value", body,
                    {"Content-Type": "application/pkix-cert"}, **query)


def generate(api, alias, **more):
    body = {"Hexalias": "00", "Alias": alias, "KeyType": "RSA", "KeySize": 2048, "CommonName": "made, by test",
            "Organization": "Example", "Country": "DE", **more}
    return api.call("POST", "/KeyPairGenerationRequests?returnKeystoreEntries=false", body)


def test_a_certificate_comes_in_every_form_and_asks_for_its_fingerprint(api, department, tmp_path):
    pem = department.root.read_bytes()
    der = tmp_path / "root.der"
    openssl("x509", "-in", department.root, "-outform", "DER", "-out", der)
    unverified = put_certificate(api, "cert-pem", pem, fingerprintVerified="false")
    assert unverified.status == 409 and unverified.d["SubjectDN"].startswith("CN=Example Root")
    assert unverified.d["Status"].startswith("notImported") and entry(api, "cert-pem").status == 404
    for alias, body in (("cert-pem", pem), ("cert-der", der.read_bytes()), ("cert-b64", b64(der).encode())):
        assert put_certificate(api, alias, body).status == 204, alias
        assert entry(api, alias).d["Status"] == "new"
    again = put_certificate(api, "cert-pem", pem)
    assert again.status == 400 and again.error == 'Entry with alias "cert-pem" already exists in keystore "system"'
    listed = put_certificate(api, "cert-pem", pem, update="true", returnKeystoreEntries="true")
    assert listed.status == 200 and "cert-pem" in [e["Alias"] for e in listed.results]
    for wrong in (b"no certificate", b"", pem + department.ca.read_bytes()):
        assert put_certificate(api, "cert-wrong", wrong).status == 400
    assert put_certificate(api, "sap_mine", pem).status in (400, 403)
    assert put_certificate(api, "cert-large", b"\0" * 3_000_000).status == 413


def test_entries_are_renamed_and_deleted(api, department):
    assert put_certificate(api, "old name", department.ca.read_bytes()).status == 204
    path = f"/KeystoreEntries('{hexalias('old name')}')"
    renamed = api.call("PUT", path + "?renameAlias=new%20name&returnHexAlias=true", {"Status": None})
    assert renamed.status == 200 and renamed.text == f"[{hexalias('new name')}]"
    assert entry(api, "old name").status == 404 and entry(api, "new name").status == 200
    assert api.call("PUT", path + "?renameAlias=x", {"Status": None}).status == 404
    path = f"/KeystoreEntries('{hexalias('new name')}')"
    assert api.call("PUT", path, {"Status": None}).status == 400
    assert api.call("DELETE", path + "?keystoreName=KeyRenewal&activate=true").status == 404
    assert api.call("DELETE", path).status == 204
    assert api.call("DELETE", path).status == 404
    assert api.call("DELETE", f"/KeystoreEntries('{hexalias('sap_postern_root')}')").status in (400, 403)


def test_a_key_pair_is_made_as_it_is_asked_for(api):
    assert generate(api, "made-rsa", ValidNotBefore="/Date(1800000000000)/",
                    ValidNotAfter="/Date(1831536000000+0000)/").status == 204
    made = entry(api, "made-rsa").d
    assert (made["Type"], made["KeyType"], made["KeySize"]) == ("Key Pair", "RSA", 2048)
    assert made["SubjectDN"] == "CN=made\\, by test, O=Example, C=DE"
    assert made["ValidNotBefore"] == "/Date(1800000000000+0000)/"
    assert made["ValidNotAfter"] == "/Date(1831536000000+0000)/"
    assert generate(api, "made-ec", KeyType="EC", KeyAlgorithmParameter="secp256r1").status == 204
    assert entry(api, "made-ec").d["EllipticCurve"] == "secp256r1"
    assert generate(api, "made-rsa").status == 400
    for wrong in ({"Country": "Germany"}, {"CommonName": ""}, {"KeyType": "DSA"}, {"KeySize": 512},
                  {"ValidNotAfter": "tomorrow"}, {"ValidNotAfter": "/Date(1000)/"}, {"KeyType": "EC", "KeyAlgorithmParameter": "x"}):
        answer = generate(api, "made-wrong", **wrong)
        assert answer.status == 400 and answer.error, wrong
    assert entry(api, "made-wrong").status == 404


def test_a_key_pair_from_a_p12_asks_for_its_fingerprint_and_its_password(api, department):
    leaf = department.leaf("odata-p12")
    body = {"Hexalias": "00", "Alias": "pair", "Password": leaf.password, "Resource": b64(leaf.pfx(legacy=True))}

    def put(body=body, **query):
        query = {"fingerprintVerified": "true", "returnKeystoreEntries": "false", "update": "false", **query}
        return api.call("POST", "/KeyPairResources", body, None, **query)
    unverified = put(fingerprintVerified="false")
    assert unverified.status == 409 and unverified.d["Type"] == "Key Pair"
    assert put({**body, "Password": "Wrong-1234"}).status == 400
    assert put().status == 204 and entry(api, "pair").d["Type"] == "Key Pair"
    assert put().status == 400 and put(update="true").status == 204
    assert put({**body, "Resource": b64(department.root)}).status == 400
    assert put({**body, "Resource": ""}).status == 400


def test_a_chain_is_taken_for_its_own_key_only(api, department, tmp_path):
    assert generate(api, "signed").status == 204 and generate(api, "other").status == 204
    path = f"/KeystoreEntries('{hexalias('signed')}')"
    request = tmp_path / "signed.csr"
    request.write_bytes(api.get(path + "/SigningRequest/$value").bytes)
    leaf = tmp_path / "signed.cer"
    openssl("x509", "-req", "-in", request, "-CA", department.ca, "-CAkey", department.ca_key, "-CAcreateserial",
            "-CAserial", tmp_path / "serial", "-days", "30", "-out", leaf)
    chain = tmp_path / "chain.p7b"
    openssl("crl2pkcs7", "-nocrl", "-certfile", leaf, "-certfile", department.ca, "-certfile", department.root,
            "-outform", "DER", "-out", chain)

    def put(alias, verified="true"):
        return api.call("PUT", f"/CertificateChainResources('{hexalias(alias)}')/$value", chain.read_bytes(),
                        {"Content-Type": "application/x-pkcs7-certificates"}, fingerprintVerified=verified,
                        returnKeystoreEntries="false")
    assert put("signed", "false").status == 409
    wrong = put("other")
    assert wrong.status == 400 and wrong.error.startswith("The public key of the CA Reply is different")
    assert put("signed").status == 204
    assert [c["SubjectDN"].split(",")[0] for c in api.get(path + "/ChainCertificates").results] == [
        "CN=made\\", "CN=Example Issuing CA", "CN=Example Root"]
    assert put("nobody").status == 404


def test_keys_without_certificate_come_as_rsa_and_ssh(api, tmp_path):
    key = tmp_path / "key.pem"
    openssl("genrsa", "-traditional", "-out", key, "2048")
    der = tmp_path / "key.der"
    openssl("rsa", "-in", key, "-outform", "DER", "-traditional", "-out", der)
    body = {"Hexalias": "AB", "Alias": "rsa-file", "RSAFile": b64(der), "CommonName": "rsa", "Country": "DE"}
    assert api.call("POST", "/RSAKeyGenerationRequests?returnKeystoreEntries=false", body).status == 204
    assert entry(api, "rsa-file").d["SubjectDN"] == "CN=rsa, C=DE"
    ssh = {"Alias": "id_rsa", "SSHFile": b64(key), "CommonName": "ssh", "Country": "DE"}
    answer = api.call("POST", "/SSHKeyGenerationRequests?update=false", ssh)
    assert answer.status == 200 and answer.d["Alias"] == "id_rsa"
    public = api.get(f"/KeystoreEntries('{hexalias('id_rsa')}')/Sshkey/$value").text
    key.chmod(0o600)
    expected = subprocess.run(["ssh-keygen", "-y", "-f", key], capture_output=True, text=True, check=True).stdout
    assert public.split()[:2] == expected.split()[:2]
    assert api.call("POST", "/SSHKeyGenerationRequests?update=false", ssh).status == 400
    assert api.call("POST", "/SSHKeyGenerationRequests?update=true", ssh).status == 200
    assert api.call("POST", "/SSHKeyGenerationRequests", {**ssh, "Alias": "mine"}).status == 400
    own = tmp_path / "own"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", own], check=True)
    refused = api.call("POST", "/SSHKeyGenerationRequests?update=true", {**ssh, "SSHFile": b64(own)})
    assert refused.status == 400 and "OpenSSH" in refused.error


def store_of(department, folder, *aliases):
    jks = folder / ("-".join(aliases) + ".jks")
    for alias in aliases:
        subprocess.run(["keytool", "-importcert", "-noprompt", "-storetype", "JKS", "-keystore", jks, "-storepass",
                        "Secret-1234", "-alias", alias, "-file", department.ca if "ca" in alias else department.root],
                       check=True, capture_output=True)
    return {"Name": "system", "Resource": b64(jks), "Password": "Secret-1234"}


def statuses(answer):
    assert answer.status == 200, answer
    return {e["Alias"]: e["Status"] for e in answer.results}


def test_a_whole_key_store_is_merged_overwritten_and_replaced(api, department, tmp_path):
    path = "/KeystoreResources?returnKeystoreEntries=true&importOption="
    both = store_of(department, tmp_path, "jks-root", "jks-ca", "sap_x")
    first = statuses(api.call("POST", path + "merge", both))
    assert first["jks-root"] == first["jks-ca"] == "new"
    assert first["sap_x"] == ("notImported: The alias is not allowed. Aliases starting with 'sap_' are reserved for "
                              "SAP.")
    second = statuses(api.call("POST", path + "merge", both))
    assert second["jks-ca"] == "notImported: An entry with the same alias already exists"
    assert statuses(api.call("POST", path + "overwrite", both))["jks-ca"] == "unchanged"
    assert generate(api, "jks-pair").status == 204
    pair = store_of(department, tmp_path, "jks-pair")
    assert statuses(api.call("POST", path + "overwrite", pair))["jks-pair"] == (
        "notImported :Key Pair entry cannot be overwritten by a certificate entry.")
    assert api.call("POST", "/KeystoreResources", {"Name": "backup_admin_system"}).status == 204
    before = {e["Alias"] for e in api.get("/KeystoreEntries").results}
    replaced = statuses(api.call("POST", path + "replace", store_of(department, tmp_path, "jks-ca")))
    assert replaced["jks-root"] == "removed" and replaced["jks-ca"] == "unchanged"
    left = {e["Alias"] for e in api.get("/KeystoreEntries", S_filter="Owner ne 'SAP'").results}
    assert left == {"jks-ca"}
    backup = {e["Alias"] for e in api.get("/KeystoreEntries", keystoreName="backup_admin_system").results}
    assert "jks-root" in backup and api.get("/Keystores('backup_admin_system')").d["Size"] == len(backup)
    restore = "/KeystoreResources('system')?retrieveBackup=backup_admin_system"
    assert api.call("PUT", restore, {"Resource": None}).status == 204
    assert {e["Alias"] for e in api.get("/KeystoreEntries").results} == before
    assert api.call("POST", path + "other", both).status == 400
    assert api.call("POST", path + "merge", {**both, "Password": "Wrong-1234"}).status == 400
    assert api.call("POST", path + "merge", {"Name": "x"}).status == 400


def test_many_entries_are_deleted_together_or_not_at_all(api, department):
    for alias in ("del;1", "del\\2", "del3"):
        assert put_certificate(api, alias, department.root.read_bytes()).status == 204
    path = "/KeystoreResources('system')?deleteEntries=true"
    missing = api.call("PUT", path, {"Aliases": "del3;nobody"})
    assert missing.status == 404 and "nobody" in missing.error and entry(api, "del3").status == 200
    assert api.call("PUT", path, {"Aliases": "del\\;1;del\\\\2;del3"}).status == 204
    assert [entry(api, a).status for a in ("del;1", "del\\2", "del3")] == [404, 404, 404]
    assert api.call("PUT", path, {"Aliases": ""}).status == 400
    assert api.call("PUT", "/KeystoreResources('system')", {}).status == 400


def test_user_credentials_are_kept_and_their_passwords_never_told(api):
    body = {"Name": "backend", "Kind": "default", "Description": "the backend", "User": "u", "Password": "Secret-9182",
            "CompanyId": ""}
    assert api.call("POST", "/UserCredentials", body).status == 202
    assert api.call("POST", "/UserCredentials", body).status == 409
    read = api.get("/UserCredentials('backend')")
    assert (read.d["User"], read.d["Kind"], read.d["Description"]) == ("u", "default", "the backend")
    assert read.d["Password"] is None and "Secret-9182" not in read.text
    assert read.d["SecurityArtifactDescriptor"]["Status"] == "DEPLOYED"
    assert api.call("PUT", "/UserCredentials('backend')", {**body, "User": "v"}).status == 202
    assert [c["User"] for c in api.get("/UserCredentials").results if c["Name"] == "backend"] == ["v"]
    assert api.get("/UserCredentials/$count").status == 200
    assert api.call("PUT", "/UserCredentials('nobody')", body).status == 404
    missing = api.call("POST", "/UserCredentials", {"Name": "half", "User": "u"})
    assert missing.status == 400 and "password" in missing.error
    assert api.call("DELETE", "/UserCredentials('backend')").status == 202
    assert api.call("DELETE", "/UserCredentials('backend')").status == 404
    assert api.get("/UserCredentials('backend')").status == 404


@pytest.mark.parametrize("kind, secret, texts", [
    ("SecureParameters", "SecureParam", {"Description": "d"}),
    ("OAuth2ClientCredentials", "ClientSecret", {"TokenServiceUrl": "https://t/", "ClientId": "c", "Scope": "s"})])
def test_secrets_are_kept_sealed_and_never_told(server, api, kind, secret, texts):
    body = {"Name": "n", secret: "Hidden-7261", **texts}
    assert api.call("POST", f"/{kind}", body).status == 202
    assert api.call("POST", f"/{kind}", body).status == 409
    read = api.get(f"/{kind}('n')")
    assert read.d[secret] is None and "Hidden-7261" not in read.text
    assert all(read.d[k] == v for k, v in texts.items())
    for file in server.state.glob("postern.db*"):
        assert b"Hidden-7261" not in file.read_bytes()
    name = next(iter(texts))
    assert api.call("PUT", f"/{kind}('n')", {name: "changed"}).status == 202
    assert api.get(f"/{kind}").results[0][name] == "changed"
    assert api.call("POST", f"/{kind}", {"Name": "m"}).status == 400
    assert api.call("POST", f"/{kind}", {secret: "x"}).status == 400
    assert api.call("PUT", f"/{kind}('m')", {}).status == 404
    assert api.call("POST", f"/{kind}", {"Name": "m", secret: "x" * 40000}).status == 413
    assert api.call("DELETE", f"/{kind}('n')").status == 202
    assert api.call("DELETE", f"/{kind}('n')").status == 404


def test_custom_parameters_of_oauth_credentials_are_expanded(api):
    body = {"Name": "custom", "ClientSecret": "s", "CustomParameters": [{"Key": "k", "Value": "v", "SendAsPartOf": "body"}]}
    assert api.call("POST", "/OAuth2ClientCredentials", body).status == 202
    read = api.get("/OAuth2ClientCredentials('custom')", S_expand="CustomParameters").d
    assert read["CustomParameters"]["results"][0]["Value"] == "v"


def test_there_are_no_access_policies(api):
    assert api.get("/AccessPolicies", S_inlinecount="allpages", S_expand="ArtifactReferences").d["__count"] == "0"
    assert api.get("/ArtifactReferences").results == [] and api.get("/AccessPolicies(1)").status == 404


def test_reading_and_changing_need_their_roles(reader):
    hexed = hexalias("x")
    for method, path in (("PUT", f"/KeystoreEntries('{hexed}')?renameAlias=y"), ("DELETE", f"/KeystoreEntries('{hexed}')"),
                         ("PUT", f"/CertificateResources('{hexed}')/$value"), ("POST", "/KeyPairResources"),
                         ("POST", "/KeyPairGenerationRequests"), ("POST", "/RSAKeyGenerationRequests"),
                         ("POST", "/SSHKeyGenerationRequests"), ("PUT", f"/CertificateChainResources('{hexed}')/$value"),
                         ("POST", "/KeystoreResources"), ("PUT", "/KeystoreResources('system')"),
                         ("POST", "/UserCredentials"), ("PUT", "/UserCredentials('x')"), ("DELETE", "/UserCredentials('x')"),
                         ("POST", "/SecureParameters"), ("DELETE", "/SecureParameters('x')"),
                         ("POST", "/OAuth2ClientCredentials"), ("PUT", "/OAuth2ClientCredentials('x')")):
        answer = reader.call(method, path, {})
        assert answer.status == 403 and "SecurityMaterialEdit" in answer.error, path
