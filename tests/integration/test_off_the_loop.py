"""What the manager answers while a change waits for the disk, and what becomes of a change that is cut off in the middle."""
import base64
import contextlib
import http.client
import json
import os
import re
import signal
import time

import pytest

from everything import Admin, InBackground, Reader, ask, helpers_started, make_everything
from furnish import ORDERS, furnished
from postern import wait_until
from slow_disk import SlowServer

HOLD = 2        # that a change is held in its commit [s]
MEANWHILE = 2  # within which everybody else is answered, however busy the machine; its figure when quiet is bench/manager.py's


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    server = SlowServer(tmp_path_factory.mktemp("slow") / "state")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def known(slow, department):
    return make_everything(slow, department)


# ---- others are answered ----

def test_everything_is_read_while_a_change_waits_for_the_disk(slow, known):
    reader = Reader(slow, known)
    readable = reader.readable()
    helpers = helpers_started(slow)
    with slow.held():
        change = InBackground(slow, "POST", "/admin/v1/roles", {"name": "Held.role"})
        slow.wait_for_commit()
        began, took = time.monotonic(), {}
        for right, path in readable:
            status, seconds = reader.ask(right, path)
            took[path] = seconds
            assert status == 200 and seconds < MEANWHILE, (path, status, seconds)
        while time.monotonic() < began + HOLD:
            for path in ("/livez", "/destination-configuration/v1/destinations/thing", "/admin/v1/roles"):
                status, seconds = reader.ask("destination" if "destinations" in path else "admin", path)
                took[path] = max(took[path], seconds)
                assert status == 200 and seconds < MEANWHILE, (path, status, seconds)
        # A helper process is 30 ms: what is asked for a second time is told from what is kept.
        assert helpers_started(slow) == helpers
        assert change.answer is None and slow.waiting(), "the change was not held all the time"
    assert change.status == 201
    worst = max(took, key=took.get)
    print(f"\nworst of {len(took)} while a change waited {HOLD} s: {took[worst] * 1000:.1f} ms, {worst}")


def test_a_caller_reads_what_it_has_written(slow, known):
    admin = Admin(slow)
    for i in range(20):
        name = f"Mine.{i}"
        assert ask(admin, "POST", "/admin/v1/roles", {"name": name})[0] == 201
        assert name in [role["name"] for role in json.loads(ask(admin, "GET", "/admin/v1/roles")[1])]
        assert ask(admin, "DELETE", "/admin/v1/roles/" + name)[0] in (200, 204)
        assert name not in [role["name"] for role in json.loads(ask(admin, "GET", "/admin/v1/roles")[1])]


def test_a_password_that_is_known_opens_while_a_change_waits(slow, known):
    host, port = slow.management.removeprefix("http://").split(":")
    basic = {"Authorization": "Basic " + base64.b64encode(b"admin:" + slow.admin_password.encode()).decode()}
    client = http.client.HTTPConnection(host, int(port), timeout=HOLD)
    assert ask(client, "GET", "/admin/v1/roles", None, basic)[0] == 200
    with slow.held():
        change = InBackground(slow, "POST", "/admin/v1/roles", {"name": "Held.again"})
        slow.wait_for_commit()
        began = time.monotonic()
        assert ask(client, "GET", "/admin/v1/roles", None, basic)[0] == 200
        assert time.monotonic() - began < MEANWHILE
    assert change.status == 201


def test_a_change_is_effective_when_it_is_acknowledged_and_not_before(slow, known, department):
    leaf = department.leaf("not-yet")
    with slow.held():
        change = InBackground(slow, "POST", "/admin/v1/service-instances/runtime/service-keys", key_order(leaf, "not-yet"))
        slow.wait_for_commit()
        assert slow.curl("/http/orders", cert=leaf.chain, key=leaf.key).status == 401
        assert change.answer is None
    assert change.status == 201
    assert slow.curl("/http/orders", cert=leaf.chain, key=leaf.key).status == 200


# ---- a change that is cut off ----

KEYS = "/admin/v1/service-instances/runtime/service-keys"


def key_order(leaf, name):
    """What creates a service key with a certificate that the caller has."""
    return {"name": name, "parameters": {"key-type": "certificate_external", "X.509": leaf.certificate.read_text()}}


@pytest.fixture
def alone(tmp_path, department):
    """A server of its own whose disk can be held, with an endpoint and an instance."""
    server = SlowServer(tmp_path / "state")
    try:
        server.first = furnished(server, department, "alone-" + tmp_path.name, *ORDERS)
        yield server
    finally:
        server.stop()


def is_whole(server, leaf, name):
    """Whether the key is there: in the store and at the gateway, or in neither."""
    stored = name in [key["name"] for key in server.json("service-key", "list", "runtime")]
    status = server.curl("/http/orders", cert=leaf.chain, key=leaf.key).status
    assert status == (200 if stored else 401), (stored, status)
    return stored


