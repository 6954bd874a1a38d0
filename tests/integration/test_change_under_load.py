"""Settings, program and workers change while requests run: no request is cut, no connection refused."""
import os
import pathlib
import resource
import shutil
import signal
import time

import pytest

from furnish import ORDERS, furnished
from load import Load
from postern import PROGRAM, Server, run, wait_until


@pytest.fixture
def program(tmp_path):
    """A copy of the program that a test may replace."""
    copy = tmp_path / "bin" / "postern"
    copy.parent.mkdir()
    shutil.copy(PROGRAM, copy)
    return copy


@pytest.fixture
def busy(tmp_path, department, program):
    """A server run from a path of its own, and callers with kept and with fresh connections."""
    server = Server(tmp_path / "state", program=str(program))
    try:
        leaf = furnished(server, department, f"load-{tmp_path.name}", *ORDERS)
        server.answered = []
        with Load(server.gateway + "/http/orders", leaf, server.ca, answered=server.answered) as load:
            wait_until("requests are answered", lambda: load.ok > 20)
            yield server, load
    finally:
        server.stop()


def workers(server):
    return server.json_status()["workers"]


def generation(server):
    """The lowest generation of the gateways that serve; 0 while one is starting."""
    states = [(w["generation"], w["state"]) for w in workers(server) if w["state"] != "retiring"]
    return min(g for g, _ in states) if states and all(s == "ready" for _, s in states) else 0


def reload(server, to):
    server.process.send_signal(signal.SIGHUP)
    wait_until(f"generation {to} serves", lambda: f"event=replacement_done generation={to} " in server.log())


def more(load, n=50):
    had = load.ok
    wait_until("more requests are answered", lambda: load.ok > had + n)


def nothing_failed(load):
    load.stop()
    assert not load.failures, f"{len(load.failures)} of {load.ok} failed: {load.failures[:5]}"
    assert load.closed_idle == 0, f"{load.closed_idle} connections closed without Connection: close"


def test_workers_are_replaced_one_by_one_without_a_failed_request(busy):
    server, load = busy
    pid, before = server.process.pid, set(server.children()["gateway"])
    for to in (2, 3, 4):
        reload(server, to)
        more(load)
    assert server.process.poll() is None and server.endpoints["pid"] == pid
    assert generation(server) == 4
    wait_until("the first gateways have ended", lambda: not before & set(server.children()["gateway"]))
    nothing_failed(load)


def test_a_new_program_at_the_same_path_takes_over_in_place(busy, program):
    server, load = busy
    fresh = program.with_suffix(".new")
    fresh.write_bytes(program.read_bytes() + b"\0")  # another file to the kernel, the same program
    fresh.chmod(0o755)
    os.rename(fresh, program)
    reload(server, 2)
    more(load)

    def all_new():
        pids = [server.process.pid] + [pid for pids in server.children().values() for pid in pids]
        return all(os.path.samefile(f"/proc/{pid}/exe", program) for pid in pids)
    wait_until("all processes run the new program", all_new)
    nothing_failed(load)


@pytest.mark.parametrize("bad", ["script", "true", "missing"])
def test_a_bad_program_at_the_path_leaves_everything_as_it_is(busy, program, bad):
    server, load = busy
    before = server.children()
    program.unlink()
    if bad == "script":
        program.write_text("#!/bin/sh\necho 'cannot run here' >&2\nexit 1\n")
        program.chmod(0o755)
    elif bad == "true":
        shutil.copy("/bin/true", program)
    server.process.send_signal(signal.SIGHUP)
    wait_until("the reload is refused", lambda: "event=reload_refused" in server.log())
    more(load)
    assert server.children() == before
    nothing_failed(load)


