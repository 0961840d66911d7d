"""How portals differ in what a search must say: data, one row a difference, each with its source.

A type is searched by its patient alone. A portal that wants more says so (HTTP 400 or 422), and the search is made
again in one of the WAYS of its type; a portal whose maker is known to want it is asked so at once (QUIRKS).
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Parameters: TypeAlias = "tuple[tuple[str, str], ...]"
ANY_TYPE = "*"
_MOST_QUERIES = 120  # that one type may be split into
_JOINT = "+"
_DEMANDS = frozenset({"required", "require", "requires", "missing", "must", "mandatory"})  # words of a refusal


@dataclass(frozen=True, slots=True)
class Way:
    """One way to search a type: a query for each of `alternatives`, which together bring all of it.

    Categories are the exception: portals may have some of their own, which nobody can ask for without knowing them.
    A value with commas asks for several at once (FHIR R4 §3.1.1.4.6).
    """

    name: str
    type: str
    parameter: str
    alternatives: tuple[Parameters, ...]


@dataclass(frozen=True, slots=True)
class Quirk:
    """A maker's portals want `type` searched in `way`, or know `values` of its parameter that others do not.

    A portal whose maker is not known is asked for the values of all of them.
    """

    maker: str
    type: str
    way: str
    source: str
    values: tuple[str, ...] = ()


def _each(type_name: str, parameter: str, *values: str, name: str = "") -> Way:
    return Way(name or parameter, type_name, parameter, tuple(((parameter, value),) for value in values))


_EVER = (("date", "ge1900-01-01T00:00:00Z"), ("date", "lt2200-01-01T00:00:00Z"))
# Oracle Health finds requested appointments, which have no date yet, by this parameter of its own.
_EVER_ASKED_FOR = tuple((f"-{name}-or-req-period", value) for name, value in _EVER)
# Categories: US Core 6.1 to 9.0, and those that FHIR R4 itself defines for the type. Statuses: all that R4 binds it to.
WAYS = (
    _each(
        "Observation", "category",
        "laboratory", "vital-signs", "social-history", "survey", "sdoh", "exam", "imaging", "procedure", "therapy",
        "activity", "functional-status", "disability-status", "cognitive-status", "care-experience-preference",
        "treatment-intervention-preference", "observation-adi-documentation", "clinical-test",
    ),
    _each("Condition", "category", "problem-list-item", "encounter-diagnosis", "health-concern"),
    _each("DiagnosticReport", "category", "LAB", "LP29684-5", "LP29708-2", "LP7839-6", "imaging", "RAD", "PAT"),
    _each("DocumentReference", "category", "clinical-note"),
    _each("CarePlan", "category", "assess-plan"),
    _each(
        "ServiceRequest", "category", "108252007", "363679005", "409063005", "409073007", "387713003", "386053000",
        "410606002", "sdoh", "functional-status", "disability-status", "cognitive-status",
    ),
    _each("Goal", "category", "dietary", "safety", "behavioral", "nursing", "physiotherapy"),
    _each("MedicationRequest", "intent", "order,plan", name="intent, two at once"),
    _each(
        "MedicationRequest", "intent",
        "order", "plan", "proposal", "original-order", "reflex-order", "filler-order", "instance-order", "option",
    ),
    _each("AllergyIntolerance", "clinical-status", "active,inactive,resolved"),
    _each("Appointment", "status",
        "proposed,pending,booked,arrived,fulfilled,cancelled,noshow,entered-in-error,checked-in,waitlist"),
    _each("CarePlan", "status", "draft,active,on-hold,revoked,completed,entered-in-error,unknown"),
    _each("CareTeam", "status", "proposed,active,suspended,inactive,entered-in-error"),
    _each("CareTeam", "status", "active", name="active status"),
    _each("Communication", "status",
        "preparation,in-progress,not-done,on-hold,stopped,completed,entered-in-error,unknown"),
    _each("Condition", "clinical-status", "active,recurrence,relapse,inactive,remission,resolved"),
    _each("Coverage", "status", "active,cancelled,draft,entered-in-error"),
    _each("DiagnosticReport", "status",
        "registered,partial,preliminary,final,amended,corrected,appended,cancelled,entered-in-error,unknown"),
    _each("DocumentReference", "status", "current,superseded,entered-in-error"),
    _each("Encounter", "status",
        "planned,arrived,triaged,in-progress,onleave,finished,cancelled,entered-in-error,unknown"),
    _each("Goal", "lifecycle-status",
        "proposed,planned,accepted,active,on-hold,completed,cancelled,entered-in-error,rejected"),
    _each("Immunization", "status", "completed,entered-in-error,not-done"),
    _each("MedicationDispense", "status",
        "preparation,in-progress,cancelled,on-hold,completed,entered-in-error,stopped,declined,unknown"),
    _each("MedicationRequest", "status",
        "active,on-hold,cancelled,completed,entered-in-error,stopped,draft,unknown"),
    _each("MedicationStatement", "status",
        "active,completed,entered-in-error,intended,stopped,on-hold,unknown,not-taken"),
    _each("Observation", "status",
        "registered,preliminary,final,amended,corrected,cancelled,entered-in-error,unknown"),
    _each("Procedure", "status",
        "preparation,in-progress,not-done,on-hold,stopped,completed,entered-in-error,unknown"),
    _each("ServiceRequest", "status", "draft,active,on-hold,revoked,completed,entered-in-error,unknown"),
    _each("Task", "status",
        "draft,requested,received,accepted,rejected,ready,cancelled,in-progress,on-hold,failed,completed,"
        "entered-in-error"),
    Way("date", "Appointment", "date", (_EVER, _EVER_ASKED_FOR)),
    Way("date", ANY_TYPE, "date", (_EVER,)),
    Way("open date", ANY_TYPE, "date", (_EVER[:1],)),
)  # fmt: skip
_YOURPHR = "https://github.com/jwilleke/yourphr/issues/754"
_FASTEN = "https://github.com/fastenhealth/fasten-sources"
QUIRKS = (
    Quirk("epic", "Observation", "category", _YOURPHR),
    Quirk(
        "epic", "Observation", "category", _FASTEN,
        ("delivery", "obstetrics-gynecology", "periodontal", "phenotype", "smartdata"),
    ),
    Quirk(
        "epic", "CarePlan", "category", _FASTEN,
        ("734163000", "38717003", "736271009", "736353004", "738906000", "736378000", "409073007"),
    ),
    Quirk("oracle", "Appointment", "date", "https://github.com/cfu288/mere-medical"),
    Quirk(
        "athena", "MedicationRequest", "intent, two at once",
        "https://github.com/drajer-health/eCRNow/issues/280",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Most:
    """A maker's portals take no more than `count` of an element of a new `type`."""

    maker: str
    type: str
    element: str
    count: int
    source: str


