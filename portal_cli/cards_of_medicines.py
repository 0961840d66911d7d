"""Medicines as lines for people: one of the list, and what is about to be said of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.wording import day, labelled, stands

if TYPE_CHECKING:
    from store.records.medications import Medication
    from store.services.own_medicines import MedicinePlan


def medication(found: Medication) -> str:
    """One entry of the medication list."""
    facts = [
        ("Medicine", found.name),
        ("Status", stands(found.status)),
        ("Directions", found.directions),
        ("For", found.reason),
        ("Since", day(found.started)),
        ("Prescriber", found.prescriber or found.source),
        ("Code", found.code),
        ("Id", found.id),
    ]
    return labelled(facts)


def plan(found: MedicinePlan) -> str:
    """What is about to be said of a medicine: where something changes, as it was and as it shall be."""
    before, after = found.before, found.after
    facts = [
        ("Do", found.action),
        ("Medicine", _change(before.name if before else "", after.name, is_new=before is None)),
        ("Code", _change(before.code if before else "", after.code, is_new=before is None)),
        ("Directions", _change(before.directions if before else "", after.directions, is_new=before is None)),
        ("For", _change(before.reason if before else "", after.reason, is_new=before is None)),
        ("Since", _change(day(before.started) if before else "", day(after.started), is_new=before is None)),
        ("Status", _change(before.status if before else "", after.status, is_new=before is None)),
        ("Until", found.until),
        ("Words", " ".join(found.words.split())),
        ("Listed", f"{found.alike} already" if found.alike else ""),
        ("Patient", found.patient_name),
        ("Portal", found.portal),
    ]
    return labelled(facts)


def _change(before: str, after: str, *, is_new: bool) -> str:
    return after if is_new or before == after else f"{before or 'nothing'} → {after or 'nothing'}"
