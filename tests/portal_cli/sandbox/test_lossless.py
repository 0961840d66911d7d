"""Resources come back as they went in, but for what a server must set."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.lossless import NotJsonError, decode, encode

if TYPE_CHECKING:
    from tests.portal_cli.sandbox.conftest import Caller

ODD = (
    '{"status":"final","resourceType":"Observation","code":{"text":"é"},"valueQuantity":{"value":1.00},'
    '"subject":{"reference":"Patient/ada"},"extension":[{"zebra":123456789012345678901234567890,'
    '"aardvark":[1E+2,1e-9,-0.0,100.10]}],"component":[]}'
)


def test_numbers_keep_their_text() -> None:
    text = b'{"b":1.00,"a":[123456789012345678901234567890,1E+2,0.000000010,-0.0,1.5e-7]}'
    assert encode(decode(text)) == text


@pytest.mark.parametrize("text", [b"", b"{", b'{"a":\xff}', b"[" * 100_000, b'{"a":NaN}'])
def test_what_is_not_json_is_refused_by_name(text: bytes) -> None:
    with pytest.raises(NotJsonError):
        decode(text)


def test_a_loaded_resource_keeps_numbers_order_and_unknown_elements(ada: Caller) -> None:
    text = ada.get("Observation/glucose").text
    assert '"value":1.00' in text
    assert '"zebra":123456789012345678901234567890,"aardvark":[1E+2,-0.0]' in text
    assert '"valueDecimal":0.000000010' in text
    assert list(json.loads(text)) == [
        "status",
        "resourceType",
        "code",
        "valueQuantity",
        "subject",
        "effectiveDateTime",
        "extension",
        "id",
        "meta",
    ]


def test_a_written_resource_comes_back_with_only_id_and_meta_added(ada: Caller) -> None:
    created = ada.call("POST", "Observation", ODD)
    assert created.status_code == 201
    body = created.json or {}
    added = f'"id":"{body["id"]}","meta":{json.dumps(body["meta"], separators=(",", ":"))},'
    assert created.text.replace(added, "") == ODD


def test_other_meta_fields_stay(ada: Caller) -> None:
    meta = (ada.get("Observation/pulse").json or {})["meta"]
    assert meta["tag"] == [{"code": "kept"}]
    assert meta["versionId"] == "1"


def test_a_search_gives_the_very_bytes_of_a_read(ada: Caller) -> None:
    assert ada.get("Observation/glucose").text in ada.get("Observation?_id=glucose").text
