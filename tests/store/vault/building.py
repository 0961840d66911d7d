"""Values that the tests of the vault put into it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from store.records import incoming
from store.records.dates import parse
from store.records.envelope import Envelope
from store.records.text import Safe
from store.vault.connections import SignedIn

if TYPE_CHECKING:
    from store.config import Settings

PASSPHRASE = b"correct horse battery staple"
PROJECT = Path(__file__).resolve().parents[3]
OPENING = """
import sys
from pathlib import Path
from store.config import Settings
from store.errors import PortalError
from store.vault import keys, vault as vaults
settings = Settings(Path(sys.argv[1]), Path(sys.argv[1]) / "config.toml")
"""


def signed_in(**parts: Any) -> SignedIn:
    """A sign-in at a portal."""
    given: dict[str, Any] = {
        "name": "portal.example",
        "base_url": "https://portal.example/fhir",
        "client_id": "client",
        "redirect_uri": "http://127.0.0.1/callback",
        "scope_requested": "patient/*.read",
        "scope": "patient/*.read",
        "patient": "p1",
        "fhir_user": "Patient/p1",
        "access_expires": 1_715_938_200,
        "smart": b"{}",
        "capability": b"{}",
        "access_token": "access-secret",
        "refresh_token": "refresh-secret",
        **parts,
    }
    return SignedIn(**given)


def record(record_id: str, body: bytes = b"{}", **parts: Any) -> incoming.Incoming:
    """A record as it comes from a portal; `title`, `kind`, `date`, `code` and `words` may be given."""
    return incoming.of(
        (parts.get("type", "Observation"), record_id),
        (parts.get("version"), None),
        Envelope(
            kind=parts.get("kind", "lab"),
            title=Safe(parts.get("title", "Sodium")),
            code=Safe(parts.get("code", "")),
            date=parse(parts.get("date")),
            status=Safe(parts.get("status", "final")),
            flag=Safe(parts.get("flag", "")),
        ),
        parts.get("words", ""),
        body,
    )


def start(script: str, settings: Settings, **environment: str) -> subprocess.Popen[str]:
    """Start another process that has `settings` of the same vault, and the names that tests of the vault need."""
    return subprocess.Popen(
        [sys.executable, "-c", OPENING + script, str(settings.vault_dir)],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT), **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
