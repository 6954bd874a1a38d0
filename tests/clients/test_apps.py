"""Apps that people already have: the SAP Cloud SDK and an approuter route, with only what `postern bind` prints."""
import contextlib
import json
import os
import pathlib
import re
import socket
import subprocess
import urllib.request

import pytest

from furnish import furnished
from postern import wait_until

FOLDER = pathlib.Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def app(server, department):
    """The five steps with the department's legacy .pfx, normalised on upload; returns the environment of an app that is bound."""
    leaf = furnished(server, department, "app", "echo")
    pfx = leaf.pfx(legacy=True)
    server.ok("destination-certificate", "upload", pfx, "--normalize", "--password-file", leaf.password_file())
    server.ok("destination", "create", "-c", json.dumps({
        "Name": "ECHO", "Type": "HTTP", "URL": server.gateway + "/http/echo", "ProxyType": "Internet",
        "Authentication": "ClientCertificateAuthentication", "KeyStoreLocation": pfx.stem + ".p12",
        "KeyStorePassword": leaf.password}))
    binding = server.ok("bind", "--vcap").out
    return dict(os.environ, VCAP_SERVICES=binding, NODE_EXTRA_CA_CERTS=server.ca, NODE_ENV="production")


def test_a_cloud_sdk_app_reaches_the_endpoint_through_the_destination(node, app):
    done = subprocess.run([node, str(FOLDER / "cloud-sdk.js"), "ECHO"], env=app, capture_output=True, text=True, cwd=FOLDER,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    calls = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"method"')]
    assert [(c["method"], c["status"]) for c in calls] == [("get", 200), ("post", 200)]
    assert calls[1]["data"] == {"hello": "world"}


def sdk(node, environment):
    done = subprocess.run([node, str(FOLDER / "cloud-sdk.js"), "ECHO"], env=environment, capture_output=True, text=True,
                          cwd=FOLDER, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line)["status"] for line in done.stdout.splitlines() if line.startswith('{"method"')]


def test_an_app_on_the_sdk_before_4_6_finds_the_trust_store_too(node, app):
    bare = {name: value for name, value in app.items() if name != "NODE_EXTRA_CA_CERTS"}
    assert sdk(node, dict(bare, SDK="@sap-cloud-sdk/http-client-3")) == [200, 200]


