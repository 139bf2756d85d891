"""``quarterday spend same``: entries of the list of suppliers that are one supplier."""

from __future__ import annotations

import json

import click

from quarterday_erp_import.cli.batches import authority_id, opened
from quarterday_erp_import.cli.engine import engine


@click.command()
@click.option("--authority", "key", metavar="KEY", required=True, help="The authority's short name.")
@click.option("--part", "part", metavar="NUMBER", help="Say that this entry is a supplier by itself.")
@click.option("--join", "join", metavar="NUMBER", help="Take that back.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def same(key: str, part: str | None, join: str | None, as_json: bool) -> None:
    """List the entries of the list of suppliers that count as one supplier, and why.

    They have the same company number, or the same name at the same postcode. Figures by supplier show them as one.
    """
    with engine():
        from quarterday_erp_import.ledger import same as entries

    uow, actor, _ = opened()
    of = authority_id(uow, actor, key)
    for supplier, apart in ((part, True), (join, False)):
        if supplier:
            entries.part(uow, actor, authority_id=of, supplier=supplier, apart=apart)
    found = entries.entries(uow, actor, authority_id=of)
    if as_json:
        said = [
            {"supplier": one.key, "entries": one.keys, "because": [str(why) for why in one.why]} for one in found.same
        ]
        click.echo(json.dumps({"same": said, "apart": found.apart}, indent=2, ensure_ascii=False))
        return
    for one in found.same:
        click.echo(f"{found.vendors[one.key].name}: {', '.join(one.keys)} ({'; '.join(map(str, one.why))})")
    for number in found.apart:
        click.echo(f"{found.vendors[number].name}: {number} is by itself, as a person said")
    if not found.same and not found.apart:
        click.echo("No two entries of the list are one supplier.")
