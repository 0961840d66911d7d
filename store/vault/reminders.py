"""Reminders as they rest: the rules that the patient made, and what became of each delivery."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from store.records.reminders import Channel, Rule, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.vault.engine import DbConnection
    from store.vault.transaction import Transaction

RULE_COLUMNS = ("id", "connection", "topic", "lead", "channel", "with_details", "is_paused", "mark", "created")
DELIVERY_COLUMNS = ("connection", "rule", "event", "state", "at", "reason")
_SELECT = f"SELECT {', '.join(RULE_COLUMNS)} FROM reminder_rule"  # noqa: S608 - our own names
Key = tuple[int, str, str]  # connection, name of the rule, event


class State(StrEnum):
    """What became of a delivery. Only what `failed` for certain is tried again.

    `sending` is one that a run has taken on; found by a later run, it becomes `unknown`, since it may have arrived.
    """

    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"


def rules(connection: DbConnection, connections: tuple[int, ...]) -> list[Rule]:
    """The rules of connections, oldest first."""
    found = connection.execute(f"{_SELECT} WHERE connection IN ({_marks(connections)}) ORDER BY id", connections)
    return [_rule(*row) for row in found]


def add(tx: Transaction, rule: Rule) -> None:
    """Keep a rule; one that says the same is kept in its place, with what was changed about it.

    Its id is given out here, and its mark set: what is there already is no news.
    """
    owner = (rule.connection,)
    mark = "SELECT coalesce(max(pk), 0) FROM resource WHERE connection = ?"
    (newest,) = tx.connection.execute(mark, owner).fetchone()
    tx.connection.execute(
        f"INSERT INTO reminder_rule ({', '.join(RULE_COLUMNS[1:])}) VALUES (?, ?, ?, ?, ?, 0, ?, ?) "  # noqa: S608 - our own names
        "ON CONFLICT (connection, topic, lead, channel) DO UPDATE SET with_details = excluded.with_details, "
        "is_paused = 0",
        (*owner, rule.topic, rule.lead, rule.channel, int(rule.with_details), newest, rule.created),
    )


def remove(tx: Transaction, rule: Rule) -> None:
    """Remove a rule; what it delivered stays noted, so that the same rule made again repeats nothing."""
    tx.connection.execute("DELETE FROM reminder_rule WHERE connection = ? AND id = ?", (rule.connection, rule.id))


def pause(tx: Transaction, rule: Rule, *, is_paused: bool) -> None:
    """Let a rule rest, or work again."""
    sql = "UPDATE reminder_rule SET is_paused = ? WHERE connection = ? AND id = ?"
    tx.connection.execute(sql, (int(is_paused), rule.connection, rule.id))


def settled(connection: DbConnection, connections: tuple[int, ...]) -> frozenset[Key]:
    """What is not to be delivered again: all but what failed for certain."""
    found = connection.execute(
        f"SELECT connection, rule, event FROM reminder_delivery WHERE connection IN ({_marks(connections)}) "  # noqa: S608 - only question marks
        "AND state <> 'failed'",
        connections,
    )
    return frozenset((owner, rule, event) for owner, rule, event in found)


def give_up(tx: Transaction, connections: tuple[int, ...], why: str) -> int:
    """Note that nobody knows what became of deliveries that were under way when a run was cut off; how many."""
    sql = (
        f"UPDATE reminder_delivery SET state = 'unknown', reason = ? WHERE connection IN ({_marks(connections)}) "  # noqa: S608 - only question marks
        "AND state = 'sending'"
    )
    return int(tx.connection.execute(sql, (why, *connections)).rowcount)


def note(tx: Transaction, keys: Iterable[Key], state: State, at: int, reason: str = "") -> None:
    """Note what became of deliveries."""
    for owner, rule, event in keys:
        tx.connection.execute(
            f"INSERT INTO reminder_delivery ({', '.join(DELIVERY_COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?) "  # noqa: S608 - our own names
            "ON CONFLICT (connection, rule, event) DO UPDATE SET state = excluded.state, at = excluded.at, "
            "reason = excluded.reason",
            (owner, rule, event, state, at, reason),
        )


def forget_connection(tx: Transaction, connection_id: int) -> None:
    """Remove the rules of a connection, and what is noted of their deliveries."""
    tx.connection.execute("DELETE FROM reminder_delivery WHERE connection = ?", (connection_id,))
    tx.connection.execute("DELETE FROM reminder_rule WHERE connection = ?", (connection_id,))


def _marks(connections: tuple[int, ...]) -> str:
    return ",".join("?" * len(connections))


def _rule(*row: object) -> Rule:
    found = dict(zip(RULE_COLUMNS, row, strict=True))
    topic, channel = Topic(str(found.pop("topic"))), Channel(str(found.pop("channel")))
    flags = {name: bool(found.pop(name)) for name in ("with_details", "is_paused")}
    return Rule(topic=topic, channel=channel, **flags, **found)  # type: ignore[arg-type] # the columns are tied to the table by a test
