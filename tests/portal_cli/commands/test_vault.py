from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from store.vault import recovery
from tests.conftest import PASSPHRASE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.portal_cli.conftest import Home

OTHER = "another walrus in a tuxedo"


@pytest.fixture
def made(home: Home) -> Home:
    """A home with an empty vault."""
    home.make_vault()
    return home


@pytest.fixture
def other_file(home: Home) -> Path:
    """A file with another good passphrase."""
    path = home.folder / "other"
    path.write_text(OTHER + "\n")
    return path


def terminal(home: Home, *arguments: str) -> pexpect.spawn[str]:
    """The program in a terminal of its own."""
    return pexpect.spawn(
        sys.executable,
        ["-m", "portal_cli", *arguments],
        env=dict(home.environment(locked=True)),
        encoding="utf-8",
        timeout=30,
        dimensions=(40, 120),
    )


def code_on(screen: str) -> str:
    return next(line.strip() for line in screen.splitlines() if line.count("-") == 7)


def test_a_vault_is_made_without_signing_in(home: Home) -> None:
    said = home.run("vault", "init")
    assert (said.code, said.out) == (0, "")
    assert str(home.vault) in said.err
    assert "portal vault recovery new" in said.err
    assert home.run("vault", "check").code == 0


def test_a_vault_is_not_made_over_another(made: Home) -> None:
    before = (made.vault / "vault.json").read_bytes()
    said = made.run("vault", "init")
    assert said.code == 1
    assert "there is a vault already" in said.err
    assert (made.vault / "vault.json").read_bytes() == before


def test_a_passphrase_that_could_be_guessed_makes_no_vault(home: Home) -> None:
    home.passphrase_file.write_text("hunter2\n")
    said = home.run("vault", "init")
    assert said.code == 2
    assert "could be guessed" in said.err
    assert "hunter2" not in said.err
    assert not home.vault.exists()


def test_a_session_spares_asking_until_it_is_ended(made: Home) -> None:
    assert made.process("labs", locked=True).code == 10
    said = made.run("unlock", "--for", "10m", "--json")
    assert said.code == 0
    assert said.json["expires"].endswith("Z")
    assert made.process("labs", "--json", locked=True).json == []
    assert [slot["type"] for slot in json.loads(made.process("vault", "slots", "--json", locked=True).out)] == [
        "passphrase",
        "session",
    ]
    assert made.process("lock", "--json", locked=True).json == {"ended": 1}
    assert made.process("labs", locked=True).code == 10


def test_a_second_unlock_does_not_end_the_first(made: Home) -> None:
    elsewhere = made.folder / "elsewhere"
    assert made.run("unlock").code == 0
    assert made.run("vault", "unlock", PORTAL_SESSION_FILE=str(elsewhere)).code == 0
    assert made.process("labs", locked=True).code == 0
    assert made.run("vault", "lock", PORTAL_SESSION_FILE=str(elsewhere)).code == 0
    assert made.process("labs", locked=True).code == 10


def test_a_session_that_is_over_is_told_as_such(made: Home) -> None:
    assert made.run("unlock", "--for", "1s").code == 0
    assert wait_for(lambda: made.process("labs", locked=True).code == 10)
    said = made.process("labs", locked=True)
    assert said.code == 10
    assert "its session has ended" in said.err
    assert "portal unlock" in said.err


def wait_for(claim: object) -> bool:
    import time  # noqa: PLC0415 - this one waits for a clock

    assert callable(claim)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if claim():
            return True
        time.sleep(0.2)
    return False


@pytest.mark.parametrize("lasting", ["13h", "0s", "soon", ""])
def test_a_session_lasts_a_time_that_makes_sense(made: Home, lasting: str) -> None:
    assert made.run("unlock", "--for", lasting).code == 2
    assert not (made.vault / "sessions").exists() or not list((made.vault / "sessions").glob("*.json"))


def test_a_changed_passphrase_opens_the_vault_and_the_old_one_does_not(made: Home, other_file: Path) -> None:
    assert made.run("vault", "passphrase", PORTAL_NEW_PASSPHRASE_FILE=str(other_file)).code == 0
    assert made.run("labs").code == 12
    assert made.run("labs", PORTAL_PASSPHRASE_FILE=str(other_file)).code == 0


def test_a_changed_passphrase_may_not_be_one_that_could_be_guessed(made: Home, other_file: Path) -> None:
    other_file.write_text("password1\n")
    assert made.run("vault", "passphrase", PORTAL_NEW_PASSPHRASE_FILE=str(other_file)).code == 2
    assert made.run("labs").code == 0


