"""AllergyIntolerances that patients tell of: in their own name, and unconfirmed until the practice confirms them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox import authors
from portal_cli.sandbox.lossless import encode
from portal_cli.sandbox.outcomes import business_rule
from portal_cli.sandbox.references import follow

if TYPE_CHECKING:
    from portal_cli.sandbox.lossless import Json

_STANDINGS = frozenset({"unconfirmed", "entered-in-error"})
_FIXED = ("patient", "asserter", "recorder", "encounter", "recordedDate")


def check_new(allergy: Json) -> None:
    """Refuse an allergy that a patient may not tell of.

    Raises:
        FhirError: 422 unless it is told in the patient's own name, unconfirmed, and says of what.
    """
    if not is_own(allergy):
        raise business_rule("an allergy that a patient tells of is in their own name: the asserter is the patient")
    if _standing(allergy) != "unconfirmed":
        raise business_rule("an allergy that a patient tells of is unconfirmed: only the practice confirms one")
    _check_whole(allergy)


def check_change(before: Json, after: Json) -> None:
    """Refuse a change of an allergy that is not the patient's to make.

    Raises:
        FhirError: 422 for what the practice wrote or has confirmed, and for anything but a patient's own words.
    """
    if not is_own(before) or _standing(before) not in _STANDINGS:
        raise business_rule("this allergy is the practice's: ask it to change the entry")
    if _standing(before) == "entered-in-error":
        raise business_rule("what was entered in error is not changed any more")
    if _standing(after) not in _STANDINGS:
        raise business_rule("only the practice confirms or refutes an allergy")
    changed = [name for name in _FIXED if encode(before.get(name)) != encode(after.get(name))]
    if changed:
        raise business_rule(f"the {changed[0]} of an allergy stays as it was")
    _check_whole(after)


def is_own(allergy: Json) -> bool:
    """Say whether an allergy is told of in the name of the patient who has it, or of who acts for them."""
    return any(follow(allergy, "patient.reference")) and authors.is_in_own_name(
        allergy, "patient", "asserter", "recorder"
    )


def _standing(allergy: Json) -> str:
    return next((str(code) for code in follow(allergy, "verificationStatus.coding.code")), "")


def _check_whole(allergy: Json) -> None:
    if not any(follow(allergy, "code")):
        raise business_rule("an allergy says of what: the code is missing")
    is_wrong = _standing(allergy) == "entered-in-error"
    if is_wrong == ("clinicalStatus" in allergy):  # invariants ait-1 and ait-2 (FHIR R4 §11.1.5)
        raise business_rule("an allergy has a clinicalStatus, unless it was entered in error")
