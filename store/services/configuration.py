"""The configuration file: what stands in it, what holds where it says nothing, and changing it word by word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from store import config
from store.config_file import read_file
from store.errors import InvalidInput, NotFound
from store.records.text import Safe, one_line, sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from store.config import Settings

_TEXT, _WHOLE, _SECONDS = "a text", "a whole number", "a number of seconds"
KEYS = {
    "timeout": _SECONDS,
    "requests_in_flight": _WHOLE,
    "retries": _WHOLE,
    "portal": _TEXT,
    "education": _TEXT,
    "theme": _TEXT,
    "lock_after": _SECONDS,
    "smtp.host": _TEXT,
    "smtp.port": _WHOLE,
    "smtp.security": _TEXT,
    "smtp.user": _TEXT,
    "smtp.from": _TEXT,
    "smtp.to": _TEXT,
    "smtp.password_file": _TEXT,
    "smtp.password_command": _TEXT,
}
"""Every setting that can be set by its name, with what its value is. Portals have commands of their own."""
_ALIASES = "aliases."  # what people may name themselves
MEANINGS = {
    "timeout": "How many seconds a portal may take for one answer.",
    "requests_in_flight": "How many requests a sync keeps open at once, 1 to 8.",
    "retries": "How often a request that only reads is made again after its connection broke off, 0 to 8.",
    "portal": "The portal that is meant where none is named.",
    "education": "Whether articles are asked for after a question (ask), at once (always), or never.",
    "theme": "The colours of the dashboard: auto, dark, light, high-contrast, or terminal for the terminal's own.",
    "lock_after": "After how many seconds without a key or a click the dashboard locks, 30 to 43200.",
    "smtp.host": "The server that reminders are mailed by.",
    "smtp.port": "Its port; 587, 465 or 25 by its security unless it is set.",
    "smtp.security": "How the way to it is kept secret: starttls, tls, or none on this computer.",
    "smtp.user": "The user name at that server.",
    "smtp.from": "The address that reminders come from.",
    "smtp.to": "The address that reminders go to.",
    "smtp.password_file": "A file, readable by you alone, with the password of that server.",
    "smtp.password_command": "A command that prints the password of that server.",
}
"""What each setting is for, in a sentence."""
CHOICES = {"education": config.EDUCATION, "theme": config.THEMES, "smtp.security": tuple(config.SMTP_PORTS)}
"""What settings can be that are one of a few words."""
_ELSEWHERE = {"from": "sender"}  # names that are words of Python's


@dataclass(frozen=True)
class Setting:
    """One setting: its value as text, empty for none, and whether the file says it, or it is the default."""

    key: Safe
    value: Safe
    is_set: bool


@dataclass(frozen=True)
class Places:
    """Where things lie, as absolute paths."""

    configuration: Safe
    vault: Safe
    directory: Safe


class Configuration:
    """The settings of one configuration file; `in_vault` gives the names and addresses of the vault's portals."""

    def __init__(self, settings: Settings, in_vault: Callable[[], Iterable[str]] = tuple) -> None:
        self._settings = settings
        self._in_vault = in_vault

    def list(self) -> tuple[Setting, ...]:
        """Every setting, in the order of KEYS, then what the file says of portals."""
        written = dict(_flat(read_file(self._settings.config_file)))
        self._settings = config.from_file(self._settings)  # somebody else may have written it meanwhile
        own = [Setting(Safe(key), self._value(key), key in written) for key in KEYS]
        others = [
            Setting(one_line(key), _shown(value), is_set=True) for key, value in written.items() if key not in KEYS
        ]
        return (*own, *others)

    @property
    def settings(self) -> Settings:
        """The settings as the file had them when it was read or written last."""
        return self._settings

    def get(self, key: str) -> Setting:
        """One setting. Raises NotFound."""
        known = {setting.key: setting for setting in self.list()}
        if key not in known:
            if key.startswith(_ALIASES):
                return Setting(one_line(key), _shown(None), is_set=False)
            raise NotFound("setting", sanitize(key), tuple(KEYS))
        return known[Safe(key)]

    def set(self, values: Mapping[str, str]) -> tuple[Setting, ...]:
        """Write settings into the file, all at once; whatever else stands there, comments too, stays.

        Raises NotFound for a setting or a portal that there is not, InvalidInput for a value that it cannot have,
        StorageFailed; for a portal that the file does not have also what opening the vault does.
        """
        meant = {key: _meant(key, value) for key, value in values.items()}
        self._check_portal(values)
        self._settings = edit(self._settings, _putting(meant))
        return tuple(map(self.get, meant))

    def check(self, values: Mapping[str, str]) -> None:
        """Raise what `set` would, and write nothing."""
        # Deferred: only writing needs it.
        import tomlkit  # noqa: PLC0415

        path = self._settings.config_file
        document = tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else "")
        _putting({key: _meant(key, value) for key, value in values.items()})(document)
        self._check_portal(values)
        config.with_text(self._settings, tomlkit.dumps(document))

    def unset(self, keys: Iterable[str]) -> tuple[Setting, ...]:
        """Take settings out of the file, so that their defaults hold. Raises NotFound, InvalidInput, StorageFailed."""
        wanted = [key for key in dict.fromkeys(keys) if _meant(key, "0") is not None]

        def drop(document: Any) -> None:
            for key in wanted:
                table, _, name = key.rpartition(".")
                place = document.get(table, {}) if table else document
                if name in place:
                    del place[name]
                if table and table in document and not document[table]:
                    del document[table]

        self._settings = edit(self._settings, drop)
        return tuple(map(self.get, wanted))

    def places(self) -> Places:
        """Where the configuration, the vault and the directory of portals lie."""
        paths = self._settings.config_file, self._settings.vault_dir, self._settings.directory_path
        return Places(*(sanitize(str(path.absolute())) for path in paths))

    def _check_portal(self, values: Mapping[str, str]) -> None:
        """Make sure that the portal that shall be meant is one of the file's or the vault's. Raises NotFound."""
        wanted = values.get("portal")
        saved = config.from_file(self._settings).portals
        if wanted is None or any(wanted in {item.name, item.url} for item in saved):
            return
        known = [*(item.name for item in saved), *self._in_vault()]
        if wanted not in known:
            raise NotFound("portal", sanitize(wanted), tuple(map(one_line, dict.fromkeys(known))))

    def _value(self, key: str) -> Safe:
        table, _, name = key.rpartition(".")
        holder = getattr(self._settings, table) if table else self._settings
        return _shown(getattr(holder, _ELSEWHERE.get(name, name), None))


