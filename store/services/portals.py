"""Portals the patient is signed in to: which one is meant, and how to speak with it."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from store import failpoints
from store.errors import Ambiguous, NotFound, SignInNeeded
from store.light import dataclass
from store.records.dates import FhirDate, from_epoch
from store.records.source import is_imported
from store.records.text import Safe, one_line, sanitize
from store.services import rights
from store.vault import files, reading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from typing import TypeAlias

    from store.config import Settings
    from store.remote.fhir import Fhir
    from store.remote.http import Http
    from store.services.scope import Scope
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault

    Narrow: TypeAlias = Callable[[Sequence[ConnectionRow]], Sequence[ConnectionRow]]

_MARGIN_SECONDS = 60  # a token that ends this soon is renewed before it is used


@dataclass(frozen=True)
class PortalSummary:
    """One connection: its saved name, FHIR base URL, patient, and when it was last in step with its portal.

    One that `is_imported` is a file that records came out of; then `synced` is when.
    """

    name: Safe
    url: Safe
    patient: Safe
    patient_name: Safe
    is_signed_in: bool
    synced: FhirDate | None
    scope: Safe
    is_imported: bool = False


class Portals:
    """The connections of a vault."""

    def __init__(self, vault: Vault, settings: Settings, scope: Scope) -> None:
        self._vault = vault
        self._settings = settings
        self._scope = scope

    def list(self) -> tuple[PortalSummary, ...]:
        """Every connection to a portal, oldest first, whichever are meant."""
        return tuple(portal for portal in self.sources() if not portal.is_imported)

    def sources(self) -> tuple[PortalSummary, ...]:
        """As `list`, with the files that records were imported from."""
        with self._vault.reading() as connection:
            return tuple(map(_summary, reading.connections(connection)))

    def summary(self, connection_id: int) -> PortalSummary:
        """The connection of this number, which there is."""
        with self._vault.reading() as connection:
            return _summary(reading.owner(connection, connection_id))

    def meant(self) -> tuple[PortalSummary, ...]:
        """The connections that are meant, oldest first. Raises NotFound."""
        with self._vault.reading() as connection:
            return tuple(map(_summary, self._scope.of(connection, reading.connections(connection))))

    def all(self) -> tuple[ConnectionRow, ...]:
        """Every connection that is meant, oldest first. Raises SignInNeeded when there is none, NotFound."""
        return self._all(self._scope)

    def every(self) -> tuple[ConnectionRow, ...]:
        """Those that are meant, of everybody and not only of who is shown. Raises SignInNeeded, NotFound."""
        return self._all(self._scope.wide)

    def _all(self, scope: Scope) -> tuple[ConnectionRow, ...]:
        with self._vault.reading() as connection:
            found = [row for row in reading.connections(connection) if not is_imported(row.base_url)]
            meant = tuple(scope.of(connection, found)) if found else ()
        if not found:
            raise SignInNeeded
        return meant

    def choose(self, name: str | None = None) -> ConnectionRow:
        """The connection that is meant: by its name or FHIR base URL, or the only one.

        Raises SignInNeeded when there is none, NotFound, Ambiguous.
        """
        if name is None:
            known = self.all()
            if len(known) == 1:
                return known[0]
            raise Ambiguous("portal", "", tuple(sanitize(item.name) for item in known))
        with self._vault.reading() as connection:
            every = reading.connections(connection)
            if not every:
                raise SignInNeeded
            return _named(name, every, lambda found: self._scope.of(connection, found))

    def address(self, name: str | None = None) -> str:
        """The FHIR base URL of the portal that is meant: by the name of one of its connections, or the only one.

        Raises SignInNeeded when there is none, NotFound, Ambiguous.
        """
        known = self.list()
        if not known:
            raise SignInNeeded
        found = {item.url: item.name for item in known if name is None or name.rstrip("/") in {item.name, item.url}}
        if not found:
            raise NotFound("portal", one_line(name or ""), tuple(item.name for item in known))
        if len(found) > 1:
            raise Ambiguous("portal", "", tuple(found.values()))
        return next(iter(found))

    def open(self, chosen: ConnectionRow) -> tuple[Fhir, Tokens]:
        """A way to speak with a portal on behalf of its patient; close the tokens' `http` when done."""
        # Deferred: what only reads the vault does not load the network.
        from store.remote.fhir import Fhir  # noqa: PLC0415
        from store.remote.http import Http  # noqa: PLC0415

        http = Http(chosen.base_url, self._settings.timeout, retries=self._settings.retries)
        tokens = Tokens(self._vault, self._settings, http, chosen)
        return Fhir(http, chosen.base_url, tokens, chosen.name), tokens


