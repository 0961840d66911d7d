"""What a mode refuses before the portal behind it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from portal_cli.sandbox.lossless import decode, encode
from portal_cli.sandbox.quirks.mode import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.parameters.table import Parameter
    from portal_cli.sandbox.quirks.asked import Asked
    from portal_cli.sandbox.quirks.mode import Mode

JSON = "application/fhir+json; charset=utf-8"
# The system of the codes of Epic; no other vendor here has codes of its own.
_VENDOR_CODES = "urn:oid:1.2.840.114350.1.13.0.1.7.2.657369"
_SUBJECTS = ("patient", "subject", "_id")
_LOWER, _UPPER = frozenset({"ge", "gt"}), frozenset({"le", "lt"})
_UPDATES = frozenset({"PUT", "PATCH", "DELETE"})


def issue(words: Words, sentence: str) -> Json:
    """Build one issue of an OperationOutcome (FHIR R4 §2.36)."""
    found: Json = {"severity": words.severity, "code": words.code}
    if words.vendor_code:
        coding = {"system": _VENDOR_CODES, "code": words.vendor_code}
        found["details"] = {"coding": [coding], "text": sentence}
    return {**found, "diagnostics": sentence}


def refused(words: Words, sentence: str) -> Response:
    """Build the answer that refuses a request."""
    outcome = {"resourceType": "OperationOutcome", "issue": [issue(words, sentence)]}
    return Response(encode(outcome), words.status, content_type=JSON)


def not_offered(mode: Mode, asked: Asked) -> Response | None:
    """Refuse a type, an interaction or an operation that the vendor does not have."""
    kind, interaction = asked.kind, asked.interaction
    if kind in mode.hidden:
        return refused(Words(404, "not-supported"), f"there is no resource type {kind!r}")
    if asked.operation and mode.operations is not None and asked.operation not in mode.operations:
        return refused(Words(404, "not-supported"), f"there is no operation ${asked.operation}")
    if interaction and not mode.offers(kind, interaction):
        status = 404 if asked.method in {"GET", "HEAD"} else 405
        return refused(Words(status, "not-supported"), f"{kind or 'the system'} does not support {interaction} here")
    if asked.is_form and kind in mode.searching.without_form:
        return refused(Words(404, "not-supported"), f"{kind} is not searched with POST here")
    return None


def bad_search(mode: Mode, asked: Asked, parameters: Mapping[str, Parameter]) -> Response | None:
    """Refuse a search that lacks what the vendor demands, or has values it does not take."""
    given: dict[str, list[str]] = {}
    for name, value in asked.pairs:
        given.setdefault(name.partition(":")[0].partition(".")[0], []).append(value)
    checks: tuple[Callable[[Mode, str, dict[str, list[str]], Mapping[str, Parameter]], Response | None], ...] = (
        _without_patient,
        _without_required,
        _with_odd_value,
        _with_open_range,
    )
    for check in checks:
        refusal = check(mode, asked.kind, given, parameters)
        if refusal:
            return refusal
    return None


def unmatched(mode: Mode, asked: Asked) -> Response | None:
    """Refuse an update that does not say which version it is of."""
    status = mode.writes.unmatched
    if status and asked.method in _UPDATES and asked.kind and not asked.request.headers.get("If-Match"):
        return refused(Words(status, "required"), "If-Match is required")
    return None


def too_many(mode: Mode, asked: Asked) -> Response | None:
    """Refuse a create that has more of an element than the vendor takes."""
    limits = [place.split(".") for place in mode.writes.most if place.startswith(f"{asked.kind}.")]
    if asked.interaction != "create" or not limits:
        return None
    try:
        body = decode(asked.body())
    except ValueError:
        return None  # the portal itself says what is wrong with it
    for kind, element in limits:
        most, found = mode.writes.most[f"{kind}.{element}"], body.get(element) if isinstance(body, dict) else None
        if isinstance(found, list) and len(found) > most:
            return refused(Words(422, "business-rule"), f"{kind}.{element}: at most {most}")
    return None


def _without_patient(
    mode: Mode, kind: str, given: dict[str, list[str]], parameters: Mapping[str, Parameter]
) -> Response | None:
    if (
        mode.searching.needs_patient
        and "patient" in parameters
        and kind != "Patient"
        and given.keys().isdisjoint(_SUBJECTS)
    ):
        return refused(mode.searching.missing, "patient or _id is required")
    return None


def _without_required(
    mode: Mode, kind: str, given: dict[str, list[str]], _parameters: Mapping[str, Parameter]
) -> Response | None:
    required = mode.searching.required.get(kind, ())
    if required and given.keys().isdisjoint(required):
        return refused(mode.searching.missing, f"must have {' or '.join(required)}")
    return None


def _with_odd_value(
    mode: Mode, kind: str, given: dict[str, list[str]], _parameters: Mapping[str, Parameter]
) -> Response | None:
    for place, allowed in mode.searching.values.items():
        wanted, _, name = place.partition(".")
        values = {part.rpartition("|")[2] for text in given.get(name, ()) for part in text.split(",")}
        if wanted == kind and not values <= allowed:
            return refused(Words(400, "value"), f"{name} must be one of {', '.join(sorted(allowed))}")
    return None


def _with_open_range(
    mode: Mode, kind: str, given: dict[str, list[str]], parameters: Mapping[str, Parameter]
) -> Response | None:
    if not mode.searching.closed_ranges:
        return None
    for name, values in given.items():
        if name not in parameters or parameters[name].kind != "date":
            continue
        if not mode.searching.open_ranges.isdisjoint({name, f"{kind}.{name}"}):
            continue
        ends = {text[:2] for text in values}
        if ends & (_LOWER | _UPPER) and not (ends & _LOWER and ends & _UPPER):
            return refused(Words(400, "value"), f"{name} must be a closed range: ge and lt")
    return None
