"""Destinations: what breaks on their side, what doctor says of it, and that its repair mends it."""
import json
import shlex
import socket
import subprocess
import urllib.request

import pytest

from furnish import ORDERS, furnished, make_endpoint, make_instance
from postern import PROGRAM



@pytest.fixture(scope="module")
def world(server, department, tmp_path_factory):
    folder = tmp_path_factory.mktemp("destinations")
    leaf = furnished(server, department, "sender", *ORDERS)
    p12 = folder / "sender.p12"
    p12.write_bytes(leaf.pfx().read_bytes())
    server.ok("destination-certificate", "upload", p12)
    return folder, leaf


def destination(server, leaf, name, **changes):
    body = {"Name": name, "Type": "HTTP", "URL": server.gateway + "/http/orders", "ProxyType": "Internet",
            "Authentication": "ClientCertificateAuthentication", "KeyStoreLocation": "sender.p12",
            "KeyStorePassword": leaf.password}
    body.update(changes)
    server.ok("destination", "create", "-c", json.dumps({k: v for k, v in body.items() if v is not None}))


def first_broken(server, name):
    doctor = server.run("doctor", name, "--json")
    assert doctor.json["ok"] is False
    assert doctor.code == 10 + doctor.json["first_broken"]
    step = [s for s in doctor.json["steps"] if s["step"] == doctor.json["first_broken"]][0]
    errors = [f for f in step["findings"] if f["severity"] == "error"]
    assert len(doctor.json["steps"]) == 5, "doctor stops at nothing"
    return doctor.code, errors[0]


def typed(server, folder, command, values):
    """Type a repair as it is printed, with the file it asks for put in, in the folder of the files."""
    words = shlex.split(command.strip("`"))
    assert words[0] == "postern"
    words = [values.get(word, word) for word in words]
    done = subprocess.run([PROGRAM, *words[1:], "--state-dir", str(server.state)], cwd=folder, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, (words, done.stderr)


def repair(fix):
    return fix.split("`")[1]


def test_a_wrong_key_store_password_is_d403_and_its_repair_mends_it(server, world):
    folder, leaf = world
    destination(server, leaf, "WRONG_PASSWORD", KeyStorePassword="nope")
    code, finding = first_broken(server, "WRONG_PASSWORD")
    assert (code, finding["code"]) == (14, "D403")
    assert server.run("destination", "check", "WRONG_PASSWORD").code == 1
    (folder / "password").write_text(leaf.password)
    typed(server, folder, repair(finding["fix"]), {"FILE": "password"})
    assert server.run("doctor", "WRONG_PASSWORD").code == 0


def test_a_missing_key_store_location_is_d402_and_its_repair_mends_it(server, world):
    folder, leaf = world
    destination(server, leaf, "MISSING_STORE", KeyStoreLocation="other.p12")
    code, finding = first_broken(server, "MISSING_STORE")
    assert (code, finding["code"]) == (14, "D402")
    (folder / "other.p12").write_bytes((folder / "sender.p12").read_bytes())
    typed(server, folder, repair(finding["fix"]), {})
    assert server.run("doctor", "MISSING_STORE").code == 0


def test_an_http_url_is_d401_and_its_repair_mends_it(server, world):
    folder, leaf = world
    destination(server, leaf, "PLAIN", URL=(server.gateway + "/http/orders").replace("https://", "http://"))
    code, finding = first_broken(server, "PLAIN")
    assert (code, finding["code"]) == (14, "D401")
    typed(server, folder, repair(finding["fix"]), {})
    assert server.run("doctor", "PLAIN").code == 0


def test_a_missing_service_key_is_step_3_s301_and_its_repair_mends_it(server, world, department):
    folder, leaf = world
    stray = department.leaf("stray")
    (folder / "stray.p12").write_bytes(stray.pfx().read_bytes())
    server.ok("destination-certificate", "upload", folder / "stray.p12")
    destination(server, stray, "STRAY", KeyStoreLocation="stray.p12")
    code, finding = first_broken(server, "STRAY")
    assert (code, finding["code"]) == (13, "S301")
    check = server.run("destination", "check", "STRAY", "--json")
    assert check.code == 1
    assert check.json["reachable"] and not check.json["authenticated"] and not check.json["authorised"]
    assert check.json["success"] is True, "SAP's verdict: below 500 is success"
    assert check.json["code"] == "S301" and check.json["status"] == 401
    make_instance(server, "another")
    typed(server, folder, repair(finding["fix"]), {})
    assert server.run("doctor", "STRAY").code == 0


def test_a_missing_root_is_step_2_k201(server, world, stranger):
    folder, _ = world
    leaf = stranger.leaf("far")
    (folder / "far.p12").write_bytes(leaf.pfx().read_bytes())
    server.ok("destination-certificate", "upload", folder / "far.p12")
    destination(server, leaf, "FAR", KeyStoreLocation="far.p12")
    code, finding = first_broken(server, "FAR")
    assert (code, finding["code"]) == (12, "K201")


def test_a_missing_role_is_step_3_s307_and_its_repair_mends_it(server, world):
    folder, leaf = world
    server.ok("artifact", "create", "special", "--address", "/special", "--role", "Special.send", "--reply", "ok")
    destination(server, leaf, "SPECIAL", URL=server.gateway + "/http/special")
    code, finding = first_broken(server, "SPECIAL")
    assert (code, finding["code"]) == (13, "S307")
    typed(server, folder, repair(finding["fix"]), {})
    assert server.run("doctor", "SPECIAL").code == 0


def test_an_unknown_destination_is_exit_3_with_the_service_s_own_text(server, world):
    answer = server.run("destination", "find", "NOPE")
    assert answer.code == 3, answer


def token(server):
    entry = json.loads(server.ok("bind", "--vcap").out)["destination"][0]
    credentials = entry["credentials"]
    body = (f"grant_type=client_credentials&client_id={urllib.request.quote(credentials['clientid'])}"
            f"&client_secret={urllib.request.quote(credentials['clientsecret'])}")
    with urllib.request.urlopen(credentials["url"] + "/oauth/token", data=body.encode()) as answer:
        return credentials, json.load(answer)


def ask(url, access, method="GET"):
    request = urllib.request.Request(url, headers={"Authorization": "Bearer " + access}, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read() or b"null")


def test_find_destination_answers_in_the_shape_that_clients_read(server, world):
    _, leaf = world
    destination(server, leaf, "FOUND")
    credentials, answer = token(server)
    assert answer["token_type"].lower() == "bearer" and answer["expires_in"] > 0
    url = credentials["uri"] + "/destination-configuration/v1/destinations/"
    status, found = ask(url + "FOUND", answer["access_token"])
    assert status == 200
    assert found["owner"]["SubaccountId"] and found["owner"]["InstanceId"] is None
    assert found["destinationConfiguration"]["KeyStorePassword"] == leaf.password
    assert found["certificates"][0]["Name"] == "sender.p12" and found["certificates"][0]["Type"] == "CERTIFICATE"
    assert "authTokens" not in found
    assert ask(url + "NOPE", answer["access_token"]) == (
        404, {"ErrorMessage": "Configuration with the specified name was not found"})
    assert ask(url + "FOUND", answer["access_token"][:-3] + "AAA")[0] == 401


@pytest.mark.parametrize("path", ["/admin/v1/keystore", "/destination-configuration/v1/subaccountDestinations", "/admin/v1/messages"])
def test_management_over_tcp_needs_a_login(server, path):
    status = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", server.management + path],
                            capture_output=True, text=True, check=False).stdout
    assert status == "401"


