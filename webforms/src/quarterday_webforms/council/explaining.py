"""Walking a figure back: to its entries, and from each to activity, rules, unit value and reviewer."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from quarterday import Measure
from quarterday.services.access.permissions import Permission
from quarterday.services.figures.as_at import Wanted
from quarterday.services.figures.explaining import Explained, explain, explain_entry
from quarterday_webforms.amounts import in_unit
from quarterday_webforms.council.pages import ID, council
from quarterday_webforms.language import gettext, told
from quarterday_webforms.site import site
from quarterday_webforms.visiting import needs, staff_actor

_PLACES = 6


@council.get(f"/explain/contracts/<{ID}:contract_id>/<ref>")
@needs(Permission.SEE_FIGURES)
def explain_figure(contract_id: int, ref: str) -> ResponseReturnValue:
    """The accepted figure of one measure of a contract, and the entries that add to it."""
    found = explain(site().uow, staff_actor(), ref=ref, wanted=Wanted(contract_id=contract_id))
    back = url_for("council.contract", contract_id=contract_id)
    return render_template(
        "council/explain_figure.html", figures=found, back=back, is_illustrative=any(map(_is_made_up, found))
    )


@council.get(f"/explain/entries/<{ID}:entry_id>")
@needs(Permission.SEE_FIGURES)
def explain_one(entry_id: int) -> ResponseReturnValue:
    """What one entry adds, and everything that makes it."""
    found = explain_entry(site().uow, staff_actor(), entry_id=entry_id)
    (leaf,) = found.leaves
    return render_template("council/explain_entry.html", found=found, leaf=leaf, is_illustrative=_is_made_up(found))


def _is_made_up(found: Explained) -> bool:
    """Whether its £ come from made-up values."""
    return any(leaf.values and leaf.values.shipped == "illustrative" for leaf in found.leaves)


@council.app_template_filter()
def exactly(value: Fraction | None, measure: Measure) -> str:
    """A quantity with its unit and all its places, so that people can add up the entries of a figure themselves."""
    if value is None or measure.unit.entered.name in ("MONEY", "INVESTED", "PERCENT", "ANSWER", "TEXT"):
        return in_unit(value, measure)
    short = (Decimal(value.numerator) / value.denominator).quantize(Decimal(1).scaleb(-_PLACES), ROUND_HALF_EVEN)
    text = f"{short:,f}".rstrip("0").rstrip(".")
    if Fraction(short) != value:
        text = gettext("%(short)s (exactly %(fraction)s)", short=text, fraction=value)
    return f"{text} {told(measure.unit_words)}".strip()


@council.app_template_filter()
def exact_pounds(micropounds: int) -> str:
    """An amount in pounds with every place that isn't 0, and at least pence: £1,250.00, £24.999999."""
    whole, places = divmod(abs(micropounds), 1_000_000)
    return f"{'−' if micropounds < 0 else ''}£{whole:,}.{f'{places:06}'.rstrip('0'):0<2}"


@council.app_template_filter()
def grouped(number: str) -> str:
    """A number as it was written, with every place, and its thousands apart: 83.3333333 and 10,000."""
    whole, point, places = number.partition(".")
    return f"{int(whole):,}{point}{places}"
