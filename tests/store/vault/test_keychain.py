from __future__ import annotations

import importlib
import os
import subprocess
import sys
import threading
import time
import traceback
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from keyring.backend import KeyringBackend
from keyring.compat import properties
from keyring.errors import InitError, KeyringError, KeyringLocked, PasswordDeleteError, PasswordSetError

from store.errors import KeychainFailed
from store.vault import keychain
from store.vault.keychain import SystemKeychain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[3]
SECRET = bytes(range(32))
SECRET_TEXT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


class InMemory(KeyringBackend):
    """A backend that keeps what it is given, and behaves as keyring's own do."""

    label = "own"

    @properties.classproperty
    def priority(self) -> float:
        return 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError("No such password!")
        del self.kept[service, username]


class NotHere(InMemory):
    """A backend whose service is not on this system."""

    @properties.classproperty
    def priority(self) -> float:
        raise RuntimeError("not here")


class Failing(InMemory):
    """A backend that raises one error at every turn, with the secret in its text."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def get_password(self, service: str, username: str) -> str | None:  # noqa: ARG002 - keyring's signature
        raise self.error

    def set_password(self, service: str, username: str, password: str) -> None:  # noqa: ARG002 - as above
        raise self.error

    def delete_password(self, service: str, username: str) -> None:  # noqa: ARG002 - as above
        raise self.error


class Forgetful(InMemory):
    """A backend that drops what it is given and says nothing, as KWallet's does when its wallet refuses."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class Clinging(InMemory):
    """A backend that keeps what it was asked to forget, as a dismissed question leaves it."""

    def delete_password(self, service: str, username: str) -> None:
        pass


class Refusing(InMemory):
    """A backend that may be read and not changed."""

    def delete_password(self, service: str, username: str) -> None:  # noqa: ARG002 - as above
        raise PasswordDeleteError(f"Can't delete {self.kept}")


class Asking(InMemory):
    """A backend that waits for its owner."""

    def __init__(self) -> None:
        super().__init__()
        self.answered = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.answered.wait(60)
        return super().get_password(service, username)


@pytest.fixture
def own() -> InMemory:
    return InMemory()


