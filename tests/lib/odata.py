"""A client of the OData API with a service key of plan api, as a tool has one."""
import base64
import json
import urllib.error
import urllib.parse
import urllib.request

EVERYTHING = ["MonitoringDataRead", "MessagePayloadsRead", "SecurityMaterialEdit", "CredentialsEdit",
              "WorkspacePackagesRead", "WorkspacePackagesEdit", "WorkspacePackagesConfigure",
              "WorkspaceArtifactsDeploy"]


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.bytes = status, headers, body

    @property
    def text(self):
        return self.bytes.decode()

    @property
    def d(self):
        return json.loads(self.bytes)["d"]

    @property
    def results(self):
        return self.d["results"]

    @property
    def error(self):
        """The sentence of an error, having checked the shape that every error has."""
        error = json.loads(self.bytes)["error"]
        assert error["code"] and error["message"]["lang"] == "en", error
        return error["message"]["value"]

    def __repr__(self):
        return f"{self.status} {dict(self.headers)} {self.bytes[:1500]!r}"


def request(url, method="GET", body=None, headers=None):
    data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
    all_headers = {"Accept": "application/json", **(headers or {})}
    if isinstance(body, (dict, list)):
        all_headers.setdefault("Content-Type", "application/json")
    ask = urllib.request.Request(url, data=data, method=method, headers=all_headers)
    try:
        with urllib.request.urlopen(ask, timeout=30) as answer:
            return Response(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return Response(error.code, error.headers, error.read())


class Odata:
    """Everything below /api/v1 of a server, with the roles given."""

    def __init__(self, server, name, roles=None):
        self.server = server
        parameters = {"roles": EVERYTHING if roles is None else roles, "grant-types": ["client_credentials"]}
        server.ok("service-instance", "create", name, "--service", "it-rt", "--plan", "api", "-c",
                  json.dumps(parameters))
        server.ok("service-key", "create", name, "key")
        self.key = server.json("service-key", "get", name, "key")
        self.oauth = self.key.get("credentials", self.key)["oauth"]
        self.root = server.management + "/api/v1"
        self.bearer = self.token()

    @property
    def basic(self):
        pair = f"{self.oauth['clientid']}:{self.oauth['clientsecret']}"
        return "Basic " + base64.b64encode(pair.encode()).decode()

    def token(self):
        """As Piper asks: grant type in the query, id and secret by Basic."""
        answer = request(self.oauth["tokenurl"] + "?grant_type=client_credentials", "POST", b"",
                         {"Authorization": self.basic})
        assert answer.status == 200, answer
        return "Bearer " + json.loads(answer.bytes)["access_token"]

    def call(self, method, path, body=None, headers=None, **query):
        if query:
            path += "?" + urllib.parse.urlencode({k.replace("S_", "$"): v for k, v in query.items()})
        return request(self.root + path, method, body, {"Authorization": self.bearer, **(headers or {})})

    def get(self, path, headers=None, **query):
        return self.call("GET", path, None, headers, **query)


def hexalias(alias):
    return alias.encode().hex().upper()
