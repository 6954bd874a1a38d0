"""A real server for the tests, and the certificates of an outside IT department made by the openssl command."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

PROGRAM = os.environ.get("POSTERN") or str(pathlib.Path(__file__).resolve().parents[2] / "build" / "postern")


def wait_until(reason, condition, seconds=20):
    """Wait for a condition, never for a time; fails with the reason in words."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < end, f"waited {seconds} s in vain: {reason}"
        time.sleep(0.01)


class Answer:
    """What a command came to."""

    def __init__(self, done):
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"exit {self.code}\nstdout: {self.out[:3000]}\nstderr: {self.err[:3000]}"


def run(*args, program=PROGRAM, input=None, env=None, binary=False, cwd=None, timeout=60):
    done = subprocess.run([program, *map(str, args)], input=input, capture_output=True, text=not binary,
                          env=dict(os.environ, **(env or {})), cwd=cwd, timeout=timeout, check=False)
    return Answer(done)


class Server:
    """`postern dev` in a state folder of its own on free ports; ended (with its children) by stop()."""

    def __init__(self, folder, *args, program=PROGRAM, command="dev", env=None):
        self.state = pathlib.Path(folder)
        self.args = args
        self.program, self.command, self.env = program, command, env or {}
        self.process = None
        self.start()

    def start(self, seconds=60):
        self.state.mkdir(parents=True, exist_ok=True)
        (self.state / "endpoints.json").unlink(missing_ok=True)
        with open(self.state.parent / (self.state.name + ".log"), "ab") as log:
            self.process = subprocess.Popen(
                [self.program, self.command, "--state-dir", str(self.state), "--gateway-port", "0", "--management-port", "0",
                 *self.args], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=dict(os.environ, **self.env))
        try:
            wait_until("the server writes endpoints.json", self._ready, seconds)
        except BaseException:
            self.stop()
            raise

    def _ready(self):
        assert self.process.poll() is None, "the server ended: " + self.log()[-2000:]
        try:
            self.endpoints = json.loads((self.state / "endpoints.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return False
        return True

    def log(self):
        return (self.state.parent / (self.state.name + ".log")).read_text(errors="replace")

    @property
    def admin_password(self):
        """As it is shown once, at the first start, soon after endpoints.json is there."""
        wait_until("the password is shown", lambda: ", shown once)" in self.log())
        return self.log().split("(admin / ")[1].split(",")[0]

    @property
    def gateway(self):
        return self.endpoints["gateway"]

    @property
    def management(self):
        return self.endpoints["management"]

    @property
    def ca(self):
        return self.endpoints["ca"]

    def run(self, *args, **kwargs):
        """Run a command of the program against this server."""
        return run(*args, "--state-dir", self.state, **kwargs)

    def ok(self, *args, **kwargs):
        answer = self.run(*args, **kwargs)
        assert answer.code == 0, f"postern {' '.join(map(str, args))}: {answer}"
        return answer

    def json(self, *args, **kwargs):
        return self.ok(*args, "--json", **kwargs).json

    def json_status(self):
        """/admin/v1/status, asked as the owner of the state folder."""
        done = subprocess.run(["curl", "-sS", "--max-time", "20", "--unix-socket", str(self.state / "admin.sock"),
                               "http://localhost/admin/v1/status"], capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    def children(self):
        """Process ids by role ("manager", "gateway", ...) of everything below the supervisor."""
        found = {}
        pending = [self.process.pid]
        while pending:
            parent = pending.pop()
            try:
                tasks = pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            for pid in map(int, tasks):
                pending.append(pid)
                try:
                    line = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                except (FileNotFoundError, ProcessLookupError):
                    continue
                if len(line) > 2 and line[1] == b"part":
                    found.setdefault(line[2].decode(), []).append(pid)
        return found

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)

    def curl(self, path, *args, cert=None, key=None, p12=None, password=None, address=None):
        """Call the gateway with curl; returns (status, body, headers, x-request-id)."""
        with tempfile.TemporaryDirectory() as folder:
            head, body = pathlib.Path(folder, "head"), pathlib.Path(folder, "body")
            command = ["curl", "-sS", "--max-time", "20", "--cacert", self.ca, "-D", str(head), "-o", str(body),
                       "-w", "%{http_code}"]
            if cert:
                command += ["--cert", str(cert), "--key", str(key)]
            if p12:
                command += ["--cert-type", "P12", "--cert", f"{p12}:{password}"]
            done = subprocess.run([*command, *args, (address or self.gateway) + path], capture_output=True, text=True,
                                  check=False)
            assert done.returncode == 0, done.stderr
            headers = {}
            for line in head.read_text().splitlines():
                if ":" in line:
                    name, value = line.split(":", 1)
                    headers.setdefault(name.strip().lower(), value.strip())
            # With -I curl writes the head where the body would go.
            text = body.read_text() if body.exists() and "-I" not in args else ""
            return Reply(int(done.stdout), text, headers)


class Reply:
    def __init__(self, status, body, headers):
        self.status, self.body, self.headers = status, body, headers

    @property
    def id(self):
        return self.headers["x-request-id"]

    @property
    def code(self):
        return json.loads(self.body)["code"]

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:500]}"


