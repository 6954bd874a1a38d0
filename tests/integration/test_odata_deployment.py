"""The OData API as deployment tools use it: the call sequences of Piper and of FlashPipe, replayed step by step."""
import base64
import concurrent.futures
import io
import json
import os
import re
import signal
import zipfile

import pytest
from bundle import SCRIPT, bundle, iflw
from furnish import furnished
from odata import Odata, request
from postern import wait_until

PROPDEF = ('<?xml version="1.0"?><parameters><param_references/><parameter><key/><name>My Text</name>'
           '<type>xsd:string</type><isRequired>false</isRequired><description>What is said</description></parameter>'
           '</parameters>')
MODIFIER = {"bodyType": "expression", "wrapContent": "{{My Text}}|${in.body}"}


def b64(data):
    return base64.b64encode(data).decode()


@pytest.fixture(scope="module")
def api(server):
    return Odata(server, "tools")


@pytest.fixture(scope="module")
def sender(server, department):
    """Someone who may call endpoints, with a client certificate."""
    return furnished(server, department, "odata-sender")


@pytest.fixture(scope="module")
def package(api):
    answer = api.call("POST", "/IntegrationPackages", {"Id": "Orders", "Name": "Order flows", "ShortText": "x"})
    assert answer.status == 201, answer
    return "Orders"


def key(name, version="Active"):
    return f"/IntegrationDesigntimeArtifacts(Id='{name}',Version='{version}')"


def orders(name, text="hello", address="{{Address}}", version="1.0.3", extra=()):
    return bundle(name, iflw(address, MODIFIER), version, f"# x\r\nAddress=/{name}\r\nMy\\ Text={text}\r\n",
                  [("src/main/resources/parameters.propdef", PROPDEF), *extra])


def upload(api, name, content, package="Orders"):
    return api.call("POST", "/IntegrationDesigntimeArtifacts",
                    {"Name": name, "Id": name, "PackageId": package, "ArtifactContent": b64(content)})


def deploy(api, name, version="Active"):
    """As tools do it: deploy, then poll the task. Returns its last status."""
    answer = api.call("POST", f"/DeployIntegrationDesigntimeArtifact?Id='{name}'&Version='{version}'")
    assert answer.status == 202, answer
    task = answer.text
    assert re.fullmatch(r"[0-9a-f-]{36}", task)

    def ended():
        status = api.get(f"/BuildAndDeployStatus(TaskId='{task}')").d
        assert status["TaskId"] == task
        return status["Status"] if status["Status"] != "DEPLOYING" else None
    return wait_until("the deployment ends", ended)


def call(server, sender, path, *args):
    return server.curl(path, *args, cert=sender.chain, key=sender.key)


def test_the_sequence_of_piper_from_upload_to_undeployment(server, api, package, sender):
    name = "piper"
    # integrationArtifactUpload: not there, so it is made; the second time it is updated.
    assert api.get(key(name)).status == 404
    created = upload(api, name, orders(name))
    assert created.status == 201 and created.d["Version"] == "1.0.3" and created.d["PackageId"] == "Orders"
    assert api.get(key(name)).status == 200
    body = {"Name": name, "ArtifactContent": b64(orders(name, "good day"))}
    assert api.call("PUT", key(name), body).status == 200
    # integrationArtifactUpdateConfiguration
    link = key(name) + "/$links/Configurations('My%20Text')"
    assert api.call("PUT", link, {"ParameterValue": "good: evening"}).status == 202
    # integrationArtifactDownload
    download = api.get(key(name) + "/$value")
    assert download.status == 200 and download.headers["Content-Type"] == "application/zip"
    assert re.search(r'filename="piper\.zip"', download.headers["Content-Disposition"])
    text = zipfile.ZipFile(io.BytesIO(download.bytes)).read("src/main/resources/parameters.prop").decode()
    assert "My\\ Text=good\\: evening" in text
    # integrationArtifactResource
    resource = {"Name": "note.xsd", "ResourceType": "xsd", "ResourceContent": b64(b"<x/>")}
    assert api.call("POST", key(name) + "/Resources", resource).status == 201
    link = key(name) + "/$links/Resources(Name='note.xsd',ResourceType='xsd')"
    assert api.call("PUT", link, {"ResourceContent": b64(b"<y/>")}).status == 200
    assert api.call("DELETE", link).status == 200
    # integrationArtifactDeploy, and the endpoint that triggerIntegrationTest calls
    assert deploy(api, name) == "SUCCESS"
    endpoints = api.get("/ServiceEndpoints", S_expand="EntryPoints").results
    url = next(e for e in endpoints if e["Name"] == name)["EntryPoints"]["results"][0]["Url"]
    assert url == server.gateway + "/http/piper"
    reply = call(server, sender, "/http/piper", "-d", "order")
    assert (reply.status, reply.body) == (200, "good: evening|order")
    # integrationArtifactTriggerIntegrationTest: with a token of a key of the runtime
    server.ok("service-key", "create", "runtime", "by-secret")
    oauth = server.json("service-key", "get", "runtime", "by-secret")
    oauth = oauth.get("credentials", oauth)["oauth"]
    pair = b64(f"{oauth['clientid']}:{oauth['clientsecret']}".encode())
    token = json.loads(request(oauth["tokenurl"] + "?grant_type=client_credentials", "POST", b"",
                               {"Authorization": "Basic " + pair}).bytes)["access_token"]
    reply = server.curl("/http/piper", "-H", "Authorization: Bearer " + token, "-d", "order")
    assert (reply.status, reply.body) == (200, "good: evening|order")
    # integrationArtifactGetMplStatus
    newest = api.get("/MessageProcessingLogs", S_orderby="LogEnd desc", S_top=1,
                     S_filter=f"IntegrationArtifact/Id eq '{name}' and Status ne 'DISCARDED'").results[0]
    assert (newest["Status"], newest["MessageGuid"]) == ("COMPLETED", reply.id)
    assert newest["IntegrationArtifact"]["PackageName"] == "Order flows"
    # integrationArtifactUnDeploy
    assert api.call("DELETE", f"/IntegrationRuntimeArtifacts('{name}')").status == 202
    assert call(server, sender, "/http/piper", "-d", "order").status == 404
    assert api.get(f"/IntegrationRuntimeArtifacts('{name}')").status == 404