def test_a_request_that_names_another_host_is_refused(server):
    status = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Host: evil.example",
                             server.management + "/livez"], capture_output=True, text=True, check=False).stdout
    assert status in ("403", "421")


def test_a_check_sends_the_user_and_password_of_a_basic_destination(server):
    make_endpoint(server, "basic-echo")
    make_instance(server, "basic-rt")
    server.ok("service-key", "create", "basic-rt", "k", "-c", '{"key-type":"clientid-secret"}')
    credentials = json.loads(server.ok("service-key", "get", "basic-rt", "k", "--vcap").out)["it-rt"][0]["credentials"]["oauth"]
    server.ok("destination", "create", "-c", json.dumps({
        "Name": "BASIC", "Type": "HTTP", "URL": server.gateway + "/http/basic-echo", "ProxyType": "Internet",
        "Authentication": "BasicAuthentication", "User": credentials["clientid"], "Password": credentials["clientsecret"]}))
    assert server.json("destination", "check", "BASIC")["authorised"] is True


@pytest.mark.parametrize("name", ["x-a\rx-injected", "x-a\nx-injected", "x-a: 1\r\nx-injected", "x a", "x-a:", "\u00fc"])
def test_a_header_of_a_destination_that_is_none_never_leaves(server, world, name):
    with socket.create_server(("127.0.0.1", 0)) as receiver:
        address = f"http://127.0.0.1:{receiver.getsockname()[1]}/"
        whole = json.dumps({"Name": "headers", "Type": "HTTP", "URL": address, "ProxyType": "Internet",
                            "Authentication": "NoAuthentication", "URL.headers." + name: "1"})
        created = server.run("destination", "create", "-c", whole)
        try:
            if created.code == 0:
                answer = server.run("destination", "check", "headers", "--json")
                assert answer.code == 1 and "header" in (answer.out + answer.err).lower()
            receiver.settimeout(0.1)
            with pytest.raises(TimeoutError):
                receiver.accept()
        finally:
            server.run("destination", "delete", "headers")
