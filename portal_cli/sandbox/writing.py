"""Writes by a patient: create, update and delete, with their conditions (FHIR R4 §3.1.0.4 to §3.1.0.8)."""

from __future__ import annotations

import re
import uuid
from functools import partial
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl

from portal_cli.sandbox import (
    allergies,
    answers,
    appointments,
    authors,
    booking,
    coverages,
    demographics,
    json_patch,
    messaging,
    proposing,
    refilling,
    statements,
    tasks,
)
from portal_cli.sandbox.bodies import parse
from portal_cli.sandbox.compartment import COMPARTMENT
from portal_cli.sandbox.lossless import is_object
from portal_cli.sandbox.outcomes import FhirError, bad_request, business_rule, forbidden, not_found
from portal_cli.sandbox.query import QueryReader
from portal_cli.sandbox.reading import gone
from portal_cli.sandbox.references import local_target, walk

if TYPE_CHECKING:
    from portal_cli.sandbox.access import Access
    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.reading import Reading
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.versions import Version

# What patients send to a portal; these types are offered even while none is stored.
ACCEPTED = (
    "AllergyIntolerance",
    "Appointment",
    "AppointmentResponse",
    "Binary",
    "Communication",
    "Coverage",
    "DocumentReference",
    "MedicationStatement",
    "Patient",
    "Task",
)
_READS = ("read", "vread", "history-instance", "history-type", "search-type")
_RULES: dict[str, Rules] = {
    "AllergyIntolerance": allergies,
    "Appointment": appointments,
    "Coverage": coverages,
    "MedicationStatement": statements,
    "Patient": demographics,
    "Task": tasks,
}
_KEPT = {
    "AllergyIntolerance": "marked as entered in error",
    "Appointment": "cancelled",
    "Communication": "withdrawn",
    "Coverage": "ended",
    "MedicationStatement": "marked as stopped or entered in error",
    "Task": "cancelled",
}
_ETAG = re.compile(r'^(?:W/)?"([^"]*)"$')


class Rules(Protocol):
    """What a patient may do with one type: each refuses with a 422."""

    def check_new(self, resource: Json, /) -> None: ...  # noqa: D102 -- the protocol says it
    def check_change(self, before: Json, after: Json, /) -> None: ...  # noqa: D102 -- as above


