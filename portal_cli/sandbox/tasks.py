"""The life of a Task: which states may follow which, and which of these steps a patient may take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.outcomes import business_rule
from portal_cli.sandbox.references import follow

if TYPE_CHECKING:
    from portal_cli.sandbox.lossless import Json

# Task.status (FHIR R4 §10.6.4) as this portal lives it; what is missing here is final.
TRANSITIONS: dict[str, frozenset[str]] = {
    "draft": frozenset({"requested", "cancelled"}),
    "requested": frozenset({"received", "rejected", "cancelled"}),
    "received": frozenset({"accepted", "rejected", "cancelled"}),
    "accepted": frozenset({"in-progress", "cancelled"}),
    "ready": frozenset({"in-progress", "cancelled"}),
    "in-progress": frozenset({"completed", "on-hold", "failed"}),
    "on-hold": frozenset({"in-progress"}),
}
_REFILL_CODES = frozenset({"refill", "renewal"})


def may_follow(before: str, after: str) -> bool:
    """Say whether a Task may go from one state to another."""
    return after in TRANSITIONS.get(before, frozenset())


def check_new(task: Json) -> None:
    """Refuse a Task that a patient may not create.

    Raises:
        FhirError: 422 unless its status is `requested`.
    """
    if task.get("status") != "requested":
        raise business_rule("a patient creates a task with the status requested")


def check_change(before: Json, after: Json) -> None:
    """Refuse a change to a Task that is not a patient's to make: theirs is to cancel, and to amend early.

    Raises:
        FhirError: 422 for any other step.
    """
    old, new = str(before.get("status")), str(after.get("status"))
    if old == new == "requested":
        return
    if new == "cancelled" and may_follow(old, new):
        return
    if new != "cancelled" and may_follow(old, new):
        raise business_rule(f"only the clinic takes a task from {old} to {new}")
    raise business_rule(f"a task that is {old} cannot become {new}")


def is_refill(task: Json) -> bool:
    """Say whether a Task asks for a refill or a renewal."""
    return any(str(code) in _REFILL_CODES for code in follow(task, "code.coding.code"))
