"""The keychain of the operating system, through `keyring`'s backends, and only those on the list here.

keyring's own choice is never asked: the variable PYTHON_KEYRING_BACKEND, the file keyringrc.cfg and installed plugins
can each make it load a class of anybody's. The classes on the list are loaded by name instead, and their attributes
are not taken from KEYRING_PROPERTY_… variables.

A keychain may be locked, gone, or asking its owner a question that nobody sees. So every call runs in a thread with a
deadline, and every failure is a KeychainFailed with a plain sentence. One that says at once that it cannot be opened,
as one does that is just beginning, is asked again: nobody can have refused anything by then. The backend's own error is
not chained to a failure: its text and its frames may hold the secret. A call that did not answer in time may still be
carried out later.
"""

from __future__ import annotations

import base64
import hmac
import importlib
import sys
import threading
import time
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from store.errors import KeychainFailed

if TYPE_CHECKING:
    from collections.abc import Callable

SERVICE = "portal"
ANSWER_SECONDS = 60.0  # time enough to type the keychain's own password into its window
_LOOK_SECONDS = 10.0  # looking asks nobody anything
_AT_ONCE_SECONDS = 0.2  # nobody reads a question and answers it in this time
_PAUSES = 0.2, 0.5  # seconds before it is asked again

_Answer = TypeVar("_Answer")


class Keychain(Protocol):
    """Keeps one secret per account, for the user who is logged in. Every method raises KeychainFailed."""

    @property
    def name(self) -> str:
        """What a slot records, to find the same keychain again."""

    def get(self, account: str) -> bytes | None:
        """The secret of an account, or None when it keeps none."""

    def set(self, account: str, secret: bytes) -> None:
        """Keep a secret, in the place of an earlier one; it has been read back when this returns."""

    def delete(self, account: str) -> None:
        """Forget a secret; one that is not there is forgotten already."""


class Backend(Protocol):
    """What is used of one of keyring's backends."""

    def get_password(self, service: str, username: str) -> str | None:
        """Read what is kept, if anything is."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep it."""

    def delete_password(self, service: str, username: str) -> None:
        """Forget it."""


class _Listed(NamedTuple):
    """A keychain on the list: our name for it, the start of `sys.platform` there, and keyring's class."""

    name: str
    platform: str
    module: str
    class_name: str


# libsecret is left out: it reaches the same place as SecretService, under other attributes.
_LIST = (
    _Listed("MacOSKeychain", "darwin", "keyring.backends.macOS", "Keyring"),
    _Listed("WindowsCredentials", "win32", "keyring.backends.Windows", "WinVaultKeyring"),
    _Listed("SecretService", "linux", "keyring.backends.SecretService", "Keyring"),
    _Listed("KWallet", "linux", "keyring.backends.kwallet", "DBusKeyring"),
)

# By name: importing all that a backend may raise would need the libraries of every platform.
_WORDS = {
    "KeyringLocked": "it is locked",
    "LockedException": "it is locked",
    "PromptDismissedException": "its question was not answered",
    "InitError": "it could not be opened",
    "PasswordSetError": "it refuses to keep the key",
    "PasswordDeleteError": "it refuses to forget the key",
    "KeyringError": "it refuses",
    "SecretServiceNotAvailableException": "it cannot be reached",
    "OSError": "the connection to it is broken",
}


