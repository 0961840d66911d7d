"""The one reading of the search parameter tables: what may be searched on for each type."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from portal_cli.sandbox.compartment import COMPARTMENT
from portal_cli.sandbox.parameters.clinical import CLINICAL
from portal_cli.sandbox.parameters.orders import ORDERS
from portal_cli.sandbox.parameters.people import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Mapping

OWNER_PATH = "@owner"
_WITHOUT_IDENTIFIER = frozenset(
    {"AuditEvent", "Binary", "Bundle", "Linkage", "OperationOutcome", "Parameters", "Provenance"}
)
_COMMON = {
    "status": "status token status",
    "code": "code token code",
    "date": "date date date",
    "subject": "subject reference subject",
}


@dataclass(frozen=True)
class Parameter:
    """One search parameter of one type: its name, its kind and the element paths it looks at."""

    name: str
    kind: str
    paths: tuple[str, ...]

    @property
    def declared_kind(self) -> str:
        """Its type as a CapabilityStatement names it (http://hl7.org/fhir/search-param-type)."""
        return "reference" if self.kind == "patient" else self.kind


ID = Parameter("_id", "token", ("id",))
LAST_UPDATED = Parameter("_lastUpdated", "date", ("meta.lastUpdated",))
_IDENTIFIER = Parameter("identifier", "token", ("identifier",))


def parameters_of(kind: str, elements: frozenset[str] = frozenset()) -> Mapping[str, Parameter]:
    """Give the search parameters of a resource type, by name.

    A type without rows of its own has the common ones for the `elements` that are known to occur in it.
    """
    rows = _written(kind)
    if kind in PEOPLE or kind in ORDERS or kind in CLINICAL:
        return rows
    common = [_parse(row) for element, row in _COMMON.items() if element in elements]
    return {**rows, **{parameter.name: parameter for parameter in common}}


@cache
def _written(kind: str) -> Mapping[str, Parameter]:
    text = PEOPLE.get(kind) or ORDERS.get(kind) or CLINICAL.get(kind) or ""
    rows = [_parse(row) for row in text.split(";") if row.strip()]
    found = {row.name: row for row in (ID, LAST_UPDATED)}
    if kind not in _WITHOUT_IDENTIFIER:
        found["identifier"] = _IDENTIFIER
    if kind in COMPARTMENT:
        found["patient"] = Parameter("patient", "patient", (OWNER_PATH,))
    return found | {row.name: row for row in rows}


def _parse(row: str) -> Parameter:
    name, kind, paths = row.split()
    return Parameter(name, kind, tuple(paths.split("|")))
