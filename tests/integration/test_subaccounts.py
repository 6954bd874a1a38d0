"""Two subaccounts on one server, by host name: nothing of one is seen, found, trusted or used by the other."""
import json
import re
import socket
import subprocess
import urllib.parse

import pytest

from furnish import make_instance
from postern import run



class Place:
    """One subaccount with one of everything in it, under names that no other has."""

    def __init__(self, server, name, department, leaf):
        self.server, self.name, self.leaf = server, name, leaf
        label = "" if name == "default" else name + "."
        self.host = label + "localhost"
        self.gateway = server.gateway.replace("localhost", self.host)
        self.management = server.management.replace("localhost", self.host)
        self.mark = "only_in_" + name
        self.ok("keystore", "import", department.root, "--alias", self.mark)
        self.ok("keystore", "import", department.ca, "--alias", self.mark + "-ca")
        self.ok("role", "create", self.mark)
        self.ok("artifact", "create", self.mark, "--address", "/at/" + name, "--reply", name)
        self.ok("artifact", "create", "shared-" + name, "--address", "/shared", "--reply", name)
        make_instance(self, self.mark)
        self.ok("service-key", "create", self.mark, self.mark + "-cert", "--certificate", leaf.certificate)
        self.ok("service-key", "create", self.mark, self.mark + "-secret")
        self.ok("destination", "create", "-c", json.dumps({"Name": self.mark, "Type": "HTTP", "URL": "https://x.example",
                                                           "ProxyType": "Internet", "Authentication": "NoAuthentication"}))
        self.oauth = json.loads(self.ok("service-key", "get", self.mark, self.mark + "-secret", "--json").out)["credentials"]["oauth"]
        self.reader = json.loads(self.ok("bind", "--vcap").out)["destination"][0]["credentials"]

    def ok(self, *args):
        return self.server.ok(*args, "--subaccount", self.name)

    def json(self, *args):
        return self.server.json(*args, "--subaccount", self.name)

    def token(self, client, address=None):
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": client["clientid"],
                                       "client_secret": client["clientsecret"]})
        return self.server.curl("/oauth/token", "-d", form, *self.resolve(), address=address or self.management)

    def bearer(self, client):
        return ["-H", "Authorization: Bearer " + json.loads(self.token(client).body)["access_token"]]

    def resolve(self):
        port = self.gateway.rsplit(":", 1)[1]
        other = self.management.rsplit(":", 1)[1]
        return ["--resolve", f"{self.host}:{port}:127.0.0.1", "--resolve", f"{self.host}:{other}:127.0.0.1"]

    def call(self, path, *args, **kwargs):
        return self.server.curl(path, *self.resolve(), *args, address=self.gateway, **kwargs)

    def manage(self, path, *args):
        return self.server.curl(path, *self.resolve(), *args, address=self.management)


@pytest.fixture(scope="module")
def password(server):
    return server.admin_password


@pytest.fixture(scope="module")
def made(server):
    return server.json("subaccount", "create", "acme")


@pytest.fixture(scope="module")
def places(server, made, department, stranger):
    return (Place(server, "default", department, department.leaf("home")),
            Place(server, "acme", stranger, stranger.leaf("away")))


@pytest.fixture(params=[0, 1], ids=["default-from-acme", "acme-from-default"])
def pair(request, places):
    """(the one whose things are sought, the one who seeks)"""
    return places[request.param], places[1 - request.param]


def test_each_answers_at_its_own_host_name(places):
    for place in places:
        reply = place.call("/http/shared", cert=place.leaf.chain, key=place.leaf.key)
        assert (reply.status, reply.body) == (200, place.name)
        assert json.loads(place.manage("/.well-known/openid-configuration").body)["issuer"] == place.management + "/oauth/token"


def test_a_certificate_of_one_is_nobody_at_the_other_s_host(pair):
    owner, seeker = pair
    reply = seeker.call("/http/shared", cert=owner.leaf.chain, key=owner.leaf.key)
    assert reply.status == 401
    assert seeker.json("message", "get", reply.id)["code"] == "K201"
    # Trusted there, it is still in no service key of that subaccount.
    seeker.ok("keystore", "import", owner.leaf.department.root, "--alias", "trusted-too")
    reply = seeker.call("/http/shared", cert=owner.leaf.chain, key=owner.leaf.key)
    assert reply.status == 401 and seeker.json("message", "get", reply.id)["code"] == "S301"
    seeker.ok("keystore", "delete", "trusted-too")


