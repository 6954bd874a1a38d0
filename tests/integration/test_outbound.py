"""Calls that Postern makes: check, doctor and call say the same of one destination, and each fault is told in its own words."""
import base64
import concurrent.futures
import datetime
import json
import os
import re
import socket
import ssl
import threading

import pytest

from postern import Department, Server, openssl
from receiver import Receiver
from token_service import TokenService

LIBRARY = re.compile(r"curl|openssl|SSL_|SSL routines|error:[0-9A-F]{8}|CURLE|OPENSSL|errno|lib\(|certificate verify failed|alert number", re.I)


def basic_only(connection, head):
    good = "Authorization: Basic " + base64.b64encode(b"anna:right").decode() in head
    connection.sendall(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % (200 if good else 401))


def token_only(connection, head):
    connection.sendall(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % (200 if "Authorization: Bearer token-" in head else 401))


class World:
    """A server of its own, the system's anchors in a file of its own, and everything that destinations of the table need."""

    def __init__(self, folder):
        self.folder, self.receivers = folder, []
        self.inside, self.outside, self.public = (Department(folder / n, n) for n in ("Inside", "Outside", "Public"))
        self.leaf = self.inside.leaf("client")
        (folder / "anchors.pem").write_text(self.public.root.read_text())
        self.environment = {"SSL_CERT_FILE": str(folder / "anchors.pem")}
        before = os.environ.get("SSL_CERT_FILE")
        os.environ.update(self.environment)
        try:
            self.server = Server(folder / "state")
        finally:
            os.environ.pop("SSL_CERT_FILE") if before is None else os.environ.update(SSL_CERT_FILE=before)
        for name, department in (("inside.pem", self.inside), ("outside.pem", self.outside), ("public.pem", self.public)):
            self.upload(name, department.root.read_bytes())
        self.upload("client.p12", self.leaf.pfx().read_bytes())
        self.upload("garbage.pem", b"no certificate at all")
        self.upload("mismatched.pem", self.leaf.certificate.read_bytes() + self.inside.leaf("other").key.read_bytes())
        self.upload("weak.p12", self.weak())
        self.upload("sha1.p12", self.weak(2048, "-sha1"))
        self.upload("only.pem", self.leaf.certificate.read_bytes())

    def stop(self):
        for one in self.receivers:
            one.stop()
        self.server.stop()

    def upload(self, name, content):
        path = self.folder / "uploads" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        self.server.ok("destination-certificate", "upload", path)

    def weak(self, bits=1024, digest="-sha256"):
        key, request, cert, out = (self.folder / f"weak{bits}.{n}" for n in ("key", "csr", "cer", "p12"))
        openssl("req", "-new", "-newkey", f"rsa:{bits}", "-nodes", "-keyout", key, "-out", request, "-subj", "/CN=weak", "-sha256")
        openssl("x509", "-req", "-in", request, "-CA", self.inside.ca, "-CAkey", self.inside.ca_key, "-CAcreateserial", "-out", cert, digest)
        openssl("pkcs12", "-export", "-inkey", key, "-in", cert, "-out", out, "-passout", "pass:weak")
        return out.read_bytes()

    def certificate(self, department, name, host="localhost", days=("-1", "1")):
        """A server certificate of the department's root, with dates in days from now."""
        folder = self.folder / ("tls-" + name)
        folder.mkdir()
        now = datetime.datetime.now(datetime.timezone.utc)
        start, end = ((now + datetime.timedelta(float(d))).strftime("%Y%m%d%H%M%SZ") for d in days)
        openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "key", "-out", folder / "csr", "-subj", f"/CN={host}")
        (folder / "ext").write_text(f"subjectAltName=DNS:{host}\nextendedKeyUsage=serverAuth\n")
        (folder / "index.txt").write_text("")
        openssl("ca", "-batch", "-notext", "-config", department.folder / "root" / "openssl.cnf", "-cert", department.root, "-keyfile",
                department.root_key, "-in", folder / "csr", "-out", folder / "cert", "-extfile", folder / "ext", "-startdate", start, "-enddate", end)
        return folder / "cert", folder / "key"

    def tls(self, department, name, client_ca=None, version=None, **kwargs):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certificate(department, name, **kwargs))
        if client_ca:
            context.load_verify_locations(client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
        if version:
            context.minimum_version = context.maximum_version = version
        return context

    def receiver(self, *args, **kwargs):
        self.receivers.append(Receiver(*args, **kwargs))
        return self.receivers[-1]

    def destination(self, name, url, **properties):
        whole = {"Name": name, "Type": "HTTP", "ProxyType": "Internet", "Authentication": "NoAuthentication", "URL": url, **properties}
        self.server.ok("destination", "create", "-c", json.dumps(whole))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("outbound"))
    yield made
    made.stop()


