"""Which portal is meant, and tokens that are renewed once and stored before they are used."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from store.errors import Ambiguous, BadAnswer, NotFound, SignInNeeded, StorageFailed, Unreachable
from store.vault import connections
from tests.support.hostile import ScriptedPortal
from tests.support.signing import sign_in_to
from tests.support.wire import HANG_UP, Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from store.client import Client
    from store.services.portals import Tokens
    from tests.support.wire import Call


@pytest.fixture
def signed_in(client: Client, portal: ScriptedPortal) -> Client:
    sign_in_to(client, portal)
    return client


@pytest.fixture
def open_tokens(signed_in: Client) -> Iterator[Callable[[], Tokens]]:
    opened: list[Tokens] = []

    def make() -> Tokens:
        opened.append(signed_in.portals.open(signed_in.portals.choose())[1])
        return opened[-1]

    yield make
    for tokens in opened:
        tokens.http.close()


def expire(client: Client, seconds: int = -1, refresh: str | None = None) -> None:
    with client.vault.transaction() as tx:
        connections.update_tokens(tx, 1, "access-1", int(time.time()) + seconds, refresh)


def forget_refresh(client: Client) -> None:
    with client.vault.transaction() as tx:
        tx.connection.execute("UPDATE connection SET refresh_token = NULL")


def test_the_only_portal_need_not_be_named(signed_in: Client, portal: ScriptedPortal) -> None:
    row = signed_in.portals.choose()
    assert row.base_url == portal.base_url
    assert signed_in.portals.choose(row.name) == signed_in.portals.choose(f"{portal.base_url}/") == row


def test_one_of_several_portals_must_be_named(signed_in: Client) -> None:
    with ScriptedPortal() as other:
        sign_in_to(signed_in, other, "other")
        with pytest.raises(Ambiguous) as caught:
            signed_in.portals.choose()
        assert "other" in caught.value.choices
        assert signed_in.portals.choose("other").base_url == other.base_url
        with pytest.raises(NotFound):
            signed_in.portals.choose("none")


def test_without_a_sign_in_there_is_no_portal(client: Client) -> None:
    client.open_or_create()
    assert client.portals.list() == ()
    with pytest.raises(SignInNeeded):
        client.portals.choose()


def test_a_sign_in_lasts_as_long_as_it_can_be_renewed(signed_in: Client) -> None:
    assert signed_in.portals.list()[0].is_signed_in
    expire(signed_in)
    assert signed_in.portals.list()[0].is_signed_in
    forget_refresh(signed_in)
    assert not signed_in.portals.list()[0].is_signed_in


def test_a_token_that_still_holds_is_used_as_it_is(portal: ScriptedPortal, open_tokens: Callable[[], Tokens]) -> None:
    assert open_tokens().current() == "access-1"
    assert portal.issued == 1


@pytest.mark.parametrize("left", [-1, 30])
def test_a_token_that_is_about_to_end_is_renewed_before_it_is_used(
    signed_in: Client, portal: ScriptedPortal, open_tokens: Callable[[], Tokens], left: int
) -> None:
    expire(signed_in, left)
    tokens = open_tokens()
    assert tokens.current() == tokens.current() == "access-2"
    assert portal.issued == 2
    assert portal.requests[-1].form["refresh_token"] == "refresh-1"


def test_many_threads_that_find_a_token_refused_renew_it_once(
    portal: ScriptedPortal, open_tokens: Callable[[], Tokens]
) -> None:
    tokens = [open_tokens(), open_tokens()]
    together = threading.Barrier(8)

    def renew(place: int) -> str:
        together.wait(10)
        return tokens[place % 2].renew("access-1")

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(renew, range(8))) == {"access-2"}
    assert portal.issued == 2


def test_a_new_refresh_token_is_stored_before_the_new_token_is_used(signed_in: Client, portal: ScriptedPortal) -> None:
    expire(signed_in)
    stored: list[str | None] = []

    def look(call: Call) -> None:
        if call.headers.get("authorization") == "Bearer access-2":
            stored.append(signed_in.portals.choose().refresh_token)

    portal.behaviours["GET /fhir/Patient"] = look
    signed_in.sync.run()
    assert stored
    assert set(stored) == {"refresh-2"}


def test_a_refresh_token_is_kept_where_the_portal_sends_no_new_one(
    signed_in: Client, portal: ScriptedPortal, open_tokens: Callable[[], Tokens]
) -> None:
    portal.token_extra = {"refresh_token": None}
    open_tokens().renew("access-1")
    row = signed_in.portals.choose()
    assert (row.access_token, row.refresh_token) == ("access-2", "refresh-1")


def test_a_renewal_whose_lock_the_disk_refuses_is_told_as_such(
    signed_in: Client, open_tokens: Callable[[], Tokens]
) -> None:
    tokens = open_tokens()
    (signed_in.settings.vault_dir / f"refresh-{signed_in.portals.choose().id}.lock").mkdir()
    with pytest.raises(StorageFailed):
        tokens.renew("access-1")


def test_a_refused_renewal_asks_for_a_new_sign_in_by_name(
    signed_in: Client, portal: ScriptedPortal, open_tokens: Callable[[], Tokens]
) -> None:
    portal.refuses_refresh = True
    with pytest.raises(SignInNeeded) as caught:
        open_tokens().renew("access-1")
    assert caught.value.portal == signed_in.portals.choose().name


def test_a_renewal_whose_answer_was_lost_can_be_tried_again(
    signed_in: Client, portal: ScriptedPortal, open_tokens: Callable[[], Tokens]
) -> None:
    tokens = open_tokens()
    portal.behaviours["/auth/token"] = HANG_UP
    with pytest.raises(Unreachable):
        tokens.renew("access-1")
    portal.behaviours["/auth/token"] = Answer(503)
    with pytest.raises(BadAnswer):
        tokens.renew("access-1")
    assert signed_in.portals.choose().refresh_token == "refresh-1"
    portal.behaviours.clear()
    assert tokens.renew("access-1") == "access-2"


def test_a_token_without_a_way_to_renew_it_ends(
    signed_in: Client, portal: ScriptedPortal, open_tokens: Callable[[], Tokens]
) -> None:
    forget_refresh(signed_in)
    tokens = open_tokens()
    assert tokens.current() == "access-1"
    for _ in range(2):
        with pytest.raises(SignInNeeded):
            tokens.renew("access-1")
    with pytest.raises(SignInNeeded):
        tokens.current()
    expire(signed_in)
    with pytest.raises(SignInNeeded):
        open_tokens().current()
    assert portal.issued == 1


def test_a_portal_that_was_signed_out_of_has_no_token(signed_in: Client, open_tokens: Callable[[], Tokens]) -> None:
    signed_in.sign_ins.end()
    with pytest.raises(SignInNeeded):
        open_tokens().current()


def test_a_refresh_that_the_portal_refuses_shows_in_the_status(signed_in: Client, portal: ScriptedPortal) -> None:
    expire(signed_in)
    portal.refuses_refresh = True
    with pytest.raises(SignInNeeded):
        signed_in.sync.run()
    assert signed_in.overview.status().needs_sign_in
    assert not signed_in.portals.list()[0].is_signed_in
