"""``quarterday worker``: delivers what is due."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import click

from quarterday.cli.output import one_line

if TYPE_CHECKING:
    from quarterday.services.background.policy import Settled


LOG = logging.getLogger("quarterday.worker")


@click.command()
@click.option("--once", is_flag=True, help="End when nothing is due.")
@click.option(
    "--at-once",
    default=4,
    show_default=True,
    type=click.IntRange(1, 10),
    help="How many deliveries are under way at a time (on PostgreSQL).",
)
@click.option("--json", "as_json", is_flag=True, help="Write a line of JSON for each delivery, as a log.")
def worker(once: bool, at_once: int, as_json: bool) -> None:
    """Deliver what is due and do the jobs of the clock, until it is stopped (Ctrl-C, or a TERM signal).

    On PostgreSQL as many workers run as you like, on any machine; on SQLite one, and a second one ends. A stop waits
    for what is under way.
    """
    import signal
    from threading import Event

    from quarterday.services import logs
    from quarterday.services.background.worker import run
    from quarterday.services.record import open_record

    stop = Event()
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, lambda *_: stop.set())
    logs.begin(as_json=as_json)
    run(open_record(), stop=stop, tell=_log if as_json else _tell, once=once, at_once=at_once)


def _tell(settled: Settled) -> None:
    """One line for a delivery: which, and what became of it."""
    why = f" ({settled.why})" if settled.why else ""
    click.echo(one_line(f"{settled.row.id} {settled.row.kind} {settled.row.key}: {settled.state}{why}"))


def _log(settled: Settled) -> None:
    """The same as a line of the log, with the id of the request or strike that it comes from."""
    row = settled.row
    said = {"delivery": row.id, "kind": row.kind, "key": row.key, "state": str(settled.state), "attempts": row.attempts}
    more = {"why": settled.why, "reference": settled.reference, "trace": row.trace}
    LOG.info("delivery", extra={**said, **{name: value for name, value in more.items() if value}})
