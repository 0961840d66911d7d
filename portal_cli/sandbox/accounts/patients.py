"""Which patient a new account belongs to: one whom the practice knows, or a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.accounts.fields import same_email, same_phone
from portal_cli.sandbox.references import follow

if TYPE_CHECKING:
    from portal_cli.sandbox.accounts.fields import Wanted
    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.repository import Repository


def patient_for(repository: Repository, wanted: Wanted) -> str:
    """Give the id of the patient with this name, birth date, and e-mail or phone; of a new one if there is not one.

    Two who match are none: whose record it is then has to be settled at the practice.
    """
    with repository.lock:
        found = [one.key for one in repository.everything("Patient") if is_same_person(one.resource(), wanted)]
        return found[0] if len(found) == 1 else repository.create(new_patient(wanted)).key


def is_same_person(patient: Json, wanted: Wanted) -> bool:
    """Say whether a Patient resource is of whoever signs up."""
    if patient.get("active") is False or patient.get("birthDate") != wanted.birth_date:
        return False
    names = [name for name in follow(patient, "name") if isinstance(name, dict)]
    return any(_has_name(name, wanted) for name in names) and _has_contact(patient, wanted)


def contact_on_file(patient: Json, system: str) -> str:
    """Give the first e-mail address or phone number of a Patient resource, or an empty text."""
    rows = [row for row in follow(patient, "telecom") if isinstance(row, dict)]
    return next((str(row["value"]) for row in rows if row.get("system") == system and row.get("value")), "")


def new_patient(wanted: Wanted) -> Json:
    """Write the Patient resource of somebody whom the practice does not know (FHIR R4 §8.1)."""
    patient: Json = {
        "resourceType": "Patient",
        "active": True,
        "name": [{"use": "official", "family": wanted.family, "given": wanted.given.split(" ")}],
        "telecom": [
            {"system": "phone", "value": wanted.phone, "use": "mobile"},
            {"system": "email", "value": wanted.email, "use": "home"},
        ],
        "birthDate": wanted.birth_date,
    }
    postal = wanted.address
    address = {
        **({"line": [postal.line]} if postal.line else {}),
        **({"city": postal.city} if postal.city else {}),
        **({"state": postal.state} if postal.state else {}),
        **({"postalCode": postal.postal_code} if postal.postal_code else {}),
    }
    return {**patient, "address": [{"use": "home", **address}]} if address else patient


def _has_name(name: Json, wanted: Wanted) -> bool:
    given = [str(one) for one in follow(name, "given")]
    is_given = _folded(wanted.given) in {_folded(" ".join(given)), *(_folded(one) for one in given[:1])}
    return is_given and _folded(str(name.get("family", ""))) == _folded(wanted.family)


def _has_contact(patient: Json, wanted: Wanted) -> bool:
    for row in follow(patient, "telecom"):
        if not isinstance(row, dict):
            continue
        value = str(row.get("value", ""))
        if row.get("system") == "email" and same_email(value, wanted.email):
            return True
        if row.get("system") in {"phone", "sms"} and same_phone(value, wanted.phone):
            return True
    return False


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
