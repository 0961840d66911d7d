"""Forms whose text outlives them: kept in the vault while it is typed, there again next time, forgotten once sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from tui.forms import Kind

if TYPE_CHECKING:
    from store.client import Client
    from tui.forms import Field, Form

Plan = TypeVar("Plan")
_AGAIN = "What you had typed before is here again."


def begun(client: Client, form: Form[Plan], name: str) -> Form[Plan]:
    """A form with what had been typed into it before; `name` says which form it is, for whom, and about what."""
    typed = client.jottings.recall(name)
    fields = tuple(_with(field, typed) for field in form.fields)
    intro = "\n".join(filter(None, (form.intro, _AGAIN if fields != form.fields else "")))

    def submit(client: Client, plan: Plan) -> str:
        told = form.submit(client, plan)
        client.jottings.forget(name)
        return told

    return replace(
        form,
        fields=fields,
        intro=intro,
        submit=submit,
        keep=lambda client, values: client.jottings.keep(name, values),
    )


def _with(field: Field, typed: dict[str, str]) -> Field:
    value = typed.get(field.name, field.value)
    if field.kind is Kind.CHOICE and value not in {choice for choice, _ in field.choices}:
        return field
    return replace(field, value=value)
