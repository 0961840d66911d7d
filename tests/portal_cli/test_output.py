"""Tables as they are drawn on a terminal: what a portal wrote is text and nothing else, and words stay whole."""

from __future__ import annotations

import pytest
from rich.progress import TextColumn

from portal_cli import output, progress
from portal_cli.tables import Column, Table

TABLE: Table[tuple[str, str]] = Table(
    "things", (Column("Name", lambda row: row[0]), Column("Value", lambda row: row[1])), ("name", "value")
)


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


def test_what_looks_like_markup_is_drawn_as_it_stands() -> None:
    evil = "[red]x[/red] [link=https://evil.example]y[/link] [@click=app.quit]z[/] :warning: [/]"
    drawn = output._drawn(TABLE, [(evil, evil)])
    assert drawn.count(evil) == 2
    assert "\x1b]8" not in drawn


def test_columns_that_do_not_fit_are_folded_between_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "24")
    lines = output._drawn(TABLE, [("Glucose in serum or plasma", "preliminary")]).splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["Glucose", "serum", "plasma"]
    assert "preliminary" in lines[1]


def test_the_bar_of_a_sync_takes_no_markup_from_a_name() -> None:
    bar = progress._new_progress()
    bar.add_task("[red]clinic[/red]")
    words = bar.columns[-1]
    assert isinstance(words, TextColumn)
    assert words.render(bar.tasks[0]).plain == "[red]clinic[/red]"
