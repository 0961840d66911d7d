"""Whose each of many records is: of the patients that they name, and, for what is about nobody, of who refers to it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from store.records import elements, incoming, patients
from store.records.lossless import decode
from store.records.text import EMPTY, Safe

if TYPE_CHECKING:
    from store.records.elements import Json

_REFERENCE = re.compile(
    rb'"reference"\s*:\s*"(?:[^"\\]{0,400}/)?([A-Z][A-Za-z]{1,63})/([A-Za-z0-9\-._~]{1,256})(?:/_history/[^"]{0,64})?"'
)
_SUBJECTS = ("subject", "patient", "beneficiary", "individual", "for")  # the elements that say whose a resource is

Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Person:
    """A patient as records tell of them; without a record of their own only the id is known."""

    id: str
    name: Safe = EMPTY
    born: str = ""
    gender: Safe = EMPTY

    @property
    def is_known(self) -> bool:
        """Whether there is a name to tell them by."""
        return bool(self.name)


@dataclass
class Belonging:
    """What was found of many records, one after the other: who is in them, and whose each is."""

    people: dict[str, Person] = field(default_factory=dict)
    _owners: dict[Name, frozenset[str]] = field(default_factory=dict)
    _references: dict[Name, frozenset[Name]] = field(default_factory=dict)
    _shared: dict[Name, set[str]] = field(default_factory=lambda: defaultdict(set))

    def look(self, body: bytes) -> None:
        """Take note of one record. What has no type and id is passed by."""
        name = incoming.name(body)
        if name is None:
            return
        mentioned = {(kind.decode(), own.decode()) for kind, own in _REFERENCE.findall(body)}
        owners = frozenset({name[1]}) if name[0] == "Patient" else _owners(body, mentioned)
        self._owners[name] = owners
        self._references[name] = frozenset(mentioned)
        if name[0] == "Patient":
            self.people[name[1]] = _person(name[1], body)
        for owner in owners:
            self.people.setdefault(owner, Person(owner))

    def settle(self) -> None:
        """Give what is about nobody to all whose records refer to it, directly or by way of others."""
        for owner in self.people:
            waiting = [name for name, owners in self._owners.items() if owner in owners]
            seen = set(waiting)
            while waiting:
                for name in self._references.get(waiting.pop(), ()):
                    if name not in seen and name in self._owners and not self._owners[name]:
                        seen.add(name)
                        self._shared[name].add(owner)
                        waiting.append(name)

    def whose(self, body: bytes) -> frozenset[str]:
        """Whose a record is: none where it is nobody's, and there are several who it could be of."""
        name = incoming.name(body)
        if name is None:
            return frozenset()
        owners = self._owners.get(name, frozenset())
        if owners:
            return owners
        return frozenset(self.people) if len(self.people) == 1 else frozenset(self._shared.get(name, ()))


def is_same(one: Person, other: Person) -> bool:
    """Whether two are one person for all that is known: the same birth, and the same family and first name."""
    if not one.born or not other.born or not (one.is_known and other.is_known):
        return False
    days = sorted((one.born, other.born), key=len)
    return days[1].startswith(days[0]) and len(days[0]) == len("2026-01-01") and _alike(one.name, other.name)


def _alike(one: str, other: str) -> bool:
    """Whether two names have the same first and last word, and the shorter one nothing that the longer has not."""
    words, others = _words(one), _words(other)
    if not words or not others or words[-1] != others[-1]:
        return False
    return words[0] == others[0] and (set(words) <= set(others) or set(others) <= set(words))


def _words(name: str) -> list[str]:
    plain = (word.strip(".,").casefold() for word in name.split())
    return [word for word in plain if word and word not in _TITLES]


_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "jr", "sr", "md", "phd"})


def _owners(body: bytes, mentioned: set[Name]) -> frozenset[str]:
    """The patients that a record is about; of several that it mentions, those that it says it is about."""
    found = {own for kind, own in mentioned if kind == "Patient"}
    if len(found) < 2:  # noqa: PLR2004 - one alone needs no choosing
        return frozenset(found)
    try:
        resource = decode(body)
    except ValueError:
        return frozenset(found)
    return frozenset(_said(resource)) & found or frozenset(found)


def _said(resource: Json) -> set[str]:
    parts = [part for name in _SUBJECTS for part in elements.objects(resource.get(name))]
    named = (elements.target(elements.reference(part)) for part in parts)
    return {own for kind, own in named if kind == "Patient"}


def _person(own: str, body: bytes) -> Person:
    try:
        found = patients.read(incoming.read_json(body))
    except ValueError:
        return Person(own)
    return Person(own, Safe(found.name[:200]), found.born.text if found.born else "", found.gender)
