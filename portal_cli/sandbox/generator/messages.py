"""Message threads: a Communication header without payload, and the messages that are part of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import PORTAL, Json, coding, concept, reference
from portal_cli.sandbox.generator.times import utc_stamp

if TYPE_CHECKING:
    from datetime import datetime

    from portal_cli.sandbox.generator.chart import Chart

CATEGORIES = {
    "medical-question": "Medical question",
    "test-result": "Test result",
    "refill-request": "Refill request",
    "appointment": "Appointment",
}


@dataclass(frozen=True)
class Message:
    """One message; `sender` is "patient" or a post, `hours` count from the thread's start."""

    sender: str
    hours: float
    text: str
    is_unread: bool = False


@dataclass(frozen=True)
class Thread:
    """A thread begun some days ago; `about` names something already in the chart."""

    topic: str
    category: str
    days_ago: float
    messages: tuple[Message, ...]
    practitioner: str = "primary"
    about: str = ""
    is_closed: bool = False


def send_thread(chart: Chart, thread: Thread) -> Json:
    """Add the header and the messages of a thread; every message names its sender and recipients."""
    begun = chart.now - timedelta(days=thread.days_ago)
    people = {"patient": chart.subject, **{post: chart.directory.refer(post) for post in _posts(thread)}}
    header = _communication(chart, thread, begun) | {
        "status": "completed" if thread.is_closed else "in-progress",
        "recipient": list(people.values()),
        "sender": people[thread.messages[0].sender],
    }
    header_reference = chart.add(header)
    previous: Json = {}
    for message in thread.messages:
        sent = begun + timedelta(hours=message.hours)
        resource = _communication(chart, thread, sent) | {
            "partOf": [header_reference],
            "inResponseTo": [previous] if previous else [],
            "status": "in-progress" if message.is_unread else "completed",
            "received": "" if message.is_unread else utc_stamp(min(sent + timedelta(minutes=43), chart.now)),
            "sender": people[message.sender],
            "recipient": [people[thread.practitioner if message.sender == "patient" else "patient"]],
            "payload": [{"contentString": message.text}],
        }
        previous = reference(chart.add(resource)["reference"])
    return header_reference


def _posts(thread: Thread) -> list[str]:
    senders = {message.sender for message in thread.messages} - {"patient"}
    return sorted(senders | {thread.practitioner})


def _communication(chart: Chart, thread: Thread, sent: datetime) -> Json:
    text = CATEGORIES[thread.category]
    about = chart.references.get(thread.about)
    return {
        "resourceType": "Communication",
        "id": chart.next_id("Communication"),
        "inResponseTo": [],
        "partOf": [],
        "status": "in-progress",
        "category": [concept(text, coding(PORTAL + "CodeSystem/message-category", thread.category, text))],
        "priority": "routine",
        "subject": chart.subject,
        "topic": {"text": thread.topic},
        "about": [about] if about else [],
        "sent": utc_stamp(sent),
        "received": "",
    }
