"""The Open Service Broker API as a platform speaks it: catalog, instances, bindings, their renewal, and every refusal."""
import datetime
import json
import subprocess
import uuid

import jsonschema
import pytest

# Shapes of answers, after the tables of the Open Service Broker API 2.17.
TEXT = {"type": "string", "minLength": 1}
SCHEMA_OBJECT = {"type": "object", "required": ["parameters"],
                 "properties": {"parameters": {"type": "object", "required": ["$schema"]}}}
CATALOG = {
    "type": "object", "required": ["services"], "properties": {"services": {"type": "array", "minItems": 1, "items": {
        "type": "object", "required": ["name", "id", "description", "bindable", "plans"],
        "properties": {
            "name": {"type": "string", "pattern": "^[a-z0-9-]+$"}, "id": TEXT, "description": TEXT,
            "tags": {"type": "array", "items": TEXT}, "bindable": {"type": "boolean"},
            "instances_retrievable": {"type": "boolean"}, "bindings_retrievable": {"type": "boolean"},
            "plan_updateable": {"type": "boolean"},
            "plans": {"type": "array", "minItems": 1, "items": {
                "type": "object", "required": ["id", "name", "description"],
                "properties": {
                    "id": TEXT, "name": {"type": "string", "pattern": "^[a-z0-9-]+$"}, "description": TEXT,
                    "free": {"type": "boolean"}, "bindable": {"type": "boolean"},
                    "binding_rotatable": {"type": "boolean"},
                    "schemas": {"type": "object", "additionalProperties": False, "properties": {
                        "service_instance": {"type": "object", "additionalProperties": False,
                                             "properties": {"create": SCHEMA_OBJECT, "update": SCHEMA_OBJECT}},
                        "service_binding": {"type": "object", "additionalProperties": False,
                                            "properties": {"create": SCHEMA_OBJECT}}}}}}}}}}}}
EMPTY = {"type": "object", "maxProperties": 0}
INSTANCE = {"type": "object", "additionalProperties": False, "required": ["service_id", "plan_id"],
            "properties": {"service_id": TEXT, "plan_id": TEXT, "parameters": {"type": "object"}}}
INSTANT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$"}
BINDING = {"type": "object", "additionalProperties": False, "required": ["credentials"],
           "properties": {"credentials": {"type": "object", "minProperties": 1}, "parameters": {"type": "object"},
                          "metadata": {"type": "object", "additionalProperties": False,
                                       "properties": {"expires_at": INSTANT, "renew_before": INSTANT}}}}
OPERATION = {"type": "object", "required": ["state"],
             "properties": {"state": {"enum": ["in progress", "succeeded", "failed"]}}}
ERROR = {"type": "object", "additionalProperties": False, "required": ["description"],
         "properties": {"error": TEXT, "description": TEXT}}


class Platform:
    """A platform with the administrator's login."""

    def __init__(self, server):
        self.server = server
        self.login = "admin:" + server.admin_password
        services = self.ask("GET", "/catalog", schema=CATALOG)[1]["services"]
        self.ids = {(s["name"], p["name"]): {"service_id": s["id"], "plan_id": p["id"]}
                    for s in services for p in s["plans"]}

    def ask(self, method, path, body=None, *args, version="2.17", login=None, schema=None):
        """(status, JSON); every answer is held against a shape: the one given for success, the error's otherwise."""
        command = ["curl", "-sS", "-X", method, "-u", login or self.login, "-w", "\n%{http_code}", *args]
        if version:
            command += ["-H", "X-Broker-API-Version: " + version]
        if body is not None:
            command += ["-H", "Content-Type: application/json", "--data-binary", "@-"]
        done = subprocess.run([*command, self.server.management + "/v2" + path], capture_output=True, text=True,
                              input=body if isinstance(body, str) else json.dumps(body), check=True)
        text, _, status = done.stdout.rpartition("\n")
        answer, status = json.loads(text), int(status)
        if status < 300:
            jsonschema.validate(answer, schema or EMPTY)
        elif status == 410:
            jsonschema.validate(answer, EMPTY)
        else:
            jsonschema.validate(answer, ERROR)
        return status, answer

    def order(self, plan=("it-rt", "integration-flow"), **more):
        return dict(self.ids[plan], organization_guid="org", space_guid="space", **more)

    def provision(self, plan=("it-rt", "integration-flow"), **more):
        """An instance under a fresh id; returns its path."""
        path = "/service_instances/" + str(uuid.uuid4())
        assert self.ask("PUT", path, self.order(plan, **more))[0] == 201
        return path

    def bind(self, instance, plan=("it-rt", "integration-flow"), **more):
        path = instance + "/service_bindings/" + str(uuid.uuid4())
        status, answer = self.ask("PUT", path, dict(self.ids[plan], **more), schema=BINDING)
        assert status == 201
        return path, answer

    def delete(self, path, plan=("it-rt", "integration-flow"), schema=None):
        ids = self.ids[plan]
        return self.ask("DELETE", f"{path}?service_id={ids['service_id']}&plan_id={ids['plan_id']}", schema=schema)