def test_workers_that_cannot_start_leave_the_old_ones_serving(busy):
    server, load = busy
    before = set(server.children()["gateway"])
    # No file may grow beyond this: a new gateway cannot have its journal.
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (65536, resource.RLIM_INFINITY))
    server.process.send_signal(signal.SIGHUP)
    wait_until("the replacement is given up", lambda: "event=replacement_failed" in server.log())
    more(load)
    assert set(server.children()["gateway"]) == before
    assert "journal" in server.log().split("event=replacement_failed")[0].split("event=replacement_begun")[1]
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    reload(server, 3)
    assert generation(server) == 3
    nothing_failed(load)


def test_kill_9_of_gateway_and_manager_amid_a_replacement_ends_in_the_new_generation(busy):
    server, load = busy
    for to in (2, 3):
        victims = server.children()["gateway"][-1:] + server.children()["manager"][:1]
        server.process.send_signal(signal.SIGHUP)
        wait_until("the replacement has begun",
                   lambda: f"event=replacement_begun generation={to} " in server.log())
        for pid in victims:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # replaced already
        wait_until("the new generation serves",
                   lambda: f"event=replacement_done generation={to} " in server.log())
        more(load)
    assert generation(server) == 3
    load.stop()
    # A request that a killed process worked on is cut; whatever was answered is in the monitor.
    seen = {m["id"] for m in server.json("message", "list", "--limit", "10000")}
    latest = set(server.answered[-9000:])  # a list has 10,000 at most
    assert latest <= seen, f"{len(latest - seen)} of {len(latest)} answered requests are lost"


def test_an_idle_connection_of_a_replaced_worker_serves_its_next_request(tmp_path, department):
    server = Server(tmp_path / "state", "--drain-timeout", "20")
    try:
        leaf = furnished(server, department, "idle-caller", *ORDERS)
        load = Load(server.gateway + "/http/orders", leaf, server.ca, kept=1, fresh=0)
        caller = load.callers[0]
        caller.call()
        old = set(server.children()["gateway"])
        reload(server, 2)
        assert caller.connections == 1 and old & set(server.children()["gateway"])
        caller.call()  # answered by the old worker, with Connection: close
        assert caller.connections == 1 and caller.ok == 2 and caller.socket is None
        wait_until("the old worker ends at once then", lambda: not old & set(server.children()["gateway"]), 5)
        nothing_failed(load)
    finally:
        server.stop()


def test_an_idle_connection_is_let_go_in_order_after_the_drain_timeout(tmp_path, department):
    server = Server(tmp_path / "state", "--drain-timeout", "1")
    try:
        leaf = furnished(server, department, "silent-caller", *ORDERS)
        load = Load(server.gateway + "/http/orders", leaf, server.ca, kept=1, fresh=0)
        caller = load.callers[0]
        caller.call()
        reload(server, 2)
        began = time.monotonic()
        caller.socket.settimeout(10)
        assert caller.socket.recv(1) == b"", "the end is told by close_notify"
        assert time.monotonic() - began < 5
        caller.drop()
    finally:
        server.stop()


def test_sigterm_answers_what_runs_and_refuses_what_comes(busy):
    server, load = busy
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(15)
    assert server.process.returncode == 0
    load.stop()
    # Refused once the server has gone; nothing that was begun is cut.
    other = [f for f in load.failures if "ConnectionRefusedError" not in f]
    assert not other, other[:5]


class TestServe:
    """A service with a settings file."""

    @pytest.fixture
    def serving(self, tmp_path):
        config = tmp_path / "postern.conf"
        config.write_text("workers = 1\n")
        server = Server(tmp_path / "state", "--config", str(config), command="serve")
        yield server, config
        server.stop()

    def test_bad_settings_keep_the_old_ones(self, serving):
        server, config = serving
        before = server.children()
        config.write_text("workers = many\n")
        server.process.send_signal(signal.SIGHUP)
        wait_until("the reload is refused", lambda: "event=reload_refused" in server.log())
        assert "Line 1 of the settings" in server.log()
        assert server.children() == before

    def test_more_workers_and_fewer(self, serving):
        server, config = serving
        for to, n in ((2, 3), (3, 1)):
            config.write_text(f"workers = {n}\ndrain_timeout = 0\n")
            reload(server, to)
            wait_until("the workers are as many as the settings say", lambda n=n: len(server.children()["gateway"]) == n)

    def test_another_state_folder_needs_a_restart(self, serving, tmp_path):
        server, config = serving
        # --state-dir is a flag here; a link turned elsewhere is the same words for another folder: that is not asked for.
        config.write_text("state_dir = /elsewhere\nworkers = 1\n")
        reload(server, 2)
        assert pathlib.Path(server.endpoints["ca"]).is_relative_to(server.state)


