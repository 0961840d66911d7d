"""What each kind of record looks like: at several widths, in colour and without, and for those who listen."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from portal_cli import record_texts, styled
from store.records import catalog, details
from store.records.cells import cell_width
from store.records.lossless import decode
from store.records.sheets import SHEETS
from store.records.text import Safe
from store.services.records import RecordDetail
from store.services.values import RecordRow
from tests.support import golden
from tests.support.specimens import SPECIMENS, specimen

GOLDEN = Path(__file__).parent / "golden" / "records"
WIDTHS = (60, 80, 120)
_CODES = re.compile(r"\x1b\[[0-9;]*m")


def shown(type_name: str) -> RecordDetail:
    body = decode(json.dumps(specimen(type_name)).encode())
    found = catalog.read_envelope(body)
    row = RecordRow(
        Safe("s1"), Safe(type_name), Safe(found.kind), found.date, found.title, found.status, found.value, found.unit,
        found.flag, found.code,
    )  # fmt: skip
    return RecordDetail(row, details.read(body), b"{}")


def drawn(type_name: str, width: int, *, coloured: bool) -> str:
    return styled.render(record_texts.record(shown(type_name), width=width), coloured=coloured)


def test_every_view_has_a_specimen_and_every_specimen_a_view() -> None:
    assert SPECIMENS.keys() == SHEETS.keys()


@pytest.mark.parametrize("type_name", sorted(SPECIMENS))
@pytest.mark.parametrize("width", WIDTHS)
def test_a_record_looks_as_it_did(type_name: str, width: int) -> None:
    plain, coloured = (drawn(type_name, width, coloured=wanted) for wanted in (False, True))
    golden.check(GOLDEN / f"{type_name}-{width}.txt", plain)
    golden.check(GOLDEN / f"{type_name}-{width}-colour.txt", coloured)


@pytest.mark.parametrize("type_name", sorted(SPECIMENS))
def test_colour_tells_nothing_that_is_not_told_without_it(type_name: str) -> None:
    for width in WIDTHS:
        plain, coloured = (drawn(type_name, width, coloured=wanted) for wanted in (False, True))
        assert _CODES.sub("", coloured) == plain
        assert "\x1b" not in plain
        assert max(map(cell_width, plain.splitlines())) <= width


@pytest.mark.parametrize("type_name", sorted(SPECIMENS))
def test_a_record_is_told_to_those_who_listen(type_name: str) -> None:
    spoken = record_texts.spoken(shown(type_name))
    golden.check(GOLDEN / f"{type_name}-spoken.txt", spoken)
    assert not [sign for sign in spoken if 0x2500 <= ord(sign) < 0x2600 or 0x2800 <= ord(sign) < 0x2900]
    assert not set(spoken) & set("▲▼●»«…→≥≤")
    assert not [line for line in spoken.splitlines() if line.startswith(" ")]


@pytest.mark.parametrize("type_name", sorted(SPECIMENS))
def test_everything_that_a_record_says_is_told_at_any_width(type_name: str) -> None:
    every = " ".join(drawn(type_name, 60, coloured=False).split())
    for fact in [*shown(type_name).detail.facts, *(f for s in shown(type_name).detail.sections for f in s.facts)]:
        assert " ".join(fact.value.split()) in every
