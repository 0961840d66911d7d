"""A Patient's own details: what patients may change about themselves, and what only the practice can."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from portal_cli.sandbox.lossless import encode
from portal_cli.sandbox.outcomes import business_rule
from portal_cli.sandbox.references import follow

if TYPE_CHECKING:
    from portal_cli.sandbox.lossless import Json

OWN = frozenset({"telecom", "address", "contact", "communication", "maritalStatus", "language"})
OWN_NAMES = frozenset({"usual", "nickname"})
_MARKS = frozenset({"id", "meta", "text"})  # the portal writes these itself
_WORDS = {
    "name": "the legal name",
    "birthDate": "the date of birth",
    "identifier": "the identifiers",
    "gender": "the gender",
}
_EMAIL = re.compile(r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$")
_DIGIT = re.compile(r"\d")
_LEAST_DIGITS = 4


def check_new(_patient: Json) -> None:
    """Refuse to register somebody by way of the record.

    Raises:
        FhirError: 422, always.
    """
    raise business_rule("patients are registered by the practice")


def check_change(before: Json, after: Json) -> None:
    """Refuse a change of a Patient that is not the patient's to make.

    Raises:
        FhirError: 422 for what only the practice changes, and for a contact detail that is none.
    """
    bare = {name.removeprefix("_") for name in (*before, *after)} - OWN - _MARKS
    for name in sorted(bare):
        if any(_fixed(before, each) != _fixed(after, each) for each in (name, f"_{name}")):
            raise business_rule(f"only the practice changes {_WORDS.get(name, name)}: ask it to")
    check_details(after)


def check_details(patient: Json) -> None:
    """Refuse ways to reach somebody that lead nowhere.

    Raises:
        FhirError: 422.
    """
    for point in [*follow(patient, "telecom"), *follow(patient, "contact.telecom")]:
        if not isinstance(point, dict):
            raise business_rule("a telephone number or e-mail address is an object")
        system, value = point.get("system"), point.get("value")
        if value is not None and not system:
            raise business_rule("a telephone number or e-mail address says by its system which of them it is")
        if system == "email" and not _EMAIL.match(str(value)):
            raise business_rule(f"{value!r} is no e-mail address")
        if system == "phone" and len(_DIGIT.findall(str(value))) < _LEAST_DIGITS:
            raise business_rule(f"{value!r} is no telephone number")


def _fixed(patient: Json, name: str) -> bytes:
    """What of an element is the practice's, in a form that can be compared."""
    value = patient.get(name)
    if name == "name" and isinstance(value, list):
        value = [one for one in value if not (isinstance(one, dict) and one.get("use") in OWN_NAMES)]
    return encode(value or None)
