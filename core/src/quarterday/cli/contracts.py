"""``quarterday contract``: add one, list them, show one, and everything that happens to one."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from quarterday.cli import options
from quarterday.cli.contract_changes import change_end, contract_of, done, hand_over, pin_values
from quarterday.cli.imports import import_contracts
from quarterday.cli.output import print_json, print_table

since = click.option("--since", type=options.day, help="The day it holds from; today if not said.")
on_that_day = click.option("--since", type=options.day, required=True, help="The day it holds from.")


@click.group()
def contract() -> None:
    """Add a contract, list them, show one; award it, vary it, hand it over."""


for command in (import_contracts, change_end, pin_values, hand_over):
    contract.add_command(command)


@contract.command()
@click.argument("reference")
@options.authority
@click.option("--title", required=True, help="What it is about.")
@click.option("--starts", type=options.day, required=True, help="Its first day, like 2026-04-01.")
@click.option("--ends", type=options.day, required=True, help="Its last day.")
@click.option("--lead", required=True, metavar="SUPPLIER", help="Who leads: id, full name, or GB-COH and number.")
@click.option("--partner", "partners", multiple=True, metavar="SUPPLIER", help="A partner.")
@click.option("--subcontractor", "subcontractors", multiple=True, metavar="SUPPLIER", help="A subcontractor.")
@click.option("--kind", default="contract", show_default=True, help="contract, call-off, grant, planning agreement, …")
@click.option("--rhythm", default="quarter", show_default=True, help="month, quarter, half-year, year or end.")
@click.option("--owner", default="", metavar="EMAIL", help="Who manages it.")
@options.as_json
def add(
    reference: str,
    authority_key: str,
    title: str,
    starts: date,
    ends: date,
    lead: str,
    partners: tuple[str, ...],
    subcontractors: tuple[str, ...],
    kind: str,
    rhythm: str,
    owner: str,
    as_json: bool,
) -> None:
    """Add a contract under REFERENCE, the authority's own."""
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.organisations.people import person_with
    from quarterday.services.organisations.suppliers import supplier_called
    from quarterday.services.promises.contracts import NewContract, add_contract

    uow, council = in_authority(authority_key)
    parts = [
        (lead, "lead"),
        *((one, "partner") for one in partners),
        *((one, "subcontractor") for one in subcontractors),
    ]
    new = NewContract(
        reference=reference,
        title=title,
        starts=starts,
        ends=ends,
        kind=kind,
        rhythm=rhythm,
        parties={supplier_called(uow, OPERATOR, name).id: role for name, role in parts},
        owner_id=person_with(uow, OPERATOR, owner) if owner else None,
    )
    made = add_contract(uow, OPERATOR, authority_id=council.id, contract=new)
    if as_json:
        print_json({"id": made, "reference": reference})
    else:
        click.echo(f"Added contract {reference}. It has no commitments yet: “quarterday contract award”.")


@contract.command("list")
@click.option("--authority", "authority_key", metavar="KEY", default="", help="Of this authority only.")
@click.option("--unmanaged", "is_unmanaged", is_flag=True, help="Only those that run and nobody manages.")
@options.as_json
def list_contracts(authority_key: str, is_unmanaged: bool, as_json: bool) -> None:
    """List the contracts with the authority that has each today."""
    from quarterday.cli import contracts_shown
    from quarterday.cli.opened import OPERATOR, in_authority, record
    from quarterday.services.organisations.authorities import authorities
    from quarterday.services.promises.contracts import contracts
    from quarterday.services.promises.unmanaged import unmanaged

    uow = record()
    keys = {one.id: one.key for one in authorities(uow, OPERATOR)}
    wanted = {in_authority(authority_key)[1].id} if authority_key else set(keys)
    listed = (unmanaged if is_unmanaged else contracts)(uow, OPERATOR)
    rows = [contracts_shown.row(one, keys) for one in listed if one.authority_id in wanted]
    if as_json:
        print_json({"contracts": rows})
    else:
        print_table(
            ["authority", "reference", "title", "kind", "rhythm", "starts", "ends"],
            [[str(cell) for name, cell in row.items() if name != "id"] for row in rows],
        )


