"""A patient's app at a portal that behaves like some vendor's."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.server import Sandbox
    from tests.portal_cli.sandbox.conftest import Caller

    Arrive = Callable[..., Caller]

SCOPE = "openid fhirUser launch/patient offline_access patient/*.cruds"
CHART = {
    "ada.json": '{"resourceType":"Patient","id":"ada","name":[{"family":"Long"}]}',
    "glucose.json": '{"resourceType":"Observation","id":"glucose","status":"final","category":[{"coding":[{"code":'
    '"laboratory"}]}],"code":{"coding":[{"code":"2339-0"}]},"subject":{"reference":"Patient/ada"},'
    '"effectiveDateTime":"2024-03-05","valueQuantity":{"value":1.00}}',
    "note.json": '{"resourceType":"DocumentReference","id":"note","status":"current","subject":'
    '{"reference":"Patient/ada"},"content":[{"attachment":{"contentType":"text/plain","data":"aGVsbG8="}}]}',
    "visit.json": '{"resourceType":"Appointment","id":"visit","status":"booked","start":"2024-05-06T10:00:00Z",'
    '"end":"2024-05-06T10:30:00Z","participant":[{"actor":{"reference":"Patient/ada"},"status":"accepted"}]}',
    "wish.json": '{"resourceType":"Appointment","id":"wish","status":"proposed","requestedPeriod":[{"start":'
    '"2024-06-01","end":"2024-06-30"}],"participant":[{"actor":{"reference":"Patient/ada"},"status":"accepted"}]}',
    "order.json": '{"resourceType":"MedicationRequest","id":"order","status":"active","intent":"order",'
    '"medicationCodeableConcept":{"text":"Lisinopril"},"subject":{"reference":"Patient/ada"}}',
    "plan.json": '{"resourceType":"CarePlan","id":"plan","status":"active","intent":"plan","subject":'
    '{"reference":"Patient/ada"},"category":[{"coding":[{"code":"734163000"}]}]}',
    "slot.json": '{"resourceType":"Slot","id":"slot","status":"free","schedule":{"display":"Dr. Who"},'
    '"start":"2024-05-07T10:00:00Z","end":"2024-05-07T10:30:00Z"}',
}


def task(number: str = "1") -> dict[str, Any]:
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "proposal",
        "identifier": [{"system": "urn:ours", "value": number}],
        "for": {"reference": "Patient/ada"},
    }


def observations(number: int) -> dict[str, str]:
    """A chart with a number of laboratory results."""
    lines = [CHART["glucose.json"].replace('"glucose"', f'"o{place}"') for place in range(number)]
    return {"ada.json": CHART["ada.json"], "all.ndjson": "\n".join(lines)}


def next_of(bundle: dict[str, Any]) -> str:
    return next((str(link["url"]) for link in bundle["link"] if link["relation"] == "next"), "")


def ids(bundle: dict[str, Any]) -> list[str]:
    """The ids of the matches on a page."""
    return [entry["resource"]["id"] for entry in bundle.get("entry", []) if entry["search"]["mode"] == "match"]


def vendor_codes(bundle: dict[str, Any]) -> list[str]:
    """The vendor's codes of the warnings on a page."""
    outcomes = [entry["resource"] for entry in bundle.get("entry", []) if entry["search"]["mode"] == "outcome"]
    issues = [issue for outcome in outcomes for issue in outcome["issue"]]
    assert {issue["severity"] for issue in issues} <= {"warning"}
    return [issue["details"]["coding"][0]["code"] for issue in issues]


def claims(id_token: str) -> dict[str, Any]:
    payload = id_token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


@pytest.fixture
def arrive(open_sandbox: Callable[..., Sandbox], call_as: type[Caller]) -> Arrive:
    """Give a patient's app at a portal of a mode, with a chart."""

    def begin(mode: str, record: dict[str, str] | None = None, **options: Any) -> Caller:
        return call_as(open_sandbox(record or CHART, quirks=mode, **options), 0, SCOPE)

    return begin
