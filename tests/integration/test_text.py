"""Text that others decide: bytes that are no UTF-8, NULs and line ends end in a sentence or are shown as U+FFFD, never in an abort."""
import os
import re
import subprocess

import pytest

from postern import PROGRAM, run
from receiver import Receiver

WRONG = b"caf\xe9"                      # Latin-1
FILES = {"FILE", "DIR", "IN", "OUT", "CSR", "CERTIFICATE"}   # what names a file may be any bytes


def commands():
    """(noun, verb, positional words, {option: word}) of every command, as the program's own help has them."""
    for noun, verbs in re.findall(r"^  (\S+) +(.*)$", run("help").out, re.M):
        for verb in verbs.split(" | ") if " | " in verbs else [None]:
            text = run("help", noun, *([verb] if verb else [])).out
            usage = text.split("USAGE\n")[1].split("\n")[0]
            words = [w for w in usage.split()[2 + bool(verb):] if w not in ("[options]", "|")]
            options = dict(re.findall(r"^  (?:-\w, )?(--[\w-]+) ([A-Z/]\S*)  ", text, re.M))
            yield noun, verb, words, options


COMMANDS = list(commands())


def ask(server, *words, env=None, folder=None):
    """The exit code and what was told, of words that are bytes."""
    done = subprocess.run([os.fsencode(PROGRAM), *[os.fsencode(w) for w in words]], capture_output=True, timeout=60, check=False,
                          stdin=subprocess.DEVNULL, cwd=folder,
                          env={**os.environ, "POSTERN_STATE_DIR": str(folder or server.state), **(env or {})})
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


def is_for_people(text):
    return len(text.strip()) > 10


@pytest.mark.parametrize("noun", sorted({c[0] for c in COMMANDS} - {"dev", "serve"}))
def test_a_word_that_is_no_utf8_is_a_wrong_command_line(tmp_path, noun):
    """Without a server: what is no text is found before anything is done."""
    for _, verb, words, options in [c for c in COMMANDS if c[0] == noun]:
        begin = [noun] + ([verb] if verb else [])
        plain = [w for w in words if re.fullmatch("[A-Z]+", w)]
        tries = [(word, [*plain[:i], WRONG, *plain[i + 1:]]) for i, word in enumerate(plain)]
        tries += [(word, [*plain, option, b"x=" + WRONG if "=" in word else WRONG]) for option, word in options.items()]
        for word, more in tries:
            code, said = ask(None, *begin, *more, folder=tmp_path)
            assert 0 <= code <= 5 and is_for_people(said), (begin, more, code, said)
            if word.split("|")[0] not in FILES | {"DATA"}:
                assert code == 2 and "is no UTF-8 text" in said, (begin, more, code, said)


def test_a_property_name_that_is_no_utf8_is_named(server):
    code, said = ask(server, "destination", "create", "--name", "D", "--url", "https://localhost/", "--set", WRONG + b"=1")
    assert code == 2 and "--set" in said and "UTF-8" in said
    assert server.run("destination", "get", "D").code == 3


@pytest.mark.parametrize("content", [
    b"Name=\xe9\nURL=http://localhost\n", b"Name=D\n\xe9=1\n", b"\x30\x82\x0a\x00\x02\x01\x03\xff=\xfe", b"{\"Name\":\"\xe9\"}",
    b"Name=D\0E\nURL=http://localhost\n", b"Name=D\na\0b=c\n", b"Name=\\ud83d\n", b"Name=D\n\\udc00\\ud800=x\n",
    b"\xff\xfeN\0a\0m\0e\0=\0D\0", b"Name=D\n\\u0000=1\n"])
def test_a_file_of_other_bytes_is_no_destination_and_the_place_is_named(server, tmp_path, content):
    path = tmp_path / "company.pfx"
    path.write_bytes(content)
    code, said = ask(server, "destination", "import", str(path))
    assert code in (1, 2) and is_for_people(said) and ("UTF-8" in said or "JSON" in said or "NUL" in said), (code, said)


def test_a_key_pair_is_no_file_of_properties(server, department, tmp_path):
    path = department.leaf("imported").pfx()
    code, said = ask(server, "destination", "import", str(path))
    assert code in (1, 2) and "no UTF-8" in said, (code, said)


