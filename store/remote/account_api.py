"""The account API of portals that have one: a small JSON service beside FHIR, with problem documents (RFC 9457)."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from store.errors import AccountRefused, BadAnswer, InsecureAddress, SignInNeeded
from store.records.text import one_line
from store.remote import pauses
from store.remote.fhir import authorized
from store.remote.http import MAX_DESCRIPTION_BYTES, Request, join, origin_of
from store.remote.json_body import json_object

if TYPE_CHECKING:
    from store.remote.fhir import TokenSource
    from store.remote.http import Answer, Http

_MOST_WORDS = 300
_SIGN_IN = frozenset({"sign-in-needed", "insufficient-scope"})


def address(smart: bytes, base_url: str) -> str | None:
    """Where a portal's SMART configuration says that its account API is; None for none on the portal's own origin."""
    named = json_object(smart).get("account_api_endpoint")
    if not isinstance(named, str) or not named:
        return None
    try:
        found = join(f"{base_url}/", named)
        return found.rstrip("/") if origin_of(found) == origin_of(base_url) else None
    except InsecureAddress:
        return None


class AccountApi:
    """Requests to the account API at an address; `tokens`, where they are given, say whose account it is about."""

    def __init__(self, http: Http, at: str, name: str, tokens: TokenSource | None = None) -> None:
        self._http = http
        self._at = at
        self._name = name
        self._tokens = tokens

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The JSON object that a request is answered with; empty where there is nothing to say.

        Raises AccountRefused, SignInNeeded, BadAnswer, Unreachable.
        """
        content = None if body is None else json.dumps(body).encode()
        headers = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if content else {})

        def once(token: str | None) -> Answer:
            request = Request(method, self._at + path, headers, content, token, most=MAX_DESCRIPTION_BYTES)
            return self._http.send(request)

        answer = authorized(self._tokens, once) if self._tokens else once(None)
        found = json_object(answer.body)
        if answer.is_ok:
            if not found and answer.body.strip() not in {b"", b"{}"}:
                raise BadAnswer(self._http.origin, "it is no answer of an account service", answer.status)
            return found
        raise self._refusal(answer, found)

    def _refusal(self, answer: Answer, found: dict[str, Any]) -> Exception:
        key = str(found.get("type", "")).rpartition("/")[2]
        if answer.status == 401 or key in _SIGN_IN:  # noqa: PLR2004 - HTTP's own number for it
            return SignInNeeded(self._name)
        if answer.status >= 500 or answer.status < 400 or "title" not in found:  # noqa: PLR2004 - classes of HTTP
            return BadAnswer(self._http.origin, f"HTTP status {answer.status}", answer.status)
        left = found.get("attempts_left")
        return AccountRefused(
            one_line(key)[:40],
            _sentence(found.get("title")),
            _details(found.get("errors")),
            attempts_left=left if isinstance(left, int) else None,
            wait=pauses.named(answer.headers, time.time()),
        )


def _sentence(text: object) -> str:
    words = one_line(text)[:_MOST_WORDS].rstrip(".") if isinstance(text, str) else ""
    return words or "the portal refused it"


def _details(errors: object) -> tuple[str, ...]:
    listed = [item for item in errors[:20] if isinstance(item, dict)] if isinstance(errors, list) else []
    return tuple(f"{one_line(str(item.get('field', '')))[:40]}: {_sentence(item.get('detail'))}" for item in listed)
