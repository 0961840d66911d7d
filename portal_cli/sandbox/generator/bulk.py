"""Charts of any size: as many patients as wanted, each with exactly as many resources, in a lifelike mix."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.agenda import open_agenda
from portal_cli.sandbox.generator.bulk_care import CARE
from portal_cli.sandbox.generator.bulk_chart import BulkChart
from portal_cli.sandbox.generator.bulk_medicines import MEDICINES, PRESCRIBED
from portal_cli.sandbox.generator.bulk_papers import PAPERS
from portal_cli.sandbox.generator.bulk_results import RESULTS
from portal_cli.sandbox.generator.chart import Chart
from portal_cli.sandbox.generator.formulary import stock
from portal_cli.sandbox.generator.names import FAMILY
from portal_cli.sandbox.generator.patients import open_directory
from portal_cli.sandbox.generator.people import imagine_person
from portal_cli.sandbox.generator.times import DAYS_PER_YEAR, eastern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from portal_cli.sandbox.generator.directory import Directory
    from portal_cli.sandbox.generator.fhir import Json

BUILDERS: dict[str, Callable[[BulkChart, int], Json]] = {**CARE, **MEDICINES, **RESULTS, **PAPERS}
OLDEST, YOUNGEST = 85, 20

# What a chart is made of, in the order in which a small one fills; the weights share out what comes after one
# of each. A weight of nothing is for what a person has once.
MIX: dict[str, float] = {
    "Patient": 0,
    "MedicationRequest": 40,
    "Observation/laboratory": 340,
    "Encounter": 60,
    "Condition": 15,
    "Observation/vital-signs": 240,
    "AllergyIntolerance": 2,
    "Immunization": 15,
    "DiagnosticReport": 45,
    "Appointment": 15,
    "Communication": 20,
    "Coverage": 0,
    "DocumentReference": 25,
    "Binary": 12,
    "Procedure": 15,
    "MedicationDispense": 40,
    "CareTeam": 0,
    "CarePlan": 2,
    "Goal": 3,
    "Observation/social-history": 8,
    "Observation/survey": 12,
    "Device": 1,
    "FamilyMemberHistory": 1,
    "MedicationStatement": 4,
    "ServiceRequest": 15,
    "Specimen": 15,
    "QuestionnaireResponse": 5,
    "RelatedPerson": 0,
    "Consent": 1,
    "ExplanationOfBenefit": 15,
    "Media": 2,
    "Task": 4,
    "Observation/exam": 6,
    "Observation/imaging": 4,
    "Observation/procedure": 2,
    "Observation/therapy": 2,
    "Observation/activity": 6,
    "Observation/functional-status": 3,
    "Observation/sdoh": 3,
    "Provenance": 10,
}


def generate_many(seed: int, now: datetime, patients: int, resources: int) -> Iterator[Json]:
    """Yield the practice, then each patient's resources: exactly `resources` of them, the Patient among them.

    The same seed, moment and sizes give the same resources. Nothing is kept, so that size costs no memory.
    """
    directory, _ = open_directory(seed)
    for drug in PRESCRIBED:
        stock(seed, drug, directory)
    yield from directory.resources.values()
    yield from open_agenda(seed, now, directory)
    counts = apportion(resources)
    for place in range(1, patients + 1):
        bulk = BulkChart(_start(seed, eastern(now), place, directory), counts)
        for part, count in counts.items():
            build = BUILDERS[part]
            for number in range(1, count + 1):
                yield build(bulk, number)


def apportion(total: int) -> dict[str, int]:
    """Share a number of resources out over the mix, exactly."""
    counts = dict.fromkeys(list(MIX)[:total], 1)
    rest = total - len(counts)
    if rest <= 0:
        return counts
    whole = sum(MIX.values())
    shares = {part: rest * weight / whole for part, weight in MIX.items()}
    counts = {part: 1 + int(share) for part, share in shares.items()}
    missing = total - sum(counts.values())
    for part in sorted(shares, key=lambda part: shares[part] % 1, reverse=True)[:missing]:
        counts[part] += 1
    return counts


def _start(seed: int, now: datetime, place: int, directory: Directory) -> Chart:
    rng = random.Random(f"{seed}/bulk/{place}")  # noqa: S311 - a repeatable story, not a secret
    age = rng.randint(YOUNGEST, OLDEST)
    born_about = (now - timedelta(days=age * DAYS_PER_YEAR)).date().replace(day=1)
    person = imagine_person(rng, rng.choice(FAMILY), directory.town, born_about=born_about)
    return Chart(seed=seed, key=f"bulk-{place}", now=now, rng=rng, person=person, directory=directory)
