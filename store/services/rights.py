"""By what right somebody reads and writes a patient's records: as whom they act, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import SignInNeeded
from store.light import dataclass
from store.people_errors import NotGranted, RightEnded
from store.records import related
from store.records.lossless import decode
from store.records.text import one_line
from store.records.whose import Whose
from store.vault import reading
from store.vault.reading import Filter

if TYPE_CHECKING:
    from store.records.elements import Json
    from store.records.related import Acting
    from store.vault.engine import DbConnection
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault

_RECORDS = ("RelatedPerson", "Patient", "Practitioner", "PractitionerRole")


@dataclass(frozen=True)
class Right:
    """By what right a connection is used: `actor` is the author of what is written (`Type/id`), empty if unknown."""

    actor: str
    is_own: bool
    acting: Acting


def is_for_another(row: ConnectionRow) -> bool:
    """Whether who signed in is, as far as the portal said, not the patient."""
    return row.fhir_user not in {"", f"Patient/{row.patient}"}


def of(vault: Vault, row: ConnectionRow) -> Right:
    """By what right a connection is used, as far as the vault knows."""
    own = f"Patient/{row.patient}"
    if not is_for_another(row):
        return Right(own, is_own=True, acting=related.Acting())
    with vault.reading() as connection:
        actor = _actor(vault, connection, row)
        if actor == own:
            return Right(own, is_own=True, acting=related.Acting())
        resource = _held(vault, connection, row, actor or row.fhir_user)
        wanted = Filter(types=("Consent",), connections=(row.id,))
        consents = [decode(body) for _, body in reading.records(vault, connection, wanted)]
    return Right(actor, is_own=False, acting=related.read(resource, consents))


def actor(vault: Vault, row: ConnectionRow) -> str:
    """Who is to be named as the author of what is written. Raises NotGranted where the portal does not tell."""
    found = of(vault, row).actor
    if not found:
        raise NotGranted(one_line(row.name), "writing, as it does not tell who you are to the patient", _whose(row))
    return found


def whose(vault: Vault, row: ConnectionRow) -> Whose:
    """Into whose record is written, and who is to be named as the author. Raises NotGranted as `actor` does."""
    return Whose(f"Patient/{row.patient}", actor(vault, row))


def check(vault: Vault, row: ConnectionRow) -> None:
    """Make sure that the right to act for a patient has not ended, as far as is known here. Raises RightEnded."""
    if is_for_another(row) and not of(vault, row).is_own and (not row.access_token or of(vault, row).acting.is_over()):
        raise over(vault, row)


def over(vault: Vault, row: ConnectionRow) -> SignInNeeded:
    """What to say when a portal does not accept a sign-in any more: with another's records, it may be the right."""
    if not is_for_another(row):
        return SignInNeeded(row.name)
    found = of(vault, row)
    if found.is_own:
        return SignInNeeded(row.name)
    ends = found.acting.ends
    day = str(ends.day()) if ends and found.acting.is_over() and found.acting.is_active else ""
    return RightEnded(one_line(row.name), _whose(row), day)


def _actor(vault: Vault, connection: DbConnection, row: ConnectionRow) -> str:
    if row.fhir_user.partition("/")[0] in _RECORDS:
        return row.fhir_user
    links = related.linked(_held(vault, connection, row, row.fhir_user))
    if f"Patient/{row.patient}" in links:
        return f"Patient/{row.patient}"
    people = reading.rows(connection, Filter(types=("RelatedPerson",), connections=(row.id,)))
    held = [f"RelatedPerson/{one.id}" for one in people if f"RelatedPerson/{one.id}" in links]
    return held[0] if len(held) == 1 else ""


def _held(vault: Vault, connection: DbConnection, row: ConnectionRow, reference: str) -> Json:
    type_name, _, record_id = reference.partition("/")
    wanted = Filter(types=(type_name,), connections=(row.id,), record_id=record_id, limit=1)
    found = next(reading.records(vault, connection, wanted), None)
    return decode(found[1]) if found else {}


def _whose(row: ConnectionRow) -> str:
    return one_line(row.patient_name or row.patient)
