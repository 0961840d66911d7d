"""People one cares for: signing in for them, who is shown, as whom one writes, and a right that ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from store.errors import Ambiguous, NotFound, NotOffered, SignInRefused
from store.people_errors import ChartNeeded, ChartUnknown, NotGranted, OtherPatient, RightEnded
from store.services.appointment_plans import Wish
from store.services.scope import Choice
from store.services.sign_in import Chart, SignInRequest
from store.vault import audit
from tests.support.caring import CHILD, MOTHER, OWN, CaringPortal, sign_in_for
from tests.support.signing import sign_in_to

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.client import Client
    from tests.support.hostile import ScriptedPortal


@pytest.fixture
def caring() -> Iterator[CaringPortal]:
    with CaringPortal() as running:
        yield running


@pytest.fixture
def both(client: Client, caring: CaringPortal) -> Client:
    """A vault with the mother's own chart and that of her child."""
    sign_in_for(client, caring, "self", "own")
    client.sync.run("own")
    sign_in_for(client, caring, "Ben", "child")
    client.sync.run("child")
    return client


def sent(portal: ScriptedPortal, kind: str) -> dict[str, object]:
    """The last resource of a type that reached the portal."""
    found = [json.loads(call.body) for call in portal.requests if call.method == "POST" and call.path.endswith(kind)]
    last: dict[str, object] = found[-1]
    return last


def test_a_sign_in_is_for_whom_was_named(client: Client, caring: CaringPortal) -> None:
    assert sign_in_for(client, caring, "ben", "child").patient == CHILD
    assert sign_in_for(client, caring, CHILD, "child").patient == CHILD
    assert sign_in_for(client, caring, f"Patient/{OWN}", "own").patient == OWN
    assert sign_in_for(client, caring, "myself", "own").patient == OWN
    assert [row.patient_name for row in client.portals.list()] == ["Ben Doe", "Ada Doe"]


def test_nobody_is_guessed_where_several_could_be_meant(client: Client, caring: CaringPortal) -> None:
    with pytest.raises(ChartNeeded) as caught:
        sign_in_to(client, caring)
    assert caught.value.choices == ("Ada Doe (yourself)", "Ben Doe (you are: mother, no messages, until 2999-05-01)")
    with pytest.raises(ChartNeeded):
        sign_in_for(client, caring, "Doe", "child")
    with pytest.raises(ChartUnknown) as unknown:
        sign_in_for(client, caring, "Eve", "child")
    assert len(unknown.value.close) == 2
    assert not client.has_vault


def test_who_signs_in_chooses_of_the_charts_that_the_portal_tells(client: Client, caring: CaringPortal) -> None:
    caring.charts[1]["name"] = "Ben\x1b[2J\nDoe"
    seen: list[Chart] = []

    def choose(charts: tuple[Chart, ...]) -> Chart:
        seen.extend(charts)
        return charts[1]

    with client.sign_ins.begin(SignInRequest(caring.base_url)) as attempt:
        assert attempt.with_password("ada", "secret", None, choose).patient == CHILD
    assert [chart.is_own for chart in seen] == [True, False]
    assert "\x1b" not in seen[1].name
    assert "\n" not in seen[1].name
    caring.charts[1]["name"] = "Ben Doe"


def test_a_saved_sign_in_is_renewed_for_whom_it_was(both: Client, caring: CaringPortal) -> None:
    with both.sign_ins.begin(SignInRequest("child")) as attempt:
        assert attempt.with_password("ada", "secret").name == "child"
    assert len(both.portals.list()) == 2
    caring.charts = caring.charts[:1]
    with both.sign_ins.begin(SignInRequest("child")) as attempt, pytest.raises(RightEnded, match="Ben Doe"):
        attempt.with_password("ada", "secret")


def test_a_portal_that_signs_in_for_somebody_else_is_not_believed(client: Client, caring: CaringPortal) -> None:
    caring.behaviours["/auth/challenge"] = lambda _: None
    with pytest.raises(SignInRefused, match="another person"):
        sign_in_for(client, caring, "Ben", "child")
    assert not client.has_vault
    assert caring.count("POST", "/auth/revoke") == 1
    assert sign_in_for(client, caring, "Ada", "own").patient == OWN


