"""The clinic behind the portal: it takes what patients ask for one step further each time it looks."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from portal_cli.sandbox.correspondence import Correspondence
from portal_cli.sandbox.proposing import Proposals
from portal_cli.sandbox.refilling import Refilling
from portal_cli.sandbox.scheduling import Scheduling

if TYPE_CHECKING:
    from portal_cli.sandbox.repository import Repository


class Clinic:
    """The people who answer: `step` takes each thing that waits one step further, `begin` again and again.

    Its desks (`scheduling`, `refilling`, `correspondence`, `proposals`) also take one request at a time to where a
    member of the staff wants it.
    """

    def __init__(self, repository: Repository) -> None:
        self.scheduling = Scheduling(repository)
        self.refilling = Refilling(repository)
        self.correspondence = Correspondence(repository)
        self.proposals = Proposals(repository)
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
        """Move each open refill, proposed change, Appointment and message that waits one step; gives how many moved."""
        return self.scheduling.step() + self.correspondence.step() + self.proposals.step() + self.refilling.step()

    def _work(self, seconds: float) -> None:
        while not self._ended.wait(seconds):
            self.step()
