"""A plugin whose source has files, and whose ledger takes them in: each file does what its content says."""

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from quarterday import (
    BadRecord,
    Item,
    LedgerAnswer,
    LedgerQuestion,
    PluginSettings,
    Refused,
    Retryable,
    hookimpl,
)

API_VERSION = 0


class Settings(PluginSettings):
    """Where files are."""

    folder: str = ""
    """Those that there are."""

    kept: str = ""
    """Those that were taken in."""


class Folder:
    id = "files-source"
    title = "The files of a folder"

    def __init__(self, settings: Settings) -> None:
        self._folder = Path(settings.folder)

    @classmethod
    def settings_class(cls) -> type[Settings]:
        return Settings

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        for path in sorted(self._folder.iterdir()):
            if path.suffix == ".bad":
                yield BadRecord(path.name, "It has no name.")
            else:
                key = f"{path.name}/{path.stat().st_size}"
                yield Item(key, "spend-file", {"name": path.name, "feed": "cards"}, "")

    def content(self, item: Item) -> Iterator[bytes]:
        text = (self._folder / item.payload["name"]).read_bytes()
        yield text
        match text:
            case b"crashes":
                os._exit(7)
            case b"has no end":
                while True:
                    yield b"x" * 1000
            case b"is refused":
                raise Refused("It is under a password.")
            case b"comes later":
                raise Retryable("The server is away.", after=60)
            case b"is words":
                yield "words"  # type: ignore[misc]


class Books:
    id = "books-of-files"
    title = "It keeps files"

    def __init__(self, settings: Settings) -> None:
        self._kept = Path(settings.kept)

    @classmethod
    def settings_class(cls) -> type[Settings]:
        return Settings

    def answers(self, authority_id: int, questions: Sequence[LedgerQuestion], until: date) -> Iterable[LedgerAnswer]:
        return ()

    def take_in(self, authority_id: int, source: str, item: Item, file: Path) -> None:
        content = file.read_bytes()
        if content == b"the ledger crashes":
            os._exit(9)
        if content == b"the ledger refuses":
            raise Refused("It is a picture.")
        with (self._kept / f"{authority_id}-{source}-{item.payload['name']}").open("ab") as kept:
            kept.write(content)


@hookimpl
def evidence_sources() -> list[type[Folder]]:
    return [Folder]


@hookimpl
def ledgers() -> list[type[Books]]:
    return [Books]
