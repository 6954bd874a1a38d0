"""The description of /admin/v1: valid, whole, true, and the same from a server as from the command line."""
import json
import re

import jsonschema
import pytest

from postern import run

ROUTES = [r for r in json.loads(run("role", "routes", "--json").out) if r["path"].startswith("/admin/v1/")]
DOCUMENT = json.loads(run("openapi").out)
OPERATIONS = {(method.upper(), path): operation for path, item in DOCUMENT["paths"].items() for method, operation in item.items()}


def schema(name):
    return {"$ref": "#/components/schemas/" + name, "components": DOCUMENT["components"]}


def nodes(value):
    if isinstance(value, (dict, list)):
        yield value
        for member in value.values() if isinstance(value, dict) else value:
            yield from nodes(member)


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


def test_secrets_go_in_alone():
    for node in nodes(DOCUMENT["components"]["schemas"]):
        for name, field in (node.get("properties", {}) if isinstance(node, dict) else {}).items():
            assert field.get("writeOnly", False) == ("password" in name), name


def test_a_server_serves_it_to_who_is_logged_in(server):
    assert json.loads(server.curl("/admin/v1/openapi.json", "--unix-socket", str(server.state / "admin.sock"),
                                  address="http://localhost").body) == DOCUMENT
    assert server.curl("/admin/v1/openapi.json", address=server.management).status == 401


@pytest.mark.parametrize("path,name,body,field", [
    ("/roles", "role", {"name": "a b"}, "name"),
    ("/roles", "role", {"name": "a", "description": "x" * 501}, "description"),
    ("/credentials", "credential", {"name": "a", "user": "b"}, "password"),
    ("/credentials", "credential", {"name": "a" * 201, "user": "b", "password": "c"}, "name"),
    ("/ca/issue", "certificate-order", {"name": "a", "days": 3651}, "days"),
    ("/keystore/create", "keystore-create", {"alias": "a", "days": 0}, "days"),
    ("/keystore/rename", "keystore-rename", {"alias": "a"}, "to"),
    ("/service-instances", "service-instance", {"name": "a/b", "service": "it-rt", "plan": "api"}, "name"),
    ("/service-instances", "service-instance", {"name": "a", "service": "no", "plan": "api"}, "service"),
    ("/artifacts/create", "artifact", {"name": "a", "address": "/a", "max_body_mb": 1025}, "max_body_mb"),
])
def test_what_the_schema_refuses_the_server_refuses_by_that_field(server, path, name, body, field):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(body, schema(name))
    answer = server.curl("/admin/v1" + path, "--unix-socket", str(server.state / "admin.sock"), "-d", json.dumps(body),
                         address="http://localhost")
    error = json.loads(answer.body)
    assert answer.status in (400, 413) and error["error"]["field"] == field, error
    jsonschema.validate(error, schema("error"))