def test_two_who_act_for_one_patient_have_a_connection_each(client: Client, caring: CaringPortal) -> None:
    sign_in_for(client, caring, "Ben", "mother")
    caring.behaviours["POST /auth/token"] = lambda _: caring.token_extra.update(
        patient=CHILD, fhirUser="RelatedPerson/father"
    )
    sign_in_for(client, caring, "Ben", "father")
    assert [(row.name, row.patient) for row in client.portals.list()] == [("mother", CHILD), ("father", CHILD)]
    assert not client.people.shown().is_several


def test_the_list_tells_by_what_right_until_when_and_who_is_shown(both: Client) -> None:
    own, child = both.people.list()
    assert (own.patient, own.relationship, own.ends, own.is_shown) == ("Ada Doe", "self", None, True)
    assert (child.patient, child.relationship, child.acts_as) == ("Ben Doe", "mother", "Ada Doe")
    assert child.ends is not None
    assert (child.ends.day(), child.is_over, child.is_signed_in) == ("2999-05-01", False, True)
    assert child.rights[:2] == ("see the chart", "write messages")
    both.people.switch("ben")
    assert [row.is_shown for row in both.people.list()] == [False, True]


def test_commands_show_the_person_who_was_switched_to(both: Client) -> None:
    assert {row.patient for row in both.medications.list().items} == {"Ada Doe", "Ben Doe"}
    assert both.people.shown().is_everybody
    for named, name in (("ben", "Ben Doe"), ("self", "Ada Doe"), (CHILD, "Ben Doe"), ("own", "Ada Doe")):
        assert both.people.switch(named).names == (name,)
        assert {row.patient for row in both.medications.list().items} == {name}
        assert {row.patient for row in both.records.list().items} == {name}
    both.choice = Choice(every=True)
    assert {row.patient for row in both.medications.list().items} == {"Ada Doe", "Ben Doe"}
    both.choice = Choice(patient="Ben")
    assert both.people.shown().words == "Ben Doe (you are: mother)"
    both.choice = Choice(portal="child")
    assert {row.patient for row in both.medications.list().items} == {"Ben Doe"}
    both.choice = Choice()
    assert both.people.switch(None).is_everybody


def test_a_sync_a_reminder_and_the_audit_are_of_everybody_whoever_is_shown(both: Client) -> None:
    both.people.switch("Ben")
    assert [report.portal for report in both.sync.run().portals] == ["own", "child"]
    assert both.audit.meant() is None
    assert {row.patient for row in both.reminders.list().items} == set()


def test_who_is_shown_is_kept_by_the_vault(both: Client) -> None:
    both.people.switch("Ben")
    both.close()
    assert both.people.shown().names == ("Ben Doe",)
    both.sign_ins.end("child", erase=True)
    assert both.people.shown().names == ("Ada Doe",)


def test_a_person_who_is_not_there_or_not_one_is_not_shown(both: Client) -> None:
    with pytest.raises(NotFound):
        both.people.switch("Eve")
    with pytest.raises(Ambiguous) as caught:
        both.people.switch("Doe")
    assert caught.value.choices == (f"Ada Doe at own `{OWN}`", f"Ben Doe at child `{CHILD}`")


def test_one_person_at_two_portals_is_one_by_name_and_date_of_birth_only(client: Client) -> None:
    with CaringPortal() as one, CaringPortal() as two:
        sign_in_for(client, one, "self", "one")
        sign_in_for(client, two, "self", "two")
        assert not client.people.shown().is_several
        two.resources["Patient"][OWN] = two.resources["Patient"][OWN].replace(b"1980", b"1981")
        client.sync.run("two")
        assert client.people.shown().is_several


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


def test_a_refused_sign_in_for_another_may_be_a_right_that_has_ended(both: Client, caring: CaringPortal) -> None:
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


def test_a_summary_of_several_people_says_of_each_entry_whose_it_is(both: Client) -> None:
    both.sync.run()
    found = both.summaries.make()
    entries = [entry for section in found.sections for entry in section.entries]
    assert len(found.patients) > 1
    assert {entry.patient for entry in entries} <= set(found.patients)
    assert all(entry.patient for entry in entries)
