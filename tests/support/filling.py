"""A vault with chosen records in it, by way of a scripted portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.signing import sign_in_to

if TYPE_CHECKING:
    from store.client import Client
    from tests.support.hostile import ScriptedPortal


def fill(client: Client, portal: ScriptedPortal, *bodies: bytes) -> None:
    """Put records on the portal, sign in if that is still to be done, and bring them over."""
    portal.add(*bodies)
    if not client.has_vault:
        sign_in_to(client, portal)
    report = client.sync.run()
    assert report.failures == ()
