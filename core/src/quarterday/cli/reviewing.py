"""``quarterday return accept|query|reject``: the council's decisions on entries, without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from quarterday.cli import options
from quarterday.cli.output import print_json
from quarterday.errors import Usage

if TYPE_CHECKING:
    from quarterday.db.work import Actor, UnitOfWork
    from quarterday.services.measures.valuations import Worth

_entry = click.argument("entry_id", metavar="ENTRY", type=int)


@click.command()
@click.argument("entry_id", metavar="[ENTRY]", type=int, required=False)
@click.option("--all-plain", "return_id", metavar="RETURN", type=int, help="All the plain entries of this return.")
@options.acting_for
@click.option("--quantity", metavar="Q", help="Accept this much, in the measure's unit; else what the rules count.")
@click.option("--reason", default="", help="Why another quantity counts; the supplier reads it.")
@options.as_json
def accept(
    entry_id: int | None, return_id: int | None, email: str, quantity: str | None, reason: str, as_json: bool
) -> None:
    """Accept ENTRY, a number, for a person of the council; or every plain entry of a return with --all-plain.

    Plain is what nobody has decided on yet and no rule asks about, holds back or cuts.
    """
    from quarterday.services.returns.reviews import accept as accept_it
    from quarterday.services.returns.reviews import accept_plain

    if (entry_id is None) == (return_id is None):
        raise Usage("Name the entry, or with --all-plain the return (one of them).")
    if entry_id is not None:
        uow, actor = _acting(email, entry_id=entry_id)
        done = {entry_id: accept_it(uow, actor, entry_id=entry_id, quantity=quantity, reason=reason)}
    else:
        if quantity is not None or reason:
            raise Usage("--quantity and --reason belong to one entry; leave them out with --all-plain.")
        uow, actor = _acting(email, return_id=return_id)
        done = accept_plain(uow, actor, return_id=return_id or 0)
    if as_json:
        accepted = [{"entry": one, "review": what.review_id, "worth": _worth(what.worth)} for one, what in done.items()]
        print_json({"accepted": accepted})
        return
    for one, what in done.items():
        worth = what.worth.amount if what.worth else None
        click.echo(f"Accepted entry {one}{f': {worth}' if worth is not None else ''}.")
    if not done:
        click.echo("No entry of this return is plain and undecided: “quarterday return show” lists what there is.")


@click.command()
@_entry
@options.acting_for
@click.option("--reason", required=True, help="What you want to know; the supplier reads it.")
@options.as_json
def query(entry_id: int, email: str, reason: str, as_json: bool) -> None:
    """Ask the supplier about ENTRY, a number, for a person of the council; the supplier can then replace it."""
    from quarterday.services.returns.reviews import query as query_it

    uow, actor = _acting(email, entry_id=entry_id)
    done = query_it(uow, actor, entry_id=entry_id, reason=reason)
    _said(entry_id, done.review_id, f"Queried entry {entry_id}.", as_json)


@click.command()
@_entry
@options.acting_for
@click.option("--reason", required=True, help="Why it doesn't count; the supplier reads it.")
@options.as_json
def reject(entry_id: int, email: str, reason: str, as_json: bool) -> None:
    """Reject ENTRY, a number, for good, for a person of the council."""
    from quarterday.services.returns.reviews import reject as reject_it

    uow, actor = _acting(email, entry_id=entry_id)
    done = reject_it(uow, actor, entry_id=entry_id, reason=reason)
    _said(entry_id, done.review_id, f"Rejected entry {entry_id}.", as_json)


def _acting(email: str, *, return_id: int | None = None, entry_id: int | None = None) -> tuple[UnitOfWork, Actor]:
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.returns.acting import acting_for

    uow = record()
    return uow, acting_for(uow, OPERATOR, email=email, as_supplier=False, return_id=return_id, entry_id=entry_id)


def _said(entry_id: int, review_id: int, sentence: str, as_json: bool) -> None:
    if as_json:
        print_json({"entry": entry_id, "review": review_id})
    else:
        click.echo(sentence)


def _worth(worth: Worth | None) -> dict[str, object]:
    from quarterday.cli.returns_shown import amount

    return amount(worth.amount if worth else None)
