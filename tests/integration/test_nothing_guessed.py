"""What a client says and no reader knows is refused or warned of, and each client gets the status that it can act on."""
import json
import subprocess
import uuid
import xml.etree.ElementTree

import pytest

from furnish import make_instance
from odata import EVERYTHING

API = '{"roles":%s}'


def ask(server, path, *args, login=True):
    """(status, headers, body) of the management API."""
    user = ["-u", "admin:" + server.admin_password] if login else []
    done = subprocess.run(["curl", "-sS", "-i", "--max-time", "20", *user, *args, server.management + path],
                          capture_output=True, text=True, check=True)
    head, _, body = done.stdout.replace("\r\n", "\n").partition("\n\n")
    lines = head.split("\n")
    headers = {line.split(":", 1)[0].lower(): line.split(":", 1)[1].strip() for line in lines[1:]}
    return int(lines[0].split()[1]), headers, body


@pytest.fixture(scope="module")
def plan(server):
    services = json.loads(ask(server, "/v2/catalog", "-H", "X-Broker-API-Version: 2.17")[2])["services"]
    service = [s for s in services if s["name"] == "it-rt"][0]
    return {"service_id": service["id"], "organization_guid": "o", "space_guid": "s",
            "plan_id": [p for p in service["plans"] if p["name"] == "integration-flow"][0]["id"]}


@pytest.fixture(scope="module")
def instance(server):
    return make_instance(server, parameters="{}")


@pytest.mark.parametrize("info,status", [
    (None, 201), ({}, 201), ({"description": "none"}, 201), ({"version": "1.0.0"}, 422), ({"version": 1}, 400), ("1.0.0", 400)])
def test_only_a_version_conflicts_with_the_catalog(server, plan, info, status):
    body = json.dumps(dict(plan, maintenance_info=info))
    answer = ask(server, f"/v2/service_instances/{uuid.uuid4()}", "-X", "PUT", "-H", "X-Broker-API-Version: 2.17",
                 "-H", "Content-Type: application/json", "-d", body)
    assert answer[0] == status, answer
    assert ("MaintenanceInfoConflict" in answer[2]) == (status == 422)


@pytest.mark.parametrize("parameters", [
    {"credential-type": "nonsense"}, {"credential-type": "X509"}, {"credential-type": ""}, {"credential-type": 1},
    {"key-type": 1}, {"key-type": ["certificate"]}, {"pin": "false"}, {"pin": 0}, {"certificate-pinning": "no"},
    {"x509": "yes"}, {"x509": {"validaty": 7}}, {"x509": {"certificate-pinning": "no"}}, {"X.509": {}},
    {"credential-type": "x509", "validity-type": 7}])
def test_a_key_parameter_that_nobody_knows_is_refused_and_makes_nothing(server, instance, parameters):
    answer = server.run("service-key", "create", instance, "key", "-c", json.dumps(parameters))
    assert answer.code == 1, answer
    assert list(parameters)[-1] in answer.err or "credential-type" in answer.err or "x509" in answer.err or \
        "certificate-pinning" in answer.err or "validaty" in answer.err
    assert server.json("service-key", "list", instance) == []


def test_a_secret_and_a_certificate_together_are_refused(server, instance, department):
    leaf = department.leaf("both")
    for parameters in ({"key-type": "clientid-secret"}, {"credential-type": "binding-secret"}):
        answer = server.run("service-key", "create", instance, "key", "--certificate", leaf.certificate, "-c",
                            json.dumps(parameters))
        assert answer.code == 1 and "ask for both" in answer.err, answer
    for parameters in ({"key-type": "clientid-secret", "credential-type": "x509"},
                       {"key-type": "certificate", "credential-type": "binding-secret"}):
        answer = server.run("service-key", "create", instance, "key", "-c", json.dumps(parameters))
        assert answer.code == 1 and "ask for both" in answer.err, answer
    assert server.json("service-key", "list", instance) == []


@pytest.mark.parametrize("parameters,kind", [
    ({}, "clientid-secret"), ({"credential-type": "binding-secret"}, "clientid-secret"),
    ({"credential-type": "x509", "x509": {"validity": 7, "certificate-pinning": False}}, "certificate"),
    ({"key-type": "certificate", "pin": False}, "certificate")])
def test_what_is_known_is_done(server, instance, parameters, kind):
    name = "k" + uuid.uuid4().hex[:8]
    made = server.json("service-key", "create", instance, name, "-c", json.dumps(parameters))
    server.ok("service-key", "delete", instance, name)
    assert made["type"] == kind
    assert made["pinned"] == (kind != "certificate")


@pytest.mark.parametrize("roles,warned", [(["MonitoringDataRead"], []), (["MonitoringDataReed"], ["MonitoringDataReed"]),
                                          (["MonitoringDataRead", "ESBMessaging.send"], ["ESBMessaging.send"]), ([], [None]),
                                          ([*EVERYTHING, "AccessPoliciesRead"], ["MessagePayloadsRead"])])
