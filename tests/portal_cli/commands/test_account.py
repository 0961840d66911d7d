"""Accounts from the terminal: signing up, getting back in, settings, and portals that have only pages for it."""

from __future__ import annotations

import re
import stat
import sys
import time
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pexpect
import pytest

from portal_cli.sandbox.server import Sandbox, SandboxOptions
from tests.support.hostile import ScriptedPortal
from tests.support.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.portal_cli.conftest import Home, Said

PASSWORD, NEW = "wrestling-otter-violin-42", "banjo-mosaic-lantern-77"
DETAILS = ("--given", "Ada", "--family", "Example", "--birth-date", "1980-02-29", "--phone", "+15550100199")


@pytest.fixture
def practice() -> Iterator[Sandbox]:
    with Sandbox(SandboxOptions(clinic_delay=3600, patients=1, resources=20)) as running:
        yield running


def code(practice: Sandbox, kind: str) -> str:
    """The code of the newest message of a kind that has one."""
    sent = practice.portal.account_service.mailbox.messages()
    found = (re.search(r"\b\d{6}\b", one.letter.body) for one in sent if one.letter.kind == kind)
    return next(match[0] for match in found if match)


def link_code(practice: Sandbox) -> str:
    """What the newest link has in it."""
    sent = practice.portal.account_service.mailbox.messages()
    return re.split(r"[=/]", next(one.letter.link for one in sent if one.letter.link))[-1]


def register(home: Home, practice: Sandbox, *more: str, name: str = "ada") -> Said:
    fixed = ("--email", f"{name}@example.org", "--username", f"{name}.example", "--password-stdin")
    arguments = ("register", practice.base_url, *DETAILS, *fixed, *(more or ("--accept-terms", "--yes")))
    return home.run(*arguments, typed=f"{PASSWORD}\n")


def with_account(home: Home, practice: Sandbox) -> None:
    assert register(home, practice).code == 0
    assert home.run("verify", "--channel", "email", "--code", code(practice, "email")).code == 0
    assert home.run("verify", "--channel", "phone", "--code", code(practice, "text")).code == 0
    assert login(home, practice, PASSWORD).code == 0


def login(home: Home, practice: Sandbox, *lines: str, more: tuple[str, ...] = ()) -> Said:
    typed = "".join(f"{line}\n" for line in lines)
    return home.run("login", practice.base_url, "--username", "ada.example", "--password-stdin", *more, typed=typed)


def test_signing_up_ends_with_an_account_that_one_can_sign_in_with(home: Home, practice: Sandbox) -> None:
    said = register(home, practice)
    assert (said.code, said.out) == (0, "")
    assert said.err.endswith("Next: portal verify\n")
    remembered = home.folder / "registration.json"
    assert stat.S_IMODE(remembered.stat().st_mode) == 0o600
    assert not re.search(r"ada|example\.org|1980|otter", remembered.read_text(), re.IGNORECASE)

    half = home.run("verify", "--channel", "email", "--code", code(practice, "email"), "--json")
    assert half.json == {"verified": ["email"], "pending": ["phone"], "is_complete": False, "username": ""}
    whole = home.run("verify", "--channel", "phone", "--code", code(practice, "text"), "--json")
    assert (whole.json["is_complete"], whole.json["username"]) == (True, "ada.example")
    assert f"Next: portal login {practice.base_url}" in whole.err
    assert not remembered.exists()
    assert "as Ada Example" in login(home, practice, PASSWORD).err


def test_a_wrong_code_says_how_often_it_may_be_tried_and_another_one_can_be_had(home: Home, practice: Sandbox) -> None:
    register(home, practice)
    right = code(practice, "email")
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    said = home.run("verify", "--channel", "email", "--code", wrong)
    assert said.code == 8
    assert "4 more times" in said.err
    assert home.run("verify", "--channel", "email", "--resend").code == 0
    assert home.run("verify", "--channel", "email", "--code", code(practice, "email")).code == 0


