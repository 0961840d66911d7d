"""Signing in to a portal and out of it."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from store.config import DEFAULT_CLIENT_ID
from store.errors import BadAnswer, NotFound, RemoteError, SignInRefused
from store.remote import discovery, oauth, scopes
from store.remote.http import Http, is_loopback, is_same_on_this_machine, normal_base
from store.remote.loopback import Listener
from store.remote.oauth import Reply, SecondStep
from store.vault import connections
from store.vault.audit import Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.config import Settings
    from store.services.portals import Portals, PortalSummary
    from store.services.sync import Sync
    from store.vault.reading import ConnectionRow
    from store.vault.vault import Vault

__all__ = ["Door", "Reply", "SecondStep", "SignIn", "SignInRequest", "SignIns"]
_PASTE_REDIRECT = "http://127.0.0.1:8765/callback"
_ADDRESS = re.compile(r"://|[.:/]|^localhost\Z")


@dataclass(frozen=True)
class SignInRequest:
    """Where to sign in and how: `portal` is a FHIR base URL or a saved name, None for the only saved one.

    What is None is taken from the saved portal, else from what the portal publishes. `name` saves it under a name.
    """

    portal: str | None = None
    client_id: str | None = None
    redirect_uri: str | None = None
    scope: str | None = None
    name: str | None = None


class Door(Protocol):
    """What a sign-in needs of the client: its settings, its vault, and the services that stand on it."""

    @property
    def settings(self) -> Settings:
        """Where the vault is, and how patient to be with a portal."""

    @property
    def has_vault(self) -> bool:
        """Whether there is a vault already."""

    @property
    def portals(self) -> Portals:
        """The saved portals."""

    @property
    def sync(self) -> Sync:
        """Fetching the patient's own record afterwards."""

    @property
    def vault(self) -> Vault:
        """The vault there is."""

    def open_or_create(self) -> Vault:
        """The vault, created when there is none."""


