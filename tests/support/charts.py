"""Vaults with the charts of chosen people in them, made without a portal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.client import Client
from store.config import Settings
from store.records import incoming
from store.records.lossless import encode
from store.vault import connections, keys, resources
from store.vault import vault as vaults

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from store.records.elements import Json

PASSPHRASE = "correct horse battery staple"


@dataclass(frozen=True)
class Chart:
    """What one portal has of one patient."""

    portal: str
    name: str
    records: Sequence[Json]
    born: str | None = "1980-01-01"
    sex: str = "female"
    patient: str = "p1"


def client_with(folder: Path, *charts: Chart) -> Client:
    """A client of a new vault that holds these charts."""
    settings = Settings(vault_dir=folder / "vault", config_file=folder / "config.toml")
    with vaults.create(settings, PASSPHRASE.encode(), keys.FLOOR) as vault, vault.transaction() as tx:
        for chart in charts:
            owner = connections.save(tx, _signed_in(chart))
            connections.name_patient(tx, owner, chart.name)
            person = {"resourceType": "Patient", "id": chart.patient, "gender": chart.sex}
            born = {"birthDate": chart.born} if chart.born else {}
            found = [incoming.decode(encode(body)) for body in ({**person, **born}, *chart.records)]
            resources.store(tx, owner, [item for item in found if item is not None])
    return Client(settings, ask=lambda: PASSPHRASE)


def _signed_in(chart: Chart) -> connections.SignedIn:
    return connections.SignedIn(
        name=chart.portal,
        base_url=f"https://{chart.portal}.example.org/fhir",
        client_id="tests",
        redirect_uri=None,
        scope_requested=None,
        scope="patient/*.read",
        patient=chart.patient,
        fhir_user=f"Patient/{chart.patient}",
        access_expires=0,
        smart=b"{}",
        capability=b"{}",
        access_token="",
        refresh_token=None,
    )
