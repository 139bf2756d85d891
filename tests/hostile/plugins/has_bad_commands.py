"""A plugin whose commands fail in their own ways when they are used."""

import click

from quarterday import Command, Trouble, hookimpl

API_VERSION = 0


@hookimpl
def commands():
    return [
        Command("absent", "Is not where it should be.", "has_bad_commands:nowhere"),
        Command("unimportable", "Is in a module that raises.", "raises_at_import:command"),
        Command("exiting", "Is in a module that exits.", "exits_at_import:command"),
        Command("buggy", "Fails when it runs.", "has_bad_commands:buggy"),
        Command("troubled", "Says what to do.", "has_bad_commands:troubled"),
    ]


@click.command()
def buggy():
    raise RuntimeError("the drawer is empty")


@click.command()
def troubled():
    raise Trouble("Fill the drawer and try again.")