def test_a_role_of_plan_api_that_opens_nothing_is_warned_of(server, roles, warned):
    name = "a" + uuid.uuid4().hex[:8]
    answer = server.ok("service-instance", "create", name, "--service", "it-rt", "--plan", "api", "-c", API % json.dumps(roles))
    made = server.json("service-instance", "get", name)
    server.ok("service-instance", "delete", name)
    assert [w["evidence"].get("role") for w in made["warnings"]] == warned
    assert ("opens nothing" in answer.err) == bool(warned)
    assert all(w["code"] == "S316" for w in made["warnings"])


@pytest.mark.parametrize("parameters", [{"init_data": {}}, {"HTML5Runtime_enable": True}])
def test_a_parameter_of_the_destination_plan_that_nobody_knows_is_refused(server, parameters):
    answer = server.run("service-instance", "create", "d", "--service", "destination", "--plan", "lite", "-c",
                        json.dumps(parameters))
    assert answer.code == 1 and list(parameters)[0] in answer.err, answer
    server.ok("service-instance", "create", "d", "--service", "destination", "--plan", "lite", "-c",
              '{"HTML5Runtime_enabled":true}')
    server.ok("service-instance", "delete", "d")


def test_credentials_without_a_grant_type_are_not_called_wrong(server, instance):
    oauth = server.json("service-key", "create", instance, "grant", "-c", "{}")
    oauth = server.json("service-key", "get", instance, "grant")["credentials"]["oauth"]
    pair = f"{oauth['clientid']}:{oauth['clientsecret']}"
    for args in (["-u", pair, "-d", ""], ["-d", f"client_id={oauth['clientid']}&client_secret=x"], ["-u", pair, "-d", "scope=x"]):
        status, _, body = ask(server, "/oauth/token", *args, login=False)
        answer = json.loads(body)
        assert (status, answer["error"]) == (400, "invalid_request") and "grant_type" in answer["error_description"], answer
    status, _, body = ask(server, "/oauth/token", "-d", "x=y", login=False)
    assert (status, json.loads(body)["error"]) == (401, "invalid_client")
    server.ok("service-key", "delete", instance, "grant")


@pytest.mark.parametrize("path,args", [("/admin/v1/status", ["-u", "throttled:wrong"]),
                                       ("/api/v1/KeystoreEntries", ["-u", "throttled-too:wrong"]),
                                       ("/oauth/token", ["-d", "grant_type=client_credentials&client_id=sb-t&client_secret=x"])])
def test_who_has_to_wait_is_told_how_long(server, path, args):
    for _ in range(12):
        status, headers, _ = ask(server, path, *args, login=False)
        if status == 429:
            break
    assert status == 429 and 0 < int(headers["retry-after"]) <= 60


@pytest.mark.parametrize("path", ["/api/v1/NoSuchSet", "/api/v1/KeystoreEntries('none')", "/api/v1/KeystoreEntries?$nonsense=1"])
@pytest.mark.parametrize("way", ["accept", "format"])
def test_who_reads_atom_reads_errors_in_atom(server, path, way):
    args = ["-H", "Accept: application/atom+xml"] if way == "accept" else []
    status, headers, body = ask(server, path + ("&" if "?" in path else "?") + "$format=xml" if way == "format" else path, *args)
    assert status in (400, 404)
    assert headers["content-type"].startswith("application/xml")
    space = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"
    error = xml.etree.ElementTree.fromstring(body)
    assert error.tag == space + "error" and error.find(space + "code").text and error.find(space + "message").text
    assert json.loads(ask(server, path, "-H", "Accept: application/json")[2])["error"]["message"]["value"]
    assert json.loads(ask(server, path)[2])["error"]


def test_who_reads_atom_reads_a_refused_login_in_atom(server):
    status, headers, body = ask(server, "/api/v1/KeystoreEntries", "-H", "Accept: application/atom+xml", login=False)
    assert status == 401 and "www-authenticate" in headers
    xml.etree.ElementTree.fromstring(body)


@pytest.mark.parametrize("path", ["/.well-known/jwks.json", "/.well-known/webfinger", "/.well-known/a/b/c", "/token_key"])
def test_discovery_that_is_not_here_is_404_for_everybody(server, path):
    assert ask(server, path, login=False)[0] == 404


@pytest.mark.parametrize("path", ["/nothing", "/admin/v1/nothing", "/api/v1/nothing", "/v2/nothing", "/admin/v1/artifacts/none",
                                  "/well-known/x", "/.well-knownx", "/token_key/x"])
def test_no_other_path_tells_a_stranger_whether_it_is_there(server, path):
    assert ask(server, path, login=False)[0] == 401


@pytest.mark.parametrize("path", ["/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/oauth/token"])
def test_the_authorization_server_is_found_where_rfc_8414_looks(server, path):
    status, _, body = ask(server, path, login=False)
    assert status == 200 and json.loads(body) == json.loads(ask(server, "/.well-known/openid-configuration", login=False)[2])
