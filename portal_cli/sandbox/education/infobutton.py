"""An Infobutton responder (HL7 Version 3 Context-Aware Retrieval, URL-based), with answers as MedlinePlus Connect's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, render_template, request
from werkzeug.exceptions import BadRequest, NotFound

from portal_cli.sandbox.education import library
from portal_cli.sandbox.instants import instant

if TYPE_CHECKING:
    from portal_cli.sandbox.education.library import Article
    from portal_cli.sandbox.portal import Portal

PATH = "/education"
_CODE, _SYSTEM, _WORDS = (f"mainSearchCriteria.v.{part}" for part in ("c", "cs", "dn"))
_LANGUAGE, _TYPE = "informationRecipient.languageCode.c", "knowledgeResponseType"
_JSON = "application/json"
_AUTHOR = "The practice portal"


def education_routes(portal: Portal) -> Blueprint:
    """Build the addresses under `PATH`: the responder, and a page for each article."""
    responder = Responder(portal)
    routes = Blueprint("education", __name__)
    routes.add_url_rule("/infobutton", "infobutton", responder.answer)
    routes.add_url_rule("/articles/<key>", "article", responder.page)
    return routes


class Responder:
    """The handlers. Whoever asks needs no sign-in: the articles are for everybody, and who asks is not noted."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def answer(self) -> Response:
        """Give the articles about one code, or else those of its name; articles are in English, whatever is asked."""
        given = request.args
        if given.get(_TYPE, _JSON) != _JSON:
            raise BadRequest(f"{_TYPE} must be {_JSON}")
        code, system, words = (given.get(name, "").strip() for name in (_CODE, _SYSTEM, _WORDS))
        if not (code and system) and not words:
            raise BadRequest(f"{_CODE} with {_SYSTEM}, or {_WORDS}, is required")
        found = library.by_code(system, code) or library.by_words(words)
        return jsonify(feed=self._feed(found, words or code))

    def page(self, key: str) -> str:
        """Show one article."""
        article = library.by_key(key)
        if article is None:
            raise NotFound
        return render_template("article.html", article=article)

    def _feed(self, found: tuple[Article, ...], asked: str) -> dict[str, Any]:
        now = instant(self._portal.clock.now())
        return {
            "xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "base": self._base(),
            "lang": "en",
            "title": _value("Health articles of the practice portal"),
            "subtitle": _value(asked),
            "author": {"name": {"_value": _AUTHOR}, "uri": {"_value": self._base()}},
            "updated": {"_value": now},
            "category": [{"scheme": name, "term": request.args.get(name, "")} for name in (_CODE, _SYSTEM, _WORDS)],
            "id": {"_value": ""},
            "entry": [self._entry(article, now) for article in found],
        }

    def _entry(self, article: Article, now: str) -> dict[str, Any]:
        address = f"{self._base()}/articles/{article.key}"
        return {
            "title": _value(article.title),
            "lang": "en",
            "link": [{"href": address, "title": article.title, "rel": "alternate", "type": "html"}],
            "id": {"_value": address},
            "summary": {"type": "html", "_value": article.html()},
            "updated": {"_value": now},
        }

    def _base(self) -> str:
        return self._portal.base_url.removesuffix("/fhir") + PATH


def _value(text: str) -> dict[str, str]:
    return {"type": "text", "_value": text}