def test_the_sequence_of_flashpipe_from_package_to_undeployment(server, api, sender):
    # update package: not there, so it is made, then its texts are changed
    assert api.get("/IntegrationPackages('FlashPipe')").status == 404
    texts = {"d": {"Id": "FlashPipe", "Name": "Flash", "ShortText": "short", "Version": "1.0.0"}}
    assert api.call("POST", "/IntegrationPackages", texts).status == 201
    assert api.get("/IntegrationPackages('FlashPipe')").d["Mode"] == "EDIT_ALLOWED"
    assert api.call("PUT", "/IntegrationPackages('FlashPipe')", {"Name": "Flash 2", "ShortText": "s2"}).status == 202
    changed = api.get("/IntegrationPackages('FlashPipe')").d
    assert (changed["Name"], changed["ShortText"], changed["Version"]) == ("Flash 2", "s2", "1.0.0")
    # update artifact
    name = "flash"
    assert upload(api, name, orders(name), "FlashPipe").status == 201
    newer = {"Name": "Flash flow", "ArtifactContent": b64(orders(name, "newer", version="1.1.0"))}
    assert api.call("PUT", key(name, "active"), newer).status == 200
    listed = api.get("/IntegrationPackages('FlashPipe')/IntegrationDesigntimeArtifacts").results
    assert [(a["Id"], a["Version"], a["Name"]) for a in listed] == [("flash", "1.1.0", "Flash flow")]
    configurations = api.get(key(name, "active") + "/Configurations").results
    assert {c["ParameterKey"]: c["ParameterValue"] for c in configurations} == {"Address": "/flash", "My Text": "newer"}
    assert api.call("PUT", key(name, "active") + "/$links/Configurations('My%20Text')",
                    {"ParameterValue": "newest"}).status == 202
    # deploy, when the version that runs is another; then poll the runtime
    runtime = api.get(f"/IntegrationRuntimeArtifacts('{name}')")
    assert runtime.status == 404 and "Requested entity could not be found" in runtime.error
    assert api.call("POST", f"/DeployIntegrationDesigntimeArtifact?Id='{name}'&Version='active'").status == 202
    wait_until("it has started", lambda: api.get(f"/IntegrationRuntimeArtifacts('{name}')").d["Status"] == "STARTED")
    deployed = api.get(f"/IntegrationRuntimeArtifacts('{name}')").d
    assert deployed["Version"] == api.get(key(name, "active")).d["Version"] == "1.1.0"
    assert deployed["Type"] == "INTEGRATION_FLOW" and deployed["Name"] == "Flash flow"
    assert deployed["DeployedBy"] == api.oauth["clientid"]
    assert api.get(f"/IntegrationRuntimeArtifacts('{name}')/ErrorInformation/$value").status == 204
    assert call(server, sender, "/http/flash", "-d", "x").body == "newest|x"
    # clean up
    assert api.call("DELETE", f"/IntegrationRuntimeArtifacts('{name}')").status == 202
    assert api.call("DELETE", key(name, "active")).status == 200
    assert api.get(key(name, "active")).status == 404
    assert api.call("DELETE", "/IntegrationPackages('FlashPipe')").status == 202
    assert api.get("/IntegrationPackages('FlashPipe')").status == 404


