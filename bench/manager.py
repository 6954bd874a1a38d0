#!/usr/bin/env python3
"""What the manager answers while it is busy. /livez and Find are asked each 5 ms, first with nothing going on; then while ten
administrators log in with ten passwords, a subaccount is made and 200,000 lines of the journal are taken over, all at once;
then everything that can be read is asked while a change waits for the disk. Told are the worst answers.

`make bench-manager`, or: python3 bench/manager.py --lines 200000 --build build
"""
import argparse
import base64
import concurrent.futures
import http.client
import json
import multiprocessing
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "lib"))
from everything import Admin, InBackground, Reader, ask, make_everything  # noqa: E402
from postern import Department  # noqa: E402
from slow_disk import SlowServer  # noqa: E402

PAUSE = 0.005   # between two questions [s]
HOLD = 2        # that a change waits for the disk [s]
GOAL_MS = 20
FIND = "/destination-configuration/v1/destinations/thing"


def poll(address, path, headers, ended, ret_times):
    """Ask for one thing again and again on one connection, in a process of its own; tells the times [ms]."""
    connection = http.client.HTTPConnection(*address, timeout=60)
    times = []
    while not ended.is_set():
        began = time.monotonic()
        status, _ = ask(connection, "GET", path, None, headers)
        times.append((time.monotonic() - began) * 1000)
        assert status == 200, (path, status)
        time.sleep(max(0, PAUSE - (time.monotonic() - began)))
    ret_times.send(times)


def meanwhile(server, bearer, work):
    """Do the work while /livez and Find are polled; {"livez": times, "find": times} [ms], and what the work gave."""
    host, port = server.management.removeprefix("http://").split(":")
    ended, asked = multiprocessing.Event(), {}
    for name, path, headers in (("livez", "/livez", {}), ("find", FIND, {"Authorization": bearer})):
        ours, theirs = multiprocessing.Pipe()
        one = multiprocessing.Process(target=poll, args=((host, int(port)), path, headers, ended, theirs), daemon=True)
        one.start()
        asked[name] = ours
    time.sleep(0.2)  # the connections are there before the work begins
    made = work()
    ended.set()
    return {name: sorted(pipe.recv()) for name, pipe in asked.items()}, made


def login(server, name, password):
    """How long a first login by this password takes [s]."""
    host, port = server.management.removeprefix("http://").split(":")
    began = time.monotonic()
    connection = http.client.HTTPConnection(host, int(port), timeout=120)
    basic = base64.b64encode(f"admin:{password}".encode()).decode()
    status, _ = ask(connection, "GET", "/admin/v1/roles", None,
                    {"Authorization": "Basic " + basic, "Host": f"{name}.localhost:{port}"})
    assert status == 200, (name, status)
    return time.monotonic() - began


def timed(server, method, path, body=None):
    began = time.monotonic()
    status, _ = ask(Admin(server, 300), method, path, body)
    assert status < 300, (path, status)
    return time.monotonic() - began


def everything_at_once(server, passwords):
    """Ten logins, a new subaccount and the journal; how long each took [s]."""
    with concurrent.futures.ThreadPoolExecutor(len(passwords) + 2) as pool:
        journal = pool.submit(timed, server, "GET", "/admin/v1/messages?limit=1")
        subaccount = pool.submit(timed, server, "POST", "/admin/v1/subaccounts", {"name": "made-meanwhile"})
        logins = [pool.submit(login, server, name, password) for name, password in passwords.items()]
        return {"journal_s": journal.result(), "subaccount_s": subaccount.result(),
                "slowest_login_s": max(one.result() for one in logins)}


def fill_journal(server, leaf, department, load, lines):
    """Let so many requests be made; the manager stands still meanwhile, so that their lines wait."""
    folder = server.state.parent / "client"
    folder.mkdir()
    (folder / "client.key").write_text(leaf.key.read_text())
    (folder / "clients.pem").write_text(leaf.certificate.read_text())
    (folder / "ca.pem").write_text(department.ca.read_text())
    done = 0
    while done < lines:
        out = subprocess.run([load, "--port", server.gateway.rsplit(":", 1)[1], "--client", folder, "--path", "/http/orders",
                              "--mode", "keep-alive", "--connections", "16", "--seconds", "2", "--warm-up", "0"],
                             capture_output=True, text=True, check=True).stdout
        result = json.loads(out)
        assert result["failed"] == 0, result
        done += result["operations"]
    return done


def while_a_change_waits(server, reader):
    """The times of everything that can be read, once each and then again until the change has waited long enough [ms]."""
    readable, worst = reader.readable(), {}
    with server.held():
        change = InBackground(server, "POST", "/admin/v1/roles", {"name": "Held.role"})
        server.wait_for_commit()
        began = time.monotonic()
        while time.monotonic() < began + HOLD:
            for right, path in readable:
                status, seconds = reader.ask(right, path)
                worst[path] = max(worst.get(path, 0), seconds * 1000 if status == 200 else HOLD * 1000)
                if not status:
                    break
    assert change.status == 201
    return worst


def measure(folder, lines, load):
    server = SlowServer(folder / "state", "--workers", "1")
    try:
        department = Department(folder / "department")
        known = make_everything(server, department)
        bearer = "Bearer " + known["api"].token
        passwords = {f"sub-{i}": server.json("subaccount", "create", f"sub-{i}")["admin_password"] for i in range(10)}
        quiet, _ = meanwhile(server, bearer, lambda: time.sleep(2))
        waiting = fill_journal(server, known["leaf"], department, load, lines)
        busy, took = meanwhile(server, bearer, lambda: everything_at_once(server, passwords))
        return {"lines": waiting, "quiet": quiet, "busy": busy, "took": took}
    finally:
        server.stop()


def measure_held(folder):
    """On a server of its own: of 200,000 lines the messages that are asked for would have been trimmed."""
    server = SlowServer(folder / "held", "--workers", "1")
    try:
        return while_a_change_waits(server, Reader(server, make_everything(server, Department(folder / "of-held"))))
    finally:
        server.stop()


def show(r):
    for when in ("quiet", "busy"):
        for what, times in r[when].items():
            print(f"{when:6} {what:6} {len(times):6} answers, median {times[len(times) // 2]:7.2f} ms, "
                  f"p99 {times[int(len(times) * 0.99)]:7.2f} ms, worst {times[-1]:7.2f} ms")
    took = r["took"]
    print(f"busy with: {r['lines']} requests made and their lines waiting, listed after {took['journal_s']:.2f} s; "
          f"a subaccount, made after {took['subaccount_s']:.2f} s; ten logins, the last after {took['slowest_login_s']:.2f} s")
    held = sorted(r["held"].items(), key=lambda one: -one[1])
    print(f"held   {len(held)} things that can be read while a change waits {HOLD} s for the disk, worst "
          + ", ".join(f"{path} {ms:.2f} ms" for path, ms in held[:3]))
    worst = max([*[t[-1] for t in r["busy"].values()], held[0][1]])
    print(f"worst answer {worst:.2f} ms, goal below {GOAL_MS}: {'reached' if worst < GOAL_MS else 'missed'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--lines", type=int, default=200_000, help="lines of the journal that wait")
    args = parser.parse_args()
    load = pathlib.Path(args.build).resolve() / "bench" / "bench_load"
    with tempfile.TemporaryDirectory(prefix="postern-manager-") as folder:
        folder = pathlib.Path(folder)
        show({**measure(folder, args.lines, load), "held": measure_held(folder)})


if __name__ == "__main__":
    main()