@contract.command()
@click.argument("reference")
@options.authority
@click.option("--on", "day", type=options.day, help="As it stands on that day.")
@options.as_at
@options.as_json
def show(reference: str, authority_key: str, day: date | None, as_at: datetime | None, as_json: bool) -> None:
    """Show a contract: who has it and holds it, what it is measured by, what it promises, what came before."""
    from quarterday.cli import contracts_shown
    from quarterday.cli.opened import OPERATOR
    from quarterday.services.promises.dossier import dossier

    uow, found = contract_of(reference, authority_key)
    whole = dossier(uow, OPERATOR, contract_id=found.id, day=day, at=as_at)
    if as_json:
        print_json(contracts_shown.as_data(whole))
    else:
        contracts_shown.print_dossier(whole)


@contract.command()
@click.argument("reference")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@options.authority
@click.option("--catalogue", "catalogue_name", metavar="ID", required=True, help="The catalogue, as ID or ID/EDITION.")
@click.option("--values", "values_name", metavar="NAME", default="", help="A value set; without one there is no £.")
@click.option("--local-area", "area_name", metavar="NAME", default="", help="The definition of “local” it stands on.")
@options.column
@options.as_json
def award(
    reference: str,
    file: Path,
    authority_key: str,
    catalogue_name: str,
    values_name: str,
    area_name: str,
    columns: dict[str, str],
    as_json: bool,
) -> None:
    """Turn an offer into commitments: FILE has a row for each measure, with its ref, quantity and spread.

    A spread is even (also where it is blank), front, back, or quantities by period like
    “2026-Q2 = 40; 2026-Q3 = 60”. Edition, values and local area are pinned, and stay whatever becomes of a plugin.
    """
    from quarterday.cli.opened import OPERATOR
    from quarterday.services.measures.catalogues import catalogue
    from quarterday.services.measures.loading_values import values_named
    from quarterday.services.organisations.local_areas import definition_of_name
    from quarterday.services.promises.awards import award as award_contract
    from quarterday.services.promises.on_file import read_promises

    edition = catalogue(catalogue_name)
    promises = read_promises(file, columns)
    uow, found = contract_of(reference, authority_key)
    council = found.authority_id
    award_contract(
        uow,
        OPERATOR,
        contract_id=found.id,
        edition=edition,
        value_set=values_named(uow, OPERATOR, authority_id=council, name=values_name, edition=edition)
        if values_name
        else None,
        local_area_id=definition_of_name(uow, OPERATOR, authority_id=council, name=area_name).id if area_name else None,
        promises=promises,
    )
    done(as_json, found, f"Awarded {found.reference}: {len(promises)} commitments, measured by {edition.key}.")


@contract.command()
@click.argument("reference")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@options.authority
@click.option("--reason", required=True, help="Why; it is kept with the change.")
@click.option("--since", type=options.day, help="Periods that ended before that day keep their targets.")
@options.column
@options.as_json
def vary(
    reference: str,
    file: Path,
    authority_key: str,
    reason: str,
    since: date | None,
    columns: dict[str, str],
    as_json: bool,
) -> None:
    """Change commitments: FILE has a row for each measure that changes, with its new quantity for the whole contract.

    A quantity of 0 takes a commitment back; a measure that wasn't promised is added.
    """
    from quarterday.cli.opened import OPERATOR
    from quarterday.services.promises.awards import vary as vary_contract
    from quarterday.services.promises.on_file import read_promises

    promises = read_promises(file, columns)
    uow, found = contract_of(reference, authority_key)
    vary_contract(uow, OPERATOR, contract_id=found.id, promises=promises, reason=reason, since=since)
    done(as_json, found, f"Varied {found.reference}: {len(promises)} commitments.")


@contract.command()
@click.argument("reference")
@click.argument("email")
@options.authority
@since
@options.as_json
def owner(reference: str, email: str, authority_key: str, since: date | None, as_json: bool) -> None:
    """Let the person with the address EMAIL manage a contract from a day on."""
    from quarterday.cli.opened import OPERATOR
    from quarterday.services.organisations.people import person_with
    from quarterday.services.promises.handovers import change_owner

    uow, found = contract_of(reference, authority_key)
    who = person_with(uow, OPERATOR, email)
    change_owner(uow, OPERATOR, contract_id=found.id, user_id=who, since=since)
    done(as_json, found, f"{found.reference} is user {who}'s to manage.")