def test_a_user_name_that_is_taken_is_told_after_the_contacts_are_proven_and_replaced(
    home: Home, practice: Sandbox
) -> None:
    with_account(home, practice)
    fixed = ("--email", "other@example.org", "--username", "ada.example", "--password-stdin", "--accept-terms", "--yes")
    assert home.run("register", practice.base_url, *DETAILS, *fixed, typed=f"{PASSWORD}\n").code == 0
    assert home.run("verify", "--channel", "email", "--code", code(practice, "email")).code == 0
    text = code(practice, "text")
    said = home.run("verify", "--channel", "phone", "--code", text)
    assert said.code == 8
    assert "portal verify --username" in said.err
    again = home.run("verify", "--channel", "phone", "--code", text, "--username", "ada.second", "--json")
    assert again.json["username"] == "ada.second"


def test_nothing_is_sent_without_a_yes_the_terms_or_in_a_dry_run(home: Home, practice: Sandbox) -> None:
    refused = [register(home, practice, "--yes"), register(home, practice, "--accept-terms")]
    assert [said.code for said in refused] == [16, 16]
    shown = register(home, practice, "--dry-run")
    assert (shown.code, shown.json["email"]) == (0, "ada@example.org")
    assert "password" not in shown.json
    assert practice.portal.account_service.mailbox.messages() == []


def test_what_is_missing_is_named_with_its_option(home: Home, practice: Sandbox) -> None:
    said = home.run("register", practice.base_url, "--given", "Ada", "--password-stdin", typed=f"{PASSWORD}\n")
    assert said.code == 2
    assert "--family" in said.err


def test_a_password_that_is_too_weak_is_refused_with_the_portals_reasons(home: Home, practice: Sandbox) -> None:
    arguments = ("--email", "a@example.org", "--username", "ada.example", "--password-stdin", "--accept-terms", "--yes")
    said = home.run("register", practice.base_url, *DETAILS, *arguments, typed="short\n")
    assert said.code == 8
    assert "  - password: " in said.err


def test_the_account_is_shown_and_its_devices_and_notifications_are_minded(home: Home, practice: Sandbox) -> None:
    with_account(home, practice)
    shown = home.run("account", "show", "--json").json
    assert (shown["username"], shown["email"]) == ("ada.example", {"value": "ada@example.org", "is_verified": True})
    assert "User name:           ada.example" in home.run("account", "show").out
    assert home.run("account", "notifications", "--on", "text:results", "--off", "email:refills", "--json").json == {
        "email": {"appointments": True, "messages": True, "results": True, "refills": False},
        "text": {"appointments": False, "messages": False, "results": True, "refills": False},
    }
    assert home.run("account", "notifications", "--on", "fax:results").code == 2
    switched = home.run("reminders", "portal", "--on", "text:appointments", "--json").json
    assert switched["text"] == {"appointments": True, "messages": False, "results": True, "refills": False}
    assert "text:appointments   on" in home.run("reminders", "portal").out
    assert "`portal reminders portal`" in home.run("reminders").err
    (device,) = home.run("account", "devices", "--json").json
    assert device["is_current"]
    assert home.run("account", "revoke", device["id"]).code == 16
    for unknown in ("nobody", "", "../x", ".."):
        said = home.run("account", "revoke", unknown, "--yes")
        assert (said.code, "`portal account devices`" in said.err) == (6, True)
    assert home.run("account", "revoke", device["id"], "--yes").code == 0
    assert home.run("account", "show").code == 4


