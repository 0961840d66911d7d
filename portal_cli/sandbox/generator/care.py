"""Care over time: the CareTeam, the CarePlan and its Goals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.directory import POSTS
from portal_cli.sandbox.generator.fhir import (
    LOINC,
    SNOMED,
    US_CORE,
    Json,
    coding,
    concept,
    narrative,
    profile,
    quantity,
    term,
)

if TYPE_CHECKING:
    from portal_cli.sandbox.generator.chart import Chart


@dataclass(frozen=True)
class Aim:
    """A goal; `measure` is (LOINC code, LOINC name, printed name) and `limit` (value, printed unit, UCUM)."""

    text: str
    begun: float
    achievement: tuple[str, str]
    address: str = ""
    measure: tuple[str, str, str] | None = None
    limit: tuple[int, str, str] | None = None


def form_team(chart: Chart, posts: tuple[str, ...], relative: Json | None = None) -> Json:
    """Add the active CareTeam: the patient, the given posts, and a relative who helps."""
    members = [
        {
            "role": [concept(POSTS[post].role, coding(SNOMED, POSTS[post].snomed, POSTS[post].role))],
            "member": chart.directory.refer(f"{post}_role"),
        }
        for post in posts
    ]
    members.append({"role": [concept("Patient", coding(SNOMED, "116154003", "Patient"))], "member": chart.subject})
    if relative:
        caregiver = concept("Caregiver", coding(SNOMED, "133932002", "Caregiver"))
        members.append({"role": [caregiver], "member": relative})
    team = {
        "resourceType": "CareTeam",
        "id": chart.next_id("CareTeam"),
        "meta": profile("careteam"),
        "status": "active",
        "name": f"Care team of {chart.person.full_name}",
        "subject": chart.subject,
        "participant": members,
        "managingOrganization": [chart.directory.refer("practice")],
    }
    return chart.add(team, "Care team")


def set_goal(chart: Chart, aim: Aim) -> Json:
    """Add one active Goal, due about half a year from now."""
    target: Json = {"dueDate": (chart.now + timedelta(days=180)).date().isoformat()}
    if aim.measure and aim.limit:
        loinc, display, text = aim.measure
        target["measure"] = concept(text, coding(LOINC, loinc, display))
        target["detailRange"] = {"high": quantity(*aim.limit)}
    address = chart.references.get(aim.address)
    goal = {
        "resourceType": "Goal",
        "id": chart.next_id("Goal"),
        "meta": profile("goal"),
        "lifecycleStatus": "active",
        "achievementStatus": term("goal-achievement", *aim.achievement),
        "description": concept(aim.text),
        "subject": chart.subject,
        "startDate": chart.day(aim.begun).isoformat(),
        "target": [target],
        "expressedBy": chart.directory.refer("primary"),
        "addresses": [address] if address else [],
    }
    return chart.add(goal, aim.text)


def plan_care(chart: Chart, title: str, activities: tuple[str, ...], goals: list[Json]) -> Json:
    """Add the active CarePlan: what is to be done, in the patient's words, and towards which goals."""
    plan = {
        "resourceType": "CarePlan",
        "id": chart.next_id("CarePlan"),
        "meta": profile("careplan"),
        "text": narrative(title, *activities),
        "status": "active",
        "intent": "plan",
        "category": [
            concept(
                "Assessment and plan",
                coding(
                    US_CORE + "CodeSystem/careplan-category",
                    "assess-plan",
                    "Assessment and Plan of Treatment",
                ),
            )
        ],
        "title": title,
        "description": " ".join(activities),
        "subject": chart.subject,
        "period": {"start": chart.day(10).isoformat()},
        "created": chart.day(10).isoformat(),
        "author": chart.directory.refer("primary"),
        "goal": goals,
        "activity": [
            {
                "detail": {
                    "status": "in-progress",
                    "description": activity,
                    "code": concept(activity),
                }
            }
            for activity in activities
        ],
    }
    return chart.add(plan, title)
