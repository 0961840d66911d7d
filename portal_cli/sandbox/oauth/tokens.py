"""What was granted to whom: codes, access tokens and refresh tokens, kept as hashes."""

from __future__ import annotations

import hashlib
import math
import secrets
import threading
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portal_cli.sandbox.journal import Journal

CODE_SECONDS = 60
ACCESS_SECONDS = 3600
_NOTED_SECONDS = 60  # a use is not written down more often than this


@dataclass
class Grant:
    """One consent of one person to one client, for one patient; all its tokens live and die with it.

    Attributes:
        created: In seconds since 1970, as `last_used` and `ends` are.
        actor: Who acts for the patient, as `RelatedPerson/ID`; empty when it is the patient.
    """

    key: str
    client_id: str
    username: str
    patient: str
    scope: str
    nonce: str = ""
    is_revoked: bool = False
    created: float = 0
    last_used: float = 0
    actor: str = ""

    @property
    def user(self) -> str:
        """Who signed in, as a reference: the patient, or who acts for them."""
        return self.actor or f"Patient/{self.patient}"


@dataclass
class Code:
    """An authorization code: single use, one minute (RFC 6749 §4.1.2), bound to a challenge (RFC 7636)."""

    grant: Grant
    redirect_uri: str
    code_challenge: str
    expires: float
    code_challenge_method: str = "S256"
    is_used: bool = False

    def get_redirect_uri(self) -> str:
        """Tell authlib the redirect address; empty when there was none."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """Tell authlib the granted scope."""
        return self.grant.scope


@dataclass
class Token:
    """An access or refresh token; `expires` is in seconds since 1970, 0 for never."""

    grant: Grant
    kind: str
    scope: str
    issued: float
    expires: float
    is_used: bool = False

    def check_client(self, client: Any) -> bool:
        """Tell authlib whether the token was issued to a client."""
        return bool(client.client_id == self.grant.client_id)

    def get_scope(self) -> str:
        """Tell authlib the scope of the token."""
        return self.scope


@dataclass
class _Shelves:
    grants: dict[str, Grant] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)


class Tokens:
    """All grants. Hold `lock` for the length of a token request, so that no code or token is spent twice.

    `ends` says when the right behind a grant ends, in seconds since 1970: it is asked at every use, so that a right
    that is taken back opens nothing from then on.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        journal: Journal | None = None,
        ends: Callable[[Grant], float] = lambda _grant: math.inf,
    ) -> None:
        self.lock = threading.RLock()
        self.access_seconds = ACCESS_SECONDS
        self._now = now
        self._ends = ends
        self._journal = journal
        self._kept = _Shelves()
        for digest, row in journal.tokens() if journal else ():
            self._restore(digest, row)

    def new_grant(
        self, client_id: str, username: str, patient: str, scope: str, nonce: str = "", actor: str = ""
    ) -> Grant:
        """Open a grant; `actor` is who acts for the patient, if it is not the patient."""
        moment = self._seconds()
        return Grant(
            secrets.token_hex(16),
            client_id,
            username,
            patient,
            scope,
            nonce,
            created=moment,
            last_used=moment,
            actor=actor,
        )

    def grant(self, key: str) -> Grant | None:
        """Find a grant under which tokens were issued."""
        with self.lock:
            return self._kept.grants.get(key)

    def new_code(self, grant: Grant, code_challenge: str, redirect_uri: str, text: str = "") -> str:
        """Issue a code for a grant; gives its text, shown once."""
        text = text or secrets.token_urlsafe(32)
        with self.lock:
            moment = self._seconds()
            self._kept.codes = {key: code for key, code in self._kept.codes.items() if code.expires > moment - 3600}
            code = Code(grant, redirect_uri, code_challenge, moment + CODE_SECONDS)
            self._kept.codes[_digest(text)] = code
        return text

    def code(self, text: str, client_id: str) -> Code | None:
        """Find a code that may still be used; a used one revokes its grant (RFC 6749 §4.1.2)."""
        with self.lock:
            code = self._kept.codes.get(_digest(text))
            if code is None or code.grant.client_id != client_id or self.is_over(code.grant):
                return None
            if code.is_used:
                self.revoke(code.grant)
                return None
            return code if code.expires > self._seconds() else None

    def issue(self, grant: Grant, kind: str, scope: str) -> str:
        """Issue an `access` or `refresh` token under a grant; gives its text, shown once."""
        text = secrets.token_urlsafe(32)
        moment = self._seconds()
        expires = min(moment + self.access_seconds, self._ends(grant)) if kind == "access" else 0
        token = Token(grant, kind, scope, moment, expires)
        with self.lock:
            grant.last_used = moment
            self._kept.tokens[_digest(text)] = token
            self._kept.grants[grant.key] = grant
            self._write(_digest(text), token)
        return text

    def access_lifetime(self, grant: Grant) -> int:
        """Give the seconds that an access token issued now under a grant is good for."""
        return max(0, math.floor(min(self.access_seconds, self._ends(grant) - self._seconds())))

    def is_over(self, grant: Grant) -> bool:
        """Say whether nothing under a grant is good any more."""
        return grant.is_revoked or self._ends(grant) <= self._seconds()

    def refresh_token(self, text: str) -> Token | None:
        """Find a refresh token that may be used; one that was used already revokes its grant."""
        with self.lock:
            token = self._kept.tokens.get(_digest(text))
            if token is None or token.kind != "refresh" or self.is_over(token.grant):
                return None
            if token.is_used:
                self.revoke(token.grant)
                return None
            return token

    def spend(self, token: Token) -> None:
        """Mark a refresh token as used."""
        with self.lock:
            token.is_used = True
            for digest, kept in self._kept.tokens.items():
                if kept is token:
                    self._write(digest, token)

    def find(self, text: str) -> Token | None:
        """Find a token that is good now, of either kind."""
        with self.lock:
            token = self._kept.tokens.get(_digest(text))
            if token is None or self.is_over(token.grant) or token.is_used:
                return None
            return token if not token.expires or token.expires > self._seconds() else None

    def revoke(self, grant: Grant) -> None:
        """End a grant and every token under it."""
        with self.lock:
            grant.is_revoked = True
            self._write_all(grant)

    def revoke_all(self, username: str, keep: str = "") -> None:
        """End every grant of an account, also one whose code was not exchanged yet; one may stay, by its key."""
        with self.lock:
            grants = [*self._kept.grants.values(), *(code.grant for code in self._kept.codes.values())]
            for grant in grants:
                if grant.username == username and grant.key != keep and not grant.is_revoked:
                    self.revoke(grant)

    def grants_of(self, username: str) -> list[Grant]:
        """Give the grants of an account that have a token which is good now."""
        moment = self._seconds()
        with self.lock:
            found = {
                token.grant.key: token.grant
                for token in self._kept.tokens.values()
                if token.grant.username == username
                and not token.is_used
                and not self.is_over(token.grant)
                and (not token.expires or token.expires > moment)
            }
        return list(found.values())

    def note_use(self, grant: Grant) -> None:
        """Note that an app used a grant just now."""
        with self.lock:
            if self._seconds() - grant.last_used >= _NOTED_SECONDS:
                grant.last_used = self._seconds()
                self._write_all(grant)

    def seconds(self) -> int:
        """Give the portal's time in whole seconds since 1970."""
        return int(self._seconds())

    def _seconds(self) -> float:
        return self._now().timestamp()

    def _write_all(self, grant: Grant) -> None:
        for digest, token in self._kept.tokens.items():
            if token.grant is grant:
                self._write(digest, token)

    def _write(self, digest: str, token: Token) -> None:
        if self._journal:
            self._journal.write_token(digest, asdict(token))

    def _restore(self, digest: str, row: dict[str, Any]) -> None:
        grant = Grant(**row.pop("grant"))
        grant = self._kept.grants.setdefault(grant.key, grant)
        self._kept.tokens[digest] = Token(grant=grant, **row)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
