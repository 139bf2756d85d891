"""How a valued return is shown: as tables and sentences for a person, or as data for JSON."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from quarterday.cli.output import print_table
from quarterday.domain.counting.findings import Effect
from quarterday.domain.exact import exact_text, pounds, pounds_text, shown
from quarterday.domain.statement import CountedClaim, Line, Statement
from quarterday.domain.units import Entered
from quarterday.domain.valuation import Amount
from quarterday.services.returns.valuing import Valued

MADE_UP = "ILLUSTRATIVE: these £ use made-up numbers and stand for nothing real."


def print_statement(valued: Valued) -> None:
    """Print what was read, each measure's quantity and £, what is excluded or doubtful and why, and the totals."""
    on_file, statement = valued.on_file, valued.statement
    said = f"{on_file.name}: {_rows(on_file.rows)}, {len(on_file.claims)} read"
    if on_file.rejected_rows:
        said += f", {on_file.rejected_rows} to put right"
    if on_file.blank_rows:
        said += f", {on_file.blank_rows} left blank"
    click.echo(f"{said}.")
    if on_file.ignored_columns:
        click.echo(f"Columns not used: {', '.join(on_file.ignored_columns)}.")
    _print_terms(statement)
    click.echo()
    print_table(
        ["measure", "what", "quantity", "counted in", "£", "rows"],
        [
            [
                line.measure.ref,
                line.measure.title,
                _quantity(line),
                line.measure.unit_words,
                _pounds(line.amount),
                _standings(line),
            ]
            for line in statement.lines
        ],
        numbers={"quantity", "£"},
    )
    _print_findings(statement)
    if on_file.rejected:
        click.echo("\nTo put right:")
        for record in on_file.rejected:
            click.echo(f"  {record.key}: {record.why}")
    click.echo()
    _print_totals(statement)


def print_line(line: Line, statement: Statement) -> None:
    """Print how one measure's figure came about: every row, every rule that spoke, the unit value, the sum."""
    measure = line.measure
    click.echo(f"{measure.ref} {measure.title}")
    click.echo(f"Counted in {measure.unit_words}; {measure.kind}; {_over_time(line)}.")
    _print_terms(statement)
    for counted in line.claims:
        claim = counted.claim
        click.echo(f"\nLine {claim.line}{f' “{claim.activity}”' if claim.activity else ''}")
        click.echo(f"  claimed:  {claim.amount} = {shown(claim.amount.quantity, 6)} {measure.unit_words}")
        for finding in counted.findings:
            click.echo(f"  {finding.effect}: {finding.sentence} [{finding.rule}]")
        if claim.attribution != 1:
            click.echo(f"  this contract's share: {exact_text(claim.attribution)}")
        click.echo(f"  counts:   {shown(counted.attributed, 6)} {measure.unit_words}")
        if counted.unit_value:
            click.echo(f"  worth:    {_sum_of(counted)}")
        elif counted.amount and counted.amount.reasons:
            click.echo(f"  worth:    not available. {' '.join(counted.amount.reasons)}")
    click.echo(f"\nTogether: {_quantity(line)} {measure.unit_words}")
    if line.amount:
        click.echo(f"Together: {_pounds(line.amount)} (exactly {pounds_text(line.amount.micropounds)})")
    _print_value_source(line, statement)


def as_data(valued: Valued) -> dict[str, Any]:
    """The whole statement for ``--json``. Quantities are exact text, £ decimal text with six places."""
    on_file, statement = valued.on_file, valued.statement
    return {
        "file": on_file.name,
        "rows": on_file.rows,
        "claims": len(on_file.claims),
        "rejected_rows": on_file.rejected_rows,
        "blank_rows": on_file.blank_rows,
        "ignored_columns": list(on_file.ignored_columns),
        **_terms_as_data(statement),
        "measures": [_line_head(line) for line in statement.lines],
        "findings": [
            {"line": c.claim.line, "ref": c.claim.ref, "activity": c.claim.activity, **finding}
            for line in statement.lines
            for c in line.claims
            for finding in _findings(c)
        ],
        "rejected": [{"where": record.key, "why": record.why} for record in on_file.rejected],
        "totals": {
            "local_economic": _amount(statement.local_economic),
            "social": _amount(statement.social),
            "total": _amount(statement.total),
            "of_which_doubtful": _amount(statement.amount_of(Effect.ASK)),
            "of_which_late": _amount(statement.late),
        },
    }


def line_as_data(line: Line, statement: Statement) -> dict[str, Any]:
    """One measure unfolded for ``--explain --json``: the rows' pounds add to the measure's exactly."""
    return {
        **_terms_as_data(statement),
        **_line_head(line),
        "rows": [
            {
                "line": c.claim.line,
                "activity": c.claim.activity,
                "claimed": str(c.claim.amount),
                "claimed_quantity": exact_text(c.claim.amount.quantity),
                "share_for_this_contract": exact_text(c.claim.attribution),
                "standing": _standing(c),
                "findings": _findings(c),
                "quantity": exact_text(c.attributed),
                "unit_value": c.unit_value.text if c.unit_value else None,
                "unit_value_source": c.unit_value.source if c.unit_value else None,
                **_amount(c.amount),
            }
            for c in line.claims
        ],
    }


