"""The browser's answer, caught on this machine and told from everything else that knocks."""

from __future__ import annotations

import http.client
import socket
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from store.errors import PortTaken, RedirectElsewhere, SignInRefused
from store.remote.loopback import Listener

if TYPE_CHECKING:
    from collections.abc import Callable


def knock(listener: Listener, query: str = "", path: str | None = None, host: str | None = None) -> int:
    """Go to the listener as a browser does; gives the HTTP status."""
    parts = urlsplit(listener.redirect_uri)
    line = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=5)
    try:
        line.request("GET", f"{parts.path if path is None else path}?{query}", headers={"Host": host or parts.netloc})
        return line.getresponse().status
    finally:
        line.close()


def has(state: str) -> Callable[[str], bool]:
    return lambda address: f"state={state}" in address


def test_the_address_of_the_browser_is_handed_over_with_its_query() -> None:
    with Listener(None) as listener:
        assert knock(listener, "code=c&state=mine") == 200
        assert listener.wait(has("mine"), 5) == f"{listener.redirect_uri}?code=c&state=mine"


def test_every_listener_has_a_port_and_a_path_that_nobody_can_guess() -> None:
    with Listener(None) as one, Listener(None) as two:
        first, second = urlsplit(one.redirect_uri), urlsplit(two.redirect_uri)
        assert first.hostname == "127.0.0.1"
        assert first.port != second.port
        assert first.path != second.path
        assert len(first.path) >= 16


def test_the_page_says_that_the_window_can_be_closed_and_leaks_nothing() -> None:
    with Listener(None) as listener:
        parts = urlsplit(listener.redirect_uri)
        line = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=5)
        line.request("GET", f"{parts.path}?code=secret")
        answer = line.getresponse()
        page = answer.read()
        line.close()
    assert b"close this window" in page
    assert b"secret" not in page
    assert answer.getheader("Referrer-Policy") == "no-referrer"
    assert answer.getheader("Cache-Control") == "no-store"


def test_other_paths_and_other_hosts_are_passed_over() -> None:
    with Listener(None) as listener:
        assert knock(listener, "state=mine", path="/") == 404
        assert knock(listener, "state=mine", path="/favicon.ico") == 404
        assert knock(listener, "state=mine", host="evil.example") == 404
        assert knock(listener, "state=mine", host="127.0.0.1") == 404
        assert knock(listener, "state=mine&code=right") == 200
        assert "code=right" in listener.wait(has("mine"), 5)


def test_answers_of_other_sign_ins_are_passed_over() -> None:
    with Listener(None) as listener:
        for number in range(20):
            knock(listener, f"state=forged&code={number}")
        knock(listener, "error=access_denied")
        knock(listener, "state=mine&code=right")
        assert "code=right" in listener.wait(has("mine"), 5)


def test_the_wait_ends_when_no_answer_comes() -> None:
    with Listener(None) as listener, pytest.raises(SignInRefused, match="in time"):
        listener.wait(has("mine"), 0.05)


def test_a_flood_of_wrong_answers_does_not_prolong_the_wait() -> None:
    with Listener(None) as listener:
        stop = threading.Event()

        def flood() -> None:
            while not stop.is_set():
                listener._found.put(f"{listener.redirect_uri}?state=forged")

        thread = threading.Thread(target=flood)
        thread.start()
        try:
            with pytest.raises(SignInRefused, match="in time"):
                listener.wait(has("mine"), 0.3)
        finally:
            stop.set()
            thread.join()


def test_a_page_that_calls_by_script_is_passed_over() -> None:
    with Listener(None) as listener:
        parts = urlsplit(listener.redirect_uri)
        for origin in ("https://evil.example", "null", f"http://{parts.netloc}"):
            line = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=5)
            line.request("GET", f"{parts.path}?state=mine&code=forged", headers={"Origin": origin})
            assert line.getresponse().status == 404
            line.close()
        assert knock(listener, "state=mine&code=right") == 200
        assert "code=right" in listener.wait(has("mine"), 5)


