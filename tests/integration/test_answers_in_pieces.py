"""An answer larger than memory should hold goes out as fast as its reader reads: the list of an instance's many service keys."""
import http.client
import json
import socket
import sqlite3
import time

import pytest

from admin import ask
from everything import Admin
from furnish import make_instance
from postern import Server, wait_until

MANY = 60000
PATH = "/service-instances/runtime/service-keys"


def resident(pid):
    """Memory of a process [bytes]."""
    with open(f"/proc/{pid}/statm") as f:
        return int(f.read().split()[1]) * 4096


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    """A server whose instance has more keys than one answer could tell; their rows were put beside those that it made."""
    server = Server(tmp_path_factory.mktemp("crowded") / "state")
    make_instance(server)
    server.ok("service-key", "create", "runtime", "first")
    server.stop()
    store = sqlite3.connect(server.state / "postern.db")
    columns = [c[1] for c in store.execute("PRAGMA table_info(service_key)")]
    other = {"id": "printf('%08x-0000-4000-8000-000000000000', i)", "name": "printf('k%07d', i)", "client_id": "printf('sb-%d', i)",
             "secret_sha256": "NULL", "secret": "NULL"}
    store.execute(f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<{MANY}) INSERT INTO service_key"
                  f" SELECT {', '.join(other.get(c, 'k.' + c) for c in columns)} FROM n, service_key k WHERE k.name='first'")
    store.commit()
    store.close()
    server.start()
    yield server
    server.stop()


def begun(server, method="GET"):
    """A request whose answer nobody reads yet."""
    connection = Admin(server)
    connection.connect()
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.request(method, "/admin/v1" + PATH)
    return connection


def test_the_whole_list_comes_by_name(crowded):
    reply = ask(crowded, "GET", PATH)
    assert reply.status == 200 and reply.headers["transfer-encoding"] == "chunked"
    names = [k["name"] for k in reply.json]
    assert names == sorted(["first"] + [f"k{i:07d}" for i in range(1, MANY + 1)])
    assert len(reply.text) > 15_000_000
    page = ask(crowded, "GET", PATH + "?limit=1000&after=k0050000").json
    assert [k["name"] for k in page] == names[50001:51001]


def test_a_slow_reader_holds_up_nobody_and_costs_no_memory(crowded):
    pid = crowded.children()["manager"][0]
    readers = [begun(crowded) for _ in range(6)]
    responses = [r.getresponse() for r in readers]
    assert [r.status for r in responses] == [200] * 6
    before = resident(pid)
    worst = 0
    for _ in range(40):
        start = time.monotonic()
        assert ask(crowded, "GET", "/roles").status == 200
        worst = max(worst, time.monotonic() - start)
        time.sleep(0.02)
    assert worst < 2, worst
    assert resident(pid) - before < 8 * 1024 * 1024
    assert len(json.loads(responses[0].read())) == MANY + 1
    for reader in readers:
        reader.close()


def test_a_reader_that_leaves_ends_it(crowded):
    pid = crowded.children()["manager"][0]
    for _ in range(20):
        connection = begun(crowded)
        connection.getresponse().read(1000)
        connection.close()

    def rests():
        with open(f"/proc/{pid}/stat") as f:
            first = sum(map(int, f.read().split()[13:15]))
        time.sleep(0.3)
        with open(f"/proc/{pid}/stat") as f:
            return sum(map(int, f.read().split()[13:15])) - first <= 3
    wait_until("nothing is made for those who left", rests)
    assert ask(crowded, "GET", "/roles").status == 200


def test_head_tells_no_body(crowded):
    connection = begun(crowded, "HEAD")
    response = connection.getresponse()
    assert response.status == 200 and response.read() == b""
    connection.request("GET", "/admin/v1/roles")
    assert connection.getresponse().status == 200
    connection.close()


def test_an_instance_that_is_not_there_is_told_as_ever(crowded):
    assert ask(crowded, "GET", "/service-instances/none/service-keys").status == 404


def test_the_server_ends_while_an_answer_is_under_way(crowded):
    connection = begun(crowded)
    response = connection.getresponse()
    crowded.stop()
    assert crowded.process.returncode == 0
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        response.read()
