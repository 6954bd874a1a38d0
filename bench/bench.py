#!/usr/bin/python3
"""What a request costs Postern's gateway, nginx and HAProxy, measured side by side; see bench/README.md."""
import argparse
import datetime
import json
import os
import pathlib
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import time

from rows import ROWS, WARM_LEAF, CLIENTS
from servers import OPENSSL_CONFIG, Haproxy, Nginx, Postern

HERE = pathlib.Path(__file__).resolve().parent
PEERS = ("nginx", "haproxy")
# Share of its core from which on the generator may be what limits a run without a rate.
BUSY = 0.90


def say(text):
    print(text, file=sys.stderr, flush=True)


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, epilog="rows: " + " ".join(row.name for row in ROWS))
    parser.add_argument("--build", default="build", help="build folder (default build)")
    parser.add_argument("--row", action="append", choices=[row.name for row in ROWS], metavar="NAME",
                        help="measure this row only; may be repeated")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (default 5)")
    parser.add_argument("--seconds", type=float, default=1.2, help="of one measurement (default 1.2)")
    parser.add_argument("--server", action="append", choices=["postern", *PEERS], help="measure this server only")
    parser.add_argument("--json", metavar="FILE", help="where to save the figures (default BUILD/bench/result.json)")
    parser.add_argument("--server-cpu", type=int, default=0, help="core of the server (default 0)")
    parser.add_argument("--load-cpu", type=int, default=1, help="core of load and receiver (default 1)")
    return parser.parse_args()