# What `postern validate` has to find: it would leave a server without its management, or without anything.
WRONG = {
    "host in quotes": 'host = "localhost"',
    "host with a port": "host = localhost:8443",
    "host with a space": "host = local host",
    "address of the gateway in quotes": 'gateway_host = "localhost"',
    "address of the gateway that is a name": "gateway_host = example.com",
    "address of the management in quotes": 'management_host = "localhost"',
    "port in quotes": 'gateway_port = "8443"',
    "port too large": "management_port = 65536",
    "workers": "workers = 65",
    "on or off": "http2 = perhaps",
    "whom": "tell_reason = everybody",
    "stale": "crl_stale = ignore",
    "seconds": "drain_timeout = 1h",
    "bytes": "body_memory = much",
    "master key that is not there": "master_key_file = /nonexistent/key",
    "master key that is a folder": "master_key_file = /",
    "master key that is none": "master_key_file = {folder}/short",
    "master key that is another": "master_key_file = {folder}/other",
    "a key of no setting": "hosts = localhost",
}


def test_no_wrong_setting_takes_anything_from_a_running_server(tmp_path):
    """Each is refused before anything is handed over; the processes stay, the management answers, good settings count then."""
    config = tmp_path / "postern.conf"
    config.write_text("workers = 1\n")
    (tmp_path / "short").write_text("abc\n")
    (tmp_path / "other").write_text("ab" * 32 + "\n")
    server = Server(tmp_path / "state", "--config", str(config), command="serve")
    try:
        before = server.children()
        for n, (name, line) in enumerate(WRONG.items(), 1):
            line = line.format(folder=tmp_path)
            config.write_text(line + "\n")
            if line.startswith(("gateway_port", "management_port")):
                assert run("validate", "--config", config, "--state-dir", server.state).code == 1, name
                continue  # a flag of this server counts first
            if not line.endswith("other"):  # nobody but the running server can tell
                assert run("validate", "--config", config, "--state-dir", server.state).code != 0, name
            refused = server.log().count("event=reload_refused")
            server.process.send_signal(signal.SIGHUP)
            wait_until(f"the reload is refused: {name}",
                       lambda refused=refused: server.log().count("event=reload_refused") > refused)
            assert server.json_status()["workers"], name
            assert server.children() == before, name
        config.write_text("workers = 2\n")
        reload(server, 2)
        assert len([w for w in workers(server) if w["state"] == "ready"]) == 2
    finally:
        server.stop()


def test_a_manager_that_cannot_start_does_not_keep_a_further_reload_waiting(tmp_path):
    """The store is taken away between the check and the start; good again, the next SIGHUP brings the management back."""
    config = tmp_path / "postern.conf"
    config.write_text("workers = 1\n")
    server = Server(tmp_path / "state", "--config", str(config), command="serve")
    store, away = server.state / "postern.db", server.state / "postern.db.away"
    try:
        store.rename(away)
        store.mkdir()
        server.process.send_signal(signal.SIGHUP)
        wait_until("the replacement is given up", lambda: "event=replacement_failed" in server.log(), 60)
        gateways = server.children()["gateway"]
        store.rmdir()
        away.rename(store)
        server.process.send_signal(signal.SIGHUP)
        wait_until("a further replacement is done", lambda: "event=replacement_done generation=3 " in server.log(), 60)
        assert server.json_status()["workers"] and gateways
    finally:
        server.stop()
