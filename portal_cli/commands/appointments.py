"""`portal appointments`: list, request, book, change and cancel appointments."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import acting, cards, choices, context, diagnostics, letters, listings, output, prompts, views
from portal_cli.groups import ListingGroup
from portal_cli.options import (
    DryRunOption,
    FormatOption,
    JsonOption,
    LimitOption,
    NoteOption,
    YesOption,
    examples,
    scoped,
)

if TYPE_CHECKING:
    from store.client import Client
    from store.errors import NotOffered
    from store.export.calendar import Calendar
    from store.records.appointment_writes import Period
    from store.services.appointments import Which

app = typer.Typer(
    cls=ListingGroup,
    help="List, request, book, change and cancel appointments; `list` is meant when nothing else is said.",
)


class Answer(StrEnum):
    """What can be said to a time that the practice proposes."""

    ACCEPT = "accept"
    DECLINE = "decline"
    MAYBE = "maybe"


AppointmentArgument = Annotated[str, typer.Argument(metavar="APPOINTMENT", help="Id of the appointment.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="What it is about; the practice reads it.")]
WhenOption = Annotated[
    list[str] | None,
    typer.Option(
        "--when",
        metavar="TIME",
        help="A time that is wanted: a day, days (2026-12-01..2026-12-05) or hours (2026-12-01T09:00..12:30); "
        "may be said more than once.",
    ),
]
WithOption = Annotated[str, typer.Option("--with", metavar="CLINICIAN", help="With whom: the name, or a part of it.")]
IcsOption = Annotated[bool, typer.Option("--ics", help="Print iCalendar, for a calendar to import.")]
DetailsOption = Annotated[
    bool, typer.Option("--with-details", help="With `--ics`: also what it is about, with whom and where.")
]


@app.command(
    "list",
    epilog=examples(
        "portal appointments",
        "portal appointments list --past --limit 5",
        "portal appointments list --requested",
        "portal appointments list --ics",
    ),
)
@scoped
def list_appointments(
    upcoming: Annotated[bool, typer.Option("--upcoming", help="Those to come; meant when nothing is said.")] = False,
    past: Annotated[bool, typer.Option("--past", help="Past appointments, and those that were cancelled.")] = False,
    requested: Annotated[
        bool, typer.Option("--requested", help="Those that no time is agreed for, also requests that wait here.")
    ] = False,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="Only those from this day on, such as 2026-01-31.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Those to come and past ones, of every portal and patient.")
    ] = False,
    ics: IcsOption = False,
    with_details: DetailsOption = False,
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """List appointments to come, the next one first."""
    how = listings.how(format_, as_json=as_json, limit=limit)
    _check_calendar(ics=ics, with_details=with_details, as_json=as_json or format_ is not None)
    _check_whole(ics=ics, limit=limit)
    which = _which(upcoming or every, past or every, requested, since)
    with context.client() as client:
        if ics:
            _print_calendar(client.appointments.calendar(which, with_details=with_details))
            return
        found = client.appointments.list(which=which, limit=how.limit)
        listings.show(client, found, views.APPOINTMENTS, how)


@app.command(epilog=examples("portal appointments show 3f2a", "portal appointments show 3f2a --ics --with-details"))
@scoped
def show(
    appointment: AppointmentArgument,
    ics: IcsOption = False,
    with_details: DetailsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show one appointment."""
    _check_calendar(ics=ics, with_details=with_details, as_json=as_json)
    with context.client() as client:
        if ics:
            _print_calendar(client.appointments.calendar_of(appointment, with_details=with_details))
            return
        found = client.appointments.show(appointment)
    if as_json:
        output.document(found)
    else:
        output.text(cards.appointment(found))


@app.command(epilog=examples("portal appointments slots", "portal appointments slots --with Okafor --from 2026-12-01"))
@scoped
def slots(
    with_: WithOption = "",
    from_: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help="The first day to look at; today if not said.")
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How many days to look at.")] = 14,
    format_: FormatOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = None,
) -> None:
    """List free times, asked of the portal now; `book` takes their numbers."""
    from store.records import windows

    how = listings.how(format_, as_json=as_json, limit=limit)
    start = windows.day(from_) if from_ else None
    with context.client() as client:
        found = client.bookings.times.list(with_, start, days)
    listings.rows(found.items, views.FREE_TIMES, how)
    if not found.items:
        diagnostics.note("No free times. Try other days with `--from` and `--days`, or `portal appointments request`.")


