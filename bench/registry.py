#!/usr/bin/env python3
"""What a million service keys cost: starting, memory, a change, a request, a rebuild, a compaction.

`make bench-registry`, or: python3 bench/registry.py --keys 1000000 --build build
"""
import argparse
import contextlib
import datetime
import hashlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "lib"))
from furnish import ORDERS, furnished  # noqa: E402
from load import Load  # noqa: E402
from postern import Department, Server, wait_until  # noqa: E402

KEYS = "/admin/v1/service-instances/runtime/service-keys"


class Socket(http.client.HTTPConnection):
    """The management API by the socket of the state folder."""

    def __init__(self, path):
        super().__init__("localhost", timeout=120)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(120)
        self.sock.connect(self.path)

    def call(self, method, path, body=None):
        """The answer's status and how long it took [ms]."""
        began = time.monotonic()
        self.request(method, path, body and json.dumps(body), {"Content-Type": "application/json"})
        response = self.getresponse()
        text = response.read()
        assert response.status < 300, (method, path, response.status, text)
        return (time.monotonic() - began) * 1000


def fill(state, keys):
    """Service keys of one certificate each, straight into the store of a server that is not running."""
    db = sqlite3.connect(state / "postern.db")
    db.execute("PRAGMA synchronous=OFF")
    instance, = db.execute("SELECT id FROM instance WHERE name='runtime'").fetchone()
    now = time.time_ns() // 1000
    end = now + 365 * 86400 * 1000000

    def digest(i, what):
        return hashlib.sha256(f"{what} {i}".encode()).hexdigest().upper()

    def row(i):
        return ("default", f"{i:08d}-0000-4000-8000-000000000000", instance, f"client-{i}", "certificate",
                f"sb-{i:08d}!b1|it-rt-default!b1", None, None, None, 1, now)

    def certificate(i):
        return ("default", digest(i, "certificate"), f"{i:08d}-0000-4000-8000-000000000000", "not read here",
                f"CN=client-{i},OU=Orders,O=Example,C=DE", "CN=Example Issuing CA,O=Example,C=DE", f"{i:016X}",
                digest(i, "key"), digest(0, "issuer"), now, end, now)

    db.executemany("INSERT INTO service_key VALUES(?,?,?,?,?,?,?,?,?,?,?)", map(row, range(keys)))
    db.executemany("INSERT INTO service_key_certificate VALUES(?,?,?,?,?,?,?,?,?,?,?,?)",
                   map(certificate, range(keys)))
    # As every change does: what is published is not of this store any more.
    db.execute("UPDATE publication SET number=number+1")
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def private_kib(pid):
    """What belongs to this process alone: its anonymous memory. Private_Clean and Private_Dirty count pages of the base
    file too when no other process has them mapped at the moment; they are the file's, and every worker's."""
    lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Anonymous:"))


def base_file(state):
    return max((state / "registry").glob("base-*"), key=lambda f: (not f.name.endswith(".new"), f.stat().st_mtime))


def when(log, pattern, last=True):
    """The time of a line of the log."""
    found = re.findall(r"^time=(\S+) .*" + pattern, log, re.M)
    assert found, pattern
    return datetime.datetime.fromisoformat(found[-1 if last else 0].replace("Z", "+00:00")).timestamp()


def timed_start(server):
    had = len(server.log()) if (server.state.parent / (server.state.name + ".log")).exists() else 0
    began = time.time()
    server.start(300)
    log = server.log()[had:]
    return {"manager_s": when(log, "event=manager_started") - began,
            "gateway_s": when(log, "event=gateway_ready") - began}


def gateway_start_ms(server, generation):
    """From the start of a gateway beside one that serves, to its READY."""
    had = len(server.log())
    server.process.send_signal(signal.SIGHUP)
    wait_until("the gateway is replaced", lambda: f"event=replacement_done generation={generation} " in server.log()[had:],
               120)
    log = server.log()[had:]
    return {"gateway_ms": (when(log, "event=gateway_ready") - when(log, "event=replacement_begun")) * 1000,
            "manager_ms": (when(log, "event=replacement_done") - when(log, "event=gateway_ready")) * 1000}


def request_us(server, leaf, department, load, seconds=3):
    """Processor time of the gateway for a request on a kept connection [µs], the median of three runs."""
    folder = server.state.parent / "client"
    folder.mkdir(exist_ok=True)
    (folder / "client.key").write_text(leaf.key.read_text())
    (folder / "clients.pem").write_text(leaf.certificate.read_text())
    (folder / "ca.pem").write_text(department.ca.read_text())
    gateway, = server.children()["gateway"]
    found = []
    for _ in range(3):
        out = subprocess.run([load, "--port", server.gateway.rsplit(":", 1)[1], "--client", folder,
                              "--path", "/http/orders", "--mode", "keep-alive", "--connections", "16", "--seconds",
                              str(seconds), "--tree", str(gateway)], capture_output=True, text=True, check=True).stdout
        result = json.loads(out)
        assert result["failed"] == 0, result
        found.append(result["server_us"] / result["operations"])
    return statistics.median(found)


