"""The servers that are measured, all doing the same job: nginx, HAProxy and Postern's gateway."""
import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import time

from rows import ADDRESSES

# What all servers may agree on; the load client offers one of each kind.
CIPHERS = ":".join(f"ECDHE-{kind}-AES{size}" for size in ("128-GCM-SHA256", "256-GCM-SHA384")
                   for kind in ("ECDSA", "RSA"))
GROUPS = "X25519:P-256"
# One ticket, as Postern sends; read by everything that OpenSSL configures itself for.
OPENSSL_CONFIG = """openssl_conf = main
[main]
ssl_conf = contexts
[contexts]
system_default = every
[every]
NumTickets = 1
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def pem_certificates(path):
    return re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", path.read_text(), re.S)


def wait_until(reason, condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"waited {seconds} s in vain: {reason}")
        time.sleep(0.02)


def answers(port):
    with contextlib.suppress(OSError):
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    return False


class Server:
    """One server of the comparison in a folder of its own, pinned to one core."""
    name = ""

    def __init__(self, folder, certificates, receiver_port, cpu):
        self.folder, self.certificates, self.receiver_port, self.cpu = folder, certificates, receiver_port, cpu
        self.process = None
        self.port = 0
        folder.mkdir(parents=True)

    def version(self):
        raise NotImplementedError

    def prepare(self):
        """What is done once, before the first start."""

    def command(self):
        raise NotImplementedError

    def start(self):
        self.port = free_port()
        environment = dict(os.environ, OPENSSL_CONF=str(self.folder.parent / "openssl.cnf"))
        with open(self.folder / "output.log", "ab") as log:
            self.process = subprocess.Popen(["taskset", "-c", str(self.cpu), *map(str, self.command())],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        wait_until(f"{self.name} listens", self._listens)

    def _listens(self):
        if self.process.poll() is not None:
            text = (self.folder / "output.log").read_text(errors="replace")
            raise RuntimeError(f"{self.name} ended: {text[-2000:]}")
        return self.is_ready()

    def is_ready(self):
        return answers(self.port)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def restart(self):
        """Start anew: what the server had cached is gone."""
        self.stop()
        self.start()

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def fingerprints(self):
        """(SHA-1, SHA-256) of every client's certificate, in upper-case hex."""
        for kind in ("rsa", "ec"):
            for pem in pem_certificates(self.certificates / kind / "clients.pem"):
                der = ssl.PEM_cert_to_DER_cert(pem)
                yield hashlib.sha1(der).hexdigest().upper(), hashlib.sha256(der).hexdigest().upper()

    def roots(self):
        return self.write("roots.pem", "".join((self.certificates / kind / "root.pem").read_text()
                                               for kind in ("rsa", "ec")))


class Nginx(Server):
    name = "nginx"

    def version(self):
        return subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=True).stderr.strip()

    def location(self, address, receiver):
        action = f"proxy_pass http://receiver{receiver};" if receiver else 'default_type text/plain; return 200 "taken";'
        return f"    location = {address} {{ if ($allowed = 0) {{ return 403; }} {action} }}\n"

    def command(self):
        keys = self.certificates
        roles = self.write("roles.map", "".join(f"{sha1.lower()} sender;\n" for sha1, _ in self.fingerprints()))
        allowed = "".join(f'    "sender {address}" 1;\n' for address in ADDRESSES)
        locations = "".join(self.location(*item) for item in ADDRESSES.items())
        return ["nginx", "-e", self.folder / "error.log", "-c", self.write("nginx.conf", f"""
worker_processes 1;
worker_rlimit_nofile 30000;
daemon off;
pid {self.folder}/nginx.pid;
error_log {self.folder}/error.log crit;
events {{ worker_connections 16384; }}
http {{
  log_format monitor '$remote_addr [$time_iso8601] "$request" $status $body_bytes_sent $request_time $request_id '
    '$ssl_protocol $ssl_client_fingerprint "$ssl_client_s_dn" $role "$http_user_agent" "$http_host"';
  access_log {self.folder}/access.log monitor buffer=64k flush=1s;
  client_body_temp_path {self.folder}/body;
  proxy_temp_path {self.folder}/proxy;
  fastcgi_temp_path {self.folder}/fastcgi;
  uwsgi_temp_path {self.folder}/uwsgi;
  scgi_temp_path {self.folder}/scgi;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  tcp_nodelay on;
  client_body_buffer_size 128k;
  proxy_buffer_size 16k;
  proxy_buffers 8 32k;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  map_hash_max_size 65536;
  map_hash_bucket_size 128;
  map $ssl_client_fingerprint $role {{ default ""; include {roles}; }}
  map "$role $uri" $allowed {{
    default 0;
{allowed}  }}
  upstream receiver {{
    server 127.0.0.1:{self.receiver_port};
    keepalive 128;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
  }}
  server {{
    listen 127.0.0.1:{self.port} ssl backlog=4096;
    server_name localhost;
    ssl_certificate {keys}/rsa/server.pem;
    ssl_certificate_key {keys}/rsa/server.pem;
    ssl_certificate {keys}/ec/server.pem;
    ssl_certificate_key {keys}/ec/server.pem;
    ssl_verify_client on;
    ssl_verify_depth 3;
    ssl_client_certificate {self.roots()};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers {CIPHERS};
    ssl_ecdh_curve {GROUPS};
    ssl_conf_command NumTickets 1;
    ssl_session_cache shared:sessions:16m;
    ssl_session_timeout 1h;
{locations}    location / {{ return 403; }}
  }}
}}
""")]


