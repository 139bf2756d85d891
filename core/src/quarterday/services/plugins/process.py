"""One child process of a plugin: asked one thing after the other, watched, and ended where it takes too much."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from time import monotonic
from typing import Any

from quarterday.errors import NotConfigured, Refused, Retryable
from quarterday.ports import Receipt
from quarterday.services.plugins import child
from quarterday.services.plugins.exchanged import receipt_of
from quarterday.services.plugins.fetching import Fetch, Further
from quarterday.services.plugins.orders import Asked, Asking, Chore, Enough, More, Order, Reading, TakingIn

AHEAD_BYTES = 32 << 10
"""How much is asked ahead of a process that is at work, in bytes: less than its line holds, so that asking never waits.
"""

START_SECONDS = 120.0
"""How long a process may take to start, which counts for nobody's work, in seconds."""

LOOK_SECONDS = 0.1
"""How often the memory of a process is looked at while it works."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a plugin may take."""

    seconds: float = 120
    """For one delivery, or the next items of a source."""
    job_seconds: float = 1800
    """For one job."""
    megabytes: int = 1024
    """Of memory, for one process; watched on Linux."""

    @classmethod
    def of_installation(cls) -> Limits:
        """As the settings say; raises :class:`~quarterday.errors.NotConfigured` with all that is wrong with them."""
        from quarterday.services.record import installation_settings

        said = installation_settings()
        return cls(said.process_seconds, said.job_seconds, said.process_megabytes)


class PluginFault(Exception):
    """A plugin broke; what became of the work isn't known. The message is a sentence."""


Outcome = Receipt | Retryable | NotConfigured | Refused | PluginFault
"""What comes of a delivery."""


class _Gone(Exception):
    """The process is ended, and why, in a sentence; with what it had answered by then."""

    def __init__(self, why: str, answers: list[dict[str, Any]]) -> None:
        super().__init__(why)
        self.answers = answers


