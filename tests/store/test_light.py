from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, field, fields, is_dataclass, replace
from typing import Any

import pytest

from store import light

# Both are asked for by name, so that the type checker sees one `dataclass` and the test sees two.
WAYS: dict[str, Any] = {"ours": light.dataclass, "the library's": dataclasses.dataclass}


def classes(way: str) -> tuple[type, type]:
    dataclass = WAYS[way]

    class Leaf:
        name: str
        size: int = 3
        parts: list[int] = field(default_factory=list)
        noted: str = field(default="x", compare=False, repr=False)
        key: int = field(default=7, kw_only=True)
        made: str = field(default="here", init=False)

    class Twig(dataclass(frozen=True)(Leaf)):  # type: ignore[misc] # a base that only the run knows
        leaves: tuple[int, ...] = ()

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Twig)

        __hash__ = Leaf.__hash__

    for kind in (Leaf, Twig):
        kind.__annotations__ = dict(kind.__annotations__)
    return Leaf, dataclass(frozen=True)(Twig)


def seen(way: str) -> list[object]:
    """What there is to see of such values."""
    leaf, twig = classes(way)
    one, same, other = leaf("a"), leaf("a", noted="y"), leaf("b", 4, [1], key=8)
    names = [(each.name, each.init, each.kw_only) for each in fields(leaf)]
    refused: list[str] = []
    for act in (
        lambda: setattr(one, "name", "b"),
        lambda: delattr(one, "name"),
        leaf,
        lambda: leaf("a", 1, [], "n", 5),
    ):
        with pytest.raises((FrozenInstanceError, TypeError)) as error:
            act()
        refused.append(type(error.value).__name__)
    return [
        repr(other).replace(leaf.__qualname__, "Leaf"), one == same, one == other, one != 3, one.parts is same.parts,
        names, refused, replace(other, size=9).size, is_dataclass(leaf), vars(leaf)["__match_args__"], one.made,
        twig("a", leaves=(1,)) == twig("b"), twig("a", leaves=(1,)).leaves,
        hash(replace(one, parts=())) == hash(replace(same, parts=())),
    ]  # fmt: skip


def test_a_light_dataclass_does_what_the_library_s_does() -> None:
    assert seen("ours") == seen("the library's")


def test_methods_are_made_when_they_are_first_called() -> None:
    leaf, _ = classes("ours")
    before = leaf.__dict__["__init__"]
    assert leaf("a").name == leaf("a").name == "a"
    assert leaf.__dict__["__init__"] is not before


@light.dataclass(frozen=True, slots=True)
class OurSlotted:
    """Of a module, so that it can be pickled."""

    name: str
    size: int = 3
    parts: tuple[int, ...] = field(default=(), compare=False)


@dataclasses.dataclass(frozen=True, slots=True)
class LibrarySlotted:
    """As the other one."""

    name: str
    size: int = 3
    parts: tuple[int, ...] = field(default=(), compare=False)


def slotted(kind: Any) -> list[object]:
    """What there is to see of values with slots."""
    one, refused = kind("a", parts=(1,)), []
    for act in (lambda: setattr(one, "name", "b"), lambda: delattr(one, "name"), kind):
        with pytest.raises((FrozenInstanceError, TypeError)) as error:
            act()
        refused.append(type(error.value).__name__)
    pickled = pickle.loads(pickle.dumps(one))  # noqa: S301 - our own
    copies = [copy.copy(one), copy.deepcopy(one), pickled, replace(one, size=3)]
    return [
        repr(one).partition("(")[2], refused, kind.__slots__, hasattr(one, "__dict__"), one == kind("a"),
        hash(one) == hash(kind("a")), one == kind("b"), [each == one for each in copies],
        [each.parts for each in copies], dataclasses.astuple(one), vars(kind)["__match_args__"],
    ]  # fmt: skip


def test_a_light_dataclass_with_slots_does_what_the_library_s_does() -> None:
    assert slotted(OurSlotted) == slotted(LibrarySlotted)


def test_what_asks_for_more_than_to_be_frozen_is_the_library_s_own() -> None:
    made = WAYS["ours"](frozen=True, order=True)(type("Ordered", (), {"__annotations__": {"name": str}}))
    assert made("a") < made("b")
