"""What an export format is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

from store.records.elements import Json  # noqa: TC001 - FORMATS is built from these names at run time


@dataclass(frozen=True)
class Exported:
    """One record on its way out: type, plain noun, its own bytes and the JSON they hold."""

    type: str
    kind: str
    body: bytes
    resource: Json


Write: TypeAlias = Callable[[Iterable[Exported], BinaryIO], int]


@dataclass(frozen=True)
class Format:
    """One format: its name, the ending of its files, how it is written, and how a folder of files is divided.

    `write` takes records and an open file and returns how many records it wrote. A folder has one file for each
    FHIR type when `divides_by_type`, else one for each kind.
    """

    name: str
    ending: str
    write: Write
    divides_by_type: bool = False
