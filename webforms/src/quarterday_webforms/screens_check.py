"""What ``doctor`` says of the screens that plugins add: they are made as the pages make them when they start."""

from __future__ import annotations

from collections.abc import Iterator

from quarterday import Health, Verdict


class ScreensCheck:
    """Whether the screens of plugins can be shown."""

    title = "Screens of plugins"
    seconds = 3600.0
    """Longer than all together take: each is guarded by itself, so that who is too slow is found out."""

    def run(self) -> Iterator[Verdict]:
        """One finding for each that can; those that can't are among the failures of plugins, with the reason."""
        from quarterday.services.plugins.screens import Made, made
        from quarterday_webforms.screens import SiteDesk, flaw

        for one in made(SiteDesk, flaw):
            if isinstance(one, Made):
                yield Verdict(Health.GOOD, f"“{one.plugin}” shows its own at /{one.screens.path}")
