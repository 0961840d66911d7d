"""Forms and deeds about reminders: adding rules, and removing one."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from store.errors import InvalidInput
from store.records.reminders import TIMED, Channel, Topic
from store.services.reminders import ReminderRow, Wanted, suggested
from tui import words
from tui.forms import Field, Form, Kind
from tui.jotting import begun
from tui.reading import Reading, facts
from tui.rows_of_care import before_words

if TYPE_CHECKING:
    from store.client import Client
    from tui.forms import Values

Rules: TypeAlias = tuple[Wanted, ...]
SUGGESTED = "suggested"
_TOPICS = (
    (SUGGESTED, "What most people want"),
    ("appointment", "Appointments"),
    ("refill", "Medicines that run out"),
    ("message", "New messages"),
    ("result", "New results"),
)
_CHANNELS = (
    ("terminal", "Here, in the terminal"),
    ("desktop", "On the desktop"),
    ("email", "By e-mail"),
)


def add(client: Client) -> Form[Rules]:
    """Add rules, for every patient that is meant."""
    people = dict.fromkeys(str(person.patient) for person in client.people.list())
    form = Form(
        "Add reminders",
        (
            Field("topic", "About what", Kind.CHOICE, choices=_TOPICS),
            Field(
                "before",
                "How long before",
                hint="1w, 1d, 2h or 30m; several with a comma. For appointments and medicines only.",
            ),
            *(Field(name, label, Kind.SWITCH, "yes" if name == "terminal" else "") for name, label in _CHANNELS),
            Field("details", "Say what, with whom and for whom, too: others may read it", Kind.SWITCH),
        ),
        plan=_plan,
        preview=preview,
        submit=_submit,
        yes="Add",
        intro=f"For {', '.join(people) or 'nobody yet'}. `portal reminders install` sets a timer that delivers them.",
    )
    return begun(client, form, "add reminders")


def preview(rules: Rules) -> Reading:
    """The rules that will be added."""
    return Reading(
        "Add this?",
        "Reminders",
        facts(
            *(
                (each.topic.value.capitalize(), ", ".join(before_words(lead) for lead in each.before or ("",)))
                for each in rules
            ),
            ("How", ", ".join(channel.value for channel in rules[0].channels)),
            ("Details", "what, with whom and for whom" if rules[0].with_details else "no details"),
        ),
    )


def preview_removal(rule: ReminderRow) -> Reading:
    """The rule that will be removed."""
    return Reading(
        "Remove this?",
        f"The reminder about {rule.topic}s",
        facts(("When", before_words(str(rule.before))), ("How", rule.channel), ("For", rule.patient)),
    )


def find(client: Client, number: int) -> ReminderRow:
    """A rule by its number. Raises InvalidInput when it is gone."""
    found = next((rule for rule in client.reminders.list().items if rule.id == number), None)
    if found is None:
        raise InvalidInput("that reminder is gone")
    return found


def _plan(client: Client, values: Values) -> Rules:
    del client
    channels = tuple(Channel(name) for name, _ in _CHANNELS if values[name])
    before = tuple(filter(None, (each.strip() for each in values["before"].split(","))))
    with_details = bool(values["details"])
    if not channels:
        raise InvalidInput("say how: here, on the desktop or by e-mail")
    if values["topic"] == SUGGESTED:
        if before:
            raise InvalidInput("what most people want has its own times; leave that field empty, or choose one topic")
        return suggested(channels, with_details=with_details)
    topic = Topic(values["topic"])
    if topic in TIMED and not before:
        raise InvalidInput("say how long before, such as 1d")
    if topic not in TIMED and before:
        raise InvalidInput(f"a {topic} is told of when it is there, so there is no time before it")
    return (Wanted(topic, before, channels, with_details),)


def _submit(client: Client, rules: Rules) -> str:
    return f"{words.count(len(client.reminders.add(*rules)), 'rule')} added."
