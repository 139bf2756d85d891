"""How the pages carry a council's name, colours and logo, with contrast that everybody can read.

The look is the installation's: it stands in the table ``[plugins.webforms]`` of ``quarterday.toml``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from quarterday import NotConfigured

LEAST_CONTRAST = 4.5
"""Between text and what it stands on: WCAG 2.2, success criterion 1.4.3 (level AA)."""
_PAPER = {"white": "#ffffff", "the grey of header and footer": "#f3f3f3"}
"""What links stand on; the grey is app.scss's surface."""


MOST_LOGO = 200_000
"""How large the logo's file may be, in bytes: every visitor's first page carries it."""
_BEGINS = {".png": b"\x89PNG\r\n\x1a\n", ".jpg": b"\xff\xd8\xff"}
"""How a picture of each kind begins. SVG is left out: it can hold scripts."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A council's logo, as a file that browsers show."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Theme:
    """How the pages of an installation look. A colour that can't be read is refused when the theme is made."""

    council: str = "Your council"
    service: str = "Social value returns"
    colour: str = "#0b0c0c"
    """Of the header, as #rrggbb; the text on it is white or black, whichever reads better."""
    link_colour: str = "#1a65a6"
    """Of links, as #rrggbb."""
    logo: Logo | None = None
    """Shown on white in the place of the council's name."""
    footer: str = ""
    email: str = ""
    """Where people get help."""
    phone: str = ""

    def __post_init__(self) -> None:
        for name, colour in (("colour", self.colour), ("link_colour", self.link_colour)):
            if not re.fullmatch("#[0-9a-fA-F]{6}", colour):
                raise NotConfigured(name, f"“{name}” is “{colour}”, not a colour; write it like #1a65a6.")
        for what, paper in _PAPER.items():
            ratio = contrast(self.link_colour, paper)
            if ratio < LEAST_CONTRAST:
                raise NotConfigured(
                    "link_colour",
                    f"“link_colour” {self.link_colour} on {what} has a contrast of {ratio:.2f}:1; people need at least "
                    f"{LEAST_CONTRAST}:1, so choose a darker one.",
                )

    @property
    def header_text(self) -> str:
        """The colour of text on the header: one of the two always has a contrast of 4.58:1 or more."""
        return max("#ffffff", "#000000", key=lambda text: contrast(text, self.colour))

    def style_sheet(self) -> str:
        """The council's colours, as the custom properties that app.scss uses."""
        hover = darker(self.link_colour)
        return (
            f":root{{--quarterday-header:{self.colour};--quarterday-header-text:{self.header_text};"
            f"--govuk-brand-colour:{self.colour};--govuk-link-colour:{self.link_colour};"
            f"--govuk-link-hover-colour:{hover}}}\n"
        )


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def darker(colour: str) -> str:
    """A colour with half the light, as GOV.UK's links have under the pointer."""
    return "#" + "".join(f"{part // 2:02x}" for part in _parts(colour))


def _luminance(colour: str) -> float:
    """WCAG 2.2, "relative luminance"."""
    shares = (part / 255 for part in _parts(colour))
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, from 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def theme_of_installation() -> Theme:
    """The theme that the settings of this installation ask for.

    Raises :class:`~quarterday.NotConfigured` for a setting that is wrong, a colour that can't be read, and a logo that
    isn't a picture or isn't there.
    """
    from quarterday.services.record import installation_settings, installation_settings_of
    from quarterday_webforms.theme_settings import ThemeSettings

    folder = installation_settings().data_dir
    said = installation_settings_of("webforms", ThemeSettings)
    logo = logo_in(folder / said.logo) if said.logo else None
    return Theme(**said.model_dump(exclude={"logo"}), logo=logo)


def logo_in(path: Path) -> Logo:
    """The logo in a file; raises :class:`~quarterday.NotConfigured` where it can't be shown."""
    kind = path.suffix.lower()
    if kind not in _BEGINS:
        raise NotConfigured(
            "logo", f"“logo” is {path.name}; use a PNG or JPEG picture, its name ending in .png or .jpg."
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NotConfigured("logo", f"The logo {path} can't be read ({error.strerror}); put that right.") from error
    if not content.startswith(_BEGINS[kind]) or len(content) > MOST_LOGO:
        raise NotConfigured("logo", f"The logo {path} is not a {kind} picture of at most {MOST_LOGO // 1000} kB.")
    return Logo(f"logo{kind}", content)
