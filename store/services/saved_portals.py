"""Portals in the configuration: a client id and the like for each, kept outside the vault."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from store.config import PortalSetting
from store.errors import InvalidInput, NotFound
from store.records.text import Safe, one_line, sanitize
from store.remote import vendors
from store.services import configuration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.config import Settings
    from store.services.portals import PortalSummary
    from store.services.sign_in import SignInRequest

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PARTS = ("url", "client_id", "redirect_uri", "scope")


@dataclass(frozen=True)
class PortalRow:
    """One portal: as the configuration has it, as the vault has it, or both, with the patients signed in there."""

    name: Safe
    url: Safe
    vendor: Safe
    client_id: Safe
    redirect_uri: Safe
    patients: tuple[Safe, ...]
    is_saved: bool
    is_default: bool


class SavedPortals:
    """The portals of the configuration file; what else stands in it, comments too, is kept as it is."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def list(self) -> tuple[PortalSetting, ...]:
        """Every portal that the file has, in its order."""
        return self._settings.portals

    def rows(self, in_vault: Sequence[PortalSummary]) -> tuple[PortalRow, ...]:
        """Every portal that the file or the vault has, with its patients."""
        by_url = {item.url: item for item in self.list()}
        for known in in_vault:
            by_url.setdefault(known.url, PortalSetting(known.name, known.url))
        saved = {item.name for item in self.list()}
        return tuple(
            PortalRow(
                name=one_line(item.name),
                url=one_line(item.url),
                vendor=sanitize(vendors.by_host(item.url).name),
                client_id=one_line(item.client_id or ""),
                redirect_uri=one_line(item.redirect_uri or ""),
                patients=tuple(each.patient_name or each.patient for each in in_vault if each.url == item.url),
                is_saved=item.name in saved,
                is_default=item.name == self._settings.portal,
            )
            for item in by_url.values()
        )

    def meant(self, named: str | None) -> PortalSetting | None:
        """The saved portal that is meant: named, the default or the only one; None for what the file has not."""
        wanted = named or self._settings.portal
        if wanted is None and len(self.list()) == 1:
            return self.list()[0]
        return next((item for item in self.list() if wanted and wanted.rstrip("/") in {item.name, item.url}), None)

    def use_known(self, name: str | None, in_vault: Sequence[PortalSummary]) -> None:
        """As `use`, for a portal that the file or the vault has. Raises NotFound."""
        known = [*(item.name for item in self.list()), *(item.name for item in in_vault)]
        if name is not None and name not in known:
            raise NotFound("portal", sanitize(name), tuple(map(one_line, dict.fromkeys(known))))
        self.use(name)

    def find(self, name: str) -> PortalSetting:
        """One portal by its name or address. Raises NotFound."""
        for item in self.list():
            if name == item.name or name.rstrip("/") == item.url:
                return item
        raise NotFound("portal", sanitize(name), tuple(sanitize(item.name) for item in self.list()))

    def save(self, portal: PortalSetting) -> PortalSetting:
        """Put a portal into the file, in the place of one of its name.

        Raises InvalidInput for a name that no command line could say, or that another address has; StorageFailed.
        """
        if not _NAME.fullmatch(portal.name):
            raise InvalidInput("a name has letters, digits, dots, dashes and underscores, at most 64 of them")
        other = next((item for item in self.list() if item.name == portal.name and item.url != portal.url), None)
        if other is not None:
            raise InvalidInput(f"{portal.name} is the name of {sanitize(other.url)} already")

        def put(document: Any) -> None:
            import tomlkit  # noqa: PLC0415 - only writing needs it

            if "portals" not in document:
                document["portals"] = tomlkit.table(is_super_table=True)
            kept = document["portals"].get(portal.name) or tomlkit.table()
            for part in _PARTS:
                if getattr(portal, part) is not None:
                    kept[part] = getattr(portal, part)
            document["portals"][portal.name] = kept

        self._settings = configuration.edit(self._settings, put)
        return portal

    def remove(self, name: str) -> PortalSetting:
        """Take a portal out of the file; the vault stays as it is. Raises NotFound, StorageFailed."""
        found = self.find(name)

        def drop(document: Any) -> None:
            del document["portals"][found.name]
            if document.get("portal") == found.name:
                del document["portal"]

        self._settings = configuration.edit(self._settings, drop)
        return found

    def use(self, name: str | None) -> None:
        """Make a portal the one that is meant where none is named; None makes it all of them. Raises StorageFailed."""

        def put(document: Any) -> None:
            if name is not None:
                document["portal"] = name
            elif "portal" in document:
                del document["portal"]

        self._settings = configuration.edit(self._settings, put)


def name_of(url: str) -> str:
    """A name for a portal at an address: its host, and on this computer its port, too."""
    parts = urlsplit(url)
    host = re.sub(r"[^A-Za-z0-9.-]", "", parts.hostname or "") or "portal"
    return f"{host}-{parts.port}"[:64] if parts.port else host[:64]


def completed(settings: Settings, request: SignInRequest, *, is_first: bool) -> SignInRequest:
    """A request for a sign-in, with what the configuration says of its portal where the request says nothing.

    Where none is named, and there is no default, the only one of the configuration is meant if it `is_first`.
    """
    wanted = request.portal or settings.portal
    if wanted is None and is_first and len(settings.portals) == 1:
        wanted = settings.portals[0].name
    found = next((item for item in settings.portals if wanted and wanted.rstrip("/") in {item.name, item.url}), None)
    if found is None:
        return request
    return replace(
        request,
        portal=found.url,
        client_id=request.client_id or found.client_id,
        redirect_uri=request.redirect_uri or found.redirect_uri,
        scope=request.scope or found.scope,
        name=request.name or found.name,
    )
