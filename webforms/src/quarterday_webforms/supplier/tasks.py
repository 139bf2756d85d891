"""My returns, and one return as a list of tasks."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quarterday import Refused
from quarterday.services.access.permissions import Permission
from quarterday.services.figures.my_returns import Mine, Turn, my_returns
from quarterday.services.returns import activities
from quarterday_webforms import kept
from quarterday_webforms.site import site
from quarterday_webforms.supplier.forms import PressForm
from quarterday_webforms.supplier.pages import ID, hand, seen, supplier
from quarterday_webforms.visiting import here, needs, supplier_actors

MOST_DONE = 12
"""How many returns that are done are listed before “show all”: three years of quarters of one contract."""


@supplier.get("")
@needs(Permission.REPORT)
def mine() -> ResponseReturnValue:
    """The visitor's returns of all their suppliers, by what is to do."""
    names = {place.supplier_id: place.name for place in here().places}
    groups: dict[Turn, list[tuple[Mine, str]]] = defaultdict(list)
    actors = supplier_actors()
    for actor in actors:
        for one in my_returns(site().uow, actor):
            groups[one.turn].append((one, names[actor.supplier_id] if len(actors) > 1 else ""))
    for turn, found in groups.items():
        found.sort(key=lambda pair: pair[0].listed.due, reverse=turn in (Turn.DONE, Turn.MISSED))
    most = None if request.args.get("show") == "all" else MOST_DONE
    return kept.page("supplier/mine.html", (groups, most), lambda: {"groups": groups, "most": most})


@supplier.get(f"/<{ID}:return_id>")
@needs(Permission.REPORT)
def tasks(return_id: int) -> ResponseReturnValue:
    """One return: a row for each promised measure, and what comes after."""
    _, found = hand(return_id)

    def shown() -> dict[str, Any]:
        return {"hand": found, "form": PressForm(found.version), "carried": _carried()}

    return kept.page("supplier/tasks.html", found, shown)


@supplier.get(f"/<{ID}:return_id>/measures")
@needs(Permission.REPORT)
def others(return_id: int) -> ResponseReturnValue:
    """The edition's measures that nothing was promised for."""
    _, found = hand(return_id)
    return render_template("supplier/others.html", hand=found, back=url_for("supplier.tasks", return_id=return_id))


@supplier.post(f"/<{ID}:return_id>/carry-over")
@needs(Permission.REPORT)
def carry_over(return_id: int) -> ResponseReturnValue:
    """Begin an entry for everything that is still under way; pressed twice, it begins nothing more."""
    actor, found = hand(return_id)
    form = PressForm(found.version)
    try:
        made = activities.carry_over(site().uow, actor, return_id=return_id, seen_version=seen())
    except Refused as refused:
        form.refuse(refused)
        return render_template("supplier/tasks.html", hand=found, form=form, carried=None), 422
    return redirect(url_for("supplier.tasks", return_id=return_id, carried=len(made)), 303)


def _carried() -> int | None:
    """How many entries were carried over just now; None where nothing was."""
    text = request.args.get("carried", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None
