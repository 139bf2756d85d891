"""``quarterday worker``: seals the audit trail and delivers what is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from quarterday.cli.output import one_line

if TYPE_CHECKING:
    from quarterday.services.background.runner import Settled


@click.command()
@click.option("--once", is_flag=True, help="End when nothing is due.")
def worker(once: bool) -> None:
    """Deliver what is due and seal the audit trail each minute, until it is stopped (Ctrl-C, or a TERM signal).

    There is one worker on a record, and a second one ends. A stop waits for the delivery that is under way.
    """
    import signal
    from threading import Event

    from quarterday.services.background.worker import run
    from quarterday.services.record import open_record

    stop = Event()
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, lambda *_: stop.set())
    run(open_record(), stop=stop, tell=_tell, once=once)


def _tell(settled: Settled) -> None:
    """One line for a delivery: which, and what became of it."""
    why = f" ({settled.why})" if settled.why else ""
    click.echo(one_line(f"{settled.row.id} {settled.row.kind} {settled.row.key}: {settled.state}{why}"))
