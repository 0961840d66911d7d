"""All of a patient at once: used where it has been shown to bring what searches bring, and never believed."""

from __future__ import annotations

import datetime as dt
import email.utils
import json
from typing import TYPE_CHECKING

import pytest

from store.services.sync import How
from store.sync import plan
from store.vault import absences, progress, reading
from store.vault.reading import Filter
from tests.support.hostile import PATIENT, Offer, ScriptedPortal, bundle, outcome, resource
from tests.support.signing import sign_in_to
from tests.support.wire import Answer

if TYPE_CHECKING:
    from store.client import Client
    from store.vault.progress import Progress
    from tests.support.wire import Call

PATH = f"/fhir/Patient/{PATIENT}/$everything"
KEY = f"Patient/{PATIENT}/$everything"
WIDE = Offer(search=("patient",))
OLD = {"lastUpdated": "2020-01-01T00:00:00+00:00"}


def goal(record_id: str, text: str = "walk", **fields: object) -> bytes:
    return resource("Goal", record_id, description={"text": text}, **fields)


def old(type_name: str, record_id: str) -> bytes:
    return resource(type_name, record_id, meta=OLD)


def bodies(client: Client) -> dict[tuple[str, str], bytes]:
    with client.vault.reading() as connection:
        return {(row.type, row.id): body for row, body in reading.records(client.vault, connection, Filter())}


def row(client: Client) -> Progress:
    with client.vault.reading() as connection:
        return progress.load(connection, 1)[KEY]


def covered(client: Client) -> set[str]:
    return set((row(client).error or "").split())


def age(client: Client) -> None:
    """Let everything that was swept have been swept eight days ago."""
    with client.vault.transaction() as tx:
        tx.connection.execute("UPDATE sync_state SET full_sweep = full_sweep - ?", (8 * 86400,))


def asked(portal: ScriptedPortal) -> list[str]:
    """The searches and operations since the last look, as paths, and `_since` where it was said."""
    paths = ("/fhir/Goal", "/fhir/CarePlan", "/fhir/Condition", PATH)
    calls = [call for call in portal.requests if call.path in paths]
    portal.requests.clear()
    return sorted(call.path.rpartition("/")[2] + (" since" if "_since" in call.query else "") for call in calls)


@pytest.fixture
def signed_in(client: Client, portal: ScriptedPortal) -> Client:
    portal.has_everything = True
    portal.types["Goal"] = portal.types["CarePlan"] = WIDE
    portal.add(*(old("Goal", f"g{place}") for place in range(5)), *(old("CarePlan", f"c{place}") for place in range(5)))
    sign_in_to(client, portal)
    return client


@pytest.fixture
def proven(signed_in: Client, portal: ScriptedPortal) -> Client:
    assert signed_in.sync.run().failures == ()
    assert covered(signed_in) == {"Goal", "CarePlan"}
    asked(portal)
    return signed_in


def test_what_was_shown_to_be_whole_takes_the_place_of_the_searches(signed_in: Client, portal: ScriptedPortal) -> None:
    assert signed_in.sync.run().failures == ()
    assert asked(portal) == ["$everything", "CarePlan", "Goal"]
    assert signed_in.sync.run().failures == ()
    assert asked(portal) == ["$everything since"]
    portal.add(goal("g2", "run"), goal("new"))
    before = row(signed_in).complete_to
    report = signed_in.sync.run()
    assert (report.failures, report.changed) == ((), 2)
    assert asked(portal) == ["$everything since"]
    assert {bodies(signed_in)["Goal", name] for name in ("g2", "new")} == {goal("g2", "run"), goal("new")}
    assert (row(signed_in).complete_to or "") >= (before or "")
    assert signed_in.portals.list()[0].synced


def test_what_is_asked_for_overlaps_with_what_was_asked_for_before(proven: Client, portal: ScriptedPortal) -> None:
    before = dt.datetime.fromisoformat(row(proven).complete_to or "")
    proven.sync.run()
    call = next(call for call in portal.requests if call.path == PATH)
    assert dt.datetime.fromisoformat(call.query["_since"]) == before - plan.OVERLAP


