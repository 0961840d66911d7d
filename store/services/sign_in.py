"""Signing in to a portal and out of it."""

from __future__ import annotations

import contextlib
import re
import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from store.config import DEFAULT_CLIENT_ID
from store.errors import BadAnswer, NotFound, RemoteError, SignInRefused
from store.records.text import one_line
from store.remote import device, discovery, oauth, person, registration, scopes
from store.remote.device import DeviceCode
from store.remote.http import Http, is_loopback, is_same_on_this_machine, normal_base, origin_of
from store.remote.loopback import Listener
from store.remote.oauth import Reply, SecondStep
from store.remote.whom import Chart, WhomStep
from store.services.saved_portals import completed
from store.services.sign_in_request import Door, Profile, SignInRequest
from store.services.sign_in_whom import Whom
from store.services.sign_out import SignedOut, sign_out
from store.sync import plan
from store.vault import connections
from store.vault.audit import Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.remote.discovery import Capability
    from store.remote.token_answers import Tokens
    from store.services.portals import PortalSummary
    from store.vault.reading import ConnectionRow

__all__ = [
    "Chart",
    "DeviceCode",
    "Door",
    "Profile",
    "Reply",
    "SecondStep",
    "SignIn",
    "SignInRequest",
    "SignIns",
    "SignedOut",
]
_PASTE_REDIRECT = "http://127.0.0.1:8765/callback"
_SHORT = "This portal lets nobody stay signed in: sign in again when its token has ended, mostly after an hour."
_ADDRESS = re.compile(r"://|[.:/]|^localhost\Z")


