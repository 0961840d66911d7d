"""What is read at length: labelled facts first, then running text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fact:
    """One labelled line."""

    label: str
    value: str


@dataclass(frozen=True)
class Section:
    """A heading and the text under it, whose line breaks stand."""

    heading: str
    text: str


@dataclass(frozen=True)
class Reading:
    """One record as a page. Facts without a value are left out."""

    kind: str
    title: str
    facts: tuple[Fact, ...] = ()
    sections: tuple[Section, ...] = ()

    def as_text(self) -> str:
        """All of it as plain text."""
        facts = [f"{fact.label}: {fact.value}" for fact in self.facts]
        sections = [f"{section.heading}\n{section.text}" for section in self.sections]
        return "\n\n".join(filter(None, (self.title, "\n".join(facts), *sections)))


def facts(*pairs: tuple[str, str]) -> tuple[Fact, ...]:
    """Labelled lines, of which those without a value are left out."""
    return tuple(Fact(label, value) for label, value in pairs if value)


def sections(*pairs: tuple[str, str]) -> tuple[Section, ...]:
    """Headings with their texts, of which those without a text are left out."""
    return tuple(Section(heading, text) for heading, text in pairs if text)
