"""``quarterday return extend``: more time for one return."""

from __future__ import annotations

from datetime import date

import click

from quarterday.cli import options
from quarterday.cli.output import print_json


@click.command()
@click.argument("return_id", metavar="RETURN", type=int)
@click.option("--until", "due", type=options.day, required=True, help="The last day on which it is in time.")
@click.option("--reason", required=True, help="Why; it is kept with the new day.")
@options.as_json
def extend(return_id: int, due: date, reason: str, as_json: bool) -> None:
    """Give RETURN, a number, more time; those who report it are told, and reminders follow the new day."""
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.returns.extensions import extend as extend_return

    done = extend_return(record(), OPERATOR, return_id=return_id, due=due, reason=reason)
    if as_json:
        print_json({"return": done.return_id, "before": done.before, "due": done.due})
    else:
        click.echo(f"Return {done.return_id} is due by {done.due}, not {done.before}.")
