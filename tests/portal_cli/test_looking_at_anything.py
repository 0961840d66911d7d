"""Whatever a portal serves as a record is shown harmless, at any width, drawn and spoken."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal_cli import accessible, record_texts, styled
from store.records import catalog, details
from store.records.cells import cell_width
from store.records.lossless import decode
from store.records.sheets import SHEETS
from store.records.text import Safe
from store.services.records import RecordDetail
from store.services.values import RecordRow
from tests.support.specimens import specimen
from tests.support.steering import CORPUS, harmful

_TEXTS = st.one_of(
    st.sampled_from(CORPUS),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.sampled_from(CORPUS).map(lambda text: f"before {text} after"),
)
_LEAVES = st.one_of(_TEXTS, st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False))


def spoil(value: Any, draw: Any) -> Any:
    """The same document with some of its parts in the place of others, or anything at all."""
    if isinstance(value, dict):
        return {key: inner if key in {"resourceType", "id"} else spoil(inner, draw) for key, inner in value.items()}
    if isinstance(value, list):
        return [spoil(item, draw) for item in value] if draw(st.integers(0, 9)) else draw(_LEAVES)
    return draw(_LEAVES) if draw(st.booleans()) else value


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(SHEETS)), st.integers(20, 140), st.data())
def test_a_spoiled_record_is_shown_harmless(type_name: str, width: int, data: st.DataObject) -> None:
    body = decode(json.dumps(spoil(specimen(type_name), data.draw)).encode())
    found = catalog.read_envelope(body)
    row = RecordRow(
        Safe("s1"), Safe(type_name), Safe(found.kind), found.date, found.title, found.status, found.value, found.unit,
        found.flag, found.code,
    )  # fmt: skip
    shown = RecordDetail(row, details.read(body), b"{}")
    lines = record_texts.record(shown, width=width)
    assert harmful(styled.render(lines, coloured=True)) == []
    assert harmful(record_texts.spoken(shown)) == []
    assert found.title


@given(st.text(max_size=200), st.integers(1, 80))
def test_a_text_is_broken_into_lines_that_fit_and_lose_nothing(text: str, width: int) -> None:
    lines = styled.wrapped(" ".join(text.split()), max(2, width))
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(cell_width(line) <= max(2, width) for line in lines)


@given(_TEXTS)
def test_what_is_spoken_has_no_drawings(text: str) -> None:
    spoken = accessible.in_words(f"▲ {text} │ ⠋ ● → ≥ 5")
    assert not [sign for sign in spoken if 0x2500 <= ord(sign) < 0x2600 or 0x2800 <= ord(sign) < 0x2900]


def test_drawn_lines_are_spoken_with_their_labels_before_them() -> None:
    lines: list[styled.Line] = [
        (("Title", "title"),),
        (),
        *styled.labelled([("was", "one  two", ""), ("is", "", ""), ("longer", "three", "alarm")], 80, 2),
    ]
    assert styled.spoken(lines) == "Title\nwas: one two\nlonger: three"