def test_a_certificate_of_one_s_own_ca_is_not_trusted_by_the_other(pair, tmp_path):
    owner, seeker = pair
    # Its subject names the instance, and stands in the messages of the other: of what was presented there.
    make_instance(owner, "issuing")
    owner.ok("service-key", "create", "issuing", "issued", "-c", '{"key-type":"certificate"}')
    oauth = owner.json("service-key", "get", "issuing", "issued")["credentials"]["oauth"]
    (tmp_path / "c").write_text(oauth["certificate"])
    (tmp_path / "k").write_text(oauth["key"])
    assert owner.call("/http/shared", cert=tmp_path / "c", key=tmp_path / "k").status == 200
    assert seeker.call("/http/shared", cert=tmp_path / "c", key=tmp_path / "k").status == 401


def test_an_endpoint_of_one_is_unknown_to_the_other(pair):
    owner, seeker = pair
    reply = seeker.call("/http/at/" + owner.name, cert=seeker.leaf.chain, key=seeker.leaf.key)
    assert reply.status == 404


def test_server_name_and_host_that_disagree_are_refused(pair):
    owner, seeker = pair
    port = owner.gateway.rsplit(":", 1)[1]
    reply = seeker.call("/http/shared", "-H", f"Host: {owner.host}:{port}", cert=owner.leaf.chain, key=owner.leaf.key)
    # = RFC 9110 §15.5.20: another connection would do, and the caller can know it.
    assert reply.status == 421
    assert owner.json("message", "get", reply.id)["code"] == "R519"


def test_a_name_that_programs_do_not_find_is_told_with_the_line_for_the_hosts_file(server, tmp_path):
    """getaddrinfo(3) is what Node, Java, Go and Python ask; a machine whose resolver knows names below localhost hears nothing."""
    try:
        socket.getaddrinfo("unfound.localhost", 443)
        known = True
    except socket.gaierror:
        known = False
    line = "echo '127.0.0.1 unfound.localhost' | sudo tee -a /etc/hosts"
    made = server.ok("subaccount", "create", "unfound")
    assert (line in made.err) != known, made
    assert (line in server.ok("bind", "--vcap", "--subaccount", "unfound").err) != known
    assert "hosts" not in server.ok("bind", "--vcap").err
    server.ok("destination", "create", "--name", "HERE", "--url", server.gateway.replace("localhost", "unfound.localhost") + "/http/x",
              "--authentication", "NoAuthentication")
    server.ok("destination", "create", "--name", "PLAIN", "--url", server.gateway + "/http/x", "--authentication", "NoAuthentication")
    for name, told in (("HERE", not known), ("PLAIN", False)):
        steps = server.run("doctor", name, "--json").json["steps"]
        found = [f for s in steps if s["step"] == 4 for f in s["findings"] if f["code"] == "D425"]
        assert [f["evidence"]["host"] for f in found] == (["unfound.localhost"] if told else [])
        assert all(line in f["fix"] for f in found)
        server.ok("destination", "delete", name)
    server.ok("subaccount", "delete", "unfound", "--force")


SPELLINGS = ["{host}", "{host}:{port}", "{host}.", "{host}.:{port}", "{host}:", "{upper}", "{upper}.:{port}"]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("how", ["Host", "absolute target", ":authority", "no server name"])
def test_a_subaccount_s_host_is_the_same_in_every_spelling(pair, how, spelling):
    _, place = pair
    port = place.gateway.rsplit(":", 1)[1]
    text = spelling.format(host=place.host, upper=place.host.upper(), port=port)
    field = ["-H", "Host: " + text, "--http2" if how == ":authority" else "--http1.1"]
    if how == "absolute target":
        field += ["--request-target", f"https://{text}/http/shared"]
    if how == "no server name":
        reply = place.server.curl("/http/shared", "-k", *field, cert=place.leaf.chain, key=place.leaf.key,
                                  address=f"https://127.0.0.1:{port}")
    else:
        reply = place.call("/http/shared", *field, cert=place.leaf.chain, key=place.leaf.key)
    assert (reply.status, reply.body) == (200, place.name)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_management_reads_a_host_as_the_gateway_does(pair, spelling):
    _, place = pair
    port = place.management.rsplit(":", 1)[1]
    text = spelling.format(host=place.host, upper=place.host.upper(), port=port)
    reply = place.manage("/.well-known/openid-configuration", "-H", "Host: " + text)
    assert json.loads(reply.body)["issuer"] == place.management + "/oauth/token"