def test_properties_take_every_character_that_java_escapes(server, tmp_path):
    path = tmp_path / "all.properties"
    path.write_bytes(b"Name=Escaped\nType=HTTP\nURL=http\\://localhost/\nDescription=caf\\u00e9 \\ud83d\\ude00\n")
    server.ok("destination", "import", path)
    assert server.json("destination", "get", "Escaped")["Description"] == "caf\u00e9 \U0001f600"


SECRETS = [["destination", "create", "--name", "S1", "--url", "https://localhost/", "--key-store", "x.p12"],
           ["destination-certificate", "generate", "--name", "gen.p12"],
           ["credential", "create", "c1", "--user", "u"]]


@pytest.mark.parametrize("words", SECRETS)
def test_a_secret_that_is_no_utf8_is_refused_not_altered(server, tmp_path, words):
    path = tmp_path / "secret"
    path.write_bytes(WRONG + b"\n")
    code, said = ask(server, *words, "--password-file", str(path))
    assert code in (1, 2) and "UTF-8" in said, (code, said)


FILE_COMMANDS = [["keystore", "import"], ["keypair", "examine"], ["keypair", "verify"], ["doctor", "--p12"], ["ca", "sign"],
                 ["artifact", "deploy"], ["destination-certificate", "upload"], ["destination", "create", "-c"],
                 ["destination-fragment", "create", "f", "-c"], ["service-instance", "create", "i", "--service", "it-rt", "-c"],
                 ["keystore", "restore"], ["keypair", "request", "--from"]]
CONTENTS = [b"", b"\0", WRONG, b"\xef\xbb\xbf{}", b"{\"a\xe9\":1}", b"-----BEGIN CERTIFICATE-----\n\xe9\n-----END CERTIFICATE-----\n",
            b"friendlyName: \xe9\n-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n", b"PK\x03\x04\xe9\xe9", b"\n" * 9,
            b"\xfe\xed\xfe\xed" + b"\xff" * 40, b"[]", b"{\"a\":{\"b\":[1,{}]}}", b"\x30\x80"]


@pytest.mark.parametrize("words", FILE_COMMANDS)
def test_files_of_any_bytes_end_in_a_sentence(server, tmp_path, words):
    for i, content in enumerate(CONTENTS):
        path = tmp_path / f"file{i}"
        path.write_bytes(content)
        name = f"@{path}" if words[-1] == "-c" else str(path)
        code, said = ask(server, *words, name)
        assert 0 <= code <= 20 and is_for_people(said), (words, content, code, said)
    odd = os.fsencode(tmp_path) + b"/" + WRONG
    with open(odd, "wb") as file:
        file.write(b"x")
    code, said = ask(server, *words, (b"@" if words[-1] == "-c" else b"") + odd)
    assert 0 <= code <= 20 and is_for_people(said), (words, code, said)


ENVIRONMENT = ["POSTERN_SERVER", "POSTERN_LOGIN_FILE", "POSTERN_TOKEN", "POSTERN_SUBACCOUNT", "POSTERN_CA_FILE", "POSTERN_PASSWORD",
               "NO_COLOR", "HOME", "XDG_DATA_HOME", "LANG"]


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_an_environment_of_any_bytes_ends_in_a_sentence(server, name):
    for value in (WRONG, b"a\nb", b"\xff\xfe"):
        for words in (["role", "list"], ["destination", "create", "--name", "E", "--url", "https://localhost/", "--key-store", "x.p12"]):
            code, said = ask(server, *words, env={name: os.fsdecode(value)})
            assert 0 <= code <= 5 and is_for_people(said), (name, value, code, said)


HEADS = [b"X-\xe9: 1", b"\xe9: 1", b"X-Odd: \xe9", b"x-request-id: \xe9\xff", b"X: \xf0\x9f\x98", b"A\x01B: 1", b": nothing", b"X" * 300 + b": 1"]


