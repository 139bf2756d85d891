"""Importing a spend file: have its lines on the disk, then let them be seen, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from quarterday import Trouble
from quarterday.services import scope
from quarterday.services.access.permissions import Permission
from quarterday.services.record import Actor, UnitOfWork
from quarterday_erp_import import reading
from quarterday_erp_import.feeds.rules import REPLACE, rule_of
from quarterday_erp_import.ledger import batches
from quarterday_erp_import.ledger.batches import Account, BatchRow, Unread
from quarterday_erp_import.ledger.files import LineFiles, SourceFile
from quarterday_erp_import.ledger.overlaps import Overlap, overlaps
from quarterday_erp_import.ledger.writing import Writing
from quarterday_erp_import.reading import Settled
from quarterday_erp_import.reading.footers import Footer, Total

if TYPE_CHECKING:
    from quarterday.db.work import Work


class Chunk(Protocol):
    """Some records of a file, in its order, and what became of them."""

    @property
    def lines(self) -> pa.RecordBatch:
        """The accepted ones."""

    @property
    def quarantined(self) -> Sequence[Unread]:
        """Those that couldn't be understood."""

    @property
    def skipped(self) -> int:
        """How many are blank or no payments, like a footer."""

    @property
    def totals(self) -> Sequence[Total]:
        """Those that add others up."""


class Understood(Protocol):
    """A file that is about to be read."""

    @property
    def understood(self) -> Mapping[str, Any]:
        """How it was understood; asked for when all of it was read."""

    @property
    def chunks(self) -> Iterable[Chunk]:
        """Its records; at their end :class:`reading.Otherwise` says that they are to be asked for once more."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The same where it was understood before."""

    understood: Mapping[str, Any]
    chunks: Iterable[Chunk]


def as_understood(path: Path, *, mapping: Settled | None = None) -> Understood:
    """A file as it is understood, where ``mapping`` leaves it open.

    Raises :class:`Refused` with a sentence when it isn't a spend file.
    """
    return reading.Once(path, mapping=mapping)


class Hold(StrEnum):
    """Which batches wait for a person before they count."""

    NEVER = "never"
    WHERE_SHARED = "where shared"
    """Those that look like one that counts already, where the feed's rule doesn't say what then."""
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Imported:
    """What importing a file came to."""

    batch: BatchRow
    is_new: bool
    """False where the file was imported before, and nothing was done."""
    overlaps: tuple[Overlap, ...] = ()
    """The batches that counted before and say some of it already."""
    footer: int | None = None
    """What the file itself says that its payments add up to, in micropounds; None where it doesn't."""


def import_file(
    uow: UnitOfWork,
    actor: Actor,
    *,
    files: LineFiles,
    path: Path,
    authority_id: int,
    feed: str,
    name: str = "",
    read: Callable[[Path], Understood] = as_understood,
    again: bool = False,
    hold: Hold = Hold.NEVER,
) -> Imported:
    """Import a spend file of an authority's feed, as ``read`` reads it: as it is understood where nothing is settled.

    ``name`` is what it is called, where it lies under another name.

    A file that is known is said to be, and nothing else is done, unless it is to be read ``again``: that takes the
    place of the reading before. A file of months that are there already takes the place of theirs where the feed's
    rule says so; otherwise both count until a person decides, unless the new one is to ``hold`` back.
    Raises :class:`Refused` for what is no spend file, :class:`Retryable` for one that is still being written, and
    :class:`Trouble` where the disk is full; nothing is kept then.
    """
    with ThreadPoolExecutor(1) as thread:
        since = path.stat() if path.is_file() else None
        beside = thread.submit(SourceFile.of, path, name=name, since=since)
        with uow.read(actor) as work:
            scope.needs(work, Permission.SET_VALUES)
            scope.authority(work, authority_id)
            may_be_known = batches.may_be_known(work, authority_id, path)
        found = None if may_be_known else read(path)  # begun while the digest is taken
        source = beside.result()
    with uow.read(actor) as work:
        known = batches.batch_of_file(work, authority_id, source.sha256)
        others = _others(work, authority_id, feed, source)
    if known and not again:
        return Imported(known, is_new=False)
    found = found or read(path)
    with _taken(found, files, source) as (written, account):
        source.require_unchanged()
        shared = overlaps(files, written, others)
        with uow.begin(actor) as work:
            work.take_turns(batches.TURNS)
            now = {one.id: one for one in _others(work, authority_id, feed, source)}
            came = [one for one in now.values() if one.id not in {other.id for other in others}]
            shared = [replace(one, batch=now[one.batch.id]) for one in shared if one.batch.id in now]
            shared += overlaps(files, written, came)
            counting = tuple(one for one in shared if one.batch.counts)
            replaces = rule_of(work, authority_id, feed).on_same_period == REPLACE
            is_doubtful = not replaces and any(one.same_months or one.looks_republished for one in counting)
            waits = hold is Hold.ALWAYS or (hold is Hold.WHERE_SHARED and is_doubtful)
            batch_id = batches.put_batch(
                work,
                files=files,
                authority_id=authority_id,
                feed=feed,
                source=source,
                written=written,
                account=account,
                reading=known.reading + 1 if known else 1,
                waits=waits,
                shares=[_share(one) for one in shared],
            )
            batch = batches.batch_of_file(work, authority_id, source.sha256)
            if batch is None:
                raise Trouble("The batch that was just added isn't there.")
            if batch_id is not None and replaces and not waits:
                _replace(work, batch, counting)
    return Imported(batch, True, counting, account.footer) if batch_id else Imported(batch, is_new=False)


def _others(work: Work, authority_id: int, feed: str, source: SourceFile) -> list[BatchRow]:
    """The feed's batches of other files that count, or would if somebody accepted them."""
    return [
        one
        for one in batches.of_authority(work, authority_id)
        if one.feed == feed and one.superseded_by is None and one.sha256 != source.sha256
    ]


@contextmanager
def _taken(found: Understood, files: LineFiles, source: SourceFile) -> Iterator[tuple[Writing, Account]]:
    """All lines of a file, on the disk, and what became of its other records."""
    with files.writing(source.sha256) as written:
        try:
            account = _take(found, written)
        except reading.Otherwise:
            account = None
        if account:
            yield written, account
            return
    with files.writing(source.sha256) as written:
        yield written, _take(found, written)


def _take(found: Understood, written: Writing) -> Account:
    """Have all lines written and on the disk; returns what became of the other records."""
    quarantined: list[Unread] = []
    skipped, footer = 0, Footer()
    for chunk in found.chunks:
        written.write(chunk.lines)
        quarantined += chunk.quarantined
        skipped += chunk.skipped
        footer.add(chunk)
    written.finish()
    return Account(skipped, quarantined, found.understood, footer.amount)


def _replace(work: Work, batch: BatchRow, shared: Sequence[Overlap]) -> None:
    """Have a new batch take the place of those of its months."""
    for one in shared:
        if one.same_months and batches.batch(work, one.batch.id).superseded_by is None:
            batches.put_supersession(work, old=one.batch, by=batch)


def _share(one: Overlap) -> dict[str, Any]:
    return {"batch": one.batch.id, "equal": one.equal, "same_months": one.same_months}
