"""``quarterday outbox``: what is to be delivered and what became of it, and trying again."""

from __future__ import annotations

import click

from quarterday.cli.output import print_json, print_table

STATES = ("due", "under way", "done", "dead", "perhaps sent")


@click.group()
def outbox() -> None:
    """List what is to be delivered and what became of it, and try again what was given up."""


@outbox.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1), help="The newest so many.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_deliveries(state: str | None, limit: int, as_json: bool) -> None:
    """List the newest deliveries in the order in which they were asked for, each with how it stands and why."""
    from dataclasses import asdict

    from quarterday.cli.opened import OPERATOR, record
    from quarterday.db.outbox import State
    from quarterday.services.background.deliveries import deliveries, number_of

    uow, wanted = record(), State(state) if state else None
    found = deliveries(uow, OPERATOR, state=wanted, most=limit)
    older = number_of(uow, OPERATOR, state=wanted) - len(found) if len(found) == limit else 0
    if as_json:
        print_json({"deliveries": [asdict(one) for one in found], "older": older})
        return
    print_table(
        ["id", "authority", "kind", "key", "state", "due", "attempts", "reference or reason"],
        [
            [
                str(one.id),
                one.authority or "",
                one.kind,
                one.key,
                one.state,
                f"{one.due:%Y-%m-%d %H:%M:%S}Z",
                str(one.attempts),
                one.reference or one.error or ("no job in the queue yet" if one.is_lost else ""),
            ]
            for one in found
        ],
        numbers={"id", "attempts"},
    )
    if older:
        click.echo(f"Older ones, not shown: {older:,}; --limit {limit + older} shows them, too.")


@outbox.command()
@click.argument("ids", metavar="ID...", type=int, nargs=-1)
@click.option("--dead", is_flag=True, help="Try all again that are dead after they were tried.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def retry(ids: tuple[int, ...], dead: bool, as_json: bool) -> None:
    """Have deliveries tried again now, by their numbers in “quarterday outbox list”.

    One that is “perhaps sent” may have arrived already: ask the receiver first. One that was stopped before it was ever
    tried, like a mail about too many returns at once, is sent only where it is named.
    """
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.db.outbox import State
    from quarterday.services.background.deliveries import deliveries
    from quarterday.services.background.deliveries import retry as try_again

    if bool(ids) is dead:
        raise click.UsageError("Name the deliveries by their numbers, or give --dead for all that are dead.")
    uow = record()
    if dead:
        ids = tuple(one.id for one in deliveries(uow, OPERATOR, state=State.DEAD) if one.attempts)
    retried = try_again(uow, OPERATOR, ids=ids)
    if as_json:
        print_json({"retried": retried})
    else:
        click.echo(f"To be tried again: {retried}.")
