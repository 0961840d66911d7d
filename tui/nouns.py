"""NOUNS: the panels of the home, the one table that says what each lists and how one of its lines is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tui import readings_of_care, readings_of_letters, readings_of_results, rows
from tui.columns import Column

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.client import Client
    from tui.columns import Row
    from tui.reading import Reading
    from tui.rows import HomeView

LIMIT = 24  # lines of a panel

ListRows: TypeAlias = "Callable[[HomeView, float], tuple[Row, ...]]"
ReadOne: TypeAlias = "Callable[[Client, str, float], Reading]"


@dataclass(frozen=True)
class Noun:
    """One panel: the word it goes by, its title, what it says when it is empty, and how it lists and reads."""

    name: str
    title: str
    empty: str
    columns: tuple[Column, ...]
    rows: ListRows
    read: ReadOne


def _result(client: Client, key: str, now: float) -> Reading:
    del now
    return readings_of_results.result(client, f"Observation/{key}")


def _thread(client: Client, key: str, now: float) -> Reading:
    del now
    return readings_of_letters.thread(client.messages.show(key))


NOUNS: tuple[Noun, ...] = (
    Noun(
        "appointments",
        "Upcoming appointments",
        "No upcoming appointments.",
        (
            Column(most=17),
            Column(most=60, least=22),
            Column(most=32, least=12, from_width=66),
            Column(most=12, from_width=84),
            Column(most=22),
        ),
        rows.appointments,
        readings_of_care.appointment,
    ),
    Noun(
        "messages",
        "Messages",
        "No messages.",
        (Column(most=8), Column(most=60, least=24), Column(most=30, least=12, from_width=50), Column(most=11)),
        rows.messages,
        _thread,
    ),
    Noun(
        "results",
        "Recent results",
        "No results.",
        (
            Column(most=11),
            Column(most=60, least=20),
            Column(most=36, least=12),
            Column(most=20),
            Column(most=16, from_width=70),
        ),
        rows.results,
        _result,
    ),
    Noun(
        "refills",
        "Refill requests",
        "No refill requests.",
        (Column(most=60, least=22), Column(most=30), Column(most=40, least=10, from_width=60), Column(most=11)),
        rows.refills,
        readings_of_care.refill,
    ),
    Noun(
        "medications",
        "Medications",
        "No current medications.",
        (Column(most=60, least=24), Column(most=60, least=12)),
        rows.medications,
        readings_of_care.medication,
    ),
)
