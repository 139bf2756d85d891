"""``quarterday spend link``: by which order numbers and services payments are known to be on a contract."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quarterday import Refused, numbered
from quarterday_erp_import.cli.batches import authority_id, opened
from quarterday_erp_import.cli.engine import engine

if TYPE_CHECKING:
    from quarterday.services.record import Actor, UnitOfWork
    from quarterday_erp_import.ledger.contract_marks import Mark

REJECTS = 3
"""The exit code for “done, with rows that can't be used”."""

_AUTHORITY = click.option("--authority", "key", metavar="KEY", required=True, help="The authority's short name.")


def _marks(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--service", multiple=True, help="A service that the contract is for, as payments have it."),
        click.option("--number", multiple=True, help="Another number under which the finance system has the contract."),
        click.option("--order", multiple=True, help="The number of an order under the contract."),
        _AUTHORITY,
        click.argument("contract"),
    ):
        command = option(command)
    return command


@click.group()
def link() -> None:
    """Say by which order numbers and services payments are on a contract, besides its reference."""


@link.command()
@_marks
def add(contract: str, key: str, order: tuple[str, ...], number: tuple[str, ...], service: tuple[str, ...]) -> None:
    """Have payments with these order numbers, numbers or services be on CONTRACT.

    A number goes before everything else. Payments without one are on the only contract that their supplier holds for
    their service; a contract for which no service is named is for each.
    """
    from quarterday_erp_import.ledger.contract_marks import add_marks

    uow, actor, _ = opened()
    of = authority_id(uow, actor, key)
    new = add_marks(uow, actor, authority_id=of, marks=_of(uow, actor, of, contract, order, number, service))
    click.echo(f"{contract}: {new} new.")


@link.command()
@_marks
def remove(contract: str, key: str, order: tuple[str, ...], number: tuple[str, ...], service: tuple[str, ...]) -> None:
    """Take these order numbers, numbers or services off CONTRACT."""
    from quarterday_erp_import.ledger.contract_marks import take_marks

    uow, actor, _ = opened()
    of = authority_id(uow, actor, key)
    marks = _of(uow, actor, of, contract, order, number, service)
    take_marks(uow, actor, authority_id=of, marks=marks)
    click.echo(f"{contract}: {len(marks)} taken off.")


@link.command("list")
@_AUTHORITY
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_links(key: str, as_json: bool) -> None:
    """List the contracts that go by more than their reference."""
    from quarterday_erp_import.ledger.contract_marks import Sort, marked

    uow, actor, _ = opened()
    found = marked(uow, actor, authority_id=authority_id(uow, actor, key))
    if as_json:
        rows = [
            {"reference": one.reference, "title": one.title}
            | {str(sort): [of.mark for of in one.marks if of.sort is sort] for sort in Sort}
            for one in found
        ]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for one in found:
        click.echo(f"{one.reference}: " + "; ".join(f"{of.sort} {of.mark}" for of in one.marks))
    if not found:
        click.echo("No contract goes by more than its reference.")


@link.command("import")
@_AUTHORITY
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_links(file: Path, key: str) -> None:
    """Take in FILE, a CSV or a workbook with the columns “contract”, and “order number”, “contract number” or
    “service”; the exit code is 3 where a row can't be used."""
    with engine():
        from quarterday_erp_import.ledger.mark_files import import_marks

    uow, actor, _ = opened()
    found = import_marks(uow, actor, path=file, authority_id=authority_id(uow, actor, key))
    new = numbered(found.new, "of which {n} is new", "of which {n} are new")
    click.echo(f"Numbers and services: {found.marks}, {new}.")
    for line, why in found.odd:
        click.echo(f"  line {line}: {why}")
    if found.odd:
        raise click.exceptions.Exit(REJECTS)


def _of(
    uow: UnitOfWork,
    actor: Actor,
    of: int,
    reference: str,
    order: tuple[str, ...],
    number: tuple[str, ...],
    service: tuple[str, ...],
) -> list[Mark]:
    from quarterday.services import scope
    from quarterday_erp_import.ledger.contract_marks import Mark, Sort

    typed = [(Sort.ORDER, one) for one in order] + [(Sort.CONTRACT, one) for one in number]
    typed += [(Sort.SERVICE, one) for one in service]
    if not typed:
        raise click.UsageError("Say which with --order, --number or --service.")
    with uow.read(actor) as work:
        contract = scope.contract_of_reference(work, of, reference)
    if contract is None:
        raise Refused("There is no contract {reference} there.", reference=reference)
    return [Mark(contract.id, sort, one) for sort, one in typed]
