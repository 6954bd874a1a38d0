"""The management API over TCP: who may do what, with which credentials, and how the server refuses."""
import base64
import json
import os
import signal
import subprocess
import urllib.parse

import pytest

from postern import PROGRAM, run, wait_until

DESTINATIONS = "/destination-configuration/v1/subaccountDestinations"


def curl(url, *args):
    """Returns (status, body)."""
    done = subprocess.run(["curl", "-sS", "--max-time", "20", "-w", "\n%{http_code}", *args, url], capture_output=True,
                          text=True, check=True)
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


@pytest.fixture(scope="module")
def password(server):
    return server.admin_password


@pytest.fixture(scope="module")
def secret(server):
    return json.loads(server.ok("bind", "--vcap").out)["destination"][0]["credentials"]


@pytest.fixture(scope="module")
def bearer(secret):
    status, body = curl(secret["url"] + "/oauth/token", "-u", secret["clientid"] + ":" + secret["clientsecret"],
                        "-d", "grant_type=client_credentials")
    assert status == 200
    return json.loads(body)["access_token"]


@pytest.mark.parametrize("path", ["/", "/admin/v1/keystore", "/admin/v1/absent", "/api/v1/x", "/v2/catalog",
                                  DESTINATIONS, "/destination-configuration/v1/destinations/x", "/absent"])
def test_without_credentials_everything_is_401(server, path):
    assert curl(server.management + path)[0] == 401


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/token_keys", "/.well-known/openid-configuration"])
def test_what_is_open_is_open(server, path):
    assert curl(server.management + path)[0] == 200


def test_the_admin_password_opens_and_a_wrong_one_does_not(server, password):
    assert curl(server.management + "/admin/v1/keystore", "-u", "admin:" + password)[0] == 200
    assert curl(server.management + DESTINATIONS, "-u", "admin:" + password)[0] == 200
    assert curl(server.management + "/admin/v1/keystore", "-u", "admin:wrong")[0] == 401
    assert curl(server.management + "/admin/v1/keystore", "-H", "Authorization: Digest x")[0] == 401


def test_a_token_of_a_destination_instance_reads_destinations_and_is_no_admin(server, bearer):
    header = "Authorization: Bearer " + bearer
    assert curl(server.management + DESTINATIONS, "-H", header)[0] == 200
    assert curl(server.management + "/admin/v1/keystore", "-H", header)[0] == 403


def test_a_token_that_was_tampered_with_is_401(server, bearer):
    head, claims, signature = bearer.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    other = json.loads(base64.urlsafe_b64decode(claims + "=="))
    other["exp"] += 1000
    forged = base64.urlsafe_b64encode(json.dumps(other).encode()).decode().rstrip("=")
    for token in (f"{none}.{claims}.", f"{head}.{forged}.{signature}", f"{head}.{claims}.", "a.b.c", bearer[:-4] + "AAAA"):
        assert curl(server.management + DESTINATIONS, "-H", "Authorization: Bearer " + token)[0] == 401


def test_other_hosts_and_other_origins_are_refused(server, password):
    url, login = server.management + "/admin/v1/keystore", ["-u", "admin:" + password]
    assert curl(server.management + "/livez", "-H", "Host: evil.example")[0] == 421
    assert curl(url, *login, "-H", "Origin: https://evil.example")[0] == 403
    assert curl(url, *login, "-H", "Origin: null")[0] == 403
    assert curl(url, *login, "-H", "Origin: " + server.management)[0] == 200


def test_the_token_endpoint_takes_basic_body_and_certificate(server, secret, tmp_path):
    url, client = secret["url"] + "/oauth/token", urllib.parse.quote(secret["clientid"])
    grant = "grant_type=client_credentials"
    login = ["-u", secret["clientid"] + ":" + secret["clientsecret"]]
    for args in (["-d", f"{grant}&client_id={client}&client_secret={urllib.parse.quote(secret['clientsecret'])}"],
                 [*login, "-d", grant], [*login, "-d", f"{grant}&client_id={client}"]):
        status, body = curl(url, *args)
        answer = json.loads(body)
        assert status == 200 and answer["expires_in"] > 0 and answer["token_type"] == "bearer"
    own = json.loads(server.ok("bind", "--vcap", "--x509").out)["destination"][0]["credentials"]
    assert "clientsecret" not in own and own["credential-type"] == "x509"
    (tmp_path / "cert").write_text(own["certificate"])
    (tmp_path / "key").write_text(own["key"])
    tls = ["--cacert", server.ca, "--cert", tmp_path / "cert", "--key", tmp_path / "key"]
    own_id = urllib.parse.quote(own["clientid"])
    assert curl(own["certurl"] + "/oauth/token", *tls, "-d", f"{grant}&client_id={own_id}")[0] == 200
    assert curl(own["certurl"] + "/oauth/token", *tls, "-d", f"{grant}&client_id=other")[0] == 401
    assert curl(own["certurl"] + "/oauth/token", "--cacert", server.ca, "-d", f"{grant}&client_id={own_id}")[0] == 401


