"""Thousands of handshakes that are begun and never finished, and a legitimate call each second that has to be answered.

`make flood`, or: python3 tests/lib/flood.py --half-open 10000 --slow 2000
"""
import argparse
import contextlib
import pathlib
import resource
import select
import socket
import ssl
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from load import Load  # noqa: E402
from furnish import ORDERS, furnished  # noqa: E402
from postern import Department, Server  # noqa: E402

DEADLINE = 10.0  # of a handshake, from accept, however it drips
DRIP = 0.5       # seconds between two bytes of a slow one


def client_hello():
    """The first flight of an ordinary client: replayed, it costs the server its own flight each time."""
    context = ssl.create_default_context()
    out = ssl.MemoryBIO()
    session = context.wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        session.do_handshake()
    return out.read()


class Flood(threading.Thread):
    """Opens connections at a rate, sends a whole ClientHello or drips one, and notes when the server ends each."""

    def __init__(self, port, half_open, slow, rate):
        super().__init__(daemon=True)
        self.port, self.rate = port, rate
        self.kinds = [i * slow // (half_open + slow) != (i + 1) * slow // (half_open + slow)
                      for i in range(half_open + slow)]
        self.hello = client_hello()
        self.poll = select.epoll()
        self.open, self.dripping, self.lifetimes, self.refused = {}, {}, [], 0
        self.most_open = 0

    def begin(self, slow):
        s = socket.socket()
        s.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            s.connect(("127.0.0.1", self.port))
        self.open[s.fileno()] = (s, time.monotonic())
        if slow:
            self.dripping[s.fileno()] = 0
            self.poll.register(s.fileno(), select.EPOLLIN)
        else:
            self.poll.register(s.fileno(), select.EPOLLIN | select.EPOLLOUT)
        self.most_open = max(self.most_open, len(self.open))

    def end(self, fd):
        s, began = self.open.pop(fd)
        self.dripping.pop(fd, None)
        self.lifetimes.append(time.monotonic() - began)
        s.close()

    def serve(self, timeout):
        for fd, events in self.poll.poll(timeout):
            s, _ = self.open[fd]
            try:
                if events & select.EPOLLOUT:
                    s.send(self.hello)
                    self.poll.modify(fd, select.EPOLLIN)
                elif not s.recv(65536):
                    self.end(fd)
            except BlockingIOError:
                pass
            except ConnectionRefusedError:
                self.refused += 1
                self.end(fd)
            except OSError:
                self.end(fd)

    def drip(self):
        for fd, sent in list(self.dripping.items()):
            try:
                self.open[fd][0].send(self.hello[sent:sent + 1])
                self.dripping[fd] = sent + 1
            except OSError:
                self.end(fd)

    def run(self):
        began = time.monotonic()
        next_drip, n = began, 0
        while n < len(self.kinds) or self.open:
            now = time.monotonic()
            while n < len(self.kinds) and now >= began + n / self.rate:
                self.begin(self.kinds[n])
                n += 1
            if now >= next_drip:
                self.drip()
                next_drip = now + DRIP
            self.serve(0.005)
            if now > began + len(self.kinds) / self.rate + 3 * DEADLINE:
                return  # what is open still was not dropped


def memory(server):
    """Private and shared memory of all the server's processes [MiB], each shared page counted once in parts."""
    total = 0
    for pid in [server.process.pid] + [pid for pids in server.children().values() for pid in pids]:
        with contextlib.suppress(OSError):
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024


def furnish(server, folder):
    department = Department(folder)
    return furnished(server, department, "probe", *ORDERS)


def run(folder, half_open, slow, rate, *args):
    """Returns what came of it as a dictionary."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    folder = pathlib.Path(folder)
    server = Server(folder / "state", "--workers", "2", *args)
    try:
        leaf = furnish(server, folder / "department")
        probe = Load(server.gateway + "/http/orders", leaf, server.ca, kept=0, fresh=1).callers[0]
        probe.call()
        before, peak, times = memory(server), 0.0, []
        flood = Flood(int(server.gateway.rsplit(":", 1)[1]), half_open, slow, rate)
        flood.start()
        while flood.is_alive():
            began = time.monotonic()
            probe.call()
            times.append(time.monotonic() - began)
            peak = max(peak, memory(server))
            flood.join(max(0.0, began + 1 - time.monotonic()))
        times.sort()
        return {"opened": len(flood.kinds), "most_open": flood.most_open, "refused": flood.refused,
                "dropped": len(flood.lifetimes), "left": len(flood.open),
                "longest_s": max(flood.lifetimes, default=0.0),
                "probes": len(times), "probes_failed": list(probe.failures),
                "p50_ms": times[len(times) // 2] * 1000, "p99_ms": times[int(len(times) * 0.99)] * 1000,
                "growth_mib": peak - before}
    finally:
        server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half-open", type=int, default=10000)
    parser.add_argument("--slow", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=1200.0, help="connections opened a second")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="postern-flood-") as folder:
        result = run(folder, options.half_open, options.slow, options.rate)
    print(f"{result['opened']} handshakes begun and not finished, {result['most_open']} open at most, "
          f"{result['refused']} refused; {result['dropped']} dropped, the last after {result['longest_s']:.1f} s, "
          f"{result['left']} left")
    print(f"{result['probes']} legitimate calls, {len(result['probes_failed'])} failed, "
          f"p50 {result['p50_ms']:.0f} ms, p99 {result['p99_ms']:.0f} ms; memory grew by "
          f"{result['growth_mib']:.0f} MiB")
    good = (not result["probes_failed"] and result["left"] == 0 and result["p99_ms"] <= 250
            and result["growth_mib"] <= 300 and result["longest_s"] <= DEADLINE + 2)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
