"""What an installation says of how its pages look. Import this late: pydantic is slow to import."""

from __future__ import annotations

from quarterday import PluginSettings


class ThemeSettings(PluginSettings):
    """The table ``[plugins.webforms]`` of ``quarterday.toml``."""

    council: str = "Your council"
    """The council's name, in the header and the title of every page."""

    service: str = "Social value returns"
    """What the service is called."""

    colour: str = "#0b0c0c"
    """The header's colour, like #1d3557; its text is white or black, whichever reads better."""

    link_colour: str = "#1a65a6"
    """The colour of links; it must have a contrast of 4.5:1 on white and on light grey."""

    logo: str = ""
    """A PNG or JPEG file in the data folder, shown on white in the place of the council's name."""

    footer: str = ""
    """A sentence at the foot of every page."""

    email: str = ""
    """Where people get help by e-mail."""

    phone: str = ""
    """Where people get help by phone."""