def node_says(node, program, folder, **environment):
    bare = {name: value for name, value in os.environ.items() if name != "VCAP_SERVICES"}
    done = subprocess.run([node, "-e", program], cwd=folder, env=dict(bare, NODE_PATH=str(FOLDER / "node_modules"), **environment),
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("cds", ["@sap/cds", "@sap/cds-8"])
def test_cap_reads_what_bind_writes_for_it_and_hands_it_to_the_sdk(node, app, server, tmp_path, cds):
    (tmp_path / "package.json").write_text("{}")
    server.ok("bind", "--cap", cwd=tmp_path)
    services = node_says(node, f"require('{cds}').env; console.log(process.env.VCAP_SERVICES || 'null')", tmp_path, CDS_ENV="hybrid")
    assert services["destination"][0]["credentials"]["uri"] == server.management
    assert sdk(node, dict(app, VCAP_SERVICES=json.dumps(services))) == [200, 200]
    assert node_says(node, f"require('{cds}').env; console.log(process.env.VCAP_SERVICES || 'null')", tmp_path, CDS_ENV="test") is None


@pytest.mark.parametrize("cds", ["@sap/cds", "@sap/cds-8"])
def test_cds_serve_with_the_profile_hybrid_reaches_the_endpoint(node, app, server, tmp_path, cds):
    (tmp_path / "srv").mkdir()
    (tmp_path / "package.json").write_text(json.dumps({"name": "app", "cds": {"requires": {"auth": "dummy"}}}))
    (tmp_path / "srv" / "echo.cds").write_text("@path:'/echo' @protocol:'rest' service Echo { function call() returns Integer; }")
    (tmp_path / "srv" / "echo.js").write_text(
        "const { executeHttpRequest } = require('@sap-cloud-sdk/http-client');\n"
        "module.exports = srv => srv.on('call', async () => (await executeHttpRequest({ destinationName: 'ECHO' }, { method: 'get' })).status);\n")
    (tmp_path / "node_modules").symlink_to(FOLDER / "node_modules")
    server.ok("bind", "--cap", cwd=tmp_path)
    bare = {name: value for name, value in app.items() if name != "VCAP_SERVICES"}
    with open(tmp_path / "log", "w+", encoding="utf-8") as log:
        process = subprocess.Popen([node, str(FOLDER / "node_modules" / cds / "bin" / "serve.js"), "all", "--profile", "hybrid", "--port", "0"],
                                   cwd=tmp_path, env=bare, stdout=log, stderr=log)
    try:
        def address():
            assert process.poll() is None, (tmp_path / "log").read_text()
            found = re.search(r"http://localhost:(\d+)", (tmp_path / "log").read_text())
            return found and found.group(0)
        with urllib.request.urlopen(wait_until("cds listens", address, 60) + "/echo/call()") as answer:
            assert "200" in answer.read().decode()
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.parametrize("how", [[], ["--x509"]])
def test_xsenv_reads_a_binding_in_files(node, app, server, tmp_path, how):
    server.ok("bind", "--k8s", tmp_path / "bindings", *how)
    found = node_says(node, "console.log(JSON.stringify(require('@sap/xsenv').getServices({d:{label:'destination'}}).d))", tmp_path,
                      SERVICE_BINDING_ROOT=str(tmp_path / "bindings"))
    assert found["uri"] == server.management and bool(found.get("clientsecret")) == (not how)


def test_a_binding_with_a_certificate_instead_of_a_secret_serves_as_well(node, app, server):
    assert sdk(node, dict(app, VCAP_SERVICES=server.ok("bind", "--vcap", "--x509").out)) == [200, 200]


def test_the_binding_for_a_shell_serves_as_well(node, app, server):
    line = server.ok("bind", "--env").out
    told = subprocess.run(["sh", "-c", line + "\nprintenv VCAP_SERVICES"], capture_output=True, text=True, check=True).stdout
    assert sdk(node, dict(app, VCAP_SERVICES=told)) == [200, 200]


@pytest.mark.parametrize("how", [[], ["--x509"]])
def test_a_binding_in_files_serves_as_well(node, app, server, tmp_path, how):
    server.ok("bind", "--k8s", tmp_path / "bindings", *how)
    bare = {name: value for name, value in app.items() if name != "VCAP_SERVICES"}
    assert sdk(node, dict(bare, SERVICE_BINDING_ROOT=str(tmp_path / "bindings"))) == [200, 200]


@contextlib.contextmanager
def approuter_running(node, environment, folder, package="@sap/approuter"):
    """An approuter with one route to the destination ECHO; gives its address."""
    port = socket.socket()
    port.bind(("127.0.0.1", 0))
    number = port.getsockname()[1]
    port.close()
    (folder / "xs-app.json").write_text(json.dumps({
        "authenticationMethod": "none",
        "routes": [{"source": "^/echo(.*)$", "target": "$1", "destination": "ECHO", "authenticationType": "none",
                    "csrfProtection": False}]}))
    (folder / "package.json").write_text('{"name":"router","version":"1.0.0"}')
    with open(folder / "log", "w+", encoding="utf-8") as log:
        process = subprocess.Popen([node, str(FOLDER / "node_modules" / package / "approuter.js"), "-w", str(folder)],
                                   env=dict(environment, PORT=str(number)), stdout=log, stderr=log, cwd=folder)

    def listening():
        assert process.poll() is None, (folder / "log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", number)) == 0
    try:
        wait_until("the approuter listens", listening, 60)
        yield f"http://127.0.0.1:{number}"
    finally:
        process.terminate()
        process.wait(10)


def test_an_approuter_route_reaches_the_endpoint_through_the_destination(node, app, tmp_path):
    with approuter_running(node, app, tmp_path) as address:
        with urllib.request.urlopen(address + "/echo") as answer:
            assert answer.status == 200
        request = urllib.request.Request(address + "/echo", data=b'{"hello":"router"}',
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            assert (answer.status, json.load(answer)) == (200, {"hello": "router"})


def test_an_approuter_reads_its_binding_from_default_env(node, app, server, tmp_path):
    server.ok("bind", "--default-env", cwd=tmp_path)
    bare = {name: value for name, value in app.items() if name != "VCAP_SERVICES"}
    with approuter_running(node, bare, tmp_path) as address, urllib.request.urlopen(address + "/echo") as answer:
        assert answer.status == 200


@pytest.mark.parametrize("package", ["@sap/approuter-16", "@sap/approuter-21"])
def test_approuters_of_other_versions_need_what_bind_says(node, app, server, tmp_path, package):
    """16 ignores the trust store of a destination; what bind tells it to have is enough, and 21 needs nothing."""
    told = server.ok("bind", "--default-env", "--client", package.split("/")[1].replace("-", "@"), cwd=tmp_path).err
    needs = re.search(r"needs (XS_CACERT_PATH)=(\S+)", told)
    assert bool(needs) == ("16" in package), told
    bare = {name: value for name, value in app.items() if name not in ("VCAP_SERVICES", "NODE_EXTRA_CA_CERTS")}
    if needs:
        bare[needs.group(1)] = needs.group(2)
    with approuter_running(node, bare, tmp_path, package) as address, urllib.request.urlopen(address + "/echo") as answer:
        assert answer.status == 200
