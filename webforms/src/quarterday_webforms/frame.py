"""What surrounds a page, from its head to its header and its footer: drawn once for a visitor and kept.

It was an eighth of a page's time (by a profile), and from page to page only the token of its button changes in it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Flask, request
from markupsafe import Markup, escape

from quarterday_webforms.language import language
from quarterday_webforms.security import token
from quarterday_webforms.theme import Theme

_KEPT = 2000
"""How many are kept, each of some 4 kB: a few for each visitor and language."""
_GAP = "\0"
"""Where the token belongs in what is kept; nothing else on a page can be this."""

Menu = tuple[tuple[str, str, bool], ...]
"""Of each link of the service navigation where it leads, its words, and whether this is the page."""


def teach(app: Flask, theme: Theme) -> None:
    """Give an app's templates ``frame_top(visit, menu, sign_out)`` and ``frame_bottom()``."""

    @lru_cache(_KEPT)
    def drawn(part: str, spoken: str, root: str, name: str = "", menu: Menu = (), sign_out: str = "") -> list[Markup]:
        links = [{"href": href, "text": text, "active": active} for href, text, active in menu]
        found = app.jinja_env.get_template(f"frame/{part}.html").render(
            theme=theme, home=f"{root}/", name=name, menu=links, sign_out=sign_out, token=_GAP
        )
        return [Markup(piece) for piece in found.strip().split(_GAP)]  # noqa: S704 (our own template's)

    def top(visit: Any, menu: Menu, sign_out: str) -> Markup:
        name = visit.name if visit else ""
        pieces = drawn("top", language(), request.script_root, name, menu or (), sign_out or "")
        return escape(token()).join(pieces) if len(pieces) > 1 else pieces[0]

    def bottom() -> Markup:
        return drawn("bottom", language(), request.script_root)[0]

    app.jinja_env.globals.update(frame_top=top, frame_bottom=bottom)
