"""Signing in by password and by browser, and signing out."""

from __future__ import annotations

import threading
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from store.errors import BadAnswer, InsecureAddress, NotFound, NotOffered, SignInNeeded, SignInRefused, Unreachable
from store.records.text import Safe
from store.services.sign_in import Reply, SecondStep, SignedOut, SignInRequest
from store.vault import reading
from tests.conftest import sign_in
from tests.support.hostile import Offer, ScriptedPortal, outcome, resource
from tests.support.signing import sign_in_to
from tests.support.wire import HANG_UP, Answer

if TYPE_CHECKING:
    from portal_cli.sandbox.server import Sandbox
    from store.client import Client
    from tests.support.wire import Call


def test_a_sandbox_takes_a_password(client: Client, sandbox: Sandbox) -> None:
    sign_in(client, sandbox)
    (summary,) = client.portals.list()
    assert (summary.patient, summary.patient_name) == (sandbox.sign_ins[0].patient, sandbox.sign_ins[0].name)
    assert summary.is_signed_in


def test_a_wrong_password_is_refused_and_saves_nothing(client: Client, sandbox: Sandbox) -> None:
    with (
        client.sign_ins.begin(SignInRequest(sandbox.base_url)) as attempt,
        pytest.raises(SignInRefused, match="password is not right"),
    ):
        attempt.with_password(sandbox.sign_ins[0].username, "wrong")
    assert not client.has_vault


def test_a_browser_comes_back_to_the_listener(client: Client, portal: ScriptedPortal) -> None:
    with client.sign_ins.begin(SignInRequest(portal.base_url)) as attempt, attempt.listen() as listener:
        url = attempt.url(listener.redirect_uri)
        browser = threading.Thread(target=lambda: urllib.request.urlopen(url, timeout=5).close())
        browser.start()
        redirected = listener.wait(attempt.is_answer, 5)
        browser.join()
        summary = attempt.finish(redirected)
    assert (summary.patient, summary.is_signed_in) == ("p1", True)
    token = next(call for call in portal.requests if call.path == "/auth/token")
    assert token.form["redirect_uri"] == listener.redirect_uri


def test_an_address_may_be_pasted(client: Client, portal: ScriptedPortal) -> None:
    with client.sign_ins.begin(SignInRequest(portal.base_url, redirect_uri="https://app.example/back")) as attempt:
        asked = parse_qs(urlsplit(attempt.url()).query)
        assert asked["redirect_uri"] == ["https://app.example/back"]
        back = urlencode({"code": "c", "state": asked["state"][0], "iss": portal.base_url})
        assert not attempt.is_answer("https://app.example/back?code=c&state=other")
        assert attempt.finish(f"https://app.example/back?{back}").is_signed_in


def test_an_address_of_no_sign_in_is_refused(client: Client, portal: ScriptedPortal) -> None:
    with client.sign_ins.begin(SignInRequest(portal.base_url)) as attempt:
        assert not attempt.is_answer("http://127.0.0.1:8765/callback?code=c&state=")
        with pytest.raises(SignInRefused):
            attempt.finish("http://127.0.0.1:8765/callback?code=c&state=")
    assert portal.issued == 0


def test_scopes_are_asked_for_by_what_is_offered_or_as_chosen(client: Client, portal: ScriptedPortal) -> None:
    portal.types["Task"] = Offer(("create",), ())
    with client.sign_ins.begin(SignInRequest(portal.base_url)) as attempt:
        scope = parse_qs(urlsplit(attempt.url()).query)["scope"][0]
        assert {"patient/*.rs", "patient/Task.crus", "offline_access"} <= set(scope.split())
    portal.token_extra = {"scope": "patient/Observation.rs"}
    chosen = SignInRequest(portal.base_url, client_id="mine", scope="patient/Observation.rs", name="clinic")
    with client.sign_ins.begin(chosen) as attempt:
        attempt.with_password("ada", "secret")
    with client.sign_ins.begin(SignInRequest("clinic")) as again:
        asked = parse_qs(urlsplit(again.url()).query)
        assert (asked["scope"], asked["client_id"]) == (["patient/Observation.rs"], ["mine"])
        assert again.name == "clinic"


