"""Bars across as static SVG: how much is known, and how much of it is local, for each of some names.

They hold no style sheet and no style attribute, which the pages' policy forbids; the same figures stand in a table.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

WIDE, LABEL, ROW, TOP = 640, 250, 34, 34
MOST = 12
"""How many names are drawn; the table has all."""
_LETTERS = 32
_INK = "#0b0c0c"


def across(
    key: str, *, title: str, description: str, first: str, second: str, rows: Sequence[tuple[str, int, int]]
) -> Markup:
    """A pair of bars for each of the first names, the longest of them as wide as there is room.

    ``first`` and ``second`` say what the two numbers of a row are; ``key`` makes the ids the page's own.
    """
    shown = [(name, max(one, 0), max(two, 0)) for name, one, two in rows[:MOST]]
    most = max((number for _, *numbers in shown for number in numbers), default=0) or 1
    high = TOP + ROW * len(shown) + 4
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{key}-title {key}-said" width="{wide}" '
        'height="{high}" viewBox="0 0 {wide} {high}" font-family="Arial, sans-serif" font-size="14" fill="{ink}">'
        '<title id="{key}-title">{title}</title><desc id="{key}-said">{said}</desc>'
    ).format(key=key, wide=WIDE, high=high, ink=_INK, title=title, said=description)
    legend = Markup(
        '<rect x="{x}" y="6" width="16" height="12" fill="#fff" stroke="{ink}"/><text x="{x1}" y="17">{first}</text>'
        '<rect x="{x2}" y="6" width="16" height="12"/><text x="{x3}" y="17">{second}</text>'
    ).format(x=LABEL, x1=LABEL + 24, x2=LABEL + 190, x3=LABEL + 214, ink=_INK, first=first, second=second)
    drawn = [_row(at, name, one, two, most) for at, (name, one, two) in enumerate(shown)]
    return Markup("").join([head, legend, *drawn, Markup("</svg>")])


def _row(at: int, name: str, one: int, two: int, most: int) -> Markup:
    top, room = TOP + ROW * at, WIDE - LABEL - 10
    label = name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"
    return Markup(
        '<text x="{edge}" y="{text}" text-anchor="end">{label}</text>'
        '<rect x="{left}" y="{top}" width="{one}" height="12" fill="#fff" stroke="{ink}"/>'
        '<rect x="{left}" y="{below}" width="{two}" height="12"/>'
    ).format(
        edge=LABEL - 8,
        text=top + 17,
        label=label,
        left=LABEL,
        top=top,
        below=top + 12,
        one=one * room // most,
        two=two * room // most,
        ink=_INK,
    )
