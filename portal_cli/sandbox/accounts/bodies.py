"""JSON bodies of the account API, in and out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Self

from flask import Response, request

from portal_cli.sandbox.accounts.account import CHANNELS, METHODS, Channel, Method, Notifications, Topics
from portal_cli.sandbox.accounts.refusals import invalid
from portal_cli.sandbox.lossless import NotJsonError, decode, encode

_TOPICS = ("appointments", "messages", "results", "refills")


@dataclass(frozen=True)
class Body:
    """An object that was sent; its fields are asked for by name."""

    fields: dict[str, Any]

    @classmethod
    def read(cls) -> Self:
        """Read the body of the request.

        A page of another site can only send other types without asking, so that they are refused.

        Raises:
            InvalidFields: When it is no JSON object, or does not say that it is JSON.
        """
        if request.mimetype != "application/json":
            raise invalid("body", "Send JSON, with the content type application/json.")
        try:
            found = decode(request.get_data())
        except NotJsonError:
            raise invalid("body", "The body is not JSON.") from None
        if not isinstance(found, dict):
            raise invalid("body", "The body is not a JSON object.")
        return cls(found)

    def text(self, name: str) -> str:
        """Give a text that is required.

        Raises:
            InvalidFields: When it is missing, empty, or no text.
        """
        value = self.fields.get(name)
        if not isinstance(value, str) or not value:
            raise invalid(name, "This is required.")
        return value

    def optional(self, name: str) -> str:
        """Give a text that may be missing.

        Raises:
            InvalidFields: When it is something else.
        """
        return "" if self.fields.get(name) is None or self.fields[name] == "" else self.text(name)


def channel_in(body: Body) -> Channel:
    """Read a channel.

    Raises:
        InvalidFields: When it is none.
    """
    found = next((one for one in CHANNELS if one == body.fields.get("channel")), None)
    if found is None:
        raise invalid("channel", "A channel is email or phone.")
    return found


def method_of(name: object) -> Method:
    """Read a second step.

    Raises:
        InvalidFields: When it is none.
    """
    found = next((one for one in METHODS if one == name), None)
    if found is None:
        raise invalid("method", "A method is totp, email or text.")
    return found


def notifications_in(body: Body) -> Notifications:
    """Read what a patient wants to be told of.

    Raises:
        InvalidFields: When something is missing or not a yes or no.
    """
    return Notifications(_topics(body, "email"), _topics(body, "text"))


def _topics(body: Body, name: str) -> Topics:
    found = body.fields.get(name)
    values: list[object] = [found.get(topic) for topic in _TOPICS] if isinstance(found, dict) else []
    chosen = [value for value in values if isinstance(value, bool)]
    if len(chosen) < len(_TOPICS):
        raise invalid(name, "Say true or false for each of appointments, messages, results and refills.")
    return Topics(*chosen)


def answer(body: object, status: int = HTTPStatus.OK) -> Response:
    """Give an answer in JSON."""
    return Response(encode(body), status, content_type="application/json")


def instant(seconds: float) -> str:
    """Write a time as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
