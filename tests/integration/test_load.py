"""Load, flood and shortage: what must not fail does not, what cannot be served is refused in a known way."""
import os
import pathlib
import resource
import socket
import subprocess
import time

import pytest

import flood
from load import Load
from postern import PROGRAM, Server, wait_until
from soak import Soak

BENCH_LOAD = pathlib.Path(PROGRAM).parent / "bench" / "bench_load"


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not BENCH_LOAD.exists(), reason="the load client of the benchmark is not built")
def test_no_request_fails_while_everything_changes(tmp_path):
    soak = Soak(tmp_path, BENCH_LOAD)
    try:
        _, results = soak.run(10, reload_every=3.0)
        assert soak.changes and soak.reloads
    finally:
        soak.stop()
    for mode, result in results.items():
        assert result["failed"] == 0, (mode, result)
        assert result["operations"] > 50, (mode, result)
    assert results["keep-alive"]["let_go"] > 0


def test_a_flood_of_unfinished_handshakes_keeps_nobody_out(tmp_path):
    result = flood.run(tmp_path, half_open=800, slow=200, rate=500)
    assert not result["probes_failed"] and result["probes"] >= 5
    assert result["refused"] == 0 and result["left"] == 0 and result["dropped"] == 1000
    assert result["longest_s"] < flood.DEADLINE + 5, "dropped by their deadline, however they drip"


@pytest.fixture
def single(tmp_path, department):
    """A server with one gateway, and a key pair that may call /orders."""
    server = Server(tmp_path / "state", "--workers", "1")
    try:
        yield server, flood.furnish(server, tmp_path / "department")
    finally:
        server.stop()


def test_without_room_for_the_journal_requests_are_refused_before_they_begin(single):
    server, leaf = single
    gateway, = server.children()["gateway"]
    # A further segment would be larger than files may be: to the gateway that is a full disk.
    resource.prlimit(gateway, resource.RLIMIT_FSIZE, (65536, resource.RLIM_INFINITY))
    answered = []
    with Load(server.gateway + "/http/orders", leaf, server.ca, kept=6, fresh=0, pause=0.0, answered=answered) as load:
        wait_until("the segment is full", lambda: load.failures, 60)
    assert set(load.failures) == {"status 503"}, set(load.failures)
    reply = server.curl("/http/orders", cert=leaf.chain, key=leaf.key)
    assert (reply.status, reply.code) == (503, "R512")
    assert "event=journal_full" in server.log()
    # Whatever was answered otherwise has its line; whatever was refused has begun nothing.
    seen = server.json("message", "list", "--limit", "10000")
    assert len(seen) == 10000 or {m["id"] for m in seen if m["status"] == "COMPLETED"} == set(answered)
    assert {m["id"] for m in seen} >= set(answered[-5000:]) and reply.id not in {m["id"] for m in seen}
    resource.prlimit(gateway, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    reply = server.curl("/http/orders", cert=leaf.chain, key=leaf.key)
    assert reply.status == 200
    assert server.json("message", "get", reply.id)["status"] == "COMPLETED"
    assert server.children()["gateway"] == [gateway]


def test_without_descriptors_a_gateway_waits_and_does_not_spin(single):
    server, leaf = single
    gateway, = server.children()["gateway"]
    used = len(os.listdir(f"/proc/{gateway}/fd"))
    _, hard = resource.prlimit(gateway, resource.RLIMIT_NOFILE)
    resource.prlimit(gateway, resource.RLIMIT_NOFILE, (used + 20, hard))
    port = int(server.gateway.rsplit(":", 1)[1])
    waiting = [socket.create_connection(("127.0.0.1", port)) for _ in range(60)]
    wait_until("the descriptors are used up", lambda: len(os.listdir(f"/proc/{gateway}/fd")) >= used + 20)
    began, spent = time.monotonic(), cpu_seconds(gateway)
    # Measured for a while: spinning shows as time of the processor.
    wait_until("a second has passed", lambda: time.monotonic() - began > 1)
    assert cpu_seconds(gateway) - spent < 0.5
    for s in waiting:
        s.close()
    wait_until("it accepts again", lambda: server.curl("/http/orders", cert=leaf.chain, key=leaf.key).status == 200)


def test_a_gateway_takes_as_many_descriptors_as_it_may(single):
    server, _ = single
    gateway, = server.children()["gateway"]
    soft, hard = resource.prlimit(gateway, resource.RLIMIT_NOFILE)
    assert soft == hard


def offered_names(server):
    host, port = server.gateway.removeprefix("https://").rsplit(":", 1)
    shown = subprocess.run(["openssl", "s_client", "-connect", f"{host}:{port}", "-servername", host],
                           input="", capture_output=True, text=True, check=False).stdout
    if "Acceptable client certificate CA names" not in shown:
        return []
    return shown.split("Acceptable client certificate CA names\n")[1].split("\n")


def test_ca_names_are_offered_as_the_setting_says_without_a_restart(single):
    server, _ = single
    gateways = server.children()["gateway"]
    assert offered_names(server) == []
    server.ok("setting", "set", "offer_ca_names", "on")
    wait_until("the imported root is named", lambda: any("Example Root" in name for name in offered_names(server)))
    server.ok("setting", "set", "offer_ca_names", "off")
    wait_until("no name is offered any more", lambda: offered_names(server) == [])
    assert server.children()["gateway"] == gateways
