"""The rows of the table: what is done in each, and the goal as a ratio to the better of nginx and HAProxy."""
import dataclasses

CLIENTS = 5000  # distinct client certificates
WARM_LEAF = CLIENTS  # the certificate behind them warms servers up where those are to stay unknown


@dataclasses.dataclass(frozen=True)
class Row:
    """One operation. kind: cpu (server µs an operation), latency (p99 at a fixed rate), memory (KiB a connection)."""
    name: str
    title: str
    goal: float
    kind: str = "cpu"
    mode: str = "full"
    tls: int = 13
    server: str = "rsa"
    client: str = "rsa"
    path: str = "/http/taken"
    answer: int = 0
    body: int = 0
    leaves: int = 1
    connections: int = 16
    rate: int = 0

    def load_options(self, certificates):
        """Options of bench_load but for port, tree and time."""
        options = ["--mode", self.mode, "--tls", self.tls, "--server", self.server, "--client",
                   certificates / self.client, "--path", self.path, "--connections", self.connections,
                   "--leaves", self.leaves, "--body", self.body, "--answer", self.answer]
        if self.rate:
            options += ["--rate", self.rate]
        return list(map(str, options))


def keep_alive(name, title, goal, path, **more):
    return Row(name, title, goal, mode="keep-alive", path=path, connections=64, **more)


ROWS = [
    Row("full-rsa", "full handshake + request, TLS 1.3, RSA/RSA", 0.58),
    Row("full-ec", "- P-256/P-256", 0.45, server="ec", client="ec"),
    Row("full-ec-rsa", "- P-256 server, RSA client", 0.50, server="ec"),
    Row("full12-rsa", "full, TLS 1.2, RSA/RSA", 0.60, tls=12),
    Row("full12-ec", "full, TLS 1.2, P-256/P-256", 0.47, tls=12, server="ec", client="ec"),
    Row("cold-rsa", "clients never seen before, TLS 1.3, RSA/RSA", 1.00, kind="cold", leaves=CLIENTS),
    Row("cold-ec", "clients never seen before, TLS 1.3, P-256/P-256", 1.00, kind="cold", leaves=CLIENTS, server="ec",
        client="ec"),
    Row("resumed13", "resumed, TLS 1.3", 0.42, mode="resumed"),
    Row("resumed12", "resumed, TLS 1.2", 0.35, mode="resumed", tls=12),
    keep_alive("keep-alive", "keep-alive request answered by a flow", 0.75, "/http/taken"),
    keep_alive("get-1k", "proxied GET 1 KiB", 0.85, "/http/get1k", answer=1024),
    keep_alive("get-64k", "proxied GET 64 KiB", 0.90, "/http/get64k", answer=65536),
    keep_alive("post-64k", "proxied POST 64 KiB", 0.90, "/http/post64k", body=65536),
    Row("idle-shared", "memory per idle connection, clients share a chain", 0.65, kind="memory", mode="idle",
        connections=5000),
    Row("idle-distinct", "memory per idle connection, 5,000 distinct clients", 1.00, kind="memory", mode="idle",
        connections=5000, leaves=CLIENTS),
    keep_alive("p99-keep-alive", "p99 at 8,000/s, keep-alive", 1.05, "/http/taken", kind="latency", rate=8000),
    Row("p99-full", "p99 at 250/s, full handshake, RSA/RSA", 1.05, kind="latency", connections=64, rate=250),
]

# Address below the server, what the receiver behind it is asked for (None: the server itself answers).
ADDRESSES = {"/http/taken": None, "/http/get1k": "/1024", "/http/get64k": "/65536", "/http/post64k": "/2"}