def test_it_is_not_used_where_every_search_can_be_narrowed_or_it_is_not_declared(
    client: Client, portal: ScriptedPortal
) -> None:
    portal.add(goal("g"))
    portal.has_everything = True
    sign_in_to(client, portal)
    client.sync.run()
    client.sync.run(full=True)
    portal.types["Goal"] = WIDE
    portal.has_everything = False
    client.sync.run()
    client.sync.run(full=True)
    assert portal.count("GET", PATH) == 0


def test_searches_that_can_be_narrowed_go_on_beside_it_and_their_records_are_not_taken_from_it(
    proven: Client, portal: ScriptedPortal
) -> None:
    portal.add(resource("Condition", "k", meta=OLD))
    proven.sync.run()
    asked(portal)
    altered = resource("Condition", "k", note=[{"text": "shortened"}])
    portal.behaviours[PATH] = Answer(200, bundle([altered, goal("new")]))
    assert proven.sync.run().changed == 1
    assert asked(portal) == ["$everything since", "Condition"]
    assert bodies(proven)["Condition", "k"] == resource("Condition", "k", meta=OLD)


def test_a_portal_that_returns_all_of_it_whatever_the_time_does_no_harm(proven: Client, portal: ScriptedPortal) -> None:
    portal.behaviours[PATH] = lambda _: Answer(200, bundle(portal.resources["Goal"].values()))
    portal.add(goal("new"))
    report = proven.sync.run()
    assert (report.failures, report.changed) == ((), 1)
    assert proven.sync.run().changed == 0


def test_only_types_that_came_whole_are_covered_and_the_others_are_searched(
    signed_in: Client, portal: ScriptedPortal
) -> None:
    portal.types["Condition"] = WIDE  # with no record at all
    served = [*portal.resources["Goal"].values(), *list(portal.resources["CarePlan"].values())[1:]]
    portal.behaviours[PATH] = Answer(200, bundle(served))
    assert signed_in.sync.run().failures == ()
    assert covered(signed_in) == {"Goal"}
    portal.behaviours.clear()
    asked(portal)
    assert signed_in.sync.run().failures == ()
    assert asked(portal) == ["$everything since", "CarePlan", "Condition"]


def test_records_that_differ_from_what_searches_bring_are_neither_kept_nor_believed(
    signed_in: Client, portal: ScriptedPortal
) -> None:
    shortened = [goal(name, "short") for name in portal.resources["Goal"]]
    portal.behaviours[PATH] = Answer(200, bundle([*shortened, *portal.resources["CarePlan"].values()]))
    assert signed_in.sync.run().failures == ()
    assert covered(signed_in) == {"CarePlan"}
    assert {body for (name, _), body in bodies(signed_in).items() if name == "Goal"} == set(
        portal.resources["Goal"].values()
    )


def test_a_portal_that_shows_another_patient_is_not_believed_and_nothing_of_it_is_kept(
    signed_in: Client, portal: ScriptedPortal
) -> None:
    stranger = resource("Goal", "x", subject={"reference": "Patient/other"})
    every = [body for kept in portal.resources.values() for body in kept.values()]
    portal.behaviours[PATH] = Answer(200, bundle([*every, stranger]))
    assert signed_in.sync.run().failures == ()
    assert covered(signed_in) == set()
    assert ("Goal", "x") not in bodies(signed_in)
    asked(portal)
    assert signed_in.sync.run().failures == ()
    assert asked(portal) == ["CarePlan", "Goal"]


def test_one_that_shows_another_patient_later_is_told_of_searched_instead_and_not_used_any_more(
    proven: Client, portal: ScriptedPortal
) -> None:
    stranger = resource("Goal", "x", subject={"reference": "Patient/other"})
    portal.add(goal("new"))
    portal.behaviours[PATH] = Answer(200, bundle([stranger]))
    assert "another patient" in str(proven.sync.run().failures)
    assert {"CarePlan", "Goal"} < set(asked(portal))
    assert ("Goal", "new") in bodies(proven)
    assert ("Goal", "x") not in bodies(proven)
    assert [str(gap.type) for gap in proven.gaps.report()[0].types if gap.unusable] == ["Goal"]
    with proven.vault.transaction() as tx:
        tx.connection.execute("UPDATE quarantine SET at = at - 60")
    assert proven.sync.run().failures == ()
    assert asked(portal) == ["CarePlan", "Goal"]
    assert [gap.unusable for gap in proven.gaps.report()[0].types if gap.unusable] == []


