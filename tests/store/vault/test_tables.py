from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from store.records.reminders import Rule
from store.vault import outbox, progress, reading, reminders, resources, tables

if TYPE_CHECKING:
    from sqlmodel import SQLModel

    from store.vault.vault import Vault


def declared(table: type[SQLModel]) -> list[str]:
    return [column.name for column in table.metadata.tables[str(table.__tablename__)].columns]


@pytest.mark.parametrize(
    ("columns", "table"),
    [
        (resources.COLUMNS, tables.Resource),
        (reading.CONNECTION_COLUMNS, tables.Connection),
        (progress.COLUMNS, tables.SyncState),
        (outbox.COLUMNS, tables.OutboxItem),
        (reminders.RULE_COLUMNS, tables.ReminderRule),
        (reminders.DELIVERY_COLUMNS, tables.ReminderDelivery),
    ],
)
def test_plain_sql_names_every_declared_column(columns: tuple[str, ...], table: type[SQLModel]) -> None:
    assert sorted(columns) == sorted(declared(table))


def test_a_row_is_what_lists_need_of_a_record() -> None:
    bulky = {"h", "size", "hash", "dictionary", "body"}
    assert sorted(reading.ROW_COLUMNS) == sorted({*declared(tables.Resource), "type"} - bulky)


@pytest.mark.parametrize(
    ("columns", "value"),
    [
        (reading.CONNECTION_COLUMNS, reading.ConnectionRow),
        (progress.COLUMNS, progress.Progress),
        (outbox.COLUMNS, outbox.Item),
        (reminders.RULE_COLUMNS, Rule),
    ],
)
def test_a_value_takes_its_columns_in_their_order(columns: tuple[str, ...], value: type) -> None:
    assert tuple(field.name for field in dataclasses.fields(value)) == columns


def test_a_new_vault_has_every_declared_table_as_declared(vault: Vault) -> None:
    with vault.reading() as connection:
        for name, table in tables.metadata.tables.items():
            found = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            assert found == [column.name for column in table.columns]
            indexes = {row[1] for row in connection.execute(f"PRAGMA index_list({name})")}
            assert {index.name for index in table.indexes} <= indexes
