"""Signing a client in to a scripted portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.services.sign_in import SignInRequest

if TYPE_CHECKING:
    from store.client import Client
    from store.services.portals import PortalSummary
    from tests.support.hostile import ScriptedPortal


def sign_in_to(client: Client, portal: ScriptedPortal, name: str | None = None) -> PortalSummary:
    """Sign in with a password, which a scripted portal takes as it is."""
    with client.sign_ins.begin(SignInRequest(portal.base_url, name=name)) as attempt:
        return attempt.with_password("ada", "secret")
