from __future__ import annotations

import json
from decimal import Decimal

from fhir.resources.R4B.bundle import Bundle

from store.export import bundle
from tests.store.export.exporting import written

ODD = '{ "resourceType" : "Observation",\r\n "id":"1","zebra":1.00,"a":1E+2, "note":"é \\u00e9" }'.encode()
PATIENT = b'{"resourceType":"Patient","id":"p1"}'


def test_every_record_stands_in_the_bundle_byte_for_byte() -> None:
    document = written(bundle.FORMAT, ODD, PATIENT)
    assert ODD in document
    assert PATIENT in document


def test_the_document_is_one_bundle() -> None:
    document = json.loads(written(bundle.FORMAT, ODD, PATIENT), parse_float=Decimal)
    assert (document["resourceType"], document["type"]) == ("Bundle", "collection")
    assert [entry["resource"]["id"] for entry in document["entry"]] == ["1", "p1"]
    assert str(document["entry"][0]["resource"]["zebra"]) == "1.00"


def test_the_bundle_is_valid_fhir() -> None:
    Bundle.model_validate_json(written(bundle.FORMAT, PATIENT))


def test_a_bundle_of_nothing_is_json_too() -> None:
    assert json.loads(written(bundle.FORMAT))["entry"] == []
