"""A record, a timeline and the difference of two versions, as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal_cli import accessible, cards, styled
from portal_cli.wording import counted, day, flag, moment
from store.records.cells import cell_width
from store.records.unit_words import amount

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from portal_cli.styled import Line
    from store.records.details import Fact, Section
    from store.services.attachments import AttachmentRow
    from store.services.histories import Change, VersionRow
    from store.services.records import RecordDetail
    from store.services.summaries import Entry, Summary
    from store.services.timelines import Stretch
    from store.services.values import RecordRow

_INDENT = 2
_TEXT_WIDTH = 100
_LONGEST_HEADING = 60


def record(
    found: RecordDetail,
    attached: Sequence[AttachmentRow] = (),
    *,
    width: int | None = None,
    has_documents: bool = False,
) -> list[Line]:
    """Any record: what it is, its lines in the order of its kind, its running text, and its attachments."""
    facts = found.detail.facts_beside(found.row.title)
    nested = any(fact.depth or not fact.value for fact in facts)
    lines: list[Line] = [((found.row.title, "title"),), *_about(found, width), ()]
    if nested:
        lines += _nested(facts, width, 0)
    else:
        lines += styled.labelled([(fact.label, fact.value, "") for fact in facts], width)
    for section in _sections(found, attached):
        lines += [(), ((section.title, "title"),), *_nested(section.facts, width, _INDENT), *_text(section.text, width)]
    if found.detail.text and not has_documents:
        lines += [(), *_text(found.detail.text, width)]
    if attached:
        lines += [(), *(((line, ""),) for line in cards.attachments(found.row.id, attached).splitlines())]
    return lines


def _sections(found: RecordDetail, attached: Sequence[AttachmentRow]) -> list[Section]:
    """Its parts, without one that only names the attachments, where these are listed below."""
    return [
        section
        for section in found.detail.sections
        if not attached or {str(fact.label) for fact in section.facts} != {"Content"}
    ]


def _date_and_value(found: RecordDetail) -> Iterator[tuple[str, str]]:
    """Both in words, empty where the record's own lines tell them."""
    date, value = moment(found.row.date), found.row.value
    yield "Date", "" if found.detail.tells(date) else date
    yield "Value", "" if found.detail.tells(value) else amount(value, found.row.unit)


def _about(found: RecordDetail, width: int | None) -> Iterator[Line]:
    row = found.row
    facts = [
        ("Record", f"{row.type}/{row.id}", ""),
        *((label, words, "") for label, words in _date_and_value(found)),
        ("Flag", flag(row.flag), "alarm" if flag(row.flag) != row.flag else ""),
        ("Portal", row.portal, ""),
        ("Patient", row.patient, ""),
        ("Gone", f"the portal has it no more, as of {moment(row.gone)}" if row.gone else "", "alarm"),
    ]
    return styled.labelled(facts, width)


def _nested(facts: Sequence[Fact], width: int | None, indent: int) -> Iterator[Line]:
    """Facts below one another, each as far in as it belongs to what stands before it."""
    for fact in facts:
        start = " " * (indent + _INDENT * fact.depth)
        room = None if width is None else max(width - len(start) - _INDENT, _INDENT)
        label = f"{fact.label}:"
        first, *others = styled.wrapped(f"{label} {fact.value}".rstrip(), room)
        yield (start, ""), (first[: len(label)], "label"), (first[len(label) :], "")
        for line in others:
            yield (f"{start}{' ' * _INDENT}", ""), (line, "")


def _text(text: str, width: int | None) -> Iterator[Line]:
    """Running text, its lines kept as they are where they fit."""
    for line in text.split("\n") if text else ():
        room = None if width is None else min(width, _TEXT_WIDTH)
        style = "title" if _is_heading(line.strip()) else ""
        for part in styled.wrapped(line.replace("\t", "    ").rstrip(), room):
            yield ((part, style),)


def _is_heading(line: str) -> bool:
    """Whether a line of a report names the part that follows: in capitals, with a colon at its end, or a `#` before."""
    return 0 < len(line) <= _LONGEST_HEADING and (line.endswith(":") or line.isupper() or line.startswith("#"))


def spoken(found: RecordDetail, attached: Sequence[AttachmentRow] = (), *, has_documents: bool = False) -> str:
    """Any record for listening: each fact on a line, its label first."""
    row = found.row
    about = [("Title", row.title), ("Record", f"{row.type}/{row.id}"), *_date_and_value(found)]
    about += [("Flag", row.flag), ("Portal", row.portal)]
    about += [("Gone", f"the portal has it no more, as of {moment(row.gone)}" if row.gone else "")]
    lines = accessible.labelled([*about, *((fact.label, fact.value) for fact in found.detail.facts_beside(row.title))])
    for section in _sections(found, attached):
        lines += [f"Section: {section.title}"]
        lines += accessible.labelled((fact.label, fact.value or "as follows") for fact in section.facts)
        lines += [accessible.in_words(section.text)] if section.text else []
    lines += ["Text:", accessible.in_words(found.detail.text)] if found.detail.text and not has_documents else []
    for item in attached:
        where = "in the vault" if item.is_in_vault else "not fetched"
        lines.append(f"Attachment {item.number}: {item.title or item.content_type}, {where}")
    return "\n".join(lines)


