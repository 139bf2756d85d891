"""``quarterday ledger``: what the council paid on a contract, from which paid spend it counts, asking anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from quarterday.cli import options
from quarterday.cli.contract_changes import contract_of
from quarterday.cli.output import print_json, print_table

if TYPE_CHECKING:
    from quarterday.services.ledger.beside import OfContract


@click.group()
def ledger() -> None:
    """What the council paid on contracts, as the installed ledger knows it, beside what suppliers claim."""


@ledger.command()
@options.authority
def ask(authority_key: str) -> None:
    """Have the ledger asked anew of all contracts of an authority; the worker does it within minutes.

    It is asked by itself after each file of payments. A contract that was added since is asked of with the next one.
    """
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.ledger.asking import ask as ask_anew

    uow, authority = in_authority(authority_key)
    row = ask_anew(uow, OPERATOR, authority_id=authority.id)
    click.echo(f"It is in the outbox as {row}; the worker asks the ledger.")


@ledger.command()
@click.argument("reference")
@options.authority
@options.as_json
def show(reference: str, authority_key: str, as_json: bool) -> None:
    """Show what was paid on the contract REFERENCE, how sure that is, and how claims of local spend stand."""
    from quarterday.cli.opened import OPERATOR
    from quarterday.services.ledger.beside import is_there, ledger_of_contract
    from quarterday.services.plugins.ledgers import NONE

    uow, found = contract_of(reference, authority_key)
    said = ledger_of_contract(uow, OPERATOR, contract_id=found.id)
    if as_json:
        print_json(_as_json(said))
    elif said.known is None:
        click.echo("The ledger has not been asked of this contract yet." if is_there() else NONE)
    else:
        print_table(["", found.reference], _facts(said))
        for one in said.claims:
            click.echo(f"\n{one.measure.title} ({one.measure.ref}): {one.compared.standing}.")
            for reason in one.compared.reasons:
                click.echo(f"  {reason}")


@ledger.command()
@click.argument("reference")
@click.argument("pounds", required=False, default="")
@options.authority
def trigger(reference: str, pounds: str, authority_key: str) -> None:
    """Record delivery on the contract REFERENCE only once POUNDS were paid on it; without POUNDS from the beginning."""
    from quarterday.cli.opened import OPERATOR
    from quarterday.domain.exact import pounds as shown
    from quarterday.services.ledger.triggers import set_trigger

    uow, found = contract_of(reference, authority_key)
    amount = set_trigger(uow, OPERATOR, contract_id=found.id, pounds=pounds)
    since = f"once {shown(amount)} was paid on it" if amount else "from the beginning"
    click.echo(f"Delivery on {found.reference} is recorded {since}.")


def _facts(said: OfContract) -> list[list[str]]:
    from quarterday.domain.exact import pounds

    known = said.known
    if known is None:
        return []
    area = known.area.name if known.area else "no definition"
    coverage = (
        f"postcode known for {int(known.coverage * 100)}% of it" if known.coverage is not None else "nothing paid"
    )
    rows = [
        ["paid", f"{pounds(known.paid)} (payments: {known.lines})"],
        ["known up to", str(known.until) if known.until else "no payments yet"],
        [
            "paid locally",
            "not available" if known.local is None else f"{pounds(known.local)}; {coverage}; local: {area}",
        ],
        ["on no contract for certain", pounds(known.unattributed)],
        ["rests on", ", ".join(said.batches)],
    ]
    if said.trigger is not None:
        reached = f"reached on {known.reached_on}" if known.reached_on else "not reached"
        current = reached if known.trigger == said.trigger else "not asked yet"
        rows.append(["recorded from", f"{pounds(said.trigger)}: {current}"])
    return rows


def _as_json(said: OfContract) -> dict[str, Any]:
    """Money as decimal text of £."""
    from quarterday.domain.exact import pounds_text

    known = said.known
    return {
        "trigger": None if said.trigger is None else pounds_text(said.trigger),
        "asked_at": said.asked_at,
        "until": known.until if known else None,
        "paid": pounds_text(known.paid) if known else None,
        "placed": pounds_text(known.placed) if known else None,
        "local": pounds_text(known.local) if known and known.local is not None else None,
        "local_means": known.area.name if known and known.area else None,
        "unattributed": pounds_text(known.unattributed) if known else None,
        "reached_on": known.reached_on if known else None,
        "batches": list(said.batches),
        "claims": [
            {
                "ref": one.measure.ref,
                "claimed": pounds_text(one.claimed.amount),
                "until": one.claimed.until,
                "standing": str(one.compared.standing),
                "reasons": list(one.compared.reasons),
            }
            for one in said.claims
        ],
    }
