"""The built-in CA: what it issues, signs and revokes, and the server certificates that come from it or are replaced."""
import subprocess

from postern import Department, Server, openssl, run, wait_until


def presented(server, kind):
    """Issuer of the certificate that the gateway presents to a client that takes only one kind of signature."""
    address = "localhost:" + server.gateway.rsplit(":", 1)[1]
    algorithm = {"rsa": "RSA-PSS+SHA256", "ec": "ECDSA+SHA256"}[kind]
    done = subprocess.run(["openssl", "s_client", "-connect", address, "-servername", "localhost", "-sigalgs", algorithm],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return openssl("x509", "-noout", "-issuer", input=done.stdout)


def test_the_gateways_certificates_come_from_the_ca_and_are_replaced_while_it_runs(tmp_path):
    department = Department(tmp_path / "department")
    leaf = department.leaf("localhost", extensions="server")
    client = department.leaf("client")
    server = Server(tmp_path / "state")
    try:
        assert [c["kind"] for c in server.json("ca", "server-certificate") if c["own"]] == ["ec", "rsa"]
        for kind in ("rsa", "ec"):
            assert "Postern Issuing CA" in presented(server, kind)
        refused = server.run("ca", "server-certificate", client.pfx(), "--password-file", client.password_file())
        assert refused.code == 1 and "P108" in refused.err and "serverAuth" in refused.err, refused
        refused = server.run("ca", "server-certificate", client.certificate)
        assert refused.code == 1 and "P104" in refused.err, refused
        done = server.ok("ca", "server-certificate", leaf.pfx(), "--password-file", leaf.password_file())
        assert "still the built-in CA's" in done.err
        wait_until("the RSA certificate is replaced", lambda: "Example Issuing CA" in presented(server, "rsa"))
        assert "Postern Issuing CA" in presented(server, "ec")
        server.stop()
        server.start()
        assert "Example Issuing CA" in presented(server, "rsa")
        server.ok("ca", "server-certificate", "--built-in")
        wait_until("the built-in CA's is back", lambda: "Postern Issuing CA" in presented(server, "rsa"))
    finally:
        server.stop()


def test_a_key_pair_that_is_there_is_not_overwritten_by_another(server, tmp_path):
    out = tmp_path / "erp.p12"
    server.ok("ca", "issue", "erp", "--out", out)
    first = out.read_bytes()
    again = server.run("ca", "issue", "erp", "--out", out)
    assert again.code == 5 and "--force" in again.err and out.read_bytes() == first, again
    server.ok("ca", "issue", "erp", "--out", out, "--force")
    assert run("keypair", "verify", out, "--password-file", f"{out}.password", "--purpose", "client").code == 0
