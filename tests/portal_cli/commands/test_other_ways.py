"""Details at practices that take no changes of records: asked for as requests that may be declined, or in messages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from portal_cli.sandbox.quirks import table
from portal_cli.sandbox.quirks.mode import HISTORIES, READS, Mode, Writes
from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.portal_cli.conftest import Home, at_home

if TYPE_CHECKING:
    from collections.abc import Iterator

NEW = "+1-802-555-0100"
MODES = {
    "requests": Mode("requests", interactions=READS | HISTORIES | {"create"}),
    "letters": Mode(
        "letters",
        interactions=READS | HISTORIES | {"create"},
        writes=Writes(creates=frozenset({"Communication", "Binary"})),
    ),
}


def served(mode: str) -> Iterator[Sandbox]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(table.MODES, mode, MODES[mode])
        portal = Sandbox(SandboxOptions(clinic_delay=3600, quirks=mode))
    with portal as running:
        yield running


@pytest.fixture(scope="module")
def looking() -> Iterator[Sandbox]:
    """A practice that takes new records only, and so looks at every change first."""
    yield from served("requests")


@pytest.fixture(scope="module")
def reading() -> Iterator[Sandbox]:
    """A practice that takes messages, and nothing else."""
    yield from served("letters")


@pytest.fixture(scope="module")
def writer(reading: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return at_home(tmp_path_factory.mktemp("writer"), reading)


def stored(practice: Sandbox, kind: str) -> list[dict[str, Any]]:
    """What patients made of one type."""
    return [json.loads(each.body) for each in practice.portal.repository.everything(kind) if each.creator]


def test_a_change_that_the_practice_declines_is_shown_with_its_reason_and_may_be_asked_for_again(
    looking: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = at_home(tmp_path_factory.mktemp("ada"), looking)
    arguments = ("profile", "edit", "--phone", f"mobile={NEW}", "--yes", "--json")
    asked = home.run(*arguments).json["requests"][0]["result"]
    looking.portal.staff.act(asked, "decline", "Please show us a bill with that number.")
    assert home.run("sync").code == 0
    (found,) = home.run("profile", "show", "--json").json["requests"]
    assert (found["status"], found["detail"]) == ("rejected", "Please show us a bill with that number.")
    shown = home.run("profile", "show").out
    assert all(words in shown for words in ("rejected", "Please show us a bill with that number.", NEW))
    assert "asked for" not in home.run("status").out
    again = home.run(*arguments).json["requests"][0]["result"]
    looking.portal.staff.act(again, "accept", "")
    assert home.run("sync").code == 0
    assert [one["status"] for one in home.run("profile", "show", "--json").json["requests"]] == [
        "completed",
        "rejected",
    ]
    assert NEW in {one["value"] for one in home.run("profile", "show", "--json").json["profiles"][0]["phones"]}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("profile", "edit", "--phone", f"mobile={NEW}"), f"-> {NEW}"),
        (("insurance", "add", "--payer", "Example Plan", "--member", "XYZ1"), "XYZ1"),
        (("allergies", "add", "latex", "--note", "Gloves at work"), "Gloves at work"),
        (("refill", "lisinopril", "--note", "two left"), "two left"),
    ],
    ids=lambda words: str(words[0]) if isinstance(words, tuple) else "",
)
def test_where_only_messages_are_taken_one_is_sent_once_and_it_is_said_before(
    reading: Sandbox, writer: Home, arguments: tuple[str, ...], words: str
) -> None:
    asked = writer.run(*arguments)
    assert asked.code == 16
    assert "message to" in asked.err
    said = writer.run(*arguments, "--yes")
    assert said.code == 0, said.err
    assert writer.run("sync").code == 0
    found = [each for each in stored(reading, "Communication") if words in json.dumps(each.get("payload", ""))]
    assert len(found) == 1
    assert stored(reading, "Task") == stored(reading, "Coverage") == stored(reading, "AllergyIntolerance") == []
    thread = writer.run("messages", "search", words.removeprefix("-> "), "--json").json
    assert len(thread) == 1
    assert words in writer.run("messages", "show", thread[0]["id"]).out


def test_what_no_message_can_do_is_said_before_anything_is_asked(writer: Home) -> None:
    visit = writer.run("appointments", "--json").json[0]["id"]
    for arguments in (
        ("medications", "add", "Zinc"),
        ("appointments", "book", "1"),
        ("appointments", "request", "--reason", "Cough"),
        ("appointments", "cancel", visit),
    ):
        said = writer.run(*arguments)
        assert said.code == 7, (arguments, said.err)
        assert "does not offer" in said.err
