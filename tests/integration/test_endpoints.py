"""Integration flows as the ecosystem has them: bundles, what runs, what is refused, and receivers of each kind."""
import ssl
import zipfile

import pytest

from bundle import FOLDER, MANIFEST, iflw, row, settings
from furnish import furnished
from postern import openssl
from receiver import Handler, listening

def request_reply(url, **settings_of_channel):
    step = '<bpmn2:serviceTask id="X1" name="Ask">' + settings(activityType="ExternalCall") + '</bpmn2:serviceTask>'
    channel = ('<bpmn2:messageFlow id="MF2" name="HTTP" sourceRef="X1" targetRef="P3">' +
               settings(ComponentType="HTTP", direction="Receiver", httpAddressWithoutQuery=url, httpMethod="POST",
                        **settings_of_channel) + '</bpmn2:messageFlow>')
    return {"step": step, "channel": channel}


@pytest.fixture(scope="module")
def world(server, department, tmp_path_factory):
    leaf = furnished(server, department, "endpoints")
    leaf.zips = tmp_path_factory.mktemp("zips")
    return leaf


def deploy(server, world, name, text, parameters="# none\r\n", extra=()):
    file = world.zips / f"{name}.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("META-INF/MANIFEST.MF", MANIFEST.format(name=name, version="1.0.3"))
        out.writestr(f"{FOLDER}{name}.iflw", text)
        out.writestr("src/main/resources/parameters.prop", parameters)
        for path, content in extra:
            out.writestr(path, content)
    return server.run("artifact", "deploy", file)


def call(server, world, path, *args):
    return server.curl("/http" + path, *args, cert=world.chain, key=world.key)


def test_a_bundle_with_parameters_runs_its_content_modifier(server, world):
    modifier = {"bodyType": "expression",
                "wrapContent": "{{My Text}} ${property.p} ${header.X-Order-Id}|${header.Other}|${in.body}",
                "propertyTable": row("constant", "c", "p"),
                "headerTable": row("constant", "text/plain", "Content-Type")}
    done = deploy(server, world, "modifier", iflw("{{Address}}", modifier),
                  "# x\r\nAddress=/modifier\r\nMy\\ Text=a\\:b\r\n")
    assert done.code == 0 and done.out.strip().endswith("/http/modifier")
    reply = call(server, world, "/MODIFIER", "-H", "X-Order-Id: 42", "-H", "Other: 1", "-d", "hi")
    assert (reply.status, reply.body, reply.headers["content-type"]) == (200, "a:b c 42||hi", "text/plain")


def test_a_wildcard_serves_what_is_below_and_collides_with_it(server, world):
    modifier = {"bodyType": "expression", "wrapContent": "${header.CamelHttpPath}"}
    assert deploy(server, world, "wild", iflw("/wild/*", modifier)).code == 0
    assert call(server, world, "/wild/a/b?x=1").body == "a/b"
    inner = deploy(server, world, "inner", iflw("/wild/inner"))
    assert inner.code == 5 and "/wild/*" in inner.err and "wild" in inner.err


SCRIPT = ('<bpmn2:callActivity id="X1" name="Do it">' +
          settings(activityType="Script", subActivityType="GroovyScript") + '</bpmn2:callActivity>')
ROUTER = ('<bpmn2:exclusiveGateway id="X1" name="Which">' + settings(activityType="ExclusiveGateway") +
          '</bpmn2:exclusiveGateway>')


@pytest.mark.parametrize("name, step, words", [("script", SCRIPT, ("Do it", "GroovyScript")),
                                               ("router", ROUTER, ("Which", "ExclusiveGateway"))])
def test_a_step_that_does_not_run_here_refuses_the_bundle_naming_step_type_and_file(server, world, name, step, words):
    done = deploy(server, world, name, iflw("/" + name, step=step))
    assert done.code == 1 and all(word in done.err for word in (*words, name + ".iflw"))
    assert call(server, world, "/" + name).status == 404


