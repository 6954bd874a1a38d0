"""Find and Consume: fragments, levels, tags; labels of what is found."""
import pytest

from destination import V2, Api, named

FRAGMENTS = "subaccountDestinationFragments"


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


@pytest.fixture(scope="module", autouse=True)
def world(api):
    assert api.status("POST", "subaccountDestinations", named("orders", Description="of all", Password="p")) == 201
    assert api.status("POST", FRAGMENTS, {"FragmentName": "f1", "Description": "one", "URL": "https://one.invalid"}) == 201
    assert api.status("POST", FRAGMENTS, {"FragmentName": "f2", "URL": "https://two.invalid", "clientSecret": "s"}) == 201


def find(api, name, *headers, path="destinations/"):
    arguments = [part for header in headers for part in ("-H", header)]
    return api.ask("GET", path + name, None, *arguments)


def test_fragments_are_merged_in_order_and_the_last_one_wins(api):
    c = find(api, "orders", "X-fragment-name: f1, f2")[1]["destinationConfiguration"]
    assert (c["URL"], c["Description"], c["clientSecret"], c["FragmentName"]) == ("https://two.invalid", "one", "s", "f1,f2")
    c = find(api, "orders", "x-fragment-name: f2,f1")[1]["destinationConfiguration"]
    assert (c["URL"], c["FragmentName"]) == ("https://one.invalid", "f2,f1")
    assert "FragmentName" not in find(api, "orders")[1]["destinationConfiguration"]


def test_a_fragment_that_is_not_there_is_404_unless_it_is_optional(api):
    status, answer, _ = find(api, "orders", "X-fragment-name: nope")
    assert (status, answer) == (404, {"ErrorMessage": "The fragment with the specified name 'nope' was not found"})
    status, answer, _ = find(api, "orders", "X-fragment-name: nope", "X-fragment-optional: true")
    assert status == 200 and "FragmentName" not in answer["destinationConfiguration"]
    assert find(api, "orders", "X-fragment-name: f1,f2", "X-fragment-optional: true")[0] == 400
    assert find(api, "orders", "X-fragment-name: f1,,f2")[0] == 400
    assert find(api, "orders", "X-fragment-name: " + ",".join(["f1"] * 11))[0] == 400


def test_a_fragment_is_kept_like_a_destination_under_its_own_name(api):
    path = FRAGMENTS + "/kept"
    assert api.ask("POST", FRAGMENTS, {"FragmentName": "kept", "a": "1"})[:2] == (201, "")
    assert api.status("POST", FRAGMENTS, {"FragmentName": "kept"}) == 409
    assert api.ask("PUT", FRAGMENTS, {"FragmentName": "kept", "b": "2"})[:2] == (200, {"Count": 1})
    assert api.ask("PATCH", FRAGMENTS, {"FragmentName": "kept", "c": "3"})[:2] == (200, {"Count": 1})
    assert api.ask("GET", path)[1] == {"FragmentName": "kept", "b": "2", "c": "3"}
    assert "kept" in [one["FragmentName"] for one in api.ask("GET", FRAGMENTS)[1]]
    assert api.ask("DELETE", path)[:2] == (200, {"Count": 1})
    assert api.ask("GET", path)[1] == {"ErrorMessage": "The fragment with the specified name 'kept' was not found"}
    for wrong in ({"FragmentName": "x", "Name": "y"}, {"FragmentName": "x", "Type": "HTTP"}, {"FragmentName": "a b"}, {}):
        assert api.status("POST", FRAGMENTS, wrong) == 400


def test_the_tag_of_a_find_changes_with_all_that_is_in_the_answer(api):
    _, _, plain = find(api, "orders")
    assert plain["etag"] == api.ask("GET", "subaccountDestinations/orders")[2]["etag"]
    _, _, merged = find(api, "orders", "X-fragment-name: f1")
    assert merged["etag"] != plain["etag"]
    assert find(api, "orders", "X-fragment-name: f1", "If-None-Match: " + merged["etag"])[0] == 304
    assert find(api, "orders", "X-fragment-name: f1", "If-Match: " + plain["etag"])[0] == 412
    api.status("PATCH", FRAGMENTS, {"FragmentName": "f1", "Extra": "x"})
    assert find(api, "orders", "X-fragment-name: f1", "If-None-Match: " + merged["etag"])[0] == 200


def test_consume_takes_the_level_that_is_named_and_no_other(api):
    assert api.status("POST", "instanceDestinations", named("mine", Description="of the instance")) == 201
    for level in ("subaccount", "provider_subaccount"):
        status, answer, _ = find(api, "orders@" + level, path=V2 + "destinations/")
        assert status == 200 and "owner" not in answer and answer["destinationConfiguration"]["Name"] == "orders"
        assert find(api, "mine@" + level, path=V2 + "destinations/")[0] == 404
    for level in ("@instance", "@provider_instance", ""):
        assert find(api, "mine" + level, path=V2 + "destinations/")[0] == 200
        status, answer, _ = find(api, "orders" + level, path=V2 + "destinations/")
        assert (status, answer["ErrorMessage"]) == (404, "Configuration with the specified name was not found")
    assert find(api, "orders%40subaccount", path=V2 + "destinations/")[0] == 200
    assert find(api, "orders@elsewhere", path=V2 + "destinations/")[0] == 400


def test_consume_tells_the_owner_to_who_asks(api):
    answer = api.ask("GET", V2 + "destinations/orders@subaccount?$includeMetadata=owner")[1]
    owner = answer["destinationConfiguration"]["$metadata"]["owner"]
    assert owner["SubaccountId"] and owner["InstanceId"] is None
    assert api.status("GET", V2 + "destinations/orders@subaccount?$includeMetadata=nonsense") == 400


