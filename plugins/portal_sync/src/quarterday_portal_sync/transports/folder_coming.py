"""The portal's files, read in their order: what is new in them, or all that the newest of them hold."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quarterday import BadRecord, RecordKind, Refused, Sentence, said
from quarterday.services.places.place import MOST_KEY, Entry, Place, is_wanted, shown
from quarterday_portal_sync.mapping.layouts import Format, Holds, TableLayout
from quarterday_portal_sync.transports.folder_evidence import EvidenceFiles
from quarterday_portal_sync.transports.folder_files import FileRow, NotFetched, fetched, records_of
from quarterday_portal_sync.transports.folder_places import theirs
from quarterday_portal_sync.transports.folder_progress import Progress, Spot
from quarterday_portal_sync.transports.port import Told

if TYPE_CHECKING:
    from quarterday_portal_sync.mapping.file import PortalMapping
    from quarterday_portal_sync.transports.folder_settings import FolderPart

_NUMBERS = re.compile(r"(\d+)")


class Coming:
    """What comes in an exchange folder. Nothing in it is changed or moved."""

    def __init__(self, settings: FolderPart, mapping: PortalMapping) -> None:
        self._settings = settings
        self._mapping = mapping
        tables = {kind: mapping.table(kind) for kind in mapping.kinds}
        self._tables = {kind: table for kind, table in tables.items() if table and table.incoming}
        self._evidence = EvidenceFiles(mapping)

    def changed(self, since: str) -> Iterator[Told | BadRecord]:
        """What is in the files that were not read yet."""
        with theirs(self._settings) as place:
            there = self._whole_files(place)
            progress = Progress(self._tables_in(there), since, self._order)
            for entry in progress.waiting:
                if self._is_overtaken(entry, progress):
                    progress.finish(entry)
                else:
                    yield from self._waiting(place, entry, there, progress)

    def listed(self) -> Iterator[Told | BadRecord]:
        """All that is in the newest file of each kind, each record once."""
        with theirs(self._settings) as place:
            there = self._whole_files(place)
            entries = sorted(self._tables_in(there), key=self._order)
            newest: dict[Entry, list[RecordKind]] = {}
            lacking: dict[str, Sentence] = {}
            for kind, table in self._tables.items():
                found = [one for one in entries if kind in self._kinds(one)]
                if table.holds is Holds.CHANGES:
                    lacking[table.incoming] = said("Its files hold changes only; none says all there is.")
                elif not found:
                    lacking[table.incoming] = said("There is no such file; ask the portal for an export.")
                else:
                    newest.setdefault(found[-1], []).append(kind)
            yield from (BadRecord(pattern, why) for pattern, why in lacking.items())
            for entry, kinds in newest.items():
                yield from self._whole(place, entry, there, kinds)

    def _waiting(
        self, place: Place, entry: Entry, there: Sequence[Entry], progress: Progress
    ) -> Iterator[Told | BadRecord]:
        """The records of a file that waits, each with the cursor after it; after the last one the file is read."""
        begun = progress.begun(entry)
        before: Told | BadRecord | None = None
        at = begun
        try:
            with fetched(place, entry) as path:
                for spot, one in self._records(path, entry, self._kinds(entry)):
                    if spot <= begun:
                        continue
                    if before:
                        yield replace(before, cursor=progress.at(entry, at))
                    before, at = self._with_file(one, _where(entry, spot[1]), place, there), spot
        except NotFetched as why:
            yield BadRecord(shown(entry.path)[:MOST_KEY], str(why))
            return
        except Refused as why:
            before = BadRecord(shown(entry.path)[:MOST_KEY], str(why))
        end = progress.finish(entry)
        if before:
            yield replace(before, cursor=end)

    def _whole(
        self, place: Place, entry: Entry, there: Sequence[Entry], kinds: Sequence[RecordKind]
    ) -> Iterator[Told | BadRecord]:
        seen: set[bytes] = set()
        try:
            with fetched(place, entry) as path:
                for (_, line, _), one in self._records(path, entry, kinds):
                    if isinstance(one, Told):
                        name = f"{one.kind} {self._named(one.kind, one)}"
                        digest = sha256(name.encode()).digest()[:12]
                        if digest in seen:
                            yield BadRecord(_where(entry, line), said("It stands further up already."))
                            continue
                        seen.add(digest)
                    yield self._with_file(one, _where(entry, line), place, there)
        except Refused as why:
            yield BadRecord(shown(entry.path)[:MOST_KEY], str(why))

    def _records(
        self, path: Path, entry: Entry, kinds: Sequence[RecordKind]
    ) -> Iterator[tuple[Spot, Told | BadRecord]]:
        """The records of a file with their spots, table by table; what is wrong with a table stops that one alone."""
        tables: dict[TableLayout, list[RecordKind]] = {}
        for kind in kinds:
            tables.setdefault(_as_read(self._tables[kind]), []).append(kind)
        for number, (layout, held) in enumerate(tables.items(), 1):
            line = 0
            try:
                for row in records_of(path, layout, self._needed(layout, held)):
                    line = row.line
                    for nth, one in enumerate(self._of_row(entry, row, held), 1):
                        yield (number, line, nth), one
            except Refused as why:
                yield (number, line + 1, 0), BadRecord(shown(entry.path)[:MOST_KEY], str(why))

    def _of_row(self, entry: Entry, row: FileRow, kinds: Sequence[RecordKind]) -> Iterator[Told | BadRecord]:
        """What one row holds: a record of each kind that it is of."""
        where = _where(entry, row.line)
        if row.why:
            yield BadRecord(where, row.why)
            return
        whole = sha256(entry.key.encode(errors="surrogatepass")).hexdigest()[:32]
        for kind in kinds:
            if not self._mapping.is_of(kind, row.raw):
                continue
            told = Told(kind, row.raw, f"{whole}/{row.line}/{kind}", "")
            if self._named(kind, told):
                yield told
            else:
                yield BadRecord(where, said("It says neither what the portal calls the record nor what we call it."))

    def _with_file(self, one: Told | BadRecord, where: str, place: Place, there: Sequence[Entry]) -> Told | BadRecord:
        """A record with the file that its row names."""
        if isinstance(one, BadRecord):
            return one
        try:
            return replace(one, raw=self._evidence.together(one.kind, one.raw, place, there))
        except Refused as why:
            return BadRecord(where, str(why))

    def _named(self, kind: RecordKind, told: Told) -> str:
        return self._mapping.external_id_of(kind, told.raw) or self._mapping.key_of(kind, told.raw)

    def _needed(self, layout: TableLayout, kinds: Sequence[RecordKind]) -> list[str]:
        """The headers that a table must have: all that the mapping reads."""
        if layout.format is Format.JSON:
            return []
        mapped = [self._mapping.of[kind] for kind in kinds]
        return list(dict.fromkeys(path.text for one in mapped for path in one.paths if path not in one.constants))

    def _is_overtaken(self, entry: Entry, progress: Progress) -> bool:
        """Whether a newer file was read that holds everything which this one holds."""
        kinds = self._kinds(entry)
        return all(self._tables[kind].holds is Holds.ALL for kind in kinds) and progress.is_overtaken(
            entry, lambda one: self._kinds(one) == kinds
        )

    def _whole_files(self, place: Place) -> list[Entry]:
        """The portal's files that are whole."""
        whole_by = time.time() - self._settings.exchange_quiet
        there = (one for one in place.entries(deep=False) if is_wanted(one.path))
        return [one for one in there if place.is_whole_at_once or one.changed <= whole_by]

    def _tables_in(self, there: Sequence[Entry]) -> list[Entry]:
        return [one for one in there if self._kinds(one)]

    def _kinds(self, entry: Entry) -> list[RecordKind]:
        """The kinds that a file holds, by its name."""
        name = entry.path.casefold()
        return [kind for kind, table in self._tables.items() if fnmatchcase(name, table.incoming.casefold())]

    def _order(self, entry: Entry) -> tuple[Any, ...]:
        if self._settings.exchange_order == "time":
            return entry.changed, entry.path
        # A text and a number stand by turns, so that 10 comes after 9.
        return tuple(int(part) if at % 2 else part for at, part in enumerate(_NUMBERS.split(entry.path)))


def _as_read(layout: TableLayout) -> TableLayout:
    """What of a layout matters to who reads: kinds with the same stand in one table."""
    return replace(
        layout, incoming="", outgoing="", holds=Holds.ALL, columns=() if layout.header_row else layout.columns
    )


def _where(entry: Entry, line: int) -> str:
    """A row of a file, as a person finds it; no longer than a key may be."""
    row = f", row {line}"
    return f"{shown(entry.path)[: MOST_KEY - len(row)]}{row}"
