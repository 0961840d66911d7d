"""A portal that means harm: what is bad is named and kept apart, all else arrives, and no secret leaves the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.portal_cli.conftest import new_home
from tests.support.hostile import Offer, bundle, outcome, resource
from tests.support.hostility import (
    GOOD,
    JSON_TYPE,
    PARTLY,
    SEARCH,
    assert_clean,
    assert_no_secret_reached,
    in_vault,
    named,
    reported,
)
from tests.support.waiting import no_pauses
from tests.support.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.portal_cli.conftest import Home
    from tests.support.hostile import ScriptedPortal
    from tests.support.wire import Call


@pytest.fixture(autouse=True)
def _no_pauses() -> Iterator[None]:
    with no_pauses():
        yield


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_search_that_is_redirected_fails_alone_and_nothing_reaches_the_other_server(
    home: Home, portal: ScriptedPortal, elsewhere: ScriptedPortal, status: int
) -> None:
    to = {"Location": f"{elsewhere.base_url}/Observation"}
    portal.behaviours[SEARCH] = Answer(status, headers=to)
    assert home.run("sync").code == PARTLY
    assert reported(home)[0] == "failed"
    assert in_vault(home).keys() >= named("Condition").keys()
    assert elsewhere.requests == []


@pytest.mark.parametrize("path", ["/fhir/metadata", "/fhir/.well-known/smart-configuration", "/auth/token"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_what_a_sign_in_needs_is_not_fetched_from_where_a_redirect_leads(
    tmp_path: Path, portal: ScriptedPortal, elsewhere: ScriptedPortal, path: str, status: int
) -> None:
    portal.behaviours[path] = Answer(status, headers={"Location": elsewhere.origin + path})
    said = new_home(tmp_path).process("login", portal.base_url, "--username", "u", "--password-stdin", typed="p\n")
    assert said.code != 0
    assert "Traceback" not in said.err
    assert [call for call in portal.requests if call.path == path]
    assert elsewhere.requests == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_renewal_that_is_redirected_takes_no_token_along(
    home: Home, portal: ScriptedPortal, elsewhere: ScriptedPortal, status: int
) -> None:
    portal.accepted.clear()
    portal.behaviours["/auth/token"] = Answer(status, headers={"Location": f"{elsewhere.origin}/auth/token"})
    assert home.run("sync").code not in {0, 1}
    assert portal.count("POST", "/auth/token") > 1
    assert elsewhere.requests == []


@pytest.mark.parametrize(
    "link",
    [
        "http://{other}/fhir/Observation?page=2",
        "https://{own}/fhir/Observation?page=2",
        "//{other}/fhir/Observation?page=2",
        "http://{own}@{other}/fhir/Observation",
        "http://access-1@{own}/fhir/Observation?page=2",
        "http://{other}\\@{own}/fhir/Observation",
        "http:\\\\{other}\\fhir\\Observation",
        "\thttp://{other}/fhir/Observation",
        "http://{own}%40{other}/fhir/Observation",
        "http://{other}%2F@{own}/fhir/Observation",
        "http://{own}#@{other}/fhir/Observation",
        "ftp://{other}/fhir/Observation",
        "http://[::1",
    ],
)
def test_a_next_page_elsewhere_takes_nothing_there(
    home: Home, portal: ScriptedPortal, elsewhere: ScriptedPortal, link: str
) -> None:
    hosts = {"own": urlsplit(portal.origin).netloc, "other": urlsplit(elsewhere.origin).netloc}
    page = bundle(GOOD["Observation"], link.format(**hosts))
    portal.behaviours[SEARCH] = Answer(200, page, JSON_TYPE)
    said = home.run("sync")
    assert said.code == PARTLY
    assert_clean(said)
    assert in_vault(home).items() >= named("Observation", "Condition").items()
    assert reported(home)[0] in {"partly", "failed"}
    assert elsewhere.requests == []


def test_a_next_page_that_is_the_same_page_ends(home: Home, portal: ScriptedPortal) -> None:
    def again(call: Call) -> Answer:
        return Answer(200, bundle(GOOD["Observation"], portal.origin + call.target), JSON_TYPE)

    portal.behaviours[SEARCH] = again
    assert home.run("sync").code == PARTLY
    assert portal.count("GET", "/fhir/Observation") < 5
    assert in_vault(home).items() >= named("Observation", "Condition").items()


def test_addresses_inside_of_records_are_no_places_to_take_a_token_to(
    home: Home, portal: ScriptedPortal, elsewhere: ScriptedPortal
) -> None:
    portal.types["Practitioner"] = Offer(("read",), ())
    place = {"attachment": {"url": f"{elsewhere.base_url}/Binary/1", "contentType": "text/plain"}}
    own = {"attachment": {"url": f"{portal.base_url}/Binary/2", "contentType": "text/plain"}}
    author = {"author": [{"reference": f"{elsewhere.base_url}/Practitioner/d1"}]}
    portal.add(resource("DocumentReference", "d1", content=[place, own], **author))
    portal.behaviours["/fhir/Binary/2"] = Answer(307, headers={"Location": f"{elsewhere.base_url}/Binary/2"})
    cookie = {"Set-Cookie": "session=1; Path=/", **JSON_TYPE}
    portal.behaviours[SEARCH] = Answer(200, bundle(GOOD["Observation"]), cookie)
    home.run("sync", "--attachments")
    assert portal.count("GET", "/fhir/Binary/2") > 0
    assert "DocumentReference/d1" in in_vault(home)
    assert elsewhere.requests  # what is asked for there is asked for by nobody
    assert_no_secret_reached(elsewhere)


def nested(record_id: str) -> bytes:
    deep = b"[" * 10_000 + b"]" * 10_000
    return b'{"resourceType":"Observation","id":"' + record_id.encode() + b'","extension":' + deep + b"}"


PLAIN = b'{"resourceType":"Observation","id":"bad",'
BAD = {
    "deep": nested("bad"),
    "a member twice": PLAIN + b'"status":"final","status":"amended"}',
    "a wrong byte": PLAIN + b'"status":"\xff\xfe"}',
    "half a pair": PLAIN + b'"status":"\\ud800"}',
    "another patient": resource("Observation", "bad", subject={"reference": "Patient/other"}),
    "a number": PLAIN + b'"valueQuantity":{"value":1e999999999999999999999}}',
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_one_bad_record_is_kept_apart_and_named_until_a_good_one_comes(
    home: Home, portal: ScriptedPortal, body: bytes
) -> None:
    first, *others = GOOD["Observation"]
    portal.behaviours[SEARCH] = Answer(200, bundle([first, body, *others]), JSON_TYPE)
    said = home.run("sync")
    assert said.code == PARTLY
    assert "Observation/bad" in said.err
    assert_clean(said)
    held = in_vault(home)
    assert held.items() >= named("Observation", "Condition").items()
    assert "Observation/bad" not in held
    standing, unusable = reported(home)
    assert (standing, [item["name"] for item in unusable]) == ("partly", ["Observation/bad"])
    del portal.behaviours[SEARCH]
    portal.add(resource("Observation", "bad", status="final"))
    assert home.run("sync").code == 0
    assert reported(home) == ("complete", [])
    assert "Observation/bad" in in_vault(home)


NAMELESS = {
    "without an id": b'{"resourceType":"Observation"}',
    "a list": b"[1,2]",
    "a number": b"17",
    "a text": b'"Observation/1"',
    "an id with an escape": b'{"resourceType":"Observation","id":"\\u001b[31mred"}',
    "a type with an escape": b'{"resourceType":"\\u001b]0;x\\u0007","id":"a"}',
    "an id of NUL": b'{"resourceType":"Observation","id":"a\\u0000b"}',
    "an id that is a number": b'{"resourceType":"Observation","id":5}',
}


@pytest.mark.parametrize("body", NAMELESS.values(), ids=NAMELESS.keys())
def test_what_does_not_tell_what_it_is_is_named_all_the_same(home: Home, portal: ScriptedPortal, body: bytes) -> None:
    portal.behaviours[SEARCH] = Answer(200, bundle([*GOOD["Observation"], body]), JSON_TYPE)
    for said in (home.run("sync"), home.run("sync", "report")):
        assert said.code == PARTLY
        assert_clean(said)
    assert in_vault(home).items() >= named("Observation", "Condition").items()
    standing, unusable = reported(home)
    assert (standing, len(unusable)) == ("partly", 1)
    del portal.behaviours[SEARCH]
    assert home.run("sync").code == 0
    assert reported(home) == ("complete", [])


def test_a_bad_record_that_others_refer_to_is_in_the_report(home: Home, portal: ScriptedPortal) -> None:
    portal.types["Practitioner"] = Offer(("read",), ())
    portal.add(resource("Observation", "refers", performer=[{"reference": "Practitioner/d1"}]))
    bad = b'{"resourceType":"Practitioner","id":"d1","active":true,"active":false}'
    portal.behaviours["/fhir/Practitioner/d1"] = Answer(200, bad, JSON_TYPE)
    assert home.run("sync").code == PARTLY
    standing, unusable = reported(home, "Practitioner")
    assert (standing, [item["name"] for item in unusable]) == ("partly", ["Practitioner/d1"])


def test_odd_but_sound_records_are_kept_byte_for_byte(home: Home, portal: ScriptedPortal) -> None:
    long = resource("Observation", "long", note=[{"text": "x" * 5_000_000}])
    zero = PLAIN.replace(b"bad", b"zero") + b'"status":"a\\u0000b"}'
    twin = resource("Condition", "good0")
    portal.add(long, zero, twin)
    assert home.run("sync").code == 0
    wanted = {"Observation/long": long, "Observation/zero": zero, "Condition/good0": twin}
    assert in_vault(home).items() >= {**wanted, **named("Observation", "Condition")}.items()


def test_of_two_records_of_one_id_on_a_page_one_is_kept_whole(home: Home, portal: ScriptedPortal) -> None:
    pair = [resource("Observation", "twice", status=status) for status in ("final", "amended")]
    portal.behaviours[SEARCH] = Answer(200, bundle([*pair, *GOOD["Observation"]]), JSON_TYPE)
    assert home.run("sync").code in {0, PARTLY}
    held = in_vault(home)
    assert held["Observation/twice"] in pair
    assert held.items() >= named("Observation", "Condition").items()


ESCAPES = "\x1b[2J\x07\x9b31m\u202e\r\nPortal: all is well"
LIES = {
    "a page to sign in": Answer(200, b"<html><form>Sign in</form></html>", {"Content-Type": "text/html"}),
    "an outcome": Answer(200, outcome(200, ESCAPES).body, JSON_TYPE),
    "no Bundle": Answer(200, resource("Condition", "x"), JSON_TYPE),
    "nothing": Answer(200, b"", JSON_TYPE),
    "a refusal": outcome(500, ESCAPES),
    "two gigabytes": Answer(200, b"{", JSON_TYPE, declared=2 << 30, hangs_up=True),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_an_answer_that_is_no_page_fails_its_type_and_no_other(home: Home, portal: ScriptedPortal, lie: Answer) -> None:
    portal.behaviours[SEARCH] = lie
    for said in (home.run("sync"), home.run("sync", "report")):
        assert said.code == PARTLY
        assert "Observation" in said.out + said.err
        assert_clean(said)
    assert reported(home)[0] in {"failed", "partly"}
    assert in_vault(home).items() >= named("Condition").items()


def test_a_wrong_content_type_and_a_wrong_total_do_not_matter(home: Home, portal: ScriptedPortal) -> None:
    page = bundle(GOOD["Observation"]).replace(b'"searchset",', b'"searchset","total":99999999,', 1)
    portal.behaviours[SEARCH] = Answer(200, page, {"Content-Type": "image/png"})
    home.run("sync")
    assert in_vault(home).items() >= named("Observation", "Condition").items()
