"""``quarterday sync``: exchange records with a portal, see how that stands, and settle what differs."""

from __future__ import annotations

import click

from quarterday_portal_sync.cli.mapping import check, learn
from quarterday_portal_sync.cli.running import reconcile, replay, run
from quarterday_portal_sync.cli.standing import conflicts, file_away, inbox, settle, status


@click.group()
def sync() -> None:
    """Exchange records with a portal: run, compare, settle; and the mapping between the two."""


for one in (run, status, reconcile, replay, conflicts, settle, inbox, file_away, learn, check):
    sync.add_command(one)
