"""What patients write on forms before a visit: QuestionnaireResponses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.fhir import PRACTICE, Json
from portal_cli.sandbox.generator.times import stamp

if TYPE_CHECKING:
    from datetime import datetime

    from portal_cli.sandbox.generator.chart import Chart

Answer = str | bool | int


def build_answers(chart: Chart, form: str, moment: datetime, answers: tuple[tuple[str, Answer], ...]) -> Json:
    """A completed form: each question in its own words, with its answer."""
    return {
        "resourceType": "QuestionnaireResponse",
        "id": chart.next_id("QuestionnaireResponse"),
        "questionnaire": f"{PRACTICE}Questionnaire/{form}",
        "status": "completed",
        "subject": chart.subject,
        "authored": stamp(moment),
        "author": chart.subject,
        "source": chart.subject,
        "item": [
            {"linkId": str(place), "text": question, "answer": [_value(answer)]}
            for place, (question, answer) in enumerate(answers, start=1)
        ],
    }


def _value(answer: Answer) -> Json:
    if isinstance(answer, bool):
        return {"valueBoolean": answer}
    return {"valueInteger": answer} if isinstance(answer, int) else {"valueString": answer}
