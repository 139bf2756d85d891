"""The desk, which is the returns by what is to do, and the contracts: each a page at a time."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from quarterday.services.access.permissions import Permission
from quarterday.services.figures.desk import Queue, queues, shelf
from quarterday.services.figures.desk import desk as on_desk
from quarterday.services.messages.bounces import unreached
from quarterday_webforms import kept
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
    part = on_desk(uow, actor, queue=queue, asked=asked.asked)
    numbers = queues(uow, actor, manager_id=asked.asked.manager_id)
    back = unreached(uow, actor, manager_id=asked.asked.manager_id)
    by_person = list({one.user_id: one for one in reversed(back)}.values())

    def shown() -> dict[str, Any]:
        turns = asked.turns(part.has_more, queue=queue.value)
        return {
            "queue": queue.value,
            "numbers": numbers,
            "rows": part.rows,
            "wish": asked,
            "turns": turns,
            "unreached": by_person,
        }

    return kept.page("council/desk.html", (queue, numbers, part, asked, by_person), shown)


@council.get("/contracts")
@needs(Permission.SEE_FIGURES)
def contracts() -> ResponseReturnValue:
    """The council's contracts by reference."""
    asked = wish()
    part = shelf(site().uow, staff_actor(), asked=asked.asked)

    def shown() -> dict[str, Any]:
        return {"rows": part.rows, "wish": asked, "turns": asked.turns(part.has_more)}

    return kept.page("council/contracts.html", (part, asked), shown)
