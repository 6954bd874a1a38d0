"""What time brings about in a running server, seen with a clock that the test moves in all processes at once."""
import json
import pathlib
import subprocess

import pytest

from clock import DAY, MOVED, MovedServer
from postern import PROGRAM, wait_until


@pytest.fixture
def moved(tmp_path):
    server = MovedServer(tmp_path / "state")
    server.ok("quickstart", "hello")
    yield server
    server.stop()


def test_a_program_that_is_shipped_has_no_clock_that_can_be_moved():
    assert b"POSTERN_CLOCK_PAGE" in pathlib.Path(MOVED).read_bytes()
    assert b"POSTERN_CLOCK_PAGE" not in pathlib.Path(PROGRAM).read_bytes()


def test_a_certificate_that_expires_while_the_server_runs_is_refused_from_then_on(moved):
    call = moved.json("destination", "check", "hello")
    assert call["success"], call
    moved.set_clock(400 * DAY)
    refused = moved.run("destination", "check", "hello", "--json").json
    assert (refused["status"], refused["authenticated"]) == (401, False), refused
    message = moved.json("message", "list")[0]
    assert message["code"] == "P109", message
    # Gateway, manager and helper read one clock: the record's time is the moved one, and the doctor agrees with the gateway.
    assert message["time"] > "2027-01", message
    verdict = moved.run("doctor", "hello", "--json").json
    found = [finding["code"] for step in verdict["steps"] for finding in step["findings"]]
    assert "P109" in found, verdict
    moved.set_clock(0)
    assert moved.json("destination", "check", "hello")["success"]


def test_a_token_ends_when_its_time_has_passed(moved):
    moved.ok("service-instance", "create", "app", "--service", "destination", "--plan", "lite")
    moved.ok("service-key", "create", "app", "k")
    key = moved.json("service-key", "get", "app", "k")["credentials"]
    done = subprocess.run(["curl", "-sS", "-d", "grant_type=client_credentials", "-u",
                           f"{key['clientid']}:{key['clientsecret']}", moved.management + "/oauth/token"],
                          capture_output=True, text=True, check=True)
    token = json.loads(done.stdout)["access_token"]

    def status():
        return subprocess.run(["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H", f"Authorization: Bearer {token}",
                               moved.management + "/destination-configuration/v1/subaccountDestinations"],
                              capture_output=True, text=True, check=True).stdout
    assert status() == "200"
    moved.let_pass(2 * DAY)
    wait_until("the token is refused", lambda: status() == "401")
