"""Who is asking: one patient's token, and what it may do (SMART App Launch 2.2 scopes)."""

from __future__ import annotations

from dataclasses import dataclass

from portal_cli.sandbox import scopes
from portal_cli.sandbox.outcomes import FhirError, forbidden
from portal_cli.sandbox.rights import FULL, Rights

_WORDS = {"c": "create", "r": "read", "u": "update", "d": "delete", "s": "search"}


@dataclass(frozen=True)
class Access:
    """The patient (id) a token is for, and what it may do.

    Attributes:
        scope: The scopes as text, less what the rights take away.
        actor: Who acts for the patient, as `RelatedPerson/ID`; empty when it is the patient.
        rights: What is taken away from who acts for the patient.
    """

    patient: str
    scope: str
    actor: str = ""
    rights: Rights = FULL

    @property
    def writer(self) -> str:
        """Who writes with the token, as a reference."""
        return self.actor or f"Patient/{self.patient}"

    def permits(self, kind: str, letter: str) -> bool:
        """Say whether an interaction (a letter of `cruds`) on a type is in scope."""
        return scopes.permits(self.scope, kind, letter)

    def require(self, kind: str, letter: str) -> None:
        """Refuse an interaction that is not in scope.

        Raises:
            FhirError: 403 with the `insufficient_scope` challenge of RFC 6750 §3.1.
        """
        if not self.permits(kind, letter):
            needed = f"patient/{kind}.{letter}"
            error = forbidden(f"this token does not permit to {_WORDS[letter]} {kind}")
            error.headers["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{needed}"'
            raise error


def unauthorized(sentence: str, error: str = "") -> FhirError:
    """Give the 401 for a request without a valid token (RFC 6750 §3)."""
    challenge = 'Bearer realm="practice portal"' + (f', error="{error}"' if error else "")
    return FhirError(401, "login", sentence, {"WWW-Authenticate": challenge})
