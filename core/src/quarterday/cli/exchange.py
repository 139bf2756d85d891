"""The commands that take an authority out of an installation as open files, and bring it into another."""

from __future__ import annotations

from pathlib import Path

import click

from quarterday.cli import options
from quarterday.cli.output import print_json

LOST = 3
"""The exit code for “done, but evidence files were missing or damaged, or the tables of a plugin stayed behind”."""


@click.command("export")
@click.argument("key")
@click.argument("folder", type=click.Path(path_type=Path))
@options.as_json
def export_authority(key: str, folder: Path, as_json: bool) -> None:
    """Write the whole of the authority KEY into the new folder FOLDER, as open files, while others work.

    Its contracts go along with their whole history, the suppliers and people they name, its evidence and its audit
    trail. Values that may not be passed on don't, nor secrets; the folder holds personal data. Evidence files that are
    missing or damaged are named, and the exit code is then 3.
    """
    from dataclasses import asdict

    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.cli.progress import progress
    from quarterday.services.exchange import export_authority as export
    from quarterday.services.returns.evidencing import evidence_store

    uow, authority = in_authority(key)
    with progress("Exporting") as told:
        done = export(uow, OPERATOR, evidence_store(), authority_id=authority.id, folder=folder.absolute(), told=told)
    found = done.manifest
    if as_json:
        print_json({**asdict(found), "digest": done.digest, "undelivered": done.undelivered})
    else:
        files = "1 evidence file" if found.evidence == 1 else f"{found.evidence:,} evidence files"
        click.echo(f"{authority.name} is in {folder}: {found.rows:,} rows and {files}.")
        click.echo(f"Its digest is {done.digest}.")
        for one in found.without_values:
            click.echo(
                f"Not there, for they may not be passed on: the values of “{one.name}” (licence: {one.licence})."
            )
        if done.undelivered:
            click.echo(f"Deliveries that are still due stay here: {done.undelivered}. Let the worker bring them first.")
        for sentence in found.lost:
            click.echo(sentence, err=True)
    if found.lost:
        click.get_current_context().exit(LOST)


@click.command("import")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@options.as_json
def import_authority(folder: Path, as_json: bool) -> None:
    """Bring the authority exported in FOLDER into an empty installation, every row under the id it had.

    The record is laid down where there is none. Until values that could not be passed on are loaded again, figures
    that rest on them are incomplete and say so.
    """
    from dataclasses import asdict

    from quarterday.cli.opened import OPERATOR, record
    from quarterday.cli.progress import progress
    from quarterday.services.exchange import import_authority as bring_in
    from quarterday.services.record import is_empty_record, upgrade_record
    from quarterday.services.returns.evidencing import evidence_store

    if is_empty_record():
        upgrade_record()
    with progress("Importing") as told:
        found = bring_in(record(), OPERATOR, evidence_store(), folder=folder.absolute(), told=told)
    if as_json:
        print_json(asdict(found))
        return
    click.echo(f"{found.authority} is here: {found.rows:,} rows, as they were on {found.made_at}.")
    for one in found.without_values:
        click.echo(
            f"Load the values of “{one.name}” again: quarterday values load FILE --authority {found.authority} "
            f'--catalogue {one.edition} --name "{one.name}" --licence "{one.licence}" --source "{one.source}"'
        )
