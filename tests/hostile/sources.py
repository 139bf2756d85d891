"""A plugin whose sources each do one thing that a source may do, or must not."""

import os
import time
from collections.abc import Iterator

from quarterday import BadRecord, Item, NotConfigured, PluginSettings, Retryable, hookimpl

API_VERSION = 0


class Settings(PluginSettings):
    """How much there is."""

    many: int = 0
    """How many records there are."""

    where: str = ""
    """A file that says when it is closed."""


class Sound:
    id = "sound-source"
    title = "It gives so many records"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @classmethod
    def settings_class(cls) -> type[Settings]:
        return Settings

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        try:
            for number in range(int(since or 0) + 1, self._settings.many + 1):
                yield self.record(number)
        finally:
            if self._settings.where:
                with open(self._settings.where, "a") as file:
                    file.write("closed\n")

    def record(self, number: int) -> Item | BadRecord:
        return Item(f"n{number}", "note", {"number": number, "words": ["é", None, True]}, str(number))


class ThirdIsBad(Sound):
    id = "third-is-bad"

    def record(self, number: int) -> Item | BadRecord:
        return BadRecord("n3", "It has no words.", "3") if number == 3 else super().record(number)


class Repeats(Sound):
    id = "repeats"

    def record(self, number: int) -> Item | BadRecord:
        return Item(f"n{number % 4}", "note", {}, str(number))


class BreaksAtThree(Sound):
    id = "breaks-at-3"

    def record(self, number: int) -> Item | BadRecord:
        if number == 3:
            raise ValueError("three")
        return super().record(number)


class LaterAtThree(Sound):
    id = "later-at-3"

    def record(self, number: int) -> Item | BadRecord:
        if number == 3:
            raise Retryable("Come back in a minute.", after=60)
        return super().record(number)


class EndsAtThreeHundred(Sound):
    """Once: with a file beside it that says it did."""

    id = "ends-at-300"

    def record(self, number: int) -> Item | BadRecord:
        if number == 300 and not os.path.exists(f"{self._settings.where}.once"):
            open(f"{self._settings.where}.once", "w").close()
            os._exit(7)
        return super().record(number)


class Floats(Sound):
    id = "floats"

    def record(self, number: int) -> Item | BadRecord:
        return Item(f"n{number}", "note", {"amount": 12.5}, str(number))


class Words(Sound):
    id = "gives-words"

    def record(self, number: int) -> Item | BadRecord:
        return "n1"


class HasNoKeys(Sound):
    id = "has-no-keys"

    def record(self, number: int) -> Item | BadRecord:
        return Item("", "note", {}, str(number))


class Strange(Sound):
    id = "strange"

    def record(self, number: int) -> Item | BadRecord:
        return Item(f"n{number}", "postcard", {}, str(number))


class Hangs(Sound):
    id = "hanging-source"

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        yield Item("n1", "note", {}, "1")
        time.sleep(600)


class ClosesBadly(Sound):
    id = "closes-badly"

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        try:
            for number in range(1, 1000):
                yield self.record(number)
        finally:
            raise ValueError("The door of ada@example.org is stuck.")


class GivesAnAddress(Sound):
    id = "gives-an-address"

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        yield "ada@example.org"  # type: ignore[misc]


class Unset(Sound):
    id = "unset-source"

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        raise NotConfigured("where", "Say where.")
        yield


@hookimpl
def evidence_sources() -> list[type[Sound]]:
    return [Sound, *Sound.__subclasses__()]
