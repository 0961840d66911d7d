"""MedicationStatements: what patients say they take (FHIR R4 §11.4). What the clinic wrote is the clinic's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox import authors
from portal_cli.sandbox.outcomes import business_rule
from portal_cli.sandbox.references import follow

if TYPE_CHECKING:
    from portal_cli.sandbox.lossless import Json

STATUSES = frozenset(
    {"active", "completed", "entered-in-error", "intended", "stopped", "on-hold", "unknown", "not-taken"}
)
_BEGINNINGS = frozenset({"active", "intended", "completed", "stopped", "on-hold"})
_FIXED = ("subject", "informationSource", "category", "partOf", "derivedFrom")


def check_new(statement: Json) -> None:
    """Refuse a statement that a patient may not make.

    Raises:
        FhirError: 422 unless it is theirs, in their own words, with a status to begin with and a medicine.
    """
    if not is_own(statement):
        raise business_rule("the informationSource of a patient's statement is the patient, or who acts for them")
    if statement.get("status") not in _BEGINNINGS:
        raise business_rule(f"a statement cannot begin as {statement.get('status')}")
    _check_whole(statement)


def check_change(before: Json, after: Json) -> None:
    """Refuse a change of a statement that is not a patient's to make.

    Raises:
        FhirError: 422 for what the clinic wrote, what was entered in error, and what stays as it was.
    """
    if not is_own(before):
        raise business_rule("this statement was not made by the patient: ask the practice to change it")
    if before.get("status") == "entered-in-error":
        raise business_rule("a statement that was entered in error is not changed any more")
    if after.get("status") not in STATUSES:
        raise business_rule(f"a statement cannot become {after.get('status')}")
    changed = [name for name in _FIXED if before.get(name) != after.get(name)]
    if changed:
        raise business_rule(f"the {changed[0]} of a statement stays as it was")
    _check_whole(after)


def is_own(statement: Json) -> bool:
    """Say whether the patient whom a statement is about has made it, or somebody who acts for them."""
    return authors.is_in_own_name(statement, "subject", "informationSource")


def _check_whole(statement: Json) -> None:
    if not ("medicationCodeableConcept" in statement or "medicationReference" in statement):
        raise business_rule("a statement names a medicine")
    ends = [*follow(statement, "effectivePeriod.end")]
    begins = [*follow(statement, "effectivePeriod.start")]
    if begins and ends and str(ends[0]) < str(begins[0])[: len(str(ends[0]))]:
        raise business_rule("a medicine is not stopped before it was begun")
