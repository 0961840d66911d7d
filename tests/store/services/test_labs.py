"""Results in a vault: what was before, panels, trends over portals, and never two patients in one line."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from store.errors import Ambiguous, InvalidInput, NotFound
from store.records.spans import Span
from store.services import earlier
from store.services.scope import Choice
from store.vault import reading
from tests.support.charts import PASSPHRASE, Chart, client_with
from tests.support.results import (
    GLUCOSE,
    GLUCOSE_MOLES,
    SODIUM,
    blood_pressure,
    concept,
    glucose,
    observation,
    quantity,
    span,
)

if TYPE_CHECKING:
    from pathlib import Path

    from store.client import Client
    from store.records.elements import Json

MOLES = observation(
    "m1",
    GLUCOSE_MOLES,
    "2023-06-01",
    valueQuantity=quantity("7.2", "mmol/L"),
    referenceRange=[span("3.9", "5.5", "mmol/L")],
)
MINE = [
    glucose("g1", "2022-01-01", "90"),
    glucose("g2", "2023-01-01", "101.0"),
    glucose("g3", "2024-01-01", "95.5"),
    observation("s1", SODIUM, "2023-01-01", valueQuantity=quantity("140", "mmol/L")),
    blood_pressure("v1", "2023-01-01", "120", "80"),
    blood_pressure("v2", "2024-01-01", "142", "82"),
]


@pytest.fixture
def alone(tmp_path: Path) -> Client:
    return client_with(tmp_path, Chart("clinic", "Ada Example", MINE))


@pytest.fixture
def twofold(tmp_path: Path) -> Client:
    """One person at two portals, who spell her name in their own ways."""
    return client_with(
        tmp_path,
        Chart("clinic", "Ada Example", MINE),
        Chart("hospital", "Ada M Example", [MOLES], patient="x9"),
    )


def by_id(client: Client, name: str | None = None, *, kind: str = "lab") -> dict[str, tuple[str, Decimal | None]]:
    return {str(item.id): (str(item.previous), item.change) for item in client.labs.list(name, kind=kind).items}


def test_a_list_tells_what_was_before_and_the_change_to_the_last_digit(alone: Client) -> None:
    assert by_id(alone) == {
        "g3": ("101.0 mg/dL", Decimal("-5.5")),
        "g2": ("90 mg/dL", Decimal("11.0")),
        "g1": ("", None),
        "s1": ("", None),
    }
    assert by_id(alone, kind="vital") == {"v2": ("120/80 mm[Hg]", None), "v1": ("", None)}


def test_what_was_before_is_told_also_of_a_page_and_of_what_is_narrowed(alone: Client) -> None:
    (newest,) = alone.labs.list(limit=1).items
    assert (newest.previous, newest.change) == ("101.0 mg/dL", Decimal("-5.5"))
    (high,) = alone.labs.list(abnormal=True).items
    assert (high.id, high.previous) == ("g2", "90 mg/dL")
    (last,) = alone.labs.list("glucose", span=Span(1_700_000_000)).items
    assert (last.id, last.previous) == ("g3", "101.0 mg/dL")


def test_what_was_long_before_is_searched_for(alone: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = by_id(alone)
    monkeypatch.setattr(earlier, "_NEARBY", 1)
    assert alone.labs.list(limit=1).items[0].previous == "101.0 mg/dL"
    assert by_id(alone) == whole


def test_what_was_before_may_be_of_another_portal_though_not_of_another_person(twofold: Client) -> None:
    assert by_id(twofold)["g3"] == ("7.2 mmol/L", None)
    assert by_id(twofold)["m1"] == ("101.0 mg/dL", None)


def test_results_are_narrowed_to_a_time(alone: Client) -> None:
    found = alone.labs.list(span=Span(1_672_531_200, 1_672_617_600))  # the first day of 2023
    assert {item.id for item in found.items} == {"g2", "s1"}
    assert found.total == 2
    points = alone.labs.trend("glucose", span=Span(1_672_531_200)).trends[0].lines[0].points
    assert [point.id for point in points] == ["g2", "g3"]


@pytest.mark.parametrize("wanted", ["glucose", "GLUC", "2345-7", "14749-6", "serum glucose"])
def test_one_person_at_two_portals_is_one_line(twofold: Client, wanted: str) -> None:
    (trend,) = twofold.labs.trend(wanted).trends
    assert [point.id for point in trend.lines[0].points] == ["g1", "g2", "m1", "g3"]
    assert [str(point.number) for point in trend.lines[0].points] == ["90", "101.0", "130", "95.5"]
    assert trend.portals == ("clinic", "hospital")


@pytest.mark.parametrize(
    "other",
    [
        Chart("hospital", "Bob Example", [MOLES]),
        Chart("hospital", "Ada Example", [MOLES], born="2001-01-01"),
        Chart("hospital", "Ada Example", [MOLES], born=None),
    ],
    ids=["another name", "another date of birth", "no date of birth"],
)
def test_two_people_are_never_one_line(tmp_path: Path, other: Chart) -> None:
    with client_with(tmp_path, Chart("clinic", "Ada Example", MINE), other) as client:
        with pytest.raises(Ambiguous):
            client.labs.trend("2345-7")
        assert by_id(client)["g3"] == ("101.0 mg/dL", Decimal("-5.5"))
        client.choice = Choice(portal="hospital")
        assert [point.id for point in client.labs.trend("2345-7").trends[0].lines[0].points] == ["m1"]
        assert by_id(client) == {"m1": ("", None)}
        assert client.labs.show("m1").history[0].portals == ("hospital",)


def test_what_only_one_of_several_people_has_is_not_asked_about(tmp_path: Path) -> None:
    other = Chart("hospital", "Bob Example", [MOLES])
    with client_with(tmp_path, Chart("clinic", "Ada Example", MINE), other) as client:
        (trend,) = client.labs.trend("sodium").trends
        assert (trend.patient, trend.portals) == ("Ada Example", ("clinic",))


def test_a_part_of_a_word_is_found_too(alone: Client) -> None:
    assert alone.labs.trend("odiu").trends[0].name == "Sodium"
    assert [item.id for item in alone.labs.list("odiu").items] == ["s1"]


def test_what_there_is_not_is_not_found(alone: Client) -> None:
    with pytest.raises(NotFound):
        alone.labs.trend("unobtainium")
    with pytest.raises(NotFound):
        alone.labs.trend("glucose", kind="vital")
    with pytest.raises(InvalidInput):
        alone.labs.trend("  ")
    with pytest.raises(NotFound):
        alone.labs.show("nothing")
    with pytest.raises(NotFound):
        alone.labs.show("Patient/p1")


def test_vital_signs_are_followed(alone: Client) -> None:
    found = alone.labs.trend("blood pressure", kind="vital").trends
    assert {str(trend.name): [str(point.number) for point in trend.lines[0].points] for trend in found} == {
        "Systolic": ["120", "142"],
        "Diastolic": ["80", "82"],
    }


def test_what_is_withdrawn_or_gone_is_no_point(tmp_path: Path) -> None:
    wrong = glucose("w", "2025-01-01", "900", status="entered-in-error")
    with client_with(tmp_path, Chart("clinic", "Ada Example", [*MINE, wrong])) as client:
        assert "w" not in {point.id for point in client.labs.trend("glucose").trends[0].lines[0].points}
        assert "w" not in by_id(client)


def test_a_result_in_full_has_its_range_and_what_was_before_it_and_nothing_after(twofold: Client) -> None:
    found = twofold.labs.show("g2")
    assert (found.result.value, found.result.flag, found.result.range) == ("101.0", "high", "70 - 99")
    (trend,) = found.history
    assert [point.id for point in trend.lines[0].points] == ["g1", "g2"]
    assert trend.lines[0].points[-1].change == Decimal("11.0")
    assert [point.id for point in twofold.labs.show("g3").history[0].lines[0].points] == ["g1", "g2", "m1", "g3"]


def test_reading_a_result_or_a_trend_is_noted_without_what_it_is(alone: Client) -> None:
    alone.labs.show("g2")
    alone.labs.trend("glucose")
    with alone.vault.reading() as connection:
        lines = [line[4:] for line in reading.audit_lines(connection, 2)]
    assert lines == [("read", "trend of 3 results"), ("read", "Observation/g2")]


def report(*references: Json, **parts: object) -> Json:
    return {
        "resourceType": "DiagnosticReport",
        "id": "r1",
        "status": "final",
        "code": concept("24323-8", "Metabolic panel"),
        "effectiveDateTime": "2024-01-01",
        "result": list(references),
        **parts,
    }


def panel_of(tmp_path: Path, *bodies: Json) -> Client:
    return client_with(tmp_path, Chart("clinic", "Ada Example", [*MINE, *bodies]))


def test_a_panel_has_its_results_in_their_order_with_what_was_before(tmp_path: Path) -> None:
    references = [
        {"reference": "Observation/g3"},
        {"reference": "https://clinic.example.org/fhir/Observation/s1/_history/2"},
        {"reference": "urn:uuid:v2"},
        {"reference": "#inside"},
        {"reference": "Observation/lost"},
        {"display": "no reference"},
    ]
    inside = observation("inside", concept("1742-6", "ALT"), "2024", valueQuantity=quantity("30", "U/L"))
    with panel_of(tmp_path, report(*references, contained=[inside])) as client:
        found = client.labs.show("DiagnosticReport/r1")
    assert found.is_panel
    assert [row.result.id for row in found.members] == ["g3", "s1", "v2", "inside"]
    assert (found.members[0].result.previous, found.members[0].result.change) == ("101.0 mg/dL", Decimal("-5.5"))
    assert found.missing == 1


def test_panels_inside_panels_are_followed_and_circles_end(tmp_path: Path) -> None:
    def group(name: str, *members: str) -> Json:
        references = [{"reference": f"Observation/{member}"} for member in members]
        return observation(name, concept("24323-8", name), "2024-01-01", hasMember=references)

    with panel_of(
        tmp_path, group("a", "b", "g1"), group("b", "g2", "a", "b"), report({"reference": "Observation/a"})
    ) as client:
        found = client.labs.show("r1")
        assert [(str(row.result.id), row.depth) for row in found.members] == [("a", 0), ("b", 1), ("g2", 2), ("g1", 1)]
        assert [str(row.result.id) for row in client.labs.show("a").members] == ["b", "g2", "g1"]


def test_of_several_ranges_that_of_this_person_is_the_usual_one(tmp_path: Path) -> None:
    ranges = [
        span("12", "16", "g/dL", appliesTo=[{"text": "Female"}]),
        span("14", "18", "g/dL", appliesTo=[{"text": "Male"}]),
    ]
    body = observation(
        "h", concept("718-7", "Hemoglobin"), "2024", valueQuantity=quantity("13", "g/dL"), referenceRange=ranges
    )
    for sex, low, flag in (("female", 12, ""), ("male", 14, "low")):
        folder = tmp_path / sex
        folder.mkdir()
        with client_with(folder, Chart("clinic", "Ada Example", [body], sex=sex)) as client:
            found = client.labs.show("h")
            assert found.range
            assert (str(found.range.low), found.result.flag) == (str(low), flag)
            assert client.labs.trend("hemoglobin").trends[0].lines[0].points[0].low == low


def test_following_results_of_one_unit_loads_no_library_of_units(alone: Client, tmp_path: Path) -> None:
    alone.close()
    statement = (
        "import sys; from pathlib import Path; from store.client import Client; from store.config import Settings;"
        f"folder = Path({str(tmp_path)!r});"
        f"client = Client(Settings(folder / 'vault', folder / 'config.toml'), ask=lambda: {PASSPHRASE!r});"
        "assert client.labs.trend('glucose').trends; assert client.labs.list().items; client.close();"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", statement], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"pint", "lark", "ucumvert", "rich", "typer", "httpx", "textual"}


def test_the_code_of_loinc_behind_a_local_one_is_the_code_of_a_result(tmp_path: Path) -> None:
    both = {"coding": [{"system": "urn:local", "code": "GLU"}, *GLUCOSE["coding"]], "text": "GLUC"}
    body = observation("b", both, "2025", valueQuantity=quantity("99", "mg/dL"))
    with panel_of(tmp_path, body) as client:
        assert [item.id for item in client.labs.list("2345-7").items] == ["b", "g3", "g2", "g1"]
        assert client.labs.list("2345-7").items[0].previous == "95.5 mg/dL"


def test_a_panel_is_followed_by_its_members_and_what_has_no_value_says_so(tmp_path: Path) -> None:
    panel = observation("p", concept("44249-1", "Score panel"), "2024", hasMember=[{"reference": "Observation/s1"}])
    empty = observation("e", concept("59041-4", "Mutations"), "2024")
    with panel_of(tmp_path, panel, empty) as client:
        (trend,) = client.labs.trend("44249-1").trends
        assert (trend.name, [point.id for point in trend.lines[0].points]) == ("Sodium", ["s1"])
        assert [item.value for item in client.labs.trend("mutations").trends[0].remarks] == ["no value"]


def test_what_one_portal_calls_by_another_name_is_followed_too(tmp_path: Path) -> None:
    other = observation("o", {**GLUCOSE, "text": "BLOOD SUGAR"}, "2025", valueQuantity=quantity("99", "mg/dL"))
    with panel_of(tmp_path, other) as client:
        for wanted in ("glucose", "blood sugar"):
            points = client.labs.trend(wanted).trends[0].lines[0].points
            assert [point.id for point in points] == ["g1", "g2", "g3", "o"]
