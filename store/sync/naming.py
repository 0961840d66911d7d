"""Names that stand in another record: a prescription that only refers to its medicine is called by that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.records import elements, searchable
from store.records.lossless import decode
from store.vault import reading, resources

if TYPE_CHECKING:
    from store.vault.transaction import Transaction


def medications(tx: Transaction, connection_id: int) -> None:
    """Give prescriptions that only refer to their medicine its name, once that record is here."""
    titles = []
    for pk, dictionary, packed in resources.unnamed(tx.connection, connection_id):
        resource = decode(tx.compressor.restore(tx.connection, dictionary, packed))
        _, record_id = elements.target(elements.reference(resource.get("medicationReference")))
        wanted = reading.Filter(types=("Medication",), connections=(connection_id,), record_id=record_id, limit=1)
        row = next(iter(reading.rows(tx.connection, wanted)), None)
        if row and row.title:
            titles.append((pk, row.title, row.code, searchable.searchable_text(resource, row.title)))
    resources.name(tx, titles)
