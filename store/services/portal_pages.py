"""A portal's own pages, for what no program can do there: signing up, passwords, user names, the account."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from store.errors import Ambiguous, InvalidInput, NotFound, RemoteError, SignInNeeded
from store.records import brands
from store.records.text import EMPTY, Safe, one_line, sanitize
from store.services.directory import clean_address, fetch

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.config import Settings
    from store.remote.http import Http
    from store.remote.own_pages import Named


class Purpose(StrEnum):
    """What a page is for; the names are those of `account_pages` in a SMART configuration."""

    REGISTER = "register"
    VERIFY = "verify"
    SIGN_IN = "sign_in"
    PASSWORD_FORGOT = "password_forgot"  # noqa: S105 - a purpose
    PASSWORD_CHANGE = "password_change"  # noqa: S105 - as above
    USERNAME_RECOVER = "username_recover"
    ACCOUNT = "account"
    APPS = "apps"


@dataclass(frozen=True)
class PortalPages:
    """The pages of one portal. `front` is for what has no page of its own; empty when none is known."""

    url: Safe
    front: Safe
    own: dict[Purpose, Safe]

    def page(self, purpose: Purpose) -> Safe:
        """The page for a purpose: its own, else the front page; empty when the portal names neither."""
        return self.own.get(purpose, self.front)


def other_letters(address: str) -> Safe:
    """What the host of an address reads as where it is written in punycode, and may look like another; else empty."""
    host = urlsplit(address).hostname or ""
    if not any(label.startswith("xn--") for label in host.split(".")):
        return EMPTY
    try:
        return one_line(host.encode("ascii").decode("idna"))
    except UnicodeError:
        return one_line(host)


class Pages:
    """The pages of portals that are saved, in the configuration or in the vault, or named by their address."""

    def __init__(self, settings: Settings, in_vault: Callable[[], tuple[tuple[str, str], ...]]) -> None:
        self._settings = settings
        self._in_vault = in_vault

    def of(self, named: str | None = None) -> PortalPages:
        """The pages of a portal, by its name or FHIR base URL; None means the default, or the only one.

        Raises NotFound, Ambiguous, SignInNeeded when there is none at all, and as `look` does.
        """
        return look(self._settings, self.address(named))

    def address(self, named: str | None = None) -> str:
        """The FHIR base URL of a portal, by its name or that address; None means the default, or the only one.

        Raises NotFound, Ambiguous, SignInNeeded when there is none at all, InsecureAddress.
        """
        named = named or self._settings.portal
        if named is not None and "://" in named:
            from store.remote.http import normal_base  # noqa: PLC0415 - as in look

            return normal_base(named)
        saved = {item.name: item.url for item in self._settings.portals}
        if named in saved:
            return saved[named]
        known = {**dict(self._in_vault()), **saved}
        if named is None and len(set(known.values())) == 1:
            return next(iter(known.values()))
        if not known:
            raise SignInNeeded
        if named is None:
            raise Ambiguous("portal", "", tuple(map(sanitize, known)))
        if named not in known:
            raise NotFound("portal", sanitize(named), tuple(map(sanitize, known)))
        return known[named]


def look(settings: Settings, base_url: str, known_page: str = "") -> PortalPages:
    """Ask a portal for its pages: those of its account service, its brand's page, and the well-known ones.

    `known_page` is used where its own brand names none. Raises NotOffered, Unreachable, BadAnswer, InsecureAddress.
    """
    # Deferred: what only reads the vault does not load the network.
    from store.remote import discovery, own_pages  # noqa: PLC0415
    from store.remote.http import Http  # noqa: PLC0415

    http = Http(base_url, settings.timeout)
    try:
        named = own_pages.read(discovery.fetch_smart(http, base_url), base_url)
        change = _change_password(http)
    finally:
        http.close()
    own = {Purpose(name): sanitize(address) for name, address in named.pages.items()}
    if change:
        own.setdefault(Purpose.PASSWORD_CHANGE, sanitize(change))
    if named.management:
        own.setdefault(Purpose.APPS, sanitize(named.management))
    page = _brand_page(settings, named, base_url) or own_pages.usable(known_page, base_url)
    front = own.get(Purpose.ACCOUNT) or own.get(Purpose.SIGN_IN) or page
    return PortalPages(sanitize(base_url), sanitize(page or front), own)


def _change_password(http: Http) -> str:
    """The well-known page for a new password, where the portal has one."""
    from store.remote import own_pages  # noqa: PLC0415 - as in look
    from store.remote.http import Request  # noqa: PLC0415 - as in look

    address = f"{http.origin}{own_pages.CHANGE_PASSWORD}"
    try:
        answer = http.send(Request("GET", address, most=1 << 16))
    except RemoteError:
        return ""
    if answer.status in {301, 302, 303, 307, 308}:
        return own_pages.usable(answer.headers.get("location"), http.origin)
    is_page = answer.is_ok and answer.headers.get("content-type", "").startswith("text/html")
    return address if is_page else ""


def _brand_page(settings: Settings, named: Named, base_url: str) -> str:
    """The page that the portal's own brand bundle names for it; empty when there is none, or it cannot be read."""
    if not named.brand_bundle:
        return ""
    try:
        _, content = fetch(named.brand_bundle, settings.timeout)
        found = brands.read(brands.inflated(content or b""), clean_address)
    except (RemoteError, InvalidInput):
        return ""
    return next((item.page for item in found.portals if item.page and item.url == base_url), "")
