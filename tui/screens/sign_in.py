"""Signing in to a portal: found or named, then in a browser, on another device, or with a password."""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from textual.content import Content
from textual.widgets import Static

from store.errors import SignInRefused
from store.records.text import one_line
from store.services.sign_in import Reply, SignIn, SignInRequest
from tui.calls import Asked
from tui.forms import Field, Kind
from tui.screens.pick import PickScreen
from tui.screens.step import StepScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.services.directory import Listed
    from store.services.portals import PortalSummary
    from store.services.sign_in import Chart, DeviceCode, SecondStep
    from store.services.values import Listing
    from tui.troubles import Trouble

T = TypeVar("T")
_WITHOUT_VAULT = Asked(group="directory", needs_vault=False)
_FOUND = 12
_POLL_SECONDS = 0.2
_SENT = ("email", "text")
_WAYS = {
    "totp": "The code that my authenticator app shows",
    "email": "A code by e-mail",
    "text": "A code by text message",
    "recovery": "One of my recovery codes",
}
_BROWSER, _DEVICE, _PASSWORD = "browser", "device", "password"


class AddressScreen(StepScreen):
    """Finds the portal: by its address, or by words in the directory that was imported."""

    TITLE = "Your portal"
    TEXT = (
        "Paste the address that your portal gives to apps (it may call it a FHIR base URL), or type words of its name "
        "or city to look it up in the directory. Nothing is kept before you have signed in."
    )
    FIELDS = (
        Field("portal", "Address, or words to search for"),
        Field("client", "App's own number (client id), if the portal has given you one"),
    )
    OPTIONAL = frozenset({"client"})
    ON = "Go on"

    def __init__(self, title: str = TITLE) -> None:
        super().__init__()
        self._title = title

    def on_mount(self) -> None:
        """Offer what the configuration knows."""
        super().on_mount()
        self.query_one("#step").border_title = Content(self._title)
        self.ask(
            lambda client: client.desk.saved.list(),
            lambda saved: self.offer(tuple((item.name, f"{item.name}\n  {one_line(item.url)}") for item in saved)),
            asked=_WITHOUT_VAULT,
        )

    def go_on(self, values: dict[str, str]) -> None:
        """Search for words, or begin to sign in at an address."""
        typed = values["portal"].strip()
        if not typed:
            self.say("✗ Type an address or a name first.", is_error=True)
        elif _is_address(typed):
            self.choose(typed)
        else:
            self.ask(
                lambda client: client.desk.directory.search(typed, _FOUND), self._found, self.refuse, _WITHOUT_VAULT
            )

    def choose(self, value: str) -> None:
        """Ask the portal how one signs in."""
        request = SignInRequest(value, client_id=self.values["client"].strip() or None)
        self.wait("Asking the portal how one signs in …")
        self.talk(lambda client: client.sign_ins.begin(request), self._begun, self.refuse)

    def _found(self, found: Listing[Listed]) -> None:
        self.offer(tuple((str(item.url), _listed(item)) for item in found.items))
        more = f"; the first {_FOUND}" if found.total > _FOUND else ""
        self.say(f"{found.total} found{more}. Choose yours." if found.items else "Nothing of that name was found.")
        if found.items:
            self.query_one("#choices").focus()

    def _begun(self, attempt: SignIn) -> None:
        self.free()
        self.portal.push_screen(WayScreen(attempt))


class WayScreen(StepScreen):
    """Lets one choose how to sign in, of the ways that the portal offers."""

    TITLE = "How do you want to sign in?"

    def __init__(self, attempt: SignIn) -> None:
        super().__init__()
        self._attempt = attempt

    def on_unmount(self) -> None:
        """Let go of the portal."""
        self._attempt.close()

    def text(self) -> str:
        """Which portal, and what to know about it."""
        attempt = self._attempt
        return "\n\n".join(filter(None, (f"{one_line(attempt.name)}\n{one_line(attempt.base_url)}", attempt.caution)))

    def choices(self) -> tuple[tuple[str, str], ...]:
        """The ways that the portal offers."""
        found = [(_BROWSER, "In a browser on this computer\n  The portal's own sign-in page")]
        if self._attempt.offers_device:
            found.append((_DEVICE, "On another device, with a code\n  Such as a telephone"))
        if self._attempt.offers_password:
            found.append((_PASSWORD, "With user name and password\n  Typed here, sent to the portal alone"))
        return tuple(found)

    def choose(self, value: str) -> None:
        """Go the way that was chosen."""
        ways: dict[str, type[TryScreen]] = {_BROWSER: BrowserScreen, _DEVICE: DeviceScreen, _PASSWORD: PasswordScreen}
        self.portal.push_screen(ways[value](self._attempt))


