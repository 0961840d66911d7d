"""The clinic takes refill requests along, one step at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox.outcomes import FhirError
from tests.portal_cli.sandbox.conftest import RECORD, Caller

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.server import Sandbox


def _ask(ada: Caller, code: str = "refill", **more: Any) -> str:
    return f"Task/{(ada.call('POST', 'Task', {**_refill(code), **more}).json or {})['id']}"


def _refill(code: str = "refill") -> dict[str, Any]:
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "proposal",
        "code": {"coding": [{"code": "fulfill"}, {"code": code}]},
        "for": {"reference": "Patient/ada"},
        "focus": {"reference": "MedicationRequest/order"},
    }


def _task(ada: Caller, address: str) -> dict[str, Any]:
    return ada.get(address).json or {}


def test_a_refill_goes_from_requested_to_completed(ada: Caller) -> None:
    address = _ask(ada)
    seen = []
    for _ in range(4):
        assert ada.sandbox.clinic.step() == 1
        task = _task(ada, address)
        seen.append((task["status"], task.get("businessStatus", {}).get("text")))
    assert seen == [
        ("received", None),
        ("accepted", None),
        ("in-progress", "Sent to pharmacy"),
        ("completed", "Ready for pickup"),
    ]
    assert task["meta"]["versionId"] == "5"
    assert task["lastModified"] <= task["meta"]["lastUpdated"]
    assert ada.sandbox.clinic.step() == 0


def test_a_completed_refill_names_the_medicine_supplied(ada: Caller) -> None:
    supply = ada.get(_output(_completed(ada, _ask(ada)))["Medicine supplied"])
    body = supply.json or {}
    assert body["resourceType"] == "MedicationDispense"
    assert body["subject"] == {"reference": "Patient/ada"}
    assert body["authorizingPrescription"] == [{"reference": "MedicationRequest/order"}]
    assert '"quantity":{"value":30.0}' in supply.text
    assert ada.found("MedicationDispense?patient=ada") == {body["id"]}


def test_a_renewal_brings_a_new_prescription_in_the_place_of_the_old_one(ada: Caller) -> None:
    found = _output(_completed(ada, _ask(ada, "renewal")))
    order = ada.get(found["New prescription"]).json or {}
    assert order["status"] == "active"
    assert order["priorPrescription"] == {"reference": "MedicationRequest/order"}
    assert order["medicationCodeableConcept"] == {"text": "Lisinopril 10 MG"}
    assert order["dispenseRequest"]["numberOfRepeatsAllowed"] == 3
    assert (ada.get("MedicationRequest/order").json or {})["status"] == "completed"
    supply = ada.get(found["Medicine supplied"]).json or {}
    assert supply["authorizingPrescription"] == [{"reference": f"MedicationRequest/{order['id']}"}]


def test_a_refill_without_repeats_left_is_renewed_all_the_same(open_sandbox: Callable[..., Sandbox]) -> None:
    ada = Caller(open_sandbox({**RECORD, "order.json": _order('"dispenseRequest":{"numberOfRepeatsAllowed":1}')}))
    outputs = [_output(_completed(ada, _ask(ada))) for _ in range(2)]
    assert ["New prescription" in found for found in outputs] == [False, False]
    assert "New prescription" in _output(_completed(ada, _ask(ada)))


def _order(more: str, status: str = "active", name: str = "Lisinopril 10 MG") -> str:
    return (
        f'{{"resourceType":"MedicationRequest","id":"order","status":"{status}","intent":"order",'
        f'"medicationCodeableConcept":{{"text":"{name}"}},"subject":{{"reference":"Patient/ada"}},{more}}}'
    )


def _completed(ada: Caller, address: str) -> dict[str, Any]:
    for _ in range(4):
        ada.sandbox.clinic.step()
    task = _task(ada, address)
    assert task["status"] == "completed"
    return task


def _output(task: dict[str, Any]) -> dict[str, str]:
    return {one["type"]["text"]: one["valueReference"]["reference"] for one in task["output"]}


REFUSED: tuple[tuple[str, dict[str, Any], str], ...] = (
    (_order('"note":[]', "stopped"), {}, "This prescription is stopped"),
    (_order('"note":[]', name="Oxycodone 5 MG"), {}, "at a visit only"),
    (
        _order('"dispenseRequest":{"quantity":{"value":30.0}}'),
        {"input": [{"type": {"text": "left"}, "valueQuantity": {"value": 15.5}}]},
        "you have 15.5 left of 30",
    ),
)


@pytest.mark.parametrize(("order", "more", "reason"), REFUSED)
def test_the_clinic_refuses_a_refill_and_says_why(
    open_sandbox: Callable[..., Sandbox], order: str, more: dict[str, Any], reason: str
) -> None:
    ada = Caller(open_sandbox({**RECORD, "order.json": order}))
    address = _ask(ada, **more)
    ada.sandbox.clinic.step()
    assert _task(ada, address)["status"] == "received"
    ada.sandbox.clinic.step()
    task = _task(ada, address)
    assert task["status"] == "rejected"
    assert reason in task["statusReason"]["text"]
    assert ada.sandbox.clinic.step() == 0
    assert "output" not in task


STEPS = {
    "requested": {"received", "rejected", "cancelled"},
    "received": {"accepted", "rejected", "cancelled"},
    "accepted": {"in-progress", "cancelled"},
    "in-progress": {"completed", "on-hold", "failed"},
    "on-hold": {"in-progress"},
    "completed": set(),
    "rejected": set(),
    "failed": set(),
    "cancelled": set(),
}
WAYS = {
    "requested": (),
    "received": ("received",),
    "accepted": ("received", "accepted"),
    "in-progress": ("received", "accepted", "in-progress"),
    "on-hold": ("received", "accepted", "in-progress", "on-hold"),
    "completed": ("received", "accepted", "in-progress", "completed"),
    "rejected": ("rejected",),
    "failed": ("received", "accepted", "in-progress", "failed"),
    "cancelled": ("cancelled",),
}
EVERY = (*STEPS, "draft", "ready", "entered-in-error", "made-up")


@pytest.mark.parametrize("status", STEPS)
def test_the_staff_takes_a_request_where_it_may_go_and_nowhere_else(
    open_sandbox: Callable[..., Sandbox], status: str
) -> None:
    for wanted in EVERY:
        ada = Caller(open_sandbox())
        key = _ask(ada).partition("/")[2]
        for step in WAYS[status]:
            _move(ada, key, step)
        if wanted in STEPS[status]:
            assert _move(ada, key, wanted) == wanted
            continue
        with pytest.raises(FhirError, match=f"a task that is {status} cannot become {wanted}") as caught:
            _move(ada, key, wanted)
        assert (caught.value.status, caught.value.code) == (422, "business-rule")
        assert _task(ada, f"Task/{key}")["status"] == status


def test_a_refusal_gives_a_reason(ada: Caller) -> None:
    key = _ask(ada).partition("/")[2]
    version = ada.sandbox.portal.repository.current("Task", key)
    assert version
    with pytest.raises(FhirError, match="with a reason"):
        ada.sandbox.clinic.refilling.move(version, "rejected")


def _move(ada: Caller, key: str, status: str) -> str:
    version = ada.sandbox.portal.repository.current("Task", key)
    assert version
    reason = "Call us" if status in {"rejected", "failed", "on-hold"} else ""
    return str(ada.sandbox.clinic.refilling.move(version, status, reason).resource()["status"])


@pytest.mark.parametrize("status", STEPS)
@pytest.mark.parametrize("wanted", EVERY)
def test_a_patient_only_cancels_before_the_pharmacy_has_it(
    open_sandbox: Callable[..., Sandbox], status: str, wanted: str
) -> None:
    ada = Caller(open_sandbox())
    key = _ask(ada).partition("/")[2]
    for step in WAYS[status]:
        _move(ada, key, step)
    task = {**_task(ada, f"Task/{key}"), "status": wanted}
    answer = ada.call("PUT", f"Task/{key}", task)
    is_amended = wanted == status == "requested"
    if is_amended or (wanted == "cancelled" and status in {"requested", "received", "accepted"}):
        assert answer.status_code == 200
        return
    assert (answer.status_code, (answer.json or {})["issue"][0]["code"]) == (422, "business-rule")


@pytest.mark.parametrize(
    "change",
    [
        {"focus": {"reference": "MedicationRequest/other"}},
        {"output": [{"type": {"text": "x"}, "valueString": "y"}]},
        {"businessStatus": {"text": "Ready"}},
        {"code": {"text": "x"}},
        {"requester": {"reference": "Practitioner/doctor"}},
        {"authoredOn": "2020-01-01"},
    ],
)
def test_cancelling_changes_nothing_else(ada: Caller, change: dict[str, Any]) -> None:
    address = _ask(ada)
    task = {**_task(ada, address), "status": "cancelled", **change}
    assert ada.refused("PUT", address, task) == (422, "business-rule")
    cancelled = {**_task(ada, address), "status": "cancelled", "statusReason": {"text": "found some"}}
    assert ada.call("PUT", address, cancelled).status_code == 200


@pytest.mark.parametrize(
    "more",
    [
        {"status": "received"},
        {"output": [{"type": {"text": "x"}, "valueString": "y"}]},
        {"businessStatus": {"text": "Ready"}},
        {"requester": {"reference": "Practitioner/doctor"}},
        {"focus": {"reference": "MedicationRequest/none"}},
        {"focus": {"reference": "Observation/glucose"}},
        {"focus": {}},
    ],
)
def test_a_request_that_a_patient_may_not_make_is_refused(ada: Caller, more: dict[str, Any]) -> None:
    assert ada.refused("POST", "Task", {**_refill(), **more}) == (422, "business-rule")


def test_a_second_request_for_one_prescription_is_refused_while_the_first_is_open(ada: Caller) -> None:
    address = _ask(ada)
    assert ada.refused("POST", "Task", _refill()) == (422, "business-rule")
    cancelled = {**_task(ada, address), "status": "cancelled"}
    assert ada.call("PUT", address, cancelled).status_code == 200
    assert ada.call("POST", "Task", _refill()).status_code == 201


def test_a_cancelled_refill_stays_cancelled(ada: Caller) -> None:
    address = _ask(ada)
    task = _task(ada, address)
    assert ada.call("PUT", address, {**task, "status": "cancelled"}, If_Match='W/"1"').status_code == 200
    assert ada.sandbox.clinic.step() == 0
    assert _task(ada, address)["status"] == "cancelled"


def test_cancelling_what_has_moved_on_meets_a_conflict_first(ada: Caller) -> None:
    address = _ask(ada)
    task = _task(ada, address)
    for _ in range(3):
        ada.sandbox.clinic.step()
    cancelled = {**task, "status": "cancelled"}
    assert ada.refused("PUT", address, cancelled, If_Match='W/"1"') == (412, "conflict")
    assert ada.refused("PUT", address, cancelled, If_Match='W/"4"') == (422, "business-rule")


def test_other_tasks_wait(ada: Caller) -> None:
    address = _ask(ada, "demographics")
    assert ada.sandbox.clinic.step() == 0
    assert _task(ada, address)["status"] == "requested"


def test_a_refill_of_anothers_prescription_is_refused_like_one_of_none(ben: Caller) -> None:
    said = set()
    for key in ("order", "nothing"):
        task = {
            **_refill(),
            "for": {"reference": "Patient/ben"},
            "focus": {"reference": f"MedicationRequest/{key}"},
        }
        answer = ben.call("POST", "Task", task)
        said.add((answer.status_code, answer.text))
    assert len(said) == 1
    assert said.pop()[0] == 422
    assert ben.found("Task?patient=ben") == set()


def test_times_follow_the_portals_clock(ada: Caller) -> None:
    address = _ask(ada)
    times = []
    for _ in range(4):
        ada.sandbox.portal.clock.advance(600)
        ada.sandbox.clinic.step()
        times.append(datetime.fromisoformat(_task(ada, address)["lastModified"]))
    assert all(later - earlier >= timedelta(minutes=10) for earlier, later in pairwise(times))
