"""`portal learn`: articles about a condition, a medicine or a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from portal_cli import context, diagnostics, lesson_texts, output, prompts
from portal_cli.options import JsonOption, YesOption, examples, scoped
from store.errors import InvalidInput, PortalError

if TYPE_CHECKING:
    from store.client import Client
    from store.services.education import Lesson, Question

app = typer.Typer()


@app.command(
    epilog=examples(
        "portal learn hypertension",
        "portal learn Observation/a1 --from medlineplus --language es",
        "portal learn metformin --yes --json",
    )
)
@scoped
def learn(
    topic: Annotated[
        list[str], typer.Argument(metavar="TOPIC", help="A record's id, words of its title, or a topic in words.")
    ],
    source: Annotated[
        str | None, typer.Option("--from", metavar="SOURCE", help="Whom to ask: `portal` or `medlineplus`.")
    ] = None,
    language: Annotated[str, typer.Option("--language", metavar="CODE", help="The language, such as en or es.")] = "en",
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask again, also where the vault has an answer.")] = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Read about a condition, a medicine or a test that you have; nothing is asked of anybody without your yes."""
    _check_source(source)
    with context.client() as client:
        question = client.education.about(" ".join(topic), source, language)
        if (refresh or not question.is_kept) and not _may_ask(client, question, yes=yes):
            diagnostics.note("Nothing was asked.")
            raise typer.Exit(diagnostics.ExitCode.FAILED)
        found = _look_up(client, question, again=refresh)
    if as_json:
        output.document({"question": question, "lesson": found})
    else:
        output.text(lesson_texts.lesson(found))


def _check_source(source: str | None) -> None:
    from store.services.education import SOURCES

    if source is not None and source not in SOURCES:
        raise InvalidInput(f"`{source}` is no source of articles; there are: {', '.join(SOURCES)}")


def _may_ask(client: Client, question: Question, *, yes: bool) -> bool:
    """Say all that would leave this computer, and ask whether it may."""
    wish = client.settings.education
    if wish == "never":
        raise InvalidInput("the configuration says that articles are never asked for: `education`")
    if yes or wish == "always":
        return True
    diagnostics.note(lesson_texts.question(question))
    return prompts.confirm("Ask this?", f"asking {question.host} about {question.topic}")


def _look_up(client: Client, question: Question, *, again: bool) -> Lesson:
    """Look it up; where nobody answers, what the vault has is better than nothing."""
    try:
        return client.education.look_up(question, again=again)
    except PortalError as error:
        known = client.education.kept(question)
        if known is None:
            raise
        diagnostics.note(f"{error}; this is what the vault has.")
        return known
