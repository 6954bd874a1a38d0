"""Gateway, doctor and `keypair verify` judge by one reading of what is published: over a table of chains they say the same."""
import dataclasses
import pathlib

import pytest

from furnish import ORDERS, make_endpoint, make_instance
from postern import Department, openssl


@dataclasses.dataclass
class Sent:
    """What a caller sends, leaf first, and what comes of it ("" is let in)."""
    key: pathlib.Path
    certificates: list
    code: str
    in_service_key: bool = True
    lists: bool = False  # lists of revocations decide, of which a file knows nothing


def pem(*files):
    return "".join(pathlib.Path(f).read_text() for f in files)


def stale_list(department):
    """The department's list, last made in 2024 and due in 2024."""
    home = department.folder / "issuing"
    out = department.folder / "stale.crl"
    openssl("ca", "-config", home / "openssl.cnf", "-cert", department.ca, "-keyfile", department.ca_key, "-gencrl",
            "-crl_lastupdate", "20240101000000Z", "-crl_nextupdate", "20240201000000Z", "-out", out)
    return out


@pytest.fixture(scope="module")
def world(server, tmp_path_factory):
    """A keystore with two partners of whom the second gives lists that are long overdue, and what callers send."""
    folder = tmp_path_factory.mktemp("verdicts")
    good, late, other = (Department(folder / name, name) for name in ("Good", "Late", "Other"))
    rooted = Department(folder / "Rooted", "Rooted")
    stale = late.leaf("stale")
    expired = good.leaf("expired", start="20240101000000Z", end="20250101000000Z")
    plain, unknown, cased = good.leaf("plain"), good.leaf("unknown"), rooted.leaf("cased")
    server_only, foreign, lonely, whole = good.leaf("serveronly", extensions="server"), other.leaf("foreign"), \
        other.leaf("lonely"), rooted.leaf("whole")
    # The same CA once more, its name spelt in other letters: = RFC 5280 §7.1.
    spelt = rooted.folder / "spelt.cer"
    rooted._sign("root", rooted.root, rooted.root_key, "/C=DE/O=ROOTED/CN=rooted  issuing ca", rooted.ca_key, spelt,
                 "ca_client")
    rows = {
        "plain": Sent(plain.key, [plain.certificate, good.ca, good.root], ""),
        "leaf alone": Sent(plain.key, [plain.certificate], ""),
        "strays beside": Sent(plain.key, [plain.certificate, other.ca, good.root, good.ca], ""),
        "through a CA that was sent": Sent(whole.key, [whole.certificate, rooted.ca], ""),
        "a CA spelt in other letters": Sent(cased.key, [cased.certificate, spelt], ""),
        "in no key": Sent(unknown.key, [unknown.certificate, good.ca], "S301", in_service_key=False),
        "expired": Sent(expired.key, [expired.certificate, good.ca], "P109", in_service_key=False),
        "server alone": Sent(server_only.key, [server_only.certificate, good.ca], "P108"),
        "root missing": Sent(foreign.key, [foreign.certificate, other.ca, other.root], "K201"),
        "intermediate missing": Sent(lonely.key, [lonely.certificate], "K202"),
        "list overdue": Sent(stale.key, [stale.certificate, late.ca], "K208", lists=True),
    }
    make_endpoint(server, *ORDERS)
    make_instance(server)
    trusted = [good.root, good.ca, late.root, late.ca, rooted.root]
    for i, file in enumerate(trusted):
        server.ok("keystore", "import", file, "--alias", f"anchor{i}")
    server.ok("keystore", "import", stale_list(late))
    held = dict.fromkeys(row.certificates[0] for row in rows.values() if row.in_service_key)
    for certificate in held:
        server.ok("service-key", "create", "runtime", certificate.stem, "--certificate", certificate)
    return rows, trusted


def gateway_code(server, row, folder):
    chain = folder / "sent.pem"
    chain.write_text(pem(*row.certificates))
    reply = server.curl("/http/orders", "-I", cert=chain, key=row.key)
    return "" if reply.status == 200 else server.json("message", "get", reply.id)["code"]


def container(row, folder):
    out, rest = folder / "sent.p12", folder / "rest.pem"
    rest.write_text(pem(*row.certificates[1:]))
    more = ["-certfile", rest] if row.certificates[1:] else []
    openssl("pkcs12", "-export", "-out", out, "-inkey", row.key, "-in", row.certificates[0], *more, "-name", "sent",
            "-passout", "pass:Secret-1")
    (folder / "pw").write_text("Secret-1")
    return out


def doctor_codes(server, row, folder):
    """Codes of the errors in the steps on trust and service key, and what examine says of them under the same codes."""
    report = server.run("doctor", "--p12", container(row, folder), "--password-file", folder / "pw", "--json").json
    assert [s["judged"] for s in report["steps"]][1:3] == [True, True]
    return {f["code"] for s in report["steps"] for f in s["findings"] if f["severity"] == "error"}


def verify_code(server, row, trusted, folder):
    trust = [part for file in trusted for part in ("--trust", file)]
    answer = server.run("keypair", "verify", container(row, folder), "--password-file", folder / "pw", "--purpose", "client",
                        *trust, "--json")
    return answer.json["client"]["code"]


ROWS = ["plain", "leaf alone", "strays beside", "through a CA that was sent", "a CA spelt in other letters", "in no key",
        "expired", "server alone", "root missing", "intermediate missing", "list overdue"]


@pytest.mark.parametrize("name", ROWS)
def test_gateway_doctor_and_verify_say_the_same_of_a_chain(server, world, name, tmp_path):
    rows, trusted = world
    row = rows[name]
    assert gateway_code(server, row, tmp_path) == row.code
    codes = doctor_codes(server, row, tmp_path)
    assert row.code in codes if row.code else codes == set()
    if not row.lists:
        assert verify_code(server, row, trusted, tmp_path) == ("" if row.code.startswith("S") else row.code)


def test_a_setting_changed_at_run_time_counts_for_gateway_and_doctor_alike(server, world, tmp_path):
    rows, _ = world
    row = rows["list overdue"]
    try:
        server.ok("setting", "set", "crl_stale", "warn")
        assert gateway_code(server, row, tmp_path) == ""
        assert doctor_codes(server, row, tmp_path) == set()
    finally:
        server.ok("setting", "set", "crl_stale", "refuse")
    assert gateway_code(server, row, tmp_path) == "K208"
    assert doctor_codes(server, row, tmp_path) == {"K208"}
