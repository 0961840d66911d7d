"""Timers of the system: written as shown, quoted so that nothing is expanded, and taken away without a trace."""

from __future__ import annotations

import configparser
import plistlib
import shlex
from typing import TYPE_CHECKING

import pytest

from store.errors import FileInTheWay, InvalidInput
from store.services import timers
from store.services.timers import Place, System

if TYPE_CHECKING:
    from pathlib import Path

ODD = "/opt/my portal/100% $HOME 'x' \"y\" \\z"


def place(home: Path, platform: str = "linux", **environment: str) -> Place:
    """A home whose programs are stand-ins that note what they are told; its crontab is a file."""
    programs = home / "bin"
    programs.mkdir(parents=True, exist_ok=True)
    for name in ("systemctl", "launchctl"):
        (programs / name).write_text(f'#!/bin/sh\necho {name} "$@" >> "{home}/ran"\n')
    (programs / "crontab").write_text(
        f'#!/bin/sh\nif [ "$1" = -l ]; then\n'
        f'cat "{home}/table" 2>/dev/null || {{ echo "no crontab for x" >&2; exit 1; }}\n'
        f'else cat > "{home}/new" && mv "{home}/new" "{home}/table"; fi\n'
    )
    for program in programs.iterdir():
        program.chmod(0o700)
    path = f"{programs}:/usr/bin:/bin"
    return Place(home, {"PATH": path, **environment}, (ODD, "-m", "portal_cli"), platform, 1000)


def test_a_systemd_timer_is_written_started_and_taken_away_again(tmp_path: Path) -> None:
    here = place(tmp_path, PORTAL_HOME="/a b", PORTAL_PASSPHRASE_FILE="/p%w")
    plan = timers.plan(System.SYSTEMD, here)
    assert not (tmp_path / ".config").exists()
    assert plan.opens_by == "PORTAL_PASSPHRASE_FILE"
    assert timers.install(plan, here).failed == ()
    folder = tmp_path / ".config" / "systemd" / "user"
    assert {path.name for path in folder.iterdir()} == {"portal-reminders.service", "portal-reminders.timer"}
    for file in plan.files:
        assert file.path.read_text() == file.content
        assert file.path.stat().st_mode & 0o777 == 0o600
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign] # keep the letters of the names as they are
    unit.read(folder / "portal-reminders.service")
    assert unit["Service"]["ExecStart"].startswith('"/opt/my portal/100%% $HOME \'x\' \\"y\\" \\\\z" "-m" "portal_cli"')
    assert 'Environment="PORTAL_PASSPHRASE_FILE=/p%%w"' in (folder / "portal-reminders.service").read_text()
    assert timers.install(plan, here).failed == ()  # again: the same
    done = timers.uninstall(plan, here)
    assert (len(done.files), done.left, list(folder.iterdir())) == (2, (), [])
    ran = (tmp_path / "ran").read_text().splitlines()
    assert ran[:2] == ["systemctl --user daemon-reload", "systemctl --user enable --now portal-reminders.timer"]
    assert ran[-1] == "systemctl --user disable --now portal-reminders.timer"
    assert timers.uninstall(plan, here) == timers.Done()


def test_a_launch_agent_says_the_same_program(tmp_path: Path) -> None:
    here = place(tmp_path, "darwin", PORTAL_HOME="/a b")
    plan = timers.plan(timers.system_here("darwin"), here)
    timers.install(plan, here)
    agent = plistlib.loads(plan.files[0].path.read_bytes())
    assert agent["ProgramArguments"] == [ODD, "-m", "portal_cli"]
    assert agent["EnvironmentVariables"] == {"PORTAL_HOME": "/a b"}
    assert timers.uninstall(plan, here).files == (plan.files[0].path,)
    assert "launchctl bootout gui/1000/org.portal-terminal.reminders" in (tmp_path / "ran").read_text()


@pytest.mark.parametrize("system", [System.SYSTEMD, System.LAUNCHD])
def test_a_file_of_that_name_that_is_another_s_is_never_touched(tmp_path: Path, system: System) -> None:
    here = place(tmp_path)
    plan = timers.plan(system, here)
    taken = plan.files[-1].path
    taken.parent.mkdir(parents=True)
    taken.write_text("mine")
    with pytest.raises(FileInTheWay):
        timers.install(plan, here)
    done = timers.uninstall(plan, here)
    assert (done.files, done.left, taken.read_text()) == ((), (taken,), "mine")
    assert [path for path in taken.parent.iterdir() if path != taken] == []


@pytest.mark.parametrize("before", ["", "0 1 * * * mine\n", "0 1 * * * mine without an end"])
def test_a_crontab_keeps_every_other_line(tmp_path: Path, before: str) -> None:
    here = place(tmp_path, PORTAL_HOME="/a b%", XDG_RUNTIME_DIR="/run/user/1")
    if before:
        (tmp_path / "table").write_text(before)
    plan = timers.plan(System.CRON, here)
    for _ in range(2):
        assert timers.install(plan, here).failed == ()
        kept = f"{before}\n" if before and not before.endswith("\n") else before
        assert (tmp_path / "table").read_text() == kept + plan.crontab
    line = plan.crontab.splitlines()[2].partition("* * * * ")[2]
    assert line.count("%") == line.count(r"\%")
    words = shlex.split(line.replace(r"\%", "%"))
    assert words == ["env", "PORTAL_HOME=/a b%", "XDG_RUNTIME_DIR=/run/user/1", ODD, "-m", "portal_cli"]
    timers.uninstall(plan, here)
    assert (tmp_path / "table").read_text() == kept


def test_a_crontab_that_cannot_be_read_is_left_as_it_is(tmp_path: Path) -> None:
    here = place(tmp_path)
    plan = timers.plan(System.CRON, here)
    (tmp_path / "table").write_text("# portal reminders: begin\nmine\n")
    with pytest.raises(InvalidInput, match="without its end"):
        timers.uninstall(plan, here)
    (tmp_path / "bin" / "crontab").write_text("#!/bin/sh\necho refused >&2\nexit 1\n")
    with pytest.raises(InvalidInput, match="cannot be read"):
        timers.install(plan, here)
    assert (tmp_path / "table").read_text() == "# portal reminders: begin\nmine\n"


def test_a_command_that_fails_is_named_for_its_reader_to_run(tmp_path: Path) -> None:
    here = place(tmp_path)
    (tmp_path / "bin" / "systemctl").write_text("#!/bin/sh\nexit 1\n")
    done = timers.install(timers.plan(System.SYSTEMD, here), here)
    assert done.failed == ("systemctl --user daemon-reload", "systemctl --user enable --now portal-reminders.timer")
    assert len(done.files) == 2


def test_a_timer_gets_whole_paths_whatever_folder_it_was_made_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    plan = timers.plan(System.CRON, place(tmp_path, PORTAL_HOME="here", PORTAL_PASSPHRASE_COMMAND="pass show it"))
    assert f"PORTAL_HOME={tmp_path}/here PORTAL_PASSPHRASE_COMMAND='pass show it'" in plan.crontab


def test_a_path_that_no_timer_can_be_told_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="line end"):
        timers.plan(System.SYSTEMD, place(tmp_path, PORTAL_HOME="/a\nExecStart=x"))
    with pytest.raises(InvalidInput, match="home folder that does not exist"):
        timers.plan(System.SYSTEMD, place(tmp_path, PORTAL_HOME="~nobody-of-this-name/x"))
