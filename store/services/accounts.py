"""The patient's account at a portal: signing up for one, getting back in, and its settings.

What needs no sign-in is done by a `Reception`, what belongs to whoever is signed in by an `OwnAccount`. Portals without
an account API have neither; `Pages` knows their pages for people.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from store.errors import InvalidInput, NotOffered, SignInNeeded
from store.records.text import Safe, one_line, sanitize
from store.services.own_account import OwnAccount
from store.vault import files

if TYPE_CHECKING:
    from pathlib import Path

    from store.config import Settings
    from store.remote.account_api import AccountApi
    from store.remote.http import Http
    from store.services.desk import Desk
    from store.services.portals import Portals
    from store.vault.vault import Vault

_WHAT = "an account service for programs"


class Door(Protocol):
    """What this needs of the client."""

    @property
    def settings(self) -> Settings:
        """How patient to be with a portal, and where to remember a registration."""

    @property
    def desk(self) -> Desk:
        """Which portal is meant by a name."""

    @property
    def portals(self) -> Portals:
        """The saved portals, and their tokens."""

    @property
    def vault(self) -> Vault:
        """The vault, for its audit trail."""


@dataclass(frozen=True)
class Field:
    """One thing that a portal wants to know of whoever signs up."""

    name: Safe
    label: Safe
    is_required: bool


@dataclass(frozen=True)
class Terms:
    """What one agrees to by signing up."""

    version: Safe
    text: Safe
    url: Safe


@dataclass(frozen=True)
class About:
    """What a portal tells before one signs up: what it asks, its rules for passwords, and its terms."""

    fields: tuple[Field, ...]
    rules: tuple[Safe, ...]
    terms: Terms


@dataclass(frozen=True)
class Registration:
    """A registration that waits to be verified: its id, its portal, and the contacts that codes were sent to."""

    id: Safe
    portal: Safe
    channels: tuple[Safe, ...]


@dataclass(frozen=True)
class Verified:
    """How far a registration has come; `username` is the account's once it is complete."""

    verified: tuple[Safe, ...]
    pending: tuple[Safe, ...]
    is_complete: bool
    username: Safe


class Accounts:
    """Accounts at portals."""

    def __init__(self, client: Door) -> None:
        self._client = client

    def reception(self, named: str | None = None) -> Reception:
        """The way to an account at a portal, by its name or address; to be closed.

        Raises NotOffered where it has no account API, NotFound, Ambiguous, InvalidInput when no portal is known.
        """
        # Deferred: what only reads the vault does not load the network.
        from store.remote import account_api, discovery  # noqa: PLC0415
        from store.remote.http import Http  # noqa: PLC0415

        settings = self._client.settings
        try:
            base_url = self._client.desk.pages.address(named)
        except SignInNeeded as error:
            raise InvalidInput("no portal was named, and none is known here; give its FHIR base URL") from error
        http = Http(base_url, settings.timeout, retries=settings.retries)
        try:
            at = account_api.address(discovery.fetch_smart(http, base_url), base_url)
            if at is None:
                raise NotOffered(http.origin, _WHAT)
        except BaseException:
            http.close()
            raise
        return Reception(account_api.AccountApi(http, at, base_url), http, base_url, _pending_file(settings))

    def pending(self) -> Registration | None:
        """The registration that was begun on this computer last and is not complete."""
        try:
            found = json.loads(_pending_file(self._client.settings).read_bytes())
            return Registration(Safe(found["registration"]), Safe(found["portal"]), ())
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def own(self, named: str | None = None) -> OwnAccount:
        """The account of whoever is signed in to a portal; to be closed.

        Raises NotOffered where the portal has no account API, SignInNeeded where the sign-in was for less, NotFound,
        Ambiguous.
        """
        from store.remote import account_api, scopes  # noqa: PLC0415 - as in `reception`

        row = self._client.portals.choose(named)
        at = account_api.address(row.smart, row.base_url)
        if at is None:
            raise NotOffered(row.name, _WHAT)
        fhir_tokens = self._client.portals.open(row)[1]
        api = account_api.AccountApi(fhir_tokens.http, at, row.name, fhir_tokens)
        return OwnAccount(
            api, fhir_tokens.http, self._client.vault, row, is_allowed=scopes.ACCOUNT in row.scope.split()
        )


