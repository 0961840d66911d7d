"""What a visit cost and who paid: ExplanationOfBenefits."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import Json, concept, term
from portal_cli.sandbox.generator.papers import refer_to
from portal_cli.sandbox.generator.times import stamp

if TYPE_CHECKING:
    from datetime import datetime

    from portal_cli.sandbox.generator.chart import Chart

COPAY = Decimal("25.00")


def build_benefit(chart: Chart, visit: Json, coverage: Json, moment: datetime, dollars: int) -> Json:
    """A settled ExplanationOfBenefit of one visit under a Coverage; the patient pays a copay, the plan the rest."""
    charged = Decimal(dollars).quantize(COPAY)
    paid = max(charged - COPAY, Decimal("0.00"))
    amounts = (("submitted", charged), ("copay", charged - paid), ("benefit", paid))
    adjudication = [
        {"category": term("adjudication", code, _NAMES[code]), "amount": _money(amount)} for code, amount in amounts
    ]
    item = {
        "sequence": 1,
        "productOrService": concept(visit.get("display") or "Office visit"),
        "servicedDate": moment.date().isoformat(),
        "encounter": [visit],
        "net": _money(charged),
        "adjudication": adjudication,
    }
    return {
        "resourceType": "ExplanationOfBenefit",
        "id": chart.next_id("ExplanationOfBenefit"),
        "status": "active",
        "type": term("claim-type", "professional", "Professional"),
        "use": "claim",
        "patient": chart.subject,
        "billablePeriod": {"start": stamp(moment), "end": stamp(moment)},
        "created": stamp(moment),
        "insurer": coverage["payor"][0],
        "provider": chart.directory.refer("practice"),
        "outcome": "complete",
        "insurance": [{"focal": True, "coverage": refer_to(coverage)}],
        "item": [item],
        "total": [{"category": row["category"], "amount": row["amount"]} for row in adjudication],
        "payment": {"amount": _money(paid), "date": moment.date().isoformat()},
    }


_NAMES = {"submitted": "Submitted Amount", "copay": "CoPay", "benefit": "Benefit Amount"}


def _money(amount: Decimal) -> Json:
    return {"value": amount, "currency": "USD"}
