"""One connection brought in step: what ties records together once they are here."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from store.errors import BadAnswer, SignInNeeded, StorageFailed
from store.sync import crew
from store.vault import packing, reading
from tests.support.hostile import PATIENT, Offer, ScriptedPortal, outcome, patient, resource
from tests.support.signing import sign_in_to
from tests.support.wire import Answer

if TYPE_CHECKING:
    from store.client import Client
    from tests.support.wire import Call

READ_ONLY = Offer(("read",), ())


@pytest.fixture
def signed_in(client: Client, portal: ScriptedPortal) -> Client:
    sign_in_to(client, portal)
    return client


def medication(record_id: str, name: str) -> bytes:
    code = {"text": name, "coding": [{"code": "314076"}]}
    return resource("Medication", record_id, code=code)


def test_a_prescription_that_only_refers_to_its_medicine_gets_its_name_and_is_found_by_it(
    signed_in: Client, portal: ScriptedPortal
) -> None:
    portal.types["Medication"] = READ_ONLY
    order = {"status": "active", "medicationReference": {"reference": "Medication/med"}}
    nameless = {"status": "active", "medicationReference": {"reference": "Medication/blank"}}
    portal.add(
        resource("MedicationRequest", "m1", **order),
        resource("MedicationRequest", "m2", **nameless),
        resource("MedicationRequest", "m3", medicationReference={"reference": "Medication/gone"}),
        resource("Medication", "blank"),
        medication("med", "Lisinopril 10 MG"),
    )
    signed_in.sync.run()
    assert ("m1", "Lisinopril 10 MG") in {(item.id, item.name) for item in signed_in.medications.list().items}
    assert "MedicationRequest" in {row.type for row in signed_in.records.search("lisinopril").items}
    row, _ = signed_in.medications.match("lisinopril")
    assert (row.id, row.code) == ("m1", "314076")
    assert signed_in.sync.run().changed == 0
    portal.add(resource("MedicationRequest", "m1", **order, note=[{"text": "changed"}]))
    assert signed_in.sync.run().changed == 1
    assert signed_in.medications.match("lisinopril")[0].id == "m1"


def test_the_patient_is_known_by_the_name_the_portal_has_now(signed_in: Client, portal: ScriptedPortal) -> None:
    assert signed_in.portals.list()[0].patient_name == "Ada Long"
    portal.add(patient("Ada Short"))
    signed_in.sync.run()
    assert signed_in.portals.list()[0].patient_name == "Ada Short"


def test_a_portal_that_describes_itself_only_to_its_patients_is_asked_with_a_token(
    signed_in: Client, portal: ScriptedPortal
) -> None:
    def guard(call: Call) -> Answer | None:
        return None if "authorization" in call.headers else outcome(401, "who are you")

    portal.behaviours["/fhir/metadata"] = guard
    portal.add(resource("Observation", "o1"))
    assert signed_in.sync.run().received == 2


def test_what_a_portal_offers_anew_is_remembered(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.add(resource("Observation", "o1"))
    signed_in.sync.run()
    assert b"Observation" in signed_in.portals.choose().capability


def test_a_patient_record_that_fails_is_named_and_the_rest_comes(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.add(resource("Observation", "o1"))
    portal.behaviours[f"/fhir/Patient/{PATIENT}"] = Answer(500)
    report = signed_in.sync.run()
    assert [line.partition(":")[0] for line in report.failures] == ["Patient"]
    portal.behaviours[f"/fhir/Patient/{PATIENT}"] = outcome(403, "no")
    assert signed_in.sync.run().failures == ()


def test_pages_are_asked_for_before_the_patient_is_known_and_judged_only_after(
    signed_in: Client, portal: ScriptedPortal
) -> None:
    former = {"reference": "Patient/before"}
    linked = resource("Patient", PATIENT, name=[{"text": "Ada Long"}], link=[{"other": former, "type": "replaces"}])
    portal.add(linked, resource("Observation", "o1", subject=former, code={"text": "Sodium"}))
    asked = threading.Event()
    portal.behaviours["GET /fhir/Observation"] = lambda _: asked.set()
    portal.behaviours[f"/fhir/Patient/{PATIENT}"] = lambda _: None if asked.wait(10) else Answer(500)
    report = signed_in.sync.run()
    assert (report.received, report.failures) == (2, ())


def test_a_patient_record_that_even_a_new_token_does_not_show_ends_the_sync_as_a_sign_in_that_is_over(
    signed_in: Client, portal: ScriptedPortal
) -> None:
    portal.add(resource("Observation", "o1", code={"text": "Sodium"}))
    portal.behaviours[f"/fhir/Patient/{PATIENT}"] = outcome(401, "who are you")
    with pytest.raises(SignInNeeded):
        signed_in.sync.run()
    with signed_in.vault.reading() as connection:
        assert "observation" not in reading.counts_by_kind(connection)


def test_a_sync_that_is_stopped_does_not_wait_for_the_patient(signed_in: Client, portal: ScriptedPortal) -> None:
    asked, over = threading.Event(), threading.Event()

    def hang(_: Call) -> None:
        asked.set()
        over.wait(30)

    portal.behaviours[f"/fhir/Patient/{PATIENT}"] = hang
    try:
        assert signed_in.sync.run(should_stop=asked.is_set).received == 0
        assert not over.is_set()
    finally:
        over.set()


def test_records_are_packed_once_there_are_enough_to_learn_from(
    signed_in: Client, portal: ScriptedPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.add(*(resource("Observation", f"o{place}", code={"text": "Glucose"}) for place in range(30)))
    packed: list[bool] = []
    monkeypatch.setattr(packing, "pack", lambda _: packed.append(True))
    signed_in.sync.run()
    assert packed == [True]


def test_a_capability_statement_that_is_none_stops_the_sync(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.behaviours["/fhir/metadata"] = Answer(200, b"<html>Down for maintenance</html>")
    with pytest.raises(BadAnswer):
        signed_in.sync.run()


def test_a_writer_that_fails_does_not_wait_for_streams_that_have_pages_left(
    signed_in: Client, portal: ScriptedPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.add(*(resource("Observation", f"o{place}") for place in range(60)))
    portal.page_size = 1
    monkeypatch.setattr(crew, "_PAGES_IN_LINE", 1)
    monkeypatch.setattr(crew, "_WAIT_SECONDS", 0.05)
    full = threading.Event()

    def note(call: Call) -> None:
        if call.query.get("_offset") == "2":
            full.set()

    portal.behaviours["GET /fhir/Observation"] = note

    def fail(*_: object) -> None:
        full.wait(10)
        raise StorageFailed(signed_in.settings.database_path, "disk full")

    monkeypatch.setattr("store.sync.pull.progress.save", fail)
    with pytest.raises(StorageFailed):
        signed_in.sync.run()
    assert portal.count("GET", "/fhir/Observation") < 60
    with signed_in.vault.reading() as connection:
        assert "observation" not in reading.counts_by_kind(connection)
