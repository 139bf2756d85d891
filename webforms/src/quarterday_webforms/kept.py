"""Pages that are drawn once and kept by all that their words follow from: shown again they needn't be drawn again.

A page is kept by its template, its address, the language, who is here and every value it shows, so whatever changes in
any of them draws another one. Only the token of its forms isn't kept. Words that were erased go from here too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from operator import attrgetter
from typing import Any

from flask import current_app, render_template, request
from markupsafe import Markup

from quarterday.services.words import forgets, keeping
from quarterday_webforms.language import language
from quarterday_webforms.security import token, without_token
from quarterday_webforms.visiting import visit

_MOST = 400
"""How many pages are kept in a process, each of some 15 to 25 kB."""
_GAP = "\0"
"""Where the token belongs in what is kept; nothing else on a page can be this."""
_PLAIN = frozenset({str, int, bool, float, type(None), date, datetime, Decimal, Fraction})
_parts = dict[type, Callable[[Any], tuple[Any, ...]]]()
"""What reads the fields of a dataclass that holds something without a hash, like a mapping: it is kept by its parts."""


def page(template: str, of: object, shown: Callable[[], Mapping[str, Any]]) -> str:
    """A page as :func:`flask.render_template` draws it from a template and what is shown on it.

    All that is shown must follow from ``of``, which is data, from the page's address and from its visitor: it is only
    put together where the page isn't kept. Raises :class:`TypeError` where ``of`` holds anything but data.
    """
    address = (template, request.script_root, request.full_path, language())
    pieces = drawn(Page((*address, _here(), _data(of)), template, shown))
    return str(token()).join(pieces) if len(pieces) > 1 else pieces[0]


def _here() -> tuple[object, ...]:
    """All that a page may say of its visitor."""
    here = visit()
    return (here.user_id, here.name, here.return_id, here.standing, here.places) if here else ()


class Page:
    """A page to draw: equal to any other that looks the same."""

    __slots__ = ("app", "key", "shown", "template")

    def __init__(self, key: tuple[Any, ...], template: str, shown: Callable[[], Mapping[str, Any]]) -> None:
        self.app = current_app._get_current_object()  # type: ignore[attr-defined]
        self.key, self.template = key, template
        self.shown = shown

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Page) and self.app is other.app and self.key == other.key


@lru_cache(_MOST)
def drawn(one: Page) -> list[str]:
    """The page in pieces, between which the token belongs."""
    keeping()
    with without_token(_GAP):
        text = render_template(one.template, **one.shown())
    one.shown = dict  # what was read for it isn't kept
    return text.split(_GAP)


forgets(drawn.cache_clear)


def _data(value: Any) -> Any:
    """A value as a key: equal for equal values of the same kind, and never for anything else."""
    kind = type(value)
    if kind in _PLAIN or kind is Markup or isinstance(value, Enum):
        return value
    if kind in _parts:
        return kind, tuple([_data(part) for part in _parts[kind](value)])
    if kind in (tuple, list):
        return tuple([_data(part) for part in value])
    if isinstance(value, Mapping):
        return tuple([(_data(key), _data(part)) for key, part in value.items()])
    if not is_dataclass(value):
        raise TypeError(f"A page can't be kept by a {kind.__name__}; give what it follows from.")
    try:
        hash(value)
    except TypeError:
        names = [field.name for field in fields(value)]
        _parts[kind] = attrgetter(*names, names[0])  # of one name alone it would give no tuple
        return _data(value)
    return value
