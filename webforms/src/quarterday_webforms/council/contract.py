"""One contract: what it is measured by, what it promised and delivered, its returns, and what changed."""

from __future__ import annotations

from typing import Any

from flask import get_flashed_messages, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from quarterday.services.access.permissions import Permission
from quarterday.services.figures.one_contract import OneContract, one_contract
from quarterday.services.ledger.beside import is_there, ledger_of_contract
from quarterday.services.messages.bounces import unreached
from quarterday_webforms import kept
from quarterday_webforms.amounts import in_unit
from quarterday_webforms.charts import Point, Words, bars, lines
from quarterday_webforms.council.pages import ID, council
from quarterday_webforms.language import gettext
from quarterday_webforms.site import site
from quarterday_webforms.visiting import may, needs, staff_actor


@council.get(f"/contracts/<{ID}:contract_id>")
@needs(Permission.SEE_FIGURES)
def contract(contract_id: int) -> ResponseReturnValue:
    """The contract, with the periods of one of its measures."""
    ref = request.args.get("measure", "")
    uow, actor = site().uow, staff_actor()
    found = one_contract(uow, actor, contract_id=contract_id, ref=ref)
    back = unreached(uow, actor, contract_id=contract_id)
    paid, is_installed = ledger_of_contract(uow, actor, contract_id=contract_id), is_there()
    done, may_keep = tuple(get_flashed_messages()), may(Permission.KEEP_CONTRACTS)

    def shown() -> dict[str, Any]:
        own = {"found": found, "drawn": _charts(found), "unreached": back, "ledger": paid, "has_ledger": is_installed}
        return {**own, "is_illustrative": found.is_illustrative, "done": done, "may_keep": may_keep}

    return kept.page("council/contract.html", (found, back, paid, is_installed, done, may_keep), shown)


def _charts(found: OneContract) -> list[Markup]:
    """The chart of each period, and of a flow that of all up to each."""
    measure = found.measure
    if measure is None or not found.periods:
        return []
    last = found.periods[-1]
    by_period = Words(
        title=gettext("%(measure)s in each period", measure=measure.title),
        description=gettext("The figures are in the table below the charts."),
        promised=gettext("Promised"),
        accepted=gettext("Accepted"),
    )
    charts = [bars("by-period", by_period, [Point(one.name, one.due, one.accepted) for one in found.periods])]
    if measure.over_time == "flow":
        so_far = Words(
            title=gettext("%(measure)s up to each period", measure=measure.title),
            description=gettext(
                "Up to %(period)s %(due)s was promised, and %(accepted)s accepted. The table below has all figures.",
                period=last.name,
                due=in_unit(last.due_so_far, measure),
                accepted=in_unit(last.accepted_so_far, measure),
            ),
            promised=gettext("Promised so far"),
            accepted=gettext("Accepted so far"),
        )
        points = [Point(one.name, one.due_so_far, one.accepted_so_far) for one in found.periods]
        charts.append(lines("so-far", so_far, points))
    return charts
