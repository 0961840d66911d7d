"""Options that work anywhere on a command line."""

from __future__ import annotations

import json
import stat
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from portal_cli import everywhere
from tests.portal_cli.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.portal_cli.conftest import Home

FLAGS = ("--debug", "--accessible", "--quiet", "--verbose", "--no-input", "--no-pager")


@pytest.mark.parametrize("flag", FLAGS)
def test_a_flag_is_read_wherever_it_stands_and_taken_out(flag: str) -> None:
    name = flag.removeprefix("--").replace("-", "_")
    for line in ([flag, "labs", "--json"], ["labs", flag, "--json"], ["labs", "--json", flag]):
        found, rest = everywhere.read(line)
        assert (getattr(found, name), rest) == (True, ["labs", "--json"])
    assert everywhere.read(["learn", "--", flag]) == (everywhere.Everywhere(), ["learn", "--", flag])


def test_the_help_names_every_one_of_them(home: Home) -> None:
    said = home.run("--help").out
    assert [flag for flag in (*FLAGS, "--log-file") if flag not in said] == []


@pytest.mark.parametrize(
    "words", [("--log-file",), ("labs", "--log-file"), ("labs", "--log-file="), ("labs", "--log-file", "")]
)
def test_a_log_that_has_no_file_is_refused(filled: Home, words: tuple[str, ...]) -> None:
    said = filled.run(*words)
    assert (said.code, said.out, "`--log-file FILE`" in said.err) == (2, "", True)


def test_quiet_leaves_data_and_errors(filled: Home, home: Home) -> None:
    plain, quiet = filled.run("labs", "--limit", "2"), filled.run("labs", "--limit", "2", "--quiet")
    assert (plain.out, quiet.err) == (quiet.out, "")
    assert "showing 2 of" in plain.err
    assert home.run("labs", "--quiet").err.startswith("portal: there is no vault yet\n  → ")


def test_verbose_tells_what_a_sync_does_and_nothing_of_a_record(filled: Home) -> None:
    said = filled.run("sync", "--full", "--verbose")
    assert said.code == 0, said.err
    assert any(line.startswith("Observation: ") for line in said.err.splitlines())
    assert filled.run("sync", "--full").err == ""


def test_a_log_tells_commands_events_and_ends_and_is_its_owner_s_alone(filled: Home, tmp_path: Path) -> None:
    log = tmp_path / "log"
    filled.run("labs", "hemoglobin", "--log-file", str(log))
    filled.run("records", "show", "no-such-record", PORTAL_LOG_FILE=str(log))
    filled.run("sync", f"--log-file={log}")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line.get("command"), line.get("code")) for line in lines if line["event"] == "ended"] == [
        ("portal labs list", 0), ("portal records show", 6), ("portal sync run", 0),
    ]  # fmt: skip
    assert {"began", "error", "query-done"} <= {line["event"] for line in lines}
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert "hemoglobin" not in log.read_text().lower()
    assert "no-such-record" not in log.read_text()


def test_a_log_that_cannot_be_written_is_told_before_anything_is_done(home: Home, tmp_path: Path) -> None:
    said = home.run("config", "set", "timeout", "60", "--log-file", str(tmp_path))
    assert (said.code, str(tmp_path) in said.err) == (1, True)
    assert not (home.folder / "config.toml").exists()


def terminal(home: Home, *arguments: str, **environment: str) -> tuple[str, int]:
    """What a command shows on a terminal of eight lines."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "portal_cli", *arguments],
        env={**home.environment(), "TERM": "xterm", **environment},
        cwd=str(ROOT),
        dimensions=(8, 100),
        encoding="utf-8",
        timeout=30,
    )
    shown = child.read()
    child.close()
    return shown, child.exitstatus


PAGER = "sh -c 'echo PAGED; cat; echo SECURE $LESSSECURE'"


def test_long_text_goes_to_the_pager_on_a_terminal_only(home: Home) -> None:
    shown, code = terminal(home, "help", "exit-codes", PORTAL_PAGER=PAGER)
    assert (code, shown.startswith("PAGED"), "SECURE 1" in shown) == (0, True, True)
    assert home.run("help", "exit-codes", PORTAL_PAGER=PAGER).out.startswith("Exit codes")
    assert not terminal(home, "config", "path", PORTAL_PAGER=PAGER)[0].startswith("PAGED")


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [(["--no-pager"], {}), ([], {"TERM": "dumb"}), ([], {"PORTAL_PAGER": "cat"}), (["--accessible"], {})],
    ids=["--no-pager", "TERM=dumb", "cat", "--accessible"],
)
def test_a_pager_that_is_not_wanted_is_not_called(
    arguments: list[str], environment: dict[str, str], home: Home
) -> None:
    shown, code = terminal(home, "help", "exit-codes", *arguments, **{"PORTAL_PAGER": PAGER, **environment})
    assert (code, shown.startswith("Exit codes"), "PAGED" in shown) == (0, True, False)


def test_a_pager_that_is_not_there_hides_nothing(home: Home) -> None:
    shown, code = terminal(home, "help", "exit-codes", PORTAL_PAGER="no-such-pager-here")
    assert (code, shown.startswith("Exit codes")) == (0, True)


def test_nobody_is_asked_where_no_input_is_wanted(filled: Home) -> None:
    shown, code = terminal(filled, "refill", "lisinopril", "--no-input")
    assert (code, "[y/N]" in shown) == (16, False)
    shown, code = terminal(filled, "vault", "passphrase", PORTAL_NO_INPUT="1", PORTAL_PASSPHRASE_FILE="")
    assert (code, "Passphrase of the vault:" in shown) == (10, False)


def test_what_quiet_held_back_is_told_before_something_is_asked(filled: Home) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "portal_cli", "refill", "lisinopril", "--quiet"],
        env={**filled.environment(), "TERM": "xterm"},
        cwd=str(ROOT),
        encoding="utf-8",
        timeout=30,
    )
    child.expect_exact("[y/N]")
    assert "Patient" in child.before
    child.sendline("n")
    child.read()
    child.close()
    assert child.exitstatus == 1
