"""The words of the pages pass through here: gettext, typed, so that a translation is found where there is one."""

from __future__ import annotations

import flask_babel


def gettext(text: str, **values: object) -> str:
    """The text in the reader's language, ``%(name)s`` filled in."""
    return str(flask_babel.gettext(text, **values))


def ngettext(one: str, many: str, number: int, **values: object) -> str:
    """The text for one, or for so many: ``%(num)s`` is the number."""
    return str(flask_babel.ngettext(one, many, number, **values))


def lazy_gettext(text: str, **values: object) -> str:
    """A text that is looked up when a page is drawn, for what is made when the process starts, like a form's label."""
    found: str = flask_babel.lazy_gettext(text, **values)  # it behaves as the text it stands for
    return found
