"""The delivery report as one page that stands alone: readable without JavaScript, by keyboard and by screen reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from html import escape

from quarterday.domain.delivery import Figures, Stage
from quarterday.domain.exact import pounds, shown
from quarterday.domain.valuation import Amount
from quarterday.reports.delivery import VALUED, WARNING, DeliveryReport, parts, worth

_BAR, _ROW, _LABEL, _SCALE = 14, 34, 330, 400
_SCALE_TOP = Fraction(3, 2)
"""The chart ends at one and a half times what is due; a longer bar is cut there and says its number all the same."""

_STYLE = """
body { font: 1rem/1.5 Arial, sans-serif; color: #0b0c0c; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
h1 { font-size: 2rem; } h2 { font-size: 1.5rem; margin-top: 2.5rem; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; font-weight: bold; padding: .5rem 0; }
th, td { border-bottom: 1px solid #b1b4b6; padding: .4rem .6rem .4rem 0; text-align: left; vertical-align: top; }
td.number, th.number { text-align: right; white-space: nowrap; }
.warning { border-left: .5rem solid #b58840; padding: .5rem 1rem; font-weight: bold; }
.scroll { overflow-x: auto; } .scroll:focus { outline: 3px solid #ffdd00; }
.unit { color: #505a5f; } dt { font-weight: bold; } dd { margin: 0 0 .5rem; }
svg { max-width: 100%; height: auto; } svg text { font: 14px Arial, sans-serif; fill: #0b0c0c; }
"""


def page(report: DeliveryReport, about: Iterable[tuple[str, str]]) -> str:
    """The whole page; everything in it that came from people is escaped."""
    span = report.period.name if report.period else "all periods"
    title = f"Delivery of social value, {report.authority}, {span}"
    warning = f'<p class="warning">{escape(WARNING)}</p>' if report.is_illustrative else ""
    terms = "".join(f"<dt>{escape(what)}</dt><dd>{escape(says)}</dd>" for what, says in about)
    body = _chart(report.figures) + _measures(report.figures) + _totals(report)
    if not report.figures:
        body = "<p>No contract of this authority has commitments or returns in this span.</p>"
    return (
        '<!doctype html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n{warning}\n{body}\n"
        f"<h2>About these figures</h2>\n<dl>{terms}</dl>\n</main>\n</body>\n</html>\n"
    )


def _chart(figures: Sequence[Figures]) -> str:
    """Bars of what was accepted, as a part of what is due by now: units differ, so nothing else is comparable."""
    due = [
        (one, one.accepted.quantity / one.due.quantity)
        for one in figures
        if one.due.quantity and one.accepted.quantity is not None
    ]
    if not due:
        return ""
    height = _ROW * len(due) + 40
    line = _LABEL + int(_SCALE / _SCALE_TOP)
    bars = "".join(_bar(at, one, share) for at, (one, share) in enumerate(due))
    summary = "; ".join(f"{one.measure.ref} {_percent(share)}" for one, share in due)
    return (
        "<h2>Accepted, as a part of what is due by now</h2>\n"
        f'<svg viewBox="0 0 {_LABEL + _SCALE + 80} {height}" role="img" aria-labelledby="chart-title chart-text">'
        '<title id="chart-title">Accepted as a part of what is due by now, by measure</title>'
        f'<desc id="chart-text">{escape(summary)}. The table below has the figures.</desc>'
        f'{bars}<line x1="{line}" y1="0" x2="{line}" y2="{height - 30}" stroke="#0b0c0c" stroke-dasharray="4 3"/>'
        f'<text x="{line}" y="{height - 10}" text-anchor="middle">all that is due</text></svg>\n'
    )


def _bar(at: int, one: Figures, share: Fraction) -> str:
    y, width = at * _ROW + 4, max(1, round(min(share, _SCALE_TOP) / _SCALE_TOP * _SCALE))
    words = one.measure.title if len(one.measure.title) <= 36 else f"{one.measure.title[:35]}…"
    return (
        f'<text x="0" y="{y + _BAR}">{escape(one.measure.ref)} {escape(words)}</text>'
        f'<rect x="{_LABEL}" y="{y}" width="{width}" height="{_BAR + 6}" fill="#1d70b8"/>'
        f'<text x="{_LABEL + _SCALE + 70}" y="{y + _BAR + 1}" text-anchor="end">{_percent(share)}</text>'
    )


def _percent(share: Fraction) -> str:
    return f"{shown(share * 100, 0)}%"


def _measures(figures: Iterable[Figures]) -> str:
    columns = ("before the record", "committed", "due by now", "claimed", "accepted")
    pounds_columns = ("committed £", "due by now £", "accepted £")
    heads = "".join(f'<th scope="col" class="number">{name}</th>' for name in (*columns, *pounds_columns))
    body = "".join(
        f'<tr><th scope="row">{escape(one.measure.ref)} {escape(one.measure.title)}'
        f'<br><span class="unit">{escape(one.measure.unit_words)}{_local(one)}</span></th>'
        + "".join(_number(_quantity(of)) for of in (one.opening, one.committed, one.due, one.claimed, one.accepted))
        + "".join(_number(_worth(one, name)) for name in VALUED)
        + "</tr>\n"
        for one in figures
    )
    return _table("By measure", f'<th scope="col">measure</th>{heads}', body)


def _totals(report: DeliveryReport) -> str:
    by_stage = {name: dict(parts(totals)) for name, totals in report.totals.items()}
    named = dict.fromkeys(what for found in by_stage.values() for what in found)
    body = "".join(
        f'<tr><th scope="row">{escape(what)}</th>'
        + "".join(_number(_amount(by_stage[name].get(what))) for name in VALUED)
        + "</tr>\n"
        for what in named
    )
    heads = "".join(
        f'<th scope="col" class="number">{name}</th>' for name in ("committed £", "due by now £", "accepted £")
    )
    return _table("£ in all", f'<th scope="col">of</th>{heads}', body)


def _table(caption: str, heads: str, body: str) -> str:
    return (
        f'<h2>{caption}</h2>\n<div class="scroll" tabindex="0" role="region" aria-label="{caption}">'
        f"<table><thead><tr>{heads}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n"
    )


def _local(one: Figures) -> str:
    return f"; local: {escape(one.local.name)}" if one.local else ""


def _number(text: str) -> str:
    return f'<td class="number">{escape(text)}</td>'


def _quantity(of: Stage) -> str:
    return "never added" if of.quantity is None else shown(of.quantity)


def _worth(one: Figures, name: str) -> str:
    amount = worth(one, name)
    return "no £" if amount is None else _amount(amount)


def _amount(amount: Amount | None) -> str:
    if amount is None:
        return "never added"
    return pounds(amount.micropounds) if amount.is_complete else f"{pounds(amount.micropounds)} (incomplete)"