class Process:
    """One child process."""

    def __init__(self, plugin: str, limits: Limits) -> None:
        context = get_context("spawn")
        self._limits = limits
        self._line, theirs = context.Pipe()
        never_longer = struct.pack("ll", int(limits.seconds) + 1, 0)
        with socket.socket(fileno=os.dup(self._line.fileno())) as line:
            for way in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):  # a process that was stopped stops nobody else
                line.setsockopt(socket.SOL_SOCKET, way, never_longer)
        self._process: BaseProcess = context.Process(
            target=child.serve, args=(plugin, theirs), name=f"quarterday-{plugin}", daemon=True
        )
        self._process.start()
        theirs.close()
        self._since = monotonic()
        self._is_ready = False

    @property
    def lives(self) -> bool:
        """Whether it was not ended."""
        return not self._line.closed

    def at_it(self) -> float:
        """How long it has been at what it is at, or idle, in seconds."""
        return monotonic() - self._since

    def is_there(self) -> bool:
        """Whether it still waits for work: while idle it says nothing."""
        return not self._line.poll(0)

    def has_grown(self) -> bool:
        """Whether it has taken half of the memory it may take, so that a new one had better do what comes next."""
        return self._megabytes() > self._limits.megabytes / 2

    def ask(self, asked: Asked) -> dict[str, Any]:
        """What it answers; raises the error that is in the answer, and :class:`PluginFault` where it is ended."""
        try:
            self._send(asked, ForkingPickler.dumps(asked))
            answer = self._answer(asked)
        except _Gone as gone:
            raise PluginFault(str(gone)) from gone
        if answer["outcome"] != "done":
            raise error_of(answer)
        return answer

    def deliver_all(self, orders: Iterator[Order]) -> Generator[tuple[Order, Outcome], None, list[Order]]:
        """Have it deliver; where it is ended, returns those of the orders taken so far that it never saw."""
        asked: deque[tuple[Order, int]] = deque()
        following: Order | None = None
        try:
            while True:
                while following := following or next(orders, None):
                    data = ForkingPickler.dumps(following)
                    if asked and sum(size for _, size in asked) + len(data) > AHEAD_BYTES:
                        break
                    asked.append((following, len(data)))
                    following = None
                    self._send(asked[-1][0], data)
                if not asked:
                    return []
                answer = self._answer(asked[0][0])
                yield asked.popleft()[0], _outcome(answer)
        except _Gone as gone:
            for answer in gone.answers:
                yield asked.popleft()[0], _outcome(answer)
            if asked:
                yield asked.popleft()[0], PluginFault(str(gone))
            return [order for order, _ in asked] + ([following] if following else [])
        finally:
            if asked and self.lives:  # whoever asked wants no answers any more
                self.kill()
                self.end()

    def _send(self, asked: Asked, data: Any) -> None:
        self._start(asked.what)
        if not isinstance(asked, More | Fetch | Further | Enough):
            self._since = monotonic()
        try:
            self._line.send_bytes(data)
        except OSError as error:
            raise self._gone(
                f"{asked.what} could not be told what to do ({error.strerror}); its process was ended."
            ) from error

    def _answer(self, asked: Asked) -> dict[str, Any]:
        """The next answer; raises :class:`_Gone` where there is none in time, and the process is ended."""
        seconds = self._limits.job_seconds if isinstance(asked, Chore | Asking | TakingIn) else self._limits.seconds
        with self._listening(asked.what):
            self._wait(asked.what, seconds, "did not finish")
            answer: dict[str, Any] = json.loads(self._line.recv_bytes())
        if not isinstance(asked, Reading | More | Fetch | Further):  # a reading goes on until it is closed
            self._since = monotonic()
        return answer

    def _start(self, what: str) -> None:
        """Wait until it takes orders, which counts for nobody's work; into its line alone a large order doesn't fit."""
        if not self._is_ready:
            with self._listening(what):
                self._wait(what, START_SECONDS, "did not get a process")
                self._line.recv_bytes()
                self._is_ready = True

    @contextmanager
    def _listening(self, what: str) -> Iterator[None]:
        """While something is to be heard from it: where it ended, or nobody listens any more, it is ended for good."""
        try:
            yield
        except (EOFError, OSError) as error:
            self._process.join(1)
            how = f"exit code {self._process.exitcode}"
            raise self._gone(f"{what} ended its process ({how}) in the middle of its work.") from error
        except _Gone:
            raise
        except BaseException:
            self.kill()
            self.end()
            raise

    def _wait(self, what: str, seconds: float, failed: str) -> None:
        """Wait until it says something; raises :class:`_Gone` where it takes too long or too much."""
        until = monotonic() + seconds
        while not self._line.poll(min(LOOK_SECONDS, seconds)):
            if monotonic() >= until:
                raise self._gone(f"{what} {failed} in {seconds:g} seconds and was ended.")
            if self._megabytes() > self._limits.megabytes:
                raise self._gone(f"{what} took more than {self._limits.megabytes:,} MB and was ended.")

    def _gone(self, why: str) -> _Gone:
        """End the process and take what it has answered before."""
        self.kill()
        answers: list[dict[str, Any]] = []
        with suppress(EOFError, OSError):
            while self._is_ready and self._line.poll(0):
                answers.append(json.loads(self._line.recv_bytes()))
        self.end()
        return _Gone(why, answers)

    def _megabytes(self) -> float:
        """The memory it takes, in MB; 0 where Linux doesn't say."""
        try:
            pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            return 0
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def kill(self) -> None:
        """Kill it, and what it has started."""
        with suppress(OSError):
            os.killpg(self._process.pid or 0, signal.SIGKILL)
        with suppress(ValueError):
            self._process.kill()
            self._process.join()

    def end(self) -> None:
        """End it for good: by itself where it is idle, else by force."""
        if self._line.closed:
            return
        self._line.close()
        self._process.join(1)
        self.kill()
        with suppress(ValueError):  # another thread, which closes everything, waits for it at this moment
            self._process.close()


def _outcome(answer: dict[str, Any]) -> Outcome:
    """What came of a delivery, by the answer."""
    return receipt_of(answer) if answer["outcome"] == "done" else error_of(answer)


def error_of(answer: dict[str, Any]) -> Retryable | NotConfigured | Refused | PluginFault:
    """The error that an answer stands for."""
    why = answer["why"]
    match answer["outcome"]:
        case "retryable":
            return Retryable(why, after=answer["after"])
        case "not configured":
            return NotConfigured(answer["field"], why)
        case "refused":
            return Refused(why)
        case _:
            return PluginFault(why)
