"""Importing files, as a job that a kill interrupts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from store.vault import attachments
from tests.support import papers, scenes
from tests.support.scenes import Seen, check_sound, client_in, opened, seen

if TYPE_CHECKING:
    from pathlib import Path

    from store.client import Client
    from tests.support.workload import Acknowledge

_PATIENT = {"resourceType": "Patient", "id": "ada", "name": [{"text": "Ada Byron"}], "birthDate": "1970-12-10"}
_CONDITIONS = 30


def prepare_import(folder: Path) -> None:
    """Begin with a vault, a file of records and a clinical document."""
    scenes.prepare_vault(folder)
    here = folder / "run"
    found = [
        {
            "resourceType": "Condition",
            "id": f"c{number}",
            "subject": {"reference": "Patient/ada"},
            "code": {"text": "x"},
        }
        for number in range(_CONDITIONS)
    ]
    (here / "chart.ndjson").write_text("\n".join(json.dumps(each) for each in [_PATIENT, *found]))
    (here / "CCD.xml").write_bytes(papers.cda("x"))


def run_import(folder: Path, acknowledge: Acknowledge) -> None:
    with client_in(folder) as client:
        for name in ("chart.ndjson", "CCD.xml"):
            plan = client.imports.plan([folder / "run" / name], every=True)
            client.imports.run(plan)
            acknowledge(name)


def verify_import(folder: Path, acks: tuple[str, ...]) -> None:
    check_sound(folder, ("old", "code"))
    with opened(folder) as client:
        done = {row.name: row.records for row in client.imports.list() if row.imported}
        assert done.items() <= {"chart.ndjson": _CONDITIONS + 1, "CCD.xml": 2}.items()
        assert set(acks) <= done.keys()


def resume_import(folder: Path) -> None:
    run_import(folder, lambda _: None)


def see_imported(folder: Path) -> Seen:
    return seen(folder, _sources)


def _sources(client: Client) -> object:
    with client.vault.reading() as connection:
        kept = attachments.totals(connection)[:2]
    return [(row.name, row.patient, row.records, row.digest) for row in client.imports.list()], kept
