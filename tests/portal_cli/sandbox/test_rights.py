"""What somebody who acts for a patient may do."""

from __future__ import annotations

from portal_cli.sandbox.rights import CONFIDENTIAL, MESSAGES, Rights, narrowed

KINDS = ("Communication", "Condition", "Task")


def test_view_only_takes_every_way_to_write_and_leaves_reading() -> None:
    granted = ("openid", "patient/Condition.rs", "patient/Task.cruds", "patient/*.read", "patient/Task.write")
    kept = narrowed(granted, Rights(is_view_only=True), KINDS)
    assert kept == ("openid", "patient/Condition.rs", "patient/Task.rs", "patient/*.read")


def test_no_messages_takes_messages_out_of_a_scope_for_every_type() -> None:
    kept = narrowed(("fhirUser", "patient/*.rs"), Rights(denied_kinds=MESSAGES), KINDS)
    assert kept == ("fhirUser", "patient/Condition.rs", "patient/Task.rs")


def test_no_messages_drops_a_scope_for_messages_alone() -> None:
    kept = narrowed(("patient/Communication.cruds", "patient/Task.cr"), Rights(denied_kinds=MESSAGES), KINDS)
    assert kept == ("patient/Task.cr",)


def test_both_rules_hold_at_once() -> None:
    kept = narrowed(("patient/*.cruds",), Rights(is_view_only=True, denied_kinds=MESSAGES), KINDS)
    assert kept == ("patient/Condition.rs", "patient/Task.rs")


def test_acting_for_somebody_never_opens_account_settings() -> None:
    assert narrowed(("account", "patient/Task.r"), Rights(), KINDS) == ("patient/Task.r",)


def test_rights_are_told_in_words_with_what_is_taken_away() -> None:
    assert Rights().words() == ["view and change"]
    every = Rights(is_view_only=True, denied_kinds=MESSAGES | {"Observation"}, hidden_labels=CONFIDENTIAL)
    assert every.words() == ["view only", "no messages", "no test results and vital signs", "confidential parts hidden"]


def test_of_two_rights_only_what_both_leave_is_left() -> None:
    both = Rights(is_view_only=True).and_(Rights(denied_kinds=MESSAGES))
    assert both == Rights(is_view_only=True, denied_kinds=MESSAGES)
