"""The plugin's entry point: the demo comes as a command."""

from quarterday import Command, hookimpl

API_VERSION = 0


@hookimpl
def commands() -> list[Command]:
    """``quarterday demo``."""
    return [Command("demo", "A whole invented council, on this machine.", "quarterday_demo.command:demo")]