@pytest.mark.parametrize("head", HEADS)
def test_a_receiver_may_send_any_header(server, head):
    odd = Receiver(b"HTTP/1.1 200 OK\r\n" + head + b"\r\nContent-Length: 0\r\n\r\n")
    name = "ODD" + str(odd.port)
    try:
        server.ok("destination", "create", "--name", name, "--url", f"http://localhost:{odd.port}/", "--authentication", "NoAuthentication")
        checked = server.run("destination", "check", name, "--json")
        assert checked.code in (0, 1) and "crash" not in checked.out, checked
        if head not in (HEADS[5], HEADS[6]):   # these are no HTTP
            assert checked.json["status"] == 200, checked
        code, said = ask(server, "call", name, "-v")
        assert code in (0, 1), (code, said)
        assert "abort" not in server.log() and "assert" not in server.log().lower()
    finally:
        odd.stop()


def certificate_with(tmp_path, name, tag, value):
    """A leaf whose CN is that string type with those bytes, not checked by anybody."""
    config = tmp_path / f"{name}.cnf"
    marker = "M" * len(value)
    config.write_text("[req]\nprompt=no\ndistinguished_name=d\nstring_mask=utf8only\n[d]\nCN=" + marker + "\n")
    key, der = tmp_path / f"{name}.key", tmp_path / f"{name}.der"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-outform", "DER", "-out", der, "-config",
                    config], check=True, capture_output=True)
    der.write_bytes(der.read_bytes().replace(b"\x0c" + bytes([len(value)]) + marker.encode(), bytes([tag, len(value)]) + value))
    return der


STRINGS = [(0x0c, b"\xff\xfe\xe9"), (0x14, b"caf\xe9"), (0x1e, b"\0c\0\xe9"), (0x1e, b"\xd8\0\xdc"), (0x1c, b"\0\x11\0\0"), (0x16, b"\xe9\xe9"),
           (0x13, b"a\0b"), (0x0c, b"a\nb: c"), (0x0c, b"\xed\xa0\x80")]


@pytest.mark.parametrize("string", STRINGS, ids=lambda s: f"{s[0]:02x}-{s[1].hex()}")
def test_a_subject_may_be_of_any_bytes(server, tmp_path, string):
    der = certificate_with(tmp_path, "odd", *string)
    for words in (["keypair", "examine", der], ["keystore", "import", der, "--alias", "odd" + string[1].hex()], ["keystore", "list"],
                  ["doctor", "--p12", der], ["keypair", "verify", der], ["service-key", "create", "none", "k", "--certificate", der],
                  ["destination-certificate", "upload", der], ["destination-certificate", "list"], ["keypair", "convert", der, tmp_path / "odd.p12"]):
        for more in ([], ["--json"]):
            code, said = ask(server, *map(str, words), *more)
            assert 0 <= code <= 20 and is_for_people(said), (words, code, said)
    assert server.json("keystore", "list")


@pytest.mark.parametrize("alias", [b"\xe9", b"a\nb", b"\xff" * 200])
def test_an_alias_in_a_file_may_be_of_any_bytes(server, department, tmp_path, alias):
    leaf = department.leaf("aliased" + alias[:4].hex())
    path = tmp_path / "aliased.pem"
    path.write_bytes(b"Bag Attributes\n    friendlyName: " + alias + b"\n" + leaf.certificate.read_bytes() + leaf.key.read_bytes())
    for words in (["keypair", "examine"], ["keypair", "convert"], ["keystore", "import"], ["doctor", "--p12"]):
        more = [str(tmp_path / "out.p12")] if words[1] == "convert" else []
        code, said = ask(server, *words, str(path), *more)
        assert 0 <= code <= 20 and is_for_people(said), (words, code, said)
    assert server.json("keystore", "list")


PATHS = ["/admin/v1/roles/%ff", "/admin/v1/keystore/%e9", "/admin/v1/keystore/%ff/export", "/admin/v1/service-instances/%ff",
         "/destination-configuration/v1/subaccountDestinations/%ff", "/destination-configuration/v1/destinations/%c3%28",
         "/admin/v1/messages?artifact=%ff", "/destination-configuration/v1/subaccountDestinations?$filter=startswith(Name,'%ff')",
         "/destination-configuration/v1/subaccountDestinations?$select=%ff"]


def management(server, method, path, body=None):
    command = ["curl", "-sS", "--max-time", "20", "--unix-socket", str(server.state / "admin.sock"), "-X", method, "-o", "-", "-w", "\n%{http_code}",
               "http://localhost" + path]
    if body is not None:
        command += ["-H", "Content-Type: application/json", "--data-binary", "@-"]
    done = subprocess.run(command, capture_output=True, input=body, check=False)
    assert done.returncode == 0, (method, path, body, done.stderr)
    text, _, status = done.stdout.rpartition(b"\n")
    return int(status), text


