"""A plugin whose command could be read as an option."""

from quarterday import Command, hookimpl

API_VERSION = 0


@hookimpl
def commands():
    return [Command("--help", "Not what you think.", "names_commands_badly:help")]
