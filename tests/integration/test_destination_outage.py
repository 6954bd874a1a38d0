"""The Destination service while the store is away: what was there is found, what is written is refused, and all mends itself."""
import base64
import json
import os
import sqlite3
import subprocess

import pytest

from destination import Api, named
from postern import Server, wait_until
from token_service import TokenService


@pytest.fixture
def world(tmp_path):
    """A server with destinations at both levels, a key store, a fragment, and an app that has a token."""
    server = Server(tmp_path / "state")
    api = Api(server)
    service = TokenService()
    content = base64.b64encode(b"-----BEGIN CERTIFICATE-----").decode()
    assert api.status("POST", "subaccountCertificates", {"Name": "store.p12", "Content": content}) == 201
    assert api.status("POST", "subaccountDestinationFragments", {"FragmentName": "f", "URL": "https://f.invalid"}) == 201
    assert api.status("POST", "subaccountDestinations", [
        named("mtls", Authentication="ClientCertificateAuthentication", KeyStoreLocation="store.p12", KeyStorePassword="p",
              URL=server.gateway + "/http/x"),
        named("oauth", Authentication="OAuth2ClientCredentials", tokenServiceURL=service.url, clientId="c")]) == 201
    assert api.status("POST", "instanceDestinations", named("own")) == 201
    assert api.ask("GET", "destinations/oauth")[1]["authTokens"][0]["value"] == "token-1"
    yield server, api, service
    service.stop()
    server.stop()


def everything_is_found(api, server):
    found = api.ask("GET", "destinations/mtls")
    assert found[0] == 200 and found[1]["destinationConfiguration"]["KeyStorePassword"] == "p", found
    assert [one["Name"] for one in found[1]["certificates"]] == ["store.p12", "postern-ca.pem"]
    found = api.ask("GET", "destinations/mtls", None, "-H", "X-fragment-name: f")[1]
    assert found["destinationConfiguration"]["URL"] == "https://f.invalid"
    assert api.ask("GET", "destinations/oauth")[1]["authTokens"][0]["value"] == "token-1"
    assert api.ask("GET", "destinations/own")[1]["owner"]["InstanceId"]
    assert len(api.ask("GET", "subaccountDestinations")[1]) == 2
    assert api.status("GET", "subaccountCertificates/postern-ca.pem") == 200
    assert api.status("GET", "destinations/absent") == 404
    assert not server.process.poll()


def test_find_goes_on_while_the_file_is_held_by_another_program(world):
    server, api, _ = world
    store = sqlite3.connect(server.state / "postern.db", isolation_level=None)
    store.execute("BEGIN EXCLUSIVE")
    status, answer, _ = api.ask("POST", "subaccountDestinations", named("new"))
    assert status == 503 and "another program" in answer["ErrorMessage"]
    everything_is_found(api, server)
    store.execute("ROLLBACK")
    store.close()
    assert api.status("POST", "subaccountDestinations", named("new")) == 201
    assert api.status("GET", "destinations/new") == 200


def test_find_goes_on_while_the_file_is_destroyed(world):
    server, api, _ = world
    for name in ("postern.db", "postern.db-wal"):
        with open(server.state / name, "r+b") as file:
            file.write(os.urandom((server.state / name).stat().st_size))
    everything_is_found(api, server)


def test_a_write_that_was_acknowledged_is_there_after_kill_9(world):
    server, api, _ = world
    assert api.status("PATCH", "subaccountDestinations", {"Name": "oauth", "Description": "kept"}) == 200
    assert api.status("PUT", "subaccountDestinations/oauth/labels", [{"key": "k", "values": ["v"]}]) == 200
    etag = api.ask("GET", "subaccountDestinations/oauth")[2]["etag"]
    manager = server.children()["manager"][0]
    os.kill(manager, 9)
    wait_until("another manager is there", lambda: server.children().get("manager", [manager])[0] != manager)

    def found():
        try:
            return api.ask("GET", "subaccountDestinations/oauth")
        except (subprocess.CalledProcessError, json.JSONDecodeError):  # nobody serves yet
            return None
    status, answer, headers = wait_until("it answers", found)
    assert (status, answer["Description"], headers["etag"]) == (200, "kept", etag)
    assert api.ask("GET", "subaccountDestinations/oauth/labels")[1] == [{"key": "k", "values": ["v"]}]
