"""All of a patient at once (`Patient/[id]/$everything`), in the place of searches that bring everything each time.

A portal that offers the operation is not believed: what it brings is compared with what the searches have just
brought, and only a type of which it brings every record, byte for byte, is left to it. A week later the searches are
made again, and it is compared anew. What it refuses, fails with or spoils is searched for in the same run.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from store.errors import Rejected, SignInNeeded
from store.sync import plan
from store.sync.outcome import Outcome
from store.sync.streams import FORBIDDEN, MISUNDERSTOOD
from store.vault import absences, progress, quarantine
from store.vault.progress import End, Progress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from store.events import OnEvent, ShouldStop
    from store.sync.plan import Query
    from store.sync.prepared import Prepared
    from store.sync.pull import Pull
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault

_PROVENANCE = "Provenance"


@dataclass
class _Brought:
    """What was brought to be compared: the keys of the records that the vault has just so, and if all was in order."""

    keys: set[int] = field(default_factory=set)
    is_in_order: bool = True

    def take(self, pages: list[Prepared]) -> None:
        """Take in some pages."""
        self.keys.update(*(page.known for page in pages))
        self.is_in_order &= not any(page.found.unusable or page.found.failures for page in pages)


class Everything:
    """Asks for all of a patient at once, where that has been shown to bring what searches bring.

    Nothing is asked unless it `is_used`: where a portal offers it, in a sync of every type.
    """

    def __init__(self, vault: Vault, owner: ConnectionRow, pull: Pull, *, is_used: bool) -> None:
        self._vault = vault
        self._owner = owner
        self._pull = pull
        self._is_used = is_used
        self._key = f"Patient/{quote(owner.patient, safe='')}{progress.EVERYTHING}"

    def replaceable(self, queries: Sequence[Query]) -> tuple[Query, ...]:
        """The searches that need not be made now, as the operation brings what has changed in their types."""
        known = self._pull.known()
        row = known.get(self._key)
        if not self._is_used or self._pull.preparing.full or row is None or not row.complete_to:
            return ()
        covered, now = _covered(row), dt.datetime.now(dt.UTC)
        needed = {query.type for query in queries if not _is_replaceable(query, covered, known, now)}
        return tuple(query for query in queries if query.type not in needed)

    def make_up_for(
        self, queries: tuple[Query, ...], on_event: OnEvent, should_stop: ShouldStop
    ) -> tuple[tuple[Query, ...], list[Outcome]]:
        """Bring what has changed in the covered types; gives the searches that are done by it, and what to tell.

        Unless all went well, no search is. An error is not told, as the searches are made then. Raises SignInNeeded.
        """
        if not queries or should_stop():
            return (), []
        outcome = self._fetch(on_event, should_stop)
        if outcome.error or outcome.problems or not outcome.is_ended:
            return (), [replace(outcome, error=None)] if outcome.problems else []
        return queries, [outcome]

    def _fetch(self, on_event: OnEvent, should_stop: ShouldStop) -> Outcome:
        row = self._pull.known()[self._key]
        since = (dt.datetime.fromisoformat(row.complete_to or "") - plan.OVERLAP).isoformat(timespec="seconds")
        stream = self._pull.streams.everything(row, since, _covered(row))
        outcome = Outcome(row.type)
        self._pull.gather({self._key: stream}, {self._key: outcome}, on_event, should_stop)
        if _is_refused(outcome):
            self._note(End.REFUSED)
        return outcome

    def compare(self, queries: Sequence[Query], whole: set[str], should_stop: ShouldStop) -> None:
        """Find out which types the operation covers, after a run that brought all of those that cannot be narrowed.

        Nothing of what it brings is stored: what the searches have just brought stands.
        """
        types, since = self._to_compare(queries, whole) if self._is_used else (set[str](), None)
        if not since or should_stop():
            return
        brought = _Brought()
        apart = replace(self._pull.preparing, full=False, is_first=False)
        stream = {self._key: self._pull.streams.everything(Progress(self._owner.id, self._key, "Patient"))}
        try:
            errors = [ended.error for ended in self._pull.run(stream, apart.page, brought.take, should_stop)]
        except SignInNeeded:  # all else has been done by now; if it is true, the next run finds out
            errors = [None]
            brought.is_in_order = False
        if not errors:
            return  # it was stopped
        if errors[0]:
            self._note(End.REFUSED if isinstance(errors[0], Rejected) else End.FAILED)
        else:
            self._note(End.COMPARED, since, self._among(types, brought))

    def _to_compare(self, queries: Sequence[Query], whole: set[str]) -> tuple[set[str], str | None]:
        """The types to compare, and the portal's time when the first search for them began; none when it is not due.

        A type that the portal refuses is not among them. One that failed or was resumed puts the matter off.
        """
        wide = [query for query in queries if not query.can_narrow]
        types = {query.type for query in wide}
        known = self._pull.known()
        row = known.get(self._key)
        is_due = row is None or self._pull.preparing.full or not _is_recent(row, dt.datetime.now(dt.UTC))
        made = [item for item in known.values() if item.type in types and item.asked == self._pull.began]
        made = [item for item in made if not item.query.startswith(plan.READ_PREFIX) and item.ended != End.REFINED]
        refused = {item.type for item in made if item.ended == End.REFUSED}
        times = [item.complete_to for item in made if item.type in whole]
        if not is_due or types - whole - refused or not all(times):
            return set(), None
        extra = {_PROVENANCE} if any(_brings_provenance(query) for query in wide) else set()
        return types & whole | extra, min((at for at in times if at), default=None)

    def _among(self, types: set[str], brought: _Brought) -> list[str]:
        """Those types of which every record that the vault has, and at least one, was brought just so."""
        if not brought.is_in_order:
            return []
        with self._vault.reading() as connection:
            found = {name: absences.missing(connection, self._owner.id, name, brought.keys) for name in sorted(types)}
        return [name for name, (size, missing) in found.items() if size and not missing]

    def _note(self, end: End, since: str | None = None, types: Sequence[str] = ()) -> None:
        """Write down what was found out, and when."""
        now = int(dt.datetime.now(dt.UTC).timestamp())
        row = Progress(self._owner.id, self._key, "Patient", full_sweep=now, asked=self._pull.began, ended=end.value)
        with self._vault.transaction() as tx:
            progress.save(tx, replace(row, complete_to=since if types else None, error=" ".join(types) or None))
            quarantine.release_others(tx, self._owner.id, row.type, self._pull.unusable)


def _covered(row: Progress) -> frozenset[str]:
    return frozenset((row.error or "").split()) if row.ended == End.COMPARED else frozenset()


def _is_replaceable(query: Query, covered: frozenset[str], known: Mapping[str, Progress], now: dt.datetime) -> bool:
    """Whether a search may be left out: it was swept whole within a week, and what it brings is covered."""
    row = known.get(query.key)
    wanted = {query.type, _PROVENANCE} if _brings_provenance(query) else {query.type}
    is_whole = row is not None and row.ended == End.COMPLETE and row.cursor is None and _is_recent(row, now)
    return not query.can_narrow and wanted <= covered and is_whole


def _brings_provenance(query: Query) -> bool:
    return any(name == plan.REVERSE for name, _ in query.parameters)


def _is_recent(row: Progress, now: dt.datetime) -> bool:
    age = now.timestamp() - row.full_sweep if row.full_sweep is not None else None
    return age is not None and abs(age) <= plan.FULL_SWEEP_EVERY.total_seconds()  # a clock may have been wrong


def _is_refused(outcome: Outcome) -> bool:
    return isinstance(outcome.error, Rejected) and outcome.error.status in FORBIDDEN | MISUNDERSTOOD
