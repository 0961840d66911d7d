"""Insurance: what there is, a new one with pictures of its card, and the end of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui import forms_of_details, readings_of_details, rows_of_details, words
from tui.actions import Where, bindings
from tui.columns import Column
from tui.screens.reported import ReportedScreen, Sort

if TYPE_CHECKING:
    from store.records.coverages import Insurance


def _counted(count: int, every: bool) -> str:  # noqa: FBT001 - as the table of sorts calls it
    return words.count(count, "insurance" if every else "current insurance") + (", also what is over" if every else "")


SORT: Sort[Insurance] = Sort(
    "insurance",
    "Coverage",
    lambda client: client.insurance,
    rows_of_details.insurance,
    rows_of_details.insurance_waiting,
    readings_of_details.insurance,
    forms_of_details.new_insurance,
    forms_of_details.end_insurance,
    _counted,
)


class InsuranceScreen(ReportedScreen["Insurance"]):
    """Insurances, those that are current or all."""

    NAME = "insurance"
    SORT = SORT
    BINDINGS = bindings(Where.WRITING, Where.INSURANCE)
    COLUMNS = (
        Column(most=50, least=14, title="Insurer"),
        Column(most=30, least=8, title="Plan", from_width=60),
        Column(most=24, least=12, title="Member number"),
        Column(most=28, title="In force", from_width=80),
        Column(most=18, title="State"),
    )
    EMPTY = "No insurance is recorded. Press n to add one."
    HINT = "Enter opens an insurance here. Press n to add one, x when one is over."
