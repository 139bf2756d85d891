"""The commands that import suppliers, contracts and commitments from CSV or Excel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quarterday.cli import options
from quarterday.cli.output import print_json

if TYPE_CHECKING:
    from quarterday.services.imports import Imported

REJECTS = 3
"""The exit code for “done, with rows to put right”."""

MOST_FAULTS_SHOWN = 50

_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_dry_run = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
_quarantine = click.option(
    "--quarantine",
    metavar="FILE.csv",
    type=click.Path(path_type=Path),
    help="Write the rows that could not be used to this new file, to be put right and imported again.",
)


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The argument and options that every import has."""
    for option in (options.as_json, _quarantine, _dry_run, options.column, _file):
        command = option(command)
    return command


@click.command("import")
@_options
def import_suppliers(
    file: Path, columns: dict[str, str], dry_run: bool, quarantine: Path | None, as_json: bool
) -> None:
    """Import suppliers from FILE, CSV or Excel with one supplier a row.

    The columns are known by their headers: supplier, company number, charity number, PPON, VAT number, also known as
    (several with “;” between them). A supplier that is there by its number, or else by its name, is completed, never
    doubled. Rows that can't be used are listed by line and column, and the exit code is then 3.
    """
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services import imports

    done = imports.import_suppliers(record(), OPERATOR, path=file, columns=columns, dry_run=dry_run)
    _show(done, quarantine, as_json)


@click.command("import")
@_options
@options.authority
def import_contracts(
    file: Path, authority_key: str, columns: dict[str, str], dry_run: bool, quarantine: Path | None, as_json: bool
) -> None:
    """Import an authority's contracts from FILE, CSV or Excel with one contract a row.

    The columns of the transparency code's list of contracts are known: reference, title, start and end date, contract
    type, supplier name, company and charity number; and: reports (month, quarter, half-year, year, end), contract
    manager (an e-mail address). A supplier that isn't there is added. Rows that can't be used are listed by line and
    column, and the exit code is then 3.
    """
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services import imports

    uow, authority = in_authority(authority_key)
    done = imports.import_contracts(
        uow,
        OPERATOR,
        authority_id=authority.id,
        path=file,
        columns=columns,
        dry_run=dry_run,
    )
    _show(done, quarantine, as_json)


@click.command("import")
@_options
@options.authority
@click.option("--catalogue", "catalogue_name", metavar="ID", required=True, help="The catalogue, as ID or ID/EDITION.")
@click.option("--values", "values_name", metavar="NAME", help="A value set, shipped or loaded; without one, no £.")
@click.option("--local-area", metavar="NAME", help="The authority's definition of “local” that the contracts rest on.")
def import_commitments(
    file: Path,
    authority_key: str,
    catalogue_name: str,
    values_name: str | None,
    local_area: str | None,
    columns: dict[str, str],
    dry_run: bool,
    quarantine: Path | None,
    as_json: bool,
) -> None:
    """Award contracts from FILE, CSV or Excel with one row for each contract and measure.

    The columns are known by their headers: contract reference, measure, quantity (for the whole contract), spread
    (even, front, back, or by period: 2026-Q2 = 40; 2026-Q3 = 60). A contract gets all of its commitments in one step
    or, where one of its rows can't be used, none. Such rows are listed by line and column, and the exit code is then 3.
    """
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services import imports
    from quarterday.services.measures.catalogues import catalogue
    from quarterday.services.measures.loading_values import values_named
    from quarterday.services.organisations.local_areas import definition_of_name

    edition = catalogue(catalogue_name)
    uow, authority = in_authority(authority_key)
    measured_by = imports.MeasuredBy(
        edition=edition,
        values=values_named(uow, OPERATOR, authority_id=authority.id, name=values_name, edition=edition)
        if values_name
        else None,
        local_area_id=definition_of_name(uow, OPERATOR, authority_id=authority.id, name=local_area).id
        if local_area
        else None,
    )
    done = imports.import_commitments(
        uow,
        OPERATOR,
        authority_id=authority.id,
        path=file,
        measured_by=measured_by,
        columns=columns,
        dry_run=dry_run,
    )
    _show(done, quarantine, as_json)


def _show(done: Imported, quarantine: Path | None, as_json: bool) -> None:
    if quarantine and done.quarantined:
        from quarterday.services.imports import write_quarantine

        write_quarantine(quarantine, done)
    if as_json:
        print_json(_as_data(done))
    else:
        _print(done, quarantine)
    if done.quarantined:
        click.get_current_context().exit(REJECTS)


def _as_data(done: Imported) -> dict[str, Any]:
    return {
        "file": done.file,
        "read_as": done.read_as,
        "dry_run": done.is_dry_run,
        "rows": done.rows,
        "added": done.added,
        "completed": done.completed,
        "unchanged": done.unchanged,
        "quarantined": done.quarantined,
        "columns": dict(done.columns),
        "ignored_columns": list(done.ignored),
        "faults": [
            {"row": fault.line, "column": fault.column, "place": fault.place, "why": fault.why} for fault in done.faults
        ],
    }


def _print(done: Imported, quarantine: Path | None) -> None:
    click.echo(f"{done.file}: {done.read_as}, {done.rows:,} rows.")
    click.echo(f"Columns read: {', '.join(f'{name} from “{header}”' for name, header in done.columns.items())}.")
    if done.ignored:
        click.echo(f"Columns ignored: {', '.join(f'“{header}”' for header in done.ignored)}.")
    counts = f"{done.added:,} added, {done.completed:,} completed, {done.unchanged:,} there already"
    would = "Would be: " if done.is_dry_run else ""
    click.echo(f"{would}{counts}, {done.quarantined:,} quarantined.")
    if not done.added and not done.completed:
        click.echo("The record would not change." if done.is_dry_run else "Nothing in the record changed.")
    if not done.quarantined:
        return
    click.secho(f"To put right ({len(done.faults):,}):", fg="red")
    for fault in done.faults[:MOST_FAULTS_SHOWN]:
        click.echo(f"  {fault}")
    if len(done.faults) > MOST_FAULTS_SHOWN:
        click.echo(f"  … and {len(done.faults) - MOST_FAULTS_SHOWN:,} more; --json lists them all.")
    if quarantine:
        click.echo(f"The quarantined rows are in {quarantine}; put them right there and import that file.")
