"""Whose charts an account may open: its own, and those of the people that somebody acts for."""

from __future__ import annotations

import hashlib
import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal_cli.sandbox.rights import FULL, Rights

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.portal import Portal

LIFETIME_SECONDS = 600
_MAX_KEPT = 1000


@dataclass(frozen=True)
class Chart:
    """A chart that an account may open.

    Attributes:
        patient: The id of the Patient resource.
        relationship: What whoever signs in is to the patient, in words; `self` for their own chart.
        actor: As whom they act, `RelatedPerson/ID`; empty for their own chart.
        ends: The last day of that right, as `YYYY-MM-DD`; empty when no end is set.
    """

    patient: str
    name: str
    relationship: str = "self"
    actor: str = ""
    rights: Rights = FULL
    ends: str = ""

    @property
    def is_own(self) -> bool:
        """Say whether it is their own chart."""
        return not self.actor

    def row(self) -> Json:
        """Write it for an app."""
        row: Json = {
            "id": self.patient,
            "name": self.name,
            "relationship": self.relationship,
            "rights": self.rights.words(),
        }
        return {**row, "ends": self.ends} if self.ends else row


class Charts:
    """The charts of accounts, as the practice has it now."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def of(self, username: str) -> list[Chart]:
        """Give the charts that an account may open, its own first."""
        account = self._portal.accounts.of(username)
        others = [
            Chart(one.patient, self._portal.name_of(one.patient), one.relationship, one.actor, one.rights, one.day)
            for one in self._portal.mandates.of(account.patient)
        ]
        return [Chart(account.patient, account.name), *sorted(others, key=lambda chart: (chart.name, chart.patient))]

    def find(self, username: str, patient: str) -> Chart | None:
        """Give the chart of a patient, when the account may open it."""
        return next((chart for chart in self.of(username) if chart.patient == patient), None)


@dataclass(frozen=True)
class Undecided:
    """A sign-in that is whole but for whose chart it opens; `context` is what it was for."""

    username: str
    context: dict[str, str]
    begun: datetime


class Choices:
    """The sign-ins that wait for a choice of chart; each lasts ten minutes and opens one chart."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._kept: dict[str, Undecided] = {}

    def begin(self, username: str, context: dict[str, str]) -> str:
        """Begin to wait; gives the text by which the sign-in is found again, shown once."""
        text = secrets.token_urlsafe(32)
        with self._lock:
            fresh = [(key, one) for key, one in self._kept.items() if self._is_fresh(one)]
            self._kept = dict([*fresh, (_digest(text), Undecided(username, context, self._now()))][-_MAX_KEPT:])
        return text

    def find(self, text: str, client_id: str) -> Undecided | None:
        """Find a sign-in of an app that waits; None when there is none, or no longer."""
        with self._lock:
            found = self._kept.get(_digest(text))
        is_theirs = found is not None and found.context.get("client_id") == client_id
        return found if found and is_theirs and self._is_fresh(found) else None

    def end(self, text: str) -> bool:
        """Take a sign-in, so that it opens one chart only; False when it was taken already."""
        with self._lock:
            return self._kept.pop(_digest(text), None) is not None

    def _is_fresh(self, waiting: Undecided) -> bool:
        return (self._now() - waiting.begun).total_seconds() < LIFETIME_SECONDS


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
