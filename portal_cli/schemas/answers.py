"""ANSWERS: what each command prints with `--json`, as the type of the value; the schemas are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.config import PortalSetting
from store.records.allergies import Allergy
from store.records.appointments import Appointment
from store.records.coverages import Insurance
from store.records.dates import FhirDate
from store.records.details import Detail
from store.records.free_times import FreeTime
from store.records.labs import LabResult
from store.records.medications import Medication
from store.records.panels import ResultDetail
from store.records.places import Place
from store.records.profiles import Profile
from store.records.trends import Trend
from store.services.accounts import Registration, Verified
from store.services.appointment_plans import Outcome as AppointmentOutcome
from store.services.attachments import AttachmentRow, FetchReport
from store.services.audit import AuditRow
from store.services.audit import Verified as VerifiedTrail
from store.services.change_plans import ChangeOutcome
from store.services.configuration import Places, Setting
from store.services.conflicts import ConflictRow, Difference
from store.services.directory import Imported, Listed, Source
from store.services.education import Lesson, Question
from store.services.export_orders import Deleted
from store.services.gaps import GapRow, PortalGaps
from store.services.histories import Change
from store.services.import_plans import ImportReport, ImportRow, SourcePlan
from store.services.message_plans import Draft, Recipient
from store.services.message_plans import Outcome as MessageOutcome
from store.services.messages import Thread
from store.services.outbox_rows import OutboxRow
from store.services.own_account import AccountSummary, Device
from store.services.own_medicines import MedicineOutcome
from store.services.people import PersonRow, Shown
from store.services.portal_checks import Offered, Step, Vendor
from store.services.portals import PortalSummary
from store.services.profile import ChangeRequest
from store.services.refill_plans import DueRow, RefillDetail, RefillRow
from store.services.refill_plans import Step as RefillStep
from store.services.reminder_notices import Reminder
from store.services.reminders import ReminderRow
from store.services.saved_portals import PortalRow
from store.services.searches import Hit
from store.services.slots import SlotRow
from store.services.status import Status
from store.services.summaries import Summary
from store.services.sync import LossReport, QueryReport, SentReport
from store.services.timelines import Stretch
from store.services.timers import Plan as TimerPlan
from store.services.values import RecordRow
from store.vault.backup import Restored
from store.vault.checks import Check
from store.vault.repair import Repaired
from store.vault.statistics import Statistics

if TYPE_CHECKING:
    from collections.abc import Mapping


class Fhir:
    """FHIR JSON as it stands in the vault, or as it is sent: its schema is FHIR's own."""


@dataclass(frozen=True)
class Object:
    """An object that no dataclass stands for: its members, beside those of `base` where it has one."""

    members: Mapping[str, object]
    base: type | None = None


@dataclass(frozen=True)
class List:
    """A list of what no type stands for."""

    of: object


class Either:
    """One of several documents: what a command prints depends on what it was asked for."""

    def __init__(self, *choices: object) -> None:
        self.choices = choices


_VERSION = Object({"version": str, "updated": FhirDate | None, "where": str})
_DOCUMENT = Object({"number": int, "title": str, "kind": str, "text": str, "why_not": str})
_SYNCED = Object(
    {
        "received": int,
        "changed": int,
        "failures": list[str],
        "portals": List(
            Object(
                {
                    "portal": str,
                    "received": int,
                    "changed": int,
                    "queries": list[QueryReport],
                    "sent": list[SentReport],
                    "losses": list[LossReport],
                }
            )
        ),
        "attachments": list[FetchReport],
    }
)
_NOTICES = dict[str, dict[str, bool]]
_TIMER = Object({"files": list[str], "left": list[str]})
_CHART = Object({"patient": str, "name": str})
_SIGN_IN = Object({"username": str, "password": str, "patient": str, "name": str, "cares_for": List(_CHART)})
_WAITING = Object(
    {
        "id": str,
        "kind": str,
        "status": str,
        "patient": str,
        "patient_name": str,
        "what": str,
        "since": str,
        "ways": list[str],
    }
)
_LOOKED = {"url": str, "vendor": Vendor | None, "software": str}

