"""``quarterday spend feeds``: files that come in by themselves, what became of each, and what is agreed about them."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from quarterday import BadRecord, NotConfigured
from quarterday_erp_import.cli.engine import engine

if TYPE_CHECKING:
    from quarterday.services.record import Actor, UnitOfWork
    from quarterday_erp_import.feeds.incoming import IncomingRow

REJECTS = 3
"""The exit code for “done, with something to put right”."""

_authority = click.option("--authority", "key", metavar="KEY", required=True, help="The authority's short name.")
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_file = click.argument("file", type=int)


@click.group()
def feeds() -> None:
    """Spend files that come by themselves: from where, what became of them, how they are read."""


@feeds.command("list")
@_authority
@_json
def list_feeds(key: str, as_json: bool) -> None:
    """List the feeds, with what is agreed about each and how many files came."""
    uow, actor, authority_id = _opened(key)
    from quarterday_erp_import.feeds import incoming, rules

    files = incoming.incoming(uow, actor, authority_id=authority_id)
    found = rules.feeds(uow, actor, authority_id=authority_id)
    states = {one.feed: Counter(str(file.state) for file in files if file.feed == one.feed) for one in found}
    if as_json:
        data = [
            {
                "feed": one.feed,
                "on_same_period": one.on_same_period,
                "on_doubt": one.on_doubt,
                "mapping": one.mapping or None,
                "settled": {name: value for name, value in one.settled.items() if value},
                "days": one.days,
                "files": states[one.feed],
            }
            for one in found
        ]
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    for one in found:
        says = [f"a month that is there already: {one.on_same_period}", f"what is left open: {one.on_doubt}"]
        says += [f"read as “{one.mapping}”"] if one.mapping else []
        says += [f"expected every {one.days} days"] if one.days else []
        click.echo(f"{one.feed}: {'; '.join(says)}")
        came = ", ".join(f"{number} {state}" for state, number in states[one.feed].items())
        click.echo(f"  Files that came in: {came or 'none'}.")
    if not found:
        click.echo("No spend file came in yet.")


@feeds.command("files")
@_authority
@_json
def list_files(key: str, as_json: bool) -> None:
    """List the files that came in, the newest first, and what became of each."""
    uow, actor, authority_id = _opened(key)
    from quarterday_erp_import.feeds import incoming

    found = incoming.incoming(uow, actor, authority_id=authority_id)
    if as_json:
        click.echo(json.dumps([_as_data(one) for one in found], indent=2, ensure_ascii=False))
        return
    for one in found:
        batch = f", batch {one.batch_id}" if one.batch_id else ""
        click.echo(f"{one.id}: {one.name} ({one.feed}, {one.origin}): {one.state}{batch}")
        if one.why:
            click.echo(f"  {one.why}")
        for question in one.questions if one.state == incoming.State.ASKS else ():
            click.echo(f"  Asked: {question['text']}")
            choices = "; ".join(question["choices"])
            click.echo(f"  Answer: quarterday spend feeds answer {one.id} --set {question['key']}=… : {choices}")
    if not found:
        click.echo("No spend file came in yet.")


@feeds.command("set")
@click.argument("feed")
@_authority
@click.option("--same-period", type=click.Choice(["ask", "replace"]), help="What a file of a month that is there does.")
@click.option("--doubt", type=click.Choice(["ask", "assume"]), help="What a file that leaves something open does.")
@click.option("--mapping", metavar="NAME", help="Read its files as the mapping of that name says; “” for none.")
@click.option("--days", type=int, help="How many days after one file the next should be there; 0 for no such time.")
@click.option("--set", "answers", multiple=True, metavar="KEY=ANSWER", help="As “spend profile” takes it: amount=Paid.")
def set_feed(
    feed: str,
    key: str,
    same_period: str | None,
    doubt: str | None,
    mapping: str | None,
    days: int | None,
    answers: tuple[str, ...],
) -> None:
    """Say how the files of FEED are taken; what isn't said stays as it is."""
    uow, actor, authority_id = _opened(key)
    from quarterday_erp_import.feeds.rules import agree_on_feed

    with engine():
        agree_on_feed(
            uow,
            actor,
            authority_id=authority_id,
            feed=feed,
            on_same_period=same_period,
            on_doubt=doubt,
            mapping=mapping,
            days=days,
            answers=answers,
        )
    click.echo("Kept, for the next file.")


