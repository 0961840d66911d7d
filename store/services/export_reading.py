"""The records that an export is of, in the order of its format; for a series, what is new in it and what is gone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING

from store.errors import Ambiguous, InvalidInput
from store.export import pages
from store.export.format import Exported, Origin, Sheet
from store.export.redaction import Part, Redaction
from store.records import catalog, clinicians, lossless
from store.records.text import one_line, sanitize
from store.services import persons
from store.services.export_orders import Deleted
from store.services.wanted import Wanted, as_filter
from store.vault import absences, outgoing, reading
from store.vault.kinds import every_noun
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from store.services.export_orders import Order
    from store.services.records import Records
    from store.vault.engine import DbConnection
    from store.vault.outgoing import Series, Stored
    from store.vault.reading import Owner
    from store.vault.vault import Vault

_CONNECTION, _TYPE, _ID, _KIND = map(reading.ROW_COLUMNS.index, ("connection", "type", "id", "kind"))
_TITLE = reading.ROW_COLUMNS.index("title")
_shown = itemgetter(*map(reading.ROW_COLUMNS.index, ("code", "date", "date_text", "status", "flag", "value", "unit")))


@dataclass(frozen=True)
class Chosen:
    """What was chosen: the filter, the kinds that were named, and where the records of each connection are from."""

    found: Filter
    nouns: tuple[str, ...]
    origins: dict[int, Origin]
    redaction: Redaction | None
    before: Series | None = None
    after: Series | None = None
    back: tuple[int, ...] = ()
    deleted: tuple[Deleted, ...] = ()

    @property
    def only(self) -> str:
        """The one kind that it is of, if it is of one."""
        return self.nouns[0] if len(set(self.nouns)) == 1 else ""

    @property
    def is_everything(self) -> bool:
        """Whether nothing but whose records they are narrows it, so that the whole table is wanted."""
        return self.found == Filter(connections=self.found.connections) and not self.back


class Choosing:
    """Works out of an order which records it is of; asked inside one view of the vault."""

    def __init__(self, vault: Vault, records: Records) -> None:
        self._vault = vault
        self._records = records

    def choose(self, connection: DbConnection, order: Order, nouns: tuple[str, ...], now: float) -> Chosen:
        """Which records are meant. Raises InvalidInput, Ambiguous."""
        owners = self._records.scope.owners(connection)
        ids = tuple(owner.id for owner in owners)
        form = order.form
        if form.standing and len(set(persons.keys(connection, owners).values())) > 1:
            raise Ambiguous(
                "patient", "", tuple(dict.fromkeys(one_line(owner.patient_name or owner.patient) for owner in owners))
            )
        found = as_filter(connection, order.wanted, nouns, ids)
        names = tuple(owner.patient_name for owner in owners)
        redaction = Redaction(order.redacted, names) if order.redacted else None
        origins = {
            owner.id: Origin(
                one_line(owner.name), owner.base_url, one_line(owner.patient_name or owner.patient), owner.patient
            )
            for owner in owners
        }
        if redaction:
            origins = {number: _told(origin, redaction, order) for number, origin in origins.items()}
        chosen = Chosen(replace(found, standing=form.standing), nouns, origins, redaction)
        return self._in_series(connection, chosen, order, int(now)) if order.series else chosen

    def read(self, connection: DbConnection, chosen: Chosen, order: Order) -> Generator[Exported]:
        """The records, in the order of the format."""
        is_plain = not chosen.redaction and order.wanted.clinician is None
        if chosen.is_everything and order.form.is_verbatim and is_plain:
            for (name, kind), own, owner, body in outgoing.bodies_as_stored(self._vault, connection, chosen.found):
                yield Exported(name, kind, own, body, chosen.origins[owner])
            return
        named = order.wanted.clinician
        is_meant = _Clinician(connection, named, chosen.found) if named is not None else None
        for row, body in self._stored(connection, chosen, order):
            record = Exported(
                row[_TYPE], row[_KIND], row[_ID], body, chosen.origins[row[_CONNECTION]], row[_TITLE], *_shown(row)
            )
            if is_meant is None or is_meant(record):
                yield _redacted(record, chosen.redaction) if chosen.redaction else record

    def _stored(self, connection: DbConnection, chosen: Chosen, order: Order) -> Iterator[Stored]:
        form = order.form
        if form.by_kind:
            kinds = {noun for noun in every_noun(connection) if not chosen.nouns or noun in chosen.nouns}
            for noun in sorted(kinds, key=pages.rank):
                yield from outgoing.newest_first(self._vault, connection, replace(chosen.found, kinds=(noun,)))
        elif chosen.is_everything and not form.newest_first:
            yield from outgoing.as_stored(self._vault, connection, chosen.found)
        else:
            yield from outgoing.newest_first(self._vault, connection, chosen.found)
        if chosen.back:
            for row, body in outgoing.of(self._vault, connection, chosen.back):
                if not chosen.nouns or row[_KIND] in chosen.nouns:
                    yield row, body

    def _in_series(self, connection: DbConnection, chosen: Chosen, order: Order, now: int) -> Chosen:
        """The same, of what is new since the export before. Raises InvalidInput where that was of something else."""
        name, owners = str(order.series), tuple(chosen.origins)
        if order.wanted != Wanted(kinds=order.wanted.kinds):
            raise InvalidInput("`--since-last` goes with kinds alone, and with no other way to narrow")
        what = " ".join(sorted(set(chosen.nouns)))
        before = outgoing.series(connection, name)
        if before and before.chosen != what:
            raise InvalidInput(
                f"the series `{sanitize(name)}` is of {before.chosen or 'everything'}, and this is of "
                f"{what or 'everything'}: give it another name"
            )
        told = set(before.gone) if before else set()
        gone = absences.marked(connection, owners)
        rows = {row.pk: row for row in outgoing.rows_of(connection, sorted(told - gone.keys()))}
        back = tuple(pk for pk, row in rows.items() if row.connection in owners)
        after = outgoing.reached(connection, what, owners, now)
        kept = sorted({*after.gone, *(pk for pk, row in rows.items() if row.connection not in owners)})
        tops = {**(before.tops if before else {}), **after.tops}
        return replace(
            chosen,
            found=replace(chosen.found, news=outgoing.since(connection, before, owners)),
            before=before,
            after=replace(after, tops=tops, gone=tuple(kept)),
            back=back,
            deleted=_deleted(connection, {pk: at for pk, at in gone.items() if pk not in told}, chosen),
        )


class _Clinician:
    """Whether a record names a clinician, or refers to one of that name."""

    def __init__(self, connection: DbConnection, name: str, found: Filter) -> None:
        self._words = tuple(name.casefold().split())
        people = reading.stream(connection, Filter(connections=found.connections, types=clinicians.TYPES))
        self._known = frozenset(
            f"{row.type}/{row.id}" for row in people if all(word in row.title.casefold() for word in self._words)
        )

    def __call__(self, record: Exported) -> bool:
        return clinicians.has(record.resource, self._words, self._known)


def sheet(chosen: Chosen, order: Order, only: str, now: float) -> Sheet:
    """What a file is to be."""
    is_named = Part.NAMES not in order.redacted
    names = tuple(dict.fromkeys(origin.patient for origin in chosen.origins.values() if origin.patient and is_named))
    return Sheet(only, now, names, order.with_details)


def _origin(owner: Owner) -> Origin:
    whose = one_line(owner.patient_name or owner.patient)
    return Origin(one_line(owner.name), owner.base_url, whose, owner.patient)


def _told(origin: Origin, redaction: Redaction, order: Order) -> Origin:
    patient = "" if Part.NAMES in order.redacted else origin.patient
    return replace(origin, portal=redaction.text(origin.portal), patient=patient)


def _redacted(record: Exported, redaction: Redaction) -> Exported:
    """A record without what is to be left out, and what lists show of it without that, too."""
    kept = redaction.resource(record.resource)
    shown = catalog.read_envelope(kept)
    return Exported(
        record.type, record.kind, record.id, lossless.encode(kept), record.origin,
        redaction.text(shown.title or record.title), record.code, record.date, record.date_text, record.status,
        record.flag, redaction.text(shown.value), record.unit,
    )  # fmt: skip


def _deleted(connection: DbConnection, gone: dict[int, int], chosen: Chosen) -> tuple[Deleted, ...]:
    rows = outgoing.rows_of(connection, sorted(gone))
    return tuple(
        Deleted(
            sanitize(f"{row.type}/{row.id}"), sanitize(row.kind), sanitize(chosen.origins[row.connection].portal),
            gone[row.pk],
        )
        for row in rows
        if not chosen.nouns or row.kind in chosen.nouns
    )  # fmt: skip
