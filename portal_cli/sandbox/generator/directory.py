"""The practice and everyone it works with: practitioners, organizations and places, shared by all charts."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import (
    NPI,
    SNOMED,
    TERMINOLOGY,
    Json,
    coding,
    concept,
    profile,
    reference,
)
from portal_cli.sandbox.generator.names import (
    ACCENTED,
    GIVEN_FEMALE,
    GIVEN_MALE,
    PAYERS,
    PRACTICES,
    STREETS,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

NUCC = "http://nucc.org/provider-taxonomy"
DOUBLED_DIGIT_LIMIT = 9


@dataclass(frozen=True)
class Post:
    """A post in the directory: the degree after the name, and the specialty in SNOMED CT and NUCC terms."""

    degree: str
    specialty: str
    nucc: str
    snomed: str
    role: str


POSTS: dict[str, Post] = {
    "primary": Post("MD", "Family Medicine", "207Q00000X", "453231000124104", "Primary care provider"),
    "nurse": Post("RN", "Registered Nurse", "163W00000X", "224535009", "Registered nurse"),
    "cardiologist": Post("MD", "Cardiovascular Disease", "207RC0000X", "17561000", "Cardiologist"),
    "nephrologist": Post("MD", "Nephrology", "207RN0300X", "11911009", "Nephrologist"),
    "radiologist": Post("MD", "Diagnostic Radiology", "2085R0202X", "66862007", "Radiologist"),
    "orthopedist": Post("MD", "Orthopaedic Surgery", "207X00000X", "22731001", "Orthopedic surgeon"),
    "ophthalmologist": Post("MD", "Ophthalmology", "207W00000X", "422234006", "Ophthalmologist"),
    "pharmacist": Post("PharmD", "Pharmacist", "183500000X", "46255001", "Pharmacist"),
    "hospitalist": Post("MD", "Hospitalist", "208M00000X", "405279007", "Attending physician"),
    "gastroenterologist": Post("MD", "Gastroenterology", "207RG0100X", "71838004", "Gastroenterologist"),
}


def opaque_id(*parts: object) -> str:
    """A stable FHIR id that tells nothing about what it names."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:20]


@dataclass
class Directory:
    """Directory resources by reference, and the references of each post and place by its key."""

    town: str
    resources: dict[str, Json] = field(default_factory=dict)
    references: dict[str, Json] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def refer(self, key: str) -> Json:
        """A Reference to a practitioner by post, or to an organization or location by its key."""
        return dict(self.references[key])

    def closure(self, chart: Iterable[Json]) -> list[Json]:
        """The directory resources that a chart refers to, directly or through one another."""
        found: dict[str, Json] = {}
        waiting = [target for resource in chart for target in iterate_references(resource)]
        while waiting:
            target = waiting.pop()
            if target in self.resources and target not in found:
                found[target] = self.resources[target]
                waiting.extend(iterate_references(found[target]))
        return [resource for target, resource in self.resources.items() if target in found]

    def enter(self, key: str, resource: Json, name: str) -> None:
        """Add a resource under a key."""
        target = f"{resource['resourceType']}/{resource['id']}"
        self.resources[target] = resource
        self.references[key] = reference(target, name)
        self.names[key] = name


def iterate_references(element: object) -> Iterable[str]:
    """Every `Type/id` that a resource refers to."""
    waiting = [element]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if isinstance(target := part.get("reference"), str):
                yield target
            waiting.extend(inner for inner in part.values() if isinstance(inner, dict | list))
        elif isinstance(part, list):
            waiting.extend(part)


