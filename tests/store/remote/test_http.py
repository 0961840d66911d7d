"""One door to the network: what goes through it, and what it refuses."""

from __future__ import annotations

import email.utils
import gzip
import resource
import socket
import ssl
import time
import zlib
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
import pytest
import stamina

from store.errors import BadAnswer, InsecureAddress, Unreachable
from store.remote import http as door
from store.remote import reading, trust
from store.remote.http import (
    Http,
    Request,
    check_secure,
    is_loopback,
    is_same_on_this_machine,
    join,
    normal_base,
    origin_of,
)
from tests.support.hostile import ScriptedPortal
from tests.support.wire import HANG_UP, Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BASE = "https://portal.example/fhir"
GZIP = {"Content-Encoding": "gzip"}


def scripted(handle: Callable[[httpx.Request], httpx.Response]) -> Http:
    return Http(BASE, 5.0, httpx.MockTransport(handle))


@pytest.fixture
def line(portal: ScriptedPortal) -> Iterator[Http]:
    with closing(Http(portal.base_url, 5.0)) as found:
        yield found


def get(portal: ScriptedPortal, line: Http, *, patient: bool = False) -> door.Answer:
    return line.send(Request("GET", f"{portal.base_url}/x"), patient=patient)


def serve(portal: ScriptedPortal, *answers: Answer) -> None:
    left = list(answers)
    portal.behaviours["/fhir/x"] = lambda _: left.pop(0) if len(left) > 1 else left[0]


def test_an_answer_arrives_with_status_lower_case_headers_and_its_own_bytes(portal: ScriptedPortal, line: Http) -> None:
    serve(portal, Answer(404, b'{ "a": 1.00 }', {"X-Odd-Header": "Yes"}))
    answer = get(portal, line)
    assert (answer.status, answer.body, answer.headers["x-odd-header"]) == (404, b'{ "a": 1.00 }', "Yes")
    assert not answer.is_ok


def test_a_token_is_not_in_the_text_of_a_request() -> None:
    assert "secret" not in repr(Request("GET", BASE, token="secret"))


def test_a_token_never_goes_to_another_origin(portal: ScriptedPortal, line: Http) -> None:
    with ScriptedPortal() as other:
        for url in (other.base_url, other.base_url.replace("127.0.0.1", "localhost"), "https://127.0.0.1/fhir"):
            with pytest.raises(InsecureAddress, match="not on the portal"):
                line.send(Request("GET", url, token="secret"))
        assert other.requests == []
    assert portal.requests == []


def test_a_redirect_is_not_followed(portal: ScriptedPortal, line: Http) -> None:
    with ScriptedPortal() as other:
        for status in (301, 302, 303, 307, 308):
            serve(portal, Answer(status, headers={"Location": other.base_url}))
            answer = line.send(Request("GET", f"{portal.base_url}/x", token="secret"))
            assert answer.status == status
        assert other.requests == []


