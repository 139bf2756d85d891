"""The plugin's entry point: the pages come as a command that serves them."""

from quarterday import Check, Command, hookimpl

API_VERSION = 0


@hookimpl
def commands() -> list[Command]:
    """``quarterday serve``."""
    return [Command("serve", "Serve the pages for suppliers and the council.", "quarterday_webforms.serve:serve")]


@hookimpl
def checks() -> list[type[Check]]:
    """What ``doctor`` says of the screens of plugins."""
    from quarterday_webforms.screens_check import ScreensCheck

    return [ScreensCheck]
