"""``quarterday return invite``: a mail to those who report, with a link that opens the return."""

from __future__ import annotations

import click

from quarterday.cli import options
from quarterday.cli.output import print_json


@click.command()
@click.argument("return_id", metavar="RETURN", type=int)
@click.option("--to", "emails", metavar="EMAIL", multiple=True, help="Only this person; may be repeated.")
@options.as_json
def invite(return_id: int, emails: tuple[str, ...], as_json: bool) -> None:
    """Write to everybody who reports for the contract of RETURN, a number, that it is open.

    Each of them is written to once, whatever is asked for again; the worker delivers.
    """
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.messages.invitations import invite as invite_one
    from quarterday.services.messages.invitations import who_reports
    from quarterday.services.organisations.people import person_with

    uow = record()
    wanted = [person_with(uow, OPERATOR, email) for email in emails] or who_reports(uow, OPERATOR, return_id=return_id)
    done = {user_id: invite_one(uow, OPERATOR, return_id=return_id, user_id=user_id) for user_id in wanted}
    if as_json:
        print_json(
            {"invited": [{"user": one, "delivery": row, "now": now} for one, (row, now) in done.items()]},
        )
        return
    new = sum(now for _, now in done.values())
    click.echo(f"Invited: {new}; invited before: {len(done) - new}.")
    if not done:
        click.echo("Nobody reports for this contract yet: “quarterday user add” gives somebody the role “supplier”.")
