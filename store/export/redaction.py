"""Leaving out of records who somebody is, how they are reached, or what was written about them in free words (pure)."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from store.records import elements

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.records.elements import Json


class Part(StrEnum):
    """What may be left out."""

    NAMES = "names"
    CONTACTS = "contacts"
    NOTES = "notes"


LEFT_OUT = "[left out]"
_PEOPLE = frozenset({"Patient", "Practitioner", "PractitionerRole", "RelatedPerson", "Person"})
_NAMES = frozenset({"identifier", "photo", "subscriberId", "authorString", "issuer", "accession"})
_CONTACTS = frozenset({"telecom", "address", "contact", "contactPoint", "birthPlace", "endpoint"})
_NOTES = frozenset(
    {
        "note", "notes", "comment", "comments", "patientInstruction", "conclusion", "presentedForm", "payload",
        "summary", "attachment", "contentAttachment", "valueAttachment", "detail", "instruction", "disclaimer",
    }
)  # fmt: skip
_NOTE_TYPES = {"Binary": ("data",), "DocumentReference": ("description",), "Media": ("content",)}
_CODED = frozenset({"coding", "tag", "security"})  # a display there is that of a code
_LEAST_LETTERS = 3
_CHANNELS = frozenset({"phone", "fax", "email", "pager", "sms", "url"})


class Redaction:
    """Leaves parts out of resources; `people` are the names of those whose records they are, so far as known."""

    def __init__(self, parts: Iterable[Part], people: Iterable[str] = ()) -> None:
        self._parts = frozenset(parts)
        words = {word for name in people for word in re.findall(r"[^\W\d_]+", name) if len(word) >= _LEAST_LETTERS}
        longest = sorted(map(re.escape, words), key=len, reverse=True)
        self._named = re.compile(rf"(?<!\w)(?:{'|'.join(longest)})(?!\w)", re.IGNORECASE) if longest else None
        self._dropped = frozenset(
            name
            for part, names in ((Part.NAMES, _NAMES), (Part.CONTACTS, _CONTACTS), (Part.NOTES, _NOTES))
            if part in self._parts
            for name in names
        )

    def resource(self, resource: Json) -> Json:
        """A resource without them; its narrative goes with any of them, since it may say all that it says."""
        kind = str(resource.get("resourceType", ""))
        gone = self._dropped | {"text"} if isinstance(resource.get("text"), dict) else self._dropped
        if Part.NOTES in self._parts:
            gone |= frozenset(_NOTE_TYPES.get(kind, ()))
        return {name: self._value(name, value) for name, value in resource.items() if name.lstrip("_") not in gone}

    def text(self, text: str) -> str:
        """A text in which the names of those whose records they are do not stand."""
        if Part.NAMES not in self._parts or self._named is None:
            return text
        return self._named.sub(LEFT_OUT, text)

    def _value(self, name: str, value: object) -> object:
        if isinstance(value, list):
            return [kept for item in value if (kept := self._value(name, item)) is not None]
        if isinstance(value, dict):
            return self._object(name, value)
        is_free = isinstance(value, str) and name not in {"reference", "url", "system", "code", "resourceType", "id"}
        return self.text(value) if is_free and isinstance(value, str) else value

    def _object(self, name: str, item: Json) -> Json | None:
        if isinstance(item.get("resourceType"), str):
            return self.resource(item)
        if Part.NAMES in self._parts and item.keys() & {"family", "given"}:
            return None
        if Part.CONTACTS in self._parts and item.get("system") in _CHANNELS:
            return None
        kept = {key: self._value(key, value) for key, value in item.items() if key.lstrip("_") not in self._dropped}
        if Part.NAMES in self._parts and name not in _CODED and self._is_person(item):
            kept.pop("display", None)
        return self._without_names(name, kept)

    def _without_names(self, name: str, item: Json) -> Json | None:
        """A HumanName that has nothing but a text is one by where it stands."""
        if Part.NAMES in self._parts and name == "name" and "text" in item:
            return None
        return item

    def _is_person(self, item: Json) -> bool:
        """Whether a Reference may be to a person: its type says so, or nothing says what it is to."""
        if "display" not in item or item.keys() & {"code", "system"}:
            return False
        literal = elements.reference(item)
        kind = item.get("type") or elements.target(literal)[0]
        return not kind or kind in _PEOPLE
