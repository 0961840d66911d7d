"""The table of vendors: recognised by address and words, complete, and the same in the README."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from store.remote import vendors

README = Path(__file__).resolve().parents[3] / "README.md"


@pytest.mark.parametrize(
    ("address", "said", "key"),
    [
        ("https://fhir.example.org/r4", "Epic May 2026", "epic"),
        ("https://fhir.epic.com/interconnect/api/FHIR/R4", "", "epic"),
        ("https://fhir-myrecord.cerner.com/r4/x", "", "oracle"),
        ("https://fhir.example.org/r4", "Oracle Health Millennium", "oracle"),
        ("https://notepic.com/r4", "", ""),
        ("https://epic.com.example.org/r4", "Practice Fusion", ""),
        ("http://127.0.0.1:1/fhir", "practice portal", "sandbox"),
        ("http://127.0.0.1:1/fhir", "HAPI FHIR Server", "hapi"),
    ],
)
def test_a_vendor_is_known_by_what_its_portal_says_or_by_its_address(address: str, said: str, key: str) -> None:
    assert vendors.recognise(address, said).key == key


def test_every_vendor_has_every_fact_and_its_source() -> None:
    may_be_empty = {"hosts", "register_at"}
    for vendor in vendors.VENDORS:
        assert [field.name for field in fields(vendor) if not getattr(vendor, field.name)] == [
            name for name in ("hosts", "register_at") if name in may_be_empty and not getattr(vendor, name)
        ]
        assert vendor.register_at == "" or vendor.register_at.startswith("https://")


def test_the_readme_has_the_table_as_it_is() -> None:
    assert vendors.table() in README.read_text()
