"""FHIR over HTTP: bytes as served, pages to the end, and one renewal of the token."""

from __future__ import annotations

import gzip
import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from store.errors import BadAnswer, InsecureAddress, Rejected, RemoteError, SignInNeeded
from store.remote.fhir import Fhir, issues
from store.remote.http import Http
from tests.support.hostile import ScriptedPortal, bundle, outcome, resource
from tests.support.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator

ODD = (
    b'{ "id":"o1",\n  "valueQuantity" : {"value": 1.00, "n": 123456789012345678901234567890},\n'
    b' "resourceType":"Observation"}'
)
TASK = resource("Task", "x")


class Purse:
    """Tokens in a row, each good until it is refused."""

    def __init__(self, *tokens: str) -> None:
        self.left = list(tokens)

    def current(self) -> str:
        return self.left[0]

    def renew(self, stale: str) -> str:
        assert stale == self.left.pop(0)
        if not self.left:
            raise SignInNeeded("here")
        return self.left[0]


@pytest.fixture
def fhir(portal: ScriptedPortal) -> Iterator[Fhir]:
    portal.accepted |= {"good"}
    with closing(Http(portal.base_url, 5.0)) as line:
        yield Fhir(line, portal.base_url, Purse("good"), "here")


def observations(fhir: Fhir) -> str:
    return fhir.first_page("Observation", {"patient": "p1"})


def serve(portal: ScriptedPortal, answer: Answer) -> None:
    portal.behaviours["/fhir/Observation"] = answer


def test_resources_come_byte_for_byte(portal: ScriptedPortal, fhir: Fhir) -> None:
    portal.add(ODD)
    page = fhir.page(observations(fhir))
    assert page.resources == (ODD,)
    assert page.next_url is None
    assert page.served
    assert fhir.read("Observation/o1") == ODD


def test_a_packed_page_is_the_same_page(portal: ScriptedPortal, fhir: Fhir) -> None:
    serve(portal, Answer(200, gzip.compress(bundle([ODD])), {"Content-Encoding": "gzip"}))
    assert fhir.page(observations(fhir)).resources == (ODD,)


def test_a_search_names_the_patient_and_a_page_size(portal: ScriptedPortal, fhir: Fhir) -> None:
    assert observations(fhir) == f"{portal.base_url}/Observation?patient=p1&_count=100"


def test_a_next_page_may_be_named_relatively(portal: ScriptedPortal, fhir: Fhir) -> None:
    serve(portal, Answer(200, bundle([ODD], "?page=2")))
    assert fhir.page(observations(fhir)).next_url == f"{portal.base_url}/Observation?page=2"


def test_a_portal_without_a_clock_names_no_time(portal: ScriptedPortal, fhir: Fhir) -> None:
    portal.serves_date = False
    serve(portal, Answer(200, bundle([])))
    assert fhir.page(observations(fhir)).served is None


@pytest.mark.parametrize(
    "link",
    ["https://evil.example/fhir?x", "http://localhost/x", "//evil.example/x", "file:///etc/passwd", "http://[bad"],
)
def test_a_next_page_on_another_server_is_refused(portal: ScriptedPortal, fhir: Fhir, link: str) -> None:
    serve(portal, Answer(200, bundle([ODD], link)))
    page = fhir.page(observations(fhir))
    assert (page.resources, page.next_url) == ((ODD,), None)
    assert isinstance(page.problem, InsecureAddress)


def test_a_next_page_with_a_user_in_it_is_not_asked_for(portal: ScriptedPortal, fhir: Fhir) -> None:
    serve(portal, Answer(200, bundle([ODD], portal.base_url.replace("://", "://me:pw@") + "/x")))
    following = fhir.page(observations(fhir)).next_url
    assert following
    with pytest.raises(InsecureAddress, match="user name"):
        fhir.page(following)


def test_a_page_that_names_itself_as_the_next_is_refused(portal: ScriptedPortal, fhir: Fhir) -> None:
    serve(portal, Answer(200, bundle([ODD], observations(fhir))))
    page = fhir.page(observations(fhir))
    assert page.next_url is None
    assert "circle" in str(page.problem)