class Reception:
    """What can be done at a portal without having signed in. Use as a context manager."""

    def __init__(self, api: AccountApi, http: Http, base_url: str, pending_file: Path) -> None:
        self._api = api
        self._http = http
        self._base_url = base_url
        self._pending_file = pending_file

    def __enter__(self) -> Reception:  # noqa: PYI034 - not meant to be subclassed
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def about(self) -> About:
        """What the portal wants to know, and what it wants one to agree to."""
        found = self._api.ask("GET", "/")
        listed, rules, terms = found.get("registration_fields"), found.get("password_rules"), found.get("terms")
        fields = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
        return About(
            tuple(Field(_text(item, "name"), _text(item, "label"), item.get("required") is True) for item in fields),
            _texts(rules.get("rules")) if isinstance(rules, dict) else (),
            Terms(_text(terms, "version"), sanitize(_raw(terms, "text")), _text(terms, "url")),
        )

    def problems(self, password: str, known: dict[str, str]) -> tuple[Safe, ...]:
        """What the portal has against a password, for somebody of whom that much is known."""
        fields = {name: known[name] for name in ("username", "given", "family", "email") if known.get(name)}
        return _texts(self._api.ask("POST", "/password-check", {"password": password, **fields}).get("problems"))

    def register(self, fields: dict[str, Any], password: str, terms_version: str) -> Registration:
        """Sign up; the portal sends a code to each contact. It is remembered on this computer until it is complete."""
        found = self._api.ask(
            "POST", "/registrations", {**fields, "password": password, "terms_version": terms_version}
        )
        made = Registration(_text(found, "registration"), sanitize(self._base_url), _texts(found.get("channels")))
        if not made.id.replace("-", "").replace("_", "").isalnum():
            raise InvalidInput("the portal has given no registration that can be gone on with")
        files.make_private_folder(self._pending_file.parent, exist_ok=True)
        files.replace(self._pending_file, json.dumps({"portal": made.portal, "registration": made.id}).encode())
        return made

    def send_code(self, registration: str, channel: str) -> None:
        """Have a code sent again."""
        self._api.ask("POST", f"/registrations/{_key(registration)}/codes", {"channel": channel})

    def verify(self, registration: str, channel: str, code: str, username: str | None = None) -> Verified:
        """Prove a contact by the code that was sent to it; `username` replaces one that is taken."""
        body = {"channel": channel, "code": code} | ({"username": username} if username else {})
        found = self._api.ask("POST", f"/registrations/{_key(registration)}/verify", body)
        done = found.get("is_complete") is True
        if done:
            self._pending_file.unlink(missing_ok=True)
        return Verified(_texts(found.get("verified")), _texts(found.get("pending")), done, _text(found, "username"))

    def forgot_password(self, login: str) -> None:
        """Have a link to a new password sent, if there is such an account; the answer does not tell."""
        self._api.ask("POST", "/password/forgot", {"login": login})

    def reset_password(self, token: str, password: str) -> None:
        """Set a new password with what the link holds; every sign-in of the account ends."""
        self._api.ask("POST", "/password/reset", {"token": token, "password": password})

    def recover_username(self, email: str, birth_date: str) -> None:
        """Have the user name sent, if there is such an account; the answer does not tell."""
        self._api.ask("POST", "/username/recover", {"email": email, "birth_date": birth_date})


def _pending_file(settings: Settings) -> Path:
    return settings.config_file.with_name("registration.json")


def _key(registration: str) -> str:
    if not registration.replace("-", "").replace("_", "").isalnum():
        raise InvalidInput(f"`{one_line(registration)}` is no registration")
    return registration


def _raw(found: object, name: str) -> str:
    value = found.get(name) if isinstance(found, dict) else None
    return value if isinstance(value, str) else ""


def _text(found: object, name: str) -> Safe:
    return one_line(_raw(found, name))


def _texts(found: object) -> tuple[Safe, ...]:
    return tuple(one_line(item) for item in found if isinstance(item, str)) if isinstance(found, list) else ()
