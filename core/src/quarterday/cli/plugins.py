"""``quarterday plugins``: list them, show one, switch one off or on."""

from __future__ import annotations

import click

from quarterday.cli import commands
from quarterday.cli.output import print_json, print_table
from quarterday.registry import installed


@click.group()
def plugins() -> None:
    """List the installed plugins, show one, switch one off or on."""


@plugins.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_plugins(as_json: bool) -> None:
    """List the installed plugins in the order in which they load, and what failed."""
    registry = installed()
    commands.offered(registry)
    if as_json:
        print_json(
            {
                "plugins": [plugin.as_json() for plugin in registry.plugins],
                "failures": [failure.as_json() for failure in registry.failures],
            }
        )
        return
    print_table(
        ["plugin", "state", "distribution", "version", "answers"],
        [[p.name, p.state, p.distribution, p.version, ", ".join(p.hooks)] for p in registry.plugins],
    )
    for failure in registry.failures:
        click.echo(str(failure))
