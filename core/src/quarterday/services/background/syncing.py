"""One run of an exchange with a portal: what was left under way goes again, theirs come in, and ours go out."""

from __future__ import annotations

from functools import partial

from quarterday.db.one_at_a_time import one_at_a_time
from quarterday.db.outbox import Due
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.sentences import Sentence, said
from quarterday.errors import NotConfigured, Trouble
from quarterday.ports import DocumentKind, PortalTerms, Reconcilable
from quarterday.registry import installed
from quarterday.services.background.reading import Read, read
from quarterday.services.plugins.children import Children, Terms
from quarterday.services.plugins.configured import values_of
from quarterday.services.plugins.process import PluginFault
from quarterday.services.plugins.sinks import sinks
from quarterday.services.plugins.sources import source_of
from quarterday.services.portals import door, made_there, runs
from quarterday.services.portals.runs import Purpose, Run
from quarterday.services.portals.sending import Sending

ITEM = "portal-record"
"""The kind of a portal's items."""


def do(children: Children, uow: UnitOfWork, row: Due) -> str:
    """Exchange what an outbox row of :data:`quarterday.db.queue.SYNC` asks for; returns what came of it, in a sentence.

    Raises as :func:`sync`.
    """
    if row.authority_id is None:
        return said("It is of no authority.")
    portal = row.payload["source"]
    return told(sync(uow, children, portal=portal, authority_id=row.authority_id, actor_name="worker"))


def told(run: Run) -> Sentence:
    """What came of a run, in a sentence."""
    return said(
        "Read: {read:,}, sent: {sent:,}, taken there: {taken:,}, stopped: {stopped:,}, conflicts: {conflicts:,}.",
        **{name: run.counts.get(name, 0) for name in ("read", "sent", "taken", "stopped", "conflicts")},
    )


def sync(uow: UnitOfWork, children: Children, *, portal: str, authority_id: int, actor_name: str) -> Run:
    """Exchange records with a portal, once; returns the run.

    A run that is cut short, by whatever, is gone on with by the next one. Raises
    :class:`~quarterday.errors.Retryable` where another run of the same is under way, and what the portal raises, after
    that was written down with the run.
    """
    over = f"portal-{authority_id}-{portal}"
    busy = said("Records are being exchanged with this portal already; this is tried again.")
    with one_at_a_time(uow.engine, over, busy):
        actor = Actor.operator(actor_name)
        try:
            terms, broken = _terms(uow, children, portal, authority_id), None
        except (Trouble, PluginFault) as error:
            terms, broken = None, error
        with uow.begin(actor) as work:
            began_at = work.now
            run_id = runs.begin(work, authority_id, portal, Purpose.SYNC, actor_name, terms=terms)
        came = Read()
        counts: dict[str, int] = {}
        try:
            if broken is not None or terms is None:
                raise broken or AssertionError
            sending = Sending(uow, children, actor, portal, authority_id, terms, run_id)
            try:
                sending.again()
                taker = partial(door.take, portal=portal, terms=terms, run_id=run_id)
                came = read(
                    uow, children, source=portal, authority_id=authority_id, takers={ITEM: taker}, ready=door.ready
                )
                with uow.begin(actor) as work:
                    counts["recognised"] = made_there.recognise_submitted(work, authority_id, portal)
                    counts["came_in"] = door.take_due(work, authority_id, portal, terms)
                sending.changes()
            finally:
                sending.done.came_in += counts.pop("came_in", 0)
                read_there = {"read": came.taken, "known": came.known, "rejected": came.rejected}
                counts = {**read_there, **counts, **sending.done.counts()}
        except Exception as error:
            is_told = isinstance(error, Trouble | PluginFault)
            why = str(error) if is_told else said("Quarterday itself failed; the log says more.")
            with uow.begin(actor) as work:
                runs.end(work, run_id, counts, why)
            raise
        with uow.begin(actor) as work:
            runs.end(work, run_id, counts)
            return Run(run_id, portal, Purpose.SYNC, actor_name, began_at, work.now, counts, "")


def _terms(uow: UnitOfWork, children: Children, portal: str, authority_id: int) -> PortalTerms:
    """What was agreed with a portal; raises :class:`NotConfigured` where that is none, and what the portal raises."""
    offered = source_of(installed(), portal)
    sink = sinks(installed()).get(portal)
    if not issubclass(offered.kind, Reconcilable) or sink is None or DocumentKind.RECORDS not in sink.kind.accepts:
        raise NotConfigured("plugins", "“{portal}” is no portal: it gives and takes no records.", portal=portal)
    with uow.read(Actor.operator("worker")) as work:
        values = values_of(work, authority_id, offered.plugin)
    return children.terms(Terms(portal, values, authority_id))
