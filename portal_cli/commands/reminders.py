"""`portal reminders`: rules for reminders, delivering what is due, and the timer that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import context, diagnostics, listings, output, portal_notices, prompts, reminder_texts, views
from portal_cli.groups import ListingGroup
from portal_cli.options import FormatOption, JsonOption, LimitOption, YesOption, examples, scoped
from portal_cli.own_pages import NoBrowserOption
from portal_cli.portal_notices import OffOption, OnOption

if TYPE_CHECKING:
    from store.services.reminder_notices import Reminder
    from store.services.timers import Done

app = typer.Typer(
    cls=ListingGroup,
    help="Reminders of what is ahead and what is new; `list` is meant when nothing else is said.",
)

RuleArgument = Annotated[int, typer.Argument(metavar="ID", help="Number of the rule, as listed.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")]
SystemOption = Annotated[
    str | None,
    typer.Option("--system", metavar="SYSTEM", help="systemd, launchd or cron.", show_default="what there is"),
]


@app.command("list", epilog=examples("portal reminders", "portal reminders list --json"))
@scoped
def list_rules(format_: FormatOption = None, as_json: JsonOption = False, limit: LimitOption = None) -> None:
    """List your rules. None is there until you add it."""
    from store.services.values import Listing

    how = listings.how(format_, as_json=as_json, limit=limit)
    with context.client(tells_shown=False) as client:
        found = client.reminders.list()
        listings.show(client, Listing(found.items[: how.limit], found.total), views.REMINDERS, how)
    if not found.items:
        diagnostics.note("`portal reminders add suggested` adds what most people want:")
        diagnostics.note(reminder_texts.suggested())
    if not as_json:
        diagnostics.note("What the portal itself tells you of by e-mail and text: `portal reminders portal`.")


@app.command(
    epilog=examples(
        "portal reminders add appointment --before 1w --before 1d --before 2h",
        "portal reminders add refill --before 1w --by email",
        "portal reminders add suggested --by desktop",
    )
)
@scoped
def add(
    topic: Annotated[
        str,
        typer.Argument(metavar="TOPIC", help="appointment, refill, message, result, or suggested for a set."),
    ],
    before: Annotated[
        list[str] | None,
        typer.Option("--before", metavar="TIME", help="How long before: 1w, 1d, 2h, 30m; may be repeated."),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="CHANNEL",
            help="terminal, desktop or email; may be repeated.",
            show_default="terminal",
        ),
    ] = None,
    with_details: Annotated[
        bool, typer.Option("--with-details", help="Say what, with whom and for whom, too: others may read it.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Add rules, one for each time before and each channel, for every patient that is meant."""
    wanted = reminder_texts.wanted(topic, tuple(before or ()), tuple(by or ("terminal",)), with_details=with_details)
    with context.client(tells_shown=False) as client:
        found = client.reminders.add(*wanted)
        table = listings.with_sources(client, views.REMINDERS)
    output.rows(found, table, listings.how(None, as_json=as_json, limit=None).format)
    if any(rule.channel == "terminal" for rule in found):
        diagnostics.note("`portal reminders run` tells them here; `--by desktop` or `--by email` elsewhere.")
    diagnostics.note("`portal reminders install` lets a timer do it.")


@app.command(epilog=examples("portal reminders remove 3"))
@scoped
def remove(rule: RuleArgument, as_json: JsonOption = False) -> None:
    """Remove a rule."""
    with context.client(tells_shown=False) as client:
        found = client.reminders.remove(rule)
        table = listings.with_sources(client, views.REMINDERS)
    output.rows((found,), table, listings.how(None, as_json=as_json, limit=None).format)
    diagnostics.note("Removed.")