def test_a_refused_deployment_stands_at_the_runtime_artifact_naming_step_type_and_file(server, api, package, sender):
    name = "scripted"
    assert upload(api, name, bundle(name, iflw("/scripted", step=SCRIPT))).status == 201
    assert deploy(api, name) == "FAIL"
    artifact = api.get(f"/IntegrationRuntimeArtifacts('{name}')", S_expand="ErrorInformation").d
    assert artifact["Status"] == "ERROR" and artifact["ErrorInformation"]["Id"] == name
    for accept in ("application/json", "application/xml"):
        answer = api.get(f"/IntegrationRuntimeArtifacts('{name}')/ErrorInformation/$value", {"Accept": accept})
        assert answer.status == 200
        told = json.loads(answer.text)
        assert all(word in told["parameter"][0] for word in ("Do it", "GroovyScript", "scripted.iflw"))
        assert told["message"]["subsystemName"]
    assert api.get(f"/IntegrationRuntimeArtifacts('{name}')/ErrorInformation").d["Id"] == name
    assert name in [a["Id"] for a in api.get("/IntegrationRuntimeArtifacts", S_filter="Status eq 'ERROR'").results]
    assert call(server, sender, "/http/scripted").status == 404
    # What runs goes on running when the next version is refused.
    good, bad = orders("kept"), bundle("kept", iflw("/kept", step=SCRIPT), "1.0.4")
    assert upload(api, "kept", good).status == 201 and deploy(api, "kept") == "SUCCESS"
    assert api.call("PUT", key("kept"), {"ArtifactContent": b64(bad)}).status == 200
    assert deploy(api, "kept") == "FAIL"
    assert api.get("/IntegrationRuntimeArtifacts('kept')").d["Status"] == "ERROR"
    assert call(server, sender, "/http/kept", "-d", "x").status == 200
    assert deploy(api, "kept", "1.0.3") == "SUCCESS"
    assert api.get("/IntegrationRuntimeArtifacts('kept')").d["Status"] == "STARTED"


def test_a_second_flow_at_the_same_address_is_refused(api, package):
    assert upload(api, "first", orders("first", address="/same")).status == 201
    assert upload(api, "second", orders("second", address="/SAME")).status == 201
    assert deploy(api, "first") == "SUCCESS" and deploy(api, "second") == "FAIL"
    told = json.loads(api.get("/IntegrationRuntimeArtifacts('second')/ErrorInformation/$value").text)
    assert "/same" in told["parameter"][0] and "first" in told["parameter"][0]


def test_versions_are_saved_and_found_again(api, package):
    name = "versioned"
    assert upload(api, name, orders(name, "one")).status == 201
    path = f"/IntegrationDesigntimeArtifactSaveAsVersion?Id='{name}'&SaveAsVersion='2.0.0'"
    assert api.call("POST", path).status == 200
    assert api.get(key(name, "active")).d["Version"] == "2.0.0"
    archive = zipfile.ZipFile(io.BytesIO(api.get(key(name, "active") + "/$value").bytes))
    assert "Bundle-Version: 2.0.0\r\n" in archive.read("META-INF/MANIFEST.MF").decode()
    assert api.call("PUT", key(name) + "/$links/Configurations('My%20Text')", {"ParameterValue": "two"}).status == 202

    def text_of(version):
        return api.get(key(name, version) + "/Configurations('My%20Text')").d["ParameterValue"]
    assert (text_of("1.0.3"), text_of("2.0.0"), text_of("active")) == ("one", "two", "two")
    assert api.get(key(name, "9.9.9")).status == 404
    for bad in (f"?Id='{name}'", f"?Id='{name}'&SaveAsVersion='a%20b'", f"?Id='{name}'&SaveAsVersion='active'"):
        assert api.call("POST", "/IntegrationDesigntimeArtifactSaveAsVersion" + bad).status == 400


