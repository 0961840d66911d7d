"""The sign-in and consent pages, walked as a stranger's browser would."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from portal_cli.sandbox.server import Sandbox

VERIFIER = "a-verifier-of-enough-length-for-proof-key-000"
CHALLENGE = "zWe32BBsUrljg5XDf8OkItKJBpR20GVF0SEqhQuEcfU"
CALLBACK = "http://127.0.0.1:5555/back"


class Browser:
    """Keeps cookies, reads forms, follows the portal's own redirects."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.client: FlaskClient = sandbox.app.test_client()

    def authorize(self, **changes: str) -> TestResponse:
        query = {
            "response_type": "code",
            "client_id": "portal-terminal",
            "redirect_uri": CALLBACK,
            "scope": "openid launch/patient offline_access patient/*.cruds",
            "state": "s" * 22,
            "aud": self.sandbox.base_url,
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changes,
        }
        return self.client.get("/auth/authorize?" + urlencode({k: v for k, v in query.items() if v}))

    def submit(self, page: TestResponse, **fields: str | list[str]) -> TestResponse:
        action = re.search(r'<form method="post" action="([^"]+)"', page.text)
        assert action, page.text
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', page.text))
        return self.client.post(action[1], data={**hidden, **fields})

    def sign_in(self, page: TestResponse, password: str = "") -> TestResponse:
        one = self.sandbox.sign_ins[0]
        answer = self.submit(page, username=one.username, password=password or one.password)
        return self.client.get(answer.headers["Location"]) if answer.status_code == 303 else answer


@pytest.fixture
def browser(shared_sandbox: Sandbox) -> Browser:
    return Browser(shared_sandbox)


def _answer(response: TestResponse) -> dict[str, str]:
    assert response.status_code == 302, response.text
    location = response.headers["Location"]
    assert location.startswith(CALLBACK + "?")
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def _exchange(browser: Browser, code: str, verifier: str, redirect_uri: str = CALLBACK) -> TestResponse:
    form = {
        "grant_type": "authorization_code",
        "client_id": "portal-terminal",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    return browser.client.post("/auth/token", data=form)


def test_allowing_gives_the_app_a_code(browser: Browser) -> None:
    consent = browser.sign_in(browser.authorize())
    assert "portal-terminal" in consent.text
    assert "Ada Lóng" in consent.text
    groups = re.findall(r'name="group" value="(\w+)"', consent.text)
    assert groups == ["see", "change", "offline", "identity"]
    answer = _answer(browser.submit(consent, decision="allow", group=groups))
    assert answer["state"] == "s" * 22
    assert answer["iss"] == browser.sandbox.base_url
    assert _exchange(browser, answer["code"], VERIFIER, "http://127.0.0.1:1/").status_code == 400
    tokens = _exchange(browser, answer["code"], VERIFIER).json or {}
    assert tokens["patient"] == "ada"
    assert tokens["scope"] == "openid launch/patient offline_access patient/*.cruds"


def test_an_unticked_group_is_not_granted(browser: Browser) -> None:
    consent = browser.sign_in(browser.authorize())
    answer = _answer(browser.submit(consent, decision="allow", group=["see"]))
    tokens = _exchange(browser, answer["code"], VERIFIER).json or {}
    assert tokens["scope"] == "launch/patient patient/*.rs"
    assert "refresh_token" not in tokens


@pytest.mark.parametrize("fields", [{"decision": "deny", "group": ["see"]}, {"decision": "allow"}, {}])
def test_denying_tells_the_app_so(browser: Browser, fields: dict[str, str | list[str]]) -> None:
    answer = _answer(browser.submit(browser.sign_in(browser.authorize()), **fields))
    assert answer["error"] == "access_denied"
    assert answer["state"] == "s" * 22


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": ""},
        {"code_challenge_method": ""},
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
        {"aud": ""},
        {"aud": "http://elsewhere.example/fhir"},
        {"state": ""},
        {"scope": ""},
        {"scope": "made-up"},
        {"response_type": "token"},
    ],
)
def test_a_request_that_lacks_something_goes_back_as_an_error(browser: Browser, changes: dict[str, str]) -> None:
    answer = _answer(browser.authorize(**changes))
    assert answer["error"] in {"invalid_request", "invalid_scope", "unsupported_response_type"}
    assert answer["iss"] == browser.sandbox.base_url


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": ""},
        {"redirect_uri": "https://elsewhere.example/back"},
        {"redirect_uri": "http://127.0.0.1.elsewhere.example/"},
        {"redirect_uri": "http://me@127.0.0.1:5555/"},
        {"redirect_uri": "http://127.0.0.1:5555/#fragment"},
        {"redirect_uri": "http://127.0.0.1:notaport/"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": 'http://127.0.0.1/"\u2603'},
        {"client_id": ""},
        {"client_id": "<script>"},
    ],
)
def test_nothing_is_sent_to_an_address_that_was_not_checked(browser: Browser, changes: dict[str, str]) -> None:
    answer = browser.authorize(**changes)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "<script>" not in answer.text