@pytest.mark.parametrize("name, text, extra", [
    ("entity", iflw("/hostile", head='<!DOCTYPE x [<!ENTITY a "b">]>'), []),
    ("deep", "<a>" * 100 + "</a>" * 100, []),
    ("climb", iflw("/hostile"), [("../evil", "x")]),
    ("absolute", iflw("/hostile"), [("/etc/passwd", "x")]),
    ("many", iflw("/hostile"), [(f"f{i}", "") for i in range(2001)]),
    ("bomb", iflw("/hostile"), [(f"b{i}", bytes(16 * 1024 * 1024)) for i in range(5)]),
])
def test_a_hostile_bundle_is_refused_with_one_clear_line(server, world, name, text, extra):
    done = deploy(server, world, name, text, extra=extra)
    assert done.code == 1 and done.err.startswith("postern: ") and len(done.err.strip().splitlines()) == 1


@pytest.fixture
def receiver(department, tmp_path):
    """An HTTPS server that insists on a certificate of the department and tells what it was sent."""
    key, signing = department.leaf("receiver-server").key, tmp_path / "extensions"
    signing.write_text("[e]\nsubjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n")
    openssl("req", "-new", "-key", key, "-out", tmp_path / "csr", "-subj", "/CN=localhost", "-config",
            department.folder / "issuing" / "openssl.cnf")
    openssl("x509", "-req", "-in", tmp_path / "csr", "-CA", department.ca, "-CAkey", department.ca_key, "-set_serial", "77",
            "-days", "30", "-out", tmp_path / "cer", "-extfile", signing, "-extensions", "e")
    (tmp_path / "chain").write_text((tmp_path / "cer").read_text() + department.ca.read_text())

    class Tell(Handler):
        def do_POST(self):
            subject = dict(pair[0] for pair in self.connection.getpeercert()["subject"])
            self.say(f"{subject['commonName']}|{self.headers.get('authorization')}|".encode() + self.body())

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "chain", key)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(department.root)
    with listening(Tell, context) as running:
        yield f"https://localhost:{running.server_port}/in"


def test_a_receiver_gets_the_key_pair_of_the_keystore_and_without_one_the_reason_is_told(server, world, department, receiver):
    pair = department.leaf("receiver-key")
    server.ok("keystore", "import", pair.pfx(), "--alias", "pair", "--password-file", pair.password_file())
    good = request_reply(receiver, authenticationMethod="Client Certificate", privateKeyAlias="pair")
    assert deploy(server, world, "mutual", iflw("/mutual", **good)).code == 0
    assert call(server, world, "/mutual", "-d", "hi").body.startswith("receiver-key|None|")
    assert server.run("keystore", "delete", "pair").code == 5  # a deployed flow uses it
    assert deploy(server, world, "bare", iflw("/bare", **request_reply(receiver, authenticationMethod="None"))).code == 0
    reply = call(server, world, "/bare", "-d", "hi")
    assert reply.status == 502 and reply.body.startswith(
        f"An internal server error occured: The MPL ID for the failed message is : {reply.id}")
    message = server.json("message", "get", reply.id)
    assert (message["status"], message["code"]) == ("FAILED", "R514")
    assert "certificate required" in message["text"] and "Ask" in message["text"]


def test_a_receiver_with_basic_needs_a_credential_that_the_refusal_says_how_to_make(server, world, department, tmp_path):
    seen = []

    class Take(Handler):
        def do_POST(self):
            seen.append(self.headers.get("authorization"))
            self.say(status=204)

    with listening(Take) as running:
        flow = iflw("/basic", **request_reply(f"http://localhost:{running.server_port}/x", authenticationMethod="Basic",
                                              credentialName="erp"))
        refused = deploy(server, world, "basic", flow)
        assert refused.code == 1 and "postern credential create erp" in refused.err
        (tmp_path / "password").write_text("geheim")
        server.ok("credential", "create", "erp", "--user", "sender", "--password-file", tmp_path / "password")
        assert deploy(server, world, "basic", flow).code == 0
        assert call(server, world, "/basic", "-d", "hi").status == 204
        assert seen == ["Basic c2VuZGVyOmdlaGVpbQ=="]