@pytest.fixture
def chain(own: InMemory) -> SystemKeychain:
    return SystemKeychain("Own", own)


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A list with a keychain of another system, one that is not here, and two that are."""
    monkeypatch.setitem(sys.modules, "own_backends", sys.modules[__name__])
    of = keychain._Listed
    monkeypatch.setattr(
        keychain,
        "_LIST",
        (
            of("Elsewhere", "another system", "own_backends", "InMemory"),
            of("NotHere", sys.platform, "own_backends", "NotHere"),
            of("Missing", sys.platform, "no_module_of_this_name", "Keyring"),
            of("First", sys.platform, "own_backends", "InMemory"),
            of("Second", sys.platform, "own_backends", "InMemory"),
        ),
    )
    return monkeypatch


def why(failure: pytest.ExceptionInfo[KeychainFailed]) -> str:
    """The reason that is given, after seeing that the secret is nowhere in the error."""
    assert failure.value.__cause__ is None
    assert failure.value.__context__ is None
    told = "".join(traceback.format_exception_only(failure.value)) + repr(failure.value) + repr(vars(failure.value))
    assert SECRET_TEXT not in told
    return failure.value.why


def every_call(chain: SystemKeychain) -> Iterator[str]:
    """The reasons that the three calls give for their failure."""
    calls: list[Callable[[], object]] = [
        partial(chain.get, "a"),
        partial(chain.set, "a", SECRET),
        partial(chain.delete, "a"),
    ]
    for call in calls:
        with pytest.raises(KeychainFailed) as failure:
            call()
        yield why(failure)


def test_a_secret_is_kept_as_base64_text_under_the_name_of_the_program(chain: SystemKeychain, own: InMemory) -> None:
    chain.set("a", SECRET)
    assert own.kept == {("portal", "a"): SECRET_TEXT}
    assert chain.get("a") == SECRET


def test_an_account_without_a_secret_has_none(chain: SystemKeychain, own: InMemory) -> None:
    assert chain.get("a") is None
    own.kept["portal", "a"] = ""
    assert chain.get("a") is None


def test_a_secret_takes_the_place_of_the_one_before(chain: SystemKeychain) -> None:
    chain.set("a", b"before")
    chain.set("a", SECRET)
    chain.set("b", b"another account")
    assert chain.get("a") == SECRET


def test_a_deleted_secret_is_gone_and_may_be_deleted_again(chain: SystemKeychain, own: InMemory) -> None:
    chain.set("a", SECRET)
    chain.delete("a")
    chain.delete("a")
    assert own.kept == {}


@pytest.mark.parametrize("text", ["not base64!", SECRET_TEXT[:-3], "\N{SNOWMAN}"])
def test_what_another_program_wrote_there_is_refused(chain: SystemKeychain, own: InMemory, text: str) -> None:
    own.kept["portal", "a"] = text
    with pytest.raises(KeychainFailed) as failure:
        chain.get("a")
    assert why(failure) == "it keeps something under this name that `portal` did not write"
    assert text not in str(failure.value)


def test_a_secret_that_was_dropped_without_a_word_is_noticed() -> None:
    backend = Forgetful()
    with pytest.raises(KeychainFailed) as failure:
        SystemKeychain("Own", backend).set("a", SECRET)
    assert why(failure) == "it did not keep what it was given"
    backend.kept["portal", "a"] = "b2xk"
    with pytest.raises(KeychainFailed, match="did not keep"):
        SystemKeychain("Own", backend).set("a", SECRET)


@pytest.mark.parametrize(
    ("backend", "reason"),
    [(Clinging(), "it still keeps what it was asked to forget"), (Refusing(), "it refuses to forget the key")],
)
def test_a_secret_that_was_not_forgotten_is_noticed(backend: InMemory, reason: str) -> None:
    chain = SystemKeychain("Own", backend)
    chain.set("a", SECRET)
    with pytest.raises(KeychainFailed) as failure:
        chain.delete("a")
    assert why(failure) == reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (KeyringLocked(SECRET_TEXT), "it is locked"),
        (InitError(SECRET_TEXT), "it could not be opened"),
        (KeyringError(SECRET_TEXT), "it refuses"),
        (PasswordSetError(SECRET_TEXT), "it refuses to keep the key"),
        (BrokenPipeError(SECRET_TEXT), "the connection to it is broken"),
        (AssertionError(SECRET_TEXT), "it failed with AssertionError"),
        (UnicodeDecodeError("utf-8", SECRET_TEXT.encode(), 0, 1, "bad"), "it failed with UnicodeDecodeError"),
    ],
)
def test_whatever_a_backend_raises_becomes_one_sentence_without_its_text(error: Exception, reason: str) -> None:
    assert set(every_call(SystemKeychain("Own", Failing(error)))) == {reason}


@pytest.mark.skipif(sys.platform != "linux", reason="the Secret Service is Linux's")
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("LockedException", "it is locked"),
        ("PromptDismissedException", "its question was not answered"),
        ("SecretServiceNotAvailableException", "it cannot be reached"),
        ("ItemNotFoundException", "it failed with ItemNotFoundException"),
    ],
)
def test_what_the_secret_service_raises_becomes_a_sentence_too(kind: str, reason: str) -> None:
    error = getattr(importlib.import_module("secretstorage.exceptions"), kind)(SECRET_TEXT)
    assert set(every_call(SystemKeychain("Own", Failing(error)))) == {reason}


class Beginning(InMemory):
    """A keychain that cannot be opened at first, and says so after a while."""

    def __init__(self, failures: int, seconds: float = 0.0) -> None:
        super().__init__()
        self.failures = failures
        self.seconds = seconds
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        if self.asked <= self.failures:
            time.sleep(self.seconds)
            raise InitError(SECRET_TEXT)
        return super().get_password(service, username)


@pytest.mark.parametrize(("failures", "seconds", "asked"), [(2, 0.0, 3), (3, 0.0, 3), (2, 0.3, 1)])
def test_a_keychain_that_cannot_be_opened_yet_is_asked_again_unless_somebody_may_have_refused(
    monkeypatch: pytest.MonkeyPatch, failures: int, seconds: float, asked: int
) -> None:
    monkeypatch.setattr(keychain, "_PAUSES", (0.0, 0.0))
    backend = Beginning(failures, seconds)
    if failures < asked:
        assert SystemKeychain("Own", backend).get("a") is None
    else:
        with pytest.raises(KeychainFailed) as failure:
            SystemKeychain("Own", backend).get("a")
        assert why(failure) == "it could not be opened"
    assert backend.asked == asked


def test_a_keychain_that_never_answers_is_given_up_at_the_deadline() -> None:
    backend = Asking()
    began = time.monotonic()
    assert set(every_call(SystemKeychain("Own", backend, seconds=0.1))) == {"it did not answer in time"}
    assert time.monotonic() - began < 30
    backend.answered.set()


def test_a_keychain_that_never_answers_does_not_hold_up_the_end_of_the_program() -> None:
    statement = (
        "import threading\nfrom store.vault.keychain import SystemKeychain\n"
        "class Asking:\n    def get_password(self, *_): threading.Event().wait()\n"
        "SystemKeychain('Own', Asking(), seconds=0.1).get('a')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", statement], capture_output=True, text=True, check=False, cwd=ROOT, timeout=30
    )
    assert done.stderr.rstrip().endswith("did not answer in time")


def test_the_first_keychain_on_the_list_that_is_here_is_found(listed: pytest.MonkeyPatch) -> None:
    del listed
    found = keychain.find()
    assert found.name == "First"
    found.set("a", SECRET)
    assert found.get("a") == SECRET


def test_a_keychain_that_a_slot_recorded_is_found_by_its_name(listed: pytest.MonkeyPatch) -> None:
    del listed
    assert keychain.find("Second").name == "Second"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("NotHere", "the key is in NotHere, and this system has First and Second"),
        ("Elsewhere", "the key is in Elsewhere, and this system has First and Second"),
        ("\x1b[2J", "the key is in one that `portal` does not know, and this system has First and Second"),
    ],
)
def test_a_recorded_keychain_that_is_not_here_is_named(listed: pytest.MonkeyPatch, name: str, reason: str) -> None:
    del listed
    with pytest.raises(KeychainFailed) as failure:
        keychain.find(name)
    assert why(failure) == reason


def test_a_system_without_a_keychain_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keychain, "_LIST", ())
    for name, reason in (
        (None, "this system has none that `portal` knows"),
        ("KWallet", "the key is in one that `portal` does not know, and this system has none"),
    ):
        with pytest.raises(KeychainFailed) as failure:
            keychain.find(name)
        assert why(failure) == reason


def test_a_session_without_a_bus_has_no_keychain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(keychain, "_LIST", tuple(item for item in keychain._LIST if item.platform == "linux"))
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path / 'no-bus'}")
    with pytest.raises(KeychainFailed, match="the key is in SecretService, and this system has none"):
        keychain.find("SecretService")


def test_the_list_names_classes_of_keyring_itself_and_none_that_keeps_keys_in_a_file() -> None:
    assert {item.module.rpartition(".")[0] for item in keychain._LIST} == {"keyring.backends"}
    assert [item.module.rpartition(".")[2] for item in keychain._LIST] == [
        "macOS",
        "Windows",
        "SecretService",
        "kwallet",
    ]


def test_attributes_of_a_backend_are_not_taken_from_variables(listed: pytest.MonkeyPatch) -> None:
    listed.setenv("KEYRING_PROPERTY_LABEL", "a thief's")
    assert InMemory().label == "a thief's"
    found = keychain.find()
    assert isinstance(found, SystemKeychain)
    assert isinstance(found._backend, InMemory)
    assert found._backend.label == "own"


def test_a_class_that_variables_files_or_plugins_name_is_never_loaded(tmp_path: Path) -> None:
    code, config, told = tmp_path / "code", tmp_path / "config", tmp_path / "loaded"
    (code / "thief-1.dist-info").mkdir(parents=True)
    (config / "python_keyring").mkdir(parents=True)
    for name in ("by_variable", "by_file", "by_plugin"):
        (code / f"{name}.py").write_text(
            f"open({str(told)!r}, 'a').write('{name} ')\n"
            "from keyring.backends.null import Keyring as Null\nclass Keyring(Null): priority = 99\n"
        )
    (code / "thief-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: thief\nVersion: 1\n")
    (code / "thief-1.dist-info" / "entry_points.txt").write_text("[keyring.backends]\nthief = by_plugin\n")
    (config / "python_keyring" / "keyringrc.cfg").write_text(
        f"[backend]\ndefault-keyring=by_file.Keyring\nkeyring-path={code}\n"
    )
    environment = {
        **{name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ},
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(code)]),
        "PYTHON_KEYRING_BACKEND": "by_variable.Keyring",
        "XDG_CONFIG_HOME": str(config),
        "HOME": str(tmp_path),
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path / 'no-bus'}",
    }

    def loaded_by(statement: str, **changed: str) -> list[str]:
        told.write_text("")
        subprocess.run([sys.executable, "-c", statement], env={**environment, **changed}, check=True, cwd=tmp_path)
        return told.read_text().split()

    ours = (
        "import contextlib\nfrom store.errors import KeychainFailed\nfrom store.vault import keychain\n"
        "for name in (None, 'SecretService', 'KWallet', 'by_variable.Keyring', 'by_file.Keyring'):\n"
        "    with contextlib.suppress(KeychainFailed):\n        keychain.find(name)\n"
    )
    assert loaded_by(ours) == []
    # the traps are real: keyring's own choice walks into each of them
    theirs = "import keyring; keyring.get_keyring()"
    assert loaded_by(theirs) == ["by_variable"]
    environment.pop("PYTHON_KEYRING_BACKEND")
    assert loaded_by(theirs) == ["by_file"]
    assert loaded_by(theirs, XDG_CONFIG_HOME=str(tmp_path)) == ["by_plugin"]
    assert loaded_by(ours) == []


def test_reading_the_module_does_not_load_keyring() -> None:
    statement = "import sys; import store.vault.keychain; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", statement], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "keyring" not in done.stdout.split()
