"""LINES: for every command a line to see it by, and one with a bad argument; `{words}` are what is in the home."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """Arguments after the command, what is typed where it asks, and the arguments of one that is wrong.

    What is typed at a terminal is `typed`; in a pipe it is `piped`. A command that `asks` speaks with the portal, and
    is seen with one; all others have to do without. With `stop_after` it is interrupted when it has said that. `alone`
    says why it is not seen in every surrounding.
    """

    arguments: str = ""
    typed: tuple[str, ...] = ("n",)
    piped: tuple[str, ...] = ()
    bad: str = "--bogus"
    asks: bool = False
    stop_after: str = ""
    alone: str = ""


_LOGIN = "{url} --username {username} --password-stdin"
_NEW = ("nine green bottles on a wall",) * 2

LINES: dict[str, Line] = {
    "login": Line(_LOGIN, typed=("{password}",), piped=("{password}",), bad="not-an-address", asks=True),
    "logout": Line("", bad="no-such-portal --yes", asks=True),
    "register": Line(
        "{url} --given Ada --family King --birth-date 1990-01-01 --email ada@example.org --phone +12025550123"
        " --line 'Main St 1' --city Salem --state OR --postal-code 97301 --username adaking --password-stdin"
        " --accept-terms",
        typed=("correct horse battery 7 Staple!",),
        piped=("correct horse battery 7 Staple!",),
        asks=True,
    ),
    "verify": Line("{url} --channel email --code 000000 --registration none", bad="{url} --channel pigeon", asks=True),
    "password forgot": Line("{url} --login ada", bad="not-an-address --login ada", asks=True),
    "password reset": Line(
        "{url} --password-stdin",
        typed=("no-such-token", "x"),
        piped=("no-such-token", "x"),
        bad="not-an-address",
        asks=True,
    ),
    "password change": Line(
        "--password-stdin", typed=("wrong", "other"), piped=("wrong", "other"), bad="no-such-portal", asks=True
    ),
    "username recover": Line(
        "{url} --email ada@example.org --birth-date 1990-01-01", bad="{url} --email ada", asks=True
    ),
    "account show": Line("", bad="no-such-portal", asks=True),
    "account devices": Line("", bad="--format xml", asks=True),
    "account revoke": Line("no-such-device --yes", bad="", asks=True),
    "account notifications": Line("", bad="--on pigeon", asks=True),
    "account two-step on": Line("totp --password-stdin", typed=("wrong",), piped=("wrong",), bad="pigeon", asks=True),
    "account two-step off": Line("totp --password-stdin", typed=("wrong",), piped=("wrong",), bad="pigeon", asks=True),
    "portals list": Line("", bad="--format xml"),
    "portals add": Line("{url}", bad="not-an-address", asks=True),
    "portals remove": Line("clinic", bad="no-such-portal", asks=True),
    "portals test": Line("{url}", bad="not-an-address", asks=True),
    "portals search": Line("memorial", bad=""),
    "portals import": Line("portals.json", bad="no-such-file.json"),
    "portals use": Line("clinic", bad="no-such-portal"),
    "people list": Line("", bad="--limit -1"),
    "people switch": Line("self", bad=""),
    "people add": Line(
        _LOGIN + " --for self", typed=("{password}",), piped=("{password}",), bad="not-an-address", asks=True
    ),
    "status": Line("", bad="--portal no-such-portal"),
    "sync run": Line("", bad="--watch soon", asks=True),
    "sync report": Line("", bad="no-such-portal"),
    "dashboard": Line("", typed=("q",)),
    "medications list": Line("", bad="--patient nobody"),
    "medications add": Line(
        "ibuprofen --directions 'when it hurts' --since 2026-03-01", bad="ibuprofen --since soon", asks=True
    ),
    "medications edit": Line("no-such-medicine --directions 'at night'", bad="", asks=True),
    "medications stop": Line("no-such-medicine", bad="lisinopril --on soon", asks=True),
    "labs list": Line("--limit 3", bad="--since soon"),
    "labs show": Line("{lab}", bad="no-such-result"),
    "labs trend": Line("hemoglobin --limit 4", bad="no-such-test"),
    "vitals list": Line("--limit 3", bad="--between soon"),
    "vitals show": Line("{vital}", bad="no-such-result"),
    "vitals trend": Line("'heart rate' --limit 4", bad="no-such-sign"),
    "appointments list": Line("", bad="--since soon"),
    "appointments show": Line("{appointment}", bad="no-such-appointment"),
    "appointments slots": Line("--limit 3", bad="--days 0", asks=True),
    "appointments request": Line(
        "--reason 'a cough' --when 2026-03-20", bad="--reason 'a cough' --when soon", asks=True
    ),
    "appointments book": Line("{slot} --reason 'a cough'", bad="no-such-slot", asks=True),
    "appointments cancel": Line("{appointment} --reason 'a journey'", bad="no-such-appointment", asks=True),
    "appointments reschedule": Line("{appointment} --when 2026-03-20", bad="{appointment} --when soon", asks=True),
    "appointments respond": Line("{appointment} accept", bad="{appointment} perhaps", asks=True),
    "appointments checkin": Line("{appointment}", bad="no-such-appointment", asks=True),
    "appointments directions": Line("{appointment}", bad="no-such-appointment"),
    "profile show": Line("", bad="--patient nobody"),
    "profile edit": Line("--phone home=+12025550199", bad="--phone 5", asks=True),
    "insurance list": Line("", bad="--format xml"),
    "insurance show": Line("{insurance}", bad="no-such-insurance"),
    "insurance add": Line(
        "--payer 'Blue Cross' --member X1 --front card.png", bad="--payer Blue --front no-such.png", asks=True
    ),
    "insurance end": Line("{insurance} --on 2026-03-31", bad="{insurance} --on soon", asks=True),
    "allergies list": Line("", bad="--limit many"),
    "allergies show": Line("{allergy}", bad="no-such-allergy"),
    "allergies add": Line("peanuts --reaction hives", bad="peanuts --category pigeon", asks=True),
    "allergies end": Line("{allergy}", bad="no-such-allergy", asks=True),
    "messages list": Line("", bad="--format xml"),
    "messages show": Line("{thread}", bad="no-such-message"),
    "messages search": Line("refill", bad=""),
    "messages read": Line("{thread}", bad="no-such-message", asks=True),
    "messages archive": Line("{thread}", bad="no-such-message"),
    "messages recipients": Line("", bad="--limit -1"),
    "messages send": Line(
        "--to {recipient} --subject Cough --body 'Since Monday.'", bad="--to nobody --body x", asks=True
    ),
    "messages reply": Line("{thread} --body 'Thank you.'", bad="no-such-message --body x", asks=True),
    "messages draft list": Line("", bad="--format xml"),
    "messages draft show": Line("{draft}", bad="no-such-draft"),
    "messages draft edit": Line("{draft} --subject 'A cough'", bad="no-such-draft --subject x"),
    "messages draft send": Line("{draft}", bad="no-such-draft", asks=True),
    "messages draft delete": Line("{draft}", bad="no-such-draft"),
    "records list": Line("conditions --limit 3", bad="no-such-kind"),
    "records show": Line("{condition}", bad="no-such-record"),
    "records open": Line("{document}", bad="no-such-record", asks=True),
    "records download": Line("{document} --output letters/", bad="no-such-record", asks=True),
    "records timeline": Line("conditions --limit 3", bad="--by year"),
    "records diff": Line("{condition}", bad="{condition} --from 99", asks=True),
    "records fetch": Line("{document}", bad="no-such-record", asks=True),
    "records search": Line("asthma --limit 2", bad="kind:nonsense"),
    "refill": Line("{medicine}", bad="no-such-medicine", asks=True),
    "refills list": Line("", bad="--limit -1"),
    "refills show": Line("{refill}", bad="no-such-request"),
    "refills history": Line("{refill}", bad="no-such-request"),
    "refills due": Line("--days 90", bad="--days -1"),
    "refills cancel": Line("{refill} --reason 'found some'", bad="no-such-request", asks=True),
    "summary": Line("", bad="--patient nobody"),
    "learn": Line("asthma", bad="asthma --from nowhere", asks=True),
    "reminders list": Line("", bad="--format xml"),
    "reminders add": Line("refill --before 1w", bad="pigeon"),
    "reminders remove": Line("{rule}", bad="99"),
    "reminders pause": Line("{rule}", bad="99"),
    "reminders run": Line("--dry-run", bad="--patient nobody"),
    "reminders portal": Line("", bad="--on pigeon", asks=True),
    "reminders install": Line("--system cron --dry-run", bad="--system pigeon"),
    "reminders uninstall": Line("--system cron --dry-run", bad="--system pigeon"),
    "outbox list": Line("", bad="--format xml"),
    "outbox show": Line("{sent}", bad="no-such-request"),
    "outbox retry": Line("{queued}", bad="no-such-request", asks=True),
    "outbox cancel": Line("{queued}", bad="no-such-request", asks=True),
    "outbox edit": Line("{queued} --file request.json", bad="{queued} --file no-such.json", asks=True),
    "conflicts list": Line("", bad="--limit -1"),
    "conflicts show": Line("no-such-conflict", bad=""),
    "conflicts resolve": Line("no-such-conflict --mine", bad="no-such-conflict", asks=True),
    "import": Line("chart.json", typed=("no",), bad="no-such-file.json"),
    "export": Line("allergies --format csv --output -", bad="--format xml"),
    "unlock": Line("--for 15m", bad="--for soon"),
    "lock": Line(""),
    "vault init": Line("", typed=_NEW),
    "vault unlock": Line("--for 15m", bad="--for 99h"),
    "vault lock": Line(""),
    "vault slots": Line("", bad="--format xml"),
    "vault passphrase": Line("", typed=("{passphrase}", *_NEW)),
    "vault rotate": Line("", typed=("n",)),
    "vault backup": Line("new.backup", bad="no-such-folder/x/new.backup"),
    "vault restore": Line("old.backup", bad="no-such.backup"),
    "vault check": Line(""),
    "vault repair": Line(""),
    "vault stats": Line(""),
    "vault erase": Line("", typed=("no",)),
    "vault recovery new": Line("", typed=("{passphrase}", "wrong")),
    "vault recovery use": Line("--code-stdin", typed=("0000-0000",), piped=("0000-0000",)),
    "vault keychain on": Line("", typed=("{passphrase}",)),
    "vault keychain off": Line(""),
    "audit list": Line("--limit 3", bad="--limit -1"),
    "audit verify": Line("", bad="--head 1:zz"),
    "audit export": Line("--format csv", bad="--format xml"),
    "doctor": Line("", asks=True),
    "config list": Line("", bad="--format xml"),
    "config get": Line("timeout", bad="no-such-setting"),
    "config set": Line("timeout 60", bad="timeout soon"),
    "config unset": Line("timeout", bad="no-such-setting"),
    "config path": Line(""),
    "help": Line("exit-codes", bad="no-such-topic"),
    "demo": Line("", alone="it makes a home and a portal of its own, whatever there is around it"),
    "sandbox": Line("--patients 1 --resources 20", stop_after="Ctrl-C", bad="--quirks pigeon"),
    "sandbox clinic": Line("--url {url}", bad="Task/1", asks=True),
}
