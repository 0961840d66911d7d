"""From served bytes to records, whatever the bytes are."""

from __future__ import annotations

import json

import pytest

from store.records.incoming import decode
from store.sync.decode import Whose, decode_all, references

BASE = "https://portal.example/fhir"
TYPES = frozenset({"Practitioner", "Organization"})
OURS = Whose(BASE, "p1")
GOOD = b'{"resourceType":"Observation","id":"o1"}'


def refer(*texts: str) -> bytes:
    return json.dumps({"performer": [{"reference": text} for text in texts]}).encode()


def test_a_record_keeps_its_own_bytes() -> None:
    body = (
        b'{\n "id":"o1", "odd":1.00,\t"resourceType" : "Observation","n":123456789012345678901234567890,"x":{"y":1e2}}'
    )
    record = decode(body)
    assert record
    assert record.body == body
    assert (record.type, record.id, record.version, record.last_updated) == ("Observation", "o1", None, None)


def test_version_and_time_are_those_of_the_portal() -> None:
    record = decode(b'{"resourceType":"Task","id":"t","meta":{"versionId":"7","lastUpdated":"2026-03-01T12:00:00Z"}}')
    assert record
    assert (record.version, record.last_updated) == ("7", "2026-03-01T12:00:00Z")
    odd = decode(b'{"resourceType":"Task","id":"t","meta":{"versionId":7,"lastUpdated":null}}')
    assert odd
    assert (odd.version, odd.last_updated) == (None, None)


