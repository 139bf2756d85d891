"""``quarterday reminders``: the ladder of an authority, laying down another, and who would get what and when."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quarterday.cli import options
from quarterday.cli.output import print_json, print_table
from quarterday.errors import Usage

if TYPE_CHECKING:
    from quarterday.services.reminders.simulating import Foreseen


@click.group()
def reminders() -> None:
    """Whom an authority reminds of returns, and when: show it, set it, see what would go out."""


@reminders.command()
@options.authority
@options.as_json
def show(authority_key: str, as_json: bool) -> None:
    """Show an authority's ladder: as a TOML file that “reminders set” takes."""
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.domain.reminders import as_data
    from quarterday.services.reminders import ladders

    uow, council = in_authority(authority_key)
    data = as_data(ladders.ladder(uow, OPERATOR, authority_id=council.id))
    if as_json:
        print_json({"ladder": data})
    else:
        click.echo(_as_toml(data), nl=False)


@reminders.command("set")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@options.authority
@options.as_json
def set_ladder(file: Path, authority_key: str, as_json: bool) -> None:
    """Lay down the ladder in FILE, TOML as “reminders show” prints it; what isn't said is as in the standard one."""
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.domain.reminders import as_data
    from quarterday.services.reminders import ladders

    try:
        data = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise Usage(f"{file} is no TOML file ({problem}); “quarterday reminders show” prints one.") from problem
    uow, council = in_authority(authority_key)
    laid = ladders.set_ladder(uow, OPERATOR, authority_id=council.id, data=data)
    if as_json:
        print_json({"ladder": as_data(laid)})
    else:
        click.echo(f"{council.name} reminds by {len(laid.rungs)} rungs from now on.")


@reminders.command()
@options.authority
@click.option("--from", "first", type=options.day, help="The first day; today if not said.")
@click.option("--to", "last", type=options.day, help="The last day; 30 days after the first if not said.")
@options.as_json
def simulate(authority_key: str, first: date | None, last: date | None, as_json: bool) -> None:
    """Print who would get what and when, if nobody submitted anything; nothing is written, and nothing sent."""
    from datetime import timedelta

    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.db.work import day_of
    from quarterday.services.reminders.simulating import simulate as foresee

    uow, council = in_authority(authority_key)
    begins = first or day_of(uow.clock())
    ends = last or begins + timedelta(days=30)
    mails = foresee(uow, OPERATOR, authority_id=council.id, first=begins, last=ends)
    if as_json:
        print_json({"mails": [_as_data(one) for one in mails]})
        return
    rows = [
        [f"{mail.day:%a} {mail.day}", mail.email, line.contract, line.period, str(line.due), line.rung]
        for mail in mails
        for line in mail.lines
    ]
    print_table(["day", "to", "contract", "period", "due", "rung"], rows)
    click.echo(f"{len(mails)} mails from {begins} to {ends}, if nobody submits anything.")
    for mail in mails:
        if mail.is_stopped:
            click.echo(
                f"{mail.day}: the mail to {mail.email} would be stopped; it speaks of {len(mail.lines)} returns."
            )


def _as_data(mail: Foreseen) -> dict[str, Any]:
    return {
        "day": mail.day,
        "user": mail.user_id,
        "email": mail.email,
        "staff": mail.is_staff,
        "stopped": mail.is_stopped,
        "returns": [
            {
                "return": line.return_id,
                "contract": line.contract,
                "period": line.period,
                "due": line.due,
                "rung": line.rung,
            }
            for line in mail.lines
        ],
    }


def _as_toml(data: dict[str, Any]) -> str:
    import tomlkit

    return tomlkit.dumps(data)