def test_a_recovery_code_counts_once_it_was_typed_back_and_then_gives_a_new_passphrase(
    made: Home, other_file: Path
) -> None:
    screen = terminal(made, "vault", "recovery", "new")
    screen.expect("Passphrase of the vault: ")
    screen.sendline(PASSPHRASE)
    screen.expect("Type it from your paper: ")
    code = code_on(str(screen.before))
    assert [slot["type"] for slot in made.run("vault", "slots", "--json").json] == ["passphrase"]
    screen.sendline(code.replace(code[0], "0" if code[0] != "0" else "1", 1))
    screen.expect("Group 1 is not right")
    screen.expect("Type it from your paper: ")
    screen.sendline(code.lower().replace("-", " "))
    screen.expect("opens the vault from now on")
    screen.expect(pexpect.EOF)
    assert [slot["type"] for slot in made.run("vault", "slots", "--json").json] == ["passphrase", "recovery"]
    new = {"PORTAL_NEW_PASSPHRASE_FILE": str(other_file)}
    assert made.run("vault", "recovery", "use", "--code-stdin", typed=code + "\n", **new).code == 0
    assert made.run("labs").code == 12
    assert made.run("labs", PORTAL_PASSPHRASE_FILE=str(other_file)).code == 0


def test_a_recovery_code_that_is_not_typed_back_opens_nothing(made: Home) -> None:
    screen = terminal(made, "vault", "recovery", "new")
    screen.expect("Passphrase of the vault: ")
    screen.sendline(PASSPHRASE)
    for _ in range(3):
        screen.expect("Type it from your paper: ")
        screen.sendline("nothing of the kind")
    screen.expect("does not count")
    screen.expect(pexpect.EOF)
    screen.close()
    assert screen.exitstatus == 2
    assert [slot["type"] for slot in made.run("vault", "slots", "--json").json] == ["passphrase"]


@pytest.mark.parametrize("typed", [recovery.to_text(bytes(20)), "not a code", recovery.to_text(bytes(20))[:-1] + "Z"])
def test_a_wrong_recovery_code_is_refused(made: Home, other_file: Path, typed: str) -> None:
    new = {"PORTAL_NEW_PASSPHRASE_FILE": str(other_file)}
    said = made.run("vault", "recovery", "use", "--code-stdin", typed=typed + "\n", **new)
    assert said.code == 12
    assert "recovery code" in said.err
    assert made.run("labs").code == 0


def test_a_recovery_code_is_made_for_a_person_only(made: Home) -> None:
    assert made.process("vault", "recovery", "new").code == 2


def test_a_backup_is_written_once_and_restored_into_an_empty_home(made: Home, tmp_path: Path) -> None:
    file = tmp_path / "a.backup"
    said = made.run("vault", "backup", str(file), "--json")
    assert said.json == {"file": str(file), "bytes": file.stat().st_size}
    assert made.run("vault", "backup", str(file)).code == 2
    assert made.run("vault", "backup", str(file), "--force").code == 0
    assert made.run("vault", "erase", "--yes").code == 0
    assert made.run("labs").code == 11
    assert made.run("vault", "restore", str(file)).code == 0
    assert made.run("labs").code == 0
    assert made.run("audit", "verify").code == 0


def test_a_restore_over_a_vault_wants_a_yes_and_keeps_what_was_there(made: Home, tmp_path: Path) -> None:
    file = tmp_path / "a.backup"
    made.run("vault", "backup", str(file))
    made.run("records", "search", "anything")
    assert made.run("vault", "restore", str(file)).code == 16
    said = made.run("vault", "restore", str(file), "--yes", "--json")
    assert said.code == 0
    assert [path.name for path in made.folder.glob("vault.replaced-*")] == [said.json["kept"].rpartition("/")[2]]
    lines = made.run("audit", "--json").json
    assert "search" in {line["action"] for line in lines}
    assert made.run("audit", "verify").code == 0


def test_a_file_that_is_no_backup_is_damaged_and_nothing_is_done(made: Home, tmp_path: Path) -> None:
    file = tmp_path / "a.backup"
    file.write_bytes(b"no backup at all")
    said = made.run("vault", "restore", str(file), "--yes")
    assert (said.code, "`portal vault backup`" in said.err, "repair" in said.err) == (9, True, False)
    said = made.run("vault", "restore", str(tmp_path / "nothing"), "--yes")
    assert (said.code, "`portal vault backup`" in said.err) == (6, True)
    for folder in (str(tmp_path), ""):
        said = made.run("vault", "restore", folder, "--yes")
        assert (said.code, "is a folder" in said.err) == (2, True)
    assert made.run("labs").code == 0