def build_directory(seed: int, rng: Random, families: list[str], town: str) -> Directory:
    """The directory of one seed; `families` supplies one family name per post."""
    directory = Directory(town)
    payers = rng.sample(PAYERS, 2)
    organizations = {
        "practice": (f"{town} {rng.choice(PRACTICES)}", "prov", "Healthcare Provider"),
        "laboratory": (f"{town} Reference Laboratory", "prov", "Healthcare Provider"),
        "hospital_organization": (f"{town} Regional Hospital", "prov", "Healthcare Provider"),
        "pharmacy": (f"{rng.choice(STREETS)} Pharmacy", "prov", "Healthcare Provider"),
        "payer": (payers[0], "pay", "Payer"),
        "former_payer": (payers[1], "pay", "Payer"),
        "senior_payer": ("Evergreen Senior Advantage", "pay", "Payer"),
    }
    for key, (name, code, kind) in organizations.items():
        organization_type = concept(kind, coding(TERMINOLOGY + "organization-type", code, kind))
        directory.enter(key, _organization(opaque_id(seed, key), name, organization_type, town), name)
    for key, owner, name in (
        ("clinic", "practice", f"{directory.names['practice']}, main clinic"),
        ("hospital", "hospital_organization", f"{town} Regional Hospital"),
    ):
        directory.enter(key, _location(opaque_id(seed, key), name, directory, owner), name)
    accented_post = rng.choice(("primary", "cardiologist", "nurse"))
    for (key, post), family in zip(POSTS.items(), families, strict=True):
        holder = rng.choice(ACCENTED) if key == accented_post else _imagine_name(rng, family)
        _enter_practitioner(directory, seed, key, (post, holder))
    return directory


def _imagine_name(rng: Random, family: str) -> tuple[str, str, str]:
    sex = rng.choice(("female", "male"))
    return rng.choice(GIVEN_FEMALE if sex == "female" else GIVEN_MALE), family, sex


def _enter_practitioner(directory: Directory, seed: int, key: str, holder: tuple[Post, tuple[str, str, str]]) -> None:
    post, (given, family, sex) = holder
    name = f"{given} {family}, {post.degree}"
    practitioner_id = opaque_id(seed, "Practitioner", key)
    specialty = concept(post.specialty, coding(NUCC, post.nucc, post.specialty))
    practitioner: Json = {
        "resourceType": "Practitioner",
        "id": practitioner_id,
        "meta": profile("practitioner"),
        "identifier": [{"system": NPI, "value": _npi(practitioner_id)}],
        "active": True,
        "name": [{"text": name, "family": family, "given": [given], "suffix": [post.degree]}],
        "telecom": [{"system": "phone", "value": "+1-802-555-0100", "use": "work"}],
        "gender": sex,
        "qualification": [{"code": specialty}],
    }
    directory.enter(key, practitioner, name)
    role_id = opaque_id(seed, "PractitionerRole", key)
    role: Json = {
        "resourceType": "PractitionerRole",
        "id": role_id,
        "meta": profile("practitionerrole"),
        "active": True,
        "practitioner": directory.refer(key),
        "organization": directory.refer("practice"),
        "code": [concept(post.role, coding(SNOMED, post.snomed, post.role))],
        "specialty": [specialty],
        "location": [directory.refer("clinic")],
        "telecom": [{"system": "phone", "value": "+1-802-555-0100", "use": "work"}],
    }
    directory.enter(f"{key}_role", role, f"{name}, {post.specialty}")


def _organization(organization_id: str, name: str, kind: Json, town: str) -> Json:
    return {
        "resourceType": "Organization",
        "id": organization_id,
        "meta": profile("organization"),
        "identifier": [{"system": NPI, "value": _npi(organization_id)}],
        "active": True,
        "type": [kind],
        "name": name,
        "telecom": [{"system": "phone", "value": "+1-802-555-0100", "use": "work"}],
        "address": [{"line": ["1 Main Street"], "city": town, "state": "VT", "postalCode": "05999"}],
    }


def _location(location_id: str, name: str, directory: Directory, owner: str) -> Json:
    return {
        "resourceType": "Location",
        "id": location_id,
        "meta": profile("location"),
        "status": "active",
        "name": name,
        "telecom": [{"system": "phone", "value": "+1-802-555-0100"}],
        "address": {
            "line": ["1 Main Street"],
            "city": directory.town,
            "state": "VT",
            "postalCode": "05999",
            "country": "US",
        },
        "managingOrganization": directory.refer(owner),
    }


def _npi(opaque: str) -> str:
    """Ten digits with a right check digit, from a range that is never issued."""
    digits = "9" + f"{int(opaque, 16) % 10**8:08d}"
    total = 24
    for position, digit in enumerate(reversed(digits)):
        weighted = int(digit) * (2 if position % 2 == 0 else 1)
        total += weighted - DOUBLED_DIGIT_LIMIT if weighted > DOUBLED_DIGIT_LIMIT else weighted
    return digits + str(-total % 10)