@pytest.mark.parametrize("text", ["a.acme.localhost", "acme@localhost", "acme..localhost", ".localhost", "acme.localhost:0",
                                  "acme.localhost:65536", "[acme.localhost]", "acme.localhost,localhost", "%61cme.localhost"])
def test_a_host_that_names_no_subaccount_is_not_taken_for_one(places, text):
    away = places[1]
    port = away.gateway.rsplit(":", 1)[1]
    reply = away.server.curl("/http/shared", "-k", "-H", "Host: " + text, cert=away.leaf.chain, key=away.leaf.key,
                             address=f"https://127.0.0.1:{port}")
    assert reply.status in (400, 401)
    reply = away.manage("/.well-known/openid-configuration", "-H", f"Host: {text}")
    assert reply.status in (400, 421)


def test_a_host_name_without_a_subaccount_trusts_nobody(places):
    home = places[0]
    port = home.gateway.rsplit(":", 1)[1]
    reply = home.server.curl("/http/shared", "--resolve", f"nobody.localhost:{port}:127.0.0.1", "-k", cert=home.leaf.chain,
                             key=home.leaf.key, address=home.gateway.replace("localhost", "nobody.localhost"))
    assert reply.status == 401


def test_secrets_and_tokens_of_one_are_wrong_at_the_other(pair):
    owner, seeker = pair
    for client in (owner.oauth, owner.reader):
        assert seeker.token(client).status == 401
        assert seeker.token(client, seeker.gateway).status == 401
    assert seeker.call("/http/shared", "-u", f"{owner.oauth['clientid']}:{owner.oauth['clientsecret']}").status == 401
    token = owner.bearer(owner.oauth)
    assert owner.call("/http/shared", *token).status == 200
    reply = seeker.call("/http/shared", *token)
    assert reply.status == 401 and seeker.json("message", "get", reply.id)["code"] == "R507"
    reading = owner.bearer(owner.reader)
    path = "/destination-configuration/v1/subaccountDestinations"
    assert owner.manage(path, *reading).status == 200
    assert seeker.manage(path, *reading).status == 401
    assert seeker.manage(path, *reading, "-H", "X-Postern-Subaccount: " + owner.name).status == 401
    assert owner.manage(path, *reading, "-H", "X-Postern-Subaccount: " + seeker.name).status == 403


def test_their_keys_for_tokens_differ(places):
    kids = [{key["kid"] for key in json.loads(place.manage("/token_keys").body)["keys"]} for place in places]
    assert kids[0] and kids[1] and not kids[0] & kids[1]
    old = places[0].bearer(places[0].oauth)
    places[1].ok("token-key", "rotate", "--revoke")
    assert places[0].call("/http/shared", *old).status == 200


def routes(method):
    return [route for route in json.loads(run("routes", "--json").out) if route["method"] == method]


def filled(path, name):
    return re.sub(r"\{[^}]*\}", name, path)


@pytest.mark.parametrize("route", [r["path"] for r in routes("GET") if r["right"] != "public"])
def test_no_list_and_no_get_shows_what_is_the_other_s(pair, route):
    owner, seeker = pair
    login = ["-H", "X-Postern-Subaccount: " + seeker.name, "--unix-socket", str(seeker.server.state / "admin.sock")]
    for name in (owner.mark, owner.mark + "-cert", owner.mark + "-ca"):
        path = filled(route, name)
        reply = seeker.server.curl(path, *login, address="http://localhost")
        # An answer may repeat the name that was asked for, when it says that there is no such thing.
        seen = reply.body if reply.status < 400 else reply.body.replace(name, "")
        shown = re.findall(re.escape(owner.mark), seen)
        listing = route in ("/admin/v1/subaccounts",)
        assert not shown or listing, (path, [seen[max(0, m.start() - 300):m.end() + 100] for m in re.finditer(owner.mark, seen)])
        if "{" in route and reply.status < 400:
            assert owner.mark not in seen


