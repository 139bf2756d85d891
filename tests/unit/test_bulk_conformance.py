"""For every check of the kit for sources of whole files a source that fails exactly that one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, ClassVar

import pytest
from failing import checks_of, failed_by

from quarterday import BadRecord, Item, PluginSettings, Refused, Retryable
from quarterday.testing import BulkConformance, BulkTrial


class Settings(PluginSettings):
    """Where the files are."""

    folder: Path
    """The folder."""


class Share:
    """The files of a folder: the sound one."""

    id = "share"
    title = "A folder that is shared"

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.folder

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        return Settings

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        if not self._folder.is_dir():
            raise Retryable("There is no such folder.")
        yield from (self.item(self._folder / name) for name in sorted(os.listdir(self._folder)))

    def item(self, path: Path) -> Item:
        return Item(f"{path.name}/{path.stat().st_size}", "spend-file", {"name": path.name, "feed": "cards"}, "")

    def content(self, item: Item) -> Iterator[bytes]:
        try:
            with (self._folder / item.payload["name"]).open("rb") as file:
                size = 4
                while piece := file.read(size):
                    yield self.piece(piece)
                    size = min(2 * size, 4 << 20)
        except FileNotFoundError as error:
            raise Refused("It isn't there any more.") from error

    def piece(self, piece: bytes) -> bytes:
        return piece


class SaysNoFeed(Share):
    def item(self, path: Path) -> Item:
        return Item(super().item(path).key, "spend-file", {"name": path.name}, "")


class SaysAll(Share):
    def item(self, path: Path) -> Item:
        said = {"name": path.name, "feed": "cards", "text": "x" * 10_000}
        return Item(super().item(path).key, "spend-file", said, "")


class GivesText(Share):
    def piece(self, piece: bytes) -> bytes:
        return bytearray(piece)  # type: ignore[return-value]


class GivesAllAtOnce(Share):
    def content(self, item: Item) -> Iterator[bytes]:
        for piece in super().content(item):
            yield bytes((8 << 20) + 1) if item.payload["name"] == "june" and piece == b"what" else piece


class GivesLessTheSecondTime(Share):
    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._fetched: set[str] = set()

    def content(self, item: Item) -> Iterator[bytes]:
        for piece in super().content(item):
            yield piece[1:] if item.key in self._fetched else piece
        self._fetched.add(item.key)


class GivesTheFirst(Share):
    def content(self, item: Item) -> Iterator[bytes]:
        if (self._folder / item.payload["name"]).exists():
            item = self.item(min(self._folder.iterdir()))
        yield from super().content(item)


class KnowsNamesOnly(Share):
    def item(self, path: Path) -> Item:
        return Item(path.name, "spend-file", {"name": path.name, "feed": "cards"}, "")


class CountsAllBytes(Share):
    """The key of each file changes with any of them."""

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        every = sum(one.stat().st_size for one in self._folder.iterdir()) if self._folder.is_dir() else 0
        for one in super().items(since):
            yield replace(one, key=f"{one.key}/{every}")


class HoldsTheWholeFile(Share):
    def content(self, item: Item) -> Iterator[bytes]:
        yield from list(super().content(item))


class KeepsACopy(Share):
    def content(self, item: Item) -> Iterator[bytes]:
        pieces = super().content(item)
        for piece in pieces:
            (self._folder.parent / "copy").write_bytes(piece)
            yield piece


class LeavesItsFileOpen(Share):
    held: ClassVar[list[IO[bytes]]] = []

    def content(self, item: Item) -> Iterator[bytes]:
        mine = None
        for piece in super().content(item):
            if mine is None:
                mine = (self._folder / item.payload["name"]).open("rb")
                self.held.append(mine)
            yield piece
        if mine is not None:
            mine.close()


class StumblesOverWhatIsGone(Share):
    def content(self, item: Item) -> Iterator[bytes]:
        (self._folder / item.payload["name"]).stat()
        yield from super().content(item)


class GivesNothingOfWhatIsGone(Share):
    def content(self, item: Item) -> Iterator[bytes]:
        if (self._folder / item.payload["name"]).exists():
            yield from super().content(item)


HOSTILE: dict[str, list[type[Share]]] = {
    "test_an_item_says_what_its_file_is": [SaysNoFeed, SaysAll],
    "test_a_file_comes_in_pieces_of_bytes": [GivesText, GivesAllAtOnce],
    "test_a_file_is_the_same_whenever_it_is_fetched": [GivesLessTheSecondTime, GivesTheFirst],
    "test_a_changed_file_has_another_key": [KnowsNamesOnly, CountsAllBytes],
    "test_fetching_writes_nothing": [KeepsACopy],
    "test_stopping_in_the_middle_of_a_file_lets_go_of_everything": [LeavesItsFileOpen],
    "test_memory_does_not_grow_with_the_file": [HoldsTheWholeFile],
    "test_a_file_that_is_gone": [StumblesOverWhatIsGone, GivesNothingOfWhatIsGone],
}


def trial_of(source: type[Share], parent: Path) -> BulkTrial:
    folder = parent / "share"
    folder.mkdir(parents=True)
    for name in ("april", "may", "june"):
        (folder / name).write_text(f"what was paid in {name}")

    def add(number: int) -> None:
        begin = len(os.listdir(folder))
        for one in range(begin, begin + number):
            (folder / f"more-{one}").write_text("and more")

    def lose() -> None:
        for path in folder.iterdir():
            path.unlink()

    def change(size: int) -> None:
        (folder / "may").write_bytes(bytes(size))

    away = {"folder": parent / "gone"}
    return BulkTrial(source, {"folder": folder}, away=away, add=add, lose=lose, change=change)


def failures(source: type[Share], room: Path) -> set[str]:
    failed = failed_by(BulkConformance(), lambda place: trial_of(source, place), room)
    for file in LeavesItsFileOpen.held:
        file.close()
    return failed


@pytest.mark.parametrize(
    ("check", "source"), [(check, source) for check, sources in HOSTILE.items() for source in sources]
)
def test_it_fails_exactly_this_check(check: str, source: type[Share], tmp_path: Path) -> None:
    assert failures(source, tmp_path) == {check}


def test_every_check_has_somebody_who_fails_it() -> None:
    assert sorted(HOSTILE) == checks_of(BulkConformance, own=True)


def test_a_sound_source_fails_nothing(tmp_path: Path) -> None:
    assert failures(Share, tmp_path) == set()
