"""Details, insurance and allergies, each as labelled lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.wording import becomes, day, labelled, moment, stands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.records.allergies import Allergy
    from store.records.coverages import Insurance
    from store.records.profiles import Profile, Reach
    from store.services.profile import ChangeRequest


def profiles(found: Sequence[Profile], asked: Sequence[ChangeRequest]) -> str:
    """The details of one patient after the other, and what practices were asked to change."""
    parts = [_profile(one) for one in found]
    parts += [_request(one) for one in asked]
    return "\n\n".join(parts)


def _profile(found: Profile) -> str:
    facts = [
        ("Name", found.name),
        ("Called", found.preferred_name),
        ("Born", day(found.born)),
        ("Gender", found.gender),
        *_reaches("Phone", found.phones),
        *_reaches("E-mail", found.emails),
        *_reaches("Address", found.addresses),
        *(("Contact", _and(one.name, one.relationship, *one.phones)) for one in found.contacts),
        ("Language", found.language),
        ("Portal", found.portal),
    ]
    return labelled(facts)


def _request(found: ChangeRequest) -> str:
    facts = [
        ("Asked", found.title),
        *((str(change.label), becomes(change.before, change.after)) for change in found.changes),
        ("Status", stands(found.status)),
        ("Detail", found.detail),
        ("On", moment(found.requested)),
        ("Portal", found.portal),
        ("Id", found.id),
    ]
    return labelled(facts)


def insurance(found: Insurance) -> str:
    """One insurance."""
    facts = [
        ("Insurer", found.payer),
        ("Plan", found.plan),
        ("Member number", found.member),
        ("Group", found.group),
        ("Insured as", found.relationship),
        ("Status", stands(found.status, found.change)),
        ("From", day(found.start)),
        ("Until", day(found.end)),
        ("Portal", found.portal),
        ("Patient", found.patient),
        ("Id", found.id),
    ]
    return labelled(facts)


def allergy(found: Allergy) -> str:
    """One allergy."""
    facts = [
        ("Allergy", found.substance),
        ("Category", found.category),
        ("Reaction", _and(found.reaction, found.severity)),
        ("Risk", found.criticality),
        ("Status", stands(found.status, found.change)),
        ("Standing", found.standing),
        ("Recorded", day(found.recorded)),
        ("Told by", "you" if found.is_own else ""),
        ("Portal", found.portal),
        ("Id", found.id),
    ]
    return labelled(facts)


def _reaches(label: str, found: Sequence[Reach]) -> list[tuple[str, str]]:
    return [(label, f"{one.value} ({one.use})" if one.use else one.value) for one in found]


def _and(*words: str) -> str:
    return ", ".join(filter(None, words))
