"""What is done about a portal before one has signed in to it: found, looked over, saved, and its own pages."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from store.services.directory import Directory
from store.services.portal_pages import Pages
from store.services.saved_portals import SavedPortals

if TYPE_CHECKING:
    from store.config import Settings
    from store.services.portal_checks import PortalChecks
    from store.services.sign_in import Door


class Desk:
    """Services that need no vault; that of the `pages` opens one only for a portal that the configuration lacks."""

    def __init__(self, client: Door) -> None:
        self._client = client
        self._settings: Settings = client.settings

    @cached_property
    def saved(self) -> SavedPortals:
        """The portals of the configuration."""
        return SavedPortals(self._settings)

    @cached_property
    def directory(self) -> Directory:
        """The directory of portals to search in."""
        return Directory(self._settings)

    @cached_property
    def checks(self) -> PortalChecks:
        """Looking portals over."""
        # Deferred: it loads the network.
        from store.services.portal_checks import PortalChecks  # noqa: PLC0415

        return PortalChecks(self._settings)

    @cached_property
    def pages(self) -> Pages:
        """The portals' own pages for people."""
        return Pages(self._settings, self._in_vault)

    def _in_vault(self) -> tuple[tuple[str, str], ...]:
        return tuple((item.name, item.url) for item in self._client.portals.list()) if self._client.has_vault else ()
