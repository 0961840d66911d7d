"""Hostile text of a portal through every screen of writing: shown as text, never obeyed."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from tests.support.escapes import steering
from tests.support.hostile import PATIENT, resource
from tests.tui.charts import message
from tests.tui.conftest import screen_text, settle, unlock
from tests.tui.lettering import open_client, practice, real_app, signed_in

if TYPE_CHECKING:
    from store.config import Settings

EVIL = "\x1b]0;owned\x07\x1b[31m[red]X[/red] [@click=app.quit]y[/] \u202egnp\x9b2J\x00"
_LONGEST_SECONDS = 150
_WAYS = (
    ("m", ("enter", "escape", "r", "escape")),
    ("o", ("enter", "escape", "e")),
    ("i", ("enter", "escape", "x")),
    ("x", ("enter",)),
    ("b", ("enter",)),
    ("k", ("enter", "e", "escape", "f2")),
)
WHOSE = {"reference": f"Patient/{PATIENT}"}


def test_no_screen_obeys_what_a_portal_says(settings: Settings) -> None:
    with practice() as portal:
        portal.change(
            name=[{"text": EVIL}],
            telecom=[{"system": "phone", "value": EVIL, "use": "home"}],
            contact=[{"name": {"text": EVIL}, "relationship": [{"text": EVIL}]}],
            gender="female",
        )
        portal.add(
            resource("Communication", "thr-9", status="in-progress", topic={"text": EVIL}, sender=WHOSE),
            json.dumps(
                message("msg-9", "thr-9", "2026-11-24T00:00:00Z", "Practitioner/9", EVIL, EVIL)
                | {"subject": WHOSE, "payload": [{"contentString": EVIL}, {"contentAttachment": {"title": EVIL}}]}
            ).encode(),
            resource(
                "CareTeam",
                "t9",
                status="active",
                name=EVIL,
                participant=[{"member": {"reference": "Practitioner/9", "display": EVIL}, "role": [{"text": EVIL}]}],
            ),
            resource(
                "Coverage", "c9", status="active", payor=[{"display": EVIL}], subscriberId=EVIL, beneficiary=WHOSE
            ),
            resource(
                "AllergyIntolerance",
                "a9",
                code={"text": EVIL},
                patient=WHOSE,
                reaction=[{"manifestation": [{"text": EVIL}]}],
                clinicalStatus={"coding": [{"code": EVIL}]},
            ),
        )
        signed_in(settings, portal)
        with open_client(settings) as client:
            record = json.loads(client.records.show(f"Patient/{PATIENT}").fhir)
            client.outbox.add_update(1, f"Patient/{PATIENT}", json.dumps({**record, "gender": "other"}).encode())
            portal.change(gender=EVIL)
            client.sync.run()
            assert client.conflicts.list().total == 1
        app = real_app(settings)

        async def walk() -> None:
            async with app.run_test(size=(140, 45)) as pilot:
                await unlock(pilot)
                for letter, keys in _WAYS:
                    app.go("home")
                    await settle(pilot)
                    for key in ("g", letter, *keys):
                        await pilot.press(key)
                        await settle(pilot)
                        assert steering(screen_text(app)) == set()
                        assert app.is_running
                    assert "[red]X[/red]" in screen_text(app)  # no markup either

        asyncio.run(asyncio.wait_for(walk(), _LONGEST_SECONDS))
