"""Whoever writes signs with their own name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox.granting import Wish

if TYPE_CHECKING:
    from portal_cli.sandbox.server import Sandbox
    from tests.portal_cli.sandbox.conftest import Caller

DOCTOR, ADA = {"reference": "Practitioner/doctor"}, {"reference": "Patient/ada"}
SIGNED: dict[str, tuple[str, dict[str, Any]]] = {
    "Communication": ("sender", {"status": "in-progress", "subject": ADA}),
    "MedicationStatement": (
        "informationSource",
        {"status": "active", "subject": ADA, "medicationCodeableConcept": {"text": "aspirin"}},
    ),
    "Task": ("requester", {"status": "requested", "intent": "proposal", "for": ADA}),
}


class Acting:
    """Ben, signed in to act for Ada."""

    def __init__(self, sandbox: Sandbox, caller: Caller) -> None:
        portal = sandbox.portal
        self.actor = portal.granting.give(Wish("ben", "ada", "GUARD", portal.clock.now().date()))
        username = next(one.username for one in sandbox.sign_ins if one.patient == "ben")
        scope = "patient/*.cruds"
        grant = portal.tokens.new_grant("app", username, "ada", scope, "", self.actor)
        self.headers = {"Authorization": f"Bearer {portal.tokens.issue(grant, 'access', scope)}"}
        self.caller = caller

    def post(self, kind: str, **more: Any) -> tuple[int, str]:
        answer = self.caller.call("POST", kind, {"resourceType": kind, **more}, **self.headers)
        return answer.status_code, answer.text


@pytest.fixture
def ben(sandbox: Sandbox, ada: Caller) -> Acting:
    return Acting(sandbox, ada)


@pytest.mark.parametrize("kind", SIGNED)
@pytest.mark.parametrize(
    "author",
    [
        DOCTOR,
        {"reference": "RelatedPerson/somebody"},
        {"display": "Dr. Nightingale"},
        {"reference": "#doctor"},
        {"reference": "https://elsewhere.example/fhir/Patient/ada"},
        {"identifier": {"value": "1"}},
    ],
)
def test_a_patient_signs_for_nobody_else(ada: Caller, kind: str, author: dict[str, Any]) -> None:
    path, body = SIGNED[kind]
    assert ada.refused("POST", kind, {"resourceType": kind, **body, path: author}) == (422, "business-rule")
    assert ada.call("POST", kind, {"resourceType": kind, **body, path: ADA}).status_code == 201
    is_left_open = kind != "MedicationStatement"  # a patient's statement says that it is one
    assert ada.call("POST", kind, {"resourceType": kind, **body}).status_code == (201 if is_left_open else 422)


@pytest.mark.parametrize("kind", SIGNED)
def test_who_acts_for_a_patient_signs_as_who_they_are(ben: Acting, kind: str) -> None:
    path, body = SIGNED[kind]
    for author in (ADA, DOCTOR, {"display": "Ben"}):
        status, text = ben.post(kind, **body, **{path: author})
        assert status == 422
        assert f"has to be {ben.actor}" in text
    assert ben.post(kind, **body)[0] == 422
    status, text = ben.post(kind, **body, **{path: {"reference": ben.actor}})
    assert status == 201
    assert f'"{ben.actor}"' in text


@pytest.mark.parametrize("kind", ["Consent", "Person", "RelatedPerson"])
def test_who_acts_for_a_patient_changes_nothing_of_who_may(ben: Acting, kind: str) -> None:
    link = {"link": [{"target": ADA}], "patient": ADA}
    assert ben.post(kind, **link)[0] == 403
    repository = ben.caller.sandbox.portal.repository
    for version in repository.belongings("ada", kind):
        answer = ben.caller.call("PUT", version.name, version.resource() | {"language": "en"}, **ben.headers)
        assert answer.status_code == 403
    assert [version.number for version in repository.belongings("ada", kind)] in ([], [1])


def message(sandbox: Sandbox, **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"resourceType": "Communication", "status": "in-progress", "subject": ADA, "sender": DOCTOR}
    body["payload"] = [{"contentString": "Take one a day."}]
    return sandbox.portal.repository.put({**body, **more}, "letter").resource()


def test_what_somebody_else_wrote_may_be_read_and_marked_so_and_not_changed(sandbox: Sandbox, ada: Caller) -> None:
    letter = message(sandbox)
    read = letter | {"status": "completed", "received": "2026-01-01T00:00:00Z"}
    assert ada.call("PUT", "Communication/letter", read).status_code == 200
    for change in ({"payload": [{"contentString": "Take ten."}]}, {"sender": ADA}, {"sent": "2020-01-01T00:00:00Z"}):
        assert ada.refused("PUT", "Communication/letter", read | change) == (422, "business-rule")
    patch = '[{"op":"replace","path":"/payload/0/contentString","value":"Take ten."}]'
    assert ada.refused("PATCH", "Communication/letter", patch, Content_Type="application/json-patch+json")[0] == 422


def test_an_own_message_stays_as_it_was_sent_and_ones_own(sandbox: Sandbox, ada: Caller) -> None:
    letter = message(sandbox, sender=ADA)
    for change in ({"payload": [{"contentString": "Sorry, two a day."}]}, {"sender": DOCTOR}):
        assert ada.refused("PUT", "Communication/letter", letter | change)[0] == 422


def test_a_bundle_signs_for_nobody_else_either(ada: Caller) -> None:
    body = {"resourceType": "Communication", "status": "completed", "subject": ADA, "sender": DOCTOR}
    entry = {"resource": body, "request": {"method": "POST", "url": "Communication"}}
    whole = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    assert ada.refused("POST", "", whole) == (422, "business-rule")
    answer = ada.call("POST", "", whole | {"type": "batch"}).json or {}
    assert answer["entry"][0]["response"]["status"].startswith("422")
    assert ada.found("Communication") == set()
