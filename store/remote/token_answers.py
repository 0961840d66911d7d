"""What a token endpoint answers, and what of it is believed."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from store.errors import BadAnswer, InsecureAddress
from store.records.text import one_line
from store.remote.http import origin_of
from store.remote.json_body import json_object

if TYPE_CHECKING:
    from store.remote.http import Answer, Http

_DEFAULT_LIFE_SECONDS = 3600
_LONGEST_LIFE_SECONDS = 10 * 365 * 86400
_TOKEN = re.compile(r"[\x21-\x7e]+\Z")  # RFC 6749 appendix A.12, without the space
_PEOPLE = frozenset({"Patient", "RelatedPerson", "Practitioner", "PractitionerRole", "Person"})
_ID = re.compile(r"[^\s/?#%&\\]{1,256}\Z")  # wider than FHIR has it, since some portals are
_TRANSIENT = frozenset({"temporarily_unavailable", "server_error", "slow_down"})


@dataclass(frozen=True)
class Tokens:
    """A token answer (SMART App Launch 2.2 §2.0.12). `expires` is in seconds since 1970 UTC.

    `id_token` is as it came; what it claims is for `identity` to check. `served` is the time of the answer by the
    portal's own clock, or None.
    """

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    expires: int
    scope: str
    patient: str
    fhir_user: str
    id_token: str | None = field(default=None, repr=False)
    served: float | None = None


def read_tokens(http: Http, answer: Answer, requested: str) -> Tokens:
    """Read a token answer; `requested` are the scopes that count where it names none. Raises BadAnswer."""
    found = json_object(answer.body)
    access, kind = found.get("access_token"), found.get("token_type")
    if not isinstance(access, str) or not isinstance(kind, str) or kind.lower() != "bearer":
        raise BadAnswer(http.origin, "its token answer holds no bearer token", answer.status)
    if not _TOKEN.match(access):
        raise BadAnswer(http.origin, "its access token has characters that no token has", answer.status)
    refresh, patient, fhir_user = found.get("refresh_token"), found.get("patient"), found.get("fhirUser")
    id_token = found.get("id_token")
    return Tokens(
        access=access,
        refresh=refresh if isinstance(refresh, str) and _TOKEN.match(refresh) else None,
        expires=int(time.time()) + _life(found.get("expires_in")),
        scope=_scope(found.get("scope"), requested),
        patient=patient_id(patient),
        fhir_user=fhir_user if isinstance(fhir_user, str) else "",
        id_token=id_token if isinstance(id_token, str) else None,
        served=_time(answer.headers.get("date", "")),
    )


def person(fhir_user: str, base_url: str) -> str:
    """Who a `fhirUser` is, as `Type/id`, relative to the base or on this very portal; else nobody."""
    place = fhir_user.strip().partition("/_history/")[0]
    if "://" in place:
        try:
            if origin_of(place) != origin_of(base_url):
                return ""
        except InsecureAddress:
            return ""
    type_name, _, record_id = "/".join(place.split("/")[-2:]).partition("/")
    return f"{type_name}/{record_id}" if type_name in _PEOPLE and _ID.match(record_id) else ""


def words(answer: Answer) -> str:
    """A portal's own words for a refusal, made harmless."""
    found = json_object(answer.body)
    said = found.get("error_description") or found.get("error")
    return one_line(said) if isinstance(said, str) else f"HTTP status {answer.status}"


def ends_the_sign_in(answer: Answer) -> bool:
    """Whether a token endpoint has said that what renews a sign-in is no longer good, and not just that it failed."""
    error = json_object(answer.body).get("error")
    return answer.status in {400, 401, 403} and isinstance(error, str) and error not in _TRANSIENT


def patient_id(value: object) -> str:
    """The id of a patient; some portals send it with its type."""
    named = value.removeprefix("Patient/") if isinstance(value, str) else ""
    return named if _ID.match(named) else ""


def _scope(value: object, requested: str) -> str:
    """The granted scopes; some portals send them as a list."""
    if isinstance(value, list):
        value = " ".join(item for item in value if isinstance(item, str))
    return value if isinstance(value, str) else requested


def _time(header: str) -> float | None:
    """An HTTP date in seconds since 1970 UTC; None for what is none."""
    try:
        return parsedate_to_datetime(header).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _life(expires_in: object) -> int:
    """How many seconds a token lives: the number a portal gives, some as a text, or an hour."""
    if isinstance(expires_in, bool) or not isinstance(expires_in, int | float | str):
        return _DEFAULT_LIFE_SECONDS
    try:
        seconds = float(expires_in)
    except (ValueError, OverflowError):
        return _DEFAULT_LIFE_SECONDS
    return int(min(seconds, _LONGEST_LIFE_SECONDS)) if seconds >= 0 else _DEFAULT_LIFE_SECONDS
