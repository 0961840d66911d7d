"""Writing to a practice: whom an answer goes to, who writes, what is awaited, and what is kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from store.errors import Ambiguous, InvalidInput, NotFound, WrongState
from store.records.message_writes import File
from store.services.message_plans import Wording
from store.vault import marks, outbox
from store.vault.marks import Mark
from store.vault.outbox import State
from tests.support.filling import fill
from tests.support.hostile import PATIENT, Offer, resource
from tests.support.wire import Answer

if TYPE_CHECKING:
    from store.client import Client
    from store.vault.outbox import Item
    from tests.support.hostile import ScriptedPortal
    from tests.support.wire import Call

TAKES = Offer(("read", "search-type", "create"), ("patient", "identifier"), conditional_create=True)
DOCTOR = {"reference": "Practitioner/d1", "display": "Dr. Who"}
ADA = {"reference": f"Patient/{PATIENT}"}
TEXT = Wording(text="Thank you.")
PICTURE = File("knee.png", "image/png", b"\x89PNG\r\n\x1a\npicture")


def message(name: str, at: str = "2026-01-01T10:00:00Z", **fields: Any) -> bytes:
    basics = {"status": "completed", "sent": at, "sender": DOCTOR, "recipient": [ADA]}
    return resource("Communication", name, **{**basics, "payload": [{"contentString": name}], **fields})


def part_of(name: str) -> dict[str, Any]:
    return {"partOf": [{"reference": f"Communication/{name}"}]}


@pytest.fixture
def ready(client: Client, portal: ScriptedPortal) -> Client:
    """A client with a care team and some conversations."""
    portal.types["Communication"] = TAKES
    fill(
        client,
        portal,
        resource("CareTeam", "t", status="active", name="Team", participant=[{"member": DOCTOR}]),
        resource("CareTeam", "old", status="inactive", participant=[{"member": {"reference": "Practitioner/d7"}}]),
        resource("Communication", "head", status="in-progress", sender=ADA, topic={"text": "Knee"}),
        message("m1", **part_of("head")),
        message("m2", "2026-01-02T10:00:00Z", sender=ADA, recipient=[DOCTOR], **part_of("head")),
        resource("Communication", "shut", status="completed", sender=ADA, topic={"text": "Old"}),
        message("m3", **part_of("shut")),
        resource("Communication", "bare", status="in-progress", sender=ADA, topic={"text": "Bare"}),
        message("m4", "2026-01-03T10:00:00Z", sender=ADA, recipient=[]),
        message("m5", "2026-01-04T10:00:00Z", sender={"reference": "Practitioner/d5"}),
    )
    return client


def sent(portal: ScriptedPortal) -> list[dict[str, Any]]:
    return [json.loads(body) for body in portal.created]


def items(client: Client) -> list[Item]:
    with client.vault.reading() as connection:
        return outbox.items(connection)


def test_an_answer_goes_to_who_wrote_last_of_the_practice(ready: Client, portal: ScriptedPortal) -> None:
    beginning = ready.letters.begin_reply("head")
    ready.letters.submit(ready.letters.plan(beginning, TEXT))
    (found,) = sent(portal)
    assert found["recipient"] == [DOCTOR]
    assert found["partOf"] == [{"reference": "Communication/head"}]
    assert found["inResponseTo"] == [{"reference": "Communication/m1"}]
    assert found["topic"] == {"text": "Knee"}


def test_an_answer_to_a_message_that_stands_alone_is_part_of_nothing(ready: Client, portal: ScriptedPortal) -> None:
    ready.letters.submit(ready.letters.plan(ready.letters.begin_reply("m5"), TEXT))
    (found,) = sent(portal)
    assert ("partOf" in found, found["recipient"]) == (False, [{"reference": "Practitioner/d5"}])


def test_what_cannot_be_answered_is_told_before_anything_is_written(ready: Client) -> None:
    with pytest.raises(WrongState, match="closed"):
        ready.letters.begin_reply("shut")
    with pytest.raises(NotFound):
        ready.letters.begin_reply("bare")
    with pytest.raises(InvalidInput, match="nobody"):
        ready.letters.begin_reply("m4")
    with pytest.raises(NotFound):
        ready.letters.begin_reply("nowhere")


def test_there_is_somebody_to_write_to_and_something_to_say(ready: Client) -> None:
    with pytest.raises(InvalidInput, match="whom"):
        ready.letters.begin(())
    with pytest.raises(NotFound):
        ready.letters.begin((" ",))
    beginning = ready.letters.begin(("who", "Practitioner/d1"))
    assert [each.name for each in beginning.recipients] == ["Dr. Who"]
    with pytest.raises(InvalidInput, match="empty"):
        ready.letters.plan(beginning, Wording(subject="A", text=" \x00"))
    with pytest.raises(InvalidInput, match="about"):
        ready.letters.plan(beginning, Wording(subject=" ", text="B"))


def test_the_care_team_itself_can_be_written_to_and_one_that_has_ended_not(ready: Client) -> None:
    names = {str(each.id) for each in ready.letters.recipients().items}
    assert {"Practitioner/d1", "CareTeam/t"} <= names
    assert not {"Practitioner/d7", "CareTeam/old", f"Patient/{PATIENT}"} & names


def test_two_of_one_name_are_asked_about(ready: Client, portal: ScriptedPortal) -> None:
    members = [{"member": {"reference": f"Practitioner/e{place}", "display": f"Dr. E{place}"}} for place in (1, 2)]
    fill(ready, portal, resource("CareTeam", "u", status="active", participant=members))
    with pytest.raises(Ambiguous):
        ready.letters.begin(("dr. e",))
    assert [each.id for each in ready.letters.begin(("dr. e2",)).recipients] == ["Practitioner/e2"]


def test_who_cares_for_the_patient_writes_in_their_own_name(ready: Client, portal: ScriptedPortal) -> None:
    with ready.vault.transaction() as tx:
        tx.connection.execute("UPDATE connection SET fhir_user = ?", ("RelatedPerson/r1",))
    wording = Wording(subject="A", text="B")
    ready.letters.submit(ready.letters.plan(ready.letters.begin(("who",)), wording))
    header, found = sent(portal)
    assert (header["sender"], found["sender"]) == ({"reference": "RelatedPerson/r1"},) * 2
    assert (found["subject"], header["recipient"][-1]) == (ADA, {"reference": "RelatedPerson/r1"})


def test_a_file_whose_answer_was_lost_is_sent_again_and_its_message_once(ready: Client, portal: ScriptedPortal) -> None:
    portal.types["Binary"] = Offer(("read", "create"), ())
    ready.sync.run()
    lost = iter([Answer(502)])

    def lose_the_first(_call: Call) -> Answer | None:
        return next(lost, None)

    portal.behaviours["POST /fhir/Binary"] = lose_the_first
    wording = Wording(subject="A", text="B", files=(PICTURE,))
    outcome = ready.letters.submit(ready.letters.plan(ready.letters.begin(("who",)), wording))
    assert (outcome.request.state, outcome.thread) == ("queued", None)
    with ready.vault.transaction() as tx:
        tx.connection.execute("UPDATE outbox_item SET not_before = 0")
    ready.sync.run()
    assert [each["resourceType"] for each in sent(portal)] == ["Binary", "Communication", "Communication"]
    assert {item.state for item in items(ready)} == {State.CONFIRMED}


def test_parts_of_what_is_given_up_are_given_up_and_not_counted(ready: Client, portal: ScriptedPortal) -> None:
    portal.behaviours["POST /fhir/Communication"] = Answer(429, headers={"Retry-After": "3600"})
    wording = Wording(subject="A", text="B")
    name = str(ready.letters.submit(ready.letters.plan(ready.letters.begin(("who",)), wording)).request.id)
    assert ready.overview.status().waiting == 1
    assert [str(row.id) for row in ready.outbox.list().items] == [name]
    ready.outbox.cancel(name)
    assert {item.state for item in items(ready)} == {State.CANCELLED}
    assert ready.overview.status().waiting == 0


def test_a_draft_says_when_it_was_sent_and_not_when_it_was_begun(ready: Client, portal: ScriptedPortal) -> None:
    plan = ready.letters.plan(ready.letters.begin(("who",)), Wording("A", "billing", "B", (PICTURE,)))
    draft = ready.letters.drafts.keep(plan)
    early = b'"sent":"2020-01-01T00:00:00Z"'
    with ready.vault.transaction() as tx:
        for item in outbox.items(tx.connection):
            at = item.body.find(b'"sent":"')
            if at >= 0:
                outbox.rewrite(tx, item.id, item.body[:at] + early + item.body[at + len(early) :])
    ready.letters.drafts.change(str(draft.id), Wording(category="other", files=(PICTURE,)))
    with pytest.raises(InvalidInput, match="nothing"):
        ready.letters.drafts.change(str(draft.id), Wording())
    ready.letters.send_draft(str(draft.id))
    header, found = sent(portal)
    assert (header["sent"], header["category"]) == (found["sent"], found["category"])
    assert found["category"][0]["text"] == "Other"
    assert found["sent"] > "2026"
    assert [set(part) for part in found["payload"]] == [{"contentString"}, *[{"contentAttachment"}] * 2]


def test_marks_are_of_one_connection_and_one_kind(ready: Client) -> None:
    with ready.vault.transaction() as tx:
        marks.put(tx, Mark.READ, 1, "a_b", 7)
        marks.put(tx, Mark.READ, 11, "a", 8)
        marks.put(tx, Mark.ARCHIVED, 1, "c", 9)
        marks.remove(tx, Mark.READ, 1, "c")
        assert marks.load(tx.connection, Mark.READ, 1) == {"a_b": 7}
        assert marks.load(tx.connection, Mark.ARCHIVED, 1) == {"c": 9}
