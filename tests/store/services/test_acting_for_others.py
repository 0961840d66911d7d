"""Writing for people one cares for: as whom, with what right, and only for who is shown or was confirmed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from store.errors import NotOffered
from store.people_errors import NotGranted, OtherPatient, RightEnded
from store.services.appointment_plans import Wish
from store.services.scope import Choice
from store.vault import audit
from tests.support.caring import CHILD, MOTHER, OWN, CaringPortal, sign_in_for
from tests.support.wire import Answer

if TYPE_CHECKING:
    from store.client import Client
    from tests.support.hostile import ScriptedPortal


def sent(portal: ScriptedPortal, kind: str) -> dict[str, object]:
    """The last resource of a type that reached the portal."""
    found = [json.loads(call.body) for call in portal.requests if call.method == "POST" and call.path.endswith(kind)]
    last: dict[str, object] = found[-1]
    return last


def test_a_refill_for_another_names_who_asks_and_whose_it_is(both: Client, caring: CaringPortal) -> None:
    both.people.switch("Ben")
    both.refills.submit(both.refills.plan(f"order-{CHILD}", "soon, please"))
    task = sent(caring, "/Task")
    assert task["for"] == {"reference": f"Patient/{CHILD}"}
    assert task["requester"] == {"reference": f"RelatedPerson/{MOTHER}"}
    notes = task["note"]
    assert isinstance(notes, list)
    assert notes[0]["authorReference"] == {"reference": f"RelatedPerson/{MOTHER}"}


def test_an_appointment_for_another_has_the_patient_and_who_asks(both: Client, caring: CaringPortal) -> None:
    both.people.switch("Ben")
    both.bookings.submit(both.bookings.request(Wish(reason="Cough")))
    people = sent(caring, "/Appointment")["participant"]
    assert isinstance(people, list)
    assert [one["actor"]["reference"] for one in people] == [f"Patient/{CHILD}", f"RelatedPerson/{MOTHER}"]
    both.people.switch("self")
    both.bookings.submit(both.bookings.request(Wish(reason="Cough")))
    people = sent(caring, "/Appointment")["participant"]
    assert isinstance(people, list)
    assert [one["actor"]["reference"] for one in people] == [f"Patient/{OWN}"]


def test_the_audit_keeps_who_acts_and_for_whom(both: Client) -> None:
    both.people.switch("Ben")
    both.refills.submit(both.refills.plan(f"order-{CHILD}"))
    written = [row for row in both.audit.list().items if row.action == "write"]
    assert written
    assert {row.subject for row in written} == {f"Patient/{CHILD}"}
    assert all(row.actor.endswith(f" as RelatedPerson/{MOTHER}") for row in written)
    both.people.switch("self")
    both.records.show(f"Appointment/visit-{OWN}")
    read = next(row for row in both.audit.list().items if row.action == "read")
    assert read.subject == f"Patient/{OWN}"
    assert " as " not in read.actor
    assert both.audit.verify().lines


def test_who_acts_is_noted_for_the_very_connection_where_one_id_has_two(both: Client) -> None:
    with both.vault.transaction() as tx:
        tx.connection.execute("UPDATE connection SET patient = 'p9'")
        assert audit.acts_as(tx.connection, "Patient/p9") == ""
        tx.audit(audit.Entry("write", "x", "Patient/p9", acts_as=f"RelatedPerson/{MOTHER}"))
    assert both.audit.list(limit=1).items[0].actor.endswith(f" as RelatedPerson/{MOTHER}")


def test_somebody_whom_the_portal_calls_a_person_acts_as_who_is_linked(client: Client, caring: CaringPortal) -> None:
    person = {"resourceType": "Person", "id": "ada", "link": [{"target": {"reference": f"RelatedPerson/{MOTHER}"}}]}
    caring.add(json.dumps(person).encode())
    caring.behaviours["POST /auth/token"] = lambda _: caring.token_extra.update(patient=CHILD, fhirUser="Person/ada")
    sign_in_for(client, caring, "Ben", "child")
    with pytest.raises(NotGranted, match="who you are"):
        client.bookings.request(Wish(reason="Cough"))
    client.sync.run()
    client.bookings.submit(client.bookings.request(Wish(reason="Cough")))
    people = sent(caring, "/Appointment")["participant"]
    assert isinstance(people, list)
    assert people[1]["actor"] == {"reference": f"RelatedPerson/{MOTHER}"}
    own = {"resourceType": "Person", "id": "ada", "link": [{"target": {"reference": f"Patient/{CHILD}"}}]}
    caring.add(json.dumps(own).encode())
    client.sync.run()
    assert client.people.list()[0].relationship == "self"


def test_what_the_sign_in_does_not_allow_is_said_before_anything_is_asked(client: Client, caring: CaringPortal) -> None:
    caring.scopes[CHILD] = "patient/*.rs"
    sign_in_for(client, caring, "Ben", "child")
    client.sync.run()
    for ask in (
        lambda: client.refills.plan("no such medicine"),
        lambda: client.bookings.request(Wish(reason="Cough")),
        lambda: client.bookings.cancel(f"visit-{CHILD}", ""),
    ):
        with pytest.raises(NotGranted, match="Ben Doe"):
            ask()
    assert client.people.list()[0].rights == ("see the chart", "change nothing")
    del caring.types["Task"]
    client.sync.run()
    with pytest.raises(NotOffered):
        client.refills.plan(f"order-{CHILD}")


def test_a_right_that_has_ended_is_told_with_its_last_day(both: Client, caring: CaringPortal) -> None:
    caring.ends = "2020-05-01"
    both.sync.run("child")
    both.people.switch("Ben")
    with pytest.raises(RightEnded, match="has ended on 2020-05-01"):
        both.refills.plan(f"order-{CHILD}")
    assert both.people.list()[1].is_over
    assert both.refills.list().total == 0
    both.people.switch("self")
    assert both.refills.plan(f"order-{OWN}").patient_name == "Ada Doe"


@pytest.mark.parametrize("slow", [f"Patient/{CHILD}", f"RelatedPerson/{MOTHER}"])
def test_a_refused_sign_in_for_another_may_be_a_right_that_has_ended(
    both: Client, caring: CaringPortal, slow: str
) -> None:
    caring.behaviours[f"/fhir/{slow}"] = Answer(401, delay=0.3)  # whichever of the two is refused first
    caring.refuses_refresh = True
    caring.accepted.clear()
    with pytest.raises(RightEnded, match="or the right to see the records of Ben Doe, has ended"):
        both.sync.run("child")
    with pytest.raises(RightEnded):
        both.sync.run("child")
    both.people.switch("Ben")
    with pytest.raises(RightEnded):
        both.bookings.request(Wish(reason="Cough"))
    assert {row.patient for row in both.medications.list().items} == {"Ben Doe"}


def test_a_consent_that_names_who_acts_ends_the_right_too(both: Client, caring: CaringPortal) -> None:
    consent = {
        "resourceType": "Consent",
        "id": "c1",
        "status": "active",
        "patient": {"reference": f"Patient/{CHILD}"},
        "provision": {
            "period": {"end": "2021-01-02"},
            "actor": [{"reference": {"reference": f"RelatedPerson/{MOTHER}"}}],
        },
    }
    caring.add(json.dumps(consent, separators=(",", ":")).encode())
    both.sync.run("child")
    child = both.people.list()[1]
    assert child.ends is not None
    assert (child.ends.day(), child.is_over) == ("2021-01-02", True)


def test_what_is_written_for_another_than_is_shown_is_refused_unless_it_was_confirmed(
    both: Client, caring: CaringPortal
) -> None:
    both.people.switch("self")
    both.choice = Choice(patient="Ben")
    plan = both.refills.plan(f"order-{CHILD}")
    with pytest.raises(OtherPatient, match="this is for Ben Doe, and Ada Doe is shown"):
        both.refills.submit(plan)
    booking = both.bookings.request(Wish(reason="Cough"))
    with pytest.raises(OtherPatient):
        both.bookings.submit(booking)
    assert both.outbox.list().total == 0
    doubt = both.writes.doubt(plan.connection)
    assert doubt is not None
    assert not both.writes.confirm(doubt, "Ada Doe")
    assert both.writes.confirm(doubt, " ben  DOE ")
    both.refills.submit(plan)
    assert caring.count("POST", "/fhir/Task") == 1


def test_where_nobody_in_particular_is_shown_every_write_is_confirmed(both: Client) -> None:
    plan = both.refills.plan(f"order-{OWN}")
    with pytest.raises(OtherPatient, match="everybody's records"):
        both.refills.submit(plan)
    both.people.switch("self")
    assert both.writes.doubt("own") is None
    assert both.writes.doubt("child") is not None


def test_an_unasked_write_has_to_name_one_patient(both: Client) -> None:
    both.people.switch("self")
    doubt = both.writes.doubt("child")
    assert doubt is not None
    for choice in (Choice(), Choice(portal="child"), Choice(patient="Doe"), Choice(patient="Ada")):
        both.choice = choice
        with pytest.raises(OtherPatient):
            both.writes.confirm_unasked(doubt)
    both.choice = Choice(patient="Ben")
    both.writes.confirm_unasked(doubt)
    both.refills.submit(both.refills.plan(f"order-{CHILD}"))


def test_namesakes_at_one_portal_are_told_apart_by_their_ids(client: Client, caring: CaringPortal) -> None:
    caring.resources["Patient"][CHILD] = caring.resources["Patient"][OWN].replace(b'"p1"', b'"p2"')
    sign_in_for(client, caring, OWN, "own")
    sign_in_for(client, caring, CHILD, "child")
    assert client.people.shown().is_several
    client.people.switch(OWN)
    doubt = client.writes.doubt("child")
    assert doubt is not None
    assert (doubt.for_, doubt.wanted) == ("Ada Doe", CHILD)
    assert not client.writes.confirm(doubt, "Ada Doe")
    assert client.writes.confirm(doubt, CHILD)


def test_requests_of_another_are_sent_again_only_when_that_was_confirmed(both: Client) -> None:
    both.people.switch("Ben")
    request = str(both.refills.submit(both.refills.plan(f"order-{CHILD}")).request_id)
    with both.vault.transaction() as tx:
        tx.connection.execute("UPDATE outbox_item SET state = 'rejected'")
    both.people.switch("self")
    both.choice = Choice(patient="Ben")
    with pytest.raises(OtherPatient):
        both.outbox.retry(request)


def test_a_right_that_was_made_narrower_is_known_once_the_sign_in_is_renewed(
    both: Client, caring: CaringPortal
) -> None:
    caring.token_extra = {"patient": CHILD, "scope": "patient/*.rs"}
    caring.accepted.clear()
    both.sync.run("child")
    assert both.people.list()[1].rights == ("see the chart", "change nothing")
    both.people.switch("Ben")
    with pytest.raises(NotGranted):
        both.bookings.request(Wish(reason="Cough"))
