from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.export import FORMATS

if TYPE_CHECKING:
    from store.export.format import Format


def test_every_format_stands_under_its_own_name() -> None:
    named = "bundle ndjson json csv parquet ips ical html markdown pdf"
    assert list(FORMATS) == named.split()
    assert all(name == form.name for name, form in FORMATS.items())


@pytest.mark.parametrize("form", FORMATS.values(), ids=lambda form: form.name)
def test_an_ending_begins_with_a_dot_and_is_like_no_other(form: Format) -> None:
    assert form.ending.startswith(".")
    assert [other.ending for other in FORMATS.values()].count(form.ending) == 1


def test_only_one_resource_a_line_is_divided_by_type() -> None:
    assert [name for name, form in FORMATS.items() if form.divides_by_type] == ["ndjson"]
