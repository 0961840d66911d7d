"""The tables of where records are from: what the vault has of each portal's types, and what was imported from files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.tables import Column, Table
from portal_cli.wording import moment

if TYPE_CHECKING:
    from store.services.gaps import GapRow, TypeGap
    from store.services.import_plans import ImportRow


def _searches(gap: TypeGap) -> str:
    """How many searches a type is made of, where they are several or not all went well."""
    trouble = [f"{number} {word}" for number, word in ((gap.refused, "refused"), (gap.failed, "failed")) if number]
    return ", ".join([str(gap.searches), *trouble]) if gap.searches > 1 else ""


IMPORTS: Table[ImportRow] = Table(
    "imports",
    (
        Column("Name", lambda row: row.name),
        Column("Patient", lambda row: row.patient),
        Column("Records", lambda row: str(row.records), is_whole=True),
        Column("Imported", lambda row: moment(row.imported) or "not to its end", is_whole=True),
        Column("SHA-256", lambda row: row.digest),
    ),
    ("name", "patient", "records", "imported", "digest"),
)
GAPS: Table[TypeGap] = Table(
    "types of record",
    (
        Column("Type", lambda gap: gap.type, is_whole=True),
        Column("Standing", lambda gap: gap.standing.value, is_whole=True),
        Column("Records", lambda gap: str(gap.records), is_whole=True),
        Column("Gone", lambda gap: str(gap.absent or ""), is_whole=True),
        Column("Unusable", lambda gap: str(len(gap.unusable) or ""), is_whole=True),
        Column("Searches", _searches, is_whole=True),
        Column("Asked", lambda gap: moment(gap.asked), is_whole=True),
        Column("All of it", lambda gap: moment(gap.complete), is_whole=True),
    ),
    ("type", "kind", "standing", "records", "absent", "asked", "complete", "searches", "refused", "failed", "detail"),
)


def _gap_columns() -> tuple[Column[GapRow], ...]:
    return tuple(Column(column.title, column.read, column.is_whole) for column in GAPS.columns)


GAP_ROWS: Table[GapRow] = Table(
    GAPS.noun,
    (
        Column("Portal", lambda gap: gap.portal),
        Column("Patient", lambda gap: gap.patient),
        *_gap_columns(),
    ),
    ("portal", "patient", *GAPS.fields),
)
