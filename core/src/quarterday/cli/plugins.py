"""``quarterday plugins``: list them, show one, switch one off or on, set one for an authority."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quarterday import hookspecs
from quarterday.cli import commands, options
from quarterday.cli.nearest import unknown
from quarterday.cli.output import print_json, print_table
from quarterday.finding import installed_names
from quarterday.registry import Answer, Plugin, Registry, installed
from quarterday.roster import disabled, switch
from quarterday.settings_file import settings_file

if TYPE_CHECKING:
    from quarterday.services.plugins.configuring import Question

LISTING = "quarterday plugins list"

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def plugins() -> None:
    """List the installed plugins, show one, switch one off or on, set one for an authority, let a paused one go on."""


@plugins.command("list")
@_json
def list_plugins(as_json: bool) -> None:
    """List the installed plugins in the order in which they load, what each offers, and what failed."""
    registry = installed()
    offers = _offers(registry)
    if as_json:
        _print(registry, offers, registry.plugins)
        return
    print_table(
        ["plugin", "state", "distribution", "version", "offers"],
        [
            [one.name, one.state, one.distribution, one.version, _summary(offers.get(one.name, {}))]
            for one in registry.plugins
        ],
    )
    for failure in registry.failures:
        click.echo(f"\n{failure}.", err=True)


@plugins.command()
@click.argument("name")
@_json
def show(name: str, as_json: bool) -> None:
    """Show one plugin: where it came from, what it offers, and how it failed."""
    registry = installed()
    offers = _offers(registry)
    found = [plugin for plugin in registry.plugins if plugin.name == name]
    if not found:
        raise unknown("plugin", name, [plugin.name for plugin in registry.plugins], LISTING)
    if as_json:
        _print(registry, offers, found)
        return
    for plugin in found:
        facts = plugin.as_json() | offers.get(name, {})
        print_table(
            ["", plugin.name],
            [[key, _words(value)] for key, value in facts.items()],
        )
    for failure in registry.failures:
        if failure.plugin == name:
            click.echo(f"\n{failure}.\n{failure.traceback}", err=True)


@plugins.command()
@click.argument("name")
def disable(name: str) -> None:
    """Load the plugin NAME no more; works when no plugin loads."""
    _switch(name, on=False)


@plugins.command()
@click.argument("name")
def enable(name: str) -> None:
    """Load the plugin NAME again."""
    _switch(name, on=True)


def _switch(name: str, *, on: bool) -> None:
    known = installed_names().union(disabled())
    if name not in known:
        raise unknown("plugin", name, known, LISTING)
    word = "enabled" if on else "disabled"
    done = f"{name} is {word} in {settings_file()}." if switch(name, on=on) else f"{name} was {word} already."
    click.echo(done)


@plugins.command()
@_json
def paused(as_json: bool) -> None:
    """List what rests for an authority because it broke several times in a row; its work waits."""
    from quarterday.cli.opened import OPERATOR, record
    from quarterday.services.plugins import pauses

    found = pauses.pauses(record(), OPERATOR)
    if as_json:
        rows = [asdict(one) | {"since": one.since.isoformat()} for one in found]
        print_json({"paused": rows})
        return
    print_table(
        ["plugin", "part", "authority", "since (UTC)", "why"],
        [[one.plugin, one.part, one.authority, f"{one.since:%Y-%m-%d %H:%M}", one.why] for one in found],
    )


@plugins.command()
@click.argument("name")
@options.authority
def resume(name: str, authority_key: str) -> None:
    """Let what is paused of the plugin NAME for an authority go on; what waits for it is tried again within minutes."""
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.plugins import pauses

    uow, authority = in_authority(authority_key)
    for part in pauses.resume(uow, OPERATOR, authority_id=authority.id, plugin=name):
        click.echo(f"{name}, for {authority.name}: {part} goes on.")


@plugins.command()
@click.argument("name")
@options.authority
@click.option(
    "--answers",
    metavar="FILE.toml",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The settings, so that nothing is asked; what it doesn't name stays as it is.",
)
@click.option("--show", is_flag=True, help="Show the settings as they are, a secret as ***, and change nothing.")
@_json
def configure(name: str, authority_key: str, answers: Path | None, show: bool, as_json: bool) -> None:
    """Set the plugin NAME for an authority: its own questions are asked, or answered by a file.

    A secret is typed without being shown, or stands in the file; it is kept sealed under the installation's key. The
    settings are in force at the plugin's next use.
    """
    from quarterday.cli.opened import OPERATOR, in_authority
    from quarterday.services.plugins import configuring

    uow, authority = in_authority(authority_key)
    registry = installed()
    there = configuring.shown(uow, OPERATOR, registry, authority_id=authority.id, plugin=name)
    if show:
        if as_json:
            print_json({"plugin": name, "authority": authority.key, "settings": there})
        else:
            print_table(["setting", "value"], [[key, str(value)] for key, value in there.items()])
        return
    said = configuring.answers_in(answers) if answers else _asked(configuring.questions(registry, name), there)
    changed = configuring.configure(uow, OPERATOR, registry, authority_id=authority.id, plugin=name, answers=said)
    if as_json:
        print_json({"plugin": name, "authority": authority.key, "changed": changed})
    else:
        what = f"set {', '.join(changed)}" if changed else "nothing changed"
        click.echo(f"{name}, for {authority.name}: {what}.")


def _asked(questions: list[Question], there: dict[str, Any]) -> dict[str, Any]:
    """The answers of the person at the terminal; Enter keeps what is there."""
    said: dict[str, Any] = {}
    for question in questions:
        click.echo(question.about)
        is_there = question.name in there
        usual = "" if question.is_secret else str(there.get(question.name, question.default))
        asks = f"{question.name} (kept if left blank)" if question.is_secret and is_there else question.name
        typed = click.prompt(asks, default=usual, show_default=bool(usual), hide_input=question.is_secret)
        if typed != usual or (typed and is_there):
            said[question.name] = typed
    return said


Offers = dict[str, dict[str, list[str]]]
"""What each plugin offers: plugin → hook → what its items are called."""


def _offers(registry: Registry) -> Offers:
    """Ask every plugin everything and look at what they give, so that every failure has been recorded."""
    from quarterday.services.measures.catalogues import catalogues
    from quarterday.services.plugins.jobs import jobs
    from quarterday.services.plugins.ledgers import ledger
    from quarterday.services.plugins.pages import pages, screens
    from quarterday.services.plugins.sinks import sinks
    from quarterday.services.plugins.sources import sources
    from quarterday.services.tables.said import tables

    offers: Offers = {}
    for hook in hookspecs.HOOKS:
        for answer in registry.ask(hook):
            if isinstance(answer, Answer):
                offers.setdefault(answer.plugin, {}).setdefault(hook.__name__, []).append(_label(answer.value))
    commands.offered(registry)
    catalogues()
    jobs(registry)
    ledger(registry)
    pages(registry)
    screens(registry)
    sinks(registry)
    sources(registry)
    tables(registry)
    return offers


def _words(value: object) -> str:
    """A fact about a plugin as a person reads it."""
    return "" if value is None else ", ".join(value) if isinstance(value, (list, tuple)) else str(value)


def _label(item: object) -> str:
    """What an item a plugin offers is called."""
    return next(
        str(found) for name in ("key", "name", "title", "path", "metadata") if (found := getattr(item, name, ""))
    )


def _summary(offers: dict[str, list[str]]) -> str:
    """What one plugin offers, counted: ``measure_catalogues 3, checks 1``."""
    return ", ".join(f"{hook} {len(items)}" for hook, items in offers.items())


def _print(registry: Registry, offers: Offers, chosen: list[Plugin]) -> None:
    """Print some plugins and their failures as JSON; the failures of no plugin go with the whole list."""
    names = {plugin.name for plugin in chosen}
    everything = chosen is registry.plugins
    print_json(
        {
            "plugins": [plugin.as_json() | {"offers": offers.get(plugin.name, {})} for plugin in chosen],
            "failures": [one.as_json() for one in registry.failures if everything or one.plugin in names],
        }
    )