def _putting(meant: Mapping[str, str | int | float]) -> Callable[[Any], None]:
    """A function that puts settings into a document."""

    def put(document: Any) -> None:
        import tomlkit  # noqa: PLC0415 - only writing needs it

        for key, value in meant.items():
            table, _, name = key.rpartition(".")
            if table and table not in document:
                document[table] = tomlkit.table()
            (document[table] if table else document)[name] = value

    return put


def edit(settings: Settings, change: Callable[[Any], None]) -> Settings:
    """Change the configuration file by a function of its document, and return the settings that hold then.

    Nothing is written when the file would not be understood afterwards. Raises InvalidInput, StorageFailed.
    """
    # Deferred: most runs write no configuration.
    import tomlkit  # noqa: PLC0415
    from filelock import FileLock  # noqa: PLC0415

    from store.vault import files  # noqa: PLC0415

    path = settings.config_file
    files.make_private_folder(path.parent, exist_ok=True)
    with files.refusals(path), FileLock(path.with_name(f"{path.name}.lock"), mode=0o600):
        document = tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else "")
        change(document)
        text = tomlkit.dumps(document)
        changed = config.with_text(settings, text)
        files.replace(path.resolve(), text.encode("utf-8"))
    return changed


def _meant(key: str, value: str) -> str | int | float:
    kind = _TEXT if key.startswith(_ALIASES) else KEYS.get(key)
    if kind is None:
        if key.startswith("portals"):
            raise InvalidInput("portals are set with `portal portals add` and `remove`")
        raise NotFound("setting", sanitize(key), tuple(KEYS))
    try:
        return {_TEXT: str, _WHOLE: int, _SECONDS: float}[kind](value)  # type: ignore[no-any-return]
    except ValueError as error:
        raise InvalidInput(f"{key} is {kind}") from error


def _flat(table: dict[str, Any], before: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in table.items():
        found += _flat(value, f"{before}{name}.") if isinstance(value, dict) else [(f"{before}{name}", value)]
    return found


def _shown(value: object) -> Safe:
    return one_line("" if value is None else f"{value:g}" if isinstance(value, float) else str(value))
