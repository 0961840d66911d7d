"""The patient's own record, read beside the first pages: who else the patient is must be known before one is judged."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from store.errors import PortalError, Rejected, SignInNeeded
from store.remote.fhir import UNAUTHORIZED
from store.sync.outcome import Outcome

if TYPE_CHECKING:
    from store.events import ShouldStop
    from store.records.incoming import Incoming
    from store.sync.pull import Pull

_WAIT_SECONDS = 0.2


class OwnRecord:
    """Reads one patient's record in a thread of its own, which is never waited for longer than a sync goes on."""

    def __init__(self, pull: Pull, portal: str, patient: str) -> None:
        self._pull = pull
        self._portal = portal
        self._reference = f"Patient/{patient}"
        self._record: Incoming | None = None
        self._error: BaseException | None = None
        self._is_here = threading.Event()
        pull.ready = self.wait
        threading.Thread(target=self._read, name="patient", daemon=True).start()

    def wait(self) -> None:
        """Return once it has come, or has not been given.

        Raises SignInNeeded where the sign-in has ended or a new token does not even show it, and what reading it
        failed with unforeseen.
        """
        self._is_here.wait()
        if isinstance(self._error, SignInNeeded):
            raise self._error
        if isinstance(self._error, Rejected) and self._error.status == UNAUTHORIZED:
            raise SignInNeeded(self._portal) from self._error
        if self._error and not isinstance(self._error, PortalError):
            raise self._error

    def store(self, should_stop: ShouldStop) -> Outcome:
        """Store it, and return what became of it. Raises as `wait` does."""
        outcome = Outcome("Patient")
        while not self._is_here.wait(_WAIT_SECONDS):
            if should_stop():
                return outcome
        self.wait()
        if self._record:
            outcome.received, outcome.changed = 1, self._pull.store_one(self._record)
        outcome.error = self._error if isinstance(self._error, PortalError) else None
        return outcome

    def _read(self) -> None:
        try:
            self._record = self._pull.read_one(self._reference)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits for it
            self._error = error
        finally:
            self._is_here.set()
