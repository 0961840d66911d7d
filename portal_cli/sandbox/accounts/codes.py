"""Codes of six digits that are sent to somebody: single use, ten minutes, five attempts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from portal_cli.sandbox.accounts.hashing import hashed, matches
from portal_cli.sandbox.accounts.refusals import ExpiredCode, WrongCode

CODE_SECONDS = 600
CODE_ATTEMPTS = 5


@dataclass(frozen=True)
class Code:
    """A code that was sent, as it is kept; `expires` is in seconds since 1970."""

    hash: str
    expires: float
    attempts_left: int = CODE_ATTEMPTS

    def is_open(self, moment: float) -> bool:
        """Say whether it may still be tried."""
        return moment < self.expires and self.attempts_left > 0


def new_code(moment: float) -> tuple[str, Code]:
    """Make a code: its text, for the message, and what is kept of it."""
    text = f"{secrets.randbelow(1_000_000):06d}"
    return text, Code(hashed(text), moment + CODE_SECONDS)


def used_up(code: Code) -> Code:
    """Note a wrong attempt."""
    return replace(code, attempts_left=code.attempts_left - 1)


def check(code: Code | None, text: str, moment: float) -> None:
    """Compare a code; the caller then drops it, or keeps it with one attempt less.

    Raises:
        ExpiredCode: When it cannot be tried any more.
        WrongCode: When it is another.
    """
    if code is None or not code.is_open(moment):
        raise ExpiredCode
    if not matches(tidied(text), code.hash):
        raise WrongCode(code.attempts_left - 1)


def tidied(text: str) -> str:
    """Take out what people put between the digits."""
    return "".join(text.split()).replace("-", "")
