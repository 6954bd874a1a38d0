"""Service instances and keys: parameters, every form in which people paste a certificate, and what is refused."""
import json

import pytest

from postern import openssl


@pytest.fixture(scope="module")
def world(server, department):
    server.ok("keystore", "import", department.root, "--alias", "root")
    server.ok("keystore", "import", department.ca, "--alias", "ca")
    server.ok("artifact", "create", "orders", "--address", "/orders", "--reply", "ok")
    server.ok("service-instance", "create", "runtime", "--service", "it-rt", "--plan", "integration-flow", "-c", "{}")
    return server


def create(server, name, *args):
    return server.run("service-key", "create", "runtime", name, *args)


@pytest.mark.parametrize("seconds, code", [(3599, 1), (3600, 0), (86400, 0), (86401, 1)])
def test_token_validity_has_its_bounds(world, seconds, code):
    made = world.run("service-instance", "create", f"validity-{seconds}", "--service", "it-rt", "--plan",
                     "integration-flow", "-c", json.dumps({"token-validity": seconds}))
    assert made.code == code, made


def test_client_x509_is_taken_with_a_warning(world):
    made = world.ok("service-instance", "create", "old", "--service", "it-rt", "--plan", "integration-flow", "-c",
                    '{"grant-types":["client_x509"],"roles":["ESBMessaging.send"]}')
    assert "client_x509" in made.err and "deprecated" in made.err


def pasted(leaf):
    text = leaf.certificate.read_text()
    return {"pem": text, "crlf": text.replace("\n", "\r\n"), "escapes": text.replace("\n", "\\n"),
            "one-line": leaf.one_line, "dashes-missing": leaf.one_line[:-5],
            "base64": "".join(text.split("-----")[2].split()),
            "chain": leaf.department.root.read_text() + leaf.department.ca.read_text() + text}


@pytest.mark.parametrize("form", ["pem", "crlf", "escapes", "one-line", "dashes-missing", "base64", "chain"])
def test_x_509_alone_makes_an_external_key_in_every_pasted_form(world, department, form):
    leaf = department.leaf(f"pasted-{form}")
    made = create(world, f"p-{form}", "-c", json.dumps({"X.509": pasted(leaf)[form]}))
    assert made.code == 0, made
    assert f"CN=pasted-{form}" in made.err  # the leaf that was picked is shown
    assert world.curl("/http/orders", cert=leaf.chain, key=leaf.key).status == 200


def test_a_misspelt_parameter_is_refused_and_makes_no_key_with_a_secret(world, department):
    leaf = department.leaf("misspelt")
    made = create(world, "misspelt", "-c", json.dumps({"X509": leaf.one_line}))
    assert made.code == 1 and "X509" in made.err and "X.509" in made.err
    assert world.run("service-key", "get", "runtime", "misspelt").code == 3


def test_a_held_certificate_names_its_holder_and_a_self_signed_one_says_why(world, department, tmp_path):
    leaf = department.leaf("held")
    assert create(world, "holder", "--certificate", leaf.certificate).code == 0
    again = create(world, "again", "--certificate", leaf.certificate)
    assert again.code == 5 and "S305" in again.err and "holder" in again.err and "runtime" in again.err
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "k", "-out", tmp_path / "c", "-days",
            "30", "-subj", "/CN=selfy")
    selfy = create(world, "selfy", "--certificate", tmp_path / "c")
    assert selfy.code == 1 and "P112" in selfy.err and "CA:TRUE" in selfy.err


def test_an_unpinned_key_takes_the_renewed_certificate_and_refuses_an_older_one_and_a_clone(world, department):
    subject = "/C=DE/O=Example/CN=unpinned"
    first = department.leaf("unpinned-1", subject=subject)
    assert create(world, "unpinned", "--certificate", first.certificate, "--no-pin").code == 0
    renewed = department.leaf("unpinned-2", subject=subject)
    assert world.curl("/http/orders", cert=renewed.chain, key=renewed.key).status == 200
    older = department.leaf("unpinned-0", subject=subject, start="20250101000000Z")
    assert world.curl("/http/orders", cert=older.chain, key=older.key).code == "S312"
    assert create(world, "clone", "--certificate", renewed.certificate, "--no-pin").code == 0
    assert world.curl("/http/orders", cert=first.chain, key=first.key).code == "S310"
    world.ok("service-key", "delete", "runtime", "clone")
    assert world.curl("/http/orders", cert=first.chain, key=first.key).status == 200


def test_a_role_taken_away_counts_at_the_next_request_and_the_printed_fix_gives_it_back(world, department):
    leaf = department.leaf("role-change")
    assert create(world, "role-change", "--certificate", leaf.certificate).code == 0
    world.ok("service-instance", "update", "runtime", "-c", '{"roles":[]}')
    refused = world.curl("/http/orders", cert=leaf.chain, key=leaf.key)
    assert refused.status == 403
    fix = world.json("message", "get", refused.id)["fix"]
    start = fix.index("-c '") + 4
    assert fix.startswith("`postern service-instance update runtime -c '")
    world.ok("service-instance", "update", "runtime", "-c", fix[start:fix.index("'", start)])
    assert world.curl("/http/orders", cert=leaf.chain, key=leaf.key).status == 200
