"""Whether a resource meets a search filter, kind by kind (FHIR R4 §3.1.1.4)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from portal_cli.sandbox.instants import Span, span
from portal_cli.sandbox.outcomes import bad_request
from portal_cli.sandbox.parameters.table import OWNER_PATH
from portal_cli.sandbox.references import local_target
from portal_cli.sandbox.values import Token, folded, values_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from portal_cli.sandbox.parameters.table import Parameter
    from portal_cli.sandbox.query import Filter
    from portal_cli.sandbox.versions import Version

_CLOSE = timedelta(days=1)


class Matcher:
    """Tests versions against filters, remembering what each version offers."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url

    def values(self, version: Version, parameter: Parameter) -> tuple[Any, ...]:
        """Give the values a version offers for a parameter."""
        if parameter.name == "_lastUpdated":
            return (Span(version.updated, version.updated + timedelta(milliseconds=1)),)
        if parameter.name == "_id":
            return (Token(None, version.key),)
        if parameter.paths == (OWNER_PATH,):
            return tuple(f"Patient/{owner}" for owner in version.owners)
        if parameter.name not in version.values:
            version.values[parameter.name] = values_of(version.resource(), parameter, self._base_url)
        return version.values[parameter.name]

    def test(self, condition: Filter) -> Callable[[Version], bool]:
        """Give a function that says whether a version meets a filter.

        Raises:
            FhirError: 400 for a value that cannot be read.
        """
        parameter = condition.parameter
        if condition.modifier == "missing":
            wants_missing = condition.alternatives == ("true",)
            return lambda version: (not self.values(version, parameter)) is wants_missing
        tests = [self._alternative(condition, text) for text in condition.alternatives]
        if condition.modifier == "not":
            return lambda version: not any(test(self.values(version, parameter)) for test in tests)
        return lambda version: any(test(self.values(version, parameter)) for test in tests)

    def _alternative(self, condition: Filter, text: str) -> Callable[[Sequence[Any]], bool]:
        match condition.parameter.kind:
            case "token":
                return _token_test(text)
            case "date":
                return _date_test(text)
            case "string":
                return _string_test(text, condition.modifier)
            case "uri":
                return lambda values: text in values
            case "patient":
                return _reference_test(text, self._base_url, ("Patient",))
            case _:
                return _reference_test(text, self._base_url, ())


def _token_test(text: str) -> Callable[[Sequence[Any]], bool]:
    system, bar, code = text.partition("|") if "|" in text else ("", "", text)

    def holds(value: Token) -> bool:
        if code and value.code != code:
            return False
        if not bar:
            return True
        if not system:
            return value.system is None
        # A plain code has no system of its own: the element implies it (FHIR R4 §3.1.1.4.10).
        return value.system == system or (value.system is None and bool(code))

    return lambda values: any(holds(value) for value in values)


def _reference_test(text: str, base_url: str, kinds: tuple[str, ...]) -> Callable[[Sequence[Any]], bool]:
    wanted = local_target(text, base_url) or text
    if "/" in wanted or ":" in wanted:
        if kinds and not wanted.startswith(kinds):
            return lambda _values: False
        return lambda values: wanted in values
    if kinds:
        return lambda values: any(f"{kind}/{wanted}" in values for kind in kinds)
    return lambda values: any(value.endswith("/" + wanted) for value in values)


def _string_test(text: str, modifier: str) -> Callable[[Sequence[Any]], bool]:
    if modifier == "exact":
        return lambda values: text in values
    wanted = folded(text)
    if modifier == "contains":
        return lambda values: any(wanted in folded(value) for value in values)
    return lambda values: any(folded(value).startswith(wanted) for value in values)


def _date_test(text: str) -> Callable[[Sequence[Any]], bool]:
    prefix, rest = (text[:2], text[2:]) if text[:2] in _COMPARISONS else ("eq", text)
    wanted = span(rest)
    if wanted is None:
        raise bad_request(f"{text!r} is not a date")
    return lambda values: any(_compare(prefix, value, wanted) for value in values)


def _compare(prefix: str, value: Span, wanted: Span) -> bool:
    return _COMPARISONS[prefix](value, wanted)


def _is_within(value: Span, wanted: Span) -> bool:
    return wanted.low <= value.low and value.high <= wanted.high


def _is_near(value: Span, wanted: Span) -> bool:
    return value.low < wanted.high + _CLOSE and value.high > wanted.low - _CLOSE


# FHIR R4 §3.1.1.3.1, with spans as half-open intervals.
_COMPARISONS: dict[str, Callable[[Span, Span], bool]] = {
    "eq": _is_within,
    "ne": lambda value, wanted: not _is_within(value, wanted),
    "gt": lambda value, wanted: value.high > wanted.high,
    "lt": lambda value, wanted: value.low < wanted.low,
    "ge": lambda value, wanted: value.high > wanted.low,
    "le": lambda value, wanted: value.low < wanted.high,
    "sa": lambda value, wanted: value.low >= wanted.high,
    "eb": lambda value, wanted: value.high <= wanted.low,
    "ap": _is_near,
}
