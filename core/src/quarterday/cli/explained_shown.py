"""How an explained figure is shown: as JSON, and for a person."""

from __future__ import annotations

from typing import Any

import click

from quarterday.cli.returns_shown import amount
from quarterday.domain.exact import exact_text, pounds_text, shown
from quarterday.domain.values import Shipped
from quarterday.services.figures.explaining import Explained, Leaf


def as_data(one: Explained) -> dict[str, Any]:
    """A figure and its leaves as JSON data: the leaves' micropounds add to the figure's."""
    measure, quantity = one.measure, one.accepted.quantity
    return {
        "edition": one.edition,
        "ref": measure.ref,
        "title": measure.title,
        "unit": measure.unit.id,
        "kind": measure.kind.value,
        "runs": measure.over_time.value,
        "local_definition": one.local.name if one.local else None,
        "quantity": None if quantity is None else exact_text(quantity),
        "worth": amount(one.accepted.worth),
        "leaves": [_leaf(leaf) for leaf in one.leaves],
    }


def print_figure(one: Explained) -> None:
    """A figure and its leaves, for a person."""
    measure, quantity = one.measure, one.accepted.quantity
    local = f"; local: {one.local.name}" if one.local else ""
    click.echo(f"{measure.ref} {measure.title}, by {one.edition}{local}")
    for leaf in one.leaves:
        _print_leaf(leaf, measure.unit_words)
    together = "percentages are never added" if quantity is None else f"{shown(quantity, 6)} {measure.unit_words}"
    worth = one.accepted.worth
    click.echo(f"\nAccepted: {together}; {worth} (exactly {pounds_text(worth.micropounds)})")
    for reason in worth.reasons:
        click.echo(f"  {reason}")
    if any(leaf.values and leaf.values.shipped is Shipped.ILLUSTRATIVE for leaf in one.leaves):
        click.secho("ILLUSTRATIVE: these £ use made-up numbers and stand for nothing real.", fg="yellow")


def _leaf(leaf: Leaf) -> dict[str, Any]:
    unit, values = leaf.unit_value, leaf.values
    return {
        "entry": leaf.entry_id,
        "return": leaf.return_id,
        "contract": leaf.contract,
        "first": leaf.first,
        "last": leaf.last,
        "late": leaf.is_late,
        "activity": leaf.activity,
        "typed": dict(leaf.typed),
        "claimed": exact_text(leaf.claimed),
        "share": exact_text(leaf.share),
        "findings": [{"rule": one.rule, "effect": one.effect.value, "sentence": one.sentence} for one in leaf.findings],
        "findings_as_recorded": leaf.agrees,
        "decisions": [
            {
                "decision": one.decision,
                "quantity": exact_text(one.quantity),
                "by": one.actor,
                "name": one.by or None,
                "role": one.role or None,
                "at": one.at,
            }
            for one in leaf.decisions
        ],
        "unit_value": unit
        and {"pounds": unit.text, "on": leaf.value_day, "source": unit.source, "derivation": unit.derivation},
        "value_set": values
        and {
            "name": values.id,
            "edition": values.edition,
            "licence": values.licence,
            "source": values.source,
            "redistributable": values.redistributable,
            "illustrative": values.shipped is Shipped.ILLUSTRATIVE,
        },
        "quantity": exact_text(leaf.quantity),
        **amount(leaf.worth),
        "why_not": leaf.why_not or None,
    }


def _print_leaf(leaf: Leaf, unit_words: str) -> None:
    late = ", a late claim" if leaf.is_late else ""
    label = f" “{leaf.activity}”" if leaf.activity else ""
    click.echo(f"\nEntry {leaf.entry_id}{label}, return {leaf.return_id} of {leaf.contract}")
    click.echo(f"  for:      {leaf.first} to {leaf.last}{late}")
    share = "" if leaf.share == 1 else f", of which this contract's share is {exact_text(leaf.share)}"
    click.echo(f"  claimed:  {shown(leaf.claimed, 6)} {unit_words}{share}")
    for finding in leaf.findings:
        click.echo(f"  {finding.effect}: {finding.sentence} [{finding.rule}]")
    if not leaf.agrees:
        click.echo("  The rules made something else of it when it was submitted, or its words were erased since.")
    for one in leaf.decisions:
        role = f", {one.role}" if one.role else ""
        many = f" {shown(one.quantity, 6)}" if one.decision == "accepted" else ""
        by = one.by or ("the operator" if one.actor == "cli" else one.actor)
        click.echo(f"  {one.decision}{many} by {by}{role} on {one.at:%Y-%m-%d %H:%M} UTC")
    if leaf.why_not:
        click.echo(f"  adds nothing: {leaf.why_not}")
        return
    if leaf.unit_value and leaf.values:
        click.echo(f"  valued:   £{leaf.unit_value.text} a unit on {leaf.value_day}, from “{leaf.values.id}”")
        click.echo(
            f"            licence: {leaf.values.licence}; source: {leaf.unit_value.source or leaf.values.source}"
        )
    click.echo(f"  adds:     {shown(leaf.quantity, 6)} {unit_words}, {leaf.worth}")
