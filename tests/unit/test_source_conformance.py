"""For every check of the kit a source that fails exactly that one, so that no check is only decoration."""

from __future__ import annotations

import itertools
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, ClassVar

import pytest
from failing import checks_of, failed_by
from pydantic import ConfigDict, field_validator, model_validator

from quarterday import BadRecord, Item, NotConfigured, PluginSettings, Retryable
from quarterday.testing import SourceConformance, SourceTrial


class Settings(PluginSettings):
    """Where the lines are."""

    file: Path
    """The file."""

    @field_validator("file")
    @classmethod
    def _is_lines(cls, file: Path) -> Path:
        if file.suffix != ".jsonl":
            raise ValueError("name a file that ends in .jsonl.")
        return file


class Lines:
    """One record a line: the sound one."""

    id = "lines"
    title = "Lines of JSON"

    def __init__(self, settings: Settings) -> None:
        self._file = settings.file

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        return Settings

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        try:
            file = self._file.open()
        except OSError as error:
            raise NotConfigured("file", f"There is no {self._file}.") from error
        with file:
            for number, line in enumerate(file, start=1):
                if number > int(since or 0):
                    yield self.record(number, line)

    def record(self, number: int, line: str) -> Item | BadRecord:
        try:
            said = json.loads(line)
        except ValueError:
            return BadRecord(f"line {number}", "It is no JSON.", str(number))
        return Item(f"line {number}", "note", said, str(number))


