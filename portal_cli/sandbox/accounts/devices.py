"""Where an account is signed in: apps by their grants, browsers by their sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from portal_cli.sandbox.accounts.refusals import NotFound
from portal_cli.sandbox.oauth.clients import BUILT_IN

if TYPE_CHECKING:
    from portal_cli.sandbox.accounts.sessions import Session, Sessions
    from portal_cli.sandbox.oauth.tokens import Grant, Tokens

_NAMES = {BUILT_IN: "Portal for the terminal"}


@dataclass(frozen=True)
class Device:
    """An app or a browser; times are in seconds since 1970."""

    id: str
    kind: Literal["app", "browser"]
    name: str
    created: float
    last_used: float
    scope: str = ""


class Devices:
    """The devices of all accounts."""

    def __init__(self, tokens: Tokens, sessions: Sessions) -> None:
        self._tokens = tokens
        self._sessions = sessions

    def of(self, username: str) -> list[Device]:
        """Give the devices of an account, those used last first."""
        found = [_app(grant) for grant in self._tokens.grants_of(username)]
        found += [_browser(session) for session in self._sessions.of(username)]
        return sorted(found, key=lambda device: device.last_used, reverse=True)

    def revoke(self, username: str, device_id: str) -> None:
        """End a grant or a session.

        Raises:
            NotFound: When this account has none of that id.
        """
        for grant in self._tokens.grants_of(username):
            if grant.key == device_id:
                self._tokens.revoke(grant)
                return
        if not self._sessions.end_one(username, device_id):
            raise NotFound("There is no such device.")


def _browser(session: Session) -> Device:
    return Device(session.id, "browser", session.name, session.created, session.last_used)


def _app(grant: Grant) -> Device:
    name = _NAMES.get(grant.client_id, grant.client_id)
    return Device(grant.key, "app", name, grant.created, grant.last_used, grant.scope)