CERTIFICATE = {"Authentication": "ClientCertificateAuthentication", "KeyStoreLocation": "client.p12"}


def judge(world, name):
    """(code or "" when it works) of check, of the doctor's step 5, and of call; and every sentence that was told."""
    check = world.server.run("destination", "check", name, "--json", env=world.environment).json
    doctor = world.server.run("doctor", name, "--json", env=world.environment)
    call = world.server.run("call", name, env=world.environment)
    step = doctor.json["steps"][4]
    codes = [f["code"] for f in step["findings"] if f["severity"] == "error"]
    said = re.search(r"postern: ([A-Z]\d{3}) ", call.err)
    status = re.search(r"status (\d+)", call.err)
    assert (call.code == 0) == (not said and not status), call
    told = [check["text"], check["fix"], call.err, *[f["text"] + f["fix"] for f in step["findings"]]]
    return check, ("" if check["authorised"] else check["code"],
                   "" if step["ok"] else codes[0],
                   said.group(1) if said else "" if call.code == 0 else {5: "D422"}.get(int(status.group(1)) // 100, "D408")), told


def agree(world, name, code, words=None):
    check, codes, told = judge(world, name)
    assert codes == (code, code, code), (codes, told)
    for text in told:
        assert not LIBRARY.search(text), text
    if words:
        assert re.search(words, check["text"]), check
    if code:
        assert check["fix"], check
        assert "{" not in check["fix"], check
    return check


TRUST = [   # whose certificate the server has, the trust store, more, what is said
    ("public", None, {}, ""), ("public", "public.pem", {}, ""), ("public", "outside.pem", {}, "D406"), ("outside", None, {}, "D406"),
    ("outside", "outside.pem", {}, ""), ("outside", "inside.pem", {}, "D406"), ("outside", "inside.pem", {"TrustAll": "TRUE"}, ""),
    ("outside", None, {"TrustAll": "true"}, ""), ("outside", "absent.pem", {}, "D412"), ("public", "garbage.pem", {}, "D424"),
    ("outside", "outside.pem", {"TrustAll": "false"}, "")]


@pytest.mark.parametrize("authentication", ["none", "certificate", "basic"])
@pytest.mark.parametrize("department,store,more,code", TRUST)
def test_whom_a_call_trusts_is_one_truth(world, department, store, more, code, authentication):
    name = f"T_{department}_{store}_{authentication}_{len(more)}{more.get('TrustAll', '')}".replace(".", "_")
    one = world.receiver(tls=world.tls(getattr(world, department), name))
    properties = {"none": {}, "certificate": {**CERTIFICATE, "KeyStorePassword": world.leaf.password},
                  "basic": {"Authentication": "BasicAuthentication", "User": "anna", "Password": "right"}}[authentication]
    world.destination(name, f"https://localhost:{one.port}/", **properties, **more, **({"TrustStoreLocation": store} if store else {}))
    agree(world, name, code)


SERVERS = [("expired", {"days": ("-3", "-1")}, "D406", "expired"), ("early", {"days": ("1", "3")}, "D406", "not valid yet"),
           ("named", {"host": "elsewhere.example"}, "D406", "elsewhere.example")]


@pytest.mark.parametrize("name,made,code,words", SERVERS)
def test_a_certificate_of_the_server_that_is_wrong_is_told_how(world, name, made, code, words):
    one = world.receiver(tls=world.tls(world.public, name, **made))
    world.destination("S_" + name, f"https://localhost:{one.port}/")
    check = agree(world, "S_" + name, code, words)
    assert name != "named" or "https://elsewhere.example" in check["fix"], check


KEYS = [({"KeyStoreLocation": "absent.p12"}, "D402", None), ({"KeyStorePassword": "wrong"}, "D403", None), ({"KeyStoreLocation": ""}, "D411", None),
        ({"KeyStoreLocation": "mismatched.pem"}, "P107", None), ({"KeyStoreLocation": "weak.p12", "KeyStorePassword": "weak"}, "P130", None),
        ({"KeyStoreLocation": "sha1.p12", "KeyStorePassword": "weak"}, "P130", None), ({"KeyStoreLocation": "only.pem"}, "P104", None),
        ({"KeyStoreLocation": "garbage.pem"}, "P103", None), ({}, "", None), ({"ProxyType": "OnPremise"}, "D407", None), ({"ProxyType": "PrivateLink"}, "", None)]


@pytest.mark.parametrize("i", range(len(KEYS)))
def test_what_is_wrong_on_our_side_is_not_told_as_the_server_s(world, i):
    more, code, words = KEYS[i]
    one = world.receiver(tls=world.tls(world.public, f"keys{i}", client_ca=world.inside.root))
    world.destination(f"K{i}", f"https://localhost:{one.port}/", **{**CERTIFICATE, "KeyStorePassword": world.leaf.password, **more})
    check = agree(world, f"K{i}", code, words)
    assert code == "" or not check["reachable"], check
    assert "reached" not in check["text"], check


def garbage(connection, head):
    connection.sendall(b"220 mail.example ESMTP\r\n")


def nothing(connection, head):
    pass


def half(connection, head):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Len")


def fails(connection, head):
    connection.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def beyond(connection, head):
    connection.sendall(b"HTTP/1.1 600 Beyond\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def below(connection, head):
    connection.sendall(b"HTTP/1.1 099 Below\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def odd(world, scheme, name, handle, tls=None):
    one = world.receiver(handle=handle, tls=tls)
    world.destination("O_" + name, f"{scheme}://localhost:{one.port}/")


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("handle,code", [(garbage, "D417"), (nothing, "D417"), (beyond, "D417"), (below, "D417"),
                                         (fails, "D422")])
def test_what_is_no_good_answer_has_its_own_words(world, scheme, handle, code):
    name = scheme + handle.__name__
    odd(world, scheme, name, handle, world.tls(world.public, name) if scheme == "https" else None)
    check = agree(world, "O_" + name, code)
    assert check["reachable"], check


def test_tls_spoken_to_a_plain_port_and_plain_http_to_a_tls_port_are_told_apart(world):
    one = world.receiver(handle=garbage)
    two = world.receiver(tls=world.tls(world.public, "plainly"))
    three = world.receiver(tls=world.tls(world.public, "closing", client_ca=world.inside.root))
    world.destination("TLS_TO_PLAIN", f"https://localhost:{one.port}/")
    world.destination("PLAIN_TO_TLS", f"http://localhost:{two.port}/x")
    world.destination("PLAIN_TO_MTLS", f"http://localhost:{three.port}/x")
    agree(world, "TLS_TO_PLAIN", "D418")
    check = agree(world, "PLAIN_TO_TLS", "D419")
    assert f"URL=https://localhost:{two.port}/x" in check["fix"]
    agree(world, "PLAIN_TO_MTLS", "D419")
    world.server.ok(*check["fix"].strip("`").split()[1:])
    agree(world, "PLAIN_TO_TLS", "")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_certificate_that_is_demanded_or_refused_is_told_so(world, version):
    v = version.name
    one = world.receiver(tls=world.tls(world.public, "demands" + v, client_ca=world.outside.root, version=version))
    world.destination("DEMANDS" + v, f"https://localhost:{one.port}/")
    world.destination("REFUSES" + v, f"https://localhost:{one.port}/", **CERTIFICATE, KeyStorePassword=world.leaf.password)
    agree(world, "DEMANDS" + v, "D421")
    agree(world, "REFUSES" + v, "D420", "does not know the CA")


def test_a_server_of_an_old_tls_is_told_so(world):
    context = world.tls(world.public, "old")
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    one = world.receiver(tls=context)
    world.destination("OLD", f"https://localhost:{one.port}/")
    agree(world, "OLD", "D420")


def test_what_cannot_be_reached_is_told_so_and_a_name_that_leads_nowhere_too(world):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for scheme in ("http", "https"):
        world.destination("REFUSED_" + scheme, f"{scheme}://localhost:{port}/")
        agree(world, "REFUSED_" + scheme, "D409")
        world.destination("NAMELESS_" + scheme, f"{scheme}://no-such-host.invalid/")
        agree(world, "NAMELESS_" + scheme, "D415")


def test_silence_is_told_as_silence(world):
    gate = threading.Event()
    one = world.receiver(handle=lambda connection, head: gate.wait(60))
    two = socket.create_server(("127.0.0.1", 0))   # accepts nothing: a handshake that never goes on
    world.destination("SILENT", f"http://localhost:{one.port}/")
    world.destination("SILENT_TLS", f"https://localhost:{two.getsockname()[1]}/")
    try:
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(world.server.run, *words, "--json") for name in ("SILENT", "SILENT_TLS")
                     for words in (["destination", "check", name], ["doctor", name])]
            for i, (words, within) in enumerate((("did not answer", "15 s"), ("TLS handshake", "5 s"))):
                check, doctor = asked[2 * i].result().json, asked[2 * i + 1].result().json
                assert check["code"] == "D416" and words in check["text"] and within in check["text"] and check["reachable"], check
                assert "D416" in [f["code"] for f in doctor["steps"][4]["findings"]], doctor
    finally:
        gate.set()
        two.close()


def test_the_token_and_the_user_of_a_destination_are_checked_too(world):
    service = TokenService()
    users, bearers = world.receiver(handle=basic_only), world.receiver(handle=token_only)
    try:
        for name, password, code in (("RIGHT", "right", ""), ("WRONG", "wrong", "D408")):
            world.destination("BASIC_" + name, f"http://localhost:{users.port}/", Authentication="BasicAuthentication", User="anna", Password=password)
            agree(world, "BASIC_" + name, code)
        oauth = {"Authentication": "OAuth2ClientCredentials", "clientId": "me", "clientSecret": "s3cr3t", "tokenServiceURL": service.url}
        world.destination("OAUTH", f"http://localhost:{bearers.port}/", **oauth)
        agree(world, "OAUTH", "")
        service.status, service.answer = 401, {"error": "invalid_client"}
        world.destination("OAUTH_WRONG", f"http://localhost:{bearers.port}/", **{**oauth, "clientSecret": "other"})
        check = agree(world, "OAUTH_WRONG", "D423", "401.*invalid_client")
        assert "other" not in json.dumps(check)
        world.destination("OAUTH_AWAY", f"http://localhost:{bearers.port}/", **{**oauth, "tokenServiceURL": "http://localhost:1/token"})
        agree(world, "OAUTH_AWAY", "D423", "could not be reached")
    finally:
        service.stop()


@pytest.mark.parametrize("department,store,more,code", [t for t in TRUST if t[3] != "D412"])
def test_a_token_call_trusts_whom_the_destination_trusts(world, department, store, more, code):
    name = f"tok_{department}_{store}_{len(more)}{more.get('TrustAll', '')}".replace(".", "_")
    bearers = world.receiver(handle=token_only)
    service = TokenService(*world.certificate(getattr(world, department), name), world.inside.root, demand=False)
    try:
        world.destination(name, f"http://localhost:{bearers.port}/", Authentication="OAuth2ClientCredentials", clientId="me", clientSecret="s",
                          tokenServiceURL=service.url, **more, **({"TrustStoreLocation": store} if store else {}))
        agree(world, name, "D423" if code else "")
    finally:
        service.stop()


def test_a_header_of_one_s_own_stands_for_the_destination_s_token(world):
    one = world.receiver(handle=basic_only)
    world.destination("OWN", f"http://localhost:{one.port}/", Authentication="BasicAuthentication", User="anna", Password="wrong")
    right = "Authorization: Basic " + base64.b64encode(b"anna:right").decode()
    assert world.server.run("call", "OWN").code == 1
    assert world.server.run("call", "OWN", "-H", right).code == 0
