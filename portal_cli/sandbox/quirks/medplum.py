"""Medplum: small pages, redirect addresses to the letter, and conditions that are taken only in some places."""

from __future__ import annotations

from portal_cli.sandbox.quirks.mode import Mode, Searching, Signing, Writes

MEDPLUM = Mode(
    "medplum",
    # What is registered for an app is what is compared, port and path included.
    signing=Signing(redirect_uris=("http://127.0.0.1:8765/callback", "http://localhost:9615")),
    searching=Searching(page_size=20),
    writes=Writes(conditional_create="query", conditional_read=False, unguarded=frozenset({"PATCH"})),
)
