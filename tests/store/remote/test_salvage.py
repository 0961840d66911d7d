"""Saving what can be saved of a page with one resource that no decoder takes."""

from __future__ import annotations

import json

import pytest

from store.remote.salvage import salvage
from tests.support.hostile import bundle, resource

GOOD = [resource("Observation", "a", code={"text": 'odd "}{][ \\ text'}), resource("Goal", "b", note=[{"entry": []}])]
LINK = b'[{"relation":"next","url":"/fhir/x?entry=[]"}]'


def page(*bodies: bytes, link: bytes = LINK) -> bytes:
    entries = b",".join(b'{"fullUrl":"u","resource":' + body + b',"search":{"mode":"match"}}' for body in bodies)
    return b'{"total":3, "link" : ' + link + b',"entry":[' + entries + b'], "resourceType": "Bundle"}'


@pytest.mark.parametrize(
    "bad",
    [b'{"resourceType":"Goal","id":"x","t":"\\ud800"}', b'{"a":' * 9_000 + b"1" + b"}" * 9_000, b'{"a":tru}'],
    ids=["lone surrogate", "too deep", "no JSON"],
)
def test_one_bad_resource_leaves_the_others_of_its_page(bad: bytes) -> None:
    saved = salvage(page(GOOD[0], bad, GOOD[1]))
    assert saved is not None
    assert saved.resources == (GOOD[0], bad, GOOD[1])
    assert saved.link == LINK


def test_what_a_decoder_takes_is_cut_in_the_same_way() -> None:
    body = bundle(GOOD)
    saved = salvage(body)
    assert saved is not None
    assert [json.loads(part) for part in saved.resources] == [entry["resource"] for entry in json.loads(body)["entry"]]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"resourceType":"Patient","entry":[{"resource":{}}]}', page(*GOOD)[:-3]]
)
def test_what_is_no_whole_bundle_is_not_cut(body: bytes) -> None:
    assert salvage(body) is None
