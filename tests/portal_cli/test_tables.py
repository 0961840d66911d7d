from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli import views, views_of_medicines
from portal_cli.tables import Column, Table, aligned
from store.records.appointments import Appointment
from store.records.labs import LabResult
from store.records.medications import Medication
from store.services.conflicts import ConflictRow, Difference
from store.services.messages import Thread
from store.services.outbox_rows import OutboxRow
from store.services.refills import RefillRow
from store.services.values import RecordRow

if TYPE_CHECKING:
    from portal_cli.tables import Table as AnyTable


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        (views.LABS, LabResult),
        (views.VITALS, LabResult),
        (views_of_medicines.MEDICATIONS, Medication),
        (views.APPOINTMENTS, Appointment),
        (views.THREADS, Thread),
        (views_of_medicines.REFILLS, RefillRow),
        (views.RECORDS, RecordRow),
        (views.OUTBOX, OutboxRow),
        (views.CONFLICTS, ConflictRow),
        (views.DIFFERENCES, Difference),
    ],
    ids=lambda value: getattr(value, "noun", ""),
)
def test_a_spreadsheet_has_every_field_of_what_is_listed(table: AnyTable[Any], kind: type[Any]) -> None:
    assert table.fields == tuple(field.name for field in fields(kind))


def test_columns_stand_under_one_another_by_their_width_on_a_screen() -> None:
    assert aligned([["A", "B"], ["身長", "x"], ["", "y"]]) == "A     B\n身長  x\n      y"


def test_a_long_text_is_never_cut() -> None:
    long = "word " * 400
    assert long.strip() in aligned([["A", "B"], [long, "x"]])


def test_a_cell_is_on_one_line() -> None:
    table: Table[str] = Table("texts", (Column("Text", lambda text: text),), ())
    assert table.cells(["a\n  b\tc"]) == [("a b c",)]
