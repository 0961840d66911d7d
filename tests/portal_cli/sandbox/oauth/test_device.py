"""Signing in an app on another device, as the app and as the patient's browser see it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from portal_cli.sandbox.oauth.device import INTERVAL_SECONDS, LIFETIME_SECONDS, MAX_ATTEMPTS

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from portal_cli.sandbox.server import Sandbox

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
APP = {"client_id": "portal-terminal", "scope": "openid launch/patient offline_access patient/*.rs"}


class Devices:
    """An app without a browser, and a patient with one."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.app: FlaskClient = sandbox.app.test_client()
        self.browser: FlaskClient = sandbox.app.test_client()

    def begin(self, **changes: str) -> dict[str, Any]:
        answer = self.app.post("/auth/device", data={**APP, **changes})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json or {}
        return found

    def poll(self, begun: dict[str, Any], **changes: str) -> TestResponse:
        form = {"grant_type": GRANT, "device_code": begun["device_code"], "client_id": APP["client_id"], **changes}
        return self.app.post("/auth/token", data=form)

    def error(self, begun: dict[str, Any], **changes: str) -> str:
        return str((self.poll(begun, **changes).json or {})["error"])

    def later(self, seconds: float) -> None:
        self.sandbox.portal.clock.advance(seconds)

    def type(self, code: str, **changes: str) -> TestResponse:
        page = self.browser.get("/auth/activate")
        return self.submit(page, user_code=code, **changes)

    def submit(self, page: TestResponse, **fields: Any) -> TestResponse:
        action = re.search(r'<form method="post" action="([^"]+)"', page.text)
        assert action, page.text
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', page.text))
        return self.browser.post(action[1], data={**hidden, **fields})

    def decide(self, code: str, decision: str = "allow") -> TestResponse:
        """Walk from the code to the end; gives the last page."""
        account = self.sandbox.sign_ins[0]
        sign_in = self.browser.get(self.type(code).headers["Location"])
        answer = self.submit(sign_in, username=account.username, password=account.password)
        consent = self.browser.get(answer.headers["Location"])
        groups = re.findall(r'name="group" value="(\w+)"', consent.text)
        left = self.submit(consent, decision=decision, group=groups)
        parts = urlsplit(left.headers["Location"])
        assert parts.path == "/auth/activate/done"
        return self.browser.get(f"{parts.path}?{parts.query}")


@pytest.fixture
def devices(sandbox: Sandbox) -> Devices:
    return Devices(sandbox)


def test_it_is_advertised_and_answers_as_the_standard_has_it(devices: Devices) -> None:
    smart = devices.app.get("/fhir/.well-known/smart-configuration").json or {}
    assert smart["device_authorization_endpoint"].endswith("/auth/device")
    assert GRANT in smart["grant_types_supported"]
    begun = devices.begin()
    assert re.fullmatch(r"[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}", begun["user_code"])
    assert begun["verification_uri_complete"] == f"{begun['verification_uri']}?user_code={begun['user_code']}"
    assert (begun["expires_in"], begun["interval"]) == (LIFETIME_SECONDS, INTERVAL_SECONDS)
    assert begun["user_code"] in devices.browser.get(f"/auth/activate?user_code={begun['user_code']}").text


def test_a_patient_who_allows_it_gives_the_app_tokens_once(devices: Devices) -> None:
    begun = devices.begin()
    assert devices.error(begun) == "authorization_pending"
    assert "Signed in" in devices.decide(begun["user_code"].lower()).text
    assert devices.error(begun, client_id="another-app") == "invalid_grant"
    tokens = devices.poll(begun).json or {}
    assert tokens["patient"] == devices.sandbox.sign_ins[0].patient
    assert {"access_token", "refresh_token", "id_token"} <= tokens.keys()
    assert devices.error(begun) == "invalid_grant"


def test_a_patient_who_denies_it_gives_nothing(devices: Devices) -> None:
    begun = devices.begin()
    assert "not given access" in devices.decide(begun["user_code"], "deny").text
    assert devices.error(begun) == "access_denied"


def test_an_app_that_asks_too_often_is_slowed_down(devices: Devices) -> None:
    begun = devices.begin()
    assert [devices.error(begun) for _ in range(2)] == ["authorization_pending", "slow_down"]
    devices.later(INTERVAL_SECONDS)
    assert devices.error(begun) == "slow_down"
    devices.later(60)
    assert devices.error(begun) == "authorization_pending"


def test_a_code_ends_after_ten_minutes(devices: Devices) -> None:
    begun = devices.begin()
    devices.later(LIFETIME_SECONDS + 1)
    assert devices.error(begun) == "expired_token"
    assert "no such code" in devices.type(begun["user_code"]).text


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"client_id": ""}, "invalid_client"), ({"scope": "made-up"}, "invalid_scope"), ({"scope": ""}, "invalid_scope")],
)
def test_an_app_that_asks_for_nothing_gets_no_code(devices: Devices, changes: dict[str, str], error: str) -> None:
    answer = devices.app.post("/auth/device", data={**APP, **changes})
    assert (answer.status_code, (answer.json or {})["error"]) == (400, error)


def test_codes_cannot_be_guessed_for_long(devices: Devices) -> None:
    begun = devices.begin()
    for _ in range(MAX_ATTEMPTS):
        assert devices.type("BBBB-BBBB").status_code == 400
    assert devices.type(begun["user_code"]).status_code == 429
    devices.later(301)
    assert devices.type(begun["user_code"]).status_code == 303


def test_a_form_of_another_page_or_browser_is_refused(devices: Devices) -> None:
    begun = devices.begin()
    assert devices.type(begun["user_code"], csrf="forged").status_code == 403
    page = devices.browser.get("/auth/activate")
    devices.browser = devices.sandbox.app.test_client()
    assert devices.submit(page, user_code=begun["user_code"]).status_code == 400


def test_what_comes_back_has_to_be_of_this_browser_and_this_sign_in(devices: Devices) -> None:
    begun = devices.begin()
    location = devices.type(begun["user_code"]).headers["Location"]
    state = parse_qs(urlsplit(location).query)["state"][0]
    stranger = devices.sandbox.app.test_client()
    assert stranger.get("/auth/activate/done", query_string={"state": state, "code": "x"}).status_code == 400
    assert devices.browser.get("/auth/activate/done", query_string={"state": "x.y", "code": "x"}).status_code == 400
    assert devices.error(begun) == "authorization_pending"


def test_the_page_cannot_be_framed_and_has_no_script(devices: Devices) -> None:
    page = devices.browser.get('/auth/activate?user_code="><script>alert(1)</script>')
    assert "<script>" not in page.text
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
