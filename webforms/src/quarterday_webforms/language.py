"""The words of the pages pass through here: gettext, typed, so that a translation is found where there is one.

A page has a hundred texts, so what translates them is looked up once for a request.
"""

from __future__ import annotations

from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import flask_babel
from flask import Flask, g
from flask_babel.speaklater import LazyString
from markupsafe import Markup
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

LANGUAGES = ("en",)
"""The languages there are translations for; Welsh has its place beside English."""


_TRANSLATIONS: ContextVar[Any] = ContextVar("translations", default=None)
"""What translates in the request that is being answered; looked up so often that Flask's own ``g`` is too slow."""


def teach(app: Flask) -> None:
    """Give an app's templates ``_`` and the like, in the reader's language; what is filled in is escaped."""
    app.before_request(_begin)
    app.teardown_request(_end)
    app.jinja_env.globals.update(_=_marked, gettext=_marked, ngettext=_marked_number)


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
    return said % values if values else said


def ngettext(one: str, many: str, number: int, **values: object) -> str:
    """The text for one, or for so many: ``%(num)s`` is the number."""
    return str(_translations().ungettext(one, many, number)) % {"num": number, **values}


def lazy_gettext(text: str, **values: object) -> str:
    """A text that is looked up when a page is drawn, for what is made when the process starts, like a form's label."""
    found: Any = LazyString(gettext, text, **values)
    return found  # type: ignore[no-any-return]  # it behaves as the text it stands for


def language() -> str:
    """The language of the page, as HTML names it."""
    try:
        found: str = g.language
    except AttributeError:
        found = g.language = str(flask_babel.get_locale() or "en").replace("_", "-")
    return found


def _translations() -> Any:
    return _TRANSLATIONS.get() or flask_babel.get_translations()


def _marked(text: str, /, **values: object) -> Markup:
    """As Jinja has it: always a format, whether anything is filled in or not."""
    said = Markup(_translations().ugettext(text))  # noqa: S704 (our own text, or its translation)
    return said % values if values or "%" in said else said


def _marked_number(one: str, many: str, number: int, /, **values: object) -> Markup:
    said = Markup(_translations().ungettext(one, many, number))  # noqa: S704 (the same)
    return said % {"num": number, **values}
