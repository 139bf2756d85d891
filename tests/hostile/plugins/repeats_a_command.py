"""A plugin that offers one command twice."""

from quarterday import Command, hookimpl

API_VERSION = 0


@hookimpl
def commands():
    return [Command("twice", f"The {nth} one.", "repeats_a_command:twice") for nth in ("first", "second")]
