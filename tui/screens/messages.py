"""Messages: conversations, what is being written, and what waits to be sent, in one list."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual import on

from store.errors import InvalidInput
from tui import readings_of_letters, readings_of_records, readings_of_requests, rows_of_letters, words
from tui.actions import Where, bindings
from tui.calls import Asked
from tui.columns import Column
from tui.rows_of_letters import DRAFT, REQUEST, THREAD
from tui.screens.confirm import ConfirmScreen
from tui.screens.form import FormScreen
from tui.screens.pick import PickScreen
from tui.screens.writing import WritingScreen
from tui.widgets.table import Table
from tui.writing import Writing

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.client import Client
    from store.services.message_plans import Draft
    from store.services.messages import Thread
    from store.services.outbox_rows import OutboxRow
    from tui.columns import Row
    from tui.reading import Reading
    from tui.troubles import Trouble

_VIEWS = {
    "": "All but what is put away",
    "unread": "Unread",
    "drafts": "Drafts",
    "archived": "Put away",
}


@dataclass(frozen=True)
class Mail:
    """What is listed, read at one moment."""

    threads: tuple[Thread, ...]
    drafts: tuple[Draft, ...]
    waiting: tuple[OutboxRow, ...]


class MessagesScreen(WritingScreen):
    """Threads with what is unread first; above them drafts, and what the portal has not taken."""

    NAME = "messages"
    BINDINGS = bindings(Where.WRITING, Where.MESSAGES)
    COLUMNS = (
        Column(most=9),
        Column(most=60, least=20, title="Subject"),
        Column(most=30, least=10, title="With", from_width=56),
        Column(most=11, title="Date"),
        Column(most=18, title="State", from_width=50),
    )
    EMPTY = "No messages. Press n to write one."
    HINT = "Enter opens a conversation here. Press n to write a message, r to answer one."

    def __init__(self, *about: str) -> None:
        super().__init__()
        self._view = next((view for view in about if view in _VIEWS), "")

    def reload(self) -> None:
        """Read the list anew."""
        self.ask(partial(_mail, view=self._view, typed=self.typed), self._show)

    @on(Table.Chosen)
    def read_line(self, message: Table.Chosen) -> None:
        """Read a conversation, go on writing a draft, or look at what waits."""
        kind, _, name = message.row.key.partition("/")
        portal = str(message.row.portal)
        if kind == DRAFT:
            self._write(partial(_resumed, draft=name), portal)
        elif kind == REQUEST:
            self.open(lambda client: readings_of_requests.request(client.outbox.show(name)), portal)
        else:
            self._read(name, portal)

    def action_write(self) -> None:
        """Write a new message."""
        self.for_whom(lambda portal: self._write(_begun, portal))

    def action_reply(self) -> None:
        """Answer the conversation under the cursor."""
        if thread := self._thread("answered"):
            name = thread.key.partition("/")[2]
            self._write(partial(_answered, thread=name), str(thread.portal))

    def action_archive(self) -> None:
        """Put the conversation under the cursor away until its next message, or take it out again."""
        if thread := self._thread("put away"):
            name, undo = thread.key.partition("/")[2], self._view == "archived"

            def done(_: object) -> None:
                self.told("It is listed again." if undo else "Put away until its next message; f lists what is.")
                self.reload()

            self.do(
                lambda client: client.messages.archive(name, undo=undo), done, self.tell_trouble, Asked(thread.portal)
            )

    def action_view(self) -> None:
        """Let it be chosen what is listed."""
        self.app.push_screen(PickScreen("Which messages?", tuple(_VIEWS.items()), self._view), self._take_view)

    def action_documents(self) -> None:
        """Read what is attached to the conversation under the cursor."""
        if thread := self._thread("read"):
            name = thread.key.partition("/")[2]
            self.do(partial(_attached, thread=name), self.show_reading, self.tell_trouble, Asked(thread.portal))

    def action_delete(self) -> None:
        """Delete the draft under the cursor, after a yes."""
        row = self.chosen("there is no draft to do that with")
        if row is None:
            return
        kind, _, name = row.key.partition("/")
        if kind != DRAFT:
            self.refuse("only drafts can be deleted; what waits is given up in the outbox (g, then b)")
            return

        def ask(found: Draft) -> None:
            if self.is_current:
                self.app.push_screen(ConfirmScreen(readings_of_letters.deleting(found), "Delete"), answer)

        def answer(yes: bool | None) -> None:  # noqa: FBT001 - Textual gives it so
            if yes:
                self.do(lambda client: client.letters.drafts.delete(name), done, self.tell_trouble, Asked(row.portal))

        def done(found: Draft) -> None:
            self.portal.deleted_drafts.append(str(found.id))
            self.told("The draft is deleted. u brings it back.")
            self.reload()

        self.ask(lambda client: client.letters.drafts.show(name), ask, self.tell_trouble, Asked(row.portal, "draft"))

    def action_undo(self) -> None:
        """Bring back the draft that was deleted last."""
        deleted = self.portal.deleted_drafts
        if not deleted:
            self.refuse("no draft has been deleted since this dashboard was opened")
            return
        name = deleted[-1]

        def done(_: object) -> None:
            if name in deleted:
                deleted.remove(name)
            self.told("The draft is back.")
            self.reload()

        self.do(lambda client: client.letters.sketches.restore(name), done, self.tell_trouble)

    def _take_view(self, view: str | None) -> None:
        if view is not None:
            self._view = view
            self.table.cursor = 0
            self.reload()

    def _thread(self, done: str) -> Row | None:
        row = self.chosen("there is no conversation to do that with")
        if row is not None and row.key.partition("/")[0] != THREAD:
            self.refuse(f"only a conversation can be {done}")
            return None
        return row

    def _read(self, name: str, portal: str) -> None:
        def show(found: Thread) -> object:
            if found.unread:
                self.do(lambda client: client.messages.read(name), self._reload, self._reload, Asked(portal))
            return self.show_reading(readings_of_letters.thread(found))

        self.ask(partial(_seen, thread=name), show, self.tell_trouble, Asked(portal, "record"))

    def _reload(self, _: Thread | Trouble) -> None:
        """It is marked here in any case; whether the practice has been told makes no difference to the list."""
        self.reload()

    def _write(self, prepare: Callable[[Client], Writing], portal: str) -> None:
        def ready(writing: Writing) -> None:
            self.for_them(portal, lambda: write(writing))

        def write(writing: Writing) -> None:
            if not self.is_current:
                return

            def left(_: bool | None) -> None:  # noqa: FBT001 - Textual gives it so
                self.do(writing.became, told)

            def told(words: str) -> None:
                if words:
                    self.told(words)
                self.reload()

            self.app.push_screen(FormScreen(writing.form()), left)

        self.ask(prepare, ready, self.tell_trouble, Asked(portal, "form"))

    def _show(self, mail: Mail) -> None:
        now = self.portal.clock()
        drafts = [rows_of_letters.draft(each, now, self.whose(each.portal, each.patient)) for each in mail.drafts]
        waiting = [rows_of_letters.waiting(each, now, self.whose(each.portal, each.patient)) for each in mail.waiting]
        threads = [rows_of_letters.thread(each, now, self.whose(each.portal, each.patient)) for each in mail.threads]
        self.table.show([*self.narrowed([*waiting, *drafts]), *threads])
        parts = [words.count(len(threads), "conversation")] if self._view != "drafts" else []
        unread = sum(each.unread for each in mail.threads)
        parts += [f"● {unread} unread"] if unread else []
        parts += [f"○ {words.count(len(drafts), 'draft')}"] if drafts or self._view == "drafts" else []
        parts += [f"{len(waiting)} not sent yet"] if waiting else []
        self.say("  ·  ".join([*(["Put away"] if self._view == "archived" else []), *parts]))


def _mail(client: Client, view: str, typed: str) -> Mail:
    """What is listed; what the services list both as a thread and as a request is listed once."""
    threads = _threads(client, view, typed)
    drafts = client.letters.drafts.list().items if view in {"", "drafts"} else ()
    waiting = () if view else client.outbox.list(waiting=True).items
    names = {str(each.id) for each in drafts}
    threads = tuple(each for each in threads if each.is_there or each.waiting)
    shown = names | {str(message.id) for thread in threads for message in thread.messages}
    return Mail(
        threads,
        drafts,
        tuple(each for each in waiting if each.kind == "message" and each.state != "draft" and each.id not in shown),
    )


def _threads(client: Client, view: str, typed: str) -> tuple[Thread, ...]:
    """Conversations, those with something unread first; words are looked for in what is put away, too."""
    if view == "drafts":
        return ()
    if typed:
        every = client.messages.search(typed).items
        found = [each for each in every if view != "unread" or each.unread]
        found = [each for each in found if view != "archived" or each.is_archived]
    else:
        found = list(client.messages.list(unread=view == "unread", archived=view == "archived").items)
    return tuple(sorted(found, key=lambda thread: not thread.unread))


def _begun(client: Client) -> Writing:
    """A new message. Raises NotOffered, SignInNeeded, and InvalidInput where nobody could be written to."""
    client.letters.check()
    known = client.letters.recipients().items
    if not known:
        raise InvalidInput("nobody is known yet who could be written to: sync first, with s")
    return Writing(client.letters.begin((str(known[0].id),)), known)


def _answered(client: Client, thread: str) -> Writing:
    return Writing(client.letters.begin_reply(thread), ())


def _resumed(client: Client, draft: str) -> Writing:
    sketch = client.letters.sketches.open(draft)
    return Writing(client.letters.resume(sketch), client.letters.recipients().items, sketch)


def _seen(client: Client, thread: str) -> Thread:
    """A conversation as it was before it is marked as read; noted in the audit trail."""
    found = client.messages.locate(thread)[1]
    client.records.note_read(f"Communication/{found.id}" if found.is_there else f"request {found.id}")
    return found


def _attached(client: Client, thread: str) -> Reading:
    """What is attached to the newest message of a conversation that has anything."""
    found = client.messages.locate(thread)[1]
    message = next((each for each in reversed(found.messages) if each.attachments), None)
    if message is None:
        raise InvalidInput("nothing is attached to this conversation")
    return readings_of_records.documents(client, f"Communication/{message.id}")
