"""What is downloaded opens in the tools that people have: Java's keytool, and curl with a P12 certificate."""
import base64
import subprocess

import pytest

from furnish import make_endpoint, make_instance, trust
from odata import Odata
from postern import run



def keytool(*args):
    answer = run(*args, program="keytool")
    assert answer.code == 0, answer
    return answer.out


@pytest.fixture(scope="module")
def endpoint(server, department):
    """An endpoint that answers whoever holds a key of the instance; gives its path."""
    trust(server, department)
    make_endpoint(server, "hello", "--reply", "hello")
    make_instance(server)
    return "/http/hello"


@pytest.fixture
def issued(server, endpoint, tmp_path):
    """The .p12 of a service key that Postern made, with its password."""
    server.ok("service-key", "create", "runtime", tmp_path.name, "-c", '{"key-type":"certificate"}')
    p12, password = tmp_path / "issued.p12", tmp_path / "password"
    password.write_text("Changeit-1")
    server.ok("service-key", "get", "runtime", tmp_path.name, "--p12", p12, "--password-file", password)
    return p12, "Changeit-1"


@pytest.fixture
def stored(server, endpoint, department, tmp_path):
    """A legacy .pfx that was normalised on upload, downloaded again as .p12, with its password."""
    leaf = department.leaf(tmp_path.name)
    server.ok("service-key", "create", "runtime", tmp_path.name, "--certificate", leaf.certificate)
    server.ok("destination-certificate", "upload", leaf.pfx(legacy=True), "--normalize", "--password-file",
              leaf.password_file())
    p12 = tmp_path / "copy.p12"
    server.ok("destination-certificate", "get", leaf.name + "-legacy.p12", "--out", p12)
    return p12, leaf.password


@pytest.fixture(params=["issued", "stored"])
def downloaded(request):
    return request.getfixturevalue(request.param)


def test_curl_reaches_the_endpoint_with_the_p12(server, endpoint, downloaded):
    p12, password = downloaded
    reply = server.curl(endpoint, p12=p12, password=password)
    assert (reply.status, reply.body.strip()) == (200, "hello")


def test_keytool_lists_the_p12_and_takes_it_into_a_java_key_store(downloaded, tmp_path):
    p12, password = downloaded
    listed = keytool("-list", "-keystore", p12, "-storepass", password)
    assert listed.count("PrivateKeyEntry") == 1
    jks = tmp_path / "taken.jks"
    keytool("-importkeystore", "-srckeystore", p12, "-srcstorepass", password, "-destkeystore", jks, "-deststoretype", "JKS",
            "-deststorepass", "Changeit-2", "-destkeypass", "Changeit-2", "-noprompt")
    assert "PrivateKeyEntry" in keytool("-list", "-keystore", jks, "-storepass", "Changeit-2")


def test_what_keytool_took_into_a_java_key_store_reaches_the_endpoint_again(server, endpoint, downloaded, tmp_path):
    p12, password = downloaded
    jks, again, file = tmp_path / "taken.jks", tmp_path / "again.p12", tmp_path / "jks-password"
    keytool("-importkeystore", "-srckeystore", p12, "-srcstorepass", password, "-destkeystore", jks, "-deststoretype", "JKS",
            "-deststorepass", "Changeit-2", "-destkeypass", "Changeit-2", "-noprompt")
    file.write_text("Changeit-2")
    server.ok("keypair", "convert", jks, again, "--password-file", file)
    assert server.curl(endpoint, p12=again, password="Changeit-2").status == 200


def test_keytool_reads_the_certificates_that_the_keystore_exports(server, endpoint, tmp_path):
    server.ok("keystore", "export", "root", "--out", tmp_path / "root.pem")
    assert "CN=Example Root" in keytool("-printcert", "-file", tmp_path / "root.pem")


def test_keytool_takes_the_keystore_that_odata_gives_into_its_own(server, endpoint, tmp_path):
    resource = Odata(server, "operator").get("/KeystoreResources('system')").d
    jks, own = tmp_path / "system.jks", tmp_path / "own.p12"
    jks.write_bytes(base64.b64decode(resource["Resource"]))
    # Its password is empty, which -srcstorepass cannot say: a question answered with an empty line can.
    done = subprocess.run(["keytool", "-importkeystore", "-srckeystore", jks, "-destkeystore", own, "-deststorepass",
                           "Changeit-1", "-noprompt"], input="\n", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    listed = keytool("-list", "-keystore", own, "-storepass", "Changeit-1")
    assert listed.count("trustedCertEntry") == 2 and "root" in listed
