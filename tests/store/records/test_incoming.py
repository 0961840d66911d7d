from __future__ import annotations

import pytest

from store.records import incoming


@pytest.mark.parametrize(
    "body",
    [
        b'{"resourceType":"Observation","id":"o1"}',
        b'{"id":"o1","contained":[{"resourceType":"Patient","id":"inner"}],"meta":{"id":7},"resourceType":"Observation"}',
        b'{"resourceType":"Observ\\u0061tion","id":"\\u006f1"}',
    ],
)
def test_a_name_is_what_the_whole_resource_is_read_as(body: bytes) -> None:
    whole = incoming.decode(body)
    assert whole
    assert incoming.name(body) == (whole.type, whole.id) == ("Observation", "o1")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"resourceType":"Observation"}',
        b'{"resourceType":"Observation","id":7}',
        b'{"resourceType":null,"id":"o1"}',
        b'{"resourceType":"Observation","id":""}',
        b'{"resourceType":"Observation","id":"\xff"}',
        b'{"resourceType":"Observation","id":"o1"',
        b'{"deep":' + b"[" * 100_000,
    ],
)
def test_what_has_no_usable_name_has_none(body: bytes) -> None:
    assert incoming.name(body) is None
