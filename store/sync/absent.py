"""Records that no search brings any more: asked for one by one, and marked when their portal says that they are gone.

Only what a portal was asked for in full, and answered in full, can be missing. And a portal that suddenly has nothing
is more likely broken than the patient's past is gone: a loss that is not plausible is told, and changes nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.sync import decode
from store.sync.crew import as_it_is
from store.vault import absences, resources

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.events import ShouldStop
    from store.sync.pull import Pull
    from store.sync.streams import Answered
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault

_FEW = 3  # records that may go at once, however few there are
_MOST_SHARE = 0.2  # of the records that may go at once, where there are more than a few


@dataclass(frozen=True)
class Loss:
    """So many of a type's records are gone that it may be a mistake; they are kept as they were."""

    type: str
    gone: int
    known: int

    def __str__(self) -> str:
        return f"{self.gone} of {self.known} records are gone from the portal, which may be a fault of its own"


class Absent:
    """Finds out, after a pull, which records are gone."""

    def __init__(self, vault: Vault, owner: ConnectionRow, pull: Pull) -> None:
        self._vault = vault
        self._owner = owner
        self._pull = pull

    def reappeared(self) -> None:
        """Take the mark from records that the pull has brought again."""
        with self._vault.reading() as connection:
            marked = absences.marked(connection, (self._owner.id,))
        there = [place for place in marked if place in self._pull.seen]
        if there:
            with self._vault.transaction() as tx:
                absences.unmark(tx, there)

    def look(self, types: Iterable[str], should_stop: ShouldStop, *, accepts_loss: bool) -> list[Loss]:
        """Mark what is gone of the types that were asked for in full; returns the losses that are not plausible.

        Raises SignInNeeded.
        """
        found: dict[str, list[int]] = {}
        sizes: dict[str, int] = {}
        for name in sorted(types):
            with self._vault.reading() as connection:
                sizes[name], missing = absences.missing(connection, self._owner.id, name, self._pull.seen)
            if missing and not should_stop():
                most = len(missing) if accepts_loss else _plausible(sizes[name])
                found[name] = self._confirmed(name, missing, most, should_stop)
        losses = [] if accepts_loss else _losses({name: len(gone) for name, gone in found.items()}, sizes)
        kept = {loss.type for loss in losses}
        gone = [pk for name, places in found.items() if name not in kept for pk in places]
        if gone:
            with self._vault.transaction() as tx:
                absences.mark(tx, gone, int(time.time()))
        return losses

    def _confirmed(self, type_name: str, missing: dict[int, str], most: int, should_stop: ShouldStop) -> list[int]:
        """Those that the portal says are gone, by their primary keys; no more are asked for than decide the matter."""
        gone: list[int] = []

        def take(answers: list[Answered]) -> None:
            gone.extend(answer.place for answer in answers if answer.is_gone)
            self._keep(type_name, [answer.body for answer in answers if answer.body])

        streams = {
            f"{type_name}/{record_id}": self._pull.streams.confirm(f"{type_name}/{record_id}", pk)
            for pk, record_id in missing.items()
        }
        for ended in self._pull.run(streams, as_it_is, take, lambda: should_stop() or len(gone) > most):
            if ended.error:
                return []  # a portal that fails now is no witness
        return gone

    def _keep(self, type_name: str, bodies: list[bytes]) -> None:
        """Store records that are there, although no search brings them."""
        records = [
            item for item in decode.decode_all(bodies, self._pull.preparing.whose).records if item.type == type_name
        ]
        if records:
            with self._vault.transaction() as tx:
                resources.store(tx, self._owner.id, records)


def _losses(gone: dict[str, int], sizes: dict[str, int]) -> list[Loss]:
    """The types of which too much is gone at once; all of them where too much is gone in all."""
    is_all = sum(gone.values()) > _plausible(sum(sizes.values()))
    return [
        Loss(name, number, sizes[name])
        for name, number in gone.items()
        if number and (is_all or number > _plausible(sizes[name]))
    ]


def _plausible(known: int) -> int:
    """How many of so many records may go at once without anybody being asked."""
    return max(_FEW, int(known * _MOST_SHARE))
