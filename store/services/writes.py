"""Whether a write may go out: one for another patient than the one who is shown has to be confirmed by name.

Every write passes here, whatever it is about: what puts something into the outbox is refused unless it is for the
person who is shown, or was confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.people_errors import OtherPatient
from store.records.text import Safe, one_line
from store.services import persons
from store.vault import reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.services.scope import Scope
    from store.vault.engine import DbConnection
    from store.vault.reading import Owner
    from store.vault.vault import Vault


@dataclass(frozen=True)
class Doubt:
    """A write that has to be confirmed: whom it is `for_`, and who is `shown`, nobody where that is empty.

    `wanted` is what has to be typed: the name, or the id of a patient who shares the name with another one.
    """

    connection: int
    for_: Safe
    shown: Safe
    wanted: Safe

    def error(self) -> OtherPatient:
        """What to raise where it is not confirmed."""
        return OtherPatient(self.for_, self.shown)


class Writes:
    """Confirmations of one run; they are forgotten with it, or before by who asks for one at each write."""

    def __init__(self, vault: Vault, scope: Scope) -> None:
        self._vault = vault
        self._scope = scope
        self._confirmed: set[int] = set()

    def doubt(self, whose: int | str) -> Doubt | None:
        """What has to be confirmed before something is written for a connection, of this number or name; else None."""
        with self._vault.reading() as connection:
            known = reading.owners(connection)
            owner = next(one for one in known if whose in {one.id, one.name, one_line(one.name)})
            return self._doubt(connection, known, owner)

    def confirm(self, doubt: Doubt, typed: str) -> bool:
        """Take what was typed for a confirmation; False when it is not what is wanted."""
        if " ".join(typed.casefold().split()) != " ".join(doubt.wanted.casefold().split()):
            return False
        self._confirmed.add(doubt.connection)
        return True

    def confirm_unasked(self, doubt: Doubt) -> None:
        """Take it for a confirmation that the patient was named for this very run. Raises OtherPatient otherwise."""
        with self._vault.reading() as connection:
            known = reading.owners(connection)
            meant = self._scope.ids(connection)
            keys = persons.keys(connection, known)
            is_named = self._scope.names_patient and len({keys[number] for number in meant}) == 1
        if not (is_named and doubt.connection in meant):
            raise doubt.error()
        self._confirmed.add(doubt.connection)

    def forget(self) -> None:
        """Forget what was confirmed: the next write has to be confirmed anew."""
        self._confirmed.clear()

    def check(self, connection: DbConnection, owner: int) -> None:
        """Make sure that something may be written for a connection. Raises OtherPatient."""
        known = reading.owners(connection)
        found = self._doubt(connection, known, next(one for one in known if one.id == owner))
        if found and found.connection not in self._confirmed:
            raise found.error()

    def _doubt(self, connection: DbConnection, known: Sequence[Owner], owner: Owner) -> Doubt | None:
        shown, keys = persons.shown_to(connection, known), persons.keys(connection, known)
        if owner.id in shown or len(set(keys.values())) == 1:
            return None
        name = next((_name(one) for one in known if one.id in shown), Safe(""))
        namesakes = {keys[one.id] for one in known if _name(one).casefold() == _name(owner).casefold()}
        wanted = _name(owner) if len(namesakes) == 1 else one_line(owner.patient)
        return Doubt(owner.id, _name(owner), name, wanted)


def _name(owner: Owner) -> Safe:
    return one_line(owner.patient_name or owner.patient)
