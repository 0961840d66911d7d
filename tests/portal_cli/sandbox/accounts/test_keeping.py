"""What outlives a restart with `--file`, and that no secret stands in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyotp

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.portal_cli.sandbox.accounts.conftest import PASSWORD, new_person

if TYPE_CHECKING:
    from pathlib import Path

NEW = "violet harbour sandwich 7"


def _content(file: Path) -> bytes:
    return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))


def test_accounts_settings_sessions_and_what_is_under_way_outlive_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "portal.db"
    with Sandbox(SandboxOptions(file=file)) as portal:
        grace = new_person(portal)
        grace.sign_up()
        grace.sign_in("grace.h")
        begun = grace.api("POST", "/account/two-step", {"method": "totp", "password": PASSWORD}).json
        totp = pyotp.TOTP(begun["secret"])
        used = totp.at(portal.portal.clock.now())
        codes = grace.api("POST", "/account/two-step/confirm", {"method": "totp", "code": used}).json["recovery_codes"]
        cookie = portal.portal.account_service.sessions.begin("grace.h", "Firefox")
        session = grace.password("grace.h", PASSWORD).json["auth_session"]
        key = grace.register(email="b@example.org", phone="+15550108888", username="b.b").json["registration"]
        email_code, phone_code = grace.code("b@example.org"), grace.code("+15550108888")
        grace.post(f"/registrations/{key}/verify", channel="email", code=email_code)
        grace.post("/password/forgot", login="grace.h")
        reset = grace.mail()[0]["body"].split("\n\n")[3]
        grace.post(f"/registrations/{key}/verify", channel="phone", code="12345x")
        first = portal.sign_ins[0]
        patient = new_person(portal)
        patient.sign_in(first.username, first.password)
        changed = patient.api("POST", "/account/password", {"current": first.password, "new": NEW})
        assert changed.status == 204

    with Sandbox(SandboxOptions(file=file)) as portal:
        grace.sandbox = patient.sandbox = portal
        assert grace.api("GET", "/account").json["two_step"] == {"methods": ["totp"], "recovery_codes_left": 10}
        assert portal.portal.account_service.sessions.find(cookie)
        form = {"auth_session": session, "second_step_method": "totp"}
        assert grace.challenge(**form, second_step_code=used).json["error"] == "access_denied"
        form["second_step_method"] = "recovery"
        assert grace.challenge(**form, second_step_code=codes[0]).status == 200
        wrong = grace.post(f"/registrations/{key}/verify", channel="phone", code="12345x")
        assert wrong.json["attempts_left"] == 3
        assert grace.post(f"/registrations/{key}/verify", channel="phone", code=phone_code).json["is_complete"]
        assert grace.post("/password/reset", token=reset, password=NEW).status == 204
        assert patient.password(first.username, first.password).status == 400
        patient.sign_in(first.username, NEW)
        assert first.username not in {one.username for one in portal.sign_ins}

    secrets = [PASSWORD, NEW, cookie, session, key, reset, *codes, *(one.replace("-", "") for one in codes)]
    content = _content(file)
    assert b"grace.h" in content
    assert [one for one in secrets if one.encode() in content] == []


def test_codes_are_kept_as_hashes_that_are_slow_to_guess(tmp_path: Path) -> None:
    file = tmp_path / "portal.db"
    with Sandbox(SandboxOptions(file=file)) as portal:
        grace = new_person(portal)
        grace.register()
        journal = portal._journal
        assert journal
        ((_, row),) = journal.rows("registration")
    assert row["fields"]["password"] == ""
    assert all(row[name].startswith("$argon2id$") for name in ("password",))
    assert all(row[channel]["hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$") for channel in ("email", "phone"))
