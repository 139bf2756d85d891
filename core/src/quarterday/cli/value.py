"""``quarterday value``: a supplier's return counted, valued and explained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from quarterday.cli import options
from quarterday.cli.output import print_json
from quarterday.errors import Usage

if TYPE_CHECKING:
    from quarterday.domain.catalogue import LocalArea
    from quarterday.domain.periods import Period

REJECTS = 3
"""The exit code for “done, with rows to put right”."""


@click.command()
@click.argument("file", metavar="RETURN", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--catalogue", "catalogue_name", metavar="ID", required=True, help="The catalogue, as ID or ID/EDITION.")
@click.option("--values", "values_name", metavar="NAME|FILE", help="A value set's name, or a file of your own values.")
@click.option("--period", "period_text", metavar="QUARTER", help="The quarter reported on, like 2026-Q2 (from July).")
@click.option("--contract-months", type=click.IntRange(1), help="The contract's length, for the least length of a job.")
@click.option("--local-area", metavar="CODES", help="Area codes that are local, instead of the catalogue's own.")
@options.column
@click.option("--explain", metavar="REF", help="Unfold one measure's figure to its rows, rules and unit value.")
@click.option("--template", metavar="FILE", type=click.Path(path_type=Path), help="Write an empty return to fill in.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def value(
    file: Path | None,
    catalogue_name: str,
    values_name: str | None,
    period_text: str | None,
    contract_months: int | None,
    local_area: str | None,
    columns: dict[str, str],
    explain: str | None,
    template: Path | None,
    as_json: bool,
) -> None:
    """Count and value a supplier's RETURN: a CSV or Excel file with one row for each activity.

    Every counting rule of the catalogue is applied and nothing is guessed: rows that can't be used are listed by
    line and column, and the exit code is then 3. Without --values you get quantities and no £.
    """
    from quarterday.cli import value_shown
    from quarterday.services.measures.catalogues import catalogue
    from quarterday.services.measures.values import value_set

    edition = catalogue(catalogue_name)
    if template:
        from quarterday.services.returns.on_file import write_template

        write_template(template, edition.measures)
        click.echo(f"Wrote {template}: one row for each measure of {edition.key}; copy a row for a second activity.")
        return
    if file is None:
        raise Usage("Name the return's file, or --template FILE to write an empty one.")
    from quarterday.services.returns.valuing import value_return

    valued = value_return(
        file,
        edition,
        value_set(values_name, edition) if values_name else None,
        given=columns,
        period=_period(period_text),
        contract_months=contract_months,
        local=_local(local_area),
    )
    line = None
    if explain:
        line = next((one for one in valued.statement.lines if one.measure is edition.measure(explain)), None)
        if line is None:
            raise Usage(f"This return has no claim for “{explain}” that could be read.")
    if as_json:
        print_json(value_shown.line_as_data(line, valued.statement) if line else value_shown.as_data(valued))
    elif line:
        value_shown.print_line(line, valued.statement)
    else:
        value_shown.print_statement(valued)
    if valued.on_file.rejected:
        click.get_current_context().exit(REJECTS)


def _period(text: str | None) -> Period | None:
    from quarterday.domain.periods import NotAPeriod, quarter

    try:
        return quarter(text) if text else None
    except NotAPeriod as problem:
        raise Usage(str(problem)) from problem


def _local(codes: str | None) -> LocalArea | None:
    from quarterday.domain.catalogue import LocalArea

    if not codes:
        return None
    listed = tuple(code.strip().upper() for code in codes.split(",") if code.strip())
    return LocalArea(name=" + ".join(listed), codes=listed, since="")