MOST = (Most("oracle", "Appointment", "requestedPeriod", 1, "https://github.com/cerner/fhir.cerner.com"),)
_NAMES = {
    "epic": {"epic"},
    "oracle": {"oracle", "cerner", "millennium"},
    "athena": {"athena", "athenahealth"},
}


def maker_of(said: str) -> str:
    """The maker that a portal's own words name, as in QUIRKS; empty when it is none of them."""
    words = set(re.findall(r"[a-z]+", said.lower()))
    return next((maker for maker, names in _NAMES.items() if words & names), "")


def most_of(maker: str, type_name: str, element: str) -> int | None:
    """How many of an element a maker's portals take in a new record; None where no limit is known."""
    rows = (row.count for row in MOST if (row.maker, row.type, row.element) == (maker, type_name, element))
    return next(rows, None)


def first_state(maker: str, type_name: str) -> str:
    """How a maker's portals want a type searched from the beginning; empty for by its patient alone."""
    rows = (quirk.way for quirk in QUIRKS if (quirk.maker, quirk.type) == (maker, type_name) and not quirk.values)
    return _JOINT.join(rows)


def alternatives(type_name: str, state: str, maker: str) -> tuple[Parameters, ...]:
    """The queries of a state (names of ways, joined): what each of them says besides the patient.

    Raises KeyError for a state that this release does not know.
    """
    sets = [_values(_way(type_name, name), maker) for name in state.split(_JOINT) if name]
    product = itertools.product(*sets)
    return tuple(tuple(itertools.chain.from_iterable(chosen)) for chosen in itertools.islice(product, _MOST_QUERIES))


def is_open(type_name: str, state: str) -> bool:
    """Whether a search in a state may miss records, since the portal may know values that are not asked for."""
    return any(way.parameter == "category" for way in WAYS if way.type == type_name and way.name in state.split(_JOINT))


def next_state(type_name: str, state: str, refusals: Iterable[str], tried: Sequence[str]) -> str | None:
    """How to search a type after `state` was refused with these words; None when no other way is left.

    A parameter that the portal names is added; else the last one is said in another way; else the type's own ways are
    tried, and all of them where the portal says that something is required.
    """
    applied = [name for name in state.split(_JOINT) if name]
    taken = {_way(type_name, name).parameter for name in applied}
    ways = [way for way in WAYS if way.type in {type_name, ANY_TYPE}]
    words = set(re.findall(r"[a-z]+(?:-[a-z]+)*", " ".join(refusals).lower()))
    named = [way.name for way in ways if way.parameter in words and way.parameter not in taken]
    others = [way.name for way in ways if applied and way.parameter == _way(type_name, applied[-1]).parameter]
    options = [_JOINT.join([*applied, name]) for name in named]
    options += [_JOINT.join([*applied[:-1], name]) for name in others]
    if not applied or words & _DEMANDS:
        options += [way.name for way in ways if way.type == type_name or words & _DEMANDS]
    return next((option for option in options if option not in tried), None)


def _way(type_name: str, name: str) -> Way:
    for way in WAYS:
        if way.name == name and way.type in {type_name, ANY_TYPE}:
            return way
    raise KeyError(name)


def _values(way: Way, maker: str) -> tuple[Parameters, ...]:
    more = (
        ((way.parameter, value),)
        for quirk in QUIRKS
        if maker in {"", quirk.maker} and (quirk.type, quirk.way) == (way.type, way.name)
        for value in quirk.values
    )
    return (*way.alternatives, *more)
