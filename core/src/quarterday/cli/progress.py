"""How far long work has come: a bar on a terminal, a line now and then elsewhere; both on the standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

SECONDS_BETWEEN_LINES = 10.0

Told = Callable[[str, int, int], None]


@contextmanager
def progress(verb: str) -> Iterator[Told]:
    """Gives the function to tell: what is being done, how much of it is done, and of how much.

    ``verb`` begins the line: “Copying the record: 40%”.
    """
    if not sys.stderr.isatty():
        yield _lines(verb)
        return
    from rich.console import Console
    from rich.progress import Progress, TaskID

    with Progress(console=Console(stderr=True), transient=True) as bars:
        shown: dict[str, TaskID] = {}

        def told(what: str, done: int, of: int) -> None:
            if what not in shown:
                shown[what] = bars.add_task(f"{verb} {what}")
            bars.update(shown[what], completed=done, total=of)

        yield told


def _lines(verb: str) -> Told:
    said = time.monotonic()

    def told(what: str, done: int, of: int) -> None:
        nonlocal said
        if time.monotonic() - said >= SECONDS_BETWEEN_LINES:
            said = time.monotonic()
            click.echo(f"{verb} {what}: {100 * done // max(of, 1)}%", err=True)

    return told