@feeds.command()
@_authority
@_json
def check(key: str, as_json: bool) -> None:
    """Look into each place that is set, and say what is there; nothing is fetched."""
    uow, actor, authority_id = _opened(key)
    from quarterday.services.plugins.children import Children
    from quarterday_erp_import.feeds.places import look

    with Children() as children:
        found = look(uow, actor, children, authority_id=authority_id)
    if as_json:
        data = [
            {"source": one.source, "files": [_name(file) for file in one.files], "trouble": one.trouble}
            for one in found
        ]
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        for one in found:
            click.echo(f"{one.title} ({one.source}): {len(one.files)} there.")
            for file in one.files[-10:]:
                click.echo(f"  {_name(file)}")
            if one.trouble:
                click.echo(f"  {one.trouble}")
    _end(found, key)


@feeds.command("read")
@_authority
def read_files(key: str) -> None:
    """Fetch what is new from each place that is set, and read what waits, now and here.

    The clock has this done by itself each quarter of an hour. The exit code is 3 where something went wrong.
    """
    uow, actor, authority_id = _opened(key)
    with engine():
        from quarterday_erp_import.feeds.reading_in import read_waiting
        from quarterday_erp_import.ledger.files import LineFiles
    from quarterday.services.plugins.children import Children
    from quarterday.services.record import installation_settings
    from quarterday_erp_import.feeds import incoming, rules
    from quarterday_erp_import.feeds.places import fetch
    from quarterday_erp_import.ledger.offered import FOLDER

    with Children() as children:
        places = fetch(uow, actor, children, authority_id=authority_id)
    for one in places:
        click.echo(f"{one.title} ({one.source}): {one.said or one.trouble}")
        for file in one.files:
            click.echo(f"  {_name(file)}")
    settings = installation_settings()
    done = read_waiting(
        uow,
        files=incoming.installed_files(),
        lines=LineFiles(settings.data_dir / FOLDER),
        again_after=timedelta(seconds=settings.job_seconds),
        mappings=rules.installed_mappings(),
        authority_id=authority_id,
    )
    click.echo(done.said())
    if done.trouble:
        raise done.trouble
    if any(one.trouble or one.files for one in places) or done.counts.get(incoming.State.REFUSED):
        raise click.exceptions.Exit(REJECTS)


@feeds.command()
@_file
@click.option("--set", "answers", multiple=True, metavar="KEY=ANSWER", help="An answer; once for each question.")
def answer(file: int, answers: tuple[str, ...]) -> None:
    """Answer what FILE, by its number in “feeds files”, asks; the answers hold for its feed."""
    uow, actor = _record()
    from quarterday_erp_import.feeds import incoming

    with engine():
        given = dict(one.partition("=")[::2] for one in answers)
        incoming.answer(uow, actor, incoming_id=file, answers=given)
    click.echo("Kept, for this file and the next of its feed; it is read soon.")


@feeds.command("try-again")
@_file
def try_again(file: int) -> None:
    """Have FILE, which was refused, read once more."""
    uow, actor = _record()
    from quarterday_erp_import.feeds import incoming

    incoming.try_again(uow, actor, incoming_id=file)
    click.echo("It is read soon.")


@feeds.command()
@_file
def dismiss(file: int) -> None:
    """Say that FILE, which isn't read, isn't wanted."""
    uow, actor = _record()
    from quarterday_erp_import.feeds import incoming

    incoming.dismiss(uow, actor, incoming_id=file)
    click.echo("It isn't wanted any more.")


def _record() -> tuple[UnitOfWork, Actor]:
    from quarterday.services.record import Actor, open_record

    return open_record(plugin="erp_import"), Actor.operator("cli")


def _opened(key: str) -> tuple[UnitOfWork, Actor, int]:
    from quarterday_erp_import.cli.batches import authority_id

    uow, actor = _record()
    return uow, actor, authority_id(uow, actor, key)


def _end(found: list[Any], key: str) -> None:
    if not found:
        why = "No place is set; run “quarterday plugins configure erp_import --authority {key}”."
        raise NotConfigured("spend_folder", why, key=key)
    if any(one.trouble for one in found):
        raise click.exceptions.Exit(REJECTS)


def _name(file: Any) -> str:
    return (
        f"{file.key}: {file.why}" if isinstance(file, BadRecord) else f"{file.payload['feed']}: {file.payload['name']}"
    )


def _as_data(one: IncomingRow) -> dict[str, Any]:
    return {
        "id": one.id,
        "feed": one.feed,
        "name": one.name,
        "origin": one.origin,
        "sha256": one.sha256,
        "size": one.size,
        "came_at": one.came_at.isoformat(),
        "state": str(one.state),
        "why": one.why,
        "questions": [dict(question) for question in one.questions],
        "batch": one.batch_id,
    }
