"""The plugin's entry point: what runs an installation comes as commands."""

from quarterday import Command, hookimpl

API_VERSION = 0


@hookimpl
def commands() -> list[Command]:
    """``quarterday up``."""
    return [Command("up", "Run pages and worker together; what crashes starts again.", "quarterday_scheduler.up:up")]
