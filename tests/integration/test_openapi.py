"""The description of /admin/v1: valid, whole, true, and the same from a server as from the command line."""
import base64
import json
import re

import jsonschema
import pytest

from admin import ask
from bundle import bundle, iflw
from everything import concrete, make_everything
from postern import run

ROUTES = [r for r in json.loads(run("routes", "--json").out) if r["path"].startswith("/admin/v1/")]
TEXT = run("openapi").out
DOCUMENT = json.loads(TEXT)
OPERATIONS = {(method.upper(), path): operation for path, item in DOCUMENT["paths"].items() for method, operation in item.items()}
BY_NAME = {operation["operationId"]: operation for operation in OPERATIONS.values()}


def schema(name):
    return {"$ref": "#/components/schemas/" + name, "components": DOCUMENT["components"]}


def nodes(value):
    if isinstance(value, (dict, list)):
        yield value
        for member in value.values() if isinstance(value, dict) else value:
            yield from nodes(member)


def answer_schemas(operation):
    """Of what is answered where all is well."""
    return [one["content"]["application/json"]["schema"] for status, one in operation["responses"].items()
            if status.startswith("2") and "content" in one]


def whole(value):
    """A schema in which nothing may be told that it does not name."""
    if isinstance(value, list):
        return [whole(v) for v in value]
    if not isinstance(value, dict):
        return value
    closed = {name: whole(v) for name, v in value.items()}
    if isinstance(value.get("properties"), dict) and value.get("type") == "object":
        closed["additionalProperties"] = False
    return closed


WHOLE = whole(DOCUMENT["components"])


def check_answer(name, reply):
    """Status and shape are those of the document, and no member is told that it does not name."""
    operation = BY_NAME[name]
    assert 200 <= reply.status < 300 and str(reply.status) in operation["responses"], (name, reply)
    told = operation["responses"][str(reply.status)].get("content")
    if told is None:
        assert reply.text == "", (name, reply)
        return None
    jsonschema.validate(reply.json, {**told["application/json"]["schema"], "components": WHOLE},
                        cls=jsonschema.Draft202012Validator)
    return reply.json