@pytest.mark.parametrize("status", [400, 403, 404, 405, 422, 501])
def test_a_refusal_is_made_up_for_in_the_same_run_and_remembered(
    proven: Client, portal: ScriptedPortal, status: int
) -> None:
    portal.add(goal("new"))
    portal.behaviours[PATH] = outcome(status, "no")
    report = proven.sync.run()
    assert (report.failures, report.changed) == ((), 1)
    assert asked(portal) == ["$everything since", "CarePlan", "Goal"]
    proven.sync.run()
    assert asked(portal) == ["CarePlan", "Goal"]


def test_a_failure_is_made_up_for_in_the_same_run_and_the_next_one_tries_again(
    proven: Client, portal: ScriptedPortal
) -> None:
    before = row(proven)
    portal.add(goal("new"))
    portal.behaviours[PATH] = Answer(500)
    report = proven.sync.run()
    assert (report.failures, report.changed) == ((), 1)
    assert row(proven) == before
    portal.behaviours.clear()
    asked(portal)
    proven.sync.run()
    assert asked(portal) == ["$everything since"]


def test_one_that_breaks_off_between_pages_moves_no_time_on(proven: Client, portal: ScriptedPortal) -> None:
    before = row(proven)
    following = f"{portal.base_url}/Patient/{PATIENT}/$everything?page=2"
    portal.add(goal("first"), goal("second"))
    portal.behaviours[f"{PATH}?page=2"] = Answer(500)
    portal.behaviours[PATH] = Answer(200, bundle([goal("first")], following))
    assert proven.sync.run().failures == ()
    assert row(proven) == before
    assert {("Goal", "first"), ("Goal", "second")} <= bodies(proven).keys()


def test_a_portal_that_never_has_it_after_all_is_asked_once_a_week(signed_in: Client, portal: ScriptedPortal) -> None:
    for answer in (outcome(404, "no"), Answer(200, b"<html>"), outcome(401, "no")):
        portal.behaviours[PATH] = answer
        assert signed_in.sync.run(full=True).failures == ()
        assert "$everything" in asked(portal)
        assert signed_in.sync.run().failures == ()
        assert asked(portal) == ["CarePlan", "Goal"]
    portal.behaviours.clear()
    age(signed_in)
    signed_in.sync.run()
    assert covered(signed_in) == {"Goal", "CarePlan"}


def test_one_that_wants_a_new_sign_in_for_it_does_not_end_a_sync(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.refuses_refresh = True
    portal.behaviours[PATH] = outcome(401, "who are you")
    assert signed_in.sync.run().failures == ()
    assert covered(signed_in) == set()
    assert ("Goal", "g1") in bodies(signed_in)


def test_a_week_later_the_searches_are_made_and_it_is_compared_anew(proven: Client, portal: ScriptedPortal) -> None:
    age(proven)
    every = list(portal.resources["Goal"].values())
    portal.behaviours[PATH] = Answer(200, bundle(every))
    assert proven.sync.run().failures == ()
    assert asked(portal) == ["$everything", "CarePlan", "Goal"]
    assert covered(proven) == {"Goal"}


def test_a_sync_that_is_stopped_at_it_forgets_nothing_and_leaves_no_search_out(
    signed_in: Client, portal: ScriptedPortal
) -> None:
    is_asked: list[Call] = []

    def behave(call: Call) -> None:
        is_asked.append(call)

    portal.behaviours[PATH] = behave
    portal.page_size = 1
    signed_in.sync.run(should_stop=lambda: bool(is_asked))
    signed_in.sync.run()
    before = row(signed_in)
    assert covered(signed_in) == {"Goal", "CarePlan"}
    signed_in.sync.run(should_stop=lambda: True)
    assert row(signed_in) == before
    is_asked.clear()
    following = f"{portal.base_url}/Patient/{PATIENT}/$everything?page=2"

    def first(call: Call) -> Answer:
        is_asked.append(call)
        return Answer(200, bundle([], following))

    portal.behaviours[PATH] = first
    portal.behaviours[f"{PATH}?page=2"] = Answer(500)
    signed_in.sync.run(should_stop=lambda: bool(is_asked))
    assert row(signed_in) == before


def test_a_full_sync_makes_every_search_and_compares_anew(proven: Client, portal: ScriptedPortal) -> None:
    assert proven.sync.run(full=True).failures == ()
    assert asked(portal) == ["$everything", "CarePlan", "Goal"]
    assert covered(proven) == {"Goal", "CarePlan"}


def test_a_sync_for_some_kinds_searches_for_them(proven: Client, portal: ScriptedPortal) -> None:
    proven.sync.run(how=How(only=("Goal",)))
    assert asked(portal) == ["Goal"]


def test_a_clock_that_was_set_back_brings_the_searches_back(proven: Client, portal: ScriptedPortal) -> None:
    earlier = email.utils.format_datetime(dt.datetime.now(dt.UTC) - dt.timedelta(hours=2), usegmt=True)

    def behave(call: Call) -> Answer:
        answer = portal.usual(call)
        return Answer(answer.status, answer.body, {**answer.headers, "Date": earlier})

    for path in ("/fhir/Goal", "/fhir/CarePlan", PATH):
        portal.behaviours[path] = behave
    portal.add(resource("Goal", "new", meta=OLD))
    report = proven.sync.run()
    assert (report.failures, report.changed) == ((), 1)
    assert asked(portal) == ["$everything", "$everything since", "CarePlan", "Goal"]
    assert dt.datetime.fromisoformat(row(proven).complete_to or "") < dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)


