"""The sections of the International Patient Summary: their codes, and which records stand in which of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from store.records import elements

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.export.format import Exported

_CURRENT = frozenset({"active", "recurrence", "relapse"})
_REFUTED = frozenset({"refuted", "entered-in-error"})
_TAKEN = frozenset({"active", "on-hold", "intended", "unknown"})
_MEASURED = frozenset({"final", "amended", "corrected", "preliminary"})
_DONE = frozenset({"completed", "in-progress"})
_GOING_ON = frozenset({"active", "on-hold"})
Belongs: TypeAlias = "Callable[[Exported], bool]"


@dataclass(frozen=True)
class Section:
    """One section: its title, its LOINC code, which records belong into it, and how many at most.

    A required one is there even if it is empty. With `latest` only the newest record of each code stands in it.
    """

    title: str
    code: str
    display: str
    belongs: Belongs
    is_required: bool = False
    latest: bool = False
    most: int = 200


def _is_current(record: Exported) -> bool:
    found = record.resource
    states = elements.codes(found.get("clinicalStatus"))
    return (not states or bool(states & _CURRENT)) and not elements.codes(found.get("verificationStatus")) & _REFUTED


def _problem(record: Exported) -> bool:
    return record.type == "Condition" and _is_current(record)


def _past_problem(record: Exported) -> bool:
    refuted = elements.codes(record.resource.get("verificationStatus")) & _REFUTED
    return record.type == "Condition" and not _is_current(record) and not refuted


def _allergy(record: Exported) -> bool:
    return record.type == "AllergyIntolerance" and _is_current(record)


def _medication(record: Exported) -> bool:
    return record.type in {"MedicationRequest", "MedicationStatement"} and _status(record) in _TAKEN


def _immunization(record: Exported) -> bool:
    return record.type == "Immunization" and _status(record) == "completed"


def _result(record: Exported) -> bool:
    return record.kind == "lab" and record.type == "Observation" and _status(record) in _MEASURED


def _vital(record: Exported) -> bool:
    return record.kind == "vital" and _status(record) in _MEASURED


def _social(record: Exported) -> bool:
    is_social = "social-history" in elements.codes(record.resource.get("category"))
    return record.type == "Observation" and is_social and _status(record) in _MEASURED


def _procedure(record: Exported) -> bool:
    return record.type == "Procedure" and _status(record) in _DONE


def _device(record: Exported) -> bool:
    return record.type == "DeviceUseStatement" and _status(record) in _GOING_ON


def _plan(record: Exported) -> bool:
    return record.type == "CarePlan" and _status(record) == "active"


def _alert(record: Exported) -> bool:
    return record.type == "Flag" and _status(record) == "active"


def _directive(record: Exported) -> bool:
    is_one = record.type == "Consent" and "adr" in elements.codes(record.resource.get("scope"))
    return is_one and _status(record) == "active"


def _status(record: Exported) -> str:
    return str(record.resource.get("status", ""))


PROBLEMS = Section("Problems", "11450-4", "Problem list - Reported", _problem, is_required=True)
SECTIONS: tuple[Section, ...] = (
    PROBLEMS,
    Section(
        "Allergies and intolerances", "48765-2", "Allergies and adverse reactions Document", _allergy, is_required=True
    ),
    Section("Medications", "10160-0", "History of Medication use Narrative", _medication, is_required=True),
    Section("Immunizations", "11369-6", "History of Immunization Narrative", _immunization),
    Section(
        "Results", "30954-2", "Relevant diagnostic tests/laboratory data Narrative", _result, latest=True, most=100
    ),
    Section("Vital signs", "8716-3", "Vital signs", _vital, latest=True, most=40),
    Section("Procedures", "47519-4", "History of Procedures Document", _procedure),
    Section("Medical devices", "46264-8", "History of medical device use", _device),
    Section("Past problems", "11348-0", "History of Past illness Narrative", _past_problem),
    Section("Social history", "29762-2", "Social history Narrative", _social, latest=True, most=40),
    Section("Alerts", "104605-1", "Alert", _alert),
    Section("Plan of care", "18776-5", "Plan of care note", _plan, most=40),
    Section("Advance directives", "42348-3", "Advance directives", _directive),
)  # fmt: skip
SUPPORTING = frozenset({"Practitioner", "PractitionerRole", "Organization", "Medication", "Location", "Device"})
"""Types that come along where a record of a section refers to one."""