def test_a_byte_order_mark_and_a_link_to_nowhere_do_no_harm(portal: ScriptedPortal, fhir: Fhir) -> None:
    body = b'\xef\xbb\xbf{"resourceType":"Bundle","link":[{"relation":"next","url":null}],"entry":[{"resource":'
    serve(portal, Answer(200, body + ODD + b"}]}"))
    assert fhir.page(observations(fhir)).resources == (ODD,)


def test_what_a_portal_has_not_built_is_a_refusal(portal: ScriptedPortal, fhir: Fhir) -> None:
    serve(portal, Answer(501))
    with pytest.raises(Rejected):
        fhir.page(observations(fhir))


def test_entries_without_a_resource_are_passed_over(portal: ScriptedPortal, fhir: Fhir) -> None:
    body = b'{"resourceType":"Bundle","entry":[{"fullUrl":"x"},{"resource":null},{"resource":' + ODD
    serve(portal, Answer(200, body + b',"search":{"mode":null}}],"link":[{"relation":"self","url":"x"}]}'))
    page = fhir.page(observations(fhir))
    assert (page.resources, page.next_url) == ((ODD,), None)


@pytest.mark.parametrize("body", [b'{"resourceType":"Bundle"}', b'{"resourceType":"Bundle","entry":[],"link":[]}'])
def test_a_bundle_may_be_empty(portal: ScriptedPortal, fhir: Fhir, body: bytes) -> None:
    serve(portal, Answer(200, body))
    assert fhir.page(observations(fhir)).resources == ()


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>Please sign in</html>", b"[]", b"{}", b'{"resourceType":"Patient","id":"p1"}', b"\xff\xfe",
        b'{"resourceType":"Bundle","entry":[{"resource":{"a":', b'{"resourceType":"Bundle","entry":7}',
        b'{"resourceType":"Bundle","entry":[{"resource":' + b"[" * 100_000 + b"]" * 100_000 + b"}]}",
    ],
)  # fmt: skip
def test_an_answer_that_is_no_bundle_is_refused(portal: ScriptedPortal, fhir: Fhir, body: bytes) -> None:
    serve(portal, Answer(200, body))
    with pytest.raises(BadAnswer, match="FHIR Bundle"):
        fhir.page(observations(fhir))


@pytest.mark.parametrize(
    ("status", "error"), [(302, BadAnswer), (304, BadAnswer), (500, BadAnswer), (503, BadAnswer), (400, Rejected)]
)
def test_an_answer_that_is_no_success_is_told_by_its_class(
    portal: ScriptedPortal, fhir: Fhir, status: int, error: type[RemoteError]
) -> None:
    serve(portal, Answer(status, headers={"Location": "https://evil.example/"}))
    with pytest.raises(error, match=str(status)):
        fhir.page(observations(fhir))


def test_a_refusal_carries_the_portals_words_made_safe(portal: ScriptedPortal, fhir: Fhir) -> None:
    serve(portal, outcome(403, "not\nyours \x1b[31m" + "x" * 1000))
    with pytest.raises(Rejected, match="not yours") as caught:
        fhir.page(observations(fhir))
    assert "\x1b" not in caught.value.issues[0]
    assert len(caught.value.issues[0]) == 300


def test_the_best_words_of_each_issue_are_chosen() -> None:
    listed = [
        {"details": {"text": "best"}, "diagnostics": "second", "code": "third"},
        {"details": "x", "diagnostics": "second", "code": "third"},
        {"code": "third"},
        {"code": 7},
        "odd",
        {},
    ]
    assert issues(json.dumps({"issue": listed}).encode()) == ("best", "second", "third")
    assert len(issues(json.dumps({"issue": [{"code": "x"}] * 50}).encode())) == 10


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"issue":7}', b"\xff", b"[" * 100_000])
def test_a_body_without_issues_has_no_words(body: bytes) -> None:
    assert issues(body) == ()


