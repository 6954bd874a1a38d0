"""Every operation and every status of the Destination service's OpenAPI document, on a real server, against its schemas.

The document is not ours to copy; it lies beside the checkout. An operation or a status of it that is neither exercised here
nor listed in CANNOT with its reason fails the test, and so does a reason for something that was exercised after all.
"""
import base64
import http.client
import json
import pathlib
import socket
import sqlite3
import subprocess
import urllib.parse

import pytest

from destination import named
from furnish import make_instance
from postern import Server, openssl

FOLDER = pathlib.Path(__file__).resolve().parent
DOCUMENT = FOLDER.parents[2] / "shared" / "facts" / "destination-openapi.yaml"
BASE = "/destination-configuration"
LEVELS = ("subaccount", "instance")

IAS = "422 answers a token of SAP's Identity Authentication; there is none here"
INTERNAL = "an internal error has no cause that is known: a store that fails is 503, a damaged row 500 where one is opened"
MEMORY = "answered from memory: it goes on while the store is away (test_destination_outage.py)"
HEADER = "declared for a malformed Authorization header, which is 401 here"


def is_read(operation):
    return operation.startswith("GET ")


def cannot(operation, status):
    """Why a declared status never comes; None where it has to be shown."""
    fragments = "Fragments" in operation
    if status == 422:
        return IAS
    if status == 503 and (is_read(operation) or "/maintenance/" in operation):
        return MEMORY
    if status == 400 and operation.startswith("GET /v1/saml2Metadata/certificate"):
        return HEADER
    opens = is_read(operation) and "saml2Metadata" not in operation or operation == "POST /v1/saml2Metadata/rotateCertificate"
    if status == 500 and not opens:
        return INTERNAL
    return "A fragment has no list to filter" if fragments and status == 207 else None


class Recorder:
    """Sends calls and keeps what came back."""

    def __init__(self, server):
        self.server, self.answers = server, []
        self.token = self.bearer("destination", json.loads(server.ok("bind", "--vcap").out))
        make_instance(server, "rt")
        server.ok("service-key", "create", "rt", "k", "-c", '{"key-type":"clientid-secret"}')
        key = json.loads(server.ok("service-key", "get", "rt", "k", "--vcap").out)
        self.foreign = self.bearer("it-rt", key)

    def bearer(self, service, vcap):
        credentials = vcap[service][0]["credentials"]
        credentials = credentials.get("oauth", credentials)
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": credentials["clientid"],
                                       "client_secret": credentials["clientsecret"]})
        status, answer, _ = self.send("POST", "/oauth/token", form, {"Content-Type": "application/x-www-form-urlencoded"})
        assert status == 200, answer
        return "Bearer " + answer["access_token"]

    def send(self, method, path, body=None, headers=()):
        address = urllib.parse.urlsplit(self.server.management)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
        if "X-Postern-Subaccount" in dict(headers):  # the administrator's way in, by the socket of this machine
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.connect(self.server.endpoints["socket"])
        connection.request(method, path, body=body, headers=dict(headers))
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text else None, {n.lower(): v for n, v in answer.getheaders()}

    def call(self, operation, status, path=None, body=None, login=None, **headers):
        """One call of an operation that has to be answered with this status; `path` fills in its names and query."""
        method, declared = operation.split(" ", 1)
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        fields["Authorization"] = login or self.token
        if login == "none":
            del fields["Authorization"]
        text = None
        if body is not None:
            text, fields["Content-Type"] = json.dumps(body), "application/json"
        got, answer, answer_headers = self.send(method, BASE + (path or declared), text, fields)
        assert got == status, f"{operation} {path}: {got} {answer}, expected {status}"
        self.answers.append({"operation": operation, "status": got, "body": answer})
        return answer, answer_headers


def pem():
    key = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    certificate = openssl("req", "-x509", "-key", "/dev/stdin", "-subj", "/CN=x", "-days", "9", input=key)
    return base64.b64encode(certificate.encode()).decode()


def p12(folder):
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "k", "-out", folder / "c", "-subj", "/CN=x")
    openssl("pkcs12", "-export", "-inkey", folder / "k", "-in", folder / "c", "-passout", "pass:x", "-out", folder / "p")
    return base64.b64encode((folder / "p").read_bytes()).decode()


