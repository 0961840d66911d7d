"""Pages made ready to be stored, in the thread that fetched them: read, or known to be in the vault already."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from store.sync import companion, decode
from store.sync.companion import Companion
from store.vault import resources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from store.sync.decode import Decoded, Whose
    from store.sync.streams import Fetched
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault


@dataclass(frozen=True)
class Prepared:
    """A page that is ready: what was read of it, the keys of the records that the vault has just so, and references."""

    page: Fetched
    found: Decoded
    known: tuple[int, ...]
    references: frozenset[tuple[str, str]]


@dataclass
class Preparing:
    """How the pages of one pull are made ready.

    With `full` every record is read, also one that has not changed; so it is when the pull `is_first`, and none is
    known.
    """

    vault: Vault
    owner: ConnectionRow
    whose: Whose
    readable: frozenset[str] = field(default_factory=frozenset)
    full: bool = False
    is_first: bool = False
    companion: Companion = field(default_factory=Companion)

    def stream(self, fetched: Callable[[], Iterator[Fetched]]) -> Callable[[], Iterator[Prepared]]:
        """A stream of pages, each made ready."""

        def stream() -> Iterator[Prepared]:
            for page in fetched():
                yield self.page(page)

        return stream

    def page(self, page: Fetched) -> Prepared:
        """Make a page ready. What the vault has byte for byte is not read again."""
        known: dict[int, int] = {}
        if page.bodies and not (self.full or self.is_first):
            with self.vault.reading() as connection:
                known = resources.unchanged(connection, self.owner.id, page.bodies)
        bodies = [body for place, body in enumerate(page.bodies) if place not in known]
        patients = [self.owner.patient, *self.whose.patients]
        asked = companion.Asked(self.owner.base_url, patients, sorted(self.readable), bodies)
        read = self.companion.read(asked)
        if read:
            return Prepared(page, read.found, tuple(known.values()), frozenset(read.references))
        found = decode.decode_all(bodies, self.whose)
        references = decode.references((record.body for record in found.records), self.owner.base_url, self.readable)
        return Prepared(page, found, tuple(known.values()), frozenset(references))