def b64(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


@pytest.fixture(scope="module")
def known(server, department):
    return make_everything(server, department)


def test_a_validator_of_openapi_takes_it():
    validator = pytest.importorskip("openapi_spec_validator")
    validator.validate(DOCUMENT)


def test_every_reference_leads_somewhere_and_every_schema_is_one():
    for node in nodes(DOCUMENT):
        if isinstance(node, dict) and "$ref" in node:
            kind, name = re.fullmatch("#/components/([a-zA-Z]+)/([a-z0-9-]+)", node["$ref"]).groups()
            assert name in DOCUMENT["components"][kind], node
    for one in DOCUMENT["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(one)


def test_every_route_stands_in_it_with_its_right():
    assert set(OPERATIONS) == {(r["method"], r["path"]) for r in ROUTES}
    for route in ROUTES:
        wanted = {"admin": "administrator", "server": "server"}[route["right"]]
        assert OPERATIONS[route["method"], route["path"]]["security"] == [{wanted: []}], route


def test_each_operation_is_a_use_case_with_its_parameters():
    names = [o["operationId"] for o in OPERATIONS.values()]
    assert len(set(names)) == len(names) and {"service-key.create", "keystore.import", "role.list"} < set(names)
    for (_, path), operation in OPERATIONS.items():
        told = {p["name"] for p in operation["parameters"] if p.get("in") == "path"}
        assert told == set(re.findall(r"{(\w+)}", path)), path


def test_secrets_that_go_in_are_told_to_nobody():
    for operation in OPERATIONS.values():
        for node in nodes(answer_schemas(operation)):
            if "$ref" in node:
                name = node["$ref"].rsplit("/", 1)[1]
                fields = DOCUMENT["components"]["schemas"][name]["properties"]
                assert not [f for f in fields.values() if f.get("writeOnly")], name
    for name, one in DOCUMENT["components"]["schemas"].items():
        for field, told in one["properties"].items():
            assert told.get("format") == "password" or "password" not in field, (name, field)


def test_each_answer_is_described_or_has_no_body():
    for operation in OPERATIONS.values():
        good = {status: one for status, one in operation["responses"].items() if status.startswith("2")}
        assert good, operation
        for status, one in good.items():
            assert ("content" in one) == (status != "204"), operation
        assert {"400", "401", "403", "default"} <= set(operation["responses"]), operation


def test_what_can_be_read_has_a_tag_and_lists_have_pages():
    for (method, path), operation in OPERATIONS.items():
        names = {p.get("name") or p["$ref"].rsplit("/", 1)[1] for p in operation["parameters"]}
        assert ("ETag" in operation["responses"].get("200", {}).get("headers", {})) == (method == "GET"), path
        is_list = method == "GET" and answer_schemas(operation)[0].get("type") == "array"
        assert ({"limit", "after"} <= names) == is_list, path
        assert method != "GET" or "if-none-match" in names


def test_it_is_of_a_size_to_be_read():
    assert 50_000 < len(TEXT) < 300_000


def test_a_server_serves_it_to_who_is_logged_in(server):
    assert json.loads(server.curl("/admin/v1/openapi.json", "--unix-socket", str(server.state / "admin.sock"),
                                  address="http://localhost").body) == DOCUMENT
    assert server.curl("/admin/v1/openapi.json", address=server.management).status == 401


def test_everything_that_is_read_is_as_described(server, known):
    for (method, path), operation in OPERATIONS.items():
        if method == "GET":
            reply = ask(server, "GET", concrete(known, path).removeprefix("/admin/v1"))
            assert reply.status == 200, reply
            check_answer(operation["operationId"], reply)
            assert reply.etag, path


def test_what_is_made_and_changed_is_answered_as_described(server, known):
    def change(name, path, body=None, method="POST"):
        return check_answer(name, ask(server, method, path, body))

    change("role.create", "/roles", {"name": "described", "description": "x"})
    change("role.delete", "/roles/described", method="DELETE")
    change("credential.create", "/credentials", {"name": "described", "user": "u", "password": "p", "company": "c"})
    change("subaccount.create", "/subaccounts", {"name": "described"})
    change("subaccount.delete", "/subaccounts/described?force=true", method="DELETE")
    change("token-key.rotate", "/token-keys", {})
    change("setting.set", "/settings", {"name": "crl_stale", "value": None})
    change("service-instance.create", "/service-instances", {"name": "described", "service": "destination", "plan": "lite"})
    change("service-instance.update", "/service-instances/runtime", {"parameters": {"token-validity": 4000}},
           method="PATCH")
    change("service-key.create", "/service-instances/described/service-keys", {"name": "secret"})
    made = change("service-key.create", "/service-instances/runtime/service-keys",
                  {"name": "described", "parameters": {"key-type": "certificate"}})
    assert made["certificate"] and made["certificates"]
    for path in ("described/service-keys/secret", "runtime/service-keys/described"):
        change("service-key.credentials", f"/service-instances/{path}/credentials", method="GET")
    for x509 in (False, True):
        change("binding.create", "/bindings", {"instance": "described", "x509": x509})
    change("artifact.create", "/artifacts/create", {"name": "described", "address": "/described"})
    change("artifact.deploy", "/artifacts", {"content": b64(bundle("other", iflw("/other")))})
    change("destination.check", "/destinations/thing/check")
    change("doctor.destination", "/destinations/thing/doctor")


def test_what_is_done_with_certificates_is_answered_as_described(server, known):
    def change(name, path, body=None, method="POST"):
        return check_answer(name, ask(server, method, path, body))

    change("keystore.create", "/keystore/create", {"alias": "described", "key_type": "p-256"})
    request = change("keystore.request", "/keystore/described/request")
    signed = change("ca.sign", "/ca/sign", {"csr_pem": request["csr_pem"]})
    change("keystore.signing-response", "/keystore/described/signing-response", {"content": signed["chain_pem"]})
    issued = change("ca.issue", "/ca/issue", {"name": "described", "key_type": "p-256", "san": ["a.example"]})
    assert issued["key_pem"]
    change("service-key.add-certificate", "/service-instances/runtime/service-keys/key/certificates",
           {"certificate": signed["certificate_pem"]})
    change("ca.revoke", "/ca/revoke", {"certificate": issued["certificate_pem"]})
    change("keystore.import", "/keystore/import", {"content": b64(issued["chain_pem"]), "alias": "imported"})
    change("doctor.file", "/doctor/file", {"content": b64(issued["chain_pem"])})
    change("keystore.rename", "/keystore/rename", {"alias": "described", "to": "renamed"})
    change("keystore.backup", "/keystore/backup")
    change("keystore.restore", "/keystore/restore")
    change("keystore.delete", "/keystore/renamed", method="DELETE")
    change("server-certificate.reset", "/ca/server-certificates", method="DELETE")


@pytest.mark.parametrize("path,name,body,field", [
    ("/roles", "role-request", {"name": "a b"}, "name"),
    ("/roles", "role-request", {"name": "a", "description": "x" * 501}, "description"),
    ("/credentials", "credential-request", {"name": "a", "user": "b"}, "password"),
    ("/credentials", "credential-request", {"name": "a" * 201, "user": "b", "password": "c"}, "name"),
    ("/ca/issue", "certificate-order", {"name": "a", "days": 3651}, "days"),
    ("/keystore/create", "keystore-create", {"alias": "a", "days": 0}, "days"),
    ("/keystore/rename", "keystore-rename", {"alias": "a"}, "to"),
    ("/service-instances", "service-instance-request", {"name": "a/b", "service": "it-rt", "plan": "api"}, "name"),
    ("/service-instances", "service-instance-request", {"name": "a", "service": "no", "plan": "api"}, "service"),
    ("/artifacts/create", "artifact-request", {"name": "a", "address": "/a", "max_body_mb": 1025}, "max_body_mb"),
])
def test_what_the_schema_refuses_the_server_refuses_by_that_field(server, path, name, body, field):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(body, schema(name))
    reply = ask(server, "POST", path, body)
    assert reply.status in (400, 413) and reply.json["error"]["field"] == field, reply
    jsonschema.validate(reply.json, schema("refusal"))


def texts_with_limits():
    """Each text of a request's body that has a length of its own."""
    for (method, path), operation in OPERATIONS.items():
        body = operation.get("requestBody")
        if method == "POST" and body:
            fields = DOCUMENT["components"]["schemas"][body["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]]
            for name, field in fields["properties"].items():
                if field.get("type") == "string" and field.get("maxLength", 1 << 20) < 10_000:
                    yield path, name, field["maxLength"], fields


@pytest.mark.parametrize("path,name,limit,fields", [pytest.param(*one, id=one[0] + " " + one[1]) for one in texts_with_limits()])
def test_one_byte_above_a_limit_is_refused_by_that_field(server, path, name, limit, fields):
    body = {required: "a" for required in fields.get("required", [])}
    body.update({other: field["enum"][0] for other, field in fields["properties"].items() if other in body and "enum" in field})
    reply = ask(server, "POST", re.sub("{[a-z0-9]+}", "absent", path).removeprefix("/admin/v1"), {**body, name: "a" * (limit + 1)})
    assert reply.status in (400, 413) and reply.json["error"]["field"] == name, reply
    reply = ask(server, "POST", re.sub("{[a-z0-9]+}", "absent", path).removeprefix("/admin/v1"), {**body, name: "a" * limit})
    assert reply.status < 400 or reply.json["error"]["field"] != name or "longer" not in reply.json["error"]["text"], reply
