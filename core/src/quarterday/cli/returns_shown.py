"""How returns are shown: as JSON, and for a person."""

from __future__ import annotations

from typing import Any

import click

from quarterday.cli.output import print_table
from quarterday.domain.counting.findings import Effect
from quarterday.domain.exact import exact_text, pounds_text, shown
from quarterday.domain.valuation import Amount
from quarterday.services.returns.standing import Claimed, Listed, WholeReturn


def row(one: Listed) -> dict[str, Any]:
    """A return in a list."""
    return {
        "id": one.id,
        "contract_id": one.contract_id,
        "contract": one.contract,
        "period": one.period,
        "first": one.first,
        "last": one.last,
        "due": one.due,
        "closes": one.closes,
        "state": one.state.value,
        "overdue": one.is_overdue,
        "entries": one.entries,
        "drafts": one.drafts,
    }


def cell(value: object) -> str:
    """A value of such a row in a table."""
    return ("yes" if value else "") if isinstance(value, bool) else str(value)


def amount(worth: Amount | None) -> dict[str, Any]:
    """An amount as JSON data: £ as decimal text of six places, and whether they are all there is."""
    if worth is None:
        return {"pounds": None, "micropounds": None, "complete": None, "reasons": []}
    return {
        "pounds": pounds_text(worth.micropounds),
        "micropounds": worth.micropounds,
        "complete": worth.is_complete,
        "reasons": list(worth.reasons),
    }


def as_data(whole: WholeReturn) -> dict[str, Any]:
    """A return whole, as JSON data; quantities are exact text in the measure's unit."""
    return {
        **row(whole.listed),
        "version": whole.version,
        "open_later": {"until": whole.open_later_until, "measures": list(whole.may_count_later)},
        "submissions": [
            {
                "reference": one.receipt.reference,
                "number": one.receipt.number,
                "digest": one.receipt.digest,
                "at": one.at,
                "declared_as": one.declared_as,
                "nothing_to_report": one.is_nothing_to_report,
            }
            for one in whole.submissions
        ],
        "claims": [_claimed(one) for one in whole.entries],
        "begun": [{"id": one.id, "replaces": one.replaces_entry_id, "typed": dict(one.typed)} for one in whole.drafts],
    }


def print_return(whole: WholeReturn) -> None:
    """A return whole, for a person."""
    listed = whole.listed
    click.echo(f"Return {listed.id}: {listed.contract}, {listed.period} ({listed.first} to {listed.last})")
    click.echo(f"{listed.state.capitalize()}; due {listed.due}{', overdue' if listed.is_overdue else ''}.")
    if whole.may_count_later:
        later = ", ".join(whole.may_count_later)
        click.echo(
            f"The contract's last return: open until {whole.open_later_until} for what may count later ({later})."
        )
    for one in whole.submissions:
        said = ", nothing to report" if one.is_nothing_to_report else ""
        click.echo(f"Submitted {one.at:%Y-%m-%d %H:%M} as {one.receipt.reference} by the {one.declared_as}{said}.")
    if whole.entries:
        print_table(
            ["entry", "measure", "activity", "claimed", "unit", "share", "rules", "decision", "accepted", "£"],
            [_cells(one) for one in whole.entries],
            numbers={"claimed", "accepted", "£"},
        )
        if any(one.standing != Effect.NOTE for one in whole.entries):
            click.echo("Why a rule asks or cuts: “quarterday return explain MEASURE --entry ENTRY”.")
    if whole.drafts:
        print_table(
            ["draft", "measure", "activity", "replaces entry", "typed"],
            [
                [
                    str(one.id),
                    one.typed["ref"],
                    one.typed["activity"],
                    str(one.replaces_entry_id or ""),
                    "; ".join(f"{field} {text}" for field, text in one.cells.items()),
                ]
                for one in whole.drafts
            ],
            title="Being written",
        )


def _claimed(one: Claimed) -> dict[str, Any]:
    return {
        "id": one.id,
        "ref": one.measure.ref,
        "title": one.measure.title,
        "unit": one.measure.unit.id,
        "activity": one.activity,
        "first": one.first,
        "last": one.last,
        "late": one.is_late,
        "replaces": one.replaces_entry_id,
        "typed": dict(one.typed),
        "quantity": exact_text(one.quantity),
        "share": exact_text(one.share),
        "standing": one.standing,
        "decision": one.decision or None,
        "accepted": None if one.accepted is None else exact_text(one.accepted),
        "worth": amount(one.worth),
    }


def _cells(one: Claimed) -> list[str]:
    return [
        str(one.id),
        one.measure.ref,
        one.activity,
        shown(one.quantity, 4),
        one.measure.unit_words,
        exact_text(one.share),
        "counts" if one.standing == Effect.NOTE else one.standing,
        one.decision or "–",
        "" if one.accepted is None else shown(one.accepted, 4),
        "" if one.worth is None else str(one.worth),
    ]
