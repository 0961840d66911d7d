"""The main job as it is written down: sign in, sync, look at results, ask for a refill, take records out."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.e2e.conftest import Home, Portal

_CLINIC_SECONDS = 30


def refill_of(home: Home, name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = home.json("refills", "list")
    newest = [item for item in found if name in item["medication"].lower()]
    assert newest, found
    return newest[0]


def wait_for_the_clinic(home: Home, name: str) -> str:
    """Sync until the newest request for a medicine is no longer just requested; returns its state."""
    until = time.monotonic() + _CLINIC_SECONDS
    while time.monotonic() < until:
        home.ok("sync")
        if (state := str(refill_of(home, name)["status"])) != "requested":
            return state
        time.sleep(0.5)
    raise AssertionError("the clinic never acted")


def test_sign_in_sync_labs_refill_and_export_with_a_password(home: Home, portal: Portal) -> None:
    portal.login(home)
    home.ok("sync")
    labs = home.json("labs")
    assert len(labs) > 50
    assert {"name", "value", "unit", "date", "flag"} <= labs[0].keys()
    home.ok("refill", "lisinopril", "--yes")
    assert refill_of(home, "lisinopril")["status"] == "requested"
    assert wait_for_the_clinic(home, "lisinopril") in {"received", "accepted", "in-progress", "completed"}
    home.ok("export", "--format", "csv", "--output", "out/")
    files = {path.name: path for path in (home.folder / "work" / "out").iterdir()}
    assert {"lab.csv", "medication.csv", "appointment.csv", "message.csv"} <= files.keys()
    with files["lab.csv"].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(labs)
    assert all(path.stat().st_mode & 0o077 == 0 for path in files.values())


def test_a_second_sync_changes_nothing_and_says_so(home: Home, portal: Portal) -> None:
    portal.login(home, 1)
    first = json.loads(home.ok("sync", "--json"))
    second = json.loads(home.ok("sync", "--json"))
    assert first["changed"] > 0
    assert second["changed"] == 0


class Form(HTMLParser):
    """The first form of a page: where it goes, and what a browser would send with it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: list[tuple[str, str]] = []
        self.buttons: list[tuple[str, str, str]] = []
        self._button: list[str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form" and self.action is None:
            self.action = found.get("action", "")
        elif tag == "input" and found.get("name"):
            if found.get("type") in {"checkbox", "radio"} and "checked" not in found:
                return
            if found.get("type") != "submit":
                self.fields.append((found["name"], found.get("value", "on")))
        elif tag == "button":
            self.buttons.append((found.get("name", ""), found.get("value", ""), ""))
            self._button = []

    def handle_data(self, data: str) -> None:
        if self._button is not None:
            self._button.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "button" and self._button is not None:
            name, value, _ = self.buttons[-1]
            self.buttons[-1] = (name, value, "".join(self._button).strip())
            self._button = None


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Stops at the redirect that leads back to the program."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if "code=" in newurl:
            raise StopIteration(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def walk_the_pages(url: str, username: str, password: str) -> str:
    """Sign in and consent as a browser without scripts would; returns the address it is sent to in the end."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()), NoRedirect())
    answer = browser.open(url, timeout=20)
    for _ in range(4):
        form = Form(answer.read().decode())
        fields = [
            (name, username if name == "username" else password if name == "password" else value)
            for name, value in form.fields
        ]
        allow = [(name, value) for name, value, words in form.buttons if name and words.lower().startswith("allow")]
        target = urllib.parse.urljoin(answer.geturl(), form.action)
        try:
            answer = browser.open(target, urllib.parse.urlencode(fields + allow).encode(), timeout=20)
        except StopIteration as redirected:
            return str(redirected.value)
    raise AssertionError("the pages never came to an end")


def test_sign_in_without_a_browser_walked_by_a_stranger_s_client(home: Home, portal: Portal) -> None:
    person = portal.sign_ins[0]
    with subprocess.Popen(
        [sys.executable, "-m", "portal_cli", "login", portal.url, "--no-browser"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=home.environment,
        cwd=home.folder / "work",
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        lines = iter(process.stderr.readline, "")
        url = next(line.strip() for line in lines if line.startswith("http"))
        process.stdin.write(walk_the_pages(url, person["username"], person["password"]) + "\n")
        process.stdin.close()
        process.stdin = None
        process.stderr.read()
        assert process.wait(timeout=30) == 0
    home.ok("sync")
    assert home.json("medications")
    assert home.json("status")["portals"][0]["patient"] == person["patient"]
