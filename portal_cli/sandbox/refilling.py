"""The clinic's refill desk: it takes requests along, refuses some with a reason, and names what came of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from portal_cli.sandbox import tasks
from portal_cli.sandbox.instants import instant
from portal_cli.sandbox.outcomes import business_rule
from portal_cli.sandbox.references import follow, local_target
from portal_cli.sandbox.supplying import Supplying

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.versions import Version

_NEXT = {
    "requested": "received",
    "received": "accepted",
    "accepted": "in-progress",
    "ready": "in-progress",
    "in-progress": "completed",
}
_WORDS = {"in-progress": "Sent to pharmacy", "completed": "Ready for pickup"}
_OVER = frozenset({"stopped", "cancelled", "entered-in-error", "draft"})
# Medicines that nobody gets without being seen; matched in the words that a prescription calls its medicine by.
_AT_VISITS_ONLY = ("oxycodone", "hydrocodone", "morphine", "fentanyl", "alprazolam", "diazepam", "zolpidem")


class Refilling:
    """What becomes of refill requests, step by step."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._supplying = Supplying(repository)

    def step(self) -> int:
        """Move each open refill Task one step; gives how many moved."""
        moved = 0
        with self._repository.lock:
            for version in self._repository.everything("Task"):
                task = version.resource()
                status = str(task.get("status"))
                if not tasks.is_refill(task) or status not in _NEXT:
                    continue
                reason = self._refusal(task) if status == "received" else ""
                self.move(version, "rejected" if reason else _NEXT[status], reason)
                moved += 1
        return moved

    def move(self, version: Version, status: str, reason: str = "") -> Version:
        """Take a refill Task to a status, as the clinic's staff may; `reason` is told to the patient.

        Raises:
            FhirError: 422 when the Task cannot go there from where it is, or a refusal gives no reason.
        """
        task = version.resource()
        before = str(task.get("status"))
        if not tasks.may_follow(before, status):
            raise business_rule(f"a task that is {before} cannot become {status}")
        if status in {"rejected", "failed"} and not reason:
            raise business_rule(f"a task becomes {status} with a reason, which the patient is told")
        task["status"] = status
        if status in _WORDS:
            task["businessStatus"] = {"text": _WORDS[status]}
        if reason:
            task["statusReason"] = {"text": reason}
        elif before == "on-hold":
            task.pop("statusReason", None)
        task["lastModified"] = instant(self._repository.now())
        with self._repository.transaction():
            if status == "completed":
                self._supply(task, version.creator)
            return self._repository.put(task, version.key, version.creator)

    def _supply(self, task: Json, creator: str) -> None:
        """Give out the medicine that a Task asks for, on a new prescription where one is needed, and name both."""
        order = self._order(task)
        if order is None:
            return
        kept = task.get("output")
        output: list[Json] = kept if isinstance(kept, list) else []
        if tasks.is_renewal(task) or not self._supplying.has_repeats(order):
            order = self._supplying.renew(order, creator)
            output.append({"type": {"text": "New prescription"}, "valueReference": {"reference": order.name}})
        supply = self._supplying.dispense(order, task, creator)
        output.append({"type": {"text": "Medicine supplied"}, "valueReference": {"reference": supply.name}})
        task["output"] = output

    def _refusal(self, task: Json) -> str:
        """Why the clinic does not refill what a Task asks for; nothing when it does."""
        order = self._order(task)
        if order is None:
            return "There is no such prescription in your record. Please call the practice."
        prescription = order.resource()
        status = str(prescription.get("status"))
        if status in _OVER:
            return f"This prescription is {status}. Please make an appointment."
        names = [*follow(prescription, "medicationCodeableConcept.text")]
        names += follow(prescription, "medicationCodeableConcept.coding.display")
        if any(word in str(name).casefold() for word in _AT_VISITS_ONLY for name in names):
            return "This medicine is prescribed at a visit only. Please make an appointment."
        left = _number(task, "input.valueQuantity.value")
        given = _number(prescription, "dispenseRequest.quantity.value")
        if left and given and left * 2 > given:
            return f"It is too early: you have {left:g} left of {given:g}. Please ask again when half is taken."
        return ""

    def _order(self, task: Json) -> Version | None:
        """The prescription that a Task is about, if it is in the record of the same patient."""
        return order_of(self._repository, task)


def order_of(repository: Repository, task: Json) -> Version | None:
    """Give the MedicationRequest that a Task is about, if it is in the record of the same patient."""
    focus = task.get("focus")
    text = focus.get("reference") if isinstance(focus, dict) else None
    target = local_target(text, repository.base_url) if isinstance(text, str) else None
    kind, _, key = (target or "").partition("/")
    order = repository.current(kind, key) if kind == "MedicationRequest" else None
    patients, _ = repository.owners_of(task)
    return order if order and not order.is_deleted and patients & order.owners else None


def take(repository: Repository, task: Json, patient: str, is_seen: Callable[[Version], bool]) -> None:
    """Refuse a new request for a refill that is about no prescription of the patient's, or asked for already.

    `is_seen` says whether who asks sees a version.

    Raises:
        FhirError: 422.
    """
    if not tasks.is_refill(task):
        return
    order = order_of(repository, task)
    if order is None or not is_seen(order):
        raise business_rule(
            "a refill is asked for of a prescription in the patient's own record, which the focus names"
        )
    for version in repository.everything("Task"):
        other = version.resource()
        is_theirs = patient in version.owners and is_seen(version)
        is_open = is_theirs and tasks.is_refill(other) and str(other.get("status")) in tasks.OPEN
        if is_open and _is_about(repository, other, order):
            status = other["status"]
            raise business_rule(f"a refill of this prescription was asked for already: {version.name} is {status}")


def _is_about(repository: Repository, task: Json, order: Version) -> bool:
    found = order_of(repository, task)
    return found is not None and found.name == order.name


def _number(resource: Json, path: str) -> float:
    """The first number at a path, or nothing."""
    for found in follow(resource, path):
        try:
            return float(bytes(found) if isinstance(found, msgspec.Raw) else found)
        except (TypeError, ValueError):
            continue
    return 0.0
