"""Keeping the vault in step with its portals."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from store import events
from store.errors import InvalidInput, NotOffered, PortalError, SignInNeeded
from store.light import dataclass
from store.people_errors import NotGranted
from store.records import catalog
from store.records.source import is_imported
from store.records.text import Safe, one_line, sanitize
from store.services import rights
from store.services.turns import one_at_a_time
from store.sync.order import Order
from store.vault import reading
from store.vault.audit import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from store.config import Settings
    from store.events import OnEvent, ShouldStop
    from store.services.portals import Portals
    from store.sync.engine import Line, Result
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault

_UNSENT = frozenset({"rejected", "unknown", "conflict"})


@dataclass(frozen=True)
class QueryReport:
    """One type of record: how many came, how many of them were new or had changed, and what went wrong.

    `refused` is True when the portal said no: that is a gap in what it offers, and no failure.
    """

    type: Safe
    received: int
    changed: int
    error: Safe | None
    refused: bool


@dataclass(frozen=True)
class SentReport:
    """One request of the outbox: its new state, and the portal's own words when it was refused.

    One that `is_waiting` was not sent yet: it is not due, or it waits for another one.
    """

    title: Safe
    state: Safe
    reason: Safe
    is_waiting: bool = False


@dataclass(frozen=True)
class LossReport:
    """So many of a type's records are gone from the portal that it was not believed, and nothing was changed."""

    type: Safe
    gone: int
    known: int


@dataclass(frozen=True)
class PortalReport:
    """What a sync did with one portal."""

    portal: Safe
    queries: tuple[QueryReport, ...]
    sent: tuple[SentReport, ...]
    losses: tuple[LossReport, ...] = ()

    @property
    def received(self) -> int:
        """How many records came."""
        return sum(query.received for query in self.queries)

    @property
    def changed(self) -> int:
        """How many of them were new or had changed."""
        return sum(query.changed for query in self.queries)


@dataclass(frozen=True)
class SyncReport:
    """What a sync did with every portal."""

    portals: tuple[PortalReport, ...]
    broken: tuple[str, ...] = ()

    @property
    def received(self) -> int:
        """How many records came."""
        return sum(portal.received for portal in self.portals)

    @property
    def changed(self) -> int:
        """How many of them were new or had changed."""
        return sum(portal.changed for portal in self.portals)

    @property
    def unknown(self) -> int:
        """How many requests there are whose answers were lost, and cannot be found out about."""
        return sum(item.state == "unknown" for portal in self.portals for item in portal.sent)

    @property
    def has_only_clashed(self) -> bool:
        """Whether all that went wrong is that changes of both sides clash."""
        clashed = sum(item.state == "conflict" for portal in self.portals for item in portal.sent)
        return len(self.failures) == clashed

    @property
    def failures(self) -> tuple[str, ...]:
        """One sentence for each part that failed; a refusal is none."""
        inside = [
            f"{query.type}: {query.error}"
            for portal in self.portals
            for query in portal.queries
            if query.error and not query.refused
        ]
        unsent = [
            f"{item.title}: {item.state}{f', {item.reason}' if item.reason else ''}"
            for portal in self.portals
            for item in portal.sent
            if item.state in _UNSENT
        ]
        lost = [
            f"{loss.type}: {loss.gone} of {loss.known} records are gone from the portal, which may be its own fault"
            for portal in self.portals
            for loss in portal.losses
        ]
        return (*self.broken, *unsent, *inside, *lost)


@dataclass(frozen=True)
class How:
    """What a sync is for. `only` names kinds of record (nouns or FHIR types) to fetch instead of all of them.

    With `accepts_loss` records that are gone from a portal are marked as gone, however many they are.
    """

    only: tuple[str, ...] = ()
    accepts_loss: bool = False


_EVERYTHING = How()