class SignIn:
    """One sign-in under way. Use as a context manager; nothing is saved until one of its ways succeeds."""

    def __init__(self, client: Door, request: SignInRequest) -> None:
        self._client = client
        saved = self._saved(request)
        self.base_url = saved.base_url if saved else normal_base(request.portal or "")
        self.name = request.name or (saved.name if saved else _name_of(self.base_url))
        self._client_id = request.client_id or (saved.client_id if saved else DEFAULT_CLIENT_ID)
        self._redirect_uri = request.redirect_uri or (saved.redirect_uri if saved else None)
        self._http = Http(self.base_url, client.settings.timeout)
        try:
            self._discover(client.settings.timeout)
            self._capability_bytes = discovery.fetch_capability(self._http, self.base_url)
            capability = discovery.read_capability(self._capability_bytes, self.base_url)
        except BaseException:
            self._http.close()
            raise
        chosen = request.scope or (saved.scope_requested if saved else None)
        self._chosen_scope = chosen
        self._scope = chosen or scopes.wanted(self._smart.scopes, self._smart.capabilities, capability.writable)
        self._attempt: oauth.Attempt | None = None

    def __enter__(self) -> SignIn:  # noqa: PYI034 - not meant to be subclassed
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def _discover(self, timeout: float) -> None:
        """Fetch the SMART configuration; a portal on this machine is then called by the name it calls itself."""
        self._smart_bytes = discovery.fetch_smart(self._http, self.base_url)
        self._smart = discovery.read_smart(self._smart_bytes, self.base_url)
        own_name = self._smart.issuer or ""
        if own_name != self.base_url and is_same_on_this_machine(own_name, self.base_url):
            self._http.close()
            self.base_url, self._http = own_name, Http(own_name, timeout)

    @property
    def offers_password(self) -> bool:
        """Whether the portal takes a user name and a password at the terminal."""
        return self._smart.challenge_endpoint is not None

    def listen(self) -> Listener:
        """Begin a sign-in in the browser: a listener that waits on this machine for the portal's redirect.

        Raises InvalidInput when the portal's own redirect address is not on this machine.
        """
        return Listener(self._redirect_uri)

    def url(self, redirect_uri: str | None = None) -> str:
        """The address of the portal's sign-in page; `redirect_uri` is where it sends the browser afterwards."""
        chosen = redirect_uri or self._redirect_uri or _PASTE_REDIRECT
        self._attempt = oauth.begin(self._client_id, chosen, self._scope, self.base_url)
        return oauth.authorization_url(self._smart, self._attempt)

    def is_answer(self, redirected: str) -> bool:
        """Whether an address that reached the listener belongs to this sign-in."""
        return self._attempt is not None and oauth.has_state(self._attempt, redirected)

    def finish(self, redirected: str) -> PortalSummary:
        """End a sign-in in the browser with the address it was sent to. Raises SignInRefused."""
        if self._attempt is None:
            raise SignInRefused("no sign-in was begun")
        code = oauth.read_redirect(self._smart, self._attempt, redirected)
        return self._save(oauth.redeem(self._http, self._smart, self._attempt, code))

    def with_password(
        self, username: str, password: str, second_step: Callable[[SecondStep], Reply] | None = None
    ) -> PortalSummary:
        """Sign in with a user name and a password. Raises NotOffered, SignInRefused.

        A portal that wants a second step has `second_step` asked until a code is right: it gets what the portal
        wants, and gives the code, or None in its place to have one sent.
        """
        attempt = oauth.begin(self._client_id, self._redirect_uri or _PASTE_REDIRECT, self._scope, self.base_url)
        found = oauth.challenge(self._http, self._smart, attempt, username, password)
        while isinstance(found, SecondStep):
            if second_step is None:
                raise SignInRefused("the portal wants a second step, and nobody was asked for it")
            reply = second_step(found)
            if reply.code is None:
                found = oauth.send_second_step(self._http, self._smart, attempt, found, reply.method)
            else:
                found = oauth.prove_second_step(self._http, self._smart, attempt, found, reply)
        return self._save(oauth.redeem(self._http, self._smart, attempt, found, from_browser=False))

    def _saved(self, request: SignInRequest) -> ConnectionRow | None:
        """The saved portal that is meant, or None for an address that is not saved. Raises NotFound."""
        text = request.portal or ""
        known = self._client.portals.list() if self._client.has_vault else ()
        if any(item.name == text for item in known):
            return self._client.portals.choose(text)
        if _ADDRESS.search(text):
            base_url = normal_base(text)
            return next((self._client.portals.choose(item.name) for item in known if item.url == base_url), None)
        if not self._client.has_vault:
            raise NotFound("portal", text)
        return self._client.portals.choose(request.portal)

    def _save(self, tokens: oauth.Tokens) -> PortalSummary:
        if not tokens.patient:
            raise BadAnswer(self._http.origin, "it does not say which patient the sign-in is for")
        if not self._capability_bytes:
            self._capability_bytes = discovery.fetch_capability(self._http, self.base_url, tokens.access)
        signed_in = connections.SignedIn(
            name=self.name,
            base_url=self.base_url,
            client_id=self._client_id,
            redirect_uri=self._redirect_uri,
            scope_requested=self._chosen_scope,
            scope=tokens.scope,
            patient=tokens.patient,
            fhir_user=tokens.fhir_user,
            access_expires=tokens.expires,
            smart=self._smart_bytes,
            capability=self._capability_bytes,
            access_token=tokens.access,
            refresh_token=tokens.refresh,
        )
        vault = self._client.open_or_create()
        with vault.transaction() as tx:
            connection_id = connections.save(tx, signed_in)
            tx.audit(Entry("sign-in", f"connection {connection_id}", f"Patient/{tokens.patient}"))
        self._client.sync.greet(connection_id)
        return next(
            item for item in self._client.portals.list() if item.patient == tokens.patient and item.url == self.base_url
        )


class SignIns:
    """Ways in and out."""

    def __init__(self, client: Door) -> None:
        self._client = client

    def begin(self, request: SignInRequest) -> SignIn:
        """Begin to sign in: the portal is asked how. Raises what the network and the vault raise."""
        return SignIn(self._client, request)

    def end(self, portal: str | None = None, *, erase: bool = False) -> tuple[str, bool]:
        """Sign out: the portal is asked to end the sign-in, and the tokens here are dropped whatever it answers.

        With `erase` the records of that portal are removed too. Returns the portal's name and whether it has
        confirmed. Raises SignInNeeded, NotFound, Ambiguous.
        """
        row = self._client.portals.choose(portal)
        confirmed = False
        token = row.refresh_token or row.access_token
        if token and row.smart:
            http = Http(row.base_url, self._client.settings.timeout)
            try:
                smart = discovery.read_smart(row.smart, row.base_url)
                confirmed = oauth.revoke(http, smart, row.client_id, token)
            except RemoteError:
                confirmed = False
            finally:
                http.close()
        with self._client.vault.transaction() as tx:
            connections.drop_tokens(tx, row.id)
            if erase:
                connections.remove(tx, row.id)
            tx.audit(Entry("sign-out", f"connection {row.id}", f"Patient/{row.patient}"))
        return row.name, confirmed


def _name_of(base_url: str) -> str:
    host = urlsplit(base_url).hostname or secrets.token_hex(4)
    return f"{host}-{urlsplit(base_url).port}" if is_loopback(base_url) else host
