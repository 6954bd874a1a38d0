"""`postern bind`: the files that apps read on a laptop, and what happens to what stood in them."""
import json
import os

import pytest


def test_default_env_holds_the_binding_as_vcap_services_does(server, tmp_path):
    server.ok("bind", "--default-env", cwd=tmp_path)
    file = tmp_path / "default-env.json"
    assert json.loads(file.read_text())["VCAP_SERVICES"] == json.loads(server.ok("bind", "--vcap").out)
    assert os.stat(file).st_mode & 0o077 == 0


def test_a_file_that_is_there_keeps_everything_else_it_says(server, tmp_path):
    env, cap = tmp_path / "default-env.json", tmp_path / ".cdsrc-private.json"
    env.write_text(json.dumps({"destinations": [{"name": "OWN"}], "VCAP_SERVICES": {"xsuaa": [{"name": "u"}],
                                                                                  "destination": [{"name": "old"}]}}))
    cap.write_text(json.dumps({"requires": {"[hybrid]": {"db": {"kind": "hana"}}, "auth": "mocked"}}))
    server.ok("bind", "--default-env", cwd=tmp_path)
    server.ok("bind", "--cap", cwd=tmp_path)
    said = json.loads(env.read_text())
    assert said["destinations"] == [{"name": "OWN"}] and said["VCAP_SERVICES"]["xsuaa"] == [{"name": "u"}]
    assert [b["name"] for b in said["VCAP_SERVICES"]["destination"]] == ["destination"]
    said = json.loads(cap.read_text())["requires"]
    assert said["auth"] == "mocked" and said["[hybrid]"]["db"] == {"kind": "hana"}
    assert said["[hybrid]"]["destinations"]["credentials"]["clientid"]
    assert json.loads(cap.read_text())["features"]["[hybrid]"]["emulate_vcap_services"] is True


def test_a_file_that_is_no_json_object_is_left_as_it_is(server, tmp_path):
    for name, how in (("default-env.json", "--default-env"), (".cdsrc-private.json", "--cap")):
        for text in ("{ half", "[1]"):
            (tmp_path / name).write_text(text)
            answer = server.run("bind", how, cwd=tmp_path)
            assert answer.code == 1 and name in answer.err and "--out" in answer.err
            assert (tmp_path / name).read_text() == text


def test_out_names_another_file_or_standard_output(server, tmp_path):
    server.ok("bind", "--default-env", "--out", tmp_path / "other.json")
    printed = server.ok("bind", "--default-env", "--out", "-").out
    assert json.loads(printed) == json.loads((tmp_path / "other.json").read_text())


@pytest.fixture(scope="module")
def stores(server, department, tmp_path_factory):
    """Destinations with key stores in the forms that people have; returns the server."""
    folder = tmp_path_factory.mktemp("stores")
    leaf = department.leaf("forms")
    legacy, modern = leaf.pfx(legacy=True), leaf.pfx()
    for name, source in (("old.p12", legacy), ("new.pfx", modern), ("good.p12", modern), ("lies.p12", leaf.certificate)):
        (folder / name).write_bytes(source.read_bytes())
        server.ok("destination-certificate", "upload", folder / name)
    for name, location in (("OLD", "old.p12"), ("PFX", "new.pfx"), ("GOOD", "good.p12"), ("LIES", "lies.p12"),
                           ("GONE", "gone.p12")):
        server.ok("destination", "create", "-c", json.dumps({
            "Name": name, "Type": "HTTP", "URL": "https://localhost/", "ProxyType": "Internet",
            "Authentication": "ClientCertificateAuthentication", "KeyStoreLocation": location, "KeyStorePassword": "x"}))
    return server


def told(answer):
    """{destination: (code, sentence)} of the findings on standard error."""
    found = {}
    for line in answer.err.splitlines():
        words = line.split()
        if "destination" in words and words[0][0] in "DP" and words[0][1:].isdigit():
            found[words[words.index("destination") + 1]] = (words[0], line)
    return found


def test_key_stores_that_a_client_cannot_use_are_told_with_the_mend(stores):
    answer = stores.ok("bind", "--vcap")
    assert "findings" not in answer.out
    found = told(answer)
    assert {name: code for name, (code, _) in found.items()} == {"OLD": "P102", "PFX": "D404", "LIES": "D404"}
    assert "approuter" in found["PFX"][1] and "Java" not in found["PFX"][1]
    assert "JavaScript" in found["OLD"][1] and "for Java:" not in found["OLD"][1]
    assert "D402" in answer.err and "postern keypair convert new.pfx new.p12" in answer.err


@pytest.mark.parametrize("client,codes", [
    ("sdk-java", {"LIES": "D404"}), ("sdk-js", {"OLD": "P102", "LIES": "D404"}),
    ("approuter", {"OLD": "P102", "PFX": "D404", "LIES": "D404"})])
def test_only_the_clients_named_count(stores, client, codes):
    found = told(stores.ok("bind", "--vcap", "--client", client))
    assert {name: code for name, (code, _) in found.items()} == codes


def test_caps_own_file_is_checked_for_cap(stores, tmp_path):
    assert set(told(stores.ok("bind", "--cap", cwd=tmp_path))) == {"OLD", "LIES"}


def test_a_client_that_is_not_known_is_refused_with_those_that_are(stores):
    answer = stores.run("bind", "--vcap", "--client", "browser")
    assert answer.code == 1 and "sdk-java" in answer.err and not answer.out


@pytest.mark.parametrize("form", [["--vcap"], ["--env"], ["--default-env"], ["--cap"], ["--k8s", "bindings"]])
def test_a_binding_with_a_certificate_says_in_every_form_which_ca_it_needs(server, tmp_path, form):
    assert str(server.ca) in server.ok("bind", *form, "--x509", cwd=tmp_path).err
    told = server.ok("bind", *form, "--x509", "--client", "approuter@16", "--client", "sdk-java", cwd=tmp_path).err
    assert f"approuter@16: needs XS_CACERT_PATH={server.ca}" in told and f"approuter@16: needs NODE_EXTRA_CA_CERTS={server.ca}" in told
    assert "sdk-java: needs" in told and "keytool" in told


def test_a_client_has_a_name_and_maybe_a_version(server):
    assert "needs nothing" in server.ok("bind", "--vcap", "--client", "approuter@21.2.0").err
    assert server.run("bind", "--vcap", "--client", "approuter@old").code == 2
    assert server.run("bind", "--vcap", "--client", "nobody@3").code != 0


def test_find_names_the_trust_store_at_its_top_too(server):
    server.ok("destination", "create", "-c", json.dumps({"Name": "TOP", "Type": "HTTP", "URL": server.gateway + "/http/x", "ProxyType": "Internet",
                                                         "Authentication": "NoAuthentication"}))
    found = server.json("destination", "find", "TOP")
    assert found["TrustStoreLocation"] == found["destinationConfiguration"]["TrustStoreLocation"] == "postern-ca.pem"
