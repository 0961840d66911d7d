"""An account as one value, and the facts that hang on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Channel = Literal["email", "phone"]
Method = Literal["totp", "email", "text"]
CHANNELS: tuple[Channel, ...] = ("email", "phone")
METHODS: tuple[Method, ...] = ("totp", "email", "text")


@dataclass(frozen=True)
class SignIn:
    """A way in: `patient` is the id of the Patient resource, `name` what to call them."""

    username: str
    password: str
    patient: str
    name: str


@dataclass(frozen=True)
class Contact:
    """An address or number; one from the practice's own file is not verified by the patient."""

    value: str = ""
    is_verified: bool = False


@dataclass(frozen=True)
class Topics:
    """What a patient is told of over one channel."""

    appointments: bool = True
    messages: bool = True
    results: bool = True
    refills: bool = True


@dataclass(frozen=True)
class Notifications:
    """What a patient is told of, by e-mail and by text."""

    email: Topics = Topics()
    text: Topics = Topics(appointments=False, messages=False, results=False, refills=False)


@dataclass(frozen=True)
class Account:
    """One account.

    Attributes:
        patient: The id of the Patient resource.
        name: What to call the patient.
        birth_date: As `YYYY-MM-DD`; asked for when a username is recovered.
        password: Its Argon2id hash in PHC form; empty while the practice's first password holds.
        created: Seconds since 1970, as `password_changed` is.
        methods: The second steps that are switched on, in order.
        totp_secret: In base 32; empty without an authenticator app.
        totp_step: The newest time step whose code was used, so that none is used again.
        recovery: SHA-256 of the recovery codes that are left.
    """

    username: str
    patient: str
    name: str
    birth_date: str
    email: Contact
    phone: Contact
    created: float
    password_changed: float
    password: str = ""
    methods: tuple[Method, ...] = ()
    totp_secret: str = ""
    totp_step: int = 0
    recovery: tuple[str, ...] = ()
    notifications: Notifications = field(default_factory=Notifications)

    @property
    def key(self) -> str:
        """What the account is filed under: usernames that differ only in case are one."""
        return key_of(self.username)

    def contact(self, channel: Channel) -> Contact:
        """Give the contact of a channel."""
        return self.email if channel == "email" else self.phone


def key_of(username: str) -> str:
    """Give what a username is filed under."""
    return username.strip().casefold()
