from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from typing import TYPE_CHECKING

import pexpect
import pytest

from tests.support.hostile import ScriptedPortal
from tests.support.wire import Answer

if TYPE_CHECKING:
    from pathlib import Path

    from portal_cli.sandbox.server import Sandbox
    from tests.portal_cli.conftest import Home, Said


def login(home: Home, sandbox: Sandbox, *more: str, password: str | None = None) -> Said:
    account = sandbox.sign_ins[0]
    typed = (password or account.password) + "\n"
    return home.run("login", sandbox.base_url, "--username", account.username, "--password-stdin", *more, typed=typed)


def test_a_password_on_stdin_signs_in_makes_the_vault_and_says_who_is_where(home: Home, sandbox: Sandbox) -> None:
    said = login(home, sandbox, "--name", "home")
    assert (said.code, said.out) == (0, "")
    assert f"Signed in to home as {sandbox.sign_ins[0].name}." in said.err
    assert said.err.endswith("Next: portal sync\n")
    assert (home.vault / "vault.db").exists()


def test_json_prints_the_connection(home: Home, sandbox: Sandbox) -> None:
    said = login(home, sandbox, "--json")
    assert said.json["url"] == sandbox.base_url
    assert said.json["patient"] == sandbox.sign_ins[0].patient
    assert said.json["is_signed_in"] is True


def test_a_wrong_password_asks_to_sign_in_again_and_makes_no_vault(home: Home, sandbox: Sandbox) -> None:
    said = login(home, sandbox, password="not this one")
    assert said.code == 4
    assert "password" in said.err
    assert not home.vault.exists()


