"""The practice portal as a running server on this computer."""

from __future__ import annotations

import logging
import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from waitress import wasyncore
from waitress.server import create_server

from portal_cli.sandbox.accounts.account import SignIn
from portal_cli.sandbox.accounts.post import Post, read_server
from portal_cli.sandbox.app import MAX_BODY_BYTES, create_app
from portal_cli.sandbox.clock import Clock
from portal_cli.sandbox.faults.faults import Faults
from portal_cli.sandbox.faults.front import Front
from portal_cli.sandbox.faults.proxy import Proxy
from portal_cli.sandbox.faults.turning import Turning
from portal_cli.sandbox.intake import read_folder
from portal_cli.sandbox.journal import Journal
from portal_cli.sandbox.oauth.charts import Charts
from portal_cli.sandbox.outcomes import SandboxError, Why
from portal_cli.sandbox.portal import Portal
from portal_cli.sandbox.quirks.gate import Gate
from portal_cli.sandbox.quirks.table import choose
from portal_cli.sandbox.synthetic import sized_record, synthetic_record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.oauth.charts import Chart

__all__ = ["Sandbox", "SandboxError", "SandboxOptions", "SignIn"]
HOST = "127.0.0.1"
_NEVER = 1 << 40
_THREADS = 16
DEFAULT_RESOURCES = 1000


@dataclass(frozen=True)
class SandboxOptions:
    """How to run a practice portal.

    Attributes:
        port: Where to listen; 0 for any free port.
        load: A folder of FHIR JSON to serve instead of made-up patients.
        file: Where to remember everything; nothing is written without it.
        clinic_delay: Seconds between two steps of the clinic.
        seed: What made-up patients and passwords are made from.
        page_size: Resources on a page when the app does not say, at most 1000.
        quirks: The vendor to behave like, one of `quirks.table.MODES`; None for the portal's own manner.
        faults: What goes wrong, as `faults.spec` reads it. None for nothing; an empty text wants nothing either, but
            puts the proxy in front, so that a test may plan to have connections broken.
        patients: How many patients to make up, each of the same size, instead of the three with a story.
        resources: How many resources each of them has.
        smtp: `HOST:PORT` of a server that e-mails are given to as well; None for the mailbox only.
    """

    port: int = 0
    load: Path | None = None
    file: Path | None = None
    clinic_delay: float = 20.0
    seed: int = 1
    page_size: int = 100
    quirks: str | None = None
    faults: str | None = None
    patients: int | None = None
    resources: int | None = None
    smtp: str | None = None

    @property
    def is_sized(self) -> bool:
        """Say whether patients are made by number instead of by story."""
        return self.patients is not None or self.resources is not None


