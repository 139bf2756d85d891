"""Charts as static SVG: promised beside accepted, told apart by pattern and line, so that they print in black.

They hold no style sheet and no style attribute, which the pages' policy forbids; the same figures stand in a table
beside each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from flask import Flask
from markupsafe import Markup

from quarterday_webforms.language import told
from quarterday_webforms.texts import quantity

WIDTH, HEIGHT = 640, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 10, 40, 36
"""The room around the plot: for the scale, nothing, the legend, and the periods' names."""
_LABEL = 96
"""How much room the name of a period needs."""
MOST = 12
"""How many periods are drawn: the newest; the table has all."""
_INK = "#0b0c0c"


@dataclass(frozen=True, slots=True)
class Point:
    """What one period shows, in the measure's unit."""

    name: str
    promised: Fraction
    accepted: Fraction


@dataclass(frozen=True, slots=True)
class Words:
    """What a chart says in words."""

    title: str
    description: str
    promised: str
    accepted: str


def teach(app: Flask) -> None:
    """Give an app's templates ``bars`` and ``lines`` for the screens of plugins.

    Both take the key, then ``title``, ``description``, ``first`` and ``second`` (what the two figures are called), and
    ``points``, each a name and two numbers.
    """
    app.jinja_env.globals.update(bars=_asked_for(bars), lines=_asked_for(lines))


def _asked_for(draw: Callable[[str, Words, Sequence[Point]], Markup]) -> Callable[..., Markup]:
    def drawn(
        key: str, *, title: str, description: str, first: str, second: str, points: Sequence[tuple[str, int, int]]
    ) -> Markup:
        found = [Point(told(name), Fraction(one), Fraction(other)) for name, one, other in points]
        return draw(key, Words(str(title), str(description), str(first), str(second)), found)

    return drawn


def bars(key: str, words: Words, points: Sequence[Point]) -> Markup:
    """A pair of bars for each period. ``key`` makes the chart's ids the page's own."""
    plot = _Plot(points)
    drawn = []
    for at, point in enumerate(plot.points):
        wide = plot.step * 0.36
        for n, (value, fill) in enumerate(((point.promised, f"url(#{key}-hatch)"), (point.accepted, _INK))):
            x, y = plot.left(at) + plot.step * 0.12 + n * (wide + 2), plot.y(value)
            drawn.append(
                Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}" stroke="{}"/>').format(
                    _at(x), _at(y), _at(wide), _at(plot.floor - y), fill, _INK
                )
            )
    legend = _legend(words, f"url(#{key}-hatch)")
    return _svg(key, words, plot, [*drawn, legend])


def lines(key: str, words: Words, points: Sequence[Point]) -> Markup:
    """A dashed line with squares of what was promised, and a solid one with dots of what was accepted."""
    plot = _Plot(points)
    places = [plot.left(at) + plot.step / 2 for at in range(len(plot.points))]
    promised = [(x, plot.y(point.promised)) for x, point in zip(places, plot.points, strict=True)]
    accepted = [(x, plot.y(point.accepted)) for x, point in zip(places, plot.points, strict=True)]
    drawn = [
        _line(promised, dashes="6 4"),
        _line(accepted),
        *(
            Markup('<rect x="{}" y="{}" width="8" height="8" fill="#fff" stroke="{}" stroke-width="2"/>').format(
                _at(x - 4), _at(y - 4), _INK
            )
            for x, y in promised
        ),
        *(Markup('<circle cx="{}" cy="{}" r="4" fill="{}"/>').format(_at(x), _at(y), _INK) for x, y in accepted),
    ]
    legend = _legend(words, "#fff")
    return _svg(key, words, plot, [*drawn, legend])


class _Plot:
    """Where things stand: periods from left to right, quantities from the floor up to a round number."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.points = list(points)[-MOST:]
        highest = max((max(point.promised, point.accepted) for point in self.points), default=Fraction(0))
        self.tick = _round_tick(highest)
        self.ticks = max(1, ceil(highest / self.tick))
        self.floor = HEIGHT - _BOTTOM
        self.step = (WIDTH - _LEFT - _RIGHT) / max(1, len(self.points))

    def left(self, at: int) -> float:
        return _LEFT + at * self.step

    def y(self, value: Fraction) -> float:
        return self.floor - float(max(value, Fraction(0)) / (self.tick * self.ticks)) * (self.floor - _TOP)


def _round_tick(highest: Fraction) -> Fraction:
    """A round step of the scale, 1, 2 or 5 with noughts, of which there are at most five up to the highest."""
    if highest <= 0:
        return Fraction(1)
    size = Fraction(1)
    while size * 10 <= highest:
        size *= 10
    while size > highest:
        size /= 10
    return next(size * part for part in (Fraction(1, 5), Fraction(1, 2), 1, 2) if highest <= size * part * 5)


def _svg(key: str, words: Words, plot: _Plot, drawn: Sequence[Markup]) -> Markup:
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{key}-title {key}-said" width="{wide}" '
        'height="{high}" viewBox="0 0 {wide} {high}" font-family="Arial, sans-serif" font-size="14" fill="{ink}">'
        '<title id="{key}-title">{title}</title><desc id="{key}-said">{said}</desc>'
        '<defs><pattern id="{key}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="6" height="6" fill="#fff"/><rect width="2" height="6" '
        'fill="{ink}"/></pattern></defs>'
    ).format(key=key, wide=WIDTH, high=HEIGHT, ink=_INK, title=words.title, said=words.description)
    return Markup("").join([head, *_scale(plot), *drawn, *_names(plot), Markup("</svg>")])


def _scale(plot: _Plot) -> list[Markup]:
    found = []
    for n in range(plot.ticks + 1):
        value = plot.tick * n
        y = _at(plot.y(value))
        found.append(
            Markup(
                '<line x1="{}" x2="{}" y1="{}" y2="{}" stroke="{}"/><text x="{}" y="{}" text-anchor="end" '
                'dominant-baseline="middle">{}</text>'
            ).format(_LEFT, WIDTH - _RIGHT, y, y, _INK if n == 0 else "#b1b4b6", _LEFT - 8, y, quantity(value))
        )
    return found


def _names(plot: _Plot) -> list[Markup]:
    """The periods' names, every so many that they don't touch."""
    every = max(1, ceil(_LABEL / plot.step))
    return [
        Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(
            _at(plot.left(at) + plot.step / 2), HEIGHT - 12, point.name
        )
        for at, point in enumerate(plot.points)
        if (len(plot.points) - 1 - at) % every == 0
    ]


def _legend(words: Words, promised: str) -> Markup:
    """What the two kinds of mark stand for; ``promised`` is how those of what was promised are filled."""
    mark = Markup('<rect x="{}" y="10" width="16" height="14" fill="{}" stroke="{}"/><text x="{}" y="22">{}</text>')
    found = ((_LEFT, promised, words.promised), (_LEFT + 264, _INK, words.accepted))
    return Markup("").join(mark.format(x, fill, _INK, x + 24, text) for x, fill, text in found)


def _line(places: Sequence[tuple[float, float]], dashes: str = "") -> Markup:
    points = " ".join(f"{_at(x)},{_at(y)}" for x, y in places)
    dashed = Markup(' stroke-dasharray="{}"').format(dashes) if dashes else ""
    return Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="2"{}/>').format(points, _INK, dashed)


def _at(place: float) -> str:
    return f"{place:.1f}".removesuffix(".0")
