"""One run of an exchange with a portal: what was left under way goes again, theirs come in, and ours go out."""

from __future__ import annotations

from functools import partial

from quarterday.db.outbox import Due
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.sentences import Sentence, said
from quarterday.services.background.reading import Read, read
from quarterday.services.plugins.children import Children
from quarterday.services.portals import door, exchanging, made_there, runs
from quarterday.services.portals.reconciling import reconcile
from quarterday.services.portals.runs import Purpose, Run
from quarterday.services.portals.sending import Sending

ITEM = "portal-record"
"""The kind of a portal's items."""


def do(children: Children, uow: UnitOfWork, row: Due) -> str:
    """Exchange, or compare both sides, as an outbox row of :data:`quarterday.db.queue.SYNC` asks; returns what came of
    it, in a sentence.

    Raises as :func:`sync`.
    """
    if row.authority_id is None:
        return said("It is of no authority.")
    portal, authority_id = row.payload["source"], row.authority_id
    if row.payload.get("purpose") == Purpose.RECONCILE:
        found = reconcile(uow, children, portal=portal, authority_id=authority_id, actor_name="worker")
        return said("Both sides have the same.") if found.is_alike else said("Both sides don't have the same.")
    return told(sync(uow, children, portal=portal, authority_id=authority_id, actor_name="worker"))


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
    with exchanging.run(
        uow, children, authority_id=authority_id, portal=portal, purpose=Purpose.SYNC, actor_name=actor_name
    ) as begun:
        _exchange(begun)
    return runs.one(uow, Actor.operator(actor_name), run_id=begun.run_id)


def _exchange(begun: exchanging.Begun) -> None:
    of = begun.exchange
    sending = Sending(of.uow, of.children, of.actor, of.portal, of.authority_id, of.terms, begun.run_id)
    came = Read()
    try:
        sending.again()
        taker = partial(door.take, portal=of.portal, terms=of.terms, run_id=begun.run_id)
        read(
            of.uow,
            of.children,
            source=of.portal,
            authority_id=of.authority_id,
            takers={ITEM: taker},
            ready=door.ready,
            done=came,
        )
        with of.uow.begin(of.actor) as work:
            begun.counts["recognised"] = made_there.recognise_submitted(work, of.authority_id, of.portal)
        sending.done.came_in += door.take_due(of.uow, of.actor, of.authority_id, of.portal, of.terms)
        sending.changes()
    finally:
        begun.counts |= {"read": came.taken, "known": came.known, "rejected": came.rejected}
        begun.counts |= sending.done.counts()
