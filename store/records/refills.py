"""Refill requests: Task resources that ask for an order to be filled again (FHIR R4 §12.1)."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from store.light import dataclass
from store.records import elements, envelope
from store.records.dates import FhirDate, from_epoch, parse
from store.records.text import EMPTY, Safe

if TYPE_CHECKING:
    from decimal import Decimal

    from store.records.elements import Json

REQUEST_ID_SYSTEM = "https://portal-terminal.dev/fhir/request-id"
PATIENT_REQUEST_SYSTEM = "https://portal-terminal.dev/fhir/CodeSystem/patient-request"
TASK_CODE_SYSTEM = "http://hl7.org/fhir/CodeSystem/task-code"

_REQUEST_CODES = frozenset({"refill", "renewal"})
CHANGE = "change"
OPEN = frozenset({"draft", "requested", "received", "accepted", "ready", "in-progress", "on-hold"})
CAN_BE_CANCELLED = frozenset({"requested", "received", "accepted", "ready"})
"""States that a patient may still cancel a request in; from then on the pharmacy has it."""
_PHARMACY, _REMAINING = "pharmacy", "quantity-remaining"


@dataclass(frozen=True, slots=True)
class RefillRequest:
    """One refill request as the portal tells it.

    `medication_id` is the id of the order it asks to fill; `status` a Task status; `detail` the portal's own words
    on where it stands or why it was refused; `request_id` our own identifier, by which it is found again.
    """

    id: Safe
    request_id: Safe
    medication: Safe
    medication_id: Safe
    status: Safe
    detail: Safe
    requested: FhirDate | None
    updated: FhirDate | None
    note: Safe
    is_renewal: bool = False
    pharmacy: Safe = EMPTY
    remaining: Safe = EMPTY
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pharmacy:
    """Where the medicine is wanted: `reference` (`Type/id`) where the record names it, else only its name."""

    name: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Remaining:
    """How much of a medicine is left, as an amount and the word for one of it, which may be empty."""

    amount: Decimal
    unit: str = ""

    def words(self) -> str:
        """It as a person says it."""
        return f"{elements.plain(self.amount)} {self.unit}".strip() + " left"


@dataclass(frozen=True, slots=True)
class NewRefill:
    """What a patient asks for: which order, for whom, and in which words.

    References are `Type/id`; `is_renewal` is True when the order has no repeats left or has run out. `actor_reference`
    is who asks for the patient, empty where that is the patient.
    """

    request_id: str
    medication: str
    medication_reference: str
    patient_reference: str
    owner_reference: str | None
    note: str | None
    is_renewal: bool
    authored: float
    actor_reference: str = ""
    pharmacy: Pharmacy | None = None
    remaining: Remaining | None = None

    @property
    def author(self) -> str:
        """Who asks."""
        return self.actor_reference or self.patient_reference


def kind(resource: Json) -> str:
    """The plain noun a Task is listed under: `refill`, `change` (of details), or `task` for every other one."""
    codes = elements.codes(resource.get("code"))
    return "refill" if codes & _REQUEST_CODES else CHANGE if CHANGE in codes else "task"


def read(resource: Json) -> RefillRequest:
    """Read a Task as a refill request."""
    focus = elements.reference(resource.get("focus")) or elements.reference(resource.get("basedOn"))
    ours = [item for item in elements.objects(resource.get("identifier")) if item.get("system") == REQUEST_ID_SYSTEM]
    return RefillRequest(
        id=elements.text(resource.get("id")),
        request_id=elements.text(elements.first(ours).get("value")),
        medication=elements.text(elements.first(resource.get("focus")).get("display")) or _described(resource),
        medication_id=elements.text(elements.target(focus)[1]),
        status=elements.text(resource.get("status")),
        detail=elements.concept(resource.get("statusReason")) or elements.concept(resource.get("businessStatus")),
        requested=parse(resource.get("authoredOn")),
        updated=parse(resource.get("lastModified"))
        or parse(elements.first(resource.get("meta")).get("lastUpdated"))
        or parse(resource.get("authoredOn")),
        note=Safe("\n".join(elements.long_text(item.get("text")) for item in elements.objects(resource.get("note")))),
        is_renewal="renewal" in elements.codes(resource.get("code")),
        pharmacy=_pharmacy(_input(resource, _PHARMACY)),
        remaining=elements.quantity(_input(resource, _REMAINING).get("valueQuantity")),
        outputs=tuple(
            filter(
                None,
                (elements.reference(item.get("valueReference")) for item in elements.objects(resource.get("output"))),
            )
        ),
    )


def read_envelope(resource: Json) -> envelope.Envelope:
    """Read the columns of a Task that lists and filters need."""
    request = read(resource)
    return envelope.Envelope(
        kind=kind(resource),
        title=request.medication,
        code=request.medication_id,
        date=request.requested,
        status=request.status,
        value=request.detail,
    )


def build(wanted: NewRefill) -> Json:
    """Write a refill request as a FHIR R4 Task, code `fulfill`, with our identifier for finding it again."""
    authored = str(from_epoch(wanted.authored).text)
    task: Json = {
        "resourceType": "Task",
        "identifier": [{"system": REQUEST_ID_SYSTEM, "value": wanted.request_id}],
        "basedOn": [{"reference": wanted.medication_reference}],
        "status": "requested",
        "intent": "proposal",
        "priority": "routine",
        "code": {
            "coding": [
                {"system": TASK_CODE_SYSTEM, "code": "fulfill"},
                {"system": PATIENT_REQUEST_SYSTEM, "code": "renewal" if wanted.is_renewal else "refill"},
            ],
            "text": "Renewal request" if wanted.is_renewal else "Refill request",
        },
        "description": f"Refill {wanted.medication}",
        "focus": {"reference": wanted.medication_reference, "display": wanted.medication},
        "for": {"reference": wanted.patient_reference},
        "authoredOn": authored,
        "requester": {"reference": wanted.author},
    }
    if wanted.owner_reference:
        task["owner"] = {"reference": wanted.owner_reference}
    if wanted.remaining:
        task["reasonCode"] = {"text": wanted.remaining.words()}
    if wanted.note:
        task["note"] = [
            {
                "authorReference": {"reference": wanted.author},
                "time": authored,
                "text": wanted.note,
            }
        ]
    if found := _inputs(wanted):
        task["input"] = found
    return task


def cancelled(task: Json, reason: str, now: float) -> Json:
    """A request as it shall be when its patient has cancelled it; all else of it stays."""
    changed = {**deepcopy(task), "status": "cancelled", "lastModified": str(from_epoch(now).text)}
    if reason:
        changed["statusReason"] = {"text": reason}
    return changed


def _inputs(wanted: NewRefill) -> list[Json]:
    found: list[Json] = []
    if wanted.pharmacy:
        value: Json = {"valueString": wanted.pharmacy.name}
        if wanted.pharmacy.reference:
            value = {"valueReference": {"reference": wanted.pharmacy.reference, "display": wanted.pharmacy.name}}
        found.append({"type": _input_type(_PHARMACY, "Pharmacy"), **value})
    if wanted.remaining:
        quantity: Json = {"value": wanted.remaining.amount}
        if wanted.remaining.unit:
            quantity["unit"] = wanted.remaining.unit
        found.append({"type": _input_type(_REMAINING, "Quantity remaining"), "valueQuantity": quantity})
    return found


def _input_type(code: str, words: str) -> Json:
    return {"coding": [{"system": PATIENT_REQUEST_SYSTEM, "code": code}], "text": words}


def _input(resource: Json, code: str) -> Json:
    """What a request says of something, by the code of it."""
    found = [item for item in elements.objects(resource.get("input")) if code in elements.codes(item.get("type"))]
    return elements.first(found)


def _pharmacy(said: Json) -> Safe:
    return elements.text(said.get("valueString")) or elements.reference_words(said.get("valueReference"))


def _described(resource: Json) -> Safe:
    described = elements.text(resource.get("description"))
    return Safe(described.removeprefix("Refill ")) or elements.concept(resource.get("code"))
