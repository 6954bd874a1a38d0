"""Who can speak to the gateway at all: whatever TLS can prove ends in HTTP with a reason, the rest names its cause."""
import re
import socket
import subprocess

import pytest

from furnish import make_endpoint, make_instance
from postern import openssl, wait_until

REQUEST = b"GET /http/hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
# What a library calls things has no place in what a person reads.
IDENTIFIERS = re.compile(r"routines|SSL_R_|sslv3|tlsv1 |error:[0-9A-Fa-f]{8}|_[A-Z]{3,}_|ssl3_|tls_process")


@pytest.fixture(scope="module")
def house(server, tmp_path_factory):
    """A root, imported; an endpoint; an instance for keys."""
    folder = tmp_path_factory.mktemp("house")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "root.key", "-out", folder / "root.cer",
            "-subj", "/CN=House Root", "-days", "30")
    server.ok("keystore", "import", folder / "root.cer", "--alias", "house")
    make_endpoint(server, "hello", "--reply", "hello")
    make_instance(server)
    return House(server, folder)


class House:
    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.address = server.gateway.removeprefix("https://")
        host, port = self.address.rsplit(":", 1)
        self.where = (host, int(port))

    def issue(self, name, *genpkey, key_use=(), sign=()):
        """A leaf with a key of that kind, and a service key that holds it."""
        key, request, cert = (self.folder / f"{name}{end}" for end in (".key", ".csr", ".cer"))
        openssl("genpkey", *genpkey, "-out", key)
        openssl("req", "-new", "-key", key, "-out", request, "-subj", f"/CN={name}", *key_use)
        extensions = self.folder / "client.ext"
        extensions.write_text("extendedKeyUsage=clientAuth\nkeyUsage=critical,digitalSignature\n")
        openssl("x509", "-req", "-in", request, "-CA", self.folder / "root.cer", "-CAkey", self.folder / "root.key",
                "-out", cert, "-days", "10", "-extfile", extensions, "-CAcreateserial", *sign)
        return key, cert

    def pin(self, name, cert):
        self.server.ok("service-key", "create", "runtime", name, "--certificate", cert)

    def client(self, *args):
        """openssl s_client asks for the endpoint: what came back, the handshake's own talk included."""
        done = subprocess.run(["openssl", "s_client", "-connect", self.address, "-servername", "localhost", "-quiet",
                               "-ign_eof", *map(str, args)], input=REQUEST, capture_output=True, timeout=60, check=False)
        return done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")

    def raw(self, data):
        """Bytes instead of a handshake: all that came back, and our address."""
        with socket.create_connection(self.where, timeout=20) as plain:
            plain.sendall(data)
            us = "%s:%d" % plain.getsockname()
            got = b""
            try:
                while part := plain.recv(65536):
                    got += part
            except ConnectionResetError:
                got += b" RESET"
            return got, us


def code_of(text):
    status = re.search(r"HTTP/1\.1 (\d+)", text)
    code = re.search(r'"code":"(\w+)"', text)
    return (int(status.group(1)) if status else None), (code.group(1) if code else None)


RSA = ("-algorithm", "RSA", "-pkeyopt")
EC = ("-algorithm", "EC", "-pkeyopt")
KINDS = {
    "rsa-1024": (*RSA, "rsa_keygen_bits:1024"),
    "pss": ("-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"),
    "pss-sha384": ("-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_pss_keygen_md:sha384",
                   "-pkeyopt", "rsa_pss_keygen_mgf1_md:sha384", "-pkeyopt", "rsa_pss_keygen_saltlen:48"),
    "p-384": (*EC, "ec_paramgen_curve:P-384"),
    "p-521": (*EC, "ec_paramgen_curve:P-521"),
    "ed25519": ("-algorithm", "ED25519"),
    "ed448": ("-algorithm", "ED448"),
}
# A client that has such a key says so in its groups; TLS 1.3 knows none of them here.
CURVES_OF_TLS12 = ["brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1", "secp256k1", "secp224r1"]


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_key_that_can_prove_itself_calls(house, kind, version):
    name = f"{kind}{version}"
    key, cert = house.issue(name, *KINDS[kind])
    house.pin(name, cert)
    out, talk = house.client("-cert", cert, "-key", key, version, "-cipher", "DEFAULT@SECLEVEL=0")
    assert code_of(out) == (200, None), out + talk


@pytest.mark.parametrize("curve", CURVES_OF_TLS12)
def test_a_key_on_a_curve_of_tls_1_2_calls_with_tls_1_2(house, curve):
    key, cert = house.issue(curve, *EC, f"ec_paramgen_curve:{curve}")
    house.pin(curve, cert)
    out, talk = house.client("-cert", cert, "-key", key, "-tls1_2", "-groups", f"P-256:{curve}")
    assert code_of(out) == (200, None), out + talk


