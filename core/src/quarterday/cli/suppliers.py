"""``quarterday supplier``: add one, list them, show one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import click

from quarterday.cli import options
from quarterday.cli.imports import import_suppliers
from quarterday.cli.output import print_json, print_table


def _pairs(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """``--identifier SCHEME=VALUE`` options as a mapping."""
    if wrong := next((one for one in given if "=" not in one), None):
        raise click.BadParameter(f"“{wrong}” has no “=”; write it like GB-COH=01234567.")
    return dict(one.split("=", 1) for one in given)


identifier = click.option(
    "--identifier",
    "identifiers",
    multiple=True,
    callback=_pairs,
    metavar="SCHEME=VALUE",
    help="GB-COH (company), GB-CHC (charity), GB-PPON or VAT, and the number, like GB-COH=01234567.",
)


@click.group()
def supplier() -> None:
    """Add a supplier, list them, show one."""


supplier.add_command(import_suppliers)


@supplier.command()
@click.argument("name")
@identifier
@click.option("--alias", "aliases", multiple=True, help="Another name it goes by.")
@options.as_json
def add(name: str, identifiers: dict[str, str], aliases: tuple[str, ...], as_json: bool) -> None:
    """Add a supplier under its full NAME."""
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.organisations.suppliers import add_supplier

    seen = dict.fromkeys(aliases, "command line")
    made = add_supplier(record(), OPERATOR, name=name, identifiers=identifiers, aliases=seen)
    if as_json:
        print_json({"id": made})
    else:
        click.echo(f"Added supplier {made}.")


@supplier.command("list")
@options.as_json
def list_suppliers(as_json: bool) -> None:
    """List the suppliers."""
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.organisations.suppliers import suppliers

    found = suppliers(record(), OPERATOR)
    if as_json:
        print_json({"suppliers": [asdict(one) for one in found]})
        return
    print_table(
        ["id", "name", "identifiers", "also known as"],
        [[str(one.id), one.name, _identifiers(one.identifiers), ", ".join(one.aliases)] for one in found],
        numbers=["id"],
    )


@supplier.command()
@click.argument("supplier")
@options.as_json
def show(supplier: str, as_json: bool) -> None:
    """Show SUPPLIER, named by its id, its full name, or an identifier like “GB-COH 01234567”."""
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.organisations.suppliers import supplier_called

    found = supplier_called(record(), OPERATOR, supplier)
    if as_json:
        print_json(asdict(found))
        return
    click.echo(f"{found.name} (supplier {found.id})")
    for label, text in (("Identifiers", _identifiers(found.identifiers)), ("Also known as", ", ".join(found.aliases))):
        if text:
            click.echo(f"{label}: {text}")


def _identifiers(found: Mapping[str, str]) -> str:
    return ", ".join(f"{scheme} {value}" for scheme, value in found.items())
