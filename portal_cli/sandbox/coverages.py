"""The life of a Coverage: patients tell of an insurance, and of its end; what is on the card stays as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.instants import span
from portal_cli.sandbox.lossless import encode
from portal_cli.sandbox.outcomes import business_rule
from portal_cli.sandbox.references import follow

if TYPE_CHECKING:
    from portal_cli.sandbox.lossless import Json

_BEGINNINGS = frozenset({"active", "draft"})
_STEPS: dict[str, frozenset[str]] = {
    "draft": frozenset({"active", "cancelled", "entered-in-error"}),
    "active": frozenset({"cancelled", "entered-in-error"}),
}
_ENDS = ("start", "end")
_CHANGED = frozenset({"status", "period", "order", "meta", "text", "id"})


def check_new(coverage: Json) -> None:
    """Refuse an insurance that a patient may not tell of.

    Raises:
        FhirError: 422 unless it begins, names who pays, and has a time that is one.
    """
    status = coverage.get("status")
    if status not in _BEGINNINGS:
        raise business_rule(f"a patient tells of an insurance with the status active or draft, not {status}")
    if not any(isinstance(one, dict) and one for one in follow(coverage, "payor")):
        raise business_rule("an insurance names who pays: the payor is missing")
    _check_period(coverage)


def check_change(before: Json, after: Json) -> None:
    """Refuse a change of an insurance that is not a patient's to make: theirs is to say that it has ended.

    Raises:
        FhirError: 422 for any other change.
    """
    old, new = str(before.get("status")), str(after.get("status"))
    if old not in _STEPS:
        raise business_rule(f"an insurance that is {old} stays as it is")
    if new != old and new not in _STEPS[old]:
        raise business_rule(f"an insurance that is {old} cannot become {new}")
    changed = sorted(
        name for name in {*before, *after} - _CHANGED if encode(before.get(name)) != encode(after.get(name))
    )
    if changed:
        raise business_rule(f"the {changed[0]} of an insurance stays as it is: end it and add another")
    if [*follow(before, "period.start")] != [*follow(after, "period.start")]:
        raise business_rule("an insurance began when it began")
    _check_period(after)


def _check_period(coverage: Json) -> None:
    start, end = (next((span(str(text)) for text in follow(coverage, f"period.{name}")), None) for name in _ENDS)
    if start and end and end.high < start.low:
        raise business_rule("an insurance does not end before it begins")
