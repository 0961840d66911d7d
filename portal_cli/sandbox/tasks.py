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
OPEN = frozenset(TRANSITIONS)
_REFILL_CODES = frozenset({"refill", "renewal"})
# What stays as it was sent: whom a request is for, who asks, for what, and what only the clinic says of it.
_FIXED = ("for", "requester", "focus", "code", "intent", "authoredOn", "businessStatus", "output", "owner")


def may_follow(before: str, after: str) -> bool:
    """Say whether a Task may go from one state to another."""
    return after in TRANSITIONS.get(before, frozenset())


def check_new(task: Json) -> None:
    """Refuse a Task that a patient may not create.

    Raises:
        FhirError: 422 unless its status is `requested` and it says nothing that is the clinic's to say.
    """
    if task.get("status") != "requested":
        raise business_rule("a patient creates a task with the status requested")
    said = [name for name in ("output", "businessStatus", "statusReason") if name in task]
    if said:
        raise business_rule(f"the {said[0]} of a task is the clinic's to say")


def check_change(before: Json, after: Json) -> None:
    """Refuse a change to a Task that is not a patient's to make: theirs is to cancel, and to amend early.

    Raises:
        FhirError: 422 for any other step, or for changing what the request is about.
    """
    old, new = str(before.get("status")), str(after.get("status"))
    may_cancel = new == "cancelled" and may_follow(old, new)
    if not may_cancel and not old == new == "requested":
        if new != "cancelled" and may_follow(old, new):
            raise business_rule(f"only the clinic takes a task from {old} to {new}")
        raise business_rule(f"a task that is {old} cannot become {new}")
    changed = [name for name in _FIXED if before.get(name) != after.get(name)]
    if changed:
        raise business_rule(f"the {changed[0]} of a task stays as it was")


def is_refill(task: Json) -> bool:
    """Say whether a Task asks for a refill or a renewal."""
    return any(str(code) in _REFILL_CODES for code in follow(task, "code.coding.code"))


def is_renewal(task: Json) -> bool:
    """Say whether a Task asks for a new prescription."""
    return "renewal" in {str(code) for code in follow(task, "code.coding.code")}
