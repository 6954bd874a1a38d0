"""Two editors of one object: what is told of it has an ETag, and who changes by an old one is told so and changes nothing."""
import base64
import json
import re
import threading

import pytest

from admin import ask
from bundle import bundle, iflw
from postern import run

GETS = [r["path"].removeprefix("/admin/v1") for r in json.loads(run("routes", "--json").out)
        if r["method"] == "GET" and r["path"].startswith("/admin/v1/")]
OLD = '"0000000000000000000000000000000000000000000000000000000000000000"'


@pytest.fixture(scope="module")
def objects(server, department):
    """One of each."""
    server.ok("keystore", "import", department.root, "--alias", "root")
    server.ok("keystore", "create", "--alias", "pair", "--subject", "CN=pair")
    server.ok("role", "create", "Editors.read")
    assert ask(server, "POST", "/credentials", {"name": "partner", "user": "u", "password": "p"}).status == 200
    server.ok("subaccount", "create", "other")
    server.ok("artifact", "create", "orders", "--address", "/orders", "--reply", "ok")
    server.ok("service-instance", "create", "runtime", "--service", "it-rt", "--plan", "integration-flow",
              "-c", '{"roles":["ESBMessaging.send"]}')
    server.ok("service-key", "create", "runtime", "k")
    return {"alias": "pair", "name": "x", "instance": "runtime", "key": "k", "id": "orders"}


@pytest.mark.parametrize("path", GETS)
def test_what_is_told_has_a_tag_and_is_not_told_twice(server, objects, path):
    names = dict(objects, name={"/roles": "Editors.read", "/credentials": "partner", "/subaccounts": "other"}
                 .get(re.sub(r"/[^/]*$", "", path), "x"))
    path = re.sub(r"\{([^}]*)\}", lambda m: names.get(m.group(1), "x"), path)
    reply = ask(server, "GET", path)
    if reply.status != 200:
        assert path.startswith("/messages/"), reply  # nothing was sent yet
        assert reply.etag is None
        return
    assert re.fullmatch('"[0-9A-F]{64}"', reply.etag), reply
    assert ask(server, "GET", path, If_None_Match=OLD).status == 200
    if path in ("/ca", "/ca/crl"):
        return  # the list of revocations in it is signed anew each time
    for known in (reply.etag, "W/" + reply.etag, f"{OLD}, {reply.etag}", "*"):
        again = ask(server, "GET", path, If_None_Match=known)
        assert (again.status, again.text, again.etag) == (304, "", reply.etag)


def make_role(server):
    server.run("role", "create", "Edited")


def make_entry(server):
    server.run("keystore", "create", "--alias", "edited", "--subject", "CN=edited")


def make_instance(server):
    server.run("service-instance", "create", "edited", "--service", "it-rt", "--plan", "integration-flow",
               "-c", '{"roles":["ESBMessaging.send"]}')


def make_key(server):
    make_instance(server)
    server.run("service-key", "create", "edited", "k")


def make_artifact(server):
    server.run("artifact", "create", "edited", "--address", "/edited", "--reply", "ok")


def make_credential(server):
    ask(server, "POST", "/credentials", {"name": "edited", "user": "u", "password": "p"})


def make_subaccount(server):
    server.run("subaccount", "create", "edited")


def nothing(server):
    pass


