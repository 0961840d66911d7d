"""Refill requests as lines for people: one that is planned, one that was made, one that is to be cancelled."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

from portal_cli import views_of_medicines as views
from portal_cli.tables import aligned
from portal_cli.wording import day, labelled, moment

if TYPE_CHECKING:
    from store.services.refill_plans import CancelPlan, Made, RefillDetail, RefillPlan, RefillRow


def plan(found: RefillPlan) -> str:
    """A refill request that is about to be sent."""
    as_typed = "" if found.is_pharmacy_known else " (as you typed it; the record names no such pharmacy)"
    facts = [
        ("Ask for", f"a {'renewal' if found.is_renewal else 'refill'} of {found.medication}"),
        ("Because", found.why),
        ("Refills left", "" if found.repeats_left is None else str(found.repeats_left)),
        ("Directions", found.directions),
        ("Left", found.remaining),
        ("Pharmacy", f"{found.pharmacy}{as_typed}" if found.pharmacy else ""),
        ("Patient", found.patient_name),
        ("Portal", found.portal),
        ("Note", " ".join(found.note.split())),
    ]
    if not found.is_message:
        return labelled(facts)
    said = f"{found.portal} takes no refill requests. This goes as a message to {found.recipient}, which reads:"
    return f"{labelled(facts)}\n\n{said}\n{indent(found.words, '  ')}"


def refill(found: RefillRow) -> str:
    """One refill request and where it stands."""
    return "\n\n".join(filter(None, (labelled(_facts(found)), found.note)))


def refill_detail(found: RefillDetail) -> str:
    """One refill request: where it stands, what came of it, and how it came there."""
    became = [f"{one.what}: {one.title or 'not in the vault'}{_when(one)} ({one.reference})" for one in found.made]
    facts = [*_facts(found), *(("" if number else "Became", words) for number, words in enumerate(became))]
    rows = [(one.status, moment(one.at), one.detail) for one in found.steps]
    steps = f"Steps\n{indent(aligned(rows), '  ')}" if rows else ""
    return "\n\n".join(filter(None, (labelled(facts), found.note, steps)))


def _facts(found: RefillRow) -> list[tuple[str, str]]:
    return [
        ("Medication", found.medication),
        ("Asked as", "a renewal" if found.is_renewal else ""),
        ("Status", views.where_it_stands(found)),
        ("Detail", found.detail),
        ("Pharmacy", found.pharmacy),
        ("Left", found.remaining),
        ("Asked", moment(found.requested)),
        ("Updated", moment(found.updated)),
        ("Id", found.id),
        ("Request", found.request_id),
    ]


def _when(made: Made) -> str:
    return f", {day(made.date)}" if made.date else ""


def cancel_plan(found: CancelPlan) -> str:
    """A request that is about to be cancelled."""
    facts = [
        ("Cancel", f"the request for {found.medication}"),
        ("Status", found.status if found.target else f"{found.status} (it was not sent yet)"),
        ("Reason", " ".join(found.reason.split())),
        ("Patient", found.patient_name),
        ("Portal", found.portal),
        ("Id", found.request),
    ]
    return labelled(facts)


def what_became_of(row: RefillRow) -> str:
    """What came of sending a request, and what to do next."""
    if row.status == "unknown":
        return (
            "The portal's answer was lost. `portal sync` looks whether it has the request, and "
            f"`portal outbox show {row.request_id}` tells the ways out if that cannot be told."
        )
    if row.is_waiting:
        return "It is queued. `portal sync` sends it, once, when you are signed in and the portal can be reached."
    if row.is_message:
        return "The message is sent. `portal sync` fetches the answer, `portal messages` shows it."
    return "The portal has the request. `portal sync` fetches its answer."
