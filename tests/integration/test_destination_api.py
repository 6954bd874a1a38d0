"""The Destination service's own REST paths: statuses, shapes and texts as its clients read them."""
import base64
import json
import subprocess
import urllib.parse

import pytest

from destination import PLAIN, V1, Api, named


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


def test_a_destination_is_created_with_201_and_no_body_and_only_once(api):
    assert api.ask("POST", "subaccountDestinations", named("once"))[:2] == (201, "")
    status, answer, _ = api.ask("POST", "subaccountDestinations", named("once"))
    assert status == 409 and answer["ErrorMessage"].startswith("Duplicate key")


def test_several_at_once_are_answered_one_by_one(api):
    status, answer, _ = api.ask("POST", "subaccountDestinations", [named("many-1"), named("many-1"), named("no good")])
    assert status == 207
    assert [(one["name"], one["status"]) for one in answer] == [("many-1", 201), ("many-1", 409), ("no good", 400)]
    assert len(answer[0]["etag"]) == 64 and answer[1]["cause"].startswith("Duplicate key")
    status, answer, _ = api.ask("POST", "subaccountDestinations", [named("many-2"), named("many-3")])
    assert (status, len(answer)) == (201, 2)
    status, answer, _ = api.ask("PUT", "subaccountDestinations", [named("many-2"), named("absent")])
    assert (status, [one["status"] for one in answer]) == (207, [200, 404])


@pytest.mark.parametrize("name,status", [("n" * 200, 201), ("n" * 201, 400), ("", 400), ("a b", 400), ("a.b", 400)])
def test_a_name_has_1_to_200_letters_digits_and_dashes(api, name, status):
    assert api.status("POST", "subaccountDestinations", named(name)) == status


@pytest.mark.parametrize("text", ["", "{", '"x"', "null", "[1]", '{"Name":1}'])
def test_a_body_that_is_no_destination_is_refused_in_json(api, text):
    status, answer, _ = api.ask("POST", "subaccountDestinations", text=text)
    assert status in (400, 207) and answer


def test_every_value_is_a_text_for_clients_that_read_nothing_else(api):
    assert api.status("POST", "subaccountDestinations", named("scalar", n=7, f=1.5, t=True, gone=None)) == 201
    found = api.ask("GET", "destinations/scalar")[1]["destinationConfiguration"]
    assert (found["n"], found["f"], found["t"]) == ("7", "1.5", "true") and "gone" not in found
    assert api.status("POST", "subaccountDestinations", named("nested", o={})) == 400


def test_put_counts_1_and_heeds_if_match(api):
    api.status("POST", "subaccountDestinations", named("put"))
    etag = api.ask("GET", "subaccountDestinations/put")[2]["etag"]
    assert api.status("PUT", "subaccountDestinations", named("put"), "-H", "If-Match: other") == 412
    changed = named("put", Description="new")
    assert api.ask("PUT", "subaccountDestinations", changed, "-H", "If-Match: " + etag)[:2] == (200, {"Count": 1})
    assert api.ask("GET", "subaccountDestinations/put")[1]["Description"] == "new"
    assert api.ask("PUT", "subaccountDestinations", named("absent"))[:2] == (
        404, {"ErrorMessage": "Configuration with the specified name was not found"})


def test_get_heeds_if_none_match_and_if_match(api):
    api.status("POST", "subaccountDestinations", named("tagged"))
    path = "subaccountDestinations/tagged"
    etag = api.ask("GET", path)[2]["etag"]
    assert api.status("GET", path, None, "-H", "If-None-Match: " + etag) == 304
    assert api.status("GET", path, None, "-H", "If-None-Match: *") == 304
    assert api.status("GET", path, None, "-H", "If-None-Match: x") == 200
    assert api.status("GET", path, None, "-H", "If-Match: x") == 412
    assert api.status("GET", path, None, "-H", "If-Match: " + etag) == 200


@pytest.mark.parametrize("form,named_by_match,named_by_none", [
    ('{}', True, True), ('"{}"', True, True), ('"x", "{}"', True, True), ('x,{}', True, True), ('W/"{}"', False, True),
    ('x{}', False, False), ('{}x', False, False), ('"x {} x"', False, False), ('"x,{},x"', False, False)])
