"""People one cares for at the practice portal: chosen, read, written for, and lost when the right ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from store.people_errors import ChartNeeded, NotGranted, RightEnded
from store.services.appointment_plans import Wish
from store.services.scope import Choice
from store.services.sign_in import SignInRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.client import Client

FATHER, MINOR, GROWN_UP = "Wendell", "Florence", "Josephine"


@pytest.fixture
def household() -> Iterator[Sandbox]:
    with Sandbox(SandboxOptions(clinic_delay=3600)) as running:
        yield running


def sign_in(client: Client, sandbox: Sandbox, whom: str | None, name: str, portal: str = "") -> None:
    """Sign in as the father of the household."""
    account = next(one for one in sandbox.sign_ins if one.name.startswith(FATHER))
    with client.sign_ins.begin(SignInRequest(portal or sandbox.base_url, name=name, whom=whom)) as attempt:
        attempt.with_password(account.username, account.password)


def test_a_father_reads_and_writes_for_his_daughter_in_his_own_name(client: Client, household: Sandbox) -> None:
    with pytest.raises(ChartNeeded) as caught:
        sign_in(client, household, None, "own")
    assert next(choice.split()[0] for choice in caught.value.choices) == FATHER
    sign_in(client, household, "self", "own")
    sign_in(client, household, MINOR, "daughter")
    assert client.sync.run().failures == ()
    daughter = client.people.list()[1]
    assert (daughter.relationship, daughter.is_over) == ("father", False)
    assert daughter.acts_as.startswith(FATHER)
    client.people.switch(MINOR)
    subject, actor = f"Patient/{daughter.id}", client.portals.choose("daughter").fhir_user
    assert actor.startswith("RelatedPerson/")
    outcome = client.bookings.submit(client.bookings.request(Wish(reason="Cough")))
    assert (outcome.request.state, outcome.request.patient) == ("confirmed", daughter.patient)
    record = client.records.show(str(outcome.request.result))
    assert subject.encode() in record.fhir
    assert actor.encode() in record.fhir
    written = [row for row in client.audit.list().items if row.action == "write"]
    assert {row.subject for row in written} == {subject}
    assert all(row.actor.endswith(f" as {actor}") for row in written)


def test_narrower_rights_are_told_before_anything_is_asked(client: Client, household: Sandbox) -> None:
    sign_in(client, household, GROWN_UP, "daughter")
    assert client.sync.run().failures == ()
    (daughter,) = client.people.list()
    assert {"no messages", "change nothing"} <= set(daughter.rights)
    assert client.messages.list().total == 0
    with pytest.raises(NotGranted):
        client.bookings.request(Wish(reason="Cough"))
    with pytest.raises(NotGranted):
        client.refills.plan("anything")


def test_a_right_that_the_practice_ends_is_told_as_one(client: Client, household: Sandbox) -> None:
    sign_in(client, household, "self", "own")
    sign_in(client, household, MINOR, "daughter")
    assert client.sync.run().failures == ()
    household.portal.granting.end(client.portals.choose("daughter").fhir_user)
    report = client.sync.run()
    assert [portal.portal for portal in report.portals] == ["own"]
    assert "or the right to see the records of Florence" in report.broken[0]
    with pytest.raises(RightEnded):
        sign_in(client, household, None, "daughter", "daughter")
    client.choice = Choice(patient=MINOR)
    assert client.records.list().total
    client.choice = Choice(patient=FATHER)
    assert client.bookings.request(Wish(reason="Cough")).patient_name.startswith(FATHER)
