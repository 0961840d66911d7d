"""What a patient sends about medicines of their own: they take one, take it otherwise, or stopped (pure)."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.records import elements
from store.records.dates import from_epoch
from store.records.medication_folding import RXNORM
from store.records.refills import REQUEST_ID_SYSTEM

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.records.whose import Whose

CATEGORY_SYSTEM = "http://terminology.hl7.org/CodeSystem/medication-statement-category"
STANDING = frozenset({"active", "intended", "on-hold", "unknown"})
"""States of a statement that can be stopped."""
_OF_THE_DOSE = ("timing", "doseAndRate", "patientInstruction", "maxDosePerPeriod", "maxDosePerAdministration")


@dataclass(frozen=True, slots=True)
class OwnMedicine:
    """What a patient says of a medicine; what is None is not said. `since` is a FHIR date, `code` one of RxNorm."""

    name: str | None = None
    code: str | None = None
    directions: str | None = None
    as_needed: bool | None = None
    since: str | None = None
    reason: str | None = None
    note: str | None = None


def build(said: OwnMedicine, request_id: str, whose: Whose, now: float) -> Json:
    """Write a statement that a patient takes a medicine, with our identifier."""
    statement: Json = {
        "resourceType": "MedicationStatement",
        "identifier": [{"system": REQUEST_ID_SYSTEM, "value": request_id}],
        "status": "active",
        "category": {
            "coding": [{"system": CATEGORY_SYSTEM, "code": "patientspecified", "display": "Patient Specified"}]
        },
        "medicationCodeableConcept": _concept(said),
        "subject": {"reference": whose.patient},
        "informationSource": {"reference": whose.author},
    }
    return edited(statement, OwnMedicine(None, None, *_rest(said)), whose.author, now)


def edited(statement: Json, said: OwnMedicine, author: str, now: float) -> Json:
    """A statement as it shall be with what is said anew; all else of it stays."""
    changed = deepcopy(statement)
    if said.name is not None or said.code is not None:
        changed.pop("medicationReference", None)
        before = elements.first(changed.get("medicationCodeableConcept"))
        changed["medicationCodeableConcept"] = _concept(said, before)
    if said.since is not None:
        changed["effectivePeriod"] = {**_period(changed), "start": said.since}
        changed.pop("effectiveDateTime", None)
    changed["dateAsserted"] = str(from_epoch(now).text)
    if said.reason is not None:
        changed["reasonCode"] = [{"text": said.reason}]
    if said.note is not None:
        noted: Json = {"authorReference": {"reference": author}, "time": changed["dateAsserted"], "text": said.note}
        changed["note"] = [*elements.objects(changed.get("note")), noted]
    if said.directions is not None or said.as_needed is not None:
        changed["dosage"] = _dosage(elements.objects(changed.get("dosage")), said)
    return changed


def stopped(statement: Json, on: str, reason: str, now: float) -> Json:
    """A statement as it shall be when its patient has stopped taking the medicine, on a day."""
    changed = {**deepcopy(statement), "status": "stopped", "dateAsserted": str(from_epoch(now).text)}
    changed["effectivePeriod"] = {**_period(changed), "end": on}
    changed.pop("effectiveDateTime", None)
    if reason:
        changed["statusReason"] = [{"text": reason}]
    return changed


def withdrawn(statement: Json, reason: str, now: float) -> Json:
    """A statement as it shall be when it was a mistake from the beginning."""
    changed = {**deepcopy(statement), "status": "entered-in-error", "dateAsserted": str(from_epoch(now).text)}
    if reason:
        changed["statusReason"] = [{"text": reason}]
    return changed


def _rest(said: OwnMedicine) -> tuple[str | None, bool | None, str | None, str | None, str | None]:
    return said.directions, said.as_needed, said.since, said.reason, said.note


def _concept(said: OwnMedicine, before: Json | None = None) -> Json:
    """The medicine: a code is that of the name beside it, so another name lets go of the codes of the old one."""
    name = said.name if said.name is not None else str((before or {}).get("text") or "")
    concept: Json = {}
    if said.code:
        concept["coding"] = [{"system": RXNORM, "code": said.code}]
    return {**concept, "text": name} if name else concept


def _period(statement: Json) -> Json:
    period = elements.first(statement.get("effectivePeriod"))
    moment = statement.get("effectiveDateTime")
    return {"start": moment} if isinstance(moment, str) and not period else dict(period)


def _dosage(before: list[Json], said: OwnMedicine) -> list[Json]:
    """The directions anew: numbers that said the old ones go with them."""
    first = dict(before[0]) if before else {}
    if said.directions is not None:
        first = {name: value for name, value in first.items() if name not in _OF_THE_DOSE}
        first["text"] = said.directions
    if said.as_needed is not None:
        first.pop("asNeededCodeableConcept", None)
        first["asNeededBoolean"] = said.as_needed
    return [first, *before[1:]] if said.directions is None else [first]
