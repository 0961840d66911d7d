"""A page of search results taken apart and put together again, each resource in its own bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from portal_cli.sandbox.lossless import encode

if TYPE_CHECKING:
    from portal_cli.sandbox.lossless import Json

_SEARCHSET, _HISTORY = msgspec.Raw(b'"searchset"'), msgspec.Raw(b'"history"')
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_entries = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Searchset:
    """A searchset or history Bundle (FHIR R4 §3.1.1.3) whose entries and links may be changed."""

    def __init__(self, members: dict[str, msgspec.Raw]) -> None:
        self._members: dict[str, Any] = dict(members)
        self.entries: list[Any] = _entries(members["entry"]) if "entry" in members else []
        self.links: list[Json] = msgspec.json.decode(members["link"]) if "link" in members else []

    @property
    def is_search(self) -> bool:
        """Say whether it answers a search, not a history."""
        return bool(self._members["type"] == _SEARCHSET)

    @property
    def next_url(self) -> str | None:
        """The address of the next page."""
        return next((str(link["url"]) for link in self.links if link["relation"] == "next"), None)

    @next_url.setter
    def next_url(self, address: str | None) -> None:
        self.links = [link for link in self.links if link["relation"] != "next"]
        if address is not None:
            self.links.append({"relation": "next", "url": address})

    @property
    def total(self) -> int:
        """How many resources match, over all pages."""
        return int(msgspec.json.decode(self._members.get("total", b"0")))

    def add(self, resource: Json, mode: str) -> None:
        """Put another entry at the end."""
        self.entries.append({"resource": resource, "search": {"mode": mode}})

    def encode(self) -> bytes:
        """Write the Bundle."""
        document = {**self._members, "link": self.links, "entry": self.entries}
        if not self.entries:
            del document["entry"]
        return encode(document)


def read_searchset(body: bytes) -> Searchset | None:
    """Take a page apart; None when the body is anything else."""
    try:
        members = _members(body)
    except msgspec.DecodeError:
        return None
    return Searchset(members) if members.get("type") in (_SEARCHSET, _HISTORY) else None
