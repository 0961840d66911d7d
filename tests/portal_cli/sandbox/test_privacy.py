"""A token sees one patient's record, through no route another's, and only what its scopes name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.server import Sandbox
    from tests.portal_cli.sandbox.conftest import Caller


@pytest.fixture(scope="module")
def ada(shared_sandbox: Sandbox, call_as: type[Caller]) -> Caller:
    return call_as(shared_sandbox)


@pytest.fixture(scope="module")
def ben(shared_sandbox: Sandbox, call_as: type[Caller]) -> Caller:
    return call_as(shared_sandbox, 1)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_another_patients_resource_looks_absent(ada: Caller, method: str) -> None:
    body = {"resourceType": "Observation", "id": "ben-pulse", "subject": {"reference": "Patient/ada"}}
    absent = {**body, "id": "absent"}
    assert ada.refused(method, "Observation/ben-pulse", body) == (404, "not-found")
    assert ada.refused(method, "Observation/absent", absent) == (404, "not-found")


@pytest.mark.parametrize(
    "path",
    [
        "Observation/ben-pulse/_history",
        "Observation/ben-pulse/_history/1",
        "Patient/ben",
        "Patient/ben/_history",
    ],
)
def test_another_patients_history_looks_absent(ada: Caller, path: str) -> None:
    assert ada.refused("GET", path) == (404, "not-found")


@pytest.mark.parametrize(
    "path",
    [
        "Patient",
        "Patient?_id=ben",
        "Patient?name=ben",
        "Observation?patient=ben",
        "Observation?_id=ben-pulse",
        "Observation?subject=Patient/ben",
        "Observation?_include=Observation:subject&_include=Observation:patient",
        "Patient?_revinclude=Observation:subject",
        "Provenance?_include=Provenance:target",
    ],
)
def test_no_search_brings_another_patient(ada: Caller, path: str) -> None:
    assert ada.found(path).isdisjoint({"ben", "ben-pulse"})


def test_an_include_does_not_cross_to_another_patient(
    open_sandbox: Callable[..., Sandbox], call_as: type[Caller]
) -> None:
    record = {
        "a.json": '{"resourceType":"Patient","id":"ada","link":[{"other":{"reference":"Patient/ben"}}]}',
        "b.json": '{"resourceType":"Patient","id":"ben"}',
        "o.json": '{"resourceType":"Observation","id":"o","subject":{"reference":"Patient/ada"},'
        '"hasMember":[{"reference":"Observation/p"}]}',
        "p.json": '{"resourceType":"Observation","id":"p","subject":{"reference":"Patient/ben"}}',
    }
    ada = call_as(open_sandbox(record))
    assert ada.found("Observation?_include=Observation:has-member") == {"o"}
    assert ada.found("Patient?_include=Patient:link") == {"ada"}
    assert call_as(ada.sandbox, 1).found("Patient") == {"ben"}


def test_nothing_can_be_written_about_another_patient(ada: Caller) -> None:
    for subject in ("Patient/ben", "Group/everyone", "Patient/nobody"):
        message = {"resourceType": "Communication", "status": "completed", "subject": {"reference": subject}}
        assert ada.refused("POST", "Communication", message)[0] == 403
    body = ada.get("Observation/glucose").text.replace("Patient/ada", "Patient/ben")
    assert ada.refused("PUT", "Observation/glucose", body)[0] == 403
    assert ada.refused("POST", "Patient", {"resourceType": "Patient"})[0] == 403


def test_what_all_patients_share_can_be_read_and_not_changed(ada: Caller, ben: Caller) -> None:
    assert ada.get("Practitioner/doctor").data == ben.get("Practitioner/doctor").data
    body = ada.get("Practitioner/doctor").text
    assert ada.refused("PUT", "Practitioner/doctor", body)[0] == 403
    assert ada.refused("DELETE", "Practitioner/doctor")[0] == 403
    assert ada.refused("POST", "Practitioner", {"resourceType": "Practitioner"})[0] == 403


def test_a_binary_is_visible_through_the_document_that_names_it(ada: Caller, ben: Caller) -> None:
    assert ada.get("Binary/scan").status_code == 200
    assert ben.refused("GET", "Binary/scan")[0] == 404


def test_naming_a_binary_in_a_message_opens_nothing(ada: Caller, ben: Caller) -> None:
    message = {
        "resourceType": "Communication",
        "status": "in-progress",
        "subject": {"reference": "Patient/ben"},
        "payload": [{"contentAttachment": {"contentType": "text/plain", "url": "Binary/scan"}}],
    }
    assert ben.refused("POST", "Communication", message)[0] == 422
    assert ben.refused("GET", "Binary/scan")[0] == 404
    assert ada.get("Binary/scan").status_code == 200


def test_provenance_belongs_to_whose_data_it_describes(ada: Caller, ben: Caller) -> None:
    assert ada.found("Provenance?patient=ada") == {"origin"}
    assert ben.refused("GET", "Provenance/origin")[0] == 404


def test_without_a_token_only_the_front_door_is_open(ada: Caller) -> None:
    for path in ("Patient/ada", "Patient", "Nonsense/1", "Patient?_page=x.1", "Patient/ada/_history"):
        answer = ada.client.get(f"/fhir/{path}")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert (answer.json or {})["issue"][0]["code"] == "login"
    assert ada.client.get("/fhir/metadata").status_code == 200
    assert ada.client.get("/fhir/.well-known/smart-configuration").status_code == 200


def test_a_refresh_token_opens_nothing(ada: Caller) -> None:
    assert ada.refused("GET", "Patient/ada", Authorization=f"Bearer {ada.tokens['refresh_token']}")[0] == 401


def test_an_unknown_type_is_not_found(ada: Caller) -> None:
    assert ada.refused("GET", "Nonsense/1") == (404, "not-supported")
    assert ada.found("Basic") == set()


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        ("patient/Observation.rs", "GET", "Observation/glucose", 200),
        ("patient/Observation.r", "GET", "Observation", 403),
        ("patient/Observation.s", "GET", "Observation/glucose", 403),
        ("patient/Observation.rs", "GET", "Patient/ada", 403),
        ("patient/*.read", "GET", "Patient/ada", 200),
        ("patient/*.read", "DELETE", "Observation/glucose", 403),
        ("patient/*.write", "GET", "Observation/glucose", 403),
        ("patient/*.write", "DELETE", "MedicationRequest/order", 204),
        ("patient/*.*", "GET", "Observation", 200),
        ("patient/*.rs", "POST", "Communication", 403),
        ("patient/*.rs", "PUT", "Observation/glucose", 403),
    ],
)
def test_a_token_does_what_its_scopes_say(
    shared_sandbox: Sandbox, call_as: type[Caller], scope: str, method: str, path: str, status: int
) -> None:
    body = json.dumps({"resourceType": path.partition("/")[0], "id": path.rpartition("/")[2]})
    answer = call_as(shared_sandbox, scope=scope).call(method, path, body)
    assert answer.status_code == status
    if status == 403:
        assert "insufficient_scope" in answer.headers["WWW-Authenticate"]


def test_an_include_needs_its_own_scope(shared_sandbox: Sandbox, call_as: type[Caller]) -> None:
    caller = call_as(shared_sandbox, scope="patient/Observation.rs")
    assert caller.found("Observation?_revinclude=Provenance:target&_include=Observation:subject") == {
        "glucose",
        "pulse",
    }


def test_a_page_of_another_name_is_turned_away(ada: Caller) -> None:
    assert ada.client.get("/fhir/metadata", headers={"Host": "evil.example"}).status_code == 421


def test_xml_is_not_spoken(ada: Caller) -> None:
    assert ada.refused("GET", "Patient/ada", Accept="application/fhir+xml")[0] == 406
    assert ada.refused("PATCH", "Patient/ada", "[]", Content_Type="application/xml")[0] == 415
