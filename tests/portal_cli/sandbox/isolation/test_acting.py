"""What somebody who acts for a patient gets: what the right covers, and nothing that is confidential, by any way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from portal_cli.sandbox.granting import Wish
from portal_cli.sandbox.rights import MESSAGES, Rights
from tests.portal_cli.sandbox.isolation.acting import BORN, HIDDEN, UNLABELLED, Actor, hidden_one, open_one, portal
from tests.portal_cli.sandbox.isolation.conftest import KINDS, SCOPE, SECRET, owned
from tests.portal_cli.sandbox.isolation.test_reading import VENDORS, declared, names

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON = {"Content_Type": "application/fhir+json"}
PATCH = json.dumps([{"op": "add", "path": "/language", "value": "en"}])
PATCHED = {"Content_Type": "application/json-patch+json"}
SECRETS = {f"{kind}/hidden-{kind}" for kind in HIDDEN}


@pytest.fixture(scope="module")
def mona(tmp_path_factory: pytest.TempPathFactory) -> Actor:
    return Actor(portal(tmp_path_factory.mktemp("acting")))


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Actor:
    """One for a test that changes the record."""
    return Actor(portal(tmp_path_factory.mktemp("acting")))


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> Actor:
    """One for tests that add to the record."""
    return Actor(portal(tmp_path_factory.mktemp("acting")))


@pytest.fixture(autouse=True)
def nothing_confidential_is_changed(request: pytest.FixtureRequest) -> Iterator[None]:
    actor = request.getfixturevalue("mona") if "mona" in request.fixturenames else None
    before = actor.kept() if actor else {}
    yield
    assert (actor.kept() if actor else {}) == before


@pytest.mark.parametrize("kind", HIDDEN)
def test_what_is_confidential_is_read_as_if_it_were_not_there(mona: Actor, kind: str) -> None:
    for tail in ("", "/_history/1", "/_history", "/_history/2"):
        for headers in ({}, {"If_None_Match": 'W/"1"'}, {"Accept": "*/*"}, {"If_Modified_Since": "Sat, 01 Jan 2050"}):
            found, absent = (
                mona.answers("GET", f"{kind}/{name}-{kind}{tail}", **headers) for name in ("hidden", "absent")
            )
            assert found == absent
            assert found[0] == 404
    assert mona.call("GET", f"{kind}/open-{kind}").status_code == 200
    own = mona.call("GET", f"{kind}/hidden-{kind}", token=mona.token_of("ada"))
    assert own.status_code == 200
    assert kind in UNLABELLED or SECRET in own.get_data(as_text=True)


def values(kind: str, parameter: dict[str, str]) -> Iterator[str]:
    """What to ask for, to come upon what is confidential."""
    yield from (f"hidden-{kind}", f"urn:mark|hidden-{kind}", f"{kind}/hidden-{kind}", "Patient/ada", "R", "V")
    yield from ("Observation/hidden-Observation", "Encounter/hidden-Encounter")
    if parameter["type"] == "date":
        yield from ("ge1900", "ne1901")
    yield f"open-{kind},hidden-{kind}"


@pytest.mark.parametrize("kind", KINDS)
def test_no_search_finds_what_is_confidential(mona: Actor, kind: str) -> None:
    for parameter in declared(mona, kind)["searchParam"]:
        for value in values(kind, parameter):
            for modifier in ("", ":not", ":missing"):
                asked = f"{parameter['name']}{modifier}={quote('false' if modifier == ':missing' else value)}"
                answer = mona.call("GET", f"{kind}?{asked}&_count=200")
                assert not names(answer) & SECRETS, asked
                if answer.status_code == 200:
                    found = answer.get_json()
                    matches = [one for one in found.get("entry", []) if one["search"]["mode"] == "match"]
                    assert found["total"] == len(matches), asked
    counted = mona.document("GET", f"{kind}?_id=hidden-{kind}&_summary=count")
    assert counted["total"] == 0
    form = mona.call("POST", f"{kind}/_search", f"_id=hidden-{kind},open-{kind}")
    assert not names(form) & SECRETS
    if kind != "Patient":
        assert f"{kind}/open-{kind}" in names(mona.call("GET", f"{kind}?_id=open-{kind}"))


@pytest.mark.parametrize("kind", KINDS)
def test_no_search_brings_along_what_is_confidential(mona: Actor, kind: str) -> None:
    said = declared(mona, kind)
    asked = [f"_include={name}" for name in said.get("searchInclude", [])]
    asked += [f"_include:iterate={name}" for name in said.get("searchInclude", [])]
    asked += [f"_revinclude={name}" for name in said.get("searchRevInclude", [])]
    asked += [f"_revinclude={other}:{name}" for other in HIDDEN for name in ("patient", "subject", "has-member")]
    for part in [*asked, "_include=*", "_revinclude=*", "&".join(asked)]:
        assert not names(mona.call("GET", f"{kind}?_count=200&{part}")) & SECRETS, part


@pytest.mark.parametrize("kind", [*KINDS, ""])
def test_no_history_shows_what_is_confidential(mona: Actor, kind: str) -> None:
    path = f"{kind}/_history" if kind else "_history"
    for asked in ("_count=500", "_count=500&_since=1990-01-01T00:00:00Z"):
        answer = mona.call("GET", f"{path}?{asked}")
        assert not names(answer) & SECRETS
        assert answer.get_json()["total"] == len(answer.get_json().get("entry", []))


def test_the_whole_record_is_whole_but_for_what_is_confidential(mona: Actor) -> None:
    for method in ("GET", "POST"):
        found = names(mona.call(method, "Patient/ada/$everything?_count=1000"))
        assert not found & SECRETS
        assert found >= {f"{kind}/open-{kind}" for kind in HIDDEN}
    assert mona.call("GET", "Patient/mona/$everything").status_code == 404


@pytest.mark.parametrize(
    "path", ["Observation?_count=1&_sort=_id", "_history?_count=1", "Patient/ada/$everything?_count=1"]
)
def test_what_becomes_confidential_between_two_pages_is_on_none_after(fresh: Actor, path: str) -> None:
    repository = fresh.sandbox.portal.repository
    document = fresh.document("GET", path)
    for kind in HIDDEN:
        version = repository.current(kind, f"open-{kind}")
        assert version
        text = {"status": "generated", "div": f"<div>{SECRET}</div>"}
        repository.put({**version.resource(), "meta": {"security": [{"code": "R"}]}, "text": text}, version.key)
    while following := [link["url"] for link in document["link"] if link["relation"] == "next"]:
        answer = fresh.call("GET", following[0])
        assert not names(answer) & {f"{kind}/open-{kind}" for kind in HIDDEN}
        document = answer.get_json()


def test_what_leads_to_a_match_is_looked_at_again_for_the_next_page(fresh: Actor) -> None:
    repository = fresh.sandbox.portal.repository
    for name in ("o1", "o2"):
        repository.put(owned("Observation", "ada"), name)
        target = [{"reference": f"Observation/{name}"}]
        repository.put({"resourceType": "Provenance", "target": target}, f"p-{name}")
    asked = "Observation?_id=o1,o2&_sort=_id&_count=1&_revinclude=Provenance:target"
    first = fresh.document("GET", asked)
    following = next(link["url"] for link in first["link"] if link["relation"] == "next")
    assert "Provenance/p-o2" in names(fresh.call("GET", following))
    secret = {"resourceType": "Provenance", "target": target, "meta": {"security": [{"code": "V"}]}}
    repository.put(secret, "p-o2")
    assert names(fresh.call("GET", following)) == {"Bundle/None", "Observation/o2"}


@pytest.mark.parametrize("is_label_new", [True, False])
def test_neither_a_new_label_nor_one_that_was_lifted_opens_a_version(fresh: Actor, *, is_label_new: bool) -> None:
    repository = fresh.sandbox.portal.repository
    plain = owned("Observation", "ada", text={"status": "generated", "div": "<div>plain</div>"})
    secret = plain | {"meta": {"security": [{"code": "R"}]}, "text": {"status": "generated", "div": SECRET}}
    for body in (plain, secret) if is_label_new else (secret, plain):
        repository.put(json.loads(json.dumps(body)), "twofold")
    statuses = [
        fresh.call("GET", f"Observation/twofold{tail}").status_code for tail in ("", "/_history/1", "/_history/2")
    ]
    assert statuses == ([404, 404, 404] if is_label_new else [200, 404, 200])
    listed = fresh.document("GET", "Observation/twofold/_history")
    assert [entry["response"]["etag"] for entry in listed.get("entry", [])] == ([] if is_label_new else ['W/"2"'])
    newest = repository.current("Observation", "twofold")
    assert newest
    repository.delete(newest)
    assert fresh.call("GET", "Observation/twofold").status_code == (404 if is_label_new else 410)
    assert fresh.call("DELETE", "Observation/twofold").status_code == (404 if is_label_new else 204)


@pytest.mark.parametrize("kind", HIDDEN)
def test_what_is_confidential_is_written_as_if_it_were_not_there(mona: Actor, kind: str) -> None:
    answers = []
    for name in (f"hidden-{kind}", f"absent-{kind}"):
        there, body = f"{kind}/{name}", open_one(kind) | {"id": name}
        found = [mona.answers("PUT", there, body, **headers) for headers in (JSON, JSON | {"If_Match": 'W/"1"'})]
        found += [mona.answers("PATCH", there, PATCH, **headers) for headers in (PATCHED, PATCHED | {"If_Match": "*"})]
        found.append(mona.answers("DELETE", there))
        answers.append(found)
    assert answers[0] == answers[1]
    assert {status for status, _ in answers[0]} <= {403, 404, 405}


def fair(kind: str, **more: Any) -> dict[str, Any]:
    """A resource that an actor may well create."""
    found = owned(kind, "ada", **more)
    found.pop("id")
    return found


@pytest.mark.parametrize("kind", [kind for kind in HIDDEN if kind != "Provenance"])
def test_a_conditional_create_does_not_find_what_is_confidential(maker: Actor, kind: str) -> None:
    for condition in (f"identifier=urn:mark%7Chidden-{kind}", f"_id=hidden-{kind}"):
        made = maker.call("POST", kind, fair(kind), If_None_Exist=condition, **JSON)
        absent = maker.call("POST", kind, fair(kind), If_None_Exist=condition.replace("hidden", "absent"), **JSON)
        assert made.status_code == absent.status_code
        assert "hidden-" not in str((made.get_json(silent=True) or {}).get("id"))
        assert "hidden-" not in made.headers.get("Location", "")


@pytest.mark.parametrize("how", ["transaction", "batch"])
@pytest.mark.parametrize("kind", HIDDEN)
def test_a_bundle_of_requests_reaches_nothing_confidential(mona: Actor, kind: str, how: str) -> None:
    def requests(name: str) -> Iterator[tuple[dict[str, str], Any]]:
        there = f"{kind}/{name}"
        for path in (
            there,
            f"{there}/_history/1",
            f"{there}/_history",
            f"{kind}?_id={name}",
            "Patient/ada/$everything",
        ):
            yield {"method": "GET", "url": path}, None
        yield {"method": "PUT", "url": there}, open_one(kind) | {"id": name}
        yield {"method": "DELETE", "url": there}, None
        yield (
            {"method": "PATCH", "url": there},
            {"resourceType": "Binary", "contentType": PATCHED["Content_Type"], "data": "W10="},
        )
        pointing = fair("Observation", hasMember=[{"reference": f"{kind}?_id={name}"}])
        if how == "transaction":
            yield {"method": "POST", "url": "Observation"}, pointing

    answers = []
    for name in (f"hidden-{kind}", f"absent-{kind}"):
        entries = [{"request": asked} | ({"resource": body} if body else {}) for asked, body in requests(name)]
        bundles = [{"resourceType": "Bundle", "type": how, "entry": [entry]} for entry in entries]
        found = [mona.call("POST", "", bundle, **JSON) for bundle in bundles]
        assert not any(names(entry) & SECRETS for entry in found)
        documents = [one.get_json(silent=True) or {} for one in found]
        answers.append([[row["response"]["status"] for row in one.get("entry", [])] for one in documents])
        answers[-1].append([one.status_code for one in found])
    assert answers[0] == answers[1]


def test_what_is_written_points_at_nothing_confidential(fresh: Actor) -> None:
    """Else the practice, which acts on what is asked for, might copy it to where it is seen."""
    for kind in HIDDEN:
        body = fair("Task", status="requested", requester={"reference": fresh.actor})
        found, absent = (
            fresh.answers("POST", "Task", body | {"focus": {"reference": f"{kind}/{name}-{kind}"}}, **JSON)
            for name in ("hidden", "absent")
        )
        assert found == absent
        assert found[0] == 403
        seen = body | {"focus": {"reference": f"{kind}/open-{kind}"}}
        assert fresh.call("POST", "Task", seen, **JSON).status_code == 201


def test_a_transaction_may_point_at_what_it_makes_itself(fresh: Actor) -> None:
    task = fair("Task", status="requested", requester={"reference": fresh.actor}, focus={"reference": "urn:uuid:1"})
    entries = [
        {"fullUrl": "urn:uuid:2", "resource": task, "request": {"method": "POST", "url": "Task"}},
        {"fullUrl": "urn:uuid:1", "resource": fair("Goal"), "request": {"method": "POST", "url": "Goal"}},
    ]
    made = fresh.call("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries}, **JSON)
    assert made.status_code == 200, made.text
    focus = made.get_json()["entry"][0]["resource"]["focus"]["reference"]
    assert fresh.call("GET", focus).status_code == 200


def test_an_answer_to_an_appointment_that_is_confidential_does_nothing(fresh: Actor) -> None:
    response = fair("AppointmentResponse", participantStatus="accepted")
    answers = [
        fresh.answers(
            "POST", "AppointmentResponse", response | {"appointment": {"reference": f"Appointment/{name}"}}, **JSON
        )
        for name in ("hidden-Appointment", "absent-Appointment")
    ]
    assert answers[0] == answers[1]


def test_what_the_practice_copies_out_of_something_confidential_stays_so(fresh: Actor) -> None:
    repository = fresh.sandbox.portal.repository
    order = repository.current("MedicationRequest", "hidden-MedicationRequest")
    assert order
    repository.put({**order.resource(), "medicationCodeableConcept": {"text": SECRET}}, order.key)
    task = fair("Task", status="requested", code={"coding": [{"code": "refill"}]})
    task["focus"] = {"reference": "MedicationRequest/hidden-MedicationRequest"}
    own = fresh.token_of("ada")
    assert fresh.call("POST", "Task", task, token=own, **JSON).status_code == 201
    for _ in range(5):
        fresh.sandbox.clinic.step()
    assert len(names(fresh.call("GET", "MedicationDispense", token=own))) == 4
    assert len(names(fresh.call("GET", "MedicationDispense"))) == 2


def test_a_file_of_a_message_is_hidden_with_the_message(fresh: Actor) -> None:
    own = fresh.token_of("ada")
    binary = fair("Binary", contentType="text/plain", data="b3BlbiBzbyBmYXI=")
    made = fresh.call("POST", "Binary", binary, token=own, **JSON).get_json()
    path = f"Binary/{made['id']}"
    assert fresh.call("GET", path).status_code == 200
    message = fair("Communication", meta={"security": [{"code": "R"}]}, sender={"reference": "Patient/ada"})
    message |= {"status": "in-progress", "topic": {"text": "For you alone"}}
    message["payload"] = [{"contentAttachment": {"contentType": "text/plain", "url": path}}]
    assert fresh.call("POST", "Communication", message, token=own, **JSON).status_code == 201
    assert fresh.call("GET", path, token=own).status_code == 200
    assert fresh.call("GET", path).status_code == 404
    assert fresh.call("GET", path, Accept="text/plain").status_code == 404


def test_a_file_that_is_hidden_cannot_be_sent_on(fresh: Actor) -> None:
    own = fresh.token_of("ada")
    binary = fair("Binary", contentType="text/plain", data="b3BlbiBzbyBmYXI=")
    path = f"Binary/{fresh.call('POST', 'Binary', binary, token=own, **JSON).get_json()['id']}"
    message = fair("Communication", status="in-progress", topic={"text": "Look"})
    confidential = message | {"meta": {"security": [{"code": "R"}]}, "sender": {"reference": "Patient/ada"}}
    attached = {"payload": [{"contentAttachment": {"contentType": "text/plain", "url": path}}]}
    assert fresh.call("POST", "Communication", confidential | attached, token=own, **JSON).status_code == 201
    answers = []
    for url in (path, "Binary/absent"):
        payload = [{"contentAttachment": {"contentType": "text/plain", "url": url}}]
        theirs = message | {"sender": {"reference": fresh.actor}, "payload": payload}
        answers.append(fresh.call("POST", "Communication", theirs, **JSON).status_code)
    assert answers == [422, 422]
    assert fresh.call("GET", path).status_code == 404


@pytest.mark.parametrize("quirks", VENDORS)
def test_it_is_so_in_every_vendors_manner(tmp_path_factory: pytest.TempPathFactory, quirks: str) -> None:
    there = Actor(portal(tmp_path_factory.mktemp("vendor"), quirks))
    before = there.kept()
    for kind in HIDDEN:
        path = f"{kind}/hidden-{kind}"
        assert there.call("GET", path).status_code >= 400
        there.call("PUT", path, open_one(kind) | {"id": f"hidden-{kind}"})
        there.call("DELETE", path)
        for asked in (
            "patient=ada",
            f"_id=hidden-{kind}",
            "patient=ada&_include=*",
            "patient=ada&_revinclude=Provenance:target",
        ):
            assert not names(there.call("GET", f"{kind}?{asked}")) & SECRETS
    for path in ("Patient/ada/$everything", "_history"):
        assert not names(there.call("GET", path)) & SECRETS
    assert there.kept() == before


def test_a_grown_up_hides_only_what_the_right_leaves_out(fresh: Actor) -> None:
    repository = fresh.sandbox.portal.repository
    patient = repository.current("Patient", "ada")
    assert patient
    paths = ("Condition/hidden-Condition", "Provenance/hidden-Provenance")
    for born, status in ((BORN, 404), ("1980-01-01", 200), ("2999", 200)):
        repository.put({**patient.resource(), "birthDate": born}, "ada")
        actual = [
            fresh.client.get(f"/fhir/{path}", headers={"Authorization": f"Bearer {fresh.token}"}) for path in paths
        ]
        assert [answer.status_code for answer in actual] == [status] * 2, born


def test_who_may_only_view_changes_nothing_by_any_way(tmp_path_factory: pytest.TempPathFactory) -> None:
    there = Actor(portal(tmp_path_factory.mktemp("view")), Rights(is_view_only=True))
    repository = there.sandbox.portal.repository
    before = {version.name: version.number for version in repository.versions(set(repository.kinds()))}
    for kind in KINDS:
        path = f"{kind}/{'ada' if kind == 'Patient' else f'open-{kind}'}"
        assert there.call("GET", path).status_code == 200
        tries = [
            ({"method": "PUT", "url": path}, open_one(kind), JSON),
            ({"method": "PATCH", "url": path}, PATCH, PATCHED),
            ({"method": "DELETE", "url": path}, None, {}),
            ({"method": "POST", "url": kind}, fair(kind), JSON),
        ]
        for asked, body, headers in tries:
            assert there.call(asked["method"], asked["url"], body, **headers).status_code == 403, (kind, asked)
            packed = {"resourceType": "Binary", "contentType": PATCHED["Content_Type"], "data": "W10="}
            entry = {"request": asked, **({"resource": packed if body == PATCH else body} if body else {})}
            for how in ("transaction", "batch"):
                answer = there.call("POST", "", {"resourceType": "Bundle", "type": how, "entry": [entry]}, **JSON)
                statuses = [row["response"]["status"] for row in (answer.get_json() or {}).get("entry", [])]
                assert answer.status_code >= 400 or all(status.startswith("403") for status in statuses)
    assert {version.name: version.number for version in repository.versions(set(repository.kinds()))} == before


def test_who_gets_no_messages_gets_none_and_nothing_that_is_about_one(tmp_path_factory: pytest.TempPathFactory) -> None:
    there = Actor(portal(tmp_path_factory.mktemp("silent")), Rights(denied_kinds=MESSAGES))
    repository = there.sandbox.portal.repository
    origin = {"resourceType": "Provenance", "target": [{"reference": "Communication/open-Communication"}]}
    repository.put(origin, "of-message")
    repository.put({"resourceType": "Binary", "contentType": "text/plain", "data": ""}, "of-message")
    message = repository.current("Communication", "open-Communication")
    assert message
    payload = [{"contentAttachment": {"url": "Binary/of-message"}}]
    repository.put({**message.resource(), "payload": payload}, message.key)
    own = there.token_of("ada")
    for path in ("Communication/open-Communication", "Provenance/of-message", "Binary/of-message"):
        assert there.call("GET", path, token=own).status_code == 200, path
        assert there.call("GET", path).status_code in {403, 404}, path
    for path in ("Observation?_revinclude=Communication:about", "_history", "Patient/ada/$everything", "Provenance"):
        for name in names(there.call("GET", f"{path}{'&' if '?' in path else '?'}_count=1000")):
            assert not name.startswith("Communication"), path
            assert not name.endswith("/of-message"), path


def test_a_right_that_has_ended_opens_nothing_at_all(fresh: Actor) -> None:
    pages = [link["url"] for link in fresh.document("GET", "Condition?_count=1&_include=*")["link"]]
    fresh.sandbox.portal.granting.end(fresh.actor)
    for kind in KINDS:
        path = f"{kind}/open-{kind}"
        for method, target, body in (
            ("GET", path, None),
            ("GET", f"{path}/_history", None),
            ("GET", f"{path}/_history/1", None),
            ("GET", kind, None),
            ("GET", f"{kind}/_history", None),
            ("PUT", path, open_one(kind)),
            ("PATCH", path, PATCH),
            ("DELETE", path, None),
            ("POST", kind, fair(kind)),
        ):
            assert fresh.call(method, target, body, **JSON).status_code == 401
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": []}
    for method, target, sent in (
        ("GET", "_history", None),
        ("GET", "Patient/ada/$everything", None),
        ("POST", "", bundle),
    ):
        assert fresh.call(method, target, sent, **JSON).status_code == 401
    assert {fresh.call("GET", page).status_code for page in pages} == {401}


def test_who_acts_for_one_patient_sees_nothing_of_another_or_of_their_own(fresh: Actor) -> None:
    fresh.sandbox.portal.repository.put(
        {"resourceType": "Condition", "subject": {"reference": "Patient/mona"}}, "monas"
    )
    assert fresh.call("GET", "Condition/monas").status_code == 404
    assert "Condition/monas" not in names(fresh.call("GET", "Condition"))
    assert fresh.call("GET", "Patient/mona").status_code == 404
    assert hidden_one("Condition")["subject"] == {"reference": "Patient/ada"}


def test_nobody_grows_up_by_the_hand_of_who_acts_for_them(fresh: Actor) -> None:
    for born in ("1980-01-01", None):
        patient = {name: value for name, value in fresh.document("GET", "Patient/ada").items() if name != "birthDate"}
        changed = patient | ({"birthDate": born} if born else {})
        assert fresh.call("PUT", "Patient/ada", changed, **JSON).status_code == 422
        assert fresh.call("GET", "Condition/hidden-Condition").status_code == 404


def test_the_practice_takes_over_nothing_that_patients_wrote_into_its_papers(fresh: Actor) -> None:
    portal = fresh.sandbox.portal
    repository, today = portal.repository, portal.clock.now().date()
    (person,) = repository.belongings("mona", "Person")
    (username,) = (one.username for one in fresh.sandbox.sign_ins if one.patient == "mona")
    own = portal.tokens.issue(portal.tokens.new_grant("app", username, "mona", SCOPE), "access", SCOPE)
    repository.put({"resourceType": "Patient"}, "zoe")
    repository.put({"resourceType": "Patient"}, "otto")
    theirs = portal.granting.give(Wish("otto", "zoe", "CHILD", today))
    changed = person.resource()
    changed["link"].append({"target": {"reference": theirs}})
    assert fresh.call("PUT", person.name, changed, token=own, **JSON).status_code == 200
    assert [one.patient for one in portal.mandates.of("mona")] == ["ada"]
    portal.granting.give(Wish("mona", "otto", "FRND", today))
    assert sorted(one.patient for one in portal.mandates.of("mona")) == ["ada", "otto"]
    portal.granting.end(fresh.actor)
    adas = fresh.token_of("ada")
    for consent in repository.belongings("ada", "Consent"):
        again = consent.resource() | {"status": "active"}
        assert fresh.call("PUT", consent.name, again, token=adas, **JSON).status_code == 200
    related = repository.history(*fresh.actor.split("/"))[-1].resource() | {"active": True}
    assert fresh.call("PUT", fresh.actor, related, token=adas, **JSON).status_code == 200
    assert [one.patient for one in portal.mandates.of("mona")] == ["otto"]