def test_a_list_of_etags_names_whole_ones(api, form, named_by_match, named_by_none):
    api.status("POST", "subaccountDestinations", named("listed"))
    path = "subaccountDestinations/listed"
    sent = form.format(api.ask("GET", path)[2]["etag"])
    assert api.status("GET", path, None, "-H", "If-Match: " + sent) == (200 if named_by_match else 412)
    assert api.status("GET", path, None, "-H", "If-None-Match: " + sent) == (304 if named_by_none else 200)
    assert api.status("PUT", "subaccountDestinations", named("listed"), "-H", "If-Match: " + sent) == (200 if named_by_match else 412)


def test_a_list_is_filtered_selected_and_paged(api):
    for name in ("list-a", "list-b", "list-c"):
        api.status("POST", "subaccountDestinations", named(name))

    def names(query):
        return [one["Name"] for one in api.ask("GET", "subaccountDestinations?" + query)[1]]
    assert names("$filter=startswith(Name,'list-')") == ["list-a", "list-b", "list-c"]
    assert names("$filter=startswith(Name,%20'list-')&$select=Name") == ["list-a", "list-b", "list-c"]
    assert names("$filter=Name%20in%20('list-c','list-a','absent')") == ["list-a", "list-c"]
    assert names("$filter=endswith(Name,'t-b')") == ["list-b"]
    assert api.status("GET", "subaccountDestinations?$filter=nonsense") == 400
    status, answer, headers = api.ask("GET", "subaccountDestinations?$page=1&$pageSize=1")
    assert (status, len(answer)) == (200, 1) and "rel='next'" in headers["link"]
    assert int(headers["entity-count"]) == int(headers["page-count"]) >= 3
    assert names("$page=999&$pageSize=100") == []


def test_a_list_tells_when_and_what_was_changed_to_who_asks(api):
    api.status("POST", "subaccountDestinations", named("meta"))

    def element(query):
        return [one for one in api.ask("GET", "subaccountDestinations?" + query)[1] if one["Name"] == "meta"][0]
    etag = api.ask("GET", "subaccountDestinations/meta")[2]["etag"]
    assert "$metadata" not in element("")
    found = element("$includeMetadata=modification_time%3Betag")["$metadata"]
    assert found["etag"] == etag and found["modification_time"].endswith("Z")
    assert element("$includeMetadata=etag")["$metadata"] == {"etag": etag}
    names = element("$select=Name&$includeMetadata=etag&$page=1&$pageSize=1000")
    assert names == {"Name": "meta", "$metadata": {"etag": etag}}
    assert element("$filter=modifiedwithin('30',%20'minutes')")["Name"] == "meta"
    for wrong in ("'0','minutes'", "'1441','minutes'", "'5','hours'", "5"):
        assert api.status("GET", f"subaccountDestinations?$filter=modifiedwithin({wrong})") == 400
    assert api.status("GET", "subaccountCertificates?$filter=modifiedwithin('30','minutes')") == 400


def test_delete_counts_and_tells_what_was_not_there(api):
    api.status("POST", "subaccountDestinations", [named("gone-1"), named("gone-2")])
    assert api.ask("DELETE", "subaccountDestinations/gone-1")[:2] == (200, {"Count": 1})
    assert api.status("DELETE", "subaccountDestinations/gone-1") == 404
    status, answer, _ = api.ask("DELETE", "subaccountDestinations?$filter=Name%20in%20('gone-2','gone-3')")
    assert status == 200 and answer["Count"] == 1
    assert answer["Summary"] == [{"name": "gone-2", "status": "DELETED"},
                                 {"name": "gone-3", "status": "NOT_FOUND", "reason": "Could not find configuration"}]
    assert api.status("DELETE", "subaccountDestinations") == 400


def test_find_takes_the_instance_level_first_and_never_sends_an_empty_list_of_tokens(api):
    api.status("POST", "subaccountDestinations", named("level"))
    found = api.ask("GET", "destinations/level")[1]
    assert found["owner"]["SubaccountId"] and found["owner"]["InstanceId"] is None
    assert "authTokens" not in found and "certificates" not in found
    basic = dict(PLAIN, Name="level", Authentication="BasicAuthentication", User="Aladdin", Password="open sesame")
    assert api.status("POST", "instanceDestinations", basic) == 201
    found = api.ask("GET", "destinations/level")[1]
    assert found["owner"]["InstanceId"] == api.credentials["instanceid"]
    value = base64.b64encode(b"Aladdin:open sesame").decode()
    assert found["authTokens"] == [{"type": "Basic", "value": value,
                                    "http_header": {"key": "Authorization", "value": "Basic " + value}}]
    bare = api.ask("GET", "destinations/level?$skipCredentials=true")[1]
    assert "Password" not in bare["destinationConfiguration"] and "authTokens" not in bare
    assert api.status("DELETE", "instanceDestinations/level") == 200
    assert api.ask("GET", "destinations/level")[1]["owner"]["InstanceId"] is None


