"""Where the account service is found: its API, its pages, and the links in its messages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Callable

API = "/account/api"
PAGES = {
    "register": "/account/register",
    "verify": "/account/verify",
    "sign_in": "/account/sign-in",
    "password_forgot": "/account/password/forgot",
    "username_recover": "/account/username/recover",
    "account": "/account",
}
RESET = "/account/password/reset"
TERMS = "/account/terms"


class Addresses:
    """Addresses below an origin that is only known once the portal listens."""

    def __init__(self, base_url: Callable[[], str]) -> None:
        self._base_url = base_url

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return self._base_url().removesuffix("/fhir")

    def pages(self) -> dict[str, str]:
        """Give the pages for people, by name."""
        return {name: f"{self.origin}{path}" for name, path in PAGES.items()}

    def page(self, name: str) -> str:
        """Give one of the pages."""
        return f"{self.origin}{PAGES[name]}"

    @property
    def terms(self) -> str:
        """The terms of use, for people."""
        return f"{self.origin}{TERMS}"

    def reset(self, token: str) -> str:
        """Give the link to choose a new password."""
        return f"{self.origin}{RESET}?{urlencode({'token': token})}"

    def problem(self, key: str) -> str:
        """Give the type of a refusal."""
        return f"{self.origin}/problems/{key}"
