"""A search request, read: which filters, in which order, how many at a time (FHIR R4 §3.1.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal_cli.sandbox.outcomes import bad_request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from portal_cli.sandbox.parameters.table import Parameter

MAX_COUNT = 1000
_QUIET = frozenset({"_format", "_pretty", "_total"})
_MODIFIERS = {
    "token": ("missing", "not"),
    "reference": ("missing",),
    "patient": ("missing",),
    "date": ("missing",),
    "string": ("missing", "exact", "contains"),
    "uri": ("missing",),
}
_COMMA = re.compile(r"(?<!\\),")
_TYPE = re.compile(r"^[A-Z][A-Za-z]+$")


@dataclass(frozen=True)
class Filter:
    """One condition: any of the alternatives must hold for the parameter."""

    parameter: Parameter
    modifier: str
    alternatives: tuple[str, ...]


@dataclass(frozen=True)
class Include:
    """One `_include` or `_revinclude`: the type whose parameter leads from one resource to the other.

    A `kind` or `name` of `*` is any; `target` is the one type wanted, or empty; an iterated one is followed
    from what was included, too; a shared one leads only to what all patients share.
    """

    kind: str
    name: str
    is_reverse: bool
    target: str = ""
    is_iterated: bool = False
    is_shared: bool = False


@dataclass(frozen=True)
class Query:
    """A search as understood; `applied` holds the pairs that took part, for the self link."""

    filters: tuple[Filter, ...]
    sort: tuple[tuple[Parameter, bool], ...]
    count: int
    is_count_only: bool
    includes: tuple[Include, ...]
    applied: tuple[tuple[str, str], ...]
    elements: tuple[str, ...] = ()


class QueryReader:
    """Reads search pairs against the parameters of one type.

    Unknown parameters are left out, unless `is_strict` (FHIR R4 §3.1.1.1, `Prefer: handling=strict`).
    """

    def __init__(self, parameters: Mapping[str, Parameter], default_count: int, *, is_strict: bool) -> None:
        self._parameters = parameters
        self._is_strict = is_strict
        self._filters: list[Filter] = []
        self._sort: list[tuple[Parameter, bool]] = []
        self._includes: list[Include] = []
        self._applied: list[tuple[str, str]] = []
        self._elements: tuple[str, ...] = ()
        self._count = min(default_count, MAX_COUNT)
        self._is_count_only = False

    def read(self, pairs: Iterable[tuple[str, str]]) -> Query:
        """Read all pairs, in order.

        Raises:
            FhirError: 400 for a value or modifier that makes no sense.
        """
        for name, value in pairs:
            if value == "" or self._read_one(name, value):
                self._applied.append((name, value))
            elif self._is_strict:
                raise bad_request(f"the search parameter {name!r} is not known here", "not-supported")
        return Query(
            tuple(self._filters),
            tuple(self._sort),
            self._count,
            self._is_count_only,
            tuple(self._includes),
            tuple(self._applied),
            self._elements,
        )

    def _read_one(self, name: str, value: str) -> bool:
        match name:
            case "_count":
                self._read_count(value)
            case "_summary":
                self._is_count_only = self._is_count_only or value == "count"
                return value in {"count", "false"}
            case "_sort":
                return self._read_sort(value)
            case "_include" | "_revinclude" | "_include:iterate" | "_revinclude:iterate":
                self._includes.append(_include(name, value))
            case "_elements":
                self._elements += tuple(element.strip() for element in value.split(",") if element.strip())
            case _ if name in _QUIET:
                pass
            case _:
                return self._read_filter(name, value)
        return True

    def _read_count(self, value: str) -> None:
        if not value.isascii() or not value.isdigit() or len(value) > 9:  # noqa: PLR2004 -- below 2**31, as a FHIR integer
            raise bad_request("_count must be a whole number")
        self._is_count_only = self._is_count_only or int(value) == 0
        self._count = max(1, min(int(value), MAX_COUNT))

    def _read_sort(self, value: str) -> bool:
        for key in value.split(","):
            parameter = self._parameters.get(key.removeprefix("-"))
            if parameter is None:
                return False
            self._sort.append((parameter, key.startswith("-")))
        return True

    def _read_filter(self, name: str, value: str) -> bool:
        base, _, modifier = name.partition(":")
        parameter = self._parameters.get(base)
        if parameter is None:
            return False
        alternatives = tuple(part.replace("\\,", ",") for part in _COMMA.split(value))
        if parameter.kind in {"reference", "patient"} and _TYPE.match(modifier):
            alternatives = tuple(f"{modifier}/{part.rpartition('/')[2]}" for part in alternatives)
            modifier = ""
        if modifier and modifier not in _MODIFIERS[parameter.kind]:
            raise bad_request(f"the modifier :{modifier} is not supported for {base}", "not-supported")
        if modifier == "missing" and value not in {"true", "false"}:
            raise bad_request(f"{name} takes true or false")
        self._filters.append(Filter(parameter, modifier, alternatives))
        return True


def _include(name: str, value: str) -> Include:
    """Read `*`, `Type:*`, `Type:parameter` or `Type:parameter:Target` (FHIR R4 §3.1.1.5.4)."""
    base, _, modifier = name.partition(":")
    is_reverse = base == "_revinclude"
    kind, _, rest = ("*:*" if value == "*" else value).partition(":")
    parameter, _, target = rest.partition(":")
    is_wild = value == "*" or _TYPE.match(kind)
    if not parameter or not is_wild or (target and not _TYPE.match(target)):
        raise bad_request(f"{base} is written Type:parameter")
    if is_reverse and "*" in {kind, parameter}:
        raise bad_request("_revinclude names one parameter of one type here", "not-supported")
    return Include(kind, parameter, is_reverse, target, is_iterated=modifier == "iterate")
