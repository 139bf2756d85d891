"""``quarterday report bridge``: from one figure to another, in steps that sum exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from quarterday.cli import options
from quarterday.cli.output import print_json, print_table
from quarterday.errors import Usage

if TYPE_CHECKING:
    from quarterday.domain.bridge import Bridge, BridgeTotals, MeasureBridge

STAGES = ("committed", "accepted")
_COLUMNS = ("measure", "step", "quantity", "unit", "£")
_NUMBERS = ("quantity", "£")


@click.command()
@options.authority
@click.option("--contract", "reference", default="", help="Of this contract only.")
@click.option("--from", "first", type=options.moment, help="As it was known then: a day's end, or a time.")
@click.option("--to", "second", type=options.moment, help="As it was known then; now if not said.")
@click.option("--catalogue", "catalogue_name", metavar="ID", help="See the later figure by this catalogue's measures.")
@click.option("--values", "values_name", metavar="NAME", help="See it by this value set; goes with --catalogue.")
@options.as_json
def bridge(
    authority_key: str,
    reference: str,
    first: datetime | None,
    second: datetime | None,
    catalogue_name: str | None,
    values_name: str | None,
    as_json: bool,
) -> None:
    """Show what leads from one figure of an authority to another: of what is committed, and of what is accepted.

    Between two moments, or at one moment between the contracts' own measures and values and those of another
    catalogue and value set (without --from). The steps are ended, new, varied, delivered, late claims, re-valued, and
    they sum to the difference exactly; --json has the exact figures.
    """
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.figures.bridge import View
    from quarterday.services.figures.bridge import bridge as bridge_between
    from quarterday.services.measures.catalogues import catalogue
    from quarterday.services.measures.loading_values import values_named
    from quarterday.services.promises.contracts import contract_by_reference

    if first is None and catalogue_name is None:
        raise Usage("Say from where: --from a day or time, or --catalogue for another view of the same moment.")
    if values_name and catalogue_name is None:
        raise Usage("Say with --catalogue whose measures these values are for.")
    uow, council = in_authority(authority_key)
    until = second or uow.clock()
    since = first or until
    if since > until:
        raise Usage("The bridge leads forward: --from must be before --to.")
    edition = catalogue(catalogue_name) if catalogue_name else None
    values = (
        values_named(uow, OPERATOR, authority_id=council.id, name=values_name, edition=edition)
        if values_name and edition
        else None
    )
    contract_id = (
        contract_by_reference(uow, OPERATOR, authority_id=council.id, reference=reference).id if reference else None
    )
    found = bridge_between(
        uow,
        OPERATOR,
        first=View(at=since),
        second=View(at=until, edition=edition, values=values),
        authority_id=None if reference else council.id,
        contract_id=contract_id,
    )
    if as_json:
        print_json(_as_data(found, since, until))
    else:
        _print(found)


def _as_data(found: Sequence[MeasureBridge], since: datetime, until: datetime) -> dict[str, Any]:
    measures = [
        {
            "edition": one.edition,
            "ref": one.measure.ref,
            "title": one.measure.title,
            "unit": one.measure.unit.id,
            "local_definition": one.local.name if one.local else None,
            **{stage: _data(getattr(one, stage), has_quantity=True) for stage in STAGES},
        }
        for one in found
    ]
    return {
        "from": since,
        "to": until,
        "measures": measures,
        "totals": {stage: _totals_data(totals) for stage, totals in _totals(found)},
    }


def _totals(found: Sequence[MeasureBridge]) -> Iterator[tuple[str, BridgeTotals]]:
    from quarterday.domain.bridge import totals

    yield "committed", totals(found, lambda one: one.committed)
    yield "accepted", totals(found, lambda one: one.accepted)


def _totals_data(totals: BridgeTotals) -> dict[str, Any]:
    together = totals.together
    return {
        "local_economic": [
            {"local_definition": area.name if area else None, **_data(one)} for area, one in totals.local_economic
        ],
        "social": _data(totals.social),
        "together": None if together is None else _data(together),
    }


def _data(one: Bridge, *, has_quantity: bool = False) -> dict[str, Any]:
    """A bridge as JSON data: £ in whole micropounds, quantities as exact text in the measure's unit."""
    from quarterday.cli.returns_shown import amount
    from quarterday.domain.exact import exact_text, pounds_text

    def with_quantity(quantity: Any, pounds: dict[str, Any]) -> dict[str, Any]:
        return {"quantity": exact_text(quantity), **pounds} if has_quantity else pounds

    return {
        "before": with_quantity(one.quantity_before, amount(one.before)),
        "steps": [
            {
                "step": step.value,
                **with_quantity(
                    move.quantity, {"pounds": pounds_text(move.micropounds), "micropounds": move.micropounds}
                ),
            }
            for step, move in one.steps.items()
        ],
        "after": with_quantity(one.quantity_after, amount(one.after)),
    }


def _print(found: Sequence[MeasureBridge]) -> None:
    for number, (stage, totals) in enumerate(_totals(found)):
        rows = [row for one in found for row in _rows(one, getattr(one, stage))]
        for area, local in totals.local_economic:
            rows += _pound_rows(f"local economic value, {area.name}" if area else "local economic value", local)
        rows += _pound_rows("other social value", totals.social)
        if totals.together is not None:
            rows += _pound_rows("together", totals.together)
        if number:
            click.echo()
        print_table(_COLUMNS, rows, title=stage.capitalize(), numbers=_NUMBERS)
        for reason in dict.fromkeys(
            reason
            for one in found
            for end in (getattr(one, stage).before, getattr(one, stage).after)
            for reason in end.reasons
        ):
            click.echo(f"  {reason}")
    if any(totals.together is None for _, totals in _totals(found)):
        click.echo("Local value rests on unlike definitions of “local”, which are never added.")


def _rows(one: MeasureBridge, side: Bridge) -> Iterator[list[str]]:
    from quarterday.domain.exact import pounds, shown
    from quarterday.domain.valuation import Amount

    if not side.steps and side.before == side.after == Amount(0) and not side.quantity_after:
        return
    name = f"{one.measure.ref}, {one.local.name}" if one.local else one.measure.ref
    unit = one.measure.unit_words
    yield [name, "before", shown(side.quantity_before, 4), unit, str(side.before)]
    for step, move in side.steps.items():
        yield ["", step.value, shown(move.quantity, 4) if move.quantity else "", "", pounds(move.micropounds)]
    yield ["", "after", shown(side.quantity_after, 4), unit, str(side.after)]


def _pound_rows(name: str, side: Bridge) -> Iterator[list[str]]:
    from quarterday.domain.exact import pounds

    yield [name, "before", "", "", str(side.before)]
    for step, move in side.steps.items():
        yield ["", step.value, "", "", pounds(move.micropounds)]
    yield ["", "after", "", "", str(side.after)]
