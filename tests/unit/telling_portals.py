"""Portals that fail one check each of the kit: by what they say of themselves, and by what they tell and list."""

from __future__ import annotations

import itertools
import socket
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from typing import IO, ClassVar

from pydantic import ConfigDict
from staging import Settings, Staging

from quarterday import (
    BadRecord,
    DocumentKind,
    Item,
    PluginSettings,
    PortalTerms,
)


def _call() -> None:
    """Call somebody, wherever that leads."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.connect(("127.0.0.1", 9))


class HasASinkOfAnotherName(Staging):
    class Out(Staging):
        id = "staging-out"

    out = Out


class TakesReportsOnly(Staging):
    accepts = frozenset({DocumentKind.REPORT})


class HasASinkThatTakesAnySetting(Staging):
    class Out(Staging):
        class Anything(Settings):
            model_config = ConfigDict(extra="ignore")

        @classmethod
        def settings_class(cls) -> type[PluginSettings]:
            return cls.Anything

    out = Out


class HasASinkThatLooksWhenMade(Staging):
    class Out(Staging):
        def __init__(self, settings: Settings) -> None:
            super().__init__(settings)
            _call()

    out = Out


class AsksForItsTerms(Staging):
    def terms(self) -> PortalTerms:
        _call()
        return super().terms()


class HasOtherTermsEachTime(Staging):
    numbers = itertools.count()

    def terms(self) -> PortalTerms:
        return replace(super().terms(), mapping=str(next(self.numbers)))


class AgreedOnNothing(Staging):
    def terms(self) -> PortalTerms:
        return replace(super().terms(), agreements={})


class SendsNoneAtOnce(Staging):
    def terms(self) -> PortalTerms:
        return replace(super().terms(), batch=0)


class ListsUnderNewKeys(Staging):
    numbers = itertools.count()

    def theirs(self) -> Iterator[Item | BadRecord]:
        number = next(self.numbers)
        return (replace(one, key=f"{one.key} of {number}") for one in super().theirs())


class ListsTheFirstTwice(Staging):
    def theirs(self) -> Iterator[Item | BadRecord]:
        for number, one in enumerate(super().theirs()):
            yield one
            if number == 0:
                yield replace(one, key="the first again")


class _SaysOtherwise(Staging):
    """Says something else of every record."""

    said: ClassVar[dict[str, object]] = {}

    def item(self, row: sqlite3.Row) -> Item:
        found = super().item(row)
        return replace(found, payload={**found.payload, **self.said})


class SaysOneThingMore(_SaysOtherwise):
    said: ClassVar[dict[str, object]] = {"desk": "4"}


class CountsItsDesks(_SaysOtherwise):
    said: ClassVar[dict[str, object]] = {"unknown": {"desk": 4}}


class CallsItsRecordsClaims(_SaysOtherwise):
    said: ClassVar[dict[str, object]] = {"record": "claim"}


class PutsItsOwnAmongOurs(Staging):
    def item(self, row: sqlite3.Row) -> Item:
        found = super().item(row)
        return replace(found, payload={**found.payload, "fields": {**found.payload["fields"], "kpi": "JOB-LOC"}})


class _WritesItsOwnOtherwise(Staging):
    """Writes a field otherwise in what was made there."""

    written: ClassVar[dict[str, str]] = {}

    def item(self, row: sqlite3.Row) -> Item:
        found = super().item(row)
        fields = found.payload["fields"] if row["key"] else {**found.payload["fields"], **self.written}
        return replace(found, payload={**found.payload, "fields": fields})


class WritesThousands(_WritesItsOwnOtherwise):
    written: ClassVar[dict[str, str]] = {"quantity": "1,250.00"}


class WritesExponents(_WritesItsOwnOtherwise):
    written: ClassVar[dict[str, str]] = {"quantity": "1.25e3"}


class WritesDaysAsPeopleDo(_WritesItsOwnOtherwise):
    written: ClassVar[dict[str, str]] = {"first": "01/04/2026"}


class ListsWithoutAnOffset(Staging):
    """What was changed there is told as it should be; what we sent is listed without an offset."""

    def item(self, row: sqlite3.Row) -> Item:
        found = super().item(row)
        at = "2026-11-22T09:30:00" if row["by_us"] else found.payload["changed_at"]
        return replace(found, payload={**found.payload, "changed_at": at})


class TellsNoWords(Staging):
    def items(self, since: str) -> Iterator[Item | BadRecord]:
        for one in super().items(since):
            yield replace(one, payload={**one.payload, "words": ""}) if isinstance(one, Item) else one


class KeepsChangesOfOursToItself(Staging):
    def items(self, since: str) -> Iterator[Item | BadRecord]:
        return (one for one in super().items(since) if isinstance(one, Item) and not one.payload["key"])


class LeavesItsListOpen(Staging):
    held: ClassVar[list[IO[str]]] = []

    def theirs(self) -> Iterator[Item | BadRecord]:
        rows, mine = super().theirs(), None
        for one in rows:
            if mine is None:
                mine = self._database.open()
                self.held.append(mine)
            yield one
        if mine is not None:
            mine.close()


class HoldsTheList(Staging):
    def theirs(self) -> Iterator[Item | BadRecord]:
        yield from list(super().theirs())


class StumblesOverThePlace(Staging):
    def theirs(self) -> Iterator[Item | BadRecord]:
        self._database.stat()
        return super().theirs()


class ListsNothingWhereItIsAway(Staging):
    def theirs(self) -> Iterator[Item | BadRecord]:
        return super().theirs() if self._database.exists() else iter(())


class CallsForItsList(Staging):
    def theirs(self) -> Iterator[Item | BadRecord]:
        _call()
        return super().theirs()
