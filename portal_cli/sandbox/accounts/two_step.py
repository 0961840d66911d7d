"""Two-step sign-in: switching methods on and off, and checking a code of a method that is on."""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyotp

from portal_cli.sandbox.accounts import codes, letters
from portal_cli.sandbox.accounts.account import METHODS, Method
from portal_cli.sandbox.accounts.attempts import Attempts
from portal_cli.sandbox.accounts.hashing import digest
from portal_cli.sandbox.accounts.refusals import ExpiredCode, NotFound, WrongCode, invalid
from portal_cli.sandbox.accounts.shelf import Shelf

if TYPE_CHECKING:
    from portal_cli.sandbox.accounts.account import Account, Channel
    from portal_cli.sandbox.accounts.directory import Accounts
    from portal_cli.sandbox.accounts.mailbox import Mailbox
    from portal_cli.sandbox.journal import Journal

ISSUER = "Practice portal"
RECOVERY_CODES = 10
STEP_SECONDS = 30
SENDS, SENDS_SECONDS = 5, 900
_GROUP = 4
_RECOVERY_BYTES = 10


@dataclass(frozen=True)
class Enrolment:
    """A method that is being switched on, filed under the username; it waits for its first code."""

    method: Method
    expires: float
    secret: str = ""
    code: codes.Code | None = None
    attempts_left: int = codes.CODE_ATTEMPTS


@dataclass(frozen=True)
class Begun:
    """What a patient needs for the first code: an authenticator's secret, or where a code was sent."""

    secret: str = ""
    uri: str = ""
    sent_to: str = ""


class TwoStep:
    """The second steps of all accounts."""

    def __init__(self, accounts: Accounts, mailbox: Mailbox, journal: Journal | None) -> None:
        self._accounts = accounts
        self._mailbox = mailbox
        self._shelf = Shelf("enrolment", Enrolment, journal)
        self._sends = Attempts(accounts.now, SENDS, SENDS_SECONDS)

    def begin(self, username: str, method: Method, password: str) -> Begun:
        """Begin to switch a method on.

        Raises:
            WrongPassword: When the password is another.
            TooManyAttempts: When the password was tried, or a code sent, too often.
            InvalidFields: When there is no address or number to send codes to.
        """
        self._accounts.confirm(username, password)
        account, moment = self._accounts.of(username), self._moment()
        if method == "totp":
            secret = pyotp.random_base32()
            self._shelf.put(account.key, Enrolment(method, moment + codes.CODE_SECONDS, secret))
            uri = pyotp.TOTP(secret).provisioning_uri(name=account.username, issuer_name=ISSUER)
            return Begun(secret, uri)
        code = self.send(account, method, "switch on two-step sign-in")
        self._shelf.put(account.key, Enrolment(method, code.expires, code=code))
        return Begun(sent_to=masked(account, method))

    def confirm(self, username: str, method: Method, text: str) -> list[str]:
        """Switch the method on by its first code; gives ten new recovery codes, shown once.

        Raises:
            ExpiredCode: When the method is not being switched on, or no longer.
            WrongCode: When the code is another.
        """
        with self._accounts.lock:
            account, moment = self._accounts.of(username), self._moment()
            enrolment = self._shelf.get(account.key)
            is_open = enrolment and enrolment.method == method and enrolment.expires > moment
            if enrolment is None or not is_open or enrolment.attempts_left < 1:
                raise ExpiredCode
            step = totp_step(enrolment.secret, text, moment, 0) if method == "totp" else 0
            is_right = bool(step) if method == "totp" else _is_right(enrolment.code, text, moment)
            if not is_right:
                left = enrolment.attempts_left - 1
                self._shelf.put(account.key, replace(enrolment, attempts_left=left))
                raise WrongCode(left)
            self._shelf.drop(account.key)
            chosen = tuple(one for one in METHODS if one in {*account.methods, method})
            if method == "totp":
                account = replace(account, totp_secret=enrolment.secret, totp_step=step)
            shown = self._renew(replace(account, methods=chosen))
        self._mailbox.send(letters.two_step_letter(account.email.value, method, is_on=True))
        return shown

    def remove(self, username: str, method: Method, password: str) -> None:
        """Switch a method off; without any left, the recovery codes end too.

        Raises:
            WrongPassword: When the password is another.
            NotFound: When the method is not on.
        """
        self._accounts.confirm(username, password)
        with self._accounts.lock:
            account = self._accounts.of(username)
            if method not in account.methods:
                raise NotFound("This second step is not switched on.")
            left = tuple(one for one in account.methods if one != method)
            account = replace(account, methods=left, recovery=account.recovery if left else ())
            if method == "totp":
                account = replace(account, totp_secret="", totp_step=0)
            self._accounts.put(account)
        self._mailbox.send(letters.two_step_letter(account.email.value, method, is_on=False))

    def renew_recovery(self, username: str, password: str) -> list[str]:
        """Give ten new recovery codes; those before end.

        Raises:
            WrongPassword: When the password is another.
            NotFound: When no second step is on.
        """
        self._accounts.confirm(username, password)
        with self._accounts.lock:
            account = self._accounts.of(username)
            if not account.methods:
                raise NotFound("No second step is switched on.")
            return self._renew(account)

    def send(self, account: Account, method: Method, purpose: str) -> codes.Code:
        """Send a code by e-mail or text.

        Raises:
            TooManyAttempts: When too much was sent to this account.
            InvalidFields: When there is no address or number, or the method sends nothing.
        """
        channel = channel_of(method)
        to = account.contact(channel).value
        if not to:
            raise invalid("method", "There is no address or number on the account to send a code to.")
        self._sends.count(account.key)
        text, code = codes.new_code(self._moment())
        self._mailbox.send(letters.code_letter(channel, to, text, purpose))
        return code

    def spend_totp(self, username: str, text: str) -> bool:
        """Say whether a code is the authenticator's, and let nobody use it again."""
        with self._accounts.lock:
            account = self._accounts.of(username)
            step = totp_step(account.totp_secret, text, self._moment(), account.totp_step)
            if step:
                self._accounts.put(replace(account, totp_step=step))
            return bool(step)

    def spend_recovery(self, username: str, text: str) -> bool:
        """Say whether a code is one of the recovery codes, and take it off them."""
        wanted = digest(recovery_spelling(text))
        with self._accounts.lock:
            account = self._accounts.of(username)
            left = tuple(one for one in account.recovery if not hmac.compare_digest(one, wanted))
            if len(left) == len(account.recovery):
                return False
            self._accounts.put(replace(account, recovery=left))
        self._mailbox.send(letters.recovery_used_letter(account.email.value, len(left)))
        return True

    def _renew(self, account: Account) -> list[str]:
        made = [_recovery_code() for _ in range(RECOVERY_CODES)]
        self._accounts.put(replace(account, recovery=tuple(digest(recovery_spelling(one)) for one in made)))
        return made

    def _moment(self) -> float:
        return self._accounts.now().timestamp()


