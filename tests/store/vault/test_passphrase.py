from __future__ import annotations

import os
import shlex
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from store.errors import PassphraseUnreadable, VaultLocked
from store.vault import passphrase

if TYPE_CHECKING:
    from pathlib import Path

    from store.config import Settings


def printing(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


def test_a_file_is_asked_first_then_a_command_then_whoever_sits_there(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text("from the file\n")
    with_command = replace(settings, passphrase_command=printing("print('from the command')"))
    assert passphrase.obtain(replace(with_command, passphrase_file=file), lambda: "typed") == b"from the file"
    assert passphrase.obtain(with_command, lambda: "typed") == b"from the command"
    assert passphrase.obtain(settings, lambda: "typed") == b"typed"


def test_without_a_source_the_vault_stays_locked(settings: Settings) -> None:
    with pytest.raises(VaultLocked):
        passphrase.obtain(settings, None)


@pytest.mark.parametrize(
    ("content", "read"),
    [
        (b"secret", b"secret"),
        (b"secret\n", b"secret"),
        (b"secret\r\n", b"secret"),
        (b"secret\n\n", b"secret\n"),
        (b" secret \n", b" secret "),
        (b"two\nlines\n", b"two\nlines"),
        (b"\xff\xfe\n", b"\xff\xfe"),
        ("e\u0301\n".encode(), "é".encode()),
    ],
)
def test_one_line_end_of_a_file_is_not_part_of_it(
    settings: Settings, tmp_path: Path, content: bytes, read: bytes
) -> None:
    file = tmp_path / "passphrase"
    file.write_bytes(content)
    assert passphrase.obtain(replace(settings, passphrase_file=file), None) == read


def test_a_pipe_is_as_good_as_a_file(settings: Settings, tmp_path: Path) -> None:
    end, start = os.pipe()
    os.write(start, b"secret\n")
    os.close(start)
    link = tmp_path / "link"
    link.symlink_to(f"/dev/fd/{end}")
    assert passphrase.obtain(replace(settings, passphrase_file=link), None) == b"secret"
    os.close(end)


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n"])
def test_an_empty_file_is_no_passphrase(settings: Settings, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "passphrase"
    file.write_bytes(content)
    with pytest.raises(PassphraseUnreadable) as caught:
        passphrase.obtain(replace(settings, passphrase_file=file), None)
    assert caught.value.source == "PORTAL_PASSPHRASE_FILE"


def test_a_file_that_is_not_there_is_named_by_its_variable(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(PassphraseUnreadable, match="PORTAL_PASSPHRASE_FILE: no such file"):
        passphrase.obtain(replace(settings, passphrase_file=tmp_path / "gone"), lambda: "typed")


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (printing("raise SystemExit(3)"), "it ended with 3"),
        (printing(""), "it is empty"),
        ("/no/such/command", "it failed"),
        ("'unclosed", "it failed"),
        ("  ", "it failed"),
        ("''", "it failed"),
    ],
)
def test_a_command_that_fails_is_named_by_its_variable(settings: Settings, command: str, why: str) -> None:
    with pytest.raises(PassphraseUnreadable, match=f"PORTAL_PASSPHRASE_COMMAND: {why}") as caught:
        passphrase.obtain(replace(settings, passphrase_command=command), lambda: "typed")
    assert caught.value.source == "PORTAL_PASSPHRASE_COMMAND"


def test_a_command_that_never_ends_is_given_up(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "_COMMAND_SECONDS", 0.1)
    with pytest.raises(PassphraseUnreadable):
        passphrase.obtain(replace(settings, passphrase_command=printing("import time; time.sleep(30)")), None)


def test_a_command_is_run_without_a_shell(settings: Settings, tmp_path: Path) -> None:
    command = f"echo secret ; touch {tmp_path / 'made'}"
    assert passphrase.obtain(replace(settings, passphrase_command=command), None).startswith(b"secret ; touch")
    assert not (tmp_path / "made").exists()


def test_letters_typed_in_either_way_are_the_same(settings: Settings) -> None:
    assert passphrase.obtain(settings, lambda: "Zoe\u0308") == passphrase.obtain(settings, lambda: "Zo\u00eb")


def test_bytes_that_a_terminal_could_not_read_are_taken_as_they_are(settings: Settings) -> None:
    typed = b"gr\xfcn".decode("utf-8", "surrogateescape")
    assert passphrase.obtain(settings, lambda: typed) == b"gr\xfcn"
