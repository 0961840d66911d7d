"""One thing at a time, as lines for people: the status card, a record, an appointment, a thread, a request."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING, TypeVar

from portal_cli import views, views_of_medicines
from portal_cli.source_words import files, has_portal
from portal_cli.tables import aligned
from portal_cli.wording import age, counted, labelled, moment, visit, with_distance
from store.records.dates import parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from portal_cli.tables import Table
    from store.records.appointments import Appointment
    from store.records.medications import Medication
    from store.records.places import Place
    from store.services.appointment_plans import AppointmentPlan
    from store.services.attachments import AttachmentRow, FetchReport
    from store.services.conflicts import ConflictRow
    from store.services.outbox_rows import OutboxRow
    from store.services.portals import PortalSummary
    from store.services.refill_plans import RefillRow
    from store.services.status import Home, Status
    from store.vault.checks import Check
    from store.vault.repair import Repaired
    from store.vault.statistics import AttachmentStatistics, Statistics

T = TypeVar("T")

_INDENT = "  "
_FEW = 3  # requests on the status card


def locked(vault: Path) -> str:
    """The status card of a vault that stays locked."""
    return labelled([("Vault", f"{vault} (locked)")])


def status(found: Status, vault: Path) -> str:
    """The status card."""
    coming = found.next_appointment
    is_at_portal = not found.portals or has_portal(found.portals)
    facts = [
        ("Vault", f"{vault} (unlocked)"),
        *((f"Portal {portal.name}", _portal(portal)) for portal in found.portals if not portal.is_imported),
        *files(found.portals),
        ("Records", f"{found.records}, {age(found.synced) if is_at_portal else 'all out of files'}"),
        ("Messages", f"{found.unread} unread"),
        ("Appointment", _next(coming, found) if coming else "none to come"),
        *(
            ("" if number else "Refills", _refill(each) + _whose(each, found))
            for number, each in enumerate(found.refills[:_FEW])
        ),
        ("", f"and {len(found.refills) - _FEW} more: `portal refills`" if len(found.refills) > _FEW else ""),
        ("To send", counted(found.waiting, "request") if found.waiting else "nothing waits"),
        ("Conflicts", f"{found.conflicts} for you to decide" if found.conflicts else ""),
        ("Proposed", f"{counted(found.proposals, 'time')} for you to answer" if found.proposals else ""),
        ("Details", f"{counted(found.changes, 'change')} asked for, with the practice" if found.changes else ""),
        ("Next", ", ".join(f"`{command}`" for command in next_commands(found))),
    ]
    return labelled(facts)


def _next(coming: Appointment, found: Status) -> str:
    return f"{with_distance(coming.start)}  {coming.title}{_whose(coming, found)}"


def _whose(item: Appointment | RefillRow, found: Status) -> str:
    """For whom something is, after its words, where the vault has the records of several people."""
    return f", for {item.patient}" if found.shown.is_several and item.patient else ""


def next_commands(found: Status) -> tuple[str, ...]:
    """The commands that lead on from here."""
    signed_out = [
        f"portal login {portal.name}" for portal in found.portals if not portal.is_signed_in and not portal.is_imported
    ]
    if not has_portal(found.portals):
        return ("portal login https://…",)
    reading = ["portal messages --unread"] if found.unread else []
    deciding = ["portal conflicts"] if found.conflicts else []
    answering = ["portal appointments"] if found.proposals else []
    return (*signed_out, *deciding, *answering, "portal sync", *reading, "portal dashboard")


def attachments(record_id: str, attached: Sequence[AttachmentRow]) -> str:
    """The attachments of a record: what each is, and whether it is here; how to fetch those that are not."""
    if not attached:
        return ""
    missing = f"`portal records fetch {record_id}` fetches what is not in the vault."
    listed = _section("Attachments", views.ATTACHMENTS, attached)
    return listed if all(item.is_in_vault for item in attached) else f"{listed}\n{missing}"


def fetched(report: FetchReport, attached: Sequence[AttachmentRow]) -> str:
    """What a fetch brought, and what there is of the record's attachments now."""
    if not attached:
        return "The record has no attachments."
    came = f"{counted(report.fetched, 'attachment')} fetched, {report.size:,} bytes" if report.fetched else ""
    return _paragraphs(came or "Nothing was fetched.", _section("Attachments", views.ATTACHMENTS, attached))


