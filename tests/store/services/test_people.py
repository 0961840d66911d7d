"""People one cares for: signing in for them, who is shown, and of whom what is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.errors import Ambiguous, NotFound, SignInRefused
from store.people_errors import ChartNeeded, ChartUnknown, RightEnded
from store.services.scope import Choice
from store.services.sign_in import Chart, SignInRequest
from tests.support.caring import CHILD, OWN, CaringPortal, sign_in_for
from tests.support.signing import sign_in_to

if TYPE_CHECKING:
    from store.client import Client


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
