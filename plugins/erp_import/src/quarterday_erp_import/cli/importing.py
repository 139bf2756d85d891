"""Taking a spend file in from the command line: with a bar on a terminal, and what came of it in words."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from quarterday_erp_import import reading
from quarterday_erp_import.analysis.amounts import pounds
from quarterday_erp_import.cli import batches
from quarterday_erp_import.ledger.importing import Imported, Reading, import_file
from quarterday_erp_import.reading import Account, Chunk, Settled


@dataclass
class Taking:
    """A file that is taken in, and the account of what is read of it; none where it is known and not read."""

    file: Path
    mapping: Settled
    account: Account | None = None

    def into(self, key: str, *, feed: str, again: bool) -> Imported:
        """Import it for the authority of that short name; raises as :func:`import_file`."""
        uow, actor, files = batches.opened()
        return import_file(
            uow,
            actor,
            files=files,
            path=self.file,
            authority_id=batches.authority_id(uow, actor, key),
            feed=feed,
            read=self._read,
            again=again,
        )

    def _read(self, path: Path) -> Reading:
        self.account = Account(reading.profile(path, mapping=self.mapping))
        return Reading(self.account.profile.to_json(), counted(self.account, path))


def counted(account: Account, file: Path) -> Iterator[Chunk]:
    """The chunks of a file, each counted in its account as it comes, and on a terminal shown by a bar."""
    seen = click.progressbar(length=account.profile.rows, label="Reading", file=sys.stderr)
    with seen if sys.stderr.isatty() else nullcontext() as bar:
        for chunk in reading.read(file, account.profile):
            account.add(chunk)
            if bar is not None:
                bar.update(chunk.rows)
            yield chunk


def as_data(imported: Imported) -> dict[str, Any]:
    """What importing came to, as plain data."""
    return {
        "is_new": imported.is_new,
        "batch": batches.as_data(imported.batch),
        "overlaps": [
            {"batch": one.batch.id, "equal": one.equal, "of": one.batch.accepted, "same_months": one.same_months}
            for one in imported.overlaps
        ],
    }


def show(imported: Imported) -> None:
    """Say what importing came to."""
    batch = imported.batch
    if not imported.is_new:
        click.echo(f"The file is known: it is batch {batch.id}, taken in on {batch.recorded_at:%-d %B %Y}.")
        return
    click.echo(f"Kept as batch {batch.id}.")
    if imported.footer is not None:
        more = batch.amount - imported.footer
        agrees = "its payments agree" if not more else f"its payments come to {pounds(more)} more"
        click.echo(f"The file's own total is {pounds(imported.footer)}: {agrees}.")
    for one in imported.overlaps:
        old = one.batch
        alike = f"{one.equal} of its {old.accepted} payments are in this file too"
        click.echo(f"Batch {old.id}, {old.name}, is of the same time: {alike}.")
        click.echo(f"  If this one counts instead: quarterday spend supersede {old.id} --by {batch.id}")
