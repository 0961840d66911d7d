"""Forms and deeds about appointments: asking for one, booking, another time, an answer, cancelling, checking in."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from store.errors import InvalidInput, NotOffered
from store.records import windows
from store.records.dates import parse
from store.services import arrivals
from store.services.appointment_plans import AppointmentPlan, Wish
from tui import outcomes, words
from tui.forms import Field, Form, Kind
from tui.jotting import begun
from tui.reading import Reading, Section, facts

if TYPE_CHECKING:
    from store.client import Client
    from store.records.appointment_writes import Period
    from store.records.appointments import Appointment
    from store.records.free_times import FreeTime
    from store.services.message_plans import MessagePlan
    from tui.forms import Values

EMERGENCY = "In an emergency call your local emergency number (911 in the United States) instead."
_TIMES = (
    "A day (2026-12-01), days (2026-12-01 to 2026-12-05) or hours (2026-12-01 9:00 to 12:30), with ; between several"
)
_STANDS = "It stands until the new one is booked."
_REASON = Field("reason", "What it is about", hint="The practice reads it.")
_NOTE = Field("note", "A few words more", Kind.TEXT)
_ANSWERS = (
    ("accept", "Yes, that time suits"),
    ("decline", "No, that time does not suit"),
    ("maybe", "Maybe"),
)


def request(client: Client, portal: str) -> Form[AppointmentPlan]:
    """Ask for an appointment, at times that suit."""
    client.bookings.check_request()
    form = Form(
        "Request an appointment",
        (
            _REASON,
            Field("times", "When it would suit", hint=f"{_TIMES}. May stay empty."),
            Field("clinician", "With whom", hint="A name or a part of it. May stay empty."),
            _NOTE,
        ),
        plan=_request,
        preview=preview,
        submit=submit,
        intro=f"{outcomes.for_whom(client, portal)} The practice confirms a time, or proposes one. {EMERGENCY}",
        portal=portal,
    )
    return begun(client, form, f"request an appointment {portal}")


def book(client: Client, portal: str, slot: FreeTime) -> Form[AppointmentPlan]:
    """Book a free time."""
    client.bookings.check_request()
    form = Form(
        "Book a free time",
        (_REASON, _NOTE),
        plan=lambda client, values: client.bookings.book(
            Wish(values["reason"].strip(), values["note"].strip(), slot=str(slot.id))
        ),
        preview=preview,
        submit=submit,
        yes="Book",
        intro=f"{outcomes.for_whom(client, portal)} {time_words(slot)}. {EMERGENCY}",
        portal=portal,
    )
    return begun(client, form, f"book {portal}")


def reschedule(client: Client, portal: str, key: str, slot: FreeTime | None) -> Form[AppointmentPlan]:
    """Ask for another time: a free one, or else times that suit; the appointment stands until that is booked."""
    client.bookings.check_reschedule(key)
    wanted = () if slot else (Field("times", "When it would suit", hint=f"{_TIMES}."),)
    chosen = f" New time: {time_words(slot)}." if slot else ""
    form = Form(
        "Another time",
        (*wanted, Field("reason", "What it is about", hint="Empty: as before."), _NOTE),
        plan=partial(_reschedule, key=key, slot=slot),
        preview=preview,
        submit=submit,
        intro=f"{_described(client, key)}. {_STANDS}{chosen}",
        portal=portal,
    )
    return begun(client, form, f"reschedule {portal} {key}")


def cancel(client: Client, portal: str, key: str) -> Form[AppointmentPlan]:
    """Cancel an appointment, with a reason."""
    client.bookings.cancel(key, "")  # which is refused where it cannot be done
    form = Form(
        "Cancel an appointment",
        (Field("reason", "Why", hint="The practice reads it. May stay empty."),),
        plan=lambda client, values: client.bookings.cancel(key, values["reason"].strip()),
        preview=preview,
        submit=submit,
        yes="Cancel the appointment",
        intro=f"{_described(client, key)}.",
        portal=portal,
    )
    return begun(client, form, f"cancel {portal} {key}")


def answer(client: Client, portal: str, key: str) -> Form[AppointmentPlan]:
    """Answer the time that the practice proposes."""
    client.bookings.respond(key, "accept", "", None)  # as in cancel
    form = Form(
        "Answer the proposed time",
        (
            Field("answer", "Your answer", Kind.CHOICE, choices=_ANSWERS),
            Field("instead", "With a no: a time that would suit", hint="Such as 2026-12-08 9:00 to 12:00, or empty."),
            Field("note", "A few words more"),
        ),
        plan=partial(_answer, key=key),
        preview=preview,
        submit=submit,
        intro=f"{_described(client, key)}.",
        portal=portal,
    )
    return begun(client, form, f"answer {portal} {key}")


def plan_arrival(client: Client, key: str) -> AppointmentPlan | MessagePlan:
    """Say that one has arrived: in the appointment, or by a message where the portal takes only that."""
    try:
        return client.bookings.check_in(key)
    except NotOffered as refusal:
        return arrivals.plan(client.letters, client.appointments, key, refusal)


def preview_arrival(plan: AppointmentPlan | MessagePlan) -> Reading:
    """What will be sent, and for whom."""
    if isinstance(plan, AppointmentPlan):
        return preview(plan)
    return Reading(
        "Send this?",
        "The portal takes no check-ins; a message tells the practice",
        facts(("For", f"{plan.patient_name} at {plan.portal}"), ("To", words.names(plan.recipients))),
        (Section(str(plan.subject), plan.text),),
    )


def submit_arrival(client: Client, plan: AppointmentPlan | MessagePlan) -> str:
    """Send it, and say what came of it."""
    if isinstance(plan, AppointmentPlan):
        return submit(client, plan)
    return outcomes.told(lambda: outcomes.became(client.letters.submit(plan).request))


def submit(client: Client, plan: AppointmentPlan) -> str:
    """Send it, and say what came of it."""

    def send() -> str:
        found = client.bookings.submit(plan)
        became = outcomes.became(found.request)
        if found.appointment is None:
            return became
        return f"{became} It is {words.in_sentence(words.appointment_state(found.appointment.status))}."

    return outcomes.told(send)


def preview(plan: AppointmentPlan) -> Reading:
    """What will be sent, and for whom."""
    visit = plan.appointment
    wanted = [f"{words.full(parse(each.start))} to {words.full(parse(each.end))}" for each in plan.wanted]
    return Reading(
        "Send this?",
        str(plan.action),
        facts(
            ("For", f"{plan.patient_name} at {plan.portal}"),
            ("What", visit.title),
            ("When", "" if wanted else words.full(visit.start)),
            ("Until", "" if wanted else words.full(visit.end)),
            ("Wanted", "\n".join(wanted)),
            ("With", "\n".join(visit.clinicians)),
            ("Where", "\n".join(visit.places)),
            ("In place of", f"{_named(plan.replaces, with_place=True)}.\n{_STANDS}" if plan.replaces else ""),
            ("Your words", plan.words),
        ),
    )


def time_words(slot: FreeTime) -> str:
    """A free time with whom it is of."""
    who = ", ".join(slot.clinicians)
    return f"{words.full(slot.start)}{f' with {who}' if who else ''}"


def _request(client: Client, values: Values) -> AppointmentPlan:
    reason = values["reason"].strip()
    if not reason:
        raise InvalidInput("say in a few words what it is about")
    wish = Wish(reason, values["note"].strip(), _times(values["times"]), values["clinician"].strip())
    return client.bookings.request(wish)


def _reschedule(client: Client, values: Values, key: str, slot: FreeTime | None) -> AppointmentPlan:
    times = _times(values.get("times", ""))
    if not (slot or times):
        raise InvalidInput("say when it would suit")
    slot_id = str(slot.id) if slot else ""
    wish = Wish(values["reason"].strip(), values["note"].strip(), times, slot=slot_id)
    return client.bookings.reschedule(key, wish)


def _answer(client: Client, values: Values, key: str) -> AppointmentPlan:
    instead = _times(values["instead"])
    if len(instead) > 1:
        raise InvalidInput("name one other time")
    if instead and values["answer"] != "decline":
        raise InvalidInput("another time goes with a no")
    return client.bookings.respond(key, values["answer"], values["note"].strip(), instead[0] if instead else None)


def _times(typed: str) -> tuple[Period, ...]:
    """The times that were typed. Raises InvalidInput."""
    now = datetime.now(UTC)
    return tuple(windows.read(each, now) for each in re.split(r"[;,\n]", typed) if each.strip())


def _described(client: Client, key: str) -> str:
    return _named(client.appointments.show(key))


def _named(visit: Appointment, *, with_place: bool = False) -> str:
    """An appointment as a person knows it: what for, when, with whom, and where."""
    parts = (visit.title, words.full(visit.start) or "no date yet", ", ".join(visit.clinicians))
    return "; ".join(filter(None, (*parts, ", ".join(visit.places) if with_place else "")))
