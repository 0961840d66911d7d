"""The quick door: plain lines of the commands that are asked most often, run without the library that reads lines.

Loading that library takes longer than such a command does. What is not plain, such as a line with an option that is
not listed here, a mistake or a wish for help, goes by the usual door; both doors lead to the same functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Options = dict[str, tuple[str, str]]
_WHOSE: Options = {
    "--portal": ("of_portal", "text"),
    "--patient": ("of_patient", "text"),
    "--all": ("of_all", "flag"),
}
_SCOPE: Options = {"--json": ("as_json", "flag"), **_WHOSE}
_DASHBOARD: Options = {"--no-mouse": ("no_mouse", "flag"), **_WHOSE}
_RESULTS: Options = {
    **_SCOPE,
    "--abnormal": ("abnormal", "flag"),
    "--since": ("since", "text"),
    "--between": ("between", "text"),
    "--format": ("format_", "format"),
    "--limit": ("limit", "number"),
}


def _status(found: dict[str, Any], _: list[str]) -> None:
    from portal_cli import status_card  # noqa: PLC0415 - only the command that is called is loaded

    status_card.show(as_json="as_json" in found)


def _list(found: dict[str, Any], words: list[str], kind: str) -> None:
    from portal_cli import listings, result_commands, views  # noqa: PLC0415 - as above

    how = listings.how(found.get("format_"), as_json="as_json" in found, limit=found.get("limit"))
    wanted = result_commands.Wanted(
        " ".join(words) or None, kind, "abnormal" in found, found.get("since"), found.get("between")
    )
    result_commands.show_list(wanted, views.LABS if kind == "lab" else views.VITALS, how)


def _show(found: dict[str, Any], words: list[str]) -> None:
    from portal_cli import result_commands  # noqa: PLC0415 - as above

    result_commands.show_one(words[0], as_json="as_json" in found)


def _dashboard(found: dict[str, Any], _: list[str]) -> None:
    from portal_cli import full_screen  # noqa: PLC0415 - as above

    full_screen.show(mouse="no_mouse" not in found)


# Each command that has a quick door: its options, the least and the most words that it takes, and what runs it.
DOORS: dict[str, tuple[Options, int, int, Callable[[dict[str, Any], list[str]], None]]] = {
    "status": (_SCOPE, 0, 0, _status),
    "dashboard": (_DASHBOARD, 0, 0, _dashboard),
    "labs list": (_RESULTS, 0, 20, lambda found, words: _list(found, words, "lab")),
    "labs show": (_SCOPE, 1, 1, _show),
    "vitals list": (_RESULTS, 0, 20, lambda found, words: _list(found, words, "vital")),
    "vitals show": (_SCOPE, 1, 1, _show),
}
_INSIDE = {"labs": ("list", "show", "trend"), "vitals": ("list", "show", "trend")}


def run(given: list[str]) -> int | None:
    """Run a plain line and return its exit code; None where it is to go by the usual door."""
    meant = _command(given)
    if meant is None:
        return None
    name, rest = meant
    options, least, most, work = DOORS[name]
    read = _read(rest, options)
    if read is None or not least <= len(read[1]) <= most:
        return None
    from portal_cli import runs  # noqa: PLC0415 - the usual door needs none of it

    return runs.perform(given, lambda: _do(work, *read), lambda: f"portal {name}")


def _do(work: Callable[[dict[str, Any], list[str]], None], found: dict[str, Any], words: list[str]) -> int:
    from portal_cli import choices  # noqa: PLC0415 - as in run

    is_read = "as_json" not in found and found.get("format_") in {None, choices.Format.TABLE}
    choices.mean(choices.Meant(found.get("of_portal"), found.get("of_patient"), "of_all" in found, is_read))
    try:
        work(found, words)
    finally:
        choices.mean(choices.EVERYBODY)
    return 0


def _command(given: list[str]) -> tuple[str, list[str]] | None:
    """The command that is called, and the rest of the line."""
    if not given:
        return None
    inside = _INSIDE.get(given[0])
    if inside is None:
        return (given[0], given[1:]) if given[0] in DOORS else None
    name, rest = (given[1], given[2:]) if len(given) > 1 and given[1] in inside else ("list", given[1:])
    whole = f"{given[0]} {name}"
    return (whole, rest) if whole in DOORS else None


def _read(rest: list[str], options: Options) -> tuple[dict[str, Any], list[str]] | None:
    """The options and words of a line; None for one that is not plain."""
    found: dict[str, Any] = {}
    words: list[str] = []
    left = iter(rest)
    for word in left:
        if not word.startswith("-"):
            words.append(word)
            continue
        name, equals, value = word.partition("=")
        if name not in options or options[name][0] in found:
            return None
        meaning, kind = options[name]
        if kind == "flag":
            read: object = None if equals else True
        else:
            read = _value(value if equals else next(left, ""), kind)
        if read is None:
            return None
        found[meaning] = read
    return found, words


def _value(text: str, kind: str) -> object:
    if not text or text.startswith("-"):
        return None
    if kind == "number":
        return int(text) if text.isascii() and text.isdecimal() and len(text) < len("1000000000") else None
    if kind == "format":
        from portal_cli.choices import Format  # noqa: PLC0415 - as in run

        return Format(text) if text in set(Format) else None
    return text