def test_a_portal_that_does_not_tell_its_time_is_searched(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.serves_date = False
    signed_in.sync.run()
    signed_in.sync.run()
    assert portal.count("GET", PATH) == 0


def test_a_type_that_is_refused_does_not_keep_the_others_from_being_compared(
    signed_in: Client, portal: ScriptedPortal
) -> None:
    portal.behaviours["/fhir/CarePlan"] = outcome(403, "no")
    signed_in.sync.run()
    assert covered(signed_in) == {"Goal"}


def test_a_type_that_failed_puts_the_comparison_off(signed_in: Client, portal: ScriptedPortal) -> None:
    portal.behaviours["/fhir/CarePlan"] = Answer(500)
    signed_in.sync.run()
    assert portal.count("GET", PATH) == 0
    portal.behaviours.clear()
    signed_in.sync.run()
    assert covered(signed_in) == {"Goal", "CarePlan"}


def test_nothing_is_marked_as_gone_by_what_it_does_not_bring(proven: Client, portal: ScriptedPortal) -> None:
    del portal.resources["Goal"]["g1"]
    proven.sync.run()
    with proven.vault.reading() as connection:
        assert absences.marked(connection, (1,)) == {}
    age(proven)
    assert proven.sync.run().failures == ()
    with proven.vault.reading() as connection:
        assert len(absences.marked(connection, (1,))) == 1
    assert covered(proven) == {"Goal", "CarePlan"}


def test_provenance_that_only_searches_bring_keeps_the_searches(client: Client, portal: ScriptedPortal) -> None:
    portal.has_everything = True
    portal.types["Goal"] = WIDE
    portal.add(old("Goal", "g"))
    declared = portal.capability()
    for item in declared["rest"][0]["resource"]:
        item["searchRevInclude"] = ["Provenance:target"]
    portal.behaviours["/fhir/metadata"] = Answer(200, json.dumps(declared).encode())
    sign_in_to(client, portal)
    client.sync.run()
    assert covered(client) == {"Goal"}
    asked(portal)
    client.sync.run()
    assert asked(portal) == ["Goal"]


def test_the_gap_report_keeps_the_standing_of_types_that_were_not_asked_by_themselves(
    proven: Client, portal: ScriptedPortal
) -> None:
    before = proven.gaps.report()
    portal.add(goal("new"))
    proven.sync.run()
    after = {str(gap.type): gap for gap in proven.gaps.report()[0].types}
    assert {name: gap.standing for name, gap in after.items()} == {
        str(gap.type): gap.standing for gap in before[0].types
    }
    assert (after["Goal"].standing, after["Goal"].searches, after["Goal"].records) == ("complete", 1, 6)
    assert after["Patient"].searches == 0
