from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.records import catalog, envelope, refills
from tests.store.records.reading import is_harmless, read_with_every_reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.records.elements import Json

CONCEPT = {"coding": [{"system": "s", "code": "H", "display": "d"}], "text": "t"}
REFERENCE = {"reference": "Patient/1", "type": "Patient", "identifier": {"value": "v"}, "display": "d"}
QUANTITY = {"value": Decimal(1), "comparator": "<", "unit": "mg", "code": "mg"}
PERIOD = {"start": "2024-05-17T09:30:00Z", "end": "2025"}
ATTACHMENT = {"contentType": "text/plain", "data": "aGVsbG8=", "title": "t"}
COMMON: dict[str, Any] = {
    "id": "1",
    "meta": {"versionId": "1", "lastUpdated": "2024-05-17T09:30:00Z"},
    "status": "active",
    "category": [CONCEPT],
    "text": {"div": "<div>d</div>"},
    "contained": [{"id": "m", "code": CONCEPT}],
}
WHOLE: list[dict[str, Any]] = [
    {
        "resourceType": "Observation",
        **COMMON,
        "code": CONCEPT,
        "interpretation": [CONCEPT],
        "effectivePeriod": PERIOD,
        "valueQuantity": QUANTITY,
        "referenceRange": [{"low": QUANTITY, "high": QUANTITY, "text": "t"}],
        "dataAbsentReason": CONCEPT,
        "component": [{"code": {"coding": [{"code": "8480-6"}]}, "valueQuantity": QUANTITY}],
    },
    {
        "resourceType": "Observation",
        "valueRatio": {"numerator": QUANTITY, "denominator": QUANTITY},
        "component": [
            {"code": CONCEPT, "valueRange": {"low": QUANTITY, "high": QUANTITY}},
            {"code": CONCEPT, "valuePeriod": PERIOD},
        ],
    },
    {
        "resourceType": "MedicationRequest",
        **COMMON,
        "medicationReference": {"reference": "#m"},
        "requester": REFERENCE,
        "dosageInstruction": [
            {
                "doseAndRate": [{"doseQuantity": QUANTITY}],
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
                "asNeededBoolean": True,
            }
        ],
        "dispenseRequest": {"validityPeriod": PERIOD, "numberOfRepeatsAllowed": 1, "quantity": QUANTITY},
    },
    {
        "resourceType": "Appointment",
        **COMMON,
        "serviceType": [CONCEPT],
        "start": "2024-05-17T09:30:00Z",
        "requestedPeriod": [PERIOD],
        "participant": [{"actor": {"reference": "Practitioner/1", "display": "d"}}],
    },
    {
        "resourceType": "Communication",
        **COMMON,
        "partOf": [REFERENCE],
        "sender": REFERENCE,
        "recipient": [REFERENCE],
        "payload": [{"contentString": "s"}, {"contentAttachment": ATTACHMENT}],
    },
    {
        "resourceType": "Task",
        **COMMON,
        "identifier": [{"system": refills.REQUEST_ID_SYSTEM, "value": "v"}],
        "focus": REFERENCE,
        "note": [{"text": "t"}],
        "statusReason": CONCEPT,
    },
    {
        "resourceType": "Patient",
        **COMMON,
        "name": [{"use": "usual", "given": ["g"], "family": "f"}],
        "telecom": [{"system": "phone", "value": "v", "use": "home"}],
        "address": [{"line": ["l"], "city": "c", "postalCode": "p"}],
        "birthDate": "2024",
    },
    {
        "resourceType": "DocumentReference",
        **COMMON,
        "type": CONCEPT,
        "content": [{"attachment": ATTACHMENT}],
        "presentedForm": [ATTACHMENT],
    },
    {
        "resourceType": "Claim",
        **COMMON,
        "item": [{"productOrService": CONCEPT, "net": {"value": Decimal(1), "currency": "USD"}}],
        "billablePeriod": PERIOD,
    },
]
WRONG: list[Any] = [
    None, True, -1, Decimal("1E+400"), "", "\x1b[2J\u202e\r\n", "9" * 5_000, "#", "//", [], [[]], [{}], ["x", 1],
    [[{"text": "x"}]], {}, {"": ""}, {"value": {}, "unit": []}, {"coding": {"code": []}}, {"reference": {}},
    "0001-01-01T00:00:00+14:00", {"start": []},
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    sorted({name for resource in WHOLE for name in resource} | set(envelope._TITLES) | set(envelope._DATES))
)


def places(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


def with_part(resource: Json, path: tuple[str | int, ...], part: Any) -> Json:
    changed: Any = copy.deepcopy(resource)
    *way, last = path
    node = changed
    for key in way:
        node = node[key]
    node[last] = part
    return dict(changed)


@pytest.mark.parametrize("resource", WHOLE, ids=lambda resource: resource["resourceType"])
def test_any_one_part_of_a_resource_may_be_wrong(resource: Json) -> None:
    for path in places(resource):
        for part in WRONG:
            read_with_every_reader(with_part(resource, path, part))


@given(st.dictionaries(NAMES, JSON, max_size=8), st.sampled_from([*catalog.RECORD_TYPES, "Claim", "Basic"]))
def test_any_json_in_any_element_is_read(parts: dict[str, Any], type_name: str) -> None:
    read_with_every_reader({**parts, "resourceType": type_name})


@given(JSON)
def test_any_json_as_a_type_is_read(type_name: Any) -> None:
    assert is_harmless(catalog.read_envelope({"resourceType": type_name}).title)


def test_a_resource_of_nothing_but_brackets_is_read() -> None:
    read_with_every_reader(json.loads('{"a":' + "[" * 800 + "]" * 800 + "}"))
    read_with_every_reader(json.loads('{"a":' * 800 + "1" + "}" * 800))
