"""``quarterday spend payees`` and what is said of payees: who they are, by matching and by people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quarterday_erp_import.cli.batches import authority_id, opened
from quarterday_erp_import.cli.engine import engine

if TYPE_CHECKING:
    from quarterday_erp_import.ledger.settling import AtStake

REJECTS = 3
"""The exit code for “done, with rows to put right”."""


@click.command()
@click.option("--authority", "key", metavar="KEY", required=True, help="The authority's short name.")
@click.option("--asked", is_flag=True, help="Only those of whom it is doubtful who they are.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--csv",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a CSV to say who they are in, for “spend settle”.",
)
def payees(key: str, asked: bool, as_json: bool, file: Path | None) -> None:
    """List who was paid and who that is, the most money first."""
    with engine():
        from quarterday_erp_import.analysis.amounts import pounds
        from quarterday_erp_import.ledger import settled_files, settling

    uow, actor, files = opened()
    all_of_them = settling.payees(uow, actor, files=files, authority_id=authority_id(uow, actor, key))
    found = [one for one in all_of_them.found if not (asked and one.is_settled)]
    if as_json:
        click.echo(json.dumps([as_data(one) for one in found], indent=2, ensure_ascii=False))
        return
    if file:
        file.write_bytes(settled_files.written(all_of_them, found))
        click.echo(f"Wrote {file}. Fill in “decision” and run: quarterday spend settle --authority {key} {file}")
        return
    for one in found:
        decided = one.decided
        number = f" ({decided.payee_id})" if decided.payee_id else ""
        who = settled_files.stands(decided.outcome, decided.supplier)
        click.echo(f"{decided.payee}{number}: {pounds(one.amount)}; {who}")
        for candidate in decided.candidates if not one.is_settled else ():
            click.echo(f"  {candidate['supplier']}: {candidate['name']}")
    if not all_of_them.found:
        click.echo(f"There are no payees. Match them with: quarterday spend match --authority {key}")
        return
    click.echo(f"Settled: {pounds(all_of_them.settled)} of {pounds(all_of_them.amount)}.")


@click.command("settle")
@click.option("--authority", "key", metavar="KEY", required=True, help="The authority's short name.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def settle_payees(file: Path, key: str) -> None:
    """Keep what FILE says of payees: who they are.

    FILE is the CSV of “spend payees --csv”. In “decision” stands the number of a supplier, “new” for one who isn't on
    the list, or what the payee is instead: individual, redacted, internal, factor, card merchant. To undo a decision,
    write another one.
    """
    with engine():
        from quarterday_erp_import.ledger.settled_files import taken_in

    uow, actor, _ = opened()
    done = taken_in(uow, actor, authority_id=authority_id(uow, actor, key), content=file.read_bytes())
    click.echo(f"Payees settled: {done.kept}. Rows left as they were: {done.untouched}.")
    for one in done.wrong:
        click.echo(f"  row {one.row}: {one.why}")
    if done.wrong:
        raise click.exceptions.Exit(REJECTS)


def as_data(one: AtStake) -> dict[str, Any]:
    """A payee as plain data; its amount is decimal text in £."""
    from quarterday_erp_import.reading.money import pounds as decimal

    decided = one.decided
    return {
        "payee": decided.payee,
        "number": decided.payee_id,
        "amount": decimal(one.amount),
        "lines": one.lines,
        "feeds": list(one.feeds),
        "outcome": decided.outcome,
        "kind": decided.kind,
        "supplier": decided.supplier,
        "because": decided.because,
        "candidates": list(decided.candidates),
        "seen": decided.id,
        "by": decided.actor,
    }
