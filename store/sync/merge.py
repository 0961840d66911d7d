"""Three-way merge of FHIR JSON: what each of two sides changed, joined where the two do not touch (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from store.records.lossless import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from store.records.elements import Json

Path: TypeAlias = tuple[str, ...]


class _Missing(Enum):
    MISSING = "missing"


MISSING: Final = _Missing.MISSING

_MAX_DEPTH = 40  # what is nested deeper is one value
# The names of FHIR's data types, that end the name of a choice such as `deceasedBoolean`.
_TYPED = re.compile(
    r"^(?P<stem>[a-z]\w*?)(Quantity|CodeableConcept|Coding|String|Boolean|Integer|Range|Ratio|SampledData|Time|DateTime|"
    r"Date|Instant|Period|Reference|Age|Money|Attachment|Identifier|Timing|Uri|Url|Canonical|Code|Decimal|Duration|"
    r"Annotation|Address|ContactPoint|HumanName|Signature|Expression|Markdown|Base64Binary|UnsignedInt|"
    r"PositiveInt|Count|Distance|Dosage)$"
)
# Objects that say one thing with all of their members: half of one and half of another would be neither.
_VALUES = tuple(
    frozenset(names.split())
    for names in (
        "coding text",
        "system version code display userSelected",
        "value comparator unit system code",
        "value currency",
        "reference type identifier display",
        "start end",
        "low high",
        "numerator denominator",
        "status div",
        "use type system value period assigner rank",
        "use text family given prefix suffix period",
        "use type text line city district state postalCode country period",
        "contentType language data url size hash title creation",
        "authorReference authorString time text",
        "event repeat code",
        """boundsDuration boundsRange boundsPeriod count countMax duration durationMax durationUnit frequency
        frequencyMax period periodMax periodUnit dayOfWeek timeOfDay when offset""",
        """sequence text additionalInstruction patientInstruction timing asNeededBoolean asNeededCodeableConcept site
        route method doseAndRate maxDosePerPeriod maxDosePerAdministration maxDosePerLifetime""",
    )
)
_EVERYWHERE = frozenset({"id", "extension"})
# Lists of a person's details, whose items are told apart by all that they say where nothing else tells them apart.
_WHOLE = frozenset({"address", "communication", "contact", "name", "telecom"})
_TELLING = frozenset({"city", "family", "given", "language", "line", "name", "postalCode", "text", "value"})
# What tells the objects of a list apart, where each of them has it and no two have the same.
_IDENTITIES = (("id",), ("system", "value"), ("system", "code"), ("url",), ("reference",))


@dataclass(frozen=True)
class Change:
    """One place where the sides differ; a side that has nothing there is MISSING."""

    path: Path
    base: Any
    mine: Any
    theirs: Any

    @property
    def is_mine(self) -> bool:
        """Whether my side changed it."""
        return not same(self.base, self.mine)

    @property
    def is_overlap(self) -> bool:
        """Whether both sides changed it, each in its own way."""
        return self.is_mine and not same(self.base, self.theirs) and not same(self.mine, self.theirs)


@dataclass(frozen=True)
class Merged:
    """What comes of a merge: the value, and every place where one side differs from the base."""

    value: Json
    changes: tuple[Change, ...]

    @property
    def overlaps(self) -> tuple[Change, ...]:
        """The places where the sides cannot both have their way."""
        return tuple(change for change in self.changes if change.is_overlap)


Decide: TypeAlias = "Callable[[Change], Any]"


def theirs_first(change: Change) -> Any:
    """What becomes of a place where the sides differ: what was changed, and where both did so, their value."""
    return change.theirs if change.is_overlap or not change.is_mine else change.mine


def mine_first(change: Change) -> Any:
    """As `theirs_first`; where both changed it, my value."""
    return change.mine if change.is_mine else change.theirs


def three_way(base: Json, mine: Json, theirs: Json, decide: Decide = theirs_first) -> Merged:
    """Join what two sides made of `base`; `decide` says what becomes of each place where they differ."""
    walk = _Walk(decide)
    value = walk.members((), (base, mine, theirs))
    return Merged(value, tuple(walk.changes))


def same(one: Any, other: Any) -> bool:
    """Whether two values say the same, digit for digit, whatever the order of their members."""
    if one is MISSING or other is MISSING:
        return one is other
    return canonical(one) == canonical(other)


_Sides: TypeAlias = "tuple[Any, Any, Any]"  # base, mine, theirs


@dataclass
class _Walk:
    decide: Decide
    changes: list[Change] = field(default_factory=list)

    def element(self, path: Path, sides: _Sides) -> Any:
        """The merged value of one element, or MISSING."""
        base, mine, theirs = sides
        if same(base, mine) and same(base, theirs):
            return theirs
        if len(path) < _MAX_DEPTH:
            if is_structure(*sides):
                return self.members(path, sides)
            merged = self._items(path, sides)
            if merged is not None:
                return merged or MISSING  # FHIR has no empty lists
        return self._choose(path, sides)

    def members(self, path: Path, sides: _Sides) -> Json:
        """The merged members of three objects, those of a choice type (`deceased[x]`) as one."""
        base, mine, theirs = sides
        merged: Json = {}
        for names in _groups([*theirs, *mine, *base]):
            if len(names) == 1:
                (name,) = names
                found = {name: self.element((*path, name), _of(name, base, mine, theirs))}
            else:
                bare = {name.removeprefix("_") for name in names}
                found = self._choice((*path, bare.pop() if len(bare) == 1 else stem(names[0])), names, sides)
            merged |= {name: value for name, value in found.items() if value is not MISSING}
        return merged

    def _choice(self, path: Path, names: list[str], sides: _Sides) -> Json:
        base, mine, theirs = ({name: side[name] for name in names if name in side} for side in sides)
        if same(base, mine) and same(base, theirs):
            return theirs
        found: Json = self._choose(path, (base, mine, theirs))
        return found

    def _choose(self, path: Path, sides: _Sides) -> Any:
        change = Change(path, *sides)
        self.changes.append(change)
        return self.decide(change)

    def _items(self, path: Path, sides: _Sides) -> list[Any] | None:
        """Three lists merged item by item; None where it cannot be told which item is which."""
        lists = tuple([] if side is MISSING else side for side in sides)
        name_of = _identity(lists, is_whole=path[-1] in _WHOLE)
        if name_of is None:
            return None
        base, mine, theirs = ({name_of(item): item for item in items} for items in lists)
        if _is_replaced(base, mine, theirs) or _is_moved(base, mine, theirs):
            return None
        names = dict.fromkeys([*_joined([*theirs], [*mine]), *base])
        merged = [self.element((*path, name), _of(name, base, mine, theirs)) for name in names]
        return [item for item in merged if item is not MISSING]


def _of(name: str, base: Json, mine: Json, theirs: Json) -> _Sides:
    return base.get(name, MISSING), mine.get(name, MISSING), theirs.get(name, MISSING)


def stem(name: str) -> str:
    """What an element and its companions share: `deceased` of `deceasedBoolean`, `birthDate` of `_birthDate`."""
    bare = name.removeprefix("_")
    match = _TYPED.match(bare)
    return match["stem"] if match else bare


def _groups(names: list[str]) -> Iterator[list[str]]:
    """The different names, each with those that belong to it, in the order of the first of each."""
    groups: dict[str, dict[str, None]] = {}
    for name in names:
        groups.setdefault(stem(name), {})[name] = None
    for group in groups.values():
        yield list(group)


def is_structure(*sides: Any) -> bool:
    """Whether all sides are objects whose members may be changed one by one."""
    return all(isinstance(side, dict) for side in sides) and not any(map(_is_value, sides))


def _is_value(found: Json) -> bool:
    names = {name.removeprefix("_") for name in found} - _EVERYWHERE
    return any(names <= covered for covered in _VALUES)


def _identity(lists: tuple[Any, ...], *, is_whole: bool) -> Callable[[Json], str] | None:
    """What tells the items of three lists apart, or None; with `is_whole` all that an item says may do so."""
    if not all(isinstance(items, list) and all(isinstance(item, dict) for item in items) for items in lists):
        return None
    for names in _IDENTITIES:

        def name_of(item: Json, names: tuple[str, ...] = names) -> str:
            return "|".join(str(item[name]) for name in names)

        has_names = all(isinstance(item.get(name), str) for items in lists for item in items for name in names)
        if has_names and all(len({name_of(item) for item in items}) == len(items) for items in lists):
            return name_of
    is_told_apart = is_whole and all(item.keys() & _TELLING for items in lists for item in items)
    is_told_apart = is_told_apart and all(len({_said(item) for item in items}) == len(items) for items in lists)
    return _said if is_told_apart else None


def _said(item: Json) -> str:
    return canonical(item).decode()


def _is_replaced(base: Json, mine: Json, theirs: Json) -> bool:
    """Whether an item is gone on both sides while one of them has a new one, which may be what became of it."""
    gone = base.keys() - mine.keys() - theirs.keys()
    return bool(gone) and bool((mine.keys() | theirs.keys()) - base.keys())


def _is_moved(base: Json, mine: Json, theirs: Json) -> bool:
    """Whether my side put the items that all have into another order than both of the others."""
    kept = [name for name in base if name in mine and name in theirs]
    my_order = [name for name in mine if name in kept]
    return my_order not in (kept, [name for name in theirs if name in kept])


def _joined(theirs: list[str], mine: list[str]) -> list[str]:
    """Every name of both sides: in their order, each of mine that they lack after the one before it on my side."""
    joined = list(theirs)
    before = -1
    for name in mine:
        if name in joined:
            before = joined.index(name)
        else:
            before += 1
            joined.insert(before, name)
    return joined
