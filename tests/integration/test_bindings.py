"""`postern bind`: the files that apps read on a laptop, and what happens to what stood in them."""
import json
import os


def test_default_env_holds_the_binding_as_vcap_services_does(server, tmp_path):
    server.ok("bind", "--default-env", cwd=tmp_path)
    file = tmp_path / "default-env.json"
    assert json.loads(file.read_text())["VCAP_SERVICES"] == json.loads(server.ok("bind", "--vcap").out)
    assert os.stat(file).st_mode & 0o077 == 0


def test_a_file_that_is_there_keeps_everything_else_it_says(server, tmp_path):
    env, cap = tmp_path / "default-env.json", tmp_path / ".cdsrc-private.json"
    env.write_text(json.dumps({"destinations": [{"name": "OWN"}], "VCAP_SERVICES": {"xsuaa": [{"name": "u"}],
                                                                                  "destination": [{"name": "old"}]}}))
    cap.write_text(json.dumps({"requires": {"[hybrid]": {"db": {"kind": "hana"}}, "auth": "mocked"}}))
    server.ok("bind", "--default-env", cwd=tmp_path)
    server.ok("bind", "--cap", cwd=tmp_path)
    said = json.loads(env.read_text())
    assert said["destinations"] == [{"name": "OWN"}] and said["VCAP_SERVICES"]["xsuaa"] == [{"name": "u"}]
    assert [b["name"] for b in said["VCAP_SERVICES"]["destination"]] == ["destination"]
    said = json.loads(cap.read_text())["requires"]
    assert said["auth"] == "mocked" and said["[hybrid]"]["db"] == {"kind": "hana"}
    assert said["[hybrid]"]["destinations"]["credentials"]["clientid"]


def test_a_file_that_is_no_json_object_is_left_as_it_is(server, tmp_path):
    for name, how in (("default-env.json", "--default-env"), (".cdsrc-private.json", "--cap")):
        for text in ("{ half", "[1]"):
            (tmp_path / name).write_text(text)
            answer = server.run("bind", how, cwd=tmp_path)
            assert answer.code == 1 and name in answer.err and "--out" in answer.err
            assert (tmp_path / name).read_text() == text


def test_out_names_another_file_or_standard_output(server, tmp_path):
    server.ok("bind", "--default-env", "--out", tmp_path / "other.json")
    printed = server.ok("bind", "--default-env", "--out", "-").out
    assert json.loads(printed) == json.loads((tmp_path / "other.json").read_text())
