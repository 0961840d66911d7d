"""What lies around a story: orders and samples, papers, bills, devices, forms, relatives and origins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from portal_cli.sandbox.generator.answers import Answer, build_answers
from portal_cli.sandbox.generator.background import Relative, record_family
from portal_cli.sandbox.generator.benefits import build_benefit
from portal_cli.sandbox.generator.care import Aim, form_team, plan_care, set_goal
from portal_cli.sandbox.generator.consents import build_consent
from portal_cli.sandbox.generator.devices import build_device
from portal_cli.sandbox.generator.formulary import refer_instead
from portal_cli.sandbox.generator.medications import DRUGS
from portal_cli.sandbox.generator.orders import build_order, build_specimen
from portal_cli.sandbox.generator.origins import build_origin
from portal_cli.sandbox.generator.papers import FORMATS, attach, build_binary, build_document, refer_to
from portal_cli.sandbox.generator.people import build_relative
from portal_cli.sandbox.generator.pictures import build_media, png
from portal_cli.sandbox.generator.prescriptions import report_own_medicine

if TYPE_CHECKING:
    from portal_cli.sandbox.generator.chart import Chart
    from portal_cli.sandbox.generator.fhir import Json

HTML, PDF, RTF, TEXT = "text/html; charset=utf-8", "application/pdf", "application/rtf", "text/plain; charset=utf-8"
ORDERED_REPORTS = 3
BILLED_VISITS = 3


@dataclass(frozen=True)
class Setting:
    """What is particular to one chart: by key of the chart, in the patient's words."""

    devices: tuple[str, ...]
    drug_by_reference: str
    answers: tuple[tuple[str, Answer], ...]
    picture: str
    instructions: tuple[str, ...]
    referral: tuple[str, str]


SETTINGS: dict[str, Setting] = {
    "first": Setting(
        ("pressure_monitor", "glucose_meter"),
        "metformin_500",
        (
            ("How many days this week did you walk?", 4),
            ("Did you miss any medicines?", False),
            ("What do you want to talk about?", "A dry cough in the evening"),
        ),
        "Left foot, diabetic foot exam",
        ("Check blood sugar before breakfast.", "Look at your feet every evening.", "Call us above 300 mg/dL."),
        ("ophthalmologist", "Please see this patient for the yearly eye exam in diabetes."),
    ),
    "second": Setting(
        ("peak_flow_meter",),
        "prednisone",
        (
            ("How often did you wake with a cough last month?", 1),
            ("Do you have a reliever inhaler at hand?", True),
            ("What sets your asthma off?", "Cats, grass and cold air"),
        ),
        "Inhaler with spacer, as used at home",
        ("Green zone: peak flow above 380, no change.", "Yellow zone: 240 to 380, two puffs.", "Red zone: call 911."),
        ("primary", "Please take over the care of asthma and the low iron."),
    ),
    "third": Setting(
        ("knee_prosthesis", "hearing_aid", "pressure_monitor"),
        "furosemide_40",
        (
            ("How many pillows do you sleep on?", 2),
            ("Have you fallen in the last year?", False),
            ("Who helps you at home?", "My child comes by twice a week"),
        ),
        "Ankles, compared with last visit",
        ("Weigh yourself every morning.", "Write to us when you gain 3 pounds in a day.", "At most 2 g of salt."),
        ("nephrologist", "Please see this patient for slowly falling kidney function."),
    ),
}


def surround(chart: Chart) -> None:
    """Add to a chart, whose story is told, what every patient has besides; nothing of the story changes its value."""
    setting = SETTINGS[chart.key]
    _complete_care(chart)
    _order_what_was_tested(chart)
    _name_medicine_by_reference(chart, setting.drug_by_reference)
    _file_papers(chart, setting)
    _bill(chart)
    for device in setting.devices:
        chart.add(build_device(chart, device))
    visit = _start(_latest(chart, "Encounter")[0])
    chart.add(build_answers(chart, "before-your-visit", visit - timedelta(days=1), setting.answers))
    picture = build_binary(chart, "image/png", png(48, 32, 40))
    chart.add(picture)
    taken = visit + timedelta(minutes=10)
    chart.add(build_media(chart, setting.picture, taken, attach(picture, setting.picture, taken)))
    _note_origins(chart)


def _complete_care(chart: Chart) -> None:
    """Add the people and plans that the shorter stories go without."""
    kinds = {resource["resourceType"] for resource in chart.resources}
    if "RelatedPerson" not in kinds:
        chart.add(build_relative(chart.next_id("RelatedPerson"), chart.subject, chart.person))
    if "FamilyMemberHistory" not in kinds:
        record_family(chart, Relative("mother", "asthma", 9))
    if "MedicationStatement" not in kinds:
        report_own_medicine(chart, "vitamin_d", "1 capsule every morning in winter", 14)
    if "CareTeam" not in kinds:
        form_team(chart, ("primary", "nurse"))
        aim = Aim("No night with wheezing in a month", 11, ("improving", "Improving"), "asthma")
        goal = set_goal(chart, aim)
        activities = ("Use the daily inhaler, also on good days.", "Measure peak flow every morning.")
        plan_care(chart, "Asthma action plan", activities, [goal])


