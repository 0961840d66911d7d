"""The portal's own pages for people, as its SMART configuration and its brand name them; hostile until looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from store.errors import BadAnswer, InsecureAddress
from store.remote.http import check_secure, is_inside, join, origin_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST = 1_000
PAGES = ("register", "verify", "sign_in", "password_forgot", "username_recover", "account")
CHANGE_PASSWORD = "/.well-known/change-password"  # noqa: S105 - W3C, a well-known address


@dataclass(frozen=True, slots=True)
class Named:
    """What a SMART configuration says for people: pages by purpose, its brand's bundle, and where apps are managed."""

    pages: Mapping[str, str]
    brand_bundle: str
    brand_identifier: str
    management: str


def read(smart: bytes, base_url: str) -> Named:
    """Read a SMART configuration for its pages; an address that is neither https nor on this computer is left out."""
    try:
        found = msgspec.json.decode(smart) if smart else {}
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadAnswer(base_url, "it is not JSON") from error
    said = found if isinstance(found, dict) else {}
    pages = said.get("account_pages")
    named = {name: usable(pages.get(name), base_url) for name in PAGES} if isinstance(pages, dict) else {}
    identifier: Any = said.get("user_access_brand_identifier")
    value = identifier.get("value") if isinstance(identifier, dict) else None
    return Named(
        pages={name: address for name, address in named.items() if address},
        brand_bundle=usable(said.get("user_access_brand_bundle"), base_url),
        brand_identifier=value if isinstance(value, str) else "",
        management=usable(said.get("management_endpoint"), base_url),
    )


def usable(address: object, base_url: str) -> str:
    """An address that a browser may be sent to for a portal; empty for one that it may not."""
    if not isinstance(address, str) or not 0 < len(address) <= _LONGEST or not address.isascii():
        return ""
    if not address.isprintable() or " " in address:
        return ""
    try:
        whole = join(f"{base_url}/", address)
        check_secure(whole)
        if is_inside(whole) and origin_of(whole) != origin_of(base_url) and not is_inside(base_url):
            return ""
    except (InsecureAddress, ValueError):
        return ""
    return whole
