"""Walking a figure back: to its entries, and from each to activity, rules, unit value and reviewer."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from quarterday.services.access.permissions import Permission
from quarterday.services.figures.as_at import Wanted
from quarterday.services.figures.explaining import Explained, explain, explain_entry
from quarterday_webforms.council.pages import ID, council
from quarterday_webforms.site import site
from quarterday_webforms.visiting import needs, staff_actor


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
