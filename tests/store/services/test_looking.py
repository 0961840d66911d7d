"""Lists that are narrowed, what is new, differences of versions, searches and the summary, as a face asks for them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from store.errors import InvalidInput, NotFound, NotOffered
from store.services import searches
from store.services.records import Wanted
from store.vault import search
from tests.support.filling import fill
from tests.support.hostile import resource

if TYPE_CHECKING:
    from store.client import Client
    from tests.support.hostile import ScriptedPortal

LAB = {"category": [{"coding": [{"code": "laboratory"}]}]}
A1C = {"coding": [{"system": "local", "code": "77"}, {"code": "4548-4", "display": "Hemoglobin A1c"}], "text": "A1c"}
HIGH = {"interpretation": [{"coding": [{"code": "H"}]}]}
TEXT = base64.b64encode(b"Impression: shortness of breath\x1b[2J at night.").decode()


@pytest.fixture
def filled(client: Client, portal: ScriptedPortal) -> Client:
    fill(
        client,
        portal,
        resource("Practitioner", "p1", name=[{"text": "Noor Okafor, MD"}]),
        resource(
            "Observation", "a", code=A1C, effectiveDateTime="2024-02-01", status="final",
            performer=[{"reference": "Practitioner/p1"}], **LAB, **HIGH,
        ),
        resource("Observation", "b", code=A1C, effectiveDateTime="2022-02-01", status="amended", **LAB),
        resource(
            "Condition", "c", code={"text": "Asthma"}, onsetDateTime="2020", recorder={"display": "Sam Lee, RN"},
            clinicalStatus={"coding": [{"code": "active"}]},
        ),
        resource(
            "DocumentReference", "d", type={"text": "Visit note"}, date="2023-05-01",
            content=[{"attachment": {"contentType": "text/plain", "data": TEXT}}],
        ),
        resource("Encounter", "e", type=[{"text": "Check-up"}], period={"start": "2024-02-01"}, status="finished"),
        resource(
            "Procedure", "o", code={"text": "Spirometry"}, performedDateTime="2024-02-01",
            encounter={"reference": "Encounter/e"},
        ),
    )  # fmt: skip
    return client


def ids(client: Client, **wanted: object) -> set[str]:
    return {str(row.id) for row in client.records.list(Wanted(**wanted)).items}  # type: ignore[arg-type] # as it comes


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"code": "4548-4"}, {"a", "b"}),
        ({"code": "77", "since": "2023"}, {"a"}),
        ({"statuses": ("Amended",)}, {"b"}),
        ({"between": "2022..2023"}, {"b", "d"}),
        ({"abnormal": True}, {"a"}),
        ({"clinician": "okafor"}, {"a"}),
        ({"clinician": "Lee Sam"}, {"c"}),
        ({"kinds": ("labs", "conditions"), "clinician": "noor"}, {"a"}),
        ({"clinician": "nobody"}, set()),
    ],
)
def test_records_are_narrowed(filled: Client, wanted: dict[str, object], found: set[str]) -> None:
    assert ids(filled, **wanted) == found


def test_a_list_goes_on_after_a_record(filled: Client) -> None:
    whole = [str(row.id) for row in filled.records.list().items]
    first = filled.records.list(Wanted(), limit=3)
    after = f"{first.items[-1].type}/{first.items[-1].id}"
    assert [str(row.id) for row in filled.records.list(Wanted(after=after), limit=30).items] == whole[3:]
    assert len(filled.records.list(Wanted(clinician="o"), limit=1).items) == 1
    with pytest.raises(NotFound):
        filled.records.list(Wanted(after="none"))


@pytest.mark.parametrize("wanted", [{"since": "soon"}, {"between": "x"}, {"code": "--"}, {"kinds": ("spells",)}])
def test_what_cannot_be_meant_is_refused(filled: Client, wanted: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        ids(filled, **wanted)


def test_what_was_looked_at_is_no_longer_new(filled: Client, portal: ScriptedPortal) -> None:
    cut = filled.records.list(Wanted(new=True), limit=2)
    assert (len(cut.items), cut.is_cut) == (2, True)
    assert ids(filled, kinds=("conditions",), new=True) == {"c"}
    assert "c" not in ids(filled, new=True, code="4548-4")
    rest = ids(filled, new=True)
    assert "c" not in rest
    assert {"a", "b", "d"} <= rest
    assert ids(filled, new=True) == set()
    portal.add(resource("Condition", "c", code={"text": "Asthma, mild"}, onsetDateTime="2020"))
    portal.add(resource("Condition", "n", code={"text": "Hay fever"}))
    filled.sync.run()
    assert ids(filled, new=True) == {"c", "n"}
    assert ids(filled, new=True) == set()


def test_a_visit_tells_what_happened_in_it(filled: Client) -> None:
    shown = filled.records.show("Encounter/e")
    assert shown.detail.sections[0].title == "What happened"
    assert [(fact.label, fact.value) for fact in shown.detail.sections[0].facts] == [("Procedure", "Spirometry")]


def test_those_who_are_referred_to_are_called_by_their_names(filled: Client) -> None:
    facts = {fact.label: fact.value for fact in filled.records.show("Observation/a").detail.facts}
    assert "Noor Okafor, MD" in facts.values()


def test_a_search_looks_through_texts_and_shows_where_it_stands(filled: Client) -> None:
    (hit,) = filled.records.search('"shortness of breath"').items
    assert (hit.id, hit.type) == ("d", "DocumentReference")
    assert hit.snippet.text[slice(*hit.snippet.hits[0])] == "shortness of breath"
    assert "\x1b" not in hit.snippet.text
    assert filled.records.search('"breath of shortness"').total == 0
    assert [str(row.id) for row in filled.records.search("breath", by_relevance=True).items] == ["d"]


@pytest.mark.parametrize("kept", [1_000, 1, 0])
def test_a_search_shows_the_words_that_a_record_has_now(
    portal: ScriptedPortal, filled: Client, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    monkeypatch.setattr(searches, "_KEPT", kept)
    for when in ("at night", "at noon"):
        portal.add(resource("Condition", "c", code={"text": "Asthma"}, note=[{"text": f"Wheezing {when}"}]))
        portal.add(resource("Condition", "n", code={"text": "Cough"}, note=[{"text": f"Not wheezing {when}"}]))
        filled.sync.run()
        for typed in ("wheez", "wheezing", "wheezing at"):
            found = {hit.id: hit.snippet.text for hit in filled.records.search(typed).items}
            assert found == {"c": f"Wheezing {when}", "n": f"Not wheezing {when}"}


@pytest.mark.parametrize(("some", "first", "ranking"), [(1, "c", "title"), (2, "n", "date")])
def test_of_too_many_to_be_ranked_what_is_named_so_comes_first_where_much_is(
    filled: Client, portal: ScriptedPortal, monkeypatch: pytest.MonkeyPatch, some: int, first: str, ranking: str
) -> None:
    note = [{"text": "Sounds like asthma"}]
    portal.add(resource("Condition", "n", code={"text": "Cough"}, note=note, onsetDateTime="2024-05-05"))
    filled.sync.run()
    assert filled.records.search("asthma", 30, by_relevance=True).ranking == "best"
    for name, value in {"RANKED": 1, "COUNTED": 1, "NAMED": (1, 1), "_SOME": some}.items():
        monkeypatch.setattr(search, name, value)
    hits = filled.records.search("asthma", 30, by_relevance=True)
    assert (str(hits.items[0].id), len(hits.items), hits.ranking) == (first, 2, ranking)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("kind:lab", {"a", "b"}),
        ("kind:lab a1c after:2024", {"a"}),
        ("kind:lab before:2024", {"b"}),
        ("code:4548-4 status:amended", {"b"}),
        ("hemoglobin code:77 after:2023 before:2025", {"a"}),
        ("asthma patient:p1", {"c"}),
    ],
)
def test_fields_narrow_a_search(filled: Client, asked: str, found: set[str]) -> None:
    for limit in (None, 30):
        for by_relevance in (False, True):
            hits = filled.records.search(asked, limit, by_relevance=by_relevance)
            assert {str(row.id) for row in hits.items} == found
            assert hits.total == len(found)


def test_a_portal_that_there_is_not_is_refused(filled: Client) -> None:
    with pytest.raises(NotFound):
        filled.records.search("asthma portal:nowhere")


def test_a_slip_is_answered_with_what_the_vault_has(filled: Client) -> None:
    assert filled.records.search("spirometri").suggestions == ("spirometry",)
    assert filled.records.search("astma kind:condition").suggestions == ("asthma kind:condition",)
    assert filled.records.search("astma kind:lab").suggestions == ()
    assert filled.records.search("zzzzzz").suggestions == ()
    assert filled.records.search("asthma").suggestions == ()


def test_versions_are_compared_and_the_portal_s_own_are_asked_for_only_where_it_has_them(
    filled: Client, portal: ScriptedPortal
) -> None:
    with pytest.raises(NotFound, match="earlier version"):
        filled.histories.difference("Condition/c")
    portal.add(
        resource(
            "Condition", "c", code={"text": "Asthma"}, onsetDateTime="2021", note=[{"text": "Better"}, {"text": "x"}],
            clinicalStatus={"coding": [{"code": "remission", "display": "Remission"}]},
        )
    )  # fmt: skip
    filled.sync.run()
    _, _, changes = filled.histories.difference("Condition/c")
    found = {str(change.path): (str(change.before), str(change.after)) for change in changes}
    assert found["Onset"] == ("2020", "2021")
    assert found["Clinical status"] == ("active", "Remission")
    assert found["Recorder"] == ("Sam Lee, RN", "")
    assert any("Better" in after for _, after in found.values())
    assert len(filled.histories.list("Condition/c")) == 2
    with pytest.raises(NotFound, match="version"):
        filled.histories.difference("Condition/c", "99")
    with pytest.raises(NotOffered):
        filled.histories.list("Condition/c", ask=True)


def test_the_summary_has_what_is_current_and_names_its_records(filled: Client) -> None:
    found = filled.summaries.make()
    sections = {section.name: section for section in found.sections}
    assert [entry.title for entry in sections["problems"].entries] == ["Asthma"]
    assert sections["problems"].entries[0].record == "Condition/c"
    assert sections["allergies"].entries == ()
    assert sections["allergies"].nothing
    (short,) = (section for section in filled.summaries.make(0).sections if section.name == "problems")
    assert (short.entries, short.more) == ((), 1)
