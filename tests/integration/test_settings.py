"""Settings: help, sample, checks and the run-time ones say the same, for all come from one row each."""
import json
import re
import subprocess

from postern import run

RUN_TIME = {"tell_reason": "never", "crl_stale": "warn", "offer_ca_names": True}


def sample_lines():
    return re.findall(r"^#(\w+) = ?(.*)$", run("serve", "--sample").out, re.M)


def test_the_sample_is_good_as_it_is_and_with_every_line_in_force(tmp_path):
    sample = run("serve", "--sample").out
    folder = f"state_dir = {tmp_path}/state"
    bare = re.sub(r"^#(?! )", "", sample, flags=re.M)
    written = {}
    for name, text in (("as it is", sample + folder), ("in force", re.sub(r"^state_dir.*$", folder, bare, flags=re.M))):
        (tmp_path / "postern.conf").write_text(text + "\n")
        answer = run("validate", "--config", tmp_path / "postern.conf", "--json")
        assert answer.code == 0, (name, answer)
        written[name] = json.loads(answer.out)
    assert written["as it is"] == written["in force"]
    assert list(written["in force"]) == [name for name, _ in sample_lines()]


def test_help_and_manual_tell_the_default_that_the_sample_has():
    lines = [(name, default) for name, default in sample_lines() if default]
    assert ("gateway_port", "8443") in lines and len(lines) > 10
    serve, manual = run("help", "serve").out, run("manpage").out
    for name, default in lines:
        told = re.search(rf"^  --{name.replace('_', '-')} .*$", serve, re.M).group(0)
        assert f"(default {default})" in told, told
        assert re.search(rf"^\.It Ic {name} .*\n(?:.*\n){{1,6}}?Default\n\.Li {re.escape(default)} [.;]$", manual, re.M), name
    dev = run("help", "dev").out
    assert re.search(r"--drain-timeout S .*\(default 1\)", dev) and re.search(r"--gateway-host .*\(default localhost\)", dev)


def test_the_manual_names_every_variable_that_help_names():
    manual = run("manpage").out
    names = re.findall(r"^  ([A-Z_]+) ", run("help", "environment").out, re.M)
    assert "SSL_CERT_FILE" in names and "NO_COLOR" in names
    for name in names:
        assert f".It Ev {name}\n" in manual


def test_a_wrong_value_is_told_with_its_setting_limits_and_unit_wherever_it_comes_from(tmp_path):
    told = 'The setting drain_timeout is "1h"; it takes 0 to 3600 seconds.'
    (tmp_path / "postern.conf").write_text("# one\ndrain_timeout = 1h\n")
    file = run("validate", "--config", tmp_path / "postern.conf")
    assert file.code == 1 and "Line 2 of the settings: " + told in file.err
    flag = run("validate", "--drain-timeout", "1h")
    assert flag.code == 1 and told in flag.err
    variable = run("validate", env={"POSTERN_DRAIN_TIMEOUT": "1h"})
    assert variable.code == 1 and told in variable.err


def test_a_run_time_setting_takes_what_the_start_takes_and_goes_back(server):
    shown = server.json("setting", "list")
    assert list(shown) == list(RUN_TIME)
    try:
        for name, value in RUN_TIME.items():
            server.ok("setting", "set", name, "yes" if value is True else value)
        assert server.json("setting", "list") == RUN_TIME
        wrong = server.run("setting", "set", "crl_stale", "ignore")
        assert wrong.code == 1 and 'crl_stale is "ignore"; it takes refuse or warn.' in wrong.err
        assert server.json("setting", "list") == RUN_TIME
    finally:
        for name in RUN_TIME:
            server.ok("setting", "set", name)
    assert server.json("setting", "list") == shown


def test_the_api_checks_by_the_same_row_and_keeps_the_start_s_settings(server):
    def post(name, value):
        done = subprocess.run(["curl", "-sS", "--max-time", "20", "-w", "\n%{http_code}", "--json",
                               json.dumps({"name": name, "value": value}), "--unix-socket", server.state / "admin.sock",
                               "http://localhost/admin/v1/settings"], capture_output=True, text=True, check=True)
        body, status = done.stdout.rsplit("\n", 1)
        return int(status), json.loads(body)["error"]

    status, error = post("tell_reason", "everybody")
    assert status == 400 and error["field"] == "value" and "never, trusted or always" in error["text"]
    status, error = post("offer_ca_names", "on")
    assert status == 400 and "true or false in JSON" in error["text"]
    status, error = post("gateway_port", 1)
    assert status == 400 and error["field"] == "name" and "when the server starts" in error["text"]
    status, error = post("absent", 1)
    assert status == 400 and error["field"] == "name"
    assert server.run("setting", "set", "gateway_port", "1").code == 1


def test_completion_offers_what_a_choice_may_be(tmp_path):
    script = run("completion", "bash").out + """
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _postern; echo "${COMPREPLY[*]}"
"""
    for words, offered in ((["serve", "--tell-reason", ""], "never trusted always"), (["dev", "--http2", ""], "on off"),
                           (["setting", "set", ""], " ".join(RUN_TIME)), (["setting", "set", "crl_stale", "w"], "warn")):
        answer = subprocess.run(["bash", "-c", script, "bash", "postern", *words], capture_output=True, text=True, check=True)
        assert answer.stdout.strip() == offered, words
