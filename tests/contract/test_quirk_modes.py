"""Whatever vendor's manner a portal has: the whole chart arrives, stays as it is, and what is sent is sent once."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.correspondence import ANSWERS_AFTER
from portal_cli.sandbox.quirks.table import MODES
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from store.errors import NotOffered, PortalError, SignInNeeded
from store.records.message_writes import File
from store.services.message_plans import Wording
from store.vault import reading
from tests.conftest import sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal_cli.sandbox.versions import Version
    from store.client import Client
    from store.services.message_plans import MessagePlan

OWN = "own"
RENEWING = sorted(name for name, mode in MODES.items() if mode.signing.renewal != "none")
TAKING_REFILLS = sorted(name for name, mode in MODES.items() if mode.offers("Task", "create"))
WITHOUT_CONDITION = sorted(name for name in TAKING_REFILLS if MODES[name].writes.conditional_create == "no")
_REFERENCE = re.compile(rb'"reference":"([A-Za-z]+)/([A-Za-z0-9\-.]{1,64})"')


def portal_like(mode: str, **options: object) -> Sandbox:
    """A portal with made-up patients, in a mode or in its own manner, whose clinic does nothing by itself."""
    chosen = SandboxOptions(clinic_delay=3600, quirks=None if mode == OWN else mode, **options)  # type: ignore[arg-type]
    return Sandbox(chosen)


@pytest.fixture(params=[OWN, *MODES])
def portal(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A running portal of each mode."""
    with portal_like(str(request.param)) as running:
        yield running


def served(sandbox: Sandbox, patient: str) -> dict[tuple[str, str], bytes]:
    """What a mode serves a patient: their own records, and whatever those refer to, and so on."""
    hidden = sandbox.mode.hidden if sandbox.mode else frozenset()
    found: dict[tuple[str, str], bytes] = {}
    pending: list[Version] = [
        version
        for kind in sandbox.portal.repository.kinds()
        for version in sandbox.portal.repository.visible(patient, kind)
        if patient in version.owners
    ]
    while pending:
        version = pending.pop()
        if version.kind in hidden | {"Binary"} or (version.kind, version.key) in found:  # contents come on demand
            continue
        found[version.kind, version.key] = version.body
        for kind, key in _REFERENCE.findall(version.body):
            named = sandbox.portal.repository.current(kind.decode(), key.decode())
            if named and not named.is_deleted and named.is_visible_to(patient):
                pending.append(named)
    return found


def in_vault(client: Client) -> dict[tuple[str, str], bytes]:
    with client.vault.reading() as connection:
        found = reading.records(client.vault, connection, reading.Filter())
        return {(row.type, row.id): body for row, body in found}


def letter_of(client: Client) -> MessagePlan:
    """A message with a picture to somebody of the care team."""
    somebody = client.letters.recipients().items[0]
    files = (File("knee.png", "image/png", b"\x89PNG\r\n\x1a\npicture"),)
    return client.letters.plan(client.letters.begin((str(somebody.id),)), Wording("Knee", "", "It hurts.", files))


def letters_at(sandbox: Sandbox) -> list[Version]:
    """The headers and messages that patients sent."""
    return [each for each in sandbox.portal.repository.everything("Communication") if each.creator]


def refills_at(sandbox: Sandbox, request_id: str) -> list[str]:
    """The ids of the requests of ours that the portal has."""
    tasks = (version.resource() for version in sandbox.portal.repository.everything("Task"))
    return [task["id"] for task in tasks if request_id in json.dumps(task.get("identifier"))]


@pytest.mark.parametrize("which", [0, 1])
def test_the_whole_chart_arrives_byte_for_byte_and_a_second_sync_changes_nothing(
    portal: Sandbox, client: Client, which: int
) -> None:
    sign_in(client, portal, which)
    report = client.sync.run()
    assert report.failures == ()
    wanted, found = served(portal, portal.sign_ins[which].patient), in_vault(client)
    assert len(wanted) > 50
    assert sorted(wanted.keys() - found.keys()) == []
    assert sorted(found.keys() - wanted.keys()) == []
    assert sorted(key for key in wanted if found[key] != wanted[key]) == []
    again = client.sync.run()
    assert again.failures == ()
    assert again.changed == 0
    assert in_vault(client) == found


def test_a_change_at_the_portal_arrives_with_the_next_sync(portal: Sandbox, client: Client) -> None:
    sign_in(client, portal)
    client.sync.run()
    patient = portal.sign_ins[0].patient
    version = portal.portal.repository.visible(patient, "Observation")[0]
    portal.portal.repository.put({**version.resource(), "status": "amended"}, version.key)
    report = client.sync.run()
    assert report.failures == ()
    assert report.changed == 1
    assert in_vault(client) == served(portal, patient)


