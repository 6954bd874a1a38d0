"""Every management route against every kind of caller who may not use it: the route table is walked over real HTTP."""
import base64
import hashlib
import hmac
import http.client
import json
import re
import subprocess
import urllib.parse

import pytest

from postern import run

ROUTES = [r for r in json.loads(run("routes", "--json").out) if r["right"] != "public"]
IDS = [f"{r['method']} {r['path']}" for r in ROUTES]


def encode(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def part(value):
    return encode(json.dumps(value).encode())


def decode(text):
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def ask(server, route, authorization=None, host=None):
    address = server.management.removeprefix("http://")
    connection = http.client.HTTPConnection(*address.split(":"), timeout=20)
    headers = {"Host": host or address, "X-Broker-API-Version": "2.17"}
    if authorization:
        headers["Authorization"] = authorization
    connection.request(route["method"], re.sub(r"\{[^}]*\}", "x", route["path"]), headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def token(server, credentials, host=None):
    form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": credentials["clientid"],
                                   "client_secret": credentials["clientsecret"]})
    reply = server.curl("/oauth/token", "-d", form, *(["-H", "Host: " + host] if host else []), address=server.management)
    assert reply.status == 200, reply
    return json.loads(reply.body)["access_token"]


@pytest.fixture(scope="module")
def tokens(server):
    """Good tokens by whom they are for."""
    made = {}
    for name, service, plan, parameters in (("runtime", "it-rt", "integration-flow", "{}"), ("tools", "it-rt", "api", "{}"),
                                            ("reader", "destination", "lite", "{}")):
        server.ok("service-instance", "create", name, "--service", service, "--plan", plan, "-c", parameters)
        server.ok("service-key", "create", name, "k")
        credentials = server.json("service-key", "get", name, "k")["credentials"]
        made[name] = token(server, credentials.get("oauth", credentials))
    server.ok("subaccount", "create", "other")
    server.ok("service-instance", "create", "reader", "--service", "destination", "--plan", "lite", "--subaccount", "other")
    server.ok("service-key", "create", "reader", "k", "--subaccount", "other")
    foreign = server.json("service-key", "get", "reader", "k", "--subaccount", "other")["credentials"]
    made["foreign"] = token(server, foreign, server.management.removeprefix("http://").replace("localhost", "other.localhost"))
    return made


@pytest.fixture(scope="module")
def forged(server, tokens, tmp_path_factory):
    """Tokens that are no good, by what is wrong with them."""
    folder = tmp_path_factory.mktemp("forged")
    head_text, claims_text, signature = tokens["reader"].split(".")
    head, claims = decode(head_text), decode(claims_text)
    jwk = next(k for k in json.loads(server.curl("/token_keys", address=server.management).body)["keys"] if k["kid"] == head["kid"])
    key, public = folder / "key", folder / "public"
    subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
    subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-out", public], check=True, capture_output=True)

    def signed(new_head, new_claims=None):
        text = part(new_head) + "." + part(new_claims or claims)
        done = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=text.encode(), check=True, capture_output=True)
        return text + "." + encode(done.stdout)

    def by_secret(secret):
        text = part({**head, "alg": "HS256"}) + "." + claims_text
        return text + "." + encode(hmac.new(secret, text.encode(), hashlib.sha256).digest())
    own_jwk = {"kty": "RSA", "n": jwk["n"], "e": jwk["e"], "kid": "mine"}
    return {
        "alg none": part({**head, "alg": "none"}) + "." + claims_text + ".",
        "alg none with a signature": part({**head, "alg": "none"}) + "." + claims_text + "." + signature,
        "alg in capitals": part({**head, "alg": "NONE"}) + "." + claims_text + ".",
        "HS256 with the public key as PEM": by_secret(jwk["value"].encode()),
        "HS256 with the public key's modulus": by_secret(base64.urlsafe_b64decode(jwk["n"] + "==")),
        "no signature": head_text + "." + claims_text + ".",
        "two parts": head_text + "." + claims_text,
        "another signature": head_text + "." + claims_text + "." + encode(b"\0" * 256),
        "longer validity": head_text + "." + part({**claims, "exp": claims["exp"] + 3600}) + "." + signature,
        "another client": head_text + "." + part({**claims, "cid": "admin"}) + "." + signature,
        "signed by a stranger under our kid": signed(head),
        "unknown kid": signed({**head, "kid": "mine"}),
        "no kid": signed({"alg": "RS256", "typ": "JWT"}),
        "kid is a path": signed({**head, "kid": "../../../../dev/null"}),
        "kid is SQL": signed({**head, "kid": "x' OR '1'='1"}),
        "kid is no text": signed({**head, "kid": [head["kid"]]}),
        "jku of a stranger": signed({**head, "kid": "mine", "jku": "http://localhost:1/token_keys"}),
        "jwk in the token": signed({**head, "kid": "mine", "jwk": own_jwk}),
        "x5u of a stranger": signed({**head, "kid": "mine", "x5u": "http://localhost:1/x"}),
        "x5c in the token": signed({**head, "kid": "mine", "x5c": ["AAAA"]}),
        "crit": part({**head, "crit": ["exp"]}) + "." + claims_text + "." + signature,
        "claims are no object": head_text + "." + part([1]) + "." + signature,
        "of another subaccount": tokens["foreign"],
        "too long": "a" * 20000,
        "garbage": "a.b.c", "nothing": "", "dots": "..", "not base64": "*.*.*",
    }


@pytest.mark.parametrize("route", ROUTES, ids=IDS)
def test_a_route_refuses_every_forged_token(server, forged, route):
    for name, text in forged.items():
        status = ask(server, route, "Bearer " + text)
        # A header field of 20,000 bytes is over the limit of a head; that it is refused is what counts.
        assert status == 401 or (name == "too long" and status == 431), (name, status)


@pytest.mark.parametrize("route", ROUTES, ids=IDS)
def test_a_route_refuses_who_sends_nothing_or_another_scheme(server, route):
    assert ask(server, route) == 401
    assert ask(server, route, "Digest username=admin") == 401
    assert ask(server, route, "Bearer") == 401


@pytest.mark.parametrize("route", ROUTES, ids=IDS)
def test_a_route_refuses_a_good_token_without_its_right(server, tokens, route):
    may = {"reader": route["right"].startswith("destination"), "tools": route["right"] == "role" and not route["roles"],
           "runtime": False}
    for name, allowed in may.items():
        status = ask(server, route, "Bearer " + tokens[name])
        assert (status == 403) != allowed, (name, status)


def test_a_good_token_counts_at_its_own_subaccount_alone(server, tokens):
    route = {"method": "GET", "path": "/destination-configuration/v1/subaccountDestinations"}
    other = server.management.removeprefix("http://").replace("localhost", "other.localhost")
    assert ask(server, route, "Bearer " + tokens["reader"]) == 200
    assert ask(server, route, "Bearer " + tokens["reader"], other) == 401
    assert ask(server, route, "Bearer " + tokens["foreign"], other) == 200
    assert ask(server, route, "Bearer " + tokens["foreign"]) == 401


def test_the_gateway_refuses_every_forged_token(server, forged, tokens):
    server.ok("artifact", "create", "echo", "--address", "/echo", "--reply", "ok")
    assert server.curl("/http/echo", "-H", "Authorization: Bearer " + tokens["runtime"]).status == 200
    for name, text in forged.items():
        reply = server.curl("/http/echo", "-H", "Authorization: Bearer " + text)
        # Beyond a head's limit, or with nothing behind the scheme, it is refused before it is a token.
        assert reply.status == 401 or (name in ("too long", "nothing") and reply.status in (400, 431)), (name, reply)
