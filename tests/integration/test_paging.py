"""Every list of /admin/v1 in pages: together they are the whole, and a limit that is none is refused by name."""
import json
import re
import urllib.parse

import pytest

from admin import ask
from furnish import ORDERS, furnished
from postern import run

GETS = [r["path"].removeprefix("/admin/v1") for r in json.loads(run("routes", "--json").out)
        if r["method"] == "GET" and r["path"].startswith("/admin/v1/")]
NAMES = {"instance": "runtime", "alias": "root", "key": "key", "id": "orders"}
#: of one kind each, whatever their number
FEW = {"/ca/server-certificates"}


@pytest.fixture(scope="module")
def filled(server, department):
    """Some of everything; the names sort otherwise than they were made."""
    leaf = furnished(server, department, "sender", *ORDERS)
    for name in ("zeta", "alpha", "Beta", "mid"):
        server.ok("role", "create", name)
        server.ok("service-key", "create", "runtime", name)
        server.ok("service-instance", "create", name, "--service", "it-rt", "--plan", "integration-flow",
                  "-c", '{"roles":["ESBMessaging.send"]}')
        server.ok("artifact", "create", name, "--address", "/" + name, "--reply", "ok")
        server.ok("keystore", "create", "--alias", name, "--subject", "CN=" + name)
        assert ask(server, "POST", "/credentials", {"name": name + " ä&/", "user": "u", "password": "p"}).status == 200
        assert ask(server, "POST", "/ca/issue", {"name": name}).status == 201
        assert server.curl("/http/orders", "-d", "x", cert=leaf.certificate, key=leaf.key).status == 200
    for name in ("other", "another"):
        server.ok("subaccount", "create", name)
    assert ask(server, "POST", "/token-keys", {}).status == 201


def lists(server):
    for path in GETS:
        path = re.sub(r"\{([^}]*)\}", lambda m: NAMES.get(m.group(1), "x"), path)
        reply = ask(server, "GET", path)
        if reply.status == 200 and isinstance(reply.json, list):
            yield path, reply


def pages(server, path, limit):
    """All pages, by following the links."""
    target = f"{path}?limit={limit}"
    while target:
        reply = ask(server, "GET", target)
        assert reply.status == 200, reply
        assert len(reply.json) <= limit
        yield reply.json
        link = reply.headers.get("link")
        target = re.fullmatch(r'</admin/v1(.*)>; rel="next"', link).group(1) if link else None


def as_set(elements):
    return sorted(json.dumps(e, sort_keys=True) for e in elements)


def test_pages_of_every_list_together_are_the_whole(server, filled):
    seen = set()
    for path, whole in lists(server):
        seen.add(path)
        assert "link" not in whole.headers or path == "/messages"
        for limit in (1, 2, 3, len(whole.json) or 1, 1000):
            got = list(pages(server, path, limit))
            joined = [e for page in got for e in page]
            assert as_set(joined) == as_set(whole.json), (path, limit)
            if path == "/messages":
                assert joined == whole.json
            elif limit < len(joined):
                assert [len(page) for page in got[:-1]] == [limit] * (len(got) - 1) and got[-1], (path, limit)
    assert {"/roles", "/credentials", "/subaccounts", "/token-keys", "/keystore", "/artifacts", "/messages",
            "/service-instances", "/service-instances/runtime/service-keys", "/ca/certificates"} | FEW <= seen


def test_a_limit_that_is_none_is_refused_by_name(server, filled):
    for path, _ in lists(server):
        most = 10000 if path == "/messages" else 1000
        for limit in ("0", "-1", "1x", "", str(most + 1), "99999999999999999999"):
            refused = ask(server, "GET", f"{path}?limit={limit}")
            assert refused.status == 400 and refused.json["error"]["field"] == "limit", (path, limit, refused)


def test_a_page_begins_behind_a_name_that_is_gone(server, filled):
    names = [r["name"] for r in ask(server, "GET", "/roles?limit=1000").json]
    assert names == sorted(names)
    at = names.index("alpha")
    server.ok("role", "delete", "alpha")
    rest = ask(server, "GET", "/roles?after=alpha").json
    assert [r["name"] for r in rest] == names[at + 1:]
    assert ask(server, "GET", "/roles?after=zzz").json == []
    keys = "/service-instances/runtime/service-keys"
    assert [k["name"] for k in ask(server, "GET", keys + "?after=alpha&limit=2").json] == ["key", "mid"]


def test_a_link_keeps_what_else_was_asked(server, filled):
    reply = ask(server, "GET", "/messages?status=COMPLETED&after=&limit=1")
    assert reply.status == 200 and len(reply.json) == 1, reply
    target = reply.headers["link"].split(">")[0]
    assert urllib.parse.parse_qs(target.split("?")[1]) == {"status": ["COMPLETED"], "limit": ["1"],
                                                           "after": [reply.json[0]["id"]]}


def test_pages_have_tags_of_their_own(server, filled):
    one, two = ask(server, "GET", "/roles?limit=1"), ask(server, "GET", "/roles?limit=2")
    assert one.etag != two.etag
    assert ask(server, "GET", "/roles?limit=1", If_None_Match=one.etag).status == 304
