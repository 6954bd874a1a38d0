"""Apps that people already have: the SAP Cloud SDK and an approuter route, with only what `postern bind` prints."""
import contextlib
import json
import os
import pathlib
import socket
import subprocess
import urllib.request

import pytest

from postern import wait_until

FOLDER = pathlib.Path(__file__).resolve().parent
PLAN = '{"grant-types":["client_credentials"],"roles":["ESBMessaging.send"]}'


@pytest.fixture(scope="module")
def app(server, department):
    """The five steps with the department's legacy .pfx, normalised on upload; returns the environment of an app that is bound."""
    leaf = department.leaf("app")
    pfx = leaf.pfx(legacy=True)
    server.ok("keystore", "import", department.root, "--alias", "root")
    server.ok("keystore", "import", department.ca, "--alias", "ca")
    server.ok("artifact", "create", "echo", "--address", "/echo")
    server.ok("service-instance", "create", "runtime", "--service", "it-rt", "--plan", "integration-flow", "-c", PLAN)
    server.ok("service-key", "create", "runtime", "app-key", "--certificate", leaf.certificate)
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
def approuter_running(node, environment, folder):
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
        process = subprocess.Popen([node, str(FOLDER / "node_modules/@sap/approuter/approuter.js"), "-w", str(folder)],
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
