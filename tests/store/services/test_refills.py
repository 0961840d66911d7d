"""Refill requests: planned from the list, refused before they are sent twice, followed to their end."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

import pytest

from store.errors import AlreadyRequested, Ambiguous, NotFound, NotOffered
from tests.support.filling import fill
from tests.support.hostile import Offer, resource

if TYPE_CHECKING:
    from store.client import Client
    from tests.support.hostile import ScriptedPortal


def order(record_id: str, name: str, status: str = "active", **fields: object) -> bytes:
    return resource("MedicationRequest", record_id, status=status, medicationCodeableConcept={"text": name}, **fields)


@pytest.fixture
def ready(client: Client, portal: ScriptedPortal) -> Client:
    portal.types["Task"] = Offer(("read", "search-type", "create"), ("patient", "identifier"))
    fill(
        client,
        portal,
        order("old", "Lisinopril 10 MG", authoredOn="2020-01-01"),
        order("m1", "Lisinopril 10 MG", authoredOn="2025-01-01", requester={"reference": "Practitioner/d1"}),
        order("m2", "Metformin 500 MG", authoredOn="2025-01-02", dispenseRequest={"numberOfRepeatsAllowed": 0}),
        order("m3", "Metformin 850 MG", dispenseRequest={"validityPeriod": {"end": "2020-01-01"}}),
        order("m4", "Aspirin", "stopped"),
        resource("MedicationStatement", "s1", status="active", medicationCodeableConcept={"text": "Vitamin D"}),
    )
    return client


def codes(fhir: bytes) -> list[str]:
    return [coding["code"] for coding in json.loads(fhir)["code"]["coding"]]


def test_current_medications_are_listed_and_past_ones_on_request(ready: Client) -> None:
    assert {item.name for item in ready.medications.list().items} == {
        "Lisinopril 10 MG", "Metformin 500 MG", "Metformin 850 MG", "Vitamin D",
    }  # fmt: skip
    assert ready.medications.list(include_past=True).total == 6
    assert len(ready.medications.list(limit=1).items) == 1


def test_a_plan_is_the_exact_request_and_sends_nothing(ready: Client, portal: ScriptedPortal) -> None:
    plan = ready.refills.plan("LISINOPRIL", "four left")
    task = json.loads(plan.fhir)
    assert (plan.medication, plan.medication_id, plan.patient_name) == ("Lisinopril 10 MG", "m1", "Ada Long")
    assert task["focus"]["reference"] == "MedicationRequest/m1"
    assert task["owner"] == {"reference": "Practitioner/d1"}
    assert task["note"][0]["text"] == "four left"
    assert task["for"] == {"reference": "Patient/p1"}
    assert uuid.UUID(plan.request_id).version == 7
    assert portal.created == []
    assert ready.refills.list().total == 0


def test_an_order_without_repeats_or_past_its_end_is_renewed(ready: Client) -> None:
    assert not ready.refills.plan("lisinopril").is_renewal
    assert "refill" in codes(ready.refills.plan("lisinopril").fhir)
    for name in ("m2", "Metformin 850 MG"):
        plan = ready.refills.plan(name)
        assert plan.is_renewal
        assert "renewal" in codes(plan.fhir)
        assert "owner" not in json.loads(plan.fhir)


@pytest.mark.parametrize("name", ["m2", "metformin 500 mg", "500 metformin", " Metformin 500 "])
def test_a_prescription_is_meant_by_its_id_its_name_or_its_words(ready: Client, name: str) -> None:
    assert ready.refills.plan(name).medication_id == "m2"


def test_a_name_that_means_several_prescriptions_is_asked_back(ready: Client) -> None:
    with pytest.raises(Ambiguous) as caught:
        ready.refills.plan("metformin")
    assert set(caught.value.choices) == {"Metformin 500 MG", "Metformin 850 MG"}


@pytest.mark.parametrize(("name", "close"), [("lisinoprll", ("Lisinopril 10 MG",)), ("zzzzzz", ()), ("", ())])
def test_a_name_that_means_none_is_answered_with_those_that_are_close(
    ready: Client, name: str, close: tuple[str, ...]
) -> None:
    with pytest.raises(NotFound) as caught:
        ready.refills.plan(name)
    assert caught.value.close == close


def test_what_is_not_a_current_prescription_cannot_be_refilled(ready: Client) -> None:
    for name in ("aspirin", "vitamin"):
        with pytest.raises(NotFound):
            ready.refills.plan(name)


def test_a_portal_that_takes_no_requests_is_told_before_anything_is_sent(ready: Client, portal: ScriptedPortal) -> None:
    portal.types["Task"] = Offer(("read", "search-type"), ("patient",))
    ready.sync.run()
    with pytest.raises(NotOffered, match="refill requests"):
        ready.refills.plan("lisinopril")


def test_a_second_request_is_refused_while_the_first_is_open(ready: Client, portal: ScriptedPortal) -> None:
    row = ready.refills.submit(ready.refills.plan("lisinopril"))
    with pytest.raises(AlreadyRequested) as caught:
        ready.refills.plan("lisinopril")
    assert (caught.value.request_id, caught.value.status) == (row.id, "requested")
    assert ready.refills.plan("m2")
    task = json.loads(portal.resources["Task"]["new-1"])
    portal.add(json.dumps({**task, "status": "completed", "businessStatus": {"text": "Ready for pickup"}}).encode())
    ready.sync.run()
    done = ready.refills.show(f"Task/{row.id}")
    assert (done.status, done.detail, done.request_id) == ("completed", "Ready for pickup", row.request_id)
    assert ready.refills.plan("lisinopril")


def test_requests_are_listed_newest_first(ready: Client) -> None:
    ready.refills.submit(ready.refills.plan("lisinopril"))
    ready.refills.submit(ready.refills.plan("m2"))
    found = ready.refills.list(limit=1)
    assert (len(found.items), found.total) == (1, 2)
    with pytest.raises(NotFound):
        ready.refills.show("none")


def test_no_request_is_meant_by_an_empty_id(ready: Client, portal: ScriptedPortal) -> None:
    theirs = resource("Task", "t1", status="requested", code={"coding": [{"code": "refill"}]})
    fill(ready, portal, theirs)
    for empty in ("", "Task/"):
        with pytest.raises(NotFound):
            ready.refills.show(empty)
