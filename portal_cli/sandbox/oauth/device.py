"""Signing in on another device: codes, and the token endpoint's side of them (RFC 8628)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc6749.errors import AccessDeniedError
from authlib.oauth2.rfc8628 import DeviceCodeGrant
from authlib.oauth2.rfc8628.errors import AuthorizationPendingError, ExpiredTokenError, SlowDownError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from portal_cli.sandbox.oauth.tokens import Grant

LIFETIME_SECONDS = 600
INTERVAL_SECONDS = 5
MAX_ATTEMPTS = 10
WINDOW_SECONDS = 300
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels, so that no code is a word (RFC 8628 §6.1)
_MAX_KEPT = 1000


@dataclass
class Device:
    """One sign-in that an app waits for. `interval` grows each time the app asks too soon."""

    digest: str
    user_code: str
    client_id: str
    scope: str
    begun: datetime
    interval: int = INTERVAL_SECONDS
    asked: datetime | None = None
    grant: Grant | None = None
    is_denied: bool = False

    @property
    def is_decided(self) -> bool:
        """Say whether the patient has answered."""
        return self.is_denied or self.grant is not None


class Devices:
    """The sign-ins on other devices; each lasts ten minutes and gives tokens once."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._kept: dict[str, Device] = {}
        self._wrong: list[datetime] = []

    def begin(self, client_id: str, scope: str) -> tuple[str, Device]:
        """Open one; gives the secret of the app, shown once."""
        secret = secrets.token_urlsafe(32)
        letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
        device = Device(_digest(secret), f"{letters[:4]}-{letters[4:]}", client_id, scope, self._now())
        with self._lock:
            fresh = [one for one in self._kept.values() if self._age(one) < 2 * LIFETIME_SECONDS]
            self._kept = {one.digest: one for one in [*fresh, device][-_MAX_KEPT:]}
        return secret, device

    def typed(self, text: str) -> Device | None:
        """Find what a patient's typing means; None for a code that waits for no answer."""
        letters = "".join(sign for sign in text.upper() if sign.isalpha())
        wanted = f"{letters[:4]}-{letters[4:]}".encode()
        with self._lock:
            for device in self._kept.values():
                is_open = not device.is_decided and self._age(device) < LIFETIME_SECONDS
                if hmac.compare_digest(device.user_code.encode(), wanted) and is_open:
                    return device
            self._wrong.append(self._now())
        return None

    @property
    def is_tried_too_often(self) -> bool:
        """Say whether so many wrong codes came that no more are looked at for a while."""
        with self._lock:
            moment = self._now()
            self._wrong = [then for then in self._wrong if (moment - then).total_seconds() < WINDOW_SECONDS]
            return len(self._wrong) >= MAX_ATTEMPTS

    def asked(self, secret: str, client_id: str) -> Device:
        """Take an app's asking whether its tokens are there.

        Raises:
            OAuth2Error: When they are not; the device is forgotten when they never will be.
        """
        with self._lock:
            device = self._kept.get(_digest(secret))
            if device is None or device.client_id != client_id:
                raise InvalidGrantError("device_code is not known")
            if self._age(device) >= LIFETIME_SECONDS:
                raise ExpiredTokenError
            if device.is_denied:
                raise AccessDeniedError
            if device.grant is not None:
                del self._kept[device.digest]
                return device
            moment, before = self._now(), device.asked
            device.asked = moment
            if before is not None and (moment - before).total_seconds() < device.interval - 1:
                device.interval += 5
                raise SlowDownError
            raise AuthorizationPendingError

    def _age(self, device: Device) -> float:
        return (self._now() - device.begun).total_seconds()


class DeviceGrant(DeviceCodeGrant):  # type: ignore[misc]  # authlib ships no types
    """Tokens for a sign-in that was done on another device."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)

    def validate_token_request(self) -> None:
        """Find the device whose patient has allowed it.

        Raises:
            OAuth2Error: When there is none.
        """
        secret = self.request.payload.data.get("device_code")
        if not secret:
            raise InvalidRequestError("device_code is required")
        client = self.authenticate_token_endpoint_client()
        self.request.client = client
        self.request.credential = self.server.devices.asked(secret, client.client_id)

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        """Answer with tokens of what was allowed."""
        grant: Grant = self.request.credential.grant
        return 200, self.server.answer(grant, grant.scope), self.TOKEN_RESPONSE_HEADER


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
