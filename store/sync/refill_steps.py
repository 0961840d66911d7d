"""Noting the steps of refill requests, with their times: from the portal's history of each, or as they are seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import PortalError
from store.records import elements, incoming, refills
from store.records.lossless import decode
from store.vault import reading
from store.vault import refill_steps as kept
from store.vault.refill_steps import Kept

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.records.elements import Json
    from store.remote.discovery import Capability
    from store.remote.fhir import Fhir
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault

_MOST_ASKED = 20  # histories, in one sync; the steps of the others are noted as they are seen


def note(vault: Vault, owner: ConnectionRow, fhir: Fhir | None = None, capability: Capability | None = None) -> None:
    """Note where each request stands, and with `fhir` how it came there, where its portal tells."""
    has_history = capability is not None and capability.offers("Task", "history-instance")
    asked = 0
    for record_id, task, known in _moved(vault, owner):
        found: tuple[Kept, ...] = ()
        is_new = not known and task.get("status") == "requested"
        if fhir and has_history and not is_new and asked < _MOST_ASKED:
            asked += 1
            found = _history(fhir, record_id)
        steps = _joined(known, found or (step(task),))
        with vault.transaction() as tx:
            kept.keep(tx, owner.id, record_id, steps)


def step(task: Json) -> Kept:
    """The state that a version of a Task has, and since when."""
    found = refills.read(task)
    stamp = elements.first(task.get("meta")).get("lastUpdated")
    began = found.requested if found.status == "requested" else found.updated
    portals = stamp if isinstance(stamp, str) else ""
    is_patients = found.status == "cancelled"  # so the Task tells the time of the patient's clock
    at = portals if is_patients and portals else str(began.text) if began else portals
    return Kept(str(found.status), str(found.detail), at)


def _moved(vault: Vault, owner: ConnectionRow) -> list[tuple[str, Json, tuple[Kept, ...]]]:
    """The requests that stand elsewhere than was noted."""
    wanted = reading.Filter(kinds=("refill",), connections=(owner.id,))
    moved = []
    with vault.reading() as connection:
        for row, body in reading.records(vault, connection, wanted):
            task, known = decode(body), kept.read(connection, owner.id, row.id)
            if not known or known[-1][:2] != step(task)[:2]:
                moved.append((row.id, task, known))
    return moved


def _history(fhir: Fhir, record_id: str) -> tuple[Kept, ...]:
    """The steps by the portal's own history, oldest first; none where it cannot be had."""
    try:
        page = fhir.history(f"Task/{record_id}")
        versions = [incoming.read_json(body) for body in page.resources]
    except (PortalError, ValueError):
        return ()
    return _joined((), (step(version) for version in reversed(versions) if version.get("id") == record_id))


def _joined(known: tuple[Kept, ...], found: Iterable[Kept]) -> tuple[Kept, ...]:
    """Steps after those that are known, without any that is there already; a whole history takes their place."""
    fresh = list(found)
    steps = [] if set(known) <= set(fresh) else list(known)
    for each in fresh:
        if each not in steps and not (steps and steps[-1][:2] == each[:2]):
            steps.append(each)
    return tuple(steps)
