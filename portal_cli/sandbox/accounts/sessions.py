"""Browsers that are signed in: a cookie whose text is nowhere kept, and a secret for each of its forms."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from portal_cli.sandbox.accounts.hashing import digest
from portal_cli.sandbox.accounts.shelf import Shelf

if TYPE_CHECKING:
    from portal_cli.sandbox.accounts.directory import Accounts
    from portal_cli.sandbox.journal import Journal

MAX_KEPT = 2000
IDLE_SECONDS = 1800
LIFETIME_SECONDS = 12 * 3600
_NOTED_SECONDS = 60  # a use is not written down more often than this


@dataclass(frozen=True)
class Session:
    """A signed-in browser, filed under the hash of its cookie; `id` names it to the patient and opens nothing."""

    id: str
    username: str
    name: str
    created: float
    last_used: float


class Sessions:
    """All signed-in browsers; each ends half an hour after its last use, and twelve hours after it began."""

    def __init__(self, accounts: Accounts, journal: Journal | None) -> None:
        self._accounts = accounts
        self._shelf = Shelf("session", Session, journal)

    def begin(self, username: str, name: str, before: str = "") -> str:
        """Sign a browser in; gives its cookie, which is always new. The session of the cookie `before` ends."""
        cookie, moment = secrets.token_urlsafe(32), self._moment()
        session = Session(secrets.token_hex(8), self._accounts.of(username).username, name[:200], moment, moment)
        with self._accounts.lock:
            self.end(before)
            self._shelf.tidy(lambda other: not self._is_open(other), MAX_KEPT)
            self._shelf.put(digest(cookie), session)
        return cookie

    def find(self, cookie: str) -> Session | None:
        """Find the session of a cookie, and note that it was used."""
        with self._accounts.lock:
            session = self._shelf.get(digest(cookie))
            if session is None or not self._is_open(session):
                return None
            if self._moment() - session.last_used >= _NOTED_SECONDS:
                session = replace(session, last_used=self._moment())
                self._shelf.put(digest(cookie), session)
            return session

    def end(self, cookie: str) -> None:
        """Sign a browser out."""
        with self._accounts.lock:
            self._shelf.drop(digest(cookie))

    def of(self, username: str) -> list[Session]:
        """Give the sessions of an account that are open."""
        return [one for _, one in self._shelf.rows() if one.username == username and self._is_open(one)]

    def end_one(self, username: str, session_id: str) -> bool:
        """End a session of an account by its id; False when there is none."""
        with self._accounts.lock:
            for key, session in self._shelf.rows():
                if session.username == username and session.id == session_id:
                    self._shelf.drop(key)
                    return True
        return False

    def end_all(self, username: str, keep: str = "") -> None:
        """End every session of an account; one may stay, by its id."""
        for session in self.of(username):
            if session.id != keep:
                self.end_one(username, session.id)

    def _is_open(self, session: Session) -> bool:
        moment = self._moment()
        return moment - session.last_used < IDLE_SECONDS and moment - session.created < LIFETIME_SECONDS

    def _moment(self) -> float:
        return self._accounts.now().timestamp()


def csrf_of(cookie: str) -> str:
    """Give the secret that forms of a browser carry: it follows from the cookie, which other sites cannot read."""
    return hmac.new(cookie.encode("utf-8", "replace"), b"form", hashlib.sha256).hexdigest()


def is_csrf(cookie: str, given: str) -> bool:
    """Say whether a form came from a page of this browser's session."""
    return bool(cookie) and hmac.compare_digest(csrf_of(cookie).encode(), given.encode("utf-8", "replace"))
