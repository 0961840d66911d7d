"""Who can be written to: the care team first, then others whom the patient's messages and records name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import Ambiguous, NotFound
from store.records import elements
from store.records.lossless import decode
from store.records.message_writes import Address
from store.records.text import EMPTY, Safe
from store.services.message_plans import Recipient
from store.services.scope import source_of
from store.vault import reading
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.records.elements import Json
    from store.vault.engine import DbConnection
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault

_PEOPLE = ("Practitioner", "PractitionerRole", "Organization", "CareTeam", "HealthcareService")
_ENDED = frozenset({"inactive", "suspended", "entered-in-error"})


def known(vault: Vault, owner: ConnectionRow) -> tuple[Recipient, ...]:
    """Everybody whom a patient can write to at a portal, the care team first, the others by name, nobody twice."""
    source = source_of(owner)
    found: dict[str, Recipient] = {}
    for address, role, is_in_team in _candidates(vault, owner):
        type_name, record_id = elements.target(address.reference)
        if type_name not in _PEOPLE or not record_id or not address.name:
            continue
        name = f"{type_name}/{record_id}"
        row = Recipient(Safe(name), elements.text(address.name), role, is_in_team, source.portal, source.patient)
        found.setdefault(name, row)
    return tuple(sorted(found.values(), key=_order))


def _order(found: Recipient) -> tuple[bool, bool, str, str]:
    """Where somebody stands in the list; it must not tell in what order a sync brought the records."""
    if found.is_in_team:  # as the practice has put them
        return False, False, "", ""
    return True, not found.role, found.name.casefold(), found.id


def choose(among: tuple[Recipient, ...], typed: str) -> Recipient:
    """The one that is meant: by a part of the name, or by `Type/id`; one of the care team before others.

    Raises NotFound, Ambiguous.
    """
    wanted = typed.strip().casefold()
    found = [each for each in among if wanted and (wanted in each.name.casefold() or typed == each.id)]
    exact = [each for each in found if wanted in {each.name.casefold(), each.id.casefold()}]
    team = [each for each in found if each.is_in_team and each.id.partition("/")[0] != "CareTeam"]
    chosen = exact or team or found
    if not chosen:
        raise NotFound("recipient", typed, tuple(each.name for each in among if each.is_in_team))
    if len(chosen) > 1:
        raise Ambiguous("recipient", typed, tuple(Safe(f"{each.name} ({each.id})") for each in chosen))
    return chosen[0]


def _candidates(vault: Vault, owner: ConnectionRow) -> Iterator[tuple[Address, Safe, bool]]:
    with vault.reading() as connection:
        titles = {
            f"{row.type}/{row.id}": row.title
            for row in reading.rows(connection, Filter(types=_PEOPLE, connections=(owner.id,), standing=True))
        }
        teams = [decode(body) for body in _bodies(vault, connection, owner, "CareTeam")]
        patients = [decode(body) for body in _bodies(vault, connection, owner, "Patient")]
        messages = [decode(body) for body in _bodies(vault, connection, owner, "Communication")]
    standing = [team for team in teams if team.get("status") not in _ENDED]
    for team in standing:
        for member in elements.objects(team.get("participant")):
            yield _address(member.get("member"), titles), elements.concept(member.get("role")), True
    for team in standing:
        name = elements.text(team.get("name"))
        yield Address(f"CareTeam/{elements.text(team.get('id'))}", name), Safe("Care team"), True
    for patient in patients:
        for doctor in elements.objects(patient.get("generalPractitioner")):
            yield _address(doctor, titles), Safe("General practitioner"), True
    for message in messages:
        for somebody in (*elements.objects(message.get("sender")), *elements.objects(message.get("recipient"))):
            yield _address(somebody, titles), EMPTY, False
    for reference in [name for name in titles if name.startswith("Practitioner/")]:
        yield Address(reference, titles[reference]), EMPTY, False


def _bodies(vault: Vault, connection: DbConnection, owner: ConnectionRow, type_name: str) -> Iterator[bytes]:
    wanted = Filter(types=(type_name,), connections=(owner.id,), standing=True)
    for row, body in reading.records(vault, connection, wanted):
        if type_name != "Patient" or row.id == owner.patient:
            yield body


def _address(reference: object, titles: dict[str, str]) -> Address:
    found: Json = elements.first(reference)
    name = "/".join(elements.target(elements.reference(found)))
    return Address(name, elements.text(found.get("display")) or titles.get(name, ""))