def timeline(stretches: Sequence[Stretch], width: int | None, *, has_patients: bool = False) -> list[Line]:
    """What there is of each day or month, under its name; each with its patient where there are several."""
    lines: list[Line] = []
    for stretch in stretches:
        lines += [((stretch.name, "title"), (f"  {counted(len(stretch.items), 'record')}", ""))]
        for row in stretch.items:
            lines += _event(row, width, row.patient if has_patients else "")
        lines.append(())
    return lines[:-1]


def _event(row: RecordRow, width: int | None, patient: str) -> Iterator[Line]:
    value = amount(row.value, row.unit)
    whose = f"{patient}," if patient else ""
    words = " ".join(filter(None, (day(row.date)[5:], whose, f"{row.kind}:", row.title, value)))
    return _item(words, row.flag, width)


def _item(words: str, raised: str, width: int | None) -> Iterator[Line]:
    """One entry of a list, and its flag at its end."""
    end = f"  {flag(raised)}" if raised else ""
    room = None if width is None else max(width - _INDENT * 2 - cell_width(end), _INDENT)
    first, *others = styled.wrapped(words, room)
    told = [f"  {first}", *(f"    {line}" for line in others)]
    yield from (((line, ""),) for line in told[:-1])
    yield (told[-1], ""), (end, "" if flag(raised) == raised else "alarm")


def spoken_timeline(stretches: Sequence[Stretch], *, has_patients: bool = False) -> str:
    """A timeline for listening; each record with its patient where there are several."""
    lines = []
    for stretch in stretches:
        lines.append(f"{stretch.name}: {counted(len(stretch.items), 'record')}")
        for row in stretch.items:
            whose = row.patient if has_patients else ""
            about = filter(None, (day(row.date), whose, row.kind, row.title, amount(row.value, row.unit), row.flag))
            lines.append(accessible.in_words(", ".join(about)))
    return "\n".join(lines)


def difference(older: VersionRow, newer: VersionRow, changes: Sequence[Change], width: int | None) -> list[Line]:
    """What changed between two versions: each place, as it was and as it is."""
    lines: list[Line] = list(styled.labelled([("Before", version(older), ""), ("After", version(newer), "")], width))
    for change in changes:
        lines += [(), ((change.path, "title"),)]
        facts = [("was", change.before or "(nothing)", ""), ("is", change.after or "(nothing)", "")]
        lines += styled.labelled(facts, width, _INDENT)
    return lines if changes else [*lines, (), (("Nothing that is told of them differs.", ""),)]


def version(row: VersionRow) -> str:
    """A version in one line."""
    number = f"version {row.version}" if row.version else "a version without a number"
    return ", ".join(filter(None, (number, moment(row.updated), row.where)))


def summary(found: Summary, width: int | None) -> list[Line]:
    """The health summary on one page."""
    about = [
        ("Patient", ", ".join(found.patients), ""),
        ("Born", day(found.born), ""),
        ("As of", moment(found.made), ""),
    ]
    lines: list[Line] = [(("Health summary", "title"),), *styled.labelled(about, width)]
    for section in found.sections:
        lines += [(), ((section.title, "title"),)]
        for entry in section.entries:
            words = ", ".join(filter(None, (entry.title, entry.detail, day(entry.date))))
            lines += _item(f"{_whose(found, entry)}{words}", entry.flag, width)
        if not section.entries:
            lines.append((("  " + section.nothing, ""),))
        if section.more:
            lines.append(((f"  and {section.more} more: `{section.command}`", ""),))
    return lines


def _whose(found: Summary, entry: Entry) -> str:
    """Whose an entry is, before its words, where the summary is of several people."""
    return f"{entry.patient}: " if len(found.patients) > 1 else ""


def spoken_summary(found: Summary) -> str:
    """The health summary for listening."""
    lines = ["Health summary"]
    lines += accessible.labelled([("Patient", ", ".join(found.patients)), ("Born", day(found.born))])
    for section in found.sections:
        lines.append(f"Section: {section.title}, {counted(len(section.entries), 'line')}")
        for entry in section.entries:
            about = filter(None, (entry.title, entry.detail, day(entry.date), entry.flag))
            lines.append(accessible.in_words(_whose(found, entry) + ", ".join(about)))
        lines += [section.nothing] if not section.entries else []
        lines += [f"{section.more} more with {section.command}"] if section.more else []
    return "\n".join(lines)
