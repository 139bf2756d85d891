"""What happens to a contract later, on the command line: another end, values, a whole desk handed over."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from quarterday.cli import options
from quarterday.cli.output import print_json

if TYPE_CHECKING:
    from quarterday.db.work import UnitOfWork
    from quarterday.services.scope import ContractRow

reason = click.option("--reason", required=True, help="Why; it is kept with the change.")


@click.command("end")
@click.argument("reference")
@click.argument("ends", metavar="LAST_DAY", type=options.day)
@options.authority
@reason
@options.as_json
def change_end(reference: str, ends: date, authority_key: str, reason: str, as_json: bool) -> None:
    """Extend a contract to LAST_DAY, or shorten it.

    Nothing is promised for the periods that this adds until you vary the commitments; what was promised for periods
    that fall away is taken back.
    """
    from quarterday.cli.opened import OPERATOR
    from quarterday.services.promises.ends import change_end as change

    uow, found = contract_of(reference, authority_key)
    variation = change(uow, OPERATOR, contract_id=found.id, ends=ends, reason=reason)
    changed = "" if variation is None else " Its commitments were varied to fit: look at them."
    done(as_json, found, f"{found.reference} ends {ends}, not {found.ends}.{changed}")


@click.command("pin-values")
@click.argument("reference")
@click.argument("values_name", metavar="VALUES")
@options.authority
@reason
@options.as_json
def pin_values(reference: str, values_name: str, authority_key: str, reason: str, as_json: bool) -> None:
    """Pin a contract that was awarded without values to the value set VALUES.

    What is accepted is valued, from now on; figures as at an earlier moment stay without £.
    """
    from quarterday.cli.opened import OPERATOR
    from quarterday.services.measures.loading_values import values_named
    from quarterday.services.promises.dossier import dossier
    from quarterday.services.promises.pinning import pin_values as pin

    uow, found = contract_of(reference, authority_key)
    pinned = dossier(uow, OPERATOR, contract_id=found.id).pinned
    if pinned is None:
        raise click.UsageError("This contract has no commitments yet; award them, with these values.")
    values = values_named(uow, OPERATOR, authority_id=found.authority_id, name=values_name, edition=pinned.edition)
    made = pin(uow, OPERATOR, contract_id=found.id, value_set=values, reason=reason)
    done(as_json, found, f"{found.reference} is valued by {values.title}; accepted entries valued: {made.valued}.")


@click.command("hand-over")
@click.argument("leaving", metavar="EMAIL")
@click.argument("entering", metavar="TO_EMAIL")
@options.authority
@click.option("--since", type=options.day, help="The day it holds from; today if not said.")
@click.option("--until", type=options.day, help="The last day of a cover for an absence; they go back after it.")
@options.as_json
def hand_over(
    leaving: str, entering: str, authority_key: str, since: date | None, until: date | None, as_json: bool
) -> None:
    """Hand every contract that the person with the address EMAIL manages to another."""
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.organisations.people import person_with
    from quarterday.services.promises.handovers import hand_over_all

    uow, council = in_authority(authority_key)
    handed = hand_over_all(
        uow,
        OPERATOR,
        authority_id=council.id,
        leaving_id=person_with(uow, OPERATOR, leaving),
        entering_id=person_with(uow, OPERATOR, entering),
        since=since,
        until=until,
    )
    if as_json:
        print_json({"contracts": handed})
    else:
        click.echo(f"Contracts handed over: {len(handed)}.")


def contract_of(reference: str, authority_key: str) -> tuple[UnitOfWork, ContractRow]:
    """The record, and the contract an authority knows by this reference today."""
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.promises.contracts import contract_by_reference

    uow, council = in_authority(authority_key)
    return uow, contract_by_reference(uow, OPERATOR, authority_id=council.id, reference=reference)


def done(as_json: bool, found: ContractRow, sentence: str) -> None:
    """Say what was done with a contract, to a program or a person."""
    if as_json:
        print_json({"id": found.id, "reference": found.reference})
    else:
        click.echo(sentence)
