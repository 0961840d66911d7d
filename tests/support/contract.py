"""Holds what a command prints with `--json` to the schema that is committed for it, member for member."""

from __future__ import annotations

import json
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from portal_cli.diagnostics import ExitCode
from portal_cli.schemas import making
from tests.support.command_tree import command_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST = 40  # items of a list that are looked at: they are made by one piece of code


def check(arguments: Sequence[str], code: int, out: str) -> None:
    """Make sure that what was printed is what the schema says, where JSON was asked for and something came."""
    own = list(arguments[: list(arguments).index("--")]) if "--" in arguments else list(arguments)
    is_lines = ("--format", "ndjson") in pairwise(own)
    is_json = "--json" in own or ("--format", "json") in pairwise(own)
    command = command_of(own)
    is_other = command in {None, "export"} or {"--help", "--ics", "--columns"} & set(
        own
    )  # no document of the program's own
    if not out.strip() or code == ExitCode.USAGE or is_other or command is None:
        return
    if is_lines:
        fails = [_failure(command, [json.loads(line)]) for line in out.splitlines()[:_MOST]]
    elif is_json:
        fails = [_failure(command, value) for value in _values(out)]
    else:
        return
    assert not any(fails), f"`portal {command}` prints what its schema does not say: {fails[0]}"


def _values(out: str) -> list[Any]:
    """The document, or one for each line of a command that goes on."""
    try:
        return [json.loads(out)]
    except json.JSONDecodeError:
        return [json.loads(line) for line in out.splitlines()]


def _failure(command: str, value: Any) -> str:
    shown = value[:_MOST] if isinstance(value, list) else value
    error = next(_validator(command).iter_errors(shown), None)
    return "" if error is None else f"{error.json_path}: {error.message[:300]} {_closest(error)}"


def _closest(error: Any) -> str:
    inside = sorted(error.context or (), key=lambda one: -len(one.absolute_path))
    return "; ".join(f"{one.json_path}: {one.message[:200]}" for one in inside[:3])


@cache
def _validator(command: str) -> Draft202012Validator:
    schema = making.committed(command)
    assert schema is not None, f"`portal {command}` has no schema; portal_cli/schemas/answers.py has the table"
    return Draft202012Validator(_closed(schema))


def _closed(part: Any) -> Any:
    """A schema under which an object has no members but those that are named; FHIR's own may have any."""
    if isinstance(part, list):
        return [_closed(one) for one in part]
    if not isinstance(part, dict):
        return part
    inside = {name: _closed(one) for name, one in part.items()}
    is_ours = isinstance(part.get("properties"), dict) and part.get("description") != "FHIR R4 JSON"
    return {**inside, "additionalProperties": False} if is_ours else inside
