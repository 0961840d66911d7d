"""Nothing that a portal wrote is markup: what looks like it stands on the screen as it was written, everywhere."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import tui
from store.errors import InvalidInput
from store.vault import connections, keys, vault
from tests.tui.charts import PASSPHRASE, signed_in
from tests.tui.conftest import drive, make_app, screen_text, settle, unlock
from tui.reading import Fact, Reading, Section
from tui.screens.detail import DetailScreen
from tui.screens.refills import RefillsScreen
from tui.troubles import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.pilot import Pilot

    from store.config import Settings

EVIL = "[red]Zed[/red] [@click=app.quit]y[/]"
SOURCES = sorted(Path(tui.__file__).parent.rglob("*.py"))
_SHOWING = {"Static", "Label", "Button", "Option", "Tick", "Checkbox"}


def takes_markup(source: str) -> Iterator[int]:
    """The lines that hand over text which Textual would read as markup, if it were a plain string."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr == "from_markup":
            yield node.lineno
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            is_plain = any(one.arg == "markup" and ast.unparse(one.value) == "False" for one in node.keywords)
            if (name == "notify" and not is_plain) or (
                name in _SHOWING and not is_plain and not _is_content(node.args)
            ):
                yield node.lineno
        elif isinstance(node, ast.Assign) and _names_a_border(node) and not _is_content([node.value]):
            yield node.lineno


def _names_a_border(node: ast.Assign) -> bool:
    return any("border_" in ast.unparse(target) for target in node.targets)


def _is_content(values: list[ast.expr]) -> bool:
    """Whether the first of these is Content, or words of our own without a bracket."""
    if not values:
        return True
    first = values[0]
    if isinstance(first, ast.Constant):
        return "[" not in str(first.value)
    return isinstance(first, ast.Call) and ast.unparse(first.func) in {"Content", "Content.assemble"}


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.stem)
def test_what_is_shown_is_content_or_said_to_be_no_markup(file: Path) -> None:
    assert list(takes_markup(file.read_text())) == []


def test_what_would_be_markup_is_found() -> None:
    for line in ("Static(name)", "self.notify(words)", "box.border_title = name", "Content.from_markup(name)"):
        assert list(takes_markup(line)) == [1]
    for line in (
        "Static(Content(name))",
        "self.notify(words, markup=False)",
        "Static(id='x')",
        "Static(x, markup=False)",
    ):
        assert list(takes_markup(line)) == []


def test_names_troubles_and_readings_stand_as_they_were_written(settings: Settings) -> None:
    with vault.create(settings, PASSPHRASE.encode(), keys.FLOOR) as opened, opened.transaction() as tx:
        owner = connections.save(tx, replace(signed_in(), name="[b]clinic"))
        connections.name_patient(tx, owner, f"Ann {EVIL}")
    app = make_app(settings)

    async def steps(pilot: Pilot[None]) -> None:
        await unlock(pilot)
        line = screen_text(app).splitlines()[0]
        assert f"Ann {EVIL}" in line
        assert "[b]clinic" in line
        app.go("refills")
        await settle(pilot)
        assert isinstance(app.screen, RefillsScreen)
        app.screen.tell_trouble(describe(InvalidInput(f"told {EVIL}")))
        await settle(pilot)
        assert f"Told {EVIL}" in screen_text(app)
        app.clear_notifications()
        places = [f"{word} {EVIL}" for word in ("kind", "title", "value", "heading", "text")]
        kind, title, value, heading, text = places
        shown = Reading(kind, title, (Fact("[b]label", value),), (Section(heading, text),))
        await app.push_screen(DetailScreen(shown))
        await settle(pilot)
        assert [each for each in (*places, "[b]label") if each not in screen_text(app)] == []
        assert app.is_running

    drive(app, steps, (200, 50))
