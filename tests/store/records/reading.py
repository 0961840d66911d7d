"""What the tests of record readers share: every reader, FHIR JSON read as the program reads it, and what is safe."""

from __future__ import annotations

import dataclasses
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from store.records import (
    appointments,
    catalog,
    details,
    labs,
    medications,
    messages,
    patients,
    refills,
    reports,
    searchable,
)
from store.records.dates import FhirDate
from store.records.elements import Json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

JOINERS_AND_SOFT_HYPHEN = {"\u200c", "\u200d", "\u00ad"}
INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | set(map(chr, range(0xE0100, 0xE01F0)))
HARMFUL = INVISIBLE | frozenset(
    letter
    for letter in map(chr, range(0x110000))
    if unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    and letter not in {"\n", "\t", *JOINERS_AND_SOFT_HYPHEN}
)
decode = msgspec.json.Decoder(Json, float_hook=Decimal).decode
READERS: tuple[Callable[[Json], Any], ...] = (
    appointments.read,
    catalog.read_envelope,
    details.read,
    labs.read,
    medications.read,
    messages.read,
    patients.read,
    refills.read,
    reports.read,
    searchable.searchable_text,
)


def is_harmless(text: str) -> bool:
    """Whether a text holds nothing but graphic characters, new lines, tabs and what scripts need to join letters."""
    return HARMFUL.isdisjoint(text)


def texts(value: object) -> Iterator[str]:
    """Every text in a value that a reader made, dates as they are shown included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, FhirDate):
        yield from (value.text, value.local(), value.day())
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from texts(getattr(value, field.name))


def read_with_every_reader(resource: Json) -> None:
    """Read a resource with every reader, and hold that nothing they say could steer a terminal."""
    for reader in READERS:
        for text in texts(reader(resource)):
            assert is_harmless(text), (reader.__module__, text)
