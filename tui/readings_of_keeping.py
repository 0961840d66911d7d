"""Pages for looking after it all: a portal, a type of record, a line of the audit trail, a look over everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.services.gaps import Standing as Gap
from store.services.portal_checks import Outcome
from tui import kinds, words
from tui import rows_of_keeping as rows
from tui.reading import Fact, Reading, Section, facts, sections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.services.audit import AuditRow, Verified
    from store.services.gaps import PortalGaps, TypeGap
    from store.services.portal_checks import Looked, Step
    from tui.rows_of_keeping import Connection

_SIGNS = {Outcome.OK: "✓", Outcome.WARNING: "!", Outcome.FAILED: "✗", Outcome.SKIPPED: "-"}
_NEXT = {
    Gap.COMPLETE: "",
    Gap.NOT_OFFERED: "Ask the practice for these on paper, or look at the portal's own page.",
    Gap.NOT_GRANTED: "Sign in again under Portals (g w, then i), and allow these there.",
    Gap.NOT_ASKED: "Sync (s) to fetch them.",
    Gap.REFUSED: "The portal gives these to nobody in this way; ask the practice.",
    Gap.PARTLY: "Sync (s) to try again; what came is kept.",
    Gap.FAILED: "Sync (s) to try again. If it stays so, test the portal: g w, then t.",
}


def connection(found: Connection, now: float) -> Reading:
    """A sign-in at length."""
    portal, person = found.portal, found.person
    return Reading(
        "Portal",
        portal.name,
        facts(
            ("Address", portal.url),
            ("Chart of", person.patient),
            ("You are", "the patient" if person.relationship == "self" else person.relationship),
            ("Sign-in", rows.sign_in_state(found)),
            ("Right ends", words.day(person.ends)),
            ("Updated", words.age(portal.synced, now)),
        ),
        sections(("What the portal lets you do", "\n".join(f"· {right}" for right in person.rights))),
    )


def gap(owner: PortalGaps, found: TypeGap) -> Reading:
    """One type of record at one portal: what was asked, what came, what is missing and what to do."""
    return Reading(
        "What is here",
        f"{kinds.of_type(found.type)} at {owner.portal}",
        facts(
            ("State", rows.GAP_SIGNS[found.standing]),
            ("Next", _NEXT[found.standing]),
            ("In the vault", str(found.records)),
            ("Gone there", str(found.absent) if found.absent else ""),
            ("Asked", words.full(found.asked)),
            ("Complete", words.full(found.complete)),
            ("Searches", str(found.searches) if found.searches else ""),
            ("Refused", str(found.refused) if found.refused else ""),
            ("Failed", str(found.failed) if found.failed else ""),
            ("Reason", found.detail),
            ("FHIR calls it", found.type),
        ),
        sections(("Could not be used", "\n".join(f"· {each.name}: {each.why}" for each in found.unusable))),
    )


def audit(line: AuditRow) -> Reading:
    """A line of the audit trail at length."""
    return Reading(
        "Audit trail",
        f"Line {line.number}: {line.action}",
        facts(
            ("When", words.full(line.at)),
            ("What", line.what),
            ("Whose", line.subject),
            ("As whom", line.actor),
            ("Chained by", line.mac),
        ),
    )


def verified(found: Verified) -> Reading:
    """A trail that is as it was written."""
    salvaged = f"Lines up to {found.salvaged} were saved from a damaged vault and cannot be verified."
    text = "Only a head that lies elsewhere can show that the whole trail was put in another one's place."
    return Reading(
        "Audit trail",
        f"✓ {words.count(found.lines, 'line')}, each as it was written",
        (Fact("Head", found.head),),
        sections(("Not verified", salvaged if found.salvaged else ""), ("To keep elsewhere", text)),
    )


def looked(name: str, found: Looked) -> Reading:
    """A portal, looked over."""
    steps = _steps(found.steps)
    return Reading(
        "Test",
        name,
        facts(("Address", found.url), ("Made by", found.vendor.name), ("Software", found.software)),
        (Section("Steps", steps), *sections(("Offers", ", ".join(each.type for each in found.offered)))),
    )


def doctor(steps: Sequence[Step]) -> Reading:
    """A look over this installation."""
    bad = sum(step.outcome in {Outcome.WARNING, Outcome.FAILED} for step in steps)
    title = f"{words.count(bad, 'thing')} to look at" if bad else "✓ Nothing is wrong"
    return Reading("Check-up", title, (), (Section("Steps", _steps(steps)),))


def _steps(steps: Sequence[Step]) -> str:
    lines = []
    for step in steps:
        lines.append(f"{_SIGNS[step.outcome]} {step.name} ({step.outcome.value}): {step.detail}")
        if step.remedy:
            lines.append(f"    → {step.remedy}")
    return "\n".join(lines)
