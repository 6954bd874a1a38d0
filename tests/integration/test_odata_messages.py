"""Message processing logs by the OData API: what flows worked on, found as monitoring tools look for it."""
import datetime
import http.client
import re
import ssl
import urllib.parse

import pytest
from furnish import furnished, make_endpoint
from odata import Odata, request


@pytest.fixture(scope="module")
def api(server):
    return Odata(server, "monitor", ["MonitoringDataRead"])


@pytest.fixture(scope="module")
def sent(server, department):
    """Three good messages and one failed, refusals and a probe between them. Ids in their order."""
    leaf = furnished(server, department, "odata-messages")
    make_endpoint(server, "good", "--reply", "ok")
    make_endpoint(server, "bad", "--to", "http://localhost:1/")

    def call(path, *args):
        return server.curl(path, *args, cert=leaf.chain, key=leaf.key).id
    ids = [call("/http/good", "-d", "1"), call("/http/bad", "-d", "x"), call("/http/good", "-d", "2")]
    refused, probe = server.curl("/http/good").id, call("/http/good", "-I")
    return {"ids": [*ids, call("/http/good", "-d", "3")], "refused": refused, "probe": probe}


def guids(results):
    return [r["MessageGuid"] for r in results]


def test_the_newest_log_of_a_flow_is_found_as_piper_asks_for_it(api, sent):
    answer = api.get("/MessageProcessingLogs", S_filter="IntegrationArtifact/Id eq 'good' and Status ne 'DISCARDED'",
                     S_orderby="LogEnd desc", S_top=1)
    log = answer.results[0]
    assert (log["MessageGuid"], log["Status"]) == (sent["ids"][3], "COMPLETED")
    assert log["IntegrationArtifact"]["Id"] == "good" and log["IntegrationArtifact"]["Type"] == "INTEGRATION_FLOW"
    start, end = (int(re.fullmatch(r"/Date\((\d+)\)/", log[k])[1]) for k in ("LogStart", "LogEnd"))
    assert start <= end
    failed = api.get("/MessageProcessingLogs", S_filter="IntegrationArtifact/Id eq 'bad'", S_orderby="LogEnd desc",
                     S_top=1).results[0]
    assert failed["Status"] == "FAILED"
    text = api.get(f"/MessageProcessingLogs('{failed['MessageGuid']}')/ErrorInformation/$value")
    assert text.status == 200 and "localhost" in text.text
    assert api.get("/MessageProcessingLogs", S_filter="IntegrationArtifact/Id eq 'none'").results == []


def test_refusals_and_probes_are_no_messages(api, sent):
    listed = guids(api.get("/MessageProcessingLogs").results)
    assert listed == sent["ids"][::-1]
    for other in (sent["refused"], sent["probe"], "unknown"):
        assert other not in listed
        assert api.get(f"/MessageProcessingLogs('{other}')").status == 404
        assert api.get(f"/MessageProcessingLogs('{other}')/ErrorInformation").status == 404
        assert api.get(f"/MessageProcessingLogs('{other}')/Attachments").status == 404


