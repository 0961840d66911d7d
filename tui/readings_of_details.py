"""Details, insurances, allergies, and changes of these, for reading at length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.services.change_plans import Way
from tui import states, words
from tui.reading import Reading, facts, sections

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.records.allergies import Allergy
    from store.records.coverages import Insurance
    from store.records.profiles import Profile, Reach
    from store.services.change_plans import ChangePlan, FieldChange
    from store.services.profile import ChangeRequest

_WAYS = {
    Way.RECORD: "",
    Way.REQUEST: "This portal takes no changes by itself: the practice is asked, and accepts it or declines.",
    Way.MESSAGE: "This portal takes it in no other way than as a message to the practice.",
}


def profile(found: Profile) -> Reading:
    """The details of one patient."""
    return Reading(
        "Profile",
        found.name or found.patient,
        facts(
            ("Called", found.preferred_name),
            ("Born", words.day(found.born).strip()),
            ("Gender", found.gender),
            ("Phone", _reaches(found.phones)),
            ("E-mail", _reaches(found.emails)),
            ("Address", _reaches(found.addresses)),
            (
                "Contact",
                "\n".join(_joined(one.name, one.relationship, *one.phones) for one in found.contacts),
            ),
            ("Language", found.language),
            ("Portal", found.portal),
        ),
    )


def asked(found: ChangeRequest) -> Reading:
    """A change that the practice was asked for."""
    return Reading(
        "Change of details",
        found.title,
        facts(
            ("State", states.asked(found.status)),
            ("Practice says", found.detail),
            ("Asked for", words.full(found.requested)),
            *((str(each.label), becomes(each)) for each in found.changes),
            ("Of", f"{found.patient}, {found.portal}"),
        ),
    )


def insurance(found: Insurance) -> Reading:
    """One insurance."""
    return Reading(
        "Insurance",
        found.payer,
        facts(
            ("State", states.coverage(found.status)),
            ("Change", states.request(found.change) if found.change else ""),
            ("Plan", found.plan),
            ("Member number", found.member),
            ("Group", found.group),
            ("Insured as", found.relationship),
            ("From", words.day(found.start).strip()),
            ("Until", words.day(found.end).strip()),
            ("Of", f"{found.patient}, {found.portal}"),
        ),
    )


def allergy(found: Allergy) -> Reading:
    """One allergy."""
    return Reading(
        "Allergy",
        found.substance,
        facts(
            ("State", states.allergy(found.status, found.standing)),
            ("Change", states.request(found.change) if found.change else ""),
            ("Reaction", _joined(found.reaction, found.severity)),
            ("Category", found.category),
            ("Risk", found.criticality),
            ("Standing", found.standing.replace("-", " ")),
            ("Told by", "you" if found.is_own else ""),
            ("Recorded", words.day(found.recorded).strip()),
            ("Of", f"{found.patient}, {found.portal}"),
        ),
    )


def change(plan: ChangePlan) -> Reading:
    """A change that is about to be sent: what becomes what, in which way, for whom."""
    return Reading(
        "To be sent",
        plan.action,
        facts(
            *((str(each.label), becomes(each)) for each in plan.changes),
            ("For", plan.patient_name),
            ("At", plan.portal),
        ),
        sections(("How it is sent", _WAYS[plan.way])),
    )


def becomes(each: FieldChange) -> str:
    """What becomes of one detail."""
    if not each.before:
        return f"{each.after} (new)"
    if each.before == each.after:
        return str(each.before)
    return f"{each.before}\n→ {each.after or '(removed)'}"


def _reaches(found: Iterable[Reach]) -> str:
    return "\n".join(f"{one.value} ({one.use})" if one.use else str(one.value) for one in found)


def _joined(*parts: str) -> str:
    return ", ".join(filter(None, parts))
