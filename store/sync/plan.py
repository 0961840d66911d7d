"""What to ask a portal for: decided from what it declares, what was granted, and how far the vault has come."""

from __future__ import annotations

import datetime as dt
import email.utils
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from store.remote.scopes import Grants
from store.sync import quirks
from store.vault.progress import End

if TYPE_CHECKING:
    from collections.abc import Mapping

    from store.remote.discovery import Capability, OfferedType
    from store.vault.progress import Progress

# Search parameters that narrow a type to one patient, best first (FHIR R4 search parameter registry).
_PATIENT_PARAMETERS = ("patient", "subject", "beneficiary", "individual", "actor", "member")
# Types that are read by reference only: shared directories, and content fetched on demand.
_NEVER_SEARCHED = frozenset(
    {
        "Patient", "Binary", "Practitioner", "Organization", "Location", "Medication", "Slot", "HealthcareService",
        "Questionnaire", "ValueSet", "CodeSystem", "StructureDefinition", "OperationDefinition", "SearchParameter",
        "CapabilityStatement", "Subscription",
    }
)  # fmt: skip
_NEVER_READ = frozenset({"Patient", "Binary", "Group", "Questionnaire", "ValueSet", "CodeSystem", "Subscription"})
OVERLAP = dt.timedelta(minutes=5)  # clocks of a portal's machines differ, and pages take time
# Types of the FHIR R4 Patient compartment, for portals that do not declare how they are narrowed to a patient.
_COMPARTMENT = frozenset(
    {
        "Account", "AdverseEvent", "AllergyIntolerance", "Appointment", "AppointmentResponse", "AuditEvent", "Basic",
        "BodyStructure", "CarePlan", "CareTeam", "ChargeItem", "Claim", "ClaimResponse", "ClinicalImpression",
        "Communication", "CommunicationRequest", "Composition", "Condition", "Consent", "Coverage",
        "CoverageEligibilityRequest", "CoverageEligibilityResponse", "DetectedIssue", "Device", "DeviceRequest",
        "DeviceUseStatement", "DiagnosticReport", "DocumentManifest", "DocumentReference", "Encounter",
        "EpisodeOfCare", "ExplanationOfBenefit", "FamilyMemberHistory", "Flag", "Goal", "ImagingStudy",
        "Immunization", "ImmunizationEvaluation", "ImmunizationRecommendation", "Invoice", "List", "MeasureReport",
        "Media", "MedicationAdministration", "MedicationDispense", "MedicationRequest", "MedicationStatement",
        "MolecularSequence", "NutritionOrder", "Observation", "Procedure", "Provenance", "QuestionnaireResponse",
        "RelatedPerson", "RequestGroup", "RiskAssessment", "ServiceRequest", "Specimen", "SupplyDelivery",
        "SupplyRequest", "Task", "VisionPrescription",
    }
)  # fmt: skip
FULL_SWEEP_EVERY = dt.timedelta(days=7)
READ_PREFIX = "read:"
GRANTED = "granted"  # the state of a query for a part of a type, where a token was granted parts
REVERSE, _PROVENANCE = "_revinclude", "Provenance:target"


@dataclass(frozen=True, slots=True)
class Query:
    """One search to be swept to its end; `key` names it in the vault.

    `base` is the key of the search by the patient alone, which this one is a part of in a `state` (see
    `store.sync.quirks`), and `more` what it says besides; where a portal takes the simple search, the two are one.
    """

    key: str
    type: str
    parameters: tuple[tuple[str, str], ...]
    can_narrow: bool
    base: str = ""
    state: str = ""
    more: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Sweep:
    """How to begin a query now: the parameters of its first page, and what it is narrowed to."""

    parameters: tuple[tuple[str, str], ...]
    since: str | None


def searches(
    capability: Capability, grants: Grants, patient: str, known: Mapping[str, Progress] | None = None
) -> tuple[Query, ...]:
    """The searches that together bring every record of a patient that the portal offers and the token may read.

    A type that the portal has been found to want in another way (`known`) is asked for in that way at once.
    """
    maker = quirks.maker_of(capability.maker)
    provenance = capability.types.get("Provenance")
    brings_provenance = grants.allow("Provenance", "r") and not (provenance and is_searched(provenance))
    found: list[Query] = []
    for name, offered in sorted(capability.types.items()):
        if not is_searched(offered) or not grants.allow(name, "s"):
            continue
        simple = _simple(offered, patient, with_provenance=brings_provenance)
        if limits := grants.parts.get(name):
            found += _parts(simple, limits)
            continue
        noted = (known or {}).get(simple.key)
        state = noted.error or "" if noted and noted.ended == End.REFINED else quirks.first_state(maker, name)
        found += refined(simple, state, maker)
    return tuple(found)


