"""Education: articles about what one has, asked for only after one has said yes to what leaves the computer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.widgets import Input

from store.errors import InvalidInput
from tui import words
from tui.actions import Where, bindings
from tui.reading import Fact, Reading, Section, facts
from tui.screens.confirm import ConfirmScreen
from tui.screens.section import SectionScreen
from tui.widgets.page import Page

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from store.client import Client
    from store.services.education import Lesson, Question

_HINT = (
    "Type a topic, or press e on a record. Nothing is asked of anybody before you have seen what would be sent, "
    "and have said yes."
)
_GENERAL = "These words are general. They do not replace those of your clinicians, who know you."


class Topic(Input):
    """The field for a topic."""

    BINDINGS = bindings(Where.TOPIC)


class LearnScreen(SectionScreen):
    """A field for a topic, and the articles that were found about it."""

    NAME = "learn"
    BINDINGS = bindings(Where.LEARN)
    AUTO_FOCUS = "Input"

    def __init__(self, topic: str = "", opened_from: str = "home") -> None:
        super().__init__()
        self._topic = topic
        self._opened_from = opened_from

    def body(self) -> ComposeResult:
        """The field, then the page."""
        field = Topic(placeholder="A topic in words, such as high blood pressure", id="topic")
        field.cursor_blink = False
        yield field
        yield Page(hint=_HINT, id="whole")

    def reload(self) -> None:
        """Look up what this was opened for, the first time; what is read stays as it is when the vault changes."""
        if self._topic:
            topic, self._topic = self._topic, ""
            self.query_one(Page).focus()
            self._ask(topic)

    @on(Input.Submitted, "#topic")
    def typed(self, message: Input.Submitted) -> None:
        """Look up what was typed."""
        if message.value.strip():
            self.query_one(Page).focus()  # where keys are keys again
            self._ask(message.value)

    def action_topic(self) -> None:
        """Type another topic."""
        self.query_one("#topic", Input).focus()

    def action_leave(self) -> None:
        """Go from the field to the page, where keys are keys again, and from there to where this was opened."""
        if isinstance(self.focused, Topic):
            self.query_one(Page).focus()
        elif self.portal.standing.is_syncing:
            self.portal.action_stop_sync()
        else:
            self.portal.go(self._opened_from)

    def _ask(self, topic: str) -> None:
        self.ask(partial(_question, topic=topic), self._decide)

    def _decide(self, question: Question) -> None:
        self.query_one("#topic", Input).value = question.topic
        if question.is_kept or self.portal.settings.education == "always":
            self._look_up(question)
            return

        def answer(yes: bool | None) -> None:  # noqa: FBT001 - Textual gives it so
            if yes:
                self._look_up(question)

        self.app.push_screen(ConfirmScreen(_warning(question), "Ask this"), answer)

    def _look_up(self, question: Question) -> None:
        self.do(lambda client: client.education.look_up(question), self._show)

    async def _show(self, lesson: Lesson) -> None:
        await self.show_reading(_reading(lesson))


def _question(client: Client, topic: str) -> Question:
    question = client.education.about(topic)
    if not question.is_kept and client.settings.education == "never":
        raise InvalidInput("the configuration says that articles are never asked for: `education`")
    return question


def _warning(asked: Question) -> Reading:
    """All that looking something up would tell others."""
    theirs = "Your portal" if asked.is_own_portal else "They"
    return Reading(
        "Look something up",
        f"Looking up {asked.topic} sends this, and nothing else of you",
        facts(
            ("To", asked.host),
            ("About", f"{asked.code} ({asked.system})" if asked.code else ""),
            ("Name", asked.words),
            ("Language", asked.language),
        ),
        (
            Section(
                "Who can see it",
                f"{theirs} can see that somebody at your internet address asks about it. "
                "The answer is kept in your vault.",
            ),
        ),
    )


def _reading(lesson: Lesson) -> Reading:
    """Articles, each with where it is from."""
    parts = [
        Section(
            str(article.title),
            "\n\n".join(
                filter(
                    None,
                    (article.text, f"From: {lesson.source}", f"More: {article.link}" if article.link else ""),
                )
            ),
        )
        for article in lesson.articles
    ]
    return Reading(
        "Education", str(lesson.topic), (Fact("As of", words.full(lesson.asked)),), (*parts, Section("Mind", _GENERAL))
    )