def test_a_message_is_sent_once_where_it_is_taken_and_else_not_offered(portal: Sandbox, client: Client) -> None:
    sign_in(client, portal)
    client.sync.run()
    if portal.mode and not portal.mode.offers("Communication", "create"):
        with pytest.raises(NotOffered):
            client.letters.begin(("anybody",))
        return
    plan = letter_of(client)
    thread = client.letters.submit(plan).thread
    assert thread
    assert (thread.messages[0].text, thread.messages[0].attachments) == ("It hurts.", ("knee.png",))
    client.sync.run()
    assert len(letters_at(portal)) == 2
    portal.clinic.step()
    portal.portal.clock.advance(ANSWERS_AFTER.total_seconds())
    portal.clinic.step()
    assert client.sync.run().failures == ()
    assert client.messages.read(str(thread.id)).unread == 0
    answer = next(each for each in portal.portal.repository.everything("Communication")[::-1])
    assert answer.resource()["status"] == "completed"
    assert client.sync.run().failures == ()
    assert client.messages.locate(str(thread.id))[1].unread == 0


def test_a_refill_is_sent_once_where_it_is_taken_and_else_not_offered(portal: Sandbox, client: Client) -> None:
    sign_in(client, portal)
    client.sync.run()
    if portal.mode and not portal.mode.offers("Task", "create"):
        with pytest.raises(NotOffered):
            client.refills.plan("lisinopril")
        return
    plan = client.refills.plan("lisinopril")
    row = client.refills.submit(plan)
    assert row.status == "requested"
    assert refills_at(portal, plan.request_id) == [row.id]
    client.sync.run()
    assert refills_at(portal, plan.request_id) == [row.id]


@pytest.mark.parametrize("when", ["before", "during", "after"])
@pytest.mark.parametrize("mode", [OWN, *TAKING_REFILLS])
def test_a_refill_whose_answer_is_lost_is_not_sent_twice_and_not_forgotten(
    mode: str, when: str, client: Client
) -> None:
    with portal_like(mode, faults="") as portal:
        sign_in(client, portal)
        client.sync.run()
        plan = client.refills.plan("lisinopril")
        portal.faults.cut_next(when, method="POST", path="/fhir/Task")
        client.refills.submit(plan)
        assert portal.faults.counts() == {f"cut-{when}": 1}
        client.sync.run()
        kept = refills_at(portal, plan.request_id)
        row = next(row for row in client.refills.list().items if row.request_id == plan.request_id)
        if kept:
            assert kept == [row.id]
            assert row.status == "requested"
        else:  # without a conditional create it may not be sent again unasked, and stays visible as undecided
            assert mode in WITHOUT_CONDITION
            assert (when, row.status) == ("before", "unknown")


@pytest.mark.parametrize("mode", [OWN, *MODES])
def test_a_token_that_ends_midway_is_renewed_or_needs_a_new_sign_in(mode: str, client: Client) -> None:
    with portal_like(mode) as portal:
        sign_in(client, portal)
        client.sync.run()
        portal.faults.once("expired", path="/fhir/Observation")
        if mode == OWN or mode in RENEWING:
            assert client.sync.run().failures == ()
        else:
            with pytest.raises(SignInNeeded):
                client.sync.run()
            sign_in(client, portal)
            assert client.sync.run().failures == ()
        assert in_vault(client) == served(portal, portal.sign_ins[0].patient)


HARMLESS = (
    "429",
    "429-date",
    "429-silent",
    "502",
    "503",
    "504",
    "maintenance",
    "duplicate",
    "duplicate-page",
    "reordered",
    "wrong-type",
    "trickle",
)
HARMFUL = (
    "html",
    "garbage",
    "missing",
    "self",
    "endless",
    "500",
    "cut-before",
    "cut-during",
    "cut-after",
    "reset-during",
)


@pytest.mark.parametrize("fault", HARMLESS)
def test_a_portal_that_is_busy_slow_or_repeats_itself_does_no_harm(fault: str, client: Client) -> None:
    with portal_like(OWN, faults="") as portal:
        sign_in(client, portal)
        portal.faults.once(fault, path="/fhir/Observation")
        assert client.sync.run().failures == ()
        assert portal.faults.counts() == {fault: 1}
        assert in_vault(client) == served(portal, portal.sign_ins[0].patient)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("fault", HARMFUL)
def test_what_a_fault_keeps_back_is_told_of_and_brought_by_the_next_sync(fault: str, client: Client) -> None:
    with portal_like(OWN, faults="") as portal:
        sign_in(client, portal)
        client.sync.run()
        version = portal.portal.repository.visible(portal.sign_ins[0].patient, "Observation")[0]
        portal.portal.repository.put({**version.resource(), "status": "amended"}, version.key)
        portal.faults.once(fault, path="/fhir/Observation")
        try:
            failures = client.sync.run(full=True).failures
        except PortalError as error:
            failures = (str(error),)
        is_whole = in_vault(client) == served(portal, portal.sign_ins[0].patient)
        assert portal.faults.counts() == {fault: 1}
        assert failures or is_whole
        assert client.sync.run().failures == ()
        assert in_vault(client) == served(portal, portal.sign_ins[0].patient)
