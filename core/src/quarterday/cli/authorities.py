"""``quarterday authority``: add one, list them, show one, and define what is local to it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

import click

from quarterday.cli import options
from quarterday.cli.exchange import export_authority, import_authority
from quarterday.cli.output import print_json, print_table

if TYPE_CHECKING:
    from quarterday.services.organisations.local_areas import Defined


@click.group()
def authority() -> None:
    """Add an authority, list them, show one, define what is local to it, take it out or bring it in."""


authority.add_command(export_authority)
authority.add_command(import_authority)


@authority.command()
@click.argument("key")
@click.option("--name", required=True, help="Its full name, like Exampleshire Council.")
@click.option("--first-month", type=click.IntRange(1, 12), default=4, show_default=True, help="Its year begins then.")
@click.option("--nation", default="england-and-wales", show_default=True, help="Whose bank holidays count.")
@click.option("--due-days", default=30, show_default=True, help="Days from a period's end until returns are due.")
@click.option("--closes-days", default=90, show_default=True, help="Days from a period's end until it closes.")
@click.option(
    "--last-closes-days",
    default=365,
    show_default=True,
    help="Days from a period's end that a contract's last return stays open for what may count later.",
)
@options.as_json
def add(
    key: str,
    name: str,
    first_month: int,
    nation: str,
    due_days: int,
    closes_days: int,
    last_closes_days: int,
    as_json: bool,
) -> None:
    """Add an authority under KEY, its short name in commands, like “exampleshire”."""
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.organisations.authorities import add_authority

    made = add_authority(
        record(),
        OPERATOR,
        key=key,
        name=name,
        first_month=first_month,
        nation=nation,
        due_days=due_days,
        closes_days=closes_days,
        last_closes_days=last_closes_days,
    )
    if as_json:
        print_json({"id": made, "key": key})
    else:
        click.echo(f"Added {key}.")


@authority.command("list")
@options.as_json
def list_authorities(as_json: bool) -> None:
    """List the authorities."""
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.organisations.authorities import authorities

    found = authorities(record(), OPERATOR)
    if as_json:
        print_json({"authorities": [asdict(one) for one in found]})
        return
    print_table(
        ["key", "name", "year begins in month", "nation", "due after days", "closes after days"],
        [
            [one.key, one.name, str(one.first_month), one.nation, str(one.due_days), str(one.closes_days)]
            for one in found
        ],
        numbers=["year begins in month", "due after days", "closes after days"],
    )


@authority.command()
@click.argument("key")
@options.as_json
def show(key: str, as_json: bool) -> None:
    """Show an authority: its calendar, and its definitions of “local” today."""
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.organisations.local_areas import definitions

    uow, found = in_authority(key)
    areas = definitions(uow, OPERATOR, authority_id=found.id)
    if as_json:
        print_json({**asdict(found), "local_areas": [_as_data(one) for one in areas]})
        return
    click.echo(f"{found.name} ({found.key})")
    click.echo(f"Financial year from month {found.first_month}; bank holidays of {found.nation}.")
    click.echo(f"Returns are due {found.due_days} days after a period's end; it closes after {found.closes_days} days.")
    click.echo(f"A contract's last return stays open {found.last_closes_days} days for what may count later.")
    _print_areas(areas)


@authority.group()
def area() -> None:
    """Define what is local to an authority, and list its definitions."""


@area.command("add")
@click.argument("name")
@options.authority
@click.option("--code", "codes", multiple=True, help="An area: an authority, a county or a region, like E08000018.")
@click.option("--ward", "wards", multiple=True, help="A ward of these areas, if only some are local, like E05001045.")
@click.option("--radius-km", default="", help="Within so many km of a centre is local too.")
@click.option("--centre", default="", help="The part postcode the radius is drawn around, like S60 1.")
@click.option("--from", "valid_from", type=options.day, help="The day it holds from; today if not said.")
@options.as_json
def add_area(
    name: str,
    authority_key: str,
    codes: tuple[str, ...],
    wards: tuple[str, ...],
    radius_km: str,
    centre: str,
    valid_from: date | None,
    as_json: bool,
) -> None:
    """Define “local” for an authority under NAME; a definition of that name is followed by this one.

    Contracts keep the definition they were awarded with.
    """
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.organisations.local_areas import define

    uow, found = in_authority(authority_key)
    made = define(
        uow,
        OPERATOR,
        authority_id=found.id,
        name=name,
        codes=codes,
        wards=wards,
        radius_km=radius_km,
        centre=centre,
        valid_from=valid_from,
    )
    if as_json:
        print_json({"id": made, "name": name})
    else:
        click.echo(f"Defined “{name}” for {found.name}.")


@area.command("list")
@options.authority
@click.option("--on", "day", type=options.day, help="The definitions that hold on that day; today if not said.")
@options.as_json
def list_areas(authority_key: str, day: date | None, as_json: bool) -> None:
    """List an authority's definitions of “local”."""
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.organisations.local_areas import definitions

    uow, found = in_authority(authority_key)
    areas = definitions(uow, OPERATOR, authority_id=found.id, day=day)
    if as_json:
        print_json({"local_areas": [_as_data(one) for one in areas]})
    else:
        _print_areas(areas)


def _as_data(one: Defined) -> dict[str, object]:
    return {"id": one.id, **asdict(one.area)}


def _print_areas(areas: list[Defined]) -> None:
    from quarterday.areas import name_of

    print_table(
        ["local area", "since", "areas", "wards", "radius"],
        [
            [
                one.area.name,
                one.area.since,
                ", ".join(f"{code} {name_of(code)}" for code in one.area.codes),
                ", ".join(one.area.wards),
                f"{one.area.radius_km} km around {one.area.centre}" if one.area.radius_km else "",
            ]
            for one in areas
        ],
    )
