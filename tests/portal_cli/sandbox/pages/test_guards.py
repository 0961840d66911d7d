"""What every account page and form has to hold against: other sites, other people, guesses and old links."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from portal_cli.sandbox.accounts.registrations import TERMS_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from portal_cli.sandbox.server import Sandbox

CHALLENGE = "zWe32BBsUrljg5XDf8OkItKJBpR20GVF0SEqhQuEcfU"
GOOD = "seven quiet herons crossing"
PERSON = {
    "given": "Rosalind",
    "family": "Ashdown",
    "birth_date": "1987-04-09",
    "email": "rosalind@example.org",
    "phone": "+1 555 010 7788",
    "username": "r.ashdown",
    "password": GOOD,
    "terms_version": TERMS_VERSION,
}


class Visitor:
    """Keeps cookies and fills in forms, without a script."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.client: FlaskClient = sandbox.app.test_client()

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def form(self, path: str) -> dict[str, str]:
        """The hidden fields of the first form of a page."""
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', self.get(path).text))

    def send(self, path: str, page: str = "", **fields: str) -> TestResponse:
        return self.client.post(path, data={**self.form(page or path), **fields})

    def sign_in(self, which: int = 0) -> TestResponse:
        one = self.sandbox.sign_ins[which]
        return self.send("/account/sign-in", username=one.username, password=one.password)

    def code(self, about: str = "is your code") -> str:
        """The newest code in the mailbox."""
        bodies = [one.letter.body for one in self.sandbox.portal.account_service.mailbox.messages()]
        found = re.search(r"\b(\d{6})\b", next(body for body in bodies if about in body))
        assert found
        return found[1]

    def two_steps(self) -> None:
        """Switch codes by text on."""
        one = self.sandbox.sign_ins[0]
        service = self.sandbox.portal.account_service
        service.two_step.begin(one.username, "text", one.password)
        service.two_step.confirm(one.username, "text", self.code())


@pytest.fixture
def visitor(open_sandbox: Callable[..., Sandbox]) -> Visitor:
    ada = (
        '{"resourceType":"Patient","id":"ada","name":[{"use":"official","family":"Long","given":["Ada"]}],'
        '"birthDate":"1970-02-03","telecom":[{"system":"email","value":"ada@example.org"},'
        '{"system":"phone","value":"+15550100001"}]}'
    )
    ben = '{"resourceType":"Patient","id":"ben","name":[{"text":"Ben Short"}]}'
    return Visitor(open_sandbox({"ada.json": ada, "ben.json": ben}))


def _posts(sandbox: Sandbox) -> Iterator[str]:
    """Every address of the pages that takes a form."""
    values = {"channel": "email", "method": "text", "key": "made-up"}
    with sandbox.app.test_request_context():
        adapter = sandbox.app.url_map.bind("127.0.0.1")
        for rule in sandbox.app.url_map.iter_rules():
            if rule.endpoint.startswith("account.") and "POST" in (rule.methods or ()):
                yield adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments}, method="POST")


def _pages(sandbox: Sandbox) -> Iterator[str]:
    values = {"channel": "email", "method": "text", "key": "made-up"}
    adapter = sandbox.app.url_map.bind("127.0.0.1")
    for rule in sandbox.app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in {"account", "mailbox"} and "GET" in (rule.methods or ()):
            yield adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments}, method="GET")


def test_no_form_is_taken_without_the_secret_of_this_browser(visitor: Visitor) -> None:
    visitor.sign_in()
    stranger = Visitor(visitor.sandbox)
    stolen = stranger.form("/account/sign-in")["csrf"]
    addresses = list(_posts(visitor.sandbox))
    assert len(addresses) > 12
    for address in addresses:
        for csrf in ("", "made-up", stolen):
            assert visitor.client.post(address, data={"csrf": csrf}).status_code == 403, address
    assert visitor.get("/account").status_code == 200


