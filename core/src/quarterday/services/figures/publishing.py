"""Documents that a plugin made of its own figures: delivered as core's reports are, and noted where those are."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from quarterday.db.columns import microseconds
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.permissions import Permission
from quarterday.errors import Refused
from quarterday.ports import Document, Receipt
from quarterday.registry import installed
from quarterday.services import scope
from quarterday.services.plugins.children import Children, Order
from quarterday.services.plugins.configured import values_of
from quarterday.services.plugins.sinks import sink_of

_NAMED = ("report", "period")


def publish(
    uow: UnitOfWork,
    actor: Actor,
    *,
    authority_id: int,
    document: Document,
    sink: str = "",
    folder: Path | None = None,
) -> Receipt:
    """Have a document of an authority delivered now: into a folder, or by the authority's settings of a sink.

    The ``meta`` of the document names its ``report`` and its ``period``, under which the list of reports shows it.
    Its key is these and its content, so that the same document goes to one place once. Raises :class:`Refused` where
    there is no such authority in the actor's scope, what the sink raises, and
    :class:`~quarterday.errors.NotConfigured` where no plugin offers the sink.
    """
    if (folder is None) == (not sink):
        raise Refused("Say where the document is to go: to a folder, or to a sink.")
    report, period = (document.meta.get(name, "") for name in _NAMED)
    digest = sha256(document.content).hexdigest()
    form = Path(document.name).suffix.removeprefix(".")
    with uow.begin(actor) as work:
        scope.needs(work, Permission.SET_VALUES)
        scope.authority(work, authority_id)
        if folder is None:
            values = values_of(work, authority_id, sink_of(installed(), sink).plugin)
        else:
            sink, values = "folder", {"folder": str(folder.absolute())}
        said = {"report": report, "period": period, "at": microseconds(work.now), "form": form, "digest": digest}
        work.audit(authority_id, "report.built", f"authority/{authority_id}", **said)
    key = f"report/{report}/{authority_id}/{period}/{document.name}/{sink}/{digest}"
    with Children() as children:
        return children.deliver(Order(sink, values, document, key, authority_id))