def test_parameters_and_resources_are_listed_counted_and_read(api, package):
    name = "parts"
    extra = [("src/main/resources/script/a.groovy", "println 1"), ("src/main/resources/mapping/m.xsl", "<x/>")]
    assert upload(api, name, orders(name, extra=extra)).status == 201
    assert api.get(key(name) + "/Configurations/$count").text == "2"
    only = api.get(key(name) + "/Configurations", S_filter="ParameterKey eq 'My Text'").results
    assert only[0]["Description"] == "What is said" and only[0]["DataType"] == "xsd:string"
    listed = {(r["Name"], r["ResourceType"]) for r in api.get(key(name) + "/Resources").results}
    assert listed == {("a.groovy", "groovy"), ("m.xsl", "xslt")}
    resource = key(name) + "/Resources(Name='a.groovy',ResourceType='groovy')"
    assert api.get(resource).d["Name"] == "a.groovy" and api.get(resource + "/$value").bytes == b"println 1"
    whole = api.get(key(name), S_expand="Configurations,Resources").d
    assert len(whole["Configurations"]["results"]) == len(whole["Resources"]["results"]) == 2
    assert api.get(key(name) + "/Resources(Name='b',ResourceType='js')/$value").status == 404
    again = {"Name": "a.groovy", "ResourceType": "groovy", "ResourceContent": ""}
    assert api.call("POST", key(name) + "/Resources", again).status == 409
    for wrong in ({"Name": "../x.xsd", "ResourceType": "xsd", "ResourceContent": ""},
                  {"Name": "x", "ResourceType": "exe", "ResourceContent": ""},
                  {"Name": "x.xsd", "ResourceType": "xsd"}, {"Name": "x.xsd", "ResourceType": "xsd", "ResourceContent": "%"}):
        assert api.call("POST", key(name) + "/Resources", wrong).status == 400, wrong
    missing = api.call("PUT", key(name) + "/$links/Configurations('None')", {"ParameterValue": "x"})
    assert missing.status == 404 and "None" in missing.error


def test_changes_at_the_same_time_all_hold(api, package):
    name, keys = "busy", [f"K{i}" for i in range(4)]
    parameters = "".join(f"{k}=before\r\n" for k in keys)
    assert upload(api, name, bundle(name, iflw("/busy"), parameters=parameters)).status == 201

    def change(one):
        return api.call("PUT", key(name) + f"/$links/Configurations('{one}')", {"ParameterValue": "after " + one}).status
    with concurrent.futures.ThreadPoolExecutor(len(keys)) as pool:
        assert list(pool.map(change, keys)) == [202] * len(keys)
    configurations = api.get(key(name) + "/Configurations").results
    assert {c["ParameterKey"]: c["ParameterValue"] for c in configurations} == {k: "after " + k for k in keys}


def test_wrong_uploads_are_refused_and_change_nothing(api, package):
    good = orders("wrong")
    assert upload(api, "wrong", good, "NoPackage").status == 404
    assert upload(api, "wrong", b"no zip").status == 400
    assert upload(api, "a b", good).status == 400
    large = upload(api, "large", os.urandom(11 * 1024 * 1024))
    assert large.status == 413 and "long" in large.error
    for missing in ("Name", "Id", "PackageId", "ArtifactContent"):
        body = {"Name": "w", "Id": "w", "PackageId": "Orders", "ArtifactContent": b64(good)}
        del body[missing]
        answer = api.call("POST", "/IntegrationDesigntimeArtifacts", body)
        assert answer.status == 400 and missing in answer.error
    assert upload(api, "wrong", good).status == 201
    assert upload(api, "wrong", good).status == 409  # a tenant answers 500
    other = api.call("PUT", key("wrong"), {"ArtifactContent": b64(orders("other"))})
    assert other.status == 400 and "Bundle-symbolicName" in other.error
    assert api.call("PUT", key("nobody"), {"ArtifactContent": b64(good)}).status == 404
    assert api.call("POST", "/DeployIntegrationDesigntimeArtifact?Id='nobody'&Version='active'").status == 404
    assert api.call("POST", "/DeployIntegrationDesigntimeArtifact?Id='wrong'").status == 400
    assert api.get("/BuildAndDeployStatus(TaskId='x')").status == 404
    assert api.call("DELETE", "/IntegrationRuntimeArtifacts('nobody')").status == 404
    assert api.call("POST", "/IntegrationPackages", {"Id": "Orders", "Name": "again"}).status == 409
    assert api.call("POST", "/IntegrationPackages", {"Id": "a/b", "Name": "x"}).status == 400
    assert api.call("POST", "/IntegrationPackages", b"{", {"Content-Type": "application/json"}).status == 400
    mapping = api.call("POST", "/MessageMappingDesigntimeArtifacts",
                       {"Name": "m", "Id": "m", "PackageId": "Orders", "ArtifactContent": b64(good)})
    assert mapping.status == 400 and "IntegrationFlow" in mapping.error


