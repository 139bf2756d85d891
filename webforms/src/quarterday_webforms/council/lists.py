"""The desk, which is the returns by what is to do, and the contracts: each a page at a time."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from quarterday.services.access.permissions import Permission
from quarterday.services.figures.desk import Queue, queues, shelf
from quarterday.services.figures.desk import desk as on_desk
from quarterday_webforms.council.pages import council, wish
from quarterday_webforms.site import site
from quarterday_webforms.visiting import needs, staff_actor


@council.get("")
@needs(Permission.SEE_FIGURES)
def desk() -> ResponseReturnValue:
    """The returns of one queue; of those that are ready, where no other was asked for."""
    asked = wish()
    wanted = request.args.get("queue", "")
    queue = Queue(wanted) if wanted in set(Queue) else Queue.READY
    uow, actor = site().uow, staff_actor()
    rows, has_more = on_desk(uow, actor, queue=queue, asked=asked.asked)
    return render_template(
        "council/desk.html",
        queue=queue.value,
        numbers=queues(uow, actor, manager_id=asked.asked.manager_id),
        rows=rows,
        wish=asked,
        turns=asked.turns(has_more, queue=queue.value),
    )


@council.get("/contracts")
@needs(Permission.SEE_FIGURES)
def contracts() -> ResponseReturnValue:
    """The council's contracts by reference."""
    asked = wish()
    rows, has_more = shelf(site().uow, staff_actor(), asked=asked.asked)
    return render_template("council/contracts.html", rows=rows, wish=asked, turns=asked.turns(has_more))
