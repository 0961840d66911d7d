from __future__ import annotations

from pathlib import Path

import pytest

from store.config import Settings, SmtpSetting, load
from store.errors import InvalidInput


def with_file(home: Path, text: str) -> Settings:
    (home / "config.toml").write_text(text, encoding="utf-8")
    return load({"PORTAL_HOME": str(home)})


def test_one_folder_may_hold_everything(tmp_path: Path) -> None:
    found = load({"PORTAL_HOME": str(tmp_path)})
    assert found == Settings(vault_dir=tmp_path / "vault", config_file=tmp_path / "config.toml")
    assert found.header_path == tmp_path / "vault" / "vault.json"
    assert found.database_path == tmp_path / "vault" / "vault.db"


def test_without_a_folder_the_platform_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    found = load({})
    assert found.vault_dir.is_relative_to(tmp_path)
    assert found.vault_dir.parts[-2:] == ("portal", "vault")
    assert found.config_file.parts[-2:] == ("portal", "config.toml")


def test_a_home_folder_is_understood_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    found = load({"PORTAL_HOME": "~/here", "PORTAL_PASSPHRASE_FILE": "~/secret"})
    assert found.vault_dir == tmp_path / "here" / "vault"
    assert found.passphrase_file == tmp_path / "secret"


@pytest.mark.parametrize("name", ["PORTAL_HOME", "PORTAL_PASSPHRASE_FILE"])
def test_a_home_folder_of_nobody_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="~nobody-of-this-name"):
        load({"PORTAL_HOME": str(tmp_path), name: "~nobody-of-this-name/x"})


def test_the_environment_names_the_source_of_the_passphrase(tmp_path: Path) -> None:
    found = load({"PORTAL_HOME": str(tmp_path), "PORTAL_PASSPHRASE_COMMAND": "pass portal"})
    assert (found.passphrase_file, found.passphrase_command) == (None, "pass portal")
    empty = load({"PORTAL_HOME": str(tmp_path), "PORTAL_PASSPHRASE_COMMAND": "", "PORTAL_PASSPHRASE_FILE": ""})
    assert (empty.passphrase_file, empty.passphrase_command) == (None, None)


def test_the_file_stands_above_the_defaults(tmp_path: Path) -> None:
    found = with_file(tmp_path, "timeout = 5\nrequests_in_flight = 8\nretries = 0\n")
    assert (found.timeout, found.requests_in_flight, found.retries) == (5.0, 8, 0)
    assert with_file(tmp_path, "").timeout == Settings(tmp_path, tmp_path).timeout


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("timeout = 0", "timeout is a number"),
        ("timeout = -1", "timeout is a number"),
        ("timeout = true", "timeout is a number"),
        ("timeout = nan", "timeout is a number"),
        ("timeout = inf", "timeout is a number"),
        ('timeout = "5"', "timeout is a number"),
        ("requests_in_flight = 0", "requests_in_flight is a whole number"),
        ("requests_in_flight = 9", "requests_in_flight is a whole number"),
        ("requests_in_flight = 2.0", "requests_in_flight is a whole number"),
        ("requests_in_flight = true", "requests_in_flight is a whole number"),
        ("retries = -1", "retries is a whole number from 0 to 8"),
        ("retries = 9", "retries is a whole number"),
        ("retries = true", "retries is a whole number"),
        ('retries = "3"', "retries is a whole number"),
        ("timout = 5", "does not exist: timout"),
        ("[timeout]", "timeout is a number"),
        ("smtp = 1", "smtp is a table"),
        ('[smtp]\nhost = "h"\nfrom = "a@b.c"', "smtp needs to"),
        ('[smtp]\nhost = "h"\nfrom = "a@b.c"\nto = "a@b.c"\npassword = "x"', "password in clear"),
        ('[smtp]\nhost = "h"\nfrom = "a@b.c"\nto = "a@b.c"\nuser = 1', "smtp: user is a text"),
        ('[smtp]\nhost = "h"\nfrom = "a@b.c"\nto = "a@b.c"\ntls = "x"', "does not exist: tls"),
        ('[smtp]\nhost = "h"\nfrom = "a@b.c"\nto = "a@b.c, d@e.f"', "to is one e-mail address"),
        ('[smtp]\nhost = "h"\nfrom = "a\\r\\n@b.c"\nto = "a@b.c"', "from is one e-mail address"),
        ('[smtp]\nhost = "h"\nfrom = "a@b.c"\nto = "a@b.c"\nport = 0', "port is a whole number"),
        ('[smtp]\nhost = "h"\nfrom = "a@b.c"\nto = "a@b.c"\nport = true', "port is a whole number"),
        (
            '[smtp]\nhost = "h"\nfrom = "a@b.c"\nto = "a@b.c"\nsecurity = "ssl"',
            "security is one of starttls, tls, none",
        ),
        ('[smtp]\nhost = "h"\nfrom = "a@b.c"\nto = "a@b.c"\nsecurity = "none"', "on this computer only"),
        ("timeout =", "cannot be read"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_and_said_why(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        with_file(tmp_path, text)


def test_the_settings_of_a_mail_account_are_read(tmp_path: Path) -> None:
    text = '[smtp]\nhost = "mail.example.org"\nfrom = "me@example.org"\nto = "me@example.net"\n'
    found = with_file(tmp_path, text).smtp
    assert found == SmtpSetting("mail.example.org", "me@example.org", "me@example.net", 587, "starttls")
    other = with_file(tmp_path, text + 'security = "tls"\nuser = "me"\npassword_file = "/x"\n').smtp
    assert other == SmtpSetting(
        "mail.example.org", "me@example.org", "me@example.net", 465, "tls", "me", password_file=Path("/x")
    )