class Sync:
    """Pulling from portals and pushing to them."""

    def __init__(self, vault: Vault, settings: Settings, portals: Portals) -> None:
        self._vault = vault
        self._settings = settings
        self._portals = portals

    def run(
        self,
        portal: str | None = None,
        *,
        full: bool = False,
        how: How = _EVERYTHING,
        on_event: OnEvent = events.ignore,
        should_stop: ShouldStop = events.never,
    ) -> SyncReport:
        """Bring one portal, or all of them, in step with the vault.

        With `full` everything is asked for again, not only what has changed. A part that fails does not stop the
        others and is told in the report. Raises SignInNeeded and other errors when nothing could be done at all,
        VaultBusy when another sync is running, InvalidInput for a kind of record that there is not.
        """
        only = frozenset(name for word in how.only for name in _types(word))
        chosen = (self._portals.choose(portal),) if portal else self._portals.every()
        if any(is_imported(owner.base_url) for owner in chosen):
            raise InvalidInput(f"`{one_line(chosen[0].name)}` was imported from a file: there is no portal to ask")
        reports: list[PortalReport] = []
        errors: list[PortalError] = []
        with self._one_at_a_time():
            for owner in chosen:
                try:
                    order = Order(full, only, how.accepts_loss, self._settings.requests_in_flight)
                    reports.append(self._one(owner, order, on_event, should_stop))
                except PortalError as error:
                    errors.append(error)
                if should_stop():
                    break
        if errors and not reports:
            raise errors[0]
        return SyncReport(tuple(reports), tuple(str(error) for error in errors))

    def push(self, connection_id: int, again: str = "") -> None:
        """Send what waits for one connection; `again` is an item to send although the portal may have it.

        Raises Unreachable, SignInNeeded, VaultBusy.
        """
        from store.sync import engine  # noqa: PLC0415 - the network is loaded when it is first needed

        owner = self._owner(connection_id)
        with self._one_at_a_time(), self._line(owner) as line, self._telling_of_rights(owner):
            engine.push(self._vault, line, events.ignore, again)

    def line(self, connection_id: int) -> AbstractContextManager[Line]:
        """An open line to the portal of a connection, for asking it something now. Raises SignInNeeded."""
        return self._line(self._owner(connection_id))

    def greet(self, connection_id: int) -> None:
        """Fetch the patient's own record after a sign-in, where the portal allows it."""
        from store.sync import engine  # noqa: PLC0415 - as in push

        with self._line(self._owner(connection_id)) as line:
            try:
                engine.greet(self._vault, line)
            except PortalError:
                return  # the sign-in stands; the next sync tells what is wrong

    def check_offers(self, owner: ConnectionRow, type_name: str, interaction: str, letter: str, what: str) -> None:
        """Make sure that a portal offers an interaction and the sign-in allows it. Raises NotOffered, RightEnded."""
        from store.remote import discovery, scopes  # noqa: PLC0415 - as in push

        if is_imported(owner.base_url):
            raise NotOffered(one_line(owner.name), f"{what}: it is a file, and no portal")
        capability = discovery.read_capability(owner.capability, owner.base_url)
        if not capability.offers(type_name, interaction):
            raise NotOffered(sanitize(owner.name), what)
        rights.check(self._vault, owner)
        if not scopes.parse(owner.scope).allow(type_name, letter):
            raise NotGranted(one_line(owner.name), what, one_line(owner.patient_name or owner.patient))

    def check_offers_change(self, owner: ConnectionRow, type_name: str) -> None:
        """Make sure that a portal takes changes of a record, in one way or the other. Raises NotOffered."""
        what = f"changes of a {type_name}"
        try:
            self.check_offers(owner, type_name, "update", "u", what)
        except NotGranted:
            raise
        except NotOffered:
            self.check_offers(owner, type_name, "patch", "u", what)

    @staticmethod
    def same_refusal(error: NotOffered, what: str) -> NotOffered:
        """A refusal in the words of what was asked for."""
        if isinstance(error, NotGranted):
            return NotGranted(error.portal, what, error.patient)
        return NotOffered(error.portal, what)

    def most(self, owner: ConnectionRow, type_name: str, element: str) -> int | None:
        """How many of an element a portal is known to take in a new record; None for any number."""
        from store.remote import discovery  # noqa: PLC0415 - as in push
        from store.sync import quirks  # noqa: PLC0415 - as in push

        capability = discovery.read_capability(owner.capability, owner.base_url)
        return quirks.most_of(quirks.maker_of(capability.maker), type_name, element)

    def _one(self, owner: ConnectionRow, order: Order, on_event: OnEvent, should_stop: ShouldStop) -> PortalReport:
        from store.sync import engine  # noqa: PLC0415 - as in push

        with self._line(owner, on_event) as line, self._telling_of_rights(owner):
            result = engine.synchronise(self._vault, line, order, on_event, should_stop)
        report = _report(owner, result)
        with self._vault.transaction() as tx:
            tx.audit(
                Entry(
                    "sync",
                    f"{report.received} received, {report.changed} changed",
                    f"Patient/{owner.patient}",
                )
            )
        return report

    @contextmanager
    def _telling_of_rights(self, owner: ConnectionRow) -> Iterator[None]:
        """Where a sign-in for another person is refused, say that the right may have ended. Raises RightEnded."""
        try:
            yield
        except SignInNeeded as error:
            raise rights.over(self._vault, owner) from error

    @contextmanager
    def _line(self, owner: ConnectionRow, on_event: OnEvent = events.ignore) -> Iterator[Line]:
        from store.sync import engine  # noqa: PLC0415 - as in push

        fhir, tokens = self._portals.open(owner)
        engine.listen(tokens.http, owner, on_event)
        try:
            yield engine.Line(fhir, tokens.http, owner)
        finally:
            tokens.http.close()

    def _one_at_a_time(self) -> AbstractContextManager[None]:
        return one_at_a_time(self._settings.vault_dir / "sync.lock", "the sync")

    def _owner(self, connection_id: int) -> ConnectionRow:
        with self._vault.reading() as connection:
            return reading.owner(connection, connection_id)


