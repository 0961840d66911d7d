"""Sign-ins that wait for their second step: the password was right, the code is still to come."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from portal_cli.sandbox.accounts import codes
from portal_cli.sandbox.accounts.attempts import Attempts
from portal_cli.sandbox.accounts.hashing import digest
from portal_cli.sandbox.accounts.refusals import ExpiredCode, NotFound, WrongCode, invalid
from portal_cli.sandbox.accounts.shelf import Shelf
from portal_cli.sandbox.accounts.two_step import channel_of, masked

if TYPE_CHECKING:
    from portal_cli.sandbox.accounts.account import Account, Method
    from portal_cli.sandbox.accounts.directory import Accounts
    from portal_cli.sandbox.accounts.two_step import TwoStep
    from portal_cli.sandbox.journal import Journal

LIFETIME_SECONDS = 600
MAX_KEPT = 2000
GUESSES, GUESSES_SECONDS = 10, 900
Step = Literal["totp", "email", "text", "recovery"]
STEPS: tuple[Step, ...] = ("totp", "email", "text", "recovery")


@dataclass(frozen=True)
class Waiting:
    """A sign-in under way, filed under the hash of its text.

    Attributes:
        context: What the sign-in was for, kept for when it is done; a second step given for one thing counts for no
            other.
    """

    username: str
    expires: float
    context: dict[str, str] = field(default_factory=dict)
    attempts_left: int = codes.CODE_ATTEMPTS
    method: str = ""
    code: codes.Code | None = None


@dataclass(frozen=True)
class Offer:
    """The second steps that an account has, and where codes would be sent."""

    methods: tuple[Step, ...]
    sent_to: dict[str, str]


class SecondSteps:
    """All sign-ins that wait; each lasts ten minutes and five wrong codes, and an account has ten an hour's quarter."""

    def __init__(self, accounts: Accounts, two_step: TwoStep, journal: Journal | None) -> None:
        self._accounts = accounts
        self._two_step = two_step
        self._shelf = Shelf("second step", Waiting, journal)
        self._guesses = Attempts(accounts.now, GUESSES, GUESSES_SECONDS)

    def is_needed(self, username: str) -> bool:
        """Say whether an account asks for a second step."""
        return bool(self._accounts.of(username).methods)

    def begin(self, username: str, context: dict[str, str]) -> str:
        """Begin to wait; gives the text by which the sign-in is found again, shown once."""
        text = secrets.token_urlsafe(32)
        with self._accounts.lock:
            self._drop_old()
            waiting = Waiting(self._accounts.of(username).username, self._moment() + LIFETIME_SECONDS, context)
            self._shelf.put(digest(text), waiting)
        return text

    def find(self, text: str, context: dict[str, str] | None = None) -> Waiting:
        """Find a sign-in that waits; the entries of `context` have to be those it began with.

        Raises:
            NotFound: When there is none, or no longer.
        """
        waiting = self._shelf.get(digest(text))
        if waiting is None or waiting.expires <= self._moment() or waiting.attempts_left < 1:
            raise NotFound("This sign-in has ended. Start again.")
        if any(waiting.context.get(name) != value for name, value in (context or {}).items()):
            raise NotFound("This sign-in has ended. Start again.")
        return waiting

    def offer(self, username: str) -> Offer:
        """Give the second steps of an account."""
        account = self._accounts.of(username)
        methods: tuple[Step, ...] = (*account.methods, "recovery") if account.recovery else account.methods
        senders: tuple[Method, ...] = tuple(one for one in account.methods if one != "totp")
        return Offer(methods, {one: masked(account, one) for one in senders})

    def send(self, text: str, method: str) -> None:
        """Send a code by e-mail or text; the one before ends.

        Raises:
            NotFound: When the sign-in has ended.
            InvalidFields: When the account has no such method.
            TooManyAttempts: When too much was sent.
        """
        with self._accounts.lock:
            waiting = self.find(text)
            account = self._accounts.of(waiting.username)
            chosen = _sender(account, method)
            code = self._two_step.send(account, chosen, "sign in")
            self._shelf.put(digest(text), replace(waiting, method=chosen, code=code))

    def check(self, text: str, method: str, code: str) -> Waiting:
        """Check a code; the sign-in that is done with it waits no longer.

        Raises:
            NotFound: When the sign-in has ended.
            WrongCode: When the code is another, or was used.
            TooManyAttempts: After ten wrong codes on one account within fifteen minutes, over all its sign-ins.
        """
        with self._accounts.lock:
            waiting = self.find(text)
            self._guesses.count(waiting.username)
            if not self._is_right(waiting, method, code):
                left = waiting.attempts_left - 1
                self._shelf.put(digest(text), replace(waiting, attempts_left=left))
                raise WrongCode(left)
            self._shelf.drop(digest(text))
            self._guesses.clear(waiting.username)
            return waiting

    def end_all(self, username: str) -> None:
        """End every sign-in of an account that waits."""
        with self._accounts.lock:
            for name, waiting in self._shelf.rows():
                if waiting.username == username:
                    self._shelf.drop(name)

    def _is_right(self, waiting: Waiting, method: str, code: str) -> bool:
        account = self._accounts.of(waiting.username)
        if method == "recovery":
            return bool(account.methods) and self._two_step.spend_recovery(waiting.username, code)
        if method not in account.methods:
            return False
        if method == "totp":
            return self._two_step.spend_totp(waiting.username, code)
        try:
            codes.check(waiting.code if waiting.method == method else None, code, self._moment())
        except (WrongCode, ExpiredCode):
            return False
        return True

    def _drop_old(self) -> None:
        moment = self._moment()
        self._shelf.tidy(lambda waiting: waiting.expires <= moment, MAX_KEPT)

    def _moment(self) -> float:
        return self._accounts.now().timestamp()


def _sender(account: Account, method: str) -> Method:
    chosen = next((one for one in account.methods if one == method), None)
    if chosen is None:
        raise invalid("method", "This second step is not switched on.")
    channel_of(chosen)
    return chosen