@contract.command()
@click.argument("reference")
@options.authority
@click.option("--leaving", metavar="SUPPLIER", required=True, help="Who leaves.")
@click.option("--entering", metavar="SUPPLIER", required=True, help="Who takes its place, in the same role.")
@on_that_day
@options.as_json
def novate(reference: str, authority_key: str, leaving: str, entering: str, since: date, as_json: bool) -> None:
    """Put one supplier in another's place from a day on."""
    from quarterday.cli.opened import OPERATOR
    from quarterday.services.organisations.suppliers import supplier_called
    from quarterday.services.promises.handovers import novate as novate_contract

    uow, found = contract_of(reference, authority_key)
    old, new = supplier_called(uow, OPERATOR, leaving), supplier_called(uow, OPERATOR, entering)
    novate_contract(uow, OPERATOR, contract_id=found.id, leaving_id=old.id, entering_id=new.id, since=since)
    done(as_json, found, f"{found.reference}: {new.name} takes the place of {old.name} from {since}.")


@contract.command()
@click.argument("reference")
@options.authority
@click.option("--to", "to_key", metavar="KEY", required=True, help="The authority it goes to.")
@click.option("--new-reference", default="", help="How that authority knows it, if not by the same reference.")
@click.option("--owner", default="", metavar="EMAIL", help="Who manages it there; nobody if not said.")
@on_that_day
@options.as_json
def move(
    reference: str,
    authority_key: str,
    to_key: str,
    new_reference: str,
    owner: str,
    since: date,
    as_json: bool,
) -> None:
    """Give a contract to another authority from a day on; history, commitments and edition stay."""
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.organisations.people import person_with
    from quarterday.services.promises.handovers import move as move_contract

    uow, found = contract_of(reference, authority_key)
    _, council = in_authority(to_key)
    move_contract(
        uow,
        OPERATOR,
        contract_id=found.id,
        authority_id=council.id,
        since=since,
        reference=new_reference,
        owner_id=person_with(uow, OPERATOR, owner) if owner else None,
    )
    nobody = "" if owner else " Nobody manages it from then: “quarterday contract owner” names somebody."
    done(as_json, found, f"{found.reference} is {council.name}'s from {since}.{nobody}")


@contract.command("opening-balance")
@click.argument("reference")
@click.argument("measure")
@click.argument("quantity")
@options.authority
@click.option("--as-of", type=options.day, required=True, help="Delivered by that day, it included.")
@click.option("--source", required=True, help="Where the figure comes from, like “annual report 2025, page 12”.")
@options.as_json
def opening_balance(
    reference: str, measure: str, quantity: str, authority_key: str, as_of: date, source: str, as_json: bool
) -> None:
    """Record the QUANTITY of a MEASURE delivered before the record began; it is always shown apart."""
    from quarterday.cli.opened import OPERATOR
    from quarterday.services.promises.opening import add_opening_balance

    uow, found = contract_of(reference, authority_key)
    add_opening_balance(uow, OPERATOR, contract_id=found.id, ref=measure, as_of=as_of, quantity=quantity, source=source)
    done(as_json, found, f"{found.reference}: {quantity} of {measure} delivered by {as_of}, before the record.")


@contract.command("open-returns")
@options.authority
@click.option("--on", "day", type=options.day, required=True, help="The returns of the periods with that day.")
@options.as_json
def open_returns(authority_key: str, day: date, as_json: bool) -> None:
    """Open the returns of an authority's contracts whose period has begun; those that are open stay as they are."""
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.organisations.periods import open_returns as open_them

    uow, council = in_authority(authority_key)
    opened = open_them(uow, OPERATOR, authority_id=council.id, on=day)
    if as_json:
        returns = [{"id": one.return_id, "contract": one.contract_id, "period": one.period.name} for one in opened]
        print_json({"opened": returns})
    else:
        click.echo(f"Returns opened: {len(opened)}.")
