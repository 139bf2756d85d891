"""``quarterday sync run|reconcile|replay``: an exchange, done here and now."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from quarterday import exact_text
from quarterday_portal_sync.cli.opened import Exchange, end, exchange, of_an_exchange, print_data

if TYPE_CHECKING:
    from quarterday.services.background.rehearsing import Rehearsal
    from quarterday.services.portals.compared import Reconciliation


@click.command()
@of_an_exchange
@click.option("--dry-run", is_flag=True, help="Print exactly what would change, and change nothing.")
def run(key: str, portal: str, as_json: bool, dry_run: bool) -> None:
    """Exchange now: take in what was changed in the portal, then send what was changed here.

    Ends with 3 where something waits for somebody.
    """
    of = exchange(key, portal)
    if dry_run:
        _rehearse(of, as_json)
        return
    from quarterday.services.background.syncing import sync, told
    from quarterday.services.plugins.children import Children

    with Children() as children:
        done = sync(of.uow, children, portal=of.portal, authority_id=of.authority_id, actor_name=of.actor.name)
    if as_json:
        print_data(done)
    else:
        click.echo(told(done))
    end(_needs_somebody(of))


def _rehearse(of: Exchange, as_json: bool) -> None:
    from quarterday.services.background.rehearsing import rehearse
    from quarterday.services.plugins.children import Children

    with Children() as children:
        found = rehearse(of.uow, children, portal=of.portal, authority_id=of.authority_id, actor_name=of.actor.name)
    if as_json:
        print_data(found.as_data())
    else:
        _print_rehearsal(found)


def _print_rehearsal(found: Rehearsal) -> None:
    for coming in found.incoming:
        acts = ", ".join(coming.acts) or coming.state
        click.echo(
            f"in: {coming.key or coming.kind} {coming.external_id}: {acts}{f' ({coming.why})' if coming.why else ''}"
        )
    for bad in found.rejected:
        click.echo(f"in: {bad.key}: {bad.why}")
    for clash in found.conflicts:
        whose = f", {clash.proposed}" if clash.proposed else ""
        how = "ruled" if clash.is_ruled else "to settle"
        click.echo(f"conflict: {clash.key or clash.kind} {clash.external_id}: {how}{whose}")
    for key, why in found.stopped:
        click.echo(f"stopped: {key}: {why}")
    for document in found.documents:
        click.echo(document.content.decode(errors="replace"))
    click.echo(str(found))


@click.command()
@of_an_exchange
def reconcile(key: str, portal: str, as_json: bool) -> None:
    """Hold all of both sides against each other: what only one has, what differs, and the totals of both.

    Ends with 3 where they differ.
    """
    of = exchange(key, portal)
    from quarterday.services.plugins.children import Children
    from quarterday.services.portals.reconciling import reconcile as compared

    with Children() as children:
        found = compared(of.uow, children, portal=of.portal, authority_id=of.authority_id, actor_name=of.actor.name)
    if as_json:
        print_data({"run": found.run_id, "portal": found.portal, "is_alike": found.is_alike, **found.counts()})
    else:
        _print(found)
    end(not found.is_alike)


def _print(found: Reconciliation) -> None:
    for one in found.tallies:
        click.echo(
            f"{one.kind}: here {one.ours:,}, there {one.theirs:,}; alike {one.alike:,}, different {one.different:,}, "
            f"only here {one.only_here:,}, only there {one.only_there:,}"
        )
        apart = {"stopped": one.stopped, "without a counterpart here": one.unmapped, "not sent, as agreed": one.unsent}
        for name, number in apart.items():
            if number:
                click.echo(f"  of these {name}: {number:,}")
    for total in found.totals:
        ends = "" if total.is_alike else "  differs"
        here, there = exact_text(total.ours), exact_text(total.theirs)
        click.echo(f"{total.kind} {total.measure}: here {here}, there {there} {total.unit}{ends}")
    for odd in found.differences:
        fields = f" ({', '.join(odd.fields)})" if odd.fields else ""
        click.echo(f"{odd.which}: {odd.key or odd.kind} {odd.external_id}{fields}")
    if found.rejected:
        click.echo(f"Not readable: {found.rejected:,} of {found.listed:,}.")
    if found.is_alike:
        click.echo("Both sides have the same.")


@click.command()
@of_an_exchange
@click.option("--record", "record", metavar="KEY", default="", help="Only this one, like entry/12.")
@click.option("--since", type=click.DateTime(), default=None, help="Only what was sent since then (UTC).")
def replay(key: str, portal: str, as_json: bool, record: str, since: datetime | None) -> None:
    """Send again what was sent, under the same keys, and take in again what the portal holds.

    For a portal that was put back to an earlier state, and for a mapping that was mended. Nothing happens twice.
    """
    of = exchange(key, portal)
    from datetime import UTC

    from quarterday.services.plugins.children import Children
    from quarterday.services.portals.replaying import replay as replayed

    with Children() as children:
        done = replayed(
            of.uow,
            children,
            portal=of.portal,
            authority_id=of.authority_id,
            actor_name=of.actor.name,
            record=record,
            since=since.replace(tzinfo=UTC) if since else None,
        )
    if as_json:
        print_data(done)
    else:
        listed, sent, taken, left = (done.counts.get(name, 0) for name in ("listed", "sent", "taken", "stopped"))
        click.echo(f"Listed there: {listed:,}, sent again: {sent:,}, taken there: {taken:,}, stopped: {left:,}.")


def _needs_somebody(of: Exchange) -> bool:
    from quarterday.services.portals.overview import overview

    found = overview(of.uow, of.actor, authority_id=of.authority_id)
    return any(one.conflicts or one.inbox or one.stopped for one in found if one.portal == of.portal)