def test_a_new_key_keeps_the_passphrase_and_ends_sessions(made: Home) -> None:
    made.run("unlock")
    said = made.run("vault", "rotate")
    assert said.code == 0
    assert made.run("labs").code == 0
    assert made.process("labs", locked=True).code == 10
    assert made.run("vault", "check").code == 0


def test_a_check_of_a_sound_vault_says_so(filled: Home) -> None:
    said = filled.run("vault", "check", "--json")
    assert said.code == 0
    assert said.json["is_sound"] is True
    assert {part["name"] for part in said.json["checks"]} >= {"header", "pages", "search", "records", "audit"}


def test_damage_is_named_and_mended(made: Home) -> None:
    database = made.vault / "vault.db"
    content = bytearray(database.read_bytes())
    place = len(content) // 2 + 100
    content[place] ^= 1
    database.write_bytes(content)
    said = made.run("vault", "check")
    assert said.code == 9
    assert "DAMAGED" in said.out
    assert made.run("vault", "repair").code == 16
    assert made.run("vault", "repair", "--yes").code == 0
    assert made.run("vault", "check").code == 0
    assert list(made.folder.glob("vault.replaced-*"))


def test_the_vault_tells_what_it_holds(filled: Home) -> None:
    said = filled.run("vault", "stats", "--json")
    assert said.code == 0
    assert said.json["kinds"]
    assert said.json["file_bytes"] == (filled.vault / "vault.db").stat().st_size
    assert "KIND" in filled.run("vault", "stats").out


def test_erasing_wants_a_yes_and_leaves_nothing(made: Home) -> None:
    assert made.run("vault", "erase").code == 16
    assert made.run("labs").code == 0
    assert made.run("vault", "erase", "--yes").code == 0
    assert not made.vault.exists()
    assert made.run("vault", "erase", "--yes").code == 11


def test_without_a_keychain_the_passphrase_goes_on_opening_the_vault(made: Home) -> None:
    said = made.process("vault", "keychain", "on")
    assert said.code == 1
    assert "keychain" in said.err
    assert made.run("vault", "keychain", "off").code == 0
    assert made.run("labs").code == 0


@pytest.mark.parametrize(
    "arguments", [["slots"], ["check"], ["stats"], ["passphrase"], ["backup", "x"], ["rotate"], ["erase", "--yes"]]
)
def test_without_a_vault_there_is_none_to_work_on(home: Home, arguments: list[str]) -> None:
    assert home.run("vault", *arguments).code == 11


def test_a_new_key_asks_for_the_passphrase_before_the_recovery_code(made: Home, other_file: Path) -> None:
    drawn = terminal(made, "vault", "recovery", "new")
    drawn.expect("Passphrase of the vault: ")
    drawn.sendline(PASSPHRASE)
    drawn.expect("Type it from your paper: ")
    code = code_on(str(drawn.before))
    drawn.sendline(code)
    drawn.expect(pexpect.EOF)
    assert made.process("vault", "rotate").code == 16
    screen = terminal(made, "vault", "rotate")
    screen.expect("Passphrase of the vault: ")
    screen.sendline(PASSPHRASE)
    screen.expect("Recovery code, to keep it")
    screen.sendline(code)
    screen.expect("has a new key")
    screen.expect(pexpect.EOF)
    new = {"PORTAL_NEW_PASSPHRASE_FILE": str(other_file)}
    assert made.run("vault", "recovery", "use", "--code-stdin", typed=code + "\n", **new).code == 0


def test_a_new_key_without_the_recovery_code_says_that_it_has_ended(made: Home) -> None:
    drawn = terminal(made, "vault", "recovery", "new")
    drawn.expect("Passphrase of the vault: ")
    drawn.sendline(PASSPHRASE)
    drawn.expect("Type it from your paper: ")
    drawn.sendline(code_on(str(drawn.before)))
    drawn.expect(pexpect.EOF)
    said = made.run("vault", "rotate", "--yes")
    assert said.code == 0
    assert "The recovery code has ended" in said.err
    assert [slot["type"] for slot in made.run("vault", "slots", "--json").json] == ["passphrase"]