def test_an_address_pasted_on_stdin_signs_in_by_a_process_that_follows_the_printed_line(home: Home) -> None:
    with ScriptedPortal() as portal:
        process = subprocess.Popen(
            [sys.executable, "-m", "portal_cli", "login", portal.base_url, "--no-browser"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=home.environment(),
            start_new_session=True,
        )
        assert process.stderr is not None
        url = next(line.strip() for line in process.stderr if line.startswith("http"))
        out, err = process.communicate(input=redirect_of(url) + "\n", timeout=60)
    assert (process.returncode, out) == (0, "")
    assert "Signed in to" in err


def test_the_browser_way_waits_for_the_redirect(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def visit(url: str) -> bool:
        threading.Thread(target=lambda: urllib.request.urlopen(url, timeout=10).close()).start()
        return True

    monkeypatch.setattr("webbrowser.open", visit)
    with ScriptedPortal() as portal:
        said = home.run("login", portal.base_url)
    assert said.code == 0
    assert any(line.startswith(portal.origin) for line in said.err.splitlines())


@pytest.mark.parametrize(("command", "way"), [("login", ()), ("login", ("--device",)), ("people add", ())])
def test_without_input_no_sign_in_is_begun_that_a_person_has_to_finish(
    command: str, way: tuple[str, ...], filled: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    visited: list[str] = []
    monkeypatch.setattr("webbrowser.open", visited.append)
    said = filled.run("--no-input", *command.split(), *way)
    assert (said.code, visited) == (2, [])
    assert "nobody is asked\n  → Leave `--no-input` out; or add `--username NAME --password-stdin`" in said.err


def test_without_input_the_address_may_still_come_from_stdin(home: Home) -> None:
    with ScriptedPortal() as portal:
        said = home.run("login", portal.base_url, "--no-browser", "--no-input")
    assert (said.code, "is missing on stdin" in said.err) == (2, True)


@pytest.mark.parametrize("way", [("--username", "u", "--second-step", "pigeon"), ("--second-step", "totp")])
def test_a_second_step_is_one_that_there_is_and_goes_with_a_password(home: Home, way: tuple[str, ...]) -> None:
    said = home.run("login", "https://portal.example/fhir", *way)
    assert (said.code, "→ See `portal login --help`." in said.err) == (2, True)
    assert not home.vault.exists()


def test_no_pasted_address_is_a_usage_error(home: Home, sandbox: Sandbox) -> None:
    assert home.run("login", sandbox.base_url, "--no-browser").code == 2
    assert not home.vault.exists()


def test_an_answer_that_belongs_to_no_sign_in_is_refused(home: Home, sandbox: Sandbox) -> None:
    said = home.run("login", sandbox.base_url, "--no-browser", typed="http://127.0.0.1:8765/callback?code=1&state=2\n")
    assert said.code == 4
    assert not home.vault.exists()


def test_a_portal_without_passwords_says_to_leave_the_user_name_out(home: Home) -> None:
    with ScriptedPortal() as portal:
        portal.smart["authorization_challenge_endpoint"] = None
        said = home.run("login", portal.base_url, "--username", "u", "--password-stdin", "--json", typed="p\n")
    assert said.code == 7
    assert "Leave `--username` out" in said.error["hint"]
    assert not home.vault.exists()


def test_a_portal_that_is_down_is_a_network_error(home: Home) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        said = home.run("login", f"http://127.0.0.1:{unused.getsockname()[1]}/fhir", "--no-browser")
    assert said.code == 5
    assert "could not be reached" in said.err
    assert not home.vault.exists()


@pytest.mark.parametrize(
    "answer",
    [Answer(500, b"<html>sorry</html>"), Answer(200, b"\x00\xff garbage"), Answer(200, b"[]"), Answer(200, b"{}")],
    ids=["500", "garbage", "a list", "an empty object"],
)
def test_an_answer_that_cannot_be_used_is_a_network_error(home: Home, answer: Answer) -> None:
    with ScriptedPortal() as portal:
        portal.behaviours["/fhir/.well-known/smart-configuration"] = answer
        said = home.run("login", portal.base_url, "--no-browser")
    assert said.code == 5
    assert len(said.err.splitlines()) == 2
    assert not home.vault.exists()


def test_an_address_that_is_not_encrypted_is_refused(home: Home) -> None:
    assert home.run("login", "http://portal.example/fhir", "--no-browser").code == 2


def test_without_a_vault_and_without_a_portal_the_address_is_asked_for(home: Home) -> None:
    said = home.run("login")
    assert said.code == 2
    assert "portal login https://" in said.err


def test_a_first_sign_in_without_a_passphrase_and_a_terminal_makes_nothing(home: Home, sandbox: Sandbox) -> None:
    said = home.process("login", sandbox.base_url, "--no-browser", locked=True, typed="a passphrase?\n")
    assert said.code == 10
    assert not home.vault.exists()


@pytest.mark.parametrize(
    "options",
    [
        ["--password-stdin"],
        ["--username", "u", "--no-browser"],
        ["--device", "--no-browser"],
        ["--device", "--username", "u"],
        ["--scope", "patient/*.rs", "--scopes", "minimal"],
        ["--scopes", "all"],
    ],
)
def test_options_that_do_not_go_together_are_refused(home: Home, options: list[str]) -> None:
    assert home.run("login", "http://127.0.0.1:1/fhir", *options).code == 2


def test_signing_out_keeps_the_records_unless_they_are_to_be_erased(home: Home, sandbox: Sandbox) -> None:
    login(home, sandbox)
    home.run("sync")
    assert home.run("logout").code == 0
    assert len(home.run("labs", "--json").json) > 0
    assert home.run("sync").code == 4
    assert home.run("logout", "--erase").code == 16
    assert home.run("logout", "--erase", "--yes").code == 0
    assert home.run("labs", "--json").json == []


def test_signing_out_of_all_names_each_and_where_applications_are_managed(home: Home) -> None:
    with ScriptedPortal() as portal:
        portal.smart["management_endpoint"] = "https://portal.example/apps"
        home.sign_in(portal.base_url)
        assert home.run("logout", "--all", "one").code == 2
        assert home.run("logout", "--all", "--erase").code == 16
        said = home.run("logout", "--all")
    assert said.code == 0
    assert "Applications that may still use your record: https://portal.example/apps" in said.err


def test_a_fixed_port_that_is_taken_is_told_with_a_way_out(home: Home) -> None:
    home.make_vault()
    with ScriptedPortal() as portal, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = home.run("login", portal.base_url, "--redirect-uri", f"http://127.0.0.1:{port}/callback")
    assert said.code == 2
    assert f"port {port} on this machine is taken" in said.err
    assert "`--no-browser`" in said.err


def test_waiting_for_another_device_is_given_up_with_an_interrupt(home: Home) -> None:
    home.make_vault()
    with ScriptedPortal() as portal:
        portal.smart["device_authorization_endpoint"] = f"{portal.origin}/auth/device"
        body = {"device_code": "d", "user_code": "A\x1b[2J-B", "verification_uri": "https://portal.example/go"}
        portal.behaviours["/auth/device"] = Answer(200, json.dumps(body).encode())
        process = subprocess.Popen(
            [sys.executable, "-m", "portal_cli", "login", portal.base_url, "--device"],
            stderr=subprocess.PIPE,
            text=True,
            env=home.environment(),
            start_new_session=True,
        )
        assert process.stderr is not None
        talk = [next(iter(process.stderr)) for _ in range(4)]
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 130
    assert "\x1b" not in "".join(talk)
    assert "https://portal.example/go\n" in talk


def redirect_of(url: str) -> str:
    class Stop(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    try:
        urllib.request.build_opener(Stop).open(url, timeout=10)
    except urllib.error.HTTPError as answer:
        return str(answer.headers["Location"])
    raise AssertionError("the sign-in page did not redirect")


def test_the_passphrase_file_is_the_only_place_where_the_passphrase_rests(home: Home, sandbox: Sandbox) -> None:
    login(home, sandbox)
    secret = home.passphrase_file.read_text().strip().encode()
    written: list[Path] = [path for path in home.folder.rglob("*") if path.is_file() and path != home.passphrase_file]
    assert written
    assert not [path for path in written if secret in path.read_bytes()]
    assert json.loads((home.vault / "vault.json").read_text())["format"] == 1


def test_on_a_terminal_a_new_passphrase_is_typed_twice_and_never_read_from_a_pipe(home: Home, sandbox: Sandbox) -> None:
    account = sandbox.sign_ins[0]
    program = f"{sys.executable} -m portal_cli login {sandbox.base_url} --username {account.username} --password-stdin"
    child = pexpect.spawn(
        "/bin/sh",
        ["-c", f"echo {account.password} | {program}"],
        env={**home.environment(locked=True), "TERM": "dumb"},
        encoding="utf-8",
        timeout=30,
    )
    for typed in (
        "purple llama wants soup",
        "purple llama wants tea",
        "purple llama wants soup",
        "purple llama wants soup",
    ):
        child.expect("New passphrase: |The same again: ")
        child.sendline(typed)
    child.expect("Next: portal sync")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    home.passphrase_file.write_text("purple llama wants soup\n")
    assert home.run("status").code == 0


def test_on_a_terminal_the_passphrase_is_asked_for_and_not_shown(home: Home) -> None:
    with ScriptedPortal() as portal:
        home.sign_in(portal.base_url)
    secret = home.passphrase_file.read_text().strip()
    for typed, code in ((secret, 0), ("wrong", 12), ("", 10)):
        child = pexpect.spawn(
            sys.executable,
            ["-m", "portal_cli", "status"],
            env={**home.environment(locked=True), "TERM": "dumb"},
            encoding="utf-8",
            timeout=30,
        )
        child.expect("Passphrase of the vault: ")
        child.sendline(typed)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == code
        assert not typed or typed not in (child.before or "")
