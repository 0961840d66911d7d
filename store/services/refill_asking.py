"""Working out what a refill request says: by which way it goes, to whom, of which pharmacy, and how much is left."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from store.errors import Ambiguous, InvalidInput, NotOffered
from store.records import elements, refill_messages, refills
from store.records.lossless import encode
from store.records.refills import NewRefill, Pharmacy, Remaining
from store.records.text import EMPTY, one_line, sanitize
from store.services import rights, supply
from store.services.identifiers import uuid7
from store.services.refill_plans import RefillPlan, left
from store.services.scope import source_of
from store.vault.reading import Filter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.records.elements import Json
    from store.records.medications import Medication
    from store.records.source import Source
    from store.services.records import Records
    from store.services.refill_plans import RefillWish
    from store.services.sync import Sync
    from store.vault.reading import ConnectionRow, Row
    from store.vault.vault import Vault

WHAT = "refill requests"
_AMOUNT = re.compile(r"\s*(\d{1,7}(?:\.\d{1,3})?)\s*(\D{0,40})\Z", re.ASCII)


class Asking:
    """Plans of refill requests; nothing is sent here."""

    def __init__(self, vault: Vault, records: Records, sync: Sync) -> None:
        self._vault = vault
        self._records = records
        self._sync = sync

    def plan(self, row: Row, medication: Medication, owner: ConnectionRow, wish: RefillWish) -> RefillPlan:
        """Plan the request for one order. Raises NotOffered, InvalidInput, Ambiguous."""
        is_message = self._goes_as_message(owner)
        order = self._order(row)
        with self._vault.reading() as connection:
            fills = supply.supplied(self._vault, connection, owner.id).fills.get(row.id, 0)
        state = left(medication.repeats, fills, medication.expires, time.time())
        pharmacy = self._pharmacy(owner.id, wish.pharmacy) if wish.pharmacy.strip() else None
        clinician = self._clinician(order, owner, is_needed=is_message)
        wanted = NewRefill(
            request_id=str(uuid7()),
            medication=str(medication.name),
            medication_reference=f"MedicationRequest/{row.id}",
            patient_reference=f"Patient/{owner.patient}",
            actor_reference=rights.actor(self._vault, owner),
            owner_reference=elements.reference(clinician) or None,
            note=wish.note,
            is_renewal=state.is_renewal,
            authored=time.time(),
            pharmacy=pharmacy,
            remaining=_remaining(wish.remaining, order) if wish.remaining.strip() else None,
        )
        described = _described(wanted, medication, source_of(owner), is_message=is_message)
        return replace(
            described,
            connection=owner.id,
            why=sanitize(state.why),
            repeats_left=state.repeats,
            recipient=elements.reference_words(clinician),
        )

    def check(self, owner: ConnectionRow) -> None:
        """Make sure that something can be asked for at a portal. Raises NotOffered, NotGranted, RightEnded."""
        self._goes_as_message(owner)

    def _goes_as_message(self, owner: ConnectionRow) -> bool:
        """Whether a portal takes no refill requests, but messages. Raises NotOffered where it takes neither."""
        try:
            self._sync.check_offers(owner, "Task", "create", "c", WHAT)
        except NotOffered as error:
            try:
                self._sync.check_offers(owner, "Communication", "create", "c", WHAT)
            except NotOffered:
                raise error from None
            return True
        return False

    def _order(self, row: Row) -> Json:
        wanted = Filter(types=("MedicationRequest",), connections=(row.connection,), record_id=row.id)
        return next(body for _, body in self._records.read_all(wanted))

    def _clinician(self, order: Json, owner: ConnectionRow, *, is_needed: bool) -> Json:
        """Who decides: whoever prescribed it, and for a message else the patient's own clinician or practice."""
        requester = elements.first(order.get("requester"))
        if elements.reference(requester).startswith("Practitioner"):
            return requester
        if not is_needed:
            return {}
        wanted = Filter(types=("Patient",), connections=(owner.id,), record_id=owner.patient)
        patient = next((body for _, body in self._records.read_all(wanted)), {})
        among = [
            *elements.objects(patient.get("generalPractitioner")),
            elements.first(patient.get("managingOrganization")),
        ]
        found = next((one for one in among if elements.reference(one)), None)
        if found is None:
            raise NotOffered(sanitize(owner.name), f"{WHAT}, and the record names nobody to write to")
        return found

    def _pharmacy(self, owner: int, typed: str) -> Pharmacy:
        """The pharmacy that is meant among those of the record, else by the name as it was typed. Raises Ambiguous."""
        known = {reference: name for name, reference in self._pharmacies(owner) if name}
        wanted = typed.strip()
        words = wanted.casefold().split()
        exact = [
            one for one in known if wanted in {one, one.partition("/")[2]} or wanted.casefold() == known[one].casefold()
        ]
        found = exact or [one for one in known if all(word in known[one].casefold() for word in words)]
        if len({known[one] for one in found}) > 1:
            raise Ambiguous("pharmacy", sanitize(wanted), tuple(sanitize(known[one]) for one in found))
        return Pharmacy(known[found[0]], found[0]) if found else Pharmacy(wanted)

    def _pharmacies(self, owner: int) -> Iterator[tuple[str, str]]:
        """Names and references of those who gave medicines out, or were to; and of organizations called pharmacies."""
        for _, body in self._records.read_all(Filter(kinds=("dispense", "medication"), connections=(owner,))):
            named = [one.get("actor") for one in elements.objects(body.get("performer"))]
            named.append(elements.first(body.get("dispenseRequest")).get("performer"))
            for one in named:
                target = "/".join(elements.target(elements.reference(one)))
                if target.startswith("Organization/"):
                    yield str(elements.text(elements.first(one).get("display"))), target
        for row, _ in self._records.read_all(Filter(types=("Organization",), connections=(owner,))):
            if "pharma" in row.title.casefold():
                yield row.title, f"Organization/{row.id}"


def _described(wanted: NewRefill, medication: Medication, source: Source, *, is_message: bool) -> RefillPlan:
    """A request as it is shown before it is sent, and the very resource."""
    build = refill_messages.build if is_message else refills.build
    return RefillPlan(
        medication=medication.name,
        medication_id=medication.id,
        directions=medication.directions,
        patient_name=source.patient,
        portal=source.portal,
        is_renewal=wanted.is_renewal,
        note=sanitize(wanted.note or ""),
        request_id=wanted.request_id,
        fhir=encode(build(wanted)),
        connection=0,
        pharmacy=one_line(wanted.pharmacy.name) if wanted.pharmacy else EMPTY,
        is_pharmacy_known=bool(wanted.pharmacy and wanted.pharmacy.reference),
        remaining=one_line(wanted.remaining.words()) if wanted.remaining else EMPTY,
        is_message=is_message,
        words=sanitize(refill_messages.words(wanted)) if is_message else EMPTY,
    )


def _remaining(typed: str, order: Json) -> Remaining:
    """How much is left: a number, and the unit that was typed or else that of the order. Raises InvalidInput."""
    found = _AMOUNT.match(typed)
    try:
        amount = Decimal(found[1]) if found else None
    except InvalidOperation:
        amount = None
    if found is None or amount is None:
        raise InvalidInput(f"`{one_line(typed)}` is no amount such as 4, or `4 tablets`")
    dispensed = elements.first(elements.first(order.get("dispenseRequest")).get("quantity"))
    unit = found[2].strip() or str(elements.text(dispensed.get("unit")))
    return Remaining(amount, unit)
