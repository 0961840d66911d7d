"""Sign-ins under way in a browser: what an app asked for, and how far the patient has come."""

from __future__ import annotations

import hmac
import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

LIFETIME_SECONDS = 900
_MAX_KEPT = 1000


@dataclass
class Visit:
    """One authorization request in one browser.

    Attributes:
        cookie: The browser's secret; it changes when the patient signs in.
        parameters: The request as the app made it, validated.
        username: Who signed in; empty until then.
        patient: Whose record was chosen, by id; empty until then.
        second_step: Where a password was right and a second step is needed: by what that step is found.
    """

    key: str
    cookie: str
    csrf: str
    parameters: dict[str, str]
    begun: datetime
    username: str = ""
    patient: str = ""
    second_step: str = ""

    @property
    def cookie_name(self) -> str:
        """The name of the cookie: one a visit, so that two tabs do not disturb each other."""
        return cookie_name(self.key)


def cookie_name(key: str) -> str:
    """Give the name of the cookie that belongs to a visit."""
    return f"portal_visit_{key[:8]}"


class Visits:
    """All sign-ins under way; each lasts fifteen minutes and one answer."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._kept: dict[str, Visit] = {}

    def begin(self, parameters: dict[str, str]) -> Visit:
        """Open a visit for an app's request."""
        visit = Visit(
            secrets.token_urlsafe(16),
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(32),
            parameters,
            self._now(),
        )
        with self._lock:
            self._drop_old()
            self._kept[visit.key] = visit
        return visit

    def find(self, key: str, cookie: str) -> Visit | None:
        """Find a visit of this browser."""
        with self._lock:
            self._drop_old()
            visit = self._kept.get(key)
        return visit if visit and hmac.compare_digest(visit.cookie.encode(), cookie.encode()) else None

    def wait(self, visit: Visit, second_step: str) -> None:
        """Note that a second step is needed, under a new cookie, so that one planted before is worth nothing."""
        visit.cookie = secrets.token_urlsafe(32)
        visit.second_step = second_step

    def sign_in(self, visit: Visit, username: str) -> None:
        """Note who signed in, under a new cookie, so that one planted before is worth nothing."""
        visit.cookie = secrets.token_urlsafe(32)
        visit.username = username
        visit.second_step = ""

    def end(self, visit: Visit) -> bool:
        """Close a visit; False when it was closed already."""
        with self._lock:
            return self._kept.pop(visit.key, None) is not None

    def end_all(self, username: str) -> None:
        """Close every visit in which an account signed in."""
        with self._lock:
            self._kept = {key: visit for key, visit in self._kept.items() if visit.username != username}

    def _drop_old(self) -> None:
        moment = self._now()
        fresh = [visit for visit in self._kept.values() if (moment - visit.begun).total_seconds() < LIFETIME_SECONDS]
        self._kept = {visit.key: visit for visit in fresh[-_MAX_KEPT:]}
