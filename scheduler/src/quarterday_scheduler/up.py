"""``quarterday up``: pages, clock and worker as one group; what crashes is started again, and Ctrl-C ends all."""

from __future__ import annotations

import ctypes
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from time import monotonic

import click

LOOK_SECONDS = 0.2
PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)
"""How long a part that ended waits for its next start; longer each time, and from the beginning again once it lived."""
LIVED_SECONDS = 60.0
STOP_SECONDS = 35.0
"""How long a part may take to end what it is at, before it is killed."""


@dataclass(slots=True)
class Part:
    """One process of the group."""

    name: str
    words: Sequence[str]
    """Its command line."""
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    ended: int = 0
    """How often in a row it has ended before it lived."""
    starts_at: float = field(default_factory=monotonic)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where the pages listen.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--proxies",
    default=0,
    show_default=True,
    type=click.IntRange(0, 5),
    help="How many proxies stand before the pages.",
)
@click.option("--beside", multiple=True, metavar="COMMAND", help="Another command for the group; again for more.")
def up(host: str, port: int, proxies: int, beside: tuple[str, ...]) -> None:
    """Run the pages, the clock and the worker together, until it is stopped (Ctrl-C, or a TERM signal).

    A part that crashes is started again, each time after a longer pause. Their log is lines of JSON.
    """
    from quarterday.services.record import open_record

    open_record().engine.dispose()  # what is wrong with the record is said now, once, and not by each part
    more = {f"beside {number}": shlex.split(line) for number, line in enumerate(beside, start=1)}
    supervise({**parts(host, port, proxies), **more}, lambda said: click.echo(said, err=True))


def parts(host: str, port: int, proxies: int) -> dict[str, list[str]]:
    """The command line of each part, by name."""
    quarterday = [sys.executable, "-c", "from quarterday.cli.main import main; main()"]
    web = [*quarterday, "serve", "--host", host, "--port", str(port), "--proxies", str(proxies)]
    return {"web": web, "clock": [*quarterday, "clock", "--json"], "worker": [*quarterday, "worker", "--json"]}


def supervise(lines: Mapping[str, Sequence[str]], tell: Callable[[str], None]) -> None:
    """Keep those processes running until a signal says stop; then end them all, and wait for them."""
    stop = Event()
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, lambda *_: stop.set())
    group = [Part(name, words) for name, words in lines.items()]
    try:
        while not stop.wait(LOOK_SECONDS):
            for part in group:
                _look_after(part, tell)
    finally:
        _end(group)


def _look_after(part: Part, tell: Callable[[str], None]) -> None:
    now = monotonic()
    if part.process is None:
        if now >= part.starts_at:
            # A session of its own: Ctrl-C reaches the supervisor alone, which ends its parts in order.
            part.process = subprocess.Popen(  # noqa: S603 (our own command lines)
                part.words, start_new_session=True, preexec_fn=_end_with_parent
            )
            part.began = now
        return
    code = part.process.poll()
    if code is None:
        return
    part.ended = 0 if now - part.began >= LIVED_SECONDS else part.ended + 1
    pause = PAUSES[min(part.ended, len(PAUSES)) - 1] if part.ended else 0.0
    part.process, part.starts_at = None, now + pause
    tell(f"{part.name} ended ({code}); it starts again in {pause:g} s.")


def _end_with_parent() -> None:
    """Ask Linux to end this process when the supervisor is killed, so that no part is left without one."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _end(group: Sequence[Part]) -> None:
    running = [part.process for part in group if part.process is not None]
    for process in running:
        process.terminate()
    deadline = monotonic() + STOP_SECONDS
    for process in running:
        try:
            process.wait(max(0.1, deadline - monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