@app.command(
    epilog=examples(
        'portal appointments request --reason "Blood pressure" --with Okafor --when 2026-12-01..2026-12-05',
        'portal appointments request --reason "Sore knee" --dry-run --json',
    )
)
@scoped
def request(
    reason: ReasonOption,
    when: WhenOption = None,
    with_: WithOption = "",
    note: NoteOption = None,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Ask the practice for an appointment; it confirms a time or proposes one."""
    from store.services.appointment_plans import Wish

    periods = _periods(when)
    with context.client() as client:
        plan = client.bookings.request(Wish(reason, _words(note), periods, with_))
        acting.send(client, plan, acting.Sending(yes, dry_run, as_json))


@app.command(
    epilog=examples("portal appointments slots", 'portal appointments book 3 --reason "Yearly check-up"'),
)
@scoped
def book(
    slot: Annotated[str, typer.Argument(metavar="SLOT", help="Number of a free time in the last `slots`, or its id.")],
    reason: ReasonOption = "",
    note: NoteOption = None,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Book a free time."""
    from store.services.appointment_plans import Wish

    with context.client() as client:
        plan = client.bookings.book(Wish(reason, _words(note), slot=slot))
        acting.send(client, plan, acting.Sending(yes, dry_run, as_json))


@app.command(epilog=examples('portal appointments cancel 3f2a --reason "I am travelling"'))
@scoped
def cancel(
    appointment: AppointmentArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why; the practice reads it.")] = "",
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Cancel an appointment."""
    with context.client() as client:
        plan = client.bookings.cancel(appointment, reason)
        acting.send(client, plan, acting.Sending(yes, dry_run, as_json))


@app.command(
    epilog=examples(
        "portal appointments reschedule 3f2a --slot 2", "portal appointments reschedule 3f2a --when 2026-12-08"
    )
)
@scoped
def reschedule(
    appointment: AppointmentArgument,
    slot: Annotated[
        str, typer.Option("--slot", metavar="SLOT", help="Number of a free time in the last `slots`, or its id.")
    ] = "",
    when: WhenOption = None,
    reason: ReasonOption = "",
    note: NoteOption = None,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Ask for another time; the appointment is cancelled only when the new one is booked."""
    from store.services.appointment_plans import Wish

    if slot and when:
        raise typer.BadParameter("--slot and --when cannot both be had")
    periods = _periods(when)
    with context.client() as client:
        plan = client.bookings.reschedule(appointment, Wish(reason, _words(note), periods, slot=slot))
        acting.send(client, plan, acting.Sending(yes, dry_run, as_json))


@app.command(
    epilog=examples(
        "portal appointments respond 3f2a accept",
        "portal appointments respond 3f2a decline --instead 2026-12-08T09:00..12:00",
    )
)
@scoped
def respond(
    appointment: AppointmentArgument,
    answer: Annotated[Answer, typer.Argument(metavar="ANSWER", help="accept, decline or maybe.")],
    instead: Annotated[
        str | None, typer.Option("--instead", metavar="TIME", help="With `decline`: a time that would suit.")
    ] = None,
    note: NoteOption = None,
    yes: YesOption = False,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
) -> None:
    """Answer the time that the practice proposes for an appointment."""
    periods = _periods([instead] if instead else None)
    with context.client() as client:
        plan = client.bookings.respond(appointment, answer.value, _words(note), next(iter(periods), None))
        acting.send(client, plan, acting.Sending(yes, dry_run, as_json))


@app.command(epilog=examples("portal appointments checkin 3f2a --yes"))
@scoped
def checkin(
    appointment: AppointmentArgument, yes: YesOption = False, dry_run: DryRunOption = False, as_json: JsonOption = False
) -> None:
    """Tell the practice that you have arrived: in the appointment, or by a message where it takes only that."""
    from store.errors import NotOffered as Refused

    with context.client() as client:
        try:
            plan = client.bookings.check_in(appointment)
        except Refused as error:
            _tell_arrival(client, appointment, letters.Sending(yes, dry_run, as_json), error)
        else:
            acting.send(client, plan, acting.Sending(yes, dry_run, as_json))


def _tell_arrival(client: Client, appointment: str, how: letters.Sending, refusal: NotOffered) -> None:
    """Write to whom the appointment is with. Raises `refusal` where no messages are taken, or nobody is known."""
    from store.services import arrivals

    plan = arrivals.plan(client.letters, client.appointments, appointment, refusal)
    diagnostics.note("The portal takes no check-ins; a message tells the practice.")
    letters.send(client, plan, how)


@app.command(epilog=examples("portal appointments directions 3f2a"))
@scoped
def directions(appointment: AppointmentArgument, as_json: JsonOption = False) -> None:
    """Show the address of the place of an appointment."""
    with context.client() as client:
        found = client.appointments.directions(appointment)
    if as_json:
        output.document(list(found))
    else:
        output.text(cards.directions(found))


def _which(upcoming: bool, past: bool, requested: bool, since: str | None) -> Which:
    from store.records import windows
    from store.services.appointments import Which

    start = windows.day(since) if since else None
    if not (upcoming or past or requested):
        return Which(upcoming=True, past=since is not None, since=start)
    return Which(upcoming, past, requested, start)


def _periods(typed: list[str] | None) -> tuple[Period, ...]:
    from datetime import UTC, datetime

    from store.records import windows

    return tuple(windows.read(one, datetime.now(UTC)) for one in typed or ())


def _words(note: str | None) -> str:
    return prompts.piped_text() if note == "-" else note or ""


def _check_calendar(*, ics: bool, with_details: bool, as_json: bool) -> None:
    if ics and as_json:
        raise typer.BadParameter("--ics and another format cannot both be had")
    if with_details and not ics:
        raise typer.BadParameter("--with-details goes with --ics")


def _check_whole(*, ics: bool, limit: int | None) -> None:
    """Refuse to arrange a calendar: it is whole, so that what was called off leaves a calendar that has it."""
    how = choices.arrangement()
    said = {"--limit": limit is not None, "--columns": bool(how.columns), "--sort": bool(how.sort)}
    name = next((name for name, is_said in said.items() if is_said), None)
    if ics and name:
        raise typer.BadParameter(f"{name} arranges a list, and --ics gives a whole calendar: leave one of them out")


def _print_calendar(calendar: Calendar) -> None:
    output.raw(calendar.content)
    if calendar.without_time:
        diagnostics.note(f"{calendar.without_time} without a time left out, for which nothing is agreed yet.")