def appointment(found: Appointment) -> str:
    """One appointment."""
    facts = [
        ("What", found.title),
        ("When", with_distance(found.start)),
        ("Until", moment(found.end)),
        ("With", ", ".join(found.clinicians)),
        ("Where", ", ".join(found.places)),
        ("Status", visit(found)),
        ("Reason", found.reason),
        ("Id", found.id),
    ]
    return _paragraphs(labelled(facts), found.instructions, found.comment, _answer_wanted(found))


def _answer_wanted(found: Appointment) -> str:
    if found.status != "pending" or not found.id:
        return ""
    return f"`portal appointments respond {found.id} accept` or `decline` answers the time that is proposed."


def appointment_plan(found: AppointmentPlan) -> str:
    """Something about an appointment that is about to be sent."""
    visit = found.appointment
    wanted = [f"{moment(parse(period.start))} to {moment(parse(period.end))}" for period in found.wanted]
    facts = [
        ("Do", found.action),
        ("What", visit.title),
        ("When", "" if wanted else with_distance(visit.start)),
        ("Until", "" if wanted else moment(visit.end)),
        *(("" if number else "Wanted", words) for number, words in enumerate(wanted)),
        ("With", ", ".join(visit.clinicians)),
        ("Where", ", ".join(visit.places)),
        ("Words", " ".join(found.words.split())),
        ("In place of", _in_place_of(found.replaces) if found.replaces else ""),
        ("Patient", found.patient_name),
        ("Portal", found.portal),
    ]
    return labelled(facts)


def _in_place_of(visit: Appointment) -> str:
    when = moment(visit.start) or "no time yet"
    return f"{visit.title}, {when} ({visit.id}); it stands until the new one is booked"


def directions(found: Sequence[Place]) -> str:
    """Places and how to find them."""
    return _paragraphs(*map(_place, found))


def _place(found: Place) -> str:
    has_position = found.latitude is not None and found.longitude is not None
    facts = [
        ("Place", found.name),
        *(("" if number else "Address", line) for number, line in enumerate(found.address)),
        ("Telephone", ", ".join(found.telephones)),
        ("Position", f"{found.latitude}, {found.longitude}" if has_position else ""),
    ]
    none = "" if found.address else "The portal gives no address of it."
    return _paragraphs(labelled(facts), found.description, none)


def request(found: OutboxRow) -> str:
    """One item of the outbox, and the ways out of where it stands."""
    facts = [
        ("Request", f"{found.kind}: {found.title}"),
        ("Changes", found.target),
        ("Patient", found.patient),
        ("Portal", found.portal),
        ("State", found.state),
        ("Detail", found.reason),
        ("Due", moment(found.not_before)),
        ("Waits for", found.waits_for),
        ("Became", found.result),
        ("Asked", moment(found.created)),
        ("Sent", counted(found.attempts, "time") if found.attempts else ""),
        ("Id", found.id),
        *((label, words) for label, words in _ways(found)),
    ]
    return labelled(facts)


_WAYS = {
    "retry": "sends it now",
    "edit": "changes it first",
    "cancel": "gives it up",
}
_WAYS_IN_DOUBT = {
    "retry": "looks it up once more, then sends it again; the portal may get it twice",
    "cancel": "lets it go; the portal may have it all the same",
}


def _ways(found: OutboxRow) -> list[tuple[str, str]]:
    meanings = _WAYS_IN_DOUBT if found.state in {"unknown", "sending"} else _WAYS
    commands = [f"`portal outbox {way} {found.id}` {meanings[way]}" for way in found.ways]
    if found.conflict:
        commands.insert(0, f"`portal conflicts show {found.conflict}` shows both sides")
    return [("" if number else "Ways out", words) for number, words in enumerate(commands)]


def what_became_of(found: OutboxRow) -> str:
    """What came of sending, changing or giving up a request, in one sentence."""
    if found.state == "unknown":
        return "The portal's answer was lost, and whether it has the request cannot be told."
    if found.waits_for:
        return f"It waits for the request {found.waits_for}: `portal outbox show {found.waits_for}` tells the ways out."
    if found.state == "queued":
        return "It is queued. `portal sync` sends it, once, when it is due and the portal can be reached."
    told = {
        "confirmed": "The portal has it.",
        "cancelled": f"It is given up. {found.reason.capitalize()}".strip(),
        "draft": "It stays a draft.",
    }
    return told.get(found.state, f"It is {found.state}.")


def lost_answers(number: int) -> str:
    """What to do about requests whose answers were lost."""
    words = "The answer to 1 of them was" if number == 1 else f"The answers to {number} of them were"
    return f"{words} lost. `portal outbox retry ID` sends it again, `portal outbox cancel ID` lets it go."