def _call() -> None:
    """Call somebody, wherever that leads."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.connect(("127.0.0.1", 9))


class Shouts(Lines):
    id = "LINES"


class HasNoTitle(Lines):
    title = ""


class TakesAnySetting(Lines):
    class Anything(Settings):
        model_config = ConfigDict(extra="ignore")

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        return cls.Anything


class TakesAnyFile(Lines):
    class AnyFile(PluginSettings):
        file: Path

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        return cls.AnyFile


class TriesSettingsOut(Lines):
    class Tried(Settings):
        @model_validator(mode="before")
        @classmethod
        def _try(cls, values: dict[str, object]) -> dict[str, object]:
            if set(values) != {"file"}:
                _call()
            return values

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        return cls.Tried


class LooksWhenMade(Lines):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        _call()


class GivesWords(Lines):
    """Something like a record."""

    class Note(Item):
        pass

    def record(self, number: int, line: str) -> Item | BadRecord:
        found = super().record(number, line)
        return self.Note(found.key, "note", {}, found.cursor) if number == 1 else found


class GivesFloats(Lines):
    def record(self, number: int, line: str) -> Item | BadRecord:
        found = super().record(number, line)
        return replace(found, payload={"amounts": [{"£": 12.5}]}) if isinstance(found, Item) else found


class HasManyWordsForAKind(Lines):
    def record(self, number: int, line: str) -> Item | BadRecord:
        found = super().record(number, line)
        return replace(found, kind="A note") if isinstance(found, Item) else found


class SaysNoOffset(Lines):
    def record(self, number: int, line: str) -> Item | BadRecord:
        found = super().record(number, line)
        return replace(found, payload={"at": ["2026-10-25T01:30:00"]}) if isinstance(found, Item) else found


class SharesAKey(Lines):
    def record(self, number: int, line: str) -> Item | BadRecord:
        return replace(super().record(number, line), key=f"line {1 if number == 3 else number}")


class HasNoKey(Lines):
    def record(self, number: int, line: str) -> Item | BadRecord:
        return replace(super().record(number, line), key="" if number == 1 else f"line {number}")


class KeysAreDrawnAnew(Lines):
    """Each reading from the beginning has other keys; read on, they are those of the reading before."""

    readings = itertools.count()
    now: ClassVar[int] = 0

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        if not since:
            KeysAreDrawnAnew.now = next(self.readings)
        for one in super().items(since):
            yield replace(one, key=f"{one.key} of {self.now}")


class BeginsAgain(Lines):
    def items(self, since: str) -> Iterator[Item | BadRecord]:
        yield from super().items("")


class RepeatsTheLast(Lines):
    def items(self, since: str) -> Iterator[Item | BadRecord]:
        yield from super().items(str(int(since) - 1) if since else "")


class LeavesOneOut(Lines):
    def items(self, since: str) -> Iterator[Item | BadRecord]:
        yield from super().items(str(int(since) + 1) if since and int(since) < 4 else since)


class HasNoCursor(Lines):
    def record(self, number: int, line: str) -> Item | BadRecord:
        return replace(super().record(number, line), cursor="" if number == 1 else str(number))


class CallsAPlaceTwice(Lines):
    """The third line has the cursor of the first, and whoever begins there is given what comes after the third."""

    def record(self, number: int, line: str) -> Item | BadRecord:
        found = super().record(number, line)
        return replace(found, cursor="1") if number == 3 else found

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        yield from super().items("3" if since == "1" else since)


class CountsFromTheEnd(Lines):
    """Its cursors say how many records are left, and that changes."""

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        number = sum(1 for _ in super().items(""))
        for one in super().items(str(number - int(since)) if since else ""):
            yield replace(one, cursor=str(number - int(one.cursor)))


class ForgetsTheFirst(Lines):
    """Where there are more than four it begins with the second, as one that is asked for the newest few."""

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        is_long = sum(1 for _ in super().items("")) > 4
        yield from super().items(since or ("1" if is_long else ""))


class HoldsAll(Lines):
    def items(self, since: str) -> Iterator[Item | BadRecord]:
        yield from list(super().items(since))


class CallsSomebody(Lines):
    def items(self, since: str) -> Iterator[Item | BadRecord]:
        _call()
        yield from super().items(since)


class StumblesOverARefusal(Lines):
    refusal: ClassVar[type[Exception]] = ConnectionRefusedError

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        if self._file.name.startswith("refusing"):
            raise self.refusal("Connection refused")
        yield from super().items(since)


class BlamesTheSettings(StumblesOverARefusal):
    refusal = NotConfigured


class TriesAgainWhereNobodyListens(StumblesOverARefusal):
    """It calls somebody, and says who should act: a sound one."""

    refusal = Retryable

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        _call()
        yield from super().items(since)


class GoesOn(Lines):
    """A thread of its own reads ahead, and nobody ends it."""

    left: ClassVar[list[threading.Event]] = []

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        ended = threading.Event()
        self.left.append(ended)
        thread = threading.Thread(target=ended.wait)
        thread.start()
        yield from super().items(since)
        ended.set()
        thread.join()


class LeavesItsFileOpen(Lines):
    held: ClassVar[list[IO[str]]] = []

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        mine = None
        for one in super().items(since):
            if mine is None:
                mine = self._file.open()
                self.held.append(mine)
            yield one
        if mine is not None:
            mine.close()


class StumblesOverTheFile(Lines):
    def items(self, since: str) -> Iterator[Item | BadRecord]:
        self._file.stat()
        yield from super().items(since)


class FindsNothing(Lines):
    def items(self, since: str) -> Iterator[Item | BadRecord]:
        if self._file.exists():
            yield from super().items(since)


HOSTILE: dict[str, list[type[Lines]]] = {
    "test_it_says_what_it_is": [Shouts, HasNoTitle],
    "test_wrong_settings_are_refused_before_anything_is_opened": [TakesAnySetting, TakesAnyFile, TriesSettingsOut],
    "test_making_one_opens_nothing": [LooksWhenMade],
    "test_it_gives_records_as_plain_data": [GivesWords, GivesFloats, HasManyWordsForAKind],
    "test_its_moments_say_their_offset": [SaysNoOffset],
    "test_every_record_has_a_key_of_its_own": [SharesAKey, HasNoKey],
    "test_two_readings_are_the_same": [KeysAreDrawnAnew],
    "test_reading_goes_on_after_each_record": [BeginsAgain, RepeatsTheLast, LeavesOneOut],
    "test_no_cursor_goes_back": [CallsAPlaceTwice],
    "test_what_comes_later_comes_after": [CountsFromTheEnd, ForgetsTheFirst],
    "test_every_item_moves_the_cursor": [HasNoCursor],
    "test_stopping_early_lets_go_of_everything": [LeavesItsFileOpen, GoesOn],
    "test_memory_does_not_grow_with_the_records": [HoldsAll],
    "test_a_place_that_is_away": [StumblesOverTheFile, FindsNothing],
    "test_a_refused_connection_is_tried_again": [CallsSomebody, StumblesOverARefusal, BlamesTheSettings],
}


def trial_of(source: type[Lines], folder: Path) -> SourceTrial:
    file = folder / "notes.jsonl"
    lines = ['{"at": "2026-10-25T01:30:00+01:00", "amount": "12.50", "ok": true}', "{}", "nonsense", '{"n": [1, null]}']
    file.write_text("".join(f"{line}\n" for line in lines))

    def add(number: int) -> None:
        with file.open("a") as written:
            written.writelines(f'{{"text": "{"x" * 500}"}}\n' for _ in range(number))

    refusing = {"file": str(folder / "refusing.jsonl")} if issubclass(source, StumblesOverARefusal) else None
    away, wrong = {"file": str(folder / "gone.jsonl")}, ({"file": "notes.csv"},)
    return SourceTrial(source, {"file": str(file)}, away=away, wrong=wrong, refusing=refusing, add=add)


def failures(source: type[Lines], room: Path) -> set[str]:
    failed = failed_by(SourceConformance(), lambda place: trial_of(source, place), room)
    for file in LeavesItsFileOpen.held:
        file.close()
    for ended in GoesOn.left:
        ended.set()
    return failed


@pytest.mark.parametrize(
    ("check", "source"), [(check, source) for check, sources in HOSTILE.items() for source in sources]
)
def test_it_fails_exactly_this_check(check: str, source: type[Lines], tmp_path: Path) -> None:
    assert failures(source, tmp_path) == {check}


def test_every_check_has_somebody_who_fails_it() -> None:
    assert sorted(HOSTILE) == checks_of(SourceConformance)


@pytest.mark.parametrize("source", [Lines, TriesAgainWhereNobodyListens])
def test_a_sound_source_fails_nothing(source: type[Lines], tmp_path: Path) -> None:
    assert failures(source, tmp_path) == set()
