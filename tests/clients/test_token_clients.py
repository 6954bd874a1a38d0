"""Libraries that apps get and check tokens with, @sap/xssec and openid-client, over TLS with only what `postern bind` prints."""
import base64
import hashlib
import json
import pathlib
import ssl
import urllib.parse

import pytest

from postern import Server, run

FOLDER = pathlib.Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Both libraries speak to a token service over https only."""
    running = Server(tmp_path_factory.mktemp("server") / "state", "--management-tls", "on")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def bindings(server):
    """What `postern bind` prints for an app that shows a secret and for one that shows a certificate."""
    return {"secret": server.ok("bind", "--vcap").out, "x509": server.ok("bind", "--vcap", "--x509").out}


def credentials(binding):
    return json.loads(binding)["destination"][0]["credentials"]


def with_credentials(binding, **others):
    changed = json.loads(binding)
    changed["destination"][0]["credentials"].update(others)
    return json.dumps(changed)


def ask(node, server, script, binding, *args):
    done = run(FOLDER / script, *args, program=node, cwd=FOLDER,
               env={"VCAP_SERVICES": binding, "NODE_EXTRA_CA_CERTS": server.ca})
    assert done.code == 0, done
    return json.loads(done.out)


@pytest.fixture(scope="module")
def xssec(node, server, bindings):
    return lambda *token, binding="secret": ask(node, server, "xssec.js", bindings[binding], *token)


@pytest.fixture(scope="module")
def openid(node, server):
    return lambda how, binding: ask(node, server, "openid.js", binding, how)


def part(content):
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def claims_of(token):
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


@pytest.mark.parametrize("binding", ["secret", "x509"])
def test_xssec_fetches_a_token_and_finds_it_valid(xssec, bindings, binding):
    told, bound = xssec(binding=binding), credentials(bindings[binding])
    assert "error" not in told, told
    assert (told["client"], told["zid"], told["instance"]) == (bound["clientid"], bound["tenantid"], bound["instanceid"])
    assert told["reads"] and not told["sends"]


def test_xssec_refuses_a_token_that_was_tampered_with(xssec):
    token = xssec()["token"]
    head, _, signature = token.split(".")
    longer = part(dict(claims_of(token), exp=claims_of(token)["exp"] + 1000))
    assert xssec(f"{head}.{longer}.{signature}")["error"] == "InvalidTokenSignatureError"


def test_xssec_refuses_a_token_that_a_key_of_another_made(xssec):
    _, claims, signature = xssec()["token"].split(".")
    foreign = part({"alg": "RS256", "typ": "JWT", "kid": "of-somebody-else"})
    assert xssec(f"{foreign}.{claims}.{signature}")["error"] == "MissingKidError"


def test_xssec_refuses_a_token_of_another_subaccount(server, xssec):
    server.ok("subaccount", "create", "acme")
    other = credentials(server.ok("bind", "--vcap", "--subaccount", "acme").out)
    form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": other["clientid"],
                                   "client_secret": other["clientsecret"]})
    place = urllib.parse.urlsplit(other["url"])
    answer = server.curl("/oauth/token", "-d", form, "--resolve", place.netloc + ":127.0.0.1", address=other["url"])
    assert answer.status == 200, answer
    assert xssec(json.loads(answer.body)["access_token"])["error"] == "MissingKidError"


@pytest.mark.parametrize("how", ["post", "basic"])
def test_openid_client_discovers_the_server_and_gets_a_token_for_its_secret(openid, bindings, how):
    told, bound = openid(how, bindings["secret"]), credentials(bindings["secret"])
    assert "error" not in told, told
    assert told["issuer"] == told["claims"]["iss"] == bound["url"] + "/oauth/token"
    assert told["claims"]["client_id"] == bound["clientid"] and "cnf" not in told["claims"]
    assert told["claims"]["exp"] - told["claims"]["iat"] == told["seconds"]


def test_openid_client_is_told_that_a_secret_is_wrong(openid, bindings):
    wrong = with_credentials(bindings["secret"], clientsecret="wrong")
    assert [openid(how, wrong)["status"] for how in ("post", "basic")] == [401, 401]


def test_openid_client_gets_a_token_bound_to_its_certificate_at_the_gateway(openid, bindings):
    told, bound = openid("certificate", bindings["x509"]), credentials(bindings["x509"])
    assert "error" not in told, told
    leaf = bound["certificate"].partition("-----END CERTIFICATE-----")
    seen = hashlib.sha256(ssl.PEM_cert_to_DER_cert(leaf[0] + leaf[1])).digest()
    assert told["claims"]["cnf"] == {"x5t#S256": base64.urlsafe_b64encode(seen).decode().rstrip("=")}
    assert told["claims"]["client_id"] == bound["clientid"]


def test_openid_client_gets_no_token_with_the_certificate_of_another_client(openid, bindings, department):
    leaf = department.leaf("nobody")
    stolen = with_credentials(bindings["x509"], certificate=leaf.certificate.read_text(), key=leaf.key.read_text())
    assert openid("certificate", stolen)["status"] == 401