@pytest.mark.parametrize("record_id", ["a", "A-1.b", "x" * 64])
def test_every_id_of_the_standard_is_taken(record_id: str) -> None:
    record = decode(json.dumps({"resourceType": "Task", "id": record_id}).encode())
    assert record
    assert record.id == record_id


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"resourceType":"Task"}', "no usable id"),
        (b'{"resourceType":"Task","id":7}', "no usable id"),
        (b'{"resourceType":"Task","id":""}', "no usable id"),
        (b'{"resourceType":"Task","id":"a b"}', "no usable id"),
        (b'{"resourceType":"Task","id":"a\\n"}', "no usable id"),
        (b'{"resourceType":"Task","id":"../x"}', "no usable id"),
        (b'{"resourceType":"Task","id":"' + b"x" * 257 + b'"}', "no usable id"),
        (b'{"id":"o1"}', "no resource type"),
        (b'{"resourceType":7,"id":"o1"}', "no resource type"),
        (b'{"resourceType":"task","id":"o1"}', "no resource type"),
        (b'{"resourceType":"Ta sk","id":"o1"}', "no resource type"),
        (b'{"resourceType":"Task","id":"o1","x":"\xff"}', "utf-8"),
        (b'{"resourceType":"Task","id":"o1"', "truncated"),
        (b"", "truncated"),
        (b"[]", "object"),
        (b"7", "object"),
        (b"<html>", "malformed"),
        (b'{"resourceType":"Task","id":"o1","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
        (b'{"resourceType":"Task","id":"o1","x":1e99999999999999999999}', "out of all bounds"),
    ],
)
def test_what_is_no_resource_is_refused_with_its_reason(body: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        decode(body)
    found = decode_all([GOOD, body, GOOD], OURS)
    assert len(found.records) == 2
    assert [item.body for item in found.unusable] == [body]
    assert why in found.unusable[0].why


def test_a_reason_is_short_and_safe_to_show() -> None:
    found = decode_all([b'{"resourceType":"Task","id":"\\u001b[31m' + b"x" * 500 + b'"}', b'{"\x1b":'], OURS)
    assert len(found.unusable) == 2
    assert all(len(str(item)) < 300 and "\x1b" not in str(item) for item in found.unusable)


def test_a_portals_comment_on_a_search_is_no_record() -> None:
    found = decode_all([b'{"resourceType":"OperationOutcome","issue":[]}', GOOD], OURS)
    assert ([record.id for record in found.records], found.unusable, found.failures) == (["o1"], (), ())


def about(*references: str, name: str = "subject") -> bytes:
    return json.dumps(
        {"resourceType": "Observation", "id": "o", name: [{"reference": text} for text in references]}
    ).encode()


@pytest.mark.parametrize("name", ["subject", "patient", "beneficiary", "individual", "for"])
@pytest.mark.parametrize(
    "reference", ["Patient/other", f"{BASE}/Patient/other", "Patient/other/_history/2", "Patient/p2"]
)
def test_a_record_about_another_patient_is_not_taken(name: str, reference: str) -> None:
    found = decode_all([about(reference, name=name), GOOD], OURS)
    assert ([record.id for record in found.records], [item.name for item in found.unusable]) == (
        ["o1"],
        ["Observation/o"],
    )
    assert "another patient" in found.unusable[0].why


@pytest.mark.parametrize(
    "body",
    [
        about("Patient/p1"),
        about(f"{BASE}/Patient/p1"),
        about("Patient/p1/_history/7"),
        about("Patient/other", "Patient/p1"),
        about("Patient/other", name="performer"),
        about("https://elsewhere.example/fhir/Patient/other"),
        about("#contained", "urn:uuid:9e0ecf4a-2c1f-4b0b-8b0b-2b0b2b0b2b0b", "Group/g"),
        about("Patient/before"),
        b'{"resourceType":"Patient","id":"before"}',
    ],
)
def test_a_record_about_the_patient_by_any_of_its_names_is_taken(body: bytes) -> None:
    ours = Whose(BASE, "p1")
    ours.learn({"link": [{"other": {"reference": "Patient/before"}, "type": "replaces"}, {"other": 7}, 7]})
    assert len(decode_all([body], ours).records) == 1


def test_the_record_of_another_patient_is_not_taken() -> None:
    found = decode_all([b'{"resourceType":"Patient","id":"p2"}', b'{"resourceType":"Patient","id":"p1"}'], OURS)
    assert ([record.id for record in found.records], [item.name for item in found.unusable]) == (["p1"], ["Patient/p2"])


def test_what_no_decoder_takes_is_named_by_what_it_says_of_itself() -> None:
    deep = b'{"resourceType" : "Observation", "id":"deep", "x":' + b"[" * 9000 + b"]" * 9000 + b"}"
    found = decode_all([deep, b'{"x":'], OURS)
    assert found.unusable[0].name == "Observation/deep"
    assert found.unusable[1].name.startswith("a record without an id")


def test_references_to_this_portal_are_found() -> None:
    body = refer(
        "Practitioner/d1", f"{BASE}/Practitioner/d2", "Practitioner/d3/_history/2", f"{BASE}/Organization/o-1.x"
    )
    assert references([body], BASE, TYPES) == {
        ("Practitioner", "d1"), ("Practitioner", "d2"), ("Practitioner", "d3"), ("Organization", "o-1.x"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "https://other.example/fhir/Practitioner/d1",
        "https://portal.example/fhirother/Practitioner/d1",
        f"{BASE}/tenant/Practitioner/d1",
        "Patient/p1",
        "#contained",
        "urn:uuid:0193a7c4-5e21-7b10-9c3d-1a6c2d7f0004",
        "urn:x:/Practitioner/d1",
        "Practitioner/",
        "Practitioner/..",
        "Practitioner/a/b",
        "Practitioner/d1?x",
        "practitioner/d1",
        "",
        "x" * 700,
    ],
)
def test_references_that_lead_elsewhere_are_not_followed(text: str) -> None:
    assert references([refer(text)], BASE, TYPES) == set()


def test_references_may_be_spaced_and_escaped() -> None:
    body = b'{"a":{"reference" :\n "Practitioner\\/d1"},"b":{"reference":"Organi\\u007aation/o1"}}'
    assert references([body], BASE, TYPES) == {("Practitioner", "d1")}
