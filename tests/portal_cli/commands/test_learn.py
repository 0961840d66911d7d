"""`portal learn`: all that would leave the computer is said first, nothing leaves without a yes, what came stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal_cli import prompts
from tests.portal_cli.conftest import Home, at_home

if TYPE_CHECKING:
    from pathlib import Path

    from portal_cli.sandbox.server import Sandbox


@pytest.fixture
def home(practice: Sandbox, tmp_path: Path) -> Home:
    return at_home(tmp_path, practice)


def test_without_a_yes_it_says_what_would_be_sent_and_sends_nothing(home: Home) -> None:
    said = home.run("learn", "type 2 diabetes")
    assert (said.code, said.out) == (16, "")
    for words in ("E11.9 (ICD-10-CM)", "127.0.0.1", "Language  en", "and nothing else of you", "`--yes`"):
        assert words in said.err
    assert home.run("learn", "type 2 diabetes").err == said.err


def test_with_a_yes_the_article_is_shown_with_its_source_and_kept_for_when_nobody_answers(
    home: Home, practice: Sandbox
) -> None:
    said = home.run("learn", "type 2 diabetes", "--yes")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("Type 2 diabetes\n\n")
    assert "From   The practice portal\nMore   http://127.0.0.1" in said.out
    assert max(len(line) for line in said.out.splitlines() if "http" not in line) <= 80
    practice.stop()
    assert home.run("learn", "type 2 diabetes").out == said.out
    again = home.run("learn", "type 2 diabetes", "--refresh", "--yes")
    assert (again.code, again.out) == (0, said.out)
    assert "this is what the vault has" in again.err
    other = home.run("learn", "shingles", "--yes")
    assert (other.code, other.out) == (5, "")


def test_a_person_who_says_no_is_not_asked_for_more(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompts, "can_answer", lambda: True)
    said = home.run("learn", "gout", typed="n\n")
    assert (said.code, said.out) == (1, "")
    assert said.err.endswith("Nothing was asked.\n")
    assert home.run("learn", "gout", typed="y\n").out.startswith("Gout\n")


def test_the_configuration_can_allow_it_always_or_never(home: Home) -> None:
    config = home.folder / "config.toml"
    config.write_text('education = "never"\n')
    assert home.run("learn", "gout", "--yes").code == 2
    config.write_text('education = "always"\n')
    assert home.run("learn", "gout").code == 0
    config.write_text('education = "never"\n')
    assert home.run("learn", "gout").code == 0
    config.write_text('education = "sometimes"\n')
    assert "education is one of ask, always, never" in home.run("status").err


def test_json_has_the_question_and_the_articles(home: Home) -> None:
    found = home.run("learn", "low back pain", "--yes", "--json").json
    assert found["question"]["code"] == "M54.50"
    assert found["lesson"]["articles"][0]["title"] == "Low back pain"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("cholesterol",), 2, "Name one of"),
        (("zebra", "stripes", "--yes"), 6, "--from medlineplus"),
        (("shingles", "--from", "medlineplus"), 2, "https://medlineplus.gov"),
        (("gout", "--from", "elsewhere"), 2, "no source of articles"),
        (("gout", "--language", "english"), 2, "no language code"),
    ],
)
def test_what_cannot_be_looked_up_is_one_sentence_and_a_next_step(
    home: Home, arguments: tuple[str, ...], code: int, words: str
) -> None:
    said = home.run("learn", *arguments)
    assert (said.code, said.out) == (code, "")
    assert words in said.err