def test_proxies_of_the_environment_are_not_used(portal: ScriptedPortal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    serve(portal, Answer(200, b"direct"))
    with closing(Http(portal.base_url, 5.0)) as line:
        assert get(portal, line).body == b"direct"


@pytest.mark.parametrize(
    "url",
    [
        "http://portal.example/fhir",
        "http://127.0.0.1.evil.example/",
        "http://localhost.evil.example/",
        "http://10.0.0.1/",
        "http://169.254.169.254/",
        "https://user@portal.example/",
        "https://:secret@portal.example/",
        "http://127.0.0.1@evil.example/",
        "ftp://portal.example/",
        "file:///etc/passwd",
        "portal.example",
        "https://",
        "https://[::1",
        "https://portal.example:99999/",
        "",
    ],
)
def test_an_address_that_would_give_health_data_away_is_refused(url: str) -> None:
    with pytest.raises(InsecureAddress):
        check_secure(url)
    with pytest.raises(InsecureAddress):
        scripted(lambda _: httpx.Response(200)).send(Request("GET", url))


@pytest.mark.parametrize(
    "url", ["https://portal.example/", "http://127.0.0.1:8000/", "http://localhost/", "http://[::1]:8000/x"]
)
def test_https_anywhere_and_plain_http_on_this_machine_are_allowed(url: str) -> None:
    check_secure(url)


@pytest.mark.parametrize("url", ["https://portal.example/a\nb", "https://portal.example/\x00", "https://xn--\u20ac/"])
def test_an_address_that_no_request_can_be_made_of_is_refused(url: str) -> None:
    with pytest.raises(InsecureAddress):
        scripted(lambda _: httpx.Response(200)).send(Request("GET", url))


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Portal.Example/fhir?x#y", "https://portal.example:443"),
        ("http://localhost:80/", "http://localhost:80"),
        ("HTTP://localhost", "http://localhost:80"),
        ("https://[2001:DB8::1]/x", "https://[2001:db8::1]:443"),
        ("https://portal.example:0/", "https://portal.example:0"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("http://127.0.0.1/", True),
        ("http://127.8.9.1/", True),
        ("http://[::1]/", True),
        ("http://LOCALHOST/", True),
        ("http://portal.example/", False),
        ("http://0.0.0.0/", False),
        ("http:///", False),
    ],
)
def test_this_machine_is_known_by_name_alone(url: str, *, is_here: bool) -> None:
    assert is_loopback(url) is is_here


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        ("portal.example/fhir", "https://portal.example/fhir"),
        ("  https://portal.example/fhir/  ", "https://portal.example/fhir"),
        ("https://portal.example/fhir/metadata", "https://portal.example/fhir"),
        ("https://portal.example/fhir/metadata/", "https://portal.example/fhir"),
        ("https://portal.example/r4/.well-known/smart-configuration", "https://portal.example/r4"),
        ("HTTPS://portal.example/fhir?x=1#y", "https://portal.example/fhir"),
        ("portal.example:8443/fhir", "https://portal.example:8443/fhir"),
        ("localhost:8000/fhir", "http://localhost:8000/fhir"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("[::1]:8000/fhir", "http://[::1]:8000/fhir"),
        ("portal.example", "https://portal.example"),
    ],
)
def test_what_is_typed_becomes_the_base_url_that_was_meant(typed: str, base: str) -> None:
    assert normal_base(typed) == base


@pytest.mark.parametrize(
    "typed", ["", "  ", "http://portal.example", "ftp://portal.example", "https://a@b/", "[::1", "http://[bad", "x:y"]
)
def test_what_cannot_be_a_base_url_is_refused(typed: str) -> None:
    with pytest.raises(InsecureAddress):
        normal_base(typed)


def test_a_link_is_taken_relative_to_its_page() -> None:
    assert join(f"{BASE}/Observation?x=1", "?page=2") == f"{BASE}/Observation?page=2"
    assert join(BASE, "https://other.example/y") == "https://other.example/y"
    with pytest.raises(InsecureAddress):
        join(BASE, "http://[bad")


def test_a_packed_answer_is_inflated(portal: ScriptedPortal, line: Http) -> None:
    text = b'{"a":' + b"1" * 300_000 + b"}"
    for encoding in ("gzip", "x-gzip", " GZIP "):
        serve(portal, Answer(200, gzip.compress(text), {"Content-Encoding": encoding}))
        assert get(portal, line).body == text
    assert portal.requests[-1].headers["accept-encoding"] == "gzip"


def test_an_answer_without_content_may_say_that_it_is_packed(portal: ScriptedPortal, line: Http) -> None:
    serve(portal, Answer(204, headers=GZIP))
    assert get(portal, line).body == b""


def test_a_decompression_bomb_is_refused_in_little_memory_and_time(portal: ScriptedPortal, line: Http) -> None:
    packer = zlib.compressobj(9, wbits=31)
    block = b" " * (1 << 20)
    bomb = b"".join(packer.compress(block) for _ in range(300)) + packer.flush()
    assert len(bomb) < 400_000
    serve(portal, Answer(200, bomb, GZIP))
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    with pytest.raises(BadAnswer, match="far larger"):
        get(portal, line)
    assert time.monotonic() - began < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024


