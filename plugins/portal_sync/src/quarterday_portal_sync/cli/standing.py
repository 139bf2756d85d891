"""How an exchange stands, and what somebody does about it: status, conflicts, settle, inbox, file."""

from __future__ import annotations

from typing import Any

import click

from quarterday_portal_sync.cli.opened import exchange, of_an_exchange, print_data

LISTED = 200
"""How many conflicts or records of the inbox are listed."""


@click.command()
@of_an_exchange
@click.option("--runs", "most", default=10, show_default=True, help="How many of the last runs to show.")
def status(key: str, portal: str, as_json: bool, most: int) -> None:
    """Say how the exchange stands: the last runs, the records by state, and what waits for somebody."""
    of = exchange(key, portal)
    from quarterday.services.portals.overview import overview, records
    from quarterday.services.portals.runs import runs

    all_of_them = overview(of.uow, of.actor, authority_id=of.authority_id)
    standing = next((one for one in all_of_them if one.portal == of.portal), None)
    last = runs(of.uow, of.actor, authority_id=of.authority_id, portal=of.portal, most=most)
    stopped = records(of.uow, of.actor, authority_id=of.authority_id, portal=of.portal, state="stopped")
    if as_json:
        print_data({"portal": of.portal, "standing": standing, "runs": last, "stopped": stopped})
        return
    if standing is None and not last:
        click.echo("It never ran. “quarterday sync run” begins.")
        return
    for kind, states in standing.states.items() if standing else ():
        click.echo(f"{kind}: {', '.join(f'{number:,} {state}' for state, number in states.items())}")
    for one in stopped:
        click.echo(f"  stopped: {one.key}: {one.why}")
    if standing:
        click.echo(f"To settle: {standing.conflicts:,}. In the inbox: {standing.inbox:,}.")
    for run in last:
        counts = ", ".join(f"{name} {number}" for name, number in run.counts.items() if isinstance(number, int))
        ends = run.error or counts or ("under way" if run.ended_at is None else "nothing to do")
        click.echo(f"{run.began_at:%Y-%m-%d %H:%M} {run.purpose}: {ends}")


@click.command()
@of_an_exchange
@click.option("--all", "is_all", is_flag=True, help="Those that are settled, too.")
def conflicts(key: str, portal: str, as_json: bool, is_all: bool) -> None:
    """List what both sides have otherwise."""
    of = exchange(key, portal)
    from quarterday.services.portals.conflicts import conflicts as found_by

    found = found_by(
        of.uow, of.actor, authority_id=of.authority_id, portal=of.portal, open_only=not is_all, most=LISTED
    )
    if as_json:
        print_data(found)
        return
    for one in found:
        how = one.settlement.decision if one.settlement else "by what was agreed" if one.is_ruled else "open"
        click.echo(f"{one.id}: {one.kind} {one.key or one.external_id} ({how})")
        ours, theirs = one.ours or {}, one.theirs or {}
        for name in dict.fromkeys((*ours, *theirs)):
            if ours.get(name, "") != theirs.get(name, ""):
                click.echo(f"  {name}: here “{ours.get(name, '')}”, there “{theirs.get(name, '')}”")
        if one.proposed and not one.settlement:
            click.echo(f"  proposed: {one.proposed}")
    if not found:
        click.echo("Nothing waits for anybody.")


@click.command()
@click.argument("conflict_id", metavar="CONFLICT", type=int)
@click.argument("decision", type=click.Choice(["ours", "theirs", "leave"]))
@click.option("--reason", default="", help="Why; it is kept.")
def settle(conflict_id: int, decision: str, reason: str) -> None:
    """Settle a CONFLICT: ours holds, theirs does, or both are left as they are. The next run does the rest."""
    from quarterday.services.portals.deciding import settle as settled
    from quarterday.services.record import Actor, open_record

    settled(open_record(), Actor.operator("cli"), conflict_id=conflict_id, decision=decision, reason=reason)
    click.echo("It is settled. The next run does the rest.")


@click.command()
@of_an_exchange
def inbox(key: str, portal: str, as_json: bool) -> None:
    """List what came from the portal and matches nothing here."""
    of = exchange(key, portal)
    from quarterday.services.portals.inbox import inbox as waiting

    found: list[Any] = waiting(of.uow, of.actor, authority_id=of.authority_id, portal=of.portal, most=LISTED)
    if as_json:
        print_data(found)
        return
    for one in found:
        click.echo(f"{one.id}: {one.kind} {one.external_id}: {one.why}")
        click.echo("  " + ", ".join(f"{name} {text}" for name, text in one.fields.items() if text))
    if not found:
        click.echo("The inbox is empty.")


@click.command("file")
@click.argument("inbox_id", metavar="NUMBER", type=int)
@click.option("--entry", "entry_id", type=int, help="The entry of ours that it is about.")
@click.option("--set-aside", is_flag=True, help="Nobody needs it.")
@click.option("--reason", default="", help="Why; it is kept.")
def file_away(inbox_id: int, entry_id: int | None, set_aside: bool, reason: str) -> None:
    """Say of something in the inbox, by its NUMBER, which entry it is about, or that nobody needs it."""
    if (entry_id is None) != set_aside:
        raise click.UsageError("Say either --entry ID or --set-aside.")
    from quarterday.services.portals.inbox import file
    from quarterday.services.record import Actor, open_record

    outcome = "set aside" if set_aside else "matched"
    file(open_record(), Actor.operator("cli"), inbox_id=inbox_id, outcome=outcome, entry_id=entry_id, reason=reason)
    click.echo("It is set aside." if set_aside else f"It belongs to entry {entry_id} from now on.")