def test_a_saved_portal_is_signed_in_to_again_by_name_address_or_alone(client: Client, portal: ScriptedPortal) -> None:
    sign_in_to(client, portal, "clinic")
    for named in ("clinic", None, portal.base_url, portal.base_url + "/metadata"):
        with client.sign_ins.begin(SignInRequest(named)) as attempt:
            assert (attempt.base_url, attempt.name, attempt.offers_password) == (portal.base_url, "clinic", True)
            attempt.with_password("ada", "secret")
    assert len(client.portals.list()) == 1


def test_a_name_that_is_not_saved_is_not_found(client: Client, portal: ScriptedPortal) -> None:
    with pytest.raises(NotFound):
        client.sign_ins.begin(SignInRequest("clinic"))
    sign_in_to(client, portal)
    with pytest.raises(NotFound):
        client.sign_ins.begin(SignInRequest("clinic"))


def test_another_patient_of_the_same_portal_is_another_connection(client: Client, portal: ScriptedPortal) -> None:
    sign_in_to(client, portal)
    portal.token_extra = {"patient": "p2"}
    portal.resources["Patient"]["p2"] = b'{"resourceType":"Patient","id":"p2","name":[{"text":"Ben"}]}'
    assert sign_in_to(client, portal, "ben").patient_name == "Ben"
    assert [item.patient for item in client.portals.list()] == ["p1", "p2"]


def test_a_sign_in_that_is_for_nobody_is_refused(client: Client, portal: ScriptedPortal) -> None:
    portal.token_extra = {"patient": None}
    with pytest.raises(BadAnswer, match="which patient"):
        sign_in_to(client, portal)
    assert not client.has_vault


def test_a_guarded_description_is_fetched_after_the_sign_in(client: Client, portal: ScriptedPortal) -> None:
    def guard(call: Call) -> Answer | None:
        return None if "authorization" in call.headers else outcome(401, "who are you")

    portal.behaviours["/fhir/metadata"] = guard
    sign_in_to(client, portal)
    assert b"CapabilityStatement" in client.portals.choose().capability


def test_an_address_that_is_no_portal_is_told(client: Client, portal: ScriptedPortal) -> None:
    portal.behaviours["/fhir/.well-known/smart-configuration"] = Answer(404)
    with pytest.raises(NotOffered):
        client.sign_ins.begin(SignInRequest(portal.base_url))
    for typed in ("http://portal.example/fhir", "http://[bad"):
        with pytest.raises(InsecureAddress):
            client.sign_ins.begin(SignInRequest(typed))
    with pytest.raises(Unreachable):
        client.sign_ins.begin(SignInRequest("http://127.0.0.1:1/fhir"))


def test_a_portal_is_named_after_its_host(client: Client, portal: ScriptedPortal) -> None:
    port = urlsplit(portal.base_url).port
    assert sign_in_to(client, portal).name == f"127.0.0.1-{port}"


def test_signing_out_revokes_and_forgets_the_tokens_and_keeps_the_records(
    client: Client, portal: ScriptedPortal
) -> None:
    sign_in_to(client, portal, "clinic")
    assert client.sign_ins.end() == SignedOut(Safe("clinic"), is_confirmed=True, management=None)
    revoked = [call.form for call in portal.requests if call.path == "/auth/revoke"]
    assert [(form["token"], form["token_type_hint"]) for form in revoked] == [
        ("refresh-1", "refresh_token"),
        ("access-1", "access_token"),
    ]
    row = client.portals.choose()
    assert (row.access_token, row.refresh_token) == (None, None)
    assert client.records.counts() == {"patient": 1}
    assert not client.sign_ins.end("clinic").is_confirmed
    with pytest.raises(SignInNeeded):
        client.sync.run()


@pytest.mark.parametrize("answer", [HANG_UP, Answer(500)])
def test_signing_out_forgets_the_tokens_whatever_the_portal_answers(
    client: Client, portal: ScriptedPortal, answer: Answer
) -> None:
    sign_in_to(client, portal, "clinic")
    portal.behaviours["/auth/revoke"] = answer
    assert not client.sign_ins.end("clinic").is_confirmed
    assert client.portals.choose().access_token is None