def test_paths_and_queries_that_are_no_utf8_are_refused(server):
    managers = server.children()["manager"]
    for path in PATHS:
        status, text = management(server, "GET", path)
        assert status in (200, 400, 404, 405), (path, status, text)
        text.decode()
    for path in (PATHS[0], PATHS[1], PATHS[4]):
        assert management(server, "DELETE", path)[0] == 400
    status, text = management(server, "PUT", "/destination-configuration/v1/subaccountDestinations/x/labels", b'{"labels":[{"key":"a","values":["\xe9"]}]}')
    assert status in (400, 404), text
    assert server.children()["manager"] == managers




BODIES = [b"[]", b"\"x\"", b"1", b"null", b"{\"name\":1}", b"{\"name\":{}}", b"{\"name\":[]}", b"{\"Name\":[]}", b"[[]]", b"[1]", b"[null]", b"[{}]",
          b"{\"parameters\":[]}", b"{\"parameters\":{\"roles\":{}}}", b"{\"a\\u0000b\":1}", b"{\"\\ud800\":1}", b"{\"name\":\"\\ud800\"}", b"{\"\":\"\"}",
          b"{\"name\":\"x\",\"service\":[],\"plan\":{},\"parameters\":\"x\"}", b"{\"Name\":\"x\",\"Type\":[],\"Content\":{}}",
          b"{\"service_id\":[],\"plan_id\":{},\"context\":[],\"parameters\":[]}", b"{\"content\":1,\"password\":[],\"alias\":{}}",
          b"{\"labels\":{}}", b"{\"action\":[],\"labels\":[[]]}", b"{\"FragmentName\":\"x\",\"y\":{\"z\":[]}}", b"{\"Name\":\"x\",\"Type\":\"HTTP\",\"k\":[{}]}",
          b"{\"subject\":[],\"key_type\":{},\"usage\":1,\"days\":\"x\"}", b"{\"csr_pem\":[]}", b"{\"certificate\":{},\"serial\":1}",
          b"{\"Name\":\"x.p12\",\"Type\":\"CERTIFICATE\",\"Attributes\":[]}", b"{\"Name\":\"x.p12\",\"Attributes\":{\"CN\":[],\"Validity\":1,\"Password\":{}}}"]
WRITES = [("POST", "/admin/v1" + p) for p in (
    "/ca/issue", "/ca/sign", "/ca/revoke", "/keystore/import", "/keystore/create", "/keystore/rename", "/keystore/x/request",
    "/keystore/x/signing-response", "/credentials", "/subaccounts", "/roles", "/service-instances", "/service-instances/x/service-keys",
    "/artifacts", "/artifacts/create", "/settings", "/destinations/x/check", "/destinations/x/doctor", "/doctor/file", "/bindings")] + [
    ("PATCH", "/admin/v1/service-instances/x")] + [
    (m, "/destination-configuration/v1/subaccount" + k) for k in ("Destinations", "DestinationFragments", "Certificates") for m in ("POST", "PUT", "PATCH")] + [
    (m, "/destination-configuration/v1/subaccountDestinations/x/labels") for m in ("PUT", "PATCH")] + [
    ("PUT", "/v2/service_instances/a"), ("PATCH", "/v2/service_instances/a"), ("PUT", "/v2/service_instances/a/service_bindings/b")]


SLOW = ("/admin/v1/ca/issue", "/admin/v1/keystore/create", "/admin/v1/subaccounts", "/admin/v1/destinations/x/doctor",
        "/admin/v1/destinations/x/check")   # each makes keys or calls: what their bodies decide is tried, no more


@pytest.mark.parametrize("write", WRITES, ids=lambda w: " ".join(w))
def test_bodies_of_any_shape_are_answered(server, write):
    managers = server.children()["manager"]
    for body in BODIES if write[1] not in SLOW else [b for b in BODIES if b.startswith((b'{"name":[', b'{"subject"'))]:
        status, text = management(server, *write, body)
        assert 200 <= status < 500, (write, body, status, text)
    assert server.children()["manager"] == managers
