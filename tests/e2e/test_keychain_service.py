"""A key in a real Secret Service: gnome-keyring on a bus of its own, without a screen."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Home

pytestmark = pytest.mark.skipif(
    not (shutil.which("dbus-run-session") and shutil.which("gnome-keyring-daemon")),
    reason="gnome-keyring or dbus-run-session is not installed",
)

# The daemon makes its collection with the password of the first session, and opens it with the same one later.
_SESSION = 'printf %s "$1" | gnome-keyring-daemon --unlock --components=secrets >/dev/null && shift && exec "$@"'
_PROGRAM = """
import json
from store.errors import KeychainFailed
from store.vault import keychain
said = []
try:
    chain = keychain.find()
    said.append(chain.name)
{lines}
except KeychainFailed as failure:
    said.append(failure.why)
print(json.dumps([item.hex() if isinstance(item, bytes) else item for item in said]))
"""


def in_session(home: Home, password: str, *lines: str, **environment: str) -> Any:
    """What a program says in a session whose keyring was opened with a password."""
    program = _PROGRAM.format(lines="\n".join(f"    {line}" for line in lines))
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", _SESSION, "sh", password, sys.executable, "-c", program],
        env={**home.environment, **environment},
        cwd=home.folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_secret_goes_into_the_secret_service_and_out_of_it_again(home: Home) -> None:
    said = in_session(
        home,
        "opens",
        "said.append(chain.get('vault 1'))",
        "chain.set('vault 1', bytes(range(32)))",
        "chain.set('vault 2', b'another')",
        "chain.set('vault 1', bytes(range(1, 33)))",
        "said.append(keychain.find(chain.name).get('vault 1'))",
        "chain.delete('vault 1')",
        "chain.delete('vault 1')",
        "said += [chain.get('vault 1'), chain.get('vault 2')]",
    )
    assert said == ["SecretService", None, bytes(range(1, 33)).hex(), None, b"another".hex()]


def test_a_secret_is_there_in_the_next_session(home: Home) -> None:
    in_session(home, "opens", "chain.set('vault', b'a key')")
    assert in_session(home, "opens", "said.append(chain.get('vault'))") == ["SecretService", b"a key".hex()]


def test_a_keyring_that_stays_locked_refuses_at_once(home: Home) -> None:
    in_session(home, "opens", "chain.set('vault', b'a key')")
    assert in_session(home, "does not open", "chain.get('vault')") == ["SecretService", "it is locked"]
    assert in_session(home, "does not open", "chain.set('vault', b'other')") == ["SecretService", "it is locked"]
    assert in_session(home, "opens", "said.append(chain.get('vault'))") == ["SecretService", b"a key".hex()]


def test_variables_of_keyring_lead_the_secret_nowhere_else(home: Home) -> None:
    misled = {
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "KEYRING_PROPERTY_SCHEME": "KeePassXC",
        "KEYRING_PROPERTY_PREFERRED_COLLECTION": "/org/freedesktop/secrets/collection/session",
    }
    assert in_session(home, "opens", "chain.set('vault', b'a key')", **misled) == ["SecretService"]
    assert in_session(home, "opens", "said.append(chain.get('vault'))") == ["SecretService", b"a key".hex()]


def test_a_recorded_keychain_that_this_session_has_not_is_named(home: Home) -> None:
    said = in_session(home, "opens", "keychain.find('KWallet')")
    assert said == ["SecretService", "the key is in KWallet, and this system has SecretService"]
