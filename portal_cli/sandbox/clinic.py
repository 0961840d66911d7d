"""The clinic behind the portal: it takes refills, appointments and messages one step further each time it looks."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from portal_cli.sandbox.correspondence import Correspondence
from portal_cli.sandbox.instants import instant
from portal_cli.sandbox.references import local_target
from portal_cli.sandbox.scheduling import Scheduling
from portal_cli.sandbox.tasks import is_refill

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.versions import Version

_NEXT = {
    "requested": "received",
    "received": "accepted",
    "accepted": "in-progress",
    "in-progress": "completed",
}
_WORDS = {"in-progress": "Sent to pharmacy", "completed": "Ready for pickup"}
_COPIED = ("medicationCodeableConcept", "medicationReference")


class Clinic:
    """The people who answer. `step` moves each refill Task, Appointment and message once, `begin` again and again."""

    def __init__(self, repository: Repository, now: Callable[[], datetime]) -> None:
        self._repository = repository
        self._now = now
        self._scheduling = Scheduling(repository)
        self.correspondence = Correspondence(repository)
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, seconds: float) -> None:
        """Step every so many seconds, in a thread of its own."""
        self._ended.clear()
        self._thread = threading.Thread(target=self._work, args=(seconds,), name="clinic", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop stepping."""
        self._ended.set()
        if self._thread:
            self._thread.join()
            self._thread = None

    def step(self) -> int:
        """Move each open refill Task, Appointment and message that waits one step; gives how many moved."""
        moved = self._scheduling.step() + self.correspondence.step()
        with self._repository.lock:
            for version in self._repository.everything("Task"):
                task = version.resource()
                if is_refill(task) and str(task.get("status")) in _NEXT:
                    self._move(version, task)
                    moved += 1
        return moved

    def _work(self, seconds: float) -> None:
        while not self._ended.wait(seconds):
            self.step()

    def _move(self, version: Version, task: Json) -> None:
        status = _NEXT[task["status"]]
        task["status"] = status
        if status in _WORDS:
            task["businessStatus"] = {"text": _WORDS[status]}
        task["lastModified"] = instant(self._now())
        if status == "completed":
            dispense = self._dispense(task, version.creator)
            if dispense:
                output = task.get("output")
                kept = output if isinstance(output, list) else []
                task["output"] = [
                    *kept,
                    {"type": {"text": "Medicine supplied"}, "valueReference": {"reference": dispense.name}},
                ]
        self._repository.put(task, version.key, version.creator)

    def _dispense(self, task: Json, creator: str) -> Version | None:
        """Supply the medicine a Task asks for, if its prescription is in the record of the same patient.

        What is copied out of what a patient wrote counts as theirs: it opens nothing that they name in it.
        """
        focus = task.get("focus")
        text = focus.get("reference") if isinstance(focus, dict) else None
        target = local_target(text, self._repository.base_url) if isinstance(text, str) else None
        if target is None or not target.startswith("MedicationRequest/"):
            return None
        order = self._repository.current(*target.split("/"))
        patients, _ = self._repository.owners_of(task)
        if order is None or order.is_deleted or not patients & order.owners:
            return None
        prescription = order.resource()
        supply: Json = {"resourceType": "MedicationDispense", "status": "completed"}
        supply |= {name: prescription[name] for name in _COPIED if name in prescription}
        supply["subject"] = prescription["subject"]
        supply["authorizingPrescription"] = [{"reference": target}]
        requested = prescription.get("dispenseRequest")
        if isinstance(requested, dict) and isinstance(requested.get("quantity"), dict):
            supply["quantity"] = requested["quantity"]
        supply["whenPrepared"] = instant(self._now())
        return self._repository.create(supply, order.creator or creator)