ANSWERS: dict[str, object] = {
    "account devices": list[Device],
    "account notifications": _NOTICES,
    "account show": AccountSummary,
    "account two-step on": Object({"recovery_codes": list[str]}),
    "allergies add": Either(ChangeOutcome, Fhir, list[Fhir]),
    "allergies end": Either(ChangeOutcome, Fhir, list[Fhir]),
    "allergies list": list[Allergy],
    "allergies show": Allergy,
    "appointments book": Either(AppointmentOutcome, Fhir),
    "appointments cancel": Either(AppointmentOutcome, Fhir),
    "appointments checkin": Either(AppointmentOutcome, MessageOutcome, Fhir),
    "appointments directions": list[Place],
    "appointments list": list[Appointment],
    "appointments request": Either(AppointmentOutcome, Fhir),
    "appointments reschedule": Either(AppointmentOutcome, Fhir),
    "appointments respond": Either(AppointmentOutcome, Fhir),
    "appointments show": Appointment,
    "appointments slots": list[FreeTime],
    "audit export": Object({"head": str, "lines": list[AuditRow]}),
    "audit list": list[AuditRow],
    "audit verify": VerifiedTrail,
    "config get": Setting,
    "config list": list[Setting],
    "config path": Places,
    "conflicts list": list[ConflictRow],
    "conflicts resolve": Either(OutboxRow, Fhir),
    "conflicts show": Object({"differences": list[Difference], "proposed": Fhir}, ConflictRow),
    "doctor": Object({"steps": list[Step]}),
    "export": Object(
        {
            "format": str,
            "records": int,
            "without_place": int,
            "files": List(Object({"path": str, "only": str, "records": int, "bytes": int, "sha256": str})),
            "manifest": str | None,
            "deleted": list[Deleted],
        }
    ),
    "import": Either(
        ImportReport,
        Object({"sources": list[SourcePlan], "refused": List(Object({"path": str, "why": str})), "passed_by": int}),
        list[ImportRow],
    ),
    "insurance add": Either(ChangeOutcome, Fhir, list[Fhir]),
    "insurance end": Either(ChangeOutcome, Fhir, list[Fhir]),
    "insurance list": list[Insurance],
    "insurance show": Insurance,
    "labs list": list[LabResult],
    "labs show": ResultDetail,
    "labs trend": Object({"wanted": str, "trends": list[Trend]}),
    "learn": Object({"question": Question, "lesson": Lesson}),
    "lock": Object({"ended": int}),
    "login": PortalSummary,
    "medications add": Either(MedicineOutcome, Fhir),
    "medications edit": Either(MedicineOutcome, Fhir),
    "medications list": list[Medication],
    "medications stop": Either(MedicineOutcome, Fhir),
    "messages archive": Thread,
    "messages draft delete": Draft,
    "messages draft edit": Draft,
    "messages draft list": list[Draft],
    "messages draft send": MessageOutcome,
    "messages draft show": Draft,
    "messages list": list[Thread],
    "messages read": Thread,
    "messages recipients": list[Recipient],
    "messages reply": Either(MessageOutcome, Draft, Fhir),
    "messages search": list[Thread],
    "messages send": Either(MessageOutcome, Draft, Fhir),
    "messages show": Thread,
    "outbox cancel": Either(OutboxRow, Object({"fhir": Fhir}, OutboxRow)),
    "outbox edit": Either(OutboxRow, Object({"fhir": Fhir}, OutboxRow)),
    "outbox list": list[OutboxRow],
    "outbox retry": Either(OutboxRow, Object({"fhir": Fhir}, OutboxRow)),
    "outbox show": Object({"fhir": Fhir}, OutboxRow),
    "people add": PortalSummary,
    "people list": list[PersonRow],
    "people switch": Shown,
    "portals add": Object({**_LOOKED, "saved": PortalSetting | None}),
    "portals import": Either(Imported, list[Source]),
    "portals list": list[PortalRow],
    "portals search": list[Listed],
    "portals test": Object({**_LOOKED, "steps": list[Step], "offered": list[Offered]}),
    "profile edit": Either(ChangeOutcome, Fhir, list[Fhir]),
    "profile show": Object({"profiles": list[Profile], "requests": list[ChangeRequest]}),
    "records diff": Object({"before": _VERSION, "after": _VERSION, "changes": list[Change]}),
    "records download": Object({"files": list[str]}),
    "records fetch": Object({"fetched": int, "size": int, "failures": list[str], "attachments": list[AttachmentRow]}),
    "records list": list[RecordRow],
    "records search": list[Hit],
    "records show": Either(
        Object(
            {
                "row": RecordRow,
                "detail": Detail,
                "attachments": list[AttachmentRow],
                "documents": List(_DOCUMENT),
                "fhir": Fhir,
            }
        ),
        Fhir,
    ),
    "records timeline": Either(list[Stretch], list[RecordRow]),
    "refill": Either(RefillRow, list[RefillRow], Fhir, list[Fhir]),
    "refills cancel": Either(RefillRow, Fhir, None),
    "refills due": list[DueRow],
    "refills history": list[RefillStep],
    "refills list": list[RefillRow],
    "refills show": RefillDetail,
    "register": Either(Registration, dict[str, str | dict[str, str]]),
    "reminders add": list[ReminderRow],
    "reminders install": Either(_TIMER, TimerPlan),
    "reminders list": list[ReminderRow],
    "reminders pause": list[ReminderRow],
    "reminders portal": _NOTICES,
    "reminders remove": list[ReminderRow],
    "reminders run": list[Reminder],
    "reminders uninstall": Either(_TIMER, TimerPlan),
    "sandbox": Object({"url": str, "sign_ins": List(_SIGN_IN)}),
    "sandbox clinic": Either(List(_WAITING), Object({"id": str, "status": str, "made": str})),
    "status": Either(Object({"vault": str, "is_locked": bool}, Status), Object({"vault": str, "is_locked": bool})),
    "summary": Summary,
    "sync report": Either(list[PortalGaps], list[GapRow]),
    "sync run": _SYNCED,
    "unlock": Object({"expires": FhirDate}),
    "vault backup": Object({"file": str, "bytes": int}),
    "vault check": Object({"is_sound": bool, "checks": list[Check]}),
    "vault lock": Object({"ended": int}),
    "vault repair": Repaired,
    "vault restore": Restored,
    "vault slots": list[SlotRow],
    "vault stats": Statistics,
    "vault unlock": Object({"expires": FhirDate}),
    "verify": Verified,
    "vitals list": list[LabResult],
    "vitals show": ResultDetail,
    "vitals trend": Object({"wanted": str, "trends": list[Trend]}),
}
