"""Where a portal answers questions about codes, and what is asked there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import pytest

from store.errors import BadAnswer
from store.records.education import SYSTEMS, Subject
from store.records.text import Safe
from store.remote import infobutton
from tests.support.wire import Answer

if TYPE_CHECKING:
    from tests.support.hostile import ScriptedPortal

BASE = "https://portal.example/fhir"


def smart(where: object) -> bytes:
    return json.dumps({"infobutton_endpoint": where}).encode()


@pytest.mark.parametrize("where", ["https://portal.example/education", "/education"])
def test_a_portal_names_its_responder_on_its_own_origin(where: str) -> None:
    assert infobutton.address(smart(where), BASE) == "https://portal.example/education"


@pytest.mark.parametrize(
    "where", ["https://elsewhere.example/e", "http://portal.example/e", "file:///etc", "", None, 7]
)
def test_any_other_place_is_none(where: object) -> None:
    assert infobutton.address(smart(where), BASE) is None


def test_only_the_code_its_system_and_the_language_are_asked() -> None:
    url = infobutton.question(
        infobutton.MEDLINEPLUS, Subject(Safe(""), Safe("I10"), next(iter(SYSTEMS.values()))), "es"
    )
    parts = urlsplit(url)
    assert (parts.scheme, parts.hostname) == ("https", "connect.medlineplus.gov")
    assert dict(parse_qsl(parts.query)) == {
        "mainSearchCriteria.v.c": "I10",
        "mainSearchCriteria.v.cs": "2.16.840.1.113883.6.90",
        "informationRecipient.languageCode.c": "es",
        "knowledgeResponseType": "application/json",
    }


def test_a_question_goes_out_without_a_token_and_a_refusal_is_told(portal: ScriptedPortal) -> None:
    address = portal.base_url.removesuffix("/fhir") + "/education"
    portal.behaviours["/education"] = Answer(200, b"{}")
    assert infobutton.ask(f"{address}?a=b", 5) == b"{}"
    assert "authorization" not in portal.requests[-1].headers
    portal.behaviours["/education"] = Answer(404, b"no")
    with pytest.raises(BadAnswer, match="404"):
        infobutton.ask(address, 5)