def _print_terms(statement: Statement) -> None:
    terms = statement.terms
    click.echo(f"Catalogue: {terms.edition.key} ({terms.edition.title}).")
    if terms.values:
        click.echo(f"Values: {terms.values.id} for {terms.values.edition}; licence: {terms.values.licence}.")
        if statement.is_illustrative:
            click.secho(MADE_UP, fg="yellow")
    else:
        click.echo("Values: none chosen, so there are quantities and no £ (choose with --values).")
    if terms.at.local:
        click.echo(f"Local: {terms.at.local.name} ({', '.join(terms.at.local.codes)}).")
    period = terms.at.period
    click.echo(f"Period: {period.name}, {period.first} to {period.last}." if period else "Period: not given.")


def _print_findings(statement: Statement) -> None:
    for effect in (Effect.EXCLUDED, Effect.UNDECIDED, Effect.PART, Effect.ASK):
        said = [
            f"  line {c.claim.line}, {c.claim.ref}{f' “{c.claim.activity}”' if c.claim.activity else ''}: {f.sentence}"
            for line in statement.lines
            for c in line.claims
            for f in c.findings
            if f.effect is effect
        ]
        if said:
            click.echo(f"\n{effect.capitalize()}:")
            click.echo("\n".join(said))


def _print_totals(statement: Statement) -> None:
    rows = [
        ["Local economic value", _pounds(statement.local_economic)],
        ["Social and environmental value", _pounds(statement.social)],
        ["Together", _pounds(statement.total)],
    ]
    for what, amount in (("doubtful", statement.amount_of(Effect.ASK)), ("late claims", statement.late)):
        if amount.micropounds:
            rows.append([f"  of which {what}", pounds(amount.micropounds)])
    print_table(["total", "£"], rows, numbers={"£"})
    if not statement.total.is_complete:
        click.echo("The total is incomplete:")
        for reason in statement.total.reasons:
            click.echo(f"  {reason}")
    if statement.is_illustrative:
        click.secho(MADE_UP, fg="yellow")


def _print_value_source(line: Line, statement: Statement) -> None:
    values = statement.terms.values
    sources = {c.unit_value.source for c in line.claims if c.unit_value and c.unit_value.source}
    derivations = {c.unit_value.derivation for c in line.claims if c.unit_value and c.unit_value.derivation}
    for what, texts in (("Source", sources), ("Derivation", derivations)):
        for text in sorted(texts):
            click.echo(f"{what} of the unit value: {text}")
    if values:
        click.echo(f"Licence of the values: {values.licence}")


def _terms_as_data(statement: Statement) -> dict[str, Any]:
    terms = statement.terms
    period, values = terms.at.period, terms.values
    return {
        "catalogue": terms.edition.key,
        "value_set": values
        and {
            "id": values.id,
            "edition": values.edition,
            "licence": values.licence,
            "illustrative": statement.is_illustrative,
            "redistributable": values.redistributable,
        },
        "period": period and {"name": period.name, "first": period.first, "last": period.last},
        "local_area": terms.at.local and {"name": terms.at.local.name, "codes": list(terms.at.local.codes)},
    }


def _line_head(line: Line) -> dict[str, Any]:
    measure = line.measure
    return {
        "ref": measure.ref,
        "title": measure.title,
        "unit": measure.unit.id,
        "kind": measure.kind,
        "runs": measure.over_time,
        "local_economic": measure.is_local_economic,
        "quantity": None if line.quantity is None else exact_text(line.quantity),
        **_amount(line.amount),
        "standings": {str(c.claim.line): _standing(c) for c in line.claims},
    }


def _findings(counted: CountedClaim) -> list[dict[str, str]]:
    return [{"rule": f.rule, "effect": f.effect, "sentence": f.sentence} for f in counted.findings]


def _amount(amount: Amount | None) -> dict[str, Any]:
    if amount is None:
        return {"pounds": None, "complete": None, "reasons": []}
    return {
        "pounds": pounds_text(amount.micropounds),
        "complete": amount.is_complete,
        "reasons": list(amount.reasons),
    }


def _standing(counted: CountedClaim) -> str:
    return "counts" if counted.standing is Effect.NOTE else counted.standing.value


def _standings(line: Line) -> str:
    """How many rows stand how: “3 count, 1 doubtful”."""
    tally = Counter(_standing(counted) for counted in line.claims)
    return ", ".join(
        f"{many} {what.replace('counts', 'count' if many > 1 else 'counts')}" for what, many in tally.items()
    )


def _quantity(line: Line) -> str:
    if line.measure.unit.entered is Entered.ANSWER:
        return "yes" if any(c.quantity for c in line.claims) else "no"
    return "–" if line.quantity is None else shown(line.quantity)


def _pounds(amount: Amount | None) -> str:
    if amount is None:
        return "never adds £"
    if not amount.is_complete and not amount.micropounds:
        return "not available"
    return str(amount)


def _sum_of(counted: CountedClaim) -> str:
    assert counted.unit_value  # noqa: S101 (the caller has looked)
    assert counted.amount  # noqa: S101
    parts = f"{shown(counted.quantity, 6)} × £{counted.unit_value.text}"
    if counted.claim.attribution != 1:
        parts += f" × {exact_text(counted.claim.attribution)}"
    return f"{parts} = {pounds(counted.amount.micropounds)}"


def _over_time(line: Line) -> str:
    return {"flow": "rows add up", "stock": "the latest counts", "rate": "never added", "once": "counts once"}[
        line.measure.over_time
    ]


def _rows(many: int) -> str:
    return f"{many} row{'' if many == 1 else 's'}"
