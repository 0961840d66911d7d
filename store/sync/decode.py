"""From a page of served resources to records that the vault can store, what cannot be used, and what they refer to."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.records import elements, incoming, lossless
from store.records.incoming import Incoming  # noqa: TC001 - msgspec reads the annotations of what is sent on
from store.records.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.records.elements import Json

_REFERENCE = re.compile(rb'"reference"\s*:\s*"([^"]{1,600})"')
_RELATIVE = re.compile(r"([A-Z][A-Za-z]{1,63})/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]+)?\Z")
_PATIENT = re.compile(rb"Patient\\?/([A-Za-z0-9\-.]{1,64})")
_GUESSED_TYPE = re.compile(rb'"resourceType"\s*:\s*"([A-Z][A-Za-z]{1,63})"')
_GUESSED_ID = re.compile(rb'"id"\s*:\s*"([A-Za-z0-9\-.]{1,64})"')
_SUBJECTS = ("subject", "patient", "beneficiary", "individual", "for")  # the elements that say whose a resource is


class Whose:
    """Whose records a portal may send: those of one patient, by every id that the portal knows the patient by."""

    def __init__(self, base_url: str, patient: str) -> None:
        self._base_url = base_url
        self.patients = {patient}

    def learn(self, patient: Json) -> None:
        """Take in the other ids that the patient's own record names (FHIR R4 Patient.link)."""
        for link in elements.objects(patient.get("link")):
            if target := self._patient(elements.reference(link.get("other"))):
                self.patients.add(target)

    def is_strange(self, record: Incoming) -> bool:
        """Whether a record is about another patient alone."""
        if record.type == "Patient":
            return record.id not in self.patients
        mentioned = {name.decode("ascii") for name in _PATIENT.findall(record.body)}
        if mentioned <= self.patients:  # as nearly always, and much sooner known than what follows
            return False
        resource = lossless.decode(record.body)
        parts = [part for name in _SUBJECTS for part in elements.objects(resource.get(name))]
        others = {patient for part in parts if (patient := self._patient(elements.reference(part)))}
        return bool(others) and not self.patients & others

    def _patient(self, literal: str) -> str:
        match = _RELATIVE.match(literal.removeprefix(f"{self._base_url}/"))
        return match.group(2) if match and match.group(1) == "Patient" else ""


@dataclass(frozen=True, slots=True)
class Unusable:
    """A resource that cannot be used: what it calls itself, or the digest of its bytes, and why not."""

    name: str
    why: str
    body: bytes

    def __str__(self) -> str:
        return f"{self.name} cannot be used: {self.why}"


@dataclass(frozen=True)
class Decoded:
    """What a page holds: records to store, what cannot be used, and what the portal says of failures of its own."""

    records: tuple[Incoming, ...]
    unusable: tuple[Unusable, ...]
    failures: tuple[str, ...]


def decode_all(resources: Iterable[bytes], whose: Whose) -> Decoded:
    """Read the resources of a page; a bad one is left out and named, the others are kept.

    An OperationOutcome, by which a portal comments on a search, is no record; one that tells of an error is named.
    """
    records: list[Incoming] = []
    unusable: list[Unusable] = []
    failures: list[str] = []
    for body in resources:
        try:
            record = incoming.decode(body)
            if record is None:
                failures += [f"the portal says: {words}"] if (words := _failure(body)) else []
            elif whose.is_strange(record):
                unusable.append(Unusable(f"{record.type}/{record.id}", "it is about another patient", body))
            else:
                records.append(record)
        except ValueError as error:
            unusable.append(Unusable(_name(body), str(one_line(str(error)))[:120], body))
    return Decoded(tuple(records), tuple(unusable), tuple(failures))


def _name(body: bytes) -> str:
    found = incoming.name(body)
    if found is None:  # what no decoder takes may still say what it is
        guessed = _GUESSED_TYPE.search(body), _GUESSED_ID.search(body)
        found = (guessed[0][1].decode(), guessed[1][1].decode()) if guessed[0] and guessed[1] else None
    if found:
        return str(one_line("/".join(found)))[:120]
    return f"a record without an id ({hashlib.blake2b(body, digest_size=4).hexdigest()})"


def _failure(outcome: bytes) -> str:
    """What an OperationOutcome tells of errors, in the portal's words; empty when it only informs or warns."""
    issues = elements.objects(lossless.decode(outcome).get("issue"))
    grave = [issue for issue in issues if issue.get("severity") in {"error", "fatal"}]
    words = [
        elements.concept(issue.get("details"))
        or elements.text(issue.get("diagnostics"))
        or elements.text(issue.get("code"))
        for issue in grave
    ]
    return "; ".join(words)[:300]


def references(bodies: Iterable[bytes], base_url: str, types: frozenset[str]) -> set[tuple[str, str]]:
    """Type and id of every record of these types that resources refer to on their own portal."""
    found = set()
    for raw in set(_REFERENCE.findall(b"\n".join(bodies))) if types else ():
        text = raw.decode("utf-8", "replace").replace("\\/", "/")
        match = _RELATIVE.match(text.removeprefix(f"{base_url}/"))
        if match and match.group(1) in types and match.group(2).strip("."):
            found.add((match.group(1), match.group(2)))
    return found
