"""``quarterday commitment``: what contracts promise."""

from __future__ import annotations

import click

from quarterday.cli.imports import import_commitments


@click.group()
def commitment() -> None:
    """What contracts promise, by measure."""


commitment.add_command(import_commitments)
