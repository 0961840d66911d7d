"""Which patient a sign-in is for, and who signed in, as far as a portal has proved it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from store.errors import RemoteError
from store.records import patients
from store.remote.discovery import with_keys
from store.remote.http import Request
from store.remote.json_body import json_object
from store.remote.token_answers import person

if TYPE_CHECKING:
    from store.remote.discovery import Smart
    from store.remote.http import Http
    from store.remote.token_answers import Tokens

_UNPROVED = "The portal publishes no keys, so what it says of who signed in could not be checked and was not used."
_ELSEWHERE = "The portal names somebody on another server as who signed in; that was not used."


@dataclass(frozen=True)
class Identified:
    """Tokens with the patient they are for, and what the person who signs in should know."""

    tokens: Tokens
    notes: tuple[str, ...] = ()


def identify(
    http: Http, smart: Smart, base_url: str, tokens: Tokens, *, client_id: str, nonce: str | None
) -> Identified:
    """Work out whom tokens are for: `patient` of the answer, else the patient who signed in.

    `fhir_user` becomes `Type/id`. Raises BadAnswer when a proof of who signed in does not hold.
    """
    claims: dict[str, object] = {}
    notes: list[str] = []
    smart = with_keys(http, smart, base_url) if tokens.id_token else smart
    if tokens.id_token and smart.jwks_uri:
        # Deferred: only a sign-in with an identity token needs signatures.
        from store.remote.identity import Expected, checked_claims  # noqa: PLC0415

        claims = checked_claims(http, smart, base_url, tokens.id_token, Expected(client_id, nonce, tokens.served))
    elif tokens.id_token:
        notes.append(_UNPROVED)
    told = claims.get("fhirUser") or tokens.fhir_user
    who = person(told, base_url) if isinstance(told, str) else ""
    if told and not who:
        notes.append(_ELSEWHERE)
    named = who.partition("/")[2] if who.startswith("Patient/") else ""
    return Identified(replace(tokens, patient=tokens.patient or named, fhir_user=who), tuple(notes))


def name_of(http: Http, base_url: str, tokens: Tokens) -> str:
    """The name of the patient whom tokens are for, asked of the portal; nothing where it does not tell."""
    url = f"{base_url}/Patient/{quote(tokens.patient, safe='')}"
    try:
        answer = http.send(Request("GET", url, {"Accept": "application/fhir+json"}, token=tokens.access))
        found = json_object(answer.body) if answer.is_ok else {}
    except RemoteError:
        return ""
    return patients.read(found).name
