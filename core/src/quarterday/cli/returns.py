"""``quarterday return``: list the returns, show one, explain a figure, recompute; what reports and decides joins in."""

from __future__ import annotations

from datetime import datetime

import click

from quarterday.cli import options
from quarterday.cli.extending import extend
from quarterday.cli.inviting import invite
from quarterday.cli.output import print_json, print_table
from quarterday.cli.reporting import answer, fill, submit, template
from quarterday.cli.reviewing import accept, query, reject
from quarterday.errors import Usage


@click.group("return")
def returns() -> None:
    """Report, submit, decide; list the returns, show one, explain a figure, recompute every figure."""


for command in (invite, extend, template, fill, submit, answer, accept, query, reject):
    returns.add_command(command)


@returns.command("list")
@click.option("--authority", "authority_key", metavar="KEY", default="", help="Of this authority only.")
@click.option("--contract", "reference", default="", help="Of this contract only; goes with --authority.")
@options.as_json
def list_returns(authority_key: str, reference: str, as_json: bool) -> None:
    """List the returns with how each stands and when it is due."""
    from quarterday.cli import returns_shown
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.returns import standing as services

    authority_id, contract_id = _scope(authority_key, reference)
    found = services.returns(record(), OPERATOR, authority_id=authority_id, contract_id=contract_id)
    rows = [returns_shown.row(one) for one in found]
    if as_json:
        print_json({"returns": rows})
    else:
        columns = ["id", "contract", "period", "due", "state", "overdue", "entries", "drafts"]
        print_table(columns, [[returns_shown.cell(row[name]) for name in columns] for row in rows])


@returns.command()
@click.argument("return_id", metavar="ID", type=int)
@options.as_json
def show(return_id: int, as_json: bool) -> None:
    """Show the return of that ID: its entries with the decisions on them, its drafts, its receipts."""
    from quarterday.cli import returns_shown
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.returns.standing import whole_return

    whole = whole_return(record(), OPERATOR, return_id=return_id)
    if as_json:
        print_json(returns_shown.as_data(whole))
    else:
        returns_shown.print_return(whole)


@returns.command()
@click.argument("ref")
@click.option("--authority", "authority_key", metavar="KEY", default="", help="Of this authority only.")
@click.option("--contract", "reference", default="", help="Of this contract only; goes with --authority.")
@click.option("--return", "return_id", type=int, metavar="ID", help="Of this return only.")
@click.option("--entry", "entry_id", type=int, metavar="ID", help="Of this entry only.")
@options.as_at
@options.as_json
def explain(
    ref: str,
    authority_key: str,
    reference: str,
    return_id: int | None,
    entry_id: int | None,
    as_at: datetime | None,
    as_json: bool,
) -> None:
    """Explain what is accepted of the measure REF: every entry with its rules, unit value and reviewer.

    The worths of the entries add to the figure's exactly; what adds nothing is listed too, with the reason.
    """
    from quarterday.cli import explained_shown
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.figures.as_at import Wanted
    from quarterday.services.figures.explaining import explain as explain_figure

    authority_id, contract_id = _scope(authority_key, reference)
    wanted = Wanted(authority_id=authority_id, contract_id=contract_id, at=as_at)
    found = explain_figure(record(), OPERATOR, ref=ref, wanted=wanted, return_id=return_id, entry_id=entry_id)
    if as_json:
        print_json({"as_at": as_at, "figures": [explained_shown.as_data(one) for one in found]})
    else:
        for one in found:
            explained_shown.print_figure(one)


@returns.command()
@click.option("--all", "everything", is_flag=True, help="Every acceptance in the record.")
@options.as_json
@click.pass_context
def recompute(ctx: click.Context, everything: bool, as_json: bool) -> None:
    """Work out the worth of every acceptance again, and compare it with what is stored; nothing is changed.

    Reads entries, reviews and snapshots alone. The exit code is 1 where something differs.
    """
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.figures.recomputing import recompute as recompute_all

    if not everything:
        raise Usage("Say what to recompute: --all.")
    found = recompute_all(record(), OPERATOR)
    if as_json:
        print_json({"checked": found.checked, "differing": len(found.differing)})
    else:
        click.echo(f"Recomputed {found.checked:,} acceptances; {len(found.differing):,} differ from what is stored.")
        for review_id in found.differing:
            click.echo(f"  review {review_id}")
    ctx.exit(1 if found.differing else 0)


def _scope(authority_key: str, reference: str) -> tuple[int | None, int | None]:
    """The ids of the authority and the contract that are meant; None where none is named."""
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.promises.contracts import contract_by_reference

    if reference and not authority_key:
        raise Usage("Say whose contract it is with --authority: a reference is an authority's own.")
    if not authority_key:
        return None, None
    uow, council = in_authority(authority_key)
    if not reference:
        return council.id, None
    return None, contract_by_reference(uow, OPERATOR, authority_id=council.id, reference=reference).id
