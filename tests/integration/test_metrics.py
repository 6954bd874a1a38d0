"""GET /metrics: what the gateways have counted, by reason, whichever of them counted it."""
import re
import subprocess

import pytest

from furnish import furnished
from postern import wait_until


def metrics(server):
    text = subprocess.run(["curl", "-sS", server.management + "/metrics"], capture_output=True, text=True, check=True).stdout
    return text, dict(re.findall(r"^([a-z_]+(?:\{[^}]*\})?) ([0-9.e+-]+)$", text, re.M))


@pytest.fixture(scope="module")
def counted(server, department):
    known, unknown = furnished(server, department, "known", "echo", "--reply", "hello"), department.leaf("unknown")
    for _ in range(3):
        assert server.curl("/http/echo", cert=known.chain, key=known.key).status == 200
    for _ in range(2):
        assert server.curl("/http/echo", cert=unknown.chain, key=unknown.key).code == "S301"
    return server


def test_requests_and_refusals_are_counted_with_their_reason(counted):
    _, values = metrics(counted)
    assert int(values['postern_refusals_total{code="S301"}']) == 2
    assert int(values['postern_requests_total{process="gateway"}']) == 5
    assert int(values['postern_requests_refused_total{process="gateway"}']) == 2
    assert int(values["postern_request_duration_seconds_count"]) == 5
    assert int(values["postern_gateway_workers"]) == len(counted.children()["gateway"])


def test_every_family_stands_once_with_its_type_before_its_values(counted):
    text, _ = metrics(counted)
    families = re.findall(r"^# TYPE (\S+) (counter|gauge|histogram)$", text, re.M)
    assert len({name for name, _ in families}) == len(families) > 8
    seen = None
    for line in text.splitlines():
        if line.startswith("# TYPE"):
            seen = line.split()[2]
        elif not line.startswith("#"):
            assert re.sub(r"_(bucket|sum|count)$", "", re.match(r"[a-z_]+", line)[0]) == seen or line.startswith(seen)


def test_what_a_killed_gateway_counted_is_not_lost(counted):
    before = metrics(counted)[1]
    for pid in counted.children()["gateway"]:
        subprocess.run(["kill", "-9", str(pid)], check=True)

    def back():
        return int(metrics(counted)[1]["postern_gateway_workers"]) == int(before["postern_gateway_workers"])
    wait_until("the gateways are back", back)
    after = metrics(counted)[1]
    assert after['postern_refusals_total{code="S301"}'] == before['postern_refusals_total{code="S301"}']
    assert after['postern_requests_total{process="gateway"}'] == before['postern_requests_total{process="gateway"}']
