"""Forms: what is asked for, how it becomes a plan, what is shown of the plan, and how it is carried out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from store.client import Client
    from tui.reading import Reading

    Values: TypeAlias = Mapping[str, str]

Plan = TypeVar("Plan")


class Kind(Enum):
    """How a field is filled in."""

    LINE = auto()
    TEXT = auto()
    CHOICE = auto()
    SWITCH = auto()
    SECRET = auto()


@dataclass(frozen=True)
class Field:
    """One field: its name in the values, its label, and what stands in it at first.

    `choices` are pairs of a value and its words, for a CHOICE. A SWITCH is `yes` or empty. `hint` stands under it.
    `about` is what of the record it changes: what had been typed over something else is not put back into it.
    """

    name: str
    label: str
    kind: Kind = Kind.LINE
    value: str = ""
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    about: str = ""


def first(field: Field) -> str:
    """What stands in a field at first: of choices, the first where none was named."""
    return field.value or (field.choices[0][0] if field.choices else "")


@dataclass(frozen=True)
class Form(Generic[Plan]):
    """One form.

    `plan` makes of the values what will be sent, and raises PortalError when they are not right; `preview` shows that,
    for whom it is included; `submit` carries it out and returns a sentence that says what came of it. `keep` is called
    with what has been typed now and then, and when the form is left without sending, so that nothing is lost. `fresh`
    is what stands in the fields where nothing had been typed before, for a form that has its text again.
    """

    title: str
    fields: tuple[Field, ...]
    plan: Callable[[Client, Values], Plan]
    preview: Callable[[Plan], Reading]
    submit: Callable[[Client, Plan], str]
    yes: str = "Send"
    intro: str = ""
    portal: str = ""
    keep: Callable[[Client, Values], object] | None = None
    fresh: Values | None = None
