"""The people a chart is about, and their Patient and RelatedPerson resources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from portal_cli.sandbox.generator.fhir import (
    PRACTICE,
    TERMINOLOGY,
    US_CORE,
    Json,
    coding,
    concept,
    narrative,
    profile,
    reference,
)
from portal_cli.sandbox.generator.names import GIVEN_FEMALE, GIVEN_MALE, STREETS
from portal_cli.sandbox.generator.times import DAYS_PER_YEAR

if TYPE_CHECKING:
    from random import Random

Sex = Literal["female", "male"]

RACES = (("2106-3", "White"), ("2054-5", "Black or African American"), ("2028-9", "Asian"))
OMB = "urn:oid:2.16.840.1.113883.6.238"


@dataclass(frozen=True)
class Person:
    """One synthetic person; `phone` and `email` use ranges reserved for fiction."""

    given: str
    middle: str
    family: str
    sex: Sex
    born: date
    phone: str
    street: str
    town: str
    race: tuple[str, str]
    contact: str
    record_number: str

    @property
    def full_name(self) -> str:
        """Given and family name."""
        return f"{self.given} {self.family}"

    @property
    def email(self) -> str:
        """An address in a domain that never delivers."""
        return f"{self.given}.{self.family}@example.net".lower()

    def age_on(self, day: date) -> int:
        """Completed years of life."""
        return day.year - self.born.year - ((day.month, day.day) < (self.born.month, self.born.day))


def imagine_person(rng: Random, family: str, town: str, *, born_about: date) -> Person:
    """Make up a person of the given family, born within two years of a day."""
    sex: Sex = rng.choice(("female", "male"))
    given, middle, contact = rng.sample(GIVEN_FEMALE if sex == "female" else GIVEN_MALE, 3)
    return Person(
        given=given,
        middle=middle,
        family=family,
        sex=sex,
        born=born_about + timedelta(days=rng.randint(int(-2 * DAYS_PER_YEAR), int(2 * DAYS_PER_YEAR))),
        phone=f"+1-802-555-01{rng.randint(10, 99)}",
        street=f"{rng.randint(2, 480)} {rng.choice(STREETS)}",
        town=town,
        race=rng.choice(RACES),
        contact=f"{contact} {family}",
        record_number=f"{rng.randint(100000, 999999)}",
    )


def build_patient(patient_id: str, person: Person, organization: Json, practitioner: Json) -> Json:
    """A US Core Patient with demographics, one contact and the responsible clinician."""
    return {
        "resourceType": "Patient",
        "id": patient_id,
        "meta": profile("patient"),
        "text": narrative(f"{person.full_name}, born {person.born.isoformat()}"),
        "extension": _extensions(person),
        "identifier": [_record_number(person)],
        "active": True,
        "name": [{"use": "official", "family": person.family, "given": [person.given, person.middle]}],
        "telecom": [
            {"system": "phone", "value": person.phone, "use": "mobile", "rank": 1},
            {"system": "email", "value": person.email, "use": "home", "rank": 2},
        ],
        "gender": person.sex,
        "birthDate": person.born.isoformat(),
        "address": [_address(person)],
        "contact": [_contact(person)],
        "communication": [
            {
                "language": concept("English", coding("urn:ietf:bcp:47", "en-US", "English (United States)")),
                "preferred": True,
            }
        ],
        "generalPractitioner": [practitioner],
        "managingOrganization": organization,
    }


def build_relative(relative_id: str, patient: Json, person: Person) -> Json:
    """A US Core RelatedPerson: the adult child who helps the patient."""
    given, family = person.contact.split(" ", 1)
    return {
        "resourceType": "RelatedPerson",
        "id": relative_id,
        "meta": profile("relatedperson"),
        "active": True,
        "patient": patient,
        "relationship": [concept("Child", coding(TERMINOLOGY + "v3-RoleCode", "CHILD", "child"))],
        "name": [{"use": "official", "family": family, "given": [given]}],
        "telecom": [{"system": "phone", "value": person.phone[:-2] + "09", "use": "mobile"}],
        "gender": person.sex,
    }


def refer_relative(relative: Json) -> Json:
    """A Reference to a RelatedPerson by name."""
    name = relative["name"][0]
    return reference(f"RelatedPerson/{relative['id']}", f"{name['given'][0]} {name['family']}")


def _extensions(person: Person) -> list[Json]:
    code, race = person.race
    ethnicity = "Not Hispanic or Latino"
    definitions = US_CORE + "StructureDefinition/us-core-"
    return [
        {
            "url": definitions + "race",
            "extension": [
                {"url": "ombCategory", "valueCoding": coding(OMB, code, race)},
                {"url": "text", "valueString": race},
            ],
        },
        {
            "url": definitions + "ethnicity",
            "extension": [
                {"url": "ombCategory", "valueCoding": coding(OMB, "2186-5", ethnicity)},
                {"url": "text", "valueString": ethnicity},
            ],
        },
        {"url": definitions + "birthsex", "valueCode": "F" if person.sex == "female" else "M"},
    ]


def _record_number(person: Person) -> Json:
    label = "Medical record number"
    return {
        "use": "usual",
        "type": concept(label, coding(TERMINOLOGY + "v2-0203", "MR", label)),
        "system": PRACTICE + "medical-record-number",
        "value": person.record_number,
    }


def _contact(person: Person) -> Json:
    role = concept("Emergency contact", coding(TERMINOLOGY + "v2-0131", "C", "Emergency Contact"))
    return {
        "relationship": [role],
        "name": {"text": person.contact},
        "telecom": [{"system": "phone", "value": person.phone[:-2] + "09", "use": "home"}],
    }


def _address(person: Person) -> Json:
    return {
        "use": "home",
        "line": [person.street],
        "city": person.town,
        "state": "VT",
        "postalCode": "05999",
        "country": "US",
    }
