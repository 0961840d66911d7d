"""Versions of a record: those that the vault has kept and those that its portal offers, and what differs in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from store.errors import NotFound
from store.records import details, elements
from store.records.dates import FhirDate, from_epoch, parse
from store.records.lossless import decode
from store.records.speaking import in_words
from store.records.text import Safe, sanitize
from store.vault import versions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.records.elements import Json
    from store.remote.fhir import Fhir
    from store.services.portals import Portals
    from store.services.records import Records
    from store.services.sync import Sync
    from store.vault.vault import Vault

_OWN = frozenset({"meta", "text", "resourceType"})
_ASKED, _MOST_PAGES = 20, 10


@dataclass(frozen=True)
class VersionRow:
    """One version of a record: what it says of itself, where it is from in words, and its own bytes."""

    version: Safe
    updated: FhirDate | None
    where: str
    fhir: bytes


@dataclass(frozen=True)
class Change:
    """One place of a record that differs between two versions, with what stands there in each; empty for nothing."""

    path: Safe
    before: Safe
    after: Safe


class Histories:
    """How records have changed."""

    def __init__(self, vault: Vault, records: Records, portals: Portals, sync: Sync) -> None:
        self._vault = vault
        self._records = records
        self._portals = portals
        self._sync = sync

    def list(self, reference: str, *, ask: bool = False) -> tuple[VersionRow, ...]:
        """The versions of a record, the latest first; with `ask` the portal's own history as well.

        Noted in the audit trail. Raises NotFound, and NotOffered where a portal that was to be asked has no history.
        """
        row, body = self._records.open(reference)
        with self._vault.reading() as connection:
            kept = versions.of(connection, row.pk)
        found = [_row(body, "as it is in the vault")]
        found += [_row(item.body, "kept in the vault", item.replaced) for item in kept]
        served: list[VersionRow] = []
        if ask:
            owner = next(each for each in self._portals.all() if each.id == row.connection)
            self._sync.check_offers(owner, row.type, "history-instance", "r", f"the history of a {row.type}")
            fhir, _ = self._portals.open(owner)
            served = [_row(one, "from the portal") for one in _served(fhir, row.type, row.id)]
        return _distinct(found, served)

    def difference(
        self, reference: str, older: str | None = None, newer: str | None = None, *, ask: bool = False
    ) -> tuple[VersionRow, VersionRow, tuple[Change, ...]]:
        """What changed from one version of a record to another; from the last but one to the last where none is named.

        Raises NotFound when there are no two such versions.
        """
        known = self.list(reference, ask=ask)
        last = _named(known, newer) if newer is not None else known[0]
        before = known[known.index(last) + 1 :]
        if older is None and not before:
            raise NotFound("earlier version of the record", sanitize(reference))
        first = _named(known, older) if older is not None else before[0]
        return first, last, tuple(changes(decode(first.fhir), decode(last.fhir)))


def changes(before: Json, after: Json, path: str = "") -> Iterator[Change]:
    """What differs between two versions, what they say of themselves left aside."""
    for name in dict.fromkeys([*before, *after]):
        if name in _OWN and not path:
            continue
        yield from _differing(before.get(name), after.get(name), f"{path} > {details.label(name)}" if path else name)


def _differing(before: Any, after: Any, path: str) -> Iterator[Change]:
    if before == after:
        return
    said = in_words(before), in_words(after)
    if all(said) or not (before and after):
        yield Change(_label(path), _words(before), _words(after))
    elif isinstance(before, dict) and isinstance(after, dict):
        yield from changes(before, after, _label(path))
    elif isinstance(before, list) and isinstance(after, list):
        for number in range(max(len(before), len(after))):
            one = before[number] if number < len(before) else None
            other = after[number] if number < len(after) else None
            name = path if max(len(before), len(after)) == 1 else f"{_label(path)} {number + 1}"
            yield from _differing(one, other, name)
    else:
        yield Change(_label(path), _words(before), _words(after))


def _label(path: str) -> Safe:
    return sanitize(path) if " " in path else details.label(path)


def _words(value: Any) -> Safe:
    """A value in words; a structure by its lines."""
    if spoken := in_words(value):
        return spoken
    if isinstance(value, list):
        return Safe("; ".join(filter(None, map(_words, value))))
    if isinstance(value, dict):
        facts = details.read({"resourceType": "", **value}).facts
        return Safe("; ".join(f"{fact.label}: {fact.value}" for fact in facts if fact.value))
    return Safe("")


def _row(body: bytes, where: str, replaced: int | None = None) -> VersionRow:
    meta = elements.first(decode(body).get("meta"))
    updated = parse(meta.get("lastUpdated")) or (from_epoch(replaced) if replaced else None)
    return VersionRow(elements.text(meta.get("versionId")), updated, where, body)


def _served(fhir: Fhir, type_name: str, record_id: str) -> Iterator[bytes]:
    """The versions that a portal tells of one record, page by page; what is of another record is passed over."""
    page = fhir.history(f"{type_name}/{record_id}", _ASKED)
    for _ in range(_MOST_PAGES):
        for body in page.resources:
            told = decode(body)
            if (told.get("resourceType"), told.get("id")) == (type_name, record_id):
                yield body
        if page.next_url is None:
            return
        page = fhir.page(page.next_url)


def _distinct(found: list[VersionRow], served: list[VersionRow]) -> tuple[VersionRow, ...]:
    """Each version once, the latest first; those of one time, and those of none, in the order of the portal."""
    known: dict[tuple[str, bytes], VersionRow] = {}
    for row in (*found, *served):
        known.setdefault(_key(row), row)
    places = {_key(row): number for number, row in reversed([*enumerate(served, 1)])}
    first, *others = known.values()

    def age(row: VersionRow) -> tuple[int, int]:
        return -(row.updated.epoch or 0) if row.updated else 0, places.get(_key(row), 0)

    if first.updated is None and _key(first) not in places:  # what the vault has is the latest, for all that is known
        return first, *sorted(others, key=age)
    return tuple(sorted((first, *others), key=age))


def _key(row: VersionRow) -> tuple[str, bytes]:
    return (row.version, b"") if row.version else ("", row.fhir)


def _named(known: tuple[VersionRow, ...], typed: str) -> VersionRow:
    for row in known:
        if row.version == typed:
            return row
    raise NotFound("version of the record", sanitize(typed), tuple(row.version for row in known if row.version))