class TryScreen(StepScreen):
    """One way to sign in. What waits ends when one goes back."""

    def __init__(self, attempt: SignIn) -> None:
        super().__init__()
        self.attempt = attempt
        self.given_up = threading.Event()

    def on_unmount(self) -> None:
        """Wait no more."""
        self.given_up.set()

    def begin(self, sign_in: Callable[[], PortalSummary]) -> None:
        """Sign in, in a thread of its own."""
        self.talk(lambda _: sign_in(), self._arrive, self.refuse)

    def from_thread(self, show: Callable[..., object], *values: object) -> None:
        """Have something shown by a thread that signs in, unless one has gone back."""
        if self.given_up.is_set():
            raise SignInRefused("the sign-in was given up")
        self.app.call_from_thread(show, *values)

    def _arrive(self, found: PortalSummary) -> None:
        for note in self.attempt.notes:
            self.notify(note, markup=False)
        who = found.patient_name or found.patient
        self.notify(f"Signed in to {found.name} as {who}.", markup=False)
        self.portal.arrive()


class BrowserScreen(TryScreen):
    """Opens the portal's page, and waits until the browser comes back; or takes the address that it ended at."""

    TITLE = "Sign in with the browser"
    FIELDS = (Field("pasted", "If the browser cannot come back here: the address that it ended at"),)
    ON = "Use that address"

    def __init__(self, attempt: SignIn) -> None:
        super().__init__(attempt)
        self._pasted: queue.Queue[str] = queue.Queue()

    def on_mount(self) -> None:
        """Begin to wait."""
        super().on_mount()
        self.begin(self._sign_in)

    def text(self) -> str:
        """What is under way."""
        return "One moment …"

    def go_on(self, values: dict[str, str]) -> None:
        """Use an address that was pasted."""
        pasted = values["pasted"].strip()
        if not pasted:
            self.say("✗ Paste the address that the browser was sent to.", is_error=True)
            return
        self.wait("Signing in …")
        self._pasted.put(pasted)

    def _sign_in(self) -> PortalSummary:
        with self.attempt.listen() as listener:
            url = self.attempt.url(listener.redirect_uri)
            self.from_thread(self._show, url)
            self.portal.open_browser(url)

            def should_stop() -> bool:
                return self.given_up.is_set() or not self._pasted.empty()

            try:
                redirected = listener.wait(self.attempt.is_answer, should_stop=should_stop)
            except SignInRefused:
                if self._pasted.empty():
                    raise
                redirected = self._pasted.get()
        return self.attempt.finish(redirected)

    def _show(self, url: str) -> None:
        self.query_one("#text", Static).update(
            Content(f"Sign in with the browser. If none opens, open this address on this computer:\n\n{url}")
        )
        self.say("Waiting for the browser; esc gives it up.")

    def refuse(self, trouble: Trouble) -> None:
        """Say why it ended; nobody waits for an address any more."""
        super().refuse(trouble)
        for widget in self.query("Input, #on"):
            widget.disabled = True
        self.query_one("#back").focus()


class DeviceScreen(TryScreen):
    """Shows a code for another device, and waits until it was used there."""

    TITLE = "Sign in on another device"

    def on_mount(self) -> None:
        """Ask for a code."""
        super().on_mount()
        self.begin(self._sign_in)

    def text(self) -> str:
        """What is under way."""
        return "Asking the portal for a code …"

    def _sign_in(self) -> PortalSummary:
        code = self.attempt.begin_device()
        self.from_thread(self._show, code)
        return self.attempt.wait_for_device(self._pause)

    def _pause(self, seconds: float) -> None:
        if self.given_up.wait(seconds):
            raise SignInRefused("the sign-in was given up")

    def _show(self, code: DeviceCode) -> None:
        whole = f"\n\nOr open this address, which has the code in it:\n{one_line(code.whole_address or '')}"
        self.query_one("#text", Static).update(
            Content(
                f"Open this address on any device with a browser, and sign in there:\n{one_line(code.address)}\n\n"
                f"Type this code there:\n    {one_line(code.user_code)}{whole if code.whole_address else ''}"
            )
        )
        self.say("Waiting until that is done; esc gives it up.")