def is_searched(offered: OfferedType) -> bool:
    """Whether a type is one to be searched by the patient."""
    return (
        offered.name not in _NEVER_SEARCHED
        and "search-type" in offered.interactions
        and _patient_parameter(offered) is not None
    )


def refined(simple: Query, state: str, maker: str) -> tuple[Query, ...]:
    """The queries that a simple search is made of in a state; a state of another release counts as none."""
    try:
        sets = quirks.alternatives(simple.type, state, maker)
    except KeyError:
        return (simple,)
    return tuple(_with(simple, more, state) for more in sets)


def _parts(simple: Query, limits: tuple[str, ...]) -> tuple[Query, ...]:
    """The queries for those parts of a type that a token may search."""
    return tuple(_with(simple, tuple(parse_qsl(limit)), GRANTED) for limit in dict.fromkeys(limits))


def _with(simple: Query, more: tuple[tuple[str, str], ...], state: str) -> Query:
    if not more:
        return simple
    words = "&".join(f"{name}={value}" for name, value in more)
    return replace(simple, key=f"{simple.base}&{words}", parameters=(*simple.parameters, *more), state=state, more=more)


def simplified(query: Query) -> Query:
    """The search by the patient alone that a query is a part of."""
    own = query.parameters[: len(query.parameters) - len(query.more)]
    return replace(query, key=query.base, parameters=own, state="", more=())


def _simple(offered: OfferedType, patient: str, *, with_provenance: bool) -> Query:
    parameter = _patient_parameter(offered) or "patient"
    # `patient` takes a bare id; the others may point at several types, and want to be told which.
    owner = patient if parameter == "patient" else f"Patient/{patient}"
    key = f"{offered.name}?{parameter}={owner}"
    can_narrow = "_lastUpdated" in offered.search_parameters
    more = ((REVERSE, _PROVENANCE),) if with_provenance and _PROVENANCE in offered.revincludes else ()
    return Query(key, offered.name, ((parameter, owner), *more), can_narrow, base=key)


def readable(capability: Capability, grants: Grants) -> frozenset[str]:
    """The types whose records are read one by one when another record refers to them."""
    return frozenset(
        name
        for name, offered in capability.types.items()
        if name not in _NEVER_READ
        and "read" in offered.interactions
        and grants.allow(name, "r")
        and (name in _NEVER_SEARCHED or not _patient_parameter(offered))
    )


def types_read(capability: Capability) -> frozenset[str]:
    """The types of a portal that a sync ever reads: the patient, what is searched for, and what records refer to."""
    may_all = Grants({})
    searched = {name for name, offered in capability.types.items() if is_searched(offered)}
    others = {name for name in ("Patient", "Binary") if capability.offers(name, "read")}
    return frozenset(searched | others) | readable(capability, may_all)


def begin(query: Query, progress: Progress | None, now: dt.datetime, *, full: bool) -> Sweep:
    """Decide whether a query asks for everything or only for what has changed since it was last complete."""
    parameters = query.parameters
    if full or not query.can_narrow or progress is None or progress.complete_to is None or progress.full_sweep is None:
        return Sweep(parameters, None)
    if abs(now.timestamp() - progress.full_sweep) > FULL_SWEEP_EVERY.total_seconds():  # a clock may have been wrong
        return Sweep(parameters, None)
    since = dt.datetime.fromisoformat(progress.complete_to) - OVERLAP
    text = since.isoformat(timespec="seconds")
    return Sweep((*parameters, ("_lastUpdated", f"ge{text}")), text)


def served_at(http_date: str | None) -> str | None:
    """The portal's own time as an ISO instant, from the Date header of an answer; None when it gave none."""
    if not http_date:
        return None
    try:
        moment = email.utils.parsedate_to_datetime(http_date).astimezone(dt.UTC)
    except (TypeError, ValueError, OverflowError):
        return None
    return moment.isoformat(timespec="seconds")


def _patient_parameter(offered: OfferedType) -> str | None:
    declared = next((name for name in _PATIENT_PARAMETERS if name in offered.search_parameters), None)
    return declared or ("patient" if offered.name in _COMPARTMENT else None)
