"""A message while it is written: kept as a draft from the first letter on, and sent as that draft."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import InvalidInput, NotFound, Rejected, WrongState
from store.records import enclosures
from store.records.letter_words import EMERGENCY
from store.records.message_writes import CATEGORIES
from store.services.message_plans import Wording
from tui import outcomes, readings_of_letters, words
from tui.forms import Field, Form, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from store.client import Client
    from store.services.message_plans import Beginning, Draft, Recipient
    from store.services.sketches import Sketch
    from tui.forms import Values

_PARTED = "The draft was sent, deleted or changed elsewhere meanwhile."
_NEW = ""  # in the list of what is attached: what was attached by its path since the form was opened


class Writing:
    """What is known of one message between the form and its draft. Used by one thread at a time."""

    def __init__(self, beginning: Beginning, known: Iterable[Recipient], sketch: Sketch | None = None) -> None:
        self._beginning = beginning
        self._known = {str(each.id): each for each in (*known, *beginning.recipients)}
        self._sketch = sketch
        self._draft = str(sketch.draft.id) if sketch else ""
        self._mark = sketch.mark if sketch else ""
        self._held = [f"held{number}" for number in range(len(sketch.draft.attached))] if sketch else []
        self._attached: tuple[str, ...] = ()
        self._is_sent = self._is_noted = False
        self._has_parted = self._is_parting_told = False

    def became(self, client: Client) -> str:
        """What became of it once the form was left, for the toast; empty where that is said already, or nothing was."""
        client.writes.forget()  # the message that comes next has to be confirmed by itself
        if not self._draft or self._is_sent:
            return ""
        try:
            client.letters.sketches.mark(self._draft)
        except NotFound:
            return "It is no draft any more: it was sent or deleted elsewhere."
        return f"{_PARTED} It is kept as a draft of its own." if self._has_parted else "It is kept as a draft."

    def form(self) -> Form[Draft]:
        """The form that it is written in."""
        answers = bool(self._beginning.answers)
        to = words.names(each.name for each in self._beginning.recipients)
        about = f"To {to}, about {self._beginning.subject}\n" if answers else ""
        return Form(
            title="Answer" if answers else "New message",
            fields=(*(() if answers else self._address()), *self._words(), *self._files()),
            plan=self.plan,
            preview=lambda draft: readings_of_letters.sending(draft, self._beginning),
            submit=self.submit,
            intro=f"{about}{EMERGENCY}\n{self._beginning.replies}",
            portal=str(self._beginning.portal),
            keep=self.keep,
        )

    def keep(self, client: Client, values: Values) -> None:
        """Keep what has been typed as a draft, however little it is."""
        if self._is_sent:
            return
        wording, paths = self._wording(values), self._paths_left(values)
        if not self._draft:
            if not (wording.subject.strip() or wording.text.strip() or paths.strip()):
                return
            self._begin(client, values)
        try:
            self._rewrite(client, values, paths)
        except (NotFound, WrongState):
            self._part(client, values)
            self._rewrite(client, values, paths)

    def plan(self, client: Client, values: Values) -> Draft:
        """Make the draft what the form says, its files attached. Raises InvalidInput where something is missing."""
        self.keep(client, values)
        if self._has_parted and not self._is_parting_told:
            self._is_parting_told = True
            raise InvalidInput(f"{_PARTED} What stands here is a draft of its own; the same again sends it")
        if not self._draft:
            raise InvalidInput("there is nothing to send: the message is empty")
        paths = _paths(values)
        files = enclosures.read(tuple(Path(path).expanduser() for path in paths))
        for field in self._files():
            if values.get(field.name) and field.kind is Kind.SWITCH and field.name not in self._held:
                raise InvalidInput(f"{field.label} has been taken off: type its path to attach it again")
        gone = [number for number, name in enumerate(self._held) if not values.get(name)]
        kept = [name for name in self._held if values.get(name)]
        if len(kept) + len(files) > enclosures.MOST_FILES:
            raise InvalidInput(f"at most {enclosures.MOST_FILES} files can be attached to one message")
        client.letters.sketches.detach(self._draft, gone)
        if files:
            client.letters.drafts.change(self._draft, Wording(files=files))
        self._held, self._attached = [*kept, *(_NEW for _ in files)], paths
        self._mark = ""
        self._rewrite(client, values)
        client.letters.sketches.check_whole(self._draft)
        return client.letters.drafts.show(self._draft)

    def submit(self, client: Client, draft: Draft) -> str:
        """Send the draft. What the portal refuses becomes a draft again, so that it can be changed."""
        try:
            told = outcomes.told(lambda: outcomes.became(client.letters.send_draft(str(draft.id)).request))
        except Rejected:
            self._draft, self._mark = str(client.letters.sketches.restore(str(draft.id)).id), ""
            raise
        self._is_sent = True
        return told

    def _rewrite(self, client: Client, values: Values, paths: str = "") -> None:
        """Write over what this form wrote last, or began with. Raises NotFound, WrongState where it is gone."""
        sketches, to, wording = client.letters.sketches, self._recipients(values), self._wording(values)
        sketches.rewrite(self._draft, to, wording, paths, over=self._mark, is_noted=not self._is_noted)
        self._mark, self._is_noted = sketches.mark(self._draft), True

    def _begin(self, client: Client, values: Values) -> None:
        beginning = replace(self._beginning, recipients=self._recipients(values))
        self._draft = str(client.letters.sketch(beginning, self._wording(values)).id)
        self._mark = ""

    def _part(self, client: Client, values: Values) -> None:
        """Begin a draft of its own: what this form wrote on was sent, deleted or written on elsewhere."""
        self._begin(client, values)
        self._held, self._attached, self._has_parted = [], (), True

    def _address(self) -> tuple[Field, ...]:
        lines = tuple((key, _named(each)) for key, each in self._known.items())
        chosen = [str(each.id) for each in self._sketch.recipients] if self._sketch else []
        to, also, *_ = (*chosen, "", "")
        return (
            Field("to", "To", Kind.CHOICE, to, choices=(("", "Choose whom you write to"), *lines)),
            Field("also", "And to", Kind.CHOICE, also, choices=(("", "Nobody else"), *lines)),
        )

    def _words(self) -> tuple[Field, ...]:
        wording = self._sketch.wording if self._sketch else Wording()
        subject = () if self._beginning.answers else (Field("subject", "Subject", value=wording.subject),)
        kinds = (("", "Not said"), *CATEGORIES.items())
        return (
            *subject,
            Field("text", "Message", Kind.TEXT, wording.text),
            Field("category", "What kind of message it is", Kind.CHOICE, wording.category, choices=kinds),
        )

    def _files(self) -> tuple[Field, ...]:
        attached = self._sketch.draft.attached if self._sketch else ()
        held = (
            Field(f"held{number}", f"Attached: {readings_of_letters.file(each)}", Kind.SWITCH, "yes")
            for number, each in enumerate(attached)
        )
        hint = "The paths of pictures, PDFs or texts, one a line, 5 MB each at most."
        paths = self._sketch.paths if self._sketch else ""
        return (*held, Field("files", "Files to attach", Kind.TEXT, paths, hint))

    def _recipients(self, values: Values) -> tuple[Recipient, ...]:
        if self._beginning.answers:
            return self._beginning.recipients
        chosen = dict.fromkeys(filter(None, (values.get("to", ""), values.get("also", ""))))
        others = [str(each.id) for each in self._sketch.recipients[2:]] if self._sketch else []
        return tuple(self._known[name] for name in (*chosen, *others) if name in self._known)

    def _wording(self, values: Values) -> Wording:
        subject = str(self._beginning.subject) if self._beginning.answers else values.get("subject", "")
        return Wording(subject, values.get("category", ""), values.get("text", ""))

    def _paths_left(self, values: Values) -> str:
        """The paths of files that are not attached yet, as they were typed."""
        return "" if _paths(values) == self._attached else values.get("files", "")


def _paths(values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(line.strip() for line in values.get("files", "").splitlines() if line.strip())


def _named(each: Recipient) -> str:
    return f"{each.name} ({each.role})" if each.role else str(each.name)
