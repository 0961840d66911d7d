"""Medications as resources of their own, for the orders that name their medicine by reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.directory import opaque_id
from portal_cli.sandbox.generator.fhir import Json, concept, profile
from portal_cli.sandbox.generator.medications import DRUGS

if TYPE_CHECKING:
    from portal_cli.sandbox.generator.directory import Directory


def stock(seed: int, drug: str, directory: Directory) -> Json:
    """Enter the Medication of a drug in the directory, once, and refer to it."""
    key = f"medication_{drug}"
    if key not in directory.references:
        directory.enter(key, build_medication(seed, drug), DRUGS[drug].text)
    return directory.refer(key)


def build_medication(seed: int, drug: str) -> Json:
    """A US Core Medication."""
    return {
        "resourceType": "Medication",
        "id": opaque_id(seed, "Medication", drug),
        "meta": profile("medication"),
        "code": DRUGS[drug].code,
        "status": "active",
        "form": concept(DRUGS[drug].unit),
    }


def refer_instead(seed: int, order: Json, drug: str, directory: Directory) -> None:
    """Let an order name its medicine by reference, in place."""
    del order["medicationCodeableConcept"]
    order["medicationReference"] = stock(seed, drug, directory)
