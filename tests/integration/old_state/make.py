"""Make the dump beside this file with a program of another version: make.py PROGRAM. All keys in it are thrown away."""
import contextlib
import json
import pathlib
import sqlite3
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "lib"))
from furnish import PLAN  # noqa: E402
from postern import Department, Server, run  # noqa: E402

BASIC = {"Name": "BASIC", "Type": "HTTP", "URL": "http://localhost:9/x", "ProxyType": "Internet",
         "Authentication": "BasicAuthentication", "User": "u", "Password": "kept-password"}


def make(program, folder):
    department = Department(folder / "it")
    leaf = department.leaf("sender")
    server = Server(folder / "state", program=program)

    def ok(*args, **kwargs):
        answer = run(*args, "--state-dir", server.state, program=program, **kwargs)
        assert answer.code == 0, answer

    ok("keystore", "import", department.root, "--alias", "root")
    ok("keystore", "import", department.ca, "--alias", "ca")
    ok("artifact", "create", "orders", "--address", "/orders", "--reply", "ok")
    ok("service-instance", "create", "runtime", "--service", "it-rt", "--plan", "integration-flow", "-c", PLAN)
    ok("service-key", "create", "runtime", "by-certificate", "--certificate", leaf.certificate)
    ok("service-instance", "create", "dest", "--service", "destination", "--plan", "lite")
    ok("service-key", "create", "dest", "app")
    (folder / "sender.p12").write_bytes(leaf.pfx().read_bytes())
    ok("destination-certificate", "upload", folder / "sender.p12")
    ok("destination", "create", "-c", json.dumps(BASIC))
    ok("credential", "create", "bob", "--user", "bob", "--password-file", "-", input="secret")
    assert server.curl("/http/orders", "-d", "x", cert=leaf.certificate, key=leaf.key).status == 200
    ok("message", "list")
    server.stop()
    with contextlib.closing(sqlite3.connect(server.state / "postern.db")) as store:
        version = store.execute("PRAGMA user_version").fetchone()[0]
        lines = [*store.iterdump(), f"PRAGMA user_version={version};"]
    (HERE / "postern.sql").write_text("\n".join(lines) + "\n")
    (HERE / "master.key").write_text((server.state / "master.key").read_text())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        make(sys.argv[1], pathlib.Path(made))
