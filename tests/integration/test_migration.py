"""A store that an earlier version wrote: it opens, and nothing of it is lost."""
import contextlib
import json
import pathlib
import sqlite3
import subprocess

import pytest

from postern import Server

OLD = pathlib.Path(__file__).resolve().parent / "old_state"


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    state = tmp_path_factory.mktemp("migrated") / "state"
    state.mkdir()
    state.chmod(0o700)
    (state / "master.key").write_text((OLD / "master.key").read_text())
    (state / "master.key").chmod(0o600)
    with contextlib.closing(sqlite3.connect(state / "postern.db")) as store:
        store.executescript((OLD / "postern.sql").read_text())
    server = Server(state)
    yield server
    server.stop()


def test_keys_instances_and_trust_are_there(migrated):
    keys = {row["name"]: row for row in migrated.json("service-key", "list", "runtime")}
    assert keys["by-certificate"]["certificate"]["subject"] == "CN=sender,O=Example,C=DE"
    assert {row["name"] for row in migrated.json("service-instance", "list")} == {"runtime", "dest"}
    assert {"root", "ca"} <= {row["alias"] for row in migrated.json("keystore", "list")}


def test_a_secret_of_before_gets_a_token(migrated):
    key = migrated.json("service-key", "get", "dest", "app")["credentials"]
    done = subprocess.run(["curl", "-sS", "-d", "grant_type=client_credentials", "-u",
                           f"{key['clientid']}:{key['clientsecret']}", migrated.management + "/oauth/token"],
                          capture_output=True, text=True, check=True)
    assert '"access_token"' in done.stdout, done.stdout


def test_destinations_and_certificates_open_with_their_secrets(migrated):
    assert migrated.json("destination", "get", "BASIC")["Password"] == "kept-password"
    done = subprocess.run(["curl", "-sS", "--unix-socket", str(migrated.state / "admin.sock"),
                           "http://localhost/destination-configuration/v1/subaccountCertificates/sender.p12"],
                          capture_output=True, text=True, check=True)
    assert '"Content":"MII' in done.stdout, done.stdout


def test_credentials_flows_and_messages_are_there_and_a_subaccount_can_be_made(migrated):
    assert [row["user"] for row in migrated.json("credential", "list")] == ["bob"]
    assert [row["id"] for row in migrated.json("artifact", "list")] == ["orders"]
    assert [row["status"] for row in migrated.json("message", "list")] == ["COMPLETED"]
    assert migrated.json("subaccount", "create", "team")["name"] == "team"


def test_what_flows_name_is_known_of_those_that_were_deployed_before(server):
    """A store of the step before the table of receivers, with flows in it."""
    (server.state.parent / "password").write_text("secret")
    server.ok("credential", "create", "named-by-old", "--user", "u", "--password-file", server.state.parent / "password")
    server.ok("credential", "create", "free", "--user", "u", "--password-file", server.state.parent / "password")
    server.ok("keystore", "create", "--alias", "key-of-old")
    server.ok("artifact", "create", "plain-old", "--address", "/plain-old", "--to", "http://localhost:9/")
    server.stop()
    with contextlib.closing(sqlite3.connect(server.state / "postern.db")) as store:
        plan, = store.execute("SELECT plan FROM artifact WHERE id='plain-old'").fetchone()
        for name, auth in (("basic-old", '"auth":"basic","credential":"named-by-old"'),
                           ("cert-old", '"auth":"certificate","alias":"key-of-old"')):
            changed = json.loads(plan)
            for step in changed["steps"]:
                if "receiver" in step:
                    step["receiver"].update(json.loads("{" + auth + "}"))
            store.execute("INSERT INTO artifact(tenant, id, name, version, address, bundle, plan, deployed)"
                          " SELECT tenant, ?, ?, version, ?, bundle, ?, deployed FROM artifact WHERE id='plain-old'",
                          (name, name, "/" + name, json.dumps(changed)))
        step, = store.execute("PRAGMA user_version").fetchone()
        store.execute("ALTER TABLE publication DROP COLUMN changes")
        store.execute("DROP TABLE artifact_receiver")
        store.execute(f"PRAGMA user_version={step - 2}")
        store.execute("UPDATE publication SET number=number+1")
        store.commit()
    server.start()
    for command, name in (("credential", "named-by-old"), ("keystore", "key-of-old")):
        answer = server.run(command, "delete", name)
        assert answer.code == 5 and "-old uses the" in answer.err, answer
    server.ok("credential", "delete", "free")
    server.ok("artifact", "undeploy", "basic-old")
    server.ok("credential", "delete", "named-by-old")