class Writing:
    """What a patient may put into the record: their own things only, each write whole or not at all."""

    def __init__(self, repository: Repository, reading: Reading) -> None:
        self._repository = repository
        self._reading = reading
        self._sight = reading.sight

    def create(self, access: Access, kind: str, body: bytes, condition: str) -> tuple[Version, bool]:
        """Store a new resource, or find the one that `condition`, an If-None-Exist query, already names.

        Returns:
            The version, and whether it is new.

        Raises:
            FhirError: 400 not such a resource, 403 out of scope or not theirs, 412 several exist, 422 a rule.
        """
        access.require(kind, "c")
        resource = parse(kind, body)
        _require_offer(kind, "create")
        with self._repository.lock:
            existing = self.existing(access, kind, condition)
            if existing:
                return existing, False
            return self.add(access, resource), True

    def add(self, access: Access, resource: Json, key: str = "", coming: frozenset[str] = frozenset()) -> Version:
        """Store a new resource, under a fresh id or the given one, with the errors of `create`.

        `coming` names what is stored together with it, and may not be there yet.
        """
        kind = resource["resourceType"]
        access.require(kind, "c")
        _require_offer(kind, "create")
        resource.pop("id", None)
        with self._repository.transaction():
            self._require_own(access, resource, coming=coming)
            if kind in _RULES:
                _RULES[kind].check_new(resource)
            if kind == "Appointment":
                booking.book(self._repository, resource)
            self._take(access, resource)
            return self._repository.put(resource, key or str(uuid.uuid4()), access.patient)

    def _take(self, access: Access, resource: Json) -> None:
        """Let what is new have its effect on what is there, or refuse it."""
        kind, is_seen = resource["resourceType"], partial(self._sight.sees, access)
        if kind == "AppointmentResponse":
            answers.take(self._repository, resource, access.patient, is_seen)
        if kind == "Task" and proposing.is_change(resource):
            proposing.check_new(self._repository, resource, access.patient)
        if kind == "Task":
            refilling.take(self._repository, resource, access.patient, is_seen)
        if kind == "Communication":
            messaging.check_new(self._repository, resource, messaging.Sender(access.patient, access.writer, is_seen))

    def existing(self, access: Access, kind: str, condition: str) -> Version | None:
        """Find the one resource of this patient that a condition names; none without a condition.

        Raises:
            FhirError: 400 the condition names no search parameter, 412 it names several resources.
        """
        if not condition:
            return None
        found = self._matches(access, kind, condition)
        if len(found) > 1:
            raise FhirError(412, "multiple-matches", f"the condition {condition!r} matches several resources")
        return found[0] if found else None

    def update(self, access: Access, kind: str, key: str, body: bytes, if_match: str) -> Version:
        """Store the next version of a resource; `if_match` is an If-Match header or empty.

        Raises:
            FhirError: 400 wrong body or id, 403, 404 absent or not theirs, 410, 412 stale, 422 a rule.
        """
        access.require(kind, "u")
        return self.replace(access, key, parse(kind, body), if_match)

    def replace(self, access: Access, key: str, resource: Json, if_match: str) -> Version:
        """Store a resource as the next version, with the errors of `update`."""
        kind = resource["resourceType"]
        access.require(kind, "u")
        if resource.get("id") != key:
            raise bad_request("the id in the body is not the id in the address")
        with self._repository.lock:
            before = self._own(access, kind, key)
            _check_match(before, if_match)
            return self._change(access, before, resource)

    def patch(self, access: Access, name: str, operations: list[json_patch.Operation], if_match: str) -> Version:
        """Store the next version of `Type/id` as a JSON Patch makes it out of the last one.

        Raises:
            FhirError: 403, 404, 410 and 412 as `update`, 422 when the patch does not apply or breaks a rule.
        """
        kind, _, key = name.partition("/")
        access.require(kind, "u")
        _require_offer(kind, "update")
        with self._repository.lock:
            before = self._own(access, kind, key)
            _check_match(before, if_match)
            resource = json_patch.apply(before.resource(), operations)
            if not is_object(resource) or (resource["resourceType"], resource.get("id")) != (kind, key):
                raise FhirError(422, "processing", "a patch leaves the type and the id as they are")
            return self._change(access, before, resource)

    def _change(self, access: Access, before: Version, resource: Json) -> Version:
        if before.kind in _RULES:
            _RULES[before.kind].check_change(before.resource(), resource)
        self._require_own(access, resource, before)
        with self._repository.transaction():
            if before.kind == "Appointment":
                booking.follow_up(self._repository, before.resource(), resource)
            if before.kind == "Communication":
                messaging.check_change(self._repository, before.resource(), resource)
            return self._repository.put(resource, before.key, access.patient)

    def delete(self, access: Access, kind: str, key: str, if_match: str) -> None:
        """Delete a resource; deleting it again changes nothing.

        Raises:
            FhirError: 403 out of scope or a Patient, 404 absent or not theirs, 412 stale.
        """
        access.require(kind, "d")
        if kind == "Patient":
            raise forbidden("a patient record cannot be deleted")
        with self._repository.lock:
            before = self._repository.current(kind, key)
            is_own = before is not None and access.patient in before.owners and self._sight.sees(access, before)
            if before and before.is_deleted and is_own:
                return
            before = self._own(access, kind, key)
            _check_match(before, if_match)
            if kind in _KEPT:
                raise business_rule(f"a {kind} is {_KEPT[kind]}, not deleted")
            self._repository.delete(before, access.patient)

    def _matches(self, access: Access, kind: str, condition: str) -> list[Version]:
        pairs = [pair for pair in parse_qsl(condition) if not pair[0].startswith("_") or pair[0] == "_id"]
        if not pairs:
            raise bad_request("If-None-Exist names no search parameter")
        query = QueryReader(self._reading.parameters(kind), 2, is_strict=True).read(pairs)
        if not query.filters:
            raise bad_request("If-None-Exist names no search parameter")
        return self._reading.find(access, kind, query)

    def _own(self, access: Access, kind: str, key: str) -> Version:
        version = self._repository.current(kind, key)
        if version is None or not self._sight.sees(access, version):
            raise not_found(kind, key)
        if version.is_deleted:
            raise gone(version)
        if access.patient not in version.owners:
            raise forbidden(f"{version.name} belongs to the clinic")
        if len(version.owners) > 1:
            raise forbidden(f"{version.name} is in another record as well, and only the clinic changes it")
        return version

    def _require_own(
        self, access: Access, resource: Json, before: Version | None = None, coming: frozenset[str] = frozenset()
    ) -> None:
        """Refuse to store what would not be this patient's, would become someone else's too, or is signed by others."""
        found, _ = self._repository.owners_of(resource)
        if resource["resourceType"] == "Binary" and not found:
            found = frozenset({access.patient})
        allowed = before.owners if before else frozenset({access.patient})
        if found != allowed or self._names_others(access, resource, before, coming):
            raise forbidden(f"a {resource['resourceType']} written here must be about Patient/{access.patient}")
        authors.check(access, resource, before.resource() if before else None, self._repository.base_url)

    def _names_others(
        self, access: Access, resource: Json, before: Version | None, coming: frozenset[str] = frozenset()
    ) -> bool:
        """Whether a resource points, newly, at another patient, or vouches for what its writer cannot see.

        Who acts for a patient points at nothing that they cannot see, since the practice might act on it. What is not
        there, what is hidden and what is somebody else's are answered alike.
        """
        known = {f"Patient/{access.patient}", *(self._targets(before.resource()) if before else ()), *coming}
        fresh = self._targets(resource) - known
        if access.actor or resource["resourceType"] == "Provenance":
            versions = [self._repository.current(*name.split("/")) for name in fresh]
            return not all(version and self._sight.sees(access, version) for version in versions)
        return any(name.startswith("Patient/") for name in fresh)

    def _targets(self, resource: Json) -> set[str]:
        """What a resource refers to at this portal, each as `Type/id`."""
        texts = [text for _, key, text in walk(resource) if key == "reference"]
        return {target for text in texts if (target := local_target(text, self._repository.base_url))}


def interactions(kind: str) -> tuple[str, ...]:
    """Name the interactions the portal has for a type; a token may use those in its scopes.

    What belongs to a patient may be written by that patient; what all patients share is the clinic's.
    """
    if kind not in COMPARTMENT or kind == "Schedule":
        return _READS
    if kind == "Patient":
        return (*_READS, "update", "patch")
    changes = (*_READS, "create", "update", "patch")
    return changes if kind in _KEPT else (*changes, "delete")


def _require_offer(kind: str, interaction: str) -> None:
    if interaction not in interactions(kind):
        raise forbidden(f"{kind} is not {interaction.removesuffix('e')}ed by patients")


def _check_match(version: Version, if_match: str) -> None:
    if not if_match or if_match.strip() == "*":
        return
    tags = [_ETAG.match(tag.strip()) for tag in if_match.split(",")]
    if not any(tag and tag[1] == str(version.number) for tag in tags):
        raise FhirError(412, "conflict", f"{version.name} has changed: its version is now {version.number}")