@pytest.mark.parametrize("callback", ["http://localhost:1/", "http://[::1]:65535/a/b?c=d", "http://127.0.0.1"])
def test_any_port_of_this_computer_will_do(browser: Browser, callback: str) -> None:
    consent = browser.sign_in(browser.authorize(redirect_uri=callback))
    answer = browser.submit(consent, decision="allow", group=["see"])
    assert answer.headers["Location"].startswith(callback)


def test_a_wrong_password_shows_the_page_again(browser: Browser) -> None:
    page = browser.sign_in(browser.authorize(), "wrong")
    assert page.status_code == 401
    assert "not right" in page.text
    assert browser.sign_in(page).status_code == 200


def test_too_many_wrong_passwords_close_the_page_for_a_while(sandbox: Sandbox) -> None:
    browser = Browser(sandbox)
    page = browser.authorize()
    for _ in range(10):
        page = browser.sign_in(page, "wrong")
    assert browser.sign_in(page).status_code == 429


def test_a_form_without_its_token_is_refused(browser: Browser) -> None:
    one = browser.sandbox.sign_ins[0]
    page = browser.authorize()
    assert browser.submit(page, csrf="made-up", username=one.username, password=one.password).status_code == 403
    consent = browser.sign_in(page)
    assert browser.submit(consent, csrf="", decision="allow", group=["see"]).status_code == 403


def test_another_browser_cannot_answer(browser: Browser, shared_sandbox: Sandbox) -> None:
    consent = browser.sign_in(browser.authorize())
    assert Browser(shared_sandbox).submit(consent, decision="allow", group=["see"]).status_code == 400


def test_nobody_allows_before_signing_in(browser: Browser) -> None:
    page = browser.authorize()
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', page.text))
    form = {**hidden, "decision": "allow", "group": "see"}
    assert browser.client.post("/auth/consent", data=form).status_code == 400
    assert browser.client.get(f"/auth/consent?request={hidden['request']}").status_code == 400


def test_an_answer_counts_once(browser: Browser) -> None:
    consent = browser.sign_in(browser.authorize())
    assert browser.submit(consent, decision="allow", group=["see"]).status_code == 302
    assert browser.submit(consent, decision="allow", group=["see"]).status_code == 400


def test_two_tabs_do_not_disturb_each_other(browser: Browser) -> None:
    first, second = browser.authorize(), browser.authorize()
    assert browser.sign_in(second).status_code == 200
    assert browser.sign_in(first).status_code == 200


def test_a_visit_ends_after_a_while(sandbox: Sandbox) -> None:
    browser = Browser(sandbox)
    page = browser.authorize()
    browser.sandbox.portal.clock.advance(901)
    assert browser.sign_in(page).status_code == 400


def test_no_page_may_be_framed_kept_or_told_of(browser: Browser) -> None:
    consent = browser.sign_in(browser.authorize())
    pages = {
        "sign in": browser.authorize(),
        "wrong password": browser.sign_in(browser.authorize(), "wrong"),
        "consent": consent,
        "error": browser.authorize(client_id=""),
        "foreign form": browser.submit(consent, csrf="made-up"),
        "redirect": browser.submit(consent, decision="deny"),
        "not found": browser.client.get("/nothing/here"),
        "wrong method": browser.client.get("/auth/sign-in"),
        "another host": browser.client.get("/auth/authorize", headers={"Host": "rebound.example"}),
    }
    assert pages["another host"].status_code == 421
    for name, page in pages.items():
        policy = page.headers["Content-Security-Policy"]
        assert page.headers["X-Frame-Options"] == "DENY", name
        assert page.headers["X-Content-Type-Options"] == "nosniff", name
        assert page.headers["Referrer-Policy"] == "no-referrer", name
        assert page.headers["Cache-Control"] == "no-store", name
        assert "default-src 'none'" in policy, name
        assert "frame-ancestors 'none'" in policy, name
        assert "unsafe" not in policy, name


def test_a_cookie_planted_before_the_sign_in_is_worth_nothing_after_it(browser: Browser) -> None:
    page = browser.authorize()
    request = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', page.text))["request"]
    planted = page.headers["Set-Cookie"].partition(";")[0]
    thief = browser.sandbox.app.test_client(use_cookies=False)
    address = f"/auth/consent?request={request}"
    assert browser.sign_in(page).status_code == 200
    assert thief.get(address, headers={"Cookie": planted}).status_code == 400
    assert browser.client.get(address).status_code == 200


def test_pages_need_no_script_and_keep_their_cookie_from_scripts(browser: Browser) -> None:
    page = browser.authorize()
    cookie = page.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "<script" not in page.text
    with browser.client.get("/auth/static/portal.css") as style:
        assert style.status_code == 200
