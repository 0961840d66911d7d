"""Forms for details, insurances and allergies."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import InvalidInput, NotOffered
from store.records.allergies import CATEGORIES, SEVERITIES, NewAllergy
from store.records.coverages import NewInsurance
from store.records.profile_writes import Edit, Part
from store.services.change_plans import Way
from tui import outcomes, readings_of_details
from tui.forms import Field, Form, Kind
from tui.jotting import begun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from store.client import Client
    from store.records.profile_writes import Detail
    from store.services.change_plans import ChangeOutcome, ChangePlan
    from tui.forms import Values

_LABELS = {
    Part.PHONE: "Phone",
    Part.EMAIL: "E-mail",
    Part.ADDRESS: "Address",
    Part.CONTACT: "Phone of",
    Part.LANGUAGE: "Language",
    Part.PREFERRED_NAME: "Preferred name",
}
_HINTS = {
    Part.ADDRESS: "Street; city; state; postcode; country. A | goes between two lines of the street.",
    Part.LANGUAGE: "Its code, such as en for English or es-MX.",
}
_PHONES = (("mobile", "Mobile"), ("home", "Home"), ("work", "Work"))
_EMAILS = (("home", "Home"), ("work", "Work"))
_ADDRESSES = (("home", "Home"), ("work", "Work"), ("billing", "Billing"), ("temp", "For a time"))
_ASKED = {
    Way.RECORD: "",
    Way.REQUEST: "\nThis portal takes no changes by itself: the practice is asked for them.",
    Way.MESSAGE: "\nThis portal takes changes only as a message to the practice.",
}


def profile(client: Client, portal: str) -> Form[ChangePlan]:
    """The details of one patient, to be changed. Raises NotOffered, SignInNeeded, NotFound."""
    way = client.profile.check()
    found = client.profile.current()

    def plan(client: Client, values: Values) -> ChangePlan:
        return client.profile.plan([*_changed(found, values), *_added(values)])

    form = Form(
        title="Your details",
        fields=(*_standing(found), *_new(found)),
        plan=plan,
        preview=readings_of_details.change,
        submit=lambda client, plan: _send(client.profile.submit, plan),
        intro=f"What you empty is removed, what you leave as it is stays.{_ASKED[way]}",
        portal=portal,
    )
    return begun(client, form, f"change details {portal}")


def new_insurance(client: Client, portal: str) -> Form[ChangePlan]:
    """An insurance to tell of. Raises NotOffered, SignInNeeded."""
    way = client.insurance.check()
    takes_cards = _takes_cards(client)
    photos = (
        Field("front", "Picture of the front of the card", hint="The path of a JPEG, PNG or PDF."),
        Field("back", "Picture of its back"),
    )

    def plan(client: Client, values: Values) -> ChangePlan:
        wanted = NewInsurance(*(values[name].strip() for name in ("payer", "member", "plan", "group", "since")))
        front, back = (_path(values.get(side, "")) for side in ("front", "back"))
        return client.insurance.add(wanted, front, back)

    without = "" if takes_cards else "\nIt takes no pictures of cards."
    form = Form(
        title="New insurance",
        fields=(
            Field("payer", "Insurer, as it is printed on the card"),
            Field("member", "Member number"),
            Field("plan", "Plan"),
            Field("group", "Group number"),
            Field("since", "Since", hint="A day, such as 2027-01-01."),
            *(photos if takes_cards else ()),
        ),
        plan=plan,
        preview=readings_of_details.change,
        submit=lambda client, plan: _send(client.insurance.submit, plan),
        intro=f"Tell the practice how you are insured.{_ASKED[way]}{without}",
        portal=portal,
    )
    return begun(client, form, f"add an insurance {portal}")


def end_insurance(client: Client, insurance_id: str, portal: str) -> Form[ChangePlan]:
    """The end of an insurance to tell of. Raises NotOffered, NotFound, WrongState."""
    today = datetime.now(UTC).astimezone().date().isoformat()
    with suppress(InvalidInput):  # one that begins later has another last day; all else is told before one types
        client.insurance.end(insurance_id, today)
    form = Form(
        title="End of an insurance",
        fields=(Field("day", "Its last day", value=today, hint="A day, such as 2026-12-31."),),
        plan=lambda client, values: client.insurance.end(insurance_id, values["day"]),
        preview=readings_of_details.change,
        submit=lambda client, plan: _send(client.insurance.submit, plan),
        intro=f"{_insurance(client, insurance_id)} is over.",
        portal=portal,
    )
    return begun(client, form, f"end an insurance {portal} {insurance_id}")


def new_allergy(client: Client, portal: str) -> Form[ChangePlan]:
    """An allergy to tell of. Raises NotOffered, SignInNeeded."""
    way = client.allergies.check()

    def plan(client: Client, values: Values) -> ChangePlan:
        reaction = values["reaction"].strip()
        if values["severity"] and not reaction:
            raise InvalidInput("a severity is that of a reaction: say what happens")
        wanted = NewAllergy(
            values["substance"].strip(), values["category"], reaction, values["severity"], values["note"].strip()
        )
        return client.allergies.add(wanted)

    form = Form(
        title="New allergy",
        fields=(
            Field("substance", "What you are allergic to"),
            Field("reaction", "What happens"),
            Field("severity", "How bad it is", Kind.CHOICE, choices=_choices(SEVERITIES)),
            Field("category", "What sort of thing it is", Kind.CHOICE, choices=_choices(CATEGORIES)),
            Field("note", "A few words more"),
        ),
        plan=plan,
        preview=readings_of_details.change,
        submit=lambda client, plan: _send(client.allergies.submit, plan),
        intro=f"It is not confirmed until the practice has looked at it.{_ASKED[way]}",
        portal=portal,
    )
    return begun(client, form, f"add an allergy {portal}")


def end_allergy(client: Client, allergy_id: str, portal: str) -> Form[ChangePlan]:
    """The end of an allergy to tell of. Raises NotOffered, NotFound, WrongState."""
    found = client.allergies.end(allergy_id, was_wrong=False)
    ways = (("over", "I do not have it any more"), ("wrong", "I never had it: it was told in error"))

    def plan(client: Client, values: Values) -> ChangePlan:
        return client.allergies.end(allergy_id, was_wrong=values["how"] == "wrong")

    form = Form(
        title="End of an allergy",
        fields=(Field("how", "What is the case", Kind.CHOICE, choices=ways),),
        plan=plan,
        preview=readings_of_details.change,
        submit=lambda client, plan: _send(client.allergies.submit, plan),
        intro=f"About the allergy: {found.changes[0].before}",
        portal=portal,
    )
    return begun(client, form, f"end an allergy {portal} {allergy_id}")


def _send(submit: Callable[[ChangePlan], ChangeOutcome], plan: ChangePlan) -> str:
    return outcomes.told(lambda: outcomes.became(*submit(plan).requests))


def _standing(found: tuple[Detail, ...]) -> Iterator[Field]:
    for number, detail in enumerate(found):
        part = detail.edit.part
        label = f"{_LABELS[part]} {detail.use}" if part is Part.CONTACT else _LABELS[part]
        label = f"{label} ({detail.use})" if detail.use and part is not Part.CONTACT else label
        about = f"{label}: {detail.written}"
        yield Field(f"detail{number}", label, value=str(detail.written), hint=_HINTS.get(part, ""), about=about)


def _new(found: tuple[Detail, ...]) -> Iterator[Field]:
    """Fields for what may be added, with the kinds of it that there are none of first."""
    for part, kinds in ((Part.PHONE, _PHONES), (Part.EMAIL, _EMAILS), (Part.ADDRESS, _ADDRESSES)):
        used = {str(detail.use) for detail in found if detail.edit.part is part}
        free = tuple(kind for kind in kinds if kind[0] not in used)
        if free:
            name = f"new-{part.value}"
            another = "Another" if used else "New"
            yield Field(name, f"{another} {_LABELS[part].lower()}", hint=_HINTS.get(part, ""))
            yield Field(f"{name}-kind", "Its kind", Kind.CHOICE, choices=free)
    yield Field("new-contact", "Another person to call in an emergency: their name")
    yield Field("new-contact-phone", "Their telephone number")


def _changed(found: tuple[Detail, ...], values: Values) -> Iterator[Edit]:
    for number, detail in enumerate(found):
        typed = values[f"detail{number}"].strip()
        if typed != detail.written.strip():
            yield replace(detail.edit, value=typed)


def _added(values: Values) -> Iterator[Edit]:
    for part in (Part.PHONE, Part.EMAIL, Part.ADDRESS):
        name = f"new-{part.value}"
        if typed := values.get(name, "").strip():
            yield Edit(part, values[f"{name}-kind"], typed)
    name, phone = values["new-contact"].strip(), values["new-contact-phone"].strip()
    if bool(name) != bool(phone):
        raise InvalidInput("a person to call needs a name and a telephone number")
    if name:
        yield Edit(Part.CONTACT, name, phone)


def _takes_cards(client: Client) -> bool:
    try:
        client.insurance.check(has_card=True)
    except NotOffered:
        return False
    return True


def _insurance(client: Client, insurance_id: str) -> str:
    found = next(each for each in client.insurance.list(every=True).items if each.id == insurance_id)
    return " ".join(filter(None, (found.payer, found.member)))


def _path(typed: str) -> Path | None:
    return Path(typed.strip()).expanduser() if typed.strip() else None


def _choices(words: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return (("", "Not said"), *((word, word.capitalize()) for word in words))
