"""Timers of the system that run `portal reminders run`: what would be written, writing it, and taking it away again."""

from __future__ import annotations

import os
import plistlib
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import FileInTheWay, InvalidInput, StorageFailed
from store.vault import files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MARK = "Written by `portal reminders install`; `portal reminders uninstall` removes it."
_BEGIN, _END = "# portal reminders: begin", "# portal reminders: end"
_NAME, _LABEL = "portal-reminders", "org.portal-terminal.reminders"
_MINUTES = 10
_COMMAND_SECONDS = 30
_OPENING = ("PORTAL_PASSPHRASE_FILE", "PORTAL_PASSPHRASE_COMMAND")
_HANDED_ON = ("PORTAL_HOME", "PORTAL_SESSION_FILE", *_OPENING, "SSL_CERT_FILE")
_NO_PATHS = frozenset({"PORTAL_PASSPHRASE_COMMAND"})  # a timer has another working folder, so that paths are whole
_OF_SESSION = ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY")  # which cron knows not


class System(StrEnum):
    """What runs the timer."""

    SYSTEMD = "systemd"
    LAUNCHD = "launchd"
    CRON = "cron"


@dataclass(frozen=True)
class Place:
    """Where a timer is installed: whose home, with what surroundings, and what it runs."""

    home: Path
    environment: Mapping[str, str]
    command: tuple[str, ...]
    platform: str
    user: int


@dataclass(frozen=True)
class TimerFile:
    """A file that is written, with its whole content."""

    path: Path
    content: str


@dataclass(frozen=True)
class Plan:
    """What installing a timer writes and runs, and what taking it away runs; `crontab` is what cron is told."""

    system: System
    files: tuple[TimerFile, ...] = ()
    crontab: str = ""
    commands: tuple[tuple[str, ...], ...] = ()
    undo: tuple[tuple[str, ...], ...] = ()
    opens_by: str = ""


@dataclass(frozen=True)
class Done:
    """What was done: files written or removed, those that are not ours and were left, and commands that failed."""

    files: tuple[Path, ...] = ()
    left: tuple[Path, ...] = ()
    failed: tuple[str, ...] = field(default=())


def system_here(platform: str) -> System:
    """What runs timers on this computer."""
    if platform == "darwin":
        return System.LAUNCHD
    return System.SYSTEMD if shutil.which("systemctl") else System.CRON


def plan(system: System, place: Place) -> Plan:
    """Work out what a timer is made of; nothing is touched. Raises InvalidInput for what no timer can be told."""
    given = {name: place.environment[name] for name in _HANDED_ON if place.environment.get(name)}
    handed_on = {name: text if name in _NO_PATHS else _whole(text) for name, text in given.items()}
    if any(ord(sign) < ord(" ") for text in (*place.command, *handed_on.values()) for sign in text):
        raise InvalidInput("a timer cannot be told a path that has a line end in it")
    opens_by = next((name for name in _OPENING if name in handed_on), "")
    if system is System.SYSTEMD:
        return _systemd(place, handed_on, opens_by)
    if system is System.LAUNCHD:
        return _launchd(place, handed_on, opens_by)
    session = {name: place.environment[name] for name in _OF_SESSION if place.environment.get(name)}
    words = [f"{name}={shlex.quote(value)}" for name, value in {**handed_on, **session}.items()]
    line = " ".join(["env", *words, *map(shlex.quote, place.command)]).replace("%", r"\%")
    return Plan(system, crontab=f"{_BEGIN}\n# {MARK}\n*/{_MINUTES} * * * * {line}\n{_END}\n", opens_by=opens_by)


def _whole(path: str) -> str:
    try:
        return str(Path(path).expanduser().absolute())
    except RuntimeError as error:
        raise InvalidInput(f"{path} begins with a home folder that does not exist") from error


def _systemd(place: Place, handed_on: Mapping[str, str], opens_by: str) -> Plan:
    folder = Path(place.environment.get("XDG_CONFIG_HOME") or place.home / ".config") / "systemd" / "user"
    lines = [f"# {MARK}", "[Unit]", "Description=Deliver the reminders of portal", "", "[Service]", "Type=oneshot"]
    lines += [f"Environment={_unit_word(f'{name}={value}', dollar='$')}" for name, value in handed_on.items()]
    program = _unit_word(place.command[0], dollar="$")  # in which a unit file puts no variables
    lines += [f"ExecStart={' '.join([program, *map(_unit_word, place.command[1:])])}", ""]
    timer = (
        f"# {MARK}\n[Unit]\nDescription=Deliver the reminders of portal\n\n[Timer]\n"
        f"OnCalendar=*:0/{_MINUTES}\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n"
    )
    control = ("systemctl", "--user")
    return Plan(
        System.SYSTEMD,
        (TimerFile(folder / f"{_NAME}.service", "\n".join(lines)), TimerFile(folder / f"{_NAME}.timer", timer)),
        commands=((*control, "daemon-reload"), (*control, "enable", "--now", f"{_NAME}.timer")),
        undo=((*control, "disable", "--now", f"{_NAME}.timer"),),
        opens_by=opens_by,
    )


