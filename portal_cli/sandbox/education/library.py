"""The practice's own articles: kept beside this file, found by a code or by words."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from markupsafe import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILES = ("conditions.toml", "medicines.toml", "tests.toml")
# The OIDs by which HL7 Infobutton names code systems, and what the files call them.
SYSTEMS = {
    "2.16.840.1.113883.6.90": "icd10",
    "2.16.840.1.113883.6.96": "snomed",
    "2.16.840.1.113883.6.88": "rxnorm",
    "2.16.840.1.113883.6.1": "loinc",
}
_WORD = re.compile(r"[a-z0-9]+")
_SHORTEST = 3


@dataclass(frozen=True)
class Article:
    """One article: its title, other names of it, codes as (name of the system, code), and its text.

    Paragraphs are apart by an empty line; lines that begin with `- ` are the points of a list.
    """

    title: str
    also: tuple[str, ...]
    codes: frozenset[tuple[str, str]]
    text: str

    @property
    def key(self) -> str:
        """What its address calls it."""
        return "-".join(_WORD.findall(self.title.lower()))

    def html(self) -> str:
        """The text as HTML, without a title."""
        return "".join(map(_block, self.text.strip().split("\n\n")))


@cache
def articles() -> tuple[Article, ...]:
    """Every article there is."""
    folder = files("portal_cli.sandbox.education")
    return tuple(article for name in _FILES for article in _read((folder / name).read_text("utf-8")))


def by_code(system: str, code: str) -> tuple[Article, ...]:
    """The articles about a code; one of ICD-10 is also found by its more general beginnings."""
    name = SYSTEMS.get(system)
    wanted = {code}
    if name == "icd10":
        wanted = {code[:length] for length in range(_SHORTEST, len(code) + 1)}
    return tuple(article for article in articles() if any((name, each) in article.codes for each in wanted))


def by_words(text: str) -> tuple[Article, ...]:
    """The articles one of whose names has every word that is asked for, or whose every word is asked for."""
    asked = set(_WORD.findall(text.lower()))
    found = []
    for article in articles():
        names = [set(_WORD.findall(name.lower())) for name in (article.title, *article.also)]
        if asked and any(asked <= name or name <= asked for name in names):
            found.append(article)
    return tuple(found)


def by_key(key: str) -> Article | None:
    """The article at an address."""
    return next((article for article in articles() if article.key == key), None)


def _read(text: str) -> Iterator[Article]:
    for row in tomllib.loads(text)["article"]:
        codes = frozenset((name, code) for name in SYSTEMS.values() for code in row.get(name, ()))
        yield Article(row["title"], tuple(row.get("also", ())), codes, row["text"])


def _block(block: str) -> str:
    before: list[str] = []
    points: list[str] = []
    for line in block.splitlines():
        (points if line.startswith("- ") else before).append(str(escape(line.removeprefix("- "))))
    paragraph = f"<p>{' '.join(before)}</p>" if before else ""
    return paragraph + (f"<ul>{''.join(f'<li>{point}</li>' for point in points)}</ul>" if points else "")