def test_certificates_keep_the_names_and_types_that_people_give_them(api, server):
    name = "our team's @app!.pem"
    with open(server.ca, "rb") as file:
        content = base64.b64encode(file.read()).decode()
    path = "subaccountCertificates/" + urllib.parse.quote(name)
    assert api.ask("POST", "subaccountCertificates", {"Name": name, "Content": content, "Type": None})[:2] == (201, "")
    status, answer, _ = api.ask("POST", "subaccountCertificates", {"Name": name, "Content": content})
    assert status == 409 and answer["ErrorMessage"].startswith("Duplicate key")
    assert api.ask("PUT", "subaccountCertificates", {"Name": name, "Content": content, "Type": "PEM"})[:2] == (200, {"Count": 1})
    assert api.ask("GET", path)[1] == {"Name": name, "Type": "PEM", "Content": content}
    twice = urllib.parse.quote(urllib.parse.quote(name, safe=""), safe="")
    assert len(api.ask("GET", f"subaccountCertificates?$filter=Name%20in%20('{twice}')")[1]) == 1
    assert api.ask("DELETE", f"subaccountCertificates?$filter=Name%20in%20('{twice}','x')")[1]["Count"] == 1
    assert api.status("GET", path) == 404
    for wrong in ({"Name": "../x.pem", "Content": content}, {"Name": "x.txt", "Content": content},
                  {"Name": "x.pem", "Content": "%%%"}, {"Name": "x.pem"}):
        assert api.status("POST", "subaccountCertificates", wrong) == 400


def test_errors_have_the_service_s_shape_also_where_nothing_is(api, server):
    for path in ("nothing", "/destination-configuration/v9/x"):
        status, answer, _ = api.ask("GET", path)
        assert status == 404 and list(answer) == ["ErrorMessage"]
    assert api.ask("POST", "destinations/x", {})[0] == 405
    done = subprocess.run(["curl", "-sS", server.management + V1 + "nothing"], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {"ErrorMessage": "Unauthorized"}


def test_the_command_line_imports_exports_and_shows_every_property(server, tmp_path):
    (tmp_path / "in.properties").write_text("# from another landscape\nName=MOVED\nType=HTTP\nURL=https\\://example.invalid/x\n"
                                            "Authentication=BasicAuthentication\nUser=u\nPassword=hush hush\n"
                                            "URL.headers.apikey=k 1\nDescription=\\u00fcber\n")
    server.ok("destination", "import", tmp_path / "in.properties")
    shown = server.ok("destination", "get", "MOVED").out
    assert "k 1" in shown and "über" in shown and "hush" not in shown
    secret = base64.b64encode(b"u:hush hush").decode()
    assert secret not in server.ok("destination", "find", "MOVED").out
    assert server.run("destination", "import", tmp_path / "in.properties").code == 5
    server.ok("destination", "import", tmp_path / "in.properties", "--overwrite")
    before = server.json("destination", "get", "MOVED")
    for form in ("json", "properties"):
        bare = server.ok("destination", "export", "MOVED", "--format", form)
        assert "hush" not in bare.out and "--show-secrets" in bare.err
        server.ok("destination", "export", "MOVED", "--format", form, "--show-secrets", "--out", tmp_path / f"out.{form}")
        assert (tmp_path / f"out.{form}").stat().st_mode & 0o077 == 0
        server.ok("destination", "delete", "MOVED")
        server.ok("destination", "import", tmp_path / f"out.{form}")
        assert server.json("destination", "get", "MOVED") == before
    assert server.run("destination", "get", "ABSENT").code == 3


def test_a_body_over_the_limit_is_413(api):
    assert api.status("POST", "subaccountDestinations", text="[" + " " * 5_000_000 + "]") == 413