def test_consume_takes_fragments_of_a_level_but_mixes_subaccount_with_none(api):
    path = V2 + "destinations/"
    assert api.status("POST", "instanceDestinationFragments", {"FragmentName": "own", "URL": "https://own.invalid"}) == 201
    found = find(api, "orders@subaccount", "X-fragment-name: f2@subaccount", path=path)[1]
    assert found["destinationConfiguration"]["URL"] == "https://two.invalid"
    found = find(api, "orders@provider_subaccount", "X-fragment-name: own@instance", path=path)[1]
    assert found["destinationConfiguration"]["FragmentName"] == "own"
    assert find(api, "orders@subaccount", "X-fragment-name: own@instance", path=path)[0] == 400


@pytest.mark.parametrize("headers", [
    ["X-chain-name: c"], ["X-client-assertion: a", "X-client-assertion-destination-name: b"],
    ["X-client-assertion-destination-name: b"]])
def test_what_is_not_served_is_refused_in_words(api, headers):
    status, answer, _ = find(api, "orders", *headers)
    assert status == 400 and answer["ErrorMessage"]


@pytest.mark.parametrize("kind,name,body", [
    ("subaccountDestinations", "labelled", named("labelled")), ("subaccountDestinationFragments", "l", {"FragmentName": "l"}),
    ("instanceDestinations", "labelled", named("labelled"))])
def test_labels_are_replaced_added_and_taken_away(api, kind, name, body):
    path = f"{kind}/{name}/labels"
    assert api.status("GET", path) == 404
    api.status("POST", kind, body)
    assert api.ask("GET", path)[:2] == (200, [])
    assert api.ask("PUT", path, [{"key": "stage", "values": ["dev", "dev", "test"]}])[:2] == (200, "")
    assert api.ask("GET", path)[1] == [{"key": "stage", "values": ["dev", "test"]}]
    add = {"action": "ADD", "labels": [{"key": "stage", "values": ["prod"]}, {"key": "team", "values": ["a"]}]}
    assert api.ask("PATCH", path, add)[:2] == (200, "")
    take = {"action": "DELETE", "labels": [{"key": "stage", "values": ["dev", "prod"]}, {"key": "team", "values": []}]}
    assert api.status("PATCH", path, take) == 200
    assert api.ask("GET", path)[1] == [{"key": "stage", "values": ["test"]}]
    assert api.status("PUT", kind, body) == 200
    assert api.ask("GET", path)[1] == [{"key": "stage", "values": ["test"]}]


@pytest.mark.parametrize("count,values,status", [(10, 10, 200), (11, 1, 400), (1, 11, 400)])
def test_there_are_ten_labels_with_ten_values(api, count, values, status):
    api.status("POST", "subaccountDestinations", named("limit"))
    labels = [{"key": f"k{i}", "values": [f"v{j}" for j in range(values)]} for i in range(count)]
    assert api.status("PUT", "subaccountDestinations/limit/labels", labels) == status


@pytest.mark.parametrize("body", [{}, [{}], [{"key": "", "values": []}], [{"key": "k" * 257, "values": []}], [{"key": "k"}],
                                  [{"key": "k", "values": [1]}]])
def test_labels_of_another_shape_are_refused(api, body):
    api.status("POST", "subaccountDestinations", named("limit"))
    assert api.status("PUT", "subaccountDestinations/limit/labels", body) == 400
    assert api.status("PATCH", "subaccountDestinations/limit/labels", {"action": "CLEAR", "labels": []}) == 400


def test_patch_changes_the_properties_given_and_heeds_if_match(api):
    api.status("POST", "subaccountDestinations", named("patched", User="u", Password="p"))
    assert api.ask("PATCH", "subaccountDestinations", {"Name": "patched", "User": None, "extra": 1})[:2] == (200, {"Count": 1})
    found = api.ask("GET", "subaccountDestinations/patched")[1]
    assert "User" not in found and (found["Password"], found["extra"]) == ("p", "1")
    assert api.status("PATCH", "subaccountDestinations", {"Name": "patched"}, "-H", "If-Match: x") == 412
    assert api.status("PATCH", "subaccountDestinations", {"Name": "absent"}) == 404
    assert api.status("PATCH", "subaccountDestinations", {"x": "y"}) == 400


def test_a_destination_that_another_one_needs_is_not_deleted(api):
    api.status("POST", "subaccountDestinations", [named("provider"), named("user", **{
        "clientAssertion.destinationName": "provider"})])
    status, answer, _ = api.ask("DELETE", "subaccountDestinations/provider")
    assert (status, answer["ErrorMessage"]) == (
        400, "Cannot perform operation on the destination 'provider' because it is used as an assertion provider for "
             "destination 'user'")
    status, answer, _ = api.ask("DELETE", "subaccountDestinations?$filter=Name%20in%20('provider')")
    assert (status, answer["ErrorMessage"]) == (400, 'Unable to remove Configurations "[provider]".')
    assert api.status("DELETE", "subaccountDestinations?$filter=Name%20in%20('user','provider')") == 200


@pytest.mark.parametrize("query", ["$select=Type", "$page=0", "$page=x", "$page=1&$pageSize=0", "$page=1&$pageSize=1001"])
def test_a_list_s_query_that_means_nothing_is_refused(api, query):
    assert api.status("GET", "subaccountDestinations?" + query) == 400
