"""Insurance: the Coverages of a chart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import (
    ACT_CODE,
    TERMINOLOGY,
    Json,
    coding,
    concept,
    profile,
    term,
)

if TYPE_CHECKING:
    from portal_cli.sandbox.generator.chart import Chart


@dataclass(frozen=True)
class Insurance:
    """One insurance from `begun` to `ended` months ago; `policy` is a v3-ActCode and its term."""

    payer: str
    begun: float
    plan: str
    policy: tuple[str, str]
    ended: float | None = None


def insure(chart: Chart, insurance: Insurance) -> Json:
    """Add one US Core Coverage of which the patient is the subscriber."""
    member = f"{chart.rng.choice('FHKTW')}{chart.rng.randint(10**8, 10**9 - 1)}"
    period = {"start": chart.day(insurance.begun).replace(day=1).isoformat()}
    if insurance.ended is not None:
        period["end"] = chart.day(insurance.ended).isoformat()
    code, text = insurance.policy
    resource = {
        "resourceType": "Coverage",
        "id": chart.next_id("Coverage"),
        "meta": profile("coverage"),
        "identifier": [
            {
                "type": concept("Member number", coding(TERMINOLOGY + "v2-0203", "MB", "Member Number")),
                "system": "https://insurer.example.com/member",
                "value": member,
            }
        ],
        "status": "active" if insurance.ended is None else "cancelled",
        "type": concept(text, coding(ACT_CODE, code, text)),
        "subscriber": chart.subject,
        "subscriberId": member,
        "beneficiary": chart.subject,
        "relationship": term("subscriber-relationship", "self", "Self"),
        "period": period,
        "payor": [chart.directory.refer(insurance.payer)],
        "class": [
            _class("group", f"GRP-{chart.rng.randint(100, 999)}", ""),
            _class("plan", insurance.plan.upper().replace(" ", "-"), insurance.plan),
        ],
    }
    return chart.add(resource, insurance.plan)


def _class(code: str, value: str, name: str) -> Json:
    entry: Json = {"type": term("coverage-class", code, code.capitalize()), "value": value}
    return entry | ({"name": name} if name else {})