class SignIn:
    """One sign-in under way. Use as a context manager; nothing is saved until one of its ways succeeds.

    `notes` are sentences that the person who signed in should read.
    """

    def __init__(self, client: Door, request: SignInRequest) -> None:
        self._client = client
        request = completed(client.settings, request, is_first=not client.has_vault)
        saved = self._saved(request)
        self.base_url = saved.base_url if saved else normal_base(request.portal or "")
        self.name = request.name or (saved.name if saved else _name_of(self.base_url))
        self.notes: tuple[str, ...] = ()
        self._whom = Whom(client, request.whom, saved if saved and request.portal == saved.name else None)
        self._client_id = request.client_id or (saved.client_id if saved else DEFAULT_CLIENT_ID)
        self._redirect_uri = request.redirect_uri or (saved.redirect_uri if saved else None)
        self._settings = client.settings
        self._http = self._door(self.base_url)
        try:
            self._discover()
            self._capability_bytes = discovery.fetch_capability(self._http, self.base_url, client_id=self._client_id)
            capability = discovery.read_capability(self._capability_bytes, self.base_url)
            self._registration = self._place_to_register()
        except BaseException:
            self._http.close()
            raise
        self._chosen_scope = self._chosen(request, saved, capability)
        self._scope = self._chosen_scope or self._wanted(capability)
        self._attempt: oauth.Attempt | None = None
        self._device: DeviceCode | None = None

    def __enter__(self) -> SignIn:  # noqa: PYI034 - not meant to be subclassed
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the portal."""
        self._http.close()

    def _discover(self) -> None:
        """Fetch the SMART configuration; a portal on this machine is then called by the name it calls itself."""
        self._smart_bytes = discovery.fetch_smart(self._http, self.base_url)
        self._smart = discovery.read_smart(self._smart_bytes, self.base_url)
        own_name = self._smart.issuer or ""
        if own_name != self.base_url and is_same_on_this_machine(own_name, self.base_url):
            self._http.close()
            self.base_url, self._http = own_name, self._door(own_name)

    def _door(self, url: str) -> Http:
        return Http(url, self._settings.timeout, retries=self._settings.retries)

    def _place_to_register(self) -> str | None:
        """Where a key of our own can be registered, at a portal that gives no refresh tokens."""
        if scopes.offers_offline(self._smart.scopes, self._smart.capabilities):
            return None
        return discovery.registration_address(self._capability_bytes, self.base_url)

    def _chosen(self, request: SignInRequest, saved: ConnectionRow | None, capability: Capability) -> str | None:
        """The scopes that the person has chosen, now or before; None for all that are of use."""
        if request.scope or request.profile == Profile.FULL:
            return request.scope
        if request.profile == Profile.MINIMAL:
            types = plan.types_read(capability)
            return self._lasting(scopes.minimal(self._smart.scopes, self._smart.capabilities, types))
        return saved.scope_requested if saved else None

    def _wanted(self, capability: Capability) -> str:
        return self._lasting(scopes.wanted(self._smart.scopes, self._smart.capabilities, capability.writable))

    def _lasting(self, scope: str) -> str:
        return f"{scope} {registration.SCOPE}" if self._registration else scope

    @property
    def offers_device(self) -> bool:
        """Whether the portal lets one sign in on another device."""
        return self._smart.device_endpoint is not None

    @property
    def offers_password(self) -> bool:
        """Whether the portal takes a user name and a password at the terminal."""
        return self._smart.challenge_endpoint is not None

    @property
    def caution(self) -> str | None:
        """What to know before signing in: that one server asks for the password and another one takes the answer.

        A portal that says in its answer who gave it (RFC 9207) needs no such word.
        """
        page, taker = origin_of(self._smart.authorization_endpoint), origin_of(self._smart.token_endpoint)
        if page == taker or self._smart.sends_issuer:
            return None
        return f"You sign in at {page}, and {taker} gets the answer: go on only if both belong to your portal."

    def listen(self) -> Listener:
        """Begin a sign-in in the browser: a listener that waits on this machine for the portal's redirect.

        Raises InvalidInput when the portal's own redirect address is not on this machine.
        """
        return Listener(self._redirect_uri)

    def url(self, redirect_uri: str | None = None) -> str:
        """The address of the portal's sign-in page; `redirect_uri` is where it sends the browser afterwards."""
        chosen = redirect_uri or (self._redirect_uri or _PASTE_REDIRECT).replace(":0/", ":8765/", 1)
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
        tokens = oauth.redeem(self._http, self._smart, self._attempt, code)
        nonce = self._attempt.nonce if "openid" in self._scope.split() else None
        return self._save(tokens, nonce)

    def with_password(
        self,
        username: str,
        password: str,
        second_step: Callable[[SecondStep], Reply] | None = None,
        choose: Callable[[tuple[Chart, ...]], Chart | None] | None = None,
    ) -> PortalSummary:
        """Sign in with a user name and a password. Raises NotOffered, SignInRefused.

        A portal that wants a second step has `second_step` asked until a code is right: it gets what the portal
        wants, and gives the code, or None in its place to have one sent. Where the account may see several charts and
        it was not said whose is meant, `choose` is asked. Raises ChartNeeded when it does not say, ChartUnknown when
        the account may not see that of whom was named, RightEnded when it may not any more.
        """
        attempt = oauth.begin(self._client_id, self._redirect_uri or _PASTE_REDIRECT, self._scope, self.base_url)
        found = oauth.challenge(self._http, self._smart, attempt, username, password)
        while not isinstance(found, str):
            if isinstance(found, WhomStep):
                patient = self._whom.chart(found.charts, choose).patient
                found = oauth.choose_patient(self._http, self._smart, attempt, found, patient)
                continue
            if second_step is None:
                raise SignInRefused("the portal wants a second step, and nobody was asked for it")
            reply = second_step(found)
            if reply.code is None:
                found = oauth.send_second_step(self._http, self._smart, attempt, found, reply.method)
            else:
                found = oauth.prove_second_step(self._http, self._smart, attempt, found, reply)
        return self._save(oauth.redeem(self._http, self._smart, attempt, found, from_browser=False))

    def begin_device(self) -> DeviceCode:
        """Begin to sign in on another device: what to type there, and where. Raises NotOffered, SignInRefused."""
        self._device = device.begin(self._http, self._smart, self._client_id, self._scope, self.base_url)
        return self._device

    def wait_for_device(self, pause: Callable[[float], None] = time.sleep) -> PortalSummary:
        """Wait until the sign-in on the other device is done. Raises SignInRefused."""
        if self._device is None:
            raise SignInRefused("no sign-in was begun")
        tokens = device.wait(self._http, self._smart, self._client_id, self._device, self._scope, pause)
        return self._save(tokens)

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

    def _save(self, tokens: Tokens, nonce: str | None = None) -> PortalSummary:
        try:
            found = self._believed(tokens, nonce)
            if not found.patient:
                raise BadAnswer(self._http.origin, "it does not say which patient the sign-in is for")
            self._whom.check(found, self._name_of)
        except RemoteError:
            with contextlib.suppress(RemoteError):  # what will not be used is given back
                oauth.revoke(self._http, self._smart, self._client_id, tokens.refresh or tokens.access)
            raise
        return self._stored(replace(found, refresh=found.refresh or self._key(found)))

    def _name_of(self, tokens: Tokens) -> str:
        return person.name_of(self._http, self.base_url, tokens)

    def _believed(self, tokens: Tokens, nonce: str | None) -> Tokens:
        """The tokens, once it is certain whom they are for and that they allow no more than is wanted."""
        notes = self._judge_scope(tokens)
        found = person.identify(self._http, self._smart, self.base_url, tokens, client_id=self._client_id, nonce=nonce)
        self.notes = (*notes, *found.notes)
        return found.tokens

    def _judge_scope(self, tokens: Tokens) -> tuple[str, ...]:
        """What to say of a grant wider than what was asked for. Raises SignInRefused where it reaches too far."""
        wider = scopes.wider(self._scope, tokens.scope)
        refused = wider.past_patient or (wider.for_patient if self._chosen_scope else ())
        if refused:
            raise SignInRefused(f"the portal granted more than was asked for: {one_line(' '.join(refused))}")
        if wider.for_patient:
            return (f"The portal granted more than was asked for: {one_line(' '.join(wider.for_patient))}",)
        return ()

    def _key(self, tokens: Tokens) -> str | None:
        """A key that renews the sign-in, registered where the portal gives no refresh token; None when it cannot be."""
        if not self._registration or tokens.refresh:
            return None
        try:
            made = registration.register(self._http, self._registration, self._client_id, tokens.access)
        except RemoteError:
            made = None
        if made is None:
            self.notes = (*self.notes, _SHORT)
            return None
        return made.at_rest()

    def _stored(self, tokens: Tokens) -> PortalSummary:
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
        return self._client.portals.summary(connection_id)


class SignIns:
    """Ways in and out."""

    def __init__(self, client: Door) -> None:
        self._client = client

    def begin(self, request: SignInRequest) -> SignIn:
        """Begin to sign in: the portal is asked how. Raises what the network and the vault raise."""
        return SignIn(self._client, request)

    def end(self, portal: str | None = None, *, erase: bool = False) -> SignedOut:
        """Sign out: the portal is asked to end the sign-in, and the tokens here are dropped whatever it answers.

        With `erase` the records of that portal are removed too. Raises NotFound, Ambiguous.
        """
        row = self._client.portals.choose(portal)
        return sign_out(self._client.vault, self._client.settings, row, erase=erase)

    def end_all(self, *, erase: bool = False) -> tuple[SignedOut, ...]:
        """Sign out of every portal. Raises SignInNeeded when there is none."""
        rows = self._client.portals.every()
        return tuple(sign_out(self._client.vault, self._client.settings, row, erase=erase) for row in rows)


def _name_of(base_url: str) -> str:
    host = urlsplit(base_url).hostname or secrets.token_hex(4)
    return f"{host}-{urlsplit(base_url).port}" if is_loopback(base_url) else host
