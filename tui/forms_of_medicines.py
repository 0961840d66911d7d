"""Forms about medicines that one takes by oneself: telling of one, changing what was told, stopping."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from store.errors import InvalidInput
from store.records.medication_writes import OwnMedicine
from tui import outcomes, words
from tui.forms import Field, Form, Kind
from tui.jotting import begun
from tui.reading import Reading, facts

if TYPE_CHECKING:
    from store.client import Client
    from store.records.medications import Medication
    from store.services.own_medicines import MedicinePlan
    from tui.forms import Values

_DATE = "Such as 2026-01-31, 2026-01 or 2026. May stay empty."
_HOW_NEW = (("", "Not said"), ("needed", "only when needed"), ("regularly", "regularly"))
_HOW = (("", "as it stands"), ("needed", "only when needed"), ("regularly", "regularly"))


def add(client: Client, portal: str) -> Form[MedicinePlan]:
    """Tell the practice of a medicine that one takes by oneself."""
    client.own_medicines.check_add()
    form = Form(
        "Add a medicine",
        _fields(None),
        plan=_add,
        preview=preview,
        submit=submit,
        intro=f"A medicine that {client.people.of(portal).patient} takes without a prescription of {portal}.",
        portal=portal,
    )
    return begun(client, form, f"add a medicine {portal}")


def edit(client: Client, portal: str, key: str) -> Form[MedicinePlan]:
    """Change what was told of a medicine."""
    before = client.own_medicines.check_edit(key)
    form = Form(
        "Change a medicine",
        _fields(before),
        plan=partial(_edit, key=key, before=before),
        preview=preview,
        submit=submit,
        intro="What stays as it is here stays as it is there.",
        portal=portal,
    )
    return begun(client, form, f"edit {portal} {key}")


def stop(client: Client, portal: str, key: str) -> Form[MedicinePlan]:
    """Tell the practice that one does not take a medicine any more, or never did."""
    before = client.own_medicines.check_edit(key)
    form = Form(
        "Stop a medicine",
        (
            Field("on", "The last day that you took it", hint="Such as 2026-01-31; empty is today."),
            Field("reason", "Why", hint="The practice reads it. May stay empty."),
            Field("mistake", "I never took it: withdraw what was said", Kind.SWITCH),
        ),
        plan=partial(_stop, key=key),
        preview=preview,
        submit=submit,
        intro=f"{before.name}.",
        portal=portal,
    )
    return begun(client, form, f"stop {portal} {key}")


def submit(client: Client, plan: MedicinePlan) -> str:
    """Send it, and say what came of it."""
    return outcomes.told(lambda: outcomes.became(client.own_medicines.submit(plan).request))


def preview(plan: MedicinePlan) -> Reading:
    """What will be sent, and for whom; where something changes, as it was and as it shall be."""
    before, after = plan.before, plan.after
    return Reading(
        "Send this?",
        str(plan.action),
        facts(
            ("For", f"{plan.patient_name} at {plan.portal}"),
            ("Medicine", _change(before.name if before else None, after.name)),
            ("Code", _change(before.code if before else None, after.code)),
            ("How to take it", _change(before.directions if before else None, after.directions)),
            ("Taken for", _change(before.reason if before else None, after.reason)),
            ("Since", _change(words.day(before.started) if before else None, words.day(after.started))),
            ("State", _change(before.status if before else None, after.status)),
            ("Until", plan.until),
            ("Your words", plan.words),
            ("Mind", f"it is on the list already, {plan.alike}" if plan.alike else ""),
        ),
    )


def _fields(before: Medication | None) -> tuple[Field, ...]:
    since = str(before.started.text) if before and before.started else ""
    return (
        Field("name", "Name", value=str(before.name) if before else "", hint="With its strength."),
        Field("directions", "How it is taken", value=str(before.directions) if before else ""),
        Field("how", "How often", Kind.CHOICE, choices=_HOW if before else _HOW_NEW),
        Field("since", "Since", value=since, hint=_DATE),
        Field("reason", "Taken for", value=str(before.reason) if before else ""),
        Field("code", "RxNorm code", value=str(before.code) if before else "", hint="May stay empty."),
        Field("note", "A few words to the practice"),
    )


def _add(client: Client, values: Values) -> MedicinePlan:
    if not values["name"].strip():
        raise InvalidInput("a medicine needs a name")
    said = {name: value.strip() or None for name, value in values.items()}
    return client.own_medicines.add(
        OwnMedicine(
            said["name"],
            said["code"],
            said["directions"],
            _as_needed(values["how"]),
            said["since"],
            said["reason"],
            said["note"],
        )
    )


def _edit(client: Client, values: Values, key: str, before: Medication) -> MedicinePlan:
    first = {field.name: field.value for field in _fields(before)}
    said = {name: value.strip() if value.strip() != first[name].strip() else None for name, value in values.items()}
    for name in ("name", "since"):
        if said[name] == "":
            raise InvalidInput(f"`{name}` cannot be emptied; stop the medicine where it is not taken any more")
    return client.own_medicines.edit(
        key,
        OwnMedicine(
            said["name"],
            said["code"] or None,
            said["directions"],
            _as_needed(values["how"]),
            said["since"],
            said["reason"],
            said["note"] or None,
        ),
    )


def _stop(client: Client, values: Values, key: str) -> MedicinePlan:
    on, reason = values["on"].strip(), values["reason"].strip()
    if values["mistake"]:
        if on:
            raise InvalidInput("a last day and a withdrawal cannot both be had")
        return client.own_medicines.withdraw(key, reason)
    return client.own_medicines.stop(key, on, reason)


def _as_needed(how: str) -> bool | None:
    return {"needed": True, "regularly": False}.get(how)


def _change(before: str | None, after: str) -> str:
    return after if before is None or before == after else f"{before or 'nothing'} → {after or 'nothing'}"
