"""Power is lost: what of the registry's files had reached the disk is gone on with, or told; nothing is served by half of a state."""
import contextlib
import os
import pathlib
import shutil
import sqlite3
import struct

import pytest

from furnish import ORDERS, furnished, sender
from postern import Server, wait_until

CONTROL = "registry/control"


@pytest.fixture
def ended(tmp_path, department):
    """A server that was killed with all its processes, after a second key was made and deleted; and a pair that it knows."""
    server = Server(tmp_path / "state")
    leaf = furnished(server, department, "power", *ORDERS)
    gone = sender(server, department, "power-gone", key="gone")
    server.ok("service-key", "delete", "runtime", "gone")
    kill(server)
    yield server, leaf, gone
    server.stop()


def kill(server):
    pids = [pid for pids in server.children().values() for pid in pids]
    server.process.kill()
    server.process.wait()
    wait_until("all processes are gone", lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids))


def restart(server):
    """Start, and return what it has logged since."""
    had = len(server.log())
    server.start()
    return server.log()[had:]


def one(state, pattern):
    found = sorted((state / "registry").glob(pattern))
    assert len(found) == 1, found
    return found[0]


def expect_whole(server, leaf, gone):
    assert server.curl("/http/orders", cert=leaf.chain, key=leaf.key).status == 200
    reply = server.curl("/http/orders", cert=gone.chain, key=gone.key)
    assert (reply.status, reply.code) == (401, "S301")


def test_after_a_kill_of_everything_the_files_are_gone_on_with_on_any_boot(ended):
    server, leaf, gone = ended
    assert "event=registry_rebuilt" not in restart(server)
    expect_whole(server, leaf, gone)
    # No boot is told from another, by no process.
    boot_id = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert all(boot_id.encode() not in file.read_bytes() for file in (server.state / "registry").iterdir())


def zero(path):
    path.write_bytes(bytes(path.stat().st_size))


def earlier(path):
    magic, position = struct.unpack("=QQ", path.read_bytes()[:16])
    path.write_bytes(struct.pack("=QQ", magic, position >> 36 << 36) + bytes(4080))


def later(path):
    magic, position = struct.unpack("=QQ", path.read_bytes()[:16])
    path.write_bytes(struct.pack("=QQ", magic, position + 4096) + bytes(4080))


@pytest.mark.parametrize("spoil", [zero, earlier, later, os.unlink], ids=["zeroes", "earlier", "later", "lost"])
def test_a_control_page_of_another_moment_costs_no_rebuild(ended, spoil):
    server, leaf, gone = ended
    spoil(server.state / CONTROL)
    assert "event=registry_rebuilt" not in restart(server)
    expect_whole(server, leaf, gone)
    server.ok("role", "create", "Made.after")
    kill(server)
    assert "event=registry_rebuilt" not in restart(server)


def test_what_had_not_reached_the_delta_is_rebuilt_from_the_store(ended):
    server, leaf, gone = ended
    delta = one(server.state, "delta-*")
    for size in (delta.stat().st_size - 1, 100, 0):
        os.truncate(one(server.state, "delta-*"), size)
        assert "event=registry_rebuilt" in restart(server)
        expect_whole(server, leaf, gone)
        # So that there is a delta to be cut again.
        server.ok("setting", "set", "tell_reason", "always")
        kill(server)


def test_a_torn_delta_is_rebuilt_from_the_store(ended):
    server, leaf, gone = ended
    delta = one(server.state, "delta-*")
    with open(delta, "r+b") as file:
        file.seek(delta.stat().st_size // 2)
        file.write(bytes(64))
    assert "event=registry_rebuilt" in restart(server)
    expect_whole(server, leaf, gone)


def test_a_store_that_was_set_back_counts_in_another_epoch(ended):
    server, leaf, gone = ended

    def publication():
        with contextlib.closing(sqlite3.connect(server.state / "postern.db")) as store:
            store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return store.execute("SELECT epoch, number FROM publication").fetchone()
    before = publication()
    shutil.copy(server.state / "postern.db", server.state.parent / "copy.db")
    assert "registry_rebuilt" not in restart(server)
    server.ok("service-key", "delete", "runtime", "key")
    assert server.curl("/http/orders", cert=leaf.chain, key=leaf.key).status == 401
    server.stop()
    assert publication()[0] == before[0] and publication()[1] > before[1]
    for rest in server.state.glob("postern.db-*"):
        rest.unlink()
    shutil.copy(server.state.parent / "copy.db", server.state / "postern.db")
    log = restart(server)
    assert "event=registry_rebuilt" in log and "event=store_set_back" in log
    expect_whole(server, leaf, gone)
    kill(server)
    assert publication()[0] != before[0] and len(publication()[0]) == len(before[0]) == 32
    assert "registry_rebuilt" not in restart(server)