def _order_what_was_tested(chart: Chart) -> None:
    by_name = {f"{resource['resourceType']}/{resource['id']}": resource for resource in chart.resources}
    reports = _latest(chart, "DiagnosticReport")
    for report in [report for report in reports if "result" in report][:ORDERED_REPORTS]:
        taken = datetime.fromisoformat(report["effectiveDateTime"])
        order = chart.add(build_order(chart, report["code"], taken - timedelta(minutes=9), "laboratory", "laboratory"))
        sample = "urine" if "urin" in report["code"]["text"].casefold() else "blood"
        specimen = chart.add(build_specimen(chart, sample, taken, order))
        report |= {"basedOn": [order], "specimen": [specimen]}
        for result in report["result"]:
            by_name[result["reference"]]["specimen"] = specimen
    for report in [report for report in reports if "presentedForm" in report][:1]:
        taken = datetime.fromisoformat(report["effectiveDateTime"])
        order = build_order(chart, report["code"], taken - timedelta(days=3), "imaging", "hospital_organization")
        report["basedOn"] = [chart.add(order)]
        title = f"{report['code']['text']}, as printed"
        binary = build_binary(chart, PDF, FORMATS[PDF](title, (report["conclusion"],)))
        chart.add(binary)
        report["presentedForm"].append(attach(binary, title, datetime.fromisoformat(report["issued"])))


def _name_medicine_by_reference(chart: Chart, drug: str) -> None:
    for order in _latest(chart, "MedicationRequest"):
        if order.get("medicationCodeableConcept", {}).get("text") == DRUGS[drug].text:
            refer_instead(chart.seed, order, drug, chart.directory)


def _file_papers(chart: Chart, setting: Setting) -> None:
    encounter = _latest(chart, "Encounter")[0]
    ended = datetime.fromisoformat(encounter["period"]["end"])
    visit = f"Your visit of {ended.strftime('%B')} {ended.day}, {ended.year}"
    reason = encounter["reasonCode"][0]["text"]
    _file(
        chart, "summary", ended, (HTML, PDF), (visit, f"You came for: {reason}.", "Next steps are in your care plan.")
    )
    post, request = setting.referral
    _file(chart, "referral", ended - timedelta(days=30), (RTF,), (f"To {chart.directory.names[post]}", request))
    _file(chart, "instructions", ended, (TEXT,), setting.instructions)
    signed = ended - timedelta(days=60)
    paper = _file(chart, "consent", signed, (PDF,), (f"{chart.person.full_name} agrees to share this record.",))
    chart.add(build_consent(chart, signed, paper))


def _file(chart: Chart, kind: str, moment: datetime, formats: tuple[str, ...], lines: tuple[str, ...]) -> Json:
    attachments = []
    for content_type in formats:
        title = f"{kind.capitalize()}, {moment.date().isoformat()}"
        binary = build_binary(chart, content_type, FORMATS[content_type](title, lines))
        chart.add(binary)
        attachments.append(attach(binary, title, moment))
    return chart.add(build_document(chart, kind, moment, attachments, "primary"))


def _bill(chart: Chart) -> None:
    coverage = next(each for each in _latest(chart, "Coverage") if each["status"] == "active")
    for place, encounter in enumerate(_latest(chart, "Encounter")[:BILLED_VISITS]):
        visit = refer_to(encounter, encounter["type"][0]["text"])
        settled = min(_start(encounter) + timedelta(days=9), chart.now)
        chart.add(build_benefit(chart, visit, coverage, settled, 140 + 35 * place))


def _note_origins(chart: Chart) -> None:
    report = next(each for each in _latest(chart, "DiagnosticReport") if "result" in each)
    targets = [refer_to(report), *({"reference": each["reference"]} for each in report["result"])]
    issued = datetime.fromisoformat(report["issued"])
    chart.add(build_origin(chart, targets, issued, chart.directory.refer("laboratory")))
    for kind, author in (
        ("MedicationStatement", chart.subject),
        ("MedicationRequest", chart.directory.refer("primary")),
    ):
        chart.add(build_origin(chart, [refer_to(_latest(chart, kind)[0])], chart.now - timedelta(days=1), author))


def _latest(chart: Chart, kind: str) -> list[Json]:
    """The resources of a type, the latest first by whichever time it has."""
    found = [resource for resource in chart.resources if resource["resourceType"] == kind]
    return sorted(found, key=_when, reverse=True)


def _when(resource: Json) -> str:
    period = resource.get("period", {})
    return str(resource.get("effectiveDateTime") or resource.get("authoredOn") or period.get("start", ""))


def _start(encounter: Json) -> datetime:
    return datetime.fromisoformat(encounter["period"]["start"])
