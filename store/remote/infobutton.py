"""Asking an Infobutton responder (HL7, URL-based) about one code: never with a token, and never about a patient."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from store.errors import BadAnswer, InsecureAddress
from store.records.education import MOST_BYTES
from store.remote.http import Http, Request, join, origin_of
from store.remote.json_body import json_object

if TYPE_CHECKING:
    from store.records.education import Subject

MEDLINEPLUS = "https://connect.medlineplus.gov/service"
_CODE, _SYSTEM, _WORDS = (f"mainSearchCriteria.v.{part}" for part in ("c", "cs", "dn"))


def address(smart: bytes, base_url: str) -> str | None:
    """Where a portal's SMART configuration says that its responder is; None for none on the portal's own origin."""
    named = json_object(smart).get("infobutton_endpoint")
    if not isinstance(named, str) or not named:
        return None
    try:
        found = join(f"{base_url}/", named)
        return found if origin_of(found) == origin_of(base_url) else None
    except InsecureAddress:
        return None


def question(responder: str, subject: Subject, language: str) -> str:
    """The address that asks a responder about a code, or about words, in a language (ISO 639-1)."""
    asked = {_CODE: subject.code, _SYSTEM: subject.system.oid} if subject.system else {}
    if subject.name:
        asked[_WORDS] = subject.name
    asked |= {"informationRecipient.languageCode.c": language, "knowledgeResponseType": "application/json"}
    return f"{responder}?{urlencode(asked)}"


def ask(url: str, timeout: float) -> bytes:
    """The answer to a question. Raises Unreachable, BadAnswer, InsecureAddress."""
    with closing(Http(url, timeout)) as http:
        answer = http.send(Request("GET", url, {"Accept": "application/json"}, most=MOST_BYTES), patient=True)
    if not answer.is_ok:
        raise BadAnswer(urlsplit(url).hostname or url, f"it answered with {answer.status}")
    return answer.body
