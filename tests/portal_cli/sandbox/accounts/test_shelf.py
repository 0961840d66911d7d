"""Rows come back from the file as what they were."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, get_type_hints

import pytest

from portal_cli.sandbox.accounts.account import Account
from portal_cli.sandbox.accounts.codes import Code
from portal_cli.sandbox.accounts.contacts import Change
from portal_cli.sandbox.accounts.recovery import Reset
from portal_cli.sandbox.accounts.registrations import Registration
from portal_cli.sandbox.accounts.second_steps import Waiting
from portal_cli.sandbox.accounts.sessions import Session
from portal_cli.sandbox.accounts.shelf import Shelf
from portal_cli.sandbox.accounts.two_step import Enrolment
from portal_cli.sandbox.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("row", [Account, Change, Code, Enrolment, Registration, Reset, Session, Waiting])
def test_the_types_of_a_rows_fields_are_known_when_it_is_read_back(row: Any) -> None:
    assert set(get_type_hints(row)) >= {one.name for one in fields(row)}


def test_rows_come_back_in_order_and_those_dropped_or_lent_do_not(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "portal.db")
    shelf = Shelf("change", Change, journal)
    rows = {key: Change(f"{key}@example.org", Code("hash", 12.5, 3)) for key in ("b", "a", "c")}
    for key, row in rows.items():
        shelf.put(key, row)
    shelf.put("b", rows["a"])
    shelf.drop("c")
    shelf.drop("never")
    shelf.lend("d", rows["c"])
    assert Shelf("change", Change, journal).rows() == [("b", rows["a"]), ("a", rows["a"])]
    assert Shelf("other", Change, journal).rows() == []
    shelf.tidy(lambda row: row.value == "c@example.org", 1)
    assert [key for key, _ in shelf.rows()] == ["a"]
    assert [key for key, _ in Shelf("change", Change, journal).rows()] == ["a"]
    journal.close()