def chain_of(house, leaf, n, filler):
    chain = house.folder / f"chain-{n}-{filler.name}"
    chain.write_text(filler.read_text() * (n - 1))
    return chain


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("n", [10, 11, 40])
def test_certificates_sent_beside_the_chain_do_not_hide_it(house, version, n):
    name = f"many-{n}{version}"
    key, cert = house.issue(name, *EC, "ec_paramgen_curve:P-256")
    house.pin(name, cert)
    out, talk = house.client("-cert", cert, "-key", key, version, "-cert_chain",
                             chain_of(house, cert, n, house.folder / "root.cer"))
    assert code_of(out) == (200, None), out + talk


@pytest.mark.parametrize("n", [11, 40])
def test_more_certificates_than_are_looked_at_end_in_http_with_a_reason(house, stranger, n):
    leaf = stranger.leaf(f"crowded-{n}")
    out, talk = house.client("-cert", leaf.certificate, "-key", leaf.key, "-cert_chain",
                             chain_of(house, leaf.certificate, n, stranger.ca))
    status, code = code_of(out)
    assert status == 401 and code.startswith("K2"), out + talk
    message = house.server.json("message", "get", re.search(r"x-request-id: (\S+)", out).group(1))
    assert message["code"] == code and f"crowded-{n}" in str(message["presented"]), message


def large_certificate(house, size):
    """A certificate made large by a comment in it."""
    path = house.folder / f"large-{size}.cer"
    config = house.folder / f"large-{size}.cnf"
    config.write_text("[req]\ndistinguished_name=dn\nprompt=no\nx509_extensions=v3\n[dn]\nCN=Large\n[v3]\n"
                      "1.2.3.4=ASN1:UTF8String:" + "x" * size + "\n")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", house.folder / "large.key", "-out", path, "-config",
            config)
    return path


def test_more_bytes_of_certificates_than_are_looked_at_end_in_http_too(house):
    key, cert = house.issue("bytes", *EC, "ec_paramgen_curve:P-256")
    house.pin("bytes", cert)
    large = large_certificate(house, 15000)
    for n in (4, 6, 8):
        out, talk = house.client("-cert", cert, "-key", key, "-cert_chain", chain_of(house, cert, n, large))
        assert code_of(out)[0] == 200, out + talk


@pytest.mark.parametrize("offered", ["http/1.0", "http/0.9", "h3", "ftp", "h2c,spdy/3"])
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_alpn_without_a_protocol_of_ours_is_served_as_without_alpn(house, offered, version):
    out, talk = house.client("-alpn", offered, version)
    assert code_of(out) == (401, "R504"), out + talk


def failed(house, attempt):
    """The R513 that an attempt leaves in the monitor."""
    before = {m["id"] for m in house.server.json("message", "list", "--limit", "200")}
    attempt()
    new = wait_until("the failed handshake is in the monitor", lambda: [
        m for m in house.server.json("message", "list", "--limit", "200") if m["id"] not in before and m["code"] == "R513"])
    return house.server.json("message", "get", new[0]["id"])


def refused(house, *args):
    """The R513 of a handshake that openssl's client cannot finish."""
    def attempt():
        out, talk = house.client(*args)
        assert code_of(out) == (None, None), out + talk
    return failed(house, attempt)


