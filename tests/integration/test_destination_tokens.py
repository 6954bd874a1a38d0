"""authTokens: what Find gets from token services, keeps, and says when it gets nothing."""
import base64
import concurrent.futures
import json

import pytest

from destination import Api, named
from postern import openssl, wait_until
from token_service import TokenService


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


@pytest.fixture
def service():
    running = TokenService()
    yield running
    running.stop()


def oauth(api, service, name, authentication, **changes):
    body = named(name, Authentication=authentication, tokenServiceURL=service.url, clientId="me", clientSecret="s3cr3t")
    assert api.status("PUT", "subaccountDestinations", dict(body, **changes)) in (200, 404)
    assert api.status("POST", "subaccountDestinations", dict(body, **changes)) in (201, 409)


def tokens(api, name, *args):
    status, answer, _ = api.ask("GET", "destinations/" + name, None, *args)
    assert status == 200, answer
    return answer["authTokens"]


def jwt(**claims):
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in ({"alg": "none"}, claims)]
    return ".".join([*parts, "c2ln"])


def test_client_credentials_become_a_bearer_token(api, service):
    oauth(api, service, "cc", "OAuth2ClientCredentials", scope="a b", **{
        "tokenServiceURL.headers.x-h": "1", "tokenServiceURL.queries.q": "2 3", "tokenService.body.resource": "r"})
    found = tokens(api, "cc")
    assert found == [{"type": "Bearer", "value": "token-1", "expires_in": "3600", "scope": "read",
                      "http_header": {"key": "Authorization", "value": "Bearer token-1"}}]
    assert service.asked[0]["form"] == {"grant_type": "client_credentials", "client_id": "me", "client_secret": "s3cr3t",
                                        "scope": "a b", "resource": "r"}
    assert service.asked[0]["path"] == "/oauth/token?q=2%203" and service.asked[0]["headers"]["x-h"] == "1"


def test_a_token_is_kept_until_it_nearly_expires_and_for_this_state_of_the_destination_only(api, service):
    oauth(api, service, "kept", "OAuth2ClientCredentials")
    assert [tokens(api, "kept")[0]["value"] for _ in range(3)] == ["token-1"] * 3
    assert len(service.asked) == 1
    oauth(api, service, "kept", "OAuth2ClientCredentials", Description="changed")
    assert tokens(api, "kept")[0]["value"] == "token-2"
    service.lifetime = 5
    oauth(api, service, "short", "OAuth2ClientCredentials")
    assert tokens(api, "short")[0]["value"] != tokens(api, "short")[0]["value"]


def test_a_token_without_a_lifetime_is_not_kept(api, service):
    oauth(api, service, "eternal", "OAuth2ClientCredentials")
    service.answer = {"access_token": "x"}
    assert [tokens(api, "eternal")[0]["value"] for _ in range(2)] == ["x", "x"]
    assert len(service.asked) == 2 and "expires_in" not in tokens(api, "eternal")[0]


def test_all_who_ask_at_once_wait_for_one_call(api, service):
    oauth(api, service, "herd", "OAuth2ClientCredentials")
    service.gate.clear()
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        waiting = [pool.submit(tokens, api, "herd") for _ in range(12)]
        wait_until("the call is on its way", lambda: service.asked)
        # A Find that needs no token goes on meanwhile.
        assert api.status("GET", "destinations/herd?$skipTokenRetrieval=true") == 200
        service.gate.set()
        assert {one.result()[0]["value"] for one in waiting} == {"token-1"}
    assert len(service.asked) == 1


@pytest.mark.parametrize("skip,told", [("$skipTokenRetrieval=true", False), ("$skipCredentials=true", True)])
def test_skipping_tokens_and_skipping_credentials_are_two_things(api, service, skip, told):
    oauth(api, service, "skip", "OAuth2ClientCredentials")
    answer = api.ask("GET", "destinations/skip?" + skip)[1]
    assert ("authTokens" in answer) is told
    assert ("clientSecret" in answer["destinationConfiguration"]) is not told
    assert len(service.asked) == (1 if told else 0)