def test_pages_counts_and_orders(api, sent):
    ids = sent["ids"]
    page = api.get("/MessageProcessingLogs", S_top=2, S_skip=1, S_inlinecount="allpages")
    assert page.d["__count"] == "4" and guids(page.results) == [ids[2], ids[1]]
    assert "__next" not in page.d
    assert api.get("/MessageProcessingLogs/$count").text == "4"
    query = urllib.parse.urlencode({"$filter": "Status eq 'FAILED'"})
    assert api.get("/MessageProcessingLogs/$count?" + query).text == "1"
    up = api.get("/MessageProcessingLogs", S_orderby="LogEnd", S_top=3)
    assert guids(up.results) == ids[:3]
    by_flow = api.get("/MessageProcessingLogs", S_orderby="IntegrationFlowName asc,LogEnd desc")
    assert guids(by_flow.results) == [ids[1], ids[3], ids[2], ids[0]]
    assert guids(api.get("/MessageProcessingLogs", S_top=0).results) == []
    first = api.get(f"/MessageProcessingLogs('{ids[0]}')").d["LogEnd"]
    when = int(re.search(r"\d+", first)[0])

    text = datetime.datetime.fromtimestamp(when / 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    later = api.get("/MessageProcessingLogs", S_filter=f"LogEnd gt datetime'{text}'", S_select="MessageGuid")
    assert set(guids(later.results)) <= set(ids[1:]) and ids[3] in guids(later.results)
    assert set(later.results[0]) == {"__metadata", "MessageGuid"}


def test_the_error_information_of_a_failed_log_and_of_a_good_one(api, sent):
    failed, good = f"/MessageProcessingLogs('{sent['ids'][1]}')", f"/MessageProcessingLogs('{sent['ids'][0]}')"
    information = api.get(failed + "/ErrorInformation").d
    assert information["MessageGuid"] == sent["ids"][1] and information["Type"] == "text/plain"
    assert information["LastErrorModelStepId"]
    assert api.get(good + "/ErrorInformation").status == 204
    assert api.get(good + "/ErrorInformation/$value").status == 204


def test_what_belongs_to_a_log_is_expanded_and_deferred(api, sent):
    failed = f"/MessageProcessingLogs('{sent['ids'][1]}')"
    log = api.get(failed, S_expand="ErrorInformation,CustomHeaderProperties,AdapterAttributes,Attachments").d
    assert log["ErrorInformation"]["MessageGuid"] == sent["ids"][1]
    assert log["CustomHeaderProperties"] == log["Attachments"] == {"results": []}
    attributes = {a["Name"]: a["Value"] for a in log["AdapterAttributes"]["results"]}
    assert attributes["Method"] == "POST" and attributes["ServiceKey"] == "key"
    assert "odata-messages" in attributes["Subject"] and attributes["HttpStatus"].startswith("5")
    assert attributes == {a["Name"]: a["Value"] for a in api.get(failed + "/AdapterAttributes").results}
    assert log["MessageStoreEntries"]["__deferred"]["uri"].endswith(failed + "/MessageStoreEntries")
    listed = api.get("/MessageProcessingLogs", S_expand="ErrorInformation").results
    assert [bool(r["ErrorInformation"]) for r in listed] == [False, False, True, False]
    for part in ("CustomHeaderProperties", "Attachments", "MessageStoreEntries"):
        assert api.get(f"{failed}/{part}").results == []


def test_more_than_a_thousand_logs_come_in_pages(server, api, sent, department):
    """Last but one: the logs of this test stand behind the others."""
    leaf = department.folder / "odata-messages"
    context = ssl.create_default_context(cafile=server.ca)
    context.load_cert_chain(leaf.with_suffix(".chain.pem"), leaf.with_suffix(".key"))
    port = int(server.gateway.rsplit(":", 1)[1])
    connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=20)
    for _ in range(1001):
        connection.request("POST", "/http/good", b"x")
        assert connection.getresponse().read() == b"ok"
    connection.close()
    wanted = {"S_filter": "IntegrationArtifact/Id eq 'good'", "S_select": "MessageGuid"}
    first = api.get("/MessageProcessingLogs", **wanted)
    assert len(first.results) == 1000
    second = request(first.d["__next"], headers={"Authorization": api.bearer})
    assert len(second.results) == 4 and "__next" not in second.d
    assert len(set(guids(first.results) + guids(second.results))) == 1004
    assert guids(second.results)[-1] == sent["ids"][0]
    assert "__next" not in api.get("/MessageProcessingLogs", S_top=3, **wanted).d
    assert len(api.get("/MessageProcessingLogs", S_top=5000, **wanted).results) == 1000
    assert api.get("/MessageProcessingLogs/$count").text == "1005"


def test_wrong_queries_are_400_and_a_missing_role_403(server, api):
    for query in ({"S_filter": "Nothing eq 1"}, {"S_filter": "Status eq"}, {"S_orderby": "Nothing"}, {"S_top": "x"},
                  {"S_expand": "Status"}, {"S_inlinecount": "some"}):
        answer = api.get("/MessageProcessingLogs", **query)
        assert answer.status == 400 and answer.error, query
    other = Odata(server, "packages", ["WorkspacePackagesRead"])
    assert other.get("/MessageProcessingLogs").status == 403
    assert api.call("POST", "/MessageProcessingLogs", {}).status == 405