FLOW = base64.b64encode(bundle("edited", iflw("/edited2"))).decode()
INSTANCE = "/service-instances/edited"
#: make it, where it is read, the change
CHANGES = [
    (make_role, "/roles/Edited", "DELETE", "/roles/Edited", None),
    (make_entry, "/keystore/edited", "POST", "/keystore/rename", {"alias": "edited", "to": "edited2"}),
    (make_entry, "/keystore/edited", "DELETE", "/keystore/edited", None),
    (make_entry, "/keystore", "POST", "/keystore/backup", None),
    (make_credential, "/credentials/edited", "POST", "/credentials", {"name": "edited", "user": "other", "password": "p"}),
    (make_credential, "/credentials/edited", "DELETE", "/credentials/edited", None),
    (make_subaccount, "/subaccounts/edited", "DELETE", "/subaccounts/edited", None),
    (make_instance, INSTANCE, "PATCH", INSTANCE, {"parameters": {"roles": ["ESBMessaging.send", "Editors.read"]}}),
    (make_key, INSTANCE + "/service-keys/k", "DELETE", INSTANCE + "/service-keys/k", None),
    (make_instance, INSTANCE, "DELETE", INSTANCE, None),
    (make_artifact, "/artifacts/edited", "POST", "/artifacts", {"content": FLOW, "file": "edited.zip"}),
    (make_artifact, "/artifacts/edited", "DELETE", "/artifacts/edited", None),
    (nothing, "/settings", "POST", "/settings", {"name": "offer_ca_names", "value": True}),
    (nothing, "/token-keys", "POST", "/token-keys", {}),
]


@pytest.mark.parametrize("make, where, method, path, body", CHANGES, ids=[f"{c[2]} {c[3]}" for c in CHANGES])
def test_the_second_of_two_editors_is_told_and_changes_nothing(server, objects, make, where, method, path, body):
    make(server)
    before = ask(server, "GET", where)
    assert before.status == 200, before
    for stale in (OLD, "W/" + before.etag):
        refused = ask(server, method, path, body, If_Match=stale)
        assert refused.status == 412, refused
        assert refused.json["error"]["field"] == "If-Match" and refused.json["error"]["text"].endswith(".")
        assert ask(server, "GET", where).text == before.text
    there = ask(server, method, path, body, If_None_Match="*")
    assert there.status == 412 and there.json["error"]["field"] == "If-None-Match"
    assert ask(server, "GET", where).text == before.text
    done = ask(server, method, path, body, If_Match=f"{OLD}, {before.etag}")
    assert 200 <= done.status < 300, done
    second = ask(server, method, path, body, If_Match=before.etag)
    now = ask(server, "GET", where)
    if now.etag != before.etag:
        assert second.status == 412, second


def test_a_star_needs_that_the_object_is_there(server, objects):
    body = {"name": "starred", "user": "u", "password": "p"}
    refused = ask(server, "POST", "/credentials", body, If_Match="*")
    assert refused.status == 412 and refused.json["error"]["text"] == "What is to be changed is not there."
    assert ask(server, "GET", "/credentials/starred").status == 404
    assert ask(server, "POST", "/credentials", body, If_None_Match="*").status == 200
    assert ask(server, "POST", "/credentials", body, If_None_Match="*").status == 412
    assert ask(server, "POST", "/credentials", body, If_Match="*").status == 200


def test_what_cannot_be_compared_says_so_and_changes_nothing(server, objects):
    before = ask(server, "GET", "/ca/certificates").text
    refused = ask(server, "POST", "/ca/issue", {"subject": "CN=x"}, If_Match="*")
    assert refused.status == 412 and refused.json["error"]["fix"] == "Send it without the field.", refused
    refused = ask(server, "POST", "/keystore/import", {"content": "x"}, If_Match="*")
    assert refused.status == 412 and "names nothing" in refused.json["error"]["text"]
    assert ask(server, "GET", "/ca/certificates").text == before


def test_of_many_editors_at_once_one_wins(server, objects):
    make_instance(server)
    tag = ask(server, "GET", INSTANCE).etag
    statuses = []

    def edit(name):
        parameters = {"roles": ["ESBMessaging.send", name]}
        statuses.append(ask(server, "PATCH", INSTANCE, {"parameters": parameters}, If_Match=tag).status)
    for i in range(8):
        server.ok("role", "create", f"Edit.r{i}")
    threads = [threading.Thread(target=edit, args=(f"Edit.r{i}",)) for i in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(statuses) == [200] + [412] * 7
