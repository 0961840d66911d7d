"""The searches of a pull: each swept to its end, and made in another way where a portal wants it so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from store.records.text import one_line
from store.sync import plan, quirks
from store.vault import progress, quarantine
from store.vault.progress import End, Progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from store.events import OnEvent, ShouldStop
    from store.remote.discovery import Capability
    from store.sync.absent import Loss
    from store.sync.outcome import Outcome
    from store.sync.plan import Query
    from store.sync.pull import Pull
    from store.vault.reading import ConnectionRow
    from store.vault.transaction import Transaction
    from store.vault.vault import Vault

_MOST_WORDS = 500


class Sweeping:
    """Runs the searches of one connection, and notes in the vault how each of them ended."""

    def __init__(self, vault: Vault, owner: ConnectionRow, pull: Pull, capability: Capability) -> None:
        self._vault = vault
        self._owner = owner
        self._pull = pull
        self._maker = quirks.maker_of(capability.maker)
        self._ended: dict[str, tuple[Query, Outcome]] = {}
        self._tried: dict[str, list[str]] = {}
        self._refused: dict[str, tuple[Query, Outcome]] = {}

    def run(self, queries: Sequence[Query], on_event: OnEvent, should_stop: ShouldStop) -> list[Outcome]:
        """Sweep queries to their ends; those that the portal wants otherwise, again. Raises SignInNeeded."""
        waiting = list(queries)
        while waiting:
            for query in waiting:
                self._try(query.base, query.state)
            outcomes = self._pull.sweep(waiting, on_event, should_stop)
            self._ended |= {query.key: (query, outcomes[query.key]) for query in waiting}
            waiting = [] if should_stop() else self._again(waiting)
        with self._vault.transaction() as tx:
            for query, outcome in self._ended.values():
                self._note(tx, query, outcome)
            for name in self.whole_types():
                quarantine.release_others(tx, self._owner.id, name, self._pull.unusable)
        return [outcome for _, outcome in sorted(self._ended.values(), key=lambda ended: ended[0].type)]

    def whole_types(self) -> set[str]:
        """The types of which everything was asked for and came, in this run, from first pages to last ones."""
        types = {query.type for query, _ in self._ended.values()}
        return types - {query.type for query, outcome in self._ended.values() if not outcome.is_whole or outcome.error}

    def note_losses(self, losses: Iterable[Loss]) -> None:
        """Have the queries of types whose loss was not believed ask for everything again."""
        with self._vault.transaction() as tx:
            for loss in losses:
                progress.forget_sweeps(tx, self._owner.id, loss.type)

    def _try(self, base: str, state: str) -> None:
        tried = self._tried.setdefault(base, [])
        if state not in tried:
            tried.append(state)

    def _again(self, made: Sequence[Query]) -> list[Query]:
        """The queries to make instead of searches of which every part was refused."""
        anew: list[Query] = []
        for base in dict.fromkeys(query.base for query in made):
            parts = [query for query in made if query.base == base]
            outcomes = [self._ended[query.key][1] for query in parts]
            if not all(outcome.is_misunderstood for outcome in outcomes) or parts[0].state == plan.GRANTED:
                continue
            for query in parts:
                refused = self._ended.pop(query.key)
                self._refused.setdefault(base, refused)
            state = self._next(parts[0], [word for outcome in outcomes for word in outcome.words])
            if state is None:  # in no way that is known: it failed as it did at first
                query, outcome = self._refused[base]
                self._ended[query.key] = query, replace(outcome, is_part=False)
            else:
                anew += plan.refined(plan.simplified(parts[0]), state, self._maker)
        return anew

    def _next(self, query: Query, words: list[str]) -> str | None:
        tried = self._tried[query.base]
        found = quirks.next_state(query.type, query.state, words, tried)
        return "" if found is None and "" not in tried else found

    def _note(self, tx: Transaction, query: Query, outcome: Outcome) -> None:
        """Write down how a query ended; of one that is a part, also in which way its type is searched."""
        if not outcome.is_ended:
            return
        words = str(outcome.error) if outcome.error else "; ".join(outcome.problems)
        row = Progress(self._owner.id, query.key, query.type, asked=self._pull.began)
        progress.end(tx, replace(row, ended=outcome.end.value, error=str(one_line(words))[:_MOST_WORDS] or None))
        if query.state and query.state != plan.GRANTED and not outcome.error:
            progress.end(tx, replace(row, query=query.base, ended=End.REFINED.value, error=query.state))
