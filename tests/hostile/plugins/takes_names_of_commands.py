"""A plugin that wants the name of one of core's commands."""

from quarterday import Command, hookimpl

API_VERSION = 0


@hookimpl
def commands():
    return [Command("value", "Mine is better.", "takes_names_of_commands:value")]
