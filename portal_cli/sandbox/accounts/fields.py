"""The fields of a registration and of a change of contact: what they must look like, and their one spelling."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from portal_cli.sandbox.accounts.passwords import password_problems
from portal_cli.sandbox.accounts.refusals import FieldProblem, InvalidFields, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from portal_cli.sandbox.accounts.account import Channel

_EMAIL = re.compile(r"[^\s@<>\"(),:;\\]{1,64}@(?:[\w](?:[\w\-]{0,61}[\w])?\.)*[\w](?:[\w\-]{0,61}[\w])?")
_PHONE = re.compile(r"\+?[0-9]{6,15}")
_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{2,63}")
_MAX_NAME = 100
_MAX_EMAIL = 254
_MAX_AGE_DAYS = 366 * 130
_ADDRESS = ("line", "city", "state", "postal_code")
FIELDS = (
    ("given", "Given name", True, "text"),
    ("family", "Family name", True, "text"),
    ("birth_date", "Date of birth", True, "date"),
    ("email", "E-mail address", True, "email"),
    ("phone", "Mobile phone", True, "phone"),
    ("address", "Postal address", False, "address"),
    ("username", "Username", True, "username"),
    ("password", "Password", True, "password"),
    ("terms_version", "Terms of use", True, "terms"),
)


@dataclass(frozen=True)
class Postal:
    """A postal address; any part may be empty."""

    line: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""


@dataclass(frozen=True)
class Wanted:
    """A registration as asked for, its fields in order and in one spelling."""

    given: str
    family: str
    birth_date: str
    email: str
    phone: str
    address: Postal
    username: str
    password: str

    @property
    def known(self) -> tuple[str, ...]:
        """What a password must not contain."""
        return (self.given, self.family, self.username, self.email)


class Reading:
    """Reads fields one by one, and remembers what is wrong with them, so that all is told at once."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = fields
        self.problems: list[FieldProblem] = []

    def take(self, name: str, read: Callable[[str], str]) -> str:
        """Read a field that is required; gives an empty text when something is wrong with it."""
        value = self._fields.get(name)
        try:
            if not isinstance(value, str) or not value.strip():
                raise invalid(name, "This is required.")
            return read(value)
        except InvalidFields as error:
            self.problems += [FieldProblem(name, problem.detail) for problem in error.problems]
            return ""

    def postal(self) -> Postal:
        """Read the address, which is optional, as each of its parts is."""
        value = self._fields.get("address")
        if value is None:
            return Postal()
        parts = [value.get(name, "") for name in _ADDRESS] if isinstance(value, dict) else []
        texts = [one.strip() for one in parts if isinstance(one, str) and len(one) <= _MAX_NAME and _is_plain(one)]
        if len(texts) < len(_ADDRESS):
            sentence = f"The parts of an address are texts of at most {_MAX_NAME} characters."
            self.problems.append(FieldProblem("address", sentence))
            return Postal()
        return Postal(*texts)

    def done(self) -> None:
        """Refuse if anything was wrong.

        Raises:
            InvalidFields: With every problem.
        """
        if self.problems:
            raise InvalidFields(*self.problems)


def read_registration(fields: Mapping[str, Any], terms_version: str, today: date) -> Wanted:
    """Read a registration.

    Raises:
        InvalidFields: When a field is missing or malformed, or the password is no good.
    """
    reading = Reading(fields)
    wanted = Wanted(
        reading.take("given", read_name),
        reading.take("family", read_name),
        reading.take("birth_date", lambda text: read_birth_date(text, today)),
        reading.take("email", read_email),
        reading.take("phone", read_phone),
        reading.postal(),
        reading.take("username", read_username),
        reading.take("password", str),
    )
    if reading.take("terms_version", str) not in {"", terms_version}:
        reading.problems.append(FieldProblem("terms_version", "The terms have changed. Read them again."))
    if wanted.password:
        reading.problems += [FieldProblem("password", one) for one in password_problems(wanted.password, wanted.known)]
    reading.done()
    return wanted


def read_name(text: str) -> str:
    """Read a part of a name.

    Raises:
        InvalidFields: When it is none.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if len(name) > _MAX_NAME or not _is_plain(name):
        raise invalid("name", "A name has at most 100 letters.")
    return name


def read_birth_date(text: str, today: date) -> str:
    """Read a date of birth as `YYYY-MM-DD`.

    Raises:
        InvalidFields: When it is none.
    """
    try:
        born = date.fromisoformat(text.strip())
    except ValueError:
        raise invalid("birth_date", "Write the date as YYYY-MM-DD.") from None
    if born > today or (today - born).days > _MAX_AGE_DAYS:
        raise invalid("birth_date", "Nobody alive was born on this day.")
    return born.isoformat()


def read_email(text: str) -> str:
    """Read an e-mail address.

    Raises:
        InvalidFields: When it is none.
    """
    value = text.strip()
    if len(value) > _MAX_EMAIL or not _EMAIL.fullmatch(value) or not _is_plain(value):
        raise invalid("email", "This is no e-mail address.")
    return value


def read_phone(text: str) -> str:
    """Read a phone number as digits, with or without a plus before them.

    Raises:
        InvalidFields: When it is none.
    """
    value = re.sub(r"[\s().\-/]", "", text)
    if not _PHONE.fullmatch(value) or not value.isascii():
        raise invalid("phone", "This is no phone number.")
    return value


def read_username(text: str) -> str:
    """Read a username.

    Raises:
        InvalidFields: When it is none.
    """
    value = text.strip()
    if not _USERNAME.fullmatch(value):
        raise invalid("username", "A username has 3 to 64 letters, digits, dots, dashes or underscores (a to z).")
    return value


def read_contact(channel: Channel, text: str) -> str:
    """Read an e-mail address or a phone number.

    Raises:
        InvalidFields: When it is none.
    """
    try:
        return read_email(text) if channel == "email" else read_phone(text)
    except InvalidFields as error:
        raise invalid("value", error.problems[0].detail) from None


def same_email(one: str, other: str) -> bool:
    """Say whether two addresses are one; nobody's mail depends on the case of letters."""
    return bool(one) and one.strip().casefold() == other.strip().casefold()


def same_phone(one: str, other: str) -> bool:
    """Say whether two numbers are one, with or without the country's 1 or a plus before them."""
    first, second = (re.sub(r"[^0-9]", "", text).removeprefix("1") for text in (one, other))
    return bool(first) and first == second


def _is_plain(text: str) -> bool:
    return all(character.isprintable() for character in text)
