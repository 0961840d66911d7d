"""A whole visit in a real terminal: from an empty home to a vault and a portal that hold what was done there."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from tests.e2e.conftest import PASSPHRASE
from tests.support.onlooker import Onlooker
from tests.support.tmux import Terminal
from tests.support.visits import ask_for_a_refill, escape, fill_in, go, send, write_a_message

if TYPE_CHECKING:
    from tests.e2e.conftest import Home, Portal

MEDICINE, NOTE = "metformin", "I leave on Friday"
SUBJECT, TEXT, REASON = "A question about walking", "It hurts since Monday.", "Stairs are hard"


def typed(terminal: Terminal, text: str) -> None:
    terminal.press("-l", text)
    terminal.press("Enter")


def test_a_visit_from_an_empty_home_to_a_vault_and_a_portal_that_hold_what_was_done(
    home: Home, portal: Portal, terminals: list[Terminal]
) -> None:
    terminal = Terminal(home, sys.executable, "-m", "portal_cli", "dashboard", PORTAL_PASSPHRASE_FILE="", DISPLAY="")
    terminals.append(terminal)
    make_vault(terminal)
    own, carer = portal.sign_ins[0], next(one for one in portal.sign_ins if one["cares_for"])
    child = carer["cares_for"][0]["name"]
    sign_in(terminal, portal, own)
    first_sync(terminal)
    read_a_record(terminal)
    read_a_result_and_its_trend(terminal)
    ask_for_a_refill(terminal, MEDICINE, NOTE)
    terminal.wait_for("The next sync fetches its answer.")
    write_a_message(terminal, SUBJECT, TEXT)
    terminal.wait_for("has it.")
    terminal.wait_for(SUBJECT)
    book_an_appointment(terminal)
    lock_and_unlock(terminal)
    sign_in_for_somebody_else(terminal, portal, carer)
    switch_to_them_and_back(terminal, child, own["name"])
    look_after_it(terminal)
    terminal.press("q")
    assert terminal.exit_code() == 0
    assert [slot["type"] for slot in home.json("vault", "slots")] == ["passphrase", "recovery"]
    assert {one["url"] for one in home.json("portals", "list")} == {portal.url}
    look_into_the_vault(home, own["name"], child)
    look_at_the_portal(Onlooker(portal.url, own["username"], own["password"]))


def make_vault(terminal: Terminal) -> None:
    terminal.wait_for("Welcome to portal")
    terminal.press("Enter")
    terminal.wait_for("1 of 3")
    terminal.enter(PASSPHRASE)
    typed(terminal, PASSPHRASE)
    terminal.wait_for("2 of 3")
    shown = terminal.wait_for("Type group")
    assert PASSPHRASE not in shown
    groups = re.findall(r"\b[0-9A-HJKMNP-TV-Z]{5}\b", shown)
    number = re.search(r"Type group (\d)", shown)
    assert number is not None
    typed(terminal, groups[int(number[1]) - 1])
    terminal.wait_for("3 of 3")


def sign_in(terminal: Terminal, portal: Portal, person: dict[str, Any]) -> None:
    """Sign in with a password, at the step that asks for the address of a portal."""
    typed(terminal, portal.url)
    terminal.wait_for("How do you want to sign in?")
    terminal.press("j", "j", "Enter")
    terminal.wait_for("User name")
    terminal.enter(person["username"])
    typed(terminal, person["password"])


def first_sync(terminal: Terminal) -> None:
    terminal.wait_for("✓ complete")
    terminal.wait_for("updated just now")
    terminal.wait_for("Synced: ")


def read_a_record(terminal: Terminal) -> None:
    go(terminal, "h")
    terminal.wait_for("ppointments")
    terminal.wait_for("lisinopril")
    go(terminal, "r")
    terminal.wait_for("All records")
    terminal.wait_for("▸ ")
    terminal.rest()
    terminal.press("Enter")
    terminal.wait_for(" Appointment ━")  # the frame of what has the focus is heavy without colour


def read_a_result_and_its_trend(terminal: Terminal) -> None:
    go(terminal, "l")
    terminal.wait_for("Laboratory results  ·")
    terminal.wait_for("Platelets")
    terminal.press("/")
    terminal.wait_for("Words to look for")
    typed(terminal, "a1c")
    terminal.wait_until_gone("Platelets")
    terminal.wait_for("Hemoglobin A1c")
    terminal.rest()
    terminal.press("Enter")
    terminal.wait_for("Usual range")
    terminal.press("t")
    terminal.wait_for("░ usual range")
    shown = terminal.wait_for("Median")
    assert [words for words in ("▲ high", "Lowest", "Highest", "15 values") if words not in shown] == []
    escape(terminal)
    terminal.wait_for("/ Find")


def book_an_appointment(terminal: Terminal) -> None:
    go(terminal, "a")
    terminal.wait_for("·  Appointments")
    terminal.rest()
    terminal.press("t")
    terminal.wait_for("Office visit")
    terminal.rest()
    terminal.press("Enter")
    terminal.wait_for("What it is about")
    fill_in(terminal, "What it is about", REASON)
    send(terminal, "Book an appointment", REASON)
    terminal.wait_for("It is booked.")
    terminal.wait_for(REASON)


def lock_and_unlock(terminal: Terminal) -> None:
    terminal.press("C-l")
    shown = terminal.wait_for("The vault is locked.")
    assert not any(words in shown for words in ("lisinopril", SUBJECT, REASON))
    typed(terminal, PASSPHRASE)
    terminal.wait_for(REASON)


def sign_in_for_somebody_else(terminal: Terminal, portal: Portal, carer: dict[str, Any]) -> None:
    go(terminal, "w")
    terminal.wait_for("1 sign-in, 1 chart")
    terminal.rest()
    terminal.press("n")
    terminal.wait_for("Another portal")
    sign_in(terminal, portal, carer)
    shown = terminal.wait_for("Whose chart do you want to see?")
    assert all(one["name"] in shown for one in carer["cares_for"])
    terminal.press("j", "Enter")
    terminal.wait_for("Everybody: ")
    terminal.wait_for("Synced: ")


def switch_to_them_and_back(terminal: Terminal, child: str, own: str) -> None:
    go(terminal, "d")
    terminal.wait_for("7 medicines")
    terminal.press("p")
    terminal.wait_for("Whose chart shall be shown?")
    terminal.press("k", "Enter")  # from everybody, who are the last line, to the one before
    terminal.wait_for(f"▸ {child} (you are: ")
    shown = terminal.wait_for("1 medicine ")
    assert "cetirizine" in shown
    assert MEDICINE not in shown
    go(terminal, "f")
    terminal.wait_for("No refill requests.")
    terminal.press("p")
    terminal.wait_for("Whose chart shall be shown?")
    terminal.press("k", "Enter")
    terminal.wait_for(f"▸ {own}")
    terminal.wait_for(MEDICINE)


def look_after_it(terminal: Terminal) -> None:
    go(terminal, "u")
    terminal.wait_for("Every line")
    terminal.press("v")
    terminal.wait_for("each as it was written")
    go(terminal, "c")
    terminal.wait_for("Lock after")
    escape(terminal)
    terminal.wait_for("ppointments")


def look_into_the_vault(home: Home, own: str, child: str) -> None:
    assert home.json("status")["records"] > 400
    people = home.json("people", "list")
    assert [(one["patient"], one["is_shown"]) for one in people] == [(own, True), (child, False)]
    asked = home.json("outbox", "list")
    assert sorted((one["kind"], one["state"], one["patient"]) for one in asked) == [
        ("appointment", "confirmed", own),
        ("message", "confirmed", own),
        ("refill", "confirmed", own),
    ]
    assert MEDICINE in home.json("refills", "list")[0]["medication"]
    assert SUBJECT in {one["subject"] for one in home.json("messages", "list")}
    (visit,) = (one for one in home.json("appointments", "list", "--all") if REASON in str(one))
    assert visit["status"] == "booked"


def look_at_the_portal(onlooker: Onlooker) -> None:
    """What was asked for is there, each once, as it was typed."""
    refills = [one for one in onlooker.every("Task") if NOTE in str(one)]
    letters = [one for one in onlooker.every("Communication") if TEXT in str(one)]
    visits = [one for one in onlooker.every("Appointment") if REASON in str(one)]
    assert [len(refills), len(letters), len(visits)] == [1, 1, 1]
    assert MEDICINE in refills[0]["focus"]["display"]
    assert letters[0]["topic"]["text"] == SUBJECT
    assert visits[0]["status"] == "booked"
