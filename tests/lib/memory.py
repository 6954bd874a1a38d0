"""What bodies cost in memory, and whether anybody else notices: 40 connections of one sender with 30 MiB each; five senders with all
that they may hold; one chunked body of 50 MB in an address space of 200 MB. A call of another caller each second has to be answered, and
the processes have to be the same afterwards.

`make memory`, or: python3 tests/lib/memory.py --connections 40 --mib 30
"""
import argparse
import contextlib
import pathlib
import resource
import socket
import ssl
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from bundle import bundle, iflw  # noqa: E402
from furnish import make_instance, trust  # noqa: E402
from postern import Department, Server, wait_until  # noqa: E402

MIB = 1024 * 1024


class Held:
    """A server with one gateway, an endpoint that holds bodies, and callers."""

    def __init__(self, folder, *args, callers=6):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.server = Server(folder / "state", "--workers", "1", *args)
        department = Department(folder / "department")
        trust(self.server, department)
        file = folder / "echo.zip"
        file.write_bytes(bundle("echo", iflw("/echo").replace("<value>1</value>", "<value>48</value>")))
        self.server.ok("artifact", "deploy", file)
        make_instance(self.server)
        self.leaves = [department.leaf(f"caller-{i}") for i in range(callers)]
        for i, leaf in enumerate(self.leaves):
            self.server.ok("service-key", "create", "runtime", f"key-{i}", "--certificate", leaf.certificate)
        self.gateway, = self.server.children()["gateway"]
        self.processes = self.server.children()

    def resident(self):
        """Memory of the gateway [MiB]."""
        text = pathlib.Path(f"/proc/{self.gateway}/status").read_text()
        return int(text.split("VmRSS:")[1].split()[0]) / 1024

    def send(self, leaf, head, body, answers):
        """A request whose answer's status is noted; it stays open until it is answered."""
        host, port = self.server.gateway.removeprefix("https://").split(":")
        context = ssl.create_default_context(cafile=self.server.ca)
        context.load_cert_chain(leaf.chain, leaf.key)
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=30) as plain, \
                context.wrap_socket(plain, server_hostname="localhost") as tls:
            with contextlib.suppress(OSError):
                tls.sendall(f"POST /http/echo HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n".encode() + body)
            answer = tls.recv(64)
            if answer:
                answers.append(int(answer.split()[1]))

    def measure(self, name, requests):
        """Run (leaf, head, body) all at once; a row: peak memory, answers, probes, whether the processes are the same."""
        answers, probes, peak = [], [], self.resident()
        before = self.resident()
        threads = [threading.Thread(target=self.send, args=(*r, answers), daemon=True) for r in requests]
        for thread in threads:
            thread.start()
        due = time.monotonic()
        while any(thread.is_alive() for thread in threads) or not probes:
            with contextlib.suppress(FileNotFoundError, IndexError):
                peak = max(peak, self.resident())
            if time.monotonic() >= due:
                due += 1
                began = time.monotonic()
                status = self.probe()
                probes.append((status, time.monotonic() - began))
            threads[0].join(0.02)
        return {"name": name, "before": before, "peak": peak, "answers": {s: answers.count(s) for s in sorted(set(answers))},
                "probes": len(probes), "failed": sum(status != 200 for status, _ in probes),
                "slowest_s": max(seconds for _, seconds in probes),
                "same": self.server.children() == self.processes}

    def probe(self):
        leaf = self.leaves[-1]
        try:
            return self.server.curl("/http/echo", "--data-binary", "probe", cert=leaf.chain, key=leaf.key).status
        except AssertionError:
            return 0


def run(folder, connections, mib, body_memory):
    """All rows."""
    rows = []
    held = Held(pathlib.Path(folder) / "bound", "--body-memory", f"{body_memory}M")
    try:
        wait_until("the endpoint is served", lambda: held.probe() == 200)
        body, one = b"b" * (mib * MIB), held.leaves[0]
        length = f"Content-Length: {len(body)}"
        chunks = b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
        rows.append(held.measure("one sender, with lengths", [(one, length, body)] * connections))
        rows.append(held.measure("one sender, in chunks", [(one, "Transfer-Encoding: chunked", chunks)] * connections))
        rows.append(held.measure("five senders", [(leaf, length, body) for leaf in held.leaves[:5]] * (connections // 5)))
    finally:
        held.server.stop()
    held = Held(pathlib.Path(folder) / "short", "--body-memory", "4G", callers=2)
    try:
        wait_until("the endpoint is served", lambda: held.probe() == 200)
        resource.prlimit(held.gateway, resource.RLIMIT_AS, (200 * MIB, 200 * MIB))
        body = b"2faf080\r\n" + b"b" * 50000000 + b"\r\n0\r\n\r\n"
        rows.append(held.measure("50 MB in 200 MB of address space", [(held.leaves[0], "Transfer-Encoding: chunked", body)]))
    finally:
        held.server.stop()
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=40)
    parser.add_argument("--mib", type=int, default=30, help="of each body")
    parser.add_argument("--body-memory", type=int, default=256, help="the setting [MiB]")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = run(folder, args.connections, args.mib, args.body_memory)
    print(f"{'':<34} {'before':>8} {'peak':>8}  {'probes':>6} {'failed':>6} {'slowest':>8}  same processes  answers")
    for row in rows:
        print(f"{row['name']:<34} {row['before']:>5.0f} MB {row['peak']:>5.0f} MB  {row['probes']:>6} {row['failed']:>6} "
              f"{row['slowest_s']:>6.2f} s  {'yes' if row['same'] else 'NO':<14}  {row['answers']}")
    sys.exit(any(row["failed"] or not row["same"] for row in rows))


if __name__ == "__main__":
    main()