def _report(owner: ConnectionRow, result: Result) -> PortalReport:
    queries: dict[str, QueryReport] = {}
    for outcome in result.outcomes:
        before = queries.get(outcome.type, QueryReport(sanitize(outcome.type), 0, 0, None, refused=True))
        words = str(outcome.error) if outcome.error else "; ".join(outcome.problems[:3])
        error = one_line(words) if words else before.error
        queries[outcome.type] = QueryReport(
            before.type,
            before.received + outcome.received,
            before.changed + outcome.changed,
            error,
            refused=before.refused and (outcome.refused or not words),
        )
    sent = tuple(
        SentReport(item.title, sanitize(item.state.value), item.reason, item.is_waiting) for item in result.sent
    )
    lost = tuple(LossReport(sanitize(loss.type), loss.gone, loss.known) for loss in result.losses)
    told = tuple(replace(query, refused=query.refused and query.error is not None) for query in queries.values())
    return PortalReport(sanitize(owner.name), told, sent, lost)


def _types(word: str) -> set[str]:
    """The FHIR types that a kind of record is made of: a type's own name, a noun, or its plural."""
    options = set(catalog.spellings(word))
    found = {name for name, kind in catalog.RECORD_TYPES.items() if options & {name.lower(), kind.noun}}
    if options & {"vital", "observation"}:
        found |= {"Observation"}
    if not found and word[:1].isupper() and word.isalpha():
        found = {word}
    if not found:
        known = sorted({kind.noun for kind in catalog.RECORD_TYPES.values()} | {"vital"})
        raise InvalidInput(
            f"there are no records of the kind `{word}`; name a FHIR type, or one of: {', '.join(known)}"
        )
    return found