def test_signing_out_may_remove_the_records_of_that_portal_only(client: Client, portal: ScriptedPortal) -> None:
    with ScriptedPortal() as other:
        other.add(resource("Observation", "kept"))
        portal.add(resource("Observation", "gone", code={"text": "Goneword"}))
        sign_in_to(client, portal, "one")
        sign_in_to(client, other, "two")
        client.sync.run()
        client.sign_ins.end("one", erase=True)
    assert [item.name for item in client.portals.list()] == ["two"]
    assert [row.id for row in client.records.list(("observation",)).items] == ["kept"]
    assert client.records.search("goneword").total == 0
    with client.vault.reading() as connection:
        assert {line[4] for line in reading.audit_lines(connection, 50)} >= {"sign-in", "sign-out", "sync"}


def test_signing_out_of_all_signs_out_of_each(client: Client, portal: ScriptedPortal) -> None:
    portal.smart["management_endpoint"] = "https://portal.example/apps"
    with ScriptedPortal() as other:
        sign_in_to(client, portal, "one")
        sign_in_to(client, other, "two")
        ended = client.sign_ins.end_all()
        assert other.count("POST", "/auth/revoke") == portal.count("POST", "/auth/revoke") == 2
    assert [(one.name, one.is_confirmed, one.management) for one in ended] == [
        ("one", True, "https://portal.example/apps"),
        ("two", True, None),
    ]
    assert not any(item.is_signed_in for item in client.portals.list())


def test_a_page_of_applications_that_is_not_safe_to_open_is_left_out(client: Client, portal: ScriptedPortal) -> None:
    portal.smart["management_endpoint"] = "javascript:alert(1)"
    sign_in_to(client, portal)
    assert client.sign_ins.end().management is None


def test_a_portal_on_this_machine_is_known_by_the_name_it_calls_itself(client: Client, portal: ScriptedPortal) -> None:
    other_name = portal.base_url.replace("127.0.0.1", "localhost")
    with client.sign_ins.begin(SignInRequest(other_name)) as attempt:
        saved = attempt.with_password("anyone", "anything")
    assert saved.url == portal.base_url
    assert client.sync.run().failures == ()


def test_a_sign_in_that_was_never_begun_cannot_be_finished(client: Client, portal: ScriptedPortal) -> None:
    with client.sign_ins.begin(SignInRequest(portal.base_url)) as attempt, pytest.raises(SignInRefused, match="begun"):
        attempt.finish("http://127.0.0.1:8765/callback?code=1&state=2")


def test_a_portal_is_signed_in_to_again_by_the_name_it_was_given(client: Client, portal: ScriptedPortal) -> None:
    sign_in_to(client, portal)
    name = client.portals.list()[0].name
    assert ":" in name or "." in name
    with client.sign_ins.begin(SignInRequest(name)) as attempt:
        assert attempt.base_url == portal.base_url


def test_a_second_step_is_asked_for_until_its_code_is_right(client: Client, portal: ScriptedPortal) -> None:
    wanted = b'{"error":"insufficient_authorization","auth_session":"s","second_step":{"methods":["text"]}}'

    def answer(call: Call) -> Answer | None:
        if "second_step_send" in call.form or "password" in call.form:
            return Answer(400, wanted)
        if call.form["second_step_code"] != "42":
            return Answer(400, b'{"error":"access_denied","error_description":"not that one"}')
        return None

    portal.behaviours["/auth/challenge"] = answer
    replies, seen = [Reply("text"), Reply("text", "41"), Reply("text", "42")], []

    def reply(step: SecondStep) -> Reply:
        seen.append(step.problem)
        return replies.pop(0)

    with client.sign_ins.begin(SignInRequest(portal.base_url)) as attempt:
        assert attempt.with_password("ada", "secret", reply).is_signed_in
    assert seen == ["", "", "not that one"]


def test_a_second_step_that_nobody_can_answer_refuses_the_sign_in(client: Client, portal: ScriptedPortal) -> None:
    wanted = b'{"error":"insufficient_authorization","auth_session":"s","second_step":{"methods":["text"]}}'
    portal.behaviours["/auth/challenge"] = Answer(400, wanted)
    with (
        client.sign_ins.begin(SignInRequest(portal.base_url)) as attempt,
        pytest.raises(SignInRefused, match="second step"),
    ):
        attempt.with_password("ada", "secret")
    assert not client.has_vault
