from __future__ import annotations

import base64
import json

import pytest

from store.errors import InsecureAddress
from store.records.attachments import Attachment, address, find, may_have
from store.records.text import Safe

BASE = "https://portal.example/fhir"


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "DocumentReference", "content": [{"attachment": {"url": "Binary/1"}, "format": {}}]},
        {"resourceType": "DiagnosticReport", "presentedForm": [{"url": "Binary/1"}]},
        {"resourceType": "Media", "content": {"url": "Binary/1"}},
        {
            "resourceType": "Communication",
            "payload": [{"contentString": "x"}, {"contentAttachment": {"url": "Binary/1"}}],
        },
        {"resourceType": "Consent", "sourceAttachment": {"url": "Binary/1"}},
        {"resourceType": "Patient", "photo": [{"url": "Binary/1"}]},
        {"resourceType": "Basic", "extension": [{"url": "http://x", "valueAttachment": {"url": "Binary/1"}}]},
        {"resourceType": "Basic", "contained": [{"resourceType": "Media", "content": {"url": "Binary/1"}}]},
        {"resourceType": "ExplanationOfBenefit", "form": {"url": "Binary/1"}},
        {"resourceType": "QuestionnaireResponse", "item": [{"answer": [{"valueAttachment": {"url": "Binary/1"}}]}]},
    ],
    ids=lambda resource: resource["resourceType"],
)
def test_an_attachment_is_found_wherever_it_stands(resource: dict[str, object]) -> None:
    assert [item.url for item in find(resource)] == ["Binary/1"]
    assert may_have(json.dumps(resource).encode())


def test_attachments_come_in_their_order_with_all_that_is_said_of_them() -> None:
    found = find(
        {
            "resourceType": "DocumentReference",
            "content": [
                {"attachment": {"contentType": "application/pdf", "title": "a\x1bb", "url": " Binary/1 ", "size": 7}},
                {"attachment": {"data": "aGk=\n", "size": True}},
            ],
        }
    )
    assert found == (
        Attachment(Safe("application/pdf"), Safe("a␛b"), "Binary/1", 7, None),
        Attachment(content=b"hi"),
    )


def test_elements_that_share_a_name_with_attachments_are_none() -> None:
    resource = {
        "resourceType": "Basic",
        "form": {"coding": [{"code": "tablet"}], "url": "x"},
        "content": [{"url": "x", "reference": "y"}],
        "extension": [{"url": "http://x", "valueUri": "y"}],
        "photo": ["x", {"title": "neither content nor address"}],
        "presentedForm": "x",
    }
    assert find(resource) == ()


def test_data_that_is_not_base64_counts_for_nothing() -> None:
    assert find({"resourceType": "Media", "content": {"data": "§"}}) == ()
    assert find({"resourceType": "Media", "content": {"data": 5, "url": "Binary/1"}})[0].content is None


def test_a_binary_is_its_own_attachment_and_a_contained_one_that_of_whoever_points_at_it() -> None:
    data = base64.b64encode(b"hello").decode()
    binary = {"resourceType": "Binary", "id": "b", "contentType": "text/plain", "data": data}
    assert find(binary) == (Attachment(Safe("text/plain"), content=b"hello"),)
    holder = {"resourceType": "Media", "contained": [binary], "content": {"url": "#b"}}
    assert find(holder) == (Attachment(Safe("text/plain"), content=b"hello"),)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("Binary/1", f"{BASE}/Binary/1"),
        ("/files/1", "https://portal.example/files/1"),
        ("//other.example/1", "https://other.example/1"),
        ("https://other.example/1?sig=x#page=2", "https://other.example/1?sig=x"),
    ],
)
def test_an_address_is_absolute_and_without_fragment(url: str, found: str) -> None:
    assert address(BASE, url) == address(f"{BASE}/", url) == found


@pytest.mark.parametrize("url", ["urn:uuid:1", "data:text/plain,secret", "file:///etc/passwd", "http://[x"])
def test_what_is_no_web_address_is_refused_and_not_told(url: str) -> None:
    with pytest.raises(InsecureAddress) as caught:
        address(BASE, url)
    assert "secret" not in str(caught.value)


def test_an_address_in_a_record_whose_portal_is_lost_is_refused() -> None:
    with pytest.raises(InsecureAddress):
        address("", "Binary/1")
