from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from portal_cli import json_text, schemas
from portal_cli.schemas import making
from portal_cli.schemas.answers import ANSWERS, Object
from store.records.dates import parse
from tests.support.command_tree import commands


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Leaf:
    """A leaf."""

    colour: Colour
    weight: Decimal
    picture: bytes
    path: Path


@dataclass(frozen=True)
class Tree:
    """A tree.

    More about it.
    """

    leaves: tuple[Leaf, ...]
    height: int | None
    planted: Any
    parent: Tree | None = None


def test_every_command_that_prints_json_has_an_answer_and_no_other_has() -> None:
    printing = {
        name
        for name, command in commands().items()
        if any(option in parameter.opts for parameter in command.params for option in ("--json",))
    }
    assert printing | {"audit export"} == set(ANSWERS)


@pytest.mark.parametrize("command", sorted(ANSWERS))
def test_the_committed_schema_is_the_one_that_the_values_make(command: str) -> None:
    made = making.next_schema(command)
    assert making.committed(command) == made, "`python -m portal_cli.schemas.making` writes it, if it is wanted"
    Draft202012Validator.check_schema(made)


def test_no_schema_is_left_of_a_command_that_is_gone() -> None:
    assert set(schemas.names()) == set(ANSWERS)


def test_a_value_as_it_is_written_is_what_its_schema_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ANSWERS, "labs list", list[Tree])
    schema = making.schema_of("labs list")
    leaf = Leaf(Colour.RED, Decimal("1.50"), b"\0", Path("/x"))
    written = json_text.encode([Tree((leaf,), None, parse("2024"), Tree((), 3, None))])
    validator = Draft202012Validator(schema)
    assert list(validator.iter_errors(json.loads(written))) == []
    assert "picture" not in json.dumps(schema)
    assert "More about it" not in json.dumps(schema)
    for wrong in ('"blue"', "17"):
        assert list(validator.iter_errors(json.loads(written.replace('"red"', wrong)))) != []


@pytest.mark.parametrize(
    ("changed", "is_breaking"),
    [
        ({"height": int | None, "name": str}, False),
        ({"name": str}, True),
        ({"height": int}, True),
        ({"height": str}, True),
    ],
    ids=["one more member", "a member less", "never null", "another type"],
)
def test_only_a_change_that_readers_stumble_over_makes_another_version(
    changed: dict[str, object], *, is_breaking: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ANSWERS, "labs list", Object({"height": int | None}))
    old = making.schema_of("labs list")
    monkeypatch.setitem(ANSWERS, "labs list", Object(changed))
    assert making.breaks(old, making.schema_of("labs list")) is is_breaking


def test_what_json_has_no_words_for_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ANSWERS, "labs list", list[complex] | set[int])
    with pytest.raises(making.Unwritable):
        making.schema_of("labs list")


def test_a_member_that_is_added_to_one_of_several_shapes_breaks_nothing_and_another_shape_does() -> None:
    old = {"anyOf": [{"properties": {"a": {"type": "string"}}}, {"type": "null"}]}
    grown = {"anyOf": [{"properties": {"a": {"type": "string"}, "b": {"type": "string"}}}, {"type": "null"}]}
    assert not making.breaks(old, grown)
    assert making.breaks(old, {"anyOf": [*grown["anyOf"], {"type": "string"}]})
    assert making.breaks(grown, old)
