"""Saying that one has arrived, where a portal takes no check-ins: a message to whom the appointment is with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import NotOffered, WrongState
from store.services.message_plans import Wording

if TYPE_CHECKING:
    from store.services.appointments import Appointments
    from store.services.letters import Letters
    from store.services.message_plans import MessagePlan


def plan(letters: Letters, appointments: Appointments, appointment_id: str, refusal: NotOffered) -> MessagePlan:
    """Plan the message, for an appointment that is booked.

    Raises `refusal`, which is that of the check-in, where no messages are taken or nobody is known; NotFound,
    Ambiguous, WrongState.
    """
    visit = appointments.show(appointment_id)
    try:
        letters.check()
        people = letters.recipients().items
    except NotOffered:
        people = ()
    if not people:
        raise refusal
    if visit.status != "booked":
        raise WrongState(str(visit.status), "be checked in for", "an appointment")
    whom = next((each for each in people if each.name in visit.clinicians), people[0])
    when = visit.start.local() if visit.start else "today"
    wording = Wording("I have arrived", "appointment", f"I have arrived for my appointment ({visit.title}, {when}).")
    return letters.plan(letters.begin((str(whom.id),)), wording)
