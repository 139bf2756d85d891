"""Taking a spend file in from the command line: with a bar on a terminal, and what came of it in words."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from quarterday_erp_import.analysis.amounts import pounds
from quarterday_erp_import.cli import batches
from quarterday_erp_import.ledger.importing import Imported, import_file
from quarterday_erp_import.reading import Account, Chunk, Once, Otherwise, Settled


class Counting:
    """A file that is read in one pass, each chunk counted as it comes, and on a terminal shown by a bar."""

    def __init__(self, file: Path, mapping: Settled) -> None:
        """Understand its opening; raises as :class:`reading.Once`."""
        self._once = Once(file, mapping=mapping)
        self.account = Account(self._once.profile)

    @property
    def understood(self) -> Mapping[str, Any]:
        """How it was understood."""
        return self._once.understood

    @property
    def chunks(self) -> Iterator[Chunk]:
        """Its chunks; raises as :attr:`reading.Once.chunks`, and counts anew when asked once more."""
        self.account = Account(self._once.profile)
        seen = click.progressbar(length=self._once.records, label="Reading", file=sys.stderr)
        with seen if sys.stderr.isatty() else nullcontext() as bar:
            for chunk in self._once.chunks:
                self.account.add(chunk)
                if bar is not None:
                    bar.update(chunk.rows)
                yield chunk
        self.account.profile = self._once.profile

    def through(self) -> Account:
        """Read all of it and keep nothing; the account of it."""
        try:
            deque(self.chunks, maxlen=0)
        except Otherwise:
            deque(self.chunks, maxlen=0)
        return self.account


@dataclass
class Taking:
    """A file that is taken in, and the account of what is read of it; none where it is known and not read."""

    file: Path
    mapping: Settled
    _counting: Counting | None = None

    @property
    def account(self) -> Account | None:
        """What was counted."""
        return self._counting.account if self._counting else None

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

    def _read(self, path: Path) -> Counting:
        self._counting = Counting(path, self.mapping)
        return self._counting


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