def entities(recorder, level, folder):
    """What is made, read, changed and deleted of one level."""
    r, d, f, c = recorder.call, f"/v1/{level}Destinations", f"/v1/{level}DestinationFragments", f"/v1/{level}Certificates"
    one, bad, dn, fn, cn = named("one"), named("a b"), "{destination name}", "{fragment name}", "{certificate name}"
    file = {"Name": "one.pem", "Content": pem()}
    locked = {"Name": "locked.p12", "Content": p12(folder)}
    for path, body, wrong in ((d, one, bad), (c, file, dict(file, Name="x")), (f, {"FragmentName": "one"}, {"Name": "x"})):
        r("POST " + path, 201, body=body)
        r("POST " + path, 409, body=body)
        r("POST " + path, 400, body=wrong)
        r("PUT " + path, 200, body=body)
        r("PUT " + path, 400, body=wrong)
    r("PUT " + f, 404, body={"FragmentName": "absent"})
    for path, body, other in ((d, one, named("two")), (c, file, dict(file, Name="two.pem"))):
        absent = dict(body, Name="absent.pem" if path == c else "absent")
        r("PUT " + path, 404, body=absent)
        r("POST " + path, 207, body=[body, other])
        r("POST " + path, 201, body=[dict(body, Name="three.pem" if path == c else "three")])
        r("PUT " + path, 200, body=[body, other])
        r("PUT " + path, 207, body=[body, absent])
        r("GET " + path, 200)
        r("GET " + path, 200, path + "?$select=Name")
        r("GET " + path, 200, path + "?$page=1&$pageSize=1")
        r("GET " + path, 400, path + "?$filter=nonsense")
        r("DELETE " + path, 200, path + "?$filter=Name%20in%20('two','two.pem','gone')")
    r("DELETE " + d, 400)
    r("POST " + d, 201, body=[named("provider"), named("user", **{"clientAssertion.destinationName": "provider"})])
    r(f"DELETE {d}/{dn}", 400, d + "/provider")
    r("GET " + f, 200)
    for path, name in ((f"{d}/{dn}", d + "/one"), (f"{c}/{cn}", c + "/one.pem"),
                       (f"{c}/{cn}/publicKeys", c + "/one.pem/publicKeys")):
        _, headers = r("GET " + path, 200, name)
        r("GET " + path, 304, name, If_None_Match=headers["etag"])
        r("GET " + path, 412, name, If_Match="other")
        r("GET " + path, 404, name.replace("one", "absent"))
    r("POST " + c, 201, body=locked)
    r(f"GET {c}/{cn}/publicKeys", 400, c + "/locked.p12/publicKeys")
    r(f"GET {f}/{fn}", 200, f + "/one")
    r(f"GET {f}/{fn}", 404, f + "/absent")
    r(f"DELETE {f}/{fn}", 200, f + "/one")
    r(f"DELETE {d}/{dn}", 200, d + "/three")
    r(f"DELETE {d}/{dn}", 404, d + "/three")
    r(f"DELETE {c}/{cn}", 200, c + "/three.pem")
    r(f"DELETE {c}/{cn}", 404, c + "/three.pem")


def finding(recorder):
    r = recorder.call
    basic = named("basic", Authentication="BasicAuthentication", User="u", Password="p", TrustStoreLocation="one.pem")
    failing = named("failing", Authentication="OAuth2ClientCredentials", tokenServiceURL="http://localhost:1/x", clientId="c")
    r("POST /v1/subaccountDestinations", 201, body=[basic, failing])
    r("POST /v1/instanceDestinations", 201, body=[dict(basic, Name="own")])
    for operation, path in (("GET /v1/destinations/{name}", "/v1/destinations/basic"),
                            ("GET /v2/destinations/{name}@{level}", "/v2/destinations/basic@subaccount"),
                            ("GET /v2/destinations/{name}", "/v2/destinations/own")):
        answer, headers = r(operation, 200, path)
        assert answer["authTokens"] and answer["certificates"]
        r(operation, 304, path, If_None_Match=headers["etag"])
        r(operation, 412, path, If_Match="other")
        r(operation, 400, path, X_chain_name="x")
        r(operation, 404, path.replace("basic", "absent").replace("own", "absent"))
    answer, _ = r("GET /v1/destinations/{name}", 200, "/v1/destinations/failing")
    assert answer["authTokens"][0]["error"]


def trust(recorder):
    r, path = recorder.call, "/v1/saml2Metadata/certificate"
    r("GET /v1/saml2Metadata", 404)
    for slot in (path, path + "/passive"):
        r("GET " + slot, 404)
    r("DELETE " + path + "/passive", 404)
    r("POST /v1/saml2Metadata/rotateCertificate", 404)
    for slot in (path, path + "/passive"):
        r("POST " + slot, 200)
        r("POST " + slot, 400, body={})
        r("GET " + slot, 200)
    r("GET /v1/saml2Metadata", 200)
    r("POST /v1/saml2Metadata/rotateCertificate", 200)
    r("POST /v1/saml2Metadata/rotateCertificate", 400, body={})
    r("DELETE " + path + "/passive", 200)
    r("POST " + path + "/passive", 200)
    r("DELETE /maintenance/v1/caches/ias", 200)


def filled(operation):
    return operation.split(" ", 1)[1].replace("{name}@{level}", "basic@subaccount").replace("{name}", "basic").replace(
        "{destination name}", "one").replace("{fragment name}", "one").replace("{certificate name}", "one.pem")


def strangers(recorder, operations):
    """No token, a token of another service, and a subaccount that there is not, for every operation that declares it."""
    for operation, statuses in operations.items():
        for status, login in ((401, "none"), (403, recorder.foreign)):
            if status in statuses:
                recorder.call(operation, status, filled(operation), login=login)
        if 404 in statuses:
            recorder.call(operation, 404, filled(operation), login="none", X_Postern_Subaccount="nowhere")


