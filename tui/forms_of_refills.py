"""Asking for refills of one medicine or several, and cancelling a request."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from store.errors import AlreadyRequested, Rejected
from store.services.refill_plans import CancelPlan, RefillPlan, RefillRow, RefillWish
from tui import outcomes, words
from tui.forms import Field, Form
from tui.jotting import begun
from tui.reading import Fact, Reading, Section, facts
from tui.troubles import describe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.client import Client
    from tui.forms import Values

Plans: TypeAlias = tuple[RefillPlan, ...]
_NOTE = Field("note", "A few words to the practice")


def ask(client: Client, portal: str, keys: tuple[str, ...]) -> Form[Plans]:
    """Ask for refills of prescriptions, by their ids. Refused before anything is typed where one is asked for already.

    Raises what `Refills.plan_each` does.
    """
    plans = client.refills.plan_each(keys, [RefillWish()] * len(keys))
    form = Form(
        "Ask for a refill" if len(plans) == 1 else f"Ask for {len(plans)} refills",
        (*_amounts(plans), Field("pharmacy", "Pharmacy", hint="A name or a part of it. May stay empty."), _NOTE),
        plan=partial(_plan, keys=keys),
        preview=preview,
        submit=submit,
        intro="\n".join((f"For {plans[0].patient_name} at {portal}.", *map(_told, plans))),
        portal=portal,
    )
    return begun(client, form, f"refill {portal} {' '.join(keys)}")


def submit(client: Client, plans: Plans) -> str:
    """Send each; one that is refused does not stop the others, unless it is the only one."""
    done: dict[str, list[str]] = {}
    for plan in plans:
        try:
            became = outcomes.told(lambda plan=plan: what_became_of(client.refills.submit(plan)))  # type: ignore[misc]
        except (Rejected, AlreadyRequested) as error:
            if len(plans) == 1:
                raise
            became = str(describe(error).sentence)
        done.setdefault(became, []).append(str(plan.medication))
    return "\n".join(f"{', '.join(names)}: {became}" for became, names in done.items())


def preview(plans: Plans) -> Reading:
    """What will be asked for, and for whom."""
    first = plans[0]
    whom = (Fact("For", f"{first.patient_name} at {first.portal}"),)
    if len(plans) == 1:
        title = f"A {'renewal' if first.is_renewal else 'refill'} of {first.medication}"
        return Reading("Send this?", title, (*whom, *_facts(first)), tuple(_letter(first)))
    parts = [_part(plan) for plan in plans]
    return Reading("Send these?", f"{len(plans)} requests", whom, tuple(parts))


def cancel(client: Client, portal: str, key: str) -> Form[CancelPlan]:
    """Cancel a request, with a reason."""
    _, found = client.refills.check_cancel(key)
    form = Form(
        "Cancel a refill request",
        (Field("reason", "Why", hint="The practice reads it. May stay empty."),),
        plan=lambda client, values: client.refills.plan_cancel(key, values["reason"].strip()),
        preview=preview_cancel,
        submit=submit_cancel,
        yes="Cancel the request",
        intro=f"{found.medication}, {words.in_sentence(words.refill_state(found.status))}.",
        portal=portal,
    )
    return begun(client, form, f"cancel refill {portal} {key}")


def preview_cancel(plan: CancelPlan) -> Reading:
    """What will be cancelled, and for whom."""
    where = "" if plan.target else " (it was not sent yet)"
    return Reading(
        "Cancel this?",
        f"The request for {plan.medication}",
        facts(
            ("For", f"{plan.patient_name} at {plan.portal}"),
            ("State", f"{words.refill_state(plan.status)}{where}"),
            ("Why", plan.reason),
        ),
    )


def submit_cancel(client: Client, plan: CancelPlan) -> str:
    """Cancel it, and say what came of it."""

    def send() -> str:
        found = client.refills.cancel(plan)
        if found.change:
            return "The cancelling waits here. The next sync sends it when the portal can be reached."
        return f"The request for {found.medication} is cancelled."

    return outcomes.told(send)


def what_became_of(row: RefillRow) -> str:
    """What became of a request."""
    if row.status == "unknown":
        return "the portal's answer was lost. The next sync looks whether it has arrived."
    if row.is_waiting:
        return "waits here. The next sync sends it, once, when the portal can be reached."
    if row.is_message:
        return "asked for by a message. The answer comes among the messages."
    return "the portal has the request. The next sync fetches its answer."


def _plan(client: Client, values: Values, keys: Sequence[str]) -> Plans:
    def wish(number: int) -> RefillWish:
        left = values.get(f"left{number}", "").strip()
        return RefillWish(values["note"].strip() or None, values["pharmacy"].strip(), left)

    return client.refills.plan_each(keys, [wish(number) for number in range(len(keys))])


def _amounts(plans: Plans) -> Iterator[Field]:
    """A field for what is left of each."""
    for number, plan in enumerate(plans):
        label = "How much is left" if len(plans) == 1 else f"How much is left of {plan.medication}"
        yield Field(f"left{number}", label, hint="Such as 4, or 4 tablets. May stay empty." if not number else "")


def _told(plan: RefillPlan) -> str:
    """One of the medicines that a form is about."""
    kind = "a renewal" if plan.is_renewal else "a refill"
    why = f", since {plan.why}" if plan.why else ""
    left = "" if plan.repeats_left is None else f"; {words.count(plan.repeats_left, 'refill')} left"
    return f"{plan.medication}: {kind}{why}{left}"


def _facts(plan: RefillPlan) -> tuple[Fact, ...]:
    as_typed = "" if plan.is_pharmacy_known else " (as typed; the record names no such pharmacy)"
    return facts(
        ("Because", plan.why),
        ("Refills left", "" if plan.repeats_left is None else str(plan.repeats_left)),
        ("How to take it", plan.directions),
        ("Still there", plan.remaining),
        ("Pharmacy", f"{plan.pharmacy}{as_typed}" if plan.pharmacy else ""),
        ("Note", plan.note),
    )


def _letter(plan: RefillPlan) -> Iterator[Section]:
    if plan.is_message:
        yield Section(f"{plan.portal} takes no refill requests. This goes as a message to {plan.recipient}", plan.words)


def _part(plan: RefillPlan) -> Section:
    lines = [f"{fact.label}: {fact.value}" for fact in _facts(plan)]
    lines += [f"{part.heading}:\n{part.text}" for part in _letter(plan)]
    return Section(f"A {'renewal' if plan.is_renewal else 'refill'} of {plan.medication}", "\n".join(lines))