class SystemKeychain:
    """A keychain by way of one of keyring's backends."""

    def __init__(self, name: str, backend: Backend, *, seconds: float = ANSWER_SECONDS) -> None:
        self.name = name
        self._backend = backend
        self._seconds = seconds

    def get(self, account: str) -> bytes | None:
        """The secret of an account, or None when it keeps none."""
        text = _in_time(self._seconds, lambda: self._backend.get_password(SERVICE, account))
        try:
            return base64.b64decode(text, validate=True) if text else None
        except ValueError:
            pass  # raised below and not here, so that no error with the text in its frames is chained
        raise KeychainFailed("it keeps something under this name that `portal` did not write")

    def set(self, account: str, secret: bytes) -> None:
        """Keep a secret, in the place of an earlier one; it has been read back when this returns."""
        text = base64.b64encode(secret).decode("ascii")

        def act() -> bool:
            self._backend.set_password(SERVICE, account, text)  # KWallet's drops the answer that it was not kept
            return hmac.compare_digest((self._backend.get_password(SERVICE, account) or "").encode(), text.encode())

        if not _in_time(self._seconds, act):
            raise KeychainFailed("it did not keep what it was given")

    def delete(self, account: str) -> None:
        """Forget a secret; one that is not there is forgotten already."""
        # Deferred: reading commands never get here, and keyring costs more than all of them.
        from keyring.errors import PasswordDeleteError  # noqa: PLC0415

        def act() -> bool:
            try:
                self._backend.delete_password(SERVICE, account)
            except PasswordDeleteError:  # also what backends say when there is nothing
                if self._backend.get_password(SERVICE, account) is not None:
                    raise
            return self._backend.get_password(SERVICE, account) is None

        if not _in_time(self._seconds, act):
            raise KeychainFailed("it still keeps what it was asked to forget")


def find(name: str | None = None) -> Keychain:
    """The keychain of this system, or the one that a slot recorded.

    Raises KeychainFailed when this system has none, or another than the recorded one.
    """
    usable = (keychain for listed in _LIST if (keychain := _open(listed)) is not None)
    if name is None:
        if (first := next(usable, None)) is not None:
            return first
        raise KeychainFailed("this system has none that `portal` knows")
    others: list[str] = []
    for keychain in usable:
        if keychain.name == name:
            return keychain
        others.append(keychain.name)
    recorded = name if any(listed.name == name for listed in _LIST) else "one that `portal` does not know"
    raise KeychainFailed(f"the key is in {recorded}, and this system has {' and '.join(others) or 'none'}")


def _open(listed: _Listed) -> Keychain | None:
    """A keychain of the list, or None where it cannot be used."""
    if not sys.platform.startswith(listed.platform):
        return None
    try:
        backend = _in_time(_LOOK_SECONDS, lambda: _load(listed))
    except KeychainFailed:
        return None
    return SystemKeychain(listed.name, backend) if backend else None


def _load(listed: _Listed) -> Backend | None:
    """Make the backend, if its service is there."""
    found = getattr(importlib.import_module(listed.module), listed.class_name)
    if not found.viable:
        return None
    sealed = type(listed.class_name, (found,), {"set_properties_from_env": lambda _: None})
    backend: Backend = sealed()
    return backend


def _in_time(seconds: float, call: Callable[[], _Answer]) -> _Answer:
    """What a call answers. Raises KeychainFailed when it fails, or takes longer than `seconds`."""
    answers: list[_Answer] = []
    failures: list[str] = []

    def work() -> None:
        try:
            answers.append(_patiently(call))
        except Exception as error:  # noqa: BLE001 - backends raise what their libraries do; all of it has one meaning
            failures.append(_in_words(error))

    thread = threading.Thread(target=work, name="keychain", daemon=True)  # one that never answers must not hold exit
    thread.start()
    thread.join(seconds)
    if answers:
        return answers[0]
    raise KeychainFailed(failures[0] if failures else "it did not answer in time")


def _patiently(call: Callable[[], _Answer]) -> _Answer:
    """What a call answers, also where it has to be made again."""
    from keyring.errors import InitError  # noqa: PLC0415 - as in SystemKeychain.delete

    for pause in _PAUSES:
        began = time.monotonic()
        try:
            return call()
        except InitError:
            if time.monotonic() - began > _AT_ONCE_SECONDS:
                raise
        time.sleep(pause)
    return call()


def _in_words(error: Exception) -> str:
    """One sentence for a failure, without a word of the failure's own text."""
    kinds = [kind.__name__ for kind in type(error).__mro__]
    return next((_WORDS[kind] for kind in kinds if kind in _WORDS), f"it failed with {kinds[0]}")
