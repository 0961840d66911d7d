"""The directory of portals: how long it takes to import 20,000 endpoints, and to search in them.

`python -m tests.benchmarks.directory`
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from store.config import Settings
from store.services.directory import Directory
from tests.benchmarks.bars import Bars

ENDPOINTS = 20_000
_SYLLABLES = ("al", "bra", "cor", "den", "el", "fair", "gra", "hol", "in", "ka", "lor", "mar", "nor", "os", "pel", "ro")
_KINDS = ("Health", "Medical Center", "Hospital", "Clinic", "Family Practice", "Pediatrics", "Cardiology Associates")
_STATES = ("MA", "NY", "CA", "TX", "OH", "WA", "FL", "IL")


def brands(number: int, seed: int = 1) -> dict[str, Any]:
    """A User-access Brands bundle of so many portals, each with an organization of its own; the same for one seed."""
    chance = random.Random(seed)
    entries = []
    for each in range(number):
        name, city = _word(chance), _word(chance)
        title = f"{name} {chance.choice(_KINDS)}"
        address = {"city": city, "state": chance.choice(_STATES), "postalCode": f"{chance.randrange(100_000):05}"}
        endpoint = {
            "resourceType": "Endpoint",
            "id": f"e{each}",
            "extension": [
                {"url": "http://hl7.org/fhir/StructureDefinition/endpoint-fhir-version", "valueCode": "4.0.1"}
            ],
            "status": "active",
            "connectionType": {"code": "hl7-fhir-rest"},
            "name": f"{title} R4",
            "address": f"https://fhir{each}.example.org/api/FHIR/R4",
        }
        organization = {
            "resourceType": "Organization",
            "id": f"o{each}",
            "extension": [
                {
                    "url": "http://hl7.org/fhir/StructureDefinition/organization-portal",
                    "extension": [
                        {"url": "portalName", "valueString": f"My{name}"},
                        {"url": "portalUrl", "valueUrl": f"https://my{each}.example.org/"},
                        {"url": "portalEndpoint", "valueReference": {"reference": f"Endpoint/e{each}"}},
                    ],
                }
            ],
            "name": title,
            "alias": [f"{name} of {city}"],
            "address": [address],
        }
        entries += [
            {"fullUrl": f"https://example.org/{item['resourceType']}/{item['id']}", "resource": item}
            for item in (endpoint, organization)
        ]
    return {"resourceType": "Bundle", "type": "collection", "timestamp": "2026-01-01T00:00:00Z", "entry": entries}


def endpoints(number: int, seed: int = 1) -> dict[str, Any]:
    """A plain bundle of Endpoints, as vendors published before: a name and an address, and nothing else."""
    entries = [item for item in brands(number, seed)["entry"] if item["resource"]["resourceType"] == "Endpoint"]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _word(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))).title()


def main() -> int:
    """Measure both, and say so."""
    bars = Bars()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        settings = Settings(vault_dir=home / "vault", config_file=home / "config.toml")
        bundle = brands(ENDPOINTS)
        (home / "brands.json").write_text(json.dumps(bundle))
        names = [item["resource"]["name"] for item in bundle["entry"][1::2]]
        del bundle  # no program that imports a directory has a second copy of it
        found = Directory(settings)
        began = time.perf_counter()
        report = found.take(str(home / "brands.json"))
        bars.at_most("import, s", time.perf_counter() - began, 2.0, f"{report.portals} portals")
        chance = random.Random(2)
        searches = {"a whole name": [chance.choice(names) for _ in range(40)]}
        searches["the beginning of words"] = [name[:4] for name in searches["a whole name"]]
        searches["a slip"] = [name[:2] + "x" + name[3:] for name in searches["a whole name"]]
        searches["a word that many have"] = ["health", "medical", "hospital ma", "clinic new york", "m"] * 8
        searches["nothing"] = ["qqqqzzzz vvvv"] * 40
        for what, typed in searches.items():
            took = [_timed(found, text) for text in typed]
            worst = max(took) * 1000
            bars.at_most(
                f"search for {what}, ms",
                worst,
                50.0,
                f"worst of {len(took)}, median {statistics.median(took) * 1000:.1f}",
            )
    return 1 if bars.missed else 0


def _timed(found: Directory, typed: str) -> float:
    began = time.perf_counter()
    found.search(typed, 30)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
