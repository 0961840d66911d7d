"""Portals the patient is signed in to: which one is meant, and how to speak with it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock

from store import failpoints
from store.errors import Ambiguous, NotFound, SignInNeeded
from store.records.dates import FhirDate, from_epoch
from store.records.source import is_imported
from store.records.text import Safe, sanitize
from store.vault import reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.config import Settings
    from store.remote.fhir import Fhir
    from store.remote.http import Http
    from store.services.scope import Scope
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault

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

    def meant(self) -> tuple[PortalSummary, ...]:
        """The connections that are meant, oldest first. Raises NotFound."""
        with self._vault.reading() as connection:
            return tuple(map(_summary, self._scope.of(reading.connections(connection))))

    def all(self) -> tuple[ConnectionRow, ...]:
        """Every connection that is meant, oldest first. Raises SignInNeeded when there is none, NotFound."""
        with self._vault.reading() as connection:
            found = [row for row in reading.connections(connection) if not is_imported(row.base_url)]
        if not found:
            raise SignInNeeded
        return tuple(self._scope.of(found))

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
        return _named(name, every, self._scope)

    def open(self, chosen: ConnectionRow) -> tuple[Fhir, Tokens]:
        """A way to speak with a portal on behalf of its patient; close the tokens' `http` when done."""
        # Deferred: what only reads the vault does not load the network.
        from store.remote.fhir import Fhir  # noqa: PLC0415
        from store.remote.http import Http  # noqa: PLC0415

        http = Http(chosen.base_url, self._settings.timeout, retries=self._settings.retries)
        tokens = Tokens(self._vault, self._settings, http, chosen)
        return Fhir(http, chosen.base_url, tokens, chosen.name), tokens


def _named(name: str, every: Sequence[ConnectionRow], scope: Scope) -> ConnectionRow:
    """The connection of a name or address; a name is of one alone, an address may be of several patients."""
    found = [item for item in every if item.name == name]
    found = found or [item for item in every if item.base_url in {name, name.rstrip("/")}]
    if not found:
        raise NotFound("portal", name, tuple(sanitize(item.name) for item in every))
    meant = [item for item in found if item in scope.of(found)] if len(found) > 1 else found
    if len(meant) > 1:
        raise Ambiguous("portal", sanitize(name), tuple(sanitize(item.name) for item in meant))
    return meant[0]


class Tokens:
    """The tokens of one connection. Renewing is done by one thread of one process at a time."""

    def __init__(self, vault: Vault, settings: Settings, http: Http, chosen: ConnectionRow) -> None:
        self.http = http
        self._vault = vault
        self._connection_id = chosen.id
        self._name = chosen.name
        self._thread_lock = threading.Lock()
        self._process_lock = FileLock(settings.vault_dir / f"refresh-{chosen.id}.lock", mode=0o600)
        self._access = chosen.access_token or ""
        self._expires = chosen.access_expires
        self._is_renewable = bool(chosen.refresh_token)

    def current(self) -> str:
        """The access token to use now; renewed when it is about to end. Raises SignInNeeded."""
        if not self._access:
            raise SignInNeeded(self._name)
        margin = _MARGIN_SECONDS if self._is_renewable else 0
        if self._expires - margin > time.time():
            return self._access
        return self.renew(self._access)

    def renew(self, stale: str) -> str:
        """An access token newer than `stale`, stored in the vault before it is used. Raises SignInNeeded."""
        with self._thread_lock, self._process_lock:
            row = self._stored()
            if row.access_token and row.access_token != stale and row.access_expires > time.time():
                self._access, self._expires = row.access_token, row.access_expires
                return self._access
            if not row.refresh_token:
                self._access = ""  # the portal has refused it, and there is nothing to renew it with
                raise SignInNeeded(self._name)
            return self._refresh(row)

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
            with self._vault.transaction() as tx:
                connections.drop_tokens(tx, row.id)  # they are of no use any more, and the status says so
            raise SignInNeeded(self._name) from error
        failpoints.reach("refresh.answered")
        with self._vault.transaction() as tx:
            connections.update_tokens(tx, row.id, found.access, found.expires, found.refresh)
        self._access, self._expires = found.access, found.expires
        return self._access

    def _stored(self) -> ConnectionRow:
        with self._vault.reading() as connection:
            return reading.owner(connection, self._connection_id)


def _summary(row: ConnectionRow) -> PortalSummary:
    return PortalSummary(
        name=sanitize(row.name),
        url=sanitize(row.base_url),
        patient=sanitize(row.patient),
        patient_name=sanitize(row.patient_name),
        is_signed_in=bool(row.access_token and (row.refresh_token or row.access_expires > time.time())),
        synced=from_epoch(row.synced) if row.synced else None,
        scope=sanitize(row.scope),
        is_imported=is_imported(row.base_url),
    )