def channel_of(method: Method) -> Channel:
    """Give the channel over which a method sends codes.

    Raises:
        InvalidFields: When it sends none.
    """
    if method == "totp":
        raise invalid("method", "An authenticator app is sent nothing.")
    return "email" if method == "email" else "phone"


def masked(account: Account, method: Method) -> str:
    """Hint at where a code is sent, without giving it away: `a***@example.org`, `***89`."""
    value = account.contact(channel_of(method)).value
    if method == "email":
        name, _, host = value.rpartition("@")
        return f"{name[:1]}***@{host}"
    return f"***{value[-2:]}"


def totp_step(secret: str, text: str, moment: float, used: int) -> int:
    """Give the time step of an authenticator's code, one step early or late at most; 0 when it is none.

    A step up to `used` is none either: each code works once (RFC 6238 §5.2).
    """
    if not secret:
        return 0
    totp, now, typed = pyotp.TOTP(secret), int(moment // STEP_SECONDS), codes.tidied(text).encode()
    for step in (now - 1, now, now + 1):
        if step > used and hmac.compare_digest(totp.generate_otp(step).encode(), typed):
            return step
    return 0


def recovery_spelling(text: str) -> str:
    """Bring a recovery code to its one spelling."""
    return codes.tidied(text).upper()


def _recovery_code() -> str:
    letters_ = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode()
    return "-".join(letters_[place : place + _GROUP] for place in range(0, len(letters_), _GROUP))


def _is_right(code: codes.Code | None, text: str, moment: float) -> bool:
    try:
        codes.check(code, text, moment)
    except WrongCode:
        return False
    return True