def test_no_form_is_taken_from_another_site(visitor: Visitor) -> None:
    one = visitor.sandbox.sign_ins[0]
    fields = {**visitor.form("/account/sign-in"), "username": one.username, "password": one.password}
    for site in ("cross-site", "same-site"):
        answer = visitor.client.post("/account/sign-in", data=fields, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == 403
    answer = visitor.client.post("/account/sign-in", data=fields, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 303


def test_no_page_may_be_framed_kept_or_run_foreign_scripts(visitor: Visitor) -> None:
    for is_signed_in in (False, True):
        if is_signed_in:
            visitor.sign_in()
        for path in (*_pages(visitor.sandbox), "/account/nothing", "/account/devices/x/end"):
            page = visitor.get(path)
            assert page.status_code < 500, path
            assert page.headers["X-Frame-Options"] == "DENY", path
            assert page.headers["X-Content-Type-Options"] == "nosniff", path
            assert page.headers["Cache-Control"] == "no-store", path
            assert page.headers["Referrer-Policy"] == "no-referrer", path
            policy = page.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy, path
            assert "frame-ancestors 'none'" in policy, path
            assert "unsafe" not in policy, path
            assert "<script>" not in page.text, path


def test_pages_of_an_account_are_for_whoever_signed_in(visitor: Visitor) -> None:
    for path in ("/account", "/account/password", "/account/two-step/totp", "/account/contacts/email"):
        answer = visitor.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["Location"].startswith("/account/sign-in"), path


def test_a_sign_in_leads_nowhere_else(visitor: Visitor) -> None:
    one = visitor.sandbox.sign_ins[0]
    for then in ("https://elsewhere.example/", "//elsewhere.example", "account.home"):
        page = "/account/sign-in?" + urlencode({"then": then})
        answer = visitor.send(page, username=one.username, password=one.password)
        assert answer.headers["Location"] == "/account"
        visitor.send("/account/sign-out", "/account")
    answer = visitor.send("/account/sign-in?then=password", username=one.username, password=one.password)
    assert answer.headers["Location"] == "/account/password"


def test_a_cookie_planted_before_the_sign_in_is_worth_nothing_after_it(visitor: Visitor) -> None:
    visitor.client.set_cookie("portal_session", "planted", path="/account")
    answer = visitor.sign_in()
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]
    assert visitor.get("/account").status_code == 200
    thief = Visitor(visitor.sandbox)
    thief.client.set_cookie("portal_session", "planted", path="/account")
    assert thief.get("/account").status_code == 303


def test_signing_in_again_ends_the_session_before(visitor: Visitor) -> None:
    visitor.sign_in()
    kept = visitor.client.get_cookie("portal_session", path="/account")
    visitor.send("/account/sign-out", "/account")
    assert kept
    thief = Visitor(visitor.sandbox)
    thief.client.set_cookie("portal_session", kept.value, path="/account")
    assert thief.get("/account").status_code == 303


def test_guessing_a_password_is_stopped_and_tells_nobody_who_exists(visitor: Visitor) -> None:
    texts = set()
    for username in ("patient-1", "nobody"):
        page = visitor.send("/account/sign-in", username=username, password="wrong")
        assert page.status_code == 401
        texts.add(re.sub(r'value="[^"]*"', "", page.text))
        for _ in range(9):
            visitor.send("/account/sign-in", username=username, password="wrong")
        page = visitor.send("/account/sign-in", username=username, password="wrong")
        assert page.status_code == 429
        assert int(page.headers["Retry-After"]) > 0
    assert len(texts) == 1


def test_guessing_a_second_step_ends_the_sign_in(visitor: Visitor) -> None:
    visitor.two_steps()
    assert visitor.sign_in().headers["Location"] == "/account/second-step"
    right = visitor.code("sign in")
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(4):
        assert visitor.send("/account/second-step", method="text", code=wrong).status_code == 400
    assert (
        visitor.send("/account/second-step", method="text", code=wrong)
        .headers["Location"]
        .startswith("/account/sign-in")
    )
    assert visitor.get("/account/second-step").status_code == 303
    assert visitor.get("/account").status_code == 303


def test_a_second_step_can_be_chosen_and_sent_again(visitor: Visitor) -> None:
    visitor.two_steps()
    visitor.sign_in()
    first = visitor.code("sign in")
    answer = visitor.send("/account/second-step", other="text")
    assert answer.headers["Location"] == "/account/second-step?method=text"
    second = visitor.code("sign in")
    assert visitor.send("/account/second-step", method="text", code="").status_code == 400
    if first != second:
        assert visitor.send("/account/second-step", method="text", code=first).status_code == 400
    assert visitor.send("/account/second-step", method="text", code=second).headers["Location"] == "/account"
    assert visitor.get("/account").status_code == 200


def _authorize(visitor: Visitor) -> TestResponse:
    query = {
        "response_type": "code",
        "client_id": "portal-terminal",
        "redirect_uri": "http://127.0.0.1:5555/back",
        "scope": "launch/patient patient/*.rs",
        "state": "s" * 22,
        "aud": visitor.sandbox.base_url,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return visitor.get("/auth/authorize?" + urlencode(query))


def _posted(visitor: Visitor, page: TestResponse, **fields: str) -> TestResponse:
    action = re.search(r'<form method="post" action="([^"]+)"', page.text)
    assert action, page.text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    return visitor.client.post(action[1], data={**hidden, **fields}, follow_redirects=True)


def test_an_app_gets_nothing_before_the_second_step(visitor: Visitor) -> None:
    visitor.two_steps()
    one = visitor.sandbox.sign_ins[0]
    step = _posted(visitor, _authorize(visitor), username=one.username, password=one.password)
    assert "One more step" in step.text
    request = re.search(r'name="request" value="([^"]+)"', step.text)
    assert request
    assert visitor.get(f"/auth/consent?request={request[1]}").status_code == 400
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', step.text))
    early = visitor.client.post("/auth/consent", data={**hidden, "decision": "allow", "group": "see"})
    assert early.status_code == 400
    assert _posted(visitor, step, csrf="made-up", code=visitor.code("sign in")).status_code == 403
    assert "Allow access?" in _posted(visitor, step, code=visitor.code("sign in")).text


def test_a_second_step_counts_for_its_own_sign_in_only(visitor: Visitor) -> None:
    visitor.two_steps()
    one = visitor.sandbox.sign_ins[0]
    first = _posted(visitor, _authorize(visitor), username=one.username, password=one.password)
    code = visitor.code("sign in")
    visitor.sandbox.portal.clock.advance(1)
    other = Visitor(visitor.sandbox)
    second = _posted(other, _authorize(other), username=one.username, password=one.password)
    if visitor.code("sign in") != code:
        assert _posted(other, second, code=code).status_code == 400
    assert "Allow access?" in _posted(visitor, first, code=code).text


def test_an_app_whose_second_step_was_guessed_starts_again(visitor: Visitor) -> None:
    visitor.two_steps()
    one = visitor.sandbox.sign_ins[0]
    page = _posted(visitor, _authorize(visitor), username=one.username, password=one.password)
    wrong = "000000" if visitor.code("sign in") != "000000" else "111111"
    for _ in range(5):
        page = _posted(visitor, page, code=wrong)
    assert "Sign in again" in page.text
    assert 'name="password"' in page.text


def test_a_reset_link_counts_once_and_signs_everybody_out(visitor: Visitor) -> None:
    visitor.sign_in()
    other = Visitor(visitor.sandbox)
    other.send("/account/password/forgot", login="ada@example.org")
    (letter,) = (
        one.letter
        for one in visitor.sandbox.portal.account_service.mailbox.messages()
        if "Choose" in one.letter.subject
    )
    link = letter.link.removeprefix(visitor.sandbox.base_url.removesuffix("/fhir"))
    answer = other.get(link)
    assert answer.headers["Location"] == "/account/password/reset"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert other.send("/account/password/reset", password="ada long").status_code == 400
    assert other.send("/account/password/reset", password=GOOD).status_code == 303
    assert visitor.get("/account").status_code == 303
    other.get(link)
    assert "has ended or was used already" in other.get("/account/password/reset").text
    again = other.send("/account/password/reset", "/account/sign-in", password="another of these long ones")
    assert again.status_code == 400


def test_a_reset_link_ends_after_half_an_hour(visitor: Visitor) -> None:
    visitor.send("/account/password/forgot", login="patient-1")
    link = visitor.sandbox.portal.account_service.mailbox.messages()[0].letter.link
    visitor.get(link.removeprefix(visitor.sandbox.base_url.removesuffix("/fhir")))
    assert visitor.get("/account/password/reset").status_code == 200
    visitor.sandbox.portal.clock.advance(1801)
    assert visitor.get("/account/password/reset").status_code == 400


def test_nobody_learns_from_the_pages_who_has_an_account(visitor: Visitor) -> None:
    told = set()
    for login in ("ada@example.org", "nobody@example.org"):
        answer = visitor.send("/account/password/forgot", login=login)
        told.add((answer.status_code, answer.headers["Location"]))
    for email in ("ada@example.org", "nobody@example.org"):
        answer = visitor.send("/account/username/recover", email=email, birth_date="1970-02-03")
        told.add((answer.status_code, answer.headers["Location"]))
    assert len(told) == 2


def _signed_up(visitor: Visitor, **changes: str) -> TestResponse:
    assert visitor.send("/account/register", **{**PERSON, **changes}).status_code == 303
    mailbox = visitor.sandbox.portal.account_service.mailbox.messages()
    codes = {one.letter.kind: one.letter.body[:6] for one in mailbox[:2]}
    visitor.send("/account/verify", channel="email", email_code=codes["email"])
    return visitor.send("/account/verify", channel="phone", phone_code=codes["text"])


def test_a_taken_username_is_told_once_both_contacts_are_proven(visitor: Visitor) -> None:
    page = _signed_up(visitor, username="patient-1")
    assert page.status_code == 409
    assert "Choose another" in page.text
    assert visitor.send("/account/verify", channel="email", username="patient-2").status_code == 409
    assert visitor.send("/account/verify", channel="email", username="r.ashdown").status_code == 303
    assert visitor.send("/account/sign-in", username="r.ashdown", password=GOOD).headers["Location"] == "/account"


def test_what_was_typed_is_kept_except_passwords(visitor: Visitor) -> None:
    page = visitor.send("/account/register", **{**PERSON, "email": 'no "address" <b>'})
    assert page.status_code == 400
    assert 'value="Rosalind"' in page.text
    assert "no &#34;address&#34; &lt;b&gt;" in page.text
    assert GOOD not in page.text
    assert 'href="#email"' in page.text
    assert 'aria-invalid="true"' in page.text


def test_hostile_names_are_only_text_on_every_page(visitor: Visitor) -> None:
    _signed_up(visitor, given="<script>alert(1)</script>")
    visitor.send("/account/sign-in", username="r.ashdown", password=GOOD)
    for path in ("/account", "/mailbox"):
        assert "<script>alert" not in visitor.get(path).text
    assert "&lt;script&gt;" in visitor.get("/account").text


def test_nobody_ends_the_access_of_another(visitor: Visitor) -> None:
    visitor.sign_in(0)
    other = Visitor(visitor.sandbox)
    other.sign_in(1)
    (device,) = visitor.sandbox.portal.account_service.devices.of("patient-1")
    other.send(f"/account/devices/{device.id}/end", "/account")
    assert visitor.get("/account").status_code == 200
    visitor.send(f"/account/devices/{device.id}/end", "/account")
    assert visitor.get("/account").status_code == 303


def test_changing_the_password_keeps_this_browser_and_ends_the_others(visitor: Visitor) -> None:
    other, one = Visitor(visitor.sandbox), visitor.sandbox.sign_ins[0]
    visitor.sign_in()
    other.sign_in()
    assert visitor.send("/account/password", current="wrong", new=GOOD).status_code == 403
    assert visitor.send("/account/password", current=one.password, new="short").status_code == 400
    assert visitor.send("/account/password", current=one.password, new=GOOD).status_code == 303
    assert visitor.get("/account").status_code == 200
    assert other.get("/account").status_code == 303


def test_a_contact_changes_once_its_code_came_back(visitor: Visitor) -> None:
    visitor.sign_in()
    one = visitor.sandbox.sign_ins[0]
    sent = visitor.send("/account/contacts/email", value="new@example.org", password=one.password)
    assert sent.headers["Location"] == "/account/contacts/email/code"
    assert "new@example.org" not in visitor.get("/account").text
    visitor.send("/account/contacts/email/code", code=visitor.code("confirm this address"))
    assert "new@example.org" in visitor.get("/account").text


def test_a_second_step_is_switched_off_with_the_password(visitor: Visitor) -> None:
    visitor.two_steps()
    visitor.sign_in()
    visitor.send("/account/second-step", method="text", code=visitor.code("sign in"))
    assert visitor.send("/account/two-step/text/off", password="wrong").status_code == 403
    one = visitor.sandbox.sign_ins[0]
    made = visitor.send("/account/recovery-codes", password=one.password)
    assert "Your recovery codes" in visitor.get(made.headers["Location"]).text
    assert visitor.get(made.headers["Location"]).status_code == 303
    assert visitor.send("/account/two-step/text/off", password=one.password).status_code == 303
    assert "A stolen password is enough" in visitor.get("/account").text


def test_notifications_are_kept_as_chosen(visitor: Visitor) -> None:
    visitor.sign_in()
    visitor.client.post(
        "/account/notifications",
        data={**visitor.form("/account"), "email": ["results"], "text": ["refills", "messages"]},
    )
    page = visitor.get("/account").text
    chosen = re.findall(r'name="(\w+)" value="(\w+)" aria-label="[^"]+" checked', page)
    assert sorted(chosen) == [("email", "results"), ("text", "messages"), ("text", "refills")]


def test_password_managers_find_where_to_change_a_password(visitor: Visitor) -> None:
    answer = visitor.get("/.well-known/change-password")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/account/password"


def test_the_pages_that_are_advertised_are_there(visitor: Visitor) -> None:
    smart = visitor.get("/fhir/.well-known/smart-configuration").json or {}
    assert len(smart["account_pages"]) == 6
    for name, address in smart["account_pages"].items():
        path = address.removeprefix(visitor.sandbox.base_url.removesuffix("/fhir"))
        answer = visitor.client.get(path, follow_redirects=True)
        assert answer.status_code == 200, name
        assert "<h1>" in answer.text, name


def test_an_address_that_got_an_account_meanwhile_is_told_above_the_codes(visitor: Visitor) -> None:
    first, second = visitor, Visitor(visitor.sandbox)
    for somebody, username in ((first, "r.ashdown"), (second, "other.name")):
        assert somebody.send("/account/register", **{**PERSON, "username": username}).status_code == 303
    sent = [one.letter for one in visitor.sandbox.portal.account_service.mailbox.messages()]
    emails = [one.body[:6] for one in sent if one.kind == "email"]
    texts = [one.body[:6] for one in sent if one.kind == "text"]
    for somebody, email, text in ((first, emails[1], texts[1]), (second, emails[0], texts[0])):
        somebody.send("/account/verify", channel="email", email_code=email)
        page = somebody.send("/account/verify", channel="phone", phone_code=text)
    assert page.status_code == 400
    assert "has an account by now" in page.text


def test_a_sign_up_that_was_never_begun_begins_at_its_form(visitor: Visitor) -> None:
    assert visitor.get("/account/verify").headers["Location"] == "/account/register"


def test_every_field_says_what_is_missing(visitor: Visitor) -> None:
    page = visitor.send("/account/register")
    for name in ("given", "family", "birth_date", "email", "phone", "username", "password", "terms_version"):
        assert f'href="#{name}"' in page.text
        assert f'id="{name}"' in page.text
    assert "<title>Error: " in page.text
    assert visitor.send("/account/password/forgot", login=" ").status_code == 400
    assert visitor.send("/account/username/recover", email="x", birth_date="").status_code == 400


def test_codes_are_sent_again_but_not_without_end(visitor: Visitor) -> None:
    visitor.send("/account/register", **PERSON)
    answers = [visitor.send("/account/verify", channel="email", again="1") for _ in range(6)]
    assert answers[0].headers["Location"] == "/account/verify?notice=sent"
    assert answers[-1].status_code == 429
    assert "Too many attempts" in answers[-1].text


def test_a_second_step_for_a_password_that_is_another_by_now_opens_nothing(visitor: Visitor) -> None:
    visitor.two_steps()
    one, app = visitor.sandbox.sign_ins[0], Visitor(visitor.sandbox)
    visitor.sign_in()
    code = visitor.code("sign in")
    step = _posted(app, _authorize(app), username=one.username, password=one.password)
    other = visitor.code("sign in")
    visitor.sandbox.portal.clock.advance(1)
    visitor.sandbox.portal.accounts.set_password(one.username, GOOD)
    answer = visitor.send("/account/second-step", method="text", code=code)
    assert answer.headers["Location"].startswith("/account/sign-in")
    assert visitor.get("/account").status_code == 303
    assert _posted(app, step, code=other).status_code == 400
    request = re.search(r'name="request" value="([^"]+)"', step.text)
    assert request
    assert app.get(f"/auth/consent?request={request[1]}").status_code == 400
