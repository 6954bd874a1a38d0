#!/usr/bin/env python3
"""A state folder of the former program, opened with this one: the program of a commit is built from the repository's own history,
its folder is filled with service keys, and then it is told how long this program takes for the first start, for a start after all
of it was killed, and for one whose control page is lost; and what the former program says of the folder afterwards.

`make bench-upgrade`, or: python3 bench/former_state.py --keys 1000000 --commit c95de2e
It needs the commit, so a whole clone: `git fetch --unshallow` where this one is shallow.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "lib"))
from furnish import ORDERS, furnished  # noqa: E402
from postern import PROGRAM, Department, Server, run, wait_until  # noqa: E402
from registry import fill, timed_start  # noqa: E402

COMMIT = "c95de2e"


class OwnServer(Server):
    """One whose commands are those of its own program, which may be a former one."""

    def run(self, *args, **kwargs):
        return run(*args, "--state-dir", self.state, program=self.program, **kwargs)


class Present(Server):
    """This program on a folder that is there; it starts when it is told to."""

    def __init__(self, state):
        self.state, self.args, self.env = state, ("--workers", "1"), {}
        self.program, self.command, self.process = PROGRAM, "dev", None


def git(*args):
    return subprocess.run(["git", "-C", str(ROOT), *args], capture_output=True, check=False)


def check_history(commit):
    """End with what mends it where the commit is not there."""
    if git("rev-parse", "--git-dir").returncode:
        sys.exit("This is no clone: the former program is built from the repository's history.")
    if git("cat-file", "-e", commit + "^{commit}").returncode == 0:
        return
    shallow = git("rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
    sys.exit(f"The commit {commit} is not in this clone" + (
        ", which is shallow: `git fetch --unshallow` gets the rest." if shallow else ": `git fetch` the branch that has it."))


def build(commit, folder):
    """The program of the commit, built in a folder of its own; nothing is left in the repository."""
    source = folder / "source"
    source.mkdir()
    archive = git("archive", commit)
    archive.check_returncode()
    subprocess.run(["tar", "-x", "-C", source], input=archive.stdout, check=True)
    with open(folder / "build.log", "wb") as log:
        for command in (["meson", "setup", "build", "-Dbuildtype=release", "-Dtests=false"], ["ninja", "-C", "build", "src/postern"]):
            done = subprocess.run(command, cwd=source, stdout=log, stderr=log, check=False)
            if done.returncode:
                sys.exit(f"{commit} does not build:\n" + (folder / "build.log").read_text()[-3000:])
    return source / "build" / "src" / "postern"


def kill(server):
    """End all processes at once, as losing the power does."""
    pids = [pid for pids in server.children().values() for pid in pids]
    server.process.kill()
    server.process.wait()
    wait_until("all processes are gone", lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids))


def serves(server, leaf):
    reply = server.curl("/http/orders", cert=leaf.chain, key=leaf.key)
    assert reply.status == 200, reply


def start(server, leaf):
    """Times of a start [s], and whether the registry was rebuilt for it."""
    had = len(server.log())
    times = timed_start(server)
    serves(server, leaf)
    return {**times, "rebuilt": "event=registry_rebuilt" in server.log()[had:]}


def refusal(former, state):
    """What the former program says of the folder; it must not serve."""
    done = subprocess.run([former, "dev", "--state-dir", state, "--gateway-port", "0", "--management-port", "0"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0, "the former program serves the new folder"
    said = [line for line in (done.stdout + done.stderr).splitlines() if "newer version" in line]
    assert said, done.stdout + done.stderr
    return said[-1]


def make_former(former, folder, keys):
    """A folder of the former program with so many keys; the pair that may call."""
    server = OwnServer(folder / "state", "--workers", "1", program=str(former))
    try:
        leaf = furnished(server, Department(folder / "department"), "caller", *ORDERS)
        serves(server, leaf)
    finally:
        server.stop()
    began = time.monotonic()
    fill(server.state, keys)
    print(f"filled the former program's store with {keys} keys in {time.monotonic() - began:.0f} s", file=sys.stderr)
    server.start(300)  # so that its registry has them, too
    try:
        serves(server, leaf)
    finally:
        server.stop()
    return leaf


def measure(former, folder, keys):
    leaf = make_former(former, folder, keys)
    server, result = Present(folder / "state"), {}
    try:
        result["first start"] = start(server, leaf)
        kill(server)
        result["after kill -9"] = start(server, leaf)
        kill(server)
        (server.state / "registry" / "control").unlink()
        result["control page lost"] = start(server, leaf)
    finally:
        if server.process:
            server.stop()
    result["refusal"] = refusal(former, folder / "state")
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--commit", default=COMMIT, help="whose program wrote the folder")
    parser.add_argument("--former", help="that program, where it is built already")
    options = parser.parse_args()
    if not options.former:
        check_history(options.commit)
    with tempfile.TemporaryDirectory(prefix="postern-upgrade-") as folder:
        folder = pathlib.Path(folder)
        former = pathlib.Path(options.former).resolve() if options.former else build(options.commit, folder)
        result = measure(former, folder, options.keys)
    print(f"a state folder of {options.commit} with {options.keys} service keys")
    for name in ("first start", "after kill -9", "control page lost"):
        r = result[name]
        print(f"  {name:18} manager after {r['manager_s']:6.2f} s, gateway after {r['gateway_s']:6.2f} s; registry "
              + ("rebuilt" if r["rebuilt"] else "gone on with"))
    print(f"  the former program refuses it: {result['refusal']}")


if __name__ == "__main__":
    main()
