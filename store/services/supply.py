"""What was supplied of a patient's medicines: how often each order was filled, and until when it lasts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.records import supplies
from store.records.elements import text
from store.records.lossless import decode
from store.vault import reading
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from store.records.elements import Json
    from store.vault.engine import DbConnection
    from store.vault.reading import Row
    from store.vault.vault import Vault


@dataclass(frozen=True)
class Supplied:
    """By the id of an order: how often it was filled and until when that lasts; by code where none is named."""

    fills: dict[str, int]
    by_order: dict[str, date]
    by_code: dict[str, date]

    def until(self, row: Row, order: Json) -> date | None:
        """The day on which what was supplied, or else prescribed, of an order has been taken."""
        return self.by_order.get(row.id) or self.by_code.get(row.code) or supplies.prescribed_until(order)


def supplied(vault: Vault, connection: DbConnection, owner: int) -> Supplied:
    """What was supplied to one patient at one portal."""
    found = Supplied({}, {}, {})
    for row, body in _records(vault, connection, owner, "dispense"):
        order = supplies.prescription(body)
        if order and text(body.get("status")) == "completed":
            found.fills[order] = found.fills.get(order, 0) + 1
        among, name = (found.by_order, order) if order else (found.by_code, row.code)
        ends = supplies.dispensed_until(body)
        if ends is not None and name:
            among[name] = max(ends, among.get(name, ends))
    return found


def taken(vault: Vault, connection: DbConnection, owner: int) -> Iterator[tuple[Row, Json]]:
    """The orders that a patient at one portal has active, and that are no report of something else."""
    for row, body in _records(vault, connection, owner, "medication"):
        is_taken = row.type == "MedicationRequest" and row.status == "active"
        if is_taken and body.get("reportedBoolean") is not True:
            yield row, body


def _records(vault: Vault, connection: DbConnection, owner: int, kind: str) -> Iterator[tuple[Row, Json]]:
    wanted = Filter(kinds=(kind,), connections=(owner,), standing=True)
    for row, body in reading.records(vault, connection, wanted):
        yield row, decode(body)
