"""What a refill request says, to whom it goes, and what keeps it from being asked for twice."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from store.errors import AlreadyRequested, Ambiguous, NotOffered, Rejected
from store.records.dates import from_epoch
from store.services.refill_plans import RefillWish, left
from tests.support.filling import fill
from tests.support.hostile import Offer, resource
from tests.support.wire import Answer

if TYPE_CHECKING:
    from store.client import Client
    from tests.support.hostile import ScriptedPortal

NOW = 1_800_000_000
SEARCHED = Offer(("read", "search-type", "create"), ("patient", "identifier", "focus", "status"))


@pytest.mark.parametrize(
    ("repeats", "fills", "expires", "is_new", "rest"),
    [
        (None, 0, None, False, None),
        (3, 0, None, False, 3),
        (3, 1, None, False, 3),
        (3, 2, None, False, 2),
        (3, 4, None, True, 0),
        (3, 9, None, True, 0),
        (0, 0, None, True, 0),
        (3, 1, NOW - 1, True, 3),
        (3, 1, NOW + 1, False, 3),
        (None, 5, NOW - 1, True, None),
    ],
)
def test_a_renewal_is_asked_for_when_nothing_is_left_or_the_order_has_ended(
    repeats: int | None, fills: int, expires: int | None, *, is_new: bool, rest: int | None
) -> None:
    ends = None if expires is None else from_epoch(expires)
    found = left(None if repeats is None else Decimal(repeats), fills, ends, NOW)
    assert (found.is_renewal, found.repeats) == (is_new, rest)
    assert bool(found.why) is is_new


def order(record_id: str = "m1", name: str = "Lisinopril 10 MG", **more: Any) -> bytes:
    shop = {"performer": {"reference": "Organization/a", "display": "Main Street Pharmacy"}}
    return resource(
        "MedicationRequest",
        record_id,
        status="active",
        medicationCodeableConcept={"text": name},
        dispenseRequest={**shop, "quantity": {"value": 30, "unit": "tablet"}},
        **more,
    )


def dispense(record_id: str, at: str, **more: Any) -> bytes:
    shop = [{"actor": {"reference": "Organization/b", "display": "Station Pharmacy"}}]
    prescription = [{"reference": "MedicationRequest/m1"}]
    given: dict[str, Any] = {"performer": shop, "authorizingPrescription": prescription, "whenHandedOver": at, **more}
    return resource("MedicationDispense", record_id, status="completed", **given)


@pytest.fixture
def ready(client: Client, portal: ScriptedPortal) -> Client:
    portal.types["Task"] = SEARCHED
    fill(client, portal, order(requester={"reference": "Practitioner/d1", "display": "Dr. Okafor"}))
    return client


def test_a_pharmacy_is_one_of_the_record_or_stays_as_it_was_typed(ready: Client, portal: ScriptedPortal) -> None:
    portal.types["MedicationDispense"] = Offer()
    portal.add(dispense("x1", "2026-01-01"))
    ready.sync.run()
    for typed in ("main street", "a", "Main Street Pharmacy"):
        plan = ready.refills.plan("m1", wish=RefillWish(pharmacy=typed))
        assert (plan.pharmacy, plan.is_pharmacy_known) == ("Main Street Pharmacy", True)
    plan = ready.refills.plan("m1", wish=RefillWish(pharmacy="the one by the sea"))
    assert json.loads(plan.fhir)["input"][0]["valueString"] == "the one by the sea"
    assert not plan.is_pharmacy_known
    with pytest.raises(Ambiguous) as caught:
        ready.refills.plan("m1", wish=RefillWish(pharmacy="pharmacy"))
    assert set(caught.value.choices) == {"Main Street Pharmacy", "Station Pharmacy"}


def test_how_much_is_left_keeps_its_digits_and_takes_the_unit_of_the_order(ready: Client) -> None:
    plan = ready.refills.plan("m1", wish=RefillWish(remaining="4.50"))
    assert b'"value":4.50,"unit":"tablet"' in plan.fhir
    assert json.loads(plan.fhir)["reasonCode"] == {"text": "4.50 tablet left"}
    assert ready.refills.plan("m1", wish=RefillWish(remaining="2 boxes")).remaining == "2 boxes left"


def test_an_open_request_of_another_device_is_found_right_before_sending(ready: Client, portal: ScriptedPortal) -> None:
    plan = ready.refills.plan("m1")
    portal.add(
        resource(
            "Task",
            "theirs",
            status="accepted",
            code={"coding": [{"code": "refill"}]},
            focus={"reference": "MedicationRequest/m1"},
        )
    )
    with pytest.raises(Rejected, match="Task/theirs is accepted"):
        ready.refills.submit(plan)
    assert portal.created == []


@pytest.mark.parametrize("answer", [Answer(400), Answer(500), Answer(200, b"{")])
def test_a_portal_that_cannot_be_asked_for_open_requests_gets_the_request(
    ready: Client, portal: ScriptedPortal, answer: Answer
) -> None:
    plan = ready.refills.plan("m1")
    portal.behaviours["GET /fhir/Task?patient"] = lambda _: answer
    assert ready.refills.submit(plan).status == "requested"
    assert len(portal.created) == 1


@pytest.fixture
def writing(client: Client, portal: ScriptedPortal) -> Client:
    """A client of a portal that takes messages and no requests."""
    portal.types["Task"] = Offer()
    portal.types["Communication"] = Offer(("read", "search-type", "create"), ("patient", "identifier"))
    portal.types["MedicationDispense"] = Offer()
    fill(client, portal, order())
    return client


def test_a_message_goes_to_whom_the_record_names_and_to_nobody_never(writing: Client, portal: ScriptedPortal) -> None:
    with pytest.raises(NotOffered, match="nobody to write to"):
        writing.refills.plan("m1")
    body = json.loads(portal.resources["Patient"]["p1"])
    portal.add(json.dumps({**body, "generalPractitioner": [{"reference": "Practitioner/d7"}]}).encode())
    writing.sync.run(full=True)
    plan = writing.refills.plan("m1", "please")
    message = json.loads(plan.fhir)
    assert message["recipient"] == [{"reference": "Practitioner/d7"}]
    assert message["payload"][0]["contentString"].endswith("please")


def test_a_request_by_message_counts_as_open_until_the_medicine_was_supplied(
    writing: Client, portal: ScriptedPortal
) -> None:
    portal.add(order(requester={"reference": "Practitioner/d1"}))
    writing.sync.run(full=True)
    row = writing.refills.submit(writing.refills.plan("m1"))
    assert (row.status, row.is_message) == ("sent", True)
    assert [one.id for one in writing.refills.unsettled()] == [row.id]
    with pytest.raises(AlreadyRequested):
        writing.refills.plan("m1")
    later = datetime.fromtimestamp(time.time() + 60, UTC).isoformat()
    portal.add(dispense("x2", later))
    writing.sync.run(full=True)
    assert writing.refills.unsettled() == ()
    assert writing.refills.plan("m1")
