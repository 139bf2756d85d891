"""``quarterday spend batches`` and what is said of batches: which counts, and what one should add up to."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import click

from quarterday import said
from quarterday_erp_import.cli.engine import engine

if TYPE_CHECKING:
    from quarterday.services.record import Actor, UnitOfWork
    from quarterday_erp_import.ledger.batches import BatchRow
    from quarterday_erp_import.ledger.files import LineFiles

MICROPOUNDS = 1_000_000
LEDGER = "ledger"
"""The folder in the data folder that holds the lines."""


def opened() -> tuple[UnitOfWork, Actor, LineFiles]:
    """The record, who acts on the command line, and where lines are kept."""
    from quarterday.services.record import Actor, installation_settings, open_record
    from quarterday_erp_import.ledger.files import LineFiles

    return open_record(plugin="erp_import"), Actor.operator("cli"), LineFiles(installation_settings().data_dir / LEDGER)


def authority_id(uow: UnitOfWork, actor: Actor, key: str) -> int:
    """The id of the authority of that short name; raises :class:`Refused` where there is none."""
    from quarterday.services.organisations.authorities import authority_by_key

    return authority_by_key(uow, actor, key).id


def pounds(text: str) -> int:
    """The type of an option for an amount in £: whole micropounds; a usage error for anything else."""
    try:
        amount = Decimal(text.replace(",", "").removeprefix("£")) * MICROPOUNDS
    except InvalidOperation as problem:
        raise click.BadParameter(said("“{text}” is no amount; write it like 1234.50.", text=text[:40])) from problem
    if not amount.is_finite() or amount != amount.to_integral_value():
        raise click.BadParameter(said("“{text}” is no amount; write it like 1234.50.", text=text[:40]))
    return int(amount)


@click.command("batches")
@click.option("--authority", "key", metavar="KEY", required=True, help="The authority's short name.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_batches(key: str, as_json: bool) -> None:
    """List the files that were taken in, and which of them count."""
    with engine():
        from quarterday_erp_import.ledger.batches import batches

    uow, actor, _ = opened()
    found = batches(uow, actor, authority_id=authority_id(uow, actor, key))
    if as_json:
        click.echo(json.dumps([as_data(one) for one in found], indent=2, ensure_ascii=False))
        return
    for one in found:
        counts = f"batch {one.superseded_by} counts instead" if one.superseded_by else one.standing
        holds = f"{_period(one)}, {one.accepted} lines, {_text(one.amount)}"
        click.echo(f"{one.id}: {one.name} ({one.feed}), {holds}; {counts}")
        if one.quarantined:
            click.echo(f"  Records set aside: {one.quarantined}.")
    if not found:
        click.echo("No spend file was taken in yet.")


@click.command()
@click.argument("batch", type=int)
@click.option("--by", "by", type=int, metavar="BATCH", help="What counts instead; without it BATCH counts again.")
def supersede(batch: int, by: int | None) -> None:
    """Say that another batch counts instead of BATCH, or that BATCH counts again."""
    with engine():
        from quarterday_erp_import.ledger import batches

    uow, actor, _ = opened()
    if by is None:
        batches.reinstate(uow, actor, batch_id=batch)
        click.echo(f"Batch {batch} counts again.")
    else:
        batches.supersede(uow, actor, batch_id=batch, by_batch_id=by)
        click.echo(f"Batch {by} counts instead of batch {batch}.")


@click.command()
@click.argument("batch", type=int)
@click.option("--lines", type=int, help="How many payments there should be.")
@click.option("--amount", type=pounds, metavar="£", help="What they should add up to.")
def reconcile(batch: int, lines: int | None, amount: int | None) -> None:
    """Compare BATCH with what the finance system says it should come to; the exit code is 3 where it doesn't."""
    with engine():
        from quarterday_erp_import.ledger.control_totals import add_control_total

    uow, actor, _ = opened()
    found = add_control_total(uow, actor, batch_id=batch, source="typed", lines=lines, amount=amount)
    if found.lines_differ_by:
        click.echo(f"It has {found.lines_differ_by:+} lines against that.")
    if found.amount_differs_by:
        click.echo(f"It comes to {_text(found.amount_differs_by)} more than that.")
    if found.agrees:
        click.echo("It agrees.")
    else:
        raise click.exceptions.Exit(3)


def as_data(one: BatchRow) -> dict[str, Any]:
    """A batch as plain data; its amount is decimal text in £."""
    from quarterday_erp_import.reading.money import pounds as decimal

    return {
        "id": one.id,
        "feed": one.feed,
        "name": one.name,
        "sha256": one.sha256,
        "reading": one.reading,
        "rows": one.rows,
        "accepted": one.accepted,
        "quarantined": one.quarantined,
        "skipped": one.skipped,
        "amount_total": decimal(one.amount),
        "first_day": one.first_day and one.first_day.isoformat(),
        "last_day": one.last_day and one.last_day.isoformat(),
        "superseded_by": one.superseded_by,
        "standing": one.standing,
    }


def _text(micropounds: int) -> str:
    from quarterday_erp_import.analysis.amounts import pounds as written

    return written(micropounds)


def _period(one: BatchRow) -> str:
    if one.first_day is None or one.last_day is None:
        return "without dates"
    return f"{one.first_day:%-d %B %Y} to {one.last_day:%-d %B %Y}"
