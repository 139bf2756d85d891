"""``quarterday db``: lay the record down and bring it up to date, take a backup, restore one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from quarterday.cli.output import print_json

if TYPE_CHECKING:
    from quarterday.services.installation.backups import Copied

FAILED = 1
"""The exit code for a fault, here one of a plugin."""

LOST = 3
"""The exit code for “done, but evidence files were missing or damaged”."""


@click.group()
def db() -> None:
    """Lay the record down and bring it up to date, take a backup, restore one."""


@db.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def upgrade(as_json: bool) -> None:
    """Lay the record down in an empty database, or bring an older one up to date: whole, or not at all.

    The tables of plugins follow, one plugin after the other; where those of one can't be brought up to date the others
    are, and the exit code is 1. There is no way back but a backup, so take one before.
    """
    from dataclasses import asdict

    from quarterday.services.record import upgrade_record

    done = upgrade_record()
    if as_json:
        print_json(asdict(done) | {"before": done.before or None})
    else:
        click.echo(_brought("The record is", done.before, done.after))
        for one in done.plugins:
            if not one.failed:
                click.echo(_brought(f"The tables of the plugin “{one.plugin}” are", one.before, one.after))
    for one in done.plugins:
        if one.failed:
            click.echo(one.failed, err=True)
    if any(one.failed for one in done.plugins):
        click.get_current_context().exit(FAILED)


@db.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def backup(folder: Path, as_json: bool) -> None:
    """Copy one moment of the record, and the evidence it refers to, into the new folder FOLDER, while others work.

    Evidence files that are missing or damaged are named, and the exit code is then 3: the backup holds all the rest.
    Keep the key in secret_key elsewhere; it isn't in the backup.
    """
    from quarterday.cli.progress import progress
    from quarterday.services.installation.backups import back_up
    from quarterday.services.record import open_record
    from quarterday.services.returns.evidencing import evidence_store

    with progress("Copying") as told:
        copied = back_up(open_record(), evidence_store(), folder.absolute(), told)
    _show(copied, f"The backup is in {folder}", as_json)


@db.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def restore(folder: Path, as_json: bool) -> None:
    """Restore the backup in FOLDER into the database and the evidence store that the settings name, both empty.

    Evidence files that are missing or damaged are named, and the exit code is then 3: all the rest is restored.
    """
    from quarterday.cli.progress import progress
    from quarterday.db.schema import REVISION
    from quarterday.services.installation.backups import restore as restore_backup
    from quarterday.services.record import record_engine
    from quarterday.services.returns.evidencing import evidence_store

    engine = record_engine()
    try:
        with progress("Restoring") as told:
            copied = restore_backup(engine, evidence_store(), folder.absolute(), told)
    finally:
        engine.dispose()
    _show(copied, f"The backup of {copied.backup.taken_at} is restored", as_json)
    if copied.backup.revision != REVISION and not as_json:
        click.echo("Its tables are older than this Quarterday's; run “quarterday db upgrade” now.")


def _brought(what: str, before: str, after: str) -> str:
    """What an upgrade did, in a sentence."""
    if not before:
        return f"{what} laid down (revision {after})."
    if before == after:
        return f"{what} up to date (revision {after})."
    return f"{what} brought up to date (revision {before} to {after})."


def _show(copied: Copied, done: str, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        print_json(asdict(copied.backup) | {"lost": list(copied.lost)})
    else:
        files = "1 evidence file" if copied.backup.files == 1 else f"{copied.backup.files} evidence files"
        click.echo(f"{done}: the record (revision {copied.backup.revision}) and {files}.")
        if copied.backup.plugin_files:
            click.echo(f"Files of plugins: {copied.backup.plugin_files:,}.")
        for sentence in copied.lost:
            click.echo(sentence, err=True)
    if copied.lost:
        click.get_current_context().exit(LOST)