def test_credentials_go_into_the_header_where_the_destination_says_so(api, service):
    oauth(api, service, "header", "OAuth2ClientCredentials", **{"tokenService.addClientCredentialsInBody": "false"})
    tokens(api, "header")
    assert service.asked[0]["headers"]["Authorization"] == "Basic " + base64.b64encode(b"me:s3cr3t").decode()
    assert "client_secret" not in service.asked[0]["form"]
    oauth(api, service, "header", "OAuth2ClientCredentials", tokenServiceUser="u", tokenServicePassword="p")
    tokens(api, "header")
    assert service.asked[1]["headers"]["Authorization"] == "Basic " + base64.b64encode(b"u:p").decode()


def test_password_refresh_code_and_exchange_send_what_their_grants_ask_for(api, service):
    oauth(api, service, "password", "OAuth2Password", User="anna", Password="hush")
    tokens(api, "password")
    oauth(api, service, "refresh", "OAuth2RefreshToken")
    service.answer = {"access_token": "a", "refresh_token": "next", "token_type": "bearer", "expires_in": 60}
    assert tokens(api, "refresh", "-H", "X-refresh-token: r1")[0]["refresh_token"] == "next"
    service.answer = None
    oauth(api, service, "code", "OAuth2AuthorizationCode")
    tokens(api, "code", "-H", "X-code: c1", "-H", "X-redirect-uri: https://app.invalid/cb", "-H", "X-code-verifier: v")
    oauth(api, service, "exchange", "OAuth2TokenExchange")
    tokens(api, "exchange", "-H", "X-subject-token: s", "-H", "X-subject-token-type: urn:t", "-H", "X-actor-token: a")
    forms = [one["form"] for one in service.asked]
    assert (forms[0]["grant_type"], forms[0]["username"], forms[0]["password"]) == ("password", "anna", "hush")
    assert (forms[1]["grant_type"], forms[1]["refresh_token"]) == ("refresh_token", "r1")
    assert (forms[2]["grant_type"], forms[2]["code"], forms[2]["code_verifier"]) == ("authorization_code", "c1", "v")
    assert forms[3]["grant_type"].endswith(":token-exchange") and forms[3]["subject_token"] == "s"


