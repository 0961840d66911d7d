from __future__ import annotations

import json

import pytest

from store.export import ndjson
from tests.store.export.exporting import written

PLAIN = b'{"resourceType":"Patient", "id":"p1"}'


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_record_that_was_written_over_lines_becomes_one(end: str) -> None:
    body = end.join(["{", ' "resourceType" : "Observation",', ' "value": 1.00,', ' "note" : "a b\\n c"', "}"]).encode()
    assert written(ndjson.FORMAT, body) == b'{"resourceType":"Observation","value":1.00,"note":"a b\\n c"}\n'


def test_a_record_on_one_line_is_written_byte_for_byte() -> None:
    assert written(ndjson.FORMAT, PLAIN) == PLAIN + b"\n"


def test_every_record_is_a_line_of_its_own() -> None:
    lines = written(ndjson.FORMAT, PLAIN, b'{\n"resourceType":"Basic"}', PLAIN).splitlines()
    assert [json.loads(line)["resourceType"] for line in lines] == ["Patient", "Basic", "Patient"]


@pytest.mark.parametrize("number", ["1.00", "1E+2", "1e-9", "-0.0", "100.10", "12345678901234567890.123456789"])
def test_a_number_keeps_its_digits(number: str) -> None:
    body = f'{{"resourceType":"Basic",\n"value": {number}}}'.encode()
    assert written(ndjson.FORMAT, body) == f'{{"resourceType":"Basic","value":{number}}}\n'.encode()


def test_nothing_is_no_lines() -> None:
    assert written(ndjson.FORMAT) == b""