def settle(server, leaf):
    """A request, so that all is in place that a first one brings."""
    assert server.curl("/http/orders", cert=leaf.chain, key=leaf.key).status == 200
    gateway, = server.children()["gateway"]
    return private_kib(gateway)


def change_to_effect(server, leaf, api, rounds):
    """A key is deleted and made again; the next request on a connection that stays open must say so."""
    body = {"name": "caller", "certificate": leaf.certificate.read_text()}
    caller = Load(server.gateway + "/http/orders", leaf, server.ca, kept=1, fresh=0).callers[0]
    times, wrong = [], 0

    def next_status():
        if not caller.usable():
            caller.socket = caller.connect()
        caller.socket.sendall(caller.request)
        status, closes, _ = caller.answer(caller.socket)
        if closes:
            caller.drop()
        return status

    for _ in range(rounds):
        for method, path, content, expected in (("DELETE", KEYS + "/caller", None, 401), ("POST", KEYS, body, 200)):
            began = time.monotonic()
            api.call(method, path, content)
            status = next_status()
            times.append((time.monotonic() - began) * 1000)
            wrong += status != expected
    caller.drop()
    return {"median_ms": statistics.median(times), "max_ms": max(times), "not_in_force_at_next_request": wrong}


def compaction(server, api, most=20000):
    """Keys are made until a compaction has come and gone; meanwhile each answer of the API is timed."""
    folder = server.state / "registry"
    before = {f.name for f in folder.glob("base-*")}
    began = ended = None
    times = []
    for i in range(most):
        times.append(api.call("POST", KEYS, {"name": f"later-{i}"}))
        names = {f.name for f in folder.glob("base-*")}
        if began is None and names - before:
            began = time.monotonic()
        if began is not None and not any(n.endswith(".new") for n in names) and not names & before:
            ended = time.monotonic()
            break
    times.sort()
    assert ended, "no compaction came"
    return {"changes": len(times), "compaction_s": ended - began, "api_median_ms": statistics.median(times),
            "api_p99_ms": times[int(len(times) * 0.99)], "longest_stall_ms": times[-1]}


def measure(folder, keys, load):
    result = {"keys": keys}
    server = Server(folder / "state", "--workers", "1")
    try:
        department = Department(folder / "department")
        leaf = furnished(server, department, "caller", *ORDERS)
        empty_kib = settle(server, leaf)
        result["request_us_empty"] = request_us(server, leaf, department, load)
        result["gateway_start_empty"] = gateway_start_ms(server, 2)
        server.stop()
        began = time.monotonic()
        fill(server.state, keys)
        print(f"filled the store with {keys} keys in {time.monotonic() - began:.0f} s", file=sys.stderr)
        result["start_with_rebuild"] = timed_start(server)
        result["base_mib"] = base_file(server.state).stat().st_size / 1048576
        server.stop()
        result["start"] = timed_start(server)
        result["private_kib_above_empty"] = settle(server, leaf) - empty_kib
        result["private_kib_empty"] = empty_kib
        result["request_us"] = request_us(server, leaf, department, load)
        result["gateway_start"] = gateway_start_ms(server, 2)
        api = Socket(server.state / "admin.sock")
        result["change"] = change_to_effect(server, leaf, api, 20)
        result["compaction"] = compaction(server, api)
        result["private_kib_after_changes"] = settle(server, leaf) - empty_kib
        return result
    finally:
        server.stop()


def show(r):
    c, change = r["compaction"], r["change"]
    print(f"registry with {r['keys']} service keys, base file {r['base_mib']:.0f} MiB")
    print(f"  start of a gateway                      {r['gateway_start']['gateway_ms']:.0f} ms "
          f"(empty registry {r['gateway_start_empty']['gateway_ms']:.0f})        goal below 500")
    print(f"  private memory above an empty registry  {r['private_kib_above_empty']} KiB, after {c['changes']} changes "
          f"{r['private_kib_after_changes']} KiB   goal below 8192")
    print(f"  a change, until a request shows it      {change['median_ms']:.1f} ms, at most {change['max_ms']:.1f}; "
          f"{change['not_in_force_at_next_request']} not in force at the next request   goal below 100")
    print(f"  a request on a kept connection          {r['request_us']:.1f} µs (empty registry {r['request_us_empty']:.1f})")
    print(f"  start of the manager                    {r['start']['manager_s']:.2f} s; "
          f"with a rebuild {r['start_with_rebuild']['manager_s']:.1f} s")
    print(f"  compaction                              {c['compaction_s']:.1f} s beside the loop; the API meanwhile: "
          f"median {c['api_median_ms']:.1f} ms, p99 {c['api_p99_ms']:.1f}, longest {c['longest_stall_ms']:.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=1000000)
    parser.add_argument("--build", default=str(ROOT / "build"))
    parser.add_argument("--json", help="where the figures go")
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="postern-registry-"))
    try:
        result = measure(folder, options.keys, pathlib.Path(options.build) / "bench" / "bench_load")
    except BaseException:
        with contextlib.suppress(OSError):
            print((folder / "state.log").read_text()[-3000:], file=sys.stderr)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    show(result)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(result, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    os.environ.setdefault("POSTERN", str(ROOT / "build" / "postern"))
    sys.exit(main())