def test_people_read_the_times_of_the_account_in_their_own_zone(
    home: Home, practice: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_account(home, practice)
    (device,) = home.run("account", "devices", "--json").json
    changed = home.run("account", "show", "--json").json["password_changed"]
    try:
        with monkeypatch.context() as patch:
            patch.setenv("TZ", "Asia/Tokyo")
            time.tzset()
            shown, listed = home.run("account", "show").out, home.run("account", "devices").out
    finally:
        time.tzset()
    assert f"Password changed:    {_in_tokyo(changed)}\n" in shown
    assert _in_tokyo(device["last_used"])[:-3] in listed


def _in_tokyo(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return f"{moment.astimezone(timezone(timedelta(hours=9))):%Y-%m-%d %H:%M}"


def test_a_changed_password_is_the_one_that_counts(home: Home, practice: Sandbox) -> None:
    with_account(home, practice)
    assert home.run("password", "change", "--password-stdin", typed=f"{PASSWORD}\n{NEW}\n").code == 16
    assert home.run("password", "change", "--password-stdin", "--yes", typed=f"wrong\n{NEW}\n").code == 8
    assert home.run("password", "change", "--password-stdin", "--yes", typed=f"{PASSWORD}\n{NEW}\n").code == 0
    assert home.run("account", "show").code == 0
    assert [login(home, practice, word).code for word in (PASSWORD, NEW)] == [4, 0]
    actions = [row["action"] for row in home.run("audit", "list", "--json").json]
    assert "account-password" in actions


def test_a_forgotten_password_is_replaced_by_the_code_of_the_mail_once(home: Home, practice: Sandbox) -> None:
    with_account(home, practice)
    said = [home.run("password", "forgot", practice.base_url, "--login", name) for name in ("ada.example", "nobody")]
    assert [(one.code, one.err) for one in said] == [(0, said[0].err)] * 2
    typed = f"{link_code(practice)}\n{NEW}\n"
    assert home.run("password", "reset", practice.base_url, "--password-stdin", typed=typed).code == 0
    assert home.run("password", "reset", practice.base_url, "--password-stdin", typed=typed).code == 8
    assert home.run("account", "show").code == 4
    assert login(home, practice, NEW).code == 0


def test_a_forgotten_user_name_comes_by_mail(home: Home, practice: Sandbox) -> None:
    with_account(home, practice)
    asked = ("username", "recover", practice.base_url, "--birth-date", "1980-02-29", "--email")
    said = [home.run(*asked, name) for name in ("ada@example.org", "nobody@example.org")]
    assert [(one.code, one.err) for one in said] == [(0, said[0].err)] * 2
    assert "ada.example" in practice.portal.account_service.mailbox.messages()[0].letter.body


def test_a_second_step_is_switched_on_asked_for_and_switched_off(home: Home, practice: Sandbox) -> None:
    with_account(home, practice)
    command = [sys.executable, "-m", "portal_cli", "account", "two-step", "on", "email", "--json"]
    terminal = pexpect.spawn(command[0], command[1:], env=home.environment(), encoding="utf-8", timeout=60)
    terminal.expect("Password of the account: ")
    terminal.sendline(PASSWORD)
    terminal.expect("Code: ")
    terminal.sendline(code(practice, "email"))
    terminal.expect("recovery_codes")
    terminal.expect(pexpect.EOF)
    codes = re.findall(r"\b[A-Z2-7]{4}(?:-[A-Z2-7]{4})+\b", terminal.before or "")
    assert len(codes) == 10

    assert login(home, practice, PASSWORD).code == 4
    assert login(home, practice, PASSWORD, "ABCD-EFGH-IJKL-MNOP", more=("--second-step", "recovery")).code == 4
    assert login(home, practice, PASSWORD, "123456", more=("--second-step", "totp")).code == 4
    assert login(home, practice, PASSWORD, codes[0], more=("--second-step", "recovery")).code == 0
    assert login(home, practice, PASSWORD, codes[0], more=("--second-step", "recovery")).code == 4
    assert home.run("account", "show", "--json").json["recovery_codes_left"] == 9
    off = ("account", "two-step", "off", "email", "--password-stdin", "--yes")
    assert home.run(*off, typed=f"{PASSWORD}\n").code == 0
    assert login(home, practice, PASSWORD).code == 0


def test_at_a_terminal_the_way_is_chosen_a_wrong_code_is_said_and_another_one_can_be_had(
    home: Home, practice: Sandbox
) -> None:
    with_account(home, practice)
    service = practice.portal.account_service
    service.two_step.begin("ada.example", "email", PASSWORD)
    service.two_step.confirm("ada.example", "email", code(practice, "email"))
    arguments = ["-m", "portal_cli", "login", practice.base_url, "--username", "ada.example"]
    terminal = pexpect.spawn(sys.executable, arguments, env=home.environment(), encoding="utf-8", timeout=60)
    terminal.expect("Password of ada.example: ")
    terminal.sendline(PASSWORD)
    terminal.expect("1  a code by e-mail")
    terminal.expect("Number: ")
    terminal.sendline("1")
    terminal.expect(r"A code by e-mail: ")
    terminal.sendline("000000")
    terminal.expect("not right")
    terminal.expect(r"A code by e-mail: ")
    before = len(service.mailbox.messages())
    terminal.sendline("again")
    terminal.expect(r"A code by e-mail: ")
    until = time.monotonic() + 30
    while len(service.mailbox.messages()) == before and time.monotonic() < until:
        time.sleep(0.05)
    terminal.sendline(code(practice, "email"))
    terminal.expect("Signed in to")
    terminal.expect(pexpect.EOF)


def test_a_sign_in_for_less_than_the_account_says_to_sign_in_again(home: Home, practice: Sandbox) -> None:
    with_account(home, practice)
    assert login(home, practice, PASSWORD, more=("--scopes", "minimal")).code == 0
    said = home.run("account", "show")
    assert said.code == 4
    assert "portal login" in said.err


PAGES = {
    "account_pages": {"register": "/join", "password_forgot": "javascript:alert(1)", "account": "https://me.example/"}
}


def test_a_portal_that_has_only_pages_for_it_has_them_printed(home: Home) -> None:
    with ScriptedPortal() as portal:
        portal.smart.update(PAGES)
        joined = home.run("register", portal.base_url)
        assert (joined.code, joined.out) == (0, f"{portal.origin}/join\n")
        assert "page of its own" in joined.err
        forgot = home.run("password", "forgot", portal.base_url)
        assert (forgot.code, forgot.out) == (0, "https://me.example/\n")
        home.sign_in(portal.base_url)
        assert home.run("account", "show").out == "https://me.example/\n"


def test_a_portal_that_names_no_page_either_says_so(home: Home) -> None:
    with ScriptedPortal() as portal:
        for arguments in (("register",), ("verify",), ("password", "forgot"), ("username", "recover")):
            said = home.run(*arguments, portal.base_url)
            assert said.code == 7, arguments
            assert "does not offer" in said.err


@pytest.mark.parametrize(
    "body", [b"not JSON", b"[]", b'{"registration_fields": 7, "terms": [], "password_rules": "x"}', b"{" * 10_000]
)
def test_an_account_service_that_answers_nonsense_ends_in_one_sentence(home: Home, body: bytes) -> None:
    with ScriptedPortal() as portal:
        portal.smart["account_api_endpoint"] = f"{portal.origin}/account/api"
        for path in ("/account/api/", "/account/api/registrations", "/account/api/password-check"):
            portal.behaviours[path] = Answer(200, body)
        arguments = ("--password-stdin", "--accept-terms", "--yes", "--username", "x")
        said = home.run("register", portal.base_url, *arguments, typed=f"{PASSWORD}\n")
        assert said.code in {2, 5}
        assert len(said.err.splitlines()) <= 3


def test_an_account_service_on_another_server_is_none(home: Home) -> None:
    with ScriptedPortal() as portal, ScriptedPortal() as other:
        portal.smart["account_api_endpoint"] = f"{other.origin}/account/api"
        assert home.run("register", portal.base_url).code == 7
        home.sign_in(portal.base_url)
        assert home.run("account", "show").code == 7
        assert other.requests == []
