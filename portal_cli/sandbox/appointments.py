"""The life of an Appointment: what a patient may ask for, and which steps are a patient's to take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.outcomes import business_rule
from portal_cli.sandbox.references import follow, names_a_patient

if TYPE_CHECKING:
    from portal_cli.sandbox.lossless import Json

# Appointment.status (FHIR R4 §12.14): what has not begun yet may be called off, everything else is the clinic's.
OPEN = frozenset({"proposed", "pending", "booked", "waitlist"})
_STEPS = frozenset({("booked", "arrived")})  # the patient's own, besides cancelling: to check in, when it is time
_TIMELESS = frozenset({"proposed", "cancelled", "waitlist"})


def check_new(appointment: Json) -> None:
    """Refuse an Appointment that a patient may not create: theirs is to propose one.

    Raises:
        FhirError: 422 for any other status, or for half a time.
    """
    if appointment.get("status") != "proposed":
        raise business_rule("a patient creates an appointment with the status proposed")
    _check_times(appointment)


def check_change(before: Json, after: Json) -> None:
    """Refuse a change that is not a patient's to make: theirs is to cancel, and to answer or amend before it begins.

    Raises:
        FhirError: 422 for any other step.
    """
    old, new = str(before.get("status")), str(after.get("status"))
    if old not in OPEN:
        raise business_rule(f"an appointment that is {old} stays as it is")
    if new not in {old, "cancelled"} and (old, new) not in _STEPS:
        raise business_rule(f"only the clinic takes an appointment from {old} to {new}")
    if "cancelationReason" in after and new != "cancelled":
        raise business_rule("only an appointment that is cancelled has a reason for it")
    _check_times(after)
    if before.get("slot") != after.get("slot"):
        raise business_rule("an appointment keeps its slot: cancel it and book another")
    if _others(before) != _others(after):
        raise business_rule("only the clinic says who takes part in an appointment")
    is_moved = any(before.get(name) != after.get(name) for name in ("start", "end"))
    if is_moved and old not in {"proposed", "waitlist"}:
        raise business_rule("only the clinic moves an appointment: cancel it and ask for another")


def own_answer(appointment: Json) -> str:
    """Give what the patient has said to the time of an Appointment: the status of their own participant."""
    return next((str(one.get("status")) for one in _participants(appointment) if is_patient(one)), "")


def is_patient(participant: Json) -> bool:
    """Say whether a participant of an Appointment is a patient."""
    actor = participant.get("actor")
    return isinstance(actor, dict) and names_a_patient(str(actor.get("reference")))


def _participants(appointment: Json) -> list[Json]:
    return [one for one in follow(appointment, "participant") if isinstance(one, dict)]


def _others(appointment: Json) -> list[Json]:
    """Everything about participants but what patients may change: their own status."""
    return [
        {name: value for name, value in one.items() if not (name == "status" and is_patient(one))}
        for one in _participants(appointment)
    ]


def _check_times(appointment: Json) -> None:
    """Hold invariants app-2 and app-3 (FHIR R4 §12.14.4)."""
    if ("start" in appointment) != ("end" in appointment):
        raise business_rule("an appointment has a start and an end, or neither")
    if "start" not in appointment and appointment.get("status") not in _TIMELESS:
        raise business_rule("an appointment that is not proposed has a start and an end")
