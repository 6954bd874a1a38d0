"""The command line itself: exit codes, logins, secrets, bindings, and what goes out comes in again."""
import json
import re
import subprocess

import pytest

from furnish import make_endpoint, make_instance
from postern import run


def test_wrong_command_lines_exit_2_and_name_the_nearest(server):
    for words in (["keystroe"], ["destination", "cheq"], ["role", "list", "--jsn"], ["role", "create"], ["role", "list", "x"]):
        answer = server.run(*words) if len(words) > 1 else run(*words)
        assert answer.code == 2 and answer.err and not answer.out, answer
    assert "keystore" in run("keystroe").err
    assert "destination check" in run("destination", "cheq").err


def test_not_found_is_3_a_conflict_is_5_and_no_server_is_1(server, tmp_path):
    assert server.run("artifact", "get", "nowhere").code == 3
    assert server.run("call", "nowhere").code == 3
    server.ok("role", "create", "Twice.made")
    assert server.run("role", "create", "Twice.made").code == 5
    answer = run("role", "list", "--state-dir", tmp_path / "nothing")
    assert answer.code == 1 and "postern dev" in answer.err


def test_a_server_by_url_needs_a_login_and_takes_one_from_a_file(server, tmp_path):
    assert run("role", "list", "--server", server.management).code == 4
    password = re.search(r"admin / (\S+), shown once", server.log()).group(1)
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_text(f"admin:{password}\n")
    bad.write_text("admin:wrong\n")
    assert run("role", "list", "--server", server.management, "--login-file", good).code == 0
    assert run("role", "list", "--server", server.management, "--login-file", bad).code == 4
    assert run("role", "list", "--server", "http://192.0.2.1:8080", "--login-file", good).code == 1


def test_every_command_has_help_with_usage_examples_and_exit_codes():
    nouns = re.findall(r"^  (\S+) +(.*)$", run("help").out, re.M)
    assert len(nouns) > 15
    for noun, verbs in nouns:
        listed = verbs.split(" | ") if " | " in verbs else [None]
        for verb in listed:
            words = ["help", noun] + ([verb] if verb else [])
            text = run(*words)
            assert text.code == 0 and "USAGE" in text.out and "EXAMPLES" in text.out and "EXIT CODES" in text.out, words


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_for(shell):
    answer = run("completion", shell)
    assert answer.code == 0 and "service-instance" in answer.out
    if shell == "bash":
        assert subprocess.run(["bash", "-n"], input=answer.out, text=True, check=False).returncode == 0


def test_a_key_issued_here_comes_out_as_p12_and_calls(server, tmp_path):
    make_endpoint(server, "issued", "--reply", "issued here")
    make_instance(server, "issuing")
    server.ok("service-key", "create", "issuing", "key", "-c", '{"key-type":"certificate"}')
    p12, password = tmp_path / "key.p12", tmp_path / "password"
    password.write_text("Issued-1\n")
    server.ok("service-key", "get", "issuing", "key", "--p12", p12, "--password-file", password)
    reply = server.curl("/http/issued", p12=p12, password="Issued-1")
    assert (reply.status, reply.body) == (200, "issued here")
    again = server.run("service-key", "create", "issuing", "same", "--certificate", p12, "--password-stdin", input="Issued-1\n")
    assert again.code == 5 and "S305" in again.err and "key of the instance issuing" in again.err, again


def test_a_destination_goes_out_as_properties_and_comes_in_again(server, tmp_path):
    body = {"Name": "OUT", "Type": "HTTP", "URL": "https://localhost:1/a?b=c", "ProxyType": "Internet",
            "Authentication": "BasicAuthentication", "User": "me", "Password": "secret-1", "Description": "one = two: ä"}
    server.ok("destination", "create", "-c", json.dumps(body))
    out = tmp_path / "OUT.properties"
    server.ok("destination", "export", "OUT", "--format", "properties", "--out", out)
    assert "secret-1" not in out.read_text()
    server.ok("destination", "delete", "OUT")
    server.ok("destination", "import", out)
    seen = server.json("destination", "get", "OUT")
    assert seen == {name: value for name, value in body.items() if name != "Password"}
    shown = server.ok("destination", "list")
    assert "secret-1" not in shown.out


def test_secrets_are_shown_to_programs_that_ask_and_not_on_the_screen(server):
    server.ok("destination", "create", "--name", "HIDDEN", "--url", "https://localhost:1/", "--key-store", "x.p12",
              "--password-stdin", input="secret-2\n")
    assert "secret-2" not in server.ok("destination", "get", "HIDDEN").out
    assert server.json("destination", "get", "HIDDEN")["KeyStorePassword"] == "secret-2"


def test_bindings_have_the_form_that_each_platform_reads(server, tmp_path):
    vcap = json.loads(server.ok("bind", "--vcap").out)["destination"][0]
    assert vcap["label"] == "destination" and "destination" in vcap["tags"]
    assert not vcap["credentials"]["uri"].endswith("/")
    line = server.ok("bind", "--env").out
    shell = subprocess.run(["sh", "-c", line + '\nprintf %s "$VCAP_SERVICES"'], capture_output=True, text=True, check=True)
    assert json.loads(shell.stdout)["destination"][0]["credentials"]["clientid"] == vcap["credentials"]["clientid"]
    server.ok("bind", "--k8s", tmp_path / "bindings")
    folder = next((tmp_path / "bindings").iterdir())
    assert (folder / "type").read_text() == "destination"
    metadata = json.loads((folder / ".metadata").read_text())
    assert {"name": "clientid", "format": "text"} in metadata["credentialProperties"]
    assert (folder / "clientid").read_text() == vcap["credentials"]["clientid"]
    cap = tmp_path / ".cdsrc-private.json"
    server.ok("bind", "--cap", "--out", cap)
    assert json.loads(cap.read_text())["requires"]["[hybrid]"]["destinations"]["credentials"]["uri"]
    x509 = json.loads(server.ok("bind", "--vcap", "--x509").out)["destination"][0]["credentials"]
    assert "clientsecret" not in x509 and "BEGIN" in x509["key"] and x509["certurl"].startswith("https://")


def test_the_keystore_keeps_a_key_pair_for_receivers_from_request_to_signing_response(server, tmp_path):
    request, signed = tmp_path / "receiver.csr", tmp_path / "receiver.cer"
    server.ok("keystore", "create", "--alias", "receiver", "--subject", "CN=receiver,O=Example")
    server.ok("keystore", "request", "receiver", "--out", request)
    server.ok("ca", "sign", request, "--chain", "--out", signed)
    server.ok("keystore", "signing-response", "receiver", signed)
    assert "Issuing" in server.json("keystore", "get", "receiver")["issuer"]
    server.ok("keystore", "backup")
    server.ok("keystore", "delete", "receiver")
    assert server.run("keystore", "get", "receiver").code == 3
    server.ok("keystore", "restore")
    server.ok("keystore", "rename", "receiver", "sender")
    assert server.ok("keystore", "export", "sender", "--what", "chain").out.count("BEGIN CERTIFICATE") == 3
    assert server.run("keystore", "rename", "sender", "sap_mine").code == 1


def test_settings_that_would_open_management_to_the_network_are_refused_before_anything_listens(tmp_path):
    answer = run("serve", "--state-dir", tmp_path / "state", "--management-host", "0.0.0.0", "--management-port", "0")
    assert answer.code == 1 and "management_tls" in answer.err
    assert not (tmp_path / "state").exists()
    config = tmp_path / "postern.conf"
    config.write_text("gateway_prot = 1\n")
    answer = run("validate", "--config", config)
    assert answer.code == 1 and "gateway_prot" in answer.err
