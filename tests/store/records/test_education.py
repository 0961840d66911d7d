"""What is asked about a record, and how articles that come back are read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.records import education
from store.records.education import SYSTEMS
from store.records.text import Safe, sanitize

ICD, RXNORM, LOINC, SNOMED = list(SYSTEMS)[:4]


def concept(*codings: tuple[str, str, str]) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": name} for system, code, name in codings]}


def feed(*entries: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"feed": {"entry": list(entries), **more}}).encode()


def test_a_condition_is_asked_about_by_its_code_alone() -> None:
    subject = education.subject_of({"code": concept((SNOMED, "38341003", "Hypertension"), (ICD, "I10", "Essential"))})
    assert subject is not None
    assert (subject.code, subject.system, subject.name) == ("I10", SYSTEMS[ICD], "")


def test_a_medicine_is_asked_about_with_its_name() -> None:
    subject = education.subject_of({"medicationCodeableConcept": concept((RXNORM, "861007", "metformin 500 MG"))})
    assert subject is not None
    assert (subject.code, subject.name) == ("861007", "metformin 500 MG")


@pytest.mark.parametrize(
    "resource",
    [{}, {"code": {"text": "Sore knee"}}, {"code": concept(("http://example.org", "1", "x"))}, {"code": 7}]
    + [{"code": {"coding": [{"system": LOINC, "code": code}]}} for code in (None, 7, " ", ["4548-4"])],
)
def test_a_record_without_a_known_code_is_not_asked_about(resource: dict[str, Any]) -> None:
    assert education.subject_of(resource) is None


def test_articles_are_read_with_their_author_and_link() -> None:
    found = education.read_feed(
        feed(
            {
                "title": {"_value": "Gout"},
                "link": [{"href": "javascript:alert(1)"}, {"href": "https://medlineplus.gov/gout.html"}],
                "summary": {"_value": "<p>A <b>joint</b>&nbsp;hurts.</p><ul><li>Rest</li><li>Cool it</li></ul>"},
                "updated": {"_value": "2026-11-01T00:00:00Z"},
            },
            author={"name": {"_value": "U.S. National Library of Medicine"}},
        )
    )
    (article,) = found.articles
    assert found.author == "U.S. National Library of Medicine"
    assert (article.title, article.link) == ("Gout", "https://medlineplus.gov/gout.html")
    assert article.text == "A joint hurts.\n\n- Rest\n- Cool it"
    assert article.updated is not None


def test_one_entry_that_is_no_list_and_none_at_all_are_read() -> None:
    lone = json.dumps({"feed": {"entry": {"title": "Gout"}}}).encode()
    assert [article.title for article in education.read_feed(lone).articles] == ["Gout"]
    assert education.read_feed(b'{"feed":{}}').articles == ()


@pytest.mark.parametrize("body", [b"", b"[]", b"<feed/>", b'{"feed":7}', b'{"feed":null}', b"[" * 100_000, b'{"a":1}'])
def test_what_is_no_feed_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="no feed"):
        education.read_feed(body)


def test_scripts_and_styles_are_no_text_and_depth_does_no_harm() -> None:
    assert education.plain("<p>a<script>steal()</script><style>p{}</style>b</p>") == "ab"
    assert education.plain("<div>" * 200_000 + "deep") == "deep"
    assert education.plain("a<br>b<br/>c") == "a\nb\nc"


@given(
    st.text()
    | st.lists(st.sampled_from(["<p>", "</p>", "<li>", "<b", "&#27;", "\x1b]0;x\x07", "a", "\n"])).map("".join)
)
def test_whatever_the_markup_its_text_is_safe_to_show(markup: str) -> None:
    found = education.plain(markup)
    assert isinstance(found, Safe)
    assert found == sanitize(found)
    assert "\x1b" not in found


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["entry", "title", "_value", "link", "href", "summary", "author", "name"]), inner
            )
        ),
    )
)
def test_whatever_a_feed_holds_it_is_read_or_refused(inside: Any) -> None:
    try:
        found = education.read_feed(json.dumps({"feed": inside}).encode())
    except ValueError:
        return
    assert all(isinstance(article.text, Safe) for article in found.articles)
