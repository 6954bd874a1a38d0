"""Access tokens from their request to their end: who gets one, what it says, where it counts, what ends it."""
import base64
import json
import subprocess
import urllib.parse

import pytest

from furnish import make_endpoint, make_instance, trust

RUNTIME = '{"grant-types":["client_credentials"],"roles":["ESBMessaging.send"],"token-validity":7200}'
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
DESTINATIONS = "/destination-configuration/v1/subaccountDestinations"


@pytest.fixture(scope="module")
def world(server, department):
    """An endpoint and a service instance; returns the instance's name."""
    trust(server, department)
    make_endpoint(server, "echo", "--reply", "ok")
    return make_instance(server, parameters=RUNTIME)


@pytest.fixture(scope="module")
def destination(server):
    return json.loads(server.ok("bind", "--vcap").out)["destination"][0]["credentials"]


def new_key(server, world, name, *args):
    server.ok("service-key", "create", world, name, *args)
    return server.json("service-key", "get", world, name)["credentials"]["oauth"]


def ask(server, client, secret, address=None, **form):
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret, **form}
    text = urllib.parse.urlencode({name: value for name, value in form.items() if value is not None})
    return server.curl("/oauth/token", "-d", text, address=address or server.management)


def token_of(reply):
    assert reply.status == 200, reply
    return json.loads(reply.body)["access_token"]


def part(token, i):
    text = token.split(".")[i]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def bearer(token):
    return ["-H", "Authorization: Bearer " + token]


def status(server, token, **kwargs):
    """At an endpoint of the gateway."""
    return server.curl("/http/echo", *bearer(token), **kwargs).status


def refusal(server, token, **kwargs):
    reply = server.curl("/http/echo", *bearer(token), **kwargs)
    message = server.json("message", "get", reply.id)
    return reply.status, message["code"], message["presented"].get("error")


def management(server, token):
    return server.curl(DESTINATIONS, *bearer(token), address=server.management).status


def kids(server):
    return [key["kid"] for key in json.loads(server.curl("/token_keys", address=server.management).body)["keys"]]


def test_a_token_says_who_it_is_for_and_how_long(server, world):
    key = new_key(server, world, "claims")
    reply = ask(server, key["clientid"], key["clientsecret"])
    answer, token = json.loads(reply.body), token_of(reply)
    head, claims = part(token, 0), part(token, 1)
    assert head["alg"] == "RS256" and head["kid"] in kids(server)
    assert head["jku"] == server.management + "/token_keys"
    assert claims["iss"] == server.management + "/oauth/token"
    assert claims["cid"] == claims["client_id"] == claims["azp"] == claims["sub"] == key["clientid"]
    application = key["clientid"].split("|")[1]
    assert set(claims["aud"]) == {key["clientid"], application}
    assert application + ".ESBMessaging.send" in claims["scope"] and answer["scope"].split() == claims["scope"]
    assert claims["exp"] - claims["iat"] == answer["expires_in"] == 7200
    assert claims["zid"] == claims["ext_attr"]["subaccountid"] and "cnf" not in claims
    assert "refresh_token" not in answer
    assert status(server, token) == 200


def test_the_validity_of_an_instance_counts_for_its_next_token(server, world):
    make_instance(server, "short", '{"token-validity":3600}')
    key = new_key(server, "short", "k")
    assert json.loads(ask(server, key["clientid"], key["clientsecret"]).body)["expires_in"] == 3600
    server.ok("service-instance", "update", "short", "-c", '{"token-validity":86400}')
    assert json.loads(ask(server, key["clientid"], key["clientsecret"]).body)["expires_in"] == 86400


