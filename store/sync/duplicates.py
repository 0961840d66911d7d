"""Asking a portal, before a refill is asked for, whether one of the same prescription is open there already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import BadAnswer, InsecureAddress, Rejected
from store.records import elements, incoming, refills

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.remote.discovery import OfferedType
    from store.remote.fhir import Fhir
    from store.vault.outbox import Item

_NEEDED = frozenset({"patient", "focus", "status"})


def open_request(fhir: Fhir, item: Item, offered: OfferedType | None, patient: str) -> str:
    """Say which other request is open, in a sentence; nothing where there is none, or the portal cannot be asked.

    Raises SignInNeeded, Unreachable.
    """
    if item.kind != "refill" or item.type != "Task" or not item.focus or offered is None:
        return ""
    if "search-type" not in offered.interactions or not offered.search_parameters >= _NEEDED:
        return ""
    wanted = {"patient": patient, "focus": item.focus, "status": ",".join(sorted(refills.OPEN - {"draft"}))}
    try:
        page = fhir.page(fhir.first_page("Task", wanted))
        found = [incoming.read_json(body) for body in page.resources]
    except (Rejected, BadAnswer, InsecureAddress, ValueError):
        return ""
    others = [task for task in found if _is_another(task, item)]
    if not others:
        return ""
    first = refills.read(others[0])
    return f"the portal has an open request for it already: Task/{first.id} is {first.status}"


def _is_another(task: Json, item: Item) -> bool:
    """Whether a Task is an open request for the same order, and not the very one that is to be sent."""
    if task.get("resourceType") != "Task" or refills.kind(task) != "refill" or task.get("status") not in refills.OPEN:
        return False
    if "/".join(elements.target(elements.reference(task.get("focus")))) != item.focus:
        return False
    return str(refills.read(task).request_id) != item.request_id