CAUSES = {
    "no version": (["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"], "share no TLS version", "TLS 1.2 or 1.3"),
    "no version at all": (["-tls1", "-cipher", "DEFAULT@SECLEVEL=0"], "share no TLS version", "TLS 1.2 or 1.3"),
    "no cipher": (["-tls1_2", "-cipher", "AES256-SHA"], "share no cipher suite", "ECDHE"),
    "no group": (["-tls1_3", "-groups", "ffdhe2048"], "share no group", "X25519"),
    "no algorithm": (["-tls1_3", "-sigalgs", "RSA+SHA1:ed448", "-cipher", "DEFAULT@SECLEVEL=0"], "signature algorithm",
                     "SHA-256"),
    "distrust": (["-verify_return_error", "-verify", "3"], "does not trust the CA of the gateway's certificate", "root"),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_a_handshake_that_fails_names_its_cause_and_a_mend_that_fits(house, cause):
    args, text, fix = CAUSES[cause]
    message = refused(house, *args)
    assert text in message["text"], message
    assert fix in message["fix"], message
    assert not IDENTIFIERS.search(message["text"] + message["fix"]), message


def test_a_curve_that_the_client_does_not_name_fails_with_its_cause(house):
    key, cert = house.issue("unnamed", *EC, "ec_paramgen_curve:brainpoolP256r1")
    message = refused(house, "-cert", cert, "-key", key, "-tls1_2", "-groups", "P-256")
    assert "key of the caller's certificate" in message["text"] and "P-256" in message["fix"], message


def test_a_message_of_certificates_above_all_limits_fails_with_its_cause(house):
    key, cert = house.issue("huge", *EC, "ec_paramgen_curve:P-256")
    message = refused(house, "-cert", cert, "-key", key, "-cert_chain",
                      chain_of(house, cert, 12, large_certificate(house, 15000)))
    assert "larger than is taken" in message["text"] and "ten certificates" in message["fix"], message


PLAIN = {
    "GET": b"GET /http/hello HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "HEAD": b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "DELETE": b"DELETE /http/hello HTTP/1.0\r\n\r\n",
    "PATCH with a body": b"PATCH /http/hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300000,
    "CONNECT": b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n",
    "HTTP/2 by prior knowledge": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "lower case": b"get / http/1.1\r\n\r\n",
}


@pytest.mark.parametrize("kind", PLAIN)
def test_plain_http_on_the_tls_port_is_told_in_plain_http(house, kind):
    got, us = house.raw(PLAIN[kind])
    head, _, body = got.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 "), got
    assert b"RESET" not in got and b"Connection: close" in head
    assert b"plain HTTP" in body and b"https://" in body, body
    message = house.server.json("message", "get", re.search(rb"x-request-id: (\S+)", head).group(1).decode())
    assert (message["code"], message["http_status"], message["peer"]) == ("R516", 400, us), message


def test_garbage_that_is_no_text_is_cut_and_named(house):
    def attempt():
        got, _ = house.raw(bytes(range(128, 160)) * 10)
        assert not got.startswith(b"HTTP/"), got
    text = failed(house, attempt)["text"]
    assert not IDENTIFIERS.search(text), text


def names_shown(house, *args):
    done = subprocess.run(["openssl", "s_client", "-connect", house.address, "-servername", "localhost", *args], input="",
                          capture_output=True, text=True, check=False).stdout
    assert "Cipher is " in done and "(NONE)" not in done, done
    if "Acceptable client certificate CA names" not in done:
        return 0
    return done.split("Acceptable client certificate CA names\n")[1].split("\nRequested")[0].count("\n") + 1


def test_more_ca_names_than_a_handshake_takes_are_not_offered(house, tmp_path):
    """A caller whose CA were left out of the list would keep its certificate back: all of them, or none."""
    single = tmp_path / "one.key"
    openssl("genpkey", *EC, "ec_paramgen_curve:P-256", "-out", single)
    server = house.server
    try:
        server.ok("setting", "set", "offer_ca_names", "on")
        wait_until("the names are offered", lambda: names_shown(house) >= 1)
        for i in range(14):
            subject = f"/CN=Long {i}" + "".join(f"/OU={chr(97 + k % 26) * 60}" for k in range(40))
            cert = tmp_path / f"{i}.cer"
            openssl("req", "-x509", "-key", single, "-out", cert, "-subj", subject, "-days", "10")
            server.ok("keystore", "import", cert, "--alias", f"long-{i}")
        wait_until("none is offered any more", lambda: names_shown(house) == 0)
        for version in ("-tls1_2", "-tls1_3"):
            assert names_shown(house, version) == 0
            key, cert = house.issue(f"names{version}", *EC, "ec_paramgen_curve:P-256")
            house.pin(f"names{version}", cert)
            assert code_of(house.client("-cert", cert, "-key", key, version)[0]) == (200, None)
        assert "ca_names_not_offered" in server.log()
    finally:
        server.ok("setting", "set", "offer_ca_names", "off")


NOT_GOOD = {
    "explicit": ("P128", (*EC, "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit")),
    "rsa-512": ("P128", (*RSA, "rsa_keygen_bits:512")),
    "sect571k1": ("P128", (*EC, "ec_paramgen_curve:sect571k1")),
    "brainpool": ("P129", (*EC, "ec_paramgen_curve:brainpoolP256r1")),
    "pss": (None, KINDS["pss"]),
    "p-521": (None, KINDS["p-521"]),
}


@pytest.mark.parametrize("kind", NOT_GOOD)
def test_a_key_that_tls_cannot_use_is_named_where_it_is_handed_in(house, kind):
    """By `keypair examine`, by the creation of a service key, and by the doctor of a destination."""
    code, genpkey = NOT_GOOD[kind]
    key, cert = house.issue("kind-" + kind, *genpkey)
    pair = house.folder / f"kind-{kind}.pem"
    pair.write_text(key.read_text() + cert.read_text())
    wanted = {code} - {None}

    def kinds(findings):
        return {f["code"] for f in findings} & {"P128", "P129"}
    examined = house.server.run("keypair", "examine", pair, "--json").json
    assert kinds(examined["findings"]) == wanted, examined
    made = house.server.json("service-key", "create", "runtime", "kind-" + kind, "--certificate", cert)
    assert kinds(made.get("warnings", [])) == wanted, made
    house.server.ok("destination-certificate", "upload", pair)
    house.server.ok("destination", "create", "--name", "KIND-" + kind, "--url", house.server.gateway + "/http/hello",
                    "--key-store", pair.name)
    steps = house.server.run("doctor", "KIND-" + kind, "--json").json["steps"]
    assert kinds([f for step in steps for f in step["findings"]]) == wanted, steps
