"""Messages that are being written: kept however little they are, changed as a whole, and brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.errors import InvalidInput, NotFound, WrongState
from store.records.message_writes import File
from store.services.message_plans import Wording
from store.vault import audit
from tests.support.filling import fill
from tests.support.hostile import Offer, outcome, resource

if TYPE_CHECKING:
    from store.client import Client
    from tests.support.hostile import ScriptedPortal

MEMBERS = [{"member": {"reference": f"Practitioner/d{number}", "display": f"Dr. {number}"}} for number in (1, 2)]


@pytest.fixture
def ready(client: Client, portal: ScriptedPortal) -> Client:
    portal.types["Communication"] = Offer(("read", "search-type", "create"), ("patient", "identifier"))
    fill(client, portal, resource("CareTeam", "t", status="active", name="Team", participant=MEMBERS))
    return client


def sketch(client: Client, subject: str = "", text: str = "", category: str = "") -> str:
    return str(client.letters.sketch(client.letters.begin(("Practitioner/d1",)), Wording(subject, category, text)).id)


def test_half_a_message_is_kept_and_not_sent(ready: Client, portal: ScriptedPortal) -> None:
    for subject, text, why in (("", "Hello", "no subject"), ("Knee", "", "empty")):
        draft = sketch(ready, subject, text)
        with pytest.raises(InvalidInput, match=why):
            ready.letters.send_draft(draft)
    assert portal.created == []


def test_a_draft_is_rewritten_as_a_whole_also_to_nothing(ready: Client) -> None:
    draft = sketch(ready, subject="Knee", category="billing", text="Hello")
    others = tuple(each for each in ready.letters.recipients().items if each.id == "Practitioner/d2")
    ready.letters.sketches.rewrite(draft, others, Wording(), "/tmp/knee")
    found = ready.letters.sketches.open(draft)
    assert (found.wording, [each.id for each in found.recipients]) == (Wording(), ["Practitioner/d2"])
    assert found.paths == "/tmp/knee"
    ready.letters.sketches.rewrite(draft, (), Wording("Knee", "", "Hello"))
    with pytest.raises(InvalidInput, match="whom"):
        ready.letters.send_draft(draft)


def test_being_kept_every_few_seconds_leaves_no_lines_in_the_audit_trail(ready: Client) -> None:
    draft = sketch(ready, subject="Knee")

    def lines() -> int:
        with ready.vault.reading() as connection:
            return len(list(audit.lines(connection)))

    before = lines()
    for number in range(3):
        ready.letters.sketches.rewrite(draft, (), Wording("Knee", "", f"{number}"), is_noted=False)
    assert lines() == before


def test_a_deleted_draft_comes_back_with_its_files_and_is_sent_once(ready: Client, portal: ScriptedPortal) -> None:
    portal.types["Binary"] = Offer(("read", "create"), ())
    draft = sketch(ready, subject="Knee", text="Hello")
    ready.letters.drafts.change(
        draft, Wording(files=(File("a.txt", "text/plain", b"a"), File("b.txt", "text/plain", b"b")))
    )
    ready.letters.sketches.detach(draft, [0])
    ready.letters.sketches.detach(draft, [])
    with pytest.raises(WrongState):
        ready.letters.sketches.restore(draft)
    ready.letters.drafts.delete(draft)
    back = ready.letters.sketches.restore(draft)
    assert ([file.title for file in back.attached], back.text) == (["b.txt"], "Hello")
    assert ready.letters.send_draft(str(back.id)).request.state == "confirmed"
    assert sum(b"Hello" in body for body in portal.created) == 1
    with pytest.raises(WrongState):
        ready.letters.sketches.restore(str(back.id))
    with pytest.raises(NotFound):
        ready.letters.sketches.restore("none")


def test_what_was_refused_is_given_up_for_a_draft_of_the_same_words(ready: Client, portal: ScriptedPortal) -> None:
    portal.behaviours["POST /fhir/Communication"] = lambda _: outcome(422, "closed")
    draft = sketch(ready, subject="Knee", text="Hello")
    with pytest.raises(Exception, match="closed"):
        ready.letters.send_draft(draft)
    back = ready.letters.sketches.restore(draft)
    assert sorted(row.state for row in ready.outbox.list().items) == ["cancelled", "draft"]
    del portal.behaviours["POST /fhir/Communication"]
    assert ready.letters.send_draft(str(back.id)).request.state == "confirmed"


def test_an_answer_that_is_resumed_still_answers(ready: Client, portal: ScriptedPortal) -> None:
    message = {"sender": MEMBERS[0]["member"], "payload": [{"contentString": "How is it?"}], "topic": {"text": "Knee"}}
    fill(ready, portal, resource("Communication", "m1", status="completed", sent="2026-01-01T10:00:00Z", **message))
    draft = ready.letters.sketch(ready.letters.begin_reply("m1"), Wording(text="Bet"))
    found = ready.letters.sketches.open(str(draft.id))
    beginning = ready.letters.resume(found)
    assert (found.answers, beginning.subject, beginning.recipients[0].id) == (
        "Communication/m1",
        "Knee",
        "Practitioner/d1",
    )


def test_a_draft_that_somebody_else_has_written_on_is_not_written_over(ready: Client) -> None:
    draft = sketch(ready, subject="Knee")
    sketches = ready.letters.sketches
    mark = sketches.open(draft).mark
    sketches.rewrite(draft, (), Wording("Knee", "", "Mine"), over=mark)
    with pytest.raises(WrongState, match="changed elsewhere"):
        sketches.rewrite(draft, (), Wording("Knee", "", "Theirs"), over=mark)
    assert sketches.open(draft).wording.text == "Mine"
    sketches.rewrite(draft, (), Wording("Knee", "", "Theirs"), over=sketches.mark(draft))
    assert sketches.open(draft).wording.text == "Theirs"
