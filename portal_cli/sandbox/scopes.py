"""SMART scopes: what each permits, and how it reads in plain words (SMART App Launch 2.2)."""

from __future__ import annotations

import re

_RESOURCE = re.compile(r"^patient/(\*|[A-Z][A-Za-z]+)\.(read|write|\*|c?r?u?d?s?)$")
_VERSION_1 = {"read": "rs", "write": "cud", "*": "cruds"}
IDENTITY = ("openid", "fhirUser")
CONTEXT = ("launch/patient",)
REGISTER = "system/DynamicClient.register"  # as Epic has it: a key of the app's own instead of a refresh token
OFFLINE = ("offline_access", "online_access", REGISTER)
ACCOUNT = "account"
PLAIN_SCOPES = (*IDENTITY, *CONTEXT, *OFFLINE)
_WORDS = {
    "*": "your whole health record",
    "AllergyIntolerance": "allergies",
    "Appointment": "appointments",
    "AppointmentResponse": "answers to appointments",
    "Binary": "files",
    "CarePlan": "care plans",
    "CareTeam": "your care team",
    "Communication": "messages",
    "Condition": "conditions and problems",
    "Coverage": "insurance",
    "DiagnosticReport": "reports",
    "DocumentReference": "notes and documents",
    "Encounter": "visits",
    "ExplanationOfBenefit": "bills and claims",
    "Immunization": "vaccines",
    "MedicationRequest": "prescriptions",
    "MedicationStatement": "medicines you say you take",
    "Observation": "test results and vital signs",
    "Patient": "your personal details",
    "Task": "refill requests and other tasks",
}


def letters(scope: str) -> tuple[str, str] | None:
    """Read a resource scope as (type or `*`, letters of `cruds`); None for any other scope.

    Version 1 is understood too: `.read` is `rs`, `.write` is `cud`, `.*` is `cruds`.
    """
    found = _RESOURCE.match(scope)
    if not found or not found[2]:
        return None
    return found[1], _VERSION_1.get(found[2], found[2])


def offered(requested: str) -> tuple[str, ...]:
    """Keep those of the requested scopes that this portal can give, in order, once each."""
    known = (scope for scope in requested.split() if scope in PLAIN_SCOPES or scope == ACCOUNT or letters(scope))
    return tuple(dict.fromkeys(known))


def permits(scopes: str, kind: str, letter: str) -> bool:
    """Say whether a granted scope text allows one interaction (a letter of `cruds`) on a type."""
    for scope in scopes.split():
        found = letters(scope)
        if found and found[0] in {kind, "*"} and letter in found[1]:
            return True
    return False


def without(scopes: tuple[str, ...], removed: str) -> tuple[str, ...]:
    """Take letters out of every resource scope; scopes left without any disappear."""
    kept = []
    for scope in scopes:
        found = letters(scope)
        if found is None:
            kept.append(scope)
            continue
        rest = "".join(letter for letter in found[1] if letter not in removed)
        if rest == found[1]:
            kept.append(scope)
        elif rest:
            kept.append(f"patient/{found[0]}.{rest}")
    return tuple(kept)


def subjects(scopes: tuple[str, ...], wanted: str) -> list[str]:
    """Name in plain words what the scopes with any of the wanted letters are about."""
    kinds = [found[0] for scope in scopes if (found := letters(scope)) and any(letter in found[1] for letter in wanted)]
    return [words_of(kind) for kind in dict.fromkeys(kinds)]


def words_of(kind: str) -> str:
    """Say in plain words what the resources of a type are."""
    return _WORDS.get(kind) or _spaced(kind)


def _spaced(kind: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", kind).lower()
