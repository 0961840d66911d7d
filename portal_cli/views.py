"""The tables of every noun: which columns people see, and which fields a spreadsheet gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli import letter_cards
from portal_cli.tables import Column, Table
from portal_cli.wording import change, day, flag, marked, moment, visit
from store.records.dates import parse
from store.records.unit_words import amount

if TYPE_CHECKING:
    from store.records.appointments import Appointment
    from store.records.free_times import FreeTime
    from store.records.labs import LabResult
    from store.services.attachments import AttachmentRow
    from store.services.audit import AuditRow
    from store.services.configuration import Setting
    from store.services.conflicts import ConflictRow, Difference
    from store.services.directory import Listed, Source
    from store.services.messages import Thread
    from store.services.outbox_rows import OutboxRow
    from store.services.own_account import Device
    from store.services.reminders import ReminderRow
    from store.services.saved_portals import PortalRow
    from store.services.searches import Hit
    from store.services.slots import SlotRow
    from store.services.values import RecordRow


def _why(request: OutboxRow) -> str:
    if request.not_before:
        return f"due {moment(request.not_before)}"
    return request.reason or (f"waits for {request.waits_for}" if request.waits_for else "")


def _attached_size(attachment: AttachmentRow) -> str:
    return "" if attachment.size is None else f"{attachment.size:,} bytes"


def _flag_and_state(result: LabResult) -> str:
    """The flag of a result, and its status where it is not final."""
    return ", ".join(filter(None, (flag(result.flag), "" if result.status == "final" else result.status)))


def _before(result: LabResult) -> str:
    """What was before a result, and the change since then."""
    moved = change(result.change)
    return f"{result.previous} ({moved})" if moved else result.previous


_RESULT_FIELDS = (
    "id", "date", "name", "code", "value", "unit", "number", "range", "flag", "status", "category", "components",
    "previous", "previous_date", "change", "portal", "patient",
)  # fmt: skip
_RESULT_COLUMNS: tuple[Column[LabResult], ...] = (
    Column("Date", lambda result: day(result.date), is_whole=True),
    Column("Name", lambda result: result.name),
    Column("Value", lambda result: amount(result.value, result.unit)),
    Column("Flag", _flag_and_state, is_whole=True),
    Column("Range", lambda result: result.range),
    Column("Before", _before),
    Column("Id", lambda result: result.id, is_whole=True),
)

LABS: Table[LabResult] = Table("laboratory results", _RESULT_COLUMNS, _RESULT_FIELDS)
VITALS: Table[LabResult] = Table("vital signs", _RESULT_COLUMNS, _RESULT_FIELDS)
SETTINGS: Table[Setting] = Table(
    "settings",
    (
        Column("Setting", lambda setting: setting.key, is_whole=True),
        Column("Value", lambda setting: setting.value),
        Column("From", lambda setting: "the file" if setting.is_set else "default" if setting.value else "not set"),
    ),
    ("key", "value", "is_set"),
)
APPOINTMENTS: Table[Appointment] = Table(
    "appointments",
    (
        Column("When", lambda appointment: moment(appointment.start), is_whole=True),
        Column("What", lambda appointment: appointment.title),
        Column("With", lambda appointment: ", ".join(appointment.clinicians)),
        Column("Where", lambda appointment: ", ".join(appointment.places)),
        Column("Status", visit, is_whole=True),
        Column("Id", lambda appointment: appointment.id, is_whole=True),
    ),
    (
        "id", "status", "title", "start", "end", "clinicians", "places", "reason", "instructions", "comment", "portal",
        "patient", "awaits_answer",
    ),
)  # fmt: skip
FREE_TIMES: Table[FreeTime] = Table(
    "free times",
    (
        Column("Number", lambda free: str(free.number), is_whole=True),
        Column("When", lambda free: moment(free.start), is_whole=True),
        Column("Until", lambda free: moment(free.end), is_whole=True),
        Column("With", lambda free: ", ".join(free.clinicians)),
        Column("Where", lambda free: ", ".join(free.places)),
        Column("What", lambda free: free.service),
        Column("Id", lambda free: free.id),
    ),
    ("number", "id", "start", "end", "service", "clinicians", "places", "portal", "patient"),
)
THREADS: Table[Thread] = Table(
    "messages",
    (
        Column("Last", lambda thread: moment(thread.last), is_whole=True),
        Column("Unread", lambda thread: f"● {thread.unread}" if thread.unread else "", is_whole=True),
        Column("Unsent", letter_cards.unsent, is_whole=True),
        Column("Subject", lambda thread: thread.subject),
        Column("With", lambda thread: ", ".join(thread.people)),
        Column("Id", lambda thread: thread.id, is_whole=True),
    ),
    (
        "id",
        "subject",
        "people",
        "last",
        "unread",
        "messages",
        "portal",
        "patient",
        "is_closed",
        "is_archived",
        "waiting",
        "drafts",
    ),
)
REMINDERS: Table[ReminderRow] = Table(
    "reminders",
    (
        Column("Id", lambda rule: str(rule.id), is_whole=True),
        Column("Of", lambda rule: rule.topic, is_whole=True),
        Column("Before", lambda rule: rule.before, is_whole=True),
        Column("By", lambda rule: rule.channel, is_whole=True),
        Column("Details", lambda rule: "yes" if rule.with_details else "no", is_whole=True),
        Column("State", lambda rule: "rests" if rule.is_paused else "works", is_whole=True),
    ),
    ("id", "topic", "before", "channel", "with_details", "is_paused", "created", "portal", "patient"),
)
OUTBOX: Table[OutboxRow] = Table(
    "requests",
    (
        Column("Asked", lambda request: moment(request.created), is_whole=True),
        Column("What", lambda request: f"{request.kind}: {request.title}"),
        Column("State", lambda request: request.state, is_whole=True),
        Column("Detail", _why),
        Column("Id", lambda request: request.id, is_whole=True),
    ),
    (
        "id", "request_id", "portal", "patient", "kind", "title", "type", "interaction", "target", "state", "reason",
        "attempts", "created", "updated", "not_before", "result", "waits_for", "ways", "conflict",
    ),
)  # fmt: skip
CONFLICTS: Table[ConflictRow] = Table(
    "conflicts",
    (
        Column("Since", lambda conflict: moment(conflict.created), is_whole=True),
        Column("What", lambda conflict: conflict.title),
        Column("Record", lambda conflict: conflict.target),
        Column("Both changed", lambda conflict: "; ".join(conflict.overlaps)),
        Column("Id", lambda conflict: conflict.id, is_whole=True),
    ),
    ("id", "request", "target", "title", "portal", "patient", "created", "overlaps"),
)
DIFFERENCES: Table[Difference] = Table(
    "differences",
    (
        Column("", lambda found: "●" if found.is_overlap else "", is_whole=True),
        Column("Where", lambda found: found.path),
        Column("As it was", lambda found: found.base),
        Column("Yours", lambda found: found.mine),
        Column("The portal's", lambda found: found.theirs),
    ),
    ("path", "base", "mine", "theirs", "is_overlap"),
)
RECORDS: Table[RecordRow] = Table(
    "records",
    (
        Column("Date", lambda record: day(record.date), is_whole=True),
        Column("Kind", lambda record: record.kind),
        Column("Title", lambda record: record.title),
        Column("Value", lambda record: amount(record.value, record.unit)),
        Column("Flag", lambda record: flag(record.flag), is_whole=True),
        Column("Status", lambda record: "gone" if record.gone else record.status, is_whole=True),
        Column("Id", lambda record: record.id, is_whole=True),
    ),
    ("id", "type", "kind", "date", "title", "status", "value", "unit", "flag", "code", "gone", "portal", "patient"),
)
HITS: Table[Hit] = Table(
    "matches",
    (
        Column("Date", lambda hit: day(hit.date), is_whole=True),
        Column("Kind", lambda hit: hit.kind),
        Column("Title", lambda hit: hit.title),
        Column("Found", lambda hit: marked(hit.snippet)),
        Column("Id", lambda hit: hit.id, is_whole=True),
    ),
    (*RECORDS.fields, "snippet"),
)
SLOTS: Table[SlotRow] = Table(
    "slots",
    (
        Column("Opens it", lambda slot: slot.type, is_whole=True),
        Column("Since", lambda slot: moment(slot.created), is_whole=True),
        Column("Until", lambda slot: moment(slot.expires), is_whole=True),
        Column("Detail", lambda slot: slot.detail),
        Column("Id", lambda slot: slot.id),
    ),
    ("type", "id", "created", "expires", "detail"),
)
PORTALS: Table[PortalRow] = Table(
    "portals",
    (
        Column("Name", lambda portal: portal.name, is_whole=True),
        Column("Address", lambda portal: portal.url),
        Column("Made by", lambda portal: portal.vendor),
        Column("Client id", lambda portal: portal.client_id),
        Column("Patients", lambda portal: ", ".join(portal.patients)),
        Column("Meant", lambda portal: "●" if portal.is_default else "", is_whole=True),
    ),
    ("name", "url", "vendor", "client_id", "redirect_uri", "patients", "is_saved", "is_default"),
)
DEVICES: Table[Device] = Table(
    "devices",
    (
        Column("Id", lambda device: device.id, is_whole=True),
        Column("Kind", lambda device: device.kind),
        Column("Name", lambda device: device.name),
        Column("Last used", lambda device: moment(parse(device.last_used))),
        Column("This one", lambda device: "●" if device.is_current else "", is_whole=True),
    ),
    ("id", "kind", "name", "created", "last_used", "is_current"),
)
DIRECTORY: Table[Listed] = Table(
    "portals in the directory",
    (
        Column("Number", lambda portal: str(portal.number), is_whole=True),
        Column("Name", lambda portal: portal.name),
        Column("Brand", lambda portal: portal.brand),
        Column("Place", lambda portal: " ".join(filter(None, (portal.city, portal.state)))),
        Column("Made by", lambda portal: portal.vendor),
        Column("Address", lambda portal: portal.url),
    ),
    (
        "number", "name", "aliases", "brand", "city", "state", "postal_code", "vendor", "url", "page", "source",
    ),
)  # fmt: skip
SOURCES: Table[Source] = Table(
    "directories",
    (
        Column("From", lambda source: source.source),
        Column("Imported", lambda source: moment(source.fetched), is_whole=True),
        Column("Portals", lambda source: str(source.portals), is_whole=True),
    ),
    ("source", "fetched", "portals"),
)
AUDIT: Table[AuditRow] = Table(
    "lines in the audit trail",
    (
        Column("Line", lambda line: str(line.number), is_whole=True),
        Column("When", lambda line: moment(line.at), is_whole=True),
        Column("Who", lambda line: line.actor),
        Column("Did", lambda line: line.action),
        Column("What", lambda line: line.what),
        Column("Whose", lambda line: line.subject),
    ),
    ("number", "at", "actor", "subject", "action", "what", "mac"),
)
ATTACHMENTS: Table[AttachmentRow] = Table(
    "attachments",
    (
        Column("Number", lambda attachment: str(attachment.number), is_whole=True),
        Column("Title", lambda attachment: attachment.title),
        Column("Type", lambda attachment: attachment.content_type),
        Column("Size", _attached_size, is_whole=True),
        Column("Where", lambda attachment: "in the vault" if attachment.is_in_vault else "not fetched", is_whole=True),
    ),
    ("number", "title", "content_type", "size", "is_in_vault", "fetched", "address"),
)
