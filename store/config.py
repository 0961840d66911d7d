"""Where files lie and how the program behaves: defaults, then the file, then the environment."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from store.config_file import read_file
from store.errors import ConfigurationBroken, InvalidInput
from store.light import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_CLIENT_ID = "portal-terminal"
MAX_REQUESTS_IN_FLIGHT = 8
RETRIES, MAX_RETRIES = 3, 8
EDUCATION = ("ask", "always", "never")
THEMES = ("auto", "dark", "light", "high-contrast", "terminal")
LOCK_AFTER, SHORTEST_LOCK, LONGEST_LOCK = 600.0, 30.0, 43_200.0
SMTP_PORTS = {"starttls": 587, "tls": 465, "none": 25}
VARIABLES = {
    "PORTAL_HOME": "a folder for the vault and the configuration, instead of your platform's",
    "PORTAL_PASSPHRASE_FILE": "a file with the passphrase of the vault",
    "PORTAL_PASSPHRASE_COMMAND": "a command that prints the passphrase of the vault",
    "PORTAL_NEW_PASSPHRASE_FILE": "a file with a new passphrase, where one is chosen",
    "PORTAL_EXPORT_PASSPHRASE_FILE": "a file with the passphrase of `portal export --encrypt passphrase`",
    "PORTAL_SESSION_FILE": "a file for the keys of `portal unlock`",
    "XDG_RUNTIME_DIR": "the folder for the keys of `portal unlock` and for what viewers are shown",
    "PORTAL_DEBUG": "with any value: a dashboard that fails shows where",
    "PORTAL_ACCESSIBLE": "with 1: line by line and in words, as with --accessible",
    "PORTAL_NO_INPUT": "with 1: nobody is asked anything, as with --no-input",
    "PORTAL_LOG_FILE": "a file that tells what runs did, as with --log-file",
    "PORTAL_PAGER, PAGER": "what shows long texts on a terminal, instead of `less -FRX`; `cat` for nothing",
    "NO_COLOR": "with any value: no colour",
    "TERM": "with `dumb`: no colour, no pager, no drawing and no dashboard",
    "PORTAL_VIEWER": "the viewer of `portal records open`, instead of the system's",
    "VISUAL, EDITOR": "the editor for longer texts",
}
"""Every variable of the environment that people set for `portal`, with what it is for."""
_THIS_COMPUTER = frozenset({"127.0.0.1", "::1", "localhost"})
_LAST_PORT = 65_535
_IN_FILE = frozenset(
    {
        "timeout",
        "requests_in_flight",
        "retries",
        "portals",
        "portal",
        "smtp",
        "education",
        "aliases",
        "theme",
        "lock_after",
    }
)
_ALIAS = re.compile(r"[a-z][a-z0-9-]{0,39}")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")


@dataclass(frozen=True)
class PortalSetting:
    """What the configuration says of one portal, and `portal login NAME` uses: `[portals.NAME]` in the file."""

    name: str
    url: str
    client_id: str | None = None
    redirect_uri: str | None = None
    scope: str | None = None


@dataclass(frozen=True)
class SmtpSetting:
    """By what server reminders are mailed: `[smtp]` in the file. `security` is `starttls`, `tls` or `none`.

    The password is in a file of its own, or printed by a command; it never stands in the configuration.
    """

    host: str
    sender: str
    to: str
    port: int = 587
    security: str = "starttls"
    user: str | None = None
    password_file: Path | None = None
    password_command: str | None = None


@dataclass(frozen=True)
class Settings:
    """What a run of the program is told from outside; every path in the program is here.

    `vault_dir` holds the vault and its header. `timeout` is in seconds, for one request. `requests_in_flight`
    is how many requests a sync keeps open at once, `retries` how often one that only reads is made again after its
    connection broke off; with 0, nothing is made again for a busy portal either. `portals` are those of the
    configuration, and `portal` is the one that is meant where none is named. `smtp` is what mails reminders.
    `education` is one of EDUCATION: whether articles are asked for at once, after a question, or never. `theme` is one
    of THEMES, the colours of the dashboard, and `lock_after` the seconds after which it locks when nobody is there.
    `aliases` are names for command lines, `[aliases]` in the file.
    """

    vault_dir: Path
    config_file: Path
    passphrase_file: Path | None = None
    passphrase_command: str | None = None
    new_passphrase_file: Path | None = None
    export_passphrase_file: Path | None = None
    session_file: Path | None = None
    runtime_dir: Path | None = None
    timeout: float = 30.0
    requests_in_flight: int = 4
    retries: int = RETRIES
    portals: tuple[PortalSetting, ...] = ()
    portal: str | None = None
    smtp: SmtpSetting | None = None
    education: str = "ask"
    aliases: tuple[tuple[str, str], ...] = ()
    theme: str = "auto"
    lock_after: float = LOCK_AFTER

    @property
    def header_path(self) -> Path:
        """The clear header: format, KDF parameters and key slots."""
        return self.vault_dir / "vault.json"

    @property
    def database_path(self) -> Path:
        """The encrypted database."""
        return self.vault_dir / "vault.db"

    @property
    def sessions_dir(self) -> Path:
        """The slots of sessions, each in a file of its own."""
        return self.vault_dir / "sessions"

    @property
    def attempts_path(self) -> Path:
        """Failed unlocks that are not in the audit trail yet: times and types of slot, in clear."""
        return self.vault_dir / "attempts"

    @property
    def directory_path(self) -> Path:
        """The directory of portals to search in: public, and so in clear, beside the vault."""
        return self.vault_dir.with_name("portals.db")

    @property
    def lock_path(self) -> Path:
        """The lock that all who have the vault open hold together; beside the vault, since that may be moved."""
        return self.vault_dir.with_name(f"{self.vault_dir.name}.lock")


def load(environment: Mapping[str, str]) -> Settings:
    """Work out the settings of this run from an environment and the configuration file it leads to.

    Variables: `PORTAL_HOME` (one folder for vault and configuration), `PORTAL_PASSPHRASE_FILE`,
    `PORTAL_PASSPHRASE_COMMAND`, `PORTAL_NEW_PASSPHRASE_FILE`, `PORTAL_EXPORT_PASSPHRASE_FILE`,
    `PORTAL_SESSION_FILE`, `XDG_RUNTIME_DIR`.
    Raises InvalidInput when the file cannot be understood.
    """
    return _with_file(_of_environment(environment))


def load_despite_file(environment: Mapping[str, str]) -> Settings:
    """As `load`; where the file cannot be understood, as if it were not there. Raises InvalidInput for a variable."""
    settings = _of_environment(environment)
    try:
        return _with_file(settings)
    except ConfigurationBroken:
        return settings


def _of_environment(environment: Mapping[str, str]) -> Settings:
    home = environment.get("PORTAL_HOME")
    if home:
        vault_dir, config_file = Path(home) / "vault", Path(home) / "config.toml"
    else:
        # Deferred: with PORTAL_HOME set, the look-up of the platform's folders is not needed.
        from platformdirs import user_config_path, user_data_path  # noqa: PLC0415

        vault_dir, config_file = (
            user_data_path("portal") / "vault",
            user_config_path("portal") / "config.toml",
        )
    return Settings(
        vault_dir=_expanded(vault_dir),
        config_file=_expanded(config_file),
        passphrase_file=_path(environment, "PORTAL_PASSPHRASE_FILE"),
        passphrase_command=environment.get("PORTAL_PASSPHRASE_COMMAND") or None,
        new_passphrase_file=_path(environment, "PORTAL_NEW_PASSPHRASE_FILE"),
        export_passphrase_file=_path(environment, "PORTAL_EXPORT_PASSPHRASE_FILE"),
        session_file=_path(environment, "PORTAL_SESSION_FILE"),
        runtime_dir=_path(environment, "XDG_RUNTIME_DIR"),
    )


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    given = environment.get(name)
    return _expanded(Path(given)) if given else None


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise InvalidInput(f"{path} begins with a home folder that does not exist") from error


def with_text(settings: Settings, text: str) -> Settings:
    """The settings as the text of a configuration file would have them. Raises InvalidInput."""
    # Deferred: only writing needs it.
    import tomllib  # noqa: PLC0415

    try:
        return _with(replace(settings, **_defaults()), tomllib.loads(text))
    except ConfigurationBroken as error:  # it would be: what was typed is to blame, and the file is as it was
        raise InvalidInput(str(error)) from error


def from_file(settings: Settings) -> Settings:
    """The settings as the configuration file would have them now. Raises InvalidInput."""
    return _with(replace(settings, **_defaults()), read_file(settings.config_file))


def _with_file(settings: Settings) -> Settings:
    return _with(settings, read_file(settings.config_file))


def _defaults() -> dict[str, Any]:
    """What every setting of the file is where it says nothing."""
    return {field.name: field.default for field in fields(Settings) if field.name in _IN_FILE}


def _with(settings: Settings, found: dict[str, Any]) -> Settings:
    try:
        return replace(settings, **_read(found, settings))
    except InvalidInput as error:
        raise ConfigurationBroken(settings.config_file, f"{settings.config_file}{error}") from error


def _read(found: dict[str, Any], settings: Settings) -> dict[str, Any]:
    if unknown := sorted(found.keys() - _IN_FILE):
        raise InvalidInput(f" has a setting that does not exist: {unknown[0]}")
    timeout = found.get("timeout", settings.timeout)
    in_flight = found.get("requests_in_flight", settings.requests_in_flight)
    if not isinstance(timeout, int | float) or isinstance(timeout, bool) or not 0 < timeout < inf:
        raise InvalidInput(": timeout is a number of seconds above 0")
    if type(in_flight) is not int or not 1 <= in_flight <= MAX_REQUESTS_IN_FLIGHT:
        raise InvalidInput(f": requests_in_flight is a whole number from 1 to {MAX_REQUESTS_IN_FLIGHT}")
    retries = found.get("retries", settings.retries)
    if type(retries) is not int or not 0 <= retries <= MAX_RETRIES:
        raise InvalidInput(f": retries is a whole number from 0 to {MAX_RETRIES}")
    default = found.get("portal")
    if not isinstance(default, str | None):
        raise InvalidInput(": portal is the name of a portal")
    education = found.get("education", settings.education)
    if education not in EDUCATION:
        raise InvalidInput(f": education is one of {', '.join(EDUCATION)}")
    theme, lock_after = found.get("theme", settings.theme), found.get("lock_after", settings.lock_after)
    if theme not in THEMES:
        raise InvalidInput(f": theme is one of {', '.join(THEMES)}")
    if (
        not isinstance(lock_after, int | float)
        or isinstance(lock_after, bool)
        or not SHORTEST_LOCK <= lock_after <= LONGEST_LOCK
    ):
        raise InvalidInput(f": lock_after is a number of seconds from {SHORTEST_LOCK:.0f} to {LONGEST_LOCK:.0f}")
    return {
        "education": education,
        "theme": theme,
        "lock_after": float(lock_after),
        "timeout": float(timeout),
        "requests_in_flight": in_flight,
        "retries": retries,
        "portals": _portals(found.get("portals", {})),
        "portal": default,
        "smtp": _smtp(found["smtp"]) if "smtp" in found else None,
        "aliases": _aliases(found.get("aliases", {})),
    }


def _aliases(found: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(found, dict):
        raise InvalidInput(": aliases are a table, `[aliases]`")
    for name, line in found.items():
        if not _ALIAS.fullmatch(name):
            raise InvalidInput(": the name of an alias is small letters, digits and hyphens, a letter first")
        if not isinstance(line, str) or not line.strip():
            raise InvalidInput(f": aliases.{name} is the command line that it stands for")
    return tuple(found.items())


def _smtp(found: object) -> SmtpSetting:
    if not isinstance(found, dict):
        raise InvalidInput(": smtp is a table, `[smtp]`")
    if "password" in found:
        raise InvalidInput(": smtp has a password in clear; put it into a file and name that as password_file")
    texts = {"host", "user", "from", "to", "security", "password_file", "password_command"}
    if unknown := sorted(found.keys() - texts - {"port"}):
        raise InvalidInput(f": smtp has a setting that does not exist: {unknown[0]}")
    if missing := sorted({"host", "from", "to"} - found.keys()):
        raise InvalidInput(f": smtp needs {missing[0]}")
    if wrong := sorted(
        key for key in texts & found.keys() if not isinstance(found[key], str) or not found[key].strip()
    ):
        raise InvalidInput(f": smtp: {wrong[0]} is a text")
    security = found.get("security", "starttls")
    if security not in SMTP_PORTS:
        raise InvalidInput(f": smtp: security is one of {', '.join(SMTP_PORTS)}")
    if security == "none" and found["host"] not in _THIS_COMPUTER:
        raise InvalidInput(": smtp: without security, e-mail goes to a server on this computer only")
    port = found.get("port", SMTP_PORTS[security])
    if type(port) is not int or not 1 <= port <= _LAST_PORT:
        raise InvalidInput(f": smtp: port is a whole number from 1 to {_LAST_PORT}")
    return SmtpSetting(
        host=found["host"],
        sender=_address(found["from"], "from"),
        to=_address(found["to"], "to"),
        port=port,
        security=security,
        user=found.get("user"),
        password_file=_expanded(Path(found["password_file"])) if "password_file" in found else None,
        password_command=found.get("password_command"),
    )


def _address(text: str, name: str) -> str:
    """One plain e-mail address."""
    if not _ADDRESS.fullmatch(text):
        raise InvalidInput(f": smtp: {name} is one e-mail address, such as me@example.org")
    return text


def _portals(found: object) -> tuple[PortalSetting, ...]:
    if not isinstance(found, dict):
        raise InvalidInput(": portals are tables, `[portals.NAME]`")
    return tuple(_portal(name, said) for name, said in found.items())


def _portal(name: str, said: object) -> PortalSetting:
    known = {field.name for field in fields(PortalSetting)} - {"name"}
    if not isinstance(said, dict) or not isinstance(said.get("url"), str):
        raise InvalidInput(f": portals.{name} is a table with a url")
    if unknown := sorted(said.keys() - known):
        raise InvalidInput(f": portals.{name} has a setting that does not exist: {unknown[0]}")
    if wrong := sorted(key for key, value in said.items() if not isinstance(value, str)):
        raise InvalidInput(f": portals.{name}: {wrong[0]} is a text")
    return PortalSetting(name, **said)
