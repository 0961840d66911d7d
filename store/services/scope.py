"""Whose records a run is about: the connections (portal and patient) that were chosen, and all where none was.

Every reading of patients' records goes by the numbers of these connections, and by nothing else.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from store.errors import Ambiguous, NotFound
from store.light import dataclass
from store.records.source import Source
from store.records.text import Safe, one_line, sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from store.config import Settings
    from store.vault.engine import DbConnection
    from store.vault.reading import Owner

_SEVERAL = 2


@dataclass(frozen=True)
class Choice:
    """What was chosen: a portal (name or address), a patient (name, a part of it, or id); `every` undoes a default."""

    portal: str | None = None
    patient: str | None = None
    every: bool = False


class HasOwner(Protocol):
    """What tells a connection from others."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def name(self) -> str:
        """Its saved name."""

    @property
    def base_url(self) -> str:
        """The portal's FHIR base URL."""

    @property
    def patient(self) -> str:
        """The id of the patient there."""

    @property
    def patient_name(self) -> str:
        """The patient's name, or nothing."""


AnyOwner = TypeVar("AnyOwner", bound=HasOwner)


class Scope:
    """The connections that are meant, of those that the vault has at the moment.

    Where neither portal nor patient is named, they are those of the person who is shown; `wide` is without that.
    """

    def __init__(self, settings: Settings, choice: Callable[[], Choice], *, follows_shown: bool = True) -> None:
        self._settings = settings
        self._choice = choice
        self._follows_shown = follows_shown
        self._here = threading.local()

    @property
    def wide(self) -> Scope:
        """The same for what is not about the person who is shown alone, such as a sync."""
        return Scope(self._settings, self._choice, follows_shown=False)

    @property
    def names_patient(self) -> bool:
        """Whether a patient was named for this run."""
        return self._choice().patient is not None

    @contextmanager
    def only(self, portal: str) -> Iterator[None]:
        """Mean one connection alone, in this thread and for the length of the block; an empty name changes nothing."""
        self._here.name = portal
        try:
            yield
        finally:
            self._here.name = ""

    def owners(self, connection: DbConnection) -> tuple[Owner, ...]:
        """Those that are meant, oldest first. Raises NotFound when a portal or patient was named that there is not."""
        from store.vault import reading  # noqa: PLC0415 - a first screen is painted before the database is loaded

        return tuple(self.of(connection, reading.owners(connection)))

    def ids(self, connection: DbConnection) -> tuple[int, ...]:
        """The numbers of those that are meant."""
        return tuple(owner.id for owner in self.owners(connection))

    def narrowed(self, connection: DbConnection, more: Choice) -> tuple[int, ...]:
        """The numbers of those that are meant, and of this portal and patient as well. Raises NotFound."""
        inner = Scope(self._settings, lambda: replace(more, every=True))
        return tuple(owner.id for owner in inner.of(connection, self.owners(connection)))

    def of(self, connection: DbConnection, known: Sequence[AnyOwner]) -> Sequence[AnyOwner]:
        """Those of `known` that are meant. Raises NotFound."""
        if alone := getattr(self._here, "name", ""):
            return [owner for owner in known if one_line(owner.name) == alone]
        chosen = self._choice()
        found = known
        if chosen.portal is not None:
            found = [owner for owner in known if _is_portal(owner, chosen.portal, self._settings)]
            if not found:
                raise NotFound("portal", sanitize(chosen.portal), tuple(dict.fromkeys(one_line(o.name) for o in known)))
        found = self._of_shown(connection, found)
        if chosen.portal is None and self._settings.portal is not None and not chosen.every:
            # A default that was never signed in to narrows nothing: better too much than somebody else's alone.
            found = [owner for owner in found if _is_portal(owner, self._settings.portal, self._settings)] or found
        if chosen.patient is not None:
            narrowed = [owner for owner in found if _is_patient(owner, chosen.patient)]
            if not narrowed:
                raise NotFound("patient", sanitize(chosen.patient), tuple(dict.fromkeys(map(_person, found))))
            found = narrowed
        return found

    def _of_shown(self, connection: DbConnection, found: Sequence[AnyOwner]) -> Sequence[AnyOwner]:
        """Those of the person who is shown, unless somebody, or a portal where they are not, was named."""
        chosen = self._choice()
        if len(found) < _SEVERAL or chosen.patient is not None or chosen.every or not self._follows_shown:
            return found
        from store.services import persons  # noqa: PLC0415 - as in owners
        from store.vault import reading  # noqa: PLC0415 - as in owners

        shown = persons.shown_to(connection, reading.owners(connection))
        return [owner for owner in found if owner.id in shown] or found


def check_one(kind: str, typed: str, sources: Iterable[Source]) -> None:
    """Make sure that what was found is of one portal and patient. Raises Ambiguous, naming those that have it."""
    found = sorted(set(sources), key=title)
    if len(found) > 1:
        raise SeveralHave(kind, sanitize(typed), tuple(sanitize(title(source)) for source in found))


class SeveralHave(Ambiguous):
    """Several patients, or portals, have what was named. Attribute: `choices`, them."""

    def __init__(self, kind: str, name: str, choices: tuple[str, ...]) -> None:
        super().__init__(kind, name, choices)
        self.args = (f"`{name}` is a {kind} of several portals or patients",)
        self.hint = f"Say whose with `--portal` or `--patient`: {'; '.join(choices)}."


def title(source: Source) -> str:
    """A patient and a portal in words."""
    return f"{source.patient} at {source.portal}"


def source_of(owner: HasOwner) -> Source:
    """A connection as lists show it."""
    return Source(one_line(owner.name), _person(owner))


def _is_portal(owner: HasOwner, named: str, settings: Settings) -> bool:
    saved = {item.name: item.url for item in settings.portals}
    return named in {owner.name, owner.base_url} or owner.base_url in {named.rstrip("/"), saved.get(named)}


def _is_patient(owner: HasOwner, named: str) -> bool:
    if named.removeprefix("Patient/") == owner.patient:
        return True
    # Deferred: mostly nobody is named, and reading names is most of what is loaded here.
    from store.records.patients import is_named  # noqa: PLC0415

    return is_named(owner.patient_name, named)


def _person(owner: HasOwner) -> Safe:
    return one_line(owner.patient_name or owner.patient)
