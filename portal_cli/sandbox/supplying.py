"""What comes of a refill: a dispense of the prescription, or of a new one that takes its place."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from portal_cli.sandbox.instants import instant, span
from portal_cli.sandbox.references import follow, local_target

if TYPE_CHECKING:
    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.versions import Version

_MEDICINE = ("medicationCodeableConcept", "medicationReference")
_AGAIN = ("category", "requester", "reasonCode", "reasonReference", "courseOfTherapyType", "substitution")
_VALID = timedelta(days=365)
_REPEATS = 3


class Supplying:
    """New prescriptions and dispenses. What is copied out of what a patient wrote counts as theirs.

    So it opens nothing that they name in it.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def has_repeats(self, order: Version) -> bool:
        """Say whether a prescription still is valid and may be filled again."""
        request = order.resource().get("dispenseRequest")
        if not isinstance(request, dict):
            return True
        allowed = request.get("numberOfRepeatsAllowed")
        ends = [span(str(text)) for text in follow(request, "validityPeriod.end")]
        if any(end and end.high < self._repository.now() for end in ends):
            return False
        return not isinstance(allowed, int) or allowed > max(0, self._fills(order) - 1)

    def renew(self, order: Version, creator: str) -> Version:
        """Write a new prescription in the place of one, which is over then."""
        old, now = order.resource(), self._repository.now()
        new: Json = {"resourceType": "MedicationRequest", "status": "active", "intent": "order"}
        new |= _copied(old, (*_MEDICINE, *_AGAIN))
        new |= {"subject": old["subject"], "authoredOn": instant(now), "priorPrescription": {"reference": order.name}}
        new |= _copied(old, ("dosageInstruction",))
        kept = old.get("dispenseRequest")
        request: Json = {**kept} if isinstance(kept, dict) else {}
        if not request.get("numberOfRepeatsAllowed"):
            request["numberOfRepeatsAllowed"] = _REPEATS
        request["validityPeriod"] = {"start": instant(now), "end": instant(now + _VALID)}
        new["dispenseRequest"] = request
        written = self._repository.create(new, order.creator or creator)
        self._repository.put({**old, "status": "completed"}, order.key, order.creator)
        return written

    def dispense(self, order: Version, task: Json, creator: str) -> Version:
        """Supply the medicine of a prescription."""
        prescription = order.resource()
        supply: Json = {"resourceType": "MedicationDispense", "status": "completed"}
        supply |= _copied(prescription, _MEDICINE)
        supply["subject"] = prescription["subject"]
        pharmacy = self._pharmacy(task, prescription)
        if pharmacy:
            supply["performer"] = [{"actor": {"reference": pharmacy}}]
        supply["authorizingPrescription"] = [{"reference": order.name}]
        requested = prescription.get("dispenseRequest")
        for name, given in (("quantity", "quantity"), ("expectedSupplyDuration", "daysSupply")):
            if isinstance(requested, dict) and isinstance(requested.get(name), dict):
                supply[given] = requested[name]
        supply["whenPrepared"] = instant(self._repository.now())
        supply |= _copied(prescription, ("dosageInstruction",))
        return self._repository.create(supply, order.creator or creator)

    def _fills(self, order: Version) -> int:
        """How often a prescription was dispensed."""
        whose = next(iter(order.owners), "")
        dispenses = [version.resource() for version in self._repository.visible(whose, "MedicationDispense")]
        return sum(
            dispense.get("status") == "completed"
            and order.name in {self._local(text) for text in follow(dispense, "authorizingPrescription.reference")}
            for dispense in dispenses
        )

    def _pharmacy(self, task: Json, prescription: Json) -> str:
        """The organization that gives the medicine out: the one that was asked for, if it is one of the directory."""
        asked = [*follow(task, "input.valueReference.reference")]
        for text in [*asked, *follow(prescription, "dispenseRequest.performer.reference")]:
            kind, _, key = self._local(text).partition("/")
            found = self._repository.current(kind, key) if kind == "Organization" else None
            if found and not found.is_deleted and found.is_shared:
                return found.name
        return ""

    def _local(self, text: object) -> str:
        return (local_target(text, self._repository.base_url) if isinstance(text, str) else None) or ""


def _copied(resource: Json, names: tuple[str, ...]) -> Json:
    """Some elements of a resource, with what is contained in it if they point at that."""
    found = {name: resource[name] for name in names if name in resource}
    if "contained" in resource and any(
        str(text).startswith("#") for text in follow(found, "medicationReference.reference")
    ):
        found["contained"] = resource["contained"]
    return found
