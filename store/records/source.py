"""Where a record is from: the portal, and the patient whose it is."""

from __future__ import annotations

from store.light import dataclass
from store.records.text import EMPTY, Safe


@dataclass(frozen=True, slots=True)
class Source:
    """The saved name of a portal, and the name of a patient (else the id), as lists show them."""

    portal: Safe = EMPTY
    patient: Safe = EMPTY


NOWHERE = Source()
_IMPORTED = "import:"


def imported(digest: str) -> str:
    """What stands for the address of a portal where records came out of a file: the digest of its content."""
    return f"{_IMPORTED}{digest}"


def is_imported(base_url: str) -> bool:
    """Whether records came out of a file, so that there is no portal to ask for them."""
    return base_url.startswith(_IMPORTED)
