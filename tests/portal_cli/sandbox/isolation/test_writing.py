"""What a token does to another patient's record: nothing, alone, in a transaction or in a batch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox.compartment import COMPARTMENT
from tests.portal_cli.sandbox.isolation.conftest import KINDS, REFUSED, named, owned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.portal_cli.sandbox.isolation.conftest import Intruder

PATCH = json.dumps([{"op": "add", "path": "/language", "value": "en"}])
PATCHED = {"Content_Type": "application/json-patch+json"}
JSON = {"Content_Type": "application/fhir+json"}
OTHER_WORDS = {400, 409, 412, 422}  # refused for what was sent, and nothing told of another patient


@pytest.fixture(autouse=True)
def nothing_of_bens_is_changed(intruder: Intruder) -> Iterator[None]:
    before = intruder.taken()
    yield
    assert intruder.taken() == before


def moved(kind: str, key: str) -> dict[str, Any]:
    """A resource that is given to Ben."""
    found = owned(kind, "ben", id=key)
    found.pop("text", None)
    return found


def patch_of(kind: str) -> str:
    """A patch that gives a resource to Ben."""
    path = COMPARTMENT[kind][0].split(".")[0] if COMPARTMENT[kind] else "id"
    value = moved(kind, "x").get(path, "ben")
    return json.dumps([{"op": "add", "path": f"/{path}", "value": value}])


@pytest.mark.parametrize("kind", KINDS)
def test_another_patients_resource_cannot_be_written(intruder: Intruder, kind: str) -> None:
    there = f"{kind}/{named(kind, 'ben')}"
    for body in (owned(kind, "ada", id=named(kind, "ben")), moved(kind, named(kind, "ben"))):
        for headers in (JSON, JSON | {"If_Match": 'W/"1"'}):
            assert intruder.call("PUT", there, body, **headers).status_code in REFUSED | OTHER_WORDS
    for headers in (PATCHED, PATCHED | {"If_Match": 'W/"1"'}):
        assert intruder.call("PATCH", there, PATCH, **headers).status_code in REFUSED
        assert intruder.call("DELETE", there, **headers).status_code in REFUSED


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "Patient"])
def test_nothing_can_be_put_into_another_patients_record(intruder: Intruder, kind: str) -> None:
    refused = intruder.call("POST", kind, moved(kind, "new"), **JSON)
    assert refused.status_code >= 400
    own = intruder.document("POST", kind, owned(kind, "ada", id="new"), **JSON)
    if own["resourceType"] != kind:
        assert own["resourceType"] == "OperationOutcome"
        return
    made = f"{kind}/{own['id']}"
    assert intruder.call("PUT", made, moved(kind, own["id"]), **JSON).status_code >= 400
    assert intruder.call("PATCH", made, patch_of(kind), **PATCHED).status_code >= 400


def test_most_types_can_be_written_for_oneself(intruder: Intruder) -> None:
    """Else the refusals above would say nothing."""
    made = [kind for kind in KINDS if intruder.call("POST", kind, owned(kind, "ada"), **JSON).status_code == 201]
    assert len(made) > len(KINDS) // 2, made


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "Patient"])
def test_a_conditional_create_does_not_hand_over_what_another_patient_has(intruder: Intruder, kind: str) -> None:
    for condition in (f"identifier=urn:mark%7Cbens-{kind}", f"_id={named(kind, 'ben')}", "patient=ben"):
        answer = intruder.call("POST", kind, owned(kind, "ada"), If_None_Exist=condition, **JSON)
        if answer.status_code < 300 and answer.json:
            assert answer.json["id"] != named(kind, "ben")


def requests(kind: str) -> Iterator[tuple[dict[str, str], Any]]:
    """Entries of a Bundle that are after what Ben has."""
    there = f"{kind}/{named(kind, 'ben')}"
    for path in (there, f"{there}/_history/1", f"{kind}?_id={named(kind, 'ben')}", f"{kind}?patient=ben"):
        yield {"method": "GET", "url": path}, None
    yield {"method": "PUT", "url": there}, owned(kind, "ada", id=named(kind, "ben"))
    yield {"method": "DELETE", "url": there}, None
    yield {"method": "POST", "url": kind}, moved(kind, "new")
    yield {"method": "POST", "url": kind, "ifNoneExist": f"identifier=urn:mark|bens-{kind}"}, owned(kind, "ada")
    packed = {"resourceType": "Binary", "contentType": PATCHED["Content_Type"], "data": "W10="}
    yield {"method": "PATCH", "url": there}, packed


@pytest.mark.parametrize("how", ["transaction", "batch"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_bundle_of_requests_reaches_no_further(intruder: Intruder, kind: str, how: str) -> None:
    entries = [{"request": asked} | ({"resource": body} if body else {}) for asked, body in requests(kind)]
    for chosen in [[entry] for entry in entries] + [entries]:
        bundle = {"resourceType": "Bundle", "type": how, "entry": chosen}
        answer = intruder.call("POST", "", bundle, **JSON)
        for entry in (answer.get_json(silent=True) or {}).get("entry", []):
            assert named(kind, "ben") not in str(entry.get("resource", {}).get("id"))
            assert not entry["response"].get("location", "").startswith(f"{kind}/{named(kind, 'ben')}/")


def test_references_to_another_patients_resources_bring_none_of_them(intruder: Intruder) -> None:
    links = [{"reference": f"{kind}/{named(kind, 'ben')}"} for kind in KINDS if kind != "Patient"]
    body = owned("Observation", "ada", hasMember=links, derivedFrom=links, focus=links)
    made = intruder.document("POST", "Observation", body, **JSON)
    asked = "&".join(f"_include=Observation:{name}" for name in ("has-member", "derived-from", "focus", "*"))
    assert intruder.call("GET", f"Observation?_id={made['id']}&{asked}").status_code == 200
    document = owned("DocumentReference", "ada", content=[{"attachment": {"url": f"Binary/{named('Binary', 'ben')}"}}])
    intruder.call("POST", "DocumentReference", document, **JSON)
    assert intruder.call("GET", f"Binary/{named('Binary', 'ben')}").status_code in REFUSED


def test_ones_own_token_tells_and_ends_nothing_of_anothers(intruder: Intruder) -> None:
    theirs = intruder.token_of("ben")
    bearer = {"Authorization": f"Bearer {intruder.token}"}
    intruder.client.post("/auth/revoke", data={"token": theirs, "client_id": "another-app"}, headers=bearer)
    assert intruder.call("GET", "Patient/ben", token=theirs).status_code == 200
    answer = intruder.client.post("/auth/introspect", data={"token": f"{theirs}x"}, headers=bearer)
    assert answer.json == {"active": False}