def _unit_word(text: str, dollar: str = "$$") -> str:
    """One word of a unit file, in which nothing is expanded."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", dollar)
    return f'"{plain}"'


def _launchd(place: Place, handed_on: Mapping[str, str], opens_by: str) -> Plan:
    path = place.home / "Library" / "LaunchAgents" / f"{_LABEL}.plist"
    agent = {
        "Label": _LABEL,
        "ProgramArguments": list(place.command),
        "EnvironmentVariables": dict(handed_on),
        "StartInterval": _MINUTES * 60,
    }
    first, _, rest = plistlib.dumps(agent).decode().partition("\n")
    domain = f"gui/{place.user}"
    return Plan(
        System.LAUNCHD,
        (TimerFile(path, f"{first}\n<!-- {MARK} -->\n{rest}"),),
        commands=(("launchctl", "bootstrap", domain, str(path)),),
        undo=(("launchctl", "bootout", f"{domain}/{_LABEL}"),),
        opens_by=opens_by,
    )


def install(wanted: Plan, place: Place) -> Done:
    """Write a timer and start it. Raises FileInTheWay for a file that is not ours, StorageFailed."""
    for file in wanted.files:
        if file.path.exists() and not _is_ours(file.path):
            raise FileInTheWay(file.path)
    if any(file.path.exists() for file in wanted.files):
        _run_all(wanted.undo, place)  # what runs by the files as they were; it need not
    if wanted.crontab:
        return Done(failed=_set_crontab(_without_ours(_crontab(place)) + wanted.crontab, place))
    for file in wanted.files:
        with files.refusals(file.path):
            file.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        files.replace(file.path, file.content.encode())
    return Done(tuple(file.path for file in wanted.files), failed=_run_all(wanted.commands, place))


def uninstall(wanted: Plan, place: Place) -> Done:
    """Stop a timer and remove what is ours of it; another's file of the same name is left. Raises StorageFailed."""
    if wanted.crontab:
        before = _crontab(place)
        after = _without_ours(before)
        return Done(failed=_set_crontab(after, place)) if after != before else Done()
    ours = tuple(file.path for file in wanted.files if _is_ours(file.path))
    left = tuple(file.path for file in wanted.files if file.path not in ours and file.path.exists())
    failed = _run_all(wanted.undo, place) if ours else ()
    for path in ours:
        with files.refusals(path):
            path.unlink(missing_ok=True)
    return Done(ours, left, failed)


def _is_ours(path: Path) -> bool:
    try:
        return MARK in path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StorageFailed(path, files.reason(error)) from error


def _without_ours(table: str) -> str:
    """A crontab without our part; every other line of it stays as it is. Raises InvalidInput when it has no end."""
    before, begin, rest = table.partition(f"{_BEGIN}\n")
    if not begin:
        return table if not table or table.endswith("\n") else f"{table}\n"
    _, end, after = rest.partition(f"{_END}\n")
    if not end:
        raise InvalidInput(f"the crontab has a line `{_BEGIN}` without its end; put that right with `crontab -e` first")
    return before + after


def _crontab(place: Place) -> str:
    """The user's crontab, empty where there is none. Raises InvalidInput when it cannot be read."""
    done = _run(("crontab", "-l"), place)
    if done is None:
        raise InvalidInput("there is no `crontab` on this computer")
    if done.returncode and b"no crontab" not in done.stderr.lower():
        raise InvalidInput("the crontab cannot be read, so it is left as it is")
    return "" if done.returncode else done.stdout.decode("utf-8", "surrogateescape")


def _set_crontab(table: str, place: Place) -> tuple[str, ...]:
    done = _run(("crontab", "-"), place, table.encode("utf-8", "surrogateescape"))
    return () if done is not None and done.returncode == 0 else ("crontab -",)


def _run_all(commands: Sequence[tuple[str, ...]], place: Place) -> tuple[str, ...]:
    """Run commands in their order; those that failed, as one would type them."""
    done = [(command, _run(command, place)) for command in commands]
    return tuple(shlex.join(command) for command, result in done if result is None or result.returncode)


def _run(command: tuple[str, ...], place: Place, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes] | None:
    """Run a program of the system's; None where there is none, or it gave no answer."""
    program = shutil.which(command[0], path=place.environment.get("PATH", os.defpath))
    if program is None:
        return None
    try:
        return subprocess.run(  # noqa: S603 - a program of the system's, with plain arguments
            [program, *command[1:]],
            input=stdin,
            capture_output=True,
            timeout=_COMMAND_SECONDS,
            check=False,
            env={**place.environment, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