@pytest.mark.parametrize("keep", [10, 15, 200, -8, -1])
def test_a_packed_answer_that_breaks_off_is_refused(portal: ScriptedPortal, line: Http, keep: int) -> None:
    whole = gzip.compress(bytes(range(256)) * 40)
    serve(portal, Answer(200, whole[:keep], GZIP))
    with pytest.raises(BadAnswer, match="not complete"):
        get(portal, line)


@pytest.mark.parametrize(
    "body", [b"not gzip at all", gzip.compress(b"a" * 1000, mtime=0)[:-8] + b"\0" * 8], ids=["plain", "wrong checksum"]
)
def test_an_answer_that_is_packed_wrongly_is_refused(portal: ScriptedPortal, line: Http, body: bytes) -> None:
    serve(portal, Answer(200, body, GZIP))
    with pytest.raises(BadAnswer, match="packed wrongly"):
        get(portal, line)


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "compress"])
def test_a_packing_that_was_not_asked_for_is_refused(portal: ScriptedPortal, line: Http, encoding: str) -> None:
    serve(portal, Answer(200, b"x", {"Content-Encoding": encoding}))
    with pytest.raises(BadAnswer, match="not asked for"):
        get(portal, line)


def test_an_answer_that_is_too_large_is_refused(portal: ScriptedPortal, line: Http) -> None:
    request = Request("GET", f"{portal.base_url}/x", most=1 << 20)
    serve(portal, Answer(200, b"x" * (1 << 20)))
    assert len(line.send(request).body) == 1 << 20
    serve(portal, Answer(200, b"x" * ((1 << 20) + 1)))
    with pytest.raises(BadAnswer, match="larger than 1 MB"):
        line.send(request)


def test_an_answer_of_more_parts_than_memory_can_hold_is_refused(portal: ScriptedPortal, line: Http) -> None:
    serve(portal, Answer(200, b'{"entry":[' + b"{}," * 3_000_000 + b"{}]}"))
    with pytest.raises(BadAnswer, match="more parts"):
        get(portal, line)


