"""The words of the pages pass through here: gettext, typed, so that a translation is found where there is one.

What core says, why something is refused or what a rule finds, is a :class:`~quarterday.Sentence`: told in the reader's
language wherever a template puts it on a page, and wherever it stands within another text.

A page has a hundred texts, so what translates them is looked up once for a request.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from datetime import date
from functools import lru_cache
from typing import Any

import flask_babel
from flask import Flask, g
from flask_babel.speaklater import LazyString
from markupsafe import Markup
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from quarterday import Sentence

LANGUAGES = ("en",)
"""The languages there are translations for; Welsh has its place beside English."""

_FULL = "d MMMM y"
_SHAPES = {"%-d": "d", "%d": "dd", "%B": "MMMM", "%Y": "y"}
"""How Babel writes what a sentence of core asks for of a day."""

_TRANSLATIONS: ContextVar[Any] = ContextVar("translations", default=None)
"""What translates in the request that is being answered; looked up so often that Flask's own ``g`` is too slow."""


def teach(app: Flask) -> None:
    """Give an app's templates ``_`` and the like, in the reader's language; what is filled in is escaped."""
    app.before_request(_begin)
    app.teardown_request(_end)
    app.jinja_env.globals.update(_=_marked, gettext=_marked, ngettext=_marked_number)
    app.jinja_env.finalize = told
    app.jinja_env.filters["told"] = told  # for what is handed on to something that draws


@lru_cache(1000)
def best_of(accepted: str) -> str:
    """The language of ours that suits an ``Accept-Language`` best."""
    return parse_accept_header(accepted, LanguageAccept).best_match(LANGUAGES) or LANGUAGES[0]


def _begin() -> None:
    _TRANSLATIONS.set(flask_babel.get_translations())


def _end(error: BaseException | None) -> None:
    _TRANSLATIONS.set(None)


def gettext(text: str, **values: object) -> str:
    """The text in the reader's language, ``%(name)s`` filled in."""
    said = str(_translations().ugettext(text))
    return said % _told(values) if values else said


def ngettext(one: str, many: str, number: int, **values: object) -> str:
    """The text for one, or for so many: ``%(num)s`` is the number."""
    return str(_translations().ungettext(one, many, number)) % {"num": number, **_told(values)}


def lazy_gettext(text: str, **values: object) -> str:
    """A text that is looked up when a page is drawn, for what is made when the process starts, like a form's label."""
    found: Any = LazyString(gettext, text, **values)
    return found  # type: ignore[no-any-return]  # it behaves as the text it stands for


def told(value: Any) -> Any:
    """What core says, in the reader's language; anything else as it is.

    Its parts are told too: a sentence in a sentence, and a day in full. Where a translation can't take the
    sentence's parts, or a plugin made the sentence of something odd, the English text is shown.
    """
    if type(value) is not Sentence or not value:
        return value
    try:
        return _translated(value)
    except (LookupError, ValueError, AttributeError, TypeError):
        return str(value)


def _translated(sentence: Sentence) -> str:
    parts = {name: _part(part) for name, part in sentence.parts.items()}
    if sentence.many:
        pattern: str = _translations().ungettext(sentence.pattern, sentence.many, parts["n"])
    else:
        pattern = _translations().ugettext(sentence.pattern)
    return pattern.format_map(parts) if parts else pattern


def _told(values: dict[str, object]) -> dict[str, object]:
    return {name: told(value) for name, value in values.items()}


def _part(part: Any) -> Any:
    return _Day(part) if type(part) is date else told(part)


class _Day:
    """A day in a sentence, in the reader's language: in full, or as much of it as the pattern asks for."""

    def __init__(self, day: date) -> None:
        self._day = day

    def __format__(self, asked: str) -> str:
        shape = re.sub("%-?[a-zA-Z]", lambda found: _SHAPES[found[0]], asked)
        return _day(self._day, language(), shape or _FULL)


def language() -> str:
    """The language of the page, as HTML names it."""
    try:
        found: str = g.language
    except AttributeError:
        found = g.language = str(flask_babel.get_locale() or "en").replace("_", "-")
    return found


def day(value: date) -> str:
    """A day in full, like 31 July 2026."""
    return _day(value, language(), _FULL)


@lru_cache(1000)
def _day(value: date, spoken: str, shape: str) -> str:
    """The same in a language, kept: a list has a day in each row, and the same ones come again."""
    return str(flask_babel.format_date(value, shape))


def _translations() -> Any:
    return _TRANSLATIONS.get() or flask_babel.get_translations()


def _marked(text: str, /, **values: object) -> Markup:
    """As Jinja has it: always a format, whether anything is filled in or not."""
    said = Markup(_translations().ugettext(text))  # noqa: S704 (our own text, or its translation)
    return said % _told(values) if values or "%" in said else said


def _marked_number(one: str, many: str, number: int, /, **values: object) -> Markup:
    said = Markup(_translations().ungettext(one, many, number))  # noqa: S704 (the same)
    return said % {"num": number, **_told(values)}
