"""``quarterday spend reckon`` and ``figures``: have the ledger's figures reckoned now, and say what they come to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from quarterday_erp_import.cli.batches import authority_id, opened
from quarterday_erp_import.cli.engine import engine

if TYPE_CHECKING:
    from quarterday_erp_import.figures.keeping import Kept


@click.command()
@click.option("--authority", "key", metavar="KEY", required=True, help="The authority's short name.")
def reckon(key: str) -> None:
    """Reckon the figures over the ledger now, where something changed that they rest on; the clock does it too."""
    with engine():
        from quarterday_erp_import.figures.keeping import reckon as reckon_anew
        from quarterday_erp_import.figures.terms import terms

        uow, actor, files = opened()
        of = authority_id(uow, actor, key)
        new = reckon_anew(uow, actor, files=files, authority_id=of, terms=terms(files.folder.parent))
    click.echo(f"New figures: {new}.")


@click.command()
@click.option("--authority", "key", metavar="KEY", required=True, help="The authority's short name.")
@click.option("--json", "as_json", is_flag=True, help="Print all figures, whole, as JSON.")
def figures(key: str, as_json: bool) -> None:
    """Say how much of each year's spend is local, by each definition, and for how much that is known."""
    from quarterday.services.record import Actor, open_record
    from quarterday_erp_import.figures.keeping import kept

    uow, actor = open_record(plugin="erp_import"), Actor.operator("cli")
    found = kept(uow, actor, authority_id=authority_id(uow, actor, key), analysis="" if as_json else "local")
    if as_json:
        click.echo(json.dumps([_as_data(one) for one in found], indent=2, ensure_ascii=False))
        return
    for one in found:
        for line in _local(one):
            click.echo(line)
    if not found:
        click.echo(f"No figure is kept yet: quarterday spend reckon --authority {key}")


def _local(figure: Kept) -> Iterator[str]:
    from quarterday_erp_import.analysis.amounts import percent, pounds
    from quarterday_erp_import.figures.coverage import coverage

    area = figure.definition["local"]
    yield f"Local by “{area['name']}”:" if area else "Nothing says what is local yet; add a definition."
    for row in figure.rows:
        (known,) = coverage(figure.coverage, row["year"])
        share = f"{percent(row['local'], row['known'])} of what has a postcode is local ({pounds(row['local'])}). "
        yield f"  {_year(row['year'])}: {share if row['known'] > 0 else ''}{known.words}"
    yield f"  Payments known up to {figure.known_until or 'no day'}; reckoned on {figure.as_of}."


def _year(year: int | None) -> str:
    return f"{year}/{(year + 1) % 100:02}" if year else "without a day"


def _as_data(one: Kept) -> dict[str, Any]:
    """A figure as plain data; money is whole micropounds."""
    return {
        "analysis": one.analysis,
        "local": one.definition["local"],
        "terms": one.definition["terms"],
        "known_until": one.known_until and one.known_until.isoformat(),
        "as_of": one.as_of.isoformat(),
        "coverage": one.coverage,
        "batches": [f"batch/{batch}" for batch in one.batches],
        "rows": one.rows,
    }
