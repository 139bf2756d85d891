"""A plugin whose sinks each do one thing that a sink must not do."""

import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from typing import ClassVar

from pydantic import SecretStr

from quarterday import Document, DocumentKind, NotConfigured, PluginSettings, Receipt, Refused, Retryable, hookimpl

API_VERSION = 0

time.sleep(float(os.environ.get("HOSTILE_START", "0")))  # how long it takes to import, in seconds


class Sound:
    id = "sound"
    title = "It does as it should"
    accepts = frozenset({DocumentKind.REPORT})

    def __init__(self, settings: PluginSettings) -> None:
        pass

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        return PluginSettings

    def deliver(self, document: Document, key: str) -> Receipt:
        return Receipt(f"{key}/{len(document.content)}/{os.getpid()}")


class Hangs(Sound):
    id = "hangs"

    def deliver(self, document: Document, key: str) -> Receipt:
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))
        while True:
            time.sleep(60)


class EndsTheProcess(Sound):
    id = "ends"

    def deliver(self, document: Document, key: str) -> Receipt:
        os._exit(7)


class Crashes(Sound):
    id = "crashes"

    def deliver(self, document: Document, key: str) -> Receipt:
        os.kill(os.getpid(), signal.SIGSEGV)
        time.sleep(60)
        return Receipt("never")


class Raises(Sound):
    id = "raises"

    def deliver(self, document: Document, key: str) -> Receipt:
        raise ValueError("seven")


class Tells(Sound):
    """Its errors hold what nobody else must read."""

    id = "tells"

    class Settings(PluginSettings):
        token: SecretStr
        """What it signs in with."""
        how: str
        """The error it ends in."""

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        return cls.Settings

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def deliver(self, document: Document, key: str) -> Receipt:
        words = f"{self.settings.token.get_secret_value()} was shown for <ada@example.org>"
        match self.settings.how:
            case "fault":
                raise KeyError(words) from ValueError(words)
            case "refused":
                raise Refused(f"The desk says: {words}.")
            case "later":
                raise Retryable(f"The desk says: {words}.")
            case "unset":
                raise NotConfigured("token", f"The desk says: {words}.")
        return words  # type: ignore[return-value]


class Exits(Sound):
    id = "exits"

    def deliver(self, document: Document, key: str) -> Receipt:
        sys.exit("goodbye")


class Silent(Exception):
    def __str__(self) -> str:
        raise RuntimeError


class RaisesWithoutWords(Sound):
    id = "silent"

    def deliver(self, document: Document, key: str) -> Receipt:
        raise Silent


class GivesAWord(Sound):
    id = "word"

    def deliver(self, document: Document, key: str) -> str:
        return "delivered"


class GivesANumber(Sound):
    id = "number"

    def deliver(self, document: Document, key: str) -> Receipt:
        return Receipt(7)


class Prints(Sound):
    id = "prints"

    def deliver(self, document: Document, key: str) -> Receipt:
        print("noise")
        return super().deliver(document, key)


class Postpones(Sound):
    id = "postpones"

    def deliver(self, document: Document, key: str) -> Receipt:
        raise Retryable("The desk is closed.", after=7)


class PostponesBadly(Sound):
    id = "soon"

    def deliver(self, document: Document, key: str) -> Receipt:
        raise Retryable("The desk is closed.", after="soon")


class TooManyWords(Sound):
    id = "wordy"

    def deliver(self, document: Document, key: str) -> Receipt:
        raise Refused("no " * 1_000_000)


class Unset(Sound):
    id = "unset"

    def deliver(self, document: Document, key: str) -> Receipt:
        raise NotConfigured("token", "There is no token.")


class Private(NotConfigured):
    """An error of the plugin's own, which only this plugin could read back."""

    def __init__(self) -> None:
        super().__init__("token", "It is a private matter.")

    def __reduce__(self) -> object:
        return print, ("this ran in the process of the host",)


class RaisesItsOwn(Sound):
    id = "own"

    def deliver(self, document: Document, key: str) -> Receipt:
        raise Private


class Greedy(Sound):
    id = "greedy"

    def deliver(self, document: Document, key: str) -> Receipt:
        held = []
        while True:
            held.append(b"\1" * 10_000_000)
            time.sleep(0.01)


class Fat(Sound):
    id = "fat"
    held: ClassVar[list[bytes]] = []

    def deliver(self, document: Document, key: str) -> Receipt:
        self.held.append(b"\1" * 120_000_000)
        return Receipt(str(os.getpid()))


class StartsSomething(Sound):
    id = "starts"

    def deliver(self, document: Document, key: str) -> Receipt:
        return Receipt(str(subprocess.Popen(["sleep", "600"]).pid))


class EndsAtThree(Sound):
    id = "ends-at-3"

    def deliver(self, document: Document, key: str) -> Receipt:
        if key == "3":
            os._exit(7)
        return Receipt(str(os.getpid()))


class HangsAtThree(Sound):
    id = "hangs-at-3"

    def deliver(self, document: Document, key: str) -> Receipt:
        if key == "3":
            time.sleep(600)
        return Receipt(str(os.getpid()))


class Shouts(Sound):
    id = "LOUD"


class AcceptsAList(Sound):
    id = "list"
    accepts = ("report",)


class Twice(Sound):
    id = "sound"


def job(at: datetime) -> str:
    return f"It struck for {at.isoformat()}."


def job_of_few_words(at: datetime) -> int:
    return 7


def postponed_job(at: datetime) -> str:
    raise Retryable("Not before noon.")


def hanging_job(at: datetime) -> str:
    time.sleep(600)
    return "never"


second_hanging_job = third_hanging_job = fourth_hanging_job = hanging_job


def telling_job(at: datetime) -> str:
    return "It wrote to ada@example.org."


@hookimpl
def report_sinks() -> list[type[Sound]]:
    return [Sound, *Sound.__subclasses__()]
