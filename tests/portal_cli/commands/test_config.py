"""`portal config`: settings by name; what is written is checked first, and the rest of the file stays as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.services.configuration import KEYS

if TYPE_CHECKING:
    from tests.portal_cli.conftest import Home

FILE = """# mine
timeout = 60 # slow line

[portals.memorial]
url = "https://fhir.example.org/r4" # ours
"""
MAIL = ("smtp.host", "mail.example.org", "smtp.from", "me@example.org", "smtp.to", "me@example.org")


def values(home: Home) -> dict[str, tuple[str, bool]]:
    return {row["key"]: (row["value"], row["is_set"]) for row in home.run("config", "--json").json}


def test_every_setting_is_listed_with_its_default_or_what_the_file_says(home: Home) -> None:
    assert set(values(home)) == set(KEYS)
    assert values(home)["timeout"] == ("30", False)
    (home.folder / "config.toml").write_text(FILE)
    assert values(home)["timeout"] == ("60", True)
    assert values(home)["portals.memorial.url"] == ("https://fhir.example.org/r4", True)
    assert home.run("config", "get", "timeout").out == "60\n"


def test_a_setting_is_changed_and_taken_back_and_the_rest_of_the_file_stays(home: Home) -> None:
    file = home.folder / "config.toml"
    file.write_text(FILE)
    said = home.run("config", "set", "retries", "5", "education", "never")
    assert (said.code, said.out) == (0, "")
    assert said.err == "retries is 5.\neducation is never.\n"
    assert "# mine\ntimeout = 60 # slow line\n" in file.read_text()
    assert '[portals.memorial]\nurl = "https://fhir.example.org/r4" # ours' in file.read_text()
    assert values(home)["retries"] == ("5", True)
    assert home.run("config", "unset", "retries", "education").err.startswith("retries is 3 (the default).\n")
    assert file.read_text() == FILE


def test_settings_that_need_each_other_are_set_together(home: Home) -> None:
    said = home.run("config", "set", *MAIL[:2])
    assert (said.code, "smtp needs from" in said.err) == (2, True)
    assert not (home.folder / "config.toml").exists()
    assert home.run("config", "set", *MAIL).code == 0
    assert values(home)["smtp.from"] == ("me@example.org", True)
    assert values(home)["smtp.port"] == ("587", False)
    assert home.run("config", "unset", "smtp.host").code == 2
    assert home.run("config", "unset", *MAIL[::2]).code == 0
    assert values(home)["smtp.from"] == ("", False)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("set", "timeout", "soon"), 2, "timeout is a number of seconds"),
        (("set", "--", "timeout", "-1"), 2, "above 0"),
        (("set", "timeout", "nan"), 2, "above 0"),
        (("set", "retries", "99"), 2, "from 0 to 8"),
        (("set", "education", "maybe"), 2, "ask, always, never"),
        (("set", "timeout"), 2, "has no value"),
        (("set", "speed", "9"), 6, "speed"),
        (("get", "speed"), 6, "speed"),
        (("unset", "speed"), 6, "speed"),
        (("set", "portals.memorial.url", "x"), 2, "portal portals add"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    home: Home, arguments: tuple[str, ...], code: int, words: str
) -> None:
    file = home.folder / "config.toml"
    file.write_text(FILE)
    said = home.run("config", *arguments)
    assert (said.code, said.out) == (code, "")
    assert words in said.err
    assert file.read_text() == FILE


def test_only_a_portal_that_there_is_can_be_the_one_that_is_meant(filled: Home) -> None:
    said = filled.run("config", "set", "portal", "nope")
    assert (said.code, "no portal matches `nope`\n  → A new portal is named by its address" in said.err) == (6, True)
    assert not (filled.folder / "config.toml").exists()
    name = filled.run("portals", "--json").json[0]["name"]
    assert filled.run("config", "set", "portal", name).err == f"portal is {name}.\n"
    assert filled.run("config", "unset", "portal").code == 0


def test_a_portal_of_the_file_can_be_meant_without_opening_the_vault(home: Home) -> None:
    (home.folder / "config.toml").write_text(FILE)
    assert home.run("config", "set", "portal", "memorial").code == 0
    assert home.run("config", "set", "portal", "nope").code == 6


def test_the_paths_are_told(home: Home) -> None:
    found = home.run("config", "path", "--json").json
    assert found["configuration"] == str(home.folder / "config.toml")
    assert found["vault"] == str(home.vault)


def test_a_broken_file_stops_a_command_with_what_to_mend(home: Home) -> None:
    file = home.folder / "config.toml"
    file.mkdir()
    said = home.run("status")
    assert (said.code, said.out, f"Mend {file}" in said.err) == (2, "", True)
    file.rmdir()
    refused = home.run("config", "set", "lock_after", "1")
    assert (refused.code, "`portal config set --help`" in refused.err) == (2, True)
