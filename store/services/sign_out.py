"""Signing out of a portal: it is asked to end the sign-in, and what it gave is forgotten here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.errors import RemoteError
from store.records.text import Safe, sanitize
from store.remote import discovery, oauth, registration
from store.remote.http import Http
from store.vault import connections
from store.vault.audit import Entry

if TYPE_CHECKING:
    from store.config import Settings
    from store.remote.discovery import Smart
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault


@dataclass(frozen=True)
class SignedOut:
    """How signing out ended: whether the portal has confirmed it, and its page of applications, if it has one."""

    name: Safe
    is_confirmed: bool
    management: Safe | None


def sign_out(vault: Vault, settings: Settings, row: ConnectionRow, *, erase: bool) -> SignedOut:
    """End one sign-in at its portal, as far as that can be reached, and forget its tokens and keys here."""
    is_confirmed, management = False, None
    if row.smart:
        http = Http(row.base_url, settings.timeout, retries=settings.retries)
        try:
            smart = discovery.read_smart(row.smart, row.base_url)
            management = smart.management_endpoint
            is_confirmed = _revoked(http, smart, row)
        except RemoteError:
            is_confirmed = False
        finally:
            http.close()
    with vault.transaction() as tx:
        connections.drop_tokens(tx, row.id)
        if erase:
            connections.remove(tx, row.id)
        tx.audit(Entry("sign-out", f"connection {row.id}", f"Patient/{row.patient}"))
    return SignedOut(sanitize(row.name), is_confirmed, sanitize(management) if management else None)


def _revoked(http: Http, smart: Smart, row: ConnectionRow) -> bool:
    """Revoke the refresh token, then the access token. Whether whatever there was is revoked."""
    answers = []
    if row.refresh_token and not registration.is_key(row.refresh_token):
        answers.append(oauth.revoke(http, smart, row.client_id, row.refresh_token))
    if row.access_token:
        answers.append(oauth.revoke(http, smart, row.client_id, row.access_token, kind="access_token"))
    return bool(answers) and all(answers)
