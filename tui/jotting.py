"""Forms whose text outlives them: kept in the vault while it is typed, there again next time, forgotten once sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Generic, TypeVar

from tui.forms import Kind, first

if TYPE_CHECKING:
    from store.client import Client
    from tui.forms import Field, Form, Values

Plan = TypeVar("Plan")
_AGAIN = "What you had typed before is here again; F4 takes it out."
_CHANGED = "Something here has changed since you typed over it before; look at what stands there now."
_ABOUT = " was"  # after a field's name, which has no spaces: what had been typed over


def begun(client: Client, form: Form[Plan], name: str) -> Form[Plan]:
    """A form with what had been typed into it before; `name` says which form it is, for whom, and about what."""
    typed = client.jottings.recall(name)
    fields = tuple(_with(field, typed) for field in form.fields)
    again = _AGAIN if fields != form.fields else ""
    changed = _CHANGED if any(_is_stale(field, typed) for field in form.fields) else ""
    jotting = _Jotting(form, name)
    return replace(
        form,
        fields=fields,
        intro="\n".join(filter(None, (form.intro, again, changed))),
        submit=jotting.submit,
        keep=jotting.keep,
        fresh={field.name: first(field) for field in form.fields},
    )


class _Jotting(Generic[Plan]):
    """What is typed into one form from when it is opened until it is sent."""

    def __init__(self, form: Form[Plan], name: str) -> None:
        self._form, self._name = form, name
        self._is_sent = False

    def keep(self, client: Client, values: Values) -> None:
        """Keep what differs from how the form began; what stood there need not be so next time."""
        if self._is_sent:
            return
        typed = {field.name: field for field in self._form.fields if values[field.name] != first(field)}
        about = {f"{name}{_ABOUT}": field.about for name, field in typed.items() if field.about}
        client.jottings.keep(self._name, {**{name: values[name] for name in typed}, **about})

    def submit(self, client: Client, plan: Plan) -> str:
        """Send it. It is forgotten before, so that a kill leaves no text that would be sent twice."""
        typed = client.jottings.recall(self._name)
        client.jottings.forget(self._name)
        self._is_sent = True
        try:
            told = self._form.submit(client, plan)
        except BaseException:
            self._is_sent = False
            client.jottings.keep(self._name, typed)
            raise
        return told


def _with(field: Field, typed: dict[str, str]) -> Field:
    value = typed.get(field.name, field.value)
    if _is_stale(field, typed):
        return field
    if field.kind is Kind.CHOICE and value not in {choice for choice, _ in field.choices}:
        return field
    return replace(field, value=value)


def _is_stale(field: Field, typed: dict[str, str]) -> bool:
    """Whether something else stands in a field than what had been typed over."""
    return field.name in typed and typed.get(f"{field.name}{_ABOUT}", field.about) != field.about
