"""JSON Patch changes what it says, refuses what it cannot do, and keeps numbers as they came."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox import json_patch
from portal_cli.sandbox.lossless import decode, encode
from portal_cli.sandbox.outcomes import FhirError

if TYPE_CHECKING:
    from tests.portal_cli.sandbox.conftest import Caller

PATCH = "application/json-patch+json"


def patched(document: str, operations: str) -> str:
    return encode(json_patch.apply(decode(document.encode()), json_patch.read(operations.encode()))).decode()


@pytest.mark.parametrize(
    ("document", "operations", "expected"),
    [
        ('{"foo":"bar"}', '[{"op":"add","path":"/baz","value":"qux"}]', '{"foo":"bar","baz":"qux"}'),
        ('{"foo":[1,3]}', '[{"op":"add","path":"/foo/1","value":2}]', '{"foo":[1,2,3]}'),
        ('{"foo":[1]}', '[{"op":"add","path":"/foo/-","value":[2]}]', '{"foo":[1,[2]]}'),
        ('{"foo":[1]}', '[{"op":"add","path":"/foo/1","value":null}]', '{"foo":[1,null]}'),
        ('{"foo":1}', '[{"op":"add","path":"/foo","value":2,"xyz":3}]', '{"foo":2}'),
        ('{"a":1,"b":2}', '[{"op":"remove","path":"/a"}]', '{"b":2}'),
        ('{"a":[1,2,3]}', '[{"op":"remove","path":"/a/1"}]', '{"a":[1,3]}'),
        ('{"a":1}', '[{"op":"replace","path":"/a","value":{"b":2.50}}]', '{"a":{"b":2.50}}'),
        ('{"a":{"b":1},"c":{}}', '[{"op":"move","from":"/a/b","path":"/c/d"}]', '{"a":{},"c":{"d":1}}'),
        ('{"a":[1,2,3,4]}', '[{"op":"move","from":"/a/1","path":"/a/3"}]', '{"a":[1,3,4,2]}'),
        ('{"a":{"b":1}}', '[{"op":"copy","from":"/a","path":"/c"},{"op":"remove","path":"/a/b"}]', None),
        ('{"a/b":1,"m~n":2}', '[{"op":"remove","path":"/a~1b"},{"op":"remove","path":"/m~0n"}]', "{}"),
        ('{"~1":1}', '[{"op":"test","path":"/~01","value":1},{"op":"remove","path":"/~01"}]', "{}"),
        ('{"":{"":1}}', '[{"op":"test","path":"//","value":1}]', '{"":{"":1}}'),
        ('{"a":1}', '[{"op":"replace","path":"","value":{"b":1}}]', '{"b":1}'),
        ('{"a":1.0}', '[{"op":"test","path":"/a","value":1},{"op":"test","path":"/a","value":10e-1}]', '{"a":1.0}'),
        ('{"a":{"x":1,"y":[2]}}', '[{"op":"test","path":"/a","value":{"y":[2.0],"x":1}}]', None),
        ('{"a":1}', '[{"op":"move","from":"/a","path":"/a"}]', '{"a":1}'),
        ('{"a":1}', "[]", '{"a":1}'),
    ],
)
def test_operations_do_what_the_standard_says(document: str, operations: str, expected: str | None) -> None:
    result = patched(document, operations)
    if expected is None:
        expected = {'{"a":{"b":1}}': '{"a":{},"c":{"b":1}}'}.get(document, document)
    assert result == expected


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/status", "value": "amended"},
        {"op": "test", "path": "/list/0", "value": True},
        {"op": "test", "path": "/list", "value": [1]},
        {"op": "test", "path": "/list", "value": {"0": 1}},
        {"op": "test", "path": "/absent", "value": None},
        {"op": "remove", "path": "/absent"},
        {"op": "remove", "path": ""},
        {"op": "replace", "path": "/absent", "value": 1},
        {"op": "add", "path": "/absent/child", "value": 1},
        {"op": "add", "path": "/status/child", "value": 1},
        {"op": "add", "path": "/list/3", "value": 1},
        {"op": "remove", "path": "/list/-"},
        {"op": "remove", "path": "/list/01"},
        {"op": "remove", "path": "/list/-1"},
        {"op": "remove", "path": "/list/2"},
        {"op": "move", "from": "/list", "path": "/list/0"},
        {"op": "copy", "from": "/absent", "path": "/other"},
    ],
)
def test_what_cannot_be_done_is_refused(operation: dict[str, Any]) -> None:
    with pytest.raises(FhirError) as refused:
        patched('{"status":"final","list":[1,2]}', json.dumps([operation]))
    assert refused.value.status == 422


@pytest.mark.parametrize(
    "operations",
    [
        "",
        "{}",
        "[1]",
        '[{"op":"grow","path":"/a"}]',
        '[{"path":"/a"}]',
        '[{"op":"add","path":"/a"}]',
        '[{"op":"move","path":"/a"}]',
        '[{"op":"add","path":"a","value":1}]',
        '[{"op":"add","path":"/a~2","value":1}]',
        '[{"op":"remove","path":7}]',
        "[" + ",".join(['{"op":"remove","path":"/a"}'] * (json_patch.MAX_OPERATIONS + 1)) + "]",
    ],
)
def test_what_is_no_patch_is_refused(operations: str) -> None:
    with pytest.raises(FhirError) as refused:
        json_patch.read(operations.encode())
    assert refused.value.status == 400


def test_a_patch_that_doubles_itself_is_stopped() -> None:
    doubling = [{"op": "copy", "from": "", "path": f"/{place}"} for place in range(60)]
    with pytest.raises(FhirError, match="copies too much"):
        patched('{"a":"some text"}', json.dumps(doubling))


def test_a_patch_that_nests_itself_too_deeply_is_refused(ada: Caller) -> None:
    operations: list[dict[str, Any]] = [{"op": "add", "path": "/note", "value": {"a": {}}}]
    depth = 1
    while depth < 5000:
        operations.append({"op": "copy", "from": "/note", "path": "/note" + "/a" * (depth + 1)})
        depth = 2 * depth + 1
    refused = ada.refused("PATCH", "Observation/glucose", operations, Content_Type=PATCH)
    assert refused == (422, "too-costly")
    assert ada.get("Observation/glucose").headers["ETag"] == 'W/"1"'


def test_a_patched_resource_is_its_next_version(ada: Caller) -> None:
    operations = [
        {"op": "test", "path": "/status", "value": "final"},
        {"op": "replace", "path": "/status", "value": "amended"},
    ]
    answer = ada.call("PATCH", "Observation/glucose", operations, Content_Type=PATCH, If_Match='W/"1"')
    assert (answer.status_code, answer.headers["ETag"]) == (200, 'W/"2"')
    assert answer.headers["Location"].endswith("Observation/glucose/_history/2")
    assert '"value":1.00' in answer.text
    assert (ada.get("Observation/glucose").json or {})["status"] == "amended"
    assert ada.refused("PATCH", "Observation/glucose", operations, Content_Type=PATCH) == (422, "processing")
    assert ada.refused("PATCH", "Observation/glucose", operations, Content_Type=PATCH, If_Match='W/"1"')[0] == 412


def test_a_patch_that_fails_halfway_changes_nothing(ada: Caller) -> None:
    before = ada.get("Observation/glucose").text
    operations = [{"op": "replace", "path": "/status", "value": "amended"}, {"op": "remove", "path": "/absent"}]
    assert ada.refused("PATCH", "Observation/glucose", operations, Content_Type=PATCH)[0] == 422
    assert ada.get("Observation/glucose").text == before


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "/id", "value": "other"},
        {"op": "replace", "path": "/resourceType", "value": "Condition"},
        {"op": "remove", "path": "/resourceType"},
        {"op": "replace", "path": "", "value": []},
        {"op": "replace", "path": "", "value": {}},
    ],
)
def test_a_patch_keeps_a_resource_what_it_is(ada: Caller, operation: dict[str, Any]) -> None:
    assert ada.refused("PATCH", "Observation/glucose", [operation], Content_Type=PATCH)[0] == 422


def test_a_patch_cannot_give_a_resource_away_or_reach_anothers(ada: Caller, ben: Caller) -> None:
    operations = [{"op": "replace", "path": "/subject/reference", "value": "Patient/ben"}]
    assert ada.refused("PATCH", "Observation/glucose", operations, Content_Type=PATCH)[0] == 403
    assert ben.refused("PATCH", "Observation/glucose", operations, Content_Type=PATCH)[0] == 404
    named = [{"op": "add", "path": "/active", "value": True}]
    assert ada.refused("PATCH", "Practitioner/doctor", named, Content_Type=PATCH)[0] == 403


def test_a_patch_needs_the_scope_to_update(ada: Caller, call_as: type[Caller]) -> None:
    reader = call_as(ada.sandbox, scope="launch/patient patient/*.rs")
    operations = [{"op": "add", "path": "/status", "value": "amended"}]
    assert reader.refused("PATCH", "Observation/glucose", operations, Content_Type=PATCH)[0] == 403


def test_a_patch_obeys_the_rules_of_a_task(ada: Caller) -> None:
    task = {"resourceType": "Task", "status": "requested", "intent": "proposal", "for": {"reference": "Patient/ada"}}
    key = (ada.call("POST", "Task", task).json or {})["id"]
    done = [{"op": "replace", "path": "/status", "value": "completed"}]
    cancelled = [{"op": "replace", "path": "/status", "value": "cancelled"}]
    assert ada.refused("PATCH", f"Task/{key}", done, Content_Type=PATCH) == (422, "business-rule")
    assert ada.call("PATCH", f"Task/{key}", cancelled, Content_Type=PATCH).status_code == 200


def test_a_patch_is_known_by_its_media_type(ada: Caller) -> None:
    for kind in ("application/json", "application/fhir+json", "application/xml"):
        assert ada.refused("PATCH", "Observation/glucose", "[]", Content_Type=kind)[0] == 415


def test_patching_is_declared_where_updating_is(ada: Caller) -> None:
    statement = ada.client.get("/fhir/metadata").json or {}
    assert statement["patchFormat"] == [PATCH]
    for row in statement["rest"][0]["resource"]:
        codes = {one["code"] for one in row["interaction"]}
        assert ("patch" in codes) is ("update" in codes)
