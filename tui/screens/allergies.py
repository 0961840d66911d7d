"""Allergies: what there is, a new one that the patient tells of, and the end of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui import forms_of_details, readings_of_details, rows_of_details
from tui.actions import Where, bindings
from tui.columns import Column
from tui.screens.reported import ReportedScreen, Sort

if TYPE_CHECKING:
    from store.records.allergies import Allergy


def _counted(count: int, every: bool) -> str:  # noqa: FBT001 - as the table of sorts calls it
    number = "1 allergy" if count == 1 else f"{count} allergies"
    return f"{number}, also those that are over" if every else number


SORT: Sort[Allergy] = Sort(
    "allergy",
    "AllergyIntolerance",
    lambda client: client.allergies,
    rows_of_details.allergy,
    rows_of_details.allergy_waiting,
    readings_of_details.allergy,
    forms_of_details.new_allergy,
    forms_of_details.end_allergy,
    _counted,
)


class AllergiesScreen(ReportedScreen["Allergy"]):
    """Allergies, those that one has or all."""

    NAME = "allergies"
    SORT = SORT
    BINDINGS = bindings(Where.WRITING, Where.ALLERGIES)
    COLUMNS = (
        Column(most=50, least=14, title="Allergy"),
        Column(most=40, least=12, title="Reaction"),
        Column(most=12, title="Category", from_width=66),
        Column(most=16, title="Standing", from_width=76),
        Column(most=18, title="State"),
    )
    EMPTY = "No allergy is recorded; that does not mean none. Press n to add one."
    HINT = "Enter opens an allergy here. Press n to add one, x when one is no longer so."
