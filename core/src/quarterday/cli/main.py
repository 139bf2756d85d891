"""``quarterday``: the group that finds a command by its name and imports only that one."""

from __future__ import annotations

import errno
import os
import sys
from io import TextIOWrapper
from typing import Any

import click

from quarterday.cli import commands
from quarterday.errors import Trouble
from quarterday.finding import installed_names
from quarterday.guard import Fault
from quarterday.registry import installed
from quarterday.settings_file import anything_said

MENDING = {"doctor", "init", "plugins", "settings"}
"""The commands that show failures themselves and begin their work when the settings are wrong, or not there yet."""


class Commands(click.Group):
    """Core's commands and those of plugins, each imported when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted([command.name for command in commands.CORE] + list(commands.offered(installed())))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None; no plugin is asked for one of core's."""
        for command in commands.CORE:
            if command.name == cmd_name:
                return commands.loaded(command)
        offered = commands.offered(installed())
        if cmd_name not in offered:
            return None
        plugin, command = offered[cmd_name]
        found = installed().use(plugin, "commands", lambda: commands.loaded(command))
        if not isinstance(found, click.Command):
            raise Trouble(f"{found}. Run “quarterday plugins show {plugin}” to see where.")
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; for an unknown name an error with the nearest one."""
        name = args[0]
        if not name.startswith("-") and not ctx.resilient_parsing and self.get_command(ctx, name) is None:
            from quarterday.cli.nearest import unknown

            raise unknown("command", name, self.list_commands(ctx), "quarterday --help")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands' summaries without importing the commands; core's alone when no plugin can be asked."""
        listed = list(commands.CORE)
        note = ""
        try:
            listed += [command for _, command in commands.offered(installed()).values()]
            note = _failures()
        except Trouble as trouble:
            note = str(trouble)
        with formatter.section("Commands"):
            formatter.write_dl(sorted((command.name, command.summary) for command in listed))
        if note:
            formatter.write_paragraph()
            formatter.write_text(note)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; whatever goes wrong becomes one sentence and an exit code."""
        try:
            return super().invoke(ctx)
        except Trouble as trouble:
            click.echo(f"Error: {trouble}", err=True)
            ctx.exit(trouble.code)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as bug:
            if ctx.params["debug"] or (isinstance(bug, OSError) and bug.errno == errno.EPIPE):
                raise
            fault = Fault.of(bug)
            said = f"quarterday itself failed: {fault.error}: {fault.what}. Run it again with --debug to see where."
            raise click.ClickException(said) from bug
        finally:
            if ctx.invoked_subcommand not in MENDING and (note := _failures()):
                click.echo(note, err=True)


def _failures() -> str:
    """One sentence when a plugin that has been asked failed, else nothing."""
    if not installed.cache_info().currsize or not (failures := installed().failures):
        return ""
    names = ", ".join(sorted({failure.plugin or failure.distribution for failure in failures}))
    return f"Not everything of these plugins works: {names}. Run “quarterday doctor” to see why."


def _use_folder(ctx: click.Context, param: click.Parameter, folder: str | None) -> None:
    """Tell the whole process, and its children, where the data folder is."""
    if folder:
        os.environ["QUARTERDAY_DATA_DIR"] = folder


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, resolve_path=True),
    envvar="QUARTERDAY_DATA_DIR",
    callback=_use_folder,
    is_eager=True,
    expose_value=False,
    help="The data folder; by default QUARTERDAY_DATA_DIR, else the current folder.",
)
@click.option("--debug", is_flag=True, envvar="QUARTERDAY_DEBUG", help="Show where an error came from.")
@click.version_option(package_name="quarterday", message="%(prog)s %(version)s")
@click.pass_context
def main(ctx: click.Context, debug: bool) -> None:
    """Collect suppliers' returns of social value, and value them with any council's catalogue."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a £ on a terminal that has none must not end the command
    if ctx.invoked_subcommand not in MENDING and anything_said():
        from quarterday.settings import load

        load(installed_names())