@pytest.fixture(scope="module")
def platform(server):
    server.ok("artifact", "create", "echo", "--address", "/echo", "--reply", "hello")
    return Platform(server)


def instant(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")


PLANS = [("it-rt", "integration-flow"), ("it-rt", "api"), ("destination", "lite")]


def test_the_catalog_has_every_plan_with_schemas_that_are_schemas(platform):
    services = platform.ask("GET", "/catalog", schema=CATALOG)[1]["services"]
    assert {(s["name"], p["name"]) for s in services for p in s["plans"]} == set(PLANS)
    for plan in (p for s in services for p in s["plans"]):
        assert plan["binding_rotatable"] is True
        for holder in (*plan["schemas"]["service_instance"].values(), *plan["schemas"]["service_binding"].values()):
            jsonschema.Draft4Validator.check_schema(holder["parameters"])


@pytest.mark.parametrize("plan", PLANS)
def test_each_plan_is_ordered_bound_fetched_unbound_and_given_back(platform, plan):
    instance = platform.provision(plan)
    assert platform.ask("GET", instance, schema=INSTANCE)[1].items() >= platform.ids[plan].items()
    assert platform.ask("GET", instance + "/last_operation", schema=OPERATION) == (200, {"state": "succeeded"})
    binding, made = platform.bind(instance, plan)
    status, fetched = platform.ask("GET", binding, schema=BINDING)
    assert (status, fetched["credentials"]) == (200, made["credentials"])
    assert platform.ask("GET", binding + "/last_operation", schema=OPERATION) == (200, {"state": "succeeded"})
    assert platform.delete(binding, plan) == (200, {}) and platform.delete(binding, plan) == (410, {})
    assert platform.delete(instance, plan) == (200, {}) and platform.delete(instance, plan) == (410, {})
    assert platform.ask("GET", instance)[0] == 404 and platform.ask("GET", binding)[0] == 404
    assert platform.ask("GET", instance + "/last_operation")[0] == 404


def test_the_same_order_again_is_200_and_another_one_under_the_id_is_409(platform):
    instance = platform.provision(parameters={"token-validity": 7200})
    assert platform.ask("PUT", instance, platform.order(parameters={"token-validity": 7200})) == (200, {})
    for other in (platform.order(parameters={"token-validity": 7201}), platform.order(),
                  dict(platform.order(parameters={"token-validity": 7200}), space_guid="another"),
                  dict(platform.order(parameters={"token-validity": 7200}), organization_guid="another"),
                  dict(platform.order(parameters={"token-validity": 7200}), **platform.ids["it-rt", "api"])):
        assert platform.ask("PUT", instance, other)[0] == 409


def test_the_platforms_name_becomes_the_instances_where_it_is_free(platform, server):
    platform.provision(context={"platform": "cloudfoundry", "instance_name": "from-platform"})
    assert server.json("service-instance", "get", "from-platform")["plan"] == "integration-flow"
    second = platform.provision(context={"platform": "cloudfoundry", "instance_name": "from-platform"})
    assert server.json("service-instance", "get", second.rpartition("/")[2].replace("-", ""))["plan"] == "integration-flow"


def test_an_update_changes_what_it_names_and_counts_in_later_comparisons(platform):
    instance = platform.provision(parameters={"roles": ["ESBMessaging.send"]})
    ids = platform.ids["it-rt", "integration-flow"]
    assert platform.ask("PATCH", instance, {"service_id": ids["service_id"], "parameters": {"token-validity": 4000}}) == (200, {})
    parameters = platform.ask("GET", instance, schema=INSTANCE)[1]["parameters"]
    assert (parameters["token-validity"], parameters["roles"]) == (4000, ["ESBMessaging.send"])
    assert platform.ask("PUT", instance, platform.order(parameters={"roles": ["ESBMessaging.send"]}))[0] == 409
    assert platform.ask("PUT", instance, platform.order(
        parameters={"roles": ["ESBMessaging.send"], "token-validity": 4000}))[0] == 200
    assert platform.ask("PATCH", instance, {"service_id": ids["service_id"]}) == (200, {})


def test_an_update_to_another_plan_is_not_supported(platform):
    instance = platform.provision()
    status, answer = platform.ask("PATCH", instance, platform.ids["it-rt", "api"])
    assert status == 422 and "plan" in answer["description"]


def test_a_key_with_a_certificate_calls_an_endpoint_and_tells_when_to_renew(platform, server, tmp_path):
    instance = platform.provision()
    _, answer = platform.bind(instance, parameters={"key-type": "certificate", "validity": 30})
    begin, end = instant(answer["metadata"]["renew_before"]), instant(answer["metadata"]["expires_at"])
    assert datetime.timedelta(days=9) < end - begin < datetime.timedelta(days=11)
    assert reply(server, tmp_path, answer) == 200


def reply(server, folder, binding):
    oauth = binding["credentials"]["oauth"]
    certificate, key = folder / (oauth["clientid"][3:20] + ".pem"), folder / (oauth["clientid"][3:20] + ".key")
    certificate.write_text(oauth["certificate"])
    key.write_text(oauth["key"])
    return server.curl("/http/echo", cert=certificate, key=key).status


def test_a_renewed_binding_has_its_own_key_and_both_are_good_until_the_old_one_goes(platform, server, tmp_path):
    instance = platform.provision()
    old_path, old = platform.bind(instance, parameters={"key-type": "certificate", "validity": 20, "key-length": 3072})
    new_path = instance + "/service_bindings/" + str(uuid.uuid4())
    status, new = platform.ask("PUT", new_path, {"predecessor_binding_id": old_path.rpartition("/")[2]}, schema=BINDING)
    assert status == 201 and new["credentials"]["oauth"]["key"] != old["credentials"]["oauth"]["key"]
    assert platform.ask("GET", new_path, schema=BINDING)[1]["parameters"] == {"key-type": "certificate", "validity": 20,
                                                                             "key-length": 3072}
    assert platform.ask("PUT", new_path, {"predecessor_binding_id": old_path.rpartition("/")[2]}, schema=BINDING)[0] == 200
    assert (reply(server, tmp_path, old), reply(server, tmp_path, new)) == (200, 200)
    assert platform.delete(old_path)[0] == 200
    assert (reply(server, tmp_path, old), reply(server, tmp_path, new)) == (401, 200)


def test_a_binding_that_no_call_could_be_told_by_is_409_when_it_is_ordered(platform, department):
    instance = platform.provision()
    one, two = (department.leaf(f"broker-{i}", subject="/C=DE/O=Example/CN=broker") for i in range(2))
    _, made = platform.bind(instance, parameters={"X.509": one.certificate.read_text(), "pin": False})
    assert "credentials" in made
    path = instance + "/service_bindings/" + str(uuid.uuid4())
    order = dict(platform.ids[("it-rt", "integration-flow")],
                 parameters={"X.509": two.certificate.read_text(), "pin": False})
    status, answer = platform.ask("PUT", path, order)
    assert status == 409 and "subject and issuer" in answer["description"]
    assert platform.ask("GET", path)[0] == 404


def test_a_secret_is_renewed_too(platform):
    instance = platform.provision(("destination", "lite"))
    old_path, old = platform.bind(instance, ("destination", "lite"))
    _, new = platform.ask("PUT", instance + "/service_bindings/" + str(uuid.uuid4()),
                          {"predecessor_binding_id": old_path.rpartition("/")[2]}, schema=BINDING)
    assert new["credentials"]["clientsecret"] != old["credentials"]["clientsecret"] and "metadata" not in new


def test_a_predecessor_of_another_instance_or_none_is_400_and_an_external_certificate_422(platform, department):
    first, second = platform.provision(), platform.provision()
    old_path, _ = platform.bind(first)
    fresh = second + "/service_bindings/" + str(uuid.uuid4())
    for predecessor in (old_path.rpartition("/")[2], "unknown"):
        assert platform.ask("PUT", fresh, {"predecessor_binding_id": predecessor})[0] == 400
    external, _ = platform.bind(first, parameters={"X.509": department.leaf("platform").certificate.read_text()})
    status, answer = platform.ask("PUT", first + "/service_bindings/" + str(uuid.uuid4()),
                                  {"predecessor_binding_id": external.rpartition("/")[2]})
    assert status == 422 and "X.509" in answer["description"]
    status, _ = platform.ask("PUT", first + "/service_bindings/" + str(uuid.uuid4()),
                             {"predecessor_binding_id": old_path.rpartition("/")[2], "parameters": {}})
    assert status == 400


def test_the_same_binding_again_is_200_with_its_credentials_and_another_one_is_409(platform):
    instance, other = platform.provision(), platform.provision()
    path, made = platform.bind(instance, parameters={"key-type": "certificate"})
    ids = platform.ids["it-rt", "integration-flow"]
    assert platform.ask("PUT", path, dict(ids, parameters={"key-type": "certificate"}), schema=BINDING) == (200, made)
    assert platform.ask("PUT", path, ids)[0] == 409
    assert platform.ask("PUT", other + "/service_bindings/" + path.rpartition("/")[2], ids)[0] == 409


def test_a_binding_of_the_destination_service_serves_a_token(platform):
    instance = platform.provision(("destination", "lite"))
    _, answer = platform.bind(instance, ("destination", "lite"))
    c = answer["credentials"]
    done = subprocess.run(["curl", "-sS", c["url"] + "/oauth/token", "-d", "grant_type=client_credentials", "-u",
                           c["clientid"] + ":" + c["clientsecret"]], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["access_token"]


def test_a_certificate_for_the_destination_service_is_asked_for_as_xsuaa_does(platform):
    instance = platform.provision(("destination", "lite"))
    _, answer = platform.bind(instance, ("destination", "lite"),
                              parameters={"credential-type": "x509", "x509": {"validity": 8, "validity-type": "DAYS"}})
    assert answer["credentials"]["credential-type"] == "x509" and "clientsecret" not in answer["credentials"]
    assert instant(answer["metadata"]["expires_at"]) < datetime.datetime.utcnow() + datetime.timedelta(days=9)


ROUTES = [("GET", "/catalog"), ("PUT", "/service_instances/x"), ("GET", "/service_instances/x"),
          ("PATCH", "/service_instances/x"), ("DELETE", "/service_instances/x?service_id=s&plan_id=p"),
          ("GET", "/service_instances/x/last_operation"), ("PUT", "/service_instances/x/service_bindings/y"),
          ("GET", "/service_instances/x/service_bindings/y"),
          ("DELETE", "/service_instances/x/service_bindings/y?service_id=s&plan_id=p"),
          ("GET", "/service_instances/x/service_bindings/y/last_operation")]


@pytest.mark.parametrize("method,path", ROUTES)
def test_without_a_version_or_with_a_foreign_one_the_answer_is_412(platform, method, path):
    body = {} if method in ("PUT", "PATCH") else None
    for version in (None, "1.0", "3.0", "2", "2.x", "2.17.1"):
        assert platform.ask(method, path, body, version=version)[0] == 412


@pytest.mark.parametrize("method,path", ROUTES)
def test_without_a_login_the_answer_is_401(platform, method, path):
    done = subprocess.run(["curl", "-sS", "-X", method, "-o", "/dev/null", "-w", "%{http_code}", "-H",
                           "X-Broker-API-Version: 2.17", platform.server.management + "/v2" + path],
                          capture_output=True, text=True, check=True)
    assert done.stdout == "401"


@pytest.mark.parametrize("missing", ["service_id", "plan_id", "organization_guid", "space_guid"])
def test_an_order_without_a_mandatory_field_is_400_and_names_it(platform, missing):
    order = platform.order()
    for broken in ({k: v for k, v in order.items() if k != missing}, dict(order, **{missing: ""}),
                   dict(order, **{missing: 7})):
        status, answer = platform.ask("PUT", "/service_instances/" + str(uuid.uuid4()), broken)
        assert status == 400 and missing in answer["description"]


@pytest.mark.parametrize("changes", [{"service_id": "unknown"}, {"plan_id": "unknown"}, {"parameters": []},
                                     {"parameters": {"rolles": []}}, {"parameters": {"roles": ["absent"]}},
                                     {"parameters": {"token-validity": 1}}])
def test_an_order_that_the_catalog_does_not_allow_is_400_and_makes_nothing(platform, server, changes):
    before = server.json("service-instance", "list")
    assert platform.ask("PUT", "/service_instances/" + str(uuid.uuid4()), dict(platform.order(), **changes))[0] == 400
    assert server.json("service-instance", "list") == before


@pytest.mark.parametrize("body", ["", "{", "[]", "7"])
def test_a_body_that_is_no_object_is_400(platform, body):
    assert platform.ask("PUT", "/service_instances/" + str(uuid.uuid4()), body)[0] == 400


def test_a_binding_that_is_not_allowed_is_400_and_one_of_an_unknown_instance_404(platform):
    instance = platform.provision()
    ids = platform.ids["it-rt", "integration-flow"]
    fresh = instance + "/service_bindings/" + str(uuid.uuid4())
    for broken in ({}, {"service_id": ids["service_id"]}, {"plan_id": ids["plan_id"]}, platform.ids["it-rt", "api"],
                   dict(ids, parameters=[]), dict(ids, parameters={"key-type": "other"}),
                   dict(ids, parameters={"X509": "misspelt"}), dict(ids, parameters={"X.509": "no certificate"})):
        assert platform.ask("PUT", fresh, broken)[0] == 400
    assert platform.ask("GET", fresh)[0] == 404
    assert platform.ask("PUT", "/service_instances/absent/service_bindings/y", ids)[0] == 404


def test_a_version_of_a_plan_that_has_none_is_a_maintenance_conflict(platform):
    order = platform.order(maintenance_info={"version": "2.0.0"})
    status, answer = platform.ask("PUT", "/service_instances/" + str(uuid.uuid4()), order)
    assert (status, answer["error"]) == (422, "MaintenanceInfoConflict")


def test_deleting_without_the_catalogs_ids_is_400_and_while_keys_are_held_422(platform):
    instance = platform.provision()
    binding, _ = platform.bind(instance)
    for path in (instance, binding):
        assert platform.ask("DELETE", path)[0] == 400
        assert platform.ask("DELETE", path + "?service_id=" + platform.ids["it-rt", "api"]["service_id"])[0] == 400
        assert platform.delete(path, ("it-rt", "api"))[0] == 400
    assert platform.delete(instance)[0] == 422
    assert platform.delete(binding)[0] == 200 and platform.delete(instance)[0] == 200


def test_what_is_deleted_by_hand_is_gone_for_the_platform(platform, server):
    instance = platform.provision(context={"instance_name": "by-hand"})
    binding, _ = platform.bind(instance)
    key = server.json("service-key", "list", "by-hand")[0]["name"]
    server.ok("service-key", "delete", "by-hand", key)
    assert platform.ask("GET", binding)[0] == 404 and platform.delete(binding) == (410, {})
    server.ok("service-instance", "delete", "by-hand")
    assert platform.ask("GET", instance)[0] == 404 and platform.delete(instance) == (410, {})


def test_ids_that_are_no_uuids_are_taken_up_to_255_characters(platform):
    for name, status in (("a" * 255, 201), ("a" * 256, 400), ("with%20space", 201), ("%C3%BC", 201)):
        assert platform.ask("PUT", "/service_instances/" + name, platform.order())[0] == status
