"""A server at half its capacity while keys, anchors and server certificates change every second and its workers are
replaced every five: no request fails.

`make soak`, or: python3 tests/lib/soak.py --seconds 60 --build build
"""
import argparse
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from furnish import ORDERS, furnished  # noqa: E402
from postern import PROGRAM, Department, Server, wait_until  # noqa: E402

PATH = "/http/orders"
KEPT = 32
FRESH = 8


class Soak:
    """A furnished server, and load clients that come with the benchmark."""

    def __init__(self, folder, load, *args):
        self.folder, self.load = pathlib.Path(folder), str(load)
        self.server = Server(self.folder / "state", "--workers", "2", *args)
        self.department = Department(self.folder / "department")
        self.changes = self.reloads = 0
        self.furnish()

    def furnish(self):
        server, department = self.server, self.department
        caller = furnished(server, department, "caller", *ORDERS)
        self.web = department.leaf("web", "/CN=localhost", "server")
        self.other, self.anchor = department.leaf("other"), Department(self.folder / "foreign", "Foreign").root
        client = self.folder / "client"
        client.mkdir()
        (client / "client.key").write_text(caller.key.read_text())
        (client / "clients.pem").write_text(caller.certificate.read_text())
        (client / "ca.pem").write_text(department.ca.read_text())
        self.client = client

    def start_load(self, mode, connections, seconds, rate=0):
        port = self.server.gateway.rsplit(":", 1)[1]
        rates = ["--rate", f"{rate:.0f}"] if rate else []
        return subprocess.Popen([self.load, "--port", port, "--client", self.client, "--path", PATH, "--mode", mode,
                                 "--connections", str(connections), "--seconds", str(seconds), "--warm-up", "0", *rates],
                                stdout=subprocess.PIPE, text=True)

    @staticmethod
    def result(process, seconds=120):
        out, _ = process.communicate(timeout=seconds)
        assert process.returncode == 0, "the load client failed"
        return json.loads(out)

    def capacity(self, mode, connections):
        """Requests a second that the machine does, server and load client together."""
        result = self.result(self.start_load(mode, connections, 2))
        assert result["failed"] == 0, result
        return result["operations"] / result["seconds"]

    def change(self):
        """One key more or less, one anchor more or less, other server certificates."""
        server, odd = self.server, self.changes % 2
        if odd:
            server.ok("service-key", "delete", "runtime", "other")
            server.ok("keystore", "delete", "foreign")
            server.ok("ca", "server-certificate", "--built-in")
        else:
            server.ok("service-key", "create", "runtime", "other", "--certificate", self.other.certificate)
            server.ok("keystore", "import", self.anchor, "--alias", "foreign")
            server.ok("ca", "server-certificate", self.web.pfx(), "--password-file", self.web.password_file())
        self.changes += 1

    def reload(self):
        """Wait for the replacement before, so that the signal counts."""
        done = f"event=replacement_done generation={self.reloads + 1} "
        wait_until("the workers before are replaced", lambda: self.reloads == 0 or done in self.server.log())
        self.server.process.send_signal(signal.SIGHUP)
        self.reloads += 1

    def run(self, seconds, change_every=1.0, reload_every=5.0):
        rates = {"keep-alive": self.capacity("keep-alive", KEPT) / 4, "full": self.capacity("full", FRESH) / 4}
        loads = {mode: self.start_load(mode, KEPT if mode == "keep-alive" else FRESH, seconds, rate)
                 for mode, rate in rates.items()}
        end = time.monotonic() + seconds
        next_change = next_reload = time.monotonic()
        while time.monotonic() < end - 1:
            if time.monotonic() >= next_reload:
                self.reload()
                next_reload += reload_every
            self.change()
            next_change += change_every
            time.sleep(max(0.0, next_change - time.monotonic()))
        return rates, {mode: self.result(process, seconds + 60) for mode, process in loads.items()}

    def stop(self):
        self.server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--build", default=str(pathlib.Path(PROGRAM).parent))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="postern-soak-") as folder:
        soak = Soak(folder, pathlib.Path(options.build) / "bench" / "bench_load")
        try:
            rates, results = soak.run(options.seconds)
            memory = {"changes": soak.changes, "reloads": soak.reloads}
        except BaseException:
            print(soak.server.log()[-4000:], file=sys.stderr)
            raise
        finally:
            soak.stop()
    failed = 0
    for mode, result in results.items():
        latency = result["latency_us"]
        print(f"{mode:<10}  {result['operations']:>8} requests at {rates[mode]:.0f}/s, {result['failed']} failed, "
              f"{result['let_go']} connections let go, p50 {latency['p50'] / 1000:.2f} ms, "
              f"p99 {latency['p99'] / 1000:.1f} ms, p99.9 {latency['p999'] / 1000:.1f} ms"
              + (f"; first failure: {result['first_failure']}" if result["failed"] else ""))
        failed += result["failed"]
    print(f"{memory['changes']} times changed a key, an anchor and the server certificates; "
          f"{memory['reloads']} times replaced all workers")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