class Sandbox:
    """A practice portal; as a context manager it serves inside the block.

    `app` is the Flask application, `portal` its state, `clinic` the people who answer, `skipped` a line for
    each file of the loaded folder that was left out, `faults` what goes wrong, `gate` the vendor's manner, if any.

    Raises:
        SandboxError: When the folder or the file to use cannot be used, or no such quirks or faults are known.
    """

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.skipped: tuple[str, ...] = ()
        self.mode = choose(options.quirks)
        self.post = Post(*read_server(options.smtp)) if options.smtp is not None else None
        self.faults = Faults(options.faults, options.seed)
        self._journal = Journal(options.file) if options.file else None
        self.portal = Portal(Clock(), options.page_size, self._journal)
        self.clinic = self.portal.clinic
        self._address(options.port)
        try:
            self._fill()
        except BaseException:
            self._close_journal()
            raise
        self.portal.has_account_api = self.mode is None  # the vendors have none
        self.app = create_app(self.portal)
        turning = Turning(self.faults, self.portal, self.app.wsgi_app)
        self.gate = Gate(self.mode, self.portal, turning) if self.mode else None
        front = Front(self.faults, self.portal.tokens, self.gate or turning)
        self.app.wsgi_app = front  # type: ignore[method-assign]  # Flask's own way to put something in front
        self._server: Any = None
        self._proxy: Proxy | None = None
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    @property
    def base_url(self) -> str:
        """The FHIR base URL; its port is the real one once started."""
        return self.portal.base_url

    @property
    def sign_ins(self) -> tuple[SignIn, ...]:
        """The accounts of the patients."""
        return self.portal.sign_ins

    def cared_for(self, sign_in: SignIn) -> list[Chart]:
        """Give the charts of others that an account may open."""
        return [chart for chart in Charts(self.portal).of(sign_in.username) if not chart.is_own]

    def start(self) -> None:
        """Begin to serve on 127.0.0.1 in background threads.

        Raises:
            SandboxError: When the port is taken.
        """
        logging.getLogger("waitress").setLevel(logging.ERROR)
        try:
            self._server = self._listen()
        except SandboxError:
            self._close_journal()
            raise
        port = self._proxy.port if self._proxy else int(self._server.effective_port)
        self._address(port)
        if self._journal:
            self._journal.remember("port", port)
        if self._proxy:
            self._proxy.start()
        self._thread = threading.Thread(target=self._server.run, name="practice portal", daemon=True)
        self._thread.start()
        self.clinic.begin(self.options.clinic_delay)
        if self.post:
            self.portal.account_service.mailbox.deliver = self.post.deliver
            self.post.start()

    def stop(self) -> None:
        """Stop serving; calling it again does nothing."""
        self.clinic.end()
        if self.post:
            self.post.stop()
        if self._proxy:
            self._proxy.stop()
            self._proxy = None
        if self._server and self._thread:
            left: list[Any] = []
            self._server.trigger.pull_trigger(lambda: self._leave(left))
            self._thread.join()
            for one in left:
                wasyncore.dispatcher.close(one)
            self._server.task_dispatcher.shutdown()
            # Last: threads that still answer pull it, and its number may be another file's once it is closed.
            self._server.trigger.close()
            self._server = self._thread = None
        self._close_journal()
        self._stopped.set()

    def wait(self) -> None:
        """Block until the portal is stopped from another thread or a signal raises here."""
        while not self._stopped.wait(1.0):
            pass

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def _listen(self) -> Any:
        wanted = self.options.port
        remembered = self._journal.fact("port") if self._journal and not wanted else None
        try:
            return self._bound(remembered or wanted)
        except OSError as error:
            if remembered is None:
                raise SandboxError(
                    f"port {wanted} is in use", "Choose another with --port, or leave it out.", Why.FAILED
                ) from error
        return self._bound(0)

    def _bound(self, port: int) -> Any:
        """Listen at a port; with faults of the wire the proxy does, and the portal behind it at any other."""
        if not self.faults.has_proxy:
            return self._served(port)
        server = self._served(0)
        try:
            self._proxy = Proxy(HOST, port, int(server.effective_port), self.faults)
        except OSError:
            server.close()
            raise
        return server

    def _served(self, port: int) -> Any:
        return create_server(
            self.app,
            map={},
            host=HOST,
            port=port,
            threads=_THREADS,
            ident="practice portal",
            clear_untrusted_proxy_headers=True,
            max_request_body_size=MAX_BODY_BYTES,
            inbuf_overflow=MAX_BODY_BYTES + 1,  # past these, waitress would put bodies into temporary files in clear
            outbuf_overflow=_NEVER,
        )

    def _leave(self, left: list[Any]) -> None:
        """End the loop that serves, in its own thread, and hand over what it listened to."""
        listened = self._server._map  # noqa: SLF001 -- waitress has no public way to stop a server from outside
        left += [one for one in listened.values() if one is not self._server.trigger]
        listened.clear()

    def _in_manner(self, resources: Iterable[Json]) -> Iterable[Json]:
        """Give made-up patients the codes of the vendor; a chart that was loaded stays as it is."""
        if self.options.load or self.mode is None or self.mode.record is None:
            return resources
        return self.mode.record(resources)

    def _address(self, port: int) -> None:
        self.portal.base_url = f"http://{HOST}:{port}/fhir" if port else f"http://{HOST}/fhir"

    def _close_journal(self) -> None:
        if self._journal:
            self._journal.close()
            self._journal = None

    def _fill(self) -> None:
        # Made-up patients may have passwords that anyone can work out; a chart that was loaded may be a real one.
        secret = secrets.token_urlsafe() if self.options.load else str(self.options.seed)
        remembered = self._journal.fact("portal") if self._journal else None
        if self._journal and remembered:
            self.portal.repository.restore(self._journal.versions())
            self.portal.open_accounts(remembered["patients"], remembered["seed"])
            asked = self.options.load or ("new patients" if self.options.is_sized else None)
            if asked:
                self.skipped = (f"{asked}: left out, since {self.options.file} holds a record already",)
            return
        if self._journal:
            self._journal.clear()
        self.portal.repository.load(self._in_manner(self._resources()))
        # A child's record is opened by who acts for the child.
        patients = [patient for patient in self.portal.patients() if not self.portal.mandates.is_cared_for(patient)]
        self.portal.open_accounts(patients, secret)
        if self._journal:
            patients = [sign_in.patient for sign_in in self.portal.sign_ins]
            self._journal.remember("portal", {"seed": secret, "patients": patients})

    def _resources(self) -> Iterable[Json]:
        options, now = self.options, self.portal.clock.now()
        if options.load and options.is_sized:
            raise SandboxError("a folder and a number of patients cannot be served together", "Leave one of them out.")
        if options.is_sized:
            patients = 1 if options.patients is None else options.patients
            resources = DEFAULT_RESOURCES if options.resources is None else options.resources
            if patients < 1 or resources < 1:
                raise SandboxError("there are no patients without resources", "Ask for at least one of each.")
            return sized_record(options.seed, now, patients, resources)
        if options.load is None:
            return synthetic_record(options.seed, now)
        intake = read_folder(options.load)
        self.skipped = tuple(intake.skipped)
        return intake.resources
