"""``quarterday spend vendors``: the finance system's list of suppliers; and matching the payees with it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quarterday_erp_import.cli.batches import authority_id, opened
from quarterday_erp_import.cli.engine import engine

if TYPE_CHECKING:
    from quarterday_erp_import.ledger.vendor_lists import Reading

SHOWN = 20
"""How many rows with something doubtful are shown."""


@click.command()
@click.option("--authority", "key", metavar="KEY", required=True, help="The authority's short name.")
@click.option("--source", required=True, help="What it is and who says so, like “the finance system's vendor list”.")
@click.option("--as-at", "as_at", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day that it is of.")
@click.option("--dry-run", is_flag=True, help="Say what it is understood to be, and keep nothing.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def vendors(file: Path, key: str, source: str, as_at: datetime, dry_run: bool) -> None:
    """Take in FILE, the finance system's list of suppliers: it gives postcodes, sizes and sectors.

    FILE is CSV or a workbook in whatever layout; it is said what it was understood to be.
    """
    with engine():
        from quarterday_erp_import.ledger.vendor_lists import import_vendors, read_vendors

    if dry_run:
        _show(read_vendors(file, source=source, as_at=as_at.date()))
        return
    uow, actor, _ = opened()
    of = authority_id(uow, actor, key)
    found = import_vendors(uow, actor, path=file, authority_id=of, source=source, as_at=as_at.date())
    if not found.is_new:
        click.echo("The file is known, and nothing was done.")
        return
    _show(found.read)
    click.echo(f"Match the payees with them: quarterday spend match --authority {key}")


@click.command()
@click.option("--authority", "key", metavar="KEY", required=True, help="The authority's short name.")
def match(key: str) -> None:
    """Decide who the payees are that no person has settled, by the list of suppliers."""
    with engine():
        from quarterday_erp_import.ledger.deciding import match_with_vendors
        from quarterday_erp_import.payees.payee import Outcome

    uow, actor, files = opened()
    counts = match_with_vendors(uow, actor, files=files, authority_id=authority_id(uow, actor, key))
    for outcome, number in counts.most_common():
        click.echo(f"{outcome}: {number}")
    if not counts:
        click.echo("There are no payees to decide on.")
    elif counts[Outcome.ASKED]:
        click.echo(f"Settle the doubtful: quarterday spend payees --authority {key} --asked")


def _show(read: Reading) -> None:
    """Say what a list was understood to be, and what stands in it."""
    if read.understood:
        for field, column in sorted(read.understood.columns.items(), key=lambda one: one[1].index):
            called = f"“{column.name}”" if column.name else f"column {column.index + 1}"
            click.echo(f"{field.replace('_', ' ')}: {called} ({column.why})")
        if read.understood.unused:
            click.echo(f"Not used: {', '.join(read.understood.unused)}.")
    click.echo(f"Suppliers on the list: {len(read.vendors)}.")
    odd = [(one.line, one.why) for one in read.not_vendors]
    odd += [(one.line, why) for one in read.vendors for why in one.doubts]
    for line, why in sorted(odd)[:SHOWN]:
        click.echo(f"  line {line}: {why}")
    if len(odd) > SHOWN:
        click.echo(f"  … and {len(odd) - SHOWN} more.")