class Bench:
    """All that runs, from its start to its end."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.build = pathlib.Path(arguments.build).resolve()
        self.folder = self.build / "bench" / "run"
        self.certificates = self.build / "bench" / "certificates"
        self.receiver = None
        self.servers = {}

    def make_certificates(self):
        stamp = self.certificates / "stamp"
        if stamp.exists() and stamp.read_text() == str(CLIENTS) and stamp.stat().st_mtime > time.time() - 30 * 86400:
            return
        say(f"making 2 x {CLIENTS + 1} client certificates")
        shutil.rmtree(self.certificates, ignore_errors=True)
        self.certificates.mkdir(parents=True)
        subprocess.run([self.build / "bench" / "bench_certificates", self.certificates, str(CLIENTS + 1)], check=True)
        stamp.write_text(str(CLIENTS))

    def start(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.folder.parent.chmod(0o755)
        (self.folder / "openssl.cnf").write_text(OPENSSL_CONFIG)
        self.make_certificates()
        self.receiver = subprocess.Popen(["taskset", "-c", str(self.arguments.load_cpu),
                                          self.build / "bench" / "bench_upstream"], stdout=subprocess.PIPE, text=True)
        port = int(self.receiver.stdout.readline())
        wanted = self.arguments.server or ["postern", *PEERS]
        common = (self.certificates, port, self.arguments.server_cpu)
        made = [Postern(self.build / "postern", self.folder / "postern", *common),
                Nginx(self.folder / "nginx", *common), Haproxy(self.folder / "haproxy", *common)]
        self.servers = {server.name: server for server in made if server.name in wanted}
        for server in self.servers.values():
            say(f"starting {server.version()}")
            server.prepare()
            server.start()

    def stop(self):
        for server in self.servers.values():
            server.stop()
        if self.receiver:
            self.receiver.terminate()
            self.receiver.wait()

    def load(self, server, options, only_command=False):
        """Run the load client; what it tells."""
        command = ["taskset", "-c", str(self.arguments.load_cpu), str(self.build / "bench" / "bench_load"), "--port",
                   str(server.port), "--tree", str(server.process.pid), "--server-cpu", str(self.arguments.server_cpu),
                   *options]
        if only_command:
            return command
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            raise RuntimeError(f"the load on {server.name} failed: {done.stderr} ({' '.join(command)})")
        return json.loads(done.stdout)

    def measure(self, row, server):
        """One measurement of one row on one server, as the load client tells it."""
        options = row.load_options(self.certificates)
        seconds = self.arguments.seconds * (2 if row.kind == "latency" else 1)
        if row.kind == "memory":
            return self.measure_memory(row, server, options)
        if row.kind == "cold":
            server.restart()
            self.load(server, [*options, "--first", str(WARM_LEAF), "--leaves", "1", "--seconds", "0.1"])
            result = self.load(server, [*options, "--warm-up", "0", "--operations", str(int(seconds * 800))])
        else:
            warm_up = "0.6" if row.rate else "0.3"
            result = self.load(server, [*options, "--warm-up", warm_up, "--seconds", str(seconds)])
        return result

    def measure_memory(self, row, server, options):
        server.restart()
        # What the first connections make it allocate is not theirs.
        warm = options.copy()
        warm[warm.index("idle")] = "full"
        warm[warm.index("--connections") + 1] = "16"
        self.load(server, [*warm, "--first", str(WARM_LEAF), "--leaves", "1", "--seconds", "0.1"])
        before = memory_kib(server.process.pid)
        command = self.load(server, options, only_command=True)
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as idle:
            ready = idle.stdout.readline().strip()
            time.sleep(0.3)  # whatever is done behind the last answer
            after = memory_kib(server.process.pid)
            idle.stdin.close()
        return {"failed": 0 if ready == "ready" else 1, "first_failure": ready or "connections could not be opened",
                "kib": (after - before) / row.connections}


def tree_of(pid):
    """The process and all below it."""
    found = [pid]
    for at in found:
        for children in pathlib.Path(f"/proc/{at}/task").glob("*/children"):
            found += map(int, children.read_text().split())
    return found


def memory_kib(pid):
    """Anonymous and shared memory of a process tree, each page counted once [KiB]."""
    total = 0
    for one in tree_of(pid):
        for line in pathlib.Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            name, _, rest = line.partition(":")
            if name in ("Pss_Anon", "Pss_Shmem"):
                total += int(rest.split()[0])
    return total


class Figures:
    """What one row came to."""

    def __init__(self, row, rounds, nominal):
        self.row, self.rounds = row, rounds
        self.values = {}  # of each server, one a round
        for name in rounds[0]:
            self.values[name] = [self.value(r[name], nominal) for r in rounds]

    def value(self, result, nominal):
        if self.row.kind == "memory":
            return result["kib"]
        if self.row.kind == "latency":
            return result["latency_us"]["p99"]
        cost = result["server_us"] / max(1, result["operations"])
        return cost * nominal / result["calibration_us"] if result["calibration_us"] else cost

    def median(self, name):
        return statistics.median(self.values[name])

    def spread(self, name):
        """Half the distance of the outer quartiles, or of the extremes where there are few, as a share."""
        values = sorted(self.values[name])
        cut = len(values) // 4
        return (values[-1 - cut] - values[cut]) / 2 / statistics.median(values) if values[0] else 0

    def better_peer(self):
        peers = [name for name in PEERS if name in self.values]
        return min(peers, key=self.median) if peers else None

    def ratio(self):
        peer = self.better_peer()
        if not peer or "postern" not in self.values:
            return None
        return statistics.median(a / b for a, b in zip(self.values["postern"], self.values[peer]) if b)

    def failed(self, name):
        return sum(r[name]["failed"] + r[name].get("not_resumed", 0) for r in self.rounds)

    def latency(self, name, share):
        return statistics.median(r[name]["latency_us"][share] for r in self.rounds)

    def limited_by_generator(self, name):
        """Whether the generator, not the server, set the pace."""
        if self.row.kind == "memory":
            return False
        if self.row.rate:
            lag = statistics.median(r[name]["lag_us"]["p99"] for r in self.rounds)
            return lag > 0.25 * self.latency(name, "p99")
        busy = statistics.median(r[name]["load_us"] / 1e6 / r[name]["seconds"] for r in self.rounds)
        serving = statistics.median(r[name]["server_us"] / 1e6 / r[name]["seconds"] for r in self.rounds)
        return busy > BUSY * 0.9 and serving < BUSY


def show_row(figures):
    row = figures.row
    unit = {"memory": "KiB", "latency": "us p99"}.get(row.kind, "us")
    cells = [f"{figures.median(name):8.1f}" if name in figures.values else "       -"
             for name in ("nginx", "haproxy", "postern")]
    ratio = figures.ratio()
    verdict = "" if ratio is None else ("pass" if ratio <= row.goal else "MISS")
    spread = max(figures.spread(name) for name in figures.values)
    line = f"{row.title:<52} {unit:<6} {' '.join(cells)}  {ratio or 0:5.2f}  {row.goal:4.2f} {verdict:<5} ±{spread:4.0%}"
    notes = [f"{name}: {figures.failed(name)} failed ({figures.rounds[-1][name].get('first_failure', '')})"
             for name in figures.values if figures.failed(name)]
    limited = [name for name in figures.values if figures.limited_by_generator(name)]
    if limited:
        notes.append("the generator was the limit with " + ", ".join(limited))
    print(line + "".join(f"\n    {note}" for note in notes), flush=True)
    return not any(figures.failed(name) for name in figures.values)


def show_latencies(all_figures):
    print(f"\n{'latency at a fixed rate, from the due instant [us]':<52} {'p50':>10} {'p99':>10} {'p99.9':>10}")
    for figures in all_figures:
        if figures.row.kind != "latency":
            continue
        for name in figures.values:
            cells = " ".join(f"{figures.latency(name, share):10.0f}" for share in ("p50", "p99", "p999"))
            print(f"{figures.row.title:<44}{name:<8} {cells}")


def versions(bench):
    git = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, cwd=HERE,
                         check=False)
    cpu = next((line.partition(":")[2].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), "")
    openssl = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=False).stdout.strip()
    return {"commit": git.stdout.strip(), "time": datetime.datetime.now(datetime.timezone.utc).isoformat(),
            "kernel": platform.release(), "cpu": cpu, "cores": os.cpu_count(), "openssl": openssl,
            "servers": {server.name: server.version() for server in bench.servers.values()}}


def save(path, bench, all_figures):
    rows = {}
    for figures in all_figures:
        rows[figures.row.name] = {
            "title": figures.row.title, "kind": figures.row.kind, "goal": figures.row.goal, "ratio": figures.ratio(),
            "better_peer": figures.better_peer(),
            "servers": {name: {"median": figures.median(name), "spread": figures.spread(name),
                               "generator_limited": figures.limited_by_generator(name),
                               "rounds": [r[name] for r in figures.rounds]} for name in figures.values}}
    path.write_text(json.dumps({"versions": versions(bench), "load_average": os.getloadavg(), "rows": rows}, indent=1))


def run(bench):
    arguments = bench.arguments
    rows = [row for row in ROWS if not arguments.row or row.name in arguments.row]
    results = {row.name: [] for row in rows}
    begun = time.monotonic()
    for number in range(arguments.rounds):
        say(f"round {number + 1} of {arguments.rounds}, {time.monotonic() - begun:.0f} s")
        for row in rows:
            if row.kind == "memory" and number >= 2:
                continue  # hardly varies, and takes long
            order = list(bench.servers.values())
            order = order[number % len(order):] + order[:number % len(order)]
            results[row.name].append({server.name: bench.measure(row, server) for server in order})
    calibrations = [one["calibration_us"] for rounds in results.values() for r in rounds for one in r.values()
                    if one.get("calibration_us")]
    nominal = statistics.median(calibrations) if calibrations else 1
    print(f"{'operation':<52} {'unit':<6} {'nginx':>8} {'haproxy':>8} {'postern':>8}  ratio  goal        spread")
    all_figures = [Figures(row, results[row.name], nominal) for row in rows]
    good = [show_row(figures) for figures in all_figures]
    if any(figures.row.kind == "latency" for figures in all_figures):
        show_latencies(all_figures)
    path = pathlib.Path(arguments.json) if arguments.json else bench.build / "bench" / "result.json"
    save(path, bench, all_figures)
    print(f"\nSaved: {path}    {time.monotonic() - begun:.0f} s")
    return all(good)


def main():
    arguments = read_arguments()
    # Ended from outside, it still ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bench = Bench(arguments)
    try:
        bench.start()
        return 0 if run(bench) else 1
    finally:
        bench.stop()


if __name__ == "__main__":
    sys.exit(main())
