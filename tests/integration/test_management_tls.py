"""The management API over TLS: curl, the program and plain http at the port that speaks TLS."""
import json
import subprocess
import urllib.parse

import pytest

from postern import Server, openssl, run

DESTINATIONS = "/destination-configuration/v1/subaccountDestinations"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("server") / "state", "--management-tls", "on")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def password(server):
    return server.admin_password


@pytest.fixture(scope="module")
def login_file(password, tmp_path_factory):
    path = tmp_path_factory.mktemp("login") / "login"
    path.write_text("admin:" + password + "\n")
    return path


def manage(server, path, *args):
    return server.curl(path, *args, address=server.management)


def test_the_admin_api_answers_curl_that_knows_the_ca(server, password):
    answer = manage(server, "/admin/v1/keystore", "-u", "admin:" + password)
    assert answer.status == 200 and server.management.startswith("https://")


def test_a_token_got_over_tls_opens_the_destination_service(server):
    bound = json.loads(server.ok("bind", "--vcap").out)["destination"][0]["credentials"]
    assert bound["url"] == bound["uri"] == server.management
    token = manage(server, "/oauth/token", "-u", bound["clientid"] + ":" + bound["clientsecret"], "-d",
                   "grant_type=client_credentials")
    assert token.status == 200, token
    header = "Authorization: Bearer " + json.loads(token.body)["access_token"]
    made = manage(server, DESTINATIONS, "-H", header, "-H", "Content-Type: application/json", "-d", json.dumps({
        "Name": "OVER-TLS", "Type": "HTTP", "URL": "https://x.example", "ProxyType": "Internet",
        "Authentication": "NoAuthentication"}))
    assert made.status == 201, made
    found = manage(server, "/destination-configuration/v1/destinations/OVER-TLS", "-H", header)
    assert found.status == 200 and json.loads(found.body)["destinationConfiguration"]["Name"] == "OVER-TLS"


def test_curl_that_does_not_know_the_ca_gives_up(server):
    done = subprocess.run(["curl", "-sS", "--max-time", "20", server.management + "/livez"], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 60, done.stderr


def test_plain_http_at_the_port_of_tls_is_told_so_and_the_server_goes_on(server):
    place = urllib.parse.urlsplit(server.management).netloc
    done = subprocess.run(["curl", "-sSi", "--max-time", "20", f"http://{place}/livez"], capture_output=True, text=True,
                          check=False)
    assert done.stdout.startswith("HTTP/1.1 400 ") and "plain HTTP" in done.stdout, done
    assert manage(server, "/livez").status == 200


def test_the_program_reaches_the_server_by_its_https_address(server, login_file):
    def ask(**env):
        return run("keystore", "list", "--server", server.management, "--login-file", login_file, env=env)
    assert ask(POSTERN_CA_FILE=server.ca).code == 0
    unknown = ask()
    assert unknown.code == 1 and "not trusted" in unknown.err and "POSTERN_CA_FILE" in unknown.err, unknown


def test_the_program_says_that_a_plain_address_meets_tls(server, login_file):
    plain = server.management.replace("https://", "http://")
    answer = run("keystore", "list", "--server", plain, "--login-file", login_file)
    assert answer.code == 1 and "https://" in answer.err, answer


def test_a_new_subaccount_is_reached_by_its_host_name_without_a_restart(server):
    made = server.json("subaccount", "create", "acme")
    address = server.management.replace("localhost", "acme.localhost")
    place = urllib.parse.urlsplit(address).netloc
    answer = server.curl("/admin/v1/keystore", "--resolve", place + ":127.0.0.1", "-u",
                         "admin:" + made["admin_password"], address=address)
    assert answer.status == 200, answer


def test_a_certificate_that_is_replaced_counts_from_the_next_connection_on(server, department):
    leaf = department.leaf("localhost", extensions="server")
    place = urllib.parse.urlsplit(server.management).netloc

    def presented():
        return openssl("s_client", "-connect", place, "-tls1_2", "-cipher", "aRSA", input="")
    assert "Postern Issuing CA" in presented()
    server.ok("ca", "server-certificate", leaf.pfx(), "--password-file", leaf.password_file())
    assert "Example Issuing CA" in presented()
    server.ok("ca", "server-certificate", "--built-in")
    assert "Postern Issuing CA" in presented()