@app.command(epilog=examples("portal reminders pause 3", "portal reminders pause 3 --resume"))
@scoped
def pause(
    rule: RuleArgument,
    resume: Annotated[bool, typer.Option("--resume", help="Let it work again.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Let a rule rest, until `--resume`."""
    with context.client(tells_shown=False) as client:
        found = client.reminders.pause(rule, is_paused=not resume)
        table = listings.with_sources(client, views.REMINDERS)
    output.rows((found,), table, listings.how(None, as_json=as_json, limit=None).format)
    diagnostics.note("It works again." if resume else "It rests.")


@app.command(epilog=examples("portal reminders run", "portal reminders run --dry-run --json"))
@scoped
def run(
    dry_run: DryRunOption = False,
    unattended: Annotated[
        bool, typer.Option("--unattended", help="As a timer does it: ask nothing, and leave what is for the terminal.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Deliver what is due now, each once; what failed is tried again the next time."""
    from store.errors import PartlyDone

    def tell(found: tuple[Reminder, ...]) -> None:
        if as_json:
            output.document(list(found))
        elif lines := reminder_texts.lines(found):
            output.text(lines)

    with context.client(may_ask=not unattended, tells_shown=False) as client:
        if dry_run:
            found = client.reminders.due()
            tell(found)
        else:
            found = client.reminders.run(tell, is_unattended=unattended)
    if not found and not unattended:
        diagnostics.note("Nothing is due.")
    if troubles := reminder_texts.troubles(found):
        raise PartlyDone("the run is done", troubles)


@app.command(
    epilog=examples("portal reminders portal", "portal reminders portal --on text:appointments --off email:results")
)
@scoped
def portal(
    on: OnOption = None,
    off: OffOption = None,
    no_browser: NoBrowserOption = False,
    as_json: JsonOption = False,
) -> None:
    """See or change what the portal itself reminds you of by e-mail and text."""
    with context.client() as client:
        portal_notices.mind(client, None, portal_notices.changes(on, off), no_browser=no_browser, as_json=as_json)


@app.command(epilog=examples("portal reminders install --dry-run", "portal reminders install --system cron --yes"))
def install(
    system: SystemOption = None, yes: YesOption = False, dry_run: DryRunOption = False, as_json: JsonOption = False
) -> None:
    """Let a timer of the system deliver reminders every ten minutes: shows what it would write, then asks."""
    from store.services import timers

    place = reminder_texts.place()
    plan = timers.plan(reminder_texts.system(system, place), place)
    if as_json and dry_run:
        output.document(plan)
        return
    diagnostics.note(reminder_texts.plan(plan))
    if dry_run:
        diagnostics.note("Nothing was written.")
        return
    if not yes and not prompts.confirm("Write this?", "installing a timer"):
        diagnostics.note("Nothing was written.")
        raise typer.Exit(diagnostics.ExitCode.FAILED)
    _tell(timers.install(plan, place), "Installed.", as_json=as_json)


@app.command(epilog=examples("portal reminders uninstall"))
def uninstall(
    system: SystemOption = None, yes: YesOption = False, dry_run: DryRunOption = False, as_json: JsonOption = False
) -> None:
    """Take the timer away again; your rules stay."""
    from store.services import timers

    place = reminder_texts.place()
    plan = timers.plan(reminder_texts.system(system, place), place)
    if as_json and dry_run:
        output.document(plan)
        return
    diagnostics.note(reminder_texts.removal(plan))
    if dry_run:
        diagnostics.note("Nothing was removed.")
        return
    if not yes and not prompts.confirm("Remove this?", "removing the timer"):
        diagnostics.note("Nothing was removed.")
        raise typer.Exit(diagnostics.ExitCode.FAILED)
    _tell(timers.uninstall(plan, place), "Removed.", as_json=as_json)


def _tell(done: Done, sentence: str, *, as_json: bool) -> None:
    from store.errors import PartlyDone

    if as_json:
        output.document({"files": [str(path) for path in done.files], "left": [str(path) for path in done.left]})
    for path in done.left:
        diagnostics.note(f"{path} is not ours, and was left.")
    if done.failed:
        raise PartlyDone("the timer's files are done", tuple(f"run `{command}` yourself" for command in done.failed))
    diagnostics.note(sentence)
