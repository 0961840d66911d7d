"""Made-up patients as one record: the generator's charts, with what they share once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from portal_cli.sandbox.lossless import Json


def synthetic_record(seed: int, now: datetime) -> list[Json]:
    """Make the resources of the synthetic patients and of their practice, in order, each id once."""
    # A loaded folder needs no made-up patients.
    from portal_cli.sandbox.generator.agenda import open_agenda  # noqa: PLC0415 -- as above
    from portal_cli.sandbox.generator.patients import (  # noqa: PLC0415 -- as above
        generate,
        generate_household,
        open_directory,
    )

    found: dict[str, Json] = {}
    people = [*generate(seed, now, is_surrounded=True), *generate_household(seed, now)]
    charts = [patient.resources for patient in people]
    agenda = open_agenda(seed, now, open_directory(seed)[0])
    directory = open_directory(seed)[0].closure(agenda)
    for resources in (*charts, directory, agenda):
        for resource in resources:
            found.setdefault(f"{resource['resourceType']}/{resource['id']}", resource)
    return list(found.values())


def sized_record(seed: int, now: datetime, patients: int, resources: int) -> Iterator[Json]:
    """Make a practice with so many patients of so many resources each, one after the other."""
    from portal_cli.sandbox.generator.bulk import generate_many  # noqa: PLC0415 -- as above

    return generate_many(seed, now, patients, resources)
