"""Made-up patients as one record: the generator's charts, with shared resources once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from portal_cli.sandbox.lossless import Json


def synthetic_record(seed: int, now: datetime) -> list[Json]:
    """Make the resources of all synthetic patients, in order, each id once."""
    from portal_cli.sandbox.generator import generate  # noqa: PLC0415 -- a loaded folder needs no made-up patients

    found: dict[str, Json] = {}
    for patient in generate(seed, now):
        for resource in patient.resources:
            found.setdefault(f"{resource['resourceType']}/{resource['id']}", resource)
    return list(found.values())