def test_a_refused_token_is_renewed_once_and_the_request_repeated(portal: ScriptedPortal) -> None:
    portal.accepted |= {"new"}
    portal.add(ODD)
    with closing(Http(portal.base_url, 5.0)) as line:
        fhir = Fhir(line, portal.base_url, Purse("old", "new"), "here")
        assert fhir.page(observations(fhir)).resources == (ODD,)
    assert [call.headers["authorization"] for call in portal.requests] == ["Bearer old", "Bearer new"]


def test_a_new_token_that_is_refused_is_a_refusal_of_the_request(portal: ScriptedPortal) -> None:
    with closing(Http(portal.base_url, 5.0)) as line:
        fhir = Fhir(line, portal.base_url, Purse("old", "older"), "here")
        with pytest.raises(Rejected) as caught:
            fhir.read("Patient/p1")
    assert caught.value.status == 401
    assert len(portal.requests) == 2


def test_a_read_of_a_known_version_may_bring_nothing(portal: ScriptedPortal, fhir: Fhir) -> None:
    portal.add(resource("Observation", "o1", meta={"versionId": "3"}))
    portal.types["Observation"] = type(portal.types["Observation"])(conditional_read=True)
    assert fhir.read("Observation/o1", "3") is None
    assert portal.requests[-1].headers["if-none-match"] == 'W/"3"'
    assert fhir.read("Observation/o1", "2") is not None


@pytest.mark.parametrize("version", ['3"', "3\r\nX: y", "\u00e9", "", "x" * 65])
def test_a_version_that_is_none_is_not_put_into_a_header(portal: ScriptedPortal, fhir: Fhir, version: str) -> None:
    portal.add(ODD)
    assert fhir.read("Observation/o1", version) == ODD
    assert "if-none-match" not in portal.requests[-1].headers


def test_a_missing_record_is_refused_with_its_status(fhir: Fhir) -> None:
    with pytest.raises(Rejected) as caught:
        fhir.read("Observation/none")
    assert caught.value.status == 404


def test_a_reference_cannot_lead_out_of_its_place(portal: ScriptedPortal, fhir: Fhir) -> None:
    with pytest.raises(Rejected):
        fhir.read("Observation/../../auth/x?y#z")
    assert portal.requests[-1].target == "/fhir/Observation/..%2F..%2Fauth%2Fx%3Fy%23z"


def test_a_create_brings_what_exists_now(portal: ScriptedPortal, fhir: Fhir) -> None:
    written = fhir.create("Task", TASK, None)
    assert written.reference == "Task/new-1"
    assert json.loads(written.body or b"")["id"] == "new-1"
    sent = portal.requests[-1]
    assert (sent.body, sent.headers["prefer"]) == (TASK, "return=representation")
    assert sent.headers["content-type"] == "application/fhir+json"
    assert "if-none-exist" not in sent.headers


def test_the_condition_of_a_create_is_encoded(portal: ScriptedPortal, fhir: Fhir) -> None:
    fhir.create("Task", TASK, "identifier=https://a.example/id?x|1&2")
    assert portal.requests[-1].headers["if-none-exist"] == "identifier=https%3A%2F%2Fa.example%2Fid%3Fx%7C1%262"


@pytest.mark.parametrize(
    "headers",
    [
        {"Location": "/fhir/Task/t9"},
        {"Location": "https://elsewhere.example/fhir/Task/t9/_history/1"},
        {"Content-Location": "Task/t9/"},
    ],
)
def test_a_create_may_answer_with_a_place_only(portal: ScriptedPortal, fhir: Fhir, headers: dict[str, str]) -> None:
    portal.behaviours["/fhir/Task"] = Answer(201, headers=headers)
    written = fhir.create("Task", TASK, None)
    assert (written.reference, written.body) == ("Task/t9", None)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(201),
        Answer(200, b"<html>"),
        Answer(201, headers={"Location": "https://portal.example/"}),
        Answer(201, headers={"Location": "/fhir/Communication/c1"}),
        Answer(201, outcome(201, "fine").body),
        Answer(201, b'{"resourceType":"Task","id":7}'),
    ],
)
def test_a_create_that_does_not_say_where_is_a_bad_answer(portal: ScriptedPortal, fhir: Fhir, answer: Answer) -> None:
    portal.behaviours["/fhir/Task"] = answer
    with pytest.raises(BadAnswer, match="where it put"):
        fhir.create("Task", TASK, None)