def openssl(*args, input=None):
    done = subprocess.run(["openssl", *map(str, args)], capture_output=True, text=True, input=input, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


CONFIG = """
[ca]
default_ca = d
[d]
dir = {folder}
database = {folder}/index.txt
serial = {folder}/serial
crlnumber = {folder}/crlnumber
new_certs_dir = {folder}
default_md = sha256
default_days = 365
default_crl_days = 30
policy = any
unique_subject = no
copy_extensions = none
[any]
countryName = optional
organizationName = optional
commonName = supplied
[req]
distinguished_name = dn
prompt = no
[dn]
CN = unused
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[ca_client]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign, digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


class Department:
    """An IT department outside Postern: root, issuing CA and leaves by the openssl command."""

    def __init__(self, folder, name="Example"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        for part in ("root", "issuing"):
            home = self.folder / part
            home.mkdir()
            (home / "index.txt").write_text("")
            (home / "serial").write_text("1000\n")
            (home / "crlnumber").write_text("01\n")
            (home / "openssl.cnf").write_text(CONFIG.format(folder=home))
        self.root_key, self.root = self.folder / "root.key", self.folder / "root.cer"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.root_key, "-out", self.root,
                "-days", "3650", "-subj", f"/C=DE/O={name}/CN={name} Root", "-config",
                self.folder / "root" / "openssl.cnf", "-extensions", "root")
        self.ca_key, self.ca = self.folder / "ca.key", self.folder / "ca.cer"
        self._sign("root", self.root, self.root_key, f"/C=DE/O={name}/CN={name} Issuing CA", self.ca_key, self.ca,
                   "ca_client")

    def _sign(self, part, issuer, issuer_key, subject, key, out, extensions, start=None, end=None):
        home = self.folder / part
        request = out.with_suffix(".csr")
        if key.exists():
            openssl("req", "-new", "-key", key, "-out", request, "-subj", subject, "-config", home / "openssl.cnf")
        else:
            openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", subject,
                    "-config", home / "openssl.cnf")
        dates = []
        if start:
            dates += ["-startdate", start]
        if end:
            dates += ["-enddate", end]
        openssl("ca", "-batch", "-notext", "-config", home / "openssl.cnf", "-cert", issuer, "-keyfile", issuer_key,
                "-in", request, "-out", out, "-extensions", extensions, "-preserveDN", *dates)

    def leaf(self, name, subject=None, extensions="client", start=None, end=None, key_of=None):
        leaf = Leaf(self, name)
        if key_of:
            shutil.copy(key_of.key, leaf.key)
        self._sign("issuing", self.ca, self.ca_key, subject or f"/C=DE/O={self.name}/CN={name}", leaf.key,
                   leaf.certificate, extensions, start, end)
        leaf.finish()
        return leaf

    def revoke(self, leaf):
        home = self.folder / "issuing"
        openssl("ca", "-config", home / "openssl.cnf", "-cert", self.ca, "-keyfile", self.ca_key, "-revoke",
                leaf.certificate)
        crl = self.folder / "issuing.crl"
        openssl("ca", "-config", home / "openssl.cnf", "-cert", self.ca, "-keyfile", self.ca_key, "-gencrl", "-out", crl)
        return crl


class Leaf:
    """One key pair that the department hands out."""

    def __init__(self, department, name):
        self.department, self.name = department, name
        folder = department.folder
        self.key, self.certificate = folder / f"{name}.key", folder / f"{name}.cer"
        self.chain = folder / f"{name}.chain.pem"
        self.password = "Secret-" + name

    def finish(self):
        self.chain.write_text(self.certificate.read_text() + self.department.ca.read_text())

    @property
    def one_line(self):
        """The PEM as SAP's own sample prints it: on one line, no line break at all."""
        return self.certificate.read_text().replace("\n", "")

    def pfx(self, legacy=False, root=True):
        out = self.department.folder / f"{self.name}{'-legacy' if legacy else ''}.pfx"
        chain = self.department.folder / f"{self.name}.certs"
        chain.write_text(self.department.ca.read_text() + (self.department.root.read_text() if root else ""))
        extra = ["-legacy", "-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-RC2-40", "-macalg", "sha1"] if legacy else []
        openssl("pkcs12", "-export", "-out", out, "-inkey", self.key, "-in", self.certificate, "-certfile", chain,
                "-name", self.name, "-passout", f"pass:{self.password}", *extra)
        return out

    def password_file(self):
        path = self.department.folder / f"{self.name}.password"
        path.write_text(self.password)
        return path