def test_a_wrong_secret_and_an_unknown_client_are_answered_alike(server, world):
    key = new_key(server, world, "alike")
    for address in (server.management, server.gateway):
        wrong = ask(server, key["clientid"], "wrong", address)
        unknown = ask(server, "sb-nobody!b1|it!b1", "wrong", address)
        assert (wrong.status, wrong.body) == (unknown.status, unknown.body)
        assert (wrong.status, json.loads(wrong.body)["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("place", ["management", "gateway"])
def test_the_eleventh_wrong_secret_in_a_minute_waits_and_nobody_else_does(server, world, place):
    key, other = new_key(server, world, "guessed-" + place), new_key(server, world, "other-" + place)
    address = server.endpoints[place]
    codes = [ask(server, key["clientid"], f"guess-{i}", address).status for i in range(12)]
    assert codes == [401] * 10 + [429] * 2
    # Even the right secret waits: otherwise guessing would go on.
    assert ask(server, key["clientid"], key["clientsecret"], address).status == 429
    assert ask(server, other["clientid"], other["clientsecret"], address).status == 200


def test_wrong_tokens_lock_nobody_out_so_that_clients_fetch_the_next_one(server, destination):
    token = token_of(ask(server, destination["clientid"], destination["clientsecret"]))
    assert {management(server, "a.b.c") for _ in range(12)} == {401}
    assert management(server, token) == 200


def test_a_rotated_key_signs_and_the_one_before_verifies_on(server, world):
    key = new_key(server, world, "rotated")
    old = token_of(ask(server, key["clientid"], key["clientsecret"]))
    said = server.ok("token-key", "rotate").err
    new = token_of(ask(server, key["clientid"], key["clientsecret"]))
    assert part(new, 0)["kid"] in said and part(new, 0)["kid"] != part(old, 0)["kid"]
    assert {part(new, 0)["kid"], part(old, 0)["kid"]} <= set(kids(server))
    assert (status(server, old), status(server, new)) == (200, 200)
    states = {row["kid"]: row["state"] for row in server.json("token-key", "list")}
    assert states[part(new, 0)["kid"]] == "signing" and states[part(old, 0)["kid"]] == "verifying"


def test_revoking_the_keys_before_ends_their_tokens_at_once(server, world, destination):
    key = new_key(server, world, "lost")
    old = token_of(ask(server, key["clientid"], key["clientsecret"]))
    reading = token_of(ask(server, destination["clientid"], destination["clientsecret"]))
    assert (status(server, old), management(server, reading)) == (200, 200)
    server.ok("token-key", "rotate", "--revoke")
    assert refusal(server, old)[:2] == (401, "R507") and management(server, reading) == 401
    assert len(kids(server)) == 1
    assert status(server, token_of(ask(server, key["clientid"], key["clientsecret"]))) == 200


def test_deleting_a_service_key_ends_its_tokens_at_the_next_request(server, world):
    key = new_key(server, world, "gone")
    token = token_of(ask(server, key["clientid"], key["clientsecret"]))
    assert status(server, token) == 200
    server.ok("service-key", "delete", world, "gone")
    assert refusal(server, token)[:2] == (401, "R507")
    server.ok("service-instance", "create", "reader", "--service", "destination", "--plan", "lite")
    server.ok("service-key", "create", "reader", "k")
    reader = server.json("service-key", "get", "reader", "k")["credentials"]
    token = token_of(ask(server, reader["clientid"], reader["clientsecret"]))
    assert management(server, token) == 200
    server.ok("service-key", "delete", "reader", "k")
    assert management(server, token) == 401


def test_a_token_got_with_a_certificate_counts_with_that_certificate_alone(server, world, department):
    leaf, other, stray = department.leaf("bound"), department.leaf("other"), department.leaf("stray")
    for one in (leaf, other):
        server.ok("service-key", "create", world, "key-" + one.name, "--certificate", one.certificate)
    reply = server.curl("/oauth/token", "-d", "grant_type=client_credentials", cert=leaf.chain, key=leaf.key)
    token = token_of(reply)
    digest = base64.urlsafe_b64encode(bytes.fromhex(subprocess.run(
        ["openssl", "x509", "-in", str(leaf.certificate), "-noout", "-fingerprint", "-sha256"], capture_output=True,
        text=True, check=True).stdout.split("=")[1].strip().replace(":", ""))).decode().rstrip("=")
    assert part(token, 1)["cnf"] == {"x5t#S256": digest}
    assert status(server, token, cert=leaf.chain, key=leaf.key) == 200
    bound = "The token is bound to another certificate."
    assert refusal(server, token) == (401, "R507", bound)
    assert refusal(server, token, cert=other.chain, key=other.key) == (401, "R507", bound)
    assert refusal(server, token, cert=stray.chain, key=stray.key)[:2] == (401, "S301")
    # Without a token, or with one that is bound to nothing, the other certificate is good.
    assert server.curl("/http/echo", cert=other.chain, key=other.key).status == 200
    free = new_key(server, world, "free")
    assert status(server, token_of(ask(server, free["clientid"], free["clientsecret"])), cert=other.chain, key=other.key) == 200


def test_a_user_s_token_is_exchanged_and_refreshed_by_the_client_that_has_it(server, destination):
    user = token_of(ask(server, destination["clientid"], destination["clientsecret"]))
    reply = ask(server, destination["clientid"], destination["clientsecret"], grant_type=JWT_BEARER, assertion=user)
    answer = json.loads(reply.body)
    claims = part(token_of(reply), 1)
    assert claims["grant_type"] == JWT_BEARER and claims["sub"] == part(user, 1)["sub"]
    again = ask(server, destination["clientid"], destination["clientsecret"], grant_type="refresh_token",
                refresh_token=answer["refresh_token"])
    assert part(token_of(again), 1)["grant_type"] == "refresh_token"
    assert management(server, token_of(again)) == 200
    assert management(server, answer["refresh_token"]) == 401
    server.ok("service-instance", "create", "stranger", "--service", "destination", "--plan", "lite")
    server.ok("service-key", "create", "stranger", "k")
    other = server.json("service-key", "get", "stranger", "k")["credentials"]
    for form in ({"grant_type": "refresh_token", "refresh_token": answer["refresh_token"]},
                 {"grant_type": "refresh_token", "refresh_token": "made-up"},
                 {"grant_type": "refresh_token"},
                 {"grant_type": JWT_BEARER, "assertion": "a.b.c"}, {"grant_type": JWT_BEARER}):
        refused = ask(server, other["clientid"], other["clientsecret"], **form)
        assert (refused.status, json.loads(refused.body)["error"]) == (400, "invalid_grant"), form
    assert ask(server, other["clientid"], "wrong", grant_type=JWT_BEARER, assertion=user).status == 401


def test_an_instance_gives_only_what_its_grant_types_allow(server, world):
    key = new_key(server, world, "granted")
    user = token_of(ask(server, key["clientid"], key["clientsecret"]))
    refused = ask(server, key["clientid"], key["clientsecret"], grant_type=JWT_BEARER, assertion=user)
    assert (refused.status, json.loads(refused.body)["error"]) == (400, "unauthorized_client")
    make_instance(server, "exchange", json.dumps({"grant-types": [JWT_BEARER]}))
    key = new_key(server, "exchange", "k")
    refused = ask(server, key["clientid"], key["clientsecret"])
    assert (refused.status, json.loads(refused.body)["error"]) == (400, "unauthorized_client")
    reply = ask(server, key["clientid"], key["clientsecret"], grant_type=JWT_BEARER, assertion=user)
    assert "refresh_token" not in json.loads(reply.body) and status(server, token_of(reply)) == 200


def test_client_id_and_secret_may_be_form_encoded_within_basic(server, world):
    key = new_key(server, world, "encoded")
    pair = urllib.parse.quote(key["clientid"], safe="") + ":" + urllib.parse.quote(key["clientsecret"], safe="")
    reply = server.curl("/oauth/token", "-u", pair, "-d", "grant_type=client_credentials", address=server.management)
    assert status(server, token_of(reply)) == 200


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/oauth/token/.well-known/openid-configuration"])
def test_discovery_names_where_tokens_are_given_and_verified(server, path):
    told = json.loads(server.curl(path, address=server.management).body)
    assert told["issuer"] == told["token_endpoint"] == server.management + "/oauth/token"
    assert told["jwks_uri"] == server.management + "/token_keys"
    assert told["mtls_endpoint_aliases"]["token_endpoint"] == server.gateway + "/oauth/token"
    assert {"client_secret_basic", "client_secret_post", "tls_client_auth"} <= set(told["token_endpoint_auth_methods_supported"])