def test_a_create_is_never_repeated_on_its_own(portal: ScriptedPortal, fhir: Fhir) -> None:
    portal.behaviours["/fhir/Task"] = Answer(503)
    with pytest.raises(BadAnswer):
        fhir.create("Task", TASK, None)
    assert portal.count("POST", "/fhir/Task") == 1


PATIENT = b'{"resourceType":"Patient","id":"p1","weight":70.50}'


@pytest.mark.parametrize(("method", "content"), [("PUT", "fhir+json"), ("PATCH", "json-patch+json")])
def test_a_change_is_sent_as_it_is_for_the_version_it_names(
    portal: ScriptedPortal, fhir: Fhir, method: str, content: str
) -> None:
    portal.behaviours["/fhir/Patient/p1"] = Answer(200, PATIENT)
    change = fhir.update if method == "PUT" else fhir.patch
    written = change("Patient/p1", b"[1.00]", "7")
    sent = portal.requests[-1]
    assert (written.reference, written.body) == ("Patient/p1", PATIENT)
    assert (sent.method, sent.body, sent.headers["if-match"]) == (method, b"[1.00]", 'W/"7"')
    assert sent.headers["content-type"] == f"application/{content}"


@pytest.mark.parametrize("version", ["", 'x"\r\nX-Evil: 1', "a b"])
def test_a_version_that_is_none_gets_into_no_header(portal: ScriptedPortal, fhir: Fhir, version: str) -> None:
    portal.behaviours["/fhir/Patient/p1"] = Answer(204)
    assert fhir.update("Patient/p1", PATIENT, version).body is None
    assert "if-match" not in portal.requests[-1].headers
    assert "x-evil" not in portal.requests[-1].headers


def test_a_change_that_is_answered_by_something_else_is_not_taken_for_done(portal: ScriptedPortal, fhir: Fhir) -> None:
    portal.behaviours["/fhir/Patient/p1"] = Answer(200, b"<html>down for repair</html>")
    with pytest.raises(BadAnswer, match="does not say that it has stored"):
        fhir.update("Patient/p1", PATIENT, "7")
    portal.behaviours["/fhir/Patient/p1"] = Answer(200, outcome(200, "fine").body)
    assert fhir.update("Patient/p1", PATIENT, "7").body is None


@pytest.mark.parametrize(
    ("meta", "tag", "version"),
    [
        (b'"meta":{"versionId":"3"},', 'W/"4"', "3"),
        (b"", 'W/"4"', "4"),
        (b"", '"5"', "5"),
        (b"", "", ""),
        (b'"meta":{"versionId":7},', 'W/"a b"', ""),
    ],
)
def test_the_version_of_a_record_is_its_own_or_that_of_the_answer(
    portal: ScriptedPortal, fhir: Fhir, meta: bytes, tag: str, version: str
) -> None:
    body = b"{" + meta + PATIENT[1:]
    portal.behaviours["/fhir/Patient/p1"] = Answer(200, body, {"ETag": tag} if tag else {})
    found = fhir.current("Patient/p1")
    assert (found.body, found.version) == (body, version)


def test_a_refusal_and_a_failure_carry_the_pause_that_the_portal_asks_for(portal: ScriptedPortal, fhir: Fhir) -> None:
    portal.behaviours["/fhir/Task"] = Answer(429, headers={"Retry-After": "30"})
    with pytest.raises(Rejected) as refused:
        fhir.create("Task", TASK, None)
    portal.behaviours["/fhir/Task"] = Answer(503, headers={"Retry-After": "60"})
    with pytest.raises(BadAnswer) as failed:
        fhir.create("Task", TASK, None)
    assert (refused.value.wait, failed.value.wait) == (30.0, 60.0)