def conflict(found: ConflictRow) -> str:
    """One conflict."""
    facts = [
        ("Change of", f"{found.title} ({found.target})"),
        ("Patient", found.patient),
        ("Portal", found.portal),
        ("Both changed", "; ".join(found.overlaps)),
        ("Since", moment(found.created)),
        ("Id", found.id),
    ]
    return labelled(facts)


def ways_to_decide(found: ConflictRow) -> str:
    """How a conflict is decided."""
    return (
        "● marks what both changed. The other changes are kept, unless you give yours up.\n"
        f"`portal conflicts resolve {found.id}` with `--mine`, `--theirs` or `--edit` decides."
    )


def home(found: Home, medications: tuple[Medication, ...]) -> str:
    """The dashboard's home as text: what comes, what is new, what waits, and how old it is."""
    unread = [thread for thread in found.threads if thread.unread]
    names = ", ".join(portal.patient_name or portal.patient for portal in found.status.portals)
    return _paragraphs(
        labelled([("Patient", names), ("Records", f"{found.status.records}, {age(found.status.synced)}")]),
        _section("Appointments to come", views.APPOINTMENTS, found.upcoming),
        _section("Recent results", views.LABS, found.results),
        _section("Unread messages", views.THREADS, unread),
        _section("Medications", views_of_medicines.MEDICATIONS, medications),
        _section("Refill requests", views_of_medicines.REFILLS, found.refills),
    )


def _section(title: str, table: Table[T], values: Sequence[T]) -> str:
    lines = aligned(_filled([table.titles, *table.cells(values)])) if values else "none"
    return f"{title}\n{indent(lines, _INDENT)}"


def _filled(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Rows, the first of which has the titles, without the columns that are empty below it."""
    used = [any(row[number] for row in rows[1:]) for number in range(len(rows[0]))]
    return [[cell for cell, is_used in zip(row, used, strict=True) if is_used] for row in rows]


def _refill(found: RefillRow) -> str:
    standing = views_of_medicines.where_it_stands(found)
    return f"{found.medication}: {standing}{f', {found.detail}' if found.detail else ''}"


def _portal(portal: PortalSummary) -> str:
    patient = portal.patient_name or portal.patient
    return f"{patient}, {'signed in' if portal.is_signed_in else 'signed out'}, {age(portal.synced)}  {portal.url}"


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(filter(None, parts))


def checks(found: Sequence[Check]) -> str:
    """What became of a check, a line for each part."""
    rows = [
        (part.name, "; ".join((*(() if part.is_sound else ("DAMAGED",)), *part.findings)) or "sound") for part in found
    ]
    return labelled(rows)


def repaired(done: Repaired) -> str:
    """What a repair did."""
    if not done.mended and not done.left:
        return "There is nothing to repair."
    saved = [f"{table.table}: {table.saved} saved, {table.lost} lost" for table in done.tables]
    facts = [
        ("Mended", ", ".join(done.mended) or "nothing"),
        ("Left as it is", ", ".join(done.left)),
        ("Records lost", f"{done.records_lost}; `portal sync` asks for everything again" if done.records_lost else ""),
        ("Kept", f"{done.kept} (the damaged vault; remove it when you do not need it any more)" if done.kept else ""),
    ]
    return "\n".join([labelled(facts), *saved])


def _attached(found: AttachmentStatistics) -> str:
    if not found.attachments:
        return "none"
    return f"{found.attachments:,}, {found.content_bytes:,} bytes in {found.packed_bytes:,}"


def statistics(found: Statistics) -> str:
    """A vault in numbers."""
    share = f", {found.file_bytes / found.json_bytes:.0%} of its JSON" if found.json_bytes else ""
    facts = [
        ("File", f"{found.file_bytes:,} bytes{share}; {found.log_bytes:,} in the log, {found.free_bytes:,} free"),
        ("Records", f"{found.records:,}, {found.json_bytes:,} bytes of JSON in {found.packed_bytes:,}"),
        ("Attachments", _attached(found.attachments)),
        ("Requests", ", ".join(f"{number} {state}" for state, number in found.outbox) or "none"),
        ("Audit trail", counted(found.audit_lines, "line")),
        ("Schema", f"{found.schema}, SQLCipher {found.sqlcipher_version}, SQLite {found.sqlite_version}"),
    ]
    kinds = [(kind.kind, f"{kind.records:,}", f"{kind.json_bytes:,}", f"{kind.packed_bytes:,}") for kind in found.kinds]
    if not kinds:
        return labelled(facts)
    return labelled(facts) + "\n\n" + aligned([("KIND", "RECORDS", "JSON", "PACKED"), *kinds])
