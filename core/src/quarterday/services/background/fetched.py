"""Files that sources fetch: each that is new comes to the disk, is taken in by the ledger, and is known then."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from quarterday.db.models import SourceItem, SourceReject
from quarterday.db.work import Actor, UnitOfWork
from quarterday.errors import BadRecord, NotConfigured, Refused, Retryable
from quarterday.ports import Item
from quarterday.registry import installed
from quarterday.services.plugins.children import Children, PluginFault, TakingIn
from quarterday.services.plugins.configured import values_of
from quarterday.services.plugins.ledgers import ledger_of
from quarterday.services.plugins.opened import Opened
from quarterday.services.record import installation_settings

MOST_BYTES = 1 << 30
"""How large a file may be, in bytes."""

MOST_SECONDS = 1800.0
"""How long a file may take to come, in seconds."""

AGAIN = timedelta(days=1)
"""How long a file that can't be used is passed over, before it is tried again."""

FOLDER = "coming"
"""The folder in the data folder in which files lie while they come; what a stop leaves there is removed a day later."""

_READER = Actor.operator("worker")


@dataclass(frozen=True, slots=True)
class Fetching:
    """Fetching the new files of a source for an authority."""

    uow: UnitOfWork
    children: Children
    source: str
    authority_id: int

    @classmethod
    def of(cls, uow: UnitOfWork, children: Children, source: str, authority_id: int | None) -> Fetching:
        """Raises :class:`NotConfigured` for the installation: its files would be nobody's."""
        if authority_id is None:
            raise NotConfigured("plugins", "Set this source for the authority whose files it has.")
        return cls(uow, children, source, authority_id)

    def of_batch(self, opened: Opened, batch: list[Item | BadRecord]) -> Iterator[list[Item | BadRecord]]:
        """Each record of a batch that is new, once its file is taken in; what can't be used as a bad record.

        A file that was taken is passed over, and for a day one that couldn't be used. Raises what fetching raises;
        where a file broke the source, it comes as a bad record first, so that the next reading goes on after it.
        """
        over = self._passed_over([one.key for one in batch])
        for one in batch:
            if one.key in over:
                continue
            if isinstance(one, BadRecord):
                yield [one]
                continue
            try:
                self._take_in(opened, one)
            except Refused as refused:
                yield [BadRecord(one.key, str(refused), one.cursor)]
            except PluginFault as fault:
                yield [BadRecord(one.key, str(fault), one.cursor)]
                raise
            else:
                yield [one]

    def _take_in(self, opened: Opened, item: Item) -> None:
        ledger = ledger_of(installed())
        with self.uow.read(_READER) as work:
            values = values_of(work, self.authority_id, ledger.plugin)
        with _place() as file:
            opened.fetch(item, file, most_bytes=MOST_BYTES, most_seconds=MOST_SECONDS)
            try:
                self.children.take_in(TakingIn(values, self.authority_id, self.source, item, file))
            except PluginFault as fault:  # it is the ledger's, so the source goes on
                raise Refused(str(fault)) from fault

    def _passed_over(self, keys: Collection[str]) -> set[str]:
        with self.uow.read(_READER) as work:
            found: set[str] = set()
            for table, since in ((SourceItem, None), (SourceReject, work.now - AGAIN)):
                mine = (table.c.source == self.source, table.c.authority_id == self.authority_id)
                lately = () if since is None else (table.c.recorded_at > since,)
                rows = work.all(select(table.c.key).where(*mine, *lately, table.c.key.in_(keys)))
                found |= {row.key for row in rows}
            return found


@contextmanager
def _place() -> Iterator[Path]:
    """A file of its own for what comes; it is gone afterwards."""
    folder = installation_settings().data_dir / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            with suppress(FileNotFoundError):
                if old.stat().st_mtime < time.time() - AGAIN.total_seconds():
                    old.unlink()
        number, name = tempfile.mkstemp(dir=folder)
        os.close(number)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Retryable("What comes in can't be written ({why}); make room on the disk.", why=why) from error
    path = Path(name)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
