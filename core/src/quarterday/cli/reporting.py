"""``quarterday return template|fill|submit|answer``: a supplier's side of a return, without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from quarterday.cli import options
from quarterday.cli.output import print_json

if TYPE_CHECKING:
    from quarterday.services.returns.filling import Filled

REJECTS = 3
"""The exit code for “done, with rows to put right”."""

_return = click.argument("return_id", metavar="RETURN", type=int)


@click.command()
@_return
@click.option(
    "--out", "file", metavar="FILE", required=True, type=click.Path(path_type=Path), help="A new .xlsx or .csv file."
)
@options.as_json
def template(return_id: int, file: Path, as_json: bool) -> None:
    """Write the spreadsheet to fill in for RETURN, a number: one row for each measure that its contract promises."""
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.returns.filling import promised_measures
    from quarterday.services.returns.on_file import write_template

    measures = promised_measures(record(), OPERATOR, return_id=return_id)
    write_template(file, measures)
    if as_json:
        print_json({"file": str(file), "measures": [measure.ref for measure in measures]})
    else:
        click.echo(f"Wrote {file}: one row for each of {len(measures)} measures; copy a row for a second activity.")


@click.command()
@_return
@click.option(
    "--file",
    "path",
    metavar="FILE",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The return, CSV or Excel, with one row for each activity.",
)
@options.column
@click.option("--late-for", metavar="PERIOD", default="", help="The rows are late claims for this past period.")
@click.option("--whole", "is_whole", is_flag=True, help="Take drafts out that FILE doesn't have.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@options.as_json
def fill(
    return_id: int,
    path: Path,
    columns: dict[str, str],
    late_for: str,
    is_whole: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Save the rows of FILE as drafts of RETURN, a number; nothing is submitted yet.

    A row that is there already is left as it is, so the same file can be sent again. A row with the measure and the
    activity label of a draft takes its place; with neither it is added. Once the return is submitted, only rows for
    entries that were queried are taken. Rows that can't be used are listed, and the exit code is then 3.
    """
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.returns.filling import fill as fill_in

    done = fill_in(
        record(),
        OPERATOR,
        return_id=return_id,
        path=path,
        columns=columns,
        late_for=late_for,
        is_whole=is_whole,
        dry_run=dry_run,
    )
    if as_json:
        print_json(
            {
                "file": done.on_file.name,
                "dry_run": dry_run,
                "rows": done.on_file.rows,
                "added": list(done.added),
                "changed": list(done.changed),
                "unchanged": done.unchanged,
                "removed": list(done.removed),
                "left": list(done.left),
                "blank": done.on_file.blank_rows,
                "rejected_rows": done.rejected_rows,
                "rejected": [{"where": one.key, "why": one.why} for one in done.rejected],
                "ignored_columns": list(done.on_file.ignored_columns),
                "version": done.version,
            }
        )
    else:
        _print(done, dry_run=dry_run)
    if done.rejected:
        click.get_current_context().exit(REJECTS)


@click.command()
@_return
@options.acting_for
@click.option("--declared-as", required=True, metavar="ROLE", help="In which role, like “finance manager”; no name.")
@click.option("--nothing-to-report", is_flag=True, help="Nothing was done in this period.")
@options.as_json
def submit(return_id: int, email: str, declared_as: str, nothing_to_report: bool, as_json: bool) -> None:
    """Submit RETURN, a number, as it stands, for a person of the supplier who declares it to be true.

    Its entries never change after this; what has to be put right first is listed, and nothing is submitted then.
    """
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.returns.acting import acting_for
    from quarterday.services.returns.standing import whole_return
    from quarterday.services.returns.submissions import NotReady
    from quarterday.services.returns.submissions import submit as submit_it

    uow = record()
    actor = acting_for(uow, OPERATOR, email=email, as_supplier=True, return_id=return_id)
    seen = whole_return(uow, actor, return_id=return_id).version
    try:
        done = submit_it(
            uow,
            actor,
            return_id=return_id,
            seen_version=seen,
            declared_as=declared_as,
            nothing_to_report=nothing_to_report,
        )
    except NotReady as problem:
        for one in problem.problems:
            click.echo(f"{one.key}: {one.why}", err=True)
        raise
    if as_json:
        print_json({"reference": done.reference, "number": done.number, "digest": done.digest})
    else:
        click.echo(f"Submitted as {done.reference}.")


@click.command()
@click.argument("entry_id", metavar="ENTRY", type=int)
@options.acting_for
@click.option("--text", required=True, help="The answer; the council reads it.")
@options.as_json
def answer(entry_id: int, email: str, text: str, as_json: bool) -> None:
    """Answer the query on ENTRY, a number, for a person of the supplier, where the entry itself stays as it is."""
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.returns.acting import acting_for
    from quarterday.services.returns.reviews import answer as answer_it

    uow = record()
    actor = acting_for(uow, OPERATOR, email=email, as_supplier=True, entry_id=entry_id)
    done = answer_it(uow, actor, entry_id=entry_id, text=text)
    if as_json:
        print_json({"entry": entry_id, "review": done.review_id})
    else:
        click.echo(f"Answered the query on entry {entry_id}; the council decides.")


def _print(done: Filled, *, dry_run: bool) -> None:
    counts = f"{len(done.added)} added, {len(done.changed)} changed, {done.unchanged} there already"
    said = f"{done.on_file.name}: {'would be ' if dry_run else ''}{counts}"
    for number, what in (
        (len(done.removed), "taken out"),
        (done.rejected_rows, "to put right"),
        (done.on_file.blank_rows, "left blank"),
    ):
        said += f", {number} {what}" if number else ""
    click.echo(f"{said}.")
    if done.on_file.ignored_columns:
        click.echo(f"Columns not used: {', '.join(done.on_file.ignored_columns)}.")
    if done.left:
        numbers = ", ".join(map(str, done.left))
        click.echo(f"Drafts that the file doesn't have stay: {numbers}; send the whole file with --whole to drop them.")
    if done.rejected:
        click.secho("To put right:", fg="red")
        for one in done.rejected:
            click.echo(f"  {one.key}: {one.why}")