@pytest.mark.parametrize("form,status,error", [
    ("grant_type=client_credentials&client_id=x&client_secret=y", 401, "invalid_client"),
    ("grant_type=client_credentials", 401, "invalid_client"),
    ("grant_type=password&username=x&password=y", 400, "unsupported_grant_type"),
    ("", 401, "invalid_client"),
])
def test_the_token_endpoint_refuses_in_the_words_of_rfc_6749(server, form, status, error):
    answer = curl(server.management + "/oauth/token", "-d", form)
    assert (answer[0], json.loads(answer[1])["error"]) == (status, error)


def test_the_command_line_reaches_a_server_by_url_with_a_login(server, password, bearer, tmp_path):
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_text("admin:" + password + "\n")
    bad.write_text("admin:wrong\n")

    def ask(*args, **env):
        return run(*args, "--server", server.management, env=env)
    assert ask("destination", "list", "--login-file", good).code == 0
    assert ask("destination", "list").code == 4
    refused = ask("destination", "list", "--login-file", bad)
    assert refused.code == 4 and "login" in refused.err
    assert ask("destination", "list", POSTERN_TOKEN=bearer).code == 0
    assert ask("keystore", "list", POSTERN_TOKEN=bearer).code == 4


def test_too_many_wrong_logins_wait_a_minute(server):
    codes = [curl(server.management + "/admin/v1/keystore", "-u", "guess:wrong")[0] for _ in range(12)]
    assert codes[0] == 401 and codes[-1] == 429


def test_a_second_server_on_the_same_folder_is_refused(server):
    answer = run("dev", "--state-dir", server.state, "--gateway-port", "0", "--management-port", "0")
    assert answer.code == 1 and str(server.process.pid) in answer.err


def test_management_beyond_loopback_needs_tls(tmp_path):
    answer = run("serve", "--state-dir", tmp_path / "state", "--management-host", "0.0.0.0", "--gateway-port", "0",
                 "--management-port", "0")
    assert answer.code == 1 and "management_tls" in answer.err


@pytest.mark.parametrize("text,code,told", [
    ("# good\nhost = localhost\ngateway_port = 0\n", 0, "good"),
    ("host = localhost\n\ngateway_port = 99999\n", 1, "Line 3"),
    ("\nabsent = 1\n", 1, "Line 2"),
    ("gateway_port\n", 1, "Line 1"),
    ("tell_reason = maybe\n", 1, "Line 1"),
    ("management_host = 0.0.0.0\n", 1, "management_tls"),
])
def test_validate_names_the_line_that_is_wrong(tmp_path, text, code, told):
    (tmp_path / "postern.conf").write_text(text)
    answer = run("validate", "--config", tmp_path / "postern.conf")
    assert answer.code == code and told in answer.err


def test_serve_takes_a_settings_file_and_ends_cleanly_at_sigterm(tmp_path):
    state = tmp_path / "state"
    (tmp_path / "postern.conf").write_text("gateway_port = 0\nmanagement_port = 0\nmanagement_tls = on\nworkers = 1\n"
                                           f"master_key_file = {tmp_path}/master.key\n")
    with open(tmp_path / "log", "wb") as log:
        process = subprocess.Popen([PROGRAM, "serve", "--config", str(tmp_path / "postern.conf"), "--state-dir",
                                    str(state)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        wait_until("the server is ready", (state / "endpoints.json").exists)
        endpoints = json.loads((state / "endpoints.json").read_text())
        assert endpoints["pid"] == process.pid and endpoints["management"].startswith("https://")
        assert curl(endpoints["management"] + "/livez", "--cacert", endpoints["ca"])[0] == 200
        secret = (state / "admin.password").read_text().strip()
        assert os.stat(state / "admin.password").st_mode & 0o077 == 0
        assert curl(endpoints["management"] + "/admin/v1/keystore", "--cacert", endpoints["ca"], "-u", "admin:" + secret)[0] == 200
        assert secret not in (tmp_path / "log").read_text()
        assert not (state / "master.key").exists()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert not (state / "endpoints.json").exists()
    assert run("destination", "list", "--state-dir", state).code == 1