def test_an_answer_that_trickles_is_given_up(
    portal: ScriptedPortal, line: Http, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_LONGEST_ANSWER", -1.0)
    serve(portal, Answer(200, b"{}"))
    with pytest.raises(Unreachable, match="too long"):
        get(portal, line)


def test_no_variable_gives_the_keys_of_a_connection_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    trust.trusting.cache_clear()
    context = trust.certificates()
    assert context.keylog_filename is None
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_refused_connection_says_that_nothing_was_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with closing(Http(url, 2.0)) as line, pytest.raises(Unreachable, match="no connection") as caught:
        line.send(Request("GET", url), patient=True)
    assert caught.value.sent is False


@pytest.mark.parametrize(
    ("error", "words", "sent"),
    [
        (httpx.ConnectError("x"), "no connection", False),
        (httpx.ConnectTimeout("x"), "in time", False),
        (httpx.PoolTimeout("x"), "in time", False),
        (httpx.ReadTimeout("x"), "in time", True),
        (httpx.WriteTimeout("x"), "in time", True),
        (httpx.ReadError("x"), "broke off", True),
        (httpx.WriteError("x"), "broke off", True),
        (httpx.RemoteProtocolError("x"), "broke off", True),
    ],
)
def test_a_failed_request_tells_whether_the_portal_may_have_seen_it(
    error: httpx.TransportError, words: str, *, sent: bool
) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(Unreachable, match=words) as caught:
        scripted(fail).send(Request("POST", BASE))
    assert caught.value.sent is sent


def test_a_portal_that_does_not_answer_in_time_is_unreachable(portal: ScriptedPortal) -> None:
    serve(portal, Answer(200, delay=30))
    with closing(Http(portal.base_url, 0.1)) as line, pytest.raises(Unreachable, match="in time") as caught:
        get(portal, line)
    assert caught.value.sent is True


@pytest.mark.parametrize("answer", [HANG_UP, Answer(200, b"half", declared=100, hangs_up=True)])
def test_a_connection_that_breaks_off_is_unreachable(portal: ScriptedPortal, line: Http, answer: Answer) -> None:
    serve(portal, answer)
    with pytest.raises(Unreachable, match="broke off"):
        get(portal, line)


HALF = Answer(200, b"half", declared=100, hangs_up=True)


@pytest.mark.parametrize("broken", [HANG_UP, HALF])
def test_a_read_whose_connection_breaks_off_is_made_again(portal: ScriptedPortal, line: Http, broken: Answer) -> None:
    serve(portal, broken, broken, broken, Answer(200, b"now"))
    assert get(portal, line, patient=True).body == b"now"
    assert portal.count("GET", "/fhir/x") == 4


@pytest.mark.parametrize("broken", [HANG_UP, HALF])
def test_a_read_that_breaks_off_again_and_again_is_given_up(portal: ScriptedPortal, line: Http, broken: Answer) -> None:
    again: list[str] = []
    line.on_retry = lambda request: again.append(request.url)
    serve(portal, broken)
    with pytest.raises(Unreachable, match="broke off") as caught:
        get(portal, line, patient=True)
    assert caught.value.sent is True
    assert portal.count("GET", "/fhir/x") == 4
    assert again == [f"{portal.base_url}/x"] * 3


def test_a_read_that_is_not_answered_in_time_is_made_once_more(portal: ScriptedPortal) -> None:
    serve(portal, Answer(200, delay=30))
    with closing(Http(portal.base_url, 0.1)) as line, pytest.raises(Unreachable, match="in time"):
        get(portal, line, patient=True)
    assert portal.count("GET", "/fhir/x") == 2


def test_a_read_that_breaks_off_between_busy_answers_has_its_full_number_of_tries(
    portal: ScriptedPortal, line: Http
) -> None:
    serve(portal, *[Answer(429)] * 4, HANG_UP, HANG_UP, Answer(200, b"now"))
    assert get(portal, line, patient=True).body == b"now"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_write_whose_connection_breaks_off_is_never_made_again(
    portal: ScriptedPortal, line: Http, method: str
) -> None:
    serve(portal, HANG_UP)
    with pytest.raises(Unreachable):
        line.send(Request(method, f"{portal.base_url}/x", body=b"{}"), patient=True)
    assert portal.count(method, "/fhir/x") == 1


@pytest.mark.parametrize("answer", [HANG_UP, Answer(503)])
def test_with_no_retries_every_request_is_made_once(portal: ScriptedPortal, answer: Answer) -> None:
    serve(portal, answer)
    with closing(Http(portal.base_url, 5.0, retries=0)) as line:
        if answer is HANG_UP:
            with pytest.raises(Unreachable):
                get(portal, line, patient=True)
        else:
            assert get(portal, line, patient=True).status == 503
    assert portal.count("GET", "/fhir/x") == 1


def test_nothing_is_asked_again_through_a_door_that_was_closed(portal: ScriptedPortal) -> None:
    line = Http(portal.base_url, 5.0)

    def close(_: object) -> Answer:
        line.close()
        return HANG_UP

    portal.behaviours["/fhir/x"] = close
    with pytest.raises(Unreachable):
        get(portal, line, patient=True)
    assert portal.count("GET", "/fhir/x") == 1


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_portal_is_asked_again(portal: ScriptedPortal, line: Http, status: int) -> None:
    serve(portal, Answer(status), Answer(status), Answer(200, b"now"))
    assert get(portal, line, patient=True).body == b"now"
    assert portal.count("GET", "/fhir/x") == 3


def test_a_portal_that_stays_busy_gets_four_requests_and_its_answer_is_told(portal: ScriptedPortal, line: Http) -> None:
    serve(portal, Answer(503, b"later"))
    answer = get(portal, line, patient=True)
    assert (answer.status, answer.body) == (503, b"later")
    assert portal.count("GET", "/fhir/x") == 4


def test_a_portal_that_turns_everybody_away_for_a_while_is_asked_for_longer(portal: ScriptedPortal, line: Http) -> None:
    serve(portal, *[Answer(429)] * 7, Answer(200, b"now"))
    assert get(portal, line, patient=True).body == b"now"
    serve(portal, Answer(429, b"never"))
    assert get(portal, line, patient=True).body == b"never"


def test_an_answer_that_says_itself_that_it_is_too_large_is_not_read(portal: ScriptedPortal, line: Http) -> None:
    serve(portal, Answer(200, b"x" * 1000, hangs_up=True, declared=2 << 30))
    with pytest.raises(BadAnswer, match="larger than 32 MB"):
        get(portal, line)


def test_a_request_that_must_not_be_repeated_is_sent_once(portal: ScriptedPortal, line: Http) -> None:
    serve(portal, Answer(503))
    assert get(portal, line).status == 503
    assert portal.count("GET", "/fhir/x") == 1


def test_a_failure_that_patience_cannot_help_is_not_repeated(portal: ScriptedPortal, line: Http) -> None:
    serve(portal, Answer(500))
    assert get(portal, line, patient=True).status == 500
    assert portal.count("GET", "/fhir/x") == 1


def test_the_pause_that_a_portal_names_is_kept(portal: ScriptedPortal, line: Http) -> None:
    stamina.set_testing(False)
    serve(portal, Answer(503, headers={"Retry-After": "0"}), Answer(200, b"now"))
    began = time.monotonic()
    assert get(portal, line, patient=True).body == b"now"
    assert time.monotonic() - began < 0.4  # pauses of our own begin at half a second


def pause(retry_after: str) -> object:
    return door._pause(door._TooBusy({"retry-after": retry_after}))


def seconds(retry_after: str) -> float:
    found = pause(retry_after)
    assert not isinstance(found, bool)
    assert hasattr(found, "total_seconds")
    return float(found.total_seconds())


def test_a_pause_may_be_named_in_seconds_or_as_a_date() -> None:
    assert seconds("7") == 7
    assert seconds(" 0 ") == 0
    assert 20 < seconds(email.utils.formatdate(time.time() + 30, usegmt=True)) <= 30
    assert seconds("Mon, 01 Jan 2001 00:00:00 GMT") == 0


def test_no_pause_is_longer_than_a_minute() -> None:
    assert seconds("86400") == 60
    assert seconds("9" * 400) == 60
    assert seconds("Fri, 31 Dec 2100 23:59:59 GMT") == 60


@pytest.mark.parametrize(
    "named", ["", "soon", "-5", "1.5", "\u00b2", "Mon, 99999999999999999999 Jan 2020 00:00:00 GMT"]
)
def test_a_pause_that_cannot_be_understood_is_one_of_our_own(named: str) -> None:
    assert pause(named) is True


def test_only_a_busy_portal_is_worth_a_pause() -> None:
    assert door._pause(ValueError()) is False


def test_a_body_and_headers_arrive_as_given(portal: ScriptedPortal, line: Http) -> None:
    portal.behaviours["POST /fhir/x"] = Answer(201)
    line.send(Request("POST", f"{portal.base_url}/x", {"X-One": "1"}, b'{"a":1.0}', token="t"))
    got = portal.requests[0]
    assert (got.body, got.headers["x-one"], got.headers["authorization"]) == (b'{"a":1.0}', "1", "Bearer t")
    assert got.headers["user-agent"] == "portal-terminal"


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("http://127.0.0.1:80/fhir", "http://localhost/fhir", True),
        ("http://[::1]:8080/fhir", "http://127.0.0.1:8080/fhir", True),
        ("http://127.0.0.1:81/fhir", "http://localhost/fhir", False),
        ("http://127.0.0.1/fhir", "http://localhost/other", False),
        ("https://127.0.0.1:80/fhir", "http://localhost:80/fhir", False),
        ("https://example.org/fhir", "https://example.org/fhir", False),
        ("", "http://localhost/fhir", False),
    ],
)
def test_two_names_of_this_machine_are_told_from_two_machines(one: str, other: str, *, is_same: bool) -> None:
    assert is_same_on_this_machine(one, other) is is_same
