"""The settings of the ledger, imported when it is asked: pydantic takes longer than the rest of a command."""

from __future__ import annotations

from quarterday import PluginSettings


class NoSettings(PluginSettings):
    """The ledger of spend files needs no settings."""