def damaged(recorder):
    """500: what lies in the store was changed by another hand and does not open any more."""
    r, server = recorder.call, recorder.server
    for level in LEVELS:
        r(f"POST /v1/{level}DestinationFragments", 201, body={"FragmentName": "broken", "Password": "p"})
        r(f"POST /v1/{level}Destinations", 201, body=named("broken", Password="p"))
        r(f"POST /v1/{level}Certificates", 201, body={"Name": "broken.pem", "Content": pem()})
    server.stop()
    with sqlite3.connect(server.state / "postern.db") as store:
        store.execute("UPDATE destination SET secrets = randomblob(64) WHERE name LIKE 'broken%' OR kind = 'trust'")
    store.close()
    server.start()
    for level in LEVELS:
        d, f, c = f"/v1/{level}Destinations", f"/v1/{level}DestinationFragments", f"/v1/{level}Certificates"
        for path in (d, f, c):
            r("GET " + path, 500)
        r(f"GET {d}/{{destination name}}", 500, d + "/broken")
        r(f"GET {f}/{{fragment name}}", 500, f + "/broken")
        r(f"GET {c}/{{certificate name}}", 500, c + "/broken.pem")
        r(f"GET {c}/{{certificate name}}/publicKeys", 500, c + "/broken.pem/publicKeys")
    r("GET /v1/destinations/{name}", 500, "/v1/destinations/broken")
    r("GET /v2/destinations/{name}", 500, "/v2/destinations/broken")
    r("GET /v2/destinations/{name}@{level}", 500, "/v2/destinations/broken@subaccount")
    r("POST /v1/saml2Metadata/rotateCertificate", 500)


def away(recorder):
    """503: another program holds the store, so that nothing can be written."""
    r = recorder.call
    store = sqlite3.connect(recorder.server.state / "postern.db", isolation_level=None)
    store.execute("BEGIN EXCLUSIVE")
    try:
        for level in LEVELS:
            d, f, c = f"/v1/{level}Destinations", f"/v1/{level}DestinationFragments", f"/v1/{level}Certificates"
            for method, more in (("POST", "new"), ("PUT", "one")):
                r(f"{method} {d}", 503, body=named(more))
                r(f"{method} {c}", 503, body={"Name": more + ".pem", "Content": pem()})
            r("POST " + f, 503, body={"FragmentName": "new"})
            r("PUT " + f, 503, body={"FragmentName": "broken"})
            r("DELETE " + d, 503, d + "?$filter=Name%20in%20('one')")
            r("DELETE " + c, 503, c + "?$filter=Name%20in%20('one.pem')")
            r(f"DELETE {d}/{{destination name}}", 503, d + "/one")
            r(f"DELETE {f}/{{fragment name}}", 503, f + "/broken")
            r(f"DELETE {c}/{{certificate name}}", 503, c + "/one.pem")
        r("POST /v1/saml2Metadata/certificate", 503)
        r("POST /v1/saml2Metadata/certificate/passive", 503)
        r("DELETE /v1/saml2Metadata/certificate/passive", 503)
    finally:
        store.execute("ROLLBACK")
        store.close()


def trust_away(recorder):
    """The rotation, before its keys are damaged."""
    store = sqlite3.connect(recorder.server.state / "postern.db", isolation_level=None)
    store.execute("BEGIN EXCLUSIVE")
    try:
        recorder.call("POST /v1/saml2Metadata/rotateCertificate", 503)
    finally:
        store.execute("ROLLBACK")
        store.close()


def validate(node, answers, folder):
    recorded = folder / "answers.json"
    recorded.write_text(json.dumps(answers))
    done = subprocess.run([node, str(FOLDER / "destination-contract.js"), str(DOCUMENT), str(recorded)], cwd=FOLDER,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def contract(node, tmp_path_factory):
    """(operations with their statuses, answers, faults)."""
    folder = tmp_path_factory.mktemp("contract")
    assert DOCUMENT.exists(), (f"The OpenAPI document of the Destination service is needed for this test and is not there: "
                               f"expected ../{DOCUMENT.relative_to(FOLDER.parents[2])} beside the checkout.")
    operations = validate(node, [], folder)["operations"]
    server = Server(folder / "state")
    try:
        recorder = Recorder(server)
        for level in LEVELS:
            entities(recorder, level, folder)
        finding(recorder)
        trust(recorder)
        strangers(recorder, operations)
        trust_away(recorder)
        damaged(recorder)
        away(recorder)
    finally:
        server.stop()
    return operations, recorder.answers, validate(node, recorder.answers, folder)["faults"]


def test_every_answer_fits_the_schema_of_its_operation_and_status(contract):
    assert not contract[2]


def test_every_operation_is_shown_with_every_status_that_it_declares(contract):
    operations, answers, _ = contract
    shown = {(one["operation"], one["status"]) for one in answers}
    missing = [f"{operation} {status}" for operation, statuses in operations.items() for status in statuses
               if (operation, status) not in shown and not cannot(operation, status)]
    assert not missing
    assert len(operations) == 47


def test_no_status_is_called_impossible_and_yet_comes(contract):
    assert not [one for one in {(one["operation"], one["status"]) for one in contract[1]} if cannot(*one)]
