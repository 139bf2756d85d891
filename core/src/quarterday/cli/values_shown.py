"""How value sets and checked value files are shown: as JSON, and for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import click

from quarterday.cli.output import print_table
from quarterday.domain.catalogue import Measure
from quarterday.domain.values import Shipped, UnitValue, ValueSet
from quarterday.services.measures.values import ValuesCheck

MOST_FAULTS_SHOWN = 50
MADE_UP = "ILLUSTRATIVE: made-up round numbers for demonstrations. They value nothing real."


def head_as_data(one: ValueSet) -> dict[str, Any]:
    """A value set without its rows, as JSON data; an illustrative one says so in words."""
    data: dict[str, Any] = {
        "id": one.id,
        "title": one.title,
        "edition": one.edition,
        "kind": one.shipped.value,
        "licence": one.licence,
        "redistributable": one.redistributable,
        "value_count": len(one.all_values),
    }
    return {**data, "warning": MADE_UP} if one.shipped is Shipped.ILLUSTRATIVE else data


def set_as_data(one: ValueSet) -> dict[str, Any]:
    """A value set whole, as JSON data; values are decimal text in £ per unit."""
    return {
        **head_as_data(one),
        "source": one.source,
        "fingerprint": one.fingerprint,
        "values": [_value_as_data(value) for value in one.values],
        "staff_hour": _value_as_data(one.staff_hour) if one.staff_hour else None,
        "expert_hour": _value_as_data(one.expert_hour) if one.expert_hour else None,
        "left_out": list(one.left_out),
    }


def check_as_data(checked: ValuesCheck) -> dict[str, Any]:
    """A checked file as JSON data: what was understood, then every fault by row and column."""
    file, made = checked.file, checked.value_set
    count = _counts(checked)
    return {
        "file": file.name,
        "read_as": file.kind,
        "catalogue": checked.edition.key,
        "header_row": file.header_line,
        "columns": dict(file.columns),
        "ignored_columns": list(file.ignored),
        "rows": file.rows,
        "values": len(file.values),
        "measures": [
            {"ref": measure.ref, "title": measure.title, "localised": measure.localised, "values": count[measure.ref]}
            for measure in checked.monetised
        ],
        "without_value": [measure.ref for measure in checked.without_value],
        "council_must_supply": [measure.ref for measure in checked.without_value if measure.localised],
        "not_used": sorted({value.ref for value in checked.not_used}),
        "staff_hour": made.staff_hour.text if made.staff_hour else None,
        "expert_hour": made.expert_hour.text if made.expert_hour else None,
        "areas": list(checked.areas),
        "industries": list(checked.industries),
        "valid_from": checked.first_day,
        "valid_to": checked.last_day,
        "always_valid": checked.always_valid,
        "licence": made.licence,
        "source": made.source,
        "redistributable": made.redistributable,
        "notes": list(checked.notes),
        "would_load": not checked.faults,
        "faults": [
            {"row": fault.line, "column": fault.column, "place": fault.place, "why": fault.why}
            for fault in checked.faults
        ],
    }


def print_list(sets: Sequence[ValueSet]) -> None:
    """The value sets, one a line, and which of them are made up."""
    print_table(
        ["id", "title", "edition", "kind", "licence", "passed on", "values"],
        [
            [o.id, o.title, o.edition, o.shipped, o.licence, _yes(o.redistributable), str(len(o.all_values))]
            for o in sets
        ],
        numbers=["values"],
    )
    for one in sets:
        if one.shipped is Shipped.ILLUSTRATIVE:
            click.secho(f"{one.id} is {MADE_UP}", fg="yellow")


def print_set(one: ValueSet) -> None:
    """A value set whole: its licence and fingerprint, its values and where each comes from, what was left out."""
    click.echo(f"{one.title} ({one.id}), for {one.edition}")
    if one.shipped is Shipped.ILLUSTRATIVE:
        click.secho(MADE_UP, fg="yellow", bold=True)
    click.echo(f"Licence: {one.licence}")
    click.echo(f"May be passed on: {_yes(one.redistributable)}")
    click.echo(f"Source: {one.source}")
    click.echo(f"Fingerprint: {one.fingerprint}")
    print_table(
        ["ref", "£ per unit", "area", "industry", "valid", "derivation", "source"],
        [
            [v.ref, v.text, v.area, v.industry, _span(v.valid_from, v.valid_to), v.derivation, v.source]
            for v in one.all_values
        ],
        numbers=["£ per unit"],
    )
    for sentence in one.left_out:
        click.echo(f"Left out: {sentence}")


def print_check(checked: ValuesCheck) -> None:
    """What was understood of a file, then what has to be put right."""
    file, made = checked.file, checked.value_set
    count = _counts(checked)
    click.echo(f"{file.name}: {file.kind}, header in {file.line_word} {file.header_line}, {file.rows:,} rows.")
    click.echo(f"Columns read: {', '.join(f'{name} from “{header}”' for name, header in file.columns.items())}.")
    if file.ignored:
        click.echo(f"Columns ignored: {', '.join(f'“{header}”' for header in file.ignored)}.")
    click.echo(
        f"Understood: {len(file.values):,} values, for {len(checked.with_value)} of {len(checked.monetised)} monetised "
        f"measures of {checked.edition.key}."
    )
    print_table(
        ["ref", "title", "localised", "values"],
        [[m.ref, m.title, _localised(m), str(count[m.ref] or "none")] for m in checked.monetised],
        numbers=["values"],
    )
    if local := [measure.ref for measure in checked.without_value if measure.localised]:
        click.echo(f"No value, and it differs by place, so only you can supply it: {', '.join(local)}.")
    if checked.not_used:
        refs = sorted({value.ref for value in checked.not_used})
        click.echo(f"Left out, for {checked.edition.key} doesn't have these measures: {', '.join(refs)}.")
    for rate, what in ((made.staff_hour, "staff"), (made.expert_hour, "expert")):
        click.echo(f"£ per hour of {what} time: {rate.text if rate else 'not available'}.")
    click.echo(f"Areas: {', '.join(checked.areas) or 'everywhere'}.")
    click.echo(f"Industries: {', '.join(checked.industries) or 'all'}.")
    dated = f"the earliest {_span(checked.first_day, None)}" if checked.first_day else ""
    until = f"the latest {_span(None, checked.last_day)}" if checked.last_day else ""
    undated = f"{checked.always_valid:,} at any time" if checked.always_valid else ""
    click.echo(f"Valid: {', '.join(filter(None, (dated, until, undated))) or 'nothing'}.")
    click.echo(f"Licence: {made.licence or 'not stated'}. May be passed on: {_yes(made.redistributable)}.")
    for note in checked.notes:
        click.echo(f"Note: {note}")
    if not checked.faults:
        click.echo("Nothing to put right: the file would load.")
        return
    click.secho(f"To put right ({len(checked.faults):,}); until then nothing of the file would load:", fg="red")
    for fault in checked.faults[:MOST_FAULTS_SHOWN]:
        click.echo(f"  {fault}")
    if len(checked.faults) > MOST_FAULTS_SHOWN:
        click.echo(f"  … and {len(checked.faults) - MOST_FAULTS_SHOWN:,} more; --json lists them all.")


def _counts(checked: ValuesCheck) -> Counter[str]:
    """How many values each measure of the edition has, under its own ref or one beneath."""
    by_ref = Counter(value.ref for value in checked.value_set.values)
    return Counter(
        {m.ref: sum(by_ref[ref] for ref in {m.ref, *(ref for _, ref in m.stands_on)}) for m in checked.monetised}
    )


def _value_as_data(value: UnitValue) -> dict[str, Any]:
    return {
        "ref": value.ref,
        "value": value.text,
        "area": value.area,
        "industry": value.industry,
        "valid_from": value.valid_from,
        "valid_to": value.valid_to,
        "derivation": value.derivation,
        "source": value.source,
    }


def _localised(measure: Measure) -> str:
    return "not known" if measure.localised is None else _yes(measure.localised)


def _span(first: date | None, last: date | None) -> str:
    begins = [f"from {first.isoformat()}"] if first else []
    ends = [f"to {last.isoformat()}"] if last else []
    return " ".join(begins + ends)


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"
