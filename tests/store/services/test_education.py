"""Looking up what one has: what would leave the computer is known before, and what came stays in the vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.errors import Ambiguous, InvalidInput, NotFound, NotOffered, Unreachable
from store.remote import infobutton
from store.services.scope import Choice
from tests.conftest import sign_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.sandbox.server import Sandbox
    from store.client import Client


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were asked."""
    found: list[str] = []
    usual = infobutton.ask

    def ask(url: str, timeout: float) -> bytes:
        found.append(url)
        return usual(url, timeout)

    monkeypatch.setattr(infobutton, "ask", ask)
    return found


def test_a_record_is_looked_up_by_its_code_once_and_then_read_from_the_vault(synced: Client, asked: list[str]) -> None:
    question = synced.education.about("type 2 diabetes")
    assert asked == []
    assert (question.code, question.system, question.is_kept) == ("E11.9", "ICD-10-CM", False)
    lesson = synced.education.look_up(question)
    assert [article.title for article in lesson.articles] == ["Type 2 diabetes"]
    assert "A1c" in lesson.articles[0].text
    assert asked == [str(question.url)]
    again = synced.education.about("Type 2 diabetes")
    assert again.is_kept
    assert synced.education.look_up(again).articles == lesson.articles
    assert len(asked) == 1
    synced.education.look_up(again, again=True)
    assert len(asked) == 2


def test_what_was_read_is_there_without_a_network(synced: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    question = synced.education.about("zebra stripes")
    with pytest.raises(NotFound):
        synced.education.look_up(question)
    question = synced.education.about("gout")
    synced.education.look_up(question)

    def fail(url: str, timeout: float) -> bytes:
        raise Unreachable(url, f"none within {timeout}")

    monkeypatch.setattr(infobutton, "ask", fail)
    assert synced.education.look_up(question).articles
    with pytest.raises(Unreachable):
        synced.education.look_up(question, again=True)
    assert synced.education.kept(question) is not None


def test_a_record_is_meant_by_its_id_and_its_code_goes_to_whom_was_chosen(synced: Client) -> None:
    row = next(row for row in synced.records.list(("condition",)).items if row.title == "Low back pain")
    own = synced.education.about(str(row.id))
    other = synced.education.about(f"Condition/{row.id}", "medlineplus", "es")
    assert (own.is_own_portal, other.is_own_portal) == (True, False)
    assert other.host == "connect.medlineplus.gov"
    assert str(other.url).startswith(infobutton.MEDLINEPLUS)
    assert "languageCode.c=es" in other.url


def test_strengths_of_one_medicine_are_one_topic_and_different_tests_are_not(synced: Client) -> None:
    assert synced.education.about("metformin").system == "RxNorm"
    with pytest.raises(Ambiguous) as caught:
        synced.education.about("cholesterol")
    assert len(caught.value.choices) > 1


def test_words_alone_are_asked_of_the_portal_and_not_of_others(synced: Client) -> None:
    question = synced.education.about("shingles")
    assert (question.code, question.words) == ("", "shingles")
    assert synced.education.look_up(question).articles[0].title == "Shingles"
    with pytest.raises(InvalidInput, match="by code"):
        synced.education.about("shingles", "medlineplus")


@pytest.mark.parametrize(("typed", "language"), [("…", "en"), ("gout", "english"), ("gout", "E1")])
def test_what_cannot_be_asked_is_refused(synced: Client, typed: str, language: str) -> None:
    with pytest.raises(InvalidInput):
        synced.education.about(typed, None, language)


def test_a_portal_without_articles_leaves_medlineplus(synced: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(infobutton, "address", lambda *_: None)
    assert not synced.education.about("type 2 diabetes").is_own_portal
    with pytest.raises(NotOffered, match="health articles of its own"):
        synced.education.about("type 2 diabetes", "portal")


def test_looking_up_is_noted_without_naming_what_it_was(synced: Client) -> None:
    synced.education.look_up(synced.education.about("shingles"))
    entry = synced.audit.list(limit=1).items[0]
    assert entry.action == "learn"
    assert "shingles" not in entry.what


def test_only_records_of_who_is_meant_are_looked_up(make_client: Callable[[], Client], sandbox: Sandbox) -> None:
    client = make_client()
    for which in (0, 1):
        sign_in(client, sandbox, which)
    client.sync.run()
    first, second = client.portals.list()
    mine = {}
    for owner in (first, second):
        client.choice = Choice(patient=str(owner.patient))
        mine[owner.patient] = {str(row.title) for row in client.records.list(("condition",)).items}
    client.choice = Choice(patient=str(second.patient))
    foreign = min(mine[first.patient] - mine[second.patient])
    assert client.education.about(foreign).code == ""
