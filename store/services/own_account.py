"""The settings of the account that one is signed in with: devices, second steps, notifications and the password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from store.errors import InvalidInput, NotFound, SignInNeeded
from store.records.text import Safe, one_line, sanitize
from store.vault.audit import Entry

if TYPE_CHECKING:
    from store.remote.account_api import AccountApi
    from store.remote.http import Http
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault

WAYS = ("email", "text")


@dataclass(frozen=True)
class Contact:
    """An e-mail address or a phone number, and whether it was proven."""

    value: Safe
    is_verified: bool


@dataclass(frozen=True)
class AccountSummary:
    """An account. Times are as the portal writes them (ISO 8601, UTC)."""

    portal: Safe
    username: Safe
    name: Safe
    patient: Safe
    email: Contact
    phone: Contact
    password_changed: Safe
    second_steps: tuple[Safe, ...]
    recovery_codes_left: int


@dataclass(frozen=True)
class Device:
    """An app or a browser that is signed in."""

    id: Safe
    kind: Safe
    name: Safe
    created: Safe
    last_used: Safe
    is_current: bool


@dataclass(frozen=True)
class SecondStepBegun:
    """What is needed to prove a new second step: a key for an authenticator app, or where a code was sent."""

    secret: Safe
    uri: Safe
    sent_to: Safe


class OwnAccount:
    """The account of whoever is signed in. Use as a context manager."""

    def __init__(self, api: AccountApi, http: Http, vault: Vault, row: ConnectionRow, *, is_allowed: bool) -> None:
        self._api = api
        self._http = http
        self._vault = vault
        self._row = row
        self._is_allowed = is_allowed

    def __enter__(self) -> OwnAccount:  # noqa: PYI034 - not meant to be subclassed
        if not self._is_allowed:
            self._http.close()
            raise SignInNeeded(self._row.name)
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def show(self) -> AccountSummary:
        """The account as it stands."""
        found = self._api.ask("GET", "/account")
        steps = _object(found.get("two_step"))
        left, methods = steps.get("recovery_codes_left"), steps.get("methods")
        return AccountSummary(
            portal=sanitize(self._row.name),
            username=_text(found, "username"),
            name=_text(found, "name"),
            patient=_text(found, "patient"),
            email=_contact(found.get("email")),
            phone=_contact(found.get("phone")),
            password_changed=_text(found, "password_changed"),
            second_steps=tuple(map(one_line, filter(_is_text, methods))) if isinstance(methods, list) else (),
            recovery_codes_left=left if isinstance(left, int) else 0,
        )

    def change_password(self, current: str, new: str) -> None:
        """Set a new password; every other sign-in of the account ends."""
        self._api.ask("POST", "/account/password", {"current": current, "new": new})
        self._note("account-password")

    def devices(self) -> tuple[Device, ...]:
        """The apps and browsers that are signed in."""
        listed = self._api.ask("GET", "/account/devices").get("devices")
        found = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
        return tuple(map(_device, found))

    def revoke(self, device: str) -> None:
        """End the sign-in of an app or a browser, by an id of `devices`. Raises NotFound."""
        if device not in {str(one.id) for one in self.devices() if one.id}:
            raise NotFound("device", device)
        self._api.ask("DELETE", f"/account/devices/{quote(device, safe='')}")
        self._note("account-device")

    def notifications(self) -> dict[str, dict[str, bool]]:
        """By which way (`email`, `text`) the portal tells of what."""
        return _switches(self._api.ask("GET", "/account/notifications"))

    def notify(self, changes: dict[tuple[str, str], bool]) -> dict[str, dict[str, bool]]:
        """Switch notifications on and off, each by its way and what it is about. Raises InvalidInput."""
        switches = self.notifications()
        for (way, about), is_on in changes.items():
            if about not in switches.get(way, {}):
                known = ", ".join(f"{name}:{each}" for name, some in switches.items() for each in some)
                raise InvalidInput(f"`{way}:{about}` is no notification of this portal; there are {known}")
            switches[way][about] = is_on
        return _switches(self._api.ask("PUT", "/account/notifications", switches))

    def begin_second_step(self, method: str, password: str) -> SecondStepBegun:
        """Begin to switch a second step on (`totp`, `email` or `text`)."""
        found = self._api.ask("POST", "/account/two-step", {"method": method, "password": password})
        return SecondStepBegun(_text(found, "secret"), _text(found, "uri"), _text(found, "sent_to"))

    def confirm_second_step(self, method: str, code: str) -> tuple[Safe, ...]:
        """Switch it on by its first code; gives recovery codes, which are shown this once."""
        found = self._api.ask("POST", "/account/two-step/confirm", {"method": method, "code": code})
        self._note("account-second-step-on")
        codes = found.get("recovery_codes")
        return tuple(map(one_line, filter(_is_text, codes))) if isinstance(codes, list) else ()

    def remove_second_step(self, method: str, password: str) -> None:
        """Switch a second step off."""
        self._api.ask("DELETE", f"/account/two-step/{quote(method, safe='')}", {"password": password})
        self._note("account-second-step-off")

    def _note(self, action: str) -> None:
        with self._vault.transaction() as tx:
            tx.audit(Entry(action, f"connection {self._row.id}", f"Patient/{self._row.patient}"))


def _object(found: object) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _is_text(found: object) -> bool:
    return isinstance(found, str)


def _text(found: object, name: str) -> Safe:
    value = _object(found).get(name)
    return one_line(value) if isinstance(value, str) else Safe("")


def _device(found: dict[str, Any]) -> Device:
    return Device(
        id=_text(found, "id"),
        kind=_text(found, "kind"),
        name=_text(found, "name"),
        created=_text(found, "created"),
        last_used=_text(found, "last_used"),
        is_current=found.get("is_current") is True,
    )


def _contact(found: object) -> Contact:
    return Contact(_text(found, "value"), _object(found).get("is_verified") is True)


def _switches(found: dict[str, Any]) -> dict[str, dict[str, bool]]:
    return {
        way: {one_line(about): is_on for about, is_on in _object(found.get(way)).items() if isinstance(is_on, bool)}
        for way in WAYS
    }
