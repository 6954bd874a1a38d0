"""Service instances and keys: parameters, every form in which people paste a certificate, and what is refused."""
import json

import pytest

from furnish import ORDERS, make_endpoint, make_instance, trust
from postern import Department, openssl


@pytest.fixture(scope="module")
def world(server, department):
    trust(server, department)
    make_endpoint(server, *ORDERS)
    make_instance(server, parameters="{}")
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
    # Every call with either would be refused with S310: told when it is made.
    refused = create(world, "clone", "--certificate", renewed.certificate, "--no-pin")
    assert refused.code == 5 and "S310" in refused.err and "unpinned" in refused.err
    assert world.curl("/http/orders", cert=first.chain, key=first.key).status == 200


def conflict(answer, *names):
    return answer.code == 5 and "S310" in answer.err and all(name in answer.err for name in names)


def test_keys_that_could_not_be_told_apart_are_refused_when_made_whichever_comes_first(world, department):
    subject = "/C=DE/O=Example/CN=apart"
    one, two, three = (department.leaf(f"apart-{i}", subject=subject) for i in range(3))
    assert create(world, "apart-pinned", "--certificate", one.certificate).code == 0
    assert create(world, "apart-pinned-too", "--certificate", two.certificate).code == 0
    assert conflict(create(world, "apart-unpinned", "--certificate", three.certificate, "--no-pin"), "apart-pinned")
    world.ok("service-key", "delete", "runtime", "apart-pinned-too")
    world.ok("service-key", "delete", "runtime", "apart-pinned")
    assert create(world, "apart-unpinned", "--certificate", three.certificate, "--no-pin").code == 0
    assert conflict(create(world, "apart-late", "--certificate", one.certificate), "apart-unpinned")
    # A key of other names takes it as its second certificate: the same conflict.
    other = department.leaf("apart-other")
    assert create(world, "apart-other", "--certificate", other.certificate).code == 0
    assert conflict(world.run("service-key", "update", "runtime", "apart-other", "--add-certificate", two.certificate),
                    "apart-unpinned")
    # Nothing of what was refused is there.
    assert world.run("service-key", "get", "runtime", "apart-late").code == 3
    assert world.curl("/http/orders", cert=three.chain, key=three.key).status == 200
    assert world.curl("/http/orders", cert=other.chain, key=other.key).status == 200
    # Its own key takes a renewed certificate of the same names.
    world.ok("service-key", "update", "runtime", "apart-unpinned", "--add-certificate", two.certificate)
    assert world.curl("/http/orders", cert=two.chain, key=two.key).status == 200


def test_an_unpinned_key_whose_issuer_is_not_known_lets_its_own_certificate_in_and_says_so_when_made(world, tmp_path):
    partner = Department(tmp_path / "partner", "Partner")
    subject = "/C=DE/O=Partner/CN=roaming"
    first, renewed = partner.leaf("roaming-1", subject=subject), partner.leaf("roaming-2", subject=subject)
    world.ok("keystore", "import", partner.root, "--alias", "partner-root")
    made = create(world, "roaming", "--certificate", first.certificate, "--no-pin")
    assert made.code == 0 and "S315" in made.err and "keystore import" in made.err
    assert world.curl("/http/orders", cert=first.chain, key=first.key).status == 200
    refused = world.curl("/http/orders", cert=renewed.chain, key=renewed.key)
    assert refused.code == "S314"
    assert "keystore import" in world.json("message", "get", refused.id)["fix"]
    # Its issuer imported later, the key follows renewals; nothing is left to be warned of.
    world.ok("keystore", "import", partner.ca, "--alias", "partner-ca")
    assert world.curl("/http/orders", cert=renewed.chain, key=renewed.key).status == 200
    assert world.curl("/http/orders", cert=first.chain, key=first.key).status == 200
    assert "S315" not in json.dumps(world.json("service-key", "get", "runtime", "roaming"))
    # With its issuer beside it in the paste nothing has to be imported.
    world.ok("keystore", "delete", "partner-ca")
    beside = partner.leaf("beside")
    made = create(world, "beside", "--certificate", beside.chain, "--no-pin")
    assert made.code == 0 and "S315" not in made.err
    assert world.curl("/http/orders", cert=beside.chain, key=beside.key).status == 200


def test_an_issuer_of_the_same_name_and_another_key_is_another_issuer(world, tmp_path):
    subject = "/C=DE/O=Twin/CN=sender"
    one, two = Department(tmp_path / "one", "Twin"), Department(tmp_path / "two", "Twin")
    for i, twin in enumerate((one, two)):
        world.ok("keystore", "import", twin.root, "--alias", f"twin-root-{i}")
        world.ok("keystore", "import", twin.ca, "--alias", f"twin-ca-{i}")
    ours, theirs = one.leaf("ours", subject=subject), two.leaf("theirs", subject=subject)
    assert create(world, "twin-ours", "--certificate", ours.certificate, "--no-pin").code == 0
    assert world.curl("/http/orders", cert=theirs.chain, key=theirs.key).code == "S313"
    # So the two can be told apart, and both may have a key.
    assert create(world, "twin-theirs", "--certificate", theirs.certificate, "--no-pin").code == 0
    for leaf in (ours, theirs):
        assert world.curl("/http/orders", cert=leaf.chain, key=leaf.key).status == 200


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