def test_a_script_collection_is_kept_and_its_deployment_says_that_it_does_not_run(api, package):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\nBundle-SymbolicName: sc\r\n"
                         "SAP-BundleType: ScriptCollection\r\n\r\n")
        archive.writestr("src/main/resources/script/s.groovy", "x")
    body = {"Name": "sc", "Id": "sc", "PackageId": "Orders", "ArtifactContent": b64(out.getvalue())}
    assert api.call("POST", "/ScriptCollectionDesigntimeArtifacts", body).status == 201
    path = "/ScriptCollectionDesigntimeArtifacts(Id='sc',Version='active')"
    assert api.get(path + "/Resources").results[0]["Name"] == "s.groovy"
    assert api.get(path.replace("ScriptCollection", "Integration")).status == 404
    task = api.call("POST", "/DeployScriptCollectionDesigntimeArtifact?Id='sc'&Version='active'").text
    wait_until("it ends", lambda: api.get(f"/BuildAndDeployStatus(TaskId='{task}')").d["Status"] == "FAIL")
    runtime = api.get("/IntegrationRuntimeArtifacts('sc')").d
    assert runtime["Type"] == "SCRIPT_COLLECTION" and runtime["Status"] == "ERROR"


@pytest.mark.parametrize("method, path, role", [
    ("GET", "/IntegrationPackages", "WorkspacePackagesRead"),
    ("POST", "/IntegrationPackages", "WorkspacePackagesEdit"),
    ("PUT", key("x") + "/$links/Configurations('k')", "WorkspacePackagesConfigure"),
    ("POST", "/DeployIntegrationDesigntimeArtifact?Id='x'&Version='active'", "WorkspaceArtifactsDeploy"),
    ("GET", "/IntegrationRuntimeArtifacts", "MonitoringDataRead"),
    ("DELETE", "/IntegrationRuntimeArtifacts('x')", "WorkspaceArtifactsDeploy"),
    ("GET", "/ServiceEndpoints", "MonitoringDataRead"),
])
def test_each_call_needs_its_role(server, request, method, path, role):
    def of(name, roles):
        if name not in made:
            made[name] = Odata(server, name, roles)
        return made[name]
    made = request.module.__dict__.setdefault("_made", {})
    body = {} if method in ("POST", "PUT") else None
    answer = of("none", ["MessagePayloadsRead"]).call(method, path, body)
    assert answer.status == 403 and role in answer.error
    assert of(role, [role]).call(method, path, body).status not in (401, 403)


def test_basic_needs_a_csrf_token_where_something_is_changed(api, package):
    def basic(method, path, body=None, **headers):
        return api.call(method, path, body, {"Authorization": api.basic, **headers})
    body = {"Id": "Csrf", "Name": "Csrf"}
    refused = basic("POST", "/IntegrationPackages", body)
    assert refused.status == 403 and refused.headers["X-CSRF-Token"] == "Required"
    fetched = basic("GET", "/", **{"X-CSRF-Token": "Fetch"})
    token, cookie = fetched.headers["X-CSRF-Token"], fetched.headers["Set-Cookie"].split(";")[0]
    assert basic("POST", "/IntegrationPackages", body, **{"X-CSRF-Token": token}).status == 403
    assert basic("POST", "/IntegrationPackages", body, **{"X-CSRF-Token": "x" + token, "Cookie": cookie}).status == 403
    assert basic("POST", "/IntegrationPackages", body, **{"X-CSRF-Token": token, "Cookie": cookie}).status == 201


def test_what_was_acknowledged_outlives_a_kill_of_the_manager(server, api, package):
    assert upload(api, "killed", orders("killed")).status == 201
    os.kill(server.children()["manager"][0], signal.SIGKILL)

    def answer():
        try:
            return api.get(key("killed"))
        except OSError:
            return None
    found = wait_until("the manager is back", answer)
    assert found.status == 200 and found.d["Version"] == "1.0.3"
    assert deploy(api, "killed") == "SUCCESS"


def test_packages_and_artifacts_survive_a_restart(server, api, package, sender):
    assert upload(api, "lasting", orders("lasting")).status == 201 and deploy(api, "lasting") == "SUCCESS"
    server.stop()
    server.start()
    api.root = server.management + "/api/v1"
    assert api.get(key("lasting")).d["Version"] == "1.0.3"
    assert api.get("/IntegrationRuntimeArtifacts('lasting')").d["Status"] == "STARTED"
    assert call(server, sender, "/http/lasting", "-d", "x").status == 200
