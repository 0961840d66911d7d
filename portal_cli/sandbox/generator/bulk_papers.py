"""Papers in bulk: appointments, messages, documents, insurance, bills, forms, consents and origins."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.answers import build_answers
from portal_cli.sandbox.generator.appointments import Booking, book
from portal_cli.sandbox.generator.benefits import build_benefit
from portal_cli.sandbox.generator.bulk_care import REASONS
from portal_cli.sandbox.generator.consents import build_consent
from portal_cli.sandbox.generator.coverage import Insurance, insure
from portal_cli.sandbox.generator.fhir import PORTAL, Json, coding, concept, text_attachment
from portal_cli.sandbox.generator.origins import build_origin
from portal_cli.sandbox.generator.papers import FORMATS, attach, build_document
from portal_cli.sandbox.generator.times import stamp, utc_stamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.generator.bulk_chart import BulkChart

THREAD = 5  # a header and four messages
_FORMATS = tuple(FORMATS)
_KINDS = ("summary", "instructions", "referral")
_TARGETS = ("DiagnosticReport", "MedicationRequest", "Condition", "Immunization")
_WORDS = ("Thank you, that helps.", "May I take it with food?", "Please write to us again in a week.")


def appointment(bulk: BulkChart, number: int) -> Json:
    """An Appointment: the last one is still ahead."""
    is_ahead = number == bulk.counts["Appointment"]
    days = 9 if is_ahead else -max(3, (bulk.chart.now - bulk.moment("Appointment", number)).days)
    reason = REASONS[number % len(REASONS)]
    booking = Booking(days, 8 + number % 8, 30, "Office visit", reason, "booked" if is_ahead else "fulfilled")
    return bulk.made(lambda chart: book(chart, booking))


def message(bulk: BulkChart, number: int) -> Json:
    """A Communication: the header of a thread, or a message in it."""
    head = number - (number - 1) % THREAD
    sent = bulk.moment("Communication", number)
    ends = [bulk.subject, bulk.post("nurse")]
    sender, recipient = ends if number % 2 else reversed(ends)
    category = coding(PORTAL + "CodeSystem/message-category", "medical-question", "Medical question")
    communication: Json = {
        "resourceType": "Communication",
        "id": bulk.id("Communication", number),
        "status": "completed",
        "category": [concept("Medical question", category)],
        "subject": bulk.subject,
        "topic": {"text": f"Question {head // THREAD + 1}"},
        "sent": utc_stamp(sent),
        "received": utc_stamp(sent + timedelta(minutes=43)),
        "recipient": [recipient],
        "sender": sender,
    }
    if number != head:
        communication["partOf"] = [bulk.refer("Communication", head)]
        communication["payload"] = [{"contentString": _WORDS[number % len(_WORDS)]}]
    return communication


def binary(bulk: BulkChart, number: int) -> Json:
    """The file of a document, in one of the formats."""
    return {
        "resourceType": "Binary",
        "id": bulk.id("Binary", number),
        "contentType": _FORMATS[number % len(_FORMATS)],
        "securityContext": bulk.subject,
        "data": base64.b64encode(_content(bulk, number)).decode("ascii"),
    }


def document(bulk: BulkChart, number: int) -> Json:
    """A DocumentReference: its file is a Binary as long as there are any, and inside it otherwise."""
    moment = bulk.moment("DocumentReference", number)
    title = f"Document {number}"
    if number <= bulk.counts.get("Binary", 0):
        attachment = attach(binary(bulk, number), title, moment)
    else:
        attachment = text_attachment(title, _content(bulk, 0).decode(), stamp(moment))
    return build_document(bulk.chart, _KINDS[number % len(_KINDS)], moment, [attachment], "primary")


def coverage(bulk: BulkChart, _number: int) -> Json:
    """The Coverage."""
    policy = ("PPO", "preferred provider organization policy")
    made = bulk.made(lambda chart: insure(chart, Insurance("payer", 60, "PPO 500", policy)))
    bulk.templates["Coverage"] = made
    return made


def bill(bulk: BulkChart, number: int) -> Json:
    """An ExplanationOfBenefit of a visit."""
    visit = bulk.refer("Encounter", number) or {"display": "Office visit"}
    moment = bulk.moment("ExplanationOfBenefit", number)
    return build_benefit(bulk.chart, visit, bulk.templates["Coverage"], moment, 120 + number % 300)


def form(bulk: BulkChart, number: int) -> Json:
    """A QuestionnaireResponse."""
    answers = (("How are you?", "Well"), ("Did you miss any medicines?", number % 2 == 0), ("Hours of sleep?", 7))
    return build_answers(bulk.chart, "before-your-visit", bulk.moment("QuestionnaireResponse", number), answers)


def consent(bulk: BulkChart, number: int) -> Json:
    """A Consent."""
    return build_consent(bulk.chart, bulk.moment("Consent", number))


def origin(bulk: BulkChart, number: int) -> Json:
    """A Provenance of something in the chart."""
    part = _TARGETS[number % len(_TARGETS)]
    target = bulk.refer(part, 1 + number // len(_TARGETS)) or bulk.subject
    return build_origin(bulk.chart, [target], bulk.moment("Provenance", number), bulk.post("primary"))


PAPERS: dict[str, Callable[[BulkChart, int], Json]] = {
    "Appointment": appointment,
    "Communication": message,
    "Binary": binary,
    "DocumentReference": document,
    "Coverage": coverage,
    "ExplanationOfBenefit": bill,
    "QuestionnaireResponse": form,
    "Consent": consent,
    "Provenance": origin,
}


def _content(bulk: BulkChart, number: int) -> bytes:
    name = bulk.chart.person.full_name
    return FORMATS[_FORMATS[number % len(_FORMATS)]](f"Document {number}", (f"For {name}.", "Please keep this paper."))
