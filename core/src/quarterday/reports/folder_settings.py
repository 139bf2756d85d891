"""What the folder sink must be told."""

from __future__ import annotations

from pathlib import Path

from pydantic import field_validator

from quarterday.plugin_settings import PluginSettings


class FolderSettings(PluginSettings):
    """Where one authority's documents are written to."""

    folder: Path
    """The folder that documents are written to, by its whole path, like /srv/council/reports. It must be there."""

    @field_validator("folder")
    @classmethod
    def _whole(cls, folder: Path) -> Path:
        if not folder.is_absolute():
            raise ValueError("write the whole path of the folder, beginning with “/”.")
        return folder
