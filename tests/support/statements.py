"""Every statement that a vault's connections run, and those of them that do not say whose records they are about."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from store.vault import engine

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLES = (
    "resource", "resource_fts", "absence", "quarantine", "change_conflict", "outbox_item", "attachment",
    "attachment_part", "sync_state", "reminder_rule", "reminder_delivery", "earlier_version",
)  # fmt: skip
_NAMED = re.compile(rf'\b(?:FROM|JOIN|UPDATE)\s+"?({"|".join(TABLES)})"?\b', re.IGNORECASE)
_VALUE = r"(?:=|IN)\s*\(?\s*(?:-?\d|'|x'|NULL|\))"
_BY_CONNECTION = re.compile(rf"\bconnection\s*{_VALUE}", re.IGNORECASE)
# A key that was found under its connection, or was made from it: `h` is a digest of connection, type and id.
_BY_KEY = re.compile(rf"\b(?:h|pk|rowid|attachment|item|id)\s*{_VALUE}", re.IGNORECASE)
GLOBAL: dict[str, str] = {
    r"SELECT coalesce\(max\(pk\), 0\)( \+ 1)? FROM resource": "the next free key, of no record",
    r"SELECT max\(pk\) FROM resource": "the last key, of no record",
    r"SELECT count\(\*\) FROM resource$": "how large the vault is: when to compress anew",
    r"SELECT pk, dictionary, body FROM resource WHERE dictionary (=|<>)": "compression is of the whole vault",
    r"SELECT pk, title, (code, )?dictionary, body(, \w+)* FROM resource WHERE pk >": "a new index of all words",
    r"DELETE FROM dictionary ": "a dictionary that no body needs any more, whosever it was",
    r"SELECT (count\(\*\)|json_group_array\(rowid\)) FROM \(SELECT rowid FROM resource_fts WHERE resource_fts MATCH": (
        "which records have a word: places alone, by marks of their connections where not all are meant"
    ),
    r"SELECT .* FROM attachment_part": "parts without an owner are counted for the check of the whole vault",
    r"SELECT count\(\*\), coalesce\(sum\(size\), 0\) FROM attachment": "statistics: numbers and sizes",
    r"DELETE FROM attachment_part": "parts without an owner are removed",
}
"""Statements that are rightly about the whole vault, each with its reason."""


@contextmanager
def listening() -> Iterator[list[str]]:
    """Note every statement that is run on a vault opened inside, with its values in their places."""
    heard: list[str] = []
    usual = engine.connect

    def connect(*args: Any, **kwargs: Any) -> Any:
        connection = usual(*args, **kwargs)
        connection.set_trace_callback(heard.append)
        return connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "connect", connect)
        yield heard


def tables_of(statement: str) -> set[str]:
    """The tables of patients' records that a statement reads, changes or deletes from."""
    if statement.startswith("--") or not re.match(r"\s*(SELECT|UPDATE|DELETE|WITH|INSERT)", statement, re.IGNORECASE):
        return set()
    return {name.lower() for name in _NAMED.findall(statement)}


def is_scoped(statement: str) -> bool:
    """Whether a statement says whose records it is about, by connection or by a key found under one."""
    return bool(_BY_CONNECTION.search(statement) or _BY_KEY.search(statement))


def is_global(statement: str) -> bool:
    """Whether a statement is one of those that are rightly about the whole vault."""
    plain = " ".join(statement.split())
    return any(re.match(pattern, plain, re.IGNORECASE) for pattern in GLOBAL)


def unscoped(heard: list[str]) -> list[str]:
    """The statements that should say whose records they are about, and do not."""
    loose = (one for one in heard if tables_of(one) and not is_scoped(one) and not is_global(one))
    return sorted({" ".join(one.split())[:300] for one in loose})
