"""A portal's clock, by which what has changed is asked for, may be wrong or be set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.conftest import sign_in

if TYPE_CHECKING:
    from store.client import Client


@pytest.mark.parametrize("seconds", [-400 * 86400, -86400, -3600, -1, 0, 1, 3600, 86400, 400 * 86400])
def test_what_changes_after_a_portals_clock_was_set_still_comes(client: Client, seconds: float) -> None:
    with Sandbox(SandboxOptions(clinic_delay=3600)) as sandbox:
        sign_in(client, sandbox)
        client.sync.run()
        assert client.sync.run().changed == 0
        sandbox.portal.clock.advance(seconds)
        version = sandbox.portal.repository.visible(sandbox.sign_ins[0].patient, "Observation")[0]
        sandbox.portal.repository.put({**version.resource(), "status": "amended"}, version.key)
        if seconds > 0:
            sign_in(client, sandbox)  # its tokens have ended
        assert client.sync.run().changed == 1
        assert client.records.show(f"Observation/{version.key}").row.status == "amended"
