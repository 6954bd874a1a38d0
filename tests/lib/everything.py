"""Everything that can be read of a server's management APIs, with one thing there of every kind; and calls by its socket."""
import base64
import http.client
import json
import re
import socket
import threading
import time

from bundle import bundle, iflw
from destination import Api, named
from furnish import ORDERS, furnished
from odata import EVERYTHING, Odata, hexalias
from postern import run


LONGEST = 2  # that a reader waits for an answer [s]


class Admin(http.client.HTTPConnection):
    """The management API by the socket of the state folder."""

    def __init__(self, server, timeout=60):
        super().__init__("localhost", timeout=timeout)
        self.path = str(server.state / "admin.sock")

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def ask(connection, method, path, body=None, headers=None):
    """The status of an answer and its bytes."""
    connection.request(method, path, body if body is None or isinstance(body, bytes) else json.dumps(body),
                       {"X-Broker-API-Version": "2.17", "Content-Type": "application/json", **(headers or {})})
    answer = connection.getresponse()
    return answer.status, answer.read()


class InBackground(threading.Thread):
    """A call by the socket that may take its time."""

    def __init__(self, server, method, path, body=None):
        super().__init__(daemon=True)
        self.connection, self.call, self.answer, self.failure = Admin(server), (method, path, body), None, None
        self.start()

    def run(self):
        try:
            self.answer = ask(self.connection, *self.call)
        except (OSError, http.client.HTTPException) as failure:
            self.failure = failure

    @property
    def status(self):
        self.join(30)
        return self.answer and self.answer[0]


def helpers_started(server):
    """How many helper processes the manager has started so far for those who asked."""
    return int(re.search(rb"^postern_jobs_total\{process=\"manager\"\} ([0-9]+)$", ask(Admin(server), "GET", "/metrics")[1], re.M)[1])


def make_everything(server, department):
    """One thing of every kind; what stands for the words in braces of a route."""
    leaf = furnished(server, department, "off-the-loop", *ORDERS)
    admin, api = Admin(server), Api(server)
    for level in ("subaccount", "instance"):
        assert api.status("POST", level + "Destinations", named("thing")) == 201
        assert api.status("POST", level + "DestinationFragments", {"FragmentName": "thing"}) == 201
        content = base64.b64encode(leaf.certificate.read_bytes()).decode()
        assert api.status("POST", level + "Certificates", {"Name": "thing.pem", "Content": content}) == 201
    for path in ("certificate", "certificate/passive"):
        assert api.status("POST", "saml2Metadata/" + path) in (200, 201, 204)
    catalog = json.loads(ask(admin, "GET", "/v2/catalog")[1])["services"]
    plan = next(s for s in catalog if s["name"] == "it-rt")
    ids = {"service_id": plan["id"], "plan_id": plan["plans"][0]["id"]}
    order = {**ids, "organization_guid": "o", "space_guid": "s"}
    assert ask(admin, "PUT", "/v2/service_instances/ordered", order)[0] == 201
    assert ask(admin, "PUT", "/v2/service_instances/ordered/service_bindings/bound", ids)[0] == 201
    tools = Odata(server, "tools", EVERYTHING)
    assert tools.call("POST", "/IntegrationPackages", {"Id": "thing", "Name": "thing", "ShortText": "x"}).status == 201
    content = base64.b64encode(bundle("flow", iflw("/flow"))).decode()
    assert tools.call("POST", "/IntegrationDesigntimeArtifacts", {"Id": "flow", "Name": "flow", "PackageId": "thing",
                                                                 "ArtifactContent": content}).status == 201
    server.ok("credential", "create", "thing", "--user", "u", "--password-file", "-", input="secret")
    server.ok("role", "create", "thing")
    server.ok("subaccount", "create", "thing")
    message = server.curl("/http/orders", cert=leaf.chain, key=leaf.key).id
    server.ok("message", "get", message)
    return {"api": api, "tools": tools, "message": message, "leaf": leaf}


def concrete(known, path):
    """A route's path with the names of things that are there."""
    if "service_instances" in path:
        path = path.replace("{id}", "ordered").replace("{binding}", "bound")
    for word, value in {"{alias}": "root", "{instance}": "runtime", "{key}": "key", "{*}": "absent"}.items():
        path = path.replace(word, value)
    path = path.replace("{id}", known["message"] if "/messages/" in path else "orders")
    return path.replace("{name}", "thing.pem" if "Certificates/" in path else "thing")


ROOT = hexalias("root")
ODATA = ["", "$metadata", f"KeystoreEntries('{ROOT}')", f"KeystoreEntries('{ROOT}')/ChainCertificates", "Keystores('system')/Entries",
         "UserCredentials('thing')", "IntegrationPackages('thing')/IntegrationDesigntimeArtifacts",
         "IntegrationDesigntimeArtifacts(Id='flow',Version='active')",
         "IntegrationDesigntimeArtifacts(Id='flow',Version='active')/$value",
         "IntegrationDesigntimeArtifacts(Id='flow',Version='active')/Resources",
         "IntegrationDesigntimeArtifacts(Id='flow',Version='active')/Configurations",
         "IntegrationRuntimeArtifacts('orders')", "ServiceEndpoints?$expand=EntryPoints",
         "MessageProcessingLogs?$top=5", "MessageProcessingLogs/$count"]


class Reader:
    """Asks for everything that can be read, as who may: `paths` are pairs of a right and a path."""

    def __init__(self, server, known):
        self.server, self.known = server, known
        self.bearer = {"destination": "Bearer " + known["api"].token, "role": known["tools"].bearer}
        routes = [r for r in json.loads(run("routes", "--json").out) if r["method"] == "GET" and r["right"] != "role"]
        sets = json.loads(known["tools"].get("").bytes)["d"]["EntitySets"]
        self.paths = [(r["right"].split("-")[0], concrete(known, r["path"])) for r in routes]
        self.paths += [("role", "/api/v1/" + path) for path in [*ODATA, *[one + "?$top=5" for one in sets]]]
        self.connect()

    def connect(self):
        host, port = self.server.management.removeprefix("http://").split(":")
        self.admin, self.network = Admin(self.server, LONGEST), http.client.HTTPConnection(host, int(port), timeout=LONGEST)

    def ask(self, right, path):
        """The status and how long it took [s]; 0 when nothing came in time."""
        headers = {"Authorization": self.bearer[right]} if right in self.bearer else {}
        connection = self.network if headers or right == "public" else self.admin
        began = time.monotonic()
        try:
            status, _ = ask(connection, "GET", path, None, headers)
        except TimeoutError:
            self.connect()
            status = 0
        return status, time.monotonic() - began

    def readable(self):
        """What is answered with 200; of the route table that is all but what is not there for anybody."""
        found = [(right, path) for right, path in self.paths if self.ask(right, path)[0] == 200]
        absent = [path for right, path in self.paths if right != "role" and (right, path) not in found]
        assert absent == ["/.well-known/absent", "/token_key"] and len(found) > 80, absent
        return found