@pytest.mark.parametrize("method", ["POST", "HEAD", "OPTIONS", "PUT"])
def test_only_a_visit_counts(method: str) -> None:
    with Listener(None) as listener:
        parts = urlsplit(listener.redirect_uri)
        line = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=5)
        line.request(method, f"{parts.path}?state=mine&code=forged")
        assert line.getresponse().status == 501
        line.close()
        assert listener._found.empty()


def test_two_hosts_in_one_request_are_passed_over() -> None:
    with Listener(None) as listener:
        parts = urlsplit(listener.redirect_uri)
        with socket.create_connection(("127.0.0.1", int(parts.port or 0)), 5) as line:
            line.sendall(f"GET {parts.path}?x HTTP/1.1\r\nHost: {parts.netloc}\r\nHost: evil\r\n\r\n".encode())
            assert b" 404 " in line.recv(100)


def test_callers_who_say_nothing_keep_nobody_out() -> None:
    with Listener(None) as listener:
        parts = urlsplit(listener.redirect_uri)
        silent = [socket.create_connection(("127.0.0.1", int(parts.port or 0)), 5) for _ in range(50)]
        assert knock(listener, "state=mine") == 200
        assert listener.wait(has("mine"), 5)
        for line in silent:
            line.close()


def test_localhost_is_listened_on_by_both_of_its_numbers() -> None:
    given = f"http://localhost:{free_port()}/callback"
    with Listener(given) as listener:
        for number in ("127.0.0.1", "::1"):
            line = http.client.HTTPConnection(number, urlsplit(given).port, timeout=5)
            line.request("GET", "/callback?state=mine", headers={"Host": urlsplit(given).netloc})
            assert line.getresponse().status == 200
            line.close()
            assert listener.wait(has("mine"), 5) == f"{given}?state=mine"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_path_may_be_given_with_any_port_that_is_free(host: str) -> None:
    given = f"http://{host}:0/callback"
    with Listener(given) as one, Listener(given) as two:
        assert one.redirect_uri != two.redirect_uri
        for listener in (one, two):
            parts = urlsplit(listener.redirect_uri)
            assert (parts.path, parts.port == 0) == ("/callback", False)
            assert knock(listener, "state=mine") == 200
            assert listener.wait(has("mine"), 5) == f"{listener.redirect_uri}?state=mine"


def test_an_address_with_a_query_of_its_own_keeps_it() -> None:
    given = f"http://127.0.0.1:{free_port()}/callback?app=1"
    with Listener(given) as listener:
        assert knock(listener, "state=mine") == 404
        assert knock(listener, "app=1&state=mine") == 200
        assert listener.wait(has("mine"), 5) == f"{given}&state=mine"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_given_address_is_listened_on(host: str) -> None:
    given = f"http://{host}:{free_port()}/callback"
    with Listener(given) as listener:
        assert listener.redirect_uri == given
        assert knock(listener, "state=mine") == 200
        assert listener.wait(has("mine"), 5) == f"{given}?state=mine"


def test_a_given_address_without_a_path_has_the_root() -> None:
    with Listener(f"http://127.0.0.1:{free_port()}") as listener:
        assert knock(listener, "state=mine", path="/") == 200


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {port} on this machine is taken"):
            Listener(f"http://127.0.0.1:{port}/callback")


@pytest.mark.parametrize(
    "given",
    [
        "https://127.0.0.1/callback",
        "http://portal.example/callback",
        "http://0.0.0.0:80/",
        "myapp://callback",
        "",
        "urn:ietf:wg:oauth:2.0:oob",
    ],
)
def test_an_address_that_is_not_on_this_machine_is_refused(given: str) -> None:
    with pytest.raises(RedirectElsewhere, match="not on this machine"):
        Listener(given)


@pytest.mark.parametrize("given", ["http://[bad", "http://127.0.0.1:99999/", "http://127.0.0.1:x/"])
def test_an_address_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(RedirectElsewhere, match="not a web address"):
        Listener(given)