class PasswordScreen(TryScreen):
    """Asks for user name and password, then for a second step and for whose chart where the portal does."""

    TITLE = "Sign in with a password"
    TEXT = "The password goes to the portal alone, and is kept nowhere."
    FIELDS = (Field("username", "User name"), Field("password", "Password", Kind.SECRET))
    ON = "Sign in"

    def go_on(self, values: dict[str, str]) -> None:
        """Sign in."""
        if not (values["username"] and values["password"]):
            self.say("✗ Type user name and password first.", is_error=True)
            return
        self.wait("Signing in …")
        self.begin(partial(self._sign_in, values["username"], values["password"]))

    def _sign_in(self, username: str, password: str) -> PortalSummary:
        return self.attempt.with_password(username, password, self._second_step, self._whom)

    def _second_step(self, wanted: SecondStep) -> Reply:
        def ask(give: Callable[[Reply | None], None]) -> None:
            self.portal.push_screen(SecondStepScreen(wanted, give))

        reply: Reply | None = self._answer(ask)
        if reply is None:
            raise SignInRefused("the second step was given up")
        return reply

    def _whom(self, charts: tuple[Chart, ...]) -> Chart | None:
        lines = tuple((str(number), str(chart)) for number, chart in enumerate(charts))

        def ask(give: Callable[[str | None], None]) -> None:
            self.portal.push_screen(PickScreen("Whose chart do you want to see?", lines), give)

        found: str | None = self._answer(ask)
        return charts[int(found)] if found is not None else None

    def _answer(self, ask: Callable[[Callable[[T | None], None]], object]) -> T | None:
        """Have a person asked, and wait for what they say."""
        answers: queue.Queue[T | None] = queue.Queue()
        self.from_thread(ask, answers.put)
        while not self.given_up.is_set():
            with suppress(queue.Empty):
                return answers.get(timeout=_POLL_SECONDS)
        raise SignInRefused("the sign-in was given up")


class SecondStepScreen(StepScreen):
    """Asks for the code of a second step, or has one sent."""

    TITLE = "A second step"
    FIELDS = (Field("code", "Code"),)
    ON = "Prove it"

    def __init__(self, wanted: SecondStep, give: Callable[[Reply | None], None]) -> None:
        super().__init__()
        self._wanted = wanted
        self._give = give
        self._method = wanted.methods[0] if len(wanted.methods) == 1 else ""

    def on_mount(self) -> None:
        """Say what was wrong with the code before."""
        super().on_mount()
        if self._wanted.problem:
            self.say(f"✗ {one_line(self._wanted.problem)}", is_error=True)

    def text(self) -> str:
        """What the portal wants."""
        sent = [f"A code went to {one_line(where)}." for where in self._wanted.sent_to.values()]
        return "\n".join(("This account has a second step. Type the code, or choose another way below.", *sent))

    def choices(self) -> tuple[tuple[str, str], ...]:
        """The ways that the portal takes."""
        return tuple((way, _way(way)) for way in self._wanted.methods)

    def go_on(self, values: dict[str, str]) -> None:
        """Give the code."""
        method = self._method or next(iter(self._wanted.sent_to), self._wanted.methods[0])
        if code := values["code"].strip():
            self._end(Reply(method, code))

    def choose(self, value: str) -> None:
        """Have a code sent, or type that of another way."""
        if value in _SENT:
            self._end(Reply(value))
        else:
            self._method = value
            self.say(_WAYS.get(value, value))
            self.query_one("#code").focus()

    def action_step_back(self) -> None:
        """Give the second step up: back to user name and password."""
        self._give(None)
        super().action_step_back()

    def _end(self, reply: Reply) -> None:
        self._give(reply)
        self.portal.pop_screen()


def _way(method: str) -> str:
    return f"{_WAYS.get(method, one_line(method))}{': have one sent' if method in _SENT else ''}"


def _is_address(typed: str) -> bool:
    return "://" in typed or typed.startswith("localhost") or ("." in typed and " " not in typed)


def _listed(item: Listed) -> str:
    place = ", ".join(filter(None, (item.city, item.state)))
    return f"{item.name}\n  {'  ·  '.join(filter(None, (place, item.vendor, item.url)))}"