@pytest.mark.parametrize("authentication", ["OAuth2JWTBearer", "OAuth2UserTokenExchange"])
def test_a_user_s_token_is_exchanged_and_each_user_has_a_token_of_their_own(api, service, authentication):
    oauth(api, service, "user", authentication)
    anna, bert = jwt(user_name="anna"), jwt(user_name="bert")
    assert tokens(api, "user", "-H", "X-user-token: " + anna)[0]["value"] == "token-1"
    assert tokens(api, "user", "-H", "X-user-token: " + bert)[0]["value"] == "token-2"
    assert tokens(api, "user", "-H", "X-user-token: " + anna)[0]["value"] == "token-1"
    assert service.asked[0]["form"]["assertion"] == anna
    assert service.asked[0]["form"]["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert "X-user-token" in tokens(api, "user")[0]["error"]
    assert "no JWT" in tokens(api, "user", "-H", "X-user-token: nonsense")[0]["error"]


def test_a_client_assertion_takes_the_place_of_the_secret(api, service):
    oauth(api, service, "assertion", "OAuth2ClientCredentials")
    tokens(api, "assertion", "-H", "X-client-assertion: a.b.c", "-H", "X-client-assertion-type: urn:x")
    form = service.asked[0]["form"]
    assert (form["client_assertion"], form["client_assertion_type"]) == ("a.b.c", "urn:x") and "client_secret" not in form


def test_a_common_token_service_is_asked_for_the_tenant(api, service):
    host = service.url.replace("://localhost", "://{tenant}.localhost")
    oauth(api, service, "common", "OAuth2ClientCredentials", tokenServiceURLType="Common", tokenServiceURL=host)
    # NAME.localhost is loopback by RFC 6761; where the resolver does not say so, the element tells who was asked.
    found = tokens(api, "common", "-H", "X-tenant: acme")[0]
    assert found.get("value") == "token-1" or "acme.localhost" in found["error"]
    ask = ("GET", "destinations/common", None)
    assert api.status(*ask) == 400
    assert api.status(*ask, "-H", "X-tenant: a", "-H", "X-user-token: b") == 400
    assert "X-tenant" in tokens(api, "common", "-H", "X-tenant: evil.invalid/x?")[0]["error"]
    oauth(api, service, "own", "OAuth2ClientCredentials")
    assert api.status("GET", "destinations/own", None, "-H", "X-tenant: a") == 400


def test_what_goes_wrong_stands_in_the_element_and_in_no_secret(api, service):
    oauth(api, service, "wrong", "OAuth2ClientCredentials")
    service.status, service.answer = 401, {"error": "invalid_client", "error_description": "Bad\ncredentials"}
    status, answer, _ = api.ask("GET", "destinations/wrong")
    error = answer["authTokens"][0]
    assert status == 200 and (error["type"], error["value"]) == ("", "")
    assert "401" in error["error"] and "invalid_client" in error["error"] and "s3cr3t" not in error["error"]
    service.status, service.answer = 200, {"token": "x"}
    assert "access_token" in tokens(api, "wrong")[0]["error"]
    service.answer = {"access_token": "a\r\nx: y"}
    assert "access_token" in tokens(api, "wrong")[0]["error"]
    service.stop()
    assert "could not be reached" in tokens(api, "wrong")[0]["error"]


@pytest.mark.parametrize("changes,said", [
    ({"tokenServiceURL": ""}, "tokenServiceURL"), ({"tokenServiceURL": "ftp://x"}, "http"), ({"clientId": ""}, "clientId"),
    ({"tokenService.KeyStoreLocation": "absent.p12"}, "absent.p12"), ({"ProxyType": "OnPremise"}, "OnPremise"),
    ({"clientAssertion.destinationName": "other"}, "assertion"), ({"Authentication": "OAuth2SAMLBearerAssertion"}, "SAML"),
    ({"Authentication": "OAuth2Password"}, "User")])
def test_a_destination_that_cannot_have_a_token_says_why(api, service, changes, said):
    oauth(api, service, "cannot", **dict({"authentication": "OAuth2ClientCredentials"}, **{
        ("authentication" if name == "Authentication" else name): value for name, value in changes.items()}))
    error = tokens(api, "cannot")[0]["error"]
    assert said in error or "key store" in error
    assert not service.asked


@pytest.mark.parametrize("authentication", ["PrincipalPropagation", "NoAuthentication", "ClientCertificateAuthentication"])
def test_types_without_a_token_have_no_element(api, authentication):
    api.status("POST", "subaccountDestinations", named("none-" + authentication, Authentication=authentication))
    assert "authTokens" not in api.ask("GET", "destinations/none-" + authentication)[1]


def test_a_token_service_that_asks_for_a_certificate_gets_the_one_of_the_destination(api, server, department, tmp_path):
    leaf = department.leaf("oauth-client")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "key", "-out", tmp_path / "cert",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2")
    trusted = tmp_path / "trusted.pem"
    trusted.write_text(department.root.read_text() + department.ca.read_text())
    service = TokenService(tmp_path / "cert", tmp_path / "key", trusted)
    try:
        store = {"Name": "oauth.pfx", "Content": base64.b64encode(leaf.pfx().read_bytes()).decode()}
        anchor = {"Name": "tokens.pem", "Content": base64.b64encode((tmp_path / "cert").read_bytes()).decode()}
        assert api.status("POST", "subaccountCertificates", [store, anchor]) == 201
        oauth(api, service, "mtls", "OAuth2ClientCredentials", clientSecret="", TrustStoreLocation="tokens.pem", **{
            "tokenService.KeyStoreLocation": "oauth.pfx", "tokenService.KeyStorePassword": leaf.password})
        assert tokens(api, "mtls")[0]["value"] == "token-1"
        assert service.asked[0]["form"] == {"grant_type": "client_credentials", "client_id": "me"}
        assert (("commonName", "oauth-client"),) in service.asked[0]["peer"]["subject"]
        skipped = api.ask("GET", "destinations/mtls?$skipTokenRetrieval=true")[1]
        assert "authTokens" not in skipped and "oauth.pfx" in [one["Name"] for one in skipped["certificates"]]
        oauth(api, service, "mtls", "OAuth2ClientCredentials", clientSecret="")
        assert "not trusted" in tokens(api, "mtls")[0]["error"]
    finally:
        service.stop()
