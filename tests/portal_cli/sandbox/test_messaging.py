"""Messages at the practice: who may write what, what may change, and when the practice reads and answers."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox import messaging
from portal_cli.sandbox.correspondence import ANSWERS_AFTER

if TYPE_CHECKING:
    from tests.portal_cli.sandbox.conftest import Caller

DOCTOR = {"reference": "Practitioner/doctor"}
ADA = {"reference": "Patient/ada"}
PICTURE = base64.b64encode(b"picture").decode()


def header(**members: Any) -> dict[str, Any]:
    basics = {"resourceType": "Communication", "status": "in-progress", "subject": ADA, "sender": ADA}
    return {**basics, "topic": {"text": "Cough"}, "recipient": [DOCTOR, ADA], **members}


def letter(**members: Any) -> dict[str, Any]:
    return {**header(recipient=[DOCTOR]), "payload": [{"contentString": "Good morning"}], **members}


def attached(**parts: Any) -> dict[str, Any]:
    return letter(payload=[{"contentAttachment": parts}])


def send(ada: Caller, message: dict[str, Any]) -> dict[str, Any]:
    answer = ada.call("POST", "Communication", message)
    assert answer.status_code == 201, answer.text
    return answer.json or {}


def part_of(name: str) -> list[dict[str, str]]:
    return [{"reference": f"Communication/{name}"}]


def answer_to(ada: Caller, message: dict[str, Any]) -> dict[str, Any]:
    """What the practice writes back when its time has come."""
    clinic = ada.sandbox.clinic
    clinic.step()
    ada.sandbox.portal.clock.advance(ANSWERS_AFTER.total_seconds())
    clinic.step()
    every = ada.get("Communication").json or {}
    return next(
        each["resource"]
        for each in every["entry"]
        if each["resource"].get("inResponseTo") == part_of(message["id"]) and "sender" in each["resource"]
    )


def change(ada: Caller, message: dict[str, Any], **members: Any) -> tuple[int, str]:
    """How a change of a message is refused."""
    return ada.refused("PUT", f"Communication/{message['id']}", {**message, **members})


@pytest.mark.parametrize(
    "sender", ["Practitioner/doctor", "Organization/none", "https://elsewhere.example/Patient/ada"]
)
def test_nobody_writes_in_another_name(ada: Caller, sender: str) -> None:
    assert ada.refused("POST", "Communication", letter(sender={"reference": sender})) == (422, "business-rule")


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"status": "completed"}, "business-rule"),
        ({"status": "preparation"}, "business-rule"),
        ({"received": "2026-01-01T00:00:00Z"}, "business-rule"),
        ({"recipient": [{"reference": "Practitioner/nobody"}]}, "business-rule"),
        ({"recipient": [ADA]}, "business-rule"),
        ({"partOf": part_of("nowhere")}, "business-rule"),
        ({"inResponseTo": part_of("nowhere")}, "business-rule"),
        ({"payload": [{"contentString": "x" * (messaging.MOST_SIGNS + 1)}]}, "too-long"),
        ({"payload": [{"contentAttachment": {"contentType": "text/plain", "data": "eA=="}}] * 11}, "too-costly"),
    ],
)
def test_a_message_that_breaks_a_rule_is_refused(ada: Caller, members: dict[str, Any], code: str) -> None:
    assert ada.refused("POST", "Communication", letter(**members)) == (422, code)
    assert ada.found("Communication") == set()


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"contentType": "application/x-msdownload", "data": PICTURE}, "not-supported"),
        ({"contentType": "image/png", "data": "no base64!"}, "value"),
        ({"contentType": "image/png", "data": ""}, "required"),
        ({"contentType": "image/png"}, "required"),
        ({"contentType": "image/png", "url": "Binary/nowhere"}, "business-rule"),
        ({"contentType": "image/png", "url": "https://elsewhere.example/picture.png"}, "business-rule"),
        ({"contentType": "image/png", "url": "Binary/scan"}, "business-rule"),
    ],
)
def test_an_attachment_that_the_practice_does_not_take_is_refused(
    ada: Caller, parts: dict[str, Any], code: str
) -> None:
    assert ada.refused("POST", "Communication", attached(**parts)) == (422, code)


def test_an_attachment_that_is_too_large_is_refused_wherever_it_is(ada: Caller) -> None:
    content = base64.b64encode(b"x" * (messaging.MOST_BYTES + 1)).decode()
    assert ada.refused("POST", "Communication", attached(contentType="image/png", data=content)) == (422, "too-long")
    binary = {"resourceType": "Binary", "contentType": "image/png", "securityContext": ADA, "data": content}
    kept = ada.call("POST", "Binary", binary).json or {}
    message = attached(contentType="image/png", url=f"Binary/{kept['id']}")
    assert ada.refused("POST", "Communication", message) == (422, "too-long")


def test_another_patients_conversation_looks_as_if_it_were_not_there(ada: Caller, ben: Caller) -> None:
    thread = send(ada, header())
    message = letter(subject={"reference": "Patient/ben"}, sender={"reference": "Patient/ben"})
    there = ben.call("POST", "Communication", {**message, "partOf": part_of(thread["id"])})
    nowhere = ben.call("POST", "Communication", {**message, "partOf": part_of("nowhere")})
    assert (there.status_code, there.text) == (nowhere.status_code, nowhere.text)
    assert there.status_code in {403, 422}


def test_the_practice_reads_a_message_and_answers_it_once_when_its_time_has_come(ada: Caller) -> None:
    clinic = ada.sandbox.clinic
    thread = send(ada, header())
    message = send(ada, letter(partOf=part_of(thread["id"])))
    assert clinic.step() == 1
    read = ada.get(f"Communication/{message['id']}").json or {}
    assert (read["status"], bool(read["received"])) == ("completed", True)
    assert clinic.step() == 0
    reply = answer_to(ada, message)
    assert (reply["sender"], reply["recipient"], reply["partOf"]) == (DOCTOR, [ADA], part_of(thread["id"]))
    assert (reply["status"], "received" in reply) == ("in-progress", False)
    assert "Cough" in reply["payload"][0]["contentString"]
    assert clinic.step() == 0


def test_a_message_to_nobody_in_particular_is_read_and_waits(ada: Caller) -> None:
    message = letter()
    del message["recipient"]
    send(ada, message)
    assert ada.sandbox.clinic.step() == 1
    ada.sandbox.portal.clock.advance(ANSWERS_AFTER.total_seconds())
    assert ada.sandbox.clinic.step() == 0


def test_a_closed_conversation_takes_no_message(ada: Caller) -> None:
    thread = send(ada, header())
    first = send(ada, letter(partOf=part_of(thread["id"])))
    assert ada.call("PUT", f"Communication/{thread['id']}", {**thread, "status": "completed"}).status_code == 200
    assert ada.refused("POST", "Communication", letter(partOf=part_of(thread["id"]))) == (422, "business-rule")
    assert change(ada, thread, status="in-progress") == (422, "business-rule")
    assert ada.sandbox.clinic.step() == 0
    assert (ada.get(f"Communication/{first['id']}").json or {})["status"] == "in-progress"


def test_the_practice_can_close_a_conversation(ada: Caller) -> None:
    thread = send(ada, header())
    version = ada.sandbox.portal.repository.current("Communication", thread["id"])
    assert version is not None
    ada.sandbox.clinic.correspondence.close(version)
    assert ada.refused("POST", "Communication", letter(partOf=part_of(thread["id"]))) == (422, "business-rule")


def test_an_answer_stays_in_the_conversation_of_what_it_answers(ada: Caller) -> None:
    one, other = send(ada, header()), send(ada, header())
    message = send(ada, letter(partOf=part_of(one["id"])))
    astray = letter(partOf=part_of(other["id"]), inResponseTo=part_of(message["id"]))
    assert ada.refused("POST", "Communication", astray) == (422, "business-rule")
    send(ada, letter(partOf=part_of(one["id"]), inResponseTo=part_of(message["id"])))


def test_a_patient_reads_what_came_and_nothing_else_of_it_changes(ada: Caller) -> None:
    reply = answer_to(ada, send(ada, letter()))
    now = {"status": "completed", "received": "2026-11-26T00:00:00Z"}
    assert change(ada, reply, **now, payload=[{"contentString": "other words"}]) == (422, "business-rule")
    for status in ("entered-in-error", "stopped", "preparation"):
        assert change(ada, reply, status=status) == (422, "business-rule")
    assert ada.call("PUT", f"Communication/{reply['id']}", {**reply, **now}).status_code == 200
    assert change(ada, reply, status="in-progress") == (422, "business-rule")
    assert ada.refused("DELETE", f"Communication/{reply['id']}")[0] in {403, 422}


def test_a_patient_withdraws_what_nobody_has_read(ada: Caller) -> None:
    unread, read = send(ada, letter()), send(ada, letter())
    gone = {**unread, "status": "entered-in-error"}
    assert change(ada, unread, status="completed", received="2026-11-26T00:00:00Z") == (422, "business-rule")
    assert ada.call("PUT", f"Communication/{unread['id']}", gone).status_code == 200
    assert ada.sandbox.clinic.step() == 1
    assert change(ada, {**read, "status": "entered-in-error"})[0] == 422


def test_a_file_and_a_header_may_stand_behind_the_message_in_a_transaction(ada: Caller) -> None:
    message = attached(contentType="image/png", url="urn:uuid:0b5c2f0e-9d0a-4f7e-8a53-1a6c2d7f0101")
    message["partOf"] = [{"reference": "urn:uuid:0b5c2f0e-9d0a-4f7e-8a53-1a6c2d7f0102"}]
    binary = {"resourceType": "Binary", "contentType": "image/png", "securityContext": ADA, "data": PICTURE}
    entries = [
        {"fullUrl": f"urn:uuid:0b5c2f0e-9d0a-4f7e-8a53-1a6c2d7f010{place}", "resource": each, "request": request}
        for place, each in ((3, message), (1, binary), (2, header()))
        for request in [{"method": "POST", "url": each["resourceType"]}]
    ]
    answer = ada.call("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert answer.status_code == 200, answer.text
    assert len(ada.found("Communication")) == 2
