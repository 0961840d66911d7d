"""Signing in on another device: a code to type there, and asking here until that was done (RFC 8628)."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from store.errors import BadAnswer, NotOffered, SignInRefused, Unreachable
from store.records.text import one_line
from store.remote.http import MAX_DESCRIPTION_BYTES, Request, check_secure
from store.remote.json_body import json_object
from store.remote.token_answers import read_tokens, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.remote.discovery import Smart
    from store.remote.http import Answer, Http
    from store.remote.token_answers import Tokens

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_INTERVAL, _SLOWER = 5.0, 5.0
_LONGEST_INTERVAL, _LONGEST_LIFE = 60.0, 3600.0
_BUSY = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True)
class DeviceCode:
    """What to type where: `user_code` at `address`, or just open `whole_address`. Times are in seconds."""

    user_code: str
    address: str
    whole_address: str | None
    lives: float
    interval: float
    secret: str = field(repr=False)


def begin(http: Http, smart: Smart, client_id: str, scope: str, base_url: str) -> DeviceCode:
    """Begin to sign in on another device. Raises NotOffered, SignInRefused, BadAnswer, InsecureAddress, Unreachable."""
    if not smart.device_endpoint:
        raise NotOffered(http.origin, "signing in on another device")
    form = {"client_id": client_id, "scope": scope, "aud": base_url}
    answer = _post(http, smart.device_endpoint, form)
    if answer.status >= 500:  # noqa: PLR2004 - the class of server errors
        raise BadAnswer(http.origin, f"HTTP status {answer.status}", answer.status)
    if not answer.is_ok:
        raise SignInRefused(f"the portal refused the sign-in: {words(answer)}")
    return _read(http, answer)


def wait(
    http: Http, smart: Smart, client_id: str, code: DeviceCode, scope: str, pause: Callable[[float], None] = time.sleep
) -> Tokens:
    """Ask until the sign-in on the other device is done, as seldom as the portal wants. Raises SignInRefused."""
    form = {"grant_type": GRANT, "device_code": code.secret, "client_id": client_id}
    interval, waited = code.interval, 0.0
    while waited < code.lives:
        pause(interval)
        waited += interval
        try:
            answer = _post(http, smart.token_endpoint, form)
        except Unreachable:  # RFC 8628 §3.5: ask less often, and go on
            interval = min(interval * 2, _LONGEST_INTERVAL)
            continue
        if answer.is_ok:
            return read_tokens(http, answer, scope)
        interval = _next_interval(answer, interval)
    raise SignInRefused("the code has ended before it was typed on the other device")


def _next_interval(answer: Answer, interval: float) -> float:
    """How long to wait after an answer that brought no tokens. Raises SignInRefused when none will."""
    error = json_object(answer.body).get("error")
    if error == "authorization_pending":
        return interval
    if error == "slow_down":
        return min(interval + _SLOWER, _LONGEST_INTERVAL)
    if error == "access_denied":
        raise SignInRefused("the sign-in was refused on the other device")
    if error == "expired_token":
        raise SignInRefused("the code has ended before it was typed on the other device")
    if answer.status in _BUSY:
        return min(interval * 2, _LONGEST_INTERVAL)
    raise SignInRefused(f"the portal refused the sign-in: {words(answer)}")


def _post(http: Http, url: str, form: dict[str, str]) -> Answer:
    return http.send(Request("POST", url, _FORM, urlencode(form).encode("ascii"), most=MAX_DESCRIPTION_BYTES))


def _read(http: Http, answer: Answer) -> DeviceCode:
    found = json_object(answer.body)
    secret, user_code = found.get("device_code"), found.get("user_code")
    address = found.get("verification_uri") or found.get("verification_url")  # so spelled before the standard
    whole = found.get("verification_uri_complete")
    if not (isinstance(secret, str) and isinstance(user_code, str) and isinstance(address, str)):
        raise BadAnswer(http.origin, "it gives no code for the other device", answer.status)
    check_secure(address)
    if isinstance(whole, str):
        check_secure(whole)
    return DeviceCode(
        user_code=one_line(user_code),
        address=address,
        whole_address=whole if isinstance(whole, str) else None,
        lives=_seconds(found.get("expires_in"), 600.0, _LONGEST_LIFE),
        interval=max(1.0, _seconds(found.get("interval"), _INTERVAL, _LONGEST_INTERVAL)),
        secret=secret,
    )


def _seconds(value: object, otherwise: float, most: float) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not value > 0:  # which nan is not, either
        return otherwise
    return float(min(value, most))