class Haproxy(Server):
    name = "haproxy"

    def version(self):
        out = subprocess.run(["haproxy", "-v"], capture_output=True, text=True, check=True).stdout
        return out.splitlines()[0]

    def command(self):
        roles = self.write("roles.map", "".join(f"{sha1} sender\n" for sha1, _ in self.fingerprints()))
        for kind in ("rsa", "ec"):
            self.write("server.pem." + kind.replace("ec", "ecdsa"),
                       (self.certificates / kind / "server.pem").read_text())
        allowed = self.write("allowed.list", "".join(f"sender|{address}\n" for address in ADDRESSES))
        own = [address for address, receiver in ADDRESSES.items() if not receiver]
        backends = "".join(f"  use_backend to{receiver.replace('/', '_')} if {{ path {address} }}\n"
                           for address, receiver in ADDRESSES.items() if receiver)
        sections = "".join(f"backend to{receiver.replace('/', '_')}\n  http-request set-path {receiver}\n"
                           f"  server receiver 127.0.0.1:{self.receiver_port} pool-max-conn -1\n"
                           for receiver in ADDRESSES.values() if receiver)
        return ["haproxy", "-db", "-f", self.write("haproxy.cfg", f"""
global
  nbthread 1
  maxconn 9000
  log ring@monitor local0
  ssl-default-bind-options ssl-min-ver TLSv1.2
  ssl-default-bind-ciphers {CIPHERS}
  tune.ssl.cachesize 20000
  tune.ssl.lifetime 3600
ring monitor
  format raw
  maxlen 1200
  size 1048576
defaults
  mode http
  log global
  timeout client 600s
  timeout server 600s
  timeout connect 5s
  timeout http-keep-alive 600s
  http-reuse always
  option http-keep-alive
  unique-id-format %[uuid()]
frontend gateway
  bind 127.0.0.1:{self.port} backlog 4096 ssl crt {self.folder}/server.pem ca-file {self.roots()} verify required curves {GROUPS}
  log-format '%ci [%trl] "%r" %ST %B %Ta %ID %sslv %[ssl_c_sha1,hex] "%{{+Q}}[ssl_c_s_dn]" %[var(txn.role)] "%[capture.req.hdr(0)]" "%[capture.req.hdr(1)]"'
  http-request capture req.hdr(User-Agent) len 64
  http-request capture req.hdr(Host) len 64
  http-request set-var(txn.role) ssl_c_sha1,hex,map_str({roles},none)
  http-request set-var-fmt(txn.call) "%[var(txn.role)]|%[path]"
  http-request deny deny_status 403 unless {{ var(txn.call) -m str -f {allowed} }}
  http-request return status 200 content-type text/plain string "taken" if {{ path {" ".join(own)} }}
{backends}{sections}""")]


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.unix_path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.unix_path)


class Postern(Server):
    name = "postern"

    def __init__(self, program, *args):
        super().__init__(*args)
        self.program = pathlib.Path(program).resolve()
        self.state = self.folder / "state"

    def version(self):
        return subprocess.run([self.program, "--version"], capture_output=True, text=True, check=False).stdout.strip()

    def command(self):
        return [self.program, "serve", "--state-dir", self.state, "--gateway-host", "127.0.0.1", "--gateway-port",
                str(self.port), "--management-port", "0", "--workers", "1"]

    def start(self):
        (self.state / "endpoints.json").unlink(missing_ok=True)
        super().start()

    def is_ready(self):
        return (self.state / "endpoints.json").exists()

    def run(self, *args):
        done = subprocess.run([self.program, *map(str, args), "--state-dir", self.state], capture_output=True,
                              text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"postern {' '.join(map(str, args))}: {done.stderr}")

    def prepare(self):
        self.start()
        try:
            for kind in ("rsa", "ec"):
                self.run("keystore", "import", self.certificates / kind / "root.pem", "--alias", "root-" + kind)
                self.run("ca", "server-certificate", self.certificates / kind / "server.pem")
            for address, receiver in ADDRESSES.items():
                what = ("--to", f"http://127.0.0.1:{self.receiver_port}{receiver}") if receiver else ("--reply", "taken")
                self.run("artifact", "create", address.rpartition("/")[2], "--address",
                         address.removeprefix("/http"), *what)
            self.register()
        finally:
            self.stop()

    def register(self):
        connection = UnixConnection(str(self.state / "admin.sock"))
        instances = "/admin/v1/service-instances"

        def post(path, body):
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status >= 300:
                raise RuntimeError(f"POST {path}: {answer.status} {text[:500]}")

        post(instances, {"name": "runtime", "service": "it-rt", "plan": "integration-flow", "parameters": {}})
        for kind in ("rsa", "ec"):
            for number, pem in enumerate(pem_certificates(self.certificates / kind / "clients.pem")):
                post(f"{instances}/runtime/service-keys",
                     {"name": f"{kind}-{number}", "parameters": {"key-type": "certificate_external", "X.509": pem}})