def test_the_walk_would_see_one_s_own(places):
    home = places[0]
    for path in ("/admin/v1/keystore", "/admin/v1/roles", "/admin/v1/artifacts", "/admin/v1/service-instances"):
        reply = home.server.curl(path, "--unix-socket", str(home.server.state / "admin.sock"), address="http://localhost")
        assert home.mark in reply.body, path


def test_find_and_messages_keep_apart(pair):
    owner, seeker = pair
    reply = seeker.manage("/destination-configuration/v1/destinations/" + owner.mark, *seeker.bearer(seeker.reader))
    assert reply.status == 404
    called = owner.call("/http/shared", cert=owner.leaf.chain, key=owner.leaf.key)
    assert called.id in [m["id"] for m in owner.json("message", "list")]
    assert called.id not in [m["id"] for m in seeker.json("message", "list")]
    assert seeker.server.run("message", "get", called.id, "--subaccount", seeker.name).code == 3


def test_an_administrator_of_one_is_none_of_the_other_nor_of_the_server(places, made, password):
    home, acme = places
    own, server_admin = ["-u", "admin:" + made["admin_password"]], ["-u", "admin:" + password]
    assert acme.manage("/admin/v1/keystore", *own).status == 200
    assert home.manage("/admin/v1/keystore", *own).status == 401
    assert acme.manage("/admin/v1/keystore", *server_admin).status == 401
    assert acme.manage("/admin/v1/subaccounts", *own).status == 403
    assert acme.manage("/admin/v1/ca/server-certificates", *own).status == 403
    assert acme.manage("/admin/v1/keystore", *own, "-H", "X-Postern-Subaccount: default").status == 403
    chosen = home.manage("/admin/v1/keystore", *server_admin, "-H", "X-Postern-Subaccount: acme")
    assert acme.mark in chosen.body and home.mark not in chosen.body
    assert [s["name"] for s in json.loads(home.manage("/admin/v1/subaccounts", *server_admin).body)] == ["acme", "default"]


@pytest.mark.parametrize("name,code", [("acme", 5), ("Acme", 1), ("a.b", 1), ("a-", 1), ("a" * 64, 1)])
def test_a_subaccount_s_name_is_a_label_that_nobody_has(server, made, name, code):
    assert server.run("subaccount", "create", name).code == code


def test_a_deleted_subaccount_leaves_nothing_behind(server, stranger):
    server.ok("subaccount", "create", "passing")
    place = Place(server, "passing", stranger, stranger.leaf("passing"))
    # Workers take the certificate that names it at their next tick; that is another test's matter.
    assert place.call("/http/shared", "-k", cert=place.leaf.chain, key=place.leaf.key).status == 200
    refused = server.run("subaccount", "delete", "passing")
    assert refused.code == 5 and "--force" in refused.err
    server.ok("subaccount", "delete", "passing", "--force")
    assert server.run("keystore", "list", "--subaccount", "passing").code == 3
    assert place.call("/http/shared", "-k", cert=place.leaf.chain, key=place.leaf.key).status == 401
    assert server.run("subaccount", "delete", "default").code == 1
    again = server.json("subaccount", "create", "passing")
    assert again["admin_password"] and server.json("destination", "list", "--subaccount", "passing") == []
    assert server.json("artifact", "list", "--subaccount", "passing") == []


def test_curl_finds_a_subaccount_of_localhost_and_its_certificate_names_it(places):
    acme = places[1]
    done = subprocess.run(["curl", "-sS", "--cacert", acme.server.ca, "-o", "/dev/null", "-w", "%{http_code}",
                           acme.gateway + "/http/shared"], capture_output=True, text=True, check=False)
    assert done.stdout == "401", done.stderr
