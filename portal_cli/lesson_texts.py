"""What looking something up would tell others, and the articles that come of it, as lines for people."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

from portal_cli.wording import folded, labelled, moment

if TYPE_CHECKING:
    from store.services.education import Lesson, Question


def question(asked: Question) -> str:
    """All that looking something up would tell others."""
    facts = [
        ("To ask", asked.host),
        ("About", f"{asked.code} ({asked.system})" if asked.code else ""),
        ("Name", asked.words),
        ("Language", asked.language),
    ]
    theirs = "Your portal" if asked.is_own_portal else "They"
    return (
        f"Looking up {asked.topic} sends this, and nothing else of you:\n{indent(labelled(facts), '  ')}\n"
        f"{theirs} can see that somebody at your internet address asks about it. The answer is kept in your vault.\n"
        'With `education = "always"` in the configuration you are not asked again.'
    )


def lesson(found: Lesson) -> str:
    """Articles on a topic, each with where it is from."""
    parts = []
    for article in found.articles:
        text = folded(article.text)
        facts = labelled([("From", found.source), ("More", article.link), ("As of", moment(found.asked))])
        parts.append("\n\n".join(filter(None, (article.title, text, facts))))
    words = "These words are general. They do not replace those of your clinicians, who know you."
    return "\n\n".join((*parts, folded(words)))