def _named(name: str, every: Sequence[ConnectionRow], narrow: Narrow) -> ConnectionRow:
    """The connection of a name or address; a name is of one alone, an address may be of several patients."""
    found = [item for item in every if item.name == name]
    found = found or [item for item in every if item.base_url in {name, name.rstrip("/")}]
    if not found:
        raise NotFound("portal", name, tuple(sanitize(item.name) for item in every))
    meant = narrow(found) if len(found) > 1 else found
    if len(meant) > 1:
        raise Ambiguous("portal", sanitize(name), tuple(sanitize(item.name) for item in meant))
    return meant[0]


class Tokens:
    """The tokens of one connection. Renewing is done by one thread of one process at a time."""

    def __init__(self, vault: Vault, settings: Settings, http: Http, chosen: ConnectionRow) -> None:
        from filelock import FileLock  # noqa: PLC0415 - as in Portals.open

        self.http = http
        self._vault = vault
        self._chosen = chosen
        self._thread_lock = threading.Lock()
        self._process_lock = FileLock(settings.vault_dir / f"refresh-{chosen.id}.lock", mode=0o600)
        self._access = chosen.access_token or ""
        self._expires = chosen.access_expires
        self._is_renewable = bool(chosen.refresh_token)

    def current(self) -> str:
        """The access token to use now; renewed when it is about to end. Raises SignInNeeded."""
        if not self._access:
            raise rights.over(self._vault, self._chosen)
        margin = _MARGIN_SECONDS if self._is_renewable else 0
        if self._expires - margin > time.time():
            return self._access
        return self.renew(self._access)

    def renew(self, stale: str) -> str:
        """An access token newer than `stale`, stored in the vault before it is used. Raises SignInNeeded."""
        with self._thread_lock, self._turn():
            row = self._stored()
            if row.access_token and row.access_token != stale and row.access_expires > time.time():
                self._access, self._expires = row.access_token, row.access_expires
                return self._access
            if not row.refresh_token:
                self._access = ""  # the portal has refused it, and there is nothing to renew it with
                raise rights.over(self._vault, self._chosen)
            return self._refresh(row)

    def _turn(self) -> AbstractContextManager[object]:
        """The turn of this process, inside a `with`. Raises StorageFailed where no lock can be made."""
        with files.refusals(Path(self._process_lock.lock_file)):
            return self._process_lock.acquire()

    def _refresh(self, row: ConnectionRow) -> str:
        from store.remote import discovery, oauth, registration  # noqa: PLC0415 - as in Portals.open
        from store.vault import connections  # noqa: PLC0415 - the ORM is loaded only to write

        smart = discovery.read_smart(row.smart, row.base_url)
        try:
            if registration.is_key(row.refresh_token or ""):
                found = registration.renew(self.http, smart, row.refresh_token or "", row.scope)
            else:
                found = oauth.refresh(self.http, smart, row.client_id, row.refresh_token or "", row.scope)
        except SignInNeeded as error:
            self._access = ""
            with self._vault.transaction() as tx:
                connections.drop_tokens(tx, row.id)  # they are of no use any more, and the status says so
            raise rights.over(self._vault, row) from error
        failpoints.reach("refresh.answered")
        with self._vault.transaction() as tx:
            connections.update_tokens(tx, row.id, found.access, found.expires, found.refresh)
            if rights.is_for_another(row) and found.scope != row.scope:  # the right was made narrower, or wider
                connections.update_scope(tx, row.id, found.scope)
        self._access, self._expires = found.access, found.expires
        return self._access

    def _stored(self) -> ConnectionRow:
        with self._vault.reading() as connection:
            return reading.owner(connection, self._chosen.id)


def is_signed_in(row: ConnectionRow) -> bool:
    """Whether a portal may still accept the sign-in of a connection."""
    return bool(row.access_token and (row.refresh_token or row.access_expires > time.time()))


def _summary(row: ConnectionRow) -> PortalSummary:
    return PortalSummary(
        name=sanitize(row.name),
        url=sanitize(row.base_url),
        patient=sanitize(row.patient),
        patient_name=sanitize(row.patient_name),
        is_signed_in=is_signed_in(row),
        synced=from_epoch(row.synced) if row.synced else None,
        scope=sanitize(row.scope),
        is_imported=is_imported(row.base_url),
    )