def test_a_server_ends_within_5_s_while_a_change_waits_and_nothing_is_half_done(alone, department, tmp_path):
    leaf = department.leaf("cut-" + tmp_path.name)
    alone.hold()
    change = InBackground(alone, "POST", KEYS, key_order(leaf, "cut"))
    alone.wait_for_commit()
    children = [pid for pids in alone.children().values() for pid in pids]
    began = time.monotonic()
    alone.process.send_signal(signal.SIGTERM)
    alone.process.wait(20)
    took = time.monotonic() - began
    assert took < 5, f"it took {took:.1f} s"
    wait_until("all its processes are gone", lambda: not [p for p in children if os.path.exists(f"/proc/{p}")])
    assert change.status != 201, "acknowledged although the disk had not taken it"
    alone.release()
    alone.start()
    is_whole(alone, leaf, "cut")
    assert alone.curl("/http/orders", cert=alone.first.chain, key=alone.first.key).status == 200
    after = department.leaf("after-" + tmp_path.name)
    alone.ok("service-key", "create", "runtime", "after", "--certificate", after.certificate)
    assert is_whole(alone, after, "after")


def test_a_manager_that_is_killed_while_a_change_waits_leaves_nothing_half_done(alone, department, tmp_path):
    leaf = department.leaf("killed-" + tmp_path.name)
    alone.hold()
    change = InBackground(alone, "POST", KEYS, key_order(leaf, "killed"))
    alone.wait_for_commit()
    manager, = alone.children()["manager"]
    os.kill(manager, signal.SIGKILL)
    alone.release()
    assert change.status is None and change.failure
    wait_until("another manager serves", lambda: alone.run("role", "list").code == 0)
    is_whole(alone, leaf, "killed")


def test_a_caller_that_leaves_while_its_change_waits_disturbs_nobody(alone, department, tmp_path):
    leaf = department.leaf("left-" + tmp_path.name)
    managers = alone.children()["manager"]
    with alone.held():
        connection = Admin(alone)
        body = json.dumps(key_order(leaf, "left"))
        connection.request("POST", KEYS, body, {"Content-Type": "application/json"})
        alone.wait_for_commit()
        connection.close()
        assert ask(Admin(alone), "GET", "/livez")[0] == 200
    wait_until("the change is done", lambda: is_whole(alone, leaf, "left"))
    assert alone.children()["manager"] == managers


def helper_of(server):
    """The process that makes a key or opens a container at the moment; 0 when there is none."""
    found = [pid for role, pids in server.children().items() if role.startswith("job") for pid in pids]
    return found[0] if found else 0


def subaccounts(server):
    return [one["name"] for one in server.json("subaccount", "list")]


def test_another_change_is_acknowledged_while_the_keys_of_a_subaccount_are_made(alone):
    change = InBackground(alone, "POST", "/admin/v1/subaccounts", {"name": "slow"})
    helper = wait_until("a helper makes the keys", lambda: helper_of(alone))
    os.kill(helper, signal.SIGSTOP)
    try:
        with contextlib.closing(Admin(alone)) as admin:
            assert ask(admin, "POST", "/admin/v1/roles", {"name": "Meanwhile.role"})[0] == 201
            assert ask(admin, "POST", "/admin/v1/subaccounts", {"name": "-"})[0] == 400
        assert change.answer is None and "slow" not in subaccounts(alone)
    finally:
        os.kill(helper, signal.SIGCONT)
    assert change.status == 201 and "slow" in subaccounts(alone)
    assert alone.json("role", "list", "--subaccount", "slow")


def test_a_name_that_is_taken_while_its_keys_are_made_is_refused(alone):
    first, second = [InBackground(alone, "POST", "/admin/v1/subaccounts", {"name": "twice"}) for _ in range(2)]
    assert sorted([first.status, second.status]) == [201, 409]
    assert subaccounts(alone).count("twice") == 1


def test_where_the_helper_dies_that_makes_the_keys_there_is_no_subaccount(alone):
    before = subaccounts(alone)
    change = InBackground(alone, "POST", "/admin/v1/subaccounts", {"name": "dying"})
    os.kill(wait_until("a helper makes the keys", lambda: helper_of(alone)), signal.SIGKILL)
    assert change.status == 500, change.answer
    assert "ended without an answer" in json.loads(change.answer[1])["error"]["text"]
    assert subaccounts(alone) == before
    with contextlib.closing(Admin(alone)) as admin:
        assert ask(admin, "POST", "/admin/v1/subaccounts", {"name": "dying"})[0] == 201


@pytest.mark.parametrize("method,path,body", [("POST", "subaccounts", {"name": "counted"}), ("DELETE", "ca/server-certificates", None)])
def test_one_helper_makes_all_keys_of_a_use_case(alone, method, path, body):
    before = helpers_started(alone)
    with contextlib.closing(Admin(alone)) as admin:
        assert ask(admin, method, "/admin/v1/" + path, body)[0] in (200, 201)
    assert helpers_started(alone) == before + 1


def test_a_helper_that_dies_is_told_and_nothing_is_applied(alone):
    managers = alone.children()["manager"]
    before = alone.json("keystore", "list")
    order = {"alias": "dying", "subject": "CN=dying", "key_type": "rsa-4096", "days": 30}
    change = InBackground(alone, "POST", "/admin/v1/keystore/create", order)
    os.kill(wait_until("a helper makes the key", lambda: helper_of(alone)), signal.SIGKILL)
    assert change.status in (500, 502, 503), change.answer
    told = json.loads(change.answer[1])["error"]["text"]
    assert len(told) > 10 and not re.search("assert|null|errno", told), told
    assert alone.json("keystore", "list") == before
    assert alone.children()["manager"] == managers
    with contextlib.closing(Admin(alone)) as admin:
        assert ask(admin, "POST", "/admin/v1/keystore/create", {**order, "alias": "living", "key_type": "p-256"})[0] == 201
