"""The gap report: for each portal and type of record what was asked, what came, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from store.records import catalog
from store.records.dates import FhirDate, from_epoch
from store.records.text import Safe, one_line, sanitize
from store.sync import plan, quirks
from store.vault import absences, progress, quarantine, reading
from store.vault.progress import End

if TYPE_CHECKING:
    from store.remote.discovery import Capability
    from store.remote.scopes import Grants
    from store.services.portals import Portals
    from store.vault.progress import Progress
    from store.vault.quarantine import Unusable
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault


class Standing(StrEnum):
    """Where a type of record stands, from best to worst."""

    COMPLETE = "complete"
    NOT_OFFERED = "not offered"
    NOT_GRANTED = "not granted"
    NOT_ASKED = "not asked yet"
    REFUSED = "refused"
    PARTLY = "partly"
    FAILED = "failed"


# What a portal of US Core 6.1 to 9.0 has for its patients, and what else the program knows how to use.
EXPECTED = (
    "AllergyIntolerance", "Appointment", "Binary", "CarePlan", "CareTeam", "Communication", "Condition", "Consent",
    "Coverage", "Device", "DiagnosticReport", "DocumentReference", "Encounter", "ExplanationOfBenefit",
    "FamilyMemberHistory", "Goal", "Immunization", "Location", "Media", "Medication", "MedicationDispense",
    "MedicationRequest", "MedicationStatement", "Observation", "Organization", "Patient", "Practitioner",
    "PractitionerRole", "Procedure", "Provenance", "QuestionnaireResponse", "RelatedPerson", "Schedule",
    "ServiceRequest", "Slot", "Specimen", "Task",
)  # fmt: skip
_ONLY_KNOWN = "the portal wants a category named, so records of categories that are not known here were not asked for"
_ON_DEMAND = frozenset({"Binary", "Slot", "Schedule"})  # fetched when somebody wants one


@dataclass(frozen=True)
class Unused:
    """One thing that the portal sent as a record and that could not be used."""

    name: Safe
    why: Safe
    at: FhirDate


@dataclass(frozen=True)
class TypeGap:
    """One type of record at one portal.

    `records` are in the vault, `absent` of them are gone from the portal, `unusable` came and could not be used.
    `asked` is when the portal was asked last, `complete` when it last brought everything there is. The type is made
    of so many `searches`, of which so many were `refused` and `failed`. `detail` is the reason in words, also of
    what may be missing though all that was asked for came.
    """

    type: Safe
    kind: Safe
    standing: Standing
    records: int
    absent: int
    unusable: tuple[Unused, ...]
    asked: FhirDate | None
    complete: FhirDate | None
    searches: int
    refused: int
    failed: int
    detail: Safe


@dataclass(frozen=True)
class GapRow(TypeGap):
    """One type of record, with the portal and the patient that it is of."""

    portal: Safe
    patient: Safe


@dataclass(frozen=True)
class PortalGaps:
    """The gap report of one portal, types in order of their names."""

    portal: Safe
    patient: Safe
    synced: FhirDate | None
    types: tuple[TypeGap, ...]

    @property
    def rows(self) -> tuple[GapRow, ...]:
        """Each type by itself."""
        return tuple(GapRow(**vars(gap), portal=self.portal, patient=self.patient) for gap in self.types)

    @property
    def failed(self) -> tuple[TypeGap, ...]:
        """The types of which something failed or could not be used."""
        return tuple(gap for gap in self.types if gap.standing in {Standing.FAILED, Standing.PARTLY})


class Gaps:
    """What is known of what the vault lacks. Nothing is asked of any portal for it."""

    def __init__(self, vault: Vault, portals: Portals) -> None:
        self._vault = vault
        self._portals = portals

    def report(self, portal: str | None = None) -> tuple[PortalGaps, ...]:
        """The gap report of one portal, or of all. Raises SignInNeeded, NotFound."""
        if portal:
            return (self._one(self._portals.choose(portal)),)
        return tuple(map(self._one, self._portals.every()))

    def _one(self, owner: ConnectionRow) -> PortalGaps:
        # Deferred: what only reads the vault does not load the network.
        from store.remote import discovery, scopes  # noqa: PLC0415

        capability = discovery.read_capability(owner.capability, owner.base_url)
        grants = scopes.parse(owner.scope)
        with self._vault.reading() as connection:
            known = progress.load(connection, owner.id)
            counts = reading.counts_by_type(connection, owner.id)
            gone = absences.counts(connection, owner.id)
            unusable = quarantine.load(connection, owner.id)
        made = [item for key, item in known.items() if not key.endswith(progress.EVERYTHING)]
        heard = {*(item.type for item in made), *(item.type for item in unusable)}
        names = sorted({*EXPECTED, *capability.types, *counts, *heard})
        types = []
        for name in names:
            seen = _Seen(
                name,
                tuple(item for item in made if item.type == name),
                tuple(item for item in unusable if item.type == name),
                counts.get(name, 0),
                gone.get(name, 0),
            )
            if gap := _gap(seen, capability, grants):
                types.append(gap)
        return PortalGaps(
            portal=sanitize(owner.name),
            patient=sanitize(owner.patient_name or owner.patient),
            synced=from_epoch(owner.synced) if owner.synced else None,
            types=tuple(types),
        )


@dataclass(frozen=True)
class _Seen:
    """All that the vault knows of one type."""

    type: str
    made: tuple[Progress, ...]
    unusable: tuple[Unusable, ...]
    records: int
    absent: int

    @property
    def searches(self) -> tuple[Progress, ...]:
        """The searches that the type is made of now: its parts, once it was refined."""
        found = tuple(item for item in self.made if not item.query.startswith(plan.READ_PREFIX))
        if not self.states:
            return tuple(item for item in found if "&" not in item.query) or found
        return tuple(item for item in found if item.ended != End.REFINED)

    @property
    def states(self) -> tuple[str, ...]:
        """In which ways the portal has the type searched."""
        return tuple(item.error or "" for item in self.made if item.ended == End.REFINED)


def _gap(seen: _Seen, capability: Capability, grants: Grants) -> TypeGap | None:
    """One row of the report; None for what a portal offers, and is neither asked for by itself nor there."""
    made = seen.searches
    standing = _standing(seen, made, capability, grants)
    if standing is None:
        return None
    asked = [item.asked for item in made if item.asked]
    whole = [item.full_sweep for item in made]
    refused = [item for item in made if item.ended == End.REFUSED]
    failed = [item for item in made if item.ended in {End.FAILED, End.FLAWED}]
    reasons = list(dict.fromkeys(item.error for item in (*failed, *refused) if item.error))
    if any(quirks.is_open(seen.type, state) for state in seen.states):
        reasons.insert(0, _ONLY_KNOWN)
    complete = [at for at in whole if at] if made and all(whole) else []
    return TypeGap(
        type=sanitize(seen.type),
        kind=catalog.noun(seen.type),
        standing=standing,
        records=seen.records,
        absent=seen.absent,
        unusable=tuple(Unused(sanitize(item.name), sanitize(item.why), from_epoch(item.at)) for item in seen.unusable),
        asked=from_epoch(max(asked)) if asked else None,
        complete=from_epoch(min(complete)) if complete else None,
        searches=len(made),
        refused=len(refused),
        failed=len(failed),
        detail=one_line("; ".join(reasons)[:300]),
    )


def _standing(seen: _Seen, made: tuple[Progress, ...], capability: Capability, grants: Grants) -> Standing | None:
    offered = capability.types.get(seen.type)
    if made:
        return _ended(seen, made)
    if seen.unusable:
        return Standing.PARTLY
    if offered is None:
        return Standing.NOT_OFFERED if seen.type in EXPECTED and not seen.records else None
    if seen.records or seen.type in _ON_DEMAND:
        return Standing.COMPLETE if seen.records else None
    if not (grants.allow(seen.type, "s") or grants.allow(seen.type, "r")):
        return Standing.NOT_GRANTED
    return Standing.NOT_ASKED if "search-type" in offered.interactions and seen.type in EXPECTED else None


def _ended(seen: _Seen, made: tuple[Progress, ...]) -> Standing:
    ends = {item.ended for item in made}
    if ends <= {End.REFUSED}:
        return Standing.REFUSED
    if End.FAILED in ends and not ends & {End.COMPLETE, End.FLAWED}:
        return Standing.FAILED
    if ends & {End.FAILED, End.FLAWED} or seen.unusable:
        return Standing.PARTLY
    return Standing.COMPLETE if ends & {End.COMPLETE} else Standing.NOT_ASKED
