"""Where a record is from: the portal, and the patient whose it is."""

from __future__ import annotations

from dataclasses import dataclass

from store.records.text import EMPTY, Safe


@dataclass(frozen=True, slots=True)
class Source:
    """The saved name of a portal, and the name of a patient (else the id), as lists show them."""

    portal: Safe = EMPTY
    patient: Safe = EMPTY


NOWHERE = Source()
